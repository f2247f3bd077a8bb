"""The project's own cases on every engine: none may be answered wrongly; what is refused is listed with its code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cases.__main__ import listed, outcomes
from tests.cases.loading import entries, families, kql_literal, load, with_constants
from tests.conformance.__main__ import show

ENGINES = [
    pytest.param("python"),
    pytest.param("duckdb"),
    pytest.param("splunk"),
    pytest.param("trino", marks=pytest.mark.trino),
]


@pytest.mark.parametrize("engine", ENGINES)
def test_no_case_is_answered_wrongly(engine: str, request: pytest.FixtureRequest) -> None:
    if engine == "trino":
        request.getfixturevalue("trino")
    known = listed(engine)
    found = outcomes(engine)
    assert [o for o in found if o.verdict == "wrong"] == [], "\n".join(show(o) for o in found if o.verdict == "wrong")
    refused = {o.case.id: o.result.code for o in found if o.verdict == "refused"}
    assert {case: code for case, code in refused.items() if known.get(case) != code} == {}


@pytest.mark.parametrize("engine", ["python", "duckdb", "splunk"])
def test_constants_give_the_same_as_columns(engine: str) -> None:
    wrong = [o for o in outcomes(engine, with_constants) if o.verdict == "wrong"]
    assert wrong == [], "\n".join(show(o) for o in wrong)


@pytest.mark.parametrize("path", families(), ids=lambda p: p.stem)
def test_every_case_is_whole_and_says_what_its_answer_is_known_from(path: Path) -> None:
    written = entries(path)
    names = [entry["case"] for entry in written]
    assert len(set(names)) == len(names) == len(list(load(path)))
    assert all(len(str(entry["why"])) > 7 for entry in written)


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        ('a"\\\n', "string", '"a\\"\\\\\\u000a"'),
        (None, "long", "long(null)"),
        (None, "dynamic", "dynamic(null)"),
        ("NaN", "real", "real(nan)"),
        ("1.02:03:04", "timespan", "timespan(1.02:03:04)"),
        ({"a": [1, None]}, "dynamic", 'dynamic({"a": [1, null]})'),
        (True, "bool", "true"),
    ],
)
def test_a_value_is_written_as_kql(value: Any, type_: str, text: str) -> None:
    assert kql_literal(value, type_) == text


@pytest.mark.parametrize(("value", "type_"), [(None, "string"), (1, "string"), (True, "long"), ("1", "long"), ("x", "real")])
def test_a_value_of_another_type_is_no_case(value: Any, type_: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        kql_literal(value, type_)


def test_plain_scalars_are_those_of_json(tmp_path: Path) -> None:
    path = tmp_path / "family.yaml"
    path.write_text("- [yes, 2020-01-01, 01:02:03, null, true, 1, -2.5, 1e3, NaN, 0x1F, ~, 007]\n")
    assert entries(path) == [["yes", "2020-01-01", "01:02:03", None, True, 1, -2.5, 1000.0, "NaN", "0x1F", "~", "007"]]


@pytest.mark.parametrize(
    "entry",
    [
        {"given": "x:long", "shows": {"a:long": "x"}, "rows": [[1]]},
        {"query": "print a = 1", "columns": "a:long", "rows": [[1, 2]]},
        {"query": "print a = 1", "columns": "a:long"},
        {"query": "print a = 1", "columns": "a:long", "rows": [], "sorted": True},
    ],
)
def test_a_case_that_is_not_whole_is_refused(entry: Mapping[str, Any], tmp_path: Path) -> None:
    import yaml

    path = tmp_path / "family.yaml"
    path.write_text(yaml.safe_dump([{"case": "c", "why": "x", **entry}]))
    with pytest.raises(ValueError, match=r"family\.yaml"):
        list(load(path))
