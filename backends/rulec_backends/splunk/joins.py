"""join and union.

A join whose sides both stream from an index runs in one search without a subsearch and its limits (`paired`); otherwise the right side is a
subsearch of `join`, which the limits of limits.conf bound.
Source: Search Reference, join, append, multisearch; Learn, join, union.
"""

from __future__ import annotations

from rulec.ir.exprs import Column
from rulec.ir.rels import Extend, Filter, Join, OutputColumn, Project, Rel, Shared, Union, Values
from rulec.scalars import ScalarType
from rulec_backends.splunk import bounds
from rulec_backends.splunk.aggregates import key_value
from rulec_backends.splunk.conditions import hoisted
from rulec_backends.splunk.pairing import can_pair, paired
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import Append, Comment, Dedup, Field, Fields, MultiSearch, Stats, Table, Text, Where, fn, number, streaming
from rulec_backends.splunk.tree import Join as JoinCommand


def _lowered(b: Builder, rel: Rel) -> Builder:
    from rulec_backends.splunk.relations import lowered

    return lowered(b.ctx, rel)


def union(b: Builder, rel: Union) -> None:
    """All rows of all legs: `multisearch` where they stream, `append` otherwise."""
    legs = [_lowered(b, leg) for leg in rel.inputs]
    names = tuple(c.name for c in rel.columns)
    for leg in legs:
        leg.emit(Fields(names))
    if len(legs) > 1 and all(streaming(leg.pipeline()) for leg in legs):
        b.emit(MultiSearch(tuple(leg.pipeline() for leg in legs)))
        return
    b.commands.extend(legs[0].commands)
    for leg, source in zip(legs[1:], rel.inputs[1:], strict=True):
        bounds.check(b.ctx, source, rel.span)
        b.emit(Append(leg.pipeline()))


_SEMI = {"leftsemi": ("left", "inner"), "rightsemi": ("right", "inner"), "leftanti": ("left", "left"), "rightanti": ("right", "left")}


def join(b: Builder, rel: Join) -> None:
    """A join by kind. The side that stays in the pipeline is the one that must keep its unmatched rows."""
    if rel.kind == "leftanti" and _is_empty(rel.right):
        _all_left(b, rel)
        return
    keys = _key_names(b, rel)
    sides = {which: _side(b, rel, which, keys) for which in ("left", "right")}
    if can_pair(rel, sides["left"], sides["right"]):
        paired(b, rel, sides, keys)
    elif rel.kind in _SEMI:
        _semi(b, rel, sides, keys)
    elif rel.kind == "fullouter":
        _full(b, rel, sides, keys)
    else:
        _outer(b, rel, "right" if rel.kind == "rightouter" else "left", sides, keys)


def _is_empty(rel: Rel) -> bool:
    """Whether the text says that there are no rows: a list of exceptions that is empty."""
    while isinstance(rel, Project | Extend | Filter | Shared):
        rel = rel.relation if isinstance(rel, Shared) else rel.input
    return isinstance(rel, Values) and not rel.rows


def _all_left(b: Builder, rel: Join) -> None:
    b.commands.extend(_lowered(b, rel.left).commands)
    b.assign_all([(o.column.name, Field(o.source)) for o in rel.outputs])
    b.emit(Fields(tuple(o.column.name for o in rel.outputs)))


def _sides(rel: Join, main: str) -> tuple[Rel, Rel]:
    return (rel.left, rel.right) if main == "left" else (rel.right, rel.left)


def _side(b: Builder, rel: Join, which: str, keys: tuple[str, ...]) -> Builder:
    """One side with the key fields."""
    side = _lowered(b, rel.left if which == "left" else rel.right)
    side.forget()
    for name, pair in zip(keys, rel.keys, strict=True):
        side.assign(name, key_value(side, hoisted(side, pair[0] if which == "left" else pair[1])))
    return side


def _key_names(b: Builder, rel: Join) -> tuple[str, ...]:
    """The keys' fields: the column itself where both sides have it under one name, never null, and no unmatched row loses it."""
    other = {o.column.name for o in rel.outputs if o.column.name != o.source}
    if rel.kind in ("rightouter", "fullouter"):
        other |= {c.name for c in rel.left.columns}
    names: list[str] = []
    for pair in rel.keys:
        match pair:
            case Column(name=left, nullable=False), Column(name=right, nullable=False) if left == right and left not in other:
                names.append(left if left not in names else b.ctx.fresh("key"))
            case _:
                names.append(b.ctx.fresh("key"))
    return tuple(names) or (b.ctx.fresh("key"),)


