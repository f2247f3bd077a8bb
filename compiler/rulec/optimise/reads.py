"""Which columns expressions read, and the relations inside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import assert_never

from rulec.ir.exprs import Aggregate, Call, Case, Column, Convert, Expr, InRelation, Literal, Parameter, Path, StepColumn, ToScalar, Window
from rulec.ir.rels import Rel


def children(value: Expr) -> tuple[Expr, ...]:
    """The direct operands of an expression, without the relations inside it."""
    match value:
        case Column() | Literal() | Parameter() | ToScalar() | StepColumn():
            return ()
        case Convert(operand=operand) | InRelation(operand=operand):
            return (operand,)
        case Call(arguments=arguments) | Window(arguments=arguments):
            return arguments
        case Case(branches=branches, default=default):
            return (*(part for branch in branches for part in branch), default)
        case Path(base=base, steps=steps):
            return (base, *(s for s in steps if not isinstance(s, str | int)))
    assert_never(value)


def row_reads(values: Iterable[Expr]) -> frozenset[str]:
    """The names of all columns that the expressions read of their row."""
    names: set[str] = set()
    stack = list(values)
    while stack:
        value = stack.pop()
        if isinstance(value, Column):
            names.add(value.name)
        else:
            stack.extend(children(value))
    return frozenset(names)


def reads(aggregates: Iterable[Aggregate]) -> frozenset[str]:
    """The names of all columns that the aggregates read."""
    values: list[Expr] = []
    for aggregate in aggregates:
        values.extend(aggregate.arguments)
        if aggregate.condition is not None:
            values.append(aggregate.condition)
    return row_reads(values)


def has_subquery(value: Expr) -> bool:
    """Whether a relation stands inside the expression."""
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, InRelation | ToScalar):
            return True
        stack.extend(children(node))
    return False


def all_subqueries(value: Expr, change: Callable[[Rel], Rel]) -> Expr:
    """The expression with `change` applied to every relation inside it."""
    return value if not has_subquery(value) else _rebuild(value, lambda node: _with_relation(node, change))


def rewrite(value: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The expression with `change` applied to every node, operands first."""
    return _rebuild(value, change)


def _with_relation(node: Expr, change: Callable[[Rel], Rel]) -> Expr:
    return replace(node, relation=change(node.relation)) if isinstance(node, InRelation | ToScalar) else node


def _rebuild(root: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Bottom-up and without recursion: chains of thousands of `and` or `+` are legal KQL."""
    done: dict[int, Expr] = {}
    stack: list[tuple[Expr, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if id(node) in done:
            continue
        if not ready:
            stack.append((node, True))
            stack.extend((child, False) for child in children(node))
        else:
            done[id(node)] = change(_with_children(node, tuple(done[id(c)] for c in children(node))))
    return done[id(root)]


def _with_children(node: Expr, new: tuple[Expr, ...]) -> Expr:
    if all(a is b for a, b in zip(new, children(node), strict=True)):
        return node
    match node:
        case Convert() | InRelation():
            return replace(node, operand=new[0])
        case Call() | Window():
            return replace(node, arguments=new)
        case Case(branches=branches):
            pairs = tuple((new[2 * i], new[2 * i + 1]) for i in range(len(branches)))
            return replace(node, branches=pairs, default=new[-1])
        case Path(steps=steps):
            rest = iter(new[1:])
            return replace(node, base=new[0], steps=tuple(s if isinstance(s, str | int) else next(rest) for s in steps))
        case _:
            return node
