"""Datetimes and timespans, both in ticks of 100 ns; datetimes count from 0001-01-01T00:00:00Z."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

TICKS = 10_000_000
DAY_TICKS = 864_000_000_000
LAST_TICK = 3_155_378_975_999_999_999

MINUTE_TEXT = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
#: What follows the minute in a text of the result's form that has whole seconds, in ticks; and the other way round.
WHOLE_SECONDS = {f":{second:02d}.0000000Z": second * TICKS for second in range(60)}
TWO_DIGITS = {f"{number:02d}": number for number in range(60)}
SECOND_ENDS = tuple(WHOLE_SECONDS)
ISO_TEXT = re.compile(
    r"\s*(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ]\s*(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{1,2}:?\d{2})?\s*\Z",
    re.ASCII | re.IGNORECASE,
)
SLASH_TEXT = re.compile(
    r"\s*(\d{1,2})[/-](\d{1,2})[/-](\d{4})"
    r"(?:[T ]\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?\s*(AM|PM)?)?\s*(Z|UTC|GMT|[+-]\d{1,2}:?\d{2})?\s*\Z",
    re.ASCII | re.IGNORECASE,
)
COMPACT_TEXT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?\s*\Z", re.ASCII)
NAMED_TEXT = re.compile(
    r"\s*(?:[A-Z]{3,9},?\s+)?(\d{1,2})[ -]([A-Z]{3})[A-Z]*[ -](\d{2,4})(?:\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?\s*(AM|PM)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{1,2}:?\d{2})?\s*\Z",
    re.ASCII | re.IGNORECASE,
)
CTIME_TEXT = re.compile(
    r"\s*(?:[A-Z]{3,9},?\s+)?([A-Z]{3})[A-Z]*\s+(\d{1,2}),?\s+(?:(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?\s+)?(\d{4})"
    r"(?:\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?\s*(AM|PM)?)?\s*(Z|UTC|GMT)?\s*\Z",
    re.ASCII | re.IGNORECASE,
)
MONTHS = {m: n for n, m in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1)}
SPAN_TEXT = re.compile(r"\s*(-)?(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7})\d*)?)?\s*\Z", re.ASCII)
SPAN_UNIT_TEXT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*([a-z]+)\s*\Z", re.ASCII | re.IGNORECASE)
SPAN_UNITS = {
    "tick": 1,
    "ticks": 1,
    "microsecond": 10,
    "microseconds": 10,
    "ms": 10_000,
    "milli": 10_000,
    "millis": 10_000,
    "millisecond": 10_000,
    "milliseconds": 10_000,
    "s": TICKS,
    "sec": TICKS,
    "second": TICKS,
    "seconds": TICKS,
    "m": 60 * TICKS,
    "min": 60 * TICKS,
    "minute": 60 * TICKS,
    "minutes": 60 * TICKS,
    "h": 3600 * TICKS,
    "hr": 3600 * TICKS,
    "hrs": 3600 * TICKS,
    "hour": 3600 * TICKS,
    "hours": 3600 * TICKS,
    "d": DAY_TICKS,
    "day": DAY_TICKS,
    "days": DAY_TICKS,
}


@lru_cache(maxsize=131_072)
def minute_ticks(text: str) -> int | None:
    """The ticks of a `yyyy-MM-ddTHH:mm` text; null when it is none. Cached, for events share minutes."""
    if not MINUTE_TEXT.fullmatch(text):
        return None
    try:
        days = date(int(text[:4]), int(text[5:7]), int(text[8:10])).toordinal() - 1
    except ValueError:
        return None
    return days * DAY_TICKS + (int(text[11:13]) * 60 + int(text[14:16])) * 60 * TICKS


def text_to_datetime(text: str) -> int | None:
    """`todatetime` of text: ISO 8601, RFC 822, RFC 850 and the common forms with slashes or month names; UTC unless it says otherwise."""
    if text[-1:] == "Z" and (minute := minute_ticks(text[:16])) is not None:
        second = WHOLE_SECONDS.get(f"{text[16:19]}.0000000Z")
        fraction = text[20:-1]
        if second is not None and len(text) == 20:
            return minute + second
        if second is not None and text[19] == "." and fraction.isdigit() and fraction.isascii():
            return minute + second + int(fraction[:7].ljust(7, "0"))
    return any_datetime(text)


def any_datetime(text: str) -> int | None:
    """A datetime text in any of the accepted forms."""
    if (m := COMPACT_TEXT.match(text)) is not None:
        return ticks_of(m[1], m[2], m[3], m[4], m[5], m[6], None, None, None)
    if (m := ISO_TEXT.match(text)) is not None:
        if m[2] is None and m[4] is not None:
            return None
        return ticks_of(m[1], m[2] or "1", m[3] or "1", m[4], m[5], m[6], m[7], None, m[8])
    if (m := SLASH_TEXT.match(text)) is not None:
        return ticks_of(m[3], m[1], m[2], m[4], m[5], m[6], m[7], m[8], m[9])
    if (m := NAMED_TEXT.match(text)) is not None and m[2].lower() in MONTHS and len(m[3]) != 3:
        year = int(m[3]) + (0 if len(m[3]) == 4 else 2000 if int(m[3]) < 50 else 1900)
        return ticks_of(str(year), str(MONTHS[m[2].lower()]), m[1], m[4], m[5], m[6], m[7], m[8], m[9])
    if (m := CTIME_TEXT.match(text)) is not None and m[1].lower() in MONTHS:
        return ticks_of(m[7], str(MONTHS[m[1].lower()]), m[2], m[3] or m[8], m[4] or m[9], m[5] or m[10], m[6] or m[11], m[12], m[13])
    return None


def ticks_of(
    year: str,
    month: str,
    day: str,
    hour: str | None,
    minute: str | None,
    second: str | None,
    fraction: str | None,
    half: str | None,
    zone: str | None,
) -> int | None:
    """Ticks of the parts of a datetime text; null when a part is out of range."""
    hours = int(hour or 0)
    if half is not None:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    try:
        ordinal = date(int(year), int(month), int(day)).toordinal() - 1
    except ValueError:
        return None
    next_day = hours == 24 and not int(minute or 0) and not int(second or 0)
    if (hours > 23 and not next_day) or int(minute or 0) > 59 or int(second or 0) > 59:
        return None
    ticks = (
        ordinal * DAY_TICKS + (hours * 3600 + int(minute or 0) * 60 + int(second or 0)) * TICKS + int((fraction or "0")[:7].ljust(7, "0"))
    )
    if zone is not None and zone[0] in "+-":
        digits = zone[1:].replace(":", "").zfill(4)
        offset = (int(digits[:2]) * 60 + int(digits[2:])) * 60 * TICKS
        ticks += offset if zone[0] == "-" else -offset
    return ticks if 0 <= ticks <= LAST_TICK else None


def datetime_text(ticks: int | None) -> str:
    """`2020-01-01T12:30:00.0000000Z`; '' of null."""
    return datetime_out(ticks) or ""


@lru_cache(maxsize=131_072)
def minute_text(minutes: int) -> str:
    """`yyyy-MM-ddTHH:mm` of a number of minutes since year 1."""
    days, rest = divmod(minutes, 1440)
    return f"{date.fromordinal(days + 1).isoformat()}T{rest // 60:02d}:{rest % 60:02d}"


def datetime_out(ticks: int | None) -> str | None:
    """A result's datetime: ISO text with seven fraction digits, None of null."""
    if ticks is None:
        return None
    minute, rest = divmod(ticks, 600_000_000)
    second, fraction = divmod(rest, TICKS)
    return minute_text(minute) + (f":{second:02d}.{fraction:07d}Z" if fraction else SECOND_ENDS[second])


