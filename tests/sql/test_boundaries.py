"""No value makes a query fail on DuckDB, and the answers are Python's. The same table runs on Trino."""

from __future__ import annotations

from typing import Any, Final

import pytest

from rulec.errors import CompileError
from tests.boundaries import CASES, SAME_ANSWERS, plain, query
from tests.conformance.engines import _duckdb, _python

#: Where the two differ, and why that stands.
KNOWN: Final = {
    "real bin(x, y)": "where the quotient leaves the reals DuckDB gives NaN and Python the infinity",
    "string parse_json(x)": "an integer beyond 64 bits is a real in DuckDB's JSON",
    "string tostring(parse_json(x))": "an integer beyond 64 bits is a real in DuckDB's JSON",
}


def _shown(answer: Any) -> list[str]:
    columns, rows = answer
    return sorted(repr([plain(v, t) for v, (_, t) in zip(row, columns, strict=True)]) for row in rows)


def _case(kind: str, expression: str) -> Any:
    reason = KNOWN.get(f"{kind} {expression}")
    return pytest.param(
        kind, expression, id=f"{kind} {expression}", marks=[pytest.mark.xfail(reason=reason, strict=True)] if reason else []
    )


@pytest.mark.parametrize(("kind", "expression"), [_case(*c) for c in CASES])
def test_no_value_makes_the_query_fail(kind: str, expression: str) -> None:
    kql = query(kind, expression)
    try:
        got = _shown(_duckdb()(kql))
    except CompileError:
        pytest.skip("refused")
    wanted = _shown(_python()(kql))
    assert got == wanted, [pair for pair in zip(got, wanted, strict=False) if pair[0] != pair[1]][:5]


@pytest.mark.parametrize("kql", SAME_ANSWERS)
def test_answers_are_those_of_python(kql: str) -> None:
    assert _shown(_duckdb()(kql)) == _shown(_python()(kql))
