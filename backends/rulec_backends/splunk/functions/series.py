"""Functions of arrays of numbers, on the multivalue of their elements.

An element that is no number is null. Reals are written with a point, so that the array's text says their type.
Source: Learn's function pages, recorded answers; Search Reference, mvmap, mvindex, sum.
"""

from __future__ import annotations

from collections.abc import Callable

from rulec.backend import Unsupported
from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.dynamics import array_text, elements, is_array
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, TRUE, Field, Fn, Foreach, Node, Number, Text, all_of, any_of, fn, joined, number, op, plus

_MISSING = Text("null")
_NAN = Text('"NaN"')
#: An element to be filled, and what stands between a place and its value.
_GAP, _AT = Text("-"), Text(":")
_COMPARISONS = {"equals": "=", "not_equals": "!=", "greater": ">", "greater_equals": ">=", "less": "<", "less_equals": "<="}


def real(node: Node) -> Node:
    """The JSON text of a real: a whole one gets its point."""
    return fn("replace", fn("exact", node), Text(r"^(-?\d+)\z"), Text(r"\1.0"))


def items_of(b: Builder, e: Expr) -> tuple[Node, Field, Field]:
    """An array's JSON text, its elements and their places."""
    j = b.atom(b.value(e))
    items = b.temp(elements(b, j), "mv")
    return j, items, b.temp(fn("mvrange", number(0), fn("coalesce", fn("mvcount", items), number(0))), "i")


def _numeric(item: Node) -> Node:
    return fn("match", item, Text(r"^-?\d"))


def _outside(x: Node) -> Node:
    return any_of(op(x, "<", Number("-1")), op(x, ">", number(1)))


#: Name -> the element's JSON text, of the element as text and as number.
_EACH: dict[str, Callable[[Node, Node], Node]] = {
    "abs": lambda s, x: fn("replace", s, Text("^-"), Text("")),
    "sign": lambda s, x: fn("case", op(x, ">", number(0)), number(1), op(x, "<", number(0)), Number("-1"), TRUE, number(0)),
    "floor": lambda s, x: real(fn("floor", x)),
    "ceiling": lambda s, x: real(fn("ceiling", x)),
    "acos": lambda s, x: fn("if", _outside(x), _NAN, real(fn("acos", x))),
    "asin": lambda s, x: fn("if", _outside(x), _NAN, real(fn("asin", x))),
    "atan": lambda s, x: real(fn("atan", x)),
    "cos": lambda s, x: real(fn("cos", x)),
    "sin": lambda s, x: real(fn("sin", x)),
    "tan": lambda s, x: real(fn("tan", x)),
    "exp": lambda s, x: real(fn("exp", x)),
    "log": lambda s, x: fn("if", op(x, ">", number(0)), real(fn("ln", x)), _NAN),
}


def _each(name: str) -> Row:
    def lower(b: Builder, e: Call) -> Node:
        if e.arguments[0].type is not ScalarType.DYNAMIC:
            return b.ctx.refuse(e.span, f"`{e.function}` of a value that is no array")
        j = b.atom(b.value(e.arguments[0]))
        items = b.temp(elements(b, j), "mv")
        found = _EACH[name](items, fn("exact", fn("tonumber", items)))
        return fn("if", is_array(j), array_text(fn("mvmap", items, fn("if", _numeric(items), found, _MISSING))), NULL)

    return lower


def _pair(b: Builder, e: Call) -> tuple[Node, Field, Node, Node]:
    """Whether one argument is an array, the places, and the texts of both sides at a place; a number stands for an array of it."""
    sides: list[Node] = []
    counts: list[Node] = []
    arrays: list[Node] = []
    for argument in e.arguments[:2]:
        if argument.type is ScalarType.DYNAMIC:
            j = b.atom(b.value(argument))
            items = b.temp(fn("if", is_array(j), elements(b, j), NULL), "mv")
            arrays.append(is_array(j))
            counts.append(fn("coalesce", fn("mvcount", items), number(0)))
            sides.append(fn("if", is_array(j), items, j))
        else:
            sides.append(b.temp(dynamics.json_of(b, argument), "one"))
    i = b.temp(fn("mvrange", number(0), Fn("max", tuple(counts)) if counts else number(0)), "i")
    found: list[Node] = []
    for side in sides:
        match side:
            case Fn("if", (test, held, j)):
                found.append(fn("if", test, fn("mvindex", held, i), j))
            case _:
                found.append(side)
    return any_of(*arrays), i, found[0], found[1]


def _is_real(s: Node) -> Node:
    return fn("match", s, Text("[.eE]"))