def timespan_out(ticks: int | None) -> str | None:
    """A result's timespan: KQL text, None of null."""
    return None if ticks is None else timespan_text(ticks)


def timespan_text(ticks: int | None) -> str:
    """`[-][d.]hh:mm:ss[.fffffff]`; '' of null."""
    if ticks is None:
        return ""
    days, rest = divmod(abs(ticks), DAY_TICKS)
    seconds, fraction = divmod(rest, TICKS)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return ("-" if ticks < 0 else "") + (f"{days}." if days else "") + text + (f".{fraction:07d}" if fraction else "")


def text_to_timespan(text: str) -> int | None:
    """`totimespan` of text: `[-][d.]hh:mm[:ss[.fffffff]]` or a number with a unit such as `90s`."""
    m = SPAN_TEXT.match(text)
    if m is not None:
        hours, minutes, seconds = int(m[3]), int(m[4]), int(m[5] or 0)
        if hours > 23 or minutes > 59 or seconds > 59:
            return None
        ticks = int(m[2] or 0) * DAY_TICKS + (hours * 3600 + minutes * 60 + seconds) * TICKS + int((m[6] or "0").ljust(7, "0"))
        return span_or_none(-ticks if m[1] else ticks)
    m = SPAN_UNIT_TEXT.match(text)
    if m is not None and m[2].lower() in SPAN_UNITS:
        unit = SPAN_UNITS[m[2].lower()]
        if abs(float(m[1])) * unit >= 2.0**63:
            return None
        return span_or_none(round(float(m[1]) * unit) if "." in m[1] else int(m[1]) * unit)
    return span_or_none(int(text) * DAY_TICKS) if text.isascii() and text.strip().removeprefix("-").isdecimal() else None


