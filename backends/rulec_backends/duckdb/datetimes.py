"""Datetimes on DuckDB: 100 ns ticks since year 1 in a BIGINT.

Calendar work goes through TIMESTAMP (microseconds), the last digit by arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from rulec.scalars import MAX_DATETIME_TICKS, TICKS_PER_DAY, UNIX_EPOCH_TICKS
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.ticks import SPANS, TickDatetimes
from rulec_backends.sql.trees import Tree

_PARTS: Final = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "day": "day",
    "hour": "hour",
    "minute": "minute",
    "second": "second",
    "day_of_week": "dayofweek",
    "day_of_year": "dayofyear",
    "iso_week": "week",
}


def int_div(left: Tree, right: Tree) -> Tree:
    return t.binary("//", left, right)


def timestamp(ticks: Tree) -> Tree:
    """Ticks as TIMESTAMP, cut to microseconds."""
    # ticks are never negative: the division floors only before the epoch is taken off
    return t.call("make_timestamp", t.sub(int_div(ticks, t.num(10)), t.num(UNIX_EPOCH_TICKS // 10)))


def ticks_of(stamp: Tree) -> Tree:
    """A TIMESTAMP as ticks."""
    return t.add(t.mul(t.call("epoch_us", stamp), t.num(10)), t.num(UNIX_EPOCH_TICKS))


def stored(tree: Tree) -> Tree:
    """A stored TIMESTAMP or ISO text as ticks: by nanoseconds where they reach (1677..2262), else by microseconds."""
    nanos = int_div(t.call("epoch_ns", t.try_cast(tree, "TIMESTAMP_NS")), t.num(100))
    micros = t.mul(t.call("epoch_us", t.try_cast(tree, "TIMESTAMP")), t.num(10))
    return t.add(t.coalesce(nanos, micros), t.num(UNIX_EPOCH_TICKS))


def datetime_text(ticks: int) -> str:
    """`2024-01-31 23:59:59.000000`, cut to microseconds."""
    moment = datetime.min + timedelta(microseconds=ticks // 10)
    return moment.isoformat(sep=" ")


class Ticks(TickDatetimes):
    """See `rulec_backends.sql.dialect.Datetimes`."""

    def stamp(self, ticks: Tree) -> Tree:
        return timestamp(ticks)

    def ticks_of(self, stamp: Tree) -> Tree:
        return ticks_of(stamp)

    def trunc(self, row: Row, unit: str, value: Tree) -> Tree:
        start = super().trunc(row, unit, value)
        # the first week begins before year 1
        return row.d.null_outside(row, start, True) if unit == "week" else start

    def part(self, unit: str, value: Tree) -> Tree:
        return t.call(_PARTS[unit], timestamp(value))

    def shift(self, row: Row, unit: str, count: Tree, value: Tree) -> Tree:
        months = {"month": 1, "quarter": 3, "year": 12}[unit]
        amount = t.mul(count, t.num(months)) if months > 1 else count
        safe = t.try_cast(amount, "INT")

        def moved(x: Tree) -> Tree:
            span = t.call("to_months", safe)
            stamp = nodes.Try(t.add(timestamp(x), span))
            return t.add(ticks_of(stamp), t.binary("%", x, t.num(10)))

        return row.bind(value, lambda x: self.from_ticks(row, moved(x)))

    def make(self, row: Row, parts: Sequence[Tree]) -> Tree:
        year, month, day, hour, minute, second = parts
        date = nodes.Try(t.call("make_date", *(t.try_cast(x, "INT") for x in (year, month, day))))
        days = t.call("epoch", t.cast(date, "TIMESTAMP"))
        base = t.add(t.mul(t.cast(days, "BIGINT"), t.num(10_000_000)), t.num(UNIX_EPOCH_TICKS))
        clock = [t.mul(hour, t.num(SPANS["hour"])), t.mul(minute, t.num(SPANS["minute"]))]
        if not (isinstance(second, nodes.Literal) and second.value in ("0", "0e0")):
            clock.append(second)
        total = base
        for part in clock:
            total = t.add(total, part)
        fits = [t.between(hour, t.num(0), t.num(23)), t.between(minute, t.num(0), t.num(59))]
        fits.append(t.between(second, t.num(0), t.num(599_999_999)))
        fits.append(t.between(year, t.num(1), t.num(9999)))
        return t.when(t.and_(*fits), total)

    def to_text(self, row: Row, value: Tree) -> Tree:
        def written(x: Tree) -> Tree:
            stamp = t.call("strftime", timestamp(x), t.text("%Y-%m-%dT%H:%M:%S.%f"))
            return t.concat(stamp, t.cast(t.binary("%", x, t.num(10)), "VARCHAR"), t.text("Z"))

        return row.bind(value, written)

    def from_text(self, row: Row, value: Tree) -> Tree:
        return row.bind(value, lambda x: read_text(row, x))


#: KQL's text forms, with names for the parts; the date's three orders have names of their own.
_TIME: Final = (
    r"(?i)^\s*(?:(\d{4})(?:\s*[-/,]\s*(\d{1,2})(?:\s*[-/,]\s*(\d{1,2}))?)?|(\d{1,2})[-/](\d{1,2})[-/](\d{4})"
    r"|(?:[a-z]{3,9},\s*)?(\d{1,2})[ -]([a-z]{3})[ -](\d{4}))"
    r"(?:(?:T|\s+)(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7})\d*)?)?)?\s*(?:Z|GMT|UTC|([-+])(\d{2}):?(\d{2}))?\s*$"
)
_NAMES: Final = ("y", "mo", "d", "us_mo", "us_d", "us_y", "rfc_d", "mon", "rfc_y", "h", "mi", "s", "f", "sign", "zh", "zm")
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"


def read_text(row: Row, x: Tree) -> Tree:
    """KQL's text forms to ticks: ISO, US and RFC 1123 dates, a zone moves to UTC."""
    names = t.array([t.text(n) for n in _NAMES])
    parts = t.call("regexp_extract", x, t.text(_TIME), names)
    matched = t.call("regexp_matches", x, t.text(_TIME))
    return t.when(matched, row.bind(parts, lambda v: _assembled(row, v)))


