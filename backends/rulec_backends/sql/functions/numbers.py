"""Arithmetic. Integers wrap at 64 bits, division by zero is null, the remainder is never negative; reals follow IEEE 754.

Guards are left out where the operands' ranges show that they cannot matter (`ranges`).
Source: recorded answers (kql.md section 2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call, Convert, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.ranges import bound, finite, nullable
from rulec_backends.sql.trees import Tree

_DATETIME, _TIMESPAN, _REAL = ScalarType.DATETIME, ScalarType.TIMESPAN, ScalarType.REAL
_DECIMAL = ScalarType.DECIMAL
_WHOLE: Final = frozenset({ScalarType.INT, ScalarType.LONG, _TIMESPAN})


def _constant(expr: Expr) -> int | float | None:
    value = expr.value if isinstance(expr, Literal) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _fits(row: Row, call: Call) -> bool:
    """Whether the integer result certainly fits 64 bits."""
    return bound(row.level, call) is not None


def _long(call: Call, x: Tree, y: Tree) -> Tree:
    """The first operand as 64 bits, where it might have fewer: of constants alone both engines make 32-bit integers."""
    computed = any(t.integer(side) is None for side in (x, y)) and not any(nodes.has(side, nodes.Column) for side in (x, y))
    return t.cast(x, "BIGINT") if computed and call.type in _WHOLE else x


def _summed(combine: Callable[[Tree, Tree], Tree], row: Row, call: Call, x: Tree, y: Tree) -> Tree:
    if call.type not in _WHOLE or _fits(row, call):
        return combine(_long(call, x, y), y)
    return row.d.wrapped(combine(row.d.wide(x), row.d.wide(y)))


def _decimal(row: Row, call: Call, tree: Tree) -> Tree:
    """A decimal result in the carrier's own scale; out of range is null."""
    return t.try_cast(nodes.Try(tree), row.d.sql_type(_DECIMAL)) if call.type is _DECIMAL else tree