def span_or_none(ticks: int) -> int | None:
    """Ticks that a timespan can have, else null."""
    return ticks if -0x8000000000000000 <= ticks <= 0x7FFFFFFFFFFFFFFF else None


def input_ticks(value: object) -> int | None:
    """A datetime cell of the input as ticks: ISO text, a datetime, a date, or ticks; null when it is none of these."""
    if value.__class__ is str:
        second = WHOLE_SECONDS.get(value[16:])
        if second is not None and (minute := minute_ticks(value[:16])) is not None:
            return minute + second
        return text_to_datetime(value)
    return other_ticks(value)


def other_ticks(value: object) -> int | None:
    """A datetime cell that is no text."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value if 0 <= value <= LAST_TICK else None
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return (moment.toordinal() - 1) * DAY_TICKS + (moment - datetime.combine(moment.date(), datetime.min.time())) // timedelta(
            microseconds=1
        ) * 10
    return (value.toordinal() - 1) * DAY_TICKS if isinstance(value, date) else None


@lru_cache
def minute_bins(size: int) -> Callable[[str], int | None]:
    """`bin` by whole minutes of `yyyy-MM-ddTHH:mm` texts; null when a text is none."""

    @lru_cache(maxsize=131_072)
    def minute_bin(text: str) -> int | None:
        ticks = minute_ticks(text)
        return None if ticks is None or size <= 0 else ticks - ticks % size

    return minute_bin


def stamp(value: object) -> str | None:
    """A datetime cell as text in the result's form, null when it is none. Such texts compare like their moments.

    A text laid out like `2020-01-01T12:30:00.0000000Z` is taken at its word: stored datetimes are valid."""
    if value.__class__ is str and len(value) == 28 and value[19::8] == ".Z" and value[10] == "T":
        return value
    return datetime_out(input_ticks(value))


def stamp_bound(ticks: int) -> str:
    """The text that compares with stamps as a moment compares with moments, also when the moment is beyond the calendar."""
    return "" if ticks < 0 else "~" if ticks > LAST_TICK else datetime_text(ticks)


def current_ticks() -> int:
    """The clock's time, for a run that is not told the time."""
    moment = datetime.now(UTC).replace(tzinfo=None)
    return (moment - datetime.min) // timedelta(microseconds=1) * 10


def month_length(year: int, month: int) -> int:
    """The number of days of a month."""
    return monthrange(year, month)[1]
