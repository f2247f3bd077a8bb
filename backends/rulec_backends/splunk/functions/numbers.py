"""Arithmetic and mathematical functions.

Splunk rounds the result of an operator to the digits of its operands; `exact()` around it keeps the double. Integers need none.
Source: Learn's function pages, recorded answers; Search Reference, eval (rounding), "Mathematical functions", "Bitwise functions".
"""

from __future__ import annotations

from collections.abc import Callable

from rulec.ir.exprs import Call, Expr, Literal, Parameter
from rulec.scalars import ScalarType
from rulec_backends.splunk.calendar import ORIGIN
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.literals import EXACT
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.ticks import of_key, parts, span_parts, ticks_of_span, time_key, time_of, whole_ticks
from rulec_backends.splunk.tree import NULL, TRUE, Field, Fn, Node, Number, Op, Text, all_of, fn, joined, number, op

TIMES = frozenset({ScalarType.DATETIME, ScalarType.TIMESPAN})
#: Why times finer than a microsecond are refused where they are.
DOUBLES = "Splunk's times are doubles"


def guarded(b: Builder, e: Call) -> bool:
    """Whether the operands are numbers that a double holds; a refusal is recorded otherwise."""
    types = {a.type for a in e.arguments} | {e.type}
    if ScalarType.DECIMAL in types:
        b.ctx.refuse(e.span, "arithmetic of decimals: Splunk's numbers are doubles", "convert with `todouble`")
        return False
    huge = any(isinstance(a, Literal) and isinstance(a.value, int) and a.type.is_integer and abs(a.value) > EXACT for a in e.arguments)
    if huge or (b.ctx.big_integers and types & {ScalarType.LONG, ScalarType.INT}):
        b.ctx.refuse(e.span, "arithmetic of integers beyond 2^53: Splunk's numbers are doubles")
        return False
    return True


#: Functions whose result is a number inside an expression.
_NUMBER_FUNCTIONS = frozenset(
    [
        "abs",
        "ceiling",
        "floor",
        "exact",
        "round",
        "pow",
        "sqrt",
        "exp",
        "ln",
        "log",
        "len",
        "mvcount",
        "sum",
        "avg",
        "tonumber",
        "now",
        "strptime",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
    ]
)


def _is_number(node: Node) -> bool:
    match node:
        case Field() | Number():
            return True
        case Op(operator):
            return operator in "+-*/%"
        case Fn("if", (_, a, c)):
            return _is_number(a) and _is_number(c)
        case Fn("coalesce" | "min" | "max", arguments):
            return all(_is_number(a) for a in arguments)
        case Fn(name, _):
            return name in _NUMBER_FUNCTIONS or node == NULL
        case _:
            return False


def numeric(b: Builder, e: Expr) -> Node:
    """An operand of arithmetic: a number, not a text that looks like one. What is stored in a field is read as a number."""
    node = b.value(e)
    return node if _is_number(node) else b.temp(node, "num")


def is_whole(e: Expr) -> bool:
    """Whether a time has no fraction of a second, as far as the expression itself tells."""
    match e:
        case Literal(value=int() as ticks):
            return ticks % 10_000_000 == 0
        case Parameter(name="now"):
            return True
        case Call(function="startofday" | "startofweek" | "startofmonth" | "startofyear"):
            return True
        case Call(function="bin", arguments=(_, size)):
            return is_whole(size)
        case Call(function="+" | "-", arguments=(left, right)) if e.type in TIMES:
            return is_whole(left) and is_whole(right)
        case _:
            return False


def rounded(node: Node, whole: bool, places: int = 6) -> Node:
    """A time to the microsecond (a double of today's epoch has no more digits), or a span to the tick."""
    return node if whole else fn("exact", fn("round", node, number(places)))


#: Digits of the results of arithmetic: a span alone is exact to the tick.
PLACES = {ScalarType.DATETIME: 6, ScalarType.TIMESPAN: 7}


def in_range(b: Builder, node: Node, always: bool = False) -> Node:
    """A computed time, null beyond KQL's range, where the query comes near its ends."""
    if not (always or b.ctx.far_times):
        return node
    t = b.temp(node, "t")
    inside = op(op(t, ">=", Number("-62135596800")), "AND", op(t, "<", Number("253402300800")))
    return fn("if", inside, t, NULL)


def _additive(sign: str) -> Row:
    def lower(b: Builder, e: Call) -> Node:
        if not guarded(b, e):
            return Text("")
        left, right = (numeric(b, a) for a in e.arguments)
        found = op(left, sign, right)
        if e.type is ScalarType.REAL:
            return fn("exact", found)
        if e.type in TIMES:
            return _of_times(b, e, sign, left, right)
        return found

    return lower


