"""Every query that the real engine answered binds to its columns; every query that it refused is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rulec.codes import CODES
from rulec.constants import columns_of
from tests.bind.bound import environment, result

CONFORMANCE = Path(__file__).resolve().parents[3] / "shared" / "conformance"
pytestmark = pytest.mark.skipif(not CONFORMANCE.exists(), reason="needs ../shared")

#: The recorded `int` covers int and long, `real` covers real and decimal.
BROAD = {"long": "int", "decimal": "real"}
#: Columns that the binder cannot know: the engine's name holds a random part.
UNKNOWN_COLUMNS = {
    "r2-dynamic-json/agent-dynamic-json-0044": "the engine names an index that is no literal with a random id",
}


def cases(stem: str) -> Iterator[dict]:  # type: ignore[type-arg]
    for line in (CONFORMANCE / f"{stem}.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def test_every_answered_query_has_the_recorded_names_and_types() -> None:
    wrong = {}
    for case in cases("kusto_cases"):
        found = result(case["kql"], environment(), columns_of)
        if found.query is None:
            wrong[case["id"]] = [d.message for d in found.diagnostics]
            continue
        kinds = case.get("ms_types") or [kind for _, kind in case["columns"]]
        exact = "ms_types" in case
        expected = [(name, kind if exact else BROAD.get(kind, kind)) for (name, _), kind in zip(case["columns"], kinds, strict=True)]
        columns = [(c.name, c.type.value if exact else BROAD.get(c.type.value, c.type.value)) for c in found.query.columns]
        if columns != expected:
            wrong[case["id"]] = [str(columns), str(expected)]
    assert wrong.keys() == UNKNOWN_COLUMNS.keys(), {k: v for k, v in wrong.items() if k not in UNKNOWN_COLUMNS}


def test_every_refused_query_is_refused_with_a_known_code() -> None:
    for case in cases("kusto_rejected"):
        found = result(case["kql"], environment())
        assert found.query is None, case
        assert found.diagnostics and all(d.code in CODES for d in found.diagnostics), case


def test_an_ordered_answer_is_ordered_in_the_ir() -> None:
    for case in cases("kusto_cases"):
        if case["ordered"]:
            found = result(case["kql"], environment())
            assert found.query is not None and found.query.ordered, case["id"]
