"""The recorded answers of the real engine and the documentation's examples, on every engine.

`floors.json` has, by engine and file, how many cases are right at least and wrong at most; right counts only rise, wrong ones only
fall. They are the target's own words; entries `ENGINE computed` are with what is computed at compile time, as users have it. The
examples of `quirks.json` count as neither. `python -m tests.conformance FILE --engine ENGINE --show` tells what is wrong,
`--raise-floors` renews the floors.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conformance.__main__ import FLOORS, QUIRKS, judge, table
from tests.conformance.cases import load_cases
from tests.conformance.runner import run_cases

FILES = ("kusto_cases", "kusto_rejected", "docs_cases", "docs_assertions")
_FLOORS: dict[str, dict[str, dict[str, int]]] = json.loads(FLOORS.read_text("utf-8"))
ENGINES = [*(e for e in _FLOORS if not e.startswith("trino")), pytest.param("trino", marks=pytest.mark.trino)]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("engine", ENGINES)
def test_recorded_answers(engine: str, name: str, shared: Path, request: pytest.FixtureRequest) -> None:
    floor = _FLOORS.get(engine, {}).get(name)
    if floor is None:
        pytest.skip(f"floors.json has no entry for {name} on {engine}")
    if engine == "trino":
        request.getfixturevalue("trino")
    cases = list(load_cases(shared / f"conformance/{name}.jsonl"))
    target, _, computed = engine.partition(" ")
    outcomes = [judge(case, result) for case, result in run_cases(cases, target, jobs=1, compute=bool(computed))]
    outcomes = [o for o in outcomes if o.case.id not in QUIRKS]
    counts = {verdict: sum(o.verdict == verdict for o in outcomes) for verdict in ("right", "wrong")}
    report = "\n".join([*(f"{o.case.id}: {o.why[0]}" for o in outcomes if o.verdict == "wrong"), table(outcomes)])
    assert counts["wrong"] <= floor["wrong"], report
    assert counts["right"] >= floor["right"], report
