"""The sample rules on the server: as generated for a table, beside the Python target's own run over the same events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from rulec.api import Compiled, compile_stages
from rulec.driver.settings import Job
from rulec.driver.times import show_time
from rulec.map_choice import MapChoice
from rulec.pipeline import Stages, analyse
from rulec.rule.model import Rule
from rulec.running.alerts import Results, Window, alerts_of
from rulec.running.engines import Moments
from rulec.running.tables import Rows
from rulec.running.times import window_of
from rulec.scalars import TICKS_PER_SECOND, ScalarType
from tests.trino import tables
from tests.trino.client import Client

#: Times leave as the texts that the Python target gives.
SETTINGS: Final = {"times": "text"}


@dataclass(frozen=True, slots=True)
class Found:
    """A rule's rows and alerts; arrays are sorted, as those of `make_set` have no order."""

    rows: list[str]
    alerts: list[str]


def compiled_rule(
    rule: Rule, job: Job, maps: MapChoice, moments: Moments, settings: Mapping[str, str] = SETTINGS
) -> tuple[Stages, Compiled]:
    """The rule's Athena SQL for literal times."""
    request = job.request("athena")
    options = replace(request.options, start=moments.start, end=moments.end, now=moments.now, settings=settings)
    stages = analyse(rule, request.settings)
    return stages, compile_stages(stages, "athena", replace(request, options=options, maps=maps), "rule")


def run_rule(client: Client, rule: Rule, job: Job, maps: MapChoice, renamed: Mapping[str, str]) -> Found:
    """Runs the generated SQL with its tables renamed."""
    moments = window_of(rule, job, {})
    stages, compiled = compiled_rule(rule, job, maps, moments)
    text = compiled.text
    for stored, table in renamed.items():
        text = text.replace(f"FROM {stored}\n", f'FROM "{table}"\n')
    answer = client.run(text)
    rows = [tuple(_shown(v, c.type) for v, c in zip(row, compiled.columns, strict=True)) for row in answer.rows]
    return found(stages, job, Results(compiled.columns, rows), Window(show_time(moments.start), show_time(moments.end)))


def found(stages: Stages, job: Job, results: Results, window: Window) -> Found:
    """Rows and alerts in a form that does not depend on the order of rows and sets."""
    rows = sorted((tuple(_sorted(cell) for cell in row) for row in results.rows), key=repr)
    alerts = alerts_of(stages, job.request("python"), Results(results.columns, rows), window) if stages.alert is not None else []
    return Found([repr(r) for r in rows], sorted(json.dumps(a, sort_keys=True, default=str) for a in alerts))


def _sorted(cell: Any) -> Any:
    return sorted(cell, key=repr) if isinstance(cell, list) else cell


def _shown(value: Any, kind: ScalarType) -> Any:
    return json.loads(value) if kind is ScalarType.DYNAMIC and isinstance(value, str) else value


def stored_rows(rows: Rows) -> Iterable[Mapping[str, Any]]:
    """Rows of carriers as a table "as Sentinel" stores them: its times have milliseconds."""
    for row in rows:
        yield {c.name.lower(): _stored(row[c.name], c.type) for c in rows.columns}


def _stored(value: Any, kind: ScalarType) -> Any:
    match kind:
        case ScalarType.DATETIME if value is not None:
            assert value % (TICKS_PER_SECOND // 1000) == 0
            return show_time(value).replace("T", " ")[:23].rstrip("Z")
        case ScalarType.DYNAMIC if value is not None:
            return json.dumps(value, ensure_ascii=False)
        case _:
            return value


def create(client: Client, name: str, rows: Rows) -> str:
    """A table "as Sentinel" of the rows' columns."""
    return tables.create_sentinel(client, name, {c.name: c.type for c in rows.columns}, stored_rows(rows))


def differences(expected: Sequence[str], got: Sequence[str]) -> str:
    """What one side has and the other has not."""
    missing = [x for x in expected if x not in got][:3]
    extra = [x for x in got if x not in expected][:3]
    return f"missing {missing}; too many {extra}"
