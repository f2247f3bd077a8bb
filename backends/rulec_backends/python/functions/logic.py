"""Logic, comparisons, membership and tests for null."""

from __future__ import annotations

from typing import Final

from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.python.code import FALSE, NONE, TRUE, Code, all_of, any_of, compare, is_none, is_not_none, literal
from rulec_backends.python.lower import HALF_OPEN, ConditionRow, Lower, Reading, as_condition, guarded, membership
from rulec_backends.python.runtime.texts import fold

T = ScalarType
_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_ORDER = {"<": 0, "<=": 0, ">": 0, ">=": 0}


def _and(lower: Lower, expr: Call, reading: Reading) -> Code:
    join = all_of if reading in (Reading.TRUE, Reading.UNFALSE) else any_of
    return join([lower.condition(a, reading) for a in expr.arguments])


def _or(lower: Lower, expr: Call, reading: Reading) -> Code:
    join = any_of if reading in (Reading.TRUE, Reading.UNFALSE) else all_of
    return join([lower.condition(a, reading) for a in expr.arguments])


def _not(lower: Lower, expr: Call, reading: Reading) -> Code:
    return lower.condition(expr.arguments[0], reading.inverted)


def equality(lower: Lower, left: Expr, right: Expr, reading: Reading) -> Code:
    """`==`: false of a null and a value, null of two nulls."""
    if T.DYNAMIC in (left.type, right.type):
        found = lower.module.call("dynamic_equals", lower.json(left), lower.json(right))
        return as_condition(found, left.nullable and right.nullable, reading)
    both = left.nullable and right.nullable
    if isinstance(left, Literal) and left.value is None:
        left, right = right, left
    if isinstance(right, Literal) and right.value is None and right.type is not T.STRING:
        if not left.nullable:
            return TRUE if reading in (Reading.FALSE, Reading.UNTRUE) else FALSE
        value = lower.value(left)
        return {
            Reading.TRUE: FALSE,
            Reading.FALSE: is_not_none(value),
            Reading.UNTRUE: TRUE,
            Reading.UNFALSE: is_none(value),
        }[reading]
    a, b = lower.value(left), lower.value(right)
    if both and reading in (Reading.TRUE, Reading.UNTRUE):
        a = lower.row.place.assign("value", a)
        if reading is Reading.TRUE:
            return all_of([is_not_none(a), compare("==", a, b)])
        return any_of([is_none(a), compare("!=", a, b)])
    return compare("==" if reading in (Reading.TRUE, Reading.UNFALSE) else "!=", a, b)


def _equal(lower: Lower, expr: Call, reading: Reading) -> Code:
    return equality(lower, expr.arguments[0], expr.arguments[1], reading)


def _unequal(lower: Lower, expr: Call, reading: Reading) -> Code:
    return equality(lower, expr.arguments[0], expr.arguments[1], reading.inverted)


def ordering(lower: Lower, operator: str, left: Expr, right: Expr, reading: Reading) -> Code:
    """`<` and the like: null when a side is null; against NaN all are false."""
    if T.DYNAMIC in (left.type, right.type):
        function = "dynamic_to_decimal" if T.DECIMAL in (left.type, right.type) else "dynamic_to_real"
        a, b = (lower.module.call(function, lower.value(e)) if e.type is T.DYNAMIC else lower.value(e) for e in (left, right))
        nullable = [e.nullable or e.type is T.DYNAMIC for e in (left, right)]
    else:
        a, b = lower.value(left), lower.value(right)
        nullable = [left.nullable, right.nullable]
    if nullable[0]:
        a = lower.row.place.assign("value", a)
    if nullable[1]:
        b = lower.row.place.assign("value", b)
    missing = [code for code, null in zip((a, b), nullable, strict=True) if null]
    if NONE in missing:
        return TRUE if reading in (Reading.UNTRUE, Reading.UNFALSE) else FALSE
    positive = compare(operator, a, b)
    real = T.REAL in (left.type, right.type) or T.DYNAMIC in (left.type, right.type)
    negative = Code(f"not {positive.text}", 4) if real else compare(_OPPOSITE[operator], a, b)
    return guarded(missing, positive, negative, reading)


def _ordered(lower: Lower, expr: Call, reading: Reading) -> Code:
    return ordering(lower, expr.function, expr.arguments[0], expr.arguments[1], reading)


