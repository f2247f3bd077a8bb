"""Values of one type where another is wanted, and values known at compile time."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from rulec.ir.exprs import Call, Convert, Expr, Literal
from rulec.scalars import LONG_MAX, LONG_MIN, ScalarType
from rulec.source import Span
from rulec.syntax.literals import INT_MAX, INT_MIN

#: The function that converts a dynamic value to a type.
FROM_DYNAMIC: Final = {
    ScalarType.BOOL: "tobool",
    ScalarType.INT: "toint",
    ScalarType.LONG: "tolong",
    ScalarType.REAL: "todouble",
    ScalarType.DECIMAL: "todecimal",
    ScalarType.STRING: "tostring",
    ScalarType.DATETIME: "todatetime",
    ScalarType.TIMESPAN: "totimespan",
    ScalarType.GUID: "toguid",
}

#: How far a numeric type is widened already; widening goes up only.
WIDTH: Final = {ScalarType.INT: 0, ScalarType.LONG: 1, ScalarType.REAL: 2, ScalarType.DECIMAL: 3}


def widens(source: ScalarType, target: ScalarType) -> bool:
    """Whether a value of one type is one of the other without a written conversion."""
    if source is target:
        return True
    return source in WIDTH and target in WIDTH and WIDTH[source] < WIDTH[target]


def wider(left: ScalarType, right: ScalarType) -> ScalarType | None:
    """The type that both widen to; None when there is none."""
    if widens(left, right):
        return right
    return left if widens(right, left) else None


def coerce(value: Expr, target: ScalarType) -> Expr:
    """The value as one of `target`: literals are rewritten, numbers widened, all read as text, dynamic values converted; others stay."""
    if value.type is target:
        return value
    if target is ScalarType.STRING:
        return Call("tostring", (value,), target, False, value.span)
    if isinstance(value, Literal) and value.type is not ScalarType.DYNAMIC:
        return _dynamic_literal(value) if target is ScalarType.DYNAMIC else literal_as(value, target)
    if widens(value.type, target):
        return Convert(value, target, value.span)
    if value.type is ScalarType.DYNAMIC:
        return Call(FROM_DYNAMIC[target], (value,), target, True, value.span)
    return value


def _dynamic_literal(value: Literal) -> Expr:
    """A JSON value; a datetime or the like has none of its own and is left as it is."""
    if value.value is None or value.type in (ScalarType.BOOL, ScalarType.STRING, ScalarType.REAL) or value.type.is_integer:
        return Literal(value.value, ScalarType.DYNAMIC, value.span)
    return value


def literal_as(value: Literal, target: ScalarType) -> Expr:
    """A literal of a wider type; nulls take any type."""
    content = value.value
    if content is None and target is not ScalarType.STRING:
        return Literal(None, target, value.span)
    if not widens(value.type, target) or isinstance(content, (bool, str, list, dict)) or content is None:
        return value
    match target:
        case ScalarType.REAL:
            return Literal(float(content), target, value.span)
        case ScalarType.DECIMAL:
            return Literal(Decimal(repr(content)) if isinstance(content, float) else Decimal(content), target, value.span)
        case _:
            return Literal(content, target, value.span)


def constant(value: Expr) -> Literal | None:
    """The value of an expression that is known at compile time without running anything; None for all others."""
    match value:
        case Literal():
            return value
        case Convert(operand, type_):
            inner = constant(operand)
            folded = literal_as(inner, type_) if inner else None
            return folded if isinstance(folded, Literal) else None
        case Call("neg", (operand,)):
            inner = constant(operand)
            return negated(inner, value.span) if inner else None
        case Call("strcat", arguments):
            return _joined(arguments, value.span)
        case Call("+" | "-" | "*" as op, (left, right)):
            return _arithmetic(op, constant(left), constant(right), value)
        case _:
            return None


def negated(value: Literal, span: Span) -> Literal | None:
    """The negative of a numeric or timespan literal; None for other types and for what overflows."""
    content = value.value
    if content is None or isinstance(content, (bool, str, list, dict)) or value.type is ScalarType.DATETIME:
        return None
    lowest, highest = (INT_MIN, INT_MAX) if value.type is ScalarType.INT else (LONG_MIN, LONG_MAX)
    if isinstance(content, int) and not lowest <= -content <= highest:
        return None
    return Literal(-content, value.type, span)


def _joined(arguments: tuple[Expr, ...], span: Span) -> Literal | None:
    parts: list[str] = []
    for argument in arguments:
        part = constant(argument)
        if part is None or not isinstance(part.value, str):
            return None
        parts.append(part.value)
    return Literal("".join(parts), ScalarType.STRING, span)


def _arithmetic(op: str, left: Literal | None, right: Literal | None, whole: Call) -> Literal | None:
    """Integer, datetime and timespan arithmetic that stays in range; the rest is left to the fold pass."""
    if left is None or right is None or whole.type is ScalarType.REAL:
        return None
    a, b = left.value, right.value
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, int) or not isinstance(b, int):
        return None
    result = a + b if op == "+" else a - b if op == "-" else a * b
    return Literal(result, whole.type, whole.span) if LONG_MIN <= result <= LONG_MAX else None
