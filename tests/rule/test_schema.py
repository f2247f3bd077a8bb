"""The schema walker agrees with the `jsonschema` package, and the schema is itself valid."""

from __future__ import annotations

import re
from functools import cache

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulec.rule.findings import Findings
from rulec.rule.model import RuleKind
from rulec.rule.schema import check_structure, load_schema
from rulec.rule.tree import Mapping, plain, read_tree
from rulec.source import Source
from tests.rule.cases import FULL
from tests.rule.test_checks import ERRORS, WARNINGS


@cache
def validator() -> jsonschema.Draft202012Validator:
    schema = dict(load_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator({**schema, "allOf": [{"$ref": "#/$defs/Scheduled"}]})


def agree(text: str) -> bool:
    """Whether the text is valid; fails when the two disagree."""
    tree = read_tree(Source.of_text(text), Findings())
    assert isinstance(tree, Mapping)
    findings = Findings()
    check_structure(tree, RuleKind.SCHEDULED, findings)
    errors = list(validator().iter_errors(plain(tree)))
    assert bool(findings.items) == bool(errors), (findings.items, errors)
    return not errors


def test_the_sample_is_valid_for_both() -> None:
    assert agree(FULL)


@pytest.mark.parametrize("claim", [*ERRORS, *WARNINGS])
def test_both_give_the_same_verdict_on_every_edit(claim: str) -> None:
    old, new, *_ = {**ERRORS, **WARNINGS}[claim]
    agree(FULL.replace(old, new))


WORDS = ["", "null", "true", "no", "3", "1.5", "-7", "''", "'3'", "x", "High", "gt", "1.0.0"]
VALUES = st.sampled_from([*WORDS, "[a, 1]", "[]", "{a: b}", "{}"])
SCALAR_LINES = [n for n, line in enumerate(FULL.split("\n")) if re.match(r" *(- )?\w+: [^|]", line)]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SCALAR_LINES), VALUES), min_size=1, max_size=3))
def test_both_give_the_same_verdict_on_any_replaced_values(edits: list[tuple[int, str]]) -> None:
    lines = FULL.split("\n")
    for number, value in edits:
        lines[number] = lines[number].partition(": ")[0] + ": " + value
    agree("\n".join(lines))
