"""Walking and rebuilding relations, without recursion along a pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from rulec.ir.exprs import Expr
from rulec.ir.rels import (
    Extend,
    External,
    Filter,
    Given,
    Join,
    MakeSeries,
    MvApply,
    MvExpand,
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
from rulec.optimise.reads import all_subqueries

Change = Callable[[Rel], Rel]


def inputs_of(rel: Rel) -> tuple[Rel, ...]:
    """The relations that a relation reads directly, the body of `mv-apply` and `partition` included."""
    match rel:
        case Join(left=left, right=right):
            return (left, right)
        case Union(inputs=inputs) | Plugin(inputs=inputs):
            return inputs
        case MvApply(expand=expand, body=body):
            return (expand.input, body)
        case Partition(input=source, body=body):
            return (source, body)
        case Shared(relation=relation):
            return (relation,)
        case Scan() | Values() | External() | Range() | Given():
            return ()
        case (
            Filter() | Extend() | Project() | Summarize() | Sort() | Take() | Sample() | Serialize() | MvExpand() | Parse() | ParseKv()
        ) | (MakeSeries() | TopNested() | ScanOperator()):
            return (rel.input,)
    assert_never(rel)


def with_inputs(rel: Rel, new: tuple[Rel, ...]) -> Rel:
    """The relation over other inputs, in the order of `inputs_of`."""
    if all(a is b for a, b in zip(new, inputs_of(rel), strict=True)):
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


def map_relations(root: Rel, change: Change) -> Rel:
    """The tree with `change` applied to every relation, inputs first, relations inside expressions too. A shared relation is
    changed once."""
    done: dict[int, Rel] = {}
    shared: dict[int, Rel] = {}
    stack: list[tuple[Rel, bool]] = [(root, False)]
    while stack:
        rel, ready = stack.pop()
        if id(rel) in done:
            continue
        if not ready:
            if isinstance(rel, Shared) and rel.key in shared:
                done[id(rel)] = shared[rel.key]
                continue
            stack.append((rel, True))
            stack.extend((source, False) for source in inputs_of(rel))
            continue
        new = with_inputs(rel, tuple(done[id(source)] for source in inputs_of(rel)))
        done[id(rel)] = change(_map_expressions(new, change))
        if isinstance(rel, Shared):
            shared[rel.key] = done[id(rel)]
    return done[id(root)]


def _map_expressions(rel: Rel, change: Change) -> Rel:
    """Applies the change to relations inside the node's scalar expressions (`in (…)`, `toscalar`)."""

    def inside(value: Expr) -> Expr:
        return all_subqueries(value, lambda sub: map_relations(sub, change))

    match rel:
        case Filter(predicate=predicate):
            new = inside(predicate)
            return rel if new is predicate else replace(rel, predicate=new)
        case Extend(assignments=assignments) | Project(assignments=assignments):
            values = tuple(a._replace(value=inside(a.value)) for a in assignments)
            return rel if all(a.value is b.value for a, b in zip(values, assignments, strict=True)) else replace(rel, assignments=values)
        case _:
            return rel
