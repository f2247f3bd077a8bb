"""Kusto's patterns in the targets' flavours."""

from __future__ import annotations

import pytest

from rulec_backends.sql import regex
from rulec_backends.sql.pipeline import Refusal


@pytest.mark.parametrize(
    ("pattern", "re2"),
    [
        ("abc", "abc"),
        (r"\d+", r"\p{Nd}+"),
        (r"(?<user>\S+)@", r"(?P<user>[^\t-\r\x{85}\p{Z}]+)@"),
        (r"a$", "a$"),
        (r"\u00e9", r"\x{00e9}"),
        (r"(?x) a b # comment", "ab"),
        (r"[a-c\]]", r"[a-c\]]"),
        (r"[\w-.]", "[" + regex.RE2.word + r"\-.]"),
        (r"[]a]", r"[\]a]"),
        (r"\p{Letter}", r"\p{L}"),
    ],
)
def test_re2(pattern: str, re2: str) -> None:
    assert regex.translate(pattern, regex.RE2).text == re2


def test_the_end_of_the_text_on_joni() -> None:
    assert regex.translate("a$", regex.JONI).text == r"a\z"
    assert regex.translate("(?m)a$", regex.JONI).text == r"(?m)a(?:$|\z)"


@pytest.mark.parametrize("pattern", ["(?=a)", "(?<!a)b", "(a", "a)", "[a", r"\1", "a{2000}", "[a&&b]", "a++", r"\Q"])
def test_what_is_no_pattern_or_cannot_be_said_is_refused(pattern: str) -> None:
    with pytest.raises(Refusal):
        regex.translate(pattern, regex.RE2)


def test_groups_are_counted_and_named() -> None:
    found = regex.translate("(a)(?:b)(?P<x>c)", regex.RE2)
    assert (found.groups, found.names) == (2, (("x", 2),))


@pytest.mark.parametrize("pattern", [r"\bcat\b", r"\b(cat|dog)\b", r"(?i)\bcat"])
def test_word_boundaries_at_the_ends_of_a_test_are_exact(pattern: str) -> None:
    text = regex.bounded(regex.translate(pattern, regex.RE2).text, regex.RE2)
    assert not regex.boundary_left(text)


@pytest.mark.parametrize("pattern", [r"\bc?at", r"a\b.", r"\b\w+\b", r"\b(a?|b)"])
def test_other_word_boundaries_stay(pattern: str) -> None:
    assert regex.boundary_left(regex.bounded(regex.translate(pattern, regex.RE2).text, regex.RE2))
