"""The sample rules find in Splunk what their test files say: the events are given as Splunk and its AWS add-on extract them."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from rulec.api import compile_rule, read_rule
from rulec.scalars import TICKS_PER_SECOND
from tests.conformance.values import record
from tests.spl import decode, jsonio
from tests.spl.engine import run

RULES = Path(__file__).resolve().parents[2] / "rules"
FILES = sorted(p for p in (RULES / "aws").glob("*.yaml") if p.with_name(f"{p.stem}.test.yaml").exists())


def extracted(event: dict[str, Any]) -> dict[str, object]:
    """An event with its fields: every leaf by its path, the raw text, and the add-on's `errorCode=success`."""
    raw = json.dumps(event)
    _, parsed = jsonio.parse(raw)
    fields: dict[str, Any] = {}
    for name, value in jsonio.leaves(parsed):
        text = value if isinstance(value, str) else jsonio.dump(value)
        fields.setdefault(name, []).append(str(text))
    time = datetime.fromisoformat(event["eventTime"].replace("Z", "+00:00")).timestamp()
    fields.setdefault("errorCode", ["success"])
    return {**fields, "_raw": raw, "_time": time, "sourcetype": "aws:cloudtrail"}


def plain(value: Any) -> Any:
    """A test file's value: YAML reads times as times."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def same(found: Any, wanted: Any) -> bool:
    if isinstance(found, str) and isinstance(wanted, str):
        return bool(re.sub(r"\.0+Z\Z", "Z", found) == re.sub(r"\.0+Z\Z", "Z", wanted))
    if isinstance(found, list) and isinstance(wanted, list):
        return sorted(map(repr, found)) == sorted(map(repr, wanted))
    return bool(found == wanted)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_rule_finds_what_its_test_says(path: Path) -> None:
    test = yaml.safe_load(path.with_name(f"{path.stem}.test.yaml").read_text(encoding="utf-8"))
    if set(test["given"]) != {"AWSCloudTrail"}:
        pytest.skip("other tables than AWSCloudTrail")
    rule, _ = read_rule(path)
    compiled = compile_rule(path, "splunk")
    now = test["now"] if isinstance(test["now"], datetime) else datetime.fromisoformat(str(test["now"]).replace("Z", "+00:00"))
    end = now.timestamp()
    assert rule.query_period is not None
    start = end - rule.query_period / TICKS_PER_SECOND
    events = [e for e in map(extracted, test["given"]["AWSCloudTrail"]) if start <= float(str(e["_time"])) < end]
    columns = [(c.name, c.type.value) for c in compiled.columns]
    rows = [
        {
            name: record(value, type_) if value is not None else None
            for value, (name, type_) in zip(decode.row(r, columns), columns, strict=True)
        }
        for r in run(compiled.text, events, now=end)
    ]
    expect = test["expect"]
    if "rows" in expect:
        assert len(rows) == expect["rows"], rows
    for wanted in expect.get("contains", []):
        assert any(all(same(row.get(k), plain(v)) for k, v in wanted.items()) for row in rows), (wanted, rows)