def _upper_bound(expr: Call) -> Expr:
    """The upper bound of `between`; a timespan after a datetime counts from the lower bound."""
    _, low, high = expr.arguments
    if high.type is T.TIMESPAN and low.type is T.DATETIME:
        return Call("+", (low, high), T.DATETIME, True, expr.span)
    return high


def _between(lower: Lower, expr: Call, reading: Reading) -> Code:
    if expr.function == "!between":
        reading = reading.inverted
    value, low, high = expr.arguments[0], expr.arguments[1], _upper_bound(expr)
    if any(e.type is T.DYNAMIC for e in (value, low, high)) or value.type is T.REAL or high.nullable or low.nullable:
        parts = (Call(">=", (value, low), T.BOOL, True, expr.span), Call("<=", (value, high), T.BOOL, True, expr.span))
        return _and(lower, Call("and", parts, T.BOOL, True, expr.span), reading)
    code = lower.value(value)
    if value.nullable:
        code = lower.row.place.assign("value", code)
    bounds = f"{lower.value(low).at(6)} <= {code.at(6)} <= {lower.value(high).at(6)}"
    return guarded([code] if value.nullable else [], Code(bounds, 5), Code(f"not {bounds}", 4), reading)


def _half_open(lower: Lower, expr: Call, reading: Reading) -> Code:
    value, low, high = (lower.value(a) for a in expr.arguments)
    bounds = f"{low.at(6)} <= {value.at(6)} < {high.at(6)}"
    return guarded([value] if expr.arguments[0].nullable else [], Code(bounds, 5), Code(f"not {bounds}", 4), reading)


def literals(items: tuple[Expr, ...]) -> list[Literal] | None:
    """The items when all are literals."""
    found = [i for i in items if isinstance(i, Literal)]
    return found if len(found) == len(items) else None


def set_code(lower: Lower, values: list[object], wish: str) -> Code:
    """A set of constants: written in place when short, a module constant when long."""
    items = list(dict.fromkeys(literal(v).text for v in values))
    text = f"{{{', '.join(items)}}}"
    if len(text) <= 60:
        return Code(text, 10)
    lines = "".join(f"    {item},\n" for item in items)
    return lower.module.constant(wish, f"frozenset({{\n{lines}}})")


def _wish(expr: Expr) -> str:
    name = getattr(expr, "name", "")
    return f"{name}_values" if name else "values"


def _in(lower: Lower, expr: Call, reading: Reading) -> Code:
    if expr.function.startswith("!"):
        reading = reading.inverted
    ignoring_case = expr.function.endswith("~")
    operand, items = expr.arguments[0], expr.arguments[1:]
    if (len(items) == 1 and items[0].type is T.DYNAMIC and operand.type is not T.DYNAMIC) or operand.type is T.DYNAMIC:
        return _in_array(lower, operand, items, ignoring_case, reading)
    known = literals(items)
    if known is None:
        parts = tuple(Call("=~" if ignoring_case else "==", (operand, i), T.BOOL, True, expr.span) for i in items)
        return _or(lower, Call("or", parts, T.BOOL, True, expr.span), reading)
    if ignoring_case:
        return _in_folded(lower, operand, [str(i.value) for i in known], reading)
    null_inside = any(i.value is None for i in known)
    if operand.type is T.DECIMAL:
        lower.module.use("Decimal")
    if len(known) == 1 and not null_inside:
        return equality(lower, operand, known[0], reading)
    value = lower.value(operand)
    if null_inside:
        value = lower.row.place.assign("value", value)
    return membership(value, set_code(lower, [i.value for i in known], _wish(operand)), operand.nullable, null_inside, reading)


def _in_folded(lower: Lower, operand: Expr, texts: list[str], reading: Reading) -> Code:
    """`in~` with constant texts."""
    folded = [fold(t) for t in texts]
    value = lower.folded(lower.value(operand), folded)
    return as_condition(compare("in", value, set_code(lower, list(folded), _wish(operand))), False, reading)


def _in_array(lower: Lower, operand: Expr, items: tuple[Expr, ...], ignoring_case: bool, reading: Reading) -> Code:
    only = items[0]
    if len(items) == 1 and isinstance(only, Literal) and isinstance(only.value, list) and operand.type is T.STRING:
        texts = [v for v in only.value if isinstance(v, str)]
        if ignoring_case:
            return _in_folded(lower, operand, texts, reading)
        return membership(lower.value(operand), set_code(lower, list(texts), _wish(operand)), False, False, reading)
    array = lower.value(only) if len(items) == 1 and only.type is T.DYNAMIC else Code(f"[{', '.join(lower.json(i).text for i in items)}]")
    function = "in_array_ignoring_case" if ignoring_case else "in_array"
    return as_condition(lower.module.call(function, lower.json(operand), array), operand.nullable, reading)


