"""Values by type: defaults, other values, what fits a column, and JSON documents with one place changed."""

from __future__ import annotations

import copy
import json
import math
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from rulec.scalars import LONG_MAX, LONG_MIN, MAX_DATETIME_TICKS, TICKS_PER_DAY, TICKS_PER_SECOND, UNIX_EPOCH_TICKS, ScalarType
from tests.conformance.values import WrongShape, datetime_ticks, iso_datetime, timespan_text, timespan_ticks

T = ScalarType
HOUR: Final = 3600 * TICKS_PER_SECOND

#: How far two ordered values are apart, the nearest first.
TIME_STEPS: Final = (TICKS_PER_SECOND, 60 * TICKS_PER_SECOND, HOUR, TICKS_PER_DAY, 7 * TICKS_PER_DAY, 30 * TICKS_PER_DAY, 100_000)
NUMBER_STEPS: Final = (1, 10, 1000, 1_000_000)
REAL_STEPS: Final = (1.0, 0.1, 100.0, 1e6)


def default(type_: ScalarType, name: str, now: int) -> Any:
    """The value of a cell that nothing is asked of."""
    match type_:
        case T.STRING:
            return f"{name}Value"
        case T.BOOL:
            return True
        case T.INT | T.LONG:
            return 7
        case T.REAL:
            return 7.5
        case T.DECIMAL:
            return Decimal("7.5")
        case T.DATETIME:
            return now - HOUR // 2
        case T.TIMESPAN:
            return HOUR
        case T.GUID:
            return str(uuid.UUID(int=0x1234567890ABCDEF1234567890ABCDEF))
        case T.DYNAMIC:
            return None


def plain(type_: ScalarType) -> Any:
    """Some value of the type."""
    return "some text" if type_ in (T.STRING, T.DYNAMIC) else default(type_, "", UNIX_EPOCH_TICKS + 20_000 * TICKS_PER_DAY)


def steps(type_: ScalarType) -> Sequence[Any]:
    """Differences to try between ordered values."""
    match type_:
        case T.DATETIME | T.TIMESPAN:
            return TIME_STEPS
        case T.REAL:
            return REAL_STEPS
        case T.DECIMAL:
            return tuple(Decimal(s) for s in NUMBER_STEPS)
        case _:
            return NUMBER_STEPS


def different(value: Any, type_: ScalarType, at: int = 0) -> Iterator[Any]:
    """Values other than one; `at` numbers the value among many."""
    match value:
        case None:
            yield plain(type_)
        case bool():
            yield not value
        case str() if type_ is T.GUID:
            yield from (str(uuid.UUID(int=0x1234567890ABCDEF1234567890ABCDEF + i)) for i in range(at + 1, at + 4))
        case str():
            if _is_address(value):
                head = value.rsplit(".", 2)[0]
                yield from (f"{head}.{(at + i) // 200 % 250}.{(at + i) % 200 + 1}" for i in range(1, 4))
            if value == "" or value.isdecimal():
                yield str(int(value or 0) + at + 1)
            yield from (f"{value}{at or ''}x", f"{at or ''}zz9{value}", f"{at or ''}zz9", f"{value} {at + 1}")
        case int() if type_ in (T.DATETIME, T.TIMESPAN):
            yield from (value + (at + 1) * TICKS_PER_SECOND, value - TICKS_PER_SECOND, value + HOUR, value - HOUR, value - TICKS_PER_DAY)
        case int():
            yield from (value + at + 1, value - 1, value + 1000, 0)
        case float():
            yield from (value + at + 1.0, value - 1.0, value * 2 + 1)
        case Decimal():
            yield from (value + at + 1, value - 1)
        case _:
            yield None


