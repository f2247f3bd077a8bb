"""Times: strftime, strptime and relative time modifiers, in UTC.

Source: Search Reference, "Date and time format variables", "Time modifiers", relative_time. The zone of the user running the search is
UTC here.
"""

from __future__ import annotations

import calendar
import math
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_FLOOR, Decimal

from tests.spl.errors import Refused, SplError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Seconds of a span unit (bin, "Time scale options").
SPAN_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
    **dict.fromkeys(("w", "week", "weeks"), 604800),
}
_MONTHS = {
    **dict.fromkeys(("mon", "month", "months"), 1),
    **dict.fromkeys(("q", "qtr", "qtrs", "quarter", "quarters"), 3),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), 12),
}


def moment(epoch: float) -> datetime:
    """The UTC time of an epoch number, whole seconds."""
    try:
        return EPOCH + timedelta(seconds=math.floor(epoch))
    except OverflowError as error:
        raise Refused("a time beyond year 9999") from error


def strftime(epoch: float, form: str) -> str:
    """The text of a time."""
    when = moment(epoch)
    exact = Decimal(repr(epoch))
    fraction = exact - exact.to_integral_value(rounding=ROUND_FLOOR)

    def one(match: re.Match[str]) -> str:
        if match.group(1):
            return _OFFSETS[match.group(1)]
        return _variable(match.group(2), match.group(3), when, fraction, epoch)

    return re.sub(r"%(:{1,3})z|%([0-9]?)([A-Za-z%+])", one, form)


#: `%:z`, `%::z`, `%:::z` of UTC.
_OFFSETS = {":": "+00:00", "::": "+00:00:00", ":::": "+00"}


def _variable(size: str, name: str, when: datetime, fraction: Decimal, epoch: float) -> str:
    if name in ("N", "Q"):
        digits = int(size) if size else (9 if name == "N" else 3)
        return f"{int(fraction * 10**digits):0{digits}d}"
    if size:
        raise Refused(f"time variable %{size}{name}")
    return _plain(name, when, fraction, epoch)


def _plain(name: str, when: datetime, fraction: Decimal, epoch: float) -> str:
    match name:
        case "Y":
            return f"{when.year:04d}" if when.year >= 1000 else str(when.year).zfill(4)
        case "s":
            return str(math.floor(epoch))
        case "f":
            return f"{int(fraction * 10**6):06d}"
        case "F":
            return when.strftime("%Y-%m-%d")
        case "T":
            return when.strftime("%H:%M:%S")
        case "z":
            return "+0000"
        case "Z":
            return "UTC"
        case "e":
            return f"{when.day:2d}"
        case "k":
            return f"{when.hour:2d}"
        case "l":
            return f"{(when.hour % 12) or 12:2d}"
        case "c":
            return when.strftime("%a %b %e %H:%M:%S %Y")
        case "x":
            return when.strftime("%m/%d/%Y")
        case "X":
            return when.strftime("%H:%M:%S")
        case "D":
            return when.strftime("%m/%d/%y")
        case "+":
            return when.strftime("%a %b %e %H:%M:%S UTC %Y")
        case "%":
            return "%"
        case "h":
            return when.strftime("%b")
        case "V":
            return _week(when)
        case "n" | "t":
            return "\n" if name == "n" else "\t"
        case _ if name in "mdHMSjAaBbywuUWGgIpCR":
            return when.strftime(f"%{name}")
    raise Refused(f"time variable %{name}")


def _week(when: datetime) -> str:
    """`%V`: the week of ISO 8601, but a Sunday begins one (strftime, extended example: 2022-08-14 is in week 33)."""
    return f"{(when + timedelta(days=when.weekday() == 6)).isocalendar().week:02d}"


