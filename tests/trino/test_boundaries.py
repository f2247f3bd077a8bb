"""No value makes a query fail: every numeric, conversion and text function over a table of boundary values, and the same answers as
Python's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pytest

from rulec.errors import CompileError
from tests.boundaries import AGGREGATES, CASES, GROUPS, SAME_ANSWERS, plain, query
from tests.conformance.engines import _compile, _python, _sql_answer
from tests.trino.client import Client

pytestmark = pytest.mark.trino

#: Where the two differ, and why that stands.
KNOWN: Final = {
    "real bin(x, y)": "where the quotient leaves the reals Trino gives NaN and Python the infinity",
    "long avg(x)": "sums of longs beyond 2^53 are doubles in Trino",
    "string parse_json(x)": "an integer beyond 64 bits keeps its digits in Trino's JSON",
    "real make_set(x)": "-0.0 and 0.0 are two JSON values in Trino",
}


def answers(client: Client, kql: str) -> tuple[list[Any], list[Any]] | None:
    """Trino's rows and Python's; None when Athena refuses the query, which is no error."""
    _, wanted = _python()(kql)
    try:
        columns, text = _compile(kql, "athena", {"times": "ticks"})
    except CompileError:
        return None
    answer = client.run(text)
    _, got = _sql_answer(columns, answer.names, answer.rows)
    shown = [sorted(repr([plain(v, t) for v, (_, t) in zip(row, columns, strict=True)]) for row in rows or ()) for rows in (got, wanted)]
    return shown[0], shown[1]


def _cases(texts: Sequence[tuple[str, str]]) -> list[Any]:
    """Parameters; a known difference must stay one."""
    marks = {name: pytest.mark.xfail(reason=reason, strict=True) for name, reason in KNOWN.items()}
    return [pytest.param(k, e, id=f"{k} {e}", marks=[marks[f"{k} {e}"]] if f"{k} {e}" in KNOWN else []) for k, e in texts]


@pytest.mark.parametrize(("kind", "expression"), _cases(CASES))
def test_no_value_makes_the_query_fail(kind: str, expression: str, client: Client) -> None:
    found = answers(client, query(kind, expression))
    if found is None:
        pytest.skip("refused")
    got, wanted = found
    assert got == wanted, [pair for pair in zip(got, wanted, strict=False) if pair[0] != pair[1]][:5]


@pytest.mark.parametrize(("kind", "aggregate"), _cases([(k, a.strip()) for k in ("long", "real") for a in AGGREGATES.split(";")]))
def test_no_value_makes_an_aggregate_fail(kind: str, aggregate: str, client: Client) -> None:
    values = GROUPS[kind][1]
    cells = ", ".join(f"{x}, {place}" for place, x in enumerate(values))
    kql = f"datatable(x:{kind}, y:long)[{cells}] | sort by y asc | summarize {aggregate}"
    found = answers(client, kql)
    if found is None:
        pytest.skip("refused")
    assert found[0] == found[1]


@pytest.mark.parametrize("kql", SAME_ANSWERS)
def test_answers_are_those_of_python(kql: str, client: Client) -> None:
    found = answers(client, kql)
    assert found is not None
    assert found[0] == found[1]
