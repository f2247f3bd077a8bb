"""From result rows to alerts: trigger, grouping, entities, details and texts, as Sentinel makes them.

Rows hold carriers; everything shown is KQL's text of the value (`rulec.running.texts`).
Source: Learn, "Customize alert details", "Surface custom event details in alerts", "Map data fields to entities".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rulec.alert import AlertSpec
from rulec.ir.rels import ColumnDef
from rulec.running.texts import as_json, as_text

_TRIGGERS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "gt": lambda count, threshold: count > threshold,
    "lt": lambda count, threshold: count < threshold,
    "eq": lambda count, threshold: count == threshold,
    "ne": lambda count, threshold: count != threshold,
}
_PLACE: Final = re.compile(r"\{\{([^{}]*)\}\}")
#: Sentinel's limits: a detail holds 50 values, the texts are cut, one run gives 150 alerts of single results.
MAX_DETAIL_VALUES: Final = 50
MAX_TITLE: Final = 256
MAX_DESCRIPTION: Final = 5000
_SEVERITIES: Final = {s.lower(): s for s in ("Informational", "Low", "Medium", "High")}


@dataclass(frozen=True, slots=True)
class Window:
    """What a run covered, as ISO texts."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Results:
    """The rows of a run: columns with their types, and carriers."""

    columns: tuple[ColumnDef, ...]
    rows: Sequence[Sequence[Any]]

    def shown(self, row: Sequence[Any]) -> dict[str, Any]:
        """A row as JSON, by column."""
        return {c.name: as_json(v, c.type) for c, v in zip(self.columns, row, strict=True)}

    def texts(self, row: Sequence[Any]) -> dict[str, str]:
        """A row's values as texts, by column."""
        return {c.name: as_text(v, c.type) for c, v in zip(self.columns, row, strict=True)}


def alerts_of(spec: AlertSpec, results: Results, window: Window) -> list[dict[str, Any]]:
    """The alerts of a run, each as the object that `rulec run --json` prints."""
    if not _TRIGGERS[spec.trigger_operator](len(results.rows), spec.trigger_threshold):
        return []
    groups = [[row] for row in results.rows] if spec.per_result else [list(results.rows)]
    return [_alert(spec, Results(results.columns, group), window) for group in groups]


def _alert(spec: AlertSpec, results: Results, window: Window) -> dict[str, Any]:
    texts = [results.texts(row) for row in results.rows]
    first = texts[0] if texts else {}
    overrides = spec.overrides
    return {
        "rule": spec.id,
        "name": spec.name,
        "severity": _SEVERITIES.get(first.get(overrides.severity_column, "").lower(), spec.severity),
        "title": _filled(overrides.title, first, MAX_TITLE) or spec.name,
        "description": _filled(overrides.description, first, MAX_DESCRIPTION) or spec.description.strip(),
        "tactics": _tactics(first.get(overrides.tactics_column, "")) or list(spec.tactics),
        "techniques": list(spec.techniques),
        "entities": _entities(spec, texts),
        "custom_details": {key: _distinct(row.get(column, "") for row in texts)[:MAX_DETAIL_VALUES] for key, column in spec.custom_details},
        "window": {"start": window.start, "end": window.end},
        "rows": [results.shown(row) for row in results.rows],
    }


def _filled(template: str, row: Mapping[str, str], limit: int) -> str:
    """The template with the row's values; a column that the row lacks leaves nothing."""
    return _PLACE.sub(lambda place: row.get(place[1].strip(), ""), template)[:limit] if row else ""


def _tactics(text: str) -> list[str]:
    return [part.strip() for part in text.strip("[]").replace('"', "").split(",") if part.strip()]


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(v for v in values if v))


def _entities(spec: AlertSpec, rows: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Each distinct entity of the rows: its type and the identifiers that have a value."""
    found: dict[tuple[tuple[str, str], ...], None] = {}
    for row in rows:
        for entity in spec.entities:
            named = tuple((identifier, row[column]) for identifier, column in entity.fields if row.get(column))
            if named:
                found.setdefault((("type", entity.type), *named))
    return [dict(entity) for entity in found]
