"""Constant folding: what the query's text already decides.

Only operators whose value the compiler can compute exactly as every target would: integer and tick arithmetic, logic with a
constant side. A `where true` disappears; nothing else changes shape.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call, Column, Convert, Expr, Literal
from rulec.ir.rebuild import map_own_expressions, map_relations
from rulec.ir.rels import Filter, Query, Rel
from rulec.ir.walk import map_expression
from rulec.records import replace
from rulec.scalars import LONG_MAX, LONG_MIN, MAX_DATETIME_TICKS, ScalarType

#: Exact integer arithmetic on longs, timespans and datetimes (ticks).
_ARITHMETIC: Final[MappingProxyType[str, Callable[[int, int], int]]] = MappingProxyType(
    {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}
)
_FOLDED_TYPES: Final = frozenset({ScalarType.LONG, ScalarType.TIMESPAN, ScalarType.DATETIME})


def fold(query: Query) -> Query:
    """The query with constant expressions computed."""
    return replace(query, relation=map_relations(query.relation, _relation))


def _relation(rel: Rel) -> Rel:
    folded = map_own_expressions(rel, _folded)
    if isinstance(folded, Filter) and isinstance(folded.predicate, Literal) and folded.predicate.value is True:
        return folded.input
    return folded


def _folded(value: Expr) -> Expr:
    return value if isinstance(value, Column | Literal) else map_expression(value, fold_expression)


def fold_expression(value: Expr) -> Expr:
    """One node whose operands are already folded."""
    match value:
        case Convert(operand=Literal(value=int(number)) as literal, type=ScalarType.LONG) if not isinstance(number, bool):
            return Literal(number, ScalarType.LONG, literal.span)
        case Call(function="and" | "or"):
            return _logic(value)
        case Call(function="not", arguments=(Literal(value=bool(known)),)):
            return Literal(not known, ScalarType.BOOL, value.span)
        case Call(function="neg", arguments=(Literal(value=int(number), type=kind),)) if kind in _FOLDED_TYPES and number != LONG_MIN:
            return Literal(-number, value.type, value.span)
        case Call(function=name, arguments=(Literal(value=int(left)), Literal(value=int(right)))) if name in _ARITHMETIC:
            return _arithmetic(value, left, right)
        case _:
            return value


def _arithmetic(value: Call, left: int, right: int) -> Expr:
    """Folds only what stays in range, so that wrapping and null stay the targets' rule."""
    types = {a.type for a in value.arguments} | {value.type}
    if not types <= _FOLDED_TYPES or isinstance(left, bool) or isinstance(right, bool):
        return value
    result = _ARITHMETIC[value.function](left, right)
    inside = 0 <= result <= MAX_DATETIME_TICKS if value.type is ScalarType.DATETIME else LONG_MIN <= result <= LONG_MAX
    return Literal(result, value.type, value.span) if inside else value


def _logic(value: Call) -> Expr:
    """`true and p` is p, `false and p` is false; the other way round for `or`. A null side stays: it may make the result null."""
    neutral = value.function == "and"
    kept = tuple(a for a in value.arguments if not (isinstance(a, Literal) and a.value is neutral))
    if any(isinstance(a, Literal) and a.value is (not neutral) for a in kept):
        return Literal(not neutral, ScalarType.BOOL, value.span)
    if not kept:
        return Literal(neutral, ScalarType.BOOL, value.span)
    if len(kept) == 1:
        return kept[0]
    return value if len(kept) == len(value.arguments) else replace(value, arguments=kept)
