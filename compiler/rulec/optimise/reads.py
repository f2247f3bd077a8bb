"""Which columns expressions read."""

from __future__ import annotations

from collections.abc import Iterable

from rulec.ir.exprs import Aggregate, Column, Expr, InRelation, ToScalar
from rulec.ir.walk import expressions


def row_reads(values: Iterable[Expr]) -> frozenset[str]:
    """The names of all columns that the expressions read of their row."""
    names: set[str] = set()
    for value in values:
        if isinstance(value, Column):  # most values of a projection are plain columns
            names.add(value.name)
        else:
            names.update(e.name for e in expressions(value) if isinstance(e, Column))
    return frozenset(names)


def reads(aggregates: Iterable[Aggregate]) -> frozenset[str]:
    """The names of all columns that the aggregates read."""
    return row_reads(part for a in aggregates for part in (*a.arguments, a.condition) if part is not None)


def has_subquery(value: Expr) -> bool:
    """Whether a relation stands inside the expression."""
    return any(isinstance(e, InRelation | ToScalar) for e in expressions(value))
