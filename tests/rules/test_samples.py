"""Every sample rule, run over its events on the engines that need no server: they find what they must, and the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rulec.api import read_rule
from rulec.driver.progress import Progress
from rulec.driver.settings import Job
from rulec.running.verb import Run, execute
from tests.rules.samples import Sample, samples

ENGINES = ("python", "duckdb")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sample", samples(), ids=lambda s: s.name)
def test_rule_finds_what_its_events_hold(sample: Sample, engine: str, tmp_path: Path) -> None:
    run = run_sample(sample, engine, tmp_path)
    rows = named_rows(run)
    assert len(rows) == sample.rows, rows
    assert len(run.alerts or []) == sample.alerts
    for wanted in sample.contains:
        assert any(all(row[name] == value for name, value in wanted.items()) for row in rows), (wanted, rows)


@pytest.mark.parametrize("sample", samples(), ids=lambda s: s.name)
def test_engines_give_the_same_alerts(sample: Sample, tmp_path: Path) -> None:
    runs = [run_sample(sample, engine, tmp_path) for engine in ENGINES]
    reference = comparable(runs[0])
    for engine, run in zip(ENGINES[1:], runs[1:], strict=True):
        assert comparable(run) == reference, engine
        assert [c[:2] for c in run.results.columns] == [c[:2] for c in runs[0].results.columns], engine


def run_sample(sample: Sample, engine: str, folder: Path) -> Run:
    rule, _ = read_rule(sample.path)
    job = Job(now=sample.now, end=sample.now)
    return execute(rule, sample.write_events(folder), job, engine, Progress("run", 1))


def named_rows(run: Run) -> list[dict[str, Any]]:
    """The result rows as the alerts show them."""
    return [row for alert in run.alerts or [] for row in alert["rows"]]


def comparable(run: Run) -> list[str]:
    """The rows in an order of their own; arrays of `make_set` have no order, so they are sorted."""
    return sorted(repr([_sorted(cell) for cell in row]) for row in run.results.rows)


def _sorted(cell: Any) -> Any:
    return sorted(cell, key=repr) if isinstance(cell, list) else cell
