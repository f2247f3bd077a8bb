"""Constant arguments that the engine takes and those that it refuses."""

from __future__ import annotations

import pytest

from rulec import catalogue
from rulec.catalogue import constant_arguments


@pytest.mark.parametrize(
    "text",
    ["FFFFFFF", "HH", "M/d/yyyy h:mm:ss tt", "MM/dd/yyyy HH:mm:ss.fff", "ss.f", "yyyyMMddHHmmss", "MMM", "yy-MM-dd [HH:mm:ss]"],
)
def test_answered_datetime_formats_are_taken(text: str) -> None:
    assert constant_arguments.problem("format_datetime", 1, text) is None


@pytest.mark.parametrize("text", ["d", "d.hh:mm:ss.fffffff", "d:h:m:s.fff", "dddd", "mm:ss", "ddd.h:mm:ss [fffffff]"])
def test_answered_timespan_formats_are_taken(text: str) -> None:
    assert constant_arguments.problem("format_timespan", 1, text) is None


@pytest.mark.parametrize(
    ("function", "text", "sign"),
    [
        ("format_datetime", "yyyy-MM-ddTHH:mm:ss.fffffff", "T"),
        ("format_datetime", "zzz", "z"),
        ("format_datetime", "K", "K"),
        ("format_timespan", "c", "c"),
        ("format_timespan", "G", "G"),
        ("format_timespan", "d\\.hh", "\\"),
        ("format_timespan", "tt", "t"),
    ],
)
def test_refused_formats_name_the_sign(function: str, text: str, sign: str) -> None:
    assert constant_arguments.problem(function, 1, text) == f"`{sign}` is neither a specifier nor a delimiter of the format"


def test_parts_of_time_are_read_in_any_case() -> None:
    assert constant_arguments.problem("datetime_part", 0, "dayOfYear") is None
    assert constant_arguments.problem("datetime_diff", 0, "week") is None
    assert constant_arguments.problem("datetime_part", 0, "week") is not None
    assert str(constant_arguments.problem("datetime_add", 0, "weeks")).startswith("expects one of year, quarter, month, week, day")


def test_other_constants_are_not_judged() -> None:
    assert constant_arguments.problem("extract", 0, "(") is None
    assert constant_arguments.problem("format_datetime", 1, None) is None


def test_checks_are_of_constant_arguments() -> None:
    for name, index in constant_arguments._CHECKS:
        function = catalogue.lookup(name)
        assert catalogue.window(name) or catalogue.aggregate(name) or (function is not None and index in function.constants)


@pytest.mark.parametrize(
    ("pattern", "groups"), [("a", 0), (r"\(a\)[(]", 0), ("(?:a)", 0), ("(a)" * 17, 17), ("(a)" * 16, None), ("(?P<n>a)|(?<m>b)", None)]
)
def test_extract_all_wants_1_to_16_groups(pattern: str, groups: int | None) -> None:
    expected = None if groups is None else f"expects a pattern with 1 to 16 groups, found {groups}"
    assert constant_arguments.problem("extract_all", 0, pattern) == expected