def _arithmetic(sign: str) -> Row:
    """Integers stay integers."""

    def lower(b: Builder, e: Call) -> Node:
        arrays, i, left, right = _pair(b, e)
        value = op(fn("tonumber", left), sign, fn("tonumber", right))
        found = fn("if", any_of(_is_real(left), _is_real(right)), real(value), fn("exact", value))
        numeric = all_of(_numeric(left), _numeric(right))
        return fn("if", arrays, array_text(fn("mvmap", i, fn("if", numeric, found, _MISSING))), NULL)

    return lower


def _comparison(sign: str) -> Row:
    def lower(b: Builder, e: Call) -> Node:
        arrays, i, left, right = _pair(b, e)
        holds = op(fn("tonumber", left), sign, fn("tonumber", right))
        found = fn("if", holds, Text("true"), Text("false"))
        numeric = all_of(_numeric(left), _numeric(right))
        return fn("if", arrays, array_text(fn("mvmap", i, fn("if", numeric, found, _MISSING))), NULL)

    return lower


def _divide(b: Builder, e: Call) -> Node:
    arrays, i, left, right = _pair(b, e)
    x, y = fn("tonumber", left), fn("tonumber", right)
    special = fn("case", op(x, ">", number(0)), Text('"Infinity"'), op(x, "<", number(0)), Text('"-Infinity"'), TRUE, _NAN)
    found = fn("if", op(y, "=", number(0)), special, real(op(x, "/", y)))
    numeric = all_of(_numeric(left), _numeric(right))
    return fn("if", arrays, array_text(fn("mvmap", i, fn("if", numeric, found, _MISSING))), NULL)


def _pow(b: Builder, e: Call) -> Node:
    arrays, i, left, right = _pair(b, e)
    x, y = fn("tonumber", left), fn("tonumber", right)
    odd = any_of(all_of(op(x, "<", number(0)), op(y, "!=", fn("floor", y))), all_of(op(x, "=", number(0)), op(y, "<", number(0))))
    found = fn("if", odd, _NAN, real(fn("pow", x, y)))
    numeric = all_of(_numeric(left), _numeric(right))
    return fn("if", arrays, array_text(fn("mvmap", i, fn("if", numeric, found, _MISSING))), NULL)


def _all_numbers(items: Node) -> Node:
    """Whether there is an element and none is anything but a number."""
    return all_of(fn("isnotnull", items), fn("isnull", fn("mvfind", items, Text(r"^[^-\d]"))))


def _sum_of(b: Builder, values: Node) -> Node:
    return fn("exact", fn("sum", b.temp(values, "mv")))


def _magnitude(b: Builder, e: Call) -> Node:
    j, items, _ = items_of(b, e.arguments[0])
    squares = _sum_of(b, fn("mvmap", items, fn("exact", op(fn("tonumber", items), "*", fn("tonumber", items)))))
    found = fn("case", fn("isnull", items), number(0), _all_numbers(items), fn("exact", fn("sqrt", squares)))
    return fn("if", is_array(j), found, NULL)


def _product(b: Builder, e: Call) -> Node:
    """The product of the numbers, null without any: a loop multiplies one after the other."""
    _, items, i = items_of(b, e.arguments[0])
    numbers = b.temp(fn("mvmap", items, fn("if", _numeric(items), items, NULL)), "mv")
    found, at = Field(b.ctx.fresh("product")), b.ctx.fresh("at")
    b.assign(found.name, number(1))
    b.assign(at, number(0))
    factor = fn("coalesce", fn("tonumber", fn("mvindex", numbers, Field(at))), number(1))
    b.emit(Foreach(i.name, ((found.name, fn("exact", op(found, "*", factor))), (at, op(Field(at), "+", number(1))))))
    return fn("if", fn("isnotnull", numbers), found, NULL)


def _dot_product(b: Builder, e: Call) -> Node:
    arrays, i, left, right = _pair(b, e)
    numeric = all_of(_numeric(left), _numeric(right))
    product = fn("exact", op(fn("tonumber", left), "*", fn("tonumber", right)))
    products = b.temp(fn("mvmap", i, fn("if", numeric, product, _MISSING)), "mv")
    found = fn("case", fn("isnull", products), number(0), _all_numbers(products), fn("exact", fn("sum", products)))
    return fn("if", arrays, found, NULL)


