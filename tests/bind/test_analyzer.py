"""Microsoft's analyzer and the binder agree on the columns of every query that both accept, but for a table of reasons."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from rulec.bind import Environment
from tests.bind.bound import result
from tests.oracle.texts import SHARED, fingerprint, texts

SCHEMAS = Path(__file__).resolve().parents[1] / "oracle" / "result_schemas.jsonl.gz"
pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared")

#: Why columns differ from the analyzer's; a case belongs to the first reason whose word its text holds.
DIFFERENT = {
    "bag_unpack": "the analyzer does not look at the data that the text holds",
    "scan ": "the analyzer adds match_id without with_match_id; the engine does not (recorded)",
    "series_stats": "the analyzer adds the other columns of a named result; the engine does not (recorded)",
    "series_fit_line": "the analyzer adds the other columns of a named result; the engine does not (recorded)",
    "datetime_diff('week'": "the engine answers weeks as real (recorded)",
    "jaccard_index": "a ratio is a real (recorded); the analyzer says dynamic",
    "geo_line_lookup": "the key column is left out unless return_lookup_key (documented)",
    "geo_polygon_lookup": "the key column is left out unless return_lookup_key (documented)",
}
#: What the analyzer accepts and rulec refuses: by the message of the refusal.
REFUSED = (
    "is not compiled",
    "has, which no target has",
    "another place",
    "over all tables",
    "gives several results",
    "depends on the data",
    "a management command",
    "`array_sort_asc` expects",
    "`array_sort_desc` expects",
    "a table is expected here, found a path",
    "no table is named",
    "`prev` has no ordered rows here",
    "expects an offset of",
    "is neither a specifier",
    "have different types",
    "is not defined for dynamic and dynamic",
    "is no long value",
    "is no number that JSON can hold",
    "only Kusto knows its layout",
    "is not documented",
)
#: What the analyzer refuses and rulec accepts: by the analyzer's message.
ACCEPTED = {
    "The plug-in function 'schema_merge' is not defined.": "documented",
    "A value of type bool expected.": "count(x) and search terms are answered (recorded)",
    "The expression value must be a dynamic array.": "array_length of a bag is null (recorded)",
    "The expression value must be an integer.": "make_timespan takes fractions of seconds (documented)",
    "The operator 'or' is not defined for the operand types bool and real.": "a search term (recorded)",
    "The name 'SomeView*' does not refer to any known table.": "a wildcard of `isfuzzy` that means no table (documented)",
}


def compared() -> list[tuple[str, str, dict]]:  # type: ignore[type-arg]
    recorded = {s["id"]: s for s in map(json.loads, gzip.decompress(SCHEMAS.read_bytes()).splitlines())}
    return [(i, text, recorded[i]) for i, text in texts() if i in recorded and recorded[i]["sha"] == fingerprint(text)]


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[tuple[str, str, str]]]:
    """Cases by outcome: id, text, what was found."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for name, text, oracle in compared():
        bound = result(text, Environment())
        if bound.query is None:
            outcome, detail = ("both refuse" if oracle["errors"] else "refused"), "; ".join(d.message for d in bound.diagnostics)
        elif oracle["errors"]:
            outcome, detail = "accepted", oracle["errors"][0][3]
        else:
            columns = [[c.name, c.type.value] for c in bound.query.columns]
            outcome, detail = ("equal" if columns == oracle["columns"] else "different"), str(columns)
        found.setdefault(outcome, []).append((name, text, detail))
    return found


def test_at_least_98_of_100_results_have_the_analyzers_columns(outcomes: dict[str, list[tuple[str, str, str]]]) -> None:
    equal, different = len(outcomes["equal"]), len(outcomes["different"])
    assert equal >= 1420
    assert equal / (equal + different) >= 0.98


def test_every_other_result_has_its_reason(outcomes: dict[str, list[tuple[str, str, str]]]) -> None:
    assert [c for c in outcomes["different"] if not any(word in c[1] for word in DIFFERENT)] == []


def test_every_refusal_of_an_accepted_text_has_its_reason(outcomes: dict[str, list[tuple[str, str, str]]]) -> None:
    assert [c for c in outcomes["refused"] if not any(word in c[2] for word in REFUSED)] == []


def test_every_acceptance_of_a_refused_text_has_its_reason(outcomes: dict[str, list[tuple[str, str, str]]]) -> None:
    assert [c for c in outcomes["accepted"] if c[2] not in ACCEPTED] == []