def _of_times(b: Builder, e: Call, sign: str, left: Node, right: Node) -> Node:
    """The sum or difference of times and spans."""
    types = [a.type for a in e.arguments]
    fine = ScalarType.DATETIME in types and (b.fine(left) or b.fine(right))
    if not fine:
        places = 7 if ScalarType.DATETIME not in types else 6
        result = rounded(op(left, sign, right), all(is_whole(a) for a in e.arguments), places)
        known = all(isinstance(a, Literal) or a.type is ScalarType.DATETIME for a in e.arguments)
        return in_range(b, result, not known) if e.type is ScalarType.DATETIME else result
    (seconds, ticks), (more, rest) = (_SPLIT[a.type](b, n) for a, n in zip(e.arguments, (left, right), strict=True))
    return time_of(b, op(seconds, sign, more), op(ticks, sign, rest), e.type is ScalarType.DATETIME)


#: The whole second and the ticks after it.
_SPLIT = {ScalarType.DATETIME: parts, ScalarType.TIMESPAN: span_parts}


def _multiply(b: Builder, e: Call) -> Node:
    if not guarded(b, e):
        return Text("")
    left, right = (numeric(b, a) for a in e.arguments)
    found = op(left, "*", right)
    if e.type in TIMES and ScalarType.REAL in {a.type for a in e.arguments}:
        span, factor = (left, right) if e.arguments[0].type in TIMES else (right, left)
        return whole_ticks(b.temp(fn("exact", op(ticks_of_span(span), "*", factor)), "ticks"))
    if e.type in TIMES:
        return rounded(found, False, 7)
    return fn("exact", found) if e.type is ScalarType.REAL else found


def _divide(b: Builder, e: Call) -> Node:
    """Integers truncate toward zero and give null for a zero divisor; reals give infinity or NaN."""
    if not guarded(b, e):
        return Text("")
    x, y = e.arguments
    if e.type.is_integer:
        return truncated_quotient(b, numeric(b, x), y)
    left, right = numeric(b, x), numeric(b, y)
    if e.type in TIMES:
        return whole_ticks(b.temp(fn("exact", op(ticks_of_span(left), "/", right)), "ticks"))
    if x.type in TIMES and not is_whole(y):
        left, right = (n if isinstance(n, Number) else b.temp(n) for n in (ticks_of_span(left), ticks_of_span(right)))
    if isinstance(y, Literal) and y.value:
        return fn("exact", op(left, "/", right))
    left, right = b.atom(left), b.atom(right)
    special = fn("case", op(left, ">", number(0)), Text("inf"), op(left, "<", number(0)), Text("-inf"), fn("isnotnull", left), Text("NaN"))
    return fn("if", op(right, "=", number(0)), special, fn("exact", op(left, "/", right)))


def truncated_quotient(b: Builder, left: Node, divisor: Expr) -> Node:
    if isinstance(divisor, Literal) and divisor.value == 0:
        return NULL
    quotient = b.temp(fn("exact", op(left, "/", numeric(b, divisor))), "q")
    return truncated(quotient)


def truncated(x: Node) -> Node:
    """The integer part of an atom."""
    return fn("if", op(x, "<", number(0)), fn("ceiling", x), fn("floor", x))


def _modulo(b: Builder, e: Call) -> Node:
    """Never negative, whatever the signs; null for zero."""
    if not guarded(b, e):
        return Text("")
    x, y = e.arguments
    left, right = b.atom(numeric(b, x)), numeric(b, y)
    if e.type is ScalarType.REAL:
        return _real_rest(b, left, right)
    if x.type is ScalarType.DATETIME:
        return _time_rest(b, e, left, y)
    if x.type is ScalarType.TIMESPAN:
        left, right = b.temp(ticks_of_span(left), "ticks"), ticks_of_span(right)
    size: Node = Number(right.text.removeprefix("-")) if isinstance(right, Number) else b.temp(fn("abs", right), "m")
    found = op(left, "-", op(size, "*", fn("floor", op(left, "/", size))))
    return found if e.type.is_integer else whole_ticks(b.temp(found, "rest"))


def _time_rest(b: Builder, e: Call, t: Node, size: Expr) -> Node:
    """The rest of a time, which counts from year 1."""
    if not isinstance(size, Literal) or not isinstance(size.value, int) or not size.value:
        return b.ctx.refuse(e.span, f"`%` of a time by what is no constant: {DOUBLES}")
    seconds, ticks = parts(b, t)
    return whole_ticks(b.temp(rest_ticks(b, e, (op(seconds, "+", number(ORIGIN)), ticks), abs(size.value)), "rest"))


