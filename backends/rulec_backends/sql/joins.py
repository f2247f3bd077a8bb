"""Joins: null matches null and NaN matches NaN, and every join still hashes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rulec.ir.exprs import Expr
from rulec.ir.rels import Join
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes, relations
from rulec_backends.sql import trees as t
from rulec_backends.sql.levels import Level, OrderKey, Slot
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.ranges import nullable
from rulec_backends.sql.trees import Tree

_SIDE: Final = {"inner": "", "innerunique": "", "leftouter": "LEFT", "rightouter": "RIGHT", "fullouter": "FULL"}
_HALF: Final = {"leftsemi": False, "leftanti": True, "rightsemi": False, "rightanti": True}
_PADS_LEFT: Final = frozenset({"rightouter", "fullouter"})
_PADS_RIGHT: Final = frozenset({"leftouter", "fullouter"})


def join(p: Pipeline, rel: Join) -> Level:
    left, right = relations.lower(p, rel.left), relations.lower(p, rel.right)
    if right.group and left.group and len(left.group) != len(right.group):
        raise Refusal("a join of differently nested `partition` or `mv-apply` bodies is not supported")
    left, left_keys = _keyed(p, left, [k for k, _ in rel.keys])
    right, right_keys = _keyed(p, right, [k for _, k in rel.keys])
    if rel.kind in _HALF:
        return _half(p, rel, left, right, left_keys, right_keys)
    if rel.kind == "innerunique":
        left, left_keys = _deduplicated(p, left, left_keys)
    return relations.noted(_whole(p, rel, left, right, left_keys, right_keys), rel.span)


def _keyed(p: Pipeline, level: Level, keys: Sequence[Expr]) -> tuple[Level, list[tuple[Tree, bool]]]:
    """The side as a bare CTE, and its keys as columns of it with their nullability."""
    level, trees, _ = relations.evaluated(p, level, keys)
    nulls = [nullable(level, k) and k.type is not ScalarType.STRING for k in keys]
    if level.is_plain and isinstance(level.source, nodes.Table) and all(isinstance(x, nodes.Column) for x in trees):
        return level, list(zip(trees, nulls, strict=True))
    extra: dict[str, Tree] = {}
    names: list[str | None] = []
    for tree in trees:
        found = next((label for label, s in level.columns.items() if s.tree == tree), None)
        names.append(found)
        if found is None:
            extra[p.fresh("_key")] = tree
    labels = iter(extra)
    level = p.closed(level, extra)
    columns = [level.columns[n].tree if n is not None else t.col(next(labels)) for n in names]
    return level, list(zip(columns, nulls, strict=True))


def _deduplicated(p: Pipeline, left: Level, keys: list[tuple[Tree, bool]]) -> tuple[Level, list[tuple[Tree, bool]]]:
    """innerunique: one row a key on the left, the first in order when there is one."""
    label = p.fresh("_n")
    partition = list(left.group) + [k for k, _ in keys]
    number = t.window(t.call("row_number"), partition, [k.ordered() for k in left.order])
    extra = {label: number}
    names: list[str] = []
    for key, _ in keys:
        found = next((_label(s.tree) for s in left.columns.values() if s.tree == key), None)
        if found is None:
            extra[_label(key)] = key
        names.append(_label(key))
    level = p.closed(left, extra, word="unique")
    level.where.append(t.eq(t.col(label), t.num(1)))
    plain = p.closed(level, {n: t.col(n) for n in names if n in extra}, word="unique")
    by_tree = {_label(s.tree): _label(level.columns[c].tree) for c, s in left.columns.items()}
    return plain, [(p.column(by_tree.get(n, n)), null) for n, (_, null) in zip(names, keys, strict=True)]


def _label(tree: Tree) -> str:
    """The name of a column."""
    assert isinstance(tree, nodes.Column)
    return tree.name


def _qualified(tree: Tree, table: str) -> Tree:
    """The tree with its columns read from the named side."""
    return nodes.changed(tree, lambda n: replace(n, table=table) if type(n) is nodes.Column else n)


def _condition(p: Pipeline, rel: Join, left: Level, right: Level, pairs: Sequence[tuple[tuple[Tree, bool], tuple[Tree, bool]]]) -> Tree:
    tests = [
        p.dialect.join_equal(_qualified(x, "l"), _qualified(y, "r"), k.type, null_x and null_y)
        for ((x, null_x), (y, null_y)), (k, _) in zip(pairs, rel.keys, strict=True)
    ]
    if left.group and right.group:
        tests += [t.eq(_qualified(x, "l"), _qualified(y, "r")) for x, y in zip(left.group, right.group, strict=True)]
    return t.and_(*tests)


def _whole(
    p: Pipeline, rel: Join, left: Level, right: Level, left_keys: list[tuple[Tree, bool]], right_keys: list[tuple[Tree, bool]]
) -> Level:
    if (bool(left.group) != bool(right.group)) and rel.kind in ("rightouter", "fullouter"):
        raise Refusal(f"`join kind={rel.kind}` inside `partition` or `mv-apply` is not supported")
    condition = _condition(p, rel, left, right, list(zip(left_keys, right_keys, strict=True)))
    columns: dict[str, Slot] = {}
    for output in rel.outputs:
        side, padded = (left, rel.kind in _PADS_LEFT) if output.side == "left" else (right, rel.kind in _PADS_RIGHT)
        source = side.columns[output.source]
        tree = _qualified(source.tree, "l" if output.side == "left" else "r")
        if padded and output.column.type is ScalarType.STRING:
            tree = t.coalesce(tree, t.text(""))
        columns[output.column.name] = replace(source, tree=tree, nullable=source.nullable or padded)
    group = left.group or right.group
    side_name = "l" if left.group else "r"
    joined = nodes.Join(_aliased(right.source, "r"), condition, side=_SIDE[rel.kind])
    order: tuple[OrderKey, ...] = ()
    if id(rel) in p.order_needed:
        order = tuple(
            OrderKey(_qualified(k.tree, name), k.descending, k.nulls_first)
            for side, name in ((left, "l"), (right, "r"))
            for k in side.order
        )
    level = Level(
        _aliased(left.source, "l"),
        columns,
        joins=[joined],
        order=order,
        group=tuple(_qualified(g, side_name) for g in group),
        word="joined",
    )
    return p.closed(relations.noted(level, rel.span))


def _aliased(source: Tree | None, label: str) -> Tree:
    if source is None:
        raise Refusal("a join of a table without rows is not supported")
    assert isinstance(source, (nodes.Table, nodes.Values, nodes.Unnest))
    return replace(source, alias=label)


def _half(
    p: Pipeline, rel: Join, left: Level, right: Level, left_keys: list[tuple[Tree, bool]], right_keys: list[tuple[Tree, bool]]
) -> Level:
    """Semi and anti joins: the kept side's rows that have (or lack) a partner."""
    swapped = rel.kind.startswith("right")
    kept, other = (right, left) if swapped else (left, right)
    if other.group and not kept.group:
        raise Refusal(f"`join kind={rel.kind}` with a table from outside inside `partition` or `mv-apply` is not supported")
    condition = _condition(p, rel, left, right, list(zip(left_keys, right_keys, strict=True)))
    kept_name, other_name = ("r", "l") if swapped else ("l", "r")
    probe = nodes.Select((t.num(1),), _aliased(other.source, other_name), condition)
    test: Tree = nodes.Exists(probe)
    if _HALF[rel.kind]:
        test = t.not_(test)
    columns = {o.column.name: replace(kept.columns[o.source], tree=_qualified(kept.columns[o.source].tree, kept_name)) for o in rel.outputs}
    level = Level(
        _aliased(kept.source, kept_name),
        columns,
        where=[test],
        order=tuple(OrderKey(_qualified(k.tree, kept_name), k.descending, k.nulls_first) for k in kept.order),
        group=tuple(_qualified(g, kept_name) for g in kept.group),
        frozen=True,
        word="joined",
    )
    return p.closed(relations.noted(level, rel.span))
