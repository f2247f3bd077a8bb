"""Conversions and the tests of presence, choice and type.

`iff`, `case` and `coalesce` want one type: int goes with long, but an integer beside a real is an error in the engine
(recorded), though Microsoft's analyzer lets it pass. A dynamic beside a string comes out as string.

Source: Learn, "Conversion functions", "Conditional functions"; recorded answers.
"""

from __future__ import annotations

from typing import Final

from rulec.catalogue.notation import Row, row
from rulec.catalogue.signatures import ResultName

_FIRST = ResultName.FIRST_ARGUMENT
_TEST = row("any -> bool!")

CONVERSION: Final[dict[str, Row]] = {
    "tobool": row("bool|int|long -> bool", "any -> bool?", naming=_FIRST),
    "todatetime": row("datetime -> datetime", "any -> datetime?", naming=_FIRST),
    "todecimal": row("int|long|decimal -> decimal", "any -> decimal?", naming=_FIRST),
    "todouble": row("bool|int|long|real -> real", "any -> real?", naming=_FIRST),
    "toguid": row("guid -> guid", "string -> guid?", naming=_FIRST),
    "tohex": row("long, long? -> string", naming=_FIRST),
    # A long out of int's range wraps, a text gives null.
    "toint": row("bool|int|long -> int", "any -> int?", naming=_FIRST),
    "tolong": row("bool|int|long -> long", "any -> long?", naming=_FIRST),
    "tostring": row("any -> string", naming=_FIRST),
    "totimespan": row("timespan -> timespan", "any -> timespan?", naming=_FIRST),
    "parse_json": row("string|dynamic -> dynamic?", naming=_FIRST),
    "parse_xml": row("string -> dynamic?", naming=_FIRST),
    "gettype": row("any -> string", naming=ResultName.FUNCTION_AND_ARGUMENT, prefix="type"),
    "isempty": _TEST,
    "isnotempty": _TEST,
    "isnotnull": _TEST,
    "isnull": _TEST,
    "iff": row("bool, same, same -> last?", bound=True),
    "case": row("bool+, same+, same -> last?", bound=True),
    "coalesce": row("same_scalar{2,64} -> first", "dynamic{2,64} -> dynamic?"),
    "column_ifexists": row("string!, any -> last?", naming=ResultName.COLUMN_ARGUMENT, bound=True),
    "iscolumnexists": row("string! -> bool!", bound=True),
    "assert": row("bool!, string -> bool", unsupported="stops the whole query with an error, which is no result of a rule"),
    "around": row("widest, widest, widest -> bool?", "datetime, datetime, timespan -> bool?", "timespan, timespan, timespan -> bool?"),
    "estimate_data_size": row("any+ -> long", bound=True),
    "new_guid": row("-> guid!", deterministic=False),
}