def rest_ticks(b: Builder, e: Call, since: tuple[Node, Node], size: int) -> Node:
    """The rest, in ticks, of seconds and ticks divided by a number of ticks. All products stay below 2^53."""
    seconds, ticks = b.temp(since[0], "s"), since[1]
    second = 10_000_000
    if size % second == 0:
        return op(op(_rest(seconds, size // second), "*", number(second)), "+", ticks)
    if second % size == 0:
        return _rest(b.temp(ticks, "ticks"), size)
    if size * size >= EXACT:
        return b.ctx.refuse(e.span, f"`{e.function}` by {size} ticks of 100 ns: {DOUBLES}")
    return _rest(b.temp(op(op(_rest(seconds, size), "*", number(second % size)), "+", ticks), "ticks"), size)


def _rest(x: Node, size: int) -> Node:
    return op(x, "-", op(number(size), "*", fn("floor", op(x, "/", number(size)))))


def _real_rest(b: Builder, left: Node, right: Node) -> Node:
    """Splunk's own remainder, which is exact and has the sign of the dividend."""
    size = b.temp(fn("abs", right), "m") if not isinstance(right, Number) else Number(right.text.removeprefix("-"))
    rest = b.temp(fn("exact", op(left, "%", size)), "rest")
    found = fn("if", op(rest, "<", number(0)), fn("exact", op(rest, "+", size)), rest)
    if isinstance(size, Number) and float(size.text):
        return found
    return fn("if", all_of(op(size, "=", number(0)), fn("isnotnull", left)), Text("NaN"), found)


def _negate(b: Builder, e: Call) -> Node:
    return op(number(0), "-", numeric(b, e.arguments[0])) if guarded(b, e) else Text("")


def _round(b: Builder, e: Call) -> Node:
    x = numeric(b, e.arguments[0])
    if e.arguments[0].type.is_integer and len(e.arguments) == 1:
        return x
    places = e.arguments[1] if len(e.arguments) > 1 else None
    if places is None:
        return fn("round", x)
    if not isinstance(places, Literal) or not isinstance(places.value, int):
        return b.ctx.refuse(e.span, "`round` with a precision that is no constant")
    if places.value >= 0:
        return fn("exact", fn("round", x, number(places.value)))
    power = number(10**-places.value)
    return op(fn("round", fn("exact", op(x, "/", power))), "*", power)


def _math(name: str, domain: Callable[[Node], list[tuple[Node, Node]]] = lambda x: []) -> Row:
    """A function of reals; `domain` lists the values outside the function's domain and what Kusto gives there."""

    def lower(b: Builder, e: Call) -> Node:
        x = b.atom(fn("exact", numeric(b, e.arguments[0])))
        found = fn("exact", fn(name, x))
        outside = domain(x)
        return Fn("case", (*(part for pair in outside for part in pair), TRUE, found)) if outside else found

    return lower


def _infinite(x: Node) -> list[tuple[Node, Node]]:
    return [(fn("match", x, Text("inf")), Text("NaN"))]


def _beyond_one(x: Node) -> list[tuple[Node, Node]]:
    return [(op(fn("abs", x), ">", number(1)), Text("NaN"))]


def _cot(b: Builder, e: Call) -> Node:
    x = b.atom(fn("exact", numeric(b, e.arguments[0])))
    return fn("if", op(x, "=", number(0)), Text("inf"), fn("exact", op(number(1), "/", fn("tan", x))))


def _logarithm(base: Node | None) -> Row:
    def lower(b: Builder, e: Call) -> Node:
        x = b.atom(fn("exact", numeric(b, e.arguments[0])))
        found = fn("ln", x) if base is None else fn("log", x, base)
        nothing: list[Node] = [fn("match", x, Text("NaN")), x] if b.ctx.nan or b.ctx.odd_reals else []
        return Fn("case", (*nothing, op(x, "=", number(0)), Text("-inf"), op(x, ">", number(0)), fn("exact", found)))

    return lower


def _pow(b: Builder, e: Call) -> Node:
    """NaN for a root of a negative number."""
    x, y = (b.atom(fn("exact", numeric(b, a))) for a in e.arguments)
    found = fn("exact", fn("pow", x, y))
    power = e.arguments[1].value if isinstance(e.arguments[1], Literal) else None
    root: list[Node] = [all_of(op(x, "<", number(0)), op(y, "!=", fn("floor", y))), Text("NaN")]
    of_zero: list[Node] = [all_of(op(x, "=", number(0)), op(y, "<", number(0))), Text("inf")]
    if isinstance(power, int | float) and float(power).is_integer():
        root, of_zero = [], of_zero if power < 0 else []
    return Fn("case", (*of_zero, *root, TRUE, found)) if root or of_zero else found


def _sign(b: Builder, e: Call) -> Node:
    x = b.atom(numeric(b, e.arguments[0]))
    return fn("case", op(x, ">", number(0)), number(1), op(x, "<", number(0)), Number("-1"), fn("isnotnull", x), number(0))


def _abs(b: Builder, e: Call) -> Node:
    x = fn("abs", numeric(b, e.arguments[0]))
    return fn("exact", x) if e.type is ScalarType.REAL else x


def _extreme(name: str) -> Row:
    """max_of, min_of: nulls are skipped."""

    def lower(b: Builder, e: Call) -> Node:
        if e.type is ScalarType.STRING:
            marked = tuple(joined(Text("="), b.value(a)) for a in e.arguments)
            return fn("substr", Fn(name, marked), number(2))
        if e.type is ScalarType.BOOL:
            return Fn(name, tuple(b.value(a) for a in e.arguments))
        if e.type is ScalarType.DECIMAL or (e.type is ScalarType.REAL and b.ctx.nan) or not guarded(b, e):
            return b.ctx.refuse(e.span, f"`{e.function}` of {e.type.value} values")
        values = tuple(numeric(b, a) for a in e.arguments)
        if e.type is ScalarType.DATETIME and any(map(b.fine, values)):
            return of_key(b, b.temp(Fn(name, tuple(time_key(b, v) for v in values)), "key"))
        return Fn(name, values)

    return lower


def _rand(b: Builder, e: Call) -> Node:
    """A real from 0 below 1, or a whole number below the argument."""
    limit = e.arguments[0].value if e.arguments and isinstance(e.arguments[0], Literal) else None
    if not e.arguments or (isinstance(limit, int) and limit <= 1):
        return fn("exact", op(fn("random"), "/", number(2**31)))
    if not isinstance(limit, int):
        return b.ctx.refuse(e.span, "`rand` below a number that is no constant")
    return op(fn("random"), "%", number(limit))


def _around(b: Builder, e: Call) -> Node:
    """Whether a value is no further from another than a distance."""
    if not guarded(b, e):
        return Text("")
    x, center, delta = (b.atom(numeric(b, a)) for a in e.arguments)
    near = op(op(x, ">=", op(center, "-", delta)), "AND", op(x, "<=", op(center, "+", delta)))
    known = op(op(fn("isnotnull", x), "AND", fn("isnotnull", center)), "AND", fn("isnotnull", delta))
    return fn("if", known, fn("if", near, Text("true"), Text("false")), NULL)


FUNCTIONS: dict[str, Row] = {
    "+": _additive("+"),
    "-": _additive("-"),
    "*": _multiply,
    "/": _divide,
    "%": _modulo,
    "neg": _negate,
    "round": _round,
    "abs": _abs,
    "sign": _sign,
    "ceiling": lambda b, e: fn("ceiling", numeric(b, e.arguments[0])),
    "exp": _math("exp"),
    "sqrt": _math("sqrt", lambda x: [(op(x, "<", number(0)), Text("NaN"))]),
    "log": _logarithm(None),
    "log10": _logarithm(number(10)),
    "log2": _logarithm(number(2)),
    "pow": _pow,
    "exp2": lambda b, e: fn("exact", fn("pow", number(2), fn("exact", numeric(b, e.arguments[0])))),
    "exp10": lambda b, e: fn("exact", fn("pow", number(10), fn("exact", numeric(b, e.arguments[0])))),
    "degrees": lambda b, e: fn("exact", op(op(numeric(b, e.arguments[0]), "*", number(180)), "/", Number("3.141592653589793"))),
    "radians": lambda b, e: fn("exact", op(op(numeric(b, e.arguments[0]), "*", Number("3.141592653589793")), "/", number(180))),
    "pi": lambda b, e: Number("3.141592653589793"),
    "sin": _math("sin", _infinite),
    "cos": _math("cos", _infinite),
    "tan": _math("tan", _infinite),
    "asin": _math("asin", _beyond_one),
    "acos": _math("acos", _beyond_one),
    "atan": _math("atan"),
    "atan2": lambda b, e: fn("exact", fn("atan2", *(fn("exact", numeric(b, a)) for a in e.arguments))),
    "cot": _cot,
    "around": _around,
    "rand": _rand,
    "max_of": _extreme("max"),
    "min_of": _extreme("min"),
}
