"""`partition` and `mv-apply`: the body runs once for all groups, with the group's id as a hidden column.

Summaries group by it, windows and `take` are partitioned by it, joins match on it: no correlated subquery is needed.
"""

from __future__ import annotations

from rulec.ir.rels import Given, MvApply, Partition
from rulec.records import replace
from rulec_backends.sql import expand, nodes, reads, relations
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.levels import Level, OrderKey, Slot
from rulec_backends.sql.pipeline import Pipeline, Refusal


def given(p: Pipeline, rel: Given) -> Level:
    if not p.given:
        raise Refusal("the rows of an enclosing operator are not known here")
    level = p.given[-1]
    columns = {c.name: level.columns[c.name] for c in rel.columns}
    return replace(level, columns=columns, where=list(level.where), comments=[])


def partition(p: Pipeline, rel: Partition) -> Level:
    level = relations.lower(p, rel.input)
    outer = level.group
    level = p.settled(level, reads.columns(rel.key))
    row = Row(p, level)
    key = row.lower(rel.key)
    level = relations.with_hoists(p, level, row)
    level = p.closed(replace(level, group=(*outer, key)), word="partitioned")
    p.given.append(level)
    try:
        body = relations.lower(p, rel.body)
    finally:
        p.given.pop()
    body = body if body.is_open else p.closed(body)
    return relations.noted(replace(body, group=body.group[: len(outer)]), rel.span)


def mv_apply(p: Pipeline, rel: MvApply) -> Level:
    level = relations.lower(p, rel.expand.input)
    outer = len(level.group)
    level = p.opened(level)
    rid = p.fresh("_rid")
    number = t.window(t.call("row_number"), [], [k.ordered() for k in level.order])
    base = p.closed(replace(level, frozen=True), {rid: number}, word="numbered")
    expanded = expand.expanded(p, replace(base, group=(*base.group, t.col(rid)), order=()), rel.expand)
    relations.noted(expanded, rel.span)
    expanded = p.closed(expanded)
    p.given.append(expanded)
    try:
        body = relations.lower(p, rel.body)
    finally:
        p.given.pop()
    body = body if body.is_plain and isinstance(body.source, nodes.Table) else p.closed(body)
    return _rejoined(p, rel, base, rid, body, outer)


def _rejoined(p: Pipeline, rel: MvApply, base: Level, rid: str, body: Level, outer: int) -> Level:
    """The body's rows with the columns of their input row."""
    from rulec_backends.sql.joins import _aliased, _qualified

    if len(body.group) <= outer:
        raise Refusal("the body of `mv-apply` does not read the expanded rows")
    columns: dict[str, Slot] = {}
    for output in rel.outputs:
        side, name = (base, "l") if output.side == "row" else (body, "r")
        source = side.columns[output.source]
        columns[output.column.name] = replace(source, tree=_qualified(source.tree, name))
    condition = t.eq(_qualified(t.col(rid), "l"), _qualified(body.group[outer], "r"))
    order: tuple[OrderKey, ...] = ()
    if id(rel.body) in p.order_needed or base.order or body.order:
        order = (
            OrderKey(_qualified(t.col(rid), "l"), False, False),
            *(OrderKey(_qualified(k.tree, "r"), k.descending, k.nulls_first) for k in body.order),
        )
    level = Level(
        _aliased(base.source, "l"),
        columns,
        joins=[nodes.Join(_aliased(body.source, "r"), condition)],
        order=order,
        group=tuple(_qualified(g, "l") for g in base.group),
        word="applied",
    )
    return p.closed(level)
