"""Timespans as rule files write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulec.rule.timespans import DAY, HOUR, MINUTE, Timespan, parse_timespan, show_timespan

SECOND = MINUTE // 60


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("5m", 5 * MINUTE),
        ("24h", DAY),
        ("14d", 14 * DAY),
        ("05:00", 5 * HOUR),
        ("05:00:30", 5 * HOUR + 30 * SECOND),
        ("1.02:03:04", DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND),
        ("00:00:00.5", SECOND // 2),
        (" 1h ", HOUR),
    ],
)
def test_the_yaml_forms(text: str, ticks: int) -> None:
    assert parse_timespan(text) == Timespan(ticks, False)


@pytest.mark.parametrize(
    ("text", "ticks"),
    [("PT5M", 5 * MINUTE), ("P14D", 14 * DAY), ("P1DT2H", DAY + 2 * HOUR), ("P2W", 14 * DAY), ("pt1h30m", 90 * MINUTE), ("2H", 2 * HOUR)],
)
def test_arms_form_is_known_as_such(text: str, ticks: int) -> None:
    assert parse_timespan(text) == Timespan(ticks, True)


NONE_OF_THEM = ["", "5", "m", "5 m", "1s", "1.5h", "-5m", "24:00:00", "00:60", "P", "PT", "P1H", "1d1h", "٥m", "5m\n5m"]


@pytest.mark.parametrize("text", NONE_OF_THEM)
def test_anything_else_is_none(text: str) -> None:
    assert parse_timespan(text) is None


@given(st.integers(0, 10**6))
def test_what_is_shown_reads_back(seconds: int) -> None:
    assert parse_timespan(show_timespan(seconds * SECOND)) == Timespan(seconds * SECOND, False)
