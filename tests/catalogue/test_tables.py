"""Table schemas: the shipped ones and those of the user's files."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rulec.catalogue import tables
from rulec.catalogue.schema_files import SchemaError
from rulec.scalars import ScalarType as T
from tests.catalogue import build_tables

SCHEMAS = Path(__file__).parents[3] / "shared" / "schemas"


@pytest.mark.skipif(not SCHEMAS.exists(), reason="the shared schemas are not here")
def test_shipped_tables_are_the_shared_ones() -> None:
    shared = build_tables.read(SCHEMAS)
    assert build_tables.DATA.read_text(encoding="ascii") == build_tables.write(shared)
    common = shared.pop("*")
    assert tables.names() == tuple(sorted(shared))
    for name, columns in shared.items():
        lost = {"Name": T.STRING} if name in tables._WITH_NAME else {}
        assert not lost.keys() & columns.keys(), name
        assert dict(tables.table(name) or {}) == common | columns | lost, name


def test_a_table_has_its_own_and_the_common_columns_in_alphabetical_order() -> None:
    trail = tables.table("AWSCloudTrail")
    assert trail is not None
    assert (trail["EventName"], trail["TimeGenerated"], trail["TenantId"]) == (T.STRING, T.DATETIME, T.STRING)
    assert list(trail) == sorted(trail, key=str.lower)
    assert "Nonsense_s" not in trail


def test_names_are_case_sensitive_and_near_ones_are_found() -> None:
    assert tables.table("awscloudtrail") is None
    assert tables.nearest("awscloudtrail")[0] == "AWSCloudTrail"
    assert tables.nearest("SecurtyEvent")[0] == "SecurityEvent"
    assert tables.nearest("zzzzzzzzzzzz") == ()
    assert tables.table("*") is None
    assert tables.table("") is None


def test_open_tables_type_unknown_columns_by_their_suffix() -> None:
    for name in ("AzureDiagnostics", "NoSuchThing_CL"):
        table = tables.table(name)
        assert table is not None and tables.is_open(name)
        assert [table[f"x{suffix}"] for suffix in ("_s", "_d", "_b", "_t", "_g")] == [T.STRING, T.REAL, T.BOOL, T.DATETIME, T.GUID]
        assert "x" not in table and "TimeGenerated" in table
        assert "x_s" not in set(table)
    assert tables.is_open("AADUserInfo_CL") and tables.has_schema("AADUserInfo_CL")
    assert not tables.has_schema("NoSuchThing_CL")
    assert not tables.is_open("SecurityEvent")


def test_one_table_is_read_without_the_others() -> None:
    tables.table("SecurityEvent")
    start = time.process_time()
    for name in ("SigninLogs", "AuditLogs", "OfficeActivity", "DeviceEvents", "Syslog"):
        tables.table(name)
    assert (time.process_time() - start) / 5 < 0.01


def test_importing_the_catalogue_reads_neither_plugins_nor_tables() -> None:
    code = "import sys, rulec.catalogue; print([m for m in sys.modules if 'catalogue' in m and ('plugin' in m or 'table' in m)])"
    environment = {"PYTHONPATH": str(Path(tables.__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("My.csv", "table,column,type\nMy,a,long\nMy,b,string\n"),
        ("My.csv", "ColumnName,ColumnOrdinal,DataType,ColumnType\na,0,System.Int64,long\nb,1,System.String,string\n"),
        ("My.csv", "ColumnName,DataType\na,System.Int64\nb,System.String\n"),
        ("x.json", json.dumps({"My": {"a": "long", "b": "string"}})),
        ("x.json", json.dumps({"My": [{"name": "a", "type": "Int64"}, {"name": "b", "type": "string"}]})),
        ("My.json", json.dumps([{"ColumnName": "a", "DataType": "System.Int64"}, {"ColumnName": "b", "ColumnType": "string"}])),
        (
            "My.json",
            "\ufeff" + json.dumps([{"table": "My", "column": "a", "type": "long"}, {"table": "My", "column": "b", "type": "string"}]),
        ),
    ],
)
def test_schema_files_of_every_form(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    loaded = tables.load_schema(tmp_path / name)
    assert {table: list(columns.items()) for table, columns in loaded.items()} == {"My": [("a", T.LONG), ("b", T.STRING)]}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.csv", "x,y\n1,2\n", "a.csv: expects a header with `table,column,type` or `ColumnName,ColumnType`, found x, y"),
        ("a.csv", "column,type\na,lng\n", "a.csv: line 2: `lng` is no column type"),
        ("a.csv", "column,type\na,long\na,long\n", "a.csv: line 3: column `a` is there twice"),
        ("a.json", "[1]", "a.json: item 1: expects an object with a column's name and type"),
        ("a.json", '{"T": 1}', "a.json: table T: expects an object or a list of columns"),
        ("a.json", '{"T": {"c": 1}}', "a.json: table T, item 1: `` is no column type"),
        ("a.json", "{", "a.json: line 1: no JSON"),
    ],
)
def test_schema_files_with_mistakes_say_where(tmp_path: Path, name: str, text: str, expected: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        tables.load_schema(tmp_path / name)
    assert str(caught.value).startswith(expected)


def test_a_missing_schema_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=r"gone\.csv: cannot be read"):
        tables.load_schema(tmp_path / "gone.csv")
