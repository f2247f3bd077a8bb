"""The forms of the Athena target: CloudFormation is clean under cfn-lint, and Trino takes what stands in each. No server is needed but
for the DDL's types."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from rulec.api import Compiled, Request, compile_query, compile_rule
from rulec.backend import TargetOptions
from rulec.errors import CompileError
from rulec.fields import builtin_map
from rulec_backends.athena.words import ALLOWED
from tests.rules.samples import Sample
from tests.trino.test_rules import CLOUDTRAIL

SCHEDULED: Final = [s for s in CLOUDTRAIL if s.name != "aws/root_activity"]


def compiled(sample: Sample, form: str) -> Compiled:
    request = Request(options=replace(TargetOptions(), format=form))
    return compile_rule(sample.path, "athena", request)


def test_the_query_comes_with_its_metadata() -> None:
    query, meta = compiled(CLOUDTRAIL[0], "").artifacts
    assert (query.suffix, meta.suffix) == (".sql", ".meta.json")
    found = json.loads(meta.text)
    assert found["parameters"] == ["window_start", "window_end"]
    assert query.text.count("CAST(? AS TIMESTAMP(3))") == len(found["parameters"])
    assert query.text.startswith(f"-- {found['name']}\n-- rule {found['id']}")


@pytest.mark.parametrize("sample", SCHEDULED, ids=lambda s: s.name)
def test_the_template_is_clean_under_cfn_lint(sample: Sample, tmp_path: Path) -> None:
    api = pytest.importorskip("cfnlint.api")
    (template,) = compiled(sample, "cloudformation").artifacts
    found = api.lint_all(template.text)
    assert [f"{m.rule.id} {m.message}" for m in found if not m.rule.id.startswith("I")] == []


def test_the_template_carries_query_schedule_and_threshold() -> None:
    sample = next(s for s in CLOUDTRAIL if s.name == "aws/many_denied_calls")
    (template,) = compiled(sample, "cloudformation").artifacts
    resources: dict[str, Any] = json.loads(template.text)["Resources"]
    query = compiled(sample, "sql").text
    assert resources["Statement"]["Properties"]["QueryStatement"] == query
    assert resources["Schedule"]["Properties"]["ScheduleExpression"] == "rate(1 hour)"
    states = resources["Machine"]["Properties"]["Definition"]["States"]
    assert states["Decide"]["Choices"][0]["Condition"] == "{% $rows > 0 %}"
    assert str(24 * 3600 * 1000) in states["Window"]["Assign"]["window_start"]
    assert states["Execute"]["Arguments"]["QueryString"].count("$window_") == 2


def test_a_query_without_a_schedule_has_no_template() -> None:
    with pytest.raises(CompileError) as caught:
        compile_query("print x = 1", "athena", request=Request(options=TargetOptions(format="cloudformation")))
    assert caught.value.diagnostics[0].code == "RC403"


@pytest.mark.parametrize("sample", CLOUDTRAIL, ids=lambda s: s.name)
def test_the_ddl_has_the_published_columns(sample: Sample) -> None:
    (ddl,) = compiled(sample, "ddl").artifacts
    table = builtin_map("AWSCloudTrail", "athena")
    assert ddl.text.startswith(f"CREATE EXTERNAL TABLE IF NOT EXISTS {table.physical} (")  # type: ignore[union-attr]
    for column, kind in table.ddl.items():  # type: ignore[union-attr]
        assert f"  `{column}` {kind}" in ddl.text
    assert "PARTITIONED BY (`timestamp` string)" in ddl.text
    assert "'projection.timestamp.format' = 'yyyy/MM/dd'" in ddl.text


@pytest.mark.parametrize("sample", CLOUDTRAIL, ids=lambda s: s.name)
def test_only_listed_functions_are_called(sample: Sample) -> None:
    text = re.sub(r"--[^\n]*|'(?:[^']|'')*'", "", compiled(sample, "sql").text)
    words = {w.lower() for w in re.findall(r"\b([a-z_0-9]+)\(", text)}
    assert words - ALLOWED - {"try", "data"} - set(re.findall(r"\b(u\d+)\(", text)) <= {"varchar", "timestamp", "decimal", "array", "row"}
