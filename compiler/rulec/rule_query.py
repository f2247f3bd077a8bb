"""What a rule adds to its query: the alert it raises, and which of the query's columns come out."""

from __future__ import annotations

import re
from typing import Final, Literal, assert_never

from rulec.alert import AlertOverrides, AlertSpec, Entity
from rulec.bind.unpack import settled
from rulec.ir import exprs
from rulec.ir.exprs import Column
from rulec.ir.rels import (
    Assignment,
    Extend,
    External,
    Filter,
    Given,
    Join,
    MakeSeries,
    MvApply,
    MvExpand,
    Parse,
    ParseKv,
    Partition,
    Plugin,
    Project,
    Query,
    Range,
    Rel,
    Sample,
    Scan,
    ScanOperator,
    Serialize,
    Shared,
    Sort,
    Summarize,
    Take,
    TopNested,
    Union,
    Values,
)
from rulec.ir.walk import inputs
from rulec.rule.model import EventGrouping, Rule, RuleKind

#: `alert`: TimeGenerated, what the query makes, what the rule names. `all`: every column.
OutputColumns = Literal["alert", "all"]

TIME_COLUMN: Final = "TimeGenerated"
#: `project` itself, not `project-away` and its like: those say what is not wanted.
_PROJECT: Final = re.compile(r"\|?\s*project\b(?!-)")


def alert_of(rule: Rule) -> AlertSpec | None:
    """The alert of a rule; None for a bare query, which raises none."""
    if rule.kind is RuleKind.QUERY:
        return None
    details = rule.alert_details
    return AlertSpec(
        id=rule.id,
        name=rule.name,
        version=rule.version,
        description=rule.description,
        severity=rule.severity.value if rule.severity else "",
        tactics=rule.tactics,
        techniques=rule.techniques,
        kind=rule.kind.value,
        frequency=rule.query_frequency,
        period=rule.query_period,
        trigger_operator=rule.trigger_operator.value,
        trigger_threshold=rule.trigger_threshold,
        per_result=rule.event_grouping is EventGrouping.ALERT_PER_RESULT,
        suppression=rule.suppression.duration if rule.suppression.enabled else None,
        entities=tuple(Entity(m.entity_type, tuple((f.identifier, f.column.name) for f in m.fields)) for m in rule.entity_mappings),
        custom_details=tuple((d.key, d.column.name) for d in rule.custom_details),
        overrides=AlertOverrides(
            title=details.display_name.text if details.display_name else "",
            description=details.description.text if details.description else "",
            severity_column=details.severity_column.name if details.severity_column else "",
            tactics_column=details.tactics_column.name if details.tactics_column else "",
            properties=tuple((p.property, p.column.name) for p in details.dynamic_properties),
        ),
        create_incident=rule.incident.create,
    )


def keep_columns(query: Query, rule: Rule, mode: OutputColumns) -> Query:
    """The query with the columns that should come out, in their order. A closing `project` or `summarize` is kept whole.

    Columns that only the data name (`bag_unpack`, `pivot`) come out with `all`; `alert` keeps those that the query reads.
    """
    if mode == "all":
        return query
    wanted = made_columns(query.relation) | {TIME_COLUMN} | {c.name for c in rule.columns}
    kept = tuple(c for c in query.columns if c.name in wanted)
    is_open = _is_open(query.relation)
    if not kept or (len(kept) == len(query.columns) and not is_open):
        return query
    span = query.relation.span
    assignments = tuple(Assignment(c.name, Column(c.name, c.type, c.nullable, span)) for c in kept)
    project = Project(query.relation, assignments, span)
    return Query(settled(project) if is_open else project, query.ordered)


def _is_open(root: Rel) -> bool:
    """Whether columns depend on the data, here or in what the relation reads."""
    stack = [root]
    while stack:
        rel = stack.pop()
        if isinstance(rel, Plugin) and rel.open:
            return True
        stack.extend(inputs(rel))
    return False


def made_columns(rel: Rel) -> frozenset[str]:
    """The output columns that the query made or chose itself: all but those that only pass through from a table."""
    below: list[Rel] = []
    while (source := _row_source(rel)) is not None:
        below.append(rel)
        rel = source
    made = _leaf(rel)
    for step in reversed(below):
        made = _after(step, made)
    return made


def _row_source(rel: Rel) -> Rel | None:
    """The input whose columns a row-wise step passes on; None for what is no such step."""
    match rel:
        case Filter() | Extend() | Sort() | Take() | Sample() | Serialize() | MvExpand() | Parse() | ParseKv() | ScanOperator():
            return rel.input
        case Project() if not _PROJECT.match(rel.span.text):
            return rel.input
        case Shared():
            return rel.relation
        case _:
            return None


def _after(step: Rel, made: frozenset[str]) -> frozenset[str]:
    match step:
        case Project(assignments=assignments):
            passed = {a.name for a in assignments if isinstance(a.value, Column) and a.value.name == a.name and a.name not in made}
            return frozenset(a.name for a in assignments) - passed
        case Extend(assignments=assignments):
            return made | {a.name for a in assignments}
        case MvExpand(expanded=expanded, index=index):
            return made | {e.column.name for e in expanded} | ({index} if index else set())
        case Parse(pieces=pieces):
            return made | {p.column.name for p in pieces if p.column}
        case ParseKv(keys=keys):
            return made | {k.name for k in keys}
        case ScanOperator(input=source):
            return made | ({c.name for c in step.columns} - {c.name for c in source.columns})
        case _:
            return made


def _padding(leg: Rel, union: Union) -> frozenset[str]:
    """The columns that a leg lacks: the binder's own Project of the leg, which has the union's span, fills them."""
    if not isinstance(leg, Project) or leg.span[:2] != union.span[:2]:
        return frozenset()
    return frozenset(a.name for a in leg.assignments if isinstance(a.value, exprs.Literal) and a.value.value in (None, ""))


def _leaf(rel: Rel) -> frozenset[str]:
    match rel:
        case Scan() | Given():
            return frozenset()
        case Join(left=left, right=right, outputs=outputs):
            sides = {"left": made_columns(left), "right": made_columns(right)}
            return frozenset(o.column.name for o in outputs if o.source in sides[o.side])
        case Union(inputs=inputs):
            return frozenset().union(*(made_columns(leg) - _padding(leg, rel) for leg in inputs))
        case MvApply(expand=expand, body=body, outputs=outputs):
            sides = {"row": made_columns(expand.input), "body": made_columns(body) | {e.column.name for e in expand.expanded}}
            return frozenset(o.column.name for o in outputs if o.source in sides[o.side])
        case Partition(input=source, body=body):
            return made_columns(source) | made_columns(body)
        case Project() | Summarize() | Values() | External() | Range() | MakeSeries() | TopNested() | Plugin():
            return frozenset(c.name for c in rel.columns)
        case Filter() | Extend() | Sort() | Take() | Sample() | Serialize() | MvExpand() | Parse() | ParseKv() | ScanOperator() | Shared():
            raise AssertionError("a row-wise step is no leaf")
        case _:
            assert_never(rel)
