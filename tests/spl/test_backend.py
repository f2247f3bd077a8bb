"""The Splunk backend: the recorded answers of the real engine, its rows for the catalogue, what it packs and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rulec.alert import AlertOverrides, AlertSpec, Entity
from rulec.api import Request, compile_query
from rulec.backend import TargetOptions, Unit, Unsupported
from rulec.bind import bind
from rulec.bind.environment import Environment
from rulec.catalogue import aggregate_names, function_names, plugin_names, window_names
from rulec.errors import CompileError
from rulec.map_choice import MapChoice
from rulec.source import Source
from rulec.syntax.parser import parse_or_raise
from rulec_backends.splunk import BACKEND, packaging, schedule
from rulec_backends.splunk.stage import OLDEST_SPLUNK
from tests.conformance.__main__ import judge
from tests.conformance.cases import load_cases
from tests.conformance.runner import run_cases
from tests.spl.caps import Caps
from tests.spl.engine import run

SHARED = Path(__file__).resolve().parents[3] / "shared" / "conformance"
#: What the recorded cases give today; only ever raised.
RIGHT = 910


@pytest.mark.skipif(not (SHARED / "kusto_cases.jsonl").exists(), reason="the recorded answers are not here")
def test_no_recorded_answer_is_wrong() -> None:
    cases = list(load_cases(SHARED / "kusto_cases.jsonl"))
    outcomes = [judge(case, result) for case, result in run_cases(cases, "splunk", 1, 20.0)]
    assert [o.case.id for o in outcomes if o.verdict == "wrong"] == []
    assert sum(o.verdict == "right" for o in outcomes) >= RIGHT


def test_every_function_of_the_catalogue_has_an_answer() -> None:
    rows = BACKEND.functions()
    assert set(rows) >= {*function_names(), *aggregate_names(), *window_names(), *plugin_names()}
    assert all(row is True or (isinstance(row, Unsupported) and row.reason) for row in rows.values())


def test_commands_and_functions_exist_in_the_oldest_splunk() -> None:
    path = SHARED / "spl_commands.json"
    if not path.exists():
        pytest.skip("the lists of Splunk's names are not here")
    data = json.loads(path.read_text(encoding="utf-8"))
    first = {f["name"]: f.get("min_version", "<=7.3.3") for f in data["eval_functions"]}
    source = "".join(p.read_text(encoding="utf-8") for p in Path(packaging.__file__).parent.rglob("*.py"))
    used = {name for name in first if f'fn("{name}"' in source or f'Fn("{name}"' in source}
    newer = {name for name in used if tuple(int(x) for x in first[name].lstrip("<=").split(".")[:2]) > OLDEST_SPLUNK}
    assert "json_extract" in used
    assert newer == set()


def spl(kql: str) -> str:
    return compile_query(kql, "splunk", request=Request(maps=MapChoice("sentinel"))).text


def test_a_list_of_more_than_a_hundred_values_is_whole() -> None:
    text = spl("range x from 1 to 150 step 1 | summarize l = make_list(x) | project n = array_length(l)")
    assert run(text, caps=Caps(list=10))[0]["n"] == "150"


def test_sorting_keeps_more_than_ten_thousand_rows() -> None:
    text = spl("range x from 1 to 20 step 1 | sort by x desc")
    assert len(run(text, caps=Caps(sort=5))) == 20


def test_index_time_search_is_a_superset_of_the_condition() -> None:
    text = spl('SigninLogs | where AppDisplayName == "Azure Portal" and ResultType in ("0", "50126") | project AppDisplayName')
    assert text.splitlines()[0] == 'search sourcetype="SigninLogs" AppDisplayName="Azure Portal" ResultType IN ("0", "50126")'
    events = {"SigninLogs": [{"AppDisplayName": "azure portal", "ResultType": "0"}, {"AppDisplayName": "Azure Portal", "ResultType": "0"}]}
    assert run(text, events) == [{"AppDisplayName": "Azure Portal"}]


def test_helper_fields_are_not_in_the_result() -> None:
    rows = run(spl('print s = "a,b" | extend t = split(s, ",") | mv-expand t to typeof(string) | summarize l = make_list(t)'))
    assert rows == [{"l": '["a","b"]'}]


@pytest.mark.parametrize(
    "kql",
    [
        "SigninLogs | extend y = toint(ResultType) + 9007199254740993",
        "SigninLogs | extend y = geo_polygon_area(parse_json(Location))",
        "SigninLogs | extend y = base64_encode_tostring(Location)",
    ],
)
def test_what_splunk_cannot_say_is_refused_with_a_place(kql: str) -> None:
    with pytest.raises(CompileError) as caught:
        spl(kql)
    assert caught.value.diagnostics[0].code == "RC401"
    assert caught.value.diagnostics[0].begin.line == 1


ALERT = AlertSpec(
    id="id",
    name="A rule",
    version="1.2.3",
    description="d",
    severity="High",
    tactics=(),
    techniques=("T1110",),
    kind="Scheduled",
    frequency=36_000_000_000,
    period=864_000_000_000,
    trigger_operator="gt",
    trigger_threshold=3,
    per_result=True,
    suppression=36_000_000_000,
    entities=(Entity("Account", (("Name", "User"),)), Entity("IP", (("Address", "Ip"),))),
    custom_details=(("Key", "User"),),
    overrides=AlertOverrides(title="{{User}} again"),
    create_incident=True,
)


def _settings(form: str) -> dict[str, str]:
    source = Source.of_text('print User = "u", Ip = "i"')
    bound = bind(parse_or_raise(source), Environment()).query
    assert bound is not None
    output = BACKEND.compile(Unit(bound, ALERT, source, "rule"), TargetOptions(format=form))
    lines = output.artifacts[0].text.replace(" \\\n", "\n").splitlines()
    return dict(line.split(" = ", 1) for line in lines if " = " in line)


def test_a_saved_search_has_the_rules_schedule_and_trigger() -> None:
    found = _settings("savedsearches")
    assert found["cron_schedule"] == "0 * * * *"
    assert (found["dispatch.earliest_time"], found["dispatch.latest_time"]) == ("-1445m@m", "-5m@m")
    assert (found["relation"], found["quantity"], found["alert.severity"]) == ("greater than", "3", "5")
    assert (found["alert.suppress.period"], found["alert.suppress.fields"]) == ("3600s", "User,Ip")


def test_a_correlation_search_has_notable_and_risk() -> None:
    found = _settings("es")
    assert found["action.notable.param.rule_title"] == "$User$ again"
    assert json.loads(found["action.risk.param._risk"]) == [
        {"risk_object_field": "User", "risk_object_type": "user", "risk_score": 75},
        {"threat_object_field": "Ip", "threat_object_type": "ip_address"},
    ]
    assert json.loads(found["action.correlationsearch.annotations"]) == {"mitre_attack": ["T1110"]}


def test_dollars_of_a_title_are_no_tokens_and_that_is_said() -> None:
    source = Source.of_text("print User = 'u', Ip = 'i'")
    bound = bind(parse_or_raise(source), Environment()).query
    assert bound is not None
    alert = replace(ALERT, overrides=AlertOverrides(title="$result.secret$ costs $5"))
    output = BACKEND.compile(Unit(bound, alert, source, "rule"), TargetOptions(format="es"))
    assert "$" not in output.artifacts[0].text
    assert [d.code for d in output.diagnostics] == ["RC501"]


@pytest.mark.parametrize(
    ("minutes", "line", "exact"),
    [(5, "*/5 * * * *", True), (60, "0 * * * *", True), (1440, "0 0 * * *", True), (20160, "0 0 * * 0", False)],
)
def test_cron_lines(minutes: int, line: str, exact: bool) -> None:
    assert schedule.cron(minutes * 600_000_000) == schedule.Cron(line, exact)
