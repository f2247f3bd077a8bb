"""Findings in every form: text with a caret, JSON, SARIF, GitHub annotations, JUnit."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from rulec.driver.findings import Finding, RuleReport, report_json, totals
from rulec.driver.machine import as_github, as_junit, as_sarif
from rulec.driver.render import render, summary
from rulec.errors import Diagnostic, Severity
from rulec.source import Source, Span

SOURCE = Source.of_text("T\n| extend x = foo(1)\n", "rules/a.yaml")
ERROR = Diagnostic.at(Span(15, 18, SOURCE), "RC401", "`foo` is not supported", "use `bar`, or 100% of\nsomething")
WARNING = Diagnostic.at(Span(0, 1, SOURCE), "RC501", "kept <with> a difference", severity=Severity.WARNING)
REPORTS = (
    RuleReport("rules/a.yaml", (Finding(ERROR, "splunk"), Finding(WARNING)), ("out/athena/a.sql",), (("athena", True), ("splunk", False))),
    RuleReport("rules/b.yaml", (), ("out/athena/b.sql", "out/splunk/b.spl"), (("athena", True), ("splunk", True))),
)


def test_text_has_place_code_line_and_caret() -> None:
    assert render(Finding(ERROR, "splunk"), colour=False).split("\n")[:3] == [
        "rules/a.yaml:2:14: error RC401: `foo` is not supported [splunk]",
        "2 | | extend x = foo(1)",
        "  |              ^^^",
    ]


def test_colour_changes_nothing_but_escapes() -> None:
    import re

    coloured = render(Finding(ERROR), colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(Finding(ERROR), colour=False)


def test_a_span_over_lines_underlines_its_first_line() -> None:
    wide = Diagnostic.at(Span(2, 20, Source.of_text("ab\ncdef\nxyzabcdefghijkl", "f")), "RC201", "m")
    assert "^" in render(Finding(wide), colour=False)


def test_the_caret_stands_under_wide_letters_and_tabs() -> None:
    text = "T\t| where a == '日本' and foo == 1"
    at = text.index("foo")
    _, line, caret = render(Finding(Diagnostic.at(Span(at, at + 3, Source.of_text(text, "f")), "RC301", "m")), colour=False).split("\n")[:3]
    assert caret.index("^") == line.index("foo") + 2 and caret.count("^") == 3


def test_a_long_line_is_shown_around_its_caret() -> None:
    text = "T | where x == " + "a" * 300 + "! " + "b" * 300
    long = Diagnostic.at(Span(315, 316, Source.of_text(text, "f")), "RC201", "m")
    _, line, caret = render(Finding(long), colour=False).split("\n")[:3]
    assert len(line) < 170 and line[caret.index("^")] == "!"


def test_the_report_has_the_agreed_shape() -> None:
    document = report_json(REPORTS)
    assert [r["status"] for r in document["rules"]] == ["refused", "compiled"]
    first = document["rules"][0]["diagnostics"][0]
    assert {"code", "severity", "message", "hint", "path", "line", "column", "end_line", "end_column"} <= first.keys()
    assert document["totals"]["compiled"] == 1 and document["totals"]["refused"] == 1 and document["totals"]["outputs"] == 3


CODES = {"RC101": "invalid", "RC201": "invalid", "RC301": "invalid", "RC307": "refused", "RC402": "refused", "RC701": "refused"}


@pytest.mark.parametrize(("code", "status"), CODES.items())
def test_status_by_code(code: str, status: str) -> None:
    assert RuleReport("p", (Finding(Diagnostic.at(Span(0, 1, SOURCE), code, "m")),)).status == status


def test_the_summary_counts_rules_by_reason() -> None:
    lines = list(summary(totals(REPORTS)))
    assert lines[0].split() == ["1", "rule", "RC401", "`foo`", "is", "not", "supported"]
    assert lines[-1] == "2 rules: 1 compiled, 1 refused, 0 invalid; 3 files written, 1 warning"


def test_sarif_has_relative_paths_and_places() -> None:
    run = json.loads(as_sarif(REPORTS))["runs"][0]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "rules/a.yaml"
    assert place["region"] == {"startLine": 2, "startColumn": 14, "endLine": 2, "endColumn": 17}
    assert [r["level"] for r in run["results"]] == ["error", "warning"]
    assert [r["id"] for r in run["tool"]["driver"]["rules"]] == ["RC401", "RC501"]


def test_github_annotations_escape_line_ends_and_percent() -> None:
    line = as_github(REPORTS).split("\n")[0]
    assert line.startswith("::error title=rulec RC401,file=rules/a.yaml,line=2,endLine=2,col=14,endColumn=17::")
    assert line.endswith("100%25 of%0Asomething)")


def test_junit_is_xml_with_a_failure_a_rule() -> None:
    suite = ElementTree.fromstring(as_junit(REPORTS))
    assert suite.attrib["tests"] == "2" and suite.attrib["failures"] == "1"
    assert [case.find("failure") is not None for case in suite] == [True, False]
