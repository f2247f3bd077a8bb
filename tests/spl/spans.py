"""Buckets of bin and timechart.

Source: Search Reference, bin ("span options", "Span and bins"), timechart.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_FLOOR, Decimal

from tests.spl import timefmt
from tests.spl.errors import Refused
from tests.spl.values import Num, number_text

_SPAN = re.compile(r"(\d*)([a-zA-Z]+)\Z")
#: Parts of a second and their size.
_SUBSECONDS = {"us": Decimal("0.000001"), "ms": Decimal("0.001"), "cs": Decimal("0.01"), "ds": Decimal("0.1")}


def time_bucket(epoch: float, span: str, align: float = 0.0) -> tuple[float, float]:
    """The bucket's start and end for a time span; days align with midnight UTC, months and longer with the calendar.

    `align` is bin's `aligntime`, which days and longer spans ignore."""
    snap = re.fullmatch(r"1?w(?:eeks?)?@(w[0-7])", span)
    if snap is not None:
        week = timefmt.relative(epoch, f"@{snap.group(1)}")
        return week, week + timefmt.SPAN_SECONDS["w"]
    match = _SPAN.match(span if not span.isdigit() else f"{span}s")
    if match is None:
        raise Refused(f"span {span}")
    count, unit = int(match.group(1) or 1), match.group(2)
    if unit in _SUBSECONDS:
        return _fraction(epoch, count * _SUBSECONDS[unit])
    unit = unit.lower()
    if unit in timefmt.SPAN_SECONDS and not unit.startswith("w"):
        size = count * timefmt.SPAN_SECONDS[unit]
        origin = 0.0 if unit.startswith("d") else align
        start = math.floor((epoch - origin) / size) * size + origin
        return float(start), float(start + size)
    if count != 1:
        raise Refused(f"span {span}: where such a bucket begins is not documented")
    start_ = timefmt.relative(epoch, "@w0" if unit.startswith("w") else f"@{unit}")
    return start_, timefmt.relative(start_, f"+1{unit}")


def _fraction(epoch: float, size: Decimal) -> tuple[float, float]:
    start = (Decimal(repr(epoch)) / size).to_integral_value(rounding=ROUND_FLOOR) * size
    return float(start), float(start + size)


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


def auto_span(low: float, high: float, bins: int, minspan: float = 0.0) -> str:
    """The smallest power of ten that needs at most `bins` buckets and is no less than `minspan` (weak evidence: no document says which
    spans bin chooses among)."""
    width = max((high - low) / bins, minspan) or 1.0
    return number_text(Num(10.0 ** math.ceil(math.log10(width) - 1e-12)))
