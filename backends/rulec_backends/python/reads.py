"""Which columns an expression reads, and small questions about the tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from rulec.ir.exprs import Aggregate, Call, Case, Column, Convert, Expr, InRelation, Literal, Parameter, Path, StepColumn, ToScalar, Window
from rulec.ir.rels import Given, Rel


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct operands of an expression (relations are not expressions)."""
    match expr:
        case Column() | Literal() | Parameter() | ToScalar() | StepColumn():
            return ()
        case Convert(operand=operand) | InRelation(operand=operand):
            return (operand,)
        case Call(arguments=arguments) | Window(arguments=arguments):
            return arguments
        case Case(branches=branches, default=default):
            return (*(e for b in branches for e in b), default)
        case Path(base=base, steps=steps):
            return (base, *(s for s in steps if not isinstance(s, (str, int))))
    assert_never(expr)


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and everything below it."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def reads(exprs: Iterable[Expr]) -> frozenset[str]:
    """The names of the columns that the expressions read."""
    return frozenset(e.name for expr in exprs for e in walk(expr) if isinstance(e, Column))


def reads_of(aggregates: Iterable[Aggregate]) -> frozenset[str]:
    """The names of the columns that the aggregates read."""
    return reads(e for a in aggregates for e in (*a.arguments, *((a.condition,) if a.condition is not None else ())))


def nodes_below(value: object) -> Iterator[object]:
    """Every IR node in a value, relations and expressions alike."""
    if isinstance(value, tuple):
        for item in value:
            yield from nodes_below(item)
    elif (names := node_fields(type(value))) is not None:
        yield value
        for name in names:
            yield from nodes_below(getattr(value, name))


#: The fields that may hold nodes, by node class; None for a class of no nodes.
_FIELDS: dict[type, tuple[str, ...] | None] = {}


def node_fields(kind: type) -> tuple[str, ...] | None:
    """The fields of a node class that may hold nodes; None for a class of no nodes."""
    if kind not in _FIELDS:
        fields = getattr(kind, "__dataclass_fields__", None)
        skipped = ("span", "type", "nullable", "name", "function", "columns")
        _FIELDS[kind] = None if fields is None else tuple(f for f in fields if f not in skipped)
    return _FIELDS[kind]


def depends_on_given(relation: Rel) -> bool:
    """Whether the relation uses the rows that an enclosing body is given."""
    return any(isinstance(node, Given) for node in nodes_below(relation))


def substituted(expr: Expr, found: list[tuple[Expr, Column]]) -> Expr:
    """The expression with some parts replaced by columns."""
    for part, column in found:
        if part == expr:
            return column
    match expr:
        case Column() | Literal() | Parameter() | ToScalar() | StepColumn():
            return expr
        case Convert(operand=operand) | InRelation(operand=operand):
            return replace(expr, operand=substituted(operand, found))
        case Call(arguments=arguments) | Window(arguments=arguments):
            return replace(expr, arguments=tuple(substituted(a, found) for a in arguments))
        case Case(branches=branches, default=default):
            new = tuple((substituted(c, found), substituted(v, found)) for c, v in branches)
            return replace(expr, branches=new, default=substituted(default, found))
        case Path(base=base, steps=steps):
            return replace(
                expr, base=substituted(base, found), steps=tuple(s if isinstance(s, (str, int)) else substituted(s, found) for s in steps)
            )
    assert_never(expr)
