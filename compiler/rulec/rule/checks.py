"""Checks that need more than one property of a rule, or more than a schema can say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rulec.attack import technique_title, techniques
from rulec.errors import Diagnostic
from rulec.rule.entities import ENTITY_TYPES, LEGACY_COLUMNS
from rulec.rule.findings import Findings, nearest
from rulec.rule.model import PLACEHOLDER, EntityMapping, Rule, Template
from rulec.rule.schema import spelled_as
from rulec.rule.timespans import DAY, HOUR, MINUTE, show_timespan
from rulec.scalars import ScalarType
from rulec.source import Source, Span

#: Source: Learn, "Scheduled analytics rules" and the alertRules reference; the validator agrees for the first two.
TIMESPAN_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "queryFrequency": (5 * MINUTE, 14 * DAY),
    "queryPeriod": (5 * MINUTE, 14 * DAY),
    "suppressionDuration": (5 * MINUTE, DAY),
    "lookbackDuration": (5 * MINUTE, 7 * DAY),
}
MAX_PLACEHOLDERS: Final = 3


def check_rule(rule: Rule, findings: Findings, schedule: bool = True) -> None:
    """Record everything about the rule that its structure alone does not show; `schedule`: Sentinel's limits hold for its times."""
    if schedule:
        _check_schedule(rule, findings)
    _check_techniques(rule, findings)
    for mapping in rule.entity_mappings:
        _check_entity(mapping, findings)
    _check_legacy_columns(rule, findings)
    for template in (rule.alert_details.display_name, rule.alert_details.description):
        if template is not None:
            _check_template(template, findings)
    _check_grouping(rule, findings)
    check_query_text(rule.query, findings)


# --- schedule ------------------------------------------------------------------------------------------------------


def _check_schedule(rule: Rule, findings: Findings) -> None:
    grouping = rule.incident.grouping
    values = {
        "queryFrequency": rule.query_frequency,
        "queryPeriod": rule.query_period,
        "suppressionDuration": rule.suppression.duration,
        "lookbackDuration": grouping.lookback if grouping else None,
    }
    for name, ticks in values.items():
        low, high = TIMESPAN_LIMITS[name]
        if ticks is not None and not low <= ticks <= high:
            message = f"`{name}` is {show_timespan(ticks)}, expected {show_timespan(low)} to {show_timespan(high)}"
            findings.warn(rule.span_of(name), "RC132", message)
    _check_overlap(rule, findings)
    if rule.suppression.enabled and rule.suppression.duration is None:
        findings.error(rule.span_of("suppressionEnabled"), "RC120", "`suppressionDuration` is missing", "write how long, such as 5h")


def _check_overlap(rule: Rule, findings: Findings) -> None:
    frequency, period = rule.query_frequency, rule.query_period
    if frequency is None or period is None:
        return
    span = rule.span_of("queryPeriod")
    if period < frequency:
        message = f"`queryPeriod` {show_timespan(period)} is shorter than `queryFrequency` {show_timespan(frequency)}"
        findings.error(span, "RC133", message, "events between two runs would be seen by neither")
    if period >= 2 * DAY and frequency < HOUR:
        message = f"a `queryPeriod` of {show_timespan(period)} needs a `queryFrequency` of at least 1h, not {show_timespan(frequency)}"
        findings.warn(rule.span_of("queryFrequency"), "RC134", message)


# --- ATT&CK --------------------------------------------------------------------------------------------------------

#: Techniques of ATT&CK for ICS, which the Enterprise data does not hold.
_ICS: Final = re.compile(r"T0\d{3}")


def _check_techniques(rule: Rule, findings: Findings) -> None:
    for index, number in enumerate(rule.techniques):
        if not re.fullmatch(r"T\d{4}(\.\d{3})?", number) or _ICS.match(number):
            continue
        span = rule.span_of(f"relevantTechniques[{index}]")
        found = techniques().get(number)
        if found is None:
            findings.warn(span, "RC140", f"`{number}` is no technique of ATT&CK Enterprise")
        elif found.is_retired and found.successor:
            successor = f"`{found.successor}` ({technique_title(found.successor)})"
            findings.warn(span, "RC140", f"ATT&CK has retired `{number}` ({found.name})", f"its successor is {successor}")
        elif rule.tactics and not {tactic.sentinel for tactic in found.tactics} & set(rule.tactics):
            wanted = " or ".join(tactic.sentinel for tactic in found.tactics)
            findings.warn(span, "RC141", f"`{number}` ({technique_title(number)}) belongs to {wanted}, which `tactics` does not list")


# --- entities ------------------------------------------------------------------------------------------------------


