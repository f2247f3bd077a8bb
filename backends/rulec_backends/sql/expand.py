"""mv-expand: one row an element, by the engine's unnest over lists that are never null."""

from __future__ import annotations

from rulec.ir.exprs import Column
from rulec.ir.rels import ExpandedColumn, MvExpand
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes, reads, relations
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.levels import Level, OrderKey, Slot
from rulec_backends.sql.pipeline import Pipeline
from rulec_backends.sql.trees import Tree


def mv_expand(p: Pipeline, rel: MvExpand) -> Level:
    return relations.noted(expanded(p, relations.lower(p, rel.input), rel), rel.span)


def expanded(p: Pipeline, level: Level, rel: MvExpand) -> Level:
    level = p.opened(level)
    if not all(_is_list(level, e) for e in rel.expanded):
        level = p.settled(level, reads.columns(*(e.value for e in rel.expanded)))
    row = Row(p, level)
    lists: list[tuple[str, Tree]] = []
    of_texts: set[str] = set()
    for e in rel.expanded:
        tree = row.d.json_of(row, row.lower(e.value), e.value.type)
        label = p.fresh("_item")
        lists.append((label, p.dialect.expandable(row, tree, rel.bag_kind)))
        made = t.made_list(tree)
        if made is not None and made.facts.of_texts:
            of_texts.add(label)
    limit = row.lower(rel.limit) if rel.limit is not None else None
    level = relations.with_hoists(p, level, row)
    number = p.fresh("_row")
    keeps = dict(level.columns)
    for e in rel.expanded:
        keeps.pop(e.column.name, None)
    known = level.columns
    level = p.dialect.unnest(p, replace(level, columns=keeps), lists, number)
    row = Row(p, level)
    found: dict[str, Slot] = {}
    for e, (label, _) in zip(rel.expanded, lists, strict=True):
        found[e.column.name] = _element(row, _item(label, label in of_texts), e.column.type)
    columns: dict[str, Slot] = {}
    for name in known:
        columns[name] = found.pop(name) if name in found else level.columns[name]
    columns.update(found)
    if rel.index is not None:
        columns[rel.index] = Slot(t.col(number), ScalarType.LONG, False, 2**40)
    level = replace(level, order=(*level.order, OrderKey(t.col(number), False, False)))
    level = relations.with_hoists(p, level, row, [s.tree for s in columns.values()])
    level = replace(level, columns=columns, word="expanded")
    if limit is not None:
        level.where.append(t.lt(t.col(number), limit))
    return level


def _is_list(level: Level, e: ExpandedColumn) -> bool:
    """Whether a column is a list just made, which goes into the rows without being an array before."""
    return isinstance(e.value, Column) and e.value.name == e.column.name and t.made_list(level.columns[e.value.name].tree) is not None


def _item(label: str, is_texts: bool) -> Tree:
    item = t.col(label)
    return nodes.known(item, nodes.Facts(texts=True)) if is_texts else item


def _element(row: Row, item: Tree, kind: ScalarType) -> Slot:
    from rulec_backends.sql.functions.conversions import convert

    tree = item if kind is ScalarType.DYNAMIC else convert(row, ScalarType.DYNAMIC, item, kind)
    return Slot(tree, kind, kind is not ScalarType.STRING)
