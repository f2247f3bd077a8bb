"""What YAML, editors and downloads do to a file: each has its own code and the place to look at."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from rulec.rule.load import load, load_text
from rulec.rule.text import MAX_BYTES
from tests.rule.cases import DATA, codes, edited

HAZARDS = {
    "alias_of_itself.yaml": ("RC109", 2, 6),
    "arm.json": ("RC113", 3, 2),
    "bare_text.yaml": ("RC112", 1, 1),
    "billion_laughs.yaml": ("RC109", 4, 4),
    "colon_in_text.yaml": ("RC101", 1, 11),
    "duplicate_key.yaml": ("RC108", 4, 1),
    "empty.yaml": ("RC111", 1, 1),
    "escape.yaml": ("RC105", 2, 8),
    "half_indented_query.yaml": ("RC106", 4, 1),
    "indented_blank_line.yaml": ("RC106", 3, 1),
    "latin1.yaml": ("RC104", 2, 10),
    "list.yaml": ("RC112", 1, 1),
    "nul.yaml": ("RC105", 2, 8),
    "only_comment.yaml": ("RC111", 1, 1),
    "python_tag.yaml": ("RC101", 1, 7),
    "rule_test.yaml": ("RC113", 2, 1),
    "sigma.yaml": ("RC113", 3, 1),
    "tab.yaml": ("RC107", 3, 1),
    "tab_in_query.yaml": ("RC107", 3, 1),
    "terraform.yaml": ("RC113", 2, 1),
    "two_documents.yaml": ("RC110", 3, 1),
    "unindented_comment.yaml": ("RC106", 3, 1),
    "unindented_query.yaml": ("RC106", 3, 1),
    "unquoted_placeholder.yaml": ("RC122", 3, 28),
    "utf16.yaml": ("RC104", 1, 1),
}


def test_every_hazard_file_has_an_expectation() -> None:
    assert {path.name for path in (DATA / "hazards").iterdir()} == set(HAZARDS)


@pytest.mark.parametrize("name", HAZARDS)
def test_a_hazard_is_one_finding_at_its_place(name: str) -> None:
    result = load(DATA / "hazards" / name)
    assert result.rule is None
    assert [(d.code, d.begin.line, d.begin.column) for d in result.diagnostics] == [HAZARDS[name]]


def test_an_unquoted_version_is_read_as_a_number() -> None:
    result = edited("version: 1.0.3", "version: 1.0")
    assert codes(result) == ["RC114", "RC125"]
    assert result.diagnostics[0].hint == 'quote it: "1.0"'
    assert result.rule is not None
    assert codes(edited("version: 1.0.3", "version: 1.0", profile="microsoft")) == ["RC114", "RC125"]
    assert edited("version: 1.0.3", "version: 1.0", profile="microsoft").rule is None


def test_a_severity_of_no_is_named_as_the_boolean_it_is() -> None:
    result = edited("severity: High", "severity: no")
    assert codes(result) == ["RC114", "RC123"]
    assert "boolean" in result.diagnostics[0].message
    assert result.rule is None


def test_a_clock_time_stays_text_and_is_no_base_sixty_number() -> None:
    result = edited("queryPeriod: 14d", "queryPeriod: 05:00:00")
    assert result.rule is not None
    assert result.rule.query_period == 5 * 3600 * 10_000_000


@pytest.mark.parametrize("character", ["\u00a0", "\u200b", "\ufeff"])
def test_an_invisible_character_in_the_query_is_a_warning_with_its_place(character: str) -> None:
    result = edited('| where EventName == "ConsoleLogin"', f'| where{character}EventName == "ConsoleLogin"')
    assert [(d.code, d.begin.column, d.end.column) for d in result.diagnostics] == [("RC160", 10, 11)]
    assert result.rule is not None


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    started = time.process_time()
    assert codes(load(path)) == ["RC103"]
    assert time.process_time() - started < 1
    assert codes(load_text("x" * (MAX_BYTES + 1))) == ["RC103"]


@pytest.mark.parametrize("unit", ["[", "{a: ", "- ", "? ", "&a ", "a: \n ", "'", '"', "\n", "%", ":", "!a ", "*a "])
def test_ten_thousand_repetitions_neither_recurse_nor_take_long(unit: str) -> None:
    started = time.process_time()
    assert load_text("a: " + unit * 10_000).rule is None
    assert time.process_time() - started < 2


def test_a_nest_of_mappings_ten_thousand_deep_does_not_recurse() -> None:
    text = "\n".join(" " * min(depth, 900) + f"k{depth}:" for depth in range(1000))
    limit = sys.getrecursionlimit()
    assert codes(load_text(text)) == ["RC109"]
    assert codes(load_text("a: " + "[" * 10_000 + "]" * 10_000)) == ["RC109"]
    assert sys.getrecursionlimit() == limit


def test_a_file_of_mistakes_gives_a_bounded_number_of_findings_in_bounded_time() -> None:
    text = "query: T\n" + "\n".join(f"querry{n}: 1" for n in range(2000))
    started = time.process_time()
    assert len(load_text(text).diagnostics) <= 101
    assert time.process_time() - started < 2
