"""Findings for programs: JSON, GitHub annotations, JUnit XML and SARIF 2.1.0."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from rulec.codes import CODES
from rulec.driver.findings import Finding, RuleReport, all_findings, report_json
from rulec.errors import Severity

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def as_json(reports: Sequence[RuleReport]) -> str:
    """The report file's content."""
    return json.dumps(report_json(reports), indent=2, ensure_ascii=False)


def as_github(reports: Sequence[RuleReport]) -> str:
    """Workflow commands, one a finding."""
    return "\n".join(_annotation(f) for f in all_findings(reports))


def _annotation(finding: Finding) -> str:
    d = finding.diagnostic
    properties = {
        "title": f"rulec {d.code}",
        "file": d.path,
        "line": str(d.begin.line),
        "endLine": str(d.end.line),
        "col": str(d.begin.column),
        "endColumn": str(d.end.column),
    }
    named = ",".join(f"{k}={_github_property(v)}" for k, v in properties.items())
    return f"::{d.severity.value} {named}::{_github_data(_message(finding))}"


def _github_data(text: str) -> str:
    """Text after `::`; line ends and percent signs are escaped."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    """A property's value; `:` and `,` end it otherwise."""
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")


def _message(finding: Finding) -> str:
    d = finding.diagnostic
    return d.message + (f" [{finding.target}]" if finding.target else "") + (f" ({d.hint})" if d.hint else "")


def as_junit(reports: Sequence[RuleReport]) -> str:
    """One test case a rule; its errors are its failure."""
    failed = sum(bool(r.errors) for r in reports)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuite name="rulec" tests="{len(reports)}" failures="{failed}">']
    for report in reports:
        case = f"  <testcase classname={quoteattr(str(PurePath(report.path).parent))} name={quoteattr(PurePath(report.path).name)}"
        if not report.errors:
            lines.append(f"{case}/>")
            continue
        text = "\n".join(f"{_place(f)} {f.diagnostic.code} {_message(f)}" for f in report.errors)
        first = report.errors[0].diagnostic
        failure = f"<failure type={quoteattr(first.code)} message={quoteattr(_legal(first.message))}>{escape(_legal(text))}</failure>"
        lines += [f"{case}>", f"    {failure}", "  </testcase>"]
    return "\n".join([*lines, "</testsuite>"])


def _legal(text: str) -> str:
    """Without the control characters that XML 1.0 cannot hold."""
    return "".join(c if c in "\t\n\r" or c >= " " else "\ufffd" for c in text)


def _place(finding: Finding) -> str:
    d = finding.diagnostic
    return f"{d.path}:{d.begin.line}:{d.begin.column}:"


def as_sarif(reports: Sequence[RuleReport]) -> str:
    """One SARIF run. Paths are relative to the working folder where they can be, for GitHub's stable fingerprints."""
    findings = all_findings(reports)
    codes = sorted({f.diagnostic.code for f in findings})
    driver = {
        "name": "rulec",
        "rules": [{"id": code, "shortDescription": {"text": CODES.get(code, code)}} for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(f, codes.index(f.diagnostic.code)) for f in findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _sarif_result(finding: Finding, rule_index: int) -> dict[str, Any]:
    d = finding.diagnostic
    region: dict[str, int] = {"startLine": d.begin.line, "startColumn": d.begin.column}
    if d.end > d.begin:
        region |= {"endLine": d.end.line, "endColumn": d.end.column}
    location = {"artifactLocation": {"uri": _relative_uri(d.path), "uriBaseId": "%SRCROOT%"}, "region": region}
    return {
        "ruleId": d.code,
        "ruleIndex": rule_index,
        "level": "error" if d.severity is Severity.ERROR else "warning",
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": location}],
    }


def _relative_uri(path: str) -> str:
    from urllib.parse import quote

    relative = os.path.relpath(path) if os.path.isabs(path) else path
    return quote(PurePath(relative if not relative.startswith("..") else path).as_posix())


#: `--output-format` values other than `text`.
WRITERS: Final[Mapping[str, Callable[[Sequence[RuleReport]], str]]] = MappingProxyType(
    {"json": as_json, "sarif": as_sarif, "github": as_github, "junit": as_junit}
)
