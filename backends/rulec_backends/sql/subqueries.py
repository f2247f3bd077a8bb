"""Relations inside expressions: `toscalar` and `in (table)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulec.ir.exprs import InRelation, ToScalar
from rulec.ir.rels import Rel
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.ranges import nullable
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row
    from rulec_backends.sql.levels import Level


def _closed(row: Row, rel: Rel, word: str) -> Level:
    from rulec_backends.sql import relations

    level = relations.lower(row.pipeline, rel)
    if level.group:
        raise Refusal("a subquery over the rows of the enclosing `partition` or `mv-apply` is not supported")
    first = rel.columns[0].name
    level = relations.renamed_first(row.pipeline, level, first)
    if level.is_plain and isinstance(level.source, nodes.Table):
        return level
    return row.pipeline.closed(level, word=word)


def _items(row: Row, level: Level, name: str) -> Level:
    """The level's dynamic values one by one: an array is tested item by item."""
    from rulec_backends.sql import relations
    from rulec_backends.sql.expressions import Row as Context

    p = row.pipeline
    inner = Context(p, level)
    items = p.dialect.list_spread(inner, level.columns[name].tree)
    slot = level.columns[name]
    level = relations.with_hoists(p, level, inner, [items])
    label = p.fresh("_item")
    level = p.dialect.unnest(p, replace(level, columns={}, order=()), [(label, items)], p.fresh("_row"))
    level.columns[name] = replace(slot, tree=t.col(label), nullable=True)
    return level


def to_scalar(row: Row, expr: ToScalar) -> Tree:
    """First column of the first row; null (a string: '') of no row."""
    level = _closed(row, expr.relation, "scalar")
    column = expr.relation.columns[0]
    order = tuple([k.ordered() for k in level.order])
    query = nodes.Select((level.columns[column.name].tree,), level.source, order=order, limit=1)
    value: Tree = nodes.Subquery(query)
    return t.coalesce(value, t.text("")) if expr.type is ScalarType.STRING else value


def _has_listed(row: Row, expr: InRelation, level: Level, x: Tree) -> Tree:
    """The table's first column as an array of needles."""
    column = expr.relation.columns[0]
    gathered = row.d.list_aggregate(level.columns[column.name].tree)
    if column.type not in (ScalarType.STRING, ScalarType.DYNAMIC):
        raise Refusal(f"`{expr.op}` over a table needs a column of strings")
    array = row.d.json_strings(row, gathered) if column.type is ScalarType.STRING else row.d.json_array(gathered)
    query = nodes.Select((array,), level.source)
    operand = row.d.json_string(x) if expr.operand.type is ScalarType.DYNAMIC else x
    return row.d.has_listed(row, row.d.lower_text(operand), nodes.Subquery(query), expr.op == "has_all")


def in_relation(row: Row, expr: InRelation) -> Tree:
    """`x in (T)` and its kin, over T's first column."""
    column = expr.relation.columns[0]
    level = _closed(row, expr.relation, "listed")
    if column.type is ScalarType.DYNAMIC:
        level = _items(row, level, column.name)
    x = row.lower(expr.operand)
    if expr.op in ("has_any", "has_all"):
        return _has_listed(row, expr, level, x)
    item = level.columns[column.name].tree
    if column.type is ScalarType.DYNAMIC and expr.operand.type is not ScalarType.DYNAMIC:
        item = row.d.json_as(row, item, expr.operand.type)
    negated, folded = expr.op.startswith("!"), expr.op.endswith("~")
    where = None
    may_be_null = level.columns[column.name].nullable and column.type is not ScalarType.STRING
    if may_be_null:
        where = t.is_not_null(item)
    if folded:
        x, item = row.d.lower_text(x), row.d.lower_text(item)
    nullable_operand = nullable(row.level, expr.operand) and expr.operand.type is not ScalarType.STRING
    if nullable_operand and may_be_null:
        x = row.once(x)
    query = nodes.Select((item,), level.source, where)
    test = t.among_rows(x, query)
    if nullable_operand:
        test = t.coalesce(test, t.false())
    if nullable_operand and may_be_null:
        # null == null is null: the answer of a null operand when the table has a null
        empty = nodes.Select((t.num(1),), level.source, t.is_null(item))
        test = t.when(t.or_(t.is_not_null(x), t.not_(nodes.Exists(empty))), test)
    return t.not_(test) if negated else test
