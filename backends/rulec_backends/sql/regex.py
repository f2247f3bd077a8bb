"""Kusto's regular expressions (the dialect of Rust's `regex`) in the words of a target's engine.

Rust's `\\d \\w \\s` are Unicode classes, RE2's and Joni's are ASCII: they are written out. What a target has no words for is refused.
Source: Learn, "Regex syntax"; kql.md 4.22.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rulec.records import record
from rulec_backends.sql.pipeline import Refusal

#: Members of a class, and of its complement where the target has one.
_LETTERLIKE: Final = (
    r"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{200C}\x{200D}\x{24B6}-\x{24E9}\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}\x{1F170}-\x{1F189}"
)


@record(frozen=True, slots=True)
class Flavour:
    """An engine's words: the members of `\\w` and `\\s`, how a named group starts, the end of the text, of a line under `(?m)`.

    `intersects`: whether classes can be intersected."""

    name: str
    word: str
    space: str
    named: str
    end: str
    line_end: str
    intersects: bool


RE2: Final = Flavour("RE2", _LETTERLIKE, r"\t-\r\x{85}\p{Z}", "(?P<", "$", "$", False)
#: Joni's `$` of a line is not the end of the text.
#: Its POSIX classes are Unicode; a \\p{…} inside brackets is cut to its first letter behind a quantifier.
JONI: Final = Flavour("Joni", r"[:word:]\x{200C}\x{200D}", "[:space:]", "(?<", r"\z", r"(?:$|\z)", True)


@record(frozen=True, slots=True)
class Regex:
    """A translated pattern, the number of its groups, and their names by number."""

    text: str
    groups: int
    names: tuple[tuple[str, int], ...]
    #: Where the target's `\\b` stands, which knows ASCII words only.
    ascii_boundary: bool = False


_LONG_CATEGORIES: Final = {
    "Letter": "L", "Lowercase_Letter": "Ll", "Uppercase_Letter": "Lu", "Titlecase_Letter": "Lt", "Modifier_Letter": "Lm",
    "Other_Letter": "Lo",
    "Mark": "M", "Number": "N", "Decimal_Number": "Nd", "Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P", "Symbol": "S",
    "Separator": "Z", "Space_Separator": "Zs", "Control": "Cc", "Other": "C", "Digit": "Nd",
}  # fmt: skip
_CATEGORY: Final = re.compile(r"(L[ulmto]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfson]?)\Z")
_SCRIPTS: Final = frozenset(
    {"Greek", "Cyrillic", "Latin", "Han", "Hebrew", "Arabic", "Hiragana", "Katakana", "Thai", "Hangul", "Armenian", "Georgian"}
)
#: What `\S` means inside brackets where the engine's own is ASCII: everything but White_Space.
_NOT_SPACE: Final = (
    r"\x{0}-\x{8}\x{E}-\x{1F}!-\x{84}\x{86}-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027}\x{202A}-\x{202E}\x{2030}-\x{205E}"
    r"\x{2060}-\x{2FFF}\x{3001}-\x{10FFFF}"
)
#: An element that is one word character: beside it a one-sided word boundary is a plain one.
_WORD_ELEMENT: Final = r"(?:\\[dw]|(?<!\\)[A-Za-z0-9_]|(?<!\\)\[(?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]|[A-Za-z0-9_](?!-)|\\[dw])+\])"
_WORD_AHEAD: Final = re.compile(_WORD_ELEMENT + r"(?![*?]|\{0)")
_WORD_BEFORE: Final = re.compile(_WORD_ELEMENT + r"(?:\+|\{[1-9]\d*\})?\)*\Z")
#: A character that is no word character, written plainly: a word does not start before it.
_OTHER_AHEAD: Final = re.compile(r"(?:\\[^\w<>]|[^\w\\\[\](){}.^$|?*+])(?![*?]|\{0)", re.ASCII)
_OTHER_BEFORE: Final = re.compile(r"(?:\\[^\w<>]|(?<!\\)[^\w\\\[\](){}.^$|?*+])\Z", re.ASCII)
#: Matches nothing at all.
_NEVER: Final = r"[^\x{0}-\x{10FFFF}]"
_QUANTIFIER: Final = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})[?]?")


@lru_cache(maxsize=4096)
def translate(pattern: str, flavour: Flavour) -> Regex:
    """Raises `Refusal` for what the target cannot say, or what is no pattern of Kusto."""
    return _Translator(pattern, flavour).run()


class _Translator:
    def __init__(self, pattern: str, flavour: Flavour) -> None:
        self.pattern, self.flavour = pattern, flavour
        self.at = 0
        self.out: list[str] = []
        self.groups = 0
        self.names: list[tuple[str, int]] = []
        self.verbose = False
        self.multiline = False
        self.saved: list[tuple[bool, bool]] = []
        self.boundary = False

    def run(self) -> Regex:
        while self.at < len(self.pattern):
            self._step()
        if self.saved:
            raise Refusal("the regular expression has an open group")
        return Regex("".join(self.out), self.groups, tuple(self.names), self.boundary)

    def _step(self) -> None:
        char = self.pattern[self.at]
        match char:
            case "\\":
                self._escape()
            case "[":
                self._class()
            case "(":
                self._group()
            case ")":
                if not self.saved:
                    raise Refusal("the regular expression closes a group that is not open")
                self.verbose, self.multiline = self.saved.pop()
                self._emit(")", 1)
            case "$":
                self._emit(self.flavour.line_end if self.multiline else self.flavour.end, 1)
            case "*" | "+" | "?" | "{":
                self._quantifier()
            case "#" if self.verbose:
                end = self.pattern.find("\n", self.at)
                self.at = len(self.pattern) if end < 0 else end + 1
            case _ if self.verbose and char.isspace():
                self.at += 1
            case _:
                self._emit(char, 1)

    def _emit(self, text: str, consumed: int) -> None:
        self.out.append(text)
        self.at += consumed

    def _quantifier(self) -> None:
        found = _QUANTIFIER.match(self.pattern, self.at)
        if found is None:
            raise Refusal("a literal `{` in a regular expression must be written as `\\{`")
        numbers = [int(n) for n in re.findall(r"\d+", found.group())]
        if any(n > 1000 for n in numbers):
            raise Refusal("a repetition of more than 1000 times is not supported")
        self._emit(found.group(), len(found.group()))
        if self.pattern[self.at : self.at + 1] == "+":
            raise Refusal("possessive repetition is not supported")

    def _escape(self) -> None:
        text, length = self._escaped(inside=False)
        self._emit(text, length)

    def _escaped(self, inside: bool) -> tuple[str, int]:
        """The translation of the escape at the position, and its length."""
        char = self.pattern[self.at + 1 : self.at + 2]
        flavour = self.flavour
        match char:
            case "":
                raise Refusal("the regular expression ends with a backslash")
            case "d":
                return r"\p{Nd}", 2
            case "D":
                return r"\P{Nd}", 2
            case "w" | "s":
                members = flavour.word if char == "w" else flavour.space
                return (members if inside else f"[{members}]"), 2
            case "W" | "S":
                if inside:
                    if char == "S" and not flavour.intersects:
                        return _NOT_SPACE, 2
                    if not flavour.intersects:
                        raise Refusal("`\\W` inside a character class is not supported")
                    members = flavour.word if char == "W" else flavour.space
                    return f"[^{members}]", 2
                members = flavour.word if char == "W" else flavour.space
                return f"[^{members}]", 2
            case "b" | "B":
                if inside or self.pattern[self.at + 2 : self.at + 3] == "{":
                    raise Refusal("this word boundary is not supported")
                self.boundary = True
                return f"\\{char}", 2
            case "p" | "P":
                return self._property(char)
            case "x" | "u" | "U":
                return self._code_point(char)
            case "n" | "t" | "r" | "f" | "v" | "a":
                return {"v": r"\x{B}", "a": r"\x{7}"}.get(char, f"\\{char}"), 2
            case "A" | "z" if not inside:
                return f"\\{char}", 2
            case "<" | ">" if not inside:
                return self._one_sided(char), 2
            case _ if char.isalnum():
                raise Refusal(f"`\\{char}` is not supported in regular expressions")
            case _:
                return f"\\{char}" if char.isascii() else char, 2

    def _one_sided(self, char: str) -> str:
        """`\\<` and `\\>`: where a word starts, where it ends. An engine without look-around has them only beside a word character."""
        if self.flavour.name != "RE2":
            word = f"[{self.flavour.word}]"
            return f"(?<!{word})(?={word})" if char == "<" else f"(?<={word})(?!{word})"
        before, behind = self.pattern[: self.at], self.at + 2
        word_before, word_ahead = _WORD_BEFORE.search(before), _WORD_AHEAD.match(self.pattern, behind)
        if word_before is not None and before.endswith(")") and "|" in before:
            word_before = None  # another branch may end otherwise
        beside, against = (word_ahead, word_before) if char == "<" else (word_before, word_ahead)
        other = _OTHER_AHEAD.match(self.pattern, behind) if char == "<" else _OTHER_BEFORE.search(before)
        if against is not None or other is not None:
            return _NEVER
        if beside is None:
            raise Refusal(f"`\\{char}` is not supported in regular expressions", "it is a word boundary; a literal `<` needs no backslash")
        self.boundary = True
        return "\\b"

    def _property(self, char: str) -> tuple[str, int]:
        start = self.at + 2
        if self.pattern[start : start + 1] != "{":
            return f"\\{char}{{{self.pattern[start : start + 1]}}}", 3
        end = self.pattern.find("}", start)
        if end < 0:
            raise Refusal("the regular expression has an open `\\p{`")
        name = self.pattern[start + 1 : end].removeprefix("^")
        for prefix in ("sc=", "gc=", "Script=", "script=", "General_Category="):
            name = name.removeprefix(prefix)
        name = _LONG_CATEGORIES.get(name, name)
        if not (_CATEGORY.match(name) or name in _SCRIPTS):
            raise Refusal(f"the Unicode class `{name}` is not supported in regular expressions")
        sign = char if not self.pattern[start + 1 :].startswith("^") else {"p": "P", "P": "p"}[char]
        return f"\\{sign}{{{name}}}", end + 1 - self.at

    def _code_point(self, char: str) -> tuple[str, int]:
        braced = re.compile(r"\{([0-9a-fA-F]{1,8})\}").match(self.pattern, self.at + 2)
        if braced:
            return f"\\x{{{braced.group(1)}}}", 2 + len(braced.group())
        width = {"x": 2, "u": 4, "U": 8}[char]
        digits = self.pattern[self.at + 2 : self.at + 2 + width]
        if not re.fullmatch(rf"[0-9a-fA-F]{{{width}}}", digits):
            raise Refusal(f"`\\{char}` needs {width} hexadecimal digits")
        return f"\\x{{{digits}}}", 2 + width

    def _class(self) -> None:
        """A bracketed class; set operations and nested classes only where the target has them."""
        self._emit("[", 1)
        if self.pattern[self.at : self.at + 1] == "^":
            self._emit("^", 1)
        first = True
        while True:
            rest = self.pattern[self.at :]
            if not rest:
                raise Refusal("the regular expression has an open `[`")
            if rest.startswith("]") and not first:
                self._emit("]", 1)
                return
            self._class_item(rest, first)
            first = False

    def _class_item(self, rest: str, first: bool) -> None:
        posix = re.match(r"\[:\^?[a-z]+:\]", rest)
        if posix:
            self._emit(posix.group() if self.flavour.name == "RE2" else _posix(posix.group()), len(posix.group()))
        elif rest.startswith(("&&", "--", "~~")) or (rest.startswith("[") and not first):
            if not self.flavour.intersects or not rest.startswith(("&&", "[")):
                raise Refusal("set operations in a character class are not supported")
            if rest.startswith("["):
                self._class()
            else:
                self._emit("&&", 2)
        elif rest.startswith("["):
            raise Refusal("a class inside a character class is not supported", "write a literal `[` as `\\[`")
        elif rest.startswith("\\"):
            text, length = self._escaped(inside=True)
            self._emit(text, length)
        elif self.verbose and rest[0].isspace():
            self.at += 1
        elif rest[0] == "-":
            self._dash(rest, first)
        else:
            self._emit("\\]" if rest[0] == "]" else rest[0], 1)

    def _dash(self, rest: str, first: bool) -> None:
        """A dash is a range only between two single characters; else it is itself, and escaped."""
        before = self.out[-1] if self.out else ""
        ranged = (
            not first and not rest.startswith("-]") and (len(before) == 1 or re.fullmatch(r"\\(x\{[0-9A-Fa-f]+\}|[^pP\w]|[ntrf])", before))
        )
        self._emit("-" if ranged else "\\-", 1)

    def _group(self) -> None:
        rest = self.pattern[self.at :]
        if not rest.startswith("(?"):
            self.groups += 1
            self.saved.append((self.verbose, self.multiline))
            self._emit("(", 1)
            return
        named = re.match(r"\(\?P?<([A-Za-z_][\w.\[\]]*)>", rest)
        if named:
            self.groups += 1
            self.names.append((named.group(1), self.groups))
            self.saved.append((self.verbose, self.multiline))
            self._emit(f"{self.flavour.named}{named.group(1)}>", len(named.group()))
            return
        flags = re.match(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])", rest)
        if flags is None:
            raise Refusal("look-around and other extensions are no part of Kusto's regular expressions")
        self._flags(flags.group(1), flags.group(2) or "", flags.group(3), len(flags.group()))

    def _flags(self, on: str, off: str, closing: str, length: int) -> None:
        unknown = set(on + off) - set("imsxuU")
        if unknown or "u" in off or ("U" in on + off and self.flavour.name != "RE2"):
            raise Refusal(f"the flags `{on}{'-' + off if off else ''}` are not supported in regular expressions")
        if closing == ":":
            self.saved.append((self.verbose, self.multiline))
        self.verbose = (self.verbose or "x" in on) and "x" not in off
        self.multiline = (self.multiline or "m" in on) and "m" not in off
        keep_on = "".join(f for f in on if f not in "xu")
        keep_off = "".join(f for f in off if f not in "xu")
        sign = f"-{keep_off}" if keep_off else ""
        if closing == ")" and not keep_on and not sign:
            self.at += length
            return
        self._emit(f"(?{keep_on}{sign}{closing}", length)


def _posix(word: str) -> str:
    members = {
        "[:alpha:]": "A-Za-z", "[:digit:]": "0-9", "[:alnum:]": "0-9A-Za-z", "[:upper:]": "A-Z", "[:lower:]": "a-z",
        "[:space:]": r"\t-\r ", "[:xdigit:]": "0-9A-Fa-f", "[:word:]": "0-9A-Za-z_", "[:punct:]": r"!-/:-@\[-`{-~",
    }.get(word)  # fmt: skip
    if members is None:
        raise Refusal(f"the class `{word}` is not supported in regular expressions")
    return members


_GROUPS: Final = re.compile(r"\\.|\[\^?(?:\[:\^?[a-z]+:\]|\\.|[^\]\\])*\]|(\((?:\?P?<\w[^>]*>|(?!\?)))", re.DOTALL)


def only_group(pattern: str, group: int) -> str:
    """A translated pattern in which the one group captures, as the first, and no other."""
    number = 0

    def said(found: re.Match[str]) -> str:
        nonlocal number
        if found[1] is None:
            return found[0]
        number += 1
        return "(" if number == group else "(?:"

    return _GROUPS.sub(said, pattern)


_PUNCTUATION: Final = re.compile(r"([^\w\s]|_)", re.ASCII)


def quoted(text: str) -> str:
    """The text as a pattern that matches itself in every flavour."""
    return re.sub(r"[\\.+*?()|\[\]{}^$#&~\-]", lambda m: f"\\{m.group()}", text)


_LEADING: Final = re.compile(r"(\(\?[a-z]+\))?\\b(?P<rest>.*)", re.DOTALL)
_PLAIN_START: Final = re.compile(r"[A-Za-z0-9](?![?*{])")
_PLAIN_END: Final = re.compile(r"(?<!\\)(?:(?<=[^\\])|^)[A-Za-z0-9]\Z")
_SIMPLE_GROUP: Final = re.compile(r"\((?:\?:)?([^()\[\]\\?*+{}]*)\)")


def bounded(text: str, flavour: Flavour) -> str:
    """A pattern whose only use is a test: `\\b` at its ends, next to an ASCII letter or digit, is said with Unicode's word characters.

    The pattern comes back as it is where that cannot be done; `boundary_left` tells."""
    found = _LEADING.fullmatch(text)
    if found is not None and _starts_plain(found["rest"]):
        text = f"{found[1] or ''}(?:^|[^{flavour.word}]){found['rest']}"
    if text.endswith(r"\b") and not text.endswith(r"\\b") and _ends_plain(text[:-2]):
        text = f"{text[:-2]}(?:[^{flavour.word}]|{flavour.end})"
    return text


def boundary_left(text: str) -> bool:
    """Whether a `\\b` is left in the pattern."""
    return re.search(r"(?<!\\)(?:\\\\)*\\[bB]", text) is not None


def _starts_plain(rest: str) -> bool:
    group = _SIMPLE_GROUP.match(rest)
    if group is not None:
        after = rest[group.end() : group.end() + 1]
        return after not in ("?", "*", "{") and all(_PLAIN_START.match(a) for a in group[1].split("|"))
    return _PLAIN_START.match(rest) is not None


def _ends_plain(head: str) -> bool:
    group = re.search(_SIMPLE_GROUP.pattern + r"\Z", head)
    if group is not None:
        return all(a[-1:].isalnum() and a.isascii() for a in group[1].split("|"))
    return _PLAIN_END.search(head) is not None and not re.search(r"\\[A-Za-z]\Z|\{[^}]*\Z", head)
