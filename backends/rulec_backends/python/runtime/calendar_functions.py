"""Datetime functions: parts, bounds of periods, differences, formatting, time zones."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from rulec_backends.python.runtime.arithmetic import wrap
from rulec_backends.python.runtime.moments import DAY_TICKS, LAST_TICK, TICKS, month_length

DATETIME_FORMAT = re.compile(r"yyyy|yy?|MM?|dd?|HH?|hh?|mm?|ss?|f{1,7}|F{1,7}|tt|[\s\S]")
TIMESPAN_FORMAT = re.compile(r"d{1,8}|HH?|hh?|mm?|ss?|f{1,7}|F{1,7}|[\s\S]")
UNIT_TICKS = {
    "day": DAY_TICKS,
    "hour": 3600 * TICKS,
    "minute": 60 * TICKS,
    "second": TICKS,
    "millisecond": 10_000,
    "microsecond": 10,
    "nanosecond": 1,
}


def in_range(ticks: int) -> int | None:
    """The ticks when they are a datetime, null beyond the years 1 to 9999."""
    return ticks if 0 <= ticks <= LAST_TICK else None


def day_of(ticks: int) -> date:
    """The calendar day of a datetime."""
    return date.fromordinal(ticks // DAY_TICKS + 1)


def midnight(year: int, month: int, day: int) -> int | None:
    """Ticks of a day's start; null beyond the years 1 to 9999."""
    return (date(year, month, day).toordinal() - 1) * DAY_TICKS if 1 <= year <= 9999 else None


