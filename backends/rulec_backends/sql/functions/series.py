"""Series functions: element by element over arrays, null in, null out.

Source: Learn, "Time series analysis"; recorded answers (kql.md 9.11).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

from sqlglot import exp

from rulec.ir.exprs import Call, Expr
from rulec.scalars import ScalarType
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.functions.dynamic import items, json_value
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

_REAL, _DYNAMIC, _LONG, _BOOL = ScalarType.REAL, ScalarType.DYNAMIC, ScalarType.LONG, ScalarType.BOOL


def numbers(row: Row, tree: Tree) -> Tree:
    """An array's items as doubles, null for what is no number."""
    return row.d.list_map(row, items(row, tree), row.d.json_real)


def positions(row: Row, xs: Tree) -> Tree:
    return row.d.sequence(t.num(1), row.d.list_length(t.again(xs)), t.num(1))


def _is_list(expr: Expr) -> bool:
    return expr.type is _DYNAMIC


def _each(body: Callable[[Row, Tree], Tree]) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        made = row.d.list_map(row, numbers(row, trees[0]), lambda x: row.d.json_of(row, body(row, x), _REAL))
        return row.d.json_array(made)

    return row_


def _pairs(body: Callable[[Row, Tree, Tree], Tree], kind: ScalarType) -> FunctionRow:
    """Two series side by side; a scalar is a constant series."""

    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        sides = [
            (row.once(numbers(row, x)), True) if _is_list(a) else (row.d.real(x) if a.type is not _REAL else x, False)
            for a, x in zip(call.arguments[:2], trees[:2], strict=True)
        ]
        lengths = [row.d.list_length(t.again(x)) for x, listed in sides if listed]
        if not lengths:
            raise Refusal(f"`{call.function}` needs an array")
        count = lengths[0] if len(lengths) == 1 else t.call("greatest", *lengths)

        def entry(i: Tree) -> Tree:
            a, b = (row.d.list_item(t.again(x), t.again(i)) if listed else t.again(x) for x, listed in sides)
            return row.d.json_of(row, body(row, a, b), kind)

        return row.d.json_array(row.d.list_map(row, row.d.sequence(t.num(1), count, t.num(1)), entry))

    return row_


def _word(name: str) -> Callable[[Row, Tree], Tree]:
    return lambda row, x: t.call(name, x)


def _guarded(name: str) -> Callable[[Row, Tree], Tree]:
    """acos and asin outside -1..1 are NaN."""

    def body(row: Row, x: Tree) -> Tree:
        return t.case([(t.between(t.again(x), t.num(-1), t.num(1)), t.call(name, x)), (t.is_not_null(t.again(x)), row.d.nan())])

    return body


def _compare(test: Callable[[Tree, Tree], Tree]) -> FunctionRow:
    return _pairs(lambda row, a, b: test(a, b), _BOOL)


def _fold(row: Row, xs: Tree, start: float, body: Callable[[Tree, Tree], Tree]) -> Tree:
    return row.d.list_fold(row, xs, row.d.literal(start, _REAL), body)


def total(row: Row, xs: Tree) -> Tree:
    zero = row.d.literal(0.0, _REAL)
    return _fold(row, xs, 0.0, lambda a, x: t.add(a, t.coalesce(x, zero)))


