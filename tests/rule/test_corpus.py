"""The published rules of Azure-Sentinel load, and each character of their queries has its place in the file."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from pathlib import Path

import pytest

from rulec.rule.load import load
from rulec.rule.model import RuleKind

RULES = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "rules"
FILES = sorted(path for path in RULES.rglob("*.y*ml")) if RULES.is_dir() else []
pytestmark = pytest.mark.skipif(not FILES, reason=f"the corpus of published rules is not at {RULES}")


def test_all_published_rules_load() -> None:
    failed = {path.name: result.diagnostics for path in FILES if (result := load(path)).rule is None}
    assert failed == {}
    assert len(FILES) == 496


def test_their_kinds_are_known() -> None:
    kinds = Counter(rule.kind for path in FILES if (rule := load(path).rule) is not None)
    assert kinds == {RuleKind.SCHEDULED: 247, RuleKind.HUNTING: 215, RuleKind.QUERY: 34}


def test_their_blemishes_are_those_known() -> None:
    """A count that rises is a new false alarm, one that falls a check that was lost."""
    codes = Counter(diagnostic.code for path in FILES for diagnostic in load(path).diagnostics)
    known = {"RC117": 34, "RC122": 6, "RC123": 10, "RC125": 2, "RC140": 32, "RC141": 18, "RC150": 2, "RC151": 1, "RC152": 1, "RC153": 1}
    assert codes == known


def test_every_character_of_their_queries_is_where_it_is_said_to_be() -> None:
    for path in FILES:
        lines = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").split("\n")
        query = load(path).query
        assert query is not None
        for anchor in query.anchors:
            line = query.text[anchor.offset :].partition("\n")[0]
            assert lines[anchor.line - 1][anchor.column - 1 :] == line, (path, anchor)


def test_the_strict_profile_accepts_most_of_them() -> None:
    passed = sum(load(path, "microsoft").rule is not None for path in FILES)
    assert passed >= 420


def test_reading_a_rule_takes_less_than_two_milliseconds() -> None:
    times = []
    for path in FILES:
        started = time.process_time()
        load(path)
        times.append(time.process_time() - started)
    assert statistics.median(times) < 0.002