def month_start(ticks: int, offset: int) -> int | None:
    """The first day of the month that is `offset` months later."""
    day = day_of(ticks)
    month = day.year * 12 + day.month - 1 + offset
    return midnight(month // 12, month % 12 + 1, 1)


def startofday(ticks: int | None, offset: int | None = 0) -> int | None:
    """Midnight of the day, `offset` days later."""
    return None if ticks is None or offset is None else in_range((ticks // DAY_TICKS + offset) * DAY_TICKS)


def startofweek(ticks: int | None, offset: int | None = 0) -> int | None:
    """Sunday's midnight of the week, `offset` weeks later."""
    if ticks is None or offset is None:
        return None
    days = ticks // DAY_TICKS
    return in_range((days - (days + 1) % 7 + 7 * offset) * DAY_TICKS)


def startofmonth(ticks: int | None, offset: int | None = 0) -> int | None:
    """The first midnight of the month, `offset` months later."""
    return None if ticks is None or offset is None else month_start(ticks, offset)


def startofyear(ticks: int | None, offset: int | None = 0) -> int | None:
    """The first midnight of the year, `offset` years later."""
    return None if ticks is None or offset is None else midnight(day_of(ticks).year + offset, 1, 1)


def period_end(start: int | None, next_start: int | None) -> int | None:
    """The last tick before the next period; of the last period that of time itself."""
    if start is None:
        return None
    return next_start - 1 if next_start is not None else LAST_TICK


def endofday(ticks: int | None, offset: int | None = 0) -> int | None:
    """The last tick of the day, `offset` days later."""
    if ticks is None or offset is None:
        return None
    return in_range((ticks // DAY_TICKS + offset + 1) * DAY_TICKS - 1)


def endofweek(ticks: int | None, offset: int | None = 0) -> int | None:
    """The last tick of the week's Saturday, `offset` weeks later."""
    if ticks is None or offset is None:
        return None
    days = ticks // DAY_TICKS
    return in_range((days - (days + 1) % 7 + 7 * offset + 7) * DAY_TICKS - 1)


def endofmonth(ticks: int | None, offset: int | None = 0) -> int | None:
    """The last tick of the month, `offset` months later."""
    if ticks is None or offset is None:
        return None
    return period_end(month_start(ticks, offset), month_start(ticks, offset + 1))


def endofyear(ticks: int | None, offset: int | None = 0) -> int | None:
    """The last tick of the year, `offset` years later."""
    if ticks is None or offset is None:
        return None
    year = day_of(ticks).year + offset
    return period_end(midnight(year, 1, 1), midnight(year + 1, 1, 1))


def dayofweek(ticks: int | None) -> int | None:
    """The time since Sunday as a timespan of whole days; null in the last, cut week of the calendar."""
    if ticks is None:
        return None
    days = ticks // DAY_TICKS
    return (days + 1) % 7 * DAY_TICKS if endofweek(ticks) is not None else None


def dayofmonth(ticks: int | None) -> int | None:
    """1 to 31."""
    return None if ticks is None else day_of(ticks).day


def dayofyear(ticks: int | None) -> int | None:
    """1 to 366."""
    return None if ticks is None else day_of(ticks).timetuple().tm_yday


def monthofyear(ticks: int | None) -> int | None:
    """1 to 12."""
    return None if ticks is None else day_of(ticks).month


def getyear(ticks: int | None) -> int | None:
    """The year."""
    return None if ticks is None else day_of(ticks).year


def hourofday(ticks: int | None) -> int | None:
    """0 to 23."""
    return None if ticks is None else ticks // (3600 * TICKS) % 24


def week_of_year(ticks: int | None) -> int | None:
    """The ISO 8601 week, 1 to 53."""
    return None if ticks is None else day_of(ticks).isocalendar().week


def datetime_part(part: str, ticks: int | None) -> int | None:
    """A part of a datetime as an integer."""
    if ticks is None:
        return None
    match part.lower().replace("_", ""):
        case "year":
            return getyear(ticks)
        case "quarter":
            return (day_of(ticks).month + 2) // 3
        case "month":
            return monthofyear(ticks)
        case "weekofyear" | "week":
            return week_of_year(ticks)
        case "day":
            return dayofmonth(ticks)
        case "dayofyear":
            return dayofyear(ticks)
        case "hour":
            return hourofday(ticks)
        case "minute":
            return ticks // (60 * TICKS) % 60
        case "second":
            return ticks // TICKS % 60
        case "millisecond":
            return ticks // 10_000 % 1000
        case "microsecond":
            return ticks // 10 % 1_000_000
        case "nanosecond":
            return ticks % TICKS * 100
    return None


def datetime_add(part: str, amount: int | None, ticks: int | None) -> int | None:
    """A datetime moved by a number of periods; months keep the day where the month has it, else its last day."""
    if ticks is None or amount is None:
        return None
    unit = part.lower()
    if unit in UNIT_TICKS:
        return in_range(ticks + amount * UNIT_TICKS[unit]) if unit != "nanosecond" else in_range(ticks + amount // 100)
    if unit == "week":
        return in_range(ticks + amount * 7 * DAY_TICKS)
    months = {"year": 12, "quarter": 3, "month": 1}.get(unit)
    if months is None:
        return None
    day = day_of(ticks)
    month = day.year * 12 + day.month - 1 + amount * months
    if not 12 <= month < 120_000:
        return None
    start = midnight(month // 12, month % 12 + 1, min(day.day, month_length(month // 12, month % 12 + 1)))
    return None if start is None else start + ticks % DAY_TICKS


def datetime_diff(part: str, a: int | None, b: int | None) -> int | None:
    """a - b in boundaries of the period that lie between; weeks start on Sunday."""
    if a is None or b is None:
        return None
    unit = part.lower()
    if unit in UNIT_TICKS:
        size = UNIT_TICKS[unit]
        return a // size - b // size if unit != "nanosecond" else wrap((a - b) * 100)
    if unit == "week":
        return (a // DAY_TICKS + 1) // 7 - (b // DAY_TICKS + 1) // 7
    first, second = day_of(a), day_of(b)
    months = {"year": 12, "quarter": 3, "month": 1}.get(unit)
    if months is None:
        return None
    return (first.year * 12 + first.month - 1) // months - (second.year * 12 + second.month - 1) // months


def make_datetime(
    year: int | None, month: int | None = 1, day: int | None = 1, hour: int | None = 0, minute: int | None = 0, second: float | None = 0
) -> int | None:
    """A datetime of its parts; null when one is out of range."""
    if year is None or month is None or day is None or hour is None or minute is None or second is None:
        return None
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return None
    if not 1 <= day <= month_length(year, month):
        return None
    start = midnight(year, month, day) or 0
    return start + (hour * 3600 + minute * 60) * TICKS + round(second * TICKS)


def make_timespan(*parts: float | None) -> int | None:
    """A timespan of (hour, minute), (hour, minute, second) or (day, hour, minute, second); null when one is out of range."""
    if any(p is None for p in parts):
        return None
    values = [p for p in parts if p is not None]
    days = int(values.pop(0)) if len(values) == 4 else 0
    hours, minutes, seconds = int(values[0]), int(values[1]), values[2] if len(values) > 2 else 0
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 60):
        return None
    return days * DAY_TICKS + (hours * 3600 + minutes * 60) * TICKS + round(seconds * TICKS)


def format_datetime(ticks: int | None, pattern: str) -> str:
    """A datetime by a pattern of d, M, y, H, h, m, s, f, F and tt runs; other characters stand for themselves."""
    if ticks is None:
        return ""
    day = day_of(ticks)
    seconds = ticks // TICKS % 86_400
    return "".join(_format_run(run, ticks, day, seconds) for run in DATETIME_FORMAT.findall(pattern))


def _format_run(run: str, ticks: int, day: date, seconds: int) -> str:
    width = len(run)
    match run[0]:
        case "d":
            return str(day.day).zfill(width)
        case "M":
            return str(day.month).zfill(width)
        case "y":
            return str(day.year % 100).zfill(width) if width <= 2 else str(day.year).zfill(width)
        case "H":
            return str(seconds // 3600).zfill(width)
        case "h":
            return str((seconds // 3600 + 11) % 12 + 1).zfill(width)
        case "m":
            return str(seconds // 60 % 60).zfill(width)
        case "s":
            return str(seconds % 60).zfill(width)
        case "t" if width == 2:
            return "PM" if seconds >= 43_200 else "AM"
    return fraction_run(run, ticks)


def fraction_run(run: str, ticks: int) -> str:
    """The first digits of the second's fraction: `f` all, `F` without trailing zeros; other characters themselves."""
    if run[0] not in "fF":
        return run
    digits = f"{abs(ticks) % TICKS:07d}"[: len(run)]
    return digits if run[0] == "f" else digits.rstrip("0")


def format_timespan(ticks: int | None, pattern: str) -> str:
    """A timespan by a pattern of d, h, H, m, s, f and F runs, its sign first."""
    if ticks is None:
        return ""
    seconds = abs(ticks) // TICKS
    parts = {"d": seconds // 86_400, "h": seconds // 3600 % 24, "H": seconds // 3600 % 24, "m": seconds // 60 % 60, "s": seconds % 60}
    runs = (str(parts[r[0]]).zfill(len(r)) if r[0] in parts else fraction_run(r, ticks) for r in TIMESPAN_FORMAT.findall(pattern))
    return ("-" if ticks < 0 else "") + "".join(runs)


def unixtime_to_datetime(value: float | None, unit: int) -> int | None:
    """A count of units since 1970 as datetime; `unit` is in nanoseconds."""
    if value is None or not abs(value) < 1e20:  # beyond every year that is; a NaN compares with nothing
        return None
    ticks = round(value * (unit / 100)) if isinstance(value, float) else value * unit // 100
    return in_range(621_355_968_000_000_000 + ticks)


def zone_of(name: str) -> ZoneInfo | None:
    """An IANA time zone by its name; null when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def datetime_utc_to_local(ticks: int | None, zone: str) -> int | None:
    """The wall-clock time in a time zone of a UTC moment."""
    info = zone_of(zone)
    if ticks is None or info is None:
        return None
    moment = datetime.min + timedelta(microseconds=ticks // 10)
    try:
        offset = moment.replace(tzinfo=UTC).astimezone(info).utcoffset() or timedelta(0)
    except OverflowError:
        return None
    return in_range(ticks + offset // timedelta(microseconds=1) * 10)


def datetime_local_to_utc(ticks: int | None, zone: str) -> int | None:
    """The UTC moment of a wall-clock time in a time zone.

    Where a change of the clocks skips or repeats the time, the later offset counts."""
    info = zone_of(zone)
    if ticks is None or info is None:
        return None
    offset = (datetime.min + timedelta(microseconds=ticks // 10)).replace(tzinfo=info, fold=1).utcoffset() or timedelta(0)
    return in_range(ticks - offset // timedelta(microseconds=1) * 10)


def datetime_list_timezones() -> list[str]:
    """The names of the known time zones, sorted."""
    return sorted(available_timezones())
