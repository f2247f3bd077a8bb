"""Text forms of datetimes and timespans, to and from ticks of 100 ns.

Source: Learn, "The datetime data type" and "The timespan data type", with their lists of supported formats.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Final

from rulec.scalars import MAX_DATETIME_TICKS, TICKS_PER_DAY, TICKS_PER_SECOND

_HOUR: Final = 3600 * TICKS_PER_SECOND
_MINUTE: Final = 60 * TICKS_PER_SECOND

#: Unit suffixes of timespans with their length in ticks.
TIMESPAN_UNITS: Final = {
    **dict.fromkeys(("d", "day", "days"), Decimal(TICKS_PER_DAY)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), Decimal(_HOUR)),
    **dict.fromkeys(("m", "min", "minute", "minutes"), Decimal(_MINUTE)),
    **dict.fromkeys(("s", "sec", "second", "seconds"), Decimal(TICKS_PER_SECOND)),
    **dict.fromkeys(("ms", "milli", "millis", "millisec", "millisecond", "milliseconds"), Decimal(10_000)),
    **dict.fromkeys(("micro", "micros", "microsec", "microsecond", "microseconds"), Decimal(10)),
    **dict.fromkeys(("nano", "nanos", "nanosec", "nanosecond", "nanoseconds"), Decimal("0.01")),
    **dict.fromkeys(("tick", "ticks"), Decimal(1)),
}
#: The largest timespan; the smallest is one tick further from zero.
MAX_TIMESPAN_TICKS: Final = 2**63 - 1

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,7})\d*)?)?"
_ZONE: Final = r"\s*(?P<zone>Z|GMT|UTC|[+-]\d{2}:?\d{2})?"
_DATES: Final = (
    r"(?P<year>\d{4})(?:\s*-\s*(?P<month>\d{1,2})(?:\s*-\s*(?P<day>\d{1,2}))?)?",
    r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
    r"(?P<month>\d{1,2})[/-](?P<day>\d{1,2})[/-](?P<year>\d{4})",
    r"(?P<year>\d{4}),\s*(?P<month>\d{1,2}),\s*(?P<day>\d{1,2})",
    r"(?:[A-Za-z]{3,9},\s*)?(?P<day>\d{1,2})[ -](?P<month>[A-Za-z]{3})[ -](?P<year>\d{4}|\d{2})",
)
_DATETIMES: Final = tuple(re.compile(rf"{d}(?:(?:T|,?\s+){_CLOCK})?{_ZONE}", re.ASCII | re.IGNORECASE) for d in _DATES)
_TIMESPAN: Final = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<days>\d+)\.)?(?P<hours>\d{1,2}):(?P<minutes>\d{1,2})(?::(?P<seconds>\d{1,2})(?:\.(?P<fraction>\d{1,7})\d*)?)?",
    re.ASCII,
)
_QUANTITY: Final = re.compile(r"(?P<number>[+-]?\d+(?:\.\d+)?)\s*(?P<unit>[a-z]*)", re.ASCII)


def parse_datetime(text: str) -> int | None:
    """Ticks since year 1 of a datetime in any of KQL's text forms; None when it is in none of them. No zone means UTC."""
    text = text.strip()
    if text in ("min", "max"):
        return 0 if text == "min" else MAX_DATETIME_TICKS
    match = next((m for form in _DATETIMES if (m := form.fullmatch(text))), None)
    if match is None:
        return None
    try:
        day = date(_year(match["year"]), _month(match["month"] or "1"), int(match["day"] or 1))
    except ValueError:
        return None
    clock = _clock(match["hour"], match["minute"], match["second"], match["fraction"])
    if clock is None:
        return None
    ticks = (day.toordinal() - 1) * TICKS_PER_DAY + clock - _zone(match["zone"] or "")
    return ticks if 0 <= ticks <= MAX_DATETIME_TICKS else None


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 50 else 1900)


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS.index(text.lower()) + 1


def _clock(hour: str | None, minute: str | None, second: str | None, fraction: str | None) -> int | None:
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return hours * _HOUR + minutes * _MINUTE + seconds * TICKS_PER_SECOND + int((fraction or "0").ljust(7, "0"))


def _zone(text: str) -> int:
    if text[:1] not in ("+", "-"):
        return 0
    ticks = int(text[1:3]) * _HOUR + int(text[-2:]) * _MINUTE
    return -ticks if text[0] == "-" else ticks


def parse_timespan(text: str) -> int | None:
    """Ticks of a timespan in any of KQL's text forms; None when it is in none of them. A bare number counts days."""
    text = text.strip()
    if text in ("min", "max"):
        return -MAX_TIMESPAN_TICKS - 1 if text == "min" else MAX_TIMESPAN_TICKS
    if match := _QUANTITY.fullmatch(text):
        unit = TIMESPAN_UNITS.get(match["unit"] or "d")
        ticks = None if unit is None else int(Decimal(match["number"]) * unit)
    elif match := _TIMESPAN.fullmatch(text):
        clock = _clock(match["hours"], match["minutes"], match["seconds"], match["fraction"])
        ticks = None if clock is None else (int(match["days"] or 0) * TICKS_PER_DAY + clock) * (-1 if match["sign"] == "-" else 1)
    else:
        return None
    return ticks if ticks is not None and abs(ticks) <= MAX_TIMESPAN_TICKS else None


def datetime_text(ticks: int) -> str:
    """A datetime as KQL writes it: `2024-01-31T23:59:59.0000000Z`."""
    days, clock = divmod(ticks, TICKS_PER_DAY)
    return f"{date.fromordinal(days + 1).isoformat()}T{_clock_text(clock)}.{clock % TICKS_PER_SECOND:07d}Z"


def timespan_text(ticks: int) -> str:
    """A timespan as KQL writes it: `[-][d.]hh:mm:ss[.fffffff]`."""
    days, clock = divmod(abs(ticks), TICKS_PER_DAY)
    fraction = clock % TICKS_PER_SECOND
    return ("-" if ticks < 0 else "") + (f"{days}." if days else "") + _clock_text(clock) + (f".{fraction:07d}" if fraction else "")


def _clock_text(ticks: int) -> str:
    return f"{ticks // _HOUR:02d}:{ticks % _HOUR // _MINUTE:02d}:{ticks % _MINUTE // TICKS_PER_SECOND:02d}"
