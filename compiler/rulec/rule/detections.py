"""Custom detections of Defender XDR as rules: the form of the Graph API, and the one of the gallery's folders `XDR Detections`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rulec.rule.entities import ENTITY_TYPES
from rulec.rule.findings import Findings
from rulec.rule.schema import choices, spelled_as
from rulec.rule.timespans import DAY, parse_timespan, show_timespan
from rulec.rule.tree import Entry, Mapping, Node, Scalar, Sequence
from rulec.source import Span

#: What a detection looks back on: from once a day on a month, more often than that four times its frequency.
#: Source: Learn, "Create and manage custom detection rules" (frequency and lookback).
_LONG_LOOKBACK: Final = 30 * DAY
_LOOKBACK_RUNS: Final = 4


def is_detection(tree: Mapping) -> bool:
    """Whether the file is a custom detection."""
    return _get(_body(tree), "queryCondition", "queryText") is not None


def from_detection(tree: Mapping, findings: Findings) -> Mapping:
    """The detection with a rule's property names; what the portal does with an alert (responses, scopes) is left out."""
    body = _body(tree)
    template = _get(body, "detectionAction", "alertTemplate")
    renamed = {
        "id": _get(tree, "guid") or _get(tree, "contentProvenance", "source", "id") or _get(tree, "detectorId"),
        "name": _get(body, "displayName") or _get(template, "title"),
        "description": _get(template, "description"),
        "query": _get(body, "queryCondition", "queryText"),
        "tactics": _sequence(_tactics(template), template),
        "relevantTechniques": _sequence(_techniques(template), template),
        "entityMappings": _sequence(_entities(_get(template, "entityMappings"), findings), template),
    }
    entries = [Entry(_scalar(name, node.span), node) for name, node in renamed.items() if node is not None]
    if isinstance(severity := _get(template, "severity"), Scalar):
        entries.append(_entry("severity", severity.text.capitalize(), severity.span))
    return Mapping((*entries, *_schedule(_get(body, "schedule"), tree.span)), tree.span)


def _schedule(node: Node | None, whole: Span) -> Iterator[Entry]:
    written = _get(node, "frequency") or _get(node, "period")
    text = written.text if isinstance(written, Scalar) else ""
    span = whole if written is None else written.span
    ticks = _ticks(text)
    if not ticks and text in ("", "0", "PT0S"):
        yield _entry("kind", "NRT", span)
        return
    lookback = _get(node, "lookback")
    period = _ticks(lookback.text) if isinstance(lookback, Scalar) else _LONG_LOOKBACK if ticks >= DAY else ticks * _LOOKBACK_RUNS
    yield _entry("kind", "Scheduled", span)
    yield _entry("queryFrequency", show_timespan(ticks) if ticks else text, span)
    yield _entry("queryPeriod", show_timespan(period) if period else text, span)
    yield _entry("triggerOperator", "gt", span)
    yield Entry(_scalar("triggerThreshold", span), Scalar(0, "0", "", span))


def _ticks(text: str) -> int:
    timespan = parse_timespan(text)
    return 0 if timespan is None else timespan.ticks


def _tactics(template: Node | None) -> Iterator[Node]:
    """The category where it is a tactic (others are `Malware` and the like), or the tactics of the gallery's form."""
    category = _get(template, "category")
    if isinstance(category, Scalar) and spelled_as(category.text, choices("tactics", "items")):
        yield category
    yield from (found for item in _items(_get(template, "tactics")) if (found := _get(item, "tactic")) is not None)


def _techniques(template: Node | None) -> Iterator[Node]:
    yield from _items(_get(template, "mitreTechniques"))
    for tactic in _items(_get(template, "tactics")):
        yield from (found for item in _items(_get(tactic, "techniques")) if (found := _get(item, "technique")) is not None)


def _entities(groups: Node | None, findings: Findings) -> Iterator[Node]:
    """`ips: [{addressColumn: X}]` is the mapping of X to the address of an IP."""
    for kind, group in groups.entries if isinstance(groups, Mapping) else ():
        name = spelled_as(kind.text.removesuffix("s"), ENTITY_TYPES) or spelled_as(kind.text, ENTITY_TYPES)
        if name is None:
            findings.warn(kind.span, "RC121", f"`{kind.text}` is no group of entities that a rule can have; it is left out")
            continue
        for item in _items(group):
            fields = tuple(_fields(item, name)) if isinstance(item, Mapping) else ()
            if fields:
                mappings = Entry(_scalar("fieldMappings", item.span), Sequence(fields, item.span))
                yield Mapping((_entry("entityType", name, kind.span), mappings), item.span)


def _fields(item: Mapping, entity: str) -> Iterator[Mapping]:
    for key, column in item.entries:
        identifier = spelled_as(key.text.removesuffix("Column"), ENTITY_TYPES[entity].identifiers)
        if identifier is not None and key.text.endswith("Column") and isinstance(column, Scalar):
            yield Mapping((_entry("identifier", identifier, key.span), Entry(_scalar("columnName", key.span), column)), key.span)


# --- nodes ---------------------------------------------------------------------------------------------------------


def _body(tree: Mapping) -> Mapping:
    properties = tree.get("properties")
    return properties if isinstance(properties, Mapping) else tree


def _get(node: Node | None, *path: str) -> Node | None:
    for key in path:
        node = node.get(key) if isinstance(node, Mapping) else None
    return None if isinstance(node, Scalar) and node.value is None else node


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else ()


def _sequence(items: Iterator[Node], beside: Node | None) -> Sequence | None:
    found = tuple(items)
    return Sequence(found, found[0].span if beside is None else beside.span) if found else None


def _scalar(text: str, span: Span) -> Scalar:
    return Scalar(text, text, "", span)


def _entry(key: str, text: str, span: Span) -> Entry:
    return Entry(_scalar(key, span), _scalar(text, span))
