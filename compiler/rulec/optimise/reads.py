"""Which columns expressions read."""

from __future__ import annotations

from collections.abc import Iterable

from rulec.ir.exprs import Aggregate, Expr
from rulec.ir.walk import columns_read, subqueries


def row_reads(values: Iterable[Expr]) -> frozenset[str]:
    """The names of all columns that the expressions read of their row."""
    return frozenset(columns_read(values))


def reads(aggregates: Iterable[Aggregate]) -> frozenset[str]:
    """The names of all columns that the aggregates read."""
    return row_reads(part for a in aggregates for part in (*a.arguments, a.condition) if part is not None)


def has_subquery(value: Expr) -> bool:
    """Whether a relation stands inside the expression."""
    return bool(subqueries(value))
