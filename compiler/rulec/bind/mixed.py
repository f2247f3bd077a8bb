"""Values of another type than the place wants: `ResultType == 0` of a string column, `EventID == "4624"` of an int.

Microsoft's analyzer accepts them and many published rules hold them; how the engine converts is not documented. They are
kept where every way to convert gives one answer for the values in question: an integer's only text is its decimal form.
Where the ways differ for odd values (text as a bool or a real) a warning says how it is read.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from rulec.bind.coerce import coerce, constant
from rulec.bind.scope import Context
from rulec.catalogue import regexes
from rulec.ir.exprs import Call, Column, Expr, Literal
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax.literals import literal_value
from rulec.syntax.moments import parse_datetime, parse_timespan
from rulec.syntax.tokens import GUID

_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")

#: Patterns that a hint shows whole.
_SHORT: Final = 60


def aligned(left: Expr, right: Expr, context: Context) -> tuple[Expr, Expr]:
    """The operands of an equality, one of them as the other's type where one is a constant and that is safe."""
    if left.type is right.type or ScalarType.DYNAMIC in (left.type, right.type):
        return left, right
    if isinstance(right, Literal):
        return _beside(left, right, context)
    if isinstance(left, Literal):
        second, first = _beside(right, left, context)
        return first, second
    return left, right


def _beside(value: Expr, known: Literal, context: Context) -> tuple[Expr, Expr]:
    """A value and a constant in one type; as they are where no safe form exists."""
    if known.type is ScalarType.BOOL and value.type is ScalarType.STRING and known.value is not None and not isinstance(value, Literal):
        context.state.warn(
            known.span, "RC502", "text is compared with a bool: it is read as `tobool` reads it", "`tobool(…)` says the same"
        )
        return Call("tobool", (value,), ScalarType.BOOL, True, value.span), known
    return value, constant_as(known, value, context)


def as_text(value: Expr, op: str, context: Context) -> Expr:
    """The operand of a text operator: a column that `column_ifexists` may have replaced by a text is read as text.

    Of a real, whose text may end in `.0` or not, only the beginning is certain.
    """
    if value.type in (ScalarType.REAL, ScalarType.DECIMAL) and "startswith" not in op:
        return value
    if not isinstance(value, Column) or value.name not in context.state.doubtful or value.type is ScalarType.STRING:
        return value
    message = f"column `{value.name}` is {value.type.value} where it exists: its text is searched"
    context.state.warn(value.span, "RC502", message, "`tostring(…)` says the same")
    return coerce(value, ScalarType.STRING)


def pattern_of_today(pattern: str, span: Span, context: Context) -> str:
    """A regular expression in the engine's dialect of today, with a warning where it is written in the earlier one."""
    now = regexes.today(pattern)
    if now != pattern:
        message = "the regular expression is of the engine's earlier dialect: brackets and braces that open nothing are themselves"
        context.state.warn(span, "RC507", message, f"in today's: `{now}`" if len(now) <= _SHORT else "`\\{` and `\\[` in today's")
    return now


def patterns_of_today(function: str, arguments: tuple[Expr, ...], context: Context) -> tuple[Expr, ...]:
    """The arguments of a call, a constant regular expression among them in the dialect of today."""
    index = regexes.ARGUMENTS.get(function)
    written = constant(arguments[index]) if index is not None and index < len(arguments) else None
    if index is None or written is None or not isinstance(written.value, str):
        return arguments
    now = pattern_of_today(written.value, written.span, context)
    if now == written.value:
        return arguments
    return (*arguments[:index], Literal(now, ScalarType.STRING, written.span), *arguments[index + 1 :])


def constant_as(known: Literal, other: Expr, context: Context) -> Expr:
    """The constant as the type of the value beside it; itself where no safe form exists."""
    kind = other.type
    if isinstance(other, Literal) or known.value is None:
        return known
    if kind is ScalarType.STRING and known.type.is_integer:
        message = f"the number {known.value} is compared with text: only the text `{known.value}` is equal to it"
        context.state.warn(known.span, "RC502", message, f'the string "{known.value}" says the same')
        return Literal(str(known.value), ScalarType.STRING, known.span)
    if kind is ScalarType.BOOL and known.type.is_integer and known.value in (0, 1):
        state = "true" if known.value else "false"
        context.state.warn(
            known.span, "RC502", f"the number {known.value} is compared with a bool: it is read as {state}", f"`{state}` says the same"
        )
        return Literal(bool(known.value), ScalarType.BOOL, known.span)
    if known.type is ScalarType.STRING and isinstance(known.value, str):
        read = read_text(known.value, kind, known.span)
        if read is not None and kind in (ScalarType.REAL, ScalarType.DECIMAL):
            message = f"the text `{known.value}` is compared with a {kind.value}: it is read as a number"
            context.state.warn(known.span, "RC502", message, "the number itself says the same")
        return read or known
    return known


def _guid(text: str) -> str | None:
    """The text as a guid in its usual form; `toguid` reads others too."""
    try:
        value = literal_value(GUID, text) if len(text) == 36 else None
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def read_text(text: str, kind: ScalarType, span: Span) -> Literal | None:
    """The text as a literal of a type; None where it is in no form, or not in the one that the type's `tostring` writes."""
    value: bool | int | float | Decimal | str | None
    match kind:
        case ScalarType.INT | ScalarType.LONG:
            value = int(text) if text.lstrip("-").isdecimal() and len(text) < 19 and str(int(text)) == text else None
        case ScalarType.REAL | ScalarType.DECIMAL:
            number = Decimal if kind is ScalarType.DECIMAL else float
            value = number(text) if _NUMBER.fullmatch(text) else None
        case ScalarType.DATETIME:
            value = parse_datetime(text)
        case ScalarType.TIMESPAN:
            value = parse_timespan(text)
        case ScalarType.BOOL:
            value = {"true": True, "false": False}.get(text.lower())
        case ScalarType.GUID:
            value = _guid(text)
        case _:
            value = None
    if value is None:
        return None
    return Literal(value, ScalarType.LONG if kind is ScalarType.INT else kind, span)