def _add(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    (a, b), (x, y) = call.arguments, trees
    if a.type is _DATETIME and b.type is _TIMESPAN:
        return row.d.dates.add(row, x, y, b)
    if a.type is _TIMESPAN and b.type is _DATETIME:
        return row.d.dates.add(row, y, x, a)
    return _decimal(row, call, _summed(t.add, row, call, x, y))


def _subtract(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    (a, b), (x, y) = call.arguments, trees
    if a.type is _DATETIME and b.type is _TIMESPAN:
        return row.d.dates.add(row, x, y, b, negative=True)
    if a.type is _DATETIME and b.type is _DATETIME:
        return row.d.dates.difference(x, y)
    return _decimal(row, call, _summed(t.sub, row, call, x, y))


def _multiply(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    (a, b), (x, y) = call.arguments, trees
    if call.type is _TIMESPAN and not {_REAL, _DECIMAL}.isdisjoint((a.type, b.type)):
        return rounded_ticks(row, t.mul(*(e_x if e.type is _REAL else row.d.real(e_x) for e, e_x in ((a, x), (b, y)))))
    if call.type in _WHOLE and not _fits(row, call):
        # two 64-bit factors need 126 bits: inside a 128-bit integer
        return row.d.wrapped(t.mul(row.d.wide(x), row.d.wide(y)))
    if call.type is _DECIMAL:
        return _decimal(row, call, _decimal_product(row, call, x, y))
    return t.mul(_long(call, x, y), y)


def _decimal_product(row: Row, call: Call, x: Tree, y: Tree) -> Tree:
    """The engines add the decimals of both factors, and have 38 digits in all: one factor must have few."""
    factors = [(_few_decimals(e), tree) for e, tree in zip(call.arguments, (x, y), strict=True)]
    if all(places is None for places, _ in factors):
        raise Refusal("the product of two decimals is not exact in SQL", "convert them with todouble()")
    return t.mul(*(tree if places is None else t.cast(tree, f"DECIMAL(19,{places})") for places, tree in factors))


def _few_decimals(expr: Expr) -> int | None:
    """How many digits behind the point a factor needs; None when it is not known to need few."""
    if isinstance(expr, Convert) and expr.operand.type.is_integer:
        return 0
    if isinstance(expr, Literal) and isinstance(expr.value, (int, float, str, Decimal)):
        exponent = Decimal(str(expr.value)).normalize().as_tuple().exponent
        return max(-exponent, 0) if isinstance(exponent, int) and exponent >= -4 else None
    return None


def rounded_ticks(row: Row, tree: Tree) -> Tree:
    """A real number of ticks as a timespan, cut toward zero, saturating."""
    from rulec_backends.sql.functions.conversions import long_of_real

    return long_of_real(row, tree)


def _divide(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    (a, b), (x, y) = call.arguments, trees
    if call.type is _REAL:
        return t.binary("/", _as_real(row, a, x), _as_real(row, b, y))
    if call.type is _TIMESPAN and not b.type.is_integer:
        divisor = _as_real(row, b, y)
        # a timespan divided by zero is null
        safe = divisor if _constant(b) else t.nullif(divisor, row.d.literal(0.0, _REAL))
        return rounded_ticks(row, t.binary("/", row.d.real(x), safe))
    if call.type is _DECIMAL:
        return row.d.decimal_divide(x, y)
    known = _constant(b)
    if known not in (None, 0, -1):
        return row.d.int_div(x, y)
    if known == 0:
        return row.d.literal(None, call.type)
    if bound(row.level, a) is not None:
        return row.d.int_div(x, t.nullif(y, t.num(0)))
    # the minimum divided by -1 is out of range: wide, then wrapped
    return row.d.wrapped(row.d.int_div(row.d.wide(x), t.nullif(y, t.num(0))))


def _as_real(row: Row, expr: Expr, tree: Tree) -> Tree:
    if expr.type is _REAL:
        return tree
    value = _constant(expr)
    return row.d.literal(float(value), _REAL) if value is not None else row.d.real(tree)


def _modulo(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Euclid's remainder: 0 <= r < |y|."""
    b, (x, y) = call.arguments[1], trees
    if call.arguments[0].type is _DATETIME:
        x = row.d.dates.to_ticks(x)
    if call.type is _DECIMAL:
        y = row.once(t.nullif(y, t.num(0)))
        rest = row.d.modulo(x, y)
        return row.bind(rest, lambda r: t.when(t.lt(r, t.num(0)), t.add(r, t.call("abs", y)), r))
    divisor = _constant(b)
    if divisor == 0 and call.type is not _REAL:
        return row.d.literal(None, call.type)
    if divisor is not None and divisor != 0:
        size = row.d.literal(abs(divisor), call.type if call.type is not _TIMESPAN else ScalarType.LONG)
        if _not_negative(row, call.arguments[0]):
            return row.d.modulo(x, size)
        return row.bind(row.d.modulo(x, size), lambda r: t.when(t.lt(r, t.num(0)), t.add(r, size), r))
    y = row.once(y)
    divided = y if call.type is _REAL else t.nullif(y, t.num(0))
    rest = row.d.modulo(x, divided)
    if call.type is not _REAL and bound(row.level, call.arguments[0]) is None:
        # the minimum by -1 is out of range for the engines, though its remainder is 0
        rest = t.cast(row.d.modulo(row.d.wide(x), divided), "BIGINT")
    return row.bind(
        rest,
        lambda r: t.case(
            [
                (t.ge(r, t.num(0)), r),
                (t.gt(y, t.num(0)), t.add(r, y)),
            ],
            t.sub(r, y),
        ),
    )


def _not_negative(row: Row, expr: Expr) -> bool:
    return (
        expr.type is _DATETIME
        or (isinstance(expr, Call) and expr.function in ("strlen", "array_length", "row_number", "hourofday", "abs", "hash"))
        or ((_constant(expr) or -1) >= 0)
    )


def _negate(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    if call.type in _WHOLE and bound(row.level, call.arguments[0]) is None:
        return row.d.wrapped(t.neg(row.d.wide(trees[0])))
    return t.neg(trees[0])


def _abs(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    if call.type in _WHOLE and bound(row.level, call.arguments[0]) is None:
        return row.d.wrapped(t.call("abs", row.d.wide(trees[0])))
    return t.call("abs", trees[0])


def _bin(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Down to a multiple of the size, datetimes counted from year 1; a size that is not positive gives null."""
    a, b = call.arguments
    x, size = trees
    value = _constant(b)
    if value is not None and not value > 0:  # NaN is not either
        return row.d.literal(None, call.type)
    if call.type is _DECIMAL:
        return _bin_decimal(row, x, size)
    if call.type is _REAL:
        x, size = _as_real(row, a, x), _as_real(row, b, size)
        if value is None:
            size = row.once(size)
        tree = t.mul(t.call("floor", t.binary("/", x, size)), size)
        if value is not None:
            return tree
        positive = t.gt(size, t.num(0))
        if row.d.nan_is_greatest and not finite(row.level, b):
            positive = t.and_(positive, t.not_(row.d.is_nan(size)))
        return t.when(positive, tree)
    if a.type is _DATETIME:
        ticks = row.bind(row.d.dates.to_ticks(x), lambda n: t.sub(n, _guarded_mod(row, n, size, value)))
        return row.d.dates.from_exact_ticks(ticks)
    return row.bind(x, lambda n: _floor_to(row, a, n, size, value))


def _bin_decimal(row: Row, x: Tree, size: Tree) -> Tree:
    x, size = row.once(x), row.once(size)
    size = row.once(t.when(t.gt(size, t.num(0)), size))

    def floored(rest: Tree) -> Tree:
        above = t.when(t.lt(rest, t.num(0)), t.add(rest, size), rest)
        return t.cast(t.sub(x, above), row.d.sql_type(_DECIMAL))

    return row.bind(row.d.modulo(x, size), floored)


def _guarded_mod(row: Row, x: Tree, size: Tree, value: int | float | None) -> Tree:
    if value is not None:
        return row.d.modulo(x, size)
    size = row.once(size)
    return row.d.modulo(x, t.when(t.gt(size, t.num(0)), size))


def _floor_to(row: Row, a: Expr, n: Tree, size: Tree, value: int | float | None) -> Tree:
    if value == 1:
        return n
    if value is None:
        size = row.once(size)
        size = row.once(t.when(t.gt(size, t.num(0)), size))
    rest = row.d.modulo(n, size)
    if _not_negative(row, a):
        return t.sub(n, rest)
    floored = t.when(t.lt(rest, t.num(0)), t.add(rest, size), rest)
    if bound(row.level, a) is None:
        return row.d.wrapped(t.sub(row.d.wide(n), floored))
    return t.sub(n, floored)


def _bin_at(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    a = call.arguments[0]
    x, size, origin = trees
    value = _constant(call.arguments[1])
    if value is None or value <= 0:
        raise Refusal("the size of `bin_at` must be a positive constant")
    if call.type is _DECIMAL:
        raise Refusal("`bin_at` of a decimal is not supported", "convert it with todouble()")
    if call.type is _REAL:
        x, size, origin = (_as_real(row, e, y) for e, y in zip(call.arguments, trees, strict=True))
        origin = row.once(origin)
        return t.add(t.mul(t.call("floor", t.binary("/", t.sub(x, origin), size)), size), origin)
    if a.type is _DATETIME:
        x, origin = row.d.dates.to_ticks(x), row.d.dates.to_ticks(origin)
    x, origin = row.once(x), row.once(origin)
    rest = row.d.modulo(t.sub(x, origin), size)
    floored = row.bind(rest, lambda r: t.sub(x, t.when(t.lt(r, t.num(0)), t.add(r, size), r)))
    return row.d.dates.from_ticks(row, floored) if a.type is _DATETIME else floored


def _ceiling(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return trees[0] if call.arguments[0].type.is_integer else t.call("ceil", trees[0])


def _rounded_at(row: Row, x: Tree, digits: int) -> Tree:
    """By a scale: what the engines' `round(x, n)` makes of 2.15 differs between their versions."""
    if digits == 0 or digits > 15:
        return t.call("round", x) if digits == 0 else x
    if digits < -308:
        raise Refusal("`round` at a place beyond every real")
    scale = row.d.literal(10.0 ** abs(digits), _REAL)
    if digits > 0:
        return t.binary("/", t.call("round", t.mul(x, scale)), scale)
    return t.mul(t.call("round", t.binary("/", x, scale)), scale)


def _round(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Half away from zero."""
    a = call.arguments[0]
    x = _as_real(row, a, trees[0]) if call.type is _REAL else trees[0]
    if len(trees) == 1:
        return x if call.type.is_integer else t.call("round", x)
    digits = call.arguments[1]
    if call.type is _REAL and isinstance(digits, Literal) and isinstance(digits.value, int):
        return _rounded_at(row, x, digits.value)
    return row.d.round_to(row, x, call.arguments[1], trees[1])


def _real_function(name: str) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        return t.call(name, *(_as_real(row, a, x) for a, x in zip(call.arguments, trees, strict=True)))

    return row_


def _logarithm(name: str) -> FunctionRow:
    """Null below zero, -inf of zero."""

    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        x = _as_real(row, call.arguments[0], trees[0])
        return row.bind(x, lambda v: t.when(t.not_(t.lt(v, t.num(0))), t.call(name, v)))

    return row_


def _sqrt(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("sqrt", _as_real(row, call.arguments[0], trees[0]))


def _pi(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("pi")


def _sign(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return row.d.real(t.call("sign", trees[0]))


def _exp_of(base: float) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        return t.call("pow", row.d.literal(base, _REAL), _as_real(row, call.arguments[0], trees[0]))

    return row_


def _of(greatest: bool) -> FunctionRow:
    """max_of/min_of: nulls are passed over; NaN wins."""

    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        if call.type is _REAL:
            values = [_as_real(row, a, x) for a, x in zip(call.arguments, trees, strict=True)]
            risky = [i for i, a in enumerate(call.arguments) if not finite(row.level, a)]
            if risky and (not greatest or not row.d.nan_is_greatest):
                for i in risky:
                    values[i] = row.once(values[i])
                nan = t.or_(*(row.d.is_nan(values[i]) for i in risky))
                return t.when(nan, row.d.nan(), row.d.extreme_of(greatest, list(values)))
            return row.d.extreme_of(greatest, values)
        return row.d.extreme_of(greatest, list(trees))

    return row_


def _is_special(test: str) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        tree = t.call(test, trees[0])
        return t.coalesce(tree, t.false()) if nullable(row.level, call.arguments[0]) and not call.nullable else tree

    return row_


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "+": _add,
        "-": _subtract,
        "*": _multiply,
        "/": _divide,
        "%": _modulo,
        "neg": _negate,
        "abs": _abs,
        "bin": _bin,
        "bin_at": _bin_at,
        "ceiling": _ceiling,
        "round": _round,
        "sqrt": _sqrt,
        "pow": _real_function("pow"),
        "exp": _real_function("exp"),
        "exp2": _exp_of(2.0),
        "exp10": _exp_of(10.0),
        "log": _logarithm("ln"),
        "log10": _logarithm("log10"),
        "log2": _logarithm("log2"),
        "sign": _sign,
        "pi": _pi,
        "sin": _real_function("sin"),
        "cos": _real_function("cos"),
        "tan": _real_function("tan"),
        "atan": _real_function("atan"),
        "atan2": _real_function("atan2"),
        "degrees": _real_function("degrees"),
        "radians": _real_function("radians"),
        "max_of": _of(True),
        "min_of": _of(False),
        "isnan": _is_special("isnan"),
    }
)
