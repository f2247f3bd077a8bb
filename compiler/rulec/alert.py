"""The alert model: what a rule does with the rows its query gives. Every target carries it in its own way."""

from __future__ import annotations

from typing import Literal

from rulec.records import record

TriggerOperator = Literal["gt", "lt", "eq", "ne"]


@record(frozen=True, slots=True)
class Entity:
    """An entity mapping: `fields` are pairs of an identifier (`Name`) and the result column that holds it."""

    type: str
    fields: tuple[tuple[str, str], ...]


@record(frozen=True, slots=True)
class AlertOverrides:
    """`alertDetailsOverride`: templates with `{{column}}` places; empty strings when not given."""

    title: str = ""
    description: str = ""
    severity_column: str = ""
    tactics_column: str = ""
    properties: tuple[tuple[str, str], ...] = ()


@record(frozen=True, slots=True)
class AlertSpec:
    """A rule's schedule, trigger and alert.

    Durations are 100 ns ticks; `frequency` and `period` are None for a hunting query or bare KQL.
    """

    id: str
    name: str
    version: str
    description: str
    severity: str
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]
    kind: str
    frequency: int | None
    period: int | None
    trigger_operator: TriggerOperator
    trigger_threshold: int
    per_result: bool
    suppression: int | None
    entities: tuple[Entity, ...]
    custom_details: tuple[tuple[str, str], ...]
    overrides: AlertOverrides
    create_incident: bool
