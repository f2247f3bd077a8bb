"""Shapes that many rows share."""

from __future__ import annotations

from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.python.code import Code, call
from rulec_backends.python.lower import Lower, ValueRow
from rulec_backends.python.runtime.patterns import python_pattern

T = ScalarType


def runtime(function: str, *more: str) -> ValueRow:
    """A call of a run-time function with the arguments as they are; `more` are further arguments as code."""

    def row(lower: Lower, expr: Call) -> Code:
        return lower.module.call(function, *lower.arguments(expr), *more)

    return row


def reals(function: str, *more: str) -> ValueRow:
    """A call of a run-time function of reals; decimals are converted. `more` are further arguments as code."""

    def row(lower: Lower, expr: Call) -> Code:
        values = [lower.converted(a, T.REAL) if a.type is T.DECIMAL else lower.value(a) for a in expr.arguments]
        return lower.module.call(function, *values, *more)

    return row


def runtime_json(function: str, *more: str) -> ValueRow:
    """A call of a run-time function with the arguments as they stand inside dynamic values."""

    def row(lower: Lower, expr: Call) -> Code:
        return lower.module.call(function, *(lower.json(a) for a in expr.arguments), *more)

    return row


def by_type(table: dict[ScalarType, str], argument: int = 0) -> ValueRow:
    """A run-time function chosen by one argument's type."""

    def row(lower: Lower, expr: Call) -> Code:
        return lower.module.call(table[expr.arguments[argument].type], *lower.arguments(expr))

    return row


def math_function(function: str) -> ValueRow:
    """A function of `math`, with KQL's answers where it is not defined."""

    def row(lower: Lower, expr: Call) -> Code:
        lower.module.use("math")
        return lower.module.call("real_function", f"math.{function}", *lower.arguments(expr))

    return row


def pattern_of(lower: Lower, expr: Expr, wish: str, prefix: str = "", suffix: str = "") -> Code:
    """A regular expression argument: a precompiled constant, or compiled when the query runs."""
    if isinstance(expr, Literal) and isinstance(expr.value, str):
        try:
            return lower.module.pattern(
                wish, f"{prefix}{python_pattern(expr.value)}{suffix}" if not prefix else wrapped(expr.value, prefix, suffix)
            )
        except ValueError as error:
            return lower.refuse(
                expr.span, f"the regular expression cannot be used: {error}", "RC403", "the dialect is that of Rust's regex crate"
            )
    value = lower.text(expr)
    if prefix or suffix:
        return call(lower.module.use("wrapped_pattern"), value, repr(prefix), repr(suffix))
    return lower.module.call("compiled", value)


def wrapped(pattern: str, prefix: str, suffix: str) -> str:
    """The pattern between a prefix and a suffix; leading flags stay in front.

    Raises:
        ValueError: the pattern is not of the dialect.
    """
    translated = python_pattern(pattern)
    flags = ""
    if translated.startswith("(?") and translated[2:3] in ("i", "s") and ")" in translated and ":" not in translated.split(")")[0]:
        flags, translated = translated[: translated.index(")") + 1], translated[translated.index(")") + 1 :]
    return f"{flags}{prefix}{translated}{suffix}"
