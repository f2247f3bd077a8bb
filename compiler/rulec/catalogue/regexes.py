"""Regular expressions that KQL takes: which arguments hold them, and what older ones mean in today's dialect.

The engine's dialect is that of Rust's regex crate. Rules written for its earlier one (RE2) hold a `{` that repeats nothing,
a `[` in brackets and `\\0` for the character of code 0; none of them is legal today, so they can be read in one way only.

Source: Learn, "regex"; the grammars of both libraries (recorded in `tests/catalogue/test_regexes.py`).
"""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import Final

#: Functions and operators -> the argument that is a regular expression.
ARGUMENTS: Final[dict[str, int]] = {
    "matches regex": 1,
    "extract": 0,
    "extract_all": 0,
    "indexof_regex": 1,
    "replace": 0,
    "replace_regex": 1,
    "trim": 0,
    "trim_end": 0,
    "trim_start": 0,
}
_TOKEN: Final = re.compile(
    r"\\0[0-7]{0,2} | \\[bBpPxuU]\{[^}]*\} | \\. | \[:\^?[a-z]+:\] | \{[0-9]+(?:,[0-9]*)?\} | \[\^?\]? | .", re.DOTALL | re.VERBOSE
)


@cache
def today(pattern: str) -> str:
    """The pattern in today's dialect; itself when it is legal there, or in neither dialect."""
    if "{" not in pattern and "[" not in pattern and "\\0" not in pattern:
        return pattern
    return _read(pattern, nesting=True) or _read(pattern, nesting=False) or pattern


#: Escapes and classes, in which a parenthesis opens no group.
_KEPT: Final = re.compile(r"(\\.|\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\])", re.DOTALL)
_OPENING: Final = re.compile(r"\((?!\?)|\(\?P?<\w+>")


def without_captures(pattern: str) -> str:
    """The pattern with groups that capture nothing."""
    return "".join(_OPENING.sub("(?:", part) if i % 2 == 0 else part for i, part in enumerate(_KEPT.split(pattern)))


def captures(pattern: str) -> int:
    """How many groups of the pattern capture."""
    return sum(len(_OPENING.findall(part)) for part in _KEPT.split(pattern)[::2])


#: What prefers no text to some: lazy repetition, an empty alternative.
_PREFERS_NONE: Final = re.compile(r"[*+?}]\?|^\||\|\||\(\||\|\)|\|\Z")


def may_be_empty(pattern: str, lazy: bool) -> bool:
    """Whether a pattern may match no text, not at the beginning only; with `lazy`, where it could match some.

    After another match the engine takes no empty one, other engines do."""
    if (pattern.startswith("^") and "|" not in pattern) or (lazy and not _PREFERS_NONE.search(pattern)):
        return False
    plain = re.sub(r"\\[pP](?:\{[^}]*\}|\w)", r"\\w", pattern).replace(r"\z", r"\Z")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.fullmatch(plain, "") is not None
    except re.error:
        return False


def _read(pattern: str, nesting: bool) -> str | None:
    """The pattern with what today's dialect refuses escaped; None when brackets stay open, classes in classes counted or not."""
    out: list[str] = []
    depth = 0
    for token in _TOKEN.findall(pattern):
        if token.startswith("\\0"):
            token = f"\\x{{{int(token[1:], 8):x}}}"
        elif token == "{" and depth == 0:
            token = "\\{"
        elif token == "]" and depth > 0:
            depth -= 1
        elif token[0] == "[" and not token.startswith("[:"):
            if depth > 0 and not nesting:
                depth -= token.endswith("]")
                token = "\\" + token
            else:
                depth += 1
        out.append(token)
    return "".join(out) if depth == 0 else None
