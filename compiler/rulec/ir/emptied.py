"""Summaries without keys in the body of `mv-apply` or `partition` give a row for a group whose rows are all filtered away.

SQL and SPL group such a body by the group's id, and a group without rows is none: so the filters become conditions of the aggregates.
"""

from __future__ import annotations

from rulec.ir.exprs import Aggregate, Call, Column, Expr
from rulec.ir.rebuild import map_relations, with_inputs
from rulec.ir.rels import Extend, Filter, Join, MvApply, MvExpand, Partition, Project, Query, Rel, Sort, Summarize
from rulec.ir.walk import columns_read, inputs, relations
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec.source import Span


class CannotMove(Exception):
    """A summary below which a filter, a join or an expansion stays: `span` is its place."""

    def __init__(self, span: Span) -> None:
        super().__init__("a summary of all rows of a group that earlier operators may leave without rows")
        self.span = span


def with_emptied_groups(query: Query) -> Query:
    """The query with the filters of such bodies in their aggregates. Raises `CannotMove` for a filter that cannot move there."""
    return replace(query, relation=map_relations(query.relation, _with_body))


def _with_body(rel: Rel) -> Rel:
    return replace(rel, body=map_relations(rel.body, _summary)) if isinstance(rel, (MvApply, Partition)) else rel


def _summary(rel: Rel) -> Rel:
    if not isinstance(rel, Summarize) or rel.keys:
        return rel
    steps: list[Extend | Sort] = []
    predicates: list[Expr] = []
    source = rel.input
    while isinstance(source, (Filter, Extend, Project, Sort)):
        match source:
            case Filter(predicate=predicate):
                written = {a.name for step in steps if isinstance(step, Extend) for a in step.assignments}
                if written & columns_read((predicate,)):
                    raise CannotMove(rel.span)
                predicates.append(predicate)
            case Project(input=below, assignments=assignments):  # what it leaves out may be what a filter before it reads
                made = tuple(a for a in assignments if not (isinstance(a.value, Column) and a.value.name == a.name))
                steps.append(Extend(below, made, source.span))
            case Extend() | Sort():
                steps.append(source)
        source = inputs(source)[0]
    if any(isinstance(rest, (Filter, MvExpand, Join)) for rest in relations(source)):
        raise CannotMove(rel.span)
    if not predicates:
        return rel
    for step in reversed(steps):
        source = with_inputs(step, (source,))
    parts = tuple(replace(part, aggregate=_filtered(part.aggregate, predicates)) for part in rel.aggregates)
    return replace(rel, input=source, aggregates=parts)


def _filtered(aggregate: Aggregate, predicates: list[Expr]) -> Aggregate:
    conditions = (*predicates, *([aggregate.condition] if aggregate.condition is not None else []))
    if len(conditions) == 1:
        return replace(aggregate, condition=conditions[0])
    nullable = any(c.nullable for c in conditions)
    return replace(aggregate, condition=Call("and", conditions, ScalarType.BOOL, nullable, aggregate.span))
