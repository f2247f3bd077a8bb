"""What the expressions of an operator read and contain."""

from __future__ import annotations

from rulec.ir.exprs import Aggregate, Call, Column, Expr, Literal, Window
from rulec.ir.walk import columns_read, operands


def columns(*exprs: Expr) -> set[str]:
    """The names of the input columns that are read."""
    return columns_read(exprs)


def has_window(expr: Expr) -> bool:
    """Whether a window function is in it, relations inside aside. Written out, since it is asked of every expression."""
    stack = [expr]
    while stack:
        value = stack.pop()
        if isinstance(value, Window):
            return True
        if isinstance(value, Call):
            stack.extend(value.arguments)
        elif not isinstance(value, Column | Literal):
            stack.extend(operands(value))
    return False


def aggregate_parts(aggregate: Aggregate) -> tuple[Expr, ...]:
    return aggregate.arguments + ((aggregate.condition,) if aggregate.condition is not None else ())