def _vectors(b: Builder, e: Call) -> tuple[Node, Field, Node, Node]:
    """Whether both arguments are arrays of as many numbers, their places, and the numbers at a place."""
    _, left, i = items_of(b, e.arguments[0])
    _, right, _ = items_of(b, e.arguments[1])
    same = all_of(_all_numbers(left), _all_numbers(right), op(fn("mvcount", left), "=", fn("mvcount", right)))
    x, y = (fn("tonumber", fn("mvindex", one, i)) for one in (left, right))
    return same, i, x, y


def _total(b: Builder, i: Field, value: Node) -> Node:
    return b.temp(_sum_of(b, fn("mvmap", i, fn("exact", value))), "sum")


def _ratio(b: Builder, same: Node, above: Node, below: Node) -> Node:
    divisor = b.temp(below, "n")
    special = fn("case", op(above, ">", number(0)), Text("inf"), op(above, "<", number(0)), Text("-inf"), TRUE, Text("NaN"))
    return fn("if", same, fn("if", op(divisor, "=", number(0)), special, fn("exact", op(above, "/", divisor))), NULL)


def _cosine(b: Builder, e: Call) -> Node:
    same, i, x, y = _vectors(b, e)
    sizes: list[Node] = [fn("sqrt", _total(b, i, op(v, "*", v))) for v in (x, y)]
    for at, given in enumerate(e.arguments[2:]):
        sizes[at] = b.value(given)
    return _ratio(b, same, _total(b, i, op(x, "*", y)), fn("exact", op(sizes[0], "*", sizes[1])))


def _pearson(b: Builder, e: Call) -> Node:
    same, i, x, y = _vectors(b, e)
    size = fn("mvcount", i)
    dx, dy = (op(v, "-", b.temp(fn("exact", op(_total(b, i, v), "/", size)), "mean")) for v in (x, y))
    spread = op(fn("sqrt", _total(b, i, op(dx, "*", dx))), "*", fn("sqrt", _total(b, i, op(dy, "*", dy))))
    return _ratio(b, same, _total(b, i, op(dx, "*", dy)), fn("exact", spread))


def _gaps(b: Builder, e: Call, at: int) -> tuple[Node, Field, Field, Field]:
    """The array, its elements and places, and the elements with `-` for each that is to be filled: null, or the value that an
    argument gives.
    """
    j, items, i = items_of(b, e.arguments[0])
    there = _numeric(items)
    given = e.arguments[at] if len(e.arguments) > at else None
    if given is not None and not (isinstance(given, Literal) and given.value is None):
        there = all_of(there, op(fn("tonumber", items), "!=", b.atom(b.value(given))))
    return j, items, i, b.temp(fn("mvmap", items, fn("if", there, items, _GAP)), "mv")


def _next_known(b: Builder, marked: Node) -> Field:
    """Each gap takes the text of the next that is none: a look-ahead finds it in the joined texts."""
    text = fn("replace", fn("mvjoin", marked, Text(",")), Text(r"(?<![^,])-(?![^,])(?=(?:,-)*,([^,]{2,}|\d))"), Text(r"\1"))
    return b.temp(fn("split", text, Text(",")), "mv")


def _reversed(b: Builder, values: Field, i: Field) -> Field:
    return b.temp(fn("mvmap", i, fn("mvindex", values, op(Number("-1"), "-", i))), "mv")


def _known(b: Builder, marked: Field, i: Field, forward: bool) -> Field:
    """Each gap with the nearest known value before it (`forward`), or after it."""
    if not forward:
        return _next_known(b, marked)
    return _reversed(b, _next_known(b, _reversed(b, marked, i)), i)


def _fill(forward: bool) -> Row:
    def lower(b: Builder, e: Call) -> Node:
        j, items, i, marked = _gaps(b, e, 1)
        near = fn("mvindex", _known(b, marked, i, forward), i)
        return fn("if", is_array(j), array_text(fn("mvmap", i, fn("if", op(near, "=", _GAP), fn("mvindex", items, i), near))), NULL)

    return lower


def _fill_const(b: Builder, e: Call) -> Node:
    if len(e.arguments) == 1:
        return b.ctx.refuse(e.span, "`series_fill_const` without a constant")
    j, _, _, marked = _gaps(b, e, 2)
    constant = b.temp(dynamics.or_null(dynamics.json_of(b, e.arguments[1])), "one")
    return fn("if", is_array(j), array_text(fn("mvmap", marked, fn("if", op(marked, "=", _GAP), constant, marked))), NULL)