def distinct(b: Builder, keys: tuple[str, ...]) -> None:
    """One row for each key; a grouping by the keys has no more."""
    last = next((c for c in reversed(b.commands) if not isinstance(c, Comment)), None)
    if not (isinstance(last, Stats) and last.command == "stats" and set(last.by) <= set(keys)):
        b.emit(Dedup(keys))


def _outputs(rel: Join, which: str) -> list[OutputColumn]:
    return [o for o in rel.outputs if o.side == which]


def _named(side: Builder, outputs: list[OutputColumn], keys: tuple[str, ...]) -> None:
    """The side's output columns under their result names, and the keys; nothing else, so that no name hides another."""
    side.assign_all([(o.column.name, Field(o.source)) for o in outputs])
    side.emit(Table(tuple(dict.fromkeys((*keys, *(o.column.name for o in outputs))))))


def _semi(b: Builder, rel: Join, sides: dict[str, Builder], keys: tuple[str, ...]) -> None:
    """Rows of one side with, or without, a partner."""
    main, kind = _SEMI[rel.kind]
    other = "right" if main == "left" else "left"
    _, inner = _sides(rel, main)
    bounds.check(b.ctx, inner, rel.span)
    outer, sub = sides[main], sides[other]
    hit = b.ctx.fresh("hit")
    distinct(sub, keys)
    if kind == "left":
        sub.assign(hit, number(1))
    sub.emit(Table((*keys, hit) if kind == "left" else keys))
    b.commands.extend(outer.commands)
    b.emit(JoinCommand(kind, 1, keys, sub.pipeline()))
    if kind == "left":
        b.emit(Where(fn("isnull", Field(hit))))
    b.forget()
    b.assign_all([(o.column.name, Field(o.source)) for o in rel.outputs])
    b.emit(Fields(tuple(o.column.name for o in rel.outputs)))


def _outer(b: Builder, rel: Join, main: str, sides: dict[str, Builder], keys: tuple[str, ...]) -> None:
    """inner, innerunique, leftouter, rightouter."""
    other = "right" if main == "left" else "left"
    _, inner = _sides(rel, main)
    bounds.check(b.ctx, inner, rel.span)
    outer, sub = sides[main], sides[other]
    if rel.kind == "innerunique":
        outer.emit(Dedup(keys))
    _named(outer, _outputs(rel, main), keys)
    _named(sub, _outputs(rel, other), keys)
    b.commands.extend(outer.commands)
    kind = "inner" if rel.kind in ("inner", "innerunique") else "left"
    b.emit(JoinCommand(kind, 0, keys, sub.pipeline()))
    if kind == "left":
        fill(b, _outputs(rel, other))
    b.emit(Fields(tuple(o.column.name for o in rel.outputs)))


def fill(b: Builder, outputs: list[OutputColumn]) -> None:
    """The unmatched side's strings are '', not null."""
    for output in outputs:
        if output.column.type is ScalarType.STRING:
            b.assign(output.column.name, fn("coalesce", Field(output.column.name), Text("")))


def _full(b: Builder, rel: Join, sides: dict[str, Builder], keys: tuple[str, ...]) -> None:
    """A left join, and below it the right rows without a partner."""
    for side in (rel.left, rel.right):
        bounds.check(b.ctx, side, rel.span)
    hit = b.ctx.fresh("hit")
    outer, sub = sides["left"], sides["right"]
    _named(outer, _outputs(rel, "left"), keys)
    _named(sub, _outputs(rel, "right"), keys)
    partners = _side(b, rel, "left", keys)
    distinct(partners, keys)
    partners.assign(hit, number(1))
    partners.emit(Table((*keys, hit)))
    rest = _side(b, rel, "right", keys)
    _named(rest, _outputs(rel, "right"), keys)
    rest.emit(JoinCommand("left", 1, keys, partners.pipeline()))
    rest.emit(Where(fn("isnull", Field(hit))))
    b.commands.extend(outer.commands)
    b.emit(JoinCommand("left", 0, keys, sub.pipeline()))
    b.emit(Append(rest.pipeline()))
    fill(b, list(rel.outputs))
    b.emit(Fields(tuple(o.column.name for o in rel.outputs)))
