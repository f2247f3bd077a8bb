"""Generated Python against the same query written by hand: the seed rule over a million CloudTrail-shaped rows, other shapes over
a fifth of that.

`python -m tests.bench.python_target [ROWS [SHAPE…]]`.

Both read Sentinel-shaped rows (dicts) and give the same result rows; printed are events a second of each and their ratio.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from rulec.api import Request, compile_query, compile_rule
from rulec.map_choice import MapChoice
from tests.bench import python_target_shapes
from tests.golden import RULES

RULE = RULES / "aws" / "aws_ecr_image_scan_findings.yaml"
END = datetime(2024, 3, 10, 12, tzinfo=UTC)
START = END - timedelta(days=1)
ROUNDS = 5

Row = dict[str, Any]


def events(count: int) -> list[Row]:
    """Rows of two days: one in fifty is a scan result, one in ten of those has findings."""
    draw = random.Random(20240310)
    return [_event(draw, number) for number in range(count)]


def _event(draw: random.Random, number: int) -> Row:
    moment = END - timedelta(seconds=draw.randrange(2 * 86_400))
    scan = number % 50 == 0
    counts = {"CRITICAL": draw.randrange(3), "HIGH": draw.randrange(5)} if number % 500 == 0 else {}
    findings = {"findingSeverityCounts": counts}
    response = {"repositoryName": "web", "imageId": {"imageDigest": f"sha256:{number}"}, "imageScanFindings": findings}
    return {
        "TimeGenerated": moment.strftime("%Y-%m-%dT%H:%M:%S.0000000Z"),
        "EventName": "DescribeImageScanFindings" if scan else draw.choice(("GetObject", "AssumeRole", "DescribeInstances")),
        "EventSource": "ecr.amazonaws.com",
        "ErrorCode": "AccessDenied" if number % 7 == 0 else "",
        "ErrorMessage": "",
        "ResponseElements": json.dumps(response) if scan else "",
        "Resources": "",
        "UserIdentityArn": "arn:aws:sts::111122223333:assumed-role/Scanner/ci@build.example",
        "UserIdentityPrincipalid": "AROA:ci",
        "UserIdentityUserName": "",
        "RecipientAccountId": "111122223333",
        "SourceIpAddress": "198.51.100.7",
    }


def by_hand(rows: list[Row], start: datetime, end: datetime) -> list[Row]:
    """The seed rule as a careful person writes it: times compare as text, the cheap tests first, JSON only for what is left.

    Exports of a workspace leave empty cells out, so a cell may be missing.
    """
    return list(_by_hand(rows, start.strftime("%Y-%m-%dT%H:%M:%S.0000000Z"), end.strftime("%Y-%m-%dT%H:%M:%S.0000000Z")))


def _by_hand(rows: list[Row], start: str, end: str) -> Iterator[Row]:
    for row in rows:
        if row.get("EventName") != "DescribeImageScanFindings" or row.get("ErrorCode") or row.get("ErrorMessage"):
            continue
        if not start <= row["TimeGenerated"] < end:
            continue
        response = json.loads(row.get("ResponseElements") or "{}")
        counts = response.get("imageScanFindings", {}).get("findingSeverityCounts", {})
        critical, high = counts.get("CRITICAL"), counts.get("HIGH")
        if not ((critical or 0) > 0 or (high or 0) > 0):
            continue
        arn = row.get("UserIdentityArn", "")
        if not arn and row.get("Resources"):
            arn = json.loads(row["Resources"])[0].get("ARN", "")
        user = arn.split("/")[-1]
        account = "Anonymous" if row.get("UserIdentityPrincipalid") == "Anonymous" else row.get("UserIdentityUserName") or user
        name, _, suffix = account.partition("@")
        yield {
            "RecipientAccountId": row.get("RecipientAccountId", ""),
            "SourceIpAddress": row.get("SourceIpAddress", ""),
            "TimeGenerated": row["TimeGenerated"],
            "UserIdentityArn": arn,
            "repoName": response.get("repositoryName", ""),
            "imageId": response.get("imageId", {}).get("imageDigest", ""),
            "Critical": critical,
            "High": high,
            "UserName": user,
            "AccountName": name,
            "AccountUPNSuffix": suffix,
        }


def executed(text: str) -> Callable[..., list[Row]]:
    """The `detect` of a generated module."""
    module: dict[str, Any] = {"__name__": "detection"}
    exec(compile(text, "<generated>", "exec"), module)
    detect: Callable[..., list[Row]] = module["detect"]
    return detect


def seed(count: int) -> bool:
    """Compares the seed rule."""
    rows, detect = events(count), executed(compile_rule(RULE, "python", Request(maps=MapChoice("sentinel"))).text)
    return compare("seed rule", count, lambda: detect({"AWSCloudTrail": rows}, START, END, END), lambda: by_hand(rows, START, END))


def shape(name: str, kql: str, hand: Callable[[list[Row]], list[Row]], rows: list[Row]) -> bool:
    """Compares one further shape."""
    detect = executed(compile_query(kql, "python").artifacts[0].text)
    return compare(name, len(rows), lambda: detect({"AWSCloudTrail": rows}), lambda: hand(rows))


def compare(name: str, count: int, generated: Callable[[], list[Row]], hand: Callable[[], list[Row]]) -> bool:
    """Runs both in turns, prints their best rates; False when they disagree."""
    best = [float("inf"), float("inf")]
    results: list[list[Row]] = [[], []]
    for _ in range(ROUNDS):
        for at, program in enumerate((generated, hand)):
            begun = time.process_time()
            results[at] = program()
            best[at] = min(best[at], time.process_time() - begun)
    if results[0] != results[1]:
        print(f"{name}: the two programs disagree", file=sys.stderr)
        return False
    rates = [f"{count / seconds:12,.0f}" for seconds in best]
    print(f"{name:10} {rates[0]} {rates[1]} {best[1] / best[0]:8.2f} {len(results[0]):10,}", flush=True)
    return True


def main() -> int:
    """Prints events a second of each shape, best of some rounds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    only = sys.argv[2:]
    print(f"{'shape':10} {'generated':>12} {'by hand':>12} {'ratio':>8} {'rows':>10}")
    agree = seed(count) if not only or "seed" in only else True
    rows = python_target_shapes.events(count // 5)
    for name, kql, hand in python_target_shapes.SHAPES:
        if not only or name in only:
            agree = shape(name, kql, hand, rows) and agree
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
