"""Which columns an expression reads, and what an expression contains."""

from __future__ import annotations

from collections.abc import Iterator

from rulec.ir.exprs import Aggregate, Call, Case, Column, Convert, Expr, InRelation, Path, Window


def inner(expr: Expr) -> Iterator[Expr]:
    """The expression's direct parts; relations inside it are not entered."""
    match expr:
        case Call() | Window():
            yield from expr.arguments
        case Convert():
            yield expr.operand
        case Case():
            for condition, value in expr.branches:
                yield condition
                yield value
            yield expr.default
        case Path():
            yield expr.base
            for step in expr.steps:
                if not isinstance(step, (str, int)):
                    yield step
        case InRelation():
            yield expr.operand
        case _:
            return


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and all its parts."""
    yield expr
    for part in inner(expr):
        yield from walk(part)


def columns(*exprs: Expr) -> set[str]:
    """The names of the input columns that are read."""
    return {e.name for expr in exprs for e in walk(expr) if isinstance(e, Column)}


def has_window(expr: Expr) -> bool:
    return any(isinstance(e, Window) for e in walk(expr))


def aggregate_parts(aggregate: Aggregate) -> tuple[Expr, ...]:
    return aggregate.arguments + ((aggregate.condition,) if aggregate.condition is not None else ())