def _check_entity(mapping: EntityMapping, findings: Findings) -> None:
    kind = ENTITY_TYPES.get(mapping.entity_type)
    if kind is None:
        slip = spelled_as(mapping.entity_type, ENTITY_TYPES)
        hint = f"Sentinel spells it `{slip}`" if slip else nearest(mapping.entity_type, ENTITY_TYPES)
        findings.warn(mapping.span, "RC150", f"`{mapping.entity_type}` is no entity type", hint or f"one of {', '.join(ENTITY_TYPES)}")
        return
    seen: set[str] = set()
    for field in mapping.fields:
        if field.identifier not in kind.identifiers:
            hint = nearest(field.identifier, kind.identifiers) or f"one of {', '.join(kind.identifiers)}"
            findings.warn(field.span, "RC151", f"`{field.identifier}` is no identifier of {mapping.entity_type}", hint)
        elif field.identifier in seen:
            findings.warn(field.span, "RC151", f"`{field.identifier}` is mapped more than once in one mapping")
        seen.add(field.identifier)
    if mapping.fields and not kind.is_identified_by(frozenset(seen)):
        message = f"no {mapping.entity_type} entity can come of this mapping: nothing identifies it"
        findings.warn(mapping.span, "RC152", message, f"map {kind.requirement}")


def _check_legacy_columns(rule: Rule, findings: Findings) -> None:
    if not rule.is_scheduled or "CustomEntity" not in rule.query.text:
        return
    mapped = {field.column.name for mapping in rule.entity_mappings for field in mapping.fields}
    for column, entity in LEGACY_COLUMNS.items():
        if column not in mapped and (match := re.search(rf"\b{column}\b", rule.query.text)):
            span = Span(match.start(), match.end(), rule.query)
            message = f"Sentinel no longer makes an entity of the column `{column}` by its name"
            findings.warn(span, "RC153", message, f"add it to `entityMappings` as {entity}")


# --- alert texts and incidents -------------------------------------------------------------------------------------


def _check_template(template: Template, findings: Findings) -> None:
    columns = template.columns
    if len(columns) > MAX_PLACEHOLDERS:
        message = f"the text has {len(columns)} placeholders, expected at most {MAX_PLACEHOLDERS}"
        findings.warn(columns[MAX_PLACEHOLDERS].span, "RC156", message)
    for column in columns:
        if not re.fullmatch(r"[A-Za-z_]\w*", column.name):
            findings.warn(column.span, "RC155", f"the placeholder `{{{{{column.name}}}}}` names no column", "write {{ColumnName}}")
    # A placeholder becomes NULs, so that places stay and braces that touch it are seen.
    rest = PLACEHOLDER.sub(lambda match: "\0" * len(match[0]), template.text)
    if (stray := re.search(r"\{\{|\}\}|\{(?=\0)|(?<=\0)\}", rest)) is not None:
        span = Span(stray.start(), stray.end(), template.source)
        findings.warn(span, "RC155", "braces that are part of no placeholder stay in the alert's text", "write {{ColumnName}}")


def _check_grouping(rule: Rule, findings: Findings) -> None:
    grouping = rule.incident.grouping
    if grouping is None:
        return
    types = [mapping.entity_type for mapping in rule.entity_mappings]
    keys = [detail.key for detail in rule.custom_details]
    for place, names, known in (("groupByEntities", grouping.entities, types), ("groupByCustomDetails", grouping.custom_details, keys)):
        for name in names:
            if name not in known:
                message = f"`{place}` has `{name}`, which the rule does not map"
                findings.warn(rule.span_of(place), "RC158", message, nearest(name, known))


# --- the query's text ----------------------------------------------------------------------------------------------

_INVISIBLE: Final = re.compile("[\u00a0\u00ad\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff\u0085]")
_INVISIBLE_NAMES: Final = {"\u00a0": "a no-break space", "\u200b": "a zero-width space", "\ufeff": "a byte order mark"}
_MOST_REPORTED: Final = 5


def check_query_text(query: Source, findings: Findings) -> None:
    """Record characters that look like nothing or like a space and are none to KQL."""
    if query.text.isascii():
        return
    for count, match in enumerate(_INVISIBLE.finditer(query.text)):
        if count == _MOST_REPORTED:
            return
        name = _INVISIBLE_NAMES.get(match.group(), "an invisible character")
        message = f"the query holds {name}, U+{ord(match.group()):04X}"
        findings.warn(Span(match.start(), match.end(), query), "RC160", message, "replace it by a space or remove it")


# --- against the bound query ---------------------------------------------------------------------------------------


def check_columns(rule: Rule, columns: Mapping[str, ScalarType]) -> tuple[Diagnostic, ...]:
    """Findings about columns that the rule names and its query does not produce.

    Warnings: Sentinel keeps such a rule and leaves the entity, detail or placeholder out of the alert; a target does
    the same. `columns` are the result's, by KQL's own (case-sensitive) spelling.
    """
    findings = Findings()
    for column in rule.columns:
        if column.name not in columns and column.name:
            slip = spelled_as(column.name, columns)
            hint = f"the query's result has `{slip}`" if slip else nearest(column.name, columns)
            findings.warn(column.span, "RC157", f"the query's result has no column `{column.name}`", hint)
    severity = rule.alert_details.severity_column
    if severity is not None and columns.get(severity.name, ScalarType.STRING) is not ScalarType.STRING:
        message = f"the severity column `{severity.name}` is {columns[severity.name].value}, expected string"
        findings.warn(severity.span, "RC157", message, "use tostring() in the query")
    return findings.result()
