"""Date and time. Out of the years 1 to 9999 a datetime is null.

Source: Learn, "DateTime/timespan functions"; recorded answers.
"""

from __future__ import annotations

from typing import Final

from rulec.catalogue.notation import Row, row
from rulec.catalogue.signatures import ResultName

_FIRST = ResultName.FIRST_ARGUMENT
_ONLY = ResultName.ONLY_ARGUMENT
_BOUND = row("datetime -> datetime", "datetime, long -> datetime?")
# The week of the first day of year 1, a Monday, starts before it; the last week ends after 9999.
_WEEK_BOUND = row("datetime, long? -> datetime?")
_PART = row("datetime -> int")
_EPOCH = row("number -> datetime?")
_ZONE = row("datetime, string -> datetime?")

DATETIME: Final[dict[str, Row]] = {
    "ago": row("timespan -> datetime?", bound=True),
    "datetime_add": row("string!, long, datetime -> datetime?"),
    # Counts boundaries, not elapsed units.
    "datetime_diff": row("string!, datetime, datetime -> long"),
    "datetime_list_timezones": row("-> dynamic!"),
    "datetime_local_to_utc": _ZONE,
    "datetime_part": row("string!, datetime -> int"),
    "datetime_utc_to_local": _ZONE,
    "dayofmonth": _PART,
    # Null in the last week of the year 9999, which has no end.
    "dayofweek": row("datetime -> timespan?"),
    "dayofyear": _PART,
    "endofday": _BOUND,
    "endofmonth": _BOUND,
    "endofweek": _WEEK_BOUND,
    "endofyear": _BOUND,
    "format_datetime": row("datetime, string! -> string", naming=_FIRST),
    "format_timespan": row("timespan, string! -> string", naming=_FIRST),
    "getyear": _PART,
    "hourofday": _PART,
    "make_datetime": row("number, number, number, number?, number?, number? -> datetime?", "any -> datetime?", naming=_ONLY),
    # Seconds may have a fraction (documented); the analyzer wants an integer.
    "make_timespan": row("long, long, long, number -> timespan?", "long, long, number? -> timespan?", "any -> timespan?", naming=_ONLY),
    "monthofyear": _PART,
    "now": row("-> datetime!", "timespan -> datetime?", bound=True),
    "startofday": row("datetime -> datetime", "datetime, long -> datetime?", naming=_FIRST),
    "startofmonth": _BOUND,
    "startofweek": _WEEK_BOUND,
    "startofyear": _BOUND,
    "unixtime_microseconds_todatetime": _EPOCH,
    "unixtime_milliseconds_todatetime": _EPOCH,
    "unixtime_nanoseconds_todatetime": _EPOCH,
    "unixtime_seconds_todatetime": _EPOCH,
    "week_of_year": _PART,
}
