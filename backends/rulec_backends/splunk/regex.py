"""Rewrites Kusto's regular expressions (the Rust `regex` dialect) as PCRE.

Differences that matter: Kusto's `\\d \\w \\s \\b` are Unicode, PCRE's are ASCII; `$` is the end of the text, PCRE's also matches before a
last
newline; class operators and nested classes are not PCRE; `x++` is possessive in PCRE; `(?R)` is a recursion in PCRE.
Source: Learn, "Regular expression syntax"; pcre2pattern(3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_WORD = r"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}"
_SPACE = r"\s\x{85}\p{Z}"
_OUTSIDE = {
    "d": r"\p{Nd}",
    "D": r"\P{Nd}",
    "w": f"[{_WORD}]",
    "W": f"[^{_WORD}]",
    "s": f"[{_SPACE}]",
    "S": f"[^{_SPACE}]",
    "b": f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))",
    "B": f"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))",
    "A": r"\A",
    "z": r"\z",
}
_BEGIN, _END = f"(?:(?<![{_WORD}])(?=[{_WORD}]))", f"(?:(?<=[{_WORD}])(?![{_WORD}]))"
#: Where a word begins or ends, and half of that: the other side is not looked at.
_BOUNDARIES = {
    "<": _BEGIN,
    ">": _END,
    "b{start}": _BEGIN,
    "b{end}": _END,
    "b{start-half}": f"(?<![{_WORD}])",
    "b{end-half}": f"(?![{_WORD}])",
}
_BOUNDARY = re.compile(r"[<>]|b\{(?:start|end)(?:-half)?\}")
_INSIDE = {"d": r"\p{Nd}", "D": r"\P{Nd}", "w": _WORD, "s": _SPACE, "b": r"\x08"}
_SIMPLE = "nrtfva"
_FLAGS = frozenset("imsUx-")
_QUANTIFIER = re.compile(r"[*+?]|\{\d+(?:,\d*)?\}")
_NAMED = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_FLAGGED = re.compile(r"\(\?([A-Za-z-]*)(:|\))")
#: What PCRE repeats only inside a group.
_ASSERTIONS = ("^", "$", r"\z", r"\A")


class Inexpressible(ValueError):
    """PCRE has no such form; the message says which."""


@dataclass(slots=True)
class Translated:
    """A PCRE pattern, its capture groups in order (a name or ''), whether it may match no text."""

    pattern: str
    groups: tuple[str, ...]
    starts: tuple[int, ...]


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.out: list[str] = []
        self.groups: list[str] = []
        self.starts: list[int] = []
        self.multiline = False
        self.quantified = False

    def run(self) -> None:
        while self.at < len(self.text):
            self.step()

    @property
    def translated(self) -> Translated:
        return Translated("".join(self.out), tuple(self.groups), tuple(self.starts))

    def put(self, piece: str, consumed: int, quantified: bool = False) -> None:
        self.out.append(piece)
        self.at += consumed
        self.quantified = quantified

    def step(self) -> None:
        char = self.text[self.at]
        match char:
            case "\\":
                piece, size = escape(self.text, self.at, False)
                self.put(piece, size)
            case "[":
                piece, size = char_class(self.text, self.at)
                self.put(piece, size)
            case "(":
                self.group()
            case "$":
                self.put("$" if self.multiline else r"\z", 1)
            case "*" | "+" | "?" | "{":
                self.quantifier()
            case _:
                self.put(char, 1)

    def quantifier(self) -> None:
        found = _QUANTIFIER.match(self.text, self.at)
        if found is None:
            self.put(r"\{", 1)
            return
        following = self.text[found.end() : found.end() + 1]
        if following == "+" or self.quantified:
            raise Inexpressible("a repetition of a repetition")
        if self.out and self.out[-1] in _ASSERTIONS:
            self.out[-1] = f"(?:{self.out[-1]})"
        lazy = following == "?"
        self.put(found.group() + ("?" if lazy else ""), len(found.group()) + lazy, True)

    def group(self) -> None:
        found = _NAMED.match(self.text, self.at)
        if found:
            self.opened(found.group(1), len(found.group()))
            return
        found = _FLAGGED.match(self.text, self.at)
        if found:
            flags = found.group(1)
            if not set(flags) <= _FLAGS:
                raise Inexpressible(f"the flags {flags}")
            self.multiline = self.multiline or "m" in flags.split("-")[0]
            self.put(found.group(), len(found.group()))
        elif self.text.startswith("(?", self.at):
            raise Inexpressible("a look-around or other extended group")
        else:
            self.opened("", 1)

    def opened(self, name: str, size: int) -> None:
        self.groups.append(name)
        self.starts.append(len(self.out))
        self.put("(", size)


def escape(text: str, at: int, inside: bool) -> tuple[str, int]:
    """A backslash sequence and its length."""
    char = text[at + 1 : at + 2]
    if not char:
        raise Inexpressible("a backslash at the end")
    if char in "pP":
        found = re.compile(r"\\[pP](\{\^?[\w=]+\}|\w)").match(text, at)
        if found is None:
            raise Inexpressible("a Unicode class")
        return found.group(), len(found.group())
    if char in "xuU":
        found = re.compile(r"\\(?:x\{([0-9A-Fa-f]+)\}|u\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))").match(
            text, at
        )
        if found is None:
            raise Inexpressible("a character code")
        return f"\\x{{{next(g for g in found.groups() if g)}}}", len(found.group())
    boundary = None if inside else _BOUNDARY.match(text, at + 1)
    if boundary is not None:
        return _BOUNDARIES[boundary.group()], 1 + len(boundary.group())
    table = _INSIDE if inside else _OUTSIDE
    if char in table:
        return table[char], 2
    if char in _SIMPLE:
        return {"v": r"\x0b", "a": r"\x07"}.get(char, "\\" + char), 2
    if char.isalnum():
        raise Inexpressible(f"the escape \\{char}")
    return "\\" + char, 2


#: Complements in a class, by their escape: PCRE has no class item for them, so they stand beside the class.
_COMPLEMENTS = {"\\W": _WORD, "\\S": _SPACE}


def char_class(text: str, at: int) -> tuple[str, int]:
    """A bracketed class and its length; nested classes and class operators are refused."""
    i = at + 1
    out: list[str] = []
    without: list[str] = []
    negative = text[i : i + 1] == "^"
    i += negative
    if text[i : i + 1] == "]":
        out.append("\\]")
        i += 1
    while i < len(text) and text[i] != "]":
        if text[i : i + 2] in _COMPLEMENTS:
            without.append(_COMPLEMENTS[text[i : i + 2]])
            i += 2
        elif text[i] == "\\":
            piece, size = escape(text, i, True)
            out.append(piece)
            i += size
        elif text.startswith("[:", i) and (end := text.find(":]", i)) > 0:
            out.append(text[i : end + 2])
            i = end + 2
        elif text[i] == "[" or text[i : i + 2] in ("&&", "--", "~~"):
            raise Inexpressible("nested classes and class operators")
        else:
            out.append(text[i])
            i += 1
    if i >= len(text):
        raise Inexpressible("a class without its end")
    return _bracketed("".join(out), without, negative), i + 1 - at


def _bracketed(items: str, without: list[str], negative: bool) -> str:
    """One character of the items, or of none of the characters of one of `without`; with `negative` any other character."""
    if not without:
        return f"[{'^' if negative else ''}{items}]"
    if not negative:
        parts = [f"[{items}]"] if items else []
        return f"(?:{'|'.join([*parts, *(f'[^{w}]' for w in without)])})"
    ahead = "".join(f"(?=[{w}])" for w in without[1:])
    return f"(?:{f'(?![{items}])' if items else ''}{ahead}[{without[0]}])"


@lru_cache(maxsize=256)
def _read(pattern: str) -> _Reader:
    """The pattern, read once: a rule asks for it once for each of its groups."""
    reader = _Reader(pattern)
    reader.run()
    return reader


def translate(pattern: str) -> Translated:
    """The pattern in PCRE.

    Raises:
        Inexpressible: PCRE cannot say it.
    """
    return _read(pattern).translated


def naming(pattern: str, names: dict[int, str]) -> str:
    """The pattern in PCRE with its capture groups named: group number (from 1) to name, '' for no name; other groups do not capture.

    Raises:
        Inexpressible: PCRE cannot say it.
    """
    reader = _read(pattern)
    out = list(reader.out)
    for number, start in enumerate(reader.starts, 1):
        out[start] = (f"(?<{names[number]}>" if names[number] else "(") if number in names else "(?:"
    return "".join(out)
