"""Regular expressions in the engine's dialect (Rust's `regex`), translated to Python's `re`, and what uses them."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from typing import TypeAlias

from rulec_backends.python.runtime.words import word_pattern

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

POSIX_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": "\\x00-\\x7f",
    "blank": "\\t ",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\t\\n\\v\\f\\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
CATEGORY_NAMES = {
    "letter": "L",
    "lowercase_letter": "Ll",
    "uppercase_letter": "Lu",
    "lowercase": "Ll",
    "uppercase": "Lu",
    "mark": "M",
    "number": "N",
    "decimal_number": "Nd",
    "digit": "Nd",
    "punctuation": "P",
    "punct": "P",
    "symbol": "S",
    "separator": "Z",
    "space_separator": "Zs",
    "other": "C",
    "control": "Cc",
    "alphabetic": "L",
}
SCRIPTS = {
    "latin": "LATIN",
    "greek": "GREEK",
    "cyrillic": "CYRILLIC",
    "han": "CJK",
    "hebrew": "HEBREW",
    "arabic": "ARABIC",
    "hiragana": "HIRAGANA",
    "katakana": "KATAKANA",
}
SIMPLE_ESCAPES = {"a": "\\a", "f": "\\f", "t": "\\t", "n": "\\n", "r": "\\r", "v": "\\v", "z": "\\Z", "A": "\\A", "b": "\\b", "B": "\\B"}
#: `\<`, `\b{start}` and the like: which side must be a word character, which must not.
BOUNDARIES = {
    "<": "(?<!\\w)(?=\\w)",
    ">": "(?<=\\w)(?!\\w)",
    "b{start}": "(?<!\\w)(?=\\w)",
    "b{end}": "(?<=\\w)(?!\\w)",
    "b{start-half}": "(?<!\\w)",
    "b{end-half}": "(?!\\w)",
}
ASSERTIONS = frozenset({"\\A", "\\Z", "\\b", "\\B", "(?=\\n|\\Z)", "(?:^|(?<=\\n))", *BOUNDARIES.values()})
#: Repetitions of repetitions beyond this are more than the engine compiles.
MOST_REPEATED = 250_000
#: The separators U+001C to U+001F are white space to Python only.
CLASS_ESCAPES = {"d": "\\d", "D": "\\D", "s": "[^\\S\\x1c-\\x1f]", "S": "[\\S\\x1c-\\x1f]", "w": "\\w", "W": "\\W"}
IN_BRACKETS = {**CLASS_ESCAPES, "s": "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000", "S": "\\S\\x1c-\\x1f"}


@lru_cache(maxsize=64)
def unicode_class(name: str) -> str:
    """The ranges of a Unicode class (`L`, `Nd`, `Greek`, `Letter`) as the inside of a bracket.

    Raises:
        ValueError: a class that is not known.
    """
    key = name.split("=")[-1].split(":")[-1].replace(" ", "_")
    wanted = CATEGORY_NAMES.get(key.lower(), key if len(key) <= 2 else "")
    script = SCRIPTS.get(key.lower(), "")
    if not wanted and not script:
        raise ValueError(f"unknown Unicode class {name}")
    ranges: list[str] = []
    first = -1
    for code in range(sys.maxunicode + 2):
        char = chr(code) if code <= sys.maxunicode else ""
        inside = bool(char) and (unicodedata.category(char).startswith(wanted) if wanted else unicodedata.name(char, "").startswith(script))
        if inside and first < 0:
            first = code
        elif not inside and first >= 0:
            ranges.append(_escaped(first) if first == code - 1 else f"{_escaped(first)}-{_escaped(code - 1)}")
            first = -1
    if not ranges:
        raise ValueError(f"unknown Unicode class {name}")
    return "".join(ranges)


def _escaped(code: int) -> str:
    return f"\\U{code:08x}"


class PatternReader:
    """Reads a pattern once, from left to right, and writes Python's form of it.

    Raises:
        ValueError: what the engine does not accept (look-around, back-references), or what Python's `re` cannot say.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.multi_line = [False]
        self.extended = [False]
        self.swapped = [False]
        self.flags_here: list[list[str]] = [[]]
        self.out: list[str] = []
        self.starts: list[int] = []
        self.last = 0
        self.repeated = False
        self.size = 1

    def translated(self) -> str:
        """The whole pattern in Python's dialect."""
        while self.at < len(self.pattern):
            size, repeated = len(self.out), self.repeated
            self.repeated = False
            if not repeated:
                self.size = 1
            text = self.step(repeated)
            if not text:
                self.repeated = repeated
                continue
            self.out.append(text)
            if not text.strip(")"):
                self.last = self.starts.pop()
            elif not self.repeated:
                self.last = size
            if len(self.starts) < len(self.flags_here) - 1:
                self.starts.append(size)
        return "".join(self.out) + ")" * len(self.flags_here[0])

    def step(self, repeated: bool) -> str:
        """One element of the pattern; `repeated`: the one before is a repetition."""
        char = self.pattern[self.at]
        self.at += 1
        if char == "\\":
            return self.escape()
        if char == "[":
            return self.bracket()
        if char == "(":
            return self.group()
        if char == ")":
            if len(self.multi_line) == 1:
                raise ValueError("a closing parenthesis without its opening one")
            self.multi_line.pop()
            self.extended.pop()
            self.swapped.pop()
            return ")" * (len(self.flags_here.pop()) + 1)
        if char == "|" and self.flags_here[-1]:
            return ")" * len(self.flags_here[-1]) + "|" + "".join(self.flags_here[-1])
        if char == "$":
            return "(?=\\n|\\Z)" if self.multi_line[-1] else "\\Z"
        if char == "^":
            return "(?:^|(?<=\\n))" if self.multi_line[-1] else "\\A"
        if char in "*+?" or (char == "{" and re.match(r"\d+(?:,\d*)?\}", self.pattern[self.at :])):
            return self.repeat(char, repeated)
        if char == "{":
            raise ValueError("a brace that repeats nothing")
        if self.extended[-1] and char == "#":
            while self.at < len(self.pattern) and self.pattern[self.at] != "\n":
                self.at += 1
            return ""
        if self.extended[-1] and char.isspace():
            return ""
        return re.escape(char) if char in "}]#&~- " else char

    def repeat(self, char: str, repeated: bool) -> str:
        """A repetition, lazy or greedy. Python reads `a++` in another way and repeats no assertions, but groups of them."""
        text = char
        if repeated or "".join(self.out[self.last :]) in ASSERTIONS:
            self.out.insert(self.last, "(?:")
            self.out.append(")")
        self.repeated = True
        if char == "{":
            end = self.pattern.index("}", self.at)
            text += self.pattern[self.at : end + 1]
            self.size *= max(1, *(int(n) for n in self.pattern[self.at : end].split(",") if n))
            if self.size > MOST_REPEATED:
                raise ValueError("repetitions that are too large")
            self.at = end + 1
        lazy = self.pattern[self.at : self.at + 1] == "?"
        if lazy:
            self.at += 1
        return text + ("?" if lazy != self.swapped[-1] else "")

    def escape(self) -> str:
        """What follows a backslash outside brackets."""
        if self.at >= len(self.pattern):
            raise ValueError("a backslash at the end")
        char = self.pattern[self.at]
        self.at += 1
        half = re.match(r"[<>]|b\{[a-z-]+\}", self.pattern[self.at - 1 :])
        if half:
            self.at += half.end() - 1
            return self.boundary(half[0])
        if char in SIMPLE_ESCAPES:
            return SIMPLE_ESCAPES[char]
        if char in CLASS_ESCAPES:
            return CLASS_ESCAPES[char]
        if char in "pP":
            return f"[{'^' if char == 'P' else ''}{self.property()}]"
        if char in "xuU":
            return re.escape(chr(self.code_point(char)))
        if char.isdigit():
            raise ValueError("a back-reference")
        if char.isalpha():
            raise ValueError(f"unknown escape \\{char}")
        return re.escape(char)

    def boundary(self, name: str) -> str:
        """A one-sided word boundary."""
        if name not in BOUNDARIES:
            raise ValueError(f"unknown word boundary \\{name}")
        return BOUNDARIES[name]

    def property(self) -> str:
        """The class of `\\pL` or `\\p{Greek}`."""
        if self.pattern[self.at : self.at + 1] != "{":
            self.at += 1
            return unicode_class(self.pattern[self.at - 1])
        end = self.pattern.index("}", self.at)
        name = self.pattern[self.at + 1 : end]
        self.at = end + 1
        if name.startswith("^"):
            raise ValueError("a negated property name")
        return unicode_class(name)

    def code_point(self, kind: str) -> int:
        """The code of `\\x41`, `\\x{41}`, `\\u0041` or `\\U00000041`."""
        if self.pattern[self.at : self.at + 1] == "{":
            end = self.pattern.index("}", self.at)
            digits = self.pattern[self.at + 1 : end]
            self.at = end + 1
        else:
            size = {"x": 2, "u": 4, "U": 8}[kind]
            digits = self.pattern[self.at : self.at + size]
            self.at += size
        return int(digits, 16)

    def group(self) -> str:
        """What follows an opening parenthesis."""
        rest = self.pattern[self.at :]
        self.multi_line.append(self.multi_line[-1])
        self.extended.append(self.extended[-1])
        self.swapped.append(self.swapped[-1])
        self.flags_here.append([])
        if not rest.startswith("?"):
            return "("
        named = re.match(r"\?P?<([A-Za-z_][A-Za-z0-9_.\[\]]*)>", rest)
        if named:
            self.at += named.end()
            return f"(?P<{named[1]}>"
        flags = re.match(r"\?([imsRUux]*)(?:-([imsRUux]+))?([:)])", rest)
        if not flags:
            raise ValueError("look-around is not part of the dialect" if re.match(r"\?<?[=!]", rest) else "unknown group")
        self.at += flags.end()
        return self.flag_group(flags[1], flags[2] or "", flags[3])

    def flag_group(self, on: str, off: str, end: str) -> str:
        """`(?flags)` or `(?flags:`; what Python has as flags stays, the others change the reader."""
        stacks = {"m": self.multi_line, "x": self.extended, "U": self.swapped}
        if "R" in on or "u" in off:
            raise ValueError("flag not supported")
        depth = -1 if end == ":" else -2
        for flag, stack in stacks.items():
            if flag in on or flag in off:
                stack[depth] = flag in on
        kept, dropped = "".join(f for f in on if f in "is"), "".join(f for f in off if f in "is")
        if end == ":":
            return f"(?{kept}{'-' + dropped if dropped else ''}:"
        for stack in stacks.values():
            stack.pop()
        self.flags_here.pop()
        if not kept and not dropped:
            return ""
        if len(self.multi_line) == 1 and not dropped and self.at == len(f"(?{on}{'-' + off if off else ''})"):
            return f"(?{kept})"
        opening = f"(?{kept}{'-' + dropped if dropped else ''}:"
        self.flags_here[-1].append(opening)
        return opening

    def bracket(self) -> str:
        """A bracket class; intersections and nested classes become look-aheads of one character."""
        negated = self.pattern[self.at : self.at + 1] == "^"
        if negated:
            self.at += 1
        inner = self.class_body()
        return f"(?!{inner})[\\s\\S]" if negated and inner.startswith("(?:") else f"[^{inner[1:-1]}]" if negated else inner

    def class_body(self) -> str:
        """Up to the closing bracket: `[…]`, or `(?:…)` of several classes, as an expression of one character."""
        items: list[str] = []
        nested: list[str] = []
        start = True
        while True:
            if self.at >= len(self.pattern):
                raise ValueError("an open bracket")
            char = self.pattern[self.at]
            if self.extended[-1] and char.isspace():
                self.at += 1
                continue
            if char == "]" and not start:
                self.at += 1
                break
            start = False
            pair = self.pattern[self.at : self.at + 2]
            if pair in ("&&", "--", "~~") and (pair != "--" or items or nested):
                self.at += 2
                return self.combined(pair, _one_of(items, nested))
            self.at += 1
            if char == "[":
                posix = re.match(r":(\^?)([a-z]+):\]", self.pattern[self.at :])
                if posix:
                    self.at += posix.end()
                    if posix[2] not in POSIX_CLASSES:
                        raise ValueError(f"unknown class [:{posix[2]}:]")
                    (nested if posix[1] else items).append(f"[^{POSIX_CLASSES[posix[2]]}]" if posix[1] else POSIX_CLASSES[posix[2]])
                else:
                    nested.append(self.bracket())
            else:
                items.append(self.class_item(char, nested))
        return _one_of(items, nested)

    def combined(self, operator: str, left: str) -> str:
        """`left && right`, `left -- right`, `left ~~ right`, with the rest of the bracket as the right side."""
        right = self.class_body() if self.pattern[self.at : self.at + 1] != "]" else ""
        match operator:
            case "&&":
                return f"(?:(?={left}){right})"
            case "--":
                return f"(?:(?!{right}){left})"
        return f"(?:(?!{right}){left}|(?!{left}){right})"

    def class_item(self, char: str, nested: list[str]) -> str:
        """A character, a range or an escape inside brackets."""
        if char == "\\":
            following = self.pattern[self.at]
            self.at += 1
            if following in IN_BRACKETS:
                return IN_BRACKETS[following]
            if following in "pP":
                ranges = self.property()
                if following == "P":
                    nested.append(f"[^{ranges}]")
                    return ""
                return ranges
            low = self.class_escape(following)
        else:
            low = char
        if self.pattern[self.at : self.at + 1] == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", "", "-", "["):
            self.at += 1
            high = self.pattern[self.at]
            self.at += 1
            if high == "\\":
                high = self.class_escape(self.pattern[self.at])
                if self.pattern[self.at - 1] == "\\":
                    self.at += 1
            if high < low:
                raise ValueError("a range that ends before it starts")
            return f"{_class_char(low)}-{_class_char(high)}"
        return _class_char(low)

    def class_escape(self, following: str) -> str:
        """The character of an escape inside brackets."""
        controls = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
        if following in controls:
            return controls[following]
        if following in "xuU":
            return chr(self.code_point(following))
        if following.isalnum():
            raise ValueError(f"unknown escape \\{following}")
        return following


def _class_char(char: str) -> str:
    if char in "\n\t\r\f\v":
        return repr(char)[1:-1]
    return f"\\{char}" if char in "\\]^-[&~|" else _escaped(ord(char)) if not char.isprintable() else char


def _one_of(items: list[str], nested: list[str]) -> str:
    body = "".join(items)
    if not nested:
        return f"[{body}]"
    return f"(?:{'|'.join(([f'[{body}]'] if body else []) + nested)})"


@lru_cache(maxsize=512)
def python_pattern(pattern: str) -> str:
    """The pattern in Python's dialect.

    Raises:
        ValueError: see `PatternReader`.
    """
    try:
        translated = PatternReader(pattern).translated()
        re.compile(translated)
    except (re.error, OverflowError) as error:
        raise ValueError(str(error)) from None
    except IndexError:
        raise ValueError("the end comes too early") from None
    return translated


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern that is known only when the query runs."""
    return word_pattern(python_pattern(pattern))
