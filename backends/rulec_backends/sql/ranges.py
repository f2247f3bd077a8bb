"""What is known of a value before it runs: can it be null, NaN, how large can an integer be. Used to leave guards out."""

from __future__ import annotations

import math
from typing import Final

from rulec.ir.exprs import Call, Case, Column, Convert, Expr, Literal, Parameter, Window
from rulec.scalars import MAX_DATETIME_TICKS, ScalarType
from rulec_backends.sql.levels import Level

_INT: Final = 2**31
#: Functions whose result stays far from the ends of a 64-bit integer.
SMALL: Final[dict[str, int]] = {
    **dict.fromkeys(
        (
            "strlen",
            "string_size",
            "countof",
            "indexof",
            "indexof_regex",
            "array_length",
            "datetime_part",
            "hourofday",
            "dayofmonth",
            "dayofyear",
            "monthofyear",
            "week_of_year",
            "getyear",
            "getmonth",
            "bitset_count_ones",
            "strcmp",
            "array_index_of",
        ),
        2**40,
    ),
    "datetime_diff": 2**62,
    "dayofweek": 2**43,
    "parse_ipv4": 2**32,
    "row_number": 2**53,
}
#: Functions that never give NaN or infinity of finite arguments, and are finite themselves.
FINITE: Final = frozenset({"rand", "round", "abs", "floor", "ceiling", "bin", "neg"})


def bound(level: Level, expr: Expr) -> int | None:
    """The greatest absolute value of an integer, datetime or timespan; None when it may be anything."""
    match expr:
        case Literal(value=value):
            if value is None:
                return 0
            # the least 64-bit integer has no positive twin
            return abs(value) if isinstance(value, int) and not isinstance(value, bool) and value > -(2**63) else None
        case Column():
            slot = level.columns.get(expr.name)
            known = slot.bound if slot else None
            return known if known is not None else _typed(expr.type)
        case Parameter():
            return MAX_DATETIME_TICKS
        case Convert():
            return bound(level, expr.operand)
        case Window(function="row_number"):
            return 2**53
        case Case():
            parts = [bound(level, v) for _, v in expr.branches] + [bound(level, expr.default)]
            return None if None in parts else max(p for p in parts if p is not None)
        case Call():
            return _call_bound(level, expr)
        case _:
            return _typed(expr.type)


def _typed(kind: ScalarType) -> int | None:
    if kind is ScalarType.INT:
        return _INT
    return MAX_DATETIME_TICKS if kind is ScalarType.DATETIME else None


def _call_bound(level: Level, call: Call) -> int | None:
    if call.function in SMALL:
        return SMALL[call.function]
    if call.type is ScalarType.DATETIME:
        return MAX_DATETIME_TICKS
    if call.function in ("+", "-", "*", "/", "%", "abs", "neg", "bin") and call.type.is_integer | (call.type is ScalarType.TIMESPAN):
        parts = [bound(level, a) for a in call.arguments if a.type is not ScalarType.REAL]
        if len(parts) < len(call.arguments) or any(p is None for p in parts):
            return None
        known = [p for p in parts if p is not None]
        if call.function in ("/", "abs", "neg"):
            return known[0]
        if call.function == "%":
            return known[1]
        total = known[0] * known[1] if call.function == "*" else sum(known)
        return total if total < 2**63 else None
    return _typed(call.type)


def finite(level: Level, expr: Expr) -> bool:
    """Whether a real is certainly not NaN."""
    match expr:
        case Literal():
            return expr.value is None or not (isinstance(expr.value, float) and math.isnan(expr.value))
        case Column():
            slot = level.columns.get(expr.name)
            return bool(slot and slot.finite)
        case Convert():
            return expr.operand.type is not ScalarType.REAL or finite(level, expr.operand)
        case Call():
            return expr.function in FINITE and all(finite(level, a) for a in expr.arguments if a.type is ScalarType.REAL)
        case Case():
            return all(finite(level, v) for _, v in expr.branches) and finite(level, expr.default)
        case _:
            return expr.type is not ScalarType.REAL


def nullable(level: Level, expr: Expr) -> bool:
    """Whether the value can be null; a column's slot may know better than the IR."""
    if isinstance(expr, Column):
        slot = level.columns.get(expr.name)
        return expr.nullable and (slot is None or slot.nullable)
    return expr.nullable
