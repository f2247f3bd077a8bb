"""What is written loads: Python takes 20 loops inside each other, and expressions so deep."""

from __future__ import annotations

import pytest

from rulec.api import compile_query
from rulec.errors import CompileError

TABLE = "datatable(x:long, d:dynamic)[1, dynamic([1])]"
STAGES = {
    "join": lambda n: f" | join kind=inner ({TABLE}) on x",
    "mv-expand": lambda n: f" | mv-expand x{n} = d",
    "mv-apply": lambda n: f" | mv-apply x{n} = d on (where x{n} != 2)",
    "union": lambda n: f" | union ({TABLE})",
    "summarize": lambda n: " | summarize d = take_any(d) by x",
}


@pytest.mark.parametrize("count", [5, 17, 40])
@pytest.mark.parametrize("stage", STAGES)
def test_chains(stage: str, count: int) -> None:
    query = TABLE + "".join(STAGES[stage](n) for n in range(count)) + " | count"
    try:
        text = compile_query(query, "python").text
    except CompileError as error:
        assert [d.code for d in error.diagnostics] == ["RC403"]
        assert count > 17
        return
    compile(text, stage, "exec")


@pytest.mark.parametrize("count", [10, 3000])
def test_branches(count: int) -> None:
    query = f"{TABLE} | extend y = case({''.join(f'x == {n}, {n}, ' for n in range(count))}0)"
    if count == 10:
        compile(compile_query(query, "python").text, "case", "exec")
        return
    with pytest.raises(CompileError, match="RC403"):
        compile_query(query, "python")
