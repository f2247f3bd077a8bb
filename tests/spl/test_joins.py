"""Joins of two streaming searches (no subsearch) give what the same joins of constant tables give."""

import pytest

from rulec.api import Request, compile_query
from rulec.bind.environment import Environment
from rulec.ir.rels import ColumnDef
from rulec.map_choice import MapChoice
from rulec.pipeline import Settings
from rulec.scalars import ScalarType
from tests.spl import decode
from tests.spl.engine import run

TABLES = {
    "Left": (("k", "long"), ("s", "string"), ("n", "long")),
    "Right": (("k", "long"), ("s", "string"), ("r", "string")),
}
ROWS: dict[str, list[tuple[object, ...]]] = {
    "Left": [(1, "a", 10), (1, "a", 10), (2, "b", None), (None, "n", 5), (4, "007", 1)],
    "Right": [(1, "x", 'p"q'), (1, "x", 'p"q'), (2, "y", ""), (None, "m", "z"), (5, "w", "7")],
}
KINDS = ["innerunique", "inner", "leftouter", "rightouter", "fullouter", "leftsemi", "rightsemi", "leftanti", "rightanti"]


def _literal(value: object, type_: str) -> str:
    if value is None:
        return f"{type_}(null)"
    return '"' + str(value).replace('"', '\\"') + '"' if type_ == "string" else str(value)


def _datatable(name: str) -> str:
    columns = TABLES[name]
    cells = ", ".join(_literal(v, t) for row in ROWS[name] for v, (_, t) in zip(row, columns, strict=True))
    return f"datatable({', '.join(f'{c}:{t}' for c, t in columns)})[{cells}]"


def _answer(kql: str, constant: bool) -> tuple[str, list[str]]:
    tables = {name: tuple(ColumnDef(c, ScalarType(t), t != "string") for c, t in columns) for name, columns in TABLES.items()}
    if constant:
        kql = f"let Left = {_datatable('Left')}; let Right = {_datatable('Right')}; {kql}"
        tables = {}
    settings = Settings(Environment(tables=tables, builtin_tables=False))
    compiled = compile_query(kql, "splunk", request=Request(settings, maps=MapChoice("sentinel")))
    events = {name: [dict(zip([c for c, _ in TABLES[name]], row, strict=True)) for row in rows] for name, rows in ROWS.items()}
    rows = run(compiled.text, events)
    columns = [(c.name, c.type.value) for c in compiled.columns]
    return compiled.text, sorted(repr(r) for r in decode.decode(rows, columns))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("keys", ["k", "k, s"])
def test_one_search_and_subsearch_agree(kind: str, keys: str) -> None:
    kql = f"Left | join kind={kind} (Right) on {keys}"
    text, paired = _answer(kql, constant=False)
    _, expected = _answer(kql, constant=True)
    if kind == "innerunique":
        assert len(paired) == len(expected)
    else:
        assert paired == expected
    assert ("multisearch" in text) == (kind != "fullouter")


def test_a_subsearch_that_may_lose_rows_is_announced() -> None:
    tables = {n: tuple(ColumnDef(c, ScalarType(t), t != "string") for c, t in cols) for n, cols in TABLES.items()}
    request = Request(Settings(Environment(tables=tables, builtin_tables=False)), maps=MapChoice("sentinel"))
    compiled = compile_query("Left | join kind=inner (Right | summarize count() by k) on k", "splunk", request=request)
    assert [w.code for w in compiled.warnings] == ["RC501"]
    assert "50,000" in compiled.text.splitlines()[1]
