"""Percentiles, weighted ones, and sessions: nearest rank and starts as the Python target has them."""

from __future__ import annotations

import json

import pytest

from tests.sql import duck

PAIRS = "datatable(v:long, w:long)[10, 1, 20, 5, 30, 1, 40, long(null), long(null), 9, 50, 0, 60, -4]"


@pytest.mark.parametrize(("share", "expected"), [(0, 10), (10, 10), (15, 20), (50, 20), (86, 30), (100, 30)])
def test_a_weight_counts_its_value_several_times(share: int, expected: int) -> None:
    assert duck.rows(f"{PAIRS} | summarize percentilew(v, w, {share})") == [(expected,)]


def test_a_weighted_percentile_of_nothing_is_null() -> None:
    assert duck.rows(f"{PAIRS} | where v > 99 | summarize percentilew(v, w, 50)") == [(None,)]


@pytest.mark.parametrize(("share", "expected"), [(55, 55), (7, 7), (14, 14), (28, 28), (56, 56), (57, 57), (33.3, 34)])
def test_the_rank_of_a_share_that_no_double_is(share: float, expected: int) -> None:
    assert duck.rows(f"range x from 1 to 100 step 1 | summarize percentile(x, {share})") == [(expected,)]


@pytest.mark.parametrize("call", ["percentiles_array(v, 0, 50, 100)", "percentiles_array(v, dynamic([0, 50, 100]))"])
def test_percentiles_as_one_array(call: str) -> None:
    found = duck.rows(f"{PAIRS} | summarize {call}")[0][0]
    assert json.loads(found) == [10, 30, 60]


def test_a_session_ends_by_its_length_by_a_gap_and_by_a_restart() -> None:
    minutes = [("a", 0), ("a", 3), ("a", 6), ("a", 8), ("a", 20), ("b", 21)]
    rows = ", ".join(f'"{k}", datetime(2024-01-01 10:{m:02d}:00)' for k, m in minutes)
    sort = "sort by k asc, t asc | extend s = row_window_session(t, 7m, 5m, k != prev(k))"
    found = duck.rows(f"datatable(k:string, t:datetime)[{rows}] | {sort} | project m = datetime_part('minute', s)")
    assert found == [(0,), (0,), (0,), (8,), (20,), (21,)]
