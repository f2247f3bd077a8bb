"""Datetime cells of the input, as ticks and as the text that is compared and printed in their place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from rulec.api import Request, compile_query
from rulec.map_choice import MapChoice
from rulec_backends.python.runtime.moments import LAST_TICK, datetime_out, input_ticks, stamp, stamp_bound, text_to_datetime

CELLS: list[tuple[object, str | None]] = [
    ("2024-03-09T12:00:00.0000000Z", "2024-03-09T12:00:00.0000000Z"),
    ("2024-03-09T12:00:00.1234567Z", "2024-03-09T12:00:00.1234567Z"),
    ("2024-03-09T12:00:00.123456789Z", "2024-03-09T12:00:00.1234567Z"),
    ("2024-03-09T12:00:00Z", "2024-03-09T12:00:00.0000000Z"),
    ("2024-03-09 12:00:00.0000000Z", "2024-03-09T12:00:00.0000000Z"),
    ("2024-03-09T14:00:00.000+02:00", "2024-03-09T12:00:00.0000000Z"),
    ("2024-03-09", "2024-03-09T00:00:00.0000000Z"),
    (datetime(2024, 3, 9, 12, tzinfo=UTC), "2024-03-09T12:00:00.0000000Z"),
    (date(2024, 3, 9), "2024-03-09T00:00:00.0000000Z"),
    (638455824000000000, "2024-03-09T12:00:00.0000000Z"),
    ("0001-01-01T00:00:00.0000000Z", "0001-01-01T00:00:00.0000000Z"),
    ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"),
    ("2024-02-30T00:00:00Z", None),
    ("2024-03-09T12:00:60Z", None),
    ("noon", None),
    ("", None),
    (True, None),
    (None, None),
]


@pytest.mark.parametrize(("cell", "text"), CELLS)
def test_a_cell_has_one_moment_in_both_forms(cell: object, text: str | None) -> None:
    assert stamp(cell) == text == datetime_out(input_ticks(cell))
    assert text is None or text_to_datetime(text) == input_ticks(cell)


@pytest.mark.parametrize("bound", [-1, 0, 638455824000000000, 638455824000000001, LAST_TICK, LAST_TICK + 1])
def test_stamps_compare_like_ticks(bound: int) -> None:
    for cell, _ in CELLS:
        text, ticks = stamp(cell), input_ticks(cell)
        if text is not None and ticks is not None:
            assert (text < stamp_bound(bound), text <= stamp_bound(bound)) == (ticks < bound, ticks <= bound)


def run(kql: str, cells: list[object]) -> list[dict[str, Any]]:
    text = compile_query(kql, "python", request=Request(maps=MapChoice("sentinel"))).text
    scope: dict[str, Any] = {"__name__": "detection"}
    exec(compile(text, "<generated>", "exec"), scope)
    rows = [{"TimeGenerated": cell, "EventName": str(number)} for number, cell in enumerate(cells)]
    found: list[dict[str, Any]] = scope["detect"]({"AWSCloudTrail": rows})
    return found


def test_a_filter_by_time_sees_every_form_of_a_cell() -> None:
    kql = """AWSCloudTrail | where TimeGenerated > datetime(2024-03-09T06:00) and TimeGenerated <= datetime("2024-03-09 12:00")
    | project EventName"""
    noon = [str(n) for n, (_, text) in enumerate(CELLS) if text == "2024-03-09T12:00:00.0000000Z"]
    assert [row["EventName"] for row in run(kql, [cell for cell, _ in CELLS])] == noon


def test_a_negated_filter_by_time_drops_null() -> None:
    kql = "AWSCloudTrail | where not(TimeGenerated < datetime(2024-03-09T06:00)) | project EventName"
    kept = [str(n) for n, (_, text) in enumerate(CELLS) if text is not None and text >= "2024-03-09T06"]
    assert [row["EventName"] for row in run(kql, [cell for cell, _ in CELLS])] == kept


def test_extremes_of_time_are_moments_again() -> None:
    kql = """AWSCloudTrail
    | summarize a = min(TimeGenerated), b = max(TimeGenerated), arg_max(TimeGenerated, EventName), n = dcount(TimeGenerated)
    | extend d = b - a, h = bin(TimeGenerated, 1h)"""
    (row,) = run(kql, [None, "2024-03-09T12:30:00Z", "2024-03-09T12:00:00.0000000Z", "noon"])
    assert row["a"] == "2024-03-09T12:00:00.0000000Z" and row["b"] == row["TimeGenerated"] == "2024-03-09T12:30:00.0000000Z"
    assert (row["EventName"], row["d"], row["h"], row["n"]) == ("1", "00:30:00", "2024-03-09T12:00:00.0000000Z", 2)


def test_extremes_of_no_time_are_null() -> None:
    (row,) = run("AWSCloudTrail | summarize a = min(TimeGenerated), arg_max(TimeGenerated, EventName)", [None, "noon"])
    assert (row["a"], row["TimeGenerated"]) == (None, None)
