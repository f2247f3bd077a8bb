"""Timespans: ticks in a 64-bit integer."""

from __future__ import annotations

from typing import Final

from rulec.scalars import TICKS_PER_DAY, ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.trees import Tree

UNITS: Final = {"d": TICKS_PER_DAY, "h": TICKS_PER_DAY // 24, "m": TICKS_PER_DAY // 1440, "s": 10_000_000}


def two_digits(row: Row, ticks: Tree, unit: int, modulus: int) -> Tree:
    value = row.d.modulo(row.d.int_div(ticks, t.num(unit)), t.num(modulus))
    return t.call("lpad", t.cast(value, "VARCHAR"), t.num(2), t.text("0"))


def span_text(row: Row, tree: Tree) -> Tree:
    """`[-][d.]hh:mm:ss[.fffffff]`; null of null."""

    def written(n: Tree) -> Tree:
        size = t.call("abs", n)
        days = t.when(
            t.ge(size, t.num(TICKS_PER_DAY)),
            t.concat(t.cast(row.d.int_div(size, t.num(TICKS_PER_DAY)), "VARCHAR"), t.text(".")),
            t.text(""),
        )
        fraction = row.d.modulo(size, t.num(10_000_000))
        tail = t.when(
            t.eq(fraction, t.num(0)),
            t.text(""),
            t.concat(t.text("."), t.call("lpad", t.cast(fraction, "VARCHAR"), t.num(7), t.text("0"))),
        )
        return t.concat(
            t.when(t.lt(n, t.num(0)), t.text("-"), t.text("")),
            days,
            two_digits(row, size, UNITS["h"], 24),
            t.text(":"),
            two_digits(row, size, UNITS["m"], 60),
            t.text(":"),
            two_digits(row, size, UNITS["s"], 60),
            tail,
        )

    def guarded(n: Tree) -> Tree:
        # abs() fails on the least of all
        least = t.eq(n, row.d.literal(-(2**63), ScalarType.LONG))
        return t.when(least, t.text("-10675199.02:48:05.4775808"), written(n))

    result = row.bind(tree, guarded)
    # the CASE parts are never null, the digits are: null of null
    return result if not isinstance(result, nodes.Null) else t.null()
