"""From the checked tree to a `Rule`. Values of the wrong shape are left out here: the schema check has said so."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Final, TypeVar

from rulec.rule.anchors import text_source
from rulec.rule.findings import Findings
from rulec.rule.model import (
    AlertDetails,
    AlertSeverity,
    Column,
    CustomDetail,
    DataConnector,
    DynamicProperty,
    EntityMapping,
    EventGrouping,
    FieldMapping,
    Incident,
    IncidentGrouping,
    Rule,
    RuleKind,
    Suppression,
    Template,
    TriggerOperator,
)
from rulec.rule.schema import choices, spelled_as
from rulec.rule.timespans import MINUTE, parse_timespan, show_timespan
from rulec.rule.tree import Mapping, Node, Scalar, Sequence, plain
from rulec.source import Source, Span

#: What "all the time" becomes on targets without such a mode; Sentinel's own shortest schedule.
NRT_WINDOW: Final = 5 * MINUTE
_OPERATORS: Final = {spelling: operator for operator in TriggerOperator for spelling in (operator.value, operator.long_form)}
_Word = TypeVar("_Word", bound=Enum)


def build_rule(tree: Mapping, kind: RuleKind, query: Source, findings: Findings) -> Rule:
    """The rule that the tree describes; timespans that cannot be read are recorded."""
    frequency = _ticks(tree, "queryFrequency", findings)
    period = _ticks(tree, "queryPeriod", findings)
    if kind is RuleKind.NRT:
        frequency = period = NRT_WINDOW
    operator = spelled_as(_text(tree.get("triggerOperator")), _OPERATORS)
    return Rule(
        kind=kind,
        path=tree.span.source.path,
        file=tree.span.source,
        query=query,
        places=_places(tree),
        id=_text(tree.get("id")),
        name=_text(tree.get("name")),
        description=_unquoted(_text(tree.get("description"))),
        severity=_member(AlertSeverity, tree.get("severity"), "severity"),
        status=_text(tree.get("status")),
        version=_text(tree.get("version")),
        tactics=tuple(spelled_as(name, choices("tactics", "items")) or name for name in _texts(tree.get("tactics"))),
        techniques=_texts(tree.get("relevantTechniques")),
        query_frequency=frequency,
        query_period=period,
        trigger_operator=_OPERATORS[operator] if operator else TriggerOperator.GREATER_THAN,
        trigger_threshold=_number(tree.get("triggerThreshold")),
        event_grouping=_event_grouping(tree.get("eventGroupingSettings")),
        suppression=Suppression(_flag(tree.get("suppressionEnabled")), _ticks(tree, "suppressionDuration", findings)),
        entity_mappings=tuple(_entity_mappings(tree.get("entityMappings"))),
        sentinel_entities=_columns(_mappings(tree.get("sentinelEntitiesMappings")), "columnName"),
        custom_details=tuple(_custom_details(tree.get("customDetails"))),
        alert_details=_alert_details(tree.get("alertDetailsOverride")),
        incident=_incident(tree.get("incidentConfiguration"), findings),
        data_connectors=tuple(_connectors(tree.get("requiredDataConnectors"))),
        tags=_texts(tree.get("tags")),
        metadata=_plain_mapping(tree.get("metadata")),
    )


# --- reading one value ---------------------------------------------------------------------------------------------


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) and node.value is not None else ""


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(_text(item) for item in node.items if isinstance(item, Scalar)) if isinstance(node, Sequence) else ()


def _number(node: Node | None) -> int:
    text = _text(node)
    return int(text) if len(text) <= 9 and text.isascii() and text.isdecimal() else 0


def _flag(node: Node | None, default: bool = False) -> bool:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    return {"true": True, "false": False}.get(_text(node).lower(), default)


def _member(words: type[_Word], node: Node | None, *path: str) -> _Word | None:
    name = spelled_as(_text(node), choices(*path))
    return words(name) if name else None


def _get(node: Node | None, key: str) -> Node | None:
    return node.get(key) if isinstance(node, Mapping) else None


def _mappings(node: Node | None) -> Iterator[Mapping]:
    yield from (item for item in node.items if isinstance(item, Mapping)) if isinstance(node, Sequence) else ()


def _column(node: Node | None) -> Column | None:
    return Column(node.text, node.span) if isinstance(node, Scalar) and _text(node) else None


def _columns(nodes: Iterator[Mapping], key: str) -> tuple[Column, ...]:
    return tuple(column for node in nodes if (column := _column(node.get(key))) is not None)


def _template(node: Node | None) -> Template | None:
    if not isinstance(node, Scalar) or not _text(node):
        return None
    return Template(text_source(node), node.text)


def _ticks(node: Node | None, key: str, findings: Findings) -> int | None:
    """The timespan under `key`; anything that is no timespan is recorded."""
    value = _get(node, key)
    if not isinstance(value, Scalar) or not _text(value):
        return None
    timespan = parse_timespan(value.text)
    if timespan is None:
        findings.error(value.span, "RC130", f"`{key}` is `{value.text}`, which is no timespan", "write 5m, 1h, 14d or d.hh:mm:ss")
        return None
    if timespan.is_iso:
        message = f"`{key}` is `{value.text}`, the ISO 8601 form of ARM templates or its capitals"
        findings.warn(value.span, "RC131", message, f"write {show_timespan(timespan.ticks)}")
    return timespan.ticks


def _unquoted(text: str) -> str:
    """The description without the quotes of the gallery's style `|` + `'…'`, which YAML keeps as text."""
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] == "'" else text


