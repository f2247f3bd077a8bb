"""Whether engines agree on a set of rows: the same typed rows in any order, but for what the query itself leaves open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

from rulec.ir.exprs import Aggregate
from rulec.ir.rels import Rel, Summarize
from rulec.ir.walk import relations
from tests.conformance.cases import Case, Cell, Column
from tests.conformance.compare import Result, differences
from tests.conformance.values import WrongShape, record
from tests.parity.engines import Rows, Tables

Columns: TypeAlias = Sequence[tuple[str, str]]


def unordered(root: Rel) -> bool:
    """Whether a query makes arrays whose order is open."""
    return any(_gathers(c.aggregate) for rel in relations(root) if isinstance(rel, Summarize) for c in rel.aggregates)


def _gathers(aggregate: Aggregate) -> bool:
    return aggregate.function.startswith(("make_", "arg_", "take_"))


def compare(columns: Columns, expected: Rows, got: Rows, *, as_sets: bool) -> list[str]:
    """What is different; empty when the rows are the same. Arrays are compared as sets when their order is open."""
    try:
        wanted = [tuple(Cell(record(v, t)) for v, (_, t) in zip(row, columns, strict=True)) for row in expected]
        came = tuple(tuple(record(v, t) for v, (_, t) in zip(row, columns, strict=True)) for row in got)
    except (WrongShape, ValueError) as problem:
        return [f"shape: {problem}"]
    expected_columns = tuple(Column(n, frozenset({t})) for n, t in columns)
    case = Case("set", "parity", "", expected_columns, tuple(wanted), len(wanted), set_arrays=as_sets)
    return differences(case, Result("set", tuple((n, t) for n, t in columns), came))


def reordered(tables: Tables) -> list[Tables]:
    """The same rows in other orders: backwards, and every second one first."""
    backwards = {name: rows[::-1] for name, rows in tables.items()}
    odd_first = {name: [*rows[1::2], *rows[::2]][::-1] for name, rows in backwards.items()}
    return [backwards, odd_first] if any(len(rows) > 2 for rows in tables.values()) else [backwards]


def settled(columns: Columns, one: Rows, others: Sequence[Rows]) -> list[int]:
    """The columns that do not depend on the order of the input rows: those with the same values in all answers."""

    def values(rows: Rows, at: int) -> Counter[Any]:
        return Counter(repr(row[at]) for row in rows)

    return [at for at in range(len(columns)) if all(values(one, at) == values(other, at) for other in others)]


def only(columns: Columns, rows: Rows, kept: Sequence[int]) -> tuple[list[tuple[str, str]], Rows]:
    """The answer without other columns."""
    return [columns[i] for i in kept], [tuple(row[i] for i in kept) for row in rows]
