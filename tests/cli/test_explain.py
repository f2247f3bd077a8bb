"""The page of the seed rule, against the catalogue page it was seen on; and what other rules' pages show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rulec.driver.explaining import _text
from rulec.explain import Page, explain
from rulec.rule.load import load, load_kql


def page_of(kql: str) -> Page:
    rule = load_kql(kql).rule
    assert rule is not None
    return explain(rule)


@pytest.fixture(scope="module")
def seed(root: Path) -> Page:
    rule = load(root / "rules/aws/aws_ecr_image_scan_findings.yaml").rule
    assert rule is not None
    return explain(rule)


def section(page: str, start: str, end: str | None) -> str:
    text = page[page.index(f"\n{start}\n") + len(start) + 2 :]
    return text if end is None else text[: text.index(f"\n{end}\n")]


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_the_seed_rule_has_the_pages_stages(seed: Page, shared: Path) -> None:
    page = section((shared / "seed/rule_page.txt").read_text("utf-8"), "Stages and Predicates", "Indicators")
    shown = "\n".join(f"Stage {n}: {s.title}\n" + "\n".join(s.texts) for n, s in enumerate(seed.stages, start=1))
    assert len(seed.stages) == 5
    assert squeezed(shown) == squeezed(page)


def test_the_seed_rule_has_the_pages_indicators(seed: Page, shared: Path) -> None:
    page = section((shared / "seed/rule_page.txt").read_text("utf-8"), "Indicators", "Output fields")
    rows = re.findall(r"^(\w+) \| (\w+) \|", page, re.MULTILINE)
    assert [(i.field, i.kind) for i in seed.indicators] == rows
    assert {i.field: i.values for i in seed.indicators} == {
        "Critical": ("0",),
        "ErrorCode": (),
        "ErrorMessage": (),
        "EventName": ("DescribeImageScanFindings",),
        "High": ("0",),
    }


def test_the_seed_rule_has_the_pages_output_fields_and_coverage(seed: Page, shared: Path) -> None:
    text = (shared / "seed/rule_page.txt").read_text("utf-8")
    rows = re.findall(r"^(\w+) \| (\w+) \|$", section(text, "Output fields", None), re.MULTILINE)
    assert [(o.name, o.stage) for o in seed.outputs] == rows
    assert "| Discovery | T1083 File and Directory Discovery |" in text
    assert (seed.tactics, seed.techniques) == (("Discovery",), (("T1083", "File and Directory Discovery"),))


def test_the_text_and_json_say_the_same(seed: Page) -> None:
    text = "\n".join(_text(seed))
    document = seed.as_json()
    assert len(document["stages"]) == 5 and len(document["indicators"]) == 5 and len(document["output_fields"]) == 8
    for entry in document["output_fields"]:
        assert f"  {entry['field']} " in text


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("A == 'x'", ("A", "eq", ("x",))),
        ("'x' == A", ("A", "eq", ("x",))),
        ("5 < A", ("A", "gt", ("5",))),
        ("not(A == 'x')", ("A", "ne", ("x",))),
        ("not(A has 'x')", ("A", "not_has", ("x",))),
        ("A !has 'x'", ("A", "not_has", ("x",))),
        ("A in ('x', 'y')", ("A", "in", ("x", "y"))),
        ("A in~ (names)", ("A", "in_ci", ("p", "q"))),
        ("A between (1 .. 5)", ("A", "between", ("1 .. 5",))),
        ("isnotempty(A.b)", ("A.b", "is_not_null", ())),
        ("tostring(A['b']) =~ 'x'", ("A.b", "eq_ci", ("x",))),
        ("A matches regex 'x.*'", ("A", "regex", ("x.*",))),
        ("TimeGenerated > ago(1d)", ("TimeGenerated", "gt", ("ago(1d)",))),
    ],
)
def test_an_indicator_of_a_predicate(predicate: str, expected: tuple[str, str, tuple[str, ...]]) -> None:
    page = page_of(f"let names = dynamic(['p', 'q']); T | where {predicate}")
    assert [(i.field, i.kind, i.values) for i in page.indicators] == [expected]


def test_values_of_one_field_and_kind_gather_from_sub_queries_too() -> None:
    page = page_of("let S = U | where A == 'x'; T | where A == 'y' or A == 'x' | join (V | where A == 'z') on B")
    assert [(i.field, i.values) for i in page.indicators] == [("A", ("x", "y", "z"))]


@pytest.mark.parametrize(
    ("kql", "expected"),
    [
        ("T | extend a = 1 | project b = a, c", {"b": "project", "c": "project"}),
        ("T | summarize count(), n = dcount(x) by y, bin(t, 1h)", dict.fromkeys(("y", "t", "count_", "n"), "summarize")),
        ("T | extend a = 1, b = 2 | project-away b", {"a": "extend"}),
        ("T | extend a = 1 | project-rename b = a", {"b": "project-rename"}),
        ("T | parse m with 'x' a 'y' b:long", {"a": "parse", "b": "parse"}),
        ("let S = T | extend a = 1; S | where a > 0", {"a": "extend"}),
        ("T | where a == 1", {}),
    ],
)
def test_output_fields(kql: str, expected: dict[str, str]) -> None:
    assert {o.name: o.stage for o in page_of(kql).outputs} == expected