_PARSE = {
    "Y": r"(?P<Y>\d{4})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "e": r" ?(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "k": r" ?(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "l": r" ?(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "y": r"(?P<y>\d{1,2})",
    "j": r"(?P<j>\d{1,3})",
    "b": r"(?P<b>[A-Za-z]{3,9})",
    "B": r"(?P<b>[A-Za-z]{3,9})",
    "h": r"(?P<b>[A-Za-z]{3,9})",
    "a": r"[A-Za-z]{3,9}",
    "A": r"[A-Za-z]{3,9}",
    "p": r"(?P<p>[AaPp][Mm])",
    "Z": r"(?P<Z>[A-Za-z]{1,5})",
    "z": r"(?P<z>Z|[+-]\d{2}:?\d{2})",
    "s": r"(?P<s>-?\d+)",
    "N": r"(?P<N>\d{1,9})",
    "Q": r"(?P<N>\d{1,9})",
    "f": r"(?P<N>\d{1,6})",
    "F": r"(?P<Y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
    "T": r"(?P<H>\d{1,2}):(?P<M>\d{1,2}):(?P<S>\d{1,2})",
    "D": r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{2})",
    "R": r"(?P<H>\d{1,2}):(?P<M>\d{1,2})",
    "%": "%",
}


#: A fraction may be absent from the text (strptime, extended example: `%S.%N` reads 00:00:00).
_FRACTION = r"(?:\.(?P<N>\d{1,9}))?"


def _pattern(form: str) -> str:
    out: list[str] = []
    for piece in re.finditer(r"%:?\d?([A-Za-z%])|(\s+)|(\.%\d?[NQ])|(.)", form, re.DOTALL):
        if piece.group(3):
            out.append(_FRACTION)
        elif piece.group(1):
            if piece.group(1) not in _PARSE:
                raise Refused(f"time variable %{piece.group(1)}")
            out.append(_PARSE[piece.group(1)])
        else:
            out.append(r"\s*" if piece.group(2) else re.escape(piece.group(4)))
    return "".join(out)


_NAMES = {name.lower(): i for i, name in enumerate(calendar.month_abbr) if name}
_ZONES = {"UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}


def strptime(text: str, form: str) -> float | None:
    """The epoch number of a text, null if it does not fit. A day is needed; dates before 1971 are not supported (strptime).

    Raises:
        Refused: a form without a day, whose date is not documented.
    """
    match = re.match(_pattern(form), text)
    if match is None:
        return None
    got = match.groupdict()
    if got.get("s") is not None:
        return float(got["s"])
    if got.get("d") is None and got.get("j") is None:
        raise Refused("strptime without a day")
    try:
        return _moment(got)
    except (ValueError, KeyError):
        return None


def _moment(got: dict[str, str | None]) -> float | None:
    year = int(got["Y"] or 0) if got.get("Y") else 2000 + int(got["y"] or 0) if got.get("y") else None
    if year is None:
        raise Refused("strptime without a year")
    if got.get("y") and year >= 2069:
        year -= 100
    month = _NAMES[str(got["b"])[:3].lower()] if got.get("b") else int(got.get("m") or 1)
    hour = int(got.get("H") or 0)
    if got.get("I"):
        hour = int(got["I"] or 0) % 12 + (12 if (got.get("p") or "").lower() == "pm" else 0)
    when = datetime(year, month, int(got.get("d") or 1), hour, int(got.get("M") or 0), int(got.get("S") or 0), tzinfo=_zone(got))
    if got.get("j"):
        when += timedelta(days=int(got["j"] or 1) - 1)
    seconds = (when - EPOCH) // timedelta(seconds=1)
    if seconds < 31_536_000:
        raise Refused("strptime before 1971")
    fraction = f"0.{got['N']}" if got.get("N") else "0"
    return float(Decimal(seconds) + Decimal(fraction))


def _zone(got: dict[str, str | None]) -> timezone:
    if got.get("z") and got["z"] != "Z":
        digits = str(got["z"]).replace(":", "")
        minutes = int(digits[1:3]) * 60 + int(digits[3:5])
        return timezone(timedelta(minutes=-minutes if digits[0] == "-" else minutes))
    if got.get("Z"):
        return timezone(timedelta(hours=_ZONES[str(got["Z"]).upper()]))
    return UTC


_SHOWN = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?Z?\Z")


def shown_time(text: str) -> str | None:
    """The epoch number of `_time` as results show it (`2022-09-04 10:22:11`, ISO 8601), None for another text."""
    match = _SHOWN.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(g or 0) for g in match.groups()[:6])
    try:
        when = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return f"{(when - EPOCH) // timedelta(seconds=1)}{match.group(7) or ''}"


_PIECE = re.compile(r"([+-])(\d*)([a-z]+)|@([a-z]+)(\d?)")


def relative(epoch: float, modifier: str) -> float:
    """A time modifier such as `-1d@d` applied to a time; offsets and snaps in the order written.

    Raises:
        SplError: it is malformed.
    """
    found = epoch
    at = 0
    text = modifier.strip().lower()
    while at < len(text):
        match = _PIECE.match(text, at)
        if match is None:
            raise SplError(f"time modifier {modifier!r}")
        at = match.end()
        if match.group(1):
            amount = int(match.group(2) or 1) * (-1 if match.group(1) == "-" else 1)
            found = _offset(found, amount, match.group(3))
        else:
            found = _snap(found, match.group(4), match.group(5))
    return found


def _offset(epoch: float, amount: int, unit: str) -> float:
    if unit in SPAN_SECONDS:
        return epoch + amount * SPAN_SECONDS[unit]
    if unit not in _MONTHS:
        raise SplError(f"time unit {unit}")
    when = moment(epoch)
    months = when.year * 12 + when.month - 1 + amount * _MONTHS[unit]
    year, month = divmod(months, 12)
    day = min(when.day, calendar.monthrange(year, month + 1)[1])
    shifted = when.replace(year=year, month=month + 1, day=day)
    return (shifted - EPOCH).total_seconds() + (epoch - math.floor(epoch))


def _snap(epoch: float, unit: str, number: str) -> float:
    if unit == "w" or unit in ("week", "weeks"):
        day = int(number or 0) % 7
        sunday = 259200 + day * 86400
        return math.floor((epoch - sunday) / 604800) * 604800.0 + sunday
    if unit in SPAN_SECONDS:
        size = SPAN_SECONDS[unit]
        return math.floor(epoch / size) * float(size)
    if unit not in _MONTHS:
        raise SplError(f"time unit {unit}")
    when = moment(epoch)
    size = _MONTHS[unit]
    start = when.replace(month=(when.month - 1) // size * size + 1 if size < 12 else 1, day=1, hour=0, minute=0, second=0)
    return (start - EPOCH).total_seconds()


def time_modifier(text: str, now: float) -> float:
    """`earliest`/`latest`: an epoch number, `now`, or a relative time."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if text.lower() in ("now", "now()"):
        return now
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4}):(\d{1,2}):(\d{1,2}):(\d{1,2})", text)
    if match:
        month, day, year, hour, minute, second = (int(g) for g in match.groups())
        return (datetime(year, month, day, hour, minute, second, tzinfo=UTC) - EPOCH).total_seconds()
    return relative(now, text)
