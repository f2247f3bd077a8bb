"""Timespans as rule files write them: `5m`, `1h`, `14d`, `[d.]hh:mm[:ss]`, and the ISO 8601 form of ARM templates."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rulec.scalars import TICKS_PER_DAY, TICKS_PER_SECOND

MINUTE: Final = 60 * TICKS_PER_SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = TICKS_PER_DAY

_UNITS: Final = {"m": MINUTE, "h": HOUR, "d": DAY}
_SHORT: Final = re.compile(r"([0-9]{1,9})([mhd])\Z", re.IGNORECASE)
_CLOCK: Final = re.compile(r"(?:([0-9]{1,8})\.)?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,7}))?)?\Z")
_ISO: Final = re.compile(
    r"P(?=.)(?:([0-9]{1,6})W|(?:([0-9]{1,6})D)?(?:T(?=.)(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6})S)?)?)\Z", re.IGNORECASE
)
_ISO_UNITS: Final = (7 * DAY, DAY, HOUR, MINUTE, TICKS_PER_SECOND)


class Timespan(NamedTuple):
    """A timespan in 100 ns ticks; `is_iso` when it has ARM's form or its capitals (`PT2H`, `2H`), which rule YAML has not."""

    ticks: int
    is_iso: bool


def parse_timespan(text: str) -> Timespan | None:
    """The timespan that `text` spells, `None` when it spells none.

    Source: Azure-Sentinel, ScheduledTemplateTimeSpanConverter (.NET `TimeSpan.TryParse`, then `<number><m|h|d>`);
    alertRules ARM reference for ISO 8601.
    """
    text = text.strip()
    if match := _SHORT.match(text):
        return Timespan(int(match[1]) * _UNITS[match[2].lower()], match[2].isupper())
    if match := _CLOCK.match(text):
        days, hours, minutes, seconds = (int(group or 0) for group in match.groups()[:4])
        fraction = int((match[5] or "").ljust(7, "0"))
        if hours < 24 and minutes < 60 and seconds < 60:
            return Timespan(days * DAY + hours * HOUR + minutes * MINUTE + seconds * TICKS_PER_SECOND + fraction, False)
    elif match := _ISO.match(text):
        return Timespan(sum(int(group or 0) * unit for group, unit in zip(match.groups(), _ISO_UNITS, strict=True)), True)
    return None


def show_timespan(ticks: int) -> str:
    """The shortest spelling a rule file accepts: `5m`, `1h`, `14d`, else `d.hh:mm:ss`."""
    for letter in "dhm":
        if ticks and ticks % _UNITS[letter] == 0:
            return f"{ticks // _UNITS[letter]}{letter}"
    days, rest = divmod(ticks, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    return f"{days}.{hours:02}:{minutes:02}:{rest // TICKS_PER_SECOND:02}"
