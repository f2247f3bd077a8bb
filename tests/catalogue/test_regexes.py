"""Regular expressions of the engine's earlier dialect. The verdicts are those of Rust's regex crate 1 and of RE2."""

from __future__ import annotations

import pytest

from rulec.catalogue.regexes import today, without_captures

#: Legal in the earlier dialect alone -> what it means in today's.
EARLIER = {
    "a{": r"a\{",
    "{a}": r"\{a}",
    "a{b}": r"a\{b}",
    "a{1": r"a\{1",
    "a{,3}": r"a\{,3}",
    r"Set(\$Volume){\$sh|b": r"Set(\$Volume)\{\$sh|b",
    "[[]": r"[\[]",
    "[^[]": r"[^\[]",
    "[a[b]": r"[a\[b]",
    "x[[]{2}": r"x[\[]{2}",
    r"\0": r"\x{0}",
    r"[\012]": r"[\x{a}]",
}
#: Legal today, or in neither dialect.
KEPT = [
    "a{2}",
    "a{2,}",
    "a{2,3}?",
    "[a-z[0-9]]",
    "[[:alpha:]_]",
    "[{}]",
    "[]a]",
    "[^]a]",
    "[a&&[^b]]",
    r"\{",
    r"\[",
    r"\p{Lu}",
    r"\x{41}",
    "}",
    "]",
    "[a",
    "",
]


@pytest.mark.parametrize(("pattern", "expected"), EARLIER.items())
def test_an_earlier_pattern_is_written_for_today(pattern: str, expected: str) -> None:
    assert today(pattern) == expected


@pytest.mark.parametrize("pattern", KEPT)
def test_other_patterns_are_kept(pattern: str) -> None:
    assert today(pattern) == pattern


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [(r"a (b|c) ", r"a (?:b|c) "), (r"\(x[(](?P<n>z)(?i:q)", r"\(x[(](?:z)(?i:q)"), (r"[[:alpha:](]+(k)", r"[[:alpha:](]+(?:k)")],
)
def test_groups_of_a_parse_pattern_capture_nothing(pattern: str, expected: str) -> None:
    assert without_captures(pattern) == expected
