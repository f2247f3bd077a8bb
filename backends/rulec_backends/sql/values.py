"""Constant rows and ranges."""

from __future__ import annotations

from rulec.ir.exprs import Literal
from rulec.ir.rels import Range, Values
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.levels import Level, OrderKey, Slot, unique
from rulec_backends.sql.pipeline import Pipeline
from rulec_backends.sql.ranges import bound, finite
from rulec_backends.sql.trees import Tree


def values(p: Pipeline, rel: Values) -> Level:
    """`datatable` and `print`: one row is a SELECT without FROM, more are VALUES."""
    nowhere = Level(None, {})
    row = Row(p, nowhere)
    if len(rel.rows) == 1:
        trees = [typed(p, row.lower(c), d.type) for c, d in zip(rel.rows[0], rel.columns, strict=True)]
        from rulec_backends.sql.relations import with_hoists

        level = with_hoists(p, nowhere, row)
        level.columns = {
            d.name: Slot(tree, d.type, c.nullable, bound(nowhere, c), finite(nowhere, c))
            for c, d, tree in zip(rel.rows[0], rel.columns, trees, strict=True)
        }
        return level
    if not rel.rows:
        columns = {d.name: Slot(t.cast(t.null(), p.dialect.sql_type(d.type)), d.type, d.nullable) for d in rel.columns}
        return Level(None, columns, where=[t.false()], frozen=True)
    return _table(p, rel, row)


def _table(p: Pipeline, rel: Values, row: Row) -> Level:
    numbered = id(rel) in p.order_needed
    lines: list[nodes.Tuple] = []
    for position, cells in enumerate(rel.rows):
        trees = [row.lower(c) for c in cells]
        if position == 0:
            # the first row decides the columns' types
            trees = [typed(p, x, d.type) for x, d in zip(trees, rel.columns, strict=True)]
        lines.append(nodes.Tuple((*trees, t.num(position)) if numbered else tuple(trees)))
    labels: dict[str, str] = {}
    for d in rel.columns:
        labels[d.name] = unique(d.name, labels.values())
    label = p.fresh("_row") if numbered else ""
    names = (*(p.identifier(x) for x in labels.values()), *([t.name(label)] if numbered else []))
    source = nodes.Values(tuple(lines), "data", names)
    columns: dict[str, Slot] = {}
    for index, d in enumerate(rel.columns):
        column = [r[index] for r in rel.rows]
        bounds = [bound(Level(None, {}), c) for c in column]
        known = max(b for b in bounds if b is not None) if None not in bounds else None
        is_finite = all(finite(Level(None, {}), c) for c in column)
        has_null = any(c.nullable for c in column) and d.type is not ScalarType.STRING
        columns[d.name] = Slot(p.column(labels[d.name]), d.type, has_null, known, is_finite)
    order = (OrderKey(t.col(label), False, False),) if numbered else ()
    return Level(source, columns, order=order)


def typed(p: Pipeline, tree: Tree, kind: ScalarType) -> Tree:
    """A cell whose SQL type is certainly the carrier's: integer literals and nulls have types of their own."""
    if kind is ScalarType.STRING and t.is_text(tree):
        return tree
    bare = tree.operand if isinstance(tree, nodes.Neg) else tree
    if isinstance(bare, (nodes.Literal, nodes.Null)):
        return t.cast(tree, p.dialect.sql_type(kind))
    return tree


def range_(p: Pipeline, rel: Range) -> Level:
    """`range`: the items of a sequence; a step of zero gives no row."""
    nowhere = Level(None, {})
    row = Row(p, nowhere)
    kind = rel.columns[0].type
    start, stop, step = row.lower(rel.start), row.lower(rel.stop), row.lower(rel.step)
    items = p.dialect.range_items(row, start, stop, step, kind)
    from rulec_backends.sql.relations import with_hoists

    level = with_hoists(p, nowhere, row)
    item, number = p.fresh("_item"), p.fresh("_row")
    level = p.dialect.unnest(p, level, [(item, items)], number)
    value = p.dialect.range_value(t.col(item), kind)
    level.columns = {rel.name: Slot(value, kind, False, None, all(isinstance(x, Literal) for x in (rel.start, rel.step)))}
    level.order = (OrderKey(t.col(number), False, False),)
    return level