def _isnull(lower: Lower, expr: Call, reading: Reading) -> Code:
    return _null_test(lower, expr.arguments[0], reading)


def _isnotnull(lower: Lower, expr: Call, reading: Reading) -> Code:
    return _null_test(lower, expr.arguments[0], reading.inverted)


def _null_test(lower: Lower, operand: Expr, reading: Reading) -> Code:
    positive = reading in (Reading.TRUE, Reading.UNFALSE)
    if operand.type is T.STRING or not operand.nullable:
        return FALSE if positive else TRUE
    value = lower.value(operand)
    return is_none(value) if positive else is_not_none(value)


def _isempty(lower: Lower, expr: Call, reading: Reading) -> Code:
    return _empty_test(lower, expr.arguments[0], reading)


def _isnotempty(lower: Lower, expr: Call, reading: Reading) -> Code:
    return _empty_test(lower, expr.arguments[0], reading.inverted)


def _empty_test(lower: Lower, operand: Expr, reading: Reading) -> Code:
    positive = reading in (Reading.TRUE, Reading.UNFALSE)
    match operand.type:
        case T.STRING:
            return compare("==" if positive else "!=", lower.value(operand), literal(""))
        case T.DYNAMIC:
            return as_condition(lower.module.call("dynamic_isempty", lower.value(operand)), False, reading)
    return _null_test(lower, operand, reading)


def _test(function: str) -> ConditionRow:
    """A run-time predicate that is never null of non-null arguments."""

    def row(lower: Lower, expr: Call, reading: Reading) -> Code:
        return as_condition(lower.module.call(function, *lower.arguments(expr)), expr.nullable, reading)

    return row


def _around(lower: Lower, expr: Call, reading: Reading) -> Code:
    value, center, delta = expr.arguments
    minus = Call("-", (center, delta), center.type, True, expr.span)
    plus = Call("+", (center, delta), center.type, True, expr.span)
    return _between(lower, Call("between", (value, minus, plus), T.BOOL, True, expr.span), reading)


def folded_tuple(lower: Lower, texts: list[str], wish: str) -> Code:
    """A tuple of folded terms, a module constant when long."""
    items = [literal(fold(t)).text for t in dict.fromkeys(texts)]
    text = f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    if len(text) <= 60:
        return Code(text)
    lines = "".join(f"    {item},\n" for item in items)
    return lower.module.constant(wish, f"(\n{lines})")


def _has_many(lower: Lower, expr: Call, reading: Reading) -> Code:
    operand, items = expr.arguments[0], expr.arguments[1:]
    if len(items) == 1 and isinstance(items[0], Literal) and isinstance(items[0].value, list):
        listed = items[0].value
        if not all(isinstance(v, str) for v in listed):
            return lower.refuse(items[0].span, f"`{expr.function}` with a list of values that are no strings")
        texts: list[str] | None = [str(v) for v in listed]
    else:
        known = literals(items)
        texts = [str(k.value) for k in known] if known is not None and all(k.type is T.STRING for k in known) else None
    if texts is not None:
        terms = folded_tuple(lower, texts, _wish(operand).replace("values", "terms"))
        return as_condition(lower.module.call(f"{expr.function}_folded", lower.value(operand), terms), False, reading)
    if len(items) == 1 and items[0].type is T.DYNAMIC:
        terms = lower.value(items[0])
    else:
        terms = Code(f"({', '.join(lower.text(i).text for i in items)},)")
    return as_condition(lower.module.call(expr.function, lower.value(operand), terms), False, reading)


CONDITIONS: Final[dict[str, ConditionRow]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "==": _equal,
    "!=": _unequal,
    **dict.fromkeys(_ORDER, _ordered),
    HALF_OPEN: _half_open,
    "between": _between,
    "!between": _between,
    "in": _in,
    "!in": _in,
    "in~": _in,
    "!in~": _in,
    "has_any": _has_many,
    "has_all": _has_many,
    "isnull": _isnull,
    "isnotnull": _isnotnull,
    "isempty": _isempty,
    "isnotempty": _isnotempty,
    "isnan": _test("isnan"),
    "isinf": _test("isinf"),
    "isfinite": _test("isfinite"),
    "around": _around,
}
