"""What the generated queries read: the window's partitions and no others, the needed columns and struct fields, and joins that hash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import pytest

from rulec.api import read_rule
from rulec.driver.settings import Job
from rulec.driver.times import parse_time
from rulec.map_choice import MapChoice
from rulec.running.engines import Moments
from rulec.running.times import window_of
from rulec.scalars import TICKS_PER_DAY
from tests.rules.samples import Sample
from tests.trino import running, tables
from tests.trino.client import Client
from tests.trino.test_rules import CLOUDTRAIL

pytestmark = pytest.mark.trino

#: Sixty days with an event each, up to and beyond the rules' window.
DAYS: Final = [f"2024-{m:02}-{d:02}" for m, last in ((2, 29), (3, 31)) for d in range(1, last + 1)]
_COLUMN: Final = re.compile(r":= ([\w#]+):\S.*:(REGULAR|PARTITION_KEY)$", re.MULTILINE)
#: The columns that each rule needs beside the partition's: no other may be read.
NEEDED: Final = {
    "aws/access_key_created_for_other_user": """errorcode eventname eventtime requestparameters responseelements sourceipaddress
        useridentity#arn""",
    "aws/aws_ecr_image_scan_findings": """errorcode errormessage eventname eventtime recipientaccountid resources responseelements
        sourceipaddress
        useridentity#arn useridentity#principalid useridentity#username""",
    "aws/console_login_password_spray": "eventname eventtime responseelements sourceipaddress useragent useridentity#username",
    "aws/console_login_success_after_failures": """eventname eventtime responseelements sourceipaddress useragent useridentity#arn
        useridentity#username""",
    "aws/latest_bucket_policy_is_public": "eventname eventsource eventtime requestparameters sourceipaddress useridentity#arn",
    "aws/logging_disabled": "awsregion errorcode eventname eventtime sourceipaddress useridentity#arn",
    "aws/many_denied_calls": """errorcode errormessage eventname eventsource eventtime sourceipaddress useridentity#principalid
        useridentity#username
        useridentity#sessioncontext#sessionissuer#username""",
    "aws/new_user_agent_for_identity": "eventname eventtime useragent useridentity#arn",
    "aws/root_activity": """eventname eventsource eventtime eventtype recipientaccountid sourceipaddress useragent useridentity#invokedby
        useridentity#type useridentity#sessioncontext#attributes#mfaauthenticated""",
    "aws/security_group_open_to_world": "awsregion errorcode eventname eventtime requestparameters sourceipaddress useridentity#arn",
}


@dataclass(frozen=True, slots=True)
class Made:
    """A table with one event a day, and the variant of the map that is for it."""

    layout: tables.Layout
    name: str

    @property
    def variant(self) -> str:
        return "manual" if self.layout == "manual" else ""


@pytest.fixture(scope="module", params=["projection", "manual"])
def made(request: pytest.FixtureRequest, client: Client) -> Made:
    events = [{"eventTime": f"{day}T06:00:00Z", "awsRegion": "us-east-1", "eventName": "E", "eventID": day} for day in DAYS]
    name = tables.create_cloudtrail(client, f"reads_{request.param}", events, request.param, "PARQUET")
    return Made(request.param, name)


def compiled_text(sample: Sample, made: Made, moments: Moments | None = None) -> str:
    rule, _ = read_rule(sample.path)
    job = Job(now=sample.now, end=sample.now)
    moments = moments or window_of(rule, job, {})
    _, compiled = running.compiled_rule(rule, job, MapChoice(made.variant), moments, {})
    return compiled.text.replace(f"FROM {tables.cloudtrail_map(made.layout).physical}\n", f'FROM "{made.name}"\n')


def days_read(client: Client, sql: str) -> set[str]:
    """The days whose partitions a query reads, over all its scans."""
    found: set[str] = set()
    for scan in client.reads(sql):
        values = {c["columnName"]: [r["low"]["value"] for r in c["domain"]["ranges"]] for c in scan["constraint"]["columnConstraints"]}
        if "timestamp" in values:
            found |= {v.replace("/", "-") for v in values["timestamp"]}
        else:
            found |= {f"{y}-{m}-{d}" for y in values["year"] for m in values["month"] for d in values["day"]}
    return found