def _fill_linear(b: Builder, e: Call) -> Node:
    """A gap lies on the line between its neighbours, at the edges it is the nearest value; without any it is the constant, 0."""
    if len(e.arguments) > 2:
        return b.ctx.refuse(e.span, "`series_fill_linear` with options for edges")
    j, _, i, marked = _gaps(b, e, 1)
    placed = b.temp(fn("mvmap", i, _placed(marked, i)), "mv")
    (x, low), (z, high) = (_place_and_value(b, _known(b, placed, i, forward)) for forward in (True, False))
    rise = op(op(op(_at(high, i), "-", _at(low, i)), "*", op(i, "-", _at(x, i))), "/", op(_at(z, i), "-", _at(x, i)))
    line = b.temp(fn("mvmap", i, fn("coalesce", fn("exact", op(_at(low, i), "+", rise)), _GAP)), "mv")
    whole = b.temp(fn("if", fn("isnull", fn("mvfind", marked, Text("[.eE]"))), number(1), number(0)), "whole")
    cut = fn("if", op(_at(line, i), "<", number(0)), fn("ceiling", _at(line, i)), fn("floor", _at(line, i)))
    filled = fn("if", op(whole, "=", number(1)), cut, real(_at(line, i)))
    value, first, last = (fn("mvindex", one, i) for one in (marked, low, high))
    none = all_of(op(first, "=", _GAP), op(last, "=", _GAP))
    edges: tuple[Node, ...] = (none, number(0), op(first, "=", _GAP), last, op(last, "=", _GAP), first)
    item = Fn("case", (op(value, "!=", _GAP), value, *edges, TRUE, filled))
    return fn("if", is_array(j), array_text(fn("mvmap", i, item)), NULL)


def _at(values: Node, i: Node) -> Node:
    return fn("tonumber", fn("mvindex", values, i))


def _place_and_value(b: Builder, known: Field) -> tuple[Field, Field]:
    return (
        b.temp(fn("mvmap", known, fn("replace", known, Text("(?s):.*"), Text(""))), "place"),
        b.temp(fn("mvmap", known, fn("replace", known, Text(r"^\d+:"), Text(""))), "known"),
    )


def _placed(marked: Node, i: Node) -> Node:
    """A known value behind its place."""
    value = fn("mvindex", marked, i)
    return fn("if", op(value, "=", _GAP), _GAP, joined(i, _AT, value))


def _numbers(b: Builder, e: Call) -> tuple[Field, Field, Node, Node]:
    """The elements, their places, whether there are some and all are numbers, and the number at a place."""
    _, items, i = items_of(b, e.arguments[0])
    return items, i, _all_numbers(items), fn("tonumber", fn("mvindex", items, i))


def _mean(b: Builder, i: Field, total: Node) -> Node:
    return b.temp(fn("exact", op(total, "/", fn("mvcount", i))), "mean")


def _spread(b: Builder, i: Field, difference: Node) -> Node:
    """The sample variance of what differs from the mean, 0 of a single value."""
    squares = _total(b, i, op(difference, "*", difference))
    below = op(fn("mvcount", i), "-", number(1))
    return b.temp(fn("if", op(fn("mvcount", i), ">", number(1)), fn("exact", op(squares, "/", below)), number(0)), "var")


def _bag(members: list[tuple[str, Node]]) -> Node:
    return dynamics.object_of([(Text(f'"{name}"'), value) for name, value in members])


def _fit_line(b: Builder, e: Call) -> Node:
    """The least-squares line over the places 0, 1, …, with its quality."""
    _, i, numbers, y = _numbers(b, e)
    middle = b.temp(fn("exact", op(op(fn("mvcount", i), "-", number(1)), "/", number(2))), "mid")
    mean = _mean(b, i, _total(b, i, y))
    dx, dy = op(i, "-", middle), op(y, "-", mean)
    below = _total(b, i, op(dx, "*", dx))
    rise = _total(b, i, op(dx, "*", dy))
    slope = b.temp(fn("if", op(below, "=", number(0)), number(0), fn("exact", op(rise, "/", below))), "slope")
    start = b.temp(fn("exact", op(mean, "-", op(slope, "*", middle))), "start")
    fit = op(start, "+", op(slope, "*", i))
    line = array_text(fn("mvmap", i, real(fit)))
    variance, rest = _spread(b, i, dy), _spread(b, i, op(y, "-", fit))
    quality = fn("if", op(variance, "=", number(0)), number(0), op(number(1), "-", op(rest, "/", variance)))
    parts = [("rsquare", quality), ("variance", variance), ("rvariance", rest), ("slope", slope), ("interception", start)]
    return b.temp(fn("if", numbers, _bag([*((n, real(v)) for n, v in parts), ("line_fit", line)]), NULL), "fit")