def _product(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    one = row.d.literal(1.0, _REAL)
    return _fold(row, numbers(row, trees[0]), 1.0, lambda a, x: t.mul(a, t.coalesce(x, one)))


def _dot(row: Row, a: Tree, b: Tree) -> Tree:
    zero = row.d.literal(0.0, _REAL)

    def step(acc: Tree, i: Tree) -> Tree:
        product = t.mul(row.d.list_item(t.again(a), t.again(i)), row.d.list_item(t.again(b), t.again(i)))
        return t.add(acc, t.coalesce(product, zero))

    # the positions as doubles: a fold's items and its result have one type
    return row.d.list_fold_positions(row, a, row.d.literal(0.0, _REAL), step)


def _two(row: Row, call: Call, trees: Sequence[Tree]) -> tuple[Tree, Tree]:
    """Two series of numbers; a scalar is a constant series of the other's length."""
    a, b = (row.once(numbers(row, x)) if _is_list(e) else x for e, x in zip(call.arguments, trees, strict=True))
    if not _is_list(call.arguments[0]):
        return row.once(row.d.list_map(row, t.again(b), lambda _: row.d.real(t.again(a)))), b
    if not _is_list(call.arguments[1]):
        return a, row.once(row.d.list_map(row, t.again(a), lambda _: row.d.real(t.again(b))))
    return a, b


def _dot_product(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    a, b = _two(row, call, trees)
    return _dot(row, a, b)


def _magnitude(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    zero = row.d.literal(0.0, _REAL)
    return t.call("sqrt", _fold(row, numbers(row, trees[0]), 0.0, lambda a, x: t.add(a, t.coalesce(t.mul(x, t.again(x)), zero))))


def _cosine(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    a, b = (row.once(numbers(row, x)) for x in trees[:2])
    sizes = t.mul(t.call("sqrt", _dot(row, a, a)), t.call("sqrt", _dot(row, b, b)))
    return t.binary(exp.Div, _dot(row, a, b), sizes)


def _pearson(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    a, b = (row.once(numbers(row, x)) for x in trees)
    n = row.d.real(row.d.list_length(t.again(a)))
    mean_a, mean_b = (row.once(t.binary(exp.Div, total(row, t.again(x)), t.again(n))) for x in (a, b))
    da = row.once(row.d.list_map(row, a, lambda x: t.sub(x, t.again(mean_a))))
    db = row.once(row.d.list_map(row, b, lambda x: t.sub(x, t.again(mean_b))))
    return t.binary(exp.Div, _dot(row, da, db), t.call("sqrt", t.mul(_dot(row, da, da), _dot(row, db, db))))


# --- filling -------------------------------------------------------------------------------------------------------


def _present(row: Row, call: Call, trees: Sequence[Tree], marker: int) -> Tree:
    """The items, with the missing-value placeholder as null."""
    found = items(row, trees[0])
    if len(trees) <= marker:
        return row.once(found)
    placeholder = json_value(row, call.arguments[marker], trees[marker])
    if isinstance(placeholder, exp.Cast) and isinstance(placeholder.this, exp.Null):
        return row.once(found)
    return row.once(row.d.list_map(row, found, lambda x: t.nullif(x, t.again(placeholder))))


def _fill_side(forward: bool) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        xs = _present(row, call, trees, 1)
        places = row.once(row.d.list_filter(row, positions(row, xs), lambda i: t.is_not_null(row.d.list_item(t.again(xs), i))))

        def pick(i: Tree) -> Tree:
            near = row.d.list_filter(row, t.again(places), lambda j: t.le(j, t.again(i)) if forward else t.ge(j, t.again(i)))
            place = row.d.list_item(near, t.num(-1 if forward else 1))
            return row.d.list_item(t.again(xs), place)

        return row.d.json_array(row.d.list_map(row, positions(row, xs), pick))

    return row_


def _fill_const(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    xs = _present(row, call, trees, 2)
    fill = json_value(row, call.arguments[1], trees[1])
    return row.d.json_array(row.d.list_map(row, xs, lambda x: t.coalesce(x, t.again(fill))))


def _fill_linear(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Between two values along the line, at the edges the nearest value."""
    if len(trees) > 2:
        raise Refusal("the options of `series_fill_linear` are not supported")
    xs = _present(row, call, trees, 1)
    places = row.once(row.d.list_filter(row, positions(row, xs), lambda i: t.is_not_null(row.d.list_item(t.again(xs), i))))

    def near(i: Tree, before: bool) -> Tree:
        found = row.d.list_filter(row, t.again(places), lambda j: t.le(j, t.again(i)) if before else t.ge(j, t.again(i)))
        return row.d.list_item(found, t.num(-1 if before else 1))

    def number(place: Tree) -> Tree:
        return row.d.json_real(row.d.list_item(t.again(xs), place))

    def between(p: Tree, n: Tree, i: Tree) -> Tree:
        share = t.binary(exp.Div, row.d.real(t.sub(t.again(i), t.again(p))), row.d.real(exp.Paren(this=t.sub(t.again(n), t.again(p)))))
        line = t.add(number(t.again(p)), t.mul(exp.Paren(this=t.sub(number(t.again(n)), number(t.again(p)))), exp.Paren(this=share)))
        return t.case(
            [
                (t.is_null(t.again(p)), row.d.list_item(t.again(xs), t.again(n))),
                (t.or_(t.is_null(t.again(n)), t.eq(t.again(p), t.again(n))), row.d.list_item(t.again(xs), t.again(p))),
            ],
            row.d.json_of(row, line, _REAL),
        )

    def pick(i: Tree) -> Tree:
        return row.bind(near(i, True), lambda p: row.bind(near(t.again(i), False), lambda n: between(p, n, i)))

    return row.d.json_array(row.d.list_map(row, positions(row, xs), pick))


# --- statistics ----------------------------------------------------------------------------------------------------


def _stats(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """min, min_idx, max, max_idx, avg, stdev, variance, sum and len, as a bag."""
    xs = row.once(row.d.list_filter(row, numbers(row, trees[0]), t.is_not_null))
    stat = row.d.list_stat
    low, high = row.once(stat(xs, "min")), row.once(stat(xs, "max"))
    variance = row.once(t.coalesce(stat(xs, "var_samp"), row.d.literal(0.0, _REAL)))
    pairs = [
        ("min", row.d.json_of(row, low, _REAL)),
        ("min_idx", row.d.json_of(row, row.d.number_position(t.again(xs), t.again(low)), _LONG)),
        ("max", row.d.json_of(row, high, _REAL)),
        ("max_idx", row.d.json_of(row, row.d.number_position(t.again(xs), t.again(high)), _LONG)),
        ("avg", row.d.json_of(row, row.once(stat(xs, "avg")), _REAL)),
        ("stdev", row.d.json_of(row, row.once(t.call("sqrt", t.again(variance))), _REAL)),
        ("variance", row.d.json_of(row, t.again(variance), _REAL)),
        ("sum", row.d.json_of(row, row.once(stat(xs, "sum")), _REAL)),
        ("len", row.d.json_of(row, row.d.list_length(t.again(xs)), _LONG)),
    ]
    return row.d.json_object([(t.text(k), v) for k, v in pairs])


def _fit_line(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Least squares over the positions 0, 1, …"""
    ys = row.once(numbers(row, trees[0]))
    n = row.once(row.d.real(row.d.list_length(t.again(ys))))
    two = row.d.literal(2.0, _REAL)
    mean_x = row.once(t.binary(exp.Div, exp.Paren(this=t.sub(n, row.d.literal(1.0, _REAL))), two))
    mean_y = row.once(t.binary(exp.Div, total(row, t.again(ys)), t.again(n)))
    spots = row.once(
        row.d.list_map(row, positions(row, ys), lambda i: t.sub(t.sub(row.d.real(i), row.d.literal(1.0, _REAL)), t.again(mean_x)))
    )
    dy = row.once(row.d.list_map(row, t.again(ys), lambda y: t.sub(y, t.again(mean_y))))
    sxx, sxy, syy = row.once(_dot(row, spots, spots)), row.once(_dot(row, spots, dy)), row.once(_dot(row, dy, dy))
    slope = row.once(t.binary(exp.Div, t.again(sxy), t.again(sxx)))
    start = row.once(t.sub(t.again(mean_y), t.mul(t.again(slope), t.again(mean_x))))
    fitted = row.d.list_map(
        row, positions(row, ys), lambda i: t.add(t.again(start), t.mul(t.again(slope), t.sub(row.d.real(i), row.d.literal(1.0, _REAL))))
    )
    line = row.once(fitted)
    rest = row.once(t.sub(t.again(syy), t.mul(t.again(slope), t.again(sxy))))
    square = row.once(t.sub(row.d.literal(1.0, _REAL), t.binary(exp.Div, t.again(rest), t.again(syy))))
    less = t.nullif(t.sub(t.again(n), row.d.literal(1.0, _REAL)), row.d.literal(0.0, _REAL))
    pairs = [
        ("rsquare", square),
        ("slope", slope),
        ("variance", row.once(t.binary(exp.Div, t.again(syy), exp.Paren(this=less)))),
        ("rvariance", row.once(t.binary(exp.Div, t.again(rest), exp.Paren(this=t.again(less))))),
        ("interception", start),
    ]
    bag = [(t.text(k), row.d.json_of(row, t.again(v), _REAL)) for k, v in pairs]
    bag.append((t.text("line_fit"), row.d.json_array(row.d.list_map(row, line, lambda v: row.d.json_of(row, v, _REAL)))))
    return row.d.json_object(bag)


def _iir(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """y[i] = (sum b[k] x[i-k] - sum a[k] y[i-k]) / a[0], with constant coefficients."""
    b, a = (row.constant(e, "the coefficients of `series_iir`") for e in call.arguments[1:3])
    if not (isinstance(a, list) and isinstance(b, list) and a and all(isinstance(v, (int, float)) for v in (*a, *b))):
        raise Refusal("the coefficients of `series_iir` must be arrays of numbers")
    coefficients_a = [float(v) for v in a if isinstance(v, (int, float))]
    coefficients_b = [float(v) for v in b if isinstance(v, (int, float))]
    xs = row.once(numbers(row, trees[0]))

    def step(ys: Tree, i: Tree) -> Tree:
        parts: list[Tree] = []
        for k, c in enumerate(coefficients_b):
            parts.append(_term(row, t.again(xs), t.sub(t.again(i), t.num(k)) if k else t.again(i), c))
        for k, c in enumerate(coefficients_a[1:], start=1):
            parts.append(_term(row, t.again(ys), t.sub(t.again(i), t.num(k)), -c))
        value = parts[0]
        for part in parts[1:]:
            value = t.add(value, part)
        if coefficients_a[0] != 1.0:
            value = t.binary(exp.Div, exp.Paren(this=value), row.d.literal(coefficients_a[0], _REAL))
        return row.d.list_append(ys, value)

    made = row.d.list_fold(row, positions(row, xs), row.d.array([], "DOUBLE"), step)
    return row.d.json_array(row.d.list_map(row, made, lambda v: row.d.json_of(row, v, _REAL)))


def _term(row: Row, xs: Tree, place: Tree, factor: float) -> Tree:
    zero = row.d.literal(0.0, _REAL)
    item = t.coalesce(t.when(t.gt(place, t.num(0)), row.d.list_item(xs, t.again(place))), zero)
    return item if factor == 1.0 else t.mul(row.d.literal(factor, _REAL), item)


def _log(row: Row, x: Tree) -> Tree:
    return t.when(t.gt(t.again(x), t.num(0)), t.call("ln", x))


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "series_add": _pairs(lambda row, a, b: t.add(a, b), _REAL),
        "series_subtract": _pairs(lambda row, a, b: t.sub(a, b), _REAL),
        "series_multiply": _pairs(lambda row, a, b: t.mul(a, b), _REAL),
        "series_divide": _pairs(lambda row, a, b: t.binary(exp.Div, a, b), _REAL),
        "series_pow": _pairs(lambda row, a, b: t.call("pow", a, b), _REAL),
        "series_equals": _compare(t.eq),
        "series_not_equals": _compare(t.ne),
        "series_less": _compare(t.lt),
        "series_less_equals": _compare(t.le),
        "series_greater": _compare(t.gt),
        "series_greater_equals": _compare(t.ge),
        "series_abs": _each(_word("abs")),
        "series_sign": _each(_word("sign")),
        "series_exp": _each(_word("exp")),
        "series_log": _each(_log),
        "series_sin": _each(_word("sin")),
        "series_cos": _each(_word("cos")),
        "series_tan": _each(_word("tan")),
        "series_asin": _each(_guarded("asin")),
        "series_acos": _each(_guarded("acos")),
        "series_atan": _each(_word("atan")),
        "series_floor": _each(_word("floor")),
        "series_ceiling": _each(lambda row, x: row.d.ceiling(x)),
        "series_product": _product,
        "series_dot_product": _dot_product,
        "series_magnitude": _magnitude,
        "series_cosine_similarity": _cosine,
        "series_pearson_correlation": _pearson,
        "series_fill_forward": _fill_side(True),
        "series_fill_backward": _fill_side(False),
        "series_fill_const": _fill_const,
        "series_fill_linear": _fill_linear,
        "series_stats_dynamic": _stats,
        "series_fit_line_dynamic": _fit_line,
        "series_iir": _iir,
    }
)
