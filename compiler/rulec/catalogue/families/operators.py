"""Operators: arithmetic, comparison, logic and the string operators.

Stricter than Microsoft's analyzer, which compares anything with anything: string against number, two dynamics and
arithmetic on dynamics are errors in the engine. Unclear mixtures (datetime times number, bool against string) are refused.

Source: Learn, "Scalar operators", "Datetime/timespan arithmetic"; recorded refusals for dynamics.
"""

from __future__ import annotations

from typing import Final

from rulec.catalogue.notation import Row, row

# A string operator reads a dynamic operand as its text, so it never gives null.
_STRING = row("string, string -> bool!")
_STRING_LIST = row("string, string|dynamic+ -> bool!")
_ARITHMETIC = ("long, long -> long", "real, real -> real", "decimal, decimal -> decimal?")
_DIVISION = ("long, long -> long?", "real, real -> real", "decimal, decimal -> decimal?")
_REMAINDER = ("long, long -> long?", "real, real -> real?", "decimal, decimal -> decimal?")
_EQUALITY = row(
    "widest, widest -> bool",
    "as_written, as_written -> bool",
    "bool, bool -> bool",
    "datetime, datetime -> bool",
    "timespan, timespan -> bool",
    "guid, guid -> bool",
    "dynamic, scalar -> bool?",
    "scalar, dynamic -> bool?",
)
# Only a number has an order against a dynamic value; two strings or two bools have none.
_ORDER = row(
    "widest, widest -> bool",
    "datetime, datetime -> bool",
    "timespan, timespan -> bool",
    "dynamic, number -> bool?",
    "number, dynamic -> bool?",
)
_MEMBERSHIP = row(
    "widest, widest_or_dynamic+ -> bool",
    "as_written, string|dynamic+ -> bool",
    "bool, bool|dynamic+ -> bool",
    "datetime, datetime|dynamic+ -> bool",
    "timespan, timespan|dynamic+ -> bool",
    "guid, guid|dynamic+ -> bool",
    "dynamic, any+ -> bool?",
)
_RANGE = row(
    "widest, widest, widest -> bool",
    "datetime, datetime, datetime -> bool",
    "datetime, datetime, timespan -> bool?",
    "timespan, timespan, timespan -> bool",
)

OPERATORS: Final[dict[str, Row]] = {
    # Integers give long and wrap; datetimes and timespans out of range give null.
    "+": row(
        *_ARITHMETIC,
        "timespan, timespan -> timespan?",
        "datetime, timespan -> datetime?",
        "timespan, datetime -> datetime?",
    ),
    "-": row(
        *_ARITHMETIC,
        "timespan, timespan -> timespan?",
        "datetime, datetime -> timespan",
        "datetime, timespan -> datetime?",
    ),
    "*": row(*_ARITHMETIC, "timespan, number -> timespan?", "number, timespan -> timespan?"),
    # An integer divided by zero is null, a real one infinite.
    "/": row(*_DIVISION, "timespan, timespan -> real?", "timespan, number -> timespan?"),
    "%": row(*_REMAINDER, "timespan, timespan -> timespan?", "datetime, timespan -> timespan?"),
    "neg": row("long -> long", "real -> real", "decimal -> decimal?", "timespan -> timespan?"),
    "==": _EQUALITY,
    "!=": _EQUALITY,
    "<": _ORDER,
    "<=": _ORDER,
    ">": _ORDER,
    ">=": _ORDER,
    "and": row("bool, bool+ -> bool"),
    "or": row("bool, bool+ -> bool"),
    "not": row("bool -> bool"),
    "between": _RANGE,
    "!between": _RANGE,
    "in": _MEMBERSHIP,
    "!in": _MEMBERSHIP,
    "in~": _STRING_LIST,
    "!in~": _STRING_LIST,
    "has_any": _STRING_LIST,
    "has_all": _STRING_LIST,
    "=~": _STRING,
    "!~": _STRING,
    "has": _STRING,
    "!has": _STRING,
    "has_cs": _STRING,
    "!has_cs": _STRING,
    "hasprefix": _STRING,
    "!hasprefix": _STRING,
    "hasprefix_cs": _STRING,
    "!hasprefix_cs": _STRING,
    "hassuffix": _STRING,
    "!hassuffix": _STRING,
    "hassuffix_cs": _STRING,
    "!hassuffix_cs": _STRING,
    "contains": _STRING,
    "!contains": _STRING,
    "contains_cs": _STRING,
    "!contains_cs": _STRING,
    "startswith": _STRING,
    "!startswith": _STRING,
    "startswith_cs": _STRING,
    "!startswith_cs": _STRING,
    "endswith": _STRING,
    "!endswith": _STRING,
    "endswith_cs": _STRING,
    "!endswith_cs": _STRING,
    "matches regex": _STRING,
}
