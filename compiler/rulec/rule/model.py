"""A Sentinel rule as the rest of the compiler sees it: typed, with a place for everything that can be complained about.

Spans in these classes point into `Rule.file`, the YAML text; `Rule.query` is the KQL text with its own way back to
the same file. Places are no part of equality.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Final

from rulec.records import record
from rulec.source import Source, Span


class RuleKind(Enum):
    """What Sentinel does with the query."""

    SCHEDULED = "Scheduled"
    NRT = "NRT"
    #: A hunting query: run by hand, no schedule.
    HUNTING = "Hunting"
    #: A bare KQL text, or an entity exploration query: no schedule and no alert.
    QUERY = "Query"


class AlertSeverity(Enum):
    """The severity of the alerts a rule raises, Sentinel's own words."""

    INFORMATIONAL = "Informational"
    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"


class TriggerOperator(Enum):
    """How the number of result rows is compared with the threshold; the value is YAML's short form."""

    GREATER_THAN = "gt"
    LESS_THAN = "lt"
    EQUAL = "eq"
    NOT_EQUAL = "ne"

    @property
    def long_form(self) -> str:
        """ARM's spelling, such as `GreaterThan`."""
        return "".join(word.capitalize() for word in self.name.split("_"))


class EventGrouping(Enum):
    """One alert a run, or one a result row."""

    SINGLE_ALERT = "SingleAlert"
    ALERT_PER_RESULT = "AlertPerResult"


@record(frozen=True, slots=True)
class Column:
    """A column of the query's result that the rule names."""

    name: str
    span: Span = field(compare=False, repr=False)


@record(frozen=True, slots=True)
class FieldMapping:
    """One identifier of an entity and the column that holds it."""

    identifier: str
    column: Column
    span: Span = field(compare=False, repr=False)


@record(frozen=True, slots=True)
class EntityMapping:
    """An entity that each alert names, such as the account or the address."""

    entity_type: str
    fields: tuple[FieldMapping, ...]
    span: Span = field(compare=False, repr=False)


@record(frozen=True, slots=True)
class CustomDetail:
    """A column shown in the alert under the name `key`."""

    key: str
    column: Column
    span: Span = field(compare=False, repr=False)


@record(frozen=True, slots=True)
class DynamicProperty:
    """An alert property taken from a column, such as `AlertLink`."""

    property: str
    column: Column
    span: Span = field(compare=False, repr=False)


#: Exactly what Sentinel's validator counts as a placeholder.
PLACEHOLDER: Final = re.compile(r"\{\{([^{}]*)\}\}")


@record(frozen=True, slots=True)
class Template:
    """A text with `{{column}}` placeholders. Its source leads back to the YAML file."""

    source: Source = field(compare=False, repr=False)
    text: str

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns the placeholders name, in order, repeats included."""
        return tuple(part for part in self.parts if isinstance(part, Column))

    @property
    def parts(self) -> tuple[str | Column, ...]:
        """The text cut into literal pieces and columns."""
        parts: list[str | Column] = []
        end = 0
        for match in PLACEHOLDER.finditer(self.text):
            parts.append(self.text[end : match.start()])
            parts.append(Column(match[1].strip(), Span(match.start(1), match.end(1), self.source)))
            end = match.end()
        parts.append(self.text[end:])
        return tuple(part for part in parts if part)


@record(frozen=True, slots=True)
class AlertDetails:
    """`alertDetailsOverride`: alert texts and properties that depend on the row."""

    display_name: Template | None = None
    description: Template | None = None
    severity_column: Column | None = None
    tactics_column: Column | None = None
    dynamic_properties: tuple[DynamicProperty, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column that is named here, in order, repeats included."""
        templates = (t for t in (self.display_name, self.description) if t is not None)
        named = (c for c in (self.severity_column, self.tactics_column) if c is not None)
        return (*(c for t in templates for c in t.columns), *named, *(p.column for p in self.dynamic_properties))


@record(frozen=True, slots=True)
class Suppression:
    """Whether the rule stops after an alert, and for how many 100 ns ticks."""

    enabled: bool = False
    duration: int | None = None


@record(frozen=True, slots=True)
class IncidentGrouping:
    """`groupingConfiguration`: which alerts join one incident; `lookback` in 100 ns ticks."""

    enabled: bool = False
    reopen_closed: bool = False
    lookback: int | None = None
    matching_method: str = "AllEntities"
    entities: tuple[str, ...] = ()
    alert_details: tuple[str, ...] = ()
    custom_details: tuple[str, ...] = ()


@record(frozen=True, slots=True)
class Incident:
    """Whether alerts become incidents, and how they are grouped."""

    create: bool = True
    grouping: IncidentGrouping | None = None


@record(frozen=True, slots=True)
class DataConnector:
    """A connector whose data types (tables) the rule needs."""

    connector_id: str
    data_types: tuple[str, ...]
    span: Span = field(compare=False, repr=False)


@record(frozen=True, slots=True)
class Rule:
    """A rule file, read and checked.

    Attributes:
        query: The KQL text; offsets lead to the YAML file's lines and columns.
        query_frequency, query_period: 100 ns ticks. An NRT rule has the 5 minutes that stand for "all the time" on
            targets without such a mode; `None` for hunting queries and bare KQL.
        description: Without the literal quotes that published rules wrap it in.
        severity: `None` where the file has none, as in most hunting queries.
        places: The value of each property of the top level and of `groupingConfiguration`, by its YAML name; each
            tactic and technique as `tactics[0]`.
        file: The whole file.
    """

    kind: RuleKind
    path: str
    file: Source = field(compare=False, repr=False)
    query: Source = field(repr=False)
    places: Mapping[str, Span] = field(compare=False, repr=False)
    id: str = ""
    name: str = ""
    description: str = ""
    severity: AlertSeverity | None = None
    status: str = ""
    version: str = ""
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    query_frequency: int | None = None
    query_period: int | None = None
    trigger_operator: TriggerOperator = TriggerOperator.GREATER_THAN
    trigger_threshold: int = 0
    event_grouping: EventGrouping = EventGrouping.SINGLE_ALERT
    suppression: Suppression = Suppression()
    entity_mappings: tuple[EntityMapping, ...] = ()
    sentinel_entities: tuple[Column, ...] = ()
    custom_details: tuple[CustomDetail, ...] = ()
    alert_details: AlertDetails = AlertDetails()
    incident: Incident = Incident()
    data_connectors: tuple[DataConnector, ...] = ()
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_scheduled(self) -> bool:
        """Whether Sentinel runs the rule by itself and raises alerts."""
        return self.kind in (RuleKind.SCHEDULED, RuleKind.NRT)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every result column that the rule names outside the query, repeats included."""
        mapped = (f.column for m in self.entity_mappings for f in m.fields)
        return (*mapped, *self.sentinel_entities, *(d.column for d in self.custom_details), *self.alert_details.columns)

    def span_of(self, name: str) -> Span:
        """A place by its name in `places`; the file's first line where the rule has none."""
        return self.places.get(name) or Span(0, 0, self.file)
