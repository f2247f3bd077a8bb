"""Times, on the dialect's carrier (`Datetimes`).

Source: Learn, "datetime functions"; recorded answers (kql.md section 6).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import MAX_DATETIME_TICKS, TICKS_PER_DAY, UNIX_EPOCH_TICKS, ScalarType
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.functions.timespans import UNITS
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

#: Units of datetime_add/diff/part by their spellings, in ticks; None for calendar units.
SPANS: Final = {
    "week": 7 * TICKS_PER_DAY,
    "day": TICKS_PER_DAY,
    "hour": TICKS_PER_DAY // 24,
    "minute": TICKS_PER_DAY // 1440,
    "second": 10_000_000,
    "millisecond": 10_000,
    "microsecond": 10,
    "nanosecond": 0,
}
#: From every time, this distance leads out of the calendar.
_FAR: Final = MAX_DATETIME_TICKS + 14 * TICKS_PER_DAY
_CALENDAR: Final = frozenset({"year", "quarter", "month"})
_ALIASES: Final = {
    "weekofyear": "week_of_year",
    "dayofyear": "day_of_year",
    "hours": "hour",
    "days": "day",
    "weeks": "week",
    "months": "month",
    "quarters": "quarter",
    "years": "year",
    "minutes": "minute",
    "seconds": "second",
    "milliseconds": "millisecond",
    "microseconds": "microsecond",
    "nanoseconds": "nanosecond",
}


def unit_of(row: Row, expr: Expr) -> str:
    value = row.constant(expr, "the unit")
    if not isinstance(value, str):
        raise Refusal("the unit must be a string")
    word = value.strip().lower()
    return _ALIASES.get(word, word)


def _part_row(unit: str) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        return row.d.dates.part(unit, trees[0])

    return row_


def _dayofweek(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """A timespan: days since Sunday."""
    # the last week of 9999 has no end: the engine gives null in it
    last = row.d.dates.literal(3_155_373_792_000_000_000)
    x = t.nullif(t.call("least", trees[0], last), last)
    return t.mul(row.d.dates.part("day_of_week", x), t.num(TICKS_PER_DAY))


def _fraction(row: Row, tree: Tree, unit: int) -> Tree:
    within = row.d.modulo(row.d.dates.to_ticks(tree), t.num(10_000_000))
    return row.d.int_div(within, t.num(unit)) if unit > 1 else within


def _datetime_part(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    unit, x = unit_of(row, call.arguments[0]), trees[1]
    match unit:
        case "year" | "quarter" | "month" | "day" | "hour" | "minute" | "second":
            return row.d.dates.part(unit, x)
        case "day_of_year":
            return row.d.dates.part("day_of_year", x)
        case "week_of_year":
            return row.d.dates.part("iso_week", x)
        case "millisecond":
            return _fraction(row, x, 10_000)
        case "microsecond":
            return _fraction(row, x, 10)
        case "nanosecond":
            return t.mul(_fraction(row, x, 1), t.num(100))
        case _:
            raise Refusal(f"`datetime_part` does not know the part `{unit}`")


def _datetime_add(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    unit, (_, count, x) = unit_of(row, call.arguments[0]), trees
    if unit in _CALENDAR:
        return row.d.dates.shift(row, unit, count, x)
    if unit not in SPANS:
        raise Refusal(f"`datetime_add` does not know the unit `{unit}`")
    amount = call.arguments[1]
    span = row.d.int_div(count, t.num(100)) if unit == "nanosecond" else t.mul(count, t.num(SPANS[unit]))
    if isinstance(amount, Literal) and isinstance(amount.value, int) and unit != "nanosecond":
        value = amount.value * SPANS[unit]
        return row.d.dates.add(row, x, t.num(value), Literal(value, ScalarType.TIMESPAN, amount.span))
    return row.d.dates.add(
        row, x, row.d.wide(span) if unit == "nanosecond" else t.mul(row.d.wide(count), t.num(SPANS[unit])), amount_type(amount)
    )


def amount_type(expr: Expr) -> Expr:
    """A stand-in whose value is not known."""
    return Literal(None, ScalarType.TIMESPAN, expr.span)


def _boundary(row: Row, unit: str, x: Tree) -> Tree:
    """The number of the unit's interval that the time is in."""
    dates = row.d.dates
    if unit in _CALENDAR:
        x = row.once(x)
        year = dates.part("year", x)
        if unit == "year":
            return year
        size, part = (4, "quarter") if unit == "quarter" else (12, "month")
        return t.add(t.mul(year, t.num(size)), dates.part(part, x))
    ticks = dates.to_ticks(x)
    if unit == "week":
        # 0001-01-01 is a Monday: weeks start on Sunday, one day before
        return row.d.int_div(t.add(ticks, t.num(TICKS_PER_DAY)), t.num(SPANS["week"]))
    return row.d.int_div(ticks, t.num(SPANS[unit]))


