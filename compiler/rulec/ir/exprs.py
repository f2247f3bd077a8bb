"""Typed scalar expressions: the meaning of KQL's expressions, decided once.

Every expression has a type and says whether it can be null. A string is never null. Columns are named; a name means
the column of the nearest input relation. Function and operator names are the catalogue's keys, which are KQL's own
spellings (`tolong`, `+`, `!has`, `matches regex`); aliases are resolved (`iif` is a `Case`, `toreal` is `todouble`).
The binder makes numeric operands of an operator the same type with `Convert`.
"""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from rulec.records import record
from rulec.scalars import ScalarType
from rulec.source import Span

if TYPE_CHECKING:
    from rulec.ir.rels import Rel

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Value: TypeAlias = "bool | int | float | Decimal | str | list[Json] | dict[str, Json] | None"


def _span() -> Any:
    return field(compare=False, repr=False)


class _Compound:
    """An expression of others. What `walk.subqueries` finds in it is kept: every pass asks, and few expressions change."""

    __slots__ = ("_subqueries",)
    _subqueries: tuple[InRelation | ToScalar, ...]


@record(frozen=True, slots=True)
class Column:
    """A column of the input row."""

    name: str
    type: ScalarType
    nullable: bool
    span: Span = _span()


@record(frozen=True, slots=True)
class Literal:
    """A constant; the value is carried as `ScalarType` says, None is a null of the type."""

    value: Value
    type: ScalarType
    span: Span = _span()

    @property
    def nullable(self) -> bool:
        return self.value is None


@record(frozen=True, slots=True)
class Parameter:
    """A value that the run supplies, one for the whole query: `now` (datetime), `window_start`, `window_end` (datetime)."""

    name: str
    type: ScalarType
    span: Span = _span()

    @property
    def nullable(self) -> bool:
        return False


@record(frozen=True, slots=True)
class Convert(_Compound):
    """Implicit numeric widening (int -> long -> real, int/long -> decimal); null stays null, nothing else is lost."""

    operand: Expr
    type: ScalarType
    span: Span = _span()

    @property
    def nullable(self) -> bool:
        return self.operand.nullable


@record(frozen=True, slots=True)
class Call(_Compound):
    """A scalar function or operator of the catalogue.

    Operators: `and`/`or` (two or more arguments), `not`, `==`, `!=`, `<`, `<=`, `>`, `>=`, `=~`, `!~`, `+`, `-`, `*`, `/`, `%`,
    `neg`, `between`/`!between` (x, low, high), the string operators in KQL's spelling, and `in`, `!in`, `in~`, `!in~`, `has_any`,
    `has_all` with arguments (x, item, …) where the only item may be a dynamic array.
    """

    function: str
    arguments: tuple[Expr, ...]
    type: ScalarType
    nullable: bool
    span: Span = _span()


@record(frozen=True, slots=True)
class Case(_Compound):
    """`case`/`iff`: the value of the first branch whose condition is true; a null condition is not true."""

    branches: tuple[tuple[Expr, Expr], ...]
    default: Expr
    type: ScalarType
    nullable: bool
    span: Span = _span()


@record(frozen=True, slots=True)
class Path(_Compound):
    """`base.a["b"][0][expr]`: a dynamic value's part, null where it is missing. A step is a key, an index (negative from the end)
    or an expression."""

    base: Expr
    steps: tuple[str | int | Expr, ...]
    span: Span = _span()

    @property
    def type(self) -> ScalarType:
        return ScalarType.DYNAMIC

    @property
    def nullable(self) -> bool:
        return True


@record(frozen=True, slots=True)
class InRelation(_Compound):
    """`operand op (relation)` with `in`, `!in`, `in~`, `!in~`, `has_any`, `has_all`: tests against the relation's first column."""

    op: str
    operand: Expr
    relation: Rel
    nullable: bool
    span: Span = _span()

    @property
    def type(self) -> ScalarType:
        return ScalarType.BOOL


@record(frozen=True, slots=True)
class ToScalar(_Compound):
    """`toscalar(relation)`: first column of the first row, null (or '') of no row; no reference to outer columns."""

    relation: Rel
    type: ScalarType
    nullable: bool
    span: Span = _span()


@record(frozen=True, slots=True)
class Window(_Compound):
    """A function over the ordered rows of the input: `prev`/`next` (x[, offset[, default]]), `row_number` (start, restart),
    `row_cumsum` (x[, restart]), `row_rank_dense`/`row_rank_min` (x[, restart]), `row_window_session` (t, max_from_first,
    max_between[, restart])."""

    function: str
    arguments: tuple[Expr, ...]
    type: ScalarType
    nullable: bool
    span: Span = _span()


@record(frozen=True, slots=True)
class StepColumn:
    """`step.column` inside `scan`: the column's value in the last row matched by the step."""

    step: str
    name: str
    type: ScalarType
    nullable: bool
    span: Span = _span()


Expr: TypeAlias = Column | Literal | Parameter | Convert | Call | Case | Path | InRelation | ToScalar | Window | StepColumn


@record(frozen=True, slots=True)
class Aggregate:
    """An aggregate function of the catalogue. The `…if` forms are their plain form with a `condition` (`countif(p)` is `count` where p).

    `arg_max`/`arg_min` have arguments (by, value, …); `take_any` (value, …); `percentile` (x, p); `count` none; and so on as the
    catalogue says.
    The result is a tuple of columns, named by the `Summarize` that holds it.
    """

    function: str
    arguments: tuple[Expr, ...]
    condition: Expr | None
    span: Span = _span()
