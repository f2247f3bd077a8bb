"""KQL's scalar types, how they widen and which may be compared.

Source: Learn, "Scalar data types"; recorded answers for `gettype`.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class ScalarType(Enum):
    """A KQL scalar type; the value is KQL's own spelling.

    How values are written inside the compiler (literals, catalogue folding, Python target):
    bool -> bool; int, long -> int; real -> float; decimal -> decimal.Decimal; string -> str;
    datetime -> int, 100 ns ticks since 0001-01-01T00:00:00Z; timespan -> int, 100 ns ticks;
    guid -> lower-case str; dynamic -> JSON value (None, bool, int, float, str, list, dict). Null is None.
    A string is never null.
    """

    BOOL = "bool"
    INT = "int"
    LONG = "long"
    REAL = "real"
    DECIMAL = "decimal"
    STRING = "string"
    DATETIME = "datetime"
    TIMESPAN = "timespan"
    GUID = "guid"
    DYNAMIC = "dynamic"

    @property
    def is_numeric(self) -> bool:
        return self in NUMERIC

    @property
    def is_integer(self) -> bool:
        return self in INTEGER


INTEGER: Final = frozenset({ScalarType.INT, ScalarType.LONG})
NUMERIC: Final = frozenset({ScalarType.INT, ScalarType.LONG, ScalarType.REAL, ScalarType.DECIMAL})

#: Spellings that declarations accept besides the canonical ones.
TYPE_NAMES: Final[dict[str, ScalarType]] = {
    **{t.value: t for t in ScalarType},
    "boolean": ScalarType.BOOL,
    "date": ScalarType.DATETIME,
    "double": ScalarType.REAL,
    "float": ScalarType.REAL,
    "int8": ScalarType.INT,
    "int16": ScalarType.INT,
    "int32": ScalarType.INT,
    "int64": ScalarType.LONG,
    "uint": ScalarType.INT,
    "ulong": ScalarType.LONG,
    "time": ScalarType.TIMESPAN,
    "uniqueid": ScalarType.GUID,
    "uuid": ScalarType.GUID,
}

TICKS_PER_SECOND: Final = 10_000_000
TICKS_PER_DAY: Final = 86_400 * TICKS_PER_SECOND
#: Ticks from 0001-01-01 to 1970-01-01.
UNIX_EPOCH_TICKS: Final = 621_355_968_000_000_000
#: The last tick of 9999-12-31; arithmetic beyond it gives null.
MAX_DATETIME_TICKS: Final = 3_155_378_975_999_999_999
LONG_MIN: Final = -(2**63)
LONG_MAX: Final = 2**63 - 1
