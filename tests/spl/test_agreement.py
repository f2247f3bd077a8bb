"""The queries of agreement.kql give the same rows on Python and, through the reference evaluator, on Splunk."""

from pathlib import Path

from tests.conformance.cases import Case
from tests.conformance.compare import Result
from tests.conformance.runner import run_cases

QUERIES = (Path(__file__).parent / "agreement.kql").read_text(encoding="utf-8").strip().split("\n---\n")


def _answers(engine: str) -> list[Result]:
    cases = [Case(query, "agreement", query) for query in QUERIES]
    return [result for _, result in run_cases(cases, engine, 1, 60.0)]


def _rows(result: Result) -> object:
    return sorted(map(repr, result.rows or ())) if result.error is None else result.error


def test_splunk_answers_as_python_does() -> None:
    pairs = zip(_answers("python"), _answers("splunk"), strict=True)
    assert [(a.id, _rows(a), _rows(b)) for a, b in pairs if a.error is not None or _rows(a) != _rows(b)] == []
