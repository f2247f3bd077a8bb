"""What constant arguments may say: format strings, names of parts of time, offsets, percents.

The engine refuses the query otherwise.

Source: Learn's function pages; recorded refusals (`T`, `K`, `zzz`, `c`, `g` and a backslash in a format).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeAlias

from rulec.catalogue.regexes import captures

#: Why a value does not fit, or None if it does.
Check: TypeAlias = "Callable[[object], str | None]"

_PARTS: Final = ("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond", "nanosecond")
_DATETIME_PARTS: Final = (*(part for part in _PARTS if part != "week"), "week_of_year", "dayofyear")
#: Delimiters that a format may have between its specifiers.
_DELIMITERS: Final = r" /\-:,._\[\]"
_DATETIME_FORMAT: Final = rf"(?:[dMyHhmsfF{_DELIMITERS}]|tt)"
#: Sheet kql.md, 4.18 and 4.22.
_MOST_GROUPS: Final = 16
_TIMESPAN_FORMAT: Final = rf"[dHhmsfF{_DELIMITERS}]"


def problem(function: str, index: int, value: object) -> str | None:
    """Why the engine refuses this constant as the function's argument at `index` (0-based), or None if it does not."""
    check = _CHECKS.get((function, index))
    return None if check is None else check(value)


def _one_of(*names: str) -> Check:
    # Names of parts are read in any case: `dayOfYear` is documented beside `dayofyear`.
    def check(value: object) -> str | None:
        return None if not isinstance(value, str) or value.lower() in names else f"expects one of {', '.join(names)}, found `{value}`"

    return check


def _format(allowed: str) -> Check:
    pattern = re.compile(f"(?:{allowed})*")

    def check(value: object) -> str | None:
        if not isinstance(value, str):
            return None
        if not value:
            return "expects a format, found an empty string"
        matched = pattern.match(value)
        rest = value[matched.end() :] if matched else value
        return f"`{rest[0]}` is neither a specifier nor a delimiter of the format" if rest else None

    return check


def _offset(value: object) -> str | None:
    return None if isinstance(value, int) and value >= 1 else f"expects an offset of at least 1, found {'null' if value is None else value}"


def _places(value: object) -> str | None:
    return f"expects at least 0 places, found {value}" if isinstance(value, int) and value < 0 else None


def _no_null(value: object) -> str | None:
    return "expects a value, found null" if value is None else None


def _percents(value: object) -> str | None:
    items = value if isinstance(value, (list, tuple)) else (value,)
    fits = all(isinstance(v, (int, float, Decimal)) and not isinstance(v, bool) for v in items)
    return None if fits else "expects an array of numbers"


def _groups(value: object) -> str | None:
    if not isinstance(value, str) or 1 <= captures(value) <= _MOST_GROUPS:
        return None
    return f"expects a pattern with 1 to {_MOST_GROUPS} groups, found {captures(value)}"


_CHECKS: Final[dict[tuple[str, int], Check]] = {
    ("countof", 2): _one_of("normal", "regex"),
    ("datetime_add", 0): _one_of(*_PARTS),
    ("datetime_diff", 0): _one_of(*_PARTS),
    ("datetime_part", 0): _one_of(*_DATETIME_PARTS),
    ("extract_all", 0): _groups,
    ("format_bytes", 1): _places,
    ("format_datetime", 1): _format(_DATETIME_FORMAT),
    ("format_timespan", 1): _format(_TIMESPAN_FORMAT),
    ("next", 1): _offset,
    ("percentiles_array", 1): _percents,
    ("percentilesw_array", 2): _percents,
    ("prev", 1): _offset,
    ("row_number", 0): _no_null,
    ("row_window_session", 1): _no_null,
    ("row_window_session", 2): _no_null,
}
