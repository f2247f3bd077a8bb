"""The alert's metadata beside the query: what a scheduler and a ticket need."""

from __future__ import annotations

import json

from rulec.alert import AlertSpec
from rulec.backend import Artifact, Unit


def metadata(unit: Unit, parameters: tuple[str, ...] = ()) -> tuple[Artifact, ...]:
    """`.meta.json` of a rule; nothing for a bare query. Durations are seconds; the query's parameters are named in order."""
    if unit.alert is None:
        return ()
    text = json.dumps({**fields(unit.alert), "parameters": list(parameters)}, ensure_ascii=False, indent=2) + "\n"
    return (Artifact(".meta.json", text),)


def _seconds(ticks: int | None) -> int | None:
    return None if ticks is None else ticks // 10_000_000


def fields(alert: AlertSpec) -> dict[str, object]:
    """What there is to know of a rule beside its query."""
    overrides = alert.overrides
    return {
        "id": alert.id,
        "name": alert.name,
        "version": alert.version,
        "description": alert.description,
        "severity": alert.severity,
        "tactics": list(alert.tactics),
        "techniques": list(alert.techniques),
        "kind": alert.kind,
        "schedule": {"every_seconds": _seconds(alert.frequency), "period_seconds": _seconds(alert.period)},
        "trigger": {"operator": alert.trigger_operator, "threshold": alert.trigger_threshold, "per_result": alert.per_result},
        "suppression_seconds": _seconds(alert.suppression),
        "entities": [{"type": e.type, "fields": dict(e.fields)} for e in alert.entities],
        "custom_details": dict(alert.custom_details),
        "overrides": {
            "title": overrides.title,
            "description": overrides.description,
            "severity_column": overrides.severity_column,
            "tactics_column": overrides.tactics_column,
            "properties": dict(overrides.properties),
        },
        "create_incident": alert.create_incident,
    }