def _assembled(row: Row, v: Tree) -> Tree:
    def part(*labels: str) -> Tree:
        joined = t.concat(*(t.field(v, t.name(n)) for n in labels))
        return t.try_cast(joined, "BIGINT")

    def or_zero(*labels: str) -> Tree:
        return t.coalesce(part(*labels), t.num(0))

    word = t.call("lower", t.field(v, t.name("mon")))
    named = int_div(t.add(t.call("strpos", t.text(_MONTHS), word), t.num(2)), t.num(3))
    month = t.case(
        [
            (t.ne(t.field(v, t.name("mon")), t.text("")), named),
            (t.eq(t.field(v, t.name("y")), t.text("")), part("us_mo")),
        ],
        t.coalesce(part("mo"), t.num(1)),
    )
    day = t.coalesce(part("d", "us_d", "rfc_d"), t.num(1))
    date = nodes.Try(t.call("make_date", *(t.try_cast(e, "INT") for e in (part("y", "us_y", "rfc_y"), month, day))))
    days = t.sub(date, t.cast(t.text("0001-01-01"), "DATE"))
    fraction = t.try_cast(t.call("rpad", t.field(v, t.name("f")), t.num(7), t.text("0")), "BIGINT")
    clock = [t.mul(or_zero(n), t.num(SPANS[unit])) for n, unit in (("h", "hour"), ("mi", "minute"), ("s", "second"))]
    zone = t.add(t.mul(or_zero("zh"), t.num(SPANS["hour"])), t.mul(or_zero("zm"), t.num(SPANS["minute"])))
    signed = t.when(t.eq(t.field(v, t.name("sign")), t.text("-")), zone, t.neg(nodes.Paren(zone)))
    total: Tree = t.mul(nodes.Paren(days), t.num(TICKS_PER_DAY))
    for piece in (*clock, t.coalesce(fraction, t.num(0)), signed):
        total = t.add(total, piece)
    fits = t.and_(t.lt(or_zero("h"), t.num(24)), t.lt(or_zero("mi"), t.num(60)), t.lt(or_zero("s"), t.num(60)))
    return t.when(fits, row.bind(total, lambda n: t.when(t.between(n, t.num(0), t.num(MAX_DATETIME_TICKS)), n)))