def _datetime_diff(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Boundaries crossed between the two times, first minus second."""
    unit = unit_of(row, call.arguments[0])
    if unit == "nanosecond":
        # beyond 292 years the nanoseconds do not fit 64 bits
        return row.d.wrapped(t.mul(row.d.wide(row.d.dates.difference(trees[1], trees[2])), t.num(100)))
    if unit not in SPANS and unit not in _CALENDAR:
        raise Refusal(f"`datetime_diff` does not know the unit `{unit}`")
    return t.sub(_boundary(row, unit, trees[1]), _boundary(row, unit, trees[2]))


def _week(row: Row, call: Call, trees: Sequence[Tree], after: int) -> Tree:
    """A tick of the week, counted from its Sunday. The first week of the calendar has no start, but it has an end."""
    number, offset = _boundary(row, "week", trees[0]), call.arguments[1] if len(trees) > 1 else None
    if isinstance(offset, Literal) and offset.value is None:
        return row.d.literal(None, ScalarType.DATETIME)
    if isinstance(offset, Literal) and isinstance(offset.value, int):
        after += max(-_FAR, min(offset.value * SPANS["week"], _FAR))
    elif offset is not None:
        number = t.add(row.d.wide(number), trees[1])
    ticks = t.add(t.mul(number, t.num(SPANS["week"])), t.num(after - TICKS_PER_DAY))
    is_wide = offset is not None and not isinstance(offset, Literal)
    return row.d.dates.from_wide_ticks(row, ticks) if is_wide else row.d.dates.from_ticks(row, ticks)


def _start(row: Row, call: Call, trees: Sequence[Tree], unit: str) -> Tree:
    dates = row.d.dates
    if unit == "week" and len(trees) > 1:
        return _week(row, call, trees, 0)
    start = dates.trunc(row, unit, trees[0])
    if len(trees) == 1:
        return start
    offset = call.arguments[1]
    if unit in _CALENDAR:
        return dates.shift(row, unit, trees[1], start)
    if isinstance(offset, Literal) and isinstance(offset.value, int):
        value = max(-_FAR, min(offset.value * SPANS[unit], _FAR))
        return dates.add(row, start, t.num(value), Literal(value, ScalarType.TIMESPAN, offset.span))
    return dates.add(row, start, t.mul(row.d.wide(trees[1]), t.num(SPANS[unit])), amount_type(offset))


def _startof(unit: str) -> FunctionRow:
    return lambda row, call, trees: _start(row, call, trees, unit)


def _endof(unit: str) -> FunctionRow:
    """The last tick before the next start."""

    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        if unit == "week":
            return _week(row, call, trees, SPANS["week"] - 1)
        dates, start = row.d.dates, _start(row, call, trees, unit)
        span = call.arguments[0].span
        if unit in _CALENDAR:
            # the end of 9999 is the last tick: its next start would be out of range
            start = row.once(start)
            following = dates.shift(row, unit, t.num(1), start)
            last = dates.literal(3_155_378_975_999_999_999)
            return t.when(
                t.is_not_null(start), t.coalesce(dates.add(row, following, t.num(-1), Literal(-1, ScalarType.TIMESPAN, span)), last)
            )
        length = SPANS[unit] - 1
        return dates.add(row, start, t.num(length), Literal(length, ScalarType.TIMESPAN, span))

    return row_


def _make_datetime(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    if len(trees) == 1:
        from rulec_backends.sql.functions.conversions import to_datetime

        return to_datetime(row, call.arguments[0].type, trees[0])
    parts = [row.once(x) for x in trees] + [t.num(0)] * (6 - len(trees))
    if len(trees) < 3:
        parts = [*[row.once(x) for x in trees], *[t.num(1)] * (3 - len(trees)), t.num(0), t.num(0), t.num(0)]
    if len(trees) == 6:
        parts[5] = row.once(t.try_cast(t.call("round", t.mul(row.d.real(trees[5]), t.num(10_000_000))), "BIGINT"))
    return row.d.dates.make(row, parts)


def _make_timespan(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """(h, m), (h, m, s) or (d, h, m, s); hours below 24, minutes and seconds below 60."""
    names = {2: ("h", "m"), 3: ("h", "m", "s"), 4: ("d", "h", "m", "s")}.get(len(trees))
    if names is None:
        from rulec_backends.sql.functions.conversions import to_timespan

        return to_timespan(row, call.arguments[0].type, trees[0])
    limits = {"d": None, "h": 24, "m": 60, "s": 60}
    total: Tree | None = None
    tests: list[Tree] = []
    for unit, expr, tree in zip(names, call.arguments, trees, strict=True):
        tree = row.once(tree)
        limit = limits[unit]
        tests.append(t.ge(tree, t.num(0)))
        if limit is not None:
            tests.append(t.lt(tree, t.num(limit)))
        if unit == "s" and expr.type is ScalarType.REAL:
            part = t.try_cast(t.call("round", t.mul(tree, t.num(UNITS["s"]))), "BIGINT")
        else:
            part = t.mul(tree, t.num(UNITS[unit]))
        total = part if total is None else t.add(total, part)
    assert total is not None
    return t.when(t.and_(*tests), total)


def zone_of(row: Row, expr: Expr) -> str:
    """A constant time zone that the zone data of the compiler's machine has too.

    Raises:
        Refusal: For another one.
    """
    from zoneinfo import available_timezones

    zone = row.constant(expr, "the time zone")
    if not isinstance(zone, str) or zone not in available_timezones():
        raise Refusal(f"the time zone `{zone}` is not known", "write it as `Europe/Berlin`")
    return zone


def _floored(row: Row, tree: Tree, size: int) -> Tree:
    """An integer divided by a size, down."""
    rest = row.d.modulo(tree, t.num(size))
    below = t.when(t.lt(rest, t.num(0)), t.num(1), t.num(0))
    return t.sub(row.d.int_div(tree, t.num(size)), below)


def _unixtime(unit: int) -> FunctionRow:
    """From a number of units since 1970; `unit` in ticks, 0 for nanoseconds."""

    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        x, kind = trees[0], call.arguments[0].type
        if kind is ScalarType.REAL:
            scaled = t.call("round", t.mul(x, row.d.literal(float(unit), kind)) if unit else t.binary("/", x, row.d.literal(100.0, kind)))
            ticks: Tree = t.try_cast(scaled, "BIGINT")
            return row.d.dates.from_wide_ticks(row, t.add(row.d.wide(ticks), t.num(UNIX_EPOCH_TICKS)))
        if kind is ScalarType.DECIMAL:
            raise Refusal("a time from a decimal is not supported", "convert it with tolong() or todouble()")
        ticks = t.mul(row.d.wide(x), t.num(unit)) if unit else _floored(row, row.once(x), 100)
        total = t.add(ticks, t.num(UNIX_EPOCH_TICKS))
        return row.d.dates.from_wide_ticks(row, total) if unit else row.d.dates.from_ticks(row, total)

    return row_


# --- formats -------------------------------------------------------------------------------------------------------

_DATE_TOKEN: Final = re.compile(r"yyyy|yy?|MM?|dd?|HH?|hh?|mm?|ss?|f{1,7}|F{1,7}|tt|[^a-zA-Z]|[a-zA-Z]")
_SPAN_TOKEN: Final = re.compile(r"d+|H+|h+|m+|s+|f+|F+|[^a-zA-Z]|[a-zA-Z]")
#: What format_datetime and format_timespan allow between their parts.
_DELIMITERS: Final = frozenset(" /-:,._[]")


def _padded(tree: Tree, width: int) -> Tree:
    text = t.cast(tree, "VARCHAR")
    return text if width <= 1 else t.call("lpad", text, t.num(width), t.text("0"))


def _fraction_text(row: Row, ticks: Tree, width: int, trimmed: bool) -> Tree:
    if width > 7:
        raise Refusal("a fraction has at most seven digits")
    value = row.d.int_div(row.d.modulo(ticks, t.num(10_000_000)), t.num(10 ** (7 - width)))
    digits = t.call("lpad", t.cast(value, "VARCHAR"), t.num(width), t.text("0"))
    return t.call("rtrim", digits, t.text("0")) if trimmed else digits


def _format_text(row: Row, expr: Expr) -> str:
    value = row.constant(expr, "the format")
    if not isinstance(value, str):
        raise Refusal("the format must be a string")
    return value


def _date_piece(row: Row, token: str, x: Tree) -> Tree:
    part, width = row.d.dates.part, len(token)
    match token[0]:
        case "y":
            year = part("year", x)
            return _padded(row.d.modulo(year, t.num(100)), width) if width <= 2 else _padded(year, width)
        case "M":
            return _padded(part("month", x), width)
        case "d":
            return _padded(part("day", x), width)
        case "H":
            return _padded(part("hour", x), width)
        case "h":
            hour = part("hour", x)
            return _padded(t.add(row.d.modulo(t.add(hour, t.num(11)), t.num(12)), t.num(1)), width)
        case "m":
            return _padded(part("minute", x), width)
        case "s":
            return _padded(part("second", x), width)
        case "f" | "F":
            return _fraction_text(row, row.d.dates.to_ticks(x), width, token[0] == "F")
        case "t" if token == "tt":
            return t.when(t.lt(part("hour", x), t.num(12)), t.text("AM"), t.text("PM"))
        case _:
            if token not in _DELIMITERS:
                raise Refusal(f"`format_datetime` does not know `{token}`")
            return t.text(token)


def _joined(pieces: list[Tree]) -> Tree:
    merged: list[Tree] = []
    for piece in pieces:
        if merged and t.is_text(piece) and t.is_text(merged[-1]):
            merged[-1] = t.text(merged[-1].value + piece.value)
        else:
            merged.append(piece)
    return t.concat(*merged)


def _format_datetime(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    x = row.once(trees[0])
    pieces = [_date_piece(row, token, x) for token in _DATE_TOKEN.findall(_format_text(row, call.arguments[1]))]
    return t.coalesce(_joined(pieces), t.text(""))


def _span_piece(row: Row, token: str, size: Tree) -> Tree:
    width = len(token)
    match token[0]:
        case "d":
            days = row.d.int_div(size, t.num(TICKS_PER_DAY))
            plain = t.cast(days, "VARCHAR")
            # lpad() cuts what is longer
            return plain if width == 1 else t.when(t.lt(days, t.num(10**width)), _padded(days, width), plain)
        case "H" | "h":
            return _padded(row.d.modulo(row.d.int_div(size, t.num(UNITS["h"])), t.num(24)), width)
        case "m":
            return _padded(row.d.modulo(row.d.int_div(size, t.num(UNITS["m"])), t.num(60)), width)
        case "s":
            return _padded(row.d.modulo(row.d.int_div(size, t.num(UNITS["s"])), t.num(60)), width)
        case "f" | "F":
            return _fraction_text(row, size, width, token[0] == "F")
        case _:
            if token not in _DELIMITERS:
                raise Refusal(f"`format_timespan` does not know `{token}`")
            return t.text(token)


def _format_timespan(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    x = row.once(trees[0])
    # abs() fails on the least of all
    least = t.eq(x, row.d.literal(-(2**63), ScalarType.LONG))
    size = row.once(t.call("abs", t.when(least, t.num(2**63 - 1), x)))
    pieces = [_span_piece(row, token, size) for token in _SPAN_TOKEN.findall(_format_text(row, call.arguments[1]))]
    sign = t.when(t.lt(x, t.num(0)), t.text("-"), t.text(""))
    return t.coalesce(t.concat(sign, _joined(pieces)), t.text(""))


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "dayofmonth": _part_row("day"),
        "dayofyear": _part_row("day_of_year"),
        "dayofweek": _dayofweek,
        "hourofday": _part_row("hour"),
        "monthofyear": _part_row("month"),
        "getyear": _part_row("year"),
        "week_of_year": _part_row("iso_week"),
        "datetime_part": _datetime_part,
        "datetime_add": _datetime_add,
        "datetime_diff": _datetime_diff,
        "startofday": _startof("day"),
        "startofweek": _startof("week"),
        "startofmonth": _startof("month"),
        "startofyear": _startof("year"),
        "endofday": _endof("day"),
        "endofweek": _endof("week"),
        "endofmonth": _endof("month"),
        "endofyear": _endof("year"),
        "make_datetime": _make_datetime,
        "make_timespan": _make_timespan,
        "unixtime_seconds_todatetime": _unixtime(10_000_000),
        "unixtime_milliseconds_todatetime": _unixtime(10_000),
        "unixtime_microseconds_todatetime": _unixtime(10),
        "unixtime_nanoseconds_todatetime": _unixtime(0),
        "format_datetime": _format_datetime,
        "format_timespan": _format_timespan,
    }
)
