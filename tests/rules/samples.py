"""The sample rules with their events: `<stem>.test.yaml` beside each rule.

`given` has the vendor's own events by table, `expect` how many rows and alerts they give and some cells of those rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rulec.driver.times import parse_time
from tests.golden import RULES, rule_files


@dataclass(frozen=True, slots=True)
class Sample:
    """A rule's file with its events and what they must give; `now` in ticks."""

    path: Path
    now: int
    given: Mapping[str, list[dict[str, Any]]]
    rows: int
    alerts: int
    contains: tuple[Mapping[str, Any], ...]

    @property
    def name(self) -> str:
        return str(self.path.relative_to(RULES).with_suffix(""))

    def write_events(self, folder: Path) -> dict[str, list[str]]:
        """Writes each table's events as JSON lines; the paths by table."""
        paths: dict[str, list[str]] = {}
        for table, events in self.given.items():
            path = folder / f"{table}.jsonl"
            path.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events), "utf-8")
            paths[table] = [str(path)]
        return paths


def samples() -> list[Sample]:
    """All sample rules; one without events is an error."""
    return [_sample(path) for path in rule_files()]


def _sample(path: Path) -> Sample:
    text = path.with_name(path.stem + ".test.yaml").read_text("utf-8")
    data = yaml.safe_load(text)
    now = data["now"]
    moment = parse_time(now if isinstance(now, str) else now.isoformat(), "now")
    expect = data["expect"]
    return Sample(path, moment, data["given"], expect["rows"], expect["alerts"], tuple(expect["contains"]))
