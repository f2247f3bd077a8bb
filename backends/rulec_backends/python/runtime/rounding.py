"""Bins, rounding and bits."""

from __future__ import annotations

import math
from decimal import Decimal

from rulec_backends.python.runtime.arithmetic import DECIMAL_CONTEXT, MAX_DATETIME, wrap


def bin_long(value: int | None, size: int | None) -> int | None:
    """The multiple of size at or below the value (long or timespan); null unless size is positive."""
    return None if value is None or size is None or size <= 0 else wrap(value - value % size)


def bin_real(value: float | None, size: float | None) -> float | None:
    """The multiple of size at or below the value; null unless size is positive."""
    if value is None or size is None or not size > 0:
        return None
    if not math.isfinite(value):
        return value
    return whole_below(value / size) * size


def whole_below(value: float) -> float:
    """The greatest whole number up to a real; infinities are themselves."""
    return float(math.floor(value)) if math.isfinite(value) else value


def bin_decimal(value: Decimal | None, size: Decimal | None) -> Decimal | None:
    """The multiple of size at or below the value; null unless size is positive."""
    return bin_at_decimal(value, size, Decimal(0))


def bin_at_decimal(value: Decimal | None, size: Decimal | None, fixed: Decimal | None) -> Decimal | None:
    """Bins of which one starts at `fixed`; null unless size is positive."""
    if value is None or size is None or fixed is None or size <= 0:
        return None
    bins = DECIMAL_CONTEXT.divide(DECIMAL_CONTEXT.subtract(value, fixed), size).to_integral_value("ROUND_FLOOR")
    return DECIMAL_CONTEXT.add(DECIMAL_CONTEXT.multiply(bins, size), fixed)


def bin_at_long(value: int | None, size: int | None, fixed: int | None) -> int | None:
    """Bins of which one starts at `fixed` (long, timespan)."""
    if value is None or size is None or fixed is None or size <= 0:
        return None
    return wrap(value - (value - fixed) % size)


def bin_at_datetime(value: int | None, size: int | None, fixed: int | None) -> int | None:
    """Bins of which one starts at `fixed`; null outside the years 1 to 9999."""
    result = bin_at_long(value, size, fixed)
    return result if result is not None and 0 <= result <= MAX_DATETIME else None


def bin_at_real(value: float | None, size: float | None, fixed: float | None) -> float | None:
    """Bins of which one starts at `fixed`."""
    if value is None or size is None or fixed is None or not size > 0:
        return None
    if not math.isfinite(value - fixed):
        return value - fixed
    return fixed + whole_below((value - fixed) / size) * size


def round_real(value: float | None, precision: int | None = 0) -> float | None:
    """Rounds half away from zero at a number of decimals, which may be negative."""
    if value is None or precision is None:
        return None
    if not math.isfinite(value) or precision > 15:
        return value
    if precision < -308:
        return math.copysign(0.0, value)
    scale = 10.0 ** abs(precision)
    scaled = value * scale if precision >= 0 else value / scale
    if not math.isfinite(scaled):
        return value
    whole = math.copysign(math.floor(abs(scaled) + 0.5), value)
    if math.floor(abs(scaled) + 0.5) - abs(scaled) > 0.5:
        whole = math.copysign(math.floor(abs(scaled)), value)
    return whole / scale if precision >= 0 else whole * scale


def round_long(value: int | None, precision: int | None = 0) -> int | None:
    """Rounds half away from zero at a power of ten."""
    if value is None or precision is None:
        return None
    if precision >= 0:
        return value
    if precision < -19:
        return 0
    unit = 10**-precision
    whole = (abs(value) + unit // 2) // unit * unit
    return wrap(whole if value >= 0 else -whole)


def round_decimal(value: Decimal | None, precision: int | None = 0) -> Decimal | None:
    """Rounds half away from zero at a number of decimals."""
    if value is None or precision is None:
        return None
    if precision > 34:
        return value
    return (
        value.quantize(Decimal(1).scaleb(-precision), rounding="ROUND_HALF_UP")
        if precision >= 0
        else Decimal(round_long(int(value), precision) or 0)
    )


def ceiling_real(value: float | None) -> float | None:
    """The least whole number not below the value, as real."""
    if value is None or not math.isfinite(value):
        return value
    return math.copysign(float(math.ceil(value)), value) if -1.0 < value < 0.0 else float(math.ceil(value))


def ceiling_decimal(value: Decimal | None) -> Decimal | None:
    """The least whole number not below the value."""
    return None if value is None else value.to_integral_value("ROUND_CEILING")


def binary_and(a: int | None, b: int | None) -> int | None:
    """Bitwise and."""
    return None if a is None or b is None else a & b


def binary_or(a: int | None, b: int | None) -> int | None:
    """Bitwise or."""
    return None if a is None or b is None else a | b


def binary_xor(a: int | None, b: int | None) -> int | None:
    """Bitwise exclusive or."""
    return None if a is None or b is None else a ^ b


def binary_not(a: int | None) -> int | None:
    """Bitwise complement."""
    return None if a is None else ~a


def binary_shift_left(a: int | None, b: int | None) -> int | None:
    """Bits moved left, modulo 64; null for a negative count."""
    return None if a is None or b is None or b < 0 else wrap(a << (b % 64))


def binary_shift_right(a: int | None, b: int | None) -> int | None:
    """Bits moved right with the sign, modulo 64; null for a negative count."""
    return None if a is None or b is None or b < 0 else a >> (b % 64)


def bitset_count_ones(a: int | None) -> int | None:
    """The number of one bits of the 64."""
    return None if a is None else (a & 0xFFFFFFFFFFFFFFFF).bit_count()
