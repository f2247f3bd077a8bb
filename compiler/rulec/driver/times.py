"""Times on the command line: ISO 8601 in, datetime ticks out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from rulec.driver.inputs import UsageError
from rulec.scalars import MAX_DATETIME_TICKS, TICKS_PER_DAY, TICKS_PER_SECOND

_FORM: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?")


def parse_time(text: str, option: str) -> int:
    """Ticks of `2024-03-10`, `2024-03-10T12:00:00Z` or `2024-03-10 12:00:00.1234567+02:00`; UTC when no zone is given.

    Raises:
        UsageError: The text is no such time.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{option} is {text!r}, expected a time such as 2024-03-10T12:00:00Z")
    day, clock, fraction, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{(zone or 'Z').replace('Z', '+00:00')}")
    except ValueError as error:
        raise UsageError(f"{option} is {text!r}: {error}") from error
    return ticks_of(moment) + int((fraction or "").ljust(7, "0")[:7])


def ticks_of(moment: datetime) -> int:
    """Ticks of a Python time; UTC when it has no zone."""
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    seconds = (utc.hour * 60 + utc.minute) * 60 + utc.second
    return (utc.toordinal() - 1) * TICKS_PER_DAY + seconds * TICKS_PER_SECOND + utc.microsecond * 10


def show_time(ticks: int) -> str:
    """Ticks as `2024-03-10T12:00:00Z`, with a fraction where there is one."""
    if not 0 <= ticks <= MAX_DATETIME_TICKS:
        return str(ticks)
    day, rest = divmod(ticks, TICKS_PER_DAY)
    seconds, fraction = divmod(rest, TICKS_PER_SECOND)
    date = datetime.fromordinal(day + 1).date().isoformat()
    return f"{date}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}" + (f".{fraction:07d}" if fraction else "") + "Z"
