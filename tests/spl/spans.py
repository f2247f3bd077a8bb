"""Buckets of bin and timechart.

Source: Search Reference, bin ("span options", "Span and bins"), timechart.
"""

from __future__ import annotations

import math
import re

from tests.spl import timefmt
from tests.spl.errors import Refused
from tests.spl.values import Num, number_text

_SPAN = re.compile(r"(\d*)([a-zA-Z]+)\Z")


def time_bucket(epoch: float, span: str) -> tuple[float, float]:
    """The bucket's start and end for a time span; days align with midnight UTC, months and longer with the calendar."""
    match = _SPAN.match(span)
    if match is None:
        raise Refused(f"span {span}")
    count, unit = int(match.group(1) or 1), match.group(2).lower()
    if unit in timefmt.SPAN_SECONDS and not unit.startswith("w"):
        size = count * timefmt.SPAN_SECONDS[unit]
        start = math.floor(epoch / size) * size
        return float(start), float(start + size)
    if count != 1:
        raise Refused(f"span {span}")
    start_ = timefmt.relative(epoch, "@w0" if unit.startswith("w") else f"@{unit}")
    return start_, timefmt.relative(start_, f"+1{unit}")


def number_bucket(value: float, span: str) -> tuple[float, float]:
    """The bucket of a number; `2log10`-like spans are logarithmic."""
    match = re.fullmatch(r"(\d*\.?\d*)log(\d*\.?\d*)", span)
    if match:
        if value <= 0:
            raise Refused("logarithmic span of a number <= 0")
        coefficient, base = float(match.group(1) or 1), float(match.group(2) or 10)
        power = math.floor(math.log(value / coefficient, base) + 1e-12)
        return coefficient * base**power, coefficient * base ** (power + 1)
    size = float(span)
    start = math.floor(value / size) * size
    return start, start + size


def range_text(low: float, high: float) -> str:
    return f"{number_text(Num(low))}-{number_text(Num(high))}"


def auto_span(low: float, high: float, bins: int, minspan: float = 0.0) -> float:
    """A span of 1, 2 or 5 times a power of ten that needs at most `bins` buckets."""
    width = max((high - low) / bins, minspan) or 1.0
    power = 10.0 ** math.floor(math.log10(width))
    for factor in (1, 10):
        if power * factor >= width - 1e-12:
            return power * factor
    return power * 10
