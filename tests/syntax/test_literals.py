"""The values of literals, one case a row of `literals.yaml`."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rulec.scalars import ScalarType
from rulec.source import Source
from rulec.syntax.nodes import ExpressionStatement, Literal, Pipeline, Print
from rulec.syntax.parser import parse, parse_or_raise

CASES = yaml.safe_load((Path(__file__).parent / "literals.yaml").read_text(encoding="utf-8"))


def printed(text: str) -> object:
    statement = parse_or_raise(Source.of_text(f"print {text}")).statements[0]
    assert isinstance(statement, ExpressionStatement)
    assert isinstance(statement.value, Pipeline)
    assert isinstance(statement.value.source, Print)
    return statement.value.source.columns[0].value


@pytest.mark.parametrize(("text", "of", "value"), CASES, ids=[repr(c[0]) for c in CASES])
def test_literal_has_the_type_and_value_of_its_form(text: str, of: str, value: object) -> None:
    node = printed(text)
    assert isinstance(node, Literal)
    assert (node.type, node.value) == (ScalarType(of), value)
    assert type(node.value) is type(value)
    assert node.span.text == text


def test_nan_is_a_real_that_differs_from_itself() -> None:
    node = printed("real(nan)")
    assert isinstance(node, Literal)
    assert node.value != node.value


def test_decimal_keeps_every_digit() -> None:
    node = printed("decimal(0.10000000000000000000000001)")
    assert isinstance(node, Literal)
    assert str(node.value) == "1.0000000000000000000000001E-1" or str(node.value) == "0.10000000000000000000000001"


@pytest.mark.parametrize("text", ["100ns", "1us", "5d5", "1mo"])
def test_unknown_unit_makes_a_name_not_a_timespan(text: str) -> None:
    assert not isinstance(printed(text), Literal)


@pytest.mark.parametrize("text", ["datetime (2020-01-01)", "1..2", ".5", "int(1.5)", "bool(maybe)", "dynamic({a: 1})", "dynamic([1,])"])
def test_what_is_no_literal_is_refused(text: str) -> None:
    assert parse(Source.of_text(f"print {text}")).program is None
