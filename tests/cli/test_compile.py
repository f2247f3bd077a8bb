"""`rulec compile` and `rulec check` as a user meets them, with a fake target."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path

import pytest

from rulec import registry
from rulec.cli import main

RULE = """id: 11111111-1111-4111-8111-111111111111
name: A rule
description: About something
severity: High
requiredDataConnectors: []
queryFrequency: 1h
queryPeriod: 2h
triggerOperator: gt
triggerThreshold: 0
tactics:
  - Discovery
relevantTechniques:
  - T1083
query: |
  AWSCloudTrail
  | where EventName == "x"
  | extend Who = UserIdentityArn
{more}entityMappings:
  - entityType: Account
    fieldMappings:
      - identifier: FullName
        columnName: Who
version: 1.0.0
kind: Scheduled
"""


@pytest.fixture(autouse=True)
def fake_target(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(registry.BUILTIN, "fake", "tests.cli.fake_backend:BACKEND")
    monkeypatch.setitem(registry.BUILTIN, "other", "tests.cli.fake_backend:BACKEND")
    registry._places.cache_clear()
    registry.load_backend.cache_clear()
    monkeypatch.chdir(tmp_path)
    for variable in [v for v in os.environ if v.startswith("RULEC_")]:
        monkeypatch.delenv(variable)


def rule(path: str, more: str = "") -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(RULE.replace("{more}", f"  {more}\n" if more else ""))
    return file


def test_one_rule_and_one_target_print_the_query_alone(capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml")
    assert main(["compile", "a.yaml", "--target", "fake", "--map", "sentinel"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("# columns TimeGenerated,Who;") and out.endswith("| extend Who = UserIdentityArn\n")
    assert err == ""


def test_columns_all_gives_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml")
    assert main(["compile", "a.yaml", "--target", "fake", "--map", "sentinel", "--columns", "all"]) == 0
    assert ",EventName," in capsys.readouterr().out


def test_bare_kql_comes_from_standard_input_too(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"print x = 1")))
    assert main(["compile", "-", "--target", "fake"]) == 0
    assert "columns x;" in capsys.readouterr().out


def test_a_tree_keeps_its_layout_below_each_target(capsys: pytest.CaptureFixture[str]) -> None:
    rule("rules/aws/a.yaml")
    rule("rules/b.yaml")
    Path("rules/c.kql").write_text("print 1")
    assert main(["compile", "rules", "-t", "fake", "-t", "other", "-o", "out", "--map", "sentinel"]) == 0
    written = sorted(str(p.relative_to("out")) for p in Path("out").rglob("*") if p.is_file())
    assert written == sorted(f"{t}/{s}{x}" for t in ("fake", "other") for s in ("aws/a", "b", "c") for x in (".fake", ".meta.json"))
    out, err = capsys.readouterr()
    assert out == "" and "3 rules: 3 compiled, 0 refused, 0 invalid; 12 files written" in err


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_bad_rule_never_stops_the_rest(capsys: pytest.CaptureFixture[str], jobs: str) -> None:
    rule("rules/a.yaml")
    rule("rules/b.yaml", "| extend Refuse = 1")
    rule("rules/c.yaml", "| where Nope == 1")
    rule("rules/d.yaml", "| where |")
    Path("rules/e.yaml").write_text("query: [")
    assert main(["compile", "rules", "-t", "fake", "-o", "out", "--report", "r.json", "--jobs", jobs, "--map", "sentinel"]) == 1
    report = json.loads(Path("r.json").read_text())
    assert [r["status"] for r in report["rules"]] == ["compiled", "refused", "invalid", "invalid", "invalid"]
    assert report["rules"][0]["outputs"] == ["out/a.fake", "out/a.meta.json"] and report["rules"][1]["outputs"] == []
    refused = report["rules"][1]["diagnostics"][0]
    assert (refused["code"], refused["line"], refused["column"], refused["target"]) == ("RC402", 18, 12, "fake")
    assert report["totals"]["compiled"] == 1 and report["totals"]["invalid"] == 3
    assert "rules/b.yaml:18:12: error RC402: `Refuse` is refused [fake]" in capsys.readouterr().err


def test_a_refused_rule_prints_nothing_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml", "| extend Refuse = 1")
    assert main(["compile", "a.yaml", "-t", "fake", "--map", "sentinel"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and "hint: leave it out" in err and "\x1b[" not in err


def test_a_second_target_is_written_when_the_first_refuses() -> None:
    rule("a.yaml")
    arguments = ["compile", "a.yaml", "-t", "other", "-t", "fake", "-o", "out", "--report", "r.json", "--map", "sentinel"]
    assert main([*arguments, "-O", "other.refuse=1"]) == 1
    entry = json.loads(Path("r.json").read_text())["rules"][0]
    assert (entry["status"], entry["targets"]) == ("refused", {"other": "refused", "fake": "compiled"})
    assert entry["outputs"] == ["out/fake/a.fake", "out/fake/a.meta.json"]


def test_a_bug_in_one_target_does_not_stop_the_other() -> None:
    rule("a.yaml")
    arguments = ["compile", "a.yaml", "-t", "other", "-t", "fake", "-o", "out", "--map", "sentinel"]
    assert main([*arguments, "-O", "other.crash=1"]) == 3
    assert Path("out/fake/a.fake").exists()


def test_warnings_are_exit_code_1_only_when_strict() -> None:
    rule("a.yaml", "// Beware")
    arguments = ["compile", "a.yaml", "-t", "fake", "--map", "sentinel", "-o", "out"]
    assert main(arguments) == 0
    assert main([*arguments, "--strict"]) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["compile", "absent.yaml", "-t", "fake"],
        ["compile", "a.yaml"],
        ["compile", "a.yaml", "-t", "fortran"],
        ["compile", "a.yaml", "-t", "fake", "-t", "other"],
        ["compile", "a.yaml", "-t", "fake", "-f", "quiet"],
        ["compile", "a.yaml", "-t", "fake", "--end", "tomorrow"],
        ["compile", "a.yaml", "-t", "fake", "--watchlist", "x"],
        ["compile", "a.yaml", "-t", "fake", "-o", "a.yaml"],
        ["compile", "a.yaml", "-t", "fake", "--map", "sentinal"],
        ["compile", "a.yaml", "-t", "fake", "--start", "2024-03-11", "--end", "2024-03-10"],
        ["compile", "a.yaml", "-t", "fake", "--jobs", "0"],
        ["compile", "a.yaml", "-t", "fake", "-O", "athena.nokey=1"],
        ["compile", "a.yaml", "-t", "fake", "-O", "foo.x=1"],
        ["run", "a.yaml", "--data", "AWSCloudTrail=x", "--map", "nomap"],
        ["explain", "RC999"],
        ["tables", "AWSCloudTrial"],
        ["run", "a.yaml", "--data", "AWSCloudTrail"],
    ],
)
def test_usage_errors_are_exit_code_2_with_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml")
    rule("sub/a.yml")
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("rulec: ") and err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (["--map", "sentinal"], "nearest: sentinel"),
        (["-O", "athena.databse=x"], "nearest: database"),
        (["-O", "athna.database=x"], "nearest: athena"),
    ],
)
def test_a_mistyped_word_names_the_nearest(arguments: list[str], nearest: str, capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml")
    assert main(["compile", "a.yaml", "-t", "fake", *arguments]) == 2
    assert nearest in capsys.readouterr().err


def test_a_mistyped_map_of_the_configuration_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml")
    Path("rulec.toml").write_text('maps = ["sentinal"]')
    assert main(["compile", "a.yaml", "-t", "fake"]) == 2
    assert "nearest: sentinel" in capsys.readouterr().err


def test_the_variants_of_the_own_maps_are_map_words() -> None:
    from rulec.fields import builtin_tables, map_variants
    from rulec.map_choice import MAP_WORDS, RAW, SENTINEL

    folder = files("rulec").joinpath("maps")
    variants = frozenset[str]().union(*(map_variants(str(folder / name)) for name in set(builtin_tables().values())))
    assert {SENTINEL, RAW, *variants} == set(MAP_WORDS)


def test_rules_with_one_output_name_do_not_stop_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    rule("rules/a.yaml")
    rule("rules/b.yaml")
    Path("rules/b.kql").write_text("print 1")
    assert main(["compile", "rules", "-t", "fake", "-o", "out", "--map", "sentinel", "--report", "r.json"]) == 1
    report = json.loads(Path("r.json").read_text())["rules"]
    assert [(r["path"], [d["code"] for d in r["diagnostics"]], len(r["outputs"])) for r in report] == [
        ("rules/a.yaml", [], 2),
        ("rules/b.kql", ["RC707"], 0),
        ("rules/b.yaml", ["RC707"], 0),
    ]


def test_an_output_that_cannot_be_written_is_a_finding_of_its_rule(capsys: pytest.CaptureFixture[str]) -> None:
    rule("rules/a.yaml")
    rule("rules/b.yaml")
    Path("out/a.fake").mkdir(parents=True)
    assert main(["compile", "rules", "-t", "fake", "-o", "out", "--map", "sentinel"]) == 1
    assert Path("out/b.fake").exists() and [p.name for p in Path("out").iterdir() if p.name.startswith(".")] == []
    assert "rules/a.yaml:1:1: error RC706" in capsys.readouterr().err


def test_a_bad_output_format_is_found_before_anything_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml")
    Path("rulec.toml").write_text('output-format = "jsn"')
    assert main(["compile", "a.yaml", "-t", "fake", "-o", "out"]) == 2
    assert "nearest: json" in capsys.readouterr().err and not Path("out").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("size", [1, 100_000])
def test_an_output_without_room_is_exit_code_2(root: Path, size: int) -> None:
    Path("a.kql").write_text(f"print x = '{'x' * min(size, 9_000)}'" + " //" * (size // 30))
    environment = {**os.environ, "PYTHONPATH": f"{root}/compiler:{root}/backends"}
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "rulec.cli", "compile", "a.kql", "-t", "duckdb"], env=environment, stdout=full, stderr=subprocess.PIPE
        )
    assert (done.returncode, done.stderr) == (2, b"rulec: the output cannot be written: No space left on device\n")


@pytest.mark.parametrize("closed", [">&-", "2>&- >/dev/null"])
def test_a_closed_standard_stream_is_no_error(root: Path, closed: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(root / part) for part in ("compiler", "backends"))}
    command = f"{sys.executable} -m rulec targets {closed}"
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("verb", [["compile", "-", "-t", "fake"], ["check", "-"], ["explain", "-"], ["run", "-"]])
def test_standard_input_is_decoded_as_a_file_is(
    verb: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"print x = '\xff'"), encoding="latin-1"))
    assert main(verb) == 1
    assert "RC104" in capsys.readouterr().err


def test_an_internal_error_is_one_line_and_a_way_to_more(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml")
    monkeypatch.setattr("rulec.driver.compile.analyse", lambda *_: 1 / 0)
    assert main(["compile", "a.yaml", "-t", "fake"]) == 3
    err = capsys.readouterr().err
    assert err.startswith("a.yaml:1:1: error RC901: internal error: ZeroDivisionError: division by zero\n  hint: RULEC_TRACEBACK=1")
    monkeypatch.setenv("RULEC_TRACEBACK", "1")
    assert main(["compile", "a.yaml", "-t", "fake"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_an_internal_error_outside_of_a_rule_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml")
    monkeypatch.setattr("rulec.driver.verbs.find_rules", lambda *_: 1 / 0)
    assert main(["compile", "a.yaml", "-t", "fake"]) == 3
    assert capsys.readouterr().err == "rulec: internal error: ZeroDivisionError: division by zero (RULEC_TRACEBACK=1 shows where)\n"


def test_the_window_of_a_rule_is_its_period_before_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml")
    assert main(["compile", "a.yaml", "-t", "fake", "--map", "sentinel", "--end", "2024-03-10T12:00:00Z"]) == 0
    out = capsys.readouterr().out
    start, end = (int(out.split(f"{word} ")[1].split(";")[0]) for word in ("start", "end"))
    assert end - start == 2 * 3600 * 10_000_000


def test_configuration_options_and_settings(capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml")
    Path("rulec.toml").write_text('targets = ["fake"]\nmaps = ["sentinel"]\n[target.fake]\nindex = "main"\n')
    assert main(["compile", "a.yaml", "-f", "loud", "-O", "fake.x=1"]) == 0
    out = capsys.readouterr().out
    assert "settings {'index': 'main', 'x': '1'}" in out and "| EXTEND WHO" in out


@pytest.mark.parametrize("form", ["json", "sarif", "github", "junit"])
def test_findings_for_programs_go_to_standard_output(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml", "| where Nope == 1")
    assert main(["check", "a.yaml", "--output-format", form]) == 1
    assert "RC301" in capsys.readouterr().out


def test_check_reports_the_file_and_the_query_together(capsys: pytest.CaptureFixture[str]) -> None:
    file = rule("a.yaml", "| where Nope == 1")
    file.write_text(file.read_text().replace("severity: High", "severity: Huge"))
    assert main(["check", "a.yaml"]) == 1
    err = capsys.readouterr().err
    assert "`Huge`" in err and "RC301" in err


def test_timings_name_the_stages(capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml")
    assert main(["compile", "a.yaml", "-t", "fake", "-o", "out", "--timings", "--map", "sentinel"]) == 0
    err = capsys.readouterr().err
    assert all(stage in err for stage in ("load", "parse_query", "bind_names", "optimise_query", "fake"))


def test_explain_lists_and_codes(capsys: pytest.CaptureFixture[str]) -> None:
    rule("a.yaml")
    assert main(["explain", "a.yaml", "--json"]) == 0
    assert [s["kind"] for s in json.loads(capsys.readouterr().out)["stages"]] == ["source", "where", "extend"]
    for line in ("explain rc401", "explain a.yaml --stage ast", "explain a.yaml --stage ir", "maps AWSCloudTrail", "functions -t fake"):
        assert main(line.split()) == 0
        assert capsys.readouterr().out


def test_one_function_is_shown_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["functions", "strcat"]) == 0
    assert capsys.readouterr().out.startswith("strcat (strings)\n  python   yes\n")
    assert main(["functions", "iif", "--json"]) == 0
    assert [entry["function"] for entry in json.loads(capsys.readouterr().out)] == ["iff"]
    assert main(["functions", "strcatt"]) == 2
    assert "nearest: strcat" in capsys.readouterr().err


def test_help_is_quick(root: Path) -> None:
    """The target is 120 ms on a quiet machine; a loaded one gets its best of five and some room."""
    environment = {**os.environ, "PYTHONPATH": f"{root}/compiler:{root}/backends"}
    best = 9.0
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "rulec.cli", "--help"], env=environment, check=True, capture_output=True)
        best = min(best, time.perf_counter() - start)
    assert best < 0.4


@pytest.mark.parametrize(("stages", "target"), [(3_000, "python"), (3_000, "athena"), (3_000, "duckdb")])
def test_too_many_stages_are_a_finding(capsys: pytest.CaptureFixture[str], stages: int, target: str) -> None:
    Path("long.kql").write_text("print x = 1" + "\n| extend x = x + 1" * stages)
    assert main(["compile", "long.kql", "--target", target]) == 1
    _, err = capsys.readouterr()
    assert "RC403" in err or "RC402" in err
