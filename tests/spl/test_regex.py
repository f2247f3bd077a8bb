"""Regular expressions of Kusto's dialect in PCRE: classes with complements, and more groups than `replace` knows."""

from __future__ import annotations

import pytest

from rulec.api import compile_query
from rulec_backends.splunk import regex
from tests.spl.engine import run


@pytest.mark.parametrize(
    ("kql", "value"),
    [
        (r'extract(@"x([\s\S]+)y", 1, "ax1 2yb")', "1 2"),
        (r'extract(@"([^\S,]+)b", 1, "a,  b")', "  "),
        (r'extract(@"[\W_]+", 0, "ab_-_c")', "_-_"),
        (r'extract(@"[^\W_]+", 0, "__ab")', "ab"),
        (r'replace_regex("a1 b", @"[^\D]", "#")', "a# b"),
        ('extract("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)", 11, "xabcdefghijklm")', "k"),
        ('extract("(a)|(b)", 1, "b")', ""),
        ('extract("(a$?)b", 1, "ab")', "a"),
        ('extract("(^*b)", 1, "ab")', "b"),
        ('extract("(a)(b)?", 5, "xab")', ""),
        ('tostring(extract_all("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)?", dynamic([1, 10]), "abcdefghij abcdefghi"))', '[["a","j"],["a",""]]'),
        ('translate("ab]", "ba-", "abc]^")', "bac-^"),
        ('translate("abc", "", "abxb")', "x"),
    ],
)
def test_a_pattern_means_what_kusto_says(kql: str, value: str) -> None:
    assert run(compile_query(f"print x = {kql}", "splunk").text)[0].get("x", "") == value


@pytest.mark.parametrize("pattern", ["[[a]]", "[a&&b]", r"\0", "a++", "(?<=a)b", "[a"])
def test_what_pcre_reads_otherwise_is_refused(pattern: str) -> None:
    with pytest.raises(regex.Inexpressible):
        regex.translate(pattern)


@pytest.mark.parametrize(
    ("kql", "value"),
    [
        ('set_difference(parse_json(""), dynamic([1]))', None),
        ("set_union(dynamic(5), dynamic([1]))", None),
        ("set_intersect(dynamic([1, 2]), dynamic([2]))", "[2]"),
        ('todatetime("2026-05-31t10:00:00z")', "1780221600"),
    ],
)
def test_functions_agree_with_the_other_engines(kql: str, value: str | None) -> None:
    assert run(compile_query(f"print x = {kql}", "splunk").text)[0].get("x") == value
