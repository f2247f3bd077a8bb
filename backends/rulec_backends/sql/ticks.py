"""Datetimes as 100 ns ticks since year 1 in a 64-bit integer: the arithmetic that every engine does alike."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final

from rulec.ir.exprs import Expr, Literal
from rulec.scalars import MAX_DATETIME_TICKS, TICKS_PER_DAY
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.dialect import Datetimes
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.trees import Tree

SPANS: Final = {
    "day": TICKS_PER_DAY,
    "hour": TICKS_PER_DAY // 24,
    "minute": TICKS_PER_DAY // 1440,
    "second": 10_000_000,
    "millisecond": 10_000,
    "microsecond": 10,
    "nanosecond": 1,
}
_WEEK: Final = 7 * TICKS_PER_DAY


class TickDatetimes(Datetimes):
    """The half of `Datetimes` that is integer arithmetic."""

    @abstractmethod
    def stamp(self, ticks: Tree) -> Tree:
        """Ticks as the engine's timestamp, as exact as it can be."""

    @abstractmethod
    def ticks_of(self, stamp: Tree) -> Tree:
        """The engine's timestamp as ticks."""

    def literal(self, ticks: int) -> Tree:
        return t.num(ticks)

    def to_ticks(self, value: Tree) -> Tree:
        return value

    def from_exact_ticks(self, ticks: Tree) -> Tree:
        return ticks

    def from_ticks(self, row: Row, ticks: Tree) -> Tree:
        return row.bind(ticks, lambda x: t.when(t.between(x, t.num(0), t.num(MAX_DATETIME_TICKS)), x))

    def from_wide_ticks(self, row: Row, ticks: Tree) -> Tree:
        return row.bind(ticks, lambda x: t.when(t.between(x, t.num(0), t.num(MAX_DATETIME_TICKS)), t.cast(x, "BIGINT")))

    def add(self, row: Row, value: Tree, span: Tree, span_expr: Expr, negative: bool = False) -> Tree:
        constant = span_expr.value if isinstance(span_expr, Literal) and isinstance(span_expr.value, int) else None
        known = t.integer(value)
        if constant is not None and known is not None:
            moved = known + (-constant if negative else constant)
            return t.num(moved) if 0 <= moved <= MAX_DATETIME_TICKS else t.cast(t.null(), "BIGINT")
        if _is_run_time(value):
            return t.sub(value, span) if negative else t.add(value, span)
        if constant is not None:
            total = t.sub(value, span) if negative else t.add(value, span)
            return row.d.null_outside(row, total, (constant < 0) != negative)
        wide = t.sub(row.d.wide(value), span) if negative else t.add(row.d.wide(value), span)
        return self.from_wide_ticks(row, wide)

    def difference(self, left: Tree, right: Tree) -> Tree:
        return t.sub(left, right)

    def trunc(self, row: Row, unit: str, value: Tree) -> Tree:
        if unit in SPANS:
            span = SPANS[unit]
            return row.bind(value, lambda x: t.sub(x, row.d.modulo(x, t.num(span)))) if span > 1 else value
        if unit == "week":
            # 0001-01-01 is a Monday: the Sunday before is one day back
            return row.bind(value, lambda x: t.sub(x, row.d.modulo(nodes.Paren(t.add(x, t.num(TICKS_PER_DAY))), t.num(_WEEK))))
        return self.ticks_of(t.call("date_trunc", t.text(unit), self.stamp(value)))


def _is_run_time(value: Tree) -> bool:
    """Whether the value is a parameter of the run: no time at the ends of the calendar."""
    return value.facts.run_time
