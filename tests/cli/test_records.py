"""Reading data files: every layout, malformed records counted, and values to carriers."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from rulec.errors import CompileError
from rulec.fields import ColumnMap
from rulec.ir.rels import ColumnDef
from rulec.running.records import Reader, data_files
from rulec.running.shape import BadValue, _by_map, converter, is_sentinel_shaped, timespan_ticks
from rulec.running.tables import open_data, rows_of
from rulec.scalars import UNIX_EPOCH_TICKS, ScalarType

RECORDS = [{"a": 1}, {"a": 2, "b": {"c": "x"}}]
#: Without the clock's time in its head: test workers compare the names of their tests.
PACKED = gzip.compress(json.dumps({"Records": RECORDS}).encode(), mtime=0)


def write(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("trail.json", json.dumps({"Records": RECORDS}).encode()),
        ("pretty.json", json.dumps({"Records": RECORDS}, indent=2).encode()),
        ("array.json", json.dumps(RECORDS, indent=1).encode()),
        ("lines.jsonl", b"\n".join(json.dumps(r).encode() for r in RECORDS)),
        ("bom.jsonl", b"\xef\xbb\xbf" + b"\n\n".join(json.dumps(r).encode() for r in RECORDS)),
        ("packed.json.gz", PACKED),
        ("packed_without_suffix.json", PACKED),
        ("documents.json", "\n".join(json.dumps(r, indent=2) for r in RECORDS).encode()),
    ],
)
def test_every_layout_gives_the_records(tmp_path: Path, name: str, data: bytes) -> None:
    reader = Reader()
    assert list(reader.records(write(tmp_path, name, data))) == RECORDS
    assert (reader.tallies[0].records, reader.tallies[0].malformed) == (2, 0)


def test_malformed_lines_are_counted_with_the_first_ones_place(tmp_path: Path) -> None:
    reader = Reader()
    path = write(tmp_path, "l.jsonl", b'{"a": 1}\n{"a": \n3\n{"a": 2, "b": {"c": "x"}}\n')
    assert list(reader.records(path)) == RECORDS
    finding = reader.tallies[0].finding()
    assert finding is not None and (finding.code, finding.begin.line) == ("RC602", 2)
    assert "2 malformed records were skipped, 2 read" in finding.message


def test_csv_rows_are_records_and_ragged_ones_are_malformed(tmp_path: Path) -> None:
    reader = Reader()
    assert list(reader.records(write(tmp_path, "t.csv", b'a,b\n1,"x,\ny"\n1\n'))) == [{"a": "1", "b": "x,\ny"}]
    assert reader.tallies[0].malformed == 1


def test_a_value_of_another_type_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv", b"TimeGenerated,EventID\n2024-03-10T00:00:00Z,1\n2024-03-10T00:00:00Z\n2024-03-10T00:00:00Z,x\n")
    columns = [ColumnDef("EventID", ScalarType.INT, True)]
    rows = rows_of(open_data("T", [path], ""), columns, {}, lambda *_: None)
    assert [row["EventID"] for row in rows] == [1]
    assert rows.findings()[0].begin.line == 3 and "2 malformed" in rows.findings()[0].message
    other = write(tmp_path, "u.csv", b"TimeGenerated,EventID\n2024-03-10T00:00:00Z,x\n2024-03-10T00:00:00Z,1\n")
    rows = rows_of(open_data("T", [other], ""), columns, {}, lambda *_: None)
    assert len(list(rows)) == 1 and rows.findings()[0].begin.line == 2


def test_data_of_another_table_are_told(tmp_path: Path) -> None:
    path = write(tmp_path, "t.jsonl", b'{"TimeGenerated": "2024-03-10", "a": 1}\n')
    rows = rows_of(open_data("T", [path], ""), [ColumnDef("Missing", ScalarType.STRING, False)], {}, lambda *_: None)
    assert len(list(rows)) == 1
    assert [(f.code, f.severity.value) for f in rows.findings()] == [("RC605", "warning")]


def test_a_broken_gzip_and_a_missing_file_are_findings(tmp_path: Path) -> None:
    with pytest.raises(CompileError, match="RC601"):
        list(Reader().records(write(tmp_path, "x.json.gz", gzip.compress(b'{"a": 1}\n' * 1000)[:-20])))
    with pytest.raises(CompileError, match="RC601"):
        data_files(str(tmp_path / "absent"))


def test_a_folder_gives_its_data_files(tmp_path: Path) -> None:
    for name in ("b.json.gz", "a.jsonl", "README.md"):
        (tmp_path / name).touch()
    assert [Path(p).name for p in data_files(str(tmp_path))] == ["a.jsonl", "b.json.gz"]


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        (ScalarType.STRING, None, ""),
        (ScalarType.STRING, True, "true"),
        (ScalarType.STRING, {"a": ["é", 1]}, '{"a":["é",1]}'),
        (ScalarType.STRING, 7, "7"),
        (ScalarType.LONG, "12", 12),
        (ScalarType.LONG, "", None),
        (ScalarType.INT, 3.0, 3),
        (ScalarType.BOOL, "False", False),
        (ScalarType.REAL, 1, 1.0),
        (ScalarType.DATETIME, "1970-01-01T00:00:01Z", UNIX_EPOCH_TICKS + 10_000_000),
        (ScalarType.DYNAMIC, '{"a": 1}', {"a": 1}),
        (ScalarType.DYNAMIC, "plain", "plain"),
        (ScalarType.DYNAMIC, [1], [1]),
        (ScalarType.GUID, "82B8BE2D-DFA7-4BD1-8F63-24AD26D31449", "82b8be2d-dfa7-4bd1-8f63-24ad26d31449"),
        (ScalarType.TIMESPAN, "1.02:03:04.5", 937_845_000_000),
    ],
)
def test_values_become_carriers(type_: ScalarType, value: object, expected: object) -> None:
    assert converter(type_, "c")(value) == expected


MISFITS = [(ScalarType.LONG, "x"), (ScalarType.LONG, 1.5), (ScalarType.DATETIME, "soon"), (ScalarType.BOOL, "maybe")]


@pytest.mark.parametrize(("type_", "value"), MISFITS)
def test_a_value_of_another_type_is_a_bad_value(type_: ScalarType, value: object) -> None:
    with pytest.raises(BadValue, match="the column c is"):
        converter(type_, "c")(value)


def test_negative_timespans() -> None:
    assert timespan_ticks("-00:00:01") == -10_000_000


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("u", "name"), "x"),
        (("u", "missing"), ""),
        (("r", "0", "arn"), "y"),
        (("r", "5", "arn"), ""),
        (("t", "k"), "z"),
        (("dotted", "key"), "d"),
    ],
)
def test_a_map_reads_paths_indexes_json_text_and_dotted_keys(path: tuple[str, ...], expected: str) -> None:
    record = {"u": {"name": "x"}, "r": [{"arn": "y"}], "t": '{"k": "z"}', "dotted.key": "d"}
    assert _by_map(ColumnDef("c", ScalarType.STRING, False), ColumnMap(path))(record) == expected


def test_sentinel_shape_is_seen_from_the_time_column() -> None:
    assert is_sentinel_shaped({"TimeGenerated": "x"}) and not is_sentinel_shaped({"eventTime": "x"})
