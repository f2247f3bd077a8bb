"""Numbers: 64-bit arithmetic that wraps, division, rounding, mathematical functions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, Overflow

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
    """a % b of decimal, never negative; null for a zero divisor and for a quotient of more digits than a decimal has."""
    if a is None or not b:
        return None
    try:
        remainder = DECIMAL_CONTEXT.remainder(a, b)
    except InvalidOperation:
        return None
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


def exact_sum(values: Iterable[float]) -> float:
    """The sum of reals, exact where it is finite; the plain sum where infinities meet or the size runs over."""
    found = list(values)
    try:
        return math.fsum(found)
    except (OverflowError, ValueError):
        return float(sum(found))


def long_to_decimal(value: int | None) -> Decimal | None:
    """A whole number as decimal."""
    return None if value is None else Decimal(value)


def text_to_decimal(text: str) -> Decimal | None:
    """`todecimal` of text: digits with an optional point and exponent; null otherwise."""
    if not text.isascii():  # Decimal takes the digits of every script
        return None
    try:
        value = DECIMAL_CONTEXT.plus(Decimal(text.strip().replace("_", "x")))
    except (InvalidOperation, Overflow):
        return None
    return value if value.is_finite() else None
