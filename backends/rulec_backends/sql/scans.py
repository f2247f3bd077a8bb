"""`scan`: the rows of a partition as one list, folded by the steps; the matches become rows again.

A step's state is its chain: the rows that it and the steps before it matched last, of which only the columns that a step reads are
kept. A row is tried on the steps from the last to the first; a match at a step takes over the chain of the step before it, which then
has none. Source: Learn, "scan operator"; recorded answers (kql.md 8.30).
"""

from __future__ import annotations

from collections.abc import Iterator

from rulec.ir.exprs import Expr, InRelation, ToScalar
from rulec.ir.rels import ScanOperator, ScanStepDef
from rulec.ir.walk import expressions
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec_backends.sql import reads, relations
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.levels import Level, OrderKey, Slot
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.scan_steps import Folding
from rulec_backends.sql.trees import Tree


def scan_operator(p: Pipeline, rel: ScanOperator) -> Level:
    _check(rel)
    level = relations.lower(p, rel.input)
    outer = len(level.group)
    level = p.settled(relations.ordinal(p, level), reads.columns(*rel.partition))
    row = Row(p, level)
    parts = tuple(row.lower(e) for e in rel.partition)
    level = relations.with_hoists(p, level, row)
    level = p.closed(replace(level, group=(*level.group, *parts)), word="numbered")
    level = _matches(p, rel, level)
    return relations.noted(replace(level, group=level.group[:outer]), rel.span)


def _check(rel: ScanOperator) -> None:
    if any(step.output == "last" for step in rel.steps):
        raise Refusal("`output=last` of a step of `scan` is not supported")
    if rel.match_id is not None and rel.partition:
        raise Refusal("`scan` with match ids over partitions is not supported", "leave out `with_match_id`")
    if any(isinstance(n, (InRelation, ToScalar)) for step in rel.steps for e in exprs_of(step) for n in expressions(e)):
        raise Refusal("a subquery inside a step of `scan` is not supported", "compute it in an `extend` before")


def exprs_of(step: ScanStepDef) -> Iterator[Expr]:
    yield step.condition
    yield from (a.value for a in step.assignments)


def _matches(p: Pipeline, rel: ScanOperator, level: Level) -> Level:
    """The matches' columns as lists, and these side by side as rows."""
    folding = Folding(p, rel, level)
    rows, found, place = p.fresh("_rows"), p.fresh("_found"), level.order[0]
    record = folding.row_of(level, place.tree)
    listed = p.dialect.list_aggregate(t.with_order(record, [place.ordered()]))
    groups = list(level.group)
    level = p.closed(Level(level.source, {}, grouping=groups, group=level.group, word="gathered"), {rows: listed})
    level.columns[rows] = Slot(t.col(rows), ScalarType.DYNAMIC, True)
    level = p.closed(level, {found: folding.found(Row(p, level), t.col(rows))}, word="scanned")

    def listed_column(name: str | None) -> Tree:
        return p.dialect.list_map(Row(p, level), t.col(found), lambda match: folding.column(t.col(rows), match, name))

    lists = [(p.fresh("_item"), listed_column(name)) for name in (*(c.name for c in rel.columns), None)]
    number = p.fresh("_match")
    level = p.dialect.unnest(p, replace(level, columns={}), lists, number)
    columns = {c.name: Slot(t.col(label), c.type, c.nullable) for c, (label, _) in zip(rel.columns, lists, strict=False)}
    order = (OrderKey(t.col(lists[-1][0]), False, False), OrderKey(t.col(number), False, False))
    return replace(level, columns=columns, order=order, word="scanned")
