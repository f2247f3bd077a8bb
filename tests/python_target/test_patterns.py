"""Patterns of the engine's dialect in Python's."""

from __future__ import annotations

import re

import pytest

from rulec_backends.python.runtime.matching import replace_regex
from rulec_backends.python.runtime.patterns import python_pattern

MATCHES = [
    (r"c$", "abc", True),
    (r"c$", "abc\n", False),
    (r"(?m)b$", "ab\ncd", True),
    (r"(?m)^c", "ab\ncd", True),
    (r"a.c", "a\nc", False),
    (r"(?s)a.c", "a\nc", True),
    (r"^[a-z&&[^aeiou]]+$", "xyz", True),
    (r"^[a-z&&[^aeiou]]+$", "xyaz", False),
    (r"^[0-9--4]$", "4", False),
    (r"^[^a-z]$", "\n", True),
    (r"^[[:upper:][:digit:]]+$", "A1", True),
    (r"^\p{Lu}\pL+$", "Éa", True),
    (r"^\P{L}$", "1", True),
    (r"^\d+$", "１２", True),
    (r"(?i)É", "é", True),
    (r"(?U)^(a+)a*$", "aaa", True),
    (r"(?x) a  b # comment", "ab", True),
    (r"^[]a]$", "]", True),
    (r"^\x41\u0042\x{43}$", "ABC", True),
    (r"a(?i)b", "aB", True),
    (r"a(?i)b", "AB", False),
    (r"^(a(?i)b)c$", "aBC", False),
    (r"^a(?i)[(|]b$", "a|B", True),
    (r"\<é", "(é", True),
    (r"\<b", "ab", False),
    (r"a\>", "a-", True),
    (r"a\b{end}", "ab", False),
    (r"^x$?", "xy", True),
    (r"a\b*b", "ab", True),
    (r"^a\<*b", "ab", True),
    (r"a(?i)b|c", "C", True),
    (r"a(?i)b|c", "AB", False),
    (r"^(?:a(?i)b|c(?s).|d)$", "c\n", True),
    (r"^(?:x|a(?-i)b|c)$", "C", False),
    (r"(?i)^(?:x|a(?-i)b|c)$", "C", False),
    (r"(?i)^(?:x|a(?-i)b|c)$", "X", True),
    (r"^a++b$", "aaab", True),
    (r"^(?:a+)+a$", "aaa", True),
    (r"^a++a$", "aaa", True),
    (r"^a{2}{2}$", "aaaa", True),
    (r"^a{2}{2}$", "aaa", False),
    (r"^(ab)*?+$", "abab", True),
    (r"(?x)^[a b]+$", "a b", False),
    (r"(?x)^[a\ b]+$", "a b", True),
    (r"^[^\S]$", " ", True),
    (r"^[\S\s]$", " ", True),
    (r"^[\W_]+$", "-_", True),
    (r"^[\Da]$", "b", True),
]
REFUSED = [
    r"(?=a)",
    r"(?<!a)b",
    r"(a)\1",
    r"**",
    r"(?i)*",
    r"a|*",
    r"[z-a]",
    r"(",
    r"[a",
    r"\y",
    "[a\\",
    "\\p",
    "[\\p",
    "[a-",
    "a{300000}",
    r"\p{Nonsense}",
    r"a{2",
    r"\b{half}",
    r"a)b",
    "a{1001}{1001}{1001}",
]


@pytest.mark.parametrize(("pattern", "text", "expected"), MATCHES)
def test_match(pattern: str, text: str, expected: bool) -> None:
    assert (re.search(python_pattern(pattern), text) is not None) is expected


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_the_dialect_lacks_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError):
        python_pattern(pattern)


def test_an_empty_match_after_a_match_is_skipped() -> None:
    assert replace_regex("abc", re.compile("b*"), "-") == "-a-c-"
