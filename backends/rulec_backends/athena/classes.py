"""Bracketed classes of a pattern for Joni.

Joni (Trino 476) cuts the name of a `\\p{…}` inside brackets to its first letter when a quantifier stands before it: `[\\p{Nd}]` then
matches
every number, and `[\\p{Alphabetic}]` is an error. Outside of brackets it does not, nor do POSIX classes; so the properties leave the
brackets.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from rulec_backends.sql.pipeline import Refusal

_PROPERTY: Final = re.compile(r"\\([pP])\{([A-Za-z]{2,})\}")
_POSIX: Final = {"Nd": "digit"}
_TOKEN: Final = re.compile(r"\\[pPx]\{[^}]*\}|\\.|\[:\^?[a-z]+:\]|.", re.DOTALL)


@cache
def without_properties(pattern: str) -> str:
    """The pattern with the same meaning and no long property inside brackets.

    Raises:
        Refusal: For nested classes and set operations with such a property.
    """
    out: list[str] = []
    at = 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        assert token is not None
        if token.group() != "[":
            out.append(token.group())
            at = token.end()
            continue
        end = _class_end(pattern, at)
        out.append(_rewritten(pattern[at:end]))
        at = end
    return "".join(out)


def _class_end(pattern: str, start: int) -> int:
    depth, at = 0, start
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        assert token is not None
        depth += {"[": 1, "]": -1}.get(token.group(), 0)
        at = token.end()
        if depth == 0:
            return at
    return at


def _rewritten(text: str) -> str:
    posix = _PROPERTY.sub(
        lambda m: f"[:{'^' if m.group(1) == 'P' else ''}{_POSIX[m.group(2)]}:]" if m.group(2) in _POSIX else m.group(), text
    )
    properties = [m.group() for m in _PROPERTY.finditer(posix)]
    if not properties:
        return posix
    body = posix[1:-1]
    negated = body.startswith("^")
    rest = _PROPERTY.sub("", body.removeprefix("^"))
    if "[" in re.sub(r"\\.|\[:\^?[a-z]+:\]", "", rest) or "&&" in rest:
        raise Refusal("a Unicode class inside nested character classes is not supported on Athena")
    parts = ([f"[{rest}]"] if rest else []) + properties
    return f"(?:(?!{'|'.join(parts)})(?s:.))" if negated else f"(?:{'|'.join(parts)})"