def _stats(b: Builder, e: Call) -> Node:
    """Least and greatest element with their places, average, deviation, variance, sum and length."""
    if len(e.arguments) > 1:
        return b.ctx.refuse(e.span, f"`{e.function}` with an option")
    items, i, numbers, y = _numbers(b, e)
    held = b.temp(fn("mvmap", i, fn("exact", y)), "mv")
    total = b.temp(fn("exact", fn("sum", held)), "sum")
    mean = _mean(b, i, total)
    variance = _spread(b, i, op(y, "-", mean))
    members: list[tuple[str, Node]] = []
    for name in ("min", "max"):
        extreme = b.temp(fn("exact", fn(name, held)), name)
        places = fn("mvmap", i, fn("if", op(y, "=", extreme), i, NULL))
        members += [(name, real(extreme)), (f"{name}_idx", fn("mvindex", places, number(0)))]
    size = fn("coalesce", fn("mvcount", items), number(0))
    members += [
        ("avg", real(mean)),
        ("stdev", real(fn("sqrt", variance))),
        ("variance", real(variance)),
        ("sum", real(total)),
        ("len", size),
    ]
    some = fn("mvcount", b.temp(fn("mvmap", items, fn("if", _numeric(items), number(1), NULL)), "mv"))
    nothing = _bag([*((name, _MISSING) for name, _ in members[:-1]), ("len", fn("coalesce", some, number(0)))])
    return b.temp(fn("case", numbers, _bag(members), is_array(b.value(e.arguments[0])), nothing), "stats")


def _first_part(row: Row, part: str) -> Row:
    """A function of several columns inside an expression: its first one."""

    def lower(b: Builder, e: Call) -> Node:
        assert callable(row)
        return fn("json_extract", row(b, e), Text(part))

    return lower


def _filter(b: Builder, e: Call) -> Node:
    """series_fir with constant taps: each element is a sum of so many terms."""
    taps = e.arguments[1].value if isinstance(e.arguments[1], Literal) else None
    options = [a.value if isinstance(a, Literal) else 0 for a in e.arguments[2:]]
    if not isinstance(taps, list) or not 0 < len(taps) <= 50 or any(o is not None and not isinstance(o, bool) for o in options):
        return b.ctx.refuse(e.span, "`series_fir` with taps or options that are no constants")
    weights = [float(t) for t in taps if isinstance(t, int | float) and not isinstance(t, bool)]
    normalize = options[0] if options and options[0] is not None else all(w >= 0 for w in weights) or all(w <= 0 for w in weights)
    total = sum(weights)
    if normalize and total:
        weights = [w / total for w in weights]
    shift = len(weights) // 2 if len(options) > 1 and options[1] else 0
    items, i, numbers, _ = _numbers(b, e)
    terms: list[Node] = []
    for k, weight in enumerate(weights):
        place = op(i, "+", number(shift - k)) if shift >= k else op(i, "-", number(k - shift))
        inside = all_of(op(place, ">=", number(0)), op(place, "<", fn("mvcount", items)))
        value = fn("if", inside, fn("tonumber", fn("mvindex", items, place)), number(0))
        terms.append(op(Number(repr(weight)), "*", value))
    j = b.value(e.arguments[0])
    return fn("case", numbers, array_text(fn("mvmap", i, real(plus(*terms)))), op(j, "=", Text("[]")), Text("[]"))


_UNPUBLISHED = Unsupported("an algorithm of the engine whose steps are not published")
FUNCTIONS: dict[str, Row] = {
    **{f"series_{name}": _each(name) for name in _EACH},
    **{f"series_{name}": _arithmetic(sign) for name, sign in (("add", "+"), ("subtract", "-"), ("multiply", "*"))},
    **{f"series_{name}": _comparison(sign) for name, sign in _COMPARISONS.items()},
    **{f"series_{name}": _UNPUBLISHED for name in ("decompose", "decompose_anomalies", "decompose_forecast")},
    "series_divide": _divide,
    "series_pow": _pow,
    "series_magnitude": _magnitude,
    "series_dot_product": _dot_product,
    "series_product": _product,
    "series_cosine_similarity": _cosine,
    "series_pearson_correlation": _pearson,
    "series_fill_forward": _fill(True),
    "series_fill_backward": _fill(False),
    "series_fill_const": _fill_const,
    "series_fill_linear": _fill_linear,
    "series_fit_line_dynamic": _fit_line,
    "series_fit_line": _first_part(_fit_line, "rsquare"),
    "series_stats_dynamic": _stats,
    "series_stats": _first_part(_stats, "min"),
    "series_fir": _filter,
}
