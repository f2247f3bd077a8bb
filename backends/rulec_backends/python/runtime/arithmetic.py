"""Numbers: 64-bit arithmetic that wraps, division, rounding, mathematical functions."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

DECIMAL_CONTEXT = Context(prec=34, rounding=ROUND_HALF_EVEN)
MAX_DATETIME = 3_155_378_975_999_999_999


def wrap(value: int) -> int:
    """The low 64 bits, signed: integer arithmetic wraps."""
    if -0x8000000000000000 <= value <= 0x7FFFFFFFFFFFFFFF:
        return value
    return (value + 0x8000000000000000) % 0x10000000000000000 - 0x8000000000000000


def add(a: int | None, b: int | None) -> int | None:
    """a + b of long or timespan."""
    return None if a is None or b is None else wrap(a + b)


def subtract(a: int | None, b: int | None) -> int | None:
    """a - b of long or timespan."""
    return None if a is None or b is None else wrap(a - b)


def multiply(a: int | None, b: int | None) -> int | None:
    """a * b of long, or timespan * long."""
    return None if a is None or b is None else wrap(a * b)


def divide(a: int | None, b: int | None) -> int | None:
    """a / b of long, truncated toward zero; null for a zero divisor."""
    if a is None or not b:
        return None
    quotient = abs(a) // abs(b)
    return wrap(quotient if (a < 0) == (b < 0) else -quotient)


def modulo(a: int | None, b: int | None) -> int | None:
    """a % b of long or timespan, never negative; null for a zero divisor."""
    return None if a is None or not b else a % abs(b)


def negate(a: int | None) -> int | None:
    """-a of long or timespan."""
    return None if a is None else wrap(-a)


def add_real(a: float | None, b: float | None) -> float | None:
    """a + b of real."""
    return None if a is None or b is None else a + b


def subtract_real(a: float | None, b: float | None) -> float | None:
    """a - b of real."""
    return None if a is None or b is None else a - b


def multiply_real(a: float | None, b: float | None) -> float | None:
    """a * b of real."""
    return None if a is None or b is None else a * b


def divide_real(a: float | None, b: float | None) -> float | None:
    """a / b of real or of two timespans; a zero divisor gives an infinity or NaN."""
    if a is None or b is None:
        return None
    if b:
        return a / b
    if not a or a != a:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def modulo_real(a: float | None, b: float | None) -> float | None:
    """a % b of real, never negative."""
    if a is None or b is None:
        return None
    if not b or a != a or b != b or math.isinf(a):
        return math.nan
    remainder = math.fmod(a, b)
    return remainder + abs(b) if remainder < 0 else remainder


def negate_real(a: float | None) -> float | None:
    """-a of real."""
    return None if a is None else -a


def add_decimal(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    """a + b of decimal."""
    return None if a is None or b is None else DECIMAL_CONTEXT.add(a, b)


def subtract_decimal(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    """a - b of decimal."""
    return None if a is None or b is None else DECIMAL_CONTEXT.subtract(a, b)


def multiply_decimal(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    """a * b of decimal."""
    return None if a is None or b is None else DECIMAL_CONTEXT.multiply(a, b)


def divide_decimal(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    """a / b of decimal; null for a zero divisor."""
    return None if a is None or not b else DECIMAL_CONTEXT.divide(a, b)


def modulo_decimal(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    """a % b of decimal, never negative; null for a zero divisor."""
    if a is None or not b:
        return None
    remainder = DECIMAL_CONTEXT.remainder(a, b)
    return remainder + abs(b) if remainder < 0 else remainder


def add_ticks(moment: int | None, span: int | None) -> int | None:
    """datetime + timespan; null outside the years 1 to 9999."""
    if moment is None or span is None:
        return None
    result = moment + span
    return result if 0 <= result <= MAX_DATETIME else None


def subtract_ticks(moment: int | None, span: int | None) -> int | None:
    """datetime - timespan; null outside the years 1 to 9999."""
    return None if span is None else add_ticks(moment, -span)


def scale_ticks(span: int | None, factor: float | None) -> int | None:
    """timespan * real."""
    return None if span is None or factor is None else real_to_long(span * factor)


def divide_ticks(span: int | None, divisor: float | None) -> int | None:
    """timespan / real; null for a zero divisor."""
    return None if span is None or not divisor else real_to_long(span / divisor)


def real_to_long(value: float | None) -> int | None:
    """Truncates toward zero; beyond the 64-bit range the nearest end; NaN gives the lowest long."""
    if value is None:
        return None
    if value != value:
        return -0x8000000000000000
    if value >= 9.223372036854775807e18:
        return 0x7FFFFFFFFFFFFFFF
    if value <= -9.223372036854775808e18:
        return -0x8000000000000000
    return int(value)


def real_to_int(value: float | None) -> int | None:
    """Truncates toward zero; beyond the 32-bit range the nearest end."""
    if value is None:
        return None
    if value != value:
        return -0x80000000
    return int(max(-2147483648.0, min(2147483647.0, value)))


def long_to_int(value: int | None) -> int | None:
    """The low 32 bits, signed."""
    if value is None or -0x80000000 <= value <= 0x7FFFFFFF:
        return value
    return (value + 0x80000000) % 0x100000000 - 0x80000000


def decimal_to_long(value: Decimal | None) -> int | None:
    """Truncates toward zero; null beyond the 64-bit range."""
    if value is None:
        return None
    whole = int(value)
    return whole if -0x8000000000000000 <= whole <= 0x7FFFFFFFFFFFFFFF else None


def decimal_to_int(value: Decimal | None) -> int | None:
    """Truncates toward zero; null beyond the 32-bit range."""
    if value is None:
        return None
    whole = int(value)
    return whole if -0x80000000 <= whole <= 0x7FFFFFFF else None


def real_to_decimal(value: float | None) -> Decimal | None:
    """The decimal with the digits that the real prints as; null for NaN and infinities."""
    if value is None or not math.isfinite(value):
        return None
    return Decimal(repr(value))


def bin_long(value: int | None, size: int | None) -> int | None:
    """The multiple of size at or below the value (long or timespan); null unless size is positive."""
    return None if value is None or size is None or size <= 0 else value - value % size


def bin_real(value: float | None, size: float | None) -> float | None:
    """The multiple of size at or below the value; null unless size is positive."""
    if value is None or size is None or not size > 0:
        return None
    if not math.isfinite(value):
        return value
    return math.floor(value / size) * size


def bin_decimal(value: Decimal | None, size: Decimal | None) -> Decimal | None:
    """The multiple of size at or below the value; null unless size is positive."""
    if value is None or size is None or size <= 0:
        return None
    return (value / size).to_integral_value("ROUND_FLOOR") * size


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
    return fixed + math.floor((value - fixed) / size) * size


def round_real(value: float | None, precision: int | None = 0) -> float | None:
    """Rounds half away from zero at a number of decimals, which may be negative."""
    if value is None or precision is None:
        return None
    if not math.isfinite(value) or precision > 15:
        return value
    scale = 10.0 ** abs(precision)
    scaled = value * scale if precision >= 0 else value / scale
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
    unit = 10**-precision
    whole = (abs(value) + unit // 2) // unit * unit
    return wrap(whole if value >= 0 else -whole)


def round_decimal(value: Decimal | None, precision: int | None = 0) -> Decimal | None:
    """Rounds half away from zero at a number of decimals."""
    if value is None or precision is None:
        return None
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


def sign(value: float | None) -> float | None:
    """-1.0, 0.0 or 1.0; of NaN 0.0."""
    if value is None:
        return None
    return float((value > 0) - (value < 0))


def real_function(function: object, value: float | None) -> float | None:
    """A function of `math`, with NaN where it is not defined and an infinity where it overflows."""
    if value is None:
        return None
    try:
        return float(function(value))  # type: ignore[operator]
    except ValueError:
        return math.nan
    except OverflowError:
        return math.inf


def log(value: float | None) -> float | None:
    """Natural logarithm; null of a negative number, -inf of zero."""
    return _log(math.log, value)


def log2(value: float | None) -> float | None:
    """Logarithm to base 2; null of a negative number."""
    return _log(math.log2, value)


def log10(value: float | None) -> float | None:
    """Logarithm to base 10; null of a negative number."""
    return _log(math.log10, value)


def _log(function: object, value: float | None) -> float | None:
    if value is None or value < 0:
        return None
    return -math.inf if value == 0 else float(function(value))  # type: ignore[operator]


def power(base: float | None, exponent: float | None) -> float | None:
    """base to the exponent as real: NaN for a root of a negative number, an infinity beyond the range."""
    if base is None or exponent is None:
        return None
    try:
        return math.pow(base, exponent)
    except ValueError:
        return math.inf if base == 0 else math.nan
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf


def atan2(y: float | None, x: float | None) -> float | None:
    """The angle of the point (x, y) in radians."""
    return None if y is None or x is None else math.atan2(y, x)


def cot(value: float | None) -> float | None:
    """Cotangent."""
    return divide_real(1.0, real_function(math.tan, value))


def exp2(value: float | None) -> float | None:
    """2 to the value."""
    return power(2.0, value)


def exp10(value: float | None) -> float | None:
    """10 to the value."""
    return power(10.0, value)


def loggamma(value: float | None) -> float | None:
    """Logarithm of the absolute value of the gamma function."""
    return real_function(math.lgamma, value)


def gamma(value: float | None) -> float | None:
    """The gamma function; NaN at zero and negative whole numbers."""
    return real_function(math.gamma, value)


def abs_long(value: int | None) -> int | None:
    """Absolute value of long or timespan; the lowest long wraps to itself."""
    return None if value is None else wrap(abs(value))


def max_of(*values: float | None) -> float | None:
    """The greatest argument that is not null; NaN when one is NaN."""
    return _extreme(max, values)


def min_of(*values: float | None) -> float | None:
    """The least argument that is not null; NaN when one is NaN."""
    return _extreme(min, values)


def _extreme(choose: object, values: tuple[float | None, ...]) -> float | None:
    kept = [v for v in values if v is not None]
    for value in kept:
        if value != value:
            return value
    return choose(kept) if kept else None  # type: ignore[operator,no-any-return,unused-ignore]


def isnan(value: float | None) -> bool | None:
    """Whether the value is NaN; null of null."""
    return None if value is None else value != value


def isinf(value: float | None) -> bool | None:
    """Whether the value is an infinity; null of null."""
    return None if value is None else math.isinf(value)


def isfinite(value: float | None) -> bool | None:
    """Whether the value is a number that is neither infinite nor NaN; null of null."""
    return None if value is None else math.isfinite(value)


def as_real(value: float | Decimal | None) -> float | None:
    """A number as real."""
    return None if value is None else float(value)


def long_to_decimal(value: int | None) -> Decimal | None:
    """A whole number as decimal."""
    return None if value is None else Decimal(value)


def text_to_decimal(text: str) -> Decimal | None:
    """`todecimal` of text: digits with an optional point and exponent; null otherwise."""
    try:
        value = Decimal(text.strip().replace("_", "x"))
    except InvalidOperation:
        return None
    return DECIMAL_CONTEXT.plus(value) if value.is_finite() else None


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
