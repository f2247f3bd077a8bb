"""Bitwise functions by arithmetic: Splunk's own need version 9.2 and take no negative numbers.

An integer is taken as two halves of 32 bits, so that every double in between is exact.
Source: Learn's function pages; Search Reference, "Mathematical functions".
"""

from __future__ import annotations

from rulec.ir.exprs import Call, Literal
from rulec_backends.splunk.functions.numbers import guarded, numeric
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import Field, Node, Number, all_of, any_of, fn, number, op

_HALF = 4294967296


def _halves(b: Builder, x: Node) -> tuple[Node, Node]:
    """The upper half, signed, and the lower."""
    high = b.temp(fn("floor", op(x, "/", number(_HALF))), "high")
    return high, b.temp(op(x, "-", op(high, "*", number(_HALF))), "low")


def _bit(x: Node, weight: Node) -> Node:
    return op(op(fn("floor", op(x, "/", weight)), "%", number(2)), "=", number(1))


def _unsigned(x: Node) -> Node:
    return fn("if", op(x, "<", number(0)), op(x, "+", number(_HALF)), x)


def _bits(b: Builder) -> Field:
    return b.temp(fn("mvrange", number(0), number(32)), "bit")


def _both(name: str) -> Row:
    """binary_and, binary_or, binary_xor: bit by bit of each half."""

    def lower(b: Builder, e: Call) -> Node:
        if not guarded(b, e):
            return number(0)
        x, y = (b.atom(numeric(b, a)) for a in e.arguments)
        i = _bits(b)
        weight = fn("pow", number(2), i)
        halves: list[Node] = []
        for left, right in zip(_halves(b, x), _halves(b, y), strict=True):
            p, q = (b.temp(_unsigned(v), "half") for v in (left, right))
            one, other = _bit(p, weight), _bit(q, weight)
            kept = all_of(one, other) if name == "and" else any_of(one, other)
            if name == "xor":
                kept = op(fn("if", one, number(1), number(0)), "!=", fn("if", other, number(1), number(0)))
            halves.append(b.temp(fn("sum", b.temp(fn("mvmap", i, fn("if", kept, weight, number(0))), "bits")), "half"))
        high = fn("if", op(halves[0], ">=", number(_HALF // 2)), op(halves[0], "-", number(_HALF)), halves[0])
        return fn("if", all_of(fn("isnotnull", x), fn("isnotnull", y)), op(op(high, "*", number(_HALF)), "+", halves[1]), fn("null"))

    return lower


def _not(b: Builder, e: Call) -> Node:
    return op(Number("-1"), "-", numeric(b, e.arguments[0])) if guarded(b, e) else number(0)


def _shift(left: bool) -> Row:
    def lower(b: Builder, e: Call) -> Node:
        count = e.arguments[1]
        if not guarded(b, e):
            return number(0)
        if not isinstance(count, Literal) or not isinstance(count.value, int) or (left and count.value % 64 > 52):
            return b.ctx.refuse(e.span, f"`{e.function}` by a count that is no constant, or beyond the 53 bits of Splunk's numbers")
        if count.value < 0:
            return fn("null")
        x, factor = numeric(b, e.arguments[0]), number(2 ** (count.value % 64))
        return op(x, "*", factor) if left else fn("floor", op(x, "/", factor))

    return lower


def _count_ones(b: Builder, e: Call) -> Node:
    if not guarded(b, e):
        return number(0)
    x = b.atom(numeric(b, e.arguments[0]))
    i = _bits(b)
    ones: list[Node] = []
    for half in _halves(b, x):
        held = b.temp(_unsigned(half), "half")
        ones.append(fn("sum", b.temp(fn("mvmap", i, fn("if", _bit(held, fn("pow", number(2), i)), number(1), number(0))), "bits")))
    return fn("if", fn("isnotnull", x), op(ones[0], "+", ones[1]), fn("null"))


FUNCTIONS: dict[str, Row] = {
    "binary_and": _both("and"),
    "binary_or": _both("or"),
    "binary_xor": _both("xor"),
    "binary_not": _not,
    "binary_shift_left": _shift(True),
    "binary_shift_right": _shift(False),
    "bitset_count_ones": _count_ones,
}
