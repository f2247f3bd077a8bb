"""The run itself: verdicts, files of results, and cases that hang, crash or end their process."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import engines, runner
from tests.conformance.__main__ import Outcome, judge, main, raise_floor, table
from tests.conformance.cases import Case
from tests.conformance.compare import Result
from tests.conformance.engines import Answer, Runner

LINES: list[dict[str, Any]] = [
    {"id": "f/right", "family": "f", "kql": "1", "columns": [["x", "int"]], "rows": [[1]], "row_count": 1, "ordered": False},
    {"id": "f/wrong", "family": "f", "kql": "2", "columns": [["x", "int"]], "rows": [[1]], "row_count": 1, "ordered": False},
    {"id": "g/crash", "family": "g", "kql": "crash", "columns": [["x", "int"]], "rows": [[1]], "row_count": 1, "ordered": False},
    {"id": "g/die", "family": "g", "kql": "die", "columns": [["x", "int"]], "rows": [[1]], "row_count": 1, "ordered": False},
    {"id": "g/hang", "family": "g", "kql": "hang", "columns": [["x", "int"]], "rows": [[1]], "row_count": 1, "ordered": False},
    {"id": "g/shape", "family": "g", "kql": "text", "columns": [["x", "int"]], "rows": [[1]], "row_count": 1, "ordered": False},
    {"id": "g/refused", "family": "g", "kql": "refuse", "columns": [["x", "int"]], "rows": [[1]], "row_count": 1, "ordered": False},
    {"id": "h/must", "family": "h", "kql": "refuse"},
    {"id": "h/must-not-compile", "family": "h", "kql": "1"},
    {"id": "h/must-not-crash", "family": "h", "kql": "crash"},
]


def fake_engine(compute: bool = False) -> Runner:
    def run(kql: str) -> Answer:
        match kql:
            case "crash":
                raise ZeroDivisionError("crashed")
            case "die":
                os._exit(7)
            case "hang":
                time.sleep(60)
            case "text":
                return [("x", "long")], [["1"]]
            case "refuse":
                from rulec.errors import CompileError, Diagnostic
                from rulec.source import Source, Span

                raise CompileError((Diagnostic.at(Span(0, 1, Source.of_text("x")), "RC401", "refused"),))
        return [("x", "long")], [[int(kql)]]

    return run


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(engines, "ENGINES", {"fake": fake_engine})
    monkeypatch.setattr("tests.conformance.__main__.ENGINES", {"fake": fake_engine})
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return path


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_every_verdict(cases: Path, capsys: pytest.CaptureFixture[str], jobs: str, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert main([str(cases), "--engine", "fake", "--jobs", jobs, "--limit", "1", "--results", str(out)]) == 1
    printed = capsys.readouterr().out
    assert printed.split("\n")[-2] == "10 cases: 2 right, 7 wrong, 1 refused"
    results = {r["id"]: r for r in map(json.loads, out.read_text().splitlines())}
    assert list(results) == [line["id"] for line in LINES]
    assert results["f/right"] == {"id": "f/right", "columns": [["x", "long"]], "rows": [[1]]}
    assert results["g/refused"]["code"] == "RC401" and results["g/crash"]["code"] is None
    assert "exit code 7" in results["g/die"]["error"] and "within 1 seconds" in results["g/hang"]["error"]
    assert "is no long" in results["g/shape"]["error"]


def test_only_and_show(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(cases), "--engine", "fake", "--only", "f/wrong", "--show"]) == 1
    printed = capsys.readouterr().out
    assert "expected [1]" in printed and "got      [2]" in printed and "1 cases: 0 right, 1 wrong, 0 refused" in printed


def test_the_exit_code_is_0_without_wrong_answers(cases: Path) -> None:
    assert main([str(cases), "--engine", "fake", "--only", "right", "--only", "refused"]) == 0


def test_a_refusal_of_an_answerable_case_is_neither_right_nor_wrong() -> None:
    outcome = judge(Case("c", "f", ""), Result("c", error="no", code="RC401"))
    assert outcome.verdict == "refused" and table([outcome]).endswith("1 cases: 0 right, 0 wrong, 1 refused")


def test_workers_are_gone_after_a_run(cases: Path) -> None:
    import multiprocessing

    list(runner.run_cases([Case("c", "f", "1")], "fake"))
    assert multiprocessing.active_children() == []


def test_floors_only_rise_and_leave_quirks_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    floors = tmp_path / "floors.json"
    floors.write_text("{}")
    monkeypatch.setattr("tests.conformance.__main__.FLOORS", floors)
    monkeypatch.setattr("tests.conformance.__main__.QUIRKS", {"quirk": "the page is at odds with itself"})

    def outcomes(right: int, wrong: int) -> list[Outcome]:
        verdicts = ["right"] * right + ["wrong"] * wrong
        quirk = Outcome(Case("quirk", "f", ""), Result("quirk"), "wrong")
        return [quirk, *(Outcome(Case(f"c{n}", "f", ""), Result(f"c{n}"), verdict) for n, verdict in enumerate(verdicts))]

    for right, wrong, expected in ((3, 2, [3, 2]), (5, 0, [5, 0]), (1, 4, [5, 0])):
        raise_floor("fake", "cases", outcomes(right, wrong))
        assert list(json.loads(floors.read_text())["fake"]["cases"].values()) == expected


def test_an_engine_that_cannot_start_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(compute: bool = False) -> Runner:
        raise ImportError("no library")

    monkeypatch.setattr(engines, "ENGINES", {"broken": broken})
    found = [result.error or "" for _, result in runner.run_cases([Case("c", "f", "1"), Case("d", "f", "1")], "broken")]
    assert len(found) == 2 and all("exit code 1" in error for error in found)
