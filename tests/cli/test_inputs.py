"""Rule files, configuration, times and output paths."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

import pytest

from rulec.backend import Artifact
from rulec.driver.config import load_config
from rulec.driver.inputs import RuleFile, UsageError, find_rules, load_schema, watchlist_columns
from rulec.driver.outputs import check_folder, collisions, output_base, write_artifacts, write_atomically
from rulec.driver.times import parse_time, show_time
from rulec.errors import CompileError
from rulec.scalars import UNIX_EPOCH_TICKS


def test_a_folder_gives_its_rules_in_order_without_their_test_files(tmp_path: Path) -> None:
    for name in ("b.yaml", "a/c.yml", "a/q.kql", "b.test.yaml", "notes.txt", ".hidden/x.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    found = find_rules([str(tmp_path), str(tmp_path / "b.yaml")])
    assert [r.relative for r in found] == [PurePath("b"), PurePath("a/c"), PurePath("a/q")]


def test_a_missing_path_and_an_empty_folder_are_usage_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        find_rules([str(tmp_path / "absent.yaml")])
    with pytest.raises(UsageError, match="no rule file"):
        find_rules([str(tmp_path)])


def test_two_rules_for_one_output_are_findings_also_by_case() -> None:
    one, other, third = RuleFile("x/a.yaml", PurePath("a")), RuleFile("y/A.yml", PurePath("A")), RuleFile("b.yaml", PurePath("b"))
    found = collisions([one, other, third])
    assert {rule.path: d.code for rule, d in found.items()} == {"x/a.yaml": "RC707", "y/A.yml": "RC707"}
    assert "y/A.yml" in found[one].message and "x/a.yaml" in found[other].message


def test_an_output_folder_below_a_file_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    check_folder(str(tmp_path / "new" / "deep"))
    for folder in ("f", "f/deep"):
        with pytest.raises(UsageError, match="is no folder"):
            check_folder(str(tmp_path / folder))


def test_a_long_name_is_written(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 250}.sql"
    assert write_atomically(path, "x") == str(path)


def test_outputs_lie_below_their_target_when_there_are_several() -> None:
    rule = RuleFile("rules/aws/a.yaml", PurePath("aws/a"))
    assert output_base(rule, "out", "athena", False) == Path("out/aws/a")
    assert output_base(rule, "out", "athena", True) == Path("out/athena/aws/a")


def test_a_stem_with_dots_keeps_them(tmp_path: Path) -> None:
    assert write_artifacts(tmp_path / "v1.2", [Artifact(".sql", "x")]) == (str(tmp_path / "v1.2.sql"),)


def test_writing_replaces_the_whole_file_and_leaves_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    write_atomically(path, "one")
    before = path.stat().st_mtime_ns
    write_atomically(path, "one")
    assert path.stat().st_mtime_ns == before, "an equal file is left alone"
    write_atomically(path, "two")
    assert path.read_text() == "two" and os.listdir(tmp_path) == ["a.sql"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.sql"
    write_atomically(path, "old")

    def fail(*_: object) -> None:
        raise OSError(28, "disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(UsageError, match=r"a\.sql cannot be written: disk full"):
        write_atomically(path, "new")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.sql"]


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "rulec.toml").write_text('targets = ["athena"]\ncolumns = "all"\nmaps = ["m.yaml", "manual"]\n[target.athena]\nx = 1\n')
    (tmp_path / "below").mkdir()
    config = load_config(tmp_path / "below", {"RULEC_COLUMNS": "alert", "RULEC_JOBS": "3"})
    assert config.get("columns", None, "") == "alert" and config.get("jobs", None, 1) == 3
    assert config.get("targets", ["splunk"], ()) == ["splunk"] and config.get("targets", None, ()) == ["athena"]
    assert config.get("maps", None, ()) == [str(tmp_path / "m.yaml"), "manual"]


def test_pyproject_counts_only_with_the_tools_table(tmp_path: Path) -> None:
    (tmp_path / "rulec.toml").write_text('columns = "all"\n')
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert load_config(inner, {}).get("columns", None, "") == "all"
    (inner / "pyproject.toml").write_text("[tool.rulec]\ncolumns = 'alert'\n")
    assert load_config(inner, {}).get("columns", None, "") == "alert"


@pytest.mark.parametrize("text", ["colums = 'all'\n", "columns = 3\n", "columns = \n", "jobs = true\n"])
def test_a_bad_configuration_is_a_usage_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "rulec.toml").write_text(text)
    with pytest.raises(UsageError):
        load_config(tmp_path, {})


@pytest.mark.parametrize(
    ("file", "text", "key"),
    [
        ("rulec.toml", "functions = [1]", "functions"),
        ("rulec.toml", "watchlists = {a = 1}", "watchlists.a"),
        ("rulec.toml", "target = {athena = 1}", "target.athena"),
        ("rulec.toml", "target = {athena = {times = [1]}}", "target.athena.times"),
        ("pyproject.toml", 'tool = "x"', "tool"),
        ("pyproject.toml", "[tool]\nrulec = 3", "rulec"),
    ],
)
def test_a_value_of_another_type_is_named_by_its_key(tmp_path: Path, file: str, text: str, key: str) -> None:
    (tmp_path / file).write_text(text)
    with pytest.raises(UsageError, match=f"`{key}` is "):
        load_config(tmp_path, {})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1970-01-01", "1970-01-01T00:00:00Z"),
        ("2024-03-10T12:00:00Z", "2024-03-10T12:00:00Z"),
        ("2024-03-10 12:00", "2024-03-10T12:00:00Z"),
        ("2024-03-10T14:00:00.1234567+02:00", "2024-03-10T12:00:00.1234567Z"),
    ],
)
def test_times(text: str, shown: str) -> None:
    assert show_time(parse_time(text, "--end")) == shown


def test_the_epoch_is_the_epoch() -> None:
    assert parse_time("1970-01-01T00:00:00Z", "--end") == UNIX_EPOCH_TICKS


@pytest.mark.parametrize("text", ["yesterday", "2024-13-01", "12:00", ""])
def test_what_is_no_time_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_time(text, "--end")


def test_schemas_come_as_csv_and_json(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("table,column,type\nT_CL,a,string\nT_CL,b,long\n")
    (tmp_path / "s.json").write_text('{"T_CL": {"a": "string", "b": "long"}}')
    assert load_schema(str(tmp_path / "s.csv")) == load_schema(str(tmp_path / "s.json"))
    (tmp_path / "bad.csv").write_text("T_CL,a,varchar\n")
    with pytest.raises(CompileError, match="RC705"):
        load_schema(str(tmp_path / "bad.csv"))


def test_a_watchlist_that_is_no_csv_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("x" * 20_000_000)
    with pytest.raises(CompileError, match="RC705"):
        watchlist_columns(str(tmp_path / "w.csv"))


def test_a_watchlist_has_its_headers_columns(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("\ufeffName,IP\nx,1.1.1.1\n", "utf-8")
    assert [c.name for c in watchlist_columns(str(tmp_path / "w.csv"))] == ["Name", "IP"]
