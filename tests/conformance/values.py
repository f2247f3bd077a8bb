"""Values in the three forms that the conformance run needs.

A *carrier* is what a generated program gives (`rulec.scalars.ScalarType`: datetimes and timespans are ticks). A *recorded* value is
JSON as the case files have it (ISO datetimes, timespan texts, `NaN`). A *comparable* value is what two recorded values are compared by.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from rulec.scalars import TICKS_PER_DAY, TICKS_PER_SECOND

DATETIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?Z")
TIMESPAN = re.compile(r"(-?)(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?")
SPECIAL_REALS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class WrongShape(ValueError):
    """A value that its column's type cannot have."""


def _demand(condition: bool, value: Any, type_: str) -> None:
    if not condition:
        raise WrongShape(f"{value!r} ({type(value).__name__}) is no {type_}")


# --- carrier -> recorded -------------------------------------------------------------------------------------------


def _real(value: Any) -> Any:
    _demand(isinstance(value, float), value, "real")
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")


def _integer(value: Any) -> Any:
    _demand(isinstance(value, int) and not isinstance(value, bool), value, "long")
    return value


def _decimal(value: Any) -> Any:
    _demand(isinstance(value, Decimal), value, "decimal")
    return float(value)


def _text(value: Any) -> Any:
    _demand(isinstance(value, str), value, "string")
    return value


def _bool(value: Any) -> Any:
    _demand(isinstance(value, bool), value, "bool")
    return value


def iso_datetime(ticks: int) -> str:
    """Ticks as `2020-01-01T00:00:00Z`, with seven digits of a second when there are any."""
    days, rest = divmod(ticks, TICKS_PER_DAY)
    year, month, day = _civil(days)
    seconds, fraction = divmod(rest, TICKS_PER_SECOND)
    tail = f".{fraction:07d}" if fraction else ""
    return f"{year:04d}-{month:02d}-{day:02d}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{tail}Z"


def _civil(days: int) -> tuple[int, int, int]:
    found = date.fromordinal(days + 1)
    return found.year, found.month, found.day


def timespan_text(ticks: int) -> str:
    """Ticks as `-1.02:03:04.5000000`."""
    sign = "-" if ticks < 0 else ""
    days, rest = divmod(abs(ticks), TICKS_PER_DAY)
    seconds, fraction = divmod(rest, TICKS_PER_SECOND)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return sign + (f"{days}." if days else "") + clock + (f".{fraction:07d}" if fraction else "")


def _datetime(value: Any) -> Any:
    return iso_datetime(_integer(value))


def _timespan(value: Any) -> Any:
    return timespan_text(_integer(value))


def _dynamic(value: Any) -> Any:
    match value:
        case float():
            return _real(value)
        case list():
            return [_dynamic(v) for v in value]
        case dict():
            return {k: _dynamic(v) for k, v in value.items()}
        case None | bool() | int() | str():
            return value
        case _:
            raise WrongShape(f"{value!r} ({type(value).__name__}) is no JSON value")


_RECORD: dict[str, Callable[[Any], Any]] = {
    "bool": _bool,
    "int": _integer,
    "long": _integer,
    "real": _real,
    "decimal": _decimal,
    "string": _text,
    "datetime": _datetime,
    "timespan": _timespan,
    "guid": _text,
    "dynamic": _dynamic,
}


def record(value: Any, type_: str) -> Any:
    """A carrier as the case files write it. Raises `WrongShape` when the value is not of the type; a null string is one."""
    if value is None:
        if type_ == "string":
            raise WrongShape("a string column holds null")
        return None
    return _RECORD[type_](value)


# --- recorded -> comparable ----------------------------------------------------------------------------------------


def datetime_ticks(text: str) -> int:
    """Ticks since year 1 of `2020-01-01T00:00:00.0000000Z`."""
    found = DATETIME.fullmatch(text)
    if found is None:
        raise WrongShape(f"{text!r} is no datetime")
    year, month, day, hour, minute, second = (int(g) for g in found.groups()[:6])
    days = date(year, month, day).toordinal() - 1
    return days * TICKS_PER_DAY + (hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND + int((found[7] or "").ljust(7, "0"))


def timespan_ticks(text: str) -> int:
    """Ticks of `-1.02:03:04.5000000`."""
    found = TIMESPAN.fullmatch(text)
    if found is None:
        raise WrongShape(f"{text!r} is no timespan")
    seconds = int(found[2] or 0) * 86_400 + int(found[3]) * 3600 + int(found[4]) * 60 + int(found[5])
    ticks = seconds * TICKS_PER_SECOND + int((found[6] or "").ljust(7, "0"))
    return -ticks if found[1] else ticks


def _comparable_real(value: Any) -> float:
    if isinstance(value, str):
        _demand(value in SPECIAL_REALS, value, "real")
        return SPECIAL_REALS[value]
    _demand(isinstance(value, int | float) and not isinstance(value, bool), value, "real")
    return float(value)


_COMPARABLE: dict[str, Callable[[Any], Any]] = {
    "bool": _bool,
    "int": _integer,
    "long": _integer,
    "real": _comparable_real,
    "decimal": _comparable_real,
    "string": _text,
    "datetime": lambda v: datetime_ticks(_text(v)),
    "timespan": lambda v: timespan_ticks(_text(v)),
    "guid": lambda v: _text(v).lower(),
    "dynamic": lambda v: v,
}


def comparable(value: Any, type_: str) -> Any:
    """A recorded value as it is compared; None stays None. Raises `WrongShape`."""
    return None if value is None else _COMPARABLE[type_](value)


def shown(value: Any) -> str:
    """A recorded value for a message."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:197] + "…"