@pytest.mark.parametrize("sample", CLOUDTRAIL, ids=lambda s: s.name)
def test_only_the_windows_partitions_are_read(sample: Sample, made: Made, client: Client) -> None:
    rule, _ = read_rule(sample.path)
    window = window_of(rule, Job(now=sample.now, end=sample.now), {})
    start = window.start if rule.query_period is not None else window.end - TICKS_PER_DAY
    text = compiled_text(sample, made, Moments(start, window.end, window.now))
    first = start // TICKS_PER_DAY
    expected = {d for d in DAYS if first <= parse_time(f"{d}T00:00:00Z", "day") // TICKS_PER_DAY <= window.end // TICKS_PER_DAY}
    read = days_read(client, text)
    if made.layout == "projection":
        assert read == expected
    else:
        # constraints of the three columns are listed apart from each other: their product may be more than the partitions
        assert expected <= read


@pytest.mark.parametrize(("start", "end", "days"), [
    ("2024-03-09T00:00:00Z", "2024-03-10T00:00:00Z", ["2024-03-09", "2024-03-10"]),
    ("2024-03-08T23:59:59Z", "2024-03-09T12:00:00Z", ["2024-03-08", "2024-03-09"]),
    ("2024-02-29T12:00:00Z", "2024-03-01T12:00:00Z", ["2024-02-29", "2024-03-01"]),
    ("2024-03-09T10:00:00Z", "2024-03-09T22:59:59Z", ["2024-03-09"]),
])  # fmt: skip
def test_partitions_at_the_edges_of_a_day(start: str, end: str, days: list[str], client: Client, made: Made) -> None:
    """The hour after the window is read too: CloudTrail puts an event into the folder of the day on which it delivers it."""
    sample = next(s for s in CLOUDTRAIL if s.name == "aws/root_activity")
    a, b = parse_time(start, "start"), parse_time(end, "end")
    rows = client.rows(_partitions_of(compiled_text(sample, made, Moments(a, b, b)), made))
    assert sorted(r[0] for r in rows) == days


def _partitions_of(text: str, made: Made) -> str:
    """The partitions that the query's own conditions on partition columns leave."""
    tests = [line.strip().removeprefix("WHERE ").removeprefix("AND ") for line in text.splitlines() if re.match(r"\s*(WHERE|  AND) ", line)]
    own = [x for x in tests if x.startswith(('"timestamp"', "year", '"year"'))]
    day = "replace(\"timestamp\", '/', '-')" if made.layout == "projection" else "year || '-' || month || '-' || day"
    assert own
    return f'SELECT DISTINCT {day} FROM "{made.name}" WHERE {" AND ".join(own)}'


@pytest.mark.parametrize("sample", CLOUDTRAIL, ids=lambda s: s.name)
def test_only_needed_columns_are_read(sample: Sample, made: Made, client: Client) -> None:
    text = compiled_text(sample, made)
    read = {name for name, kind in _COLUMN.findall(client.plan(text)) if kind == "REGULAR"}
    assert read == set(NEEDED[sample.name].split())


@pytest.mark.parametrize("sample", CLOUDTRAIL, ids=lambda s: s.name)
def test_the_text_has_no_star_and_the_plan_no_cross_join(sample: Sample, made: Made, client: Client) -> None:
    text = compiled_text(sample, made)
    assert not re.search(r"SELECT\s+(DISTINCT\s+)?\*|\w\.\*", text)
    assert not re.search(r"CrossJoin(?! Unnest)", client.plan(text))


def test_a_test_of_a_text_column_reaches_the_store(made: Made, client: Client) -> None:
    sample = next(s for s in CLOUDTRAIL if s.name == "aws/latest_bucket_policy_is_public")
    (scan,) = client.reads(compiled_text(sample, made))
    domains = {c["columnName"]: [r["low"]["value"] for r in c["domain"]["ranges"]] for c in scan["constraint"]["columnConstraints"]}
    assert domains["eventsource"] == ["s3.amazonaws.com"]
    assert domains["eventname"] == ["DeleteBucketPolicy", "PutBucketAcl", "PutBucketPolicy"]
    assert "eventtime" in domains
