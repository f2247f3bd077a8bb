"""Random values: refused where a search would draw one more than once."""

from __future__ import annotations

import pytest

from rulec.api import compile_query
from rulec.errors import CompileError

ROWS = "datatable(x:long, y:long)[1, 2]"
TWICE = [
    "extend b = rand() > 0.5 or y > 1",
    "where rand() between (0.2 .. 0.5)",
    "extend b = iff(rand() > 0.5, 1, 0)",
]


@pytest.mark.parametrize("stage", TWICE)
def test_an_expression_that_reads_it_twice(stage: str) -> None:
    with pytest.raises(CompileError, match="RC402"):
        compile_query(f"{ROWS} | {stage}", "splunk")


def test_materialized_rows_that_are_read_twice() -> None:
    query = f"let T = materialize({ROWS} | extend r = rand()); T | join kind=inner T on x"
    with pytest.raises(CompileError, match="materialize"):
        compile_query(query, "splunk")


@pytest.mark.parametrize("stage", ["extend r = rand()", "where rand() < 0.1", "extend r = 2 * rand() + 1", "extend g = new_guid()"])
def test_what_is_read_once(stage: str) -> None:
    assert "random()" in compile_query(f"{ROWS} | {stage}", "splunk").text
