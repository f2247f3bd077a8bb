"""From a record to the row of a Sentinel table: where each column is, and how its stored value becomes KQL's.

A record is Sentinel-shaped when it has the table's own time column; else it is the vendor's event and the table's `raw` map says
where the columns are. Values of the row are carriers (`rulec.scalars.ScalarType`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from rulec.driver.inputs import UsageError
from rulec.driver.times import parse_time
from rulec.fields import ColumnMap, TableMap
from rulec.ir.rels import ColumnDef
from rulec.running.records import Record
from rulec.scalars import TICKS_PER_SECOND, UNIX_EPOCH_TICKS, ScalarType

Carrier: TypeAlias = Any
Convert: TypeAlias = Callable[[Any], Carrier]
Read: TypeAlias = Callable[[Record], Carrier]

TIME_COLUMNS: Final = ("TimeGenerated", "Timestamp")


class BadValue(ValueError):
    """A stored value that is no value of its column's type."""


def is_sentinel_shaped(record: Record) -> bool:
    """Whether a record has a Sentinel table's own time column."""
    return any(name in record for name in TIME_COLUMNS)


@dataclass(frozen=True, slots=True)
class Shaper:
    """Makes rows of the wanted columns."""

    reads: Mapping[str, Read]

    def row(self, record: Record) -> dict[str, Carrier]:
        """The record's row.

        Raises:
            BadValue: A value does not fit its column.
        """
        return {name: read(record) for name, read in self.reads.items()}


def sentinel_shaper(columns: Iterable[ColumnDef]) -> Shaper:
    """Rows of Sentinel-shaped records: columns by their own names."""
    return Shaper({c.name: _by_name(c) for c in columns})


def raw_shaper(columns: Iterable[ColumnDef], table: TableMap) -> Shaper:
    """Rows of the vendor's events: columns by the map's paths. The columns have all been mapped before."""
    return Shaper({c.name: _by_map(c, table.columns[c.name]) for c in columns})


def _by_name(column: ColumnDef) -> Read:
    name, convert = column.name, converter(column.type, column.name)

    def read(record: Record) -> Carrier:
        return convert(record.get(name))

    return read


def _by_map(column: ColumnDef, place: ColumnMap) -> Read:
    convert = _mapped_converter(column, place)
    if place.constant is not None:
        value = convert(place.constant)
        return lambda record: value
    keys = tuple(int(k) if k.lstrip("-").isdecimal() else k for k in place.path)
    names = tuple(place.path)

    def read(record: Record) -> Carrier:
        found: Any = record
        for name in names:  # the usual case, quickly: objects in objects
            if found.__class__ is dict and name in found:
                found = found[name]
            else:
                found = _at(record, names, keys)
                break
        return convert(None if found == place.empty_as and place.empty_as is not None else found)

    return read


def _at(value: Any, names: tuple[str, ...], keys: tuple[str | int, ...]) -> Any:
    """The value at a path; a key that has dots in the record itself counts too; JSON text on the way is parsed."""
    for depth, (name, key) in enumerate(zip(names, keys, strict=True)):
        if isinstance(value, str) and depth:
            value = _parsed(value)
        match value:
            case dict():
                if name not in value:
                    return value.get(".".join(names[depth:]))
                value = value[name]
            case list() if isinstance(key, int) and -len(value) <= key < len(value):
                value = value[key]
            case _:
                return None
    return value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # text that nests too deep stays text
        return None


def _mapped_converter(column: ColumnDef, place: ColumnMap) -> Convert:
    plain = converter(column.type, column.name)
    match place.conversion:
        case "epoch_s":
            return lambda v: None if v in (None, "") else UNIX_EPOCH_TICKS + round(_decimal(v, column.name) * TICKS_PER_SECOND)
        case "epoch_ms":
            return lambda v: None if v in (None, "") else UNIX_EPOCH_TICKS + round(_decimal(v, column.name) * (TICKS_PER_SECOND // 1000))
        case _:
            return plain


# --- values --------------------------------------------------------------------------------------------------------


def converter(type_: ScalarType, name: str) -> Convert:
    """How a JSON or CSV value becomes a carrier of the type. A missing value is null, and '' for a string."""
    convert = _CONVERTERS[type_]
    if type_ is ScalarType.STRING:
        return convert  # anything has a text

    def checked(value: Any) -> Carrier:
        try:
            return convert(value)
        except (ValueError, TypeError, InvalidOperation, UsageError, OverflowError) as error:
            raise BadValue(f"the column {name} is {type_.value}, found {str(value)[:80]!r}") from error

    return checked


def json_text(value: Any) -> str:
    """A JSON value as Sentinel stores it in a string column: compact, not escaped beyond need."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _string(value: Any) -> str:
    if value.__class__ is str:
        return str(value)
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dict() | list():
            return json_text(value)
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value)


def _bool(value: Any) -> bool | None:
    match value:
        case bool():
            return value
        case None | "":
            return None
        case int() | float():
            return bool(value)
        case str() if value.lower() in ("true", "false", "1", "0"):
            return value.lower() in ("true", "1")
        case _:
            raise ValueError(value)


def _integer(value: Any) -> int | None:
    match value:
        case None | "":
            return None
        case str():
            return int(value, 0) if not value.strip().lstrip("-+").isdecimal() else int(value)
        case float() if not value.is_integer():
            raise ValueError(value)
        case _:
            return int(value)


def _real(value: Any) -> float | None:
    return None if value in (None, "") else float(value)


def _decimal(value: Any, name: str = "") -> Decimal:
    found = Decimal(str(value))
    if not math.isfinite(found):
        raise BadValue(f"the column {name} is a time, found {value!r}")
    return found


def _decimal_or_null(value: Any) -> Decimal | None:
    return None if value in (None, "") else _decimal(value)


def _datetime(value: Any) -> int | None:
    match value:
        case None | "":
            return None
        case str():
            return parse_time(value, "time")
        case _:
            raise ValueError(value)


def _timespan(value: Any) -> int | None:
    match value:
        case None | "":
            return None
        case str():
            return timespan_ticks(value)
        case _:
            raise ValueError(value)


def timespan_ticks(text: str) -> int:
    """Ticks of `1.02:03:04.5000000`.

    Raises:
        ValueError: The text is no timespan.
    """
    negative, body = text.startswith("-"), text.removeprefix("-")
    days, clock = body.split(".", 1) if "." in body.split(":")[0] else ("0", body)
    hours, minutes, seconds = clock.split(":")
    whole = (int(days) * 86_400 + int(hours) * 3600 + int(minutes) * 60) * TICKS_PER_SECOND
    ticks = whole + int(Decimal(seconds) * TICKS_PER_SECOND)
    return -ticks if negative else ticks


def _guid(value: Any) -> str | None:
    from uuid import UUID

    return None if value in (None, "") else str(UUID(value))


def _dynamic(value: Any) -> Any:
    """Dynamic columns of an export are often JSON text."""
    if isinstance(value, str):
        if value[:1] in ("{", "[") and (found := _parsed(value)) is not None:
            return found
        return value or None
    return value


_CONVERTERS: Final[Mapping[ScalarType, Convert]] = {
    ScalarType.BOOL: _bool,
    ScalarType.INT: _integer,
    ScalarType.LONG: _integer,
    ScalarType.REAL: _real,
    ScalarType.DECIMAL: _decimal_or_null,
    ScalarType.STRING: _string,
    ScalarType.DATETIME: _datetime,
    ScalarType.TIMESPAN: _timespan,
    ScalarType.GUID: _guid,
    ScalarType.DYNAMIC: _dynamic,
}
