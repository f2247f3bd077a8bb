"""Watchlists and `externaldata` give the same rows on Python, on DuckDB, and as rows of Athena's query."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from rulec.api import Request, compile_query
from rulec.backend import TargetOptions
from rulec.bind.environment import Environment
from rulec.ir.rels import ColumnDef
from rulec.pipeline import Settings
from rulec.scalars import ScalarType
from tests.sql import duck

KNOWN = tuple(ColumnDef(name, ScalarType.STRING, False) for name in ("Name", "Count", "More"))
CASES = [
    ("_GetWatchlist('list') | project Name, Count", [("a", "1"), ("b,c", "0x10"), ("d", "")]),
    ("_GetWatchlist('list') | project SearchKey, LastUpdatedTimeUTC, Name | take 1", [("", None, "a")]),
    (
        'externaldata(A:string, B:long)["https://x.test/list.csv"] with (format="csv", ignoreFirstRecord=true)',
        [("a", 1), ("b,c", 16), ("d", None)],
    ),
    ('externaldata(A:string)["https://x.test/list.csv"] with (format="csv")', [("Name",), ("a",), ("b,c",), ("d",)]),
]


def compiled(kql: str, target: str, tmp_path: Path) -> str:
    """The query's text, with one file for both sources."""
    path = tmp_path / "list.csv"
    path.write_text('Name,Count,More\na,1,x\n"b,c",0x10,"two\nlines"\nd\n')
    externals = {"list": str(path), "https://x.test/list.csv": str(path)}
    request = Request(settings=Settings(environment=Environment(watchlists={"list": KNOWN})), options=TargetOptions(externals=externals))
    return compile_query(kql, target, now=duck.NOW, request=request).text


@pytest.mark.parametrize(("kql", "expected"), CASES)
def test_duckdb_reads_the_file(kql: str, expected: list[object], tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        assert connection.execute(compiled(kql, "duckdb", tmp_path)).fetchall() == expected


@pytest.mark.parametrize(("kql", "expected"), CASES)
def test_python_reads_the_file(kql: str, expected: list[object], tmp_path: Path) -> None:
    module: dict[str, object] = {"__name__": "detection"}
    exec(compile(compiled(kql, "python", tmp_path), "<detection>", "exec"), module)
    rows = module["detect"]({}, now="2026-06-01")  # type: ignore[operator]
    assert [tuple(row.values()) for row in rows] == expected


def test_athena_holds_the_rows(tmp_path: Path) -> None:
    assert "VALUES ('a', '1', 'x'), ('b,c', '0x10', 'two\nlines'), ('d', '', '')" in compiled(
        'externaldata(A:string, B:string, C:string)["https://x.test/list.csv"] with (ignoreFirstRecord=true)', "athena", tmp_path
    )


@pytest.mark.parametrize(("target", "name"), [("duckdb", "top_1m.csv"), ("athena", "top_1m"), ("splunk", "top_1m.csv")])
def test_external_data_without_a_file_has_the_name_of_its_address(target: str, name: str) -> None:
    kql = 'externaldata(A:string)["https://x.test/feeds/top-1m.csv.zip?v=1"] with (format="csv")'
    compiled = compile_query(kql, target, now=duck.NOW)
    assert name in compiled.text
    assert [d.code for d in compiled.warnings] == ["RC509"]
