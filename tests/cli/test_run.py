"""`rulec run` over files of every kind; both engines give the same alerts."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from rulec.cli import main

RULE = """id: 11111111-1111-4111-8111-111111111111
name: Deletions
description: Somebody deletes things.
severity: Medium
requiredDataConnectors: []
queryFrequency: 1h
queryPeriod: 1h
triggerOperator: gt
triggerThreshold: 0
tactics:
  - Impact
relevantTechniques:
  - T1485
query: |
  AWSCloudTrail
  | where EventName startswith "Delete"
  | summarize Deletions = count(), Names = make_set(EventName) by UserIdentityArn, SourceIpAddress
  | sort by Deletions desc
entityMappings:
  - entityType: Account
    fieldMappings:
      - identifier: FullName
        columnName: UserIdentityArn
  - entityType: IP
    fieldMappings:
      - identifier: Address
        columnName: SourceIpAddress
customDetails:
  Count: Deletions
alertDetailsOverride:
  alertDisplayNameFormat: "{{Deletions}} deletions by {{UserIdentityArn}}"
version: 1.0.0
kind: Scheduled
"""


def event(time: str, name: str, who: str = "alice") -> dict[str, object]:
    return {
        "eventTime": time,
        "eventName": name,
        "sourceIPAddress": "198.51.100.7",
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::1:user/{who}"},
    }


EVENTS = [
    event("2024-03-10T11:30:00Z", "DeleteBucket"),
    event("2024-03-10T11:59:59Z", "DeleteTrail"),
    event("2024-03-10T12:00:00Z", "DeleteUser"),
    event("2024-03-10T10:59:59Z", "DeleteUser"),
    event("2024-03-10T11:30:00Z", "ListBuckets"),
]
END = ["--end", "2024-03-10T12:00:00Z"]


def sentinel(record: dict[str, object]) -> dict[str, object]:
    identity = record["userIdentity"]
    assert isinstance(identity, dict)
    return {
        "TimeGenerated": record["eventTime"],
        "EventName": record["eventName"],
        "SourceIpAddress": record["sourceIPAddress"],
        "UserIdentityArn": identity["arn"],
    }


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("rule.yaml").write_text(RULE)
    return tmp_path


def write(name: str, data: str | bytes) -> str:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return name


def run(capsys: pytest.CaptureFixture[str], data: str, *arguments: str) -> tuple[list[dict[str, Any]], str]:
    code = main(["run", "rule.yaml", "--data", f"AWSCloudTrail={data}", "--json", *END, *arguments])
    out, err = capsys.readouterr()
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()], err


ALERT = {
    "rule": "11111111-1111-4111-8111-111111111111",
    "name": "Deletions",
    "severity": "Medium",
    "title": "2 deletions by arn:aws:iam::1:user/alice",
    "description": "Somebody deletes things.",
    "tactics": ["Impact"],
    "techniques": ["T1485"],
    "entities": [{"type": "Account", "FullName": "arn:aws:iam::1:user/alice"}, {"type": "IP", "Address": "198.51.100.7"}],
    "custom_details": {"Count": [2]},
    "window": {"start": "2024-03-10T11:00:00Z", "end": "2024-03-10T12:00:00Z"},
    "rows": [
        {
            "UserIdentityArn": "arn:aws:iam::1:user/alice",
            "SourceIpAddress": "198.51.100.7",
            "Deletions": 2,
            "Names": ["DeleteBucket", "DeleteTrail"],
        }
    ],
}

LINES = "".join(json.dumps(e) + "\n" for e in EVENTS)
CSV = "TimeGenerated,EventName,SourceIpAddress,UserIdentityArn\n" + "".join(",".join(map(str, sentinel(e).values())) + "\n" for e in EVENTS)
FORMS: dict[str, str | bytes] = {
    "trail.json": json.dumps({"Records": EVENTS}),
    "trail.json.gz": gzip.compress(json.dumps({"Records": EVENTS}).encode()),
    "raw.jsonl": LINES,
    "sentinel.jsonl": "".join(json.dumps(sentinel(e)) + "\n" for e in EVENTS),
    "sentinel.csv": CSV,
}


@pytest.mark.parametrize("engine", ["python", "duckdb"])
@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_data_gives_the_alert(capsys: pytest.CaptureFixture[str], name: str, engine: str) -> None:
    alerts, err = run(capsys, write(name, FORMS[name]), "--engine", engine)
    assert alerts == [ALERT]
    assert "1 row, 1 alert; window 2024-03-10T11:00:00Z to 2024-03-10T12:00:00Z" in err


def test_parquet(capsys: pytest.CaptureFixture[str]) -> None:
    duckdb = pytest.importorskip("duckdb")
    write("s.csv", CSV)
    duckdb.sql("COPY (FROM read_csv('s.csv')) TO 's.parquet'")
    assert run(capsys, "s.parquet")[0] == [ALERT]


def test_a_folder_of_files_is_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    for number, record in enumerate(EVENTS):
        write(f"data/{number}.json", json.dumps({"Records": [record]}))
    assert run(capsys, "data")[0] == [ALERT]


def test_malformed_records_are_counted_and_do_not_stop_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    alerts, err = run(capsys, write("raw.jsonl", LINES + '{"eventTime": "20\n{"eventTime": "soon", "eventName": "x"}\n'))
    assert alerts == [ALERT]
    assert "raw.jsonl:6:1: warning RC602: 2 malformed records were skipped, 5 read" in err


def test_data_without_one_well_formed_record_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    path = write("x.jsonl", b"\x00\x01\n\xff\xfe\n{no\n")
    assert main(["run", "rule.yaml", "--data", f"AWSCloudTrail={path}", "--json", *END]) == 1
    out, err = capsys.readouterr()
    assert out == "" and "error RC601" in err


@pytest.mark.parametrize("engine", ["python", "duckdb"])
def test_records_that_nest_too_deep_are_malformed(capsys: pytest.CaptureFixture[str], engine: str) -> None:
    deep = '{"a":' * 3_000 + "1" + "}" * 3_000
    alerts, err = run(capsys, write("raw.jsonl", f"{deep}\n{LINES}{deep}\n"), "--engine", engine)
    assert alerts == [ALERT]
    assert "raw.jsonl:1:1: warning RC602: 2 malformed records were skipped, 5 read; the first: JSON that nests too deep" in err


def test_a_start_after_the_end_is_a_usage_error_but_not_one_after_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    data = ["run", "rule.yaml", "--data", f"AWSCloudTrail={write('raw.jsonl', LINES)}", "--start", "2024-04-01"]
    assert main([*data, "--now", "2024-03-01"]) == 2
    assert "is after the end of the window" in capsys.readouterr().err
    assert main(data) == 0
    assert capsys.readouterr().err == "0 rows, 0 alerts\n"


def test_without_an_end_the_data_says_it(capsys: pytest.CaptureFixture[str]) -> None:
    path = write("raw.jsonl", LINES)
    assert main(["run", "rule.yaml", "--data", f"AWSCloudTrail={path}", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["rows"][0]["Deletions"] == 3
    assert "window 2024-03-10T11:00:00.0000001Z to 2024-03-10T12:00:00.0000001Z" in err


def test_no_alert_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    alerts, err = run(capsys, write("raw.jsonl", json.dumps(EVENTS[4])))
    assert alerts == [] and "0 rows, 0 alerts" in err


def test_the_text_form_names_title_entities_and_rows(capsys: pytest.CaptureFixture[str]) -> None:
    path = write("raw.jsonl", LINES)
    assert main(["run", "rule.yaml", "--data", f"AWSCloudTrail={path}", *END]) == 0
    out = capsys.readouterr().out
    assert out.startswith("[Medium] 2 deletions by arn:aws:iam::1:user/alice\n")
    assert "  IP: Address=198.51.100.7\n" in out and "DeleteBucket" in out


def test_a_table_without_data_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "rule.yaml", "--data", f"SigninLogs={write('x.jsonl', LINES)}"]) == 1
    err = capsys.readouterr().err
    assert "rule.yaml:15:3: error RC603: no data of the table `AWSCloudTrail`" in err


def test_a_missing_file_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "rule.yaml", "--data", "AWSCloudTrail=absent.json"]) == 1
    assert "absent.json:1:1: error RC601" in capsys.readouterr().err


@pytest.mark.parametrize("engine", ["python", "duckdb"])
def test_bare_kql_prints_its_rows(capsys: pytest.CaptureFixture[str], engine: str) -> None:
    write("q.kql", "AWSCloudTrail | summarize n = count(), latest = max(TimeGenerated) by EventName | sort by n desc, EventName asc")
    path = write("raw.jsonl", LINES)
    assert main(["run", "q.kql", "--data", f"AWSCloudTrail={path}", "--engine", engine, "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == {"EventName": "DeleteUser", "n": 2, "latest": "2024-03-10T12:00:00.0000000Z"}
    assert len(rows) == 4


def test_a_bare_query_has_the_window_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    write("q.kql", "AWSCloudTrail | summarize Count = countif(isnotempty(EventName))")
    data = ["--data", f"AWSCloudTrail={write('raw.jsonl', LINES)}", "--json"]
    for times, count in ([], 5), (["--end", "2024-03-10T12:00:00Z"], 4), (["--start", "2024-03-10T11:00:00Z", *END], 3):
        assert main(["run", "q.kql", *data, *times]) == 0
        assert json.loads(capsys.readouterr().out) == {"Count": count}


def test_two_tables_of_different_form(capsys: pytest.CaptureFixture[str]) -> None:
    write("q.kql", "AWSCloudTrail | join kind=inner SecurityEvent on $left.EventName == $right.Computer | project EventName, EventID")
    write("raw.jsonl", json.dumps(EVENTS[0]))
    write("events.jsonl", json.dumps({"TimeGenerated": "2024-03-10T11:30:00Z", "EventID": 4688, "Computer": "DeleteBucket"}))
    arguments = ["--data", "AWSCloudTrail=raw.jsonl", "--data", "SecurityEvent=events.jsonl"]
    assert main(["run", "q.kql", "--json", *arguments]) == 0
    assert json.loads(capsys.readouterr().out) == {"EventName": "DeleteBucket", "EventID": 4688}


def test_columns_all_gives_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    """Without the option a rule gives the columns that its alert needs."""
    query = RULE[RULE.index("  | summarize") : RULE.index("entityMappings")]
    write("rule.yaml", RULE.replace(query, "  | extend Deletions = 1\n"))
    path = write("sentinel.jsonl", FORMS["sentinel.jsonl"])
    (alert,), _ = run(capsys, path)
    assert [list(row) for row in alert["rows"]] == [["SourceIpAddress", "TimeGenerated", "UserIdentityArn", "Deletions"]] * 2
    (alert,), _ = run(capsys, path, "--columns", "all")
    assert all({"EventName", "AWSRegion", "Deletions"} < set(row) for row in alert["rows"])
