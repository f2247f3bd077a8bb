"""The first search is a superset of the exact condition: over the real logs, leaving its terms out changes no answer."""

from __future__ import annotations

import gzip
import json
import re
from functools import lru_cache
from pathlib import Path

import pytest

from rulec.api import Request, compile_query
from rulec.map_choice import MapChoice
from tests.spl.engine import run
from tests.spl.test_rules import extracted

SHARED = Path(__file__).resolve().parents[3] / "shared" / "logs"
CLOUDTRAIL = [
    'AWSCloudTrail | where EventName == "AssumeRole" | summarize count()',
    'AWSCloudTrail | where EventName in~ ("createuser", "GETCALLERIDENTITY") | summarize count() by EventName',
    'AWSCloudTrail | where EventName has "user" or UserAgent contains "boto3" | summarize count() by EventName',
    'AWSCloudTrail | where UserAgent has_any ("aws", "Terraform") and EventName startswith "list" | summarize count() by EventName',
    'AWSCloudTrail | where UserIdentityArn has_all ("stratus", "user") | summarize count() by EventName',
    'AWSCloudTrail | where ErrorCode == "AccessDenied" and (EventName endswith "Users" or EventName hasprefix "Get") | summarize count()',
]
SENTINEL = [
    ("SecurityEvent", "SecurityEvent | where EventID == 4688 | summarize count() by EventID"),
    ("SecurityEvent", "SecurityEvent | where EventID in (4624, 4625, 4648) or EventID == 1 | summarize count() by EventID"),
    ("SecurityEvent", 'SecurityEvent | where EventID == 4624 and Account has "adfs" | summarize count() by Account'),
    (
        "SecurityEvent",
        'SecurityEvent | extend Who = tolower(Account), Account = "" | where EventID == 4624 and Who has "adfs" | summarize count()',
    ),
    ("SecurityEvent", 'SecurityEvent | parse Account with * "\\\\" Who | where EventID == 4624 and Who != "x" | summarize count() by Who'),
    ("SecurityEvent", "SecurityEvent | project Id = EventID, EventID | extend Level = 1 | where EventID == 4688 | summarize count() by Id"),
    ("Syslog", 'Syslog | where SyslogMessage contains "ERROR" or Facility =~ "CRON" | summarize count() by Facility'),
    ("CommonSecurityLog", 'CommonSecurityLog | where DestinationPort in (443, 80) and Message has_cs "the" | summarize count()'),
    ("CommonSecurityLog", 'CommonSecurityLog | where DestinationPort == 443 and DeviceVendor startswith "pa" | summarize count()'),
]


def _lines(path: str) -> list[dict[str, object]]:
    file = SHARED / path
    if not file.exists():
        pytest.skip("the logs are not here")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@lru_cache
def _cloudtrail() -> list[dict[str, object]]:
    file = SHARED / "cloudtrail" / "invictus_stratus_20230710_1.json.gz"
    if not file.exists():
        pytest.skip("the logs are not here")
    with gzip.open(file, "rt", encoding="utf-8") as text:
        return [extracted(event) for event in json.load(text)["Records"][:400]]


@lru_cache
def _table(name: str) -> list[dict[str, object]]:
    rows = _lines(f"sentinel_tables/{name}.jsonl.gz")[:500]
    return [{k: v if isinstance(v, str) else json.dumps(v) for k, v in row.items()} for row in rows]


def _without_terms(text: str, base: str) -> str:
    first, rest = text.split("\n", 1)
    assert first.startswith(f"search {base} "), "nothing is pruned"
    return f"search {base}\n{rest}"


@pytest.mark.parametrize("kql", CLOUDTRAIL)
def test_over_cloudtrail(kql: str) -> None:
    text = compile_query(kql, "splunk").text
    events = _cloudtrail()
    assert run(text, events) == run(_without_terms(text, "sourcetype=aws:cloudtrail"), events)


@pytest.mark.parametrize(("table", "kql"), SENTINEL)
def test_over_sentinel_tables(table: str, kql: str) -> None:
    text = compile_query(kql, "splunk", request=Request(maps=MapChoice("sentinel"))).text
    events = {table: _table(table)}
    assert run(text, events) == run(_without_terms(text, f'sourcetype="{table}"'), events)


@pytest.mark.parametrize(
    ("condition", "terms"),
    [
        ("EventID == 4688", 'EventID="4688"'),
        ("EventID in (1, 2)", 'EventID IN ("1", "2")'),
        ('Computer has "dc01"', 'Computer="*dc01*"'),
        ('Computer has "dc-01"', ""),
        ('Computer !has "dc01" and EventID != 1', ""),
        ('Computer == "a*"', ""),
        ("EventID > 5", ""),
        ('EventID == 1 or Computer startswith "x" and strlen(Account) > 3', '(EventID="1" OR Computer="x*")'),
        ("EventID == 1 or strlen(Account) > 3", ""),
    ],
)
def test_terms(condition: str, terms: str) -> None:
    request = Request(maps=MapChoice("sentinel"))
    text = compile_query(f"SecurityEvent | where {condition} | project Computer", "splunk", request=request).text
    found = re.fullmatch(r'search sourcetype="SecurityEvent" ?(.*)', text.splitlines()[0])
    assert found is not None and found.group(1) == terms


def test_a_path_with_an_index_is_read_from_the_raw_event() -> None:
    text = compile_query('AWSCloudTrail | where CidrIp == "0.0.0.0" | project CidrIp', "splunk").text
    assert text.splitlines()[0] == "search sourcetype=aws:cloudtrail"


@pytest.mark.parametrize(
    "kql",
    [
        "SecurityEvent | extend EventID = EventID + 1 | where EventID == 4689 | project Computer",
        "SecurityEvent | serialize Before = prev(EventID) | where EventID == 4688 | project Before",
        "SecurityEvent | take 3 | where EventID == 4688 | project Computer",
        "SecurityEvent | summarize n = count() by EventID | where n == 4 | project EventID",
    ],
)
def test_a_condition_that_more_rows_decide_prunes_nothing(kql: str) -> None:
    text = compile_query(kql, "splunk", request=Request(maps=MapChoice("sentinel"))).text
    assert text.startswith('search sourcetype="SecurityEvent"\n')
