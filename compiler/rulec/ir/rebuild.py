"""Rebuilding relations bottom-up, without recursion along a pipeline. What does not change stays the same object."""

from __future__ import annotations

from collections.abc import Callable
from operator import is_
from typing import TypeVar, assert_never

from rulec.ir.exprs import Aggregate, Expr, InRelation, ToScalar
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
    NestedLevel,
    Parse,
    ParseKv,
    Partition,
    Plugin,
    Project,
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
from rulec.ir.walk import holding_none, holds_relations, inputs, map_expression, subqueries
from rulec.records import replace

Change = Callable[[Rel], Rel]
ExprChange = Callable[[Expr], Expr]
_R = TypeVar("_R", bound=Rel)


def map_relations(root: Rel, change: Change) -> Rel:
    """The tree with `change` applied to every relation, inputs first, those inside expressions too. A shared relation is changed once."""
    return _Mapping(change).of(root)


class _Mapping:
    """One walk. What is shared is known by its key wherever it is read: in a pipeline or inside an expression."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self.done: dict[int, Rel] = {}
        self.shared: dict[int, Rel] = {}
        self.kept: list[Rel] = []  # ids stay valid only while the nodes live

    def of(self, root: Rel) -> Rel:
        done, shared = self.done, self.shared
        stack: list[tuple[Rel, tuple[Rel, ...] | None]] = [(root, None)]
        while stack:
            rel, sources = stack.pop()
            if id(rel) in done:
                continue
            if isinstance(rel, Shared) and rel.key in shared:
                self.kept.append(rel)
                done[id(rel)] = shared[rel.key]
                continue
            if sources is None:
                sources = inputs(rel)
                stack.append((rel, sources))
                stack += [(source, None) for source in sources]
                continue
            new = with_inputs(rel, tuple([done[id(source)] for source in sources]), sources)
            if holds_relations(rel):
                new = map_own_expressions(new, self._inside)
            elif new is not rel:
                holding_none(new)
            self.kept.append(rel)
            done[id(rel)] = self.change(new)
            if isinstance(rel, Shared):
                shared[rel.key] = done[id(rel)]
        return done[id(root)]

    def _inside(self, value: Expr) -> Expr:
        return map_subqueries(value, self.of)


def map_subqueries(value: Expr, change: Change) -> Expr:
    """The expression with `change` applied to every relation inside it."""
    if not subqueries(value):
        return value

    def changed(part: Expr) -> Expr:
        return _with_relation(part, change(part.relation)) if isinstance(part, InRelation | ToScalar) else part

    return map_expression(value, changed)


def _with_relation(part: InRelation | ToScalar, relation: Rel) -> Expr:
    return part if relation is part.relation else replace(part, relation=relation)


def with_inputs(rel: Rel, new: tuple[Rel, ...], old: tuple[Rel, ...] | None = None) -> Rel:
    """The relation over other inputs, in the order of `walk.inputs`; `old`: its inputs, where they are known."""
    if all(map(is_, new, inputs(rel) if old is None else old)):
        return rel
    match rel:
        case Join():
            return replace(rel, left=new[0], right=new[1])
        case Union() | Plugin():
            return replace(rel, inputs=new)
        case MvApply(expand=expand):
            return replace(rel, expand=replace(expand, input=new[0]), body=new[1])
        case Partition():
            return replace(rel, input=new[0], body=new[1])
        case Shared():
            return replace(rel, relation=new[0])
        case Scan() | Values() | External() | Range() | Given():
            return rel
        case _:
            return replace(rel, input=new[0])


def map_own_expressions(rel: Rel, change: ExprChange) -> Rel:
    """The relation with `change` applied to each of its own scalar expressions (whole ones, not their parts)."""
    match rel:
        case Scan() | External() | Given() | Shared() | Serialize() | Union():
            return rel
        case Filter(predicate=predicate):
            return _with(rel, predicate=change(predicate))
        case Extend(assignments=assignments) | Project(assignments=assignments):
            return _with(rel, assignments=_assigned(assignments, change))
        case Summarize(keys=keys, aggregates=aggregates):
            new = tuple(_same_or(a, aggregate=_aggregate(a.aggregate, change)) for a in aggregates)
            return _with(rel, keys=_assigned(keys, change), aggregates=_same_tuple(aggregates, new))
        case Sort(keys=sort_keys):
            return _with(rel, keys=_same_tuple(sort_keys, tuple(k._replace(value=change(k.value)) for k in sort_keys)))
        case Take(count=count) | Sample(count=count):
            return _with(rel, count=change(count))
        case Join(keys=pairs):
            return _with(rel, keys=_same_tuple(pairs, tuple((change(a), change(b)) for a, b in pairs)))
        case MvExpand(expanded=expanded, limit=limit):
            new_columns = _same_tuple(expanded, tuple(e._replace(value=change(e.value)) for e in expanded))
            return _with(rel, expanded=new_columns, limit=_maybe(limit, change))
        case MvApply(expand=expand):
            return _with(rel, expand=map_own_expressions(expand, change))
        case Partition(key=key):
            return _with(rel, key=change(key))
        case Parse(value=value) | ParseKv(value=value):
            return _with(rel, value=change(value))
        case Values(rows=rows):
            return _with(rel, rows=_same_tuple(rows, tuple(_same_tuple(r, tuple(map(change, r))) for r in rows)))
        case Range():
            return _with(rel, start=change(rel.start), stop=change(rel.stop), step=change(rel.step))
        case MakeSeries():
            return _make_series(rel, change)
        case TopNested(levels=levels):
            return _with(rel, levels=_same_tuple(levels, tuple(_level(level, change) for level in levels)))
        case ScanOperator():
            return _scan_operator(rel, change)
        case Plugin(arguments=arguments):
            return _with(rel, arguments=_same_tuple(arguments, tuple(map(change, arguments))))
        case _:
            assert_never(rel)


def _with(rel: _R, **parts: object) -> _R:
    """`replace`, unless nothing changed."""
    return rel if all(getattr(rel, name) is part for name, part in parts.items()) else replace(rel, **parts)  # type: ignore[arg-type]


def _same_tuple(old: tuple, new: tuple) -> tuple:  # type: ignore[type-arg]
    """The old tuple when the new one holds the same objects."""
    return old if len(old) == len(new) and all(a is b or (a == b and _identical(a, b)) for a, b in zip(old, new, strict=True)) else new


def _identical(a: object, b: object) -> bool:
    """Whether two tuples hold the same objects: named tuples are rebuilt even when nothing in them changed."""
    return isinstance(a, tuple) and isinstance(b, tuple) and all(x is y for x, y in zip(a, b, strict=True))


def _assigned(assignments: tuple[Assignment, ...], change: ExprChange) -> tuple[Assignment, ...]:
    new = [change(a[1]) for a in assignments]
    for old, value in zip(assignments, new, strict=True):
        if old[1] is not value:
            return tuple(Assignment(a[0], v) for a, v in zip(assignments, new, strict=True))
    return assignments


def _same_or(node: object, **parts: object) -> object:
    return node if all(getattr(node, name) is part for name, part in parts.items()) else replace(node, **parts)  # type: ignore[type-var]


def _maybe(value: Expr | None, change: ExprChange) -> Expr | None:
    return None if value is None else change(value)


def _aggregate(aggregate: Aggregate, change: ExprChange) -> Aggregate:
    arguments = _same_tuple(aggregate.arguments, tuple(map(change, aggregate.arguments)))
    condition = _maybe(aggregate.condition, change)
    if arguments is aggregate.arguments and condition is aggregate.condition:
        return aggregate
    return replace(aggregate, arguments=arguments, condition=condition)


def _make_series(rel: MakeSeries, change: ExprChange) -> Rel:
    series = tuple(a._replace(aggregate=_aggregate(a.aggregate, change), default=change(a.default)) for a in rel.aggregates)
    return _with(
        rel,
        aggregates=_same_tuple(rel.aggregates, series),
        axis=_assigned((rel.axis,), change)[0],
        start=_maybe(rel.start, change),
        stop=_maybe(rel.stop, change),
        step=change(rel.step),
        keys=_assigned(rel.keys, change),
    )


def _level(level: NestedLevel, change: ExprChange) -> NestedLevel:
    return replace(
        level,
        count=_maybe(level.count, change),
        key=_assigned((level.key,), change)[0],
        aggregate=_aggregate(level.aggregate, change),
        others=_maybe(level.others, change),
    )


def _scan_operator(rel: ScanOperator, change: ExprChange) -> Rel:
    steps = tuple(s._replace(condition=change(s.condition), assignments=_assigned(s.assignments, change)) for s in rel.steps)
    partition = tuple(map(change, rel.partition))
    return replace(rel, partition=partition, declared=_assigned(rel.declared, change), steps=steps)
