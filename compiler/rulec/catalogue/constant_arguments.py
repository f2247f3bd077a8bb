"""What constant arguments may say: format strings and names of parts of time. The engine refuses the query otherwise.

Source: Learn's function pages; recorded refusals (`T`, `K`, `zzz`, `c`, `g` and a backslash in a format).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_PARTS: Final = ("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond", "nanosecond")
_DATETIME_PARTS: Final = (*(part for part in _PARTS if part != "week"), "week_of_year", "dayofyear")
#: Delimiters that a format may have between its specifiers.
_DELIMITERS: Final = r" /\-:,._\[\]"
_DATETIME_FORMAT: Final = rf"(?:[dMyHhmsfF{_DELIMITERS}]|tt)"
_TIMESPAN_FORMAT: Final = rf"[dHhmsfF{_DELIMITERS}]"


def problem(function: str, index: int, value: object) -> str | None:
    """Why the engine refuses this constant as the function's argument at `index` (0-based), or None if it does not."""
    check = _CHECKS.get((function, index))
    return None if check is None or not isinstance(value, str) else check(value)


def _one_of(*names: str) -> Callable[[str], str | None]:
    # Names of parts are read in any case: `dayOfYear` is documented beside `dayofyear`.
    def check(value: str) -> str | None:
        return None if value.lower() in names else f"expects one of {', '.join(names)}, found `{value}`"

    return check


def _format(allowed: str) -> Callable[[str], str | None]:
    pattern = re.compile(f"(?:{allowed})*")

    def check(value: str) -> str | None:
        if not value:
            return "expects a format, found an empty string"
        matched = pattern.match(value)
        rest = value[matched.end() :] if matched else value
        return f"`{rest[0]}` is neither a specifier nor a delimiter of the format" if rest else None

    return check


_CHECKS: Final[dict[tuple[str, int], Callable[[str], str | None]]] = {
    ("countof", 2): _one_of("normal", "regex"),
    ("datetime_add", 0): _one_of(*_PARTS),
    ("datetime_diff", 0): _one_of(*_PARTS),
    ("datetime_part", 0): _one_of(*_DATETIME_PARTS),
    ("format_datetime", 1): _format(_DATETIME_FORMAT),
    ("format_timespan", 1): _format(_TIMESPAN_FORMAT),
}
