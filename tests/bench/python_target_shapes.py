"""Shapes of queries beside the seed rule: the KQL of each, and the same as a careful person writes it in Python."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

Row = dict[str, Any]

END = datetime(2024, 3, 10, 12, tzinfo=UTC)
AGENTS = (
    "aws-cli/2.15.0 Python/3.11.6 Linux/5.15.0 exe/x86_64.ubuntu.22",
    "Boto3/1.34.0 md/Botocore#1.34.0 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.12.1",
    "aws-sdk-java/1.12.600 Linux/5.10.0 OpenJDK_64-Bit_Server_VM/17",
    "console.amazonaws.com",
    "aws-cli/2.9.0 Python/3.9.11 Linux/6.1.0-kali5-amd64 exe/x86_64.kali.2023",
)
NAMES = ("GetObject", "PutObject", "ListBuckets", "ConsoleLogin", "DescribeInstances", "RunInstances", "AssumeRole", "PutBucketPolicy")
SOURCES = ("s3.amazonaws.com", "ec2.amazonaws.com", "iam.amazonaws.com", "signin.amazonaws.com")


def events(count: int) -> list[Row]:
    """Rows of one day, CloudTrail-shaped; cells may be missing."""
    draw = random.Random(20240310)
    return [_event(draw) for _ in range(count)]


def _event(draw: random.Random) -> Row:
    moment = END - timedelta(seconds=draw.randrange(86_400))
    name = draw.choice(NAMES)
    account = f"11112222{draw.randrange(20):04d}"
    row = {
        "TimeGenerated": moment.strftime("%Y-%m-%dT%H:%M:%S.0000000Z"),
        "EventName": name,
        "EventSource": draw.choice(SOURCES),
        "UserIdentityArn": f"arn:aws:sts::{account}:assumed-role/Role{draw.randrange(50)}/session{draw.randrange(400)}",
        "RecipientAccountId": account,
        "SourceIpAddress": f"198.51.100.{draw.randrange(200)}",
        "UserAgent": draw.choice(AGENTS),
    }
    if draw.random() < 0.1:
        row["ErrorCode"] = "AccessDenied"
    if name == "ConsoleLogin" and draw.random() < 0.3:
        row["ErrorMessage"] = "Failed authentication"
    if name in ("GetObject", "PutObject"):
        number = draw.randrange(300)
        row["Resources"] = json.dumps(
            [
                {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::logs/{number}"},
                {"accountId": account, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::logs"},
            ]
        )
    return row


GROUPS: Final = """
AWSCloudTrail
| where EventSource in~ ("EC2.amazonaws.com", "iam.amazonaws.com") and EventName !startswith "Describe"
| summarize Total = count(), Users = dcount(UserIdentityArn), Sources = make_set(SourceIpAddress, 100), First = min(TimeGenerated)
    by EventName, RecipientAccountId, Hour = bin(TimeGenerated, 1h)
