"""Datetimes on Athena: TIMESTAMP(7) without a zone, in UTC, which holds KQL's 100 ns ticks exactly.

Trino's own date_diff, interval differences and format functions cut to milliseconds, so that spans are taken from tick counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from rulec.ir.exprs import Expr, Literal
from rulec.scalars import MAX_DATETIME_TICKS, TICKS_PER_DAY, UNIX_EPOCH_TICKS
from rulec_backends.athena.words import typed
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.dialect import Datetimes
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.trees import Tree

STAMP: Final = "TIMESTAMP(7)"
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
_FINER: Final = {"microsecond": 10, "nanosecond": 1}
_SPANS: Final = (("DAY", TICKS_PER_DAY), ("HOUR", 36_000_000_000), ("MINUTE", 600_000_000), ("SECOND", 10_000_000))
_FIRST: Final = "0001-01-01 00:00:00"


def stamp_text(ticks: int) -> str:
    """`2024-03-10 12:00:00` with as many digits of a second as there are."""
    seconds, rest = divmod(ticks, 10_000_000)
    whole = (datetime(1, 1, 1) + timedelta(seconds=seconds)).isoformat(" ")
    return f"{whole}.{rest:07d}".rstrip("0") if rest else whole


def stamp(ticks: int) -> Tree:
    """`TIMESTAMP '2024-03-10 12:00:00'`."""
    return nodes.known(typed("TIMESTAMP", stamp_text(ticks)), nodes.Facts(ticks=ticks))


def known_ticks(tree: Tree) -> int | None:
    """The ticks of a literal."""
    return tree.facts.ticks


def interval(ticks: int) -> Tree | None:
    """`INTERVAL '1' DAY` of a positive number of ticks; None below a millisecond, which intervals do not keep."""
    for unit, size in _SPANS:
        if ticks % size == 0:
            return nodes.Interval(str(ticks // size), unit)
    if ticks % 10_000:
        return None
    seconds, rest = divmod(ticks, 10_000_000)
    return nodes.Interval(f"{seconds}.{rest // 10_000:03d}", "SECOND")


def exact(ticks: Tree) -> Tree:
    """Ticks that are in range as a timestamp."""
    nanos = t.mul(t.cast(t.sub(ticks, t.num(UNIX_EPOCH_TICKS)), "DECIMAL(38,0)"), t.num(100))
    return t.cast(t.call("at_timezone", t.call("from_unixtime_nanos", nanos), t.text("UTC")), STAMP)


class Stamps(Datetimes):
    """See `rulec_backends.sql.dialect.Datetimes`."""

    def literal(self, ticks: int) -> Tree:
        return stamp(ticks)

    def to_ticks(self, value: Tree) -> Tree:
        known = known_ticks(value)
        if known is not None:
            return t.num(known)
        back = value.facts.of_ticks
        if back is not None:
            return back
        if t.is_simple(value) or isinstance(value, nodes.Var):
            return _ticks(value)
        return t.call("element_at", t.call("transform", t.array([value]), t.lam(["d"], _ticks(nodes.Var("d")))), t.num(1))

    def from_exact_ticks(self, ticks: Tree) -> Tree:
        return nodes.known(exact(ticks), nodes.Facts(of_ticks=ticks))

    def from_ticks(self, row: Row, ticks: Tree) -> Tree:
        def guarded(n: Tree) -> Tree:
            # Trino computes a constant branch while it plans, also one that is never taken
            inside = t.call("greatest", t.call("least", n, t.num(MAX_DATETIME_TICKS)), t.num(0))
            return t.when(t.between(n, t.num(0), t.num(MAX_DATETIME_TICKS)), exact(inside))

        return row.bind(ticks, guarded)

    def from_wide_ticks(self, row: Row, ticks: Tree) -> Tree:
        """Of a DECIMAL(38,0)."""
        return self.from_ticks(row, ticks)

    def add(self, row: Row, value: Tree, span: Tree, span_expr: Expr, negative: bool = False) -> Tree:
        constant = span_expr.value if isinstance(span_expr, Literal) and isinstance(span_expr.value, int) else None
        if constant is not None:
            return self._shifted(row, value, -constant if negative else constant)
        ticks = t.cast(self.to_ticks(value), "DECIMAL(38,0)")
        return self.from_wide_ticks(row, t.sub(ticks, span) if negative else t.add(ticks, span))

    def _shifted(self, row: Row, value: Tree, ticks: int) -> Tree:
        if ticks == 0:
            return value
        known = known_ticks(value)
        if known is not None:
            moved = known + ticks
            return stamp(moved) if 0 <= moved <= MAX_DATETIME_TICKS else t.cast(t.null(), STAMP)
        if abs(ticks) > MAX_DATETIME_TICKS:
            return t.cast(t.null(), STAMP)
        span = interval(abs(ticks))
        combine = t.add if ticks > 0 else t.sub
        if isinstance(value, nodes.Placeholder) and span is not None:
            return combine(value, span)

        def guarded(x: Tree) -> Tree:
            inside = t.le(x, stamp(MAX_DATETIME_TICKS - ticks)) if ticks > 0 else t.ge(x, stamp(-ticks))
            moved = combine(x, span) if span is not None else exact(t.add(_ticks(x), t.num(ticks)))
            return t.when(inside, moved)

        return row.bind(value, guarded)

    def difference(self, left: Tree, right: Tree) -> Tree:
        return t.sub(self.to_ticks(left), self.to_ticks(right))

    def part(self, unit: str, value: Tree) -> Tree:
        if unit == "day_of_week":
            return t.binary("%", t.call("day_of_week", value), t.num(7))
        return t.call(_PARTS[unit], value)

    def trunc(self, row: Row, unit: str, value: Tree) -> Tree:
        if unit in _FINER:
            span = _FINER[unit]
            return row.bind(self.to_ticks(value), lambda n: exact(t.sub(n, t.binary("%", n, t.num(span))))) if span > 1 else value
        if unit == "week":
            # Trino's weeks start on Monday
            one = interval(TICKS_PER_DAY)
            assert one is not None

            def sunday(x: Tree) -> Tree:
                moved = t.sub(t.call("date_trunc", t.text("week"), t.add(x, one)), one)
                # the week of the first days begins before year 1
                return t.when(t.ge(x, stamp(6 * TICKS_PER_DAY)), moved)

            return row.bind(value, sunday)
        return t.call("date_trunc", t.text(unit), value)

    def shift(self, row: Row, unit: str, count: Tree, value: Tree) -> Tree:
        def moved(n: Tree) -> Tree:
            # date_add takes 32 bits
            inside = t.between(n, t.num(-120_000), t.num(120_000))
            return t.when(inside, t.call("date_add", t.text(unit), n, value))

        limits = (stamp(0), stamp(MAX_DATETIME_TICKS))
        return row.bind(row.bind(count, moved), lambda x: t.when(t.between(x, *limits), x))

    def make(self, row: Row, parts: Sequence[Tree]) -> Tree:
        year, month, day, hour, minute, ticks = parts
        seconds = [t.binary("//", ticks, t.num(10_000_000)), t.binary("%", ticks, t.num(10_000_000))]
        text = t.call("format", t.text("%04d-%02d-%02d %02d:%02d:%02d.%07d"), year, month, day, hour, minute, *seconds)
        fits = [t.between(year, t.num(1), t.num(9999)), t.between(hour, t.num(0), t.num(23))]
        fits += [t.between(minute, t.num(0), t.num(59)), t.between(ticks, t.num(0), t.num(599_999_999))]
        return t.when(t.and_(*fits), t.try_cast(text, STAMP))

    def to_text(self, row: Row, value: Tree) -> Tree:
        return t.concat(t.call("to_iso8601", t.cast(value, STAMP)), t.text("Z"))

    def from_text(self, row: Row, value: Tree) -> Tree:
        return row.bind(value, lambda s: read_text(s, row))


def _ticks(value: Tree) -> Tree:
    """Ticks of a timestamp that may be said twice: whole seconds, and the seven digits of its text."""
    seconds = t.call("date_diff", t.text("second"), typed("TIMESTAMP", _FIRST), value)
    digits = t.call("substr", t.cast(t.cast(value, STAMP), "VARCHAR"), t.num(-7))
    return t.add(t.mul(seconds, t.num(10_000_000)), t.cast(digits, "BIGINT"))


#: KQL's text forms: ISO, US and RFC 1123 dates, then a time of day and a zone.
_SHAPE: Final = (
    r"(?i)^\s*(?:([0-9]{4})(?:\s*[-/,]\s*([0-9]{1,2})(?:\s*[-/,]\s*([0-9]{1,2}))?)?|([0-9]{1,2})[-/]([0-9]{1,2})[-/]([0-9]{4})"
    r"|(?:[a-z]{3,9},\s*)?([0-9]{1,2})[ -]([a-z]{3})[ -]([0-9]{4}))"
    r"(?:(?:T|\s+)([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{1,7})[0-9]*)?)?)?\s*(?:Z|GMT|UTC|([-+][0-9]{2}:?[0-9]{2}))?\s*\z"
)
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"


def read_text(s: Tree, row: Row) -> Tree:
    """Text of a time: put into the one form that from_iso8601_timestamp_nanos reads, which then keeps seven digits and the offset."""

    def form(m: Tree) -> Tree:
        def group(*numbers: int, default: str = "") -> Tree:
            found: list[Tree] = [nodes.Index(m, n - 1) for n in numbers]
            found += [t.text(default)] if default else []
            return t.coalesce(*found) if len(found) > 1 else found[0]

        def two(value: Tree) -> Tree:
            return t.call("lpad", value, t.num(2), t.text("0"))

        named = t.call("strpos", t.text(_MONTHS), t.call("lower", group(8)))
        spelled = t.cast(t.binary("//", t.add(named, t.num(2)), t.num(3)), "VARCHAR")
        month = t.coalesce(group(2, 4), t.when(t.is_not_null(group(8)), spelled), t.text("1"))
        return t.call(
            "concat",
            group(1, 6, 9), t.text("-"), two(month), t.text("-"), two(group(3, 5, 7, default="1")), t.text("T"),
            two(group(10, default="00")), t.text(":"), two(group(11, default="00")), t.text(":"), two(group(12, default="00")),
            t.text("."), group(13, default="0"), group(14, default="Z"),
        )  # fmt: skip

    written = t.call("regexp_replace", s, t.text(_SHAPE), row.function(1, form))
    parsed = nodes.Try(t.call("from_iso8601_timestamp_nanos", written))
    value = t.cast(t.call("at_timezone", parsed, t.text("UTC")), STAMP)
    return t.when(t.call("regexp_like", s, t.text(_SHAPE)), value)
