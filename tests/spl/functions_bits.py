"""Bitwise functions.

Source: Search Reference, "Bitwise functions": integers from 0 to 2^53-1, results masked to 53 bits.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.spl.evalexpr import PLAIN, single
from tests.spl.values import Num, Value

#: The greatest integer of bitwise functions.
BITS = 2**53 - 1


def _bit(function: Callable[[int, int], int]) -> Callable[..., Value]:
    """A bitwise function of non-negative integers up to 2^53-1; null otherwise."""

    def call(*values: Value) -> Value:
        whole: list[int] = []
        for value in values:
            number = single(value)
            if not isinstance(number, Num) or not 0 <= number.value <= BITS or number.value != int(number.value):
                return None
            whole.append(int(number.value))
        found = whole[0]
        for other in whole[1:]:
            found = function(found, other)
        return Num(float(found & BITS)) if found >= 0 else None

    return call


def _bit_not(value: Value, mask: Value = None) -> Value:
    bits = Num(float(BITS)) if mask is None else mask
    return _bit(lambda a, m: ~a & m)(value, bits)


PLAIN.update(
    {
        "bit_and": _bit(lambda a, b: a & b),
        "bit_or": _bit(lambda a, b: a | b),
        "bit_xor": _bit(lambda a, b: a ^ b),
        "bit_shift_left": _bit(lambda a, b: a << min(b, 64)),
        "bit_shift_right": _bit(lambda a, b: a >> b),
        "bit_not": _bit_not,
    }
)
