"""top-nested: the best keys of each level within their kept parents."""

from __future__ import annotations

from rulec.ir.rels import ColumnDef, NestedLevel, TopNested
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec_backends.sql import aggregates, nodes, reads, relations
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.joins import _aliased, _qualified
from rulec_backends.sql.levels import Level, Slot
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.ranges import finite


def top_nested(p: Pipeline, rel: TopNested) -> Level:
    if any(level.others is not None for level in rel.levels):
        raise Refusal("`top-nested` with others is not supported")
    level = relations.lower(p, rel.input)
    exprs = [e for n in rel.levels for e in (n.key.value, *reads.aggregate_parts(n.aggregate))]
    level = p.settled(level, reads.columns(*exprs))
    if not level.is_plain:
        level = p.closed(level)
    kept: Level | None = None
    for depth, nested in enumerate(rel.levels):
        ranked = _ranked(p, rel, level, depth)
        kept = ranked if kept is None else _within(p, kept, ranked, rel.levels[:depth], nested)
    assert kept is not None
    return relations.noted(replace(kept, word="nested"), rel.span)


def _ranked(p: Pipeline, rel: TopNested, level: Level, depth: int) -> Level:
    """The keys down to this depth, with the aggregate, the first `count` within each parent."""
    nested = rel.levels[depth]
    row = Row(p, level)
    columns: dict[str, Slot] = {}
    keys = []
    for above in rel.levels[: depth + 1]:
        tree = row.lower(above.key.value)
        keys.append(tree)
        columns[above.key.name] = relations.slot(level, above.key.value, tree)
    condition = row.predicate(nested.aggregate.condition) if nested.aggregate.condition is not None else None
    result = aggregates.lower_aggregate(aggregates.Group(row, nested.aggregate, (nested.column,), condition, ()))
    if isinstance(result, aggregates.Packed):
        raise Refusal(f"`{nested.aggregate.function}` in `top-nested` is not supported")
    columns[nested.column.name] = Slot(result[0], nested.column.type, nested.column.nullable)
    source = relations.with_hoists(p, level, row)
    grouped = replace(source, columns=columns, grouping=[*level.group, *keys], order=(), word="nested")
    grouped = p.closed(relations.noted(grouped, rel.span))
    if nested.count is None:
        return grouped
    row = Row(p, grouped)
    value = grouped.columns[nested.column.name].tree
    kind: ScalarType = nested.column.type
    order = p.dialect.order_keys(
        row, value, kind, nested.descending, not nested.descending, finite(grouped, _column(nested.column, nested))
    )
    parents = [grouped.columns[above.key.name].tree for above in rel.levels[:depth]]
    number = t.window(t.call("row_number"), [*(g for g in grouped.group), *parents], [k.ordered() for k in order])
    label = p.fresh("_n")
    limit = row.lower(nested.count)
    grouped = relations.with_hoists(p, grouped, row)
    numbered = p.closed(replace(grouped, frozen=True), {label: number}, word="numbered")
    numbered.where.append(t.le(t.col(label), limit))
    return numbered


def _column(column: ColumnDef, nested: NestedLevel):  # type: ignore[no-untyped-def]
    from rulec.ir.exprs import Column

    return Column(column.name, column.type, column.nullable, nested.aggregate.span)


def _within(p: Pipeline, parents: Level, children: Level, above: tuple[NestedLevel, ...], nested: NestedLevel) -> Level:
    """The children of kept parents."""
    left = parents if parents.is_plain and isinstance(parents.source, nodes.Table) else p.closed(parents)
    right = children if children.is_plain and isinstance(children.source, nodes.Table) else p.closed(children)
    tests = []
    for n in above:
        x, y = left.columns[n.key.name], right.columns[n.key.name]
        tests.append(p.dialect.join_equal(_qualified(x.tree, "l"), _qualified(y.tree, "r"), x.type, x.nullable))
    tests += [t.eq(_qualified(x, "l"), _qualified(y, "r")) for x, y in zip(left.group, right.group, strict=True)]
    columns = {name: replace(s, tree=_qualified(s.tree, "l")) for name, s in left.columns.items()}
    for name in (nested.key.name, nested.column.name):
        columns[name] = replace(right.columns[name], tree=_qualified(right.columns[name].tree, "r"))
    level = Level(
        _aliased(left.source, "l"),
        columns,
        joins=[nodes.Join(_aliased(right.source, "r"), t.and_(*tests))],
        group=tuple(_qualified(g, "l") for g in left.group),
        word="nested",
    )
    return p.closed(level)
