"""A sample of the parity run: queries of every kind of operator get events that alert, and the engines agree on all near misses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parity.examine import Examiner
from tests.parity.regexes import compiled, samples

#: Queries over tables of the catalogue; each must get an alerting set.
QUERIES = {
    "conjuncts": """
        SecurityEvent | where EventID in (4625, 4624) and LogonType == 10
        | where Account !endswith "$" and IpAddress != "-" and isnotempty(Computer)""",
    "json path": """
        AuditLogs | where OperationName has_any ("Add service principal", "Consent")
        | extend actor = tostring(InitiatedBy.user.userPrincipalName)
        | extend consent = tostring(parse_json(tostring(TargetResources[0].modifiedProperties))[1].newValue)
        | where actor endswith "@contoso.com" and consent contains "All" | project TimeGenerated, actor, consent""",
    "threshold": """
        SigninLogs | where ResultType == "50126"
        | summarize failures = count(), users = dcount(UserPrincipalName), latest = max(TimeGenerated) by IPAddress
        | where failures > 8 and users >= 3""",
    "countif and ratio": """
        SigninLogs | summarize good = countif(ResultType == "0"), bad = countif(ResultType != "0") by UserPrincipalName
        | where bad > 3 and good >= 1 and todouble(bad) / (good + bad) > 0.7""",
    "join": """
        SecurityEvent | where EventID == 4720 | project CreatedTime = TimeGenerated, TargetSid, Computer
        | join kind=inner (SecurityEvent | where EventID == 4726 | project DeletedTime = TimeGenerated, TargetSid) on TargetSid
        | where DeletedTime - CreatedTime between (0min .. 10min)""",
    "anti join": """
        let known = SigninLogs | where TimeGenerated < ago(1d) | distinct AppDisplayName;
        SigninLogs | where TimeGenerated >= ago(1d) | join kind=leftanti known on AppDisplayName | project TimeGenerated, AppDisplayName""",
    "regex and extract": r"""
        Syslog | where Facility == "auth" | extend ip = extract(@"from (\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}) port (\d+)", 1, SyslogMessage)
        | where isnotempty(ip) and SyslogMessage matches regex @"(?i)failed\s+password" and not(ipv4_is_private(ip))""",
    "parse": """
        Syslog | parse SyslogMessage with * "user=" user:string " id=" id:long " " *
        | where user startswith "adm" and id > 1000 | project user, id""",
    "mv-expand": """
        OfficeActivity | mv-expand item = parse_json(Parameters) | where tostring(item.Name) =~ "ForwardTo"
        | extend target = tostring(split(tostring(item.Value), ":")[1]) | where target has "@"
        | summarize targets = make_set(target) by UserId""",
    "union and case": """
        union (SigninLogs | project TimeGenerated, who = UserPrincipalName), (AuditLogs | project TimeGenerated, who = Identity)
        | extend level = case(who startswith "svc", "service", who contains "admin", "admin", "other") | where level == "admin" """,
    "in a relation": """
        let bad = SecurityAlert | where AlertSeverity == "High" | project CompromisedEntity;
        SecurityEvent | where EventID == 4688 and Computer in (bad) | project Computer, CommandLine""",
    "window function": """
        SecurityEvent | where EventID == 4624 | sort by TimeGenerated asc | extend gap = TimeGenerated - prev(TimeGenerated)
        | where gap > 0s and gap < 1m | project TimeGenerated, gap""",
}


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    return Examiner((), ("plain", "duckdb", "splunk"), seconds=6.0, misses=30)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_gets_alerting_events_and_engines_agree(name: str, examiner: Examiner, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.kql"
    file.write_text(QUERIES[name], encoding="utf-8")
    verdict = examiner.examine(str(file), name)
    assert not verdict.refused and not verdict.reason
    assert verdict.events and verdict.sets > 5
    assert [(f.engine, f.label, f.text) for f in verdict.findings] == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"^S-1-5-21-[0-9]*-[0-9]+$",
        r"(?i)(foo|bar)+\.(exe|dll)",
        r"[^\s,]{3,5}",
        r"a(?P<x>\d{2})?z",
        r"\[[\w\-]+\]",
        r"^\w+@[^.]+\.com",
        r"a(b'(?i)(foo|bar)c)\d",
    ],
)
def test_samples_match_their_pattern(pattern: str) -> None:
    regex = compiled(pattern)
    found = list(samples(pattern))
    assert regex is not None and found
    assert all(regex.search(text) for text in found)


def test_a_sample_holds_the_wanted_group() -> None:
    regex = compiled(r"user=(\w+) id=(\d+)?")
    assert regex is not None
    for text in samples(r"user=(\w+) id=(\d+)?", {1: "bob", 2: "42"}):
        found = regex.search(text)
        assert found is not None and found.groups() == ("bob", "42")


@pytest.mark.parametrize(
    ("query", "impossible"),
    [
        ("SecurityEvent | extend id = tostring(EventID) | where id in ('1', '2') | where id == '3'", True),
        ("SecurityEvent | summarize n = count() by EventID | where n > 3 and EventID == 1 and isempty(EventID)", True),
        ("union (SecurityEvent | where EventID == 1), (SecurityEvent | where EventID == 2) | where EventID == 3", True),
        ("union (SecurityEvent | where EventID == 1), (SecurityEvent | where EventID == 3) | where EventID == 3", False),
        (
            "SecurityEvent | where Account == 'a' | join kind=leftouter (SecurityEvent | where EventID == 1 and EventID == 2) on Account",
            False,
        ),
        ("SecurityEvent | where Account == 'a' | join (SecurityEvent | where EventID == 1 and EventID == 2) on Account", True),
        ("SecurityEvent | mv-expand x = split(Account, ',') to typeof(string) | where x == 'a' and x == 'b'", True),
        ("SecurityEvent | where EventID == 1 and EventID == 2 | count", False),
    ],
)
def test_what_cannot_alert_is_told_apart(query: str, impossible: bool, tmp_path: Path) -> None:
    path = tmp_path / "rule.kql"
    path.write_text(query)
    verdict = Examiner((), ("python",), seconds=1).examine(str(path), "rule")
    assert bool(verdict.impossible) is impossible, verdict
