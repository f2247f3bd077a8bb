"""bin and bin_at.

Kusto's bins count from 0001-01-01, whose day number is a multiple of no week.
Source: Learn, bin(), bin_at(); recorded answers (a size that is not positive gives null).
"""

from __future__ import annotations

import math

from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.splunk.calendar import ORIGIN, whole_seconds
from rulec_backends.splunk.functions.numbers import (
    DOUBLES,
    PLACES,
    TIMES,
    guarded,
    in_range,
    is_whole,
    numeric,
    rest_ticks,
    rounded,
)
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.literals import decimal_text
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.ticks import parts, ticks_of_span, time_of, whole_ticks
from rulec_backends.splunk.tree import NULL, Node, Number, Op, Text, fn, number, op


def _bin(b: Builder, e: Call) -> Node:
    x, size = e.arguments
    if not isinstance(size, Literal):
        return _bin_of(b, e)
    if not guarded(b, e):
        return Text("")
    if not isinstance(size.value, int | float) or not size.value > 0:  # NaN is not either
        return NULL
    if size.value == math.inf:
        return b.ctx.refuse(size.span, "`bin` of infinite size")
    value, step = numeric(b, x), b.value(size)
    if x.type is ScalarType.TIMESPAN and not is_whole(size):
        return whole_ticks(b.temp(_multiple(ticks_of_span(value), number(int(size.value))), "ticks"))
    if x.type is ScalarType.DATETIME and not is_whole(size):
        seconds, ticks = parts(b, value)
        return _cut(b, e, value, (seconds, ticks), (op(seconds, "+", number(ORIGIN)), ticks), int(size.value))
    if x.type is ScalarType.DATETIME:
        return time_bin(_binnable(b, e, value, size), size)
    found = op(fn("floor", op(value, "/", step)), "*", step)
    if step == number(1) and e.type is not ScalarType.REAL:
        return value
    return found if e.type.is_integer else rounded(found, is_whole(size), 7) if e.type in TIMES else fn("exact", found)


def _multiple(x: Node, size: Node) -> Node:
    return op(fn("floor", op(x, "/", size)), "*", size)


def _cut(b: Builder, e: Call, t: Node, split: tuple[Node, Node], since: tuple[Node, Node], size: int) -> Node:
    """A time without the rest of a bin of `size` ticks, which are no whole seconds; the bins count `since` seconds and ticks."""
    rest = rest_ticks(b, e, since, size)
    ticks = op(split[1], "-", rest)
    if b.fine(t) or size % 10:
        return time_of(b, split[0], ticks)
    return rounded(op(split[0], "+", op(ticks, "/", number(10_000_000))), False)


def _bin_of(b: Builder, e: Call) -> Node:
    """A bin whose size the row gives; null where it is not positive."""
    if not guarded(b, e):
        return NULL
    x, size = e.arguments
    value, step = _binnable(b, e, numeric(b, x), size), b.atom(numeric(b, size))
    if x.type is ScalarType.DATETIME:
        origin = number(ORIGIN)
        bins = op(op(fn("floor", op(op(value, "+", origin), "/", step)), "*", step), "-", origin)
    else:
        bins = op(fn("floor", op(value, "/", step)), "*", step)
    found = bins if e.type.is_integer else fn("exact", bins) if e.type is ScalarType.REAL else rounded(bins, False, PLACES.get(e.type, 6))
    return fn("if", op(step, ">", number(0)), found, NULL)


def _binnable(b: Builder, e: Call, value: Node, size: Expr) -> Node:
    """A value that a bin may be taken of: of a fine time, its whole second."""
    if e.type is not ScalarType.DATETIME or not b.fine(value):
        return value
    if not all(map(is_whole, e.arguments[1:])):
        return b.ctx.refuse(size.span, f"`{e.function}` of fractions of a second of times finer than a microsecond: {DOUBLES}")
    return whole_seconds(b, value)


def time_bin(value: Node, size: Literal) -> Node:
    """A bin of epoch seconds. A whole number of days from year 1 aligns most bins with the epoch; others are shifted."""
    assert isinstance(size.value, int)
    step = Number(decimal_text(size.value))
    shift = (-ORIGIN * 10_000_000) % size.value
    offset = Number(decimal_text(shift))
    if shift == 0:
        found = op(fn("floor", op(value, "/", step)), "*", step)
    else:
        found = op(op(fn("floor", op(op(value, "-", offset), "/", step)), "*", step), "+", offset)
    return rounded(found, size.value % 10_000_000 == 0)


def _bin_at(b: Builder, e: Call) -> Node:
    x, size, origin = e.arguments
    if not isinstance(size, Literal) or not isinstance(size.value, int | float) or size.value <= 0 or not guarded(b, e):
        return b.ctx.refuse(e.span, "`bin_at` with a size that is no positive constant")
    start, step = b.atom(b.value(origin)), b.value(size)
    if e.type is ScalarType.DATETIME and not (is_whole(size) and is_whole(origin)):
        value = numeric(b, x)
        (seconds, ticks), (first, more) = parts(b, value), parts(b, start)
        since = op(seconds, "-", first), op(ticks, "-", more)
        return in_range(b, _cut(b, e, value if b.fine(value) else start, (seconds, ticks), since, int(size.value)))
    if e.type is ScalarType.TIMESPAN:
        apart = op(ticks_of_span(numeric(b, x)), "-", ticks_of_span(start))
        return whole_ticks(b.temp(op(_multiple(apart, number(int(size.value))), "+", ticks_of_span(start)), "ticks"))
    value = _binnable(b, e, numeric(b, x), size)
    found = Op("+", op(fn("floor", op(op(value, "-", start), "/", step)), "*", step), start)
    if e.type not in TIMES:
        return found if e.type.is_integer else fn("exact", found)
    result = rounded(found, is_whole(size) and is_whole(origin), PLACES[e.type])
    return in_range(b, result) if e.type is ScalarType.DATETIME else result


FUNCTIONS: dict[str, Row] = {"bin": _bin, "bin_at": _bin_at}