| where Total > 5
"""


class _Group:
    __slots__ = ("first", "sources", "total", "users")

    def __init__(self) -> None:
        self.total, self.first = 0, "~"
        self.users: set[str] = set()
        self.sources: dict[str, None] = {}


def groups_by_hand(rows: list[Row]) -> list[Row]:
    """Hours are the first 13 characters of the time."""
    sources = {"ec2.amazonaws.com", "iam.amazonaws.com"}
    groups: dict[tuple[str, str, str], _Group] = {}
    for row in rows:
        if row.get("EventSource", "").lower() not in sources:
            continue
        name = row.get("EventName", "")
        if name.lower().startswith("describe"):
            continue
        time = row["TimeGenerated"]
        key = (name, row.get("RecipientAccountId", ""), time[:13])
        group = groups.get(key)
        if group is None:
            group = groups[key] = _Group()
        group.total += 1
        group.users.add(row.get("UserIdentityArn", ""))
        group.sources[row.get("SourceIpAddress", "")] = None
        group.first = min(group.first, time)
    return [
        {
            "EventName": name,
            "RecipientAccountId": account,
            "Hour": f"{hour}:00:00.0000000Z",
            "Total": group.total,
            "Users": len(group.users),
            "Sources": list(group.sources)[:100],
            "First": group.first,
        }
        for (name, account, hour), group in groups.items()
        if group.total > 5
    ]


JOIN: Final = """
let failures = AWSCloudTrail
| where EventName == "ConsoleLogin" and ErrorMessage has "failed"
| summarize Failures = count(), LastFailure = max(TimeGenerated) by UserIdentityArn, SourceIpAddress;
AWSCloudTrail
| where EventName == "ConsoleLogin" and isempty(ErrorMessage)
| join kind=inner failures on UserIdentityArn
| where TimeGenerated between (LastFailure .. (LastFailure + 1h))
| project TimeGenerated, UserIdentityArn, SourceIpAddress, FailedFrom = SourceIpAddress1, Failures
"""


def join_by_hand(rows: list[Row]) -> list[Row]:
    """The hour after is computed once a failure."""
    failures: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        if row.get("EventName") != "ConsoleLogin" or "failed" not in row.get("ErrorMessage", "").lower():
            continue
        found = failures.setdefault((row.get("UserIdentityArn", ""), row.get("SourceIpAddress", "")), [0, ""])
        found[0] += 1
        found[1] = max(found[1], row["TimeGenerated"])
    index: dict[str, list[tuple[str, int, str, str]]] = {}
    for (user, address), (count, last) in failures.items():
        until = datetime.fromisoformat(last[:19]) + timedelta(hours=1)
        index.setdefault(user, []).append((address, count, last, until.strftime("%Y-%m-%dT%H:%M:%S.0000000Z")))
    results = []
    for row in rows:
        if row.get("EventName") != "ConsoleLogin" or row.get("ErrorMessage"):
            continue
        user, time = row.get("UserIdentityArn", ""), row["TimeGenerated"]
        for address, count, last, until in index.get(user, ()):
            if last <= time <= until:
                results.append(
                    {
                        "TimeGenerated": time,
                        "UserIdentityArn": user,
                        "SourceIpAddress": row.get("SourceIpAddress", ""),
                        "FailedFrom": address,
                        "Failures": count,
                    }
                )
    return results


WORDS: Final = """
let tools = dynamic(["kali", "parrot", "pentoo", "sqlmap", "nikto", "masscan", "hydra", "metasploit", "nmap", "gobuster", "wfuzz", "burp"]);
AWSCloudTrail
| where EventName in~ ("getobject", "PUTOBJECT", "listbuckets") and UserAgent has_any (tools)
| extend Tool = extract(@"(?i)\\.(kali|parrot)\\.([\\d.]+)", 1, UserAgent)
| where UserAgent matches regex @"Linux/\\d+" and UserIdentityArn !contains "session39"
| project TimeGenerated, UserIdentityArn, Tool = tolower(Tool), UserAgent
"""
_TOOLS = re.compile(r"(?i)\b(?:kali|parrot|pentoo|sqlmap|nikto|masscan|hydra|metasploit|nmap|gobuster|wfuzz|burp)\b")
_TOOL = re.compile(r"(?i)\.(kali|parrot)\.([\d.]+)")
_LINUX = re.compile(r"Linux/\d+")


def words_by_hand(rows: list[Row]) -> list[Row]:
    """One pattern for all tools."""
    names = {"getobject", "putobject", "listbuckets"}
    results = []
    for row in rows:
        if row.get("EventName", "").lower() not in names:
            continue
        agent = row.get("UserAgent", "")
        if not _TOOLS.search(agent) or not _LINUX.search(agent):
            continue
        user = row.get("UserIdentityArn", "")
        if "session39" in user.lower():
            continue
        tool = _TOOL.search(agent)
        results.append(
            {"TimeGenerated": row["TimeGenerated"], "UserIdentityArn": user, "Tool": tool[1].lower() if tool else "", "UserAgent": agent}
        )
    return results


UNPACKING: Final = """
AWSCloudTrail
| where EventName == "PutBucketPolicy" or EventName == "GetObject"
| parse UserIdentityArn with "arn:aws:sts::" Account:long ":assumed-role/" Role "/" Session
| where Account > 0
| mv-expand Resource = parse_json(Resources)
| extend Kind = tostring(Resource.type), Name = tostring(split(Resource.ARN, ":::")[1])
| where Kind == "AWS::S3::Object"
| summarize Objects = make_set(Name), Reads = count() by Role, Account
"""
_ARN = re.compile(r"arn:aws:sts::(\d+):assumed-role/([^/]*)/")


def unpacking_by_hand(rows: list[Row]) -> list[Row]:
    """JSON is read for the rows that have some."""
    groups: dict[tuple[str, int], list[Any]] = {}
    for row in rows:
        if row.get("EventName") not in ("PutBucketPolicy", "GetObject"):
            continue
        match = _ARN.match(row.get("UserIdentityArn", ""))
        account = int(match[1]) if match else 0
        if not match or account <= 0:
            continue
        for resource in json.loads(row.get("Resources") or "[]"):
            if resource.get("type") != "AWS::S3::Object":
                continue
            group = groups.setdefault((match[2], account), [{}, 0])
            parts = resource.get("ARN", "").split(":::")
            group[0][parts[1] if len(parts) > 1 else ""] = None
            group[1] += 1
    return [{"Role": r, "Account": a, "Objects": list(names), "Reads": count} for (r, a), (names, count) in groups.items()]


COLUMNS: Final = """
AWSCloudTrail
| extend Hour = hourofday(TimeGenerated), Name = strcat(RecipientAccountId, "/", tostring(split(UserIdentityArn, "/")[-1]))
| extend Risk = case(ErrorCode has "AccessDenied", 3, Hour < 6, 2, 1)
| where Risk > 1
| project TimeGenerated, Name = tolower(Name), Risk, EventName, Agent = iff(isempty(UserAgent), "unknown", UserAgent)
"""


def columns_by_hand(rows: list[Row]) -> list[Row]:
    """What only the kept rows need comes after the test."""
    results = []
    for row in rows:
        time = row["TimeGenerated"]
        if "accessdenied" in row.get("ErrorCode", "").lower():
            risk = 3
        elif int(time[11:13]) < 6:
            risk = 2
        else:
            continue
        name = f"{row.get('RecipientAccountId', '')}/{row.get('UserIdentityArn', '').split('/')[-1]}"
        results.append(
            {
                "TimeGenerated": time,
                "Name": name.lower(),
                "Risk": risk,
                "EventName": row.get("EventName", ""),
                "Agent": row.get("UserAgent") or "unknown",
            }
        )
    return results


#: Name, KQL, the same by hand.
SHAPES: Final[tuple[tuple[str, str, Callable[[list[Row]], list[Row]]], ...]] = (
    ("groups", GROUPS, groups_by_hand),
    ("join", JOIN, join_by_hand),
    ("words", WORDS, words_by_hand),
    ("unpacking", UNPACKING, unpacking_by_hand),
    ("columns", COLUMNS, columns_by_hand),
)
