"""The generated module: its form, its safety, its command line."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from rulec.api import compile_rule
from tests.python_target.programs import module_of, rows_of, text_of

RULES = Path(__file__).parents[2] / "rules"
EVENT = {
    "TimeGenerated": "2024-03-10T11:30:00Z",
    "EventName": "DescribeImageScanFindings",
    "UserIdentityUserName": "bob@corp.example",
    "UserIdentityArn": "arn:aws:iam::1:user/bob",
    "RecipientAccountId": "111122223333",
    "SourceIpAddress": "198.51.100.7",
    "ResponseElements": json.dumps(
        {"repositoryName": "api", "imageId": {"imageDigest": "sha256:1"}, "imageScanFindings": {"findingSeverityCounts": {"HIGH": 1}}}
    ),
}


def test_the_text_is_stable() -> None:
    kql = "AWSCloudTrail | where EventName has_any ('a', 'b') | summarize count(), dcount(SourceIpAddress) by UserAgent"
    assert text_of(kql) == text_of(kql)


def test_the_module_needs_only_the_standard_library() -> None:
    tree = ast.parse(text_of("AWSCloudTrail | extend d = parse_json(ResponseElements) | mv-expand d | summarize percentile(toint(d), 95)"))
    modules = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    modules |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {m.split(".")[0] for m in modules} <= sys.stdlib_module_names


def test_only_used_functions_are_copied() -> None:
    assert "def parse_json" not in text_of("AWSCloudTrail | where EventName == 'x' | project UserAgent")


@pytest.mark.parametrize("name", ["import", "len", "tables", "row", "group", "split", "__class__", "ünï", "a b", "results", "path", "1st"])
def test_column_names_never_become_code(name: str) -> None:
    rows = rows_of(f"print ['{name}'] = 'a-b' | extend y = split(['{name}'], '-'), n = strlen(['{name}']) | project ['{name}'], y, n")
    assert rows == [{name: "a-b", "y": ["a", "b"], "n": 3}]


def test_text_never_ends_a_comment_or_a_string() -> None:
    hostile = 'x"""\\n\\r\\u2028\\x0c#{}\'; import os'
    kql = f"print x = {json.dumps(hostile)} // \u00a0 import os\n| extend y = x\n| where x == y"
    assert len(rows_of(kql)) == 1


def test_cells_are_read_by_their_type() -> None:
    kql = "AWSCloudTrail | project EventName, UserAgent, t = TimeGenerated, ReadOnly"
    event = {"EventName": 5, "UserAgent": {"a": [1, "b"]}, "TimeGenerated": 638456670000000000, "ReadOnly": "true"}
    assert rows_of(kql, {"AWSCloudTrail": [event, {}]}) == [
        {"EventName": "5", "UserAgent": '{"a":[1,"b"]}', "t": "2024-03-10T11:30:00.0000000Z", "ReadOnly": True},
        {"EventName": "", "UserAgent": "", "t": None, "ReadOnly": None},
    ]


def test_a_number_in_a_text_column_equals_its_text() -> None:
    assert len(rows_of("AWSCloudTrail | where EventName == '5'", {"AWSCloudTrail": [{"EventName": 5}]})) == 1


def test_a_table_read_twice_may_be_an_iterator() -> None:
    kql = "let n = toscalar(AWSCloudTrail | count); AWSCloudTrail | project share = 1.0 / n"
    assert rows_of(kql, {"AWSCloudTrail": iter([{"EventName": "a"}, {"EventName": "b"}])}) == [{"share": 0.5}, {"share": 0.5}]


def test_a_column_is_not_overwritten_while_another_reads_it() -> None:
    assert rows_of("print a = 1, b = 2 | extend a = b, b = a | extend c = a, a = a + 1") == [{"a": 3, "b": 1, "c": 2}]


def test_a_costly_column_reads_its_source_before_it_is_replaced() -> None:
    kql = """datatable(s:string)['{"a":1}', '{"a":2}'] | extend a = toint(parse_json(s).a) | extend s = strcat(s, '!') | where s has 'a'"""
    assert [r["a"] for r in rows_of(kql)] == [1, 2]


def test_a_rule_gives_alerts(tmp_path: Path) -> None:
    script, events = tmp_path / "rule.py", tmp_path / "events.jsonl"
    script.write_text(compile_rule(RULES / "aws/aws_ecr_image_scan_findings.yaml", "python").text, encoding="utf-8")
    events.write_text(json.dumps(EVENT) + "\n", encoding="utf-8")
    command = [sys.executable, "-I", str(script), f"AWSCloudTrail={events}", "--now", "2024-03-10T12:00:00Z"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    alert = json.loads(done.stdout)
    assert alert["title"] == "AWS ECR image scan findings with high or critical Vulnerabilities in api"
    assert alert["entities"] == [
        {"type": "Account", "Name": "bob", "UPNSuffix": "corp.example", "CloudAppAccountId": "111122223333"},
        {"type": "IP", "Address": "198.51.100.7"},
    ]
    assert alert["custom_details"] == {"Repository": ["api"], "ImageDigest": ["sha256:1"], "HighFindings": [1]}
    assert alert["window"] == {"start": "2024-03-09T12:00:00.0000000Z", "end": "2024-03-10T12:00:00.0000000Z"}


def test_rows_outside_the_window_raise_nothing() -> None:
    module: dict[str, object] = {"__name__": "rule"}
    exec(compile_rule(RULES / "aws/aws_ecr_image_scan_findings.yaml", "python").text, module)
    rows = module["detect"]({"AWSCloudTrail": [EVENT]}, now="2024-03-12T00:00:00Z")  # type: ignore[operator]
    assert module["alerts"](rows) == []  # type: ignore[operator]


def test_columns_of_an_open_result_are_known_after_the_run() -> None:
    module = module_of("datatable(d:dynamic)[dynamic({'b': 1, 'a': 'x'})] | evaluate bag_unpack(d)")
    assert module["detect"]({}) == [{"a": "x", "b": 1}]
    assert module["COLUMNS"] == (("a", "string"), ("b", "long"))