def _is_address(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 4 and all(p.isdecimal() and int(p) < 256 for p in parts)


def coerced(value: Any, type_: ScalarType) -> tuple[bool, Any]:
    """Whether a value can stand in a column of the type, and as what."""
    try:
        return True, _COERCE[type_](value) if value is not None or type_ is T.STRING else None
    except (ValueError, TypeError, OverflowError, ArithmeticError, WrongShape):
        return False, None


def _refuse(value: Any) -> Any:
    raise ValueError(value)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case list() | dict():
            return json_text(value)
        case _:
            return str(value)


def _integer(value: Any, low: int = LONG_MIN, high: int = LONG_MAX) -> int:
    if isinstance(value, float) and not value.is_integer():
        value = math.ceil(value)
    number = int(value)
    return number if low <= number <= high and not isinstance(value, bool) else _refuse(value)


def _moment(value: Any) -> int:
    if isinstance(value, str):
        return datetime_ticks(value)
    return _integer(value, 0, MAX_DATETIME_TICKS)


_COERCE: Final[Mapping[ScalarType, Callable[[Any], Any]]] = {
    T.STRING: _text,
    T.BOOL: lambda v: v if isinstance(v, bool) else _refuse(v),
    T.INT: lambda v: _integer(v, -(2**31), 2**31 - 1),
    T.LONG: _integer,
    T.REAL: float,
    T.DECIMAL: lambda v: Decimal(str(v)),
    T.DATETIME: _moment,
    T.TIMESPAN: lambda v: timespan_ticks(v) if isinstance(v, str) else _integer(v),
    T.GUID: lambda v: str(uuid.UUID(v)),
    T.DYNAMIC: lambda v: float(v) if isinstance(v, Decimal) else v,
}


def json_text(value: Any) -> str:
    """A JSON value as compact text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def container(text: Any) -> list[Any] | dict[str, Any] | None:
    """The array or bag that a text is, if it is one."""
    if not isinstance(text, str) or text[:1] not in ("{", "["):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, list | dict) else None


def with_path(value: Any, path: Sequence[str | int], new: Any) -> Any:
    """A JSON value with the part at a path changed; missing containers are made."""
    if not path:
        return new
    key, rest = path[0], path[1:]
    if isinstance(key, str):
        bag = dict(value) if isinstance(value, dict) else {}
        bag[key] = with_path(bag.get(key), rest, new)
        return bag
    items = list(value) if isinstance(value, list) else []
    at = key if key >= 0 else max(len(items) + key, 0)
    if at > 200:
        return value
    items += [None] * (at + 1 - len(items))
    items[at] = with_path(items[at], rest, new)
    return items


def with_text(value: Any, needle: str) -> list[Any]:
    """JSON values like one whose text holds a needle: in a first text of it, or added to it."""
    match value:
        case str():
            return [needle, f"{value} {needle}"]
        case list():
            first = value[0] if value else None
            changed = [[v, *value[1:]] for v in with_text(first, needle)[:1]] if isinstance(first, str | dict | list) else []
            return [[*value, needle], *changed]
        case dict():
            inner = [{**value, k: v} for k, old in value.items() if isinstance(old, str) for v in with_text(old, needle)[:1]]
            return [{**copy.copy(value), "Note": needle}, *inner[:4]]
        case _:
            return [needle]


def text_of(value: Any, type_: ScalarType) -> str:
    """`tostring` of a carrier, well enough to be read back."""
    match type_:
        case T.DATETIME:
            return iso_datetime(value)
        case T.TIMESPAN:
            return timespan_text(value)
        case T.BOOL:
            return str(value)
        case _:
            return _text(value)


def of_text(text: str, type_: ScalarType) -> Any:
    """The value of the type whose text this is; raises `ValueError` when there is none."""
    match type_:
        case T.BOOL:
            return {"true": True, "false": False}[text.lower()] if text.lower() in ("true", "false") else _refuse(text)
        case T.STRING:
            return text
        case T.DYNAMIC:
            return text
        case _:
            fits, value = coerced(text, type_)
            return value if fits and text else _refuse(text)
