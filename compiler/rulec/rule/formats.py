"""Which kind of rule a tree is, and which other product's file it is when it is none."""

from __future__ import annotations

from typing import Final

from rulec.rule.findings import Findings, nearest
from rulec.rule.model import RuleKind
from rulec.rule.tree import Entry, Mapping, Scalar

#: A file with one of these is scheduled, whatever folder it is in.
_SCHEDULE_KEYS: Final = ("queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold")
_KINDS: Final = {kind.value.lower(): kind for kind in (RuleKind.SCHEDULED, RuleKind.NRT)}

#: Entity exploration queries of the gallery write these names.
_EXPLORATION: Final = {"Id": "id", "DisplayName": "name", "Description": "description", "Tactics": "tactics"}
_EXPLORATION_ONLY: Final = frozenset(
    {"InputEntityType", "InputFields", "OutputEntityTypes", "QueryPeriodBefore", "QueryPeriodAfter", "DataSources"}
)

_ARM_NAMES: Final = "displayName is name, techniques is relevantTechniques"
#: Keys that give a foreign file away: all of one row present, and what the file then is.
_FOREIGN: Final = (
    (("resources", "$schema"), "an ARM template", f"take `properties` of the rule's resource; {_ARM_NAMES}"),
    (("properties", "kind"), "an ARM resource", f"take its `properties`; {_ARM_NAMES}"),
    (("given", "expect"), "a rule's test", "the rule stands beside it, without `.test` in its name"),
    (("detection", "logsource"), "a Sigma rule", "convert it to KQL with sigma-cli first"),
    (("query_frequency",), "in Terraform's spelling", "write camelCase: queryFrequency, queryPeriod, triggerOperator"),
    (("display_name", "query"), "in Terraform's spelling", "write camelCase: name, queryFrequency, entityMappings"),
    (("entity_mapping", "query"), "in Terraform's spelling", "write camelCase: entityMappings, fieldMappings"),
    (("entity_mappings", "query"), "in Terraform's spelling", "write camelCase: entityMappings, fieldMappings"),
)


def is_foreign(tree: Mapping, findings: Findings) -> bool:
    """Whether the file is another product's; a finding then says which."""
    for keys, what, hint in _FOREIGN:
        found = [tree.key(key) for key in keys]
        first = found[0]
        if first is not None and all(found):
            findings.error(first.span, "RC113", f"the file is {what}, expected a Sentinel rule in YAML", hint)
            return True
    return False


def kind_of(tree: Mapping, findings: Findings) -> RuleKind | None:
    """The kind by `kind` and by keys, never by folder; `None` when `kind` names another one."""
    schedule = [key for name in _SCHEDULE_KEYS if (key := tree.key(name)) is not None]
    written = tree.get("kind")
    if written is None:
        return RuleKind.SCHEDULED if schedule else RuleKind.HUNTING
    text = written.text if isinstance(written, Scalar) else ""
    kind = _KINDS.get(text.lower())
    if kind is None:
        hint = nearest(text, (k.value for k in _KINDS.values())) or "Scheduled and NRT rules have a query; other kinds have none to compile"
        findings.error(written.span, "RC115", f"`kind` is `{text}`, expected Scheduled or NRT", hint)
    if kind is RuleKind.NRT:
        for key in schedule:
            findings.warn(key.span, "RC116", f"an NRT rule has no `{key.text}`; Sentinel runs it all the time", "remove it")
    return kind


def is_exploration(tree: Mapping) -> bool:
    """Whether the file is an entity exploration query of the gallery."""
    return any(tree.key(name) is not None for name in ("InputEntityType", "InputFields"))


def from_exploration(tree: Mapping, findings: Findings) -> Mapping:
    """An exploration query with a rule's property names; the values that only it has are left out."""
    findings.warn(
        tree.entries[0].key.span,
        "RC117",
        "the file is an entity exploration query, not a rule: no alert comes of it",
        "placeholders such as `<Address>` in the query stay as they are",
    )
    entries = tuple(
        Entry(Scalar(name, name, "", key.span), value)
        for key, value in tree.entries
        if (name := _EXPLORATION.get(key.text, key.text)) not in _EXPLORATION_ONLY
    )
    return Mapping(entries, tree.span)
