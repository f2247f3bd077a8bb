"""PCRE2 as Splunk runs it: UTF-8 text, classes such as \\d and \\w are ASCII (no UCP).

Source: Search Manual, "About Splunk regular expressions" (PCRE).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import pcre2  # type: ignore[import-untyped]

from tests.spl.errors import Refused, SplError

#: The binding compiles with ALT_BSUX, in which `\\x{…}` is no code point.
_CODE_POINT = re.compile(r"\\(?:x\{([0-9A-Fa-f]+)\}|.)", re.DOTALL)


def _character(match: re.Match[str]) -> str:
    if match.group(1) is None:
        return match.group()
    code = int(match.group(1), 16)
    return f"\\x{code:02x}" if code < 128 else chr(code)


@lru_cache(maxsize=2048)
def compiled(pattern: str) -> Any:
    """The compiled pattern.

    Raises:
        SplError: the pattern is malformed.
    """
    try:
        return pcre2.compile(_CODE_POINT.sub(_character, pattern), flags=pcre2.A)
    except pcre2.PatternError as error:
        raise SplError(f"regular expression {pattern!r}: {error}") from error


def found(pattern: str, text: str) -> bool:
    """Whether the pattern matches somewhere."""
    return compiled(pattern).search(text) is not None


def template(replacement: str) -> list[str | int]:
    """A replacement's pieces: text and group numbers. `\\1` is a group, `\\\\` a backslash."""
    pieces: list[str | int] = []
    i = 0
    while i < len(replacement):
        if replacement[i] == "\\" and i + 1 < len(replacement):
            following = replacement[i + 1]
            if following.isdigit():
                if replacement[i + 2 : i + 3].isdigit():
                    raise Refused("a group reference followed by a digit")
                pieces.append(int(following))
                i += 2
                continue
            if following == "\\":
                pieces.append("\\")
                i += 2
                continue
        pieces.append(replacement[i])
        i += 1
    return pieces


def substitute(pattern: str, replacement: str, text: str, count: int = 0, skip: int = 0) -> str:
    """Replaces matches; `count` 0 is all, `skip` leaves the first ones."""
    pieces = template(replacement)
    regex = compiled(pattern)
    out: list[str] = []
    last = done = 0
    for number, match in enumerate(regex.finditer(text)):
        if number < skip:
            continue
        out.append(text[last : match.start()])
        for piece in pieces:
            if isinstance(piece, int):
                if piece > regex.groups:
                    raise SplError(f"no group {piece}")
                out.append(match.group(piece) or "")
            else:
                out.append(piece)
        last = match.end()
        done += 1
        if count and done == count:
            break
    out.append(text[last:])
    return "".join(out)


@lru_cache(maxsize=2048)
def like_regex(pattern: str) -> re.Pattern[str]:
    """like: % is any text, _ one character, the whole string, no escape."""
    body = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    return re.compile(body, re.DOTALL)


@lru_cache(maxsize=2048)
def wildcard_regex(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """A pattern where only `*` is special (search, rename, fields)."""
    body = "(.*?)".join(re.escape(p) for p in pattern.split("*")[:-1])
    last = pattern.split("*")[-1]
    body = f"{body}(.*){re.escape(last)}" if "*" in pattern else re.escape(last)
    return re.compile(body, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
