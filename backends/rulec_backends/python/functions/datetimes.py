"""Datetime functions."""

from __future__ import annotations

from typing import Final

from rulec.backend import Unsupported
from rulec.ir.exprs import Call
from rulec.scalars import ScalarType
from rulec_backends.python.code import CALL, Code, literal, none_if
from rulec_backends.python.functions.conversion import cast
from rulec_backends.python.functions.rows import runtime
from rulec_backends.python.lower import Lower, ValueRow

T = ScalarType


def _epoch(nanoseconds: int) -> ValueRow:
    def row(lower: Lower, expr: Call) -> Code:
        operand = expr.arguments[0]
        value = lower.converted(operand, T.REAL) if operand.type is T.DECIMAL else lower.value(operand)
        return lower.module.call("unixtime_to_datetime", value, literal(nanoseconds))

    return row


def _make_datetime(lower: Lower, expr: Call) -> Code:
    if len(expr.arguments) == 1:
        return cast(T.DATETIME)(lower, expr)
    values = []
    for at, argument in enumerate(expr.arguments):
        code = lower.value(argument)
        if at < 5 and not argument.type.is_integer:
            code = lower.module.call("real_to_long", lower.converted(argument, T.REAL))
        elif argument.type is T.DECIMAL:
            code = lower.converted(argument, T.REAL)
        values.append(code)
    return lower.module.call("make_datetime", *values)


def _make_timespan(lower: Lower, expr: Call) -> Code:
    if len(expr.arguments) == 1:
        return cast(T.TIMESPAN)(lower, expr)
    return lower.module.call("make_timespan", *lower.arguments(expr))


def _of_minute(function: str) -> ValueRow:
    """A function that sees no seconds: moments of the input are read up to the minute."""

    def row(lower: Lower, expr: Call) -> Code:
        operand, *rest = expr.arguments
        minute = lower.minute(operand)
        if minute is None:
            return lower.module.call(function, *lower.arguments(expr))
        stamp, text = minute
        if function in _DIGITS:
            digits = Code(f"{lower.module.use('TWO_DIGITS')}.get({stamp.text}[{_DIGITS[function]}])", CALL)
            return none_if([stamp], digits)
        ticks = lower.module.call("minute_ticks", text)
        return none_if([stamp], lower.module.call(function, ticks, *(lower.value(a) for a in rest)))

    return row


#: Where the text of a moment has the digits of a part.
_DIGITS: Final = {"monthofyear": "5:7", "dayofmonth": "8:10", "hourofday": "11:13"}
_OF_MINUTE: Final = (
    "dayofmonth",
    "dayofweek",
    "dayofyear",
    "endofday",
    "endofmonth",
    "endofweek",
    "endofyear",
    "getyear",
    "hourofday",
    "monthofyear",
    "startofday",
    "startofmonth",
    "startofweek",
    "startofyear",
    "week_of_year",
)
_SAME: Final = (
    "datetime_add",
    "datetime_diff",
    "datetime_list_timezones",
    "datetime_local_to_utc",
    "datetime_part",
    "datetime_utc_to_local",
    "format_datetime",
    "format_timespan",
)

VALUES: Final[dict[str, ValueRow | Unsupported]] = {
    **{function: runtime(function) for function in _SAME},
    **{function: _of_minute(function) for function in _OF_MINUTE},
    "make_datetime": _make_datetime,
    "make_timespan": _make_timespan,
    "unixtime_seconds_todatetime": _epoch(1_000_000_000),
    "unixtime_milliseconds_todatetime": _epoch(1_000_000),
    "unixtime_microseconds_todatetime": _epoch(1_000),
    "unixtime_nanoseconds_todatetime": _epoch(1),
    "ingestion_time": Unsupported("has no counterpart in the input rows", "map a column and use it instead"),
}
