"""Comparisons of a value with a constant of another type: `ResultType == 0` of a string column, `EventID == "4624"` of an int.

Microsoft's analyzer accepts them and many published rules hold them; how the engine converts is not documented. They are
kept where every way to convert gives one answer for the values in question: an integer's only text is its decimal form.
"""

from __future__ import annotations

from rulec.bind.scope import Context
from rulec.ir.exprs import Expr, Literal
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax.literals import literal_value
from rulec.syntax.moments import parse_datetime, parse_timespan


def aligned(left: Expr, right: Expr, context: Context) -> tuple[Expr, Expr]:
    """The operands of an equality, a constant of another type rewritten as the other side's type where that is safe."""
    if left.type is right.type or ScalarType.DYNAMIC in (left.type, right.type):
        return left, right
    if isinstance(right, Literal):
        return left, constant_as(right, left, context)
    if isinstance(left, Literal):
        return constant_as(left, right, context), right
    return left, right


def constant_as(constant: Literal, other: Expr, context: Context) -> Expr:
    """The constant as the type of the value beside it; itself where no safe form exists."""
    kind = other.type
    if isinstance(other, Literal) or constant.value is None:
        return constant
    if kind is ScalarType.STRING and constant.type.is_integer:
        message = f"the number {constant.value} is compared with text: only the text `{constant.value}` is equal to it"
        context.state.warn(constant.span, "RC502", message, f'the string "{constant.value}" says the same')
        return Literal(str(constant.value), ScalarType.STRING, constant.span)
    if constant.type is ScalarType.STRING and isinstance(constant.value, str):
        return read_text(constant.value, kind, constant.span) or constant
    return constant


def read_text(text: str, kind: ScalarType, span: Span) -> Literal | None:
    """The text as a literal of a type; None where it is in no form, or not in the one that the type's `tostring` writes."""
    value: bool | int | str | None
    match kind:
        case ScalarType.INT | ScalarType.LONG:
            value = int(text) if text.lstrip("-").isdecimal() and len(text) < 19 and str(int(text)) == text else None
        case ScalarType.DATETIME:
            value = parse_datetime(text)
        case ScalarType.TIMESPAN:
            value = parse_timespan(text)
        case ScalarType.BOOL:
            value = {"true": True, "false": False}.get(text.lower())
        case ScalarType.GUID:
            found = literal_value("guid", f"guid({text})") if len(text) == 36 else None
            value = found if isinstance(found, str) else None
        case _:
            value = None
    if value is None:
        return None
    return Literal(value, ScalarType.LONG if kind is ScalarType.INT else kind, span)
