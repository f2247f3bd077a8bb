"""How KQL's constants are written. See the package's docstring for how each type is carried in a field."""

from __future__ import annotations

import json
import math
from decimal import Decimal

from rulec.ir.exprs import Json, Value
from rulec.scalars import TICKS_PER_SECOND, UNIX_EPOCH_TICKS, ScalarType
from rulec_backends.splunk.tree import NULL, Node, Number, Text

#: Beyond this a double skips integers.
EXACT = 2**53


def decimal_text(ticks: int) -> str:
    """Ticks as decimal seconds, without needless digits."""
    sign = "-" if ticks < 0 else ""
    whole, rest = divmod(abs(ticks), TICKS_PER_SECOND)
    fraction = f".{rest:07d}".rstrip("0") if rest else ""
    return f"{sign}{whole}{fraction}"


def real_text(value: float) -> str:
    """A real as Splunk prints a double."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0 and math.copysign(1, value) < 0:
        return "-0.0"
    if value == int(value) and abs(value) < 1e17:
        return str(int(value))
    return repr(value)


def json_text(value: Json) -> str:
    """Compact JSON, reals with a point."""
    return json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))


def _finite(value: Json) -> Json:
    match value:
        case float() if not math.isfinite(value):
            return {True: "NaN", False: "Infinity" if value > 0 else "-Infinity"}[math.isnan(value)]
        case list():
            return [_finite(v) for v in value]
        case dict():
            return {k: _finite(v) for k, v in value.items()}
        case _:
            return value


def stored_text(value: Value, type_: ScalarType) -> str | None:
    """The text of a field that holds the value; None for null."""
    if value is None:
        return None
    match type_:
        case ScalarType.BOOL:
            return "true" if value else "false"
        case ScalarType.REAL:
            assert isinstance(value, int | float)
            return real_text(float(value))
        case ScalarType.DATETIME:
            assert isinstance(value, int)
            return decimal_text(value - UNIX_EPOCH_TICKS)
        case ScalarType.TIMESPAN:
            assert isinstance(value, int)
            return decimal_text(value)
        case ScalarType.DYNAMIC:
            assert not isinstance(value, Decimal)
            return json_text(value)
        case ScalarType.DECIMAL:
            return f"{value:f}" if isinstance(value, Decimal) else str(value)
        case _:
            return str(value)


_AS_NUMBER = frozenset({ScalarType.INT, ScalarType.LONG, ScalarType.REAL, ScalarType.DATETIME, ScalarType.TIMESPAN, ScalarType.DECIMAL})


def literal(value: Value, type_: ScalarType) -> Node:
    """A constant in an eval expression. An integer beyond 2^53 stays a text, which keeps its digits."""
    text = stored_text(value, type_)
    if text is None:
        return NULL
    if type_ not in _AS_NUMBER or text in ("NaN", "inf", "-inf"):
        return Text(text)
    if isinstance(value, int) and type_ is ScalarType.DATETIME and value % 10:
        return Text(text)  # a double of today's seconds has no seventh digit
    if text == "-0.0":
        return Number("0")
    if isinstance(value, int) and type_ in (ScalarType.INT, ScalarType.LONG) and abs(value) > EXACT:
        return Text(text)
    return Number(text)
