"""Cells of the input rows as values of their column's type, and of results as JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TypeAlias

from rulec_backends.python.runtime.arithmetic import real_to_long, text_to_decimal
from rulec_backends.python.runtime.casts import parse_json, real_text, text_to_bool, text_to_guid, text_to_long, text_to_real
from rulec_backends.python.runtime.moments import LAST_TICK, input_ticks, text_to_timespan

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def text_cell(value: object) -> str:
    """A string column's cell: a missing one is '', an object or array is its JSON text."""
    if value.__class__ is str:
        return value
    return other_text(value)


def other_text(value: object) -> str:
    """The text of a cell that is no string."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return real_text(value)
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def long_cell(value: object) -> int | None:
    """An int or long column's cell."""
    match value:
        case bool():
            return int(value)
        case int():
            return value
        case float():
            return real_to_long(value)
        case str():
            return text_to_long(value)
    return None


def real_cell(value: object) -> float | None:
    """A real column's cell."""
    match value:
        case bool() | int() | float() | Decimal():
            return float(value)
        case str():
            return text_to_real(value)
    return None


def decimal_cell(value: object) -> Decimal | None:
    """A decimal column's cell."""
    match value:
        case bool():
            return None
        case Decimal():
            return value
        case int() | float():
            return Decimal(repr(value))
        case str():
            return text_to_decimal(value)
    return None


def bool_cell(value: object) -> bool | None:
    """A bool column's cell."""
    match value:
        case bool():
            return value
        case int() | float():
            return value != 0
        case str():
            return text_to_bool(value)
    return None


def timespan_cell(value: object) -> int | None:
    """A timespan column's cell: KQL text or ticks."""
    if isinstance(value, str):
        return text_to_timespan(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def guid_cell(value: object) -> str | None:
    """A guid column's cell."""
    return text_to_guid(str(value)) if value is not None else None


def dynamic_cell(value: object) -> Json:
    """A dynamic column's cell: JSON text or a value."""
    return parse_json(value) if isinstance(value, str) else value  # type: ignore[return-value]


def json_cell(value: object) -> Json:
    """`parse_json` of a string column's cell: the value of its JSON text, an object or array of a raw record as it is."""
    return parse_json(value) if isinstance(value, str) else value  # type: ignore[return-value]


def epoch_seconds_cell(value: object) -> int | None:
    """Seconds since 1970 (a number or its text) as datetime."""
    return epoch_ticks(real_cell(value), 10_000_000)


def epoch_milliseconds_cell(value: object) -> int | None:
    """Milliseconds since 1970 (a number or its text) as datetime."""
    return epoch_ticks(real_cell(value), 10_000)


def epoch_ticks(units: float | None, size: int) -> int | None:
    """Units of `size` ticks since 1970 as datetime; null outside the years 1 to 9999."""
    if units is None or not abs(units) < 1e18:
        return None
    ticks = 621_355_968_000_000_000 + round(units * size)
    return ticks if 0 <= ticks <= LAST_TICK else None


def nested(record: object, *path: str | int) -> object:
    """The part of a raw record at keys and indexes; JSON text on the way is read; None where it is missing."""
    for step in path:
        if record.__class__ is str:
            record = parse_json(record)
        if isinstance(record, dict):
            record = record.get(step)
        elif isinstance(record, list) and isinstance(step, int):
            record = record[step] if -len(record) <= step < len(record) else None
        else:
            return None
    return record


def without(value: object, empty: str) -> object:
    """'' for the text that stands for a missing value."""
    return "" if value == empty else value


def decimal_out(value: Decimal | None) -> str | None:
    """A result's decimal: its digits as text, None of null."""
    return None if value is None else format(value, "f")


def moment_argument(value: object) -> int | None:
    """An argument of `detect`: a datetime, ISO text or ticks."""
    if value is None:
        return None
    ticks = input_ticks(value)
    if ticks is None:
        raise ValueError(f"no datetime: {value!r}")
    return ticks
