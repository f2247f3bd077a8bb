"""The documented examples of Splunk's functions and commands."""

import json
from pathlib import Path

import pytest

from tests.spl.cases import run_case

FILE = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "spl_docs_cases.jsonl"
CASES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()] if FILE.exists() else []


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_documented_example(case: dict[str, object]) -> None:
    verdict = run_case(case)
    assert verdict.kind == "right", verdict
