"""Which columns an expression reads, and small questions about the tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from operator import attrgetter
from typing import Final, assert_never

from rulec.ir.exprs import Aggregate, Call, Case, Column, Convert, Expr, InRelation, Literal, Parameter, Path, StepColumn, ToScalar, Window
from rulec.ir.rels import Given, Rel, Shared


def _none(expr: Expr) -> tuple[Expr, ...]:
    return ()


def _of_operand(expr: Convert | InRelation) -> tuple[Expr, ...]:
    return (expr.operand,)


def _of_case(expr: Case) -> tuple[Expr, ...]:
    return (*(e for branch in expr.branches for e in branch), expr.default)


def _of_path(expr: Path) -> tuple[Expr, ...]:
    return (expr.base, *(s for s in expr.steps if not isinstance(s, (str, int))))


#: The direct operands by class of expression; looked up very often.
_OPERANDS: Final[dict[type, Callable[..., tuple[Expr, ...]]]] = {
    **dict.fromkeys((Column, Literal, Parameter, ToScalar, StepColumn), _none),
    **dict.fromkeys((Convert, InRelation), _of_operand),
    **dict.fromkeys((Call, Window), attrgetter("arguments")),
    Case: _of_case,
    Path: _of_path,
}


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct operands of an expression (relations are not expressions)."""
    return _OPERANDS[expr.__class__](expr)


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and everything below it."""
    todo = [expr]
    while todo:
        found = todo.pop()
        yield found
        todo.extend(reversed(children(found)))


def reads(exprs: Iterable[Expr]) -> frozenset[str]:
    """The names of the columns that the expressions read."""
    return frozenset(e.name for expr in exprs for e in walk(expr) if isinstance(e, Column))


def reads_of(aggregates: Iterable[Aggregate]) -> frozenset[str]:
    """The names of the columns that the aggregates read."""
    return reads(e for a in aggregates for e in (*a.arguments, *((a.condition,) if a.condition is not None else ())))


def nodes_below(value: object) -> list[object]:
    """Every IR node in a value, relations and expressions alike, in no order."""
    found: list[object] = []
    shared: set[int] = set()
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, Shared):
            if item.key in shared:
                continue
            shared.add(item.key)
        if isinstance(item, tuple):
            todo.extend(item)
        elif (parts := node_parts(item.__class__)) is not None:
            found.append(item)
            todo.extend(parts(item))
    return found


#: What gives the fields that may hold nodes, by node class; None for a class of no nodes.
_PARTS: dict[type, Callable[[object], tuple[object, ...]] | None] = {}
_LEAVES: Final = frozenset({"span", "type", "nullable", "name", "function", "columns"})


def node_parts(kind: type) -> Callable[[object], tuple[object, ...]] | None:
    """A function that gives the fields of a node of this class that may hold nodes; None for a class of no nodes."""
    if kind not in _PARTS:
        fields = getattr(kind, "__dataclass_fields__", None)
        _PARTS[kind] = None if fields is None else _getter(tuple(f for f in fields if f not in _LEAVES))
    return _PARTS[kind]


def _getter(fields: tuple[str, ...]) -> Callable[[object], tuple[object, ...]]:
    if len(fields) > 1:
        return attrgetter(*fields)
    return lambda node: tuple(getattr(node, f) for f in fields)


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
