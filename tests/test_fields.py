"""Field maps that a user gives: what a bad one is told, and that none takes long."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from rulec.api import Request, compile_query
from rulec.bind.environment import Environment
from rulec.errors import CompileError
from rulec.fields import TableMap, builtin_tables, load_map
from rulec.ir.rels import ColumnDef
from rulec.map_choice import MapChoice
from rulec.pipeline import Settings
from rulec.scalars import ScalarType

MAP = """\
table: Demo
targets: {splunk: {search: SEARCH}}
columns:
  TimeGenerated: {type: datetime, splunk: _time}
  EventID: {type: long, splunk: EventCode}
"""


TABLE = tuple(ColumnDef(n, ScalarType.LONG, True) for n in ("EventID", "A", "B", "C", *(f"C{n}" for n in range(9))))
SETTINGS = Settings(Environment(tables={"Demo": TABLE}, builtin_tables=False))


def refused(path: Path, text: str, target: str = "splunk", kql: str = "") -> list[tuple[str, int]]:
    """The codes and lines of what is wrong with a map, and with it for a query."""
    path.write_text(text, "utf-8")
    started = time.process_time()
    with pytest.raises(CompileError) as caught:
        load_map(str(path), target)
        compile_query(kql, target, request=Request(SETTINGS, maps=MapChoice("", (str(path),))))
    assert time.process_time() - started < 5
    return [(d.code, d.begin.line) for d in caught.value.diagnostics]


@pytest.mark.parametrize("terms", ["index=x | delete", "[search x]", "`macro`", "a$b$", '"a\\nb"', '"a\\n"', '"a\\r"', '""'])
def test_search_terms_hold_no_commands(tmp_path: Path, terms: str) -> None:
    quoted = terms if terms.startswith('"') else f"'{terms}'"
    assert refused(tmp_path / "m.yaml", MAP.replace("SEARCH", quoted)) == [("RC703", 2)]
    assert refused(tmp_path / "m.yaml", MAP.replace("{search: SEARCH}", f"{{table: {quoted}}}")) == [("RC703", 2)]


def test_search_terms_of_all_other_kinds_stand(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(MAP.replace("SEARCH", "'(source=\"Xml:*\" OR index=win) host!=a\\b'"), "utf-8")
    table = load_map(str(file), "splunk")["Demo"]
    assert isinstance(table, TableMap) and table.base_search == '(source="Xml:*" OR index=win) host!=a\\b'


@pytest.mark.parametrize("table", sorted(set(builtin_tables().values())))
def test_the_maps_that_come_with_rulec_load_as_a_users(table: str) -> None:
    import rulec

    assert rulec.__file__ is not None
    assert load_map(str(Path(rulec.__file__).with_name("maps") / table), "splunk")


def test_aliases_do_not_blow_up(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
    assert [code for code, _ in refused(tmp_path / "m.yaml", "\n".join(lines))] == ["RC703"]


@pytest.mark.parametrize(("text", "line"), [("a: b: c", 1), ("x: 1\nx: 2", 2), ("", 1), ("a: *b", 1), ("!t a: 1", 1)])
def test_what_is_no_map_has_its_place(tmp_path: Path, text: str, line: int) -> None:
    assert ("RC703", line) in refused(tmp_path / "m.yaml", text)


@pytest.mark.parametrize(
    "columns",
    [
        "  A: {type: long, derive: A + 1}",
        "  A: {type: long, derive: B + EventID}\n  B: {type: long, derive: A}",
        "  A: {type: long, derive: B}\n  B: {type: long, derive: C}\n  C: {type: long, derive: B}",
    ],
)
def test_columns_that_derive_from_themselves(tmp_path: Path, columns: str) -> None:
    text = MAP.replace("SEARCH", "x") + columns + "\n"
    assert [code for code, _ in refused(tmp_path / "m.yaml", text, kql="Demo | project A")] == ["RC703"]


def test_a_chain_of_derived_columns_is_resolved(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    chain = "".join(f"  C{n}: {{type: long, derive: C{n - 1} + 1}}\n" for n in range(1, 9))
    file.write_text(MAP.replace("SEARCH", "x") + "  C0: {type: long, splunk: c}\n" + chain, "utf-8")
    assert compile_query("Demo | project C8", "splunk", request=Request(SETTINGS, maps=MapChoice("", (str(file),)))).text


def test_a_family_says_where_its_columns_are_on_each_of_its_targets(tmp_path: Path) -> None:
    text = "targets: {splunk: {search: x}, athena: {table: t}}\nfamily:\n  tables: [DeviceEvents]\n  places: {splunk: '{column}'}\n"
    assert refused(tmp_path / "m.yaml", text, "athena") == [("RC703", 4)]
    assert load_map(str(tmp_path / "m.yaml"), "splunk")
