"""Datetimes on Athena: 100 ns ticks in a BIGINT; calendar work goes through TIMESTAMP(7), which holds them exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from rulec.scalars import UNIX_EPOCH_TICKS
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
    "day_of_year": "day_of_year",
    "iso_week": "week",
}


def utc(tree: Tree, precision: int) -> Tree:
    """A zoned timestamp as UTC without a zone."""
    return t.cast(exp.AtTimeZone(this=tree, zone=t.text("UTC")), f"TIMESTAMP({precision})")


def first_day() -> Tree:
    return t.cast(t.text("0001-01-01 00:00:00"), "TIMESTAMP(3)")


def millis_of(stamp: Tree) -> Tree:
    """A TIMESTAMP(3) as ticks."""
    return t.mul(t.call("date_diff", t.text("millisecond"), first_day(), stamp), t.num(10_000))


class TrinoTicks(TickDatetimes):
    """See `rulec_backends.sql.dialect.Datetimes`."""

    def stamp(self, ticks: Tree) -> Tree:
        nanos = t.mul(t.cast(t.sub(ticks, t.num(UNIX_EPOCH_TICKS)), "DECIMAL(38,0)"), t.num(100))
        return utc(t.call("from_unixtime_nanos", nanos), 7)

    def ticks_of(self, stamp: Tree) -> Tree:
        # a truncated time has no fraction of a second
        return t.mul(t.call("date_diff", t.text("second"), first_day(), stamp), t.num(10_000_000))

    def part(self, unit: str, value: Tree) -> Tree:
        if unit == "day_of_week":
            return t.binary(exp.Mod, t.call("day_of_week", self.stamp(value)), t.num(7))
        return t.call(_PARTS[unit], self.stamp(value))

    def shift(self, row: Row, unit: str, count: Tree, value: Tree) -> Tree:
        def moved(x: Tree) -> Tree:
            day = row.d.modulo(t.again(x), t.num(SPANS["day"]))
            start = self.stamp(t.sub(t.again(x), day))
            return t.add(self.ticks_of(exp.Try(this=t.call("date_add", t.text(unit), count, start))), t.again(day))

        return row.bind(value, lambda x: self.from_ticks(row, moved(x)))

    def make(self, row: Row, parts: Sequence[Tree]) -> Tree:
        year, month, day, hour, minute, second = parts
        date = t.try_cast(t.call("format", t.text("%04d-%02d-%02d"), year, month, day), "TIMESTAMP(3)")
        total = self.ticks_of(date)
        for part in (t.mul(hour, t.num(SPANS["hour"])), t.mul(minute, t.num(SPANS["minute"])), second):
            total = t.add(total, part)
        fits = [t.between(t.again(hour), t.num(0), t.num(23)), t.between(t.again(minute), t.num(0), t.num(59))]
        fits += [t.between(t.again(second), t.num(0), t.num(599_999_999)), t.between(t.again(year), t.num(1), t.num(9999))]
        return t.when(t.and_(*fits), total)

    def to_text(self, row: Row, value: Tree) -> Tree:
        return t.concat(t.call("to_iso8601", self.stamp(value)), t.text("Z"))

    def from_text(self, row: Row, value: Tree) -> Tree:
        """ISO text with or without a zone, to the millisecond's tenth of a microsecond."""

        def read(s: Tree) -> Tree:
            shaped = t.call("regexp_like", t.again(s), t.text(r"^\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"))
            zoned = utc(exp.Try(this=t.call("from_iso8601_timestamp", t.call("trim", t.again(s)))), 3)
            plain = t.try_cast(t.again(s), "TIMESTAMP(3)")
            return t.when(shaped, millis_of(t.coalesce(zoned, plain)))

        return row.bind(value, read)