# --- reading the parts ---------------------------------------------------------------------------------------------


def _places(tree: Mapping) -> dict[str, Span]:
    """Where the top-level values stand, the grouping's values too, and each tactic and technique."""
    places = {key.text: value.span for key, value in tree.entries}
    if isinstance(grouping := _get(tree.get("incidentConfiguration"), "groupingConfiguration"), Mapping):
        places |= {key.text: value.span for key, value in grouping.entries}
    for name in ("tactics", "relevantTechniques"):
        if isinstance(node := tree.get(name), Sequence):
            scalars = [item for item in node.items if isinstance(item, Scalar)]
            places |= {f"{name}[{index}]": item.span for index, item in enumerate(scalars)}
    return places


def _event_grouping(node: Node | None) -> EventGrouping:
    found = _member(EventGrouping, _get(node, "aggregationKind"), "eventGroupingSettings", "aggregationKind")
    return found or EventGrouping.SINGLE_ALERT


def _entity_mappings(node: Node | None) -> Iterator[EntityMapping]:
    for item in _mappings(node):
        kind = item.get("entityType")
        if isinstance(kind, Scalar):
            yield EntityMapping(kind.text, tuple(_field_mappings(item.get("fieldMappings"))), kind.span)


def _field_mappings(node: Node | None) -> Iterator[FieldMapping]:
    for item in _mappings(node):
        identifier, column = item.get("identifier"), _column(item.get("columnName"))
        if isinstance(identifier, Scalar) and column is not None:
            yield FieldMapping(identifier.text, column, identifier.span)


def _custom_details(node: Node | None) -> Iterator[CustomDetail]:
    for key, value in node.entries if isinstance(node, Mapping) else ():
        if (column := _column(value)) is not None:
            yield CustomDetail(key.text, column, key.span)


def _alert_details(node: Node | None) -> AlertDetails:
    return AlertDetails(
        display_name=_template(_get(node, "alertDisplayNameFormat")),
        description=_template(_get(node, "alertDescriptionFormat")),
        severity_column=_column(_get(node, "alertSeverityColumnName")),
        tactics_column=_column(_get(node, "alertTacticsColumnName")),
        dynamic_properties=tuple(_dynamic_properties(_get(node, "alertDynamicProperties"))),
    )


def _dynamic_properties(node: Node | None) -> Iterator[DynamicProperty]:
    for item in _mappings(node):
        name, column = item.get("alertProperty"), _column(item.get("value"))
        if isinstance(name, Scalar) and column is not None:
            yield DynamicProperty(name.text, column, name.span)


def _incident(node: Node | None, findings: Findings) -> Incident:
    grouping = _get(node, "groupingConfiguration")
    return Incident(
        create=_flag(_get(node, "createIncident"), default=True),
        grouping=_grouping(grouping, findings) if isinstance(grouping, Mapping) else None,
    )


def _grouping(node: Mapping, findings: Findings) -> IncidentGrouping:
    return IncidentGrouping(
        enabled=_flag(node.get("enabled")),
        reopen_closed=_flag(node.get("reopenClosedIncident")),
        lookback=_ticks(node, "lookbackDuration", findings),
        matching_method=_text(node.get("matchingMethod")) or "AllEntities",
        entities=_texts(node.get("groupByEntities")),
        alert_details=_texts(node.get("groupByAlertDetails")),
        custom_details=_texts(node.get("groupByCustomDetails")),
    )


def _connectors(node: Node | None) -> Iterator[DataConnector]:
    for item in _mappings(node):
        yield DataConnector(_text(item.get("connectorId")), _texts(item.get("dataTypes")), item.span)


def _plain_mapping(node: Node | None) -> dict[str, object]:
    return {entry.key.text: plain(entry.value) for entry in node.entries} if isinstance(node, Mapping) else {}
