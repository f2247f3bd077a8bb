"""Times that a table stores as text: where the field map vouches for their order, no row's text is read as a time."""

from __future__ import annotations

import re

import pytest

from rulec.api import compile_query

PARSED = "from_iso8601_timestamp_nanos"


def athena(kql: str) -> str:
    return compile_query(kql, "athena").text


def test_bounds_of_whole_seconds_compare_texts() -> None:
    text = athena("AWSCloudTrail | where TimeGenerated >= ago(1d) and TimeGenerated < now() - 1h | project EventName")
    assert PARSED not in text
    assert text.count("date_trunc('second', CAST(? AS TIMESTAMP(3))) AS now") == 1


def test_bounds_within_a_second_compare_times_too() -> None:
    assert PARSED in athena("AWSCloudTrail | where TimeGenerated >= ago(1ms) | project EventName")


@pytest.mark.parametrize("function", ["min", "max"])
def test_the_least_and_greatest_time_are_of_the_texts(function: str) -> None:
    text = athena(f"AWSCloudTrail | summarize x = {function}(TimeGenerated) by EventName")
    assert re.search(rf"{PARSED}\({function}\(replace\(eventtime, 'Z', ''\)\) \|\| 'Z'\)", text)
    assert text.count(PARSED) == 1


def test_a_computed_time_is_read_first() -> None:
    assert f"min({PARSED}" not in athena("AWSCloudTrail | summarize x = min(TimeGenerated + 1h) by EventName")
