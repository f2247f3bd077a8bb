"""Calendar arithmetic on epoch seconds in eval expressions, the same in every time zone and before 1970.

The civil date of a day number follows the usual era-based algorithm on a year that begins in March.
"""

from __future__ import annotations

from dataclasses import dataclass

from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import Field, Node, Number, Op, Text, fn, number, op

DAY = number(86400)
#: Seconds from year 1, from which Kusto's times, bins and rests count, to the epoch.
ORIGIN = 62_135_596_800


@dataclass(frozen=True, slots=True)
class Civil:
    """Fields that hold a date's year, month, day, and its day number from the epoch."""

    year: Field
    month: Field
    day: Field
    days: Field


def floor_div(x: Node, n: int) -> Node:
    return fn("floor", op(x, "/", number(n)))


def scaled(x: Node, n: int) -> Node:
    return op(x, "*", number(n))


def whole_seconds(b: Builder, t: Node) -> Node:
    """The second that holds a time. By text where times finer than a double's step occur, and can be told apart only so."""
    if not b.fine(t):
        return fn("floor", t)
    t = b.atom(t)
    digits = fn("tonumber", fn("replace", t, Text(r"\..*"), Text("")))
    below = fn("if", fn("match", t, Text(r"^-.*\.\d*[1-9]")), number(1), number(0))
    return op(digits, "-", below)


def day_number(b: Builder, t: Node) -> Node:
    """Days from the epoch."""
    return floor_div(whole_seconds(b, t) if b.fine(t) else t, 86400)


def civil(b: Builder, days: Node) -> Civil:
    """Year, month and day of a day number."""
    day = b.temp(days, "day")
    z = b.temp(op(day, "+", number(719468)), "z")
    era = b.temp(floor_div(z, 146097), "era")
    doe = b.temp(op(z, "-", scaled(era, 146097)), "doe")
    leap = Op("-", Op("+", Op("-", doe, floor_div(doe, 1460)), floor_div(doe, 36524)), floor_div(doe, 146096))
    yoe = b.temp(floor_div(leap, 365), "yoe")
    year_days = Op("-", Op("+", scaled(yoe, 365), floor_div(yoe, 4)), floor_div(yoe, 100))
    doy = b.temp(op(doe, "-", year_days), "doy")
    mp = b.temp(floor_div(op(scaled(doy, 5), "+", number(2)), 153), "mp")
    date = b.temp(Op("+", op(doy, "-", floor_div(op(scaled(mp, 153), "+", number(2)), 5)), number(1)), "d")
    month = b.temp(op(mp, "+", fn("if", op(mp, "<", number(10)), number(3), Number("-9"))), "m")
    year = b.temp(Op("+", op(yoe, "+", scaled(era, 400)), fn("if", op(month, "<=", number(2)), number(1), number(0))), "y")
    return Civil(year, month, date, day)


def days_of(b: Builder, year: Node, month: Node, day: Node) -> Node:
    """The day number of a date; months and days need not be in range, months must be 1 to 12."""
    month = b.atom(month, "m")
    y = b.temp(op(year, "-", fn("if", op(month, "<=", number(2)), number(1), number(0))), "y")
    era = b.temp(floor_div(y, 400), "era")
    yoe = b.temp(op(y, "-", scaled(era, 400)), "yoe")
    mp = op(month, "+", fn("if", op(month, ">", number(2)), Number("-3"), number(9)))
    doy = b.temp(Op("-", op(floor_div(op(scaled(mp, 153), "+", number(2)), 5), "+", day), number(1)), "doy")
    doe = Op("+", Op("-", op(scaled(yoe, 365), "+", floor_div(yoe, 4)), floor_div(yoe, 100)), doy)
    return Op("-", op(scaled(era, 146097), "+", doe), number(719468))


def month_length(year: Node, month: Node) -> Node:
    """Days of a month."""
    by_four, by_hundred, by_four_hundred = (op(op(year, "%", number(n)), "=" if n != 100 else "!=", number(0)) for n in (4, 100, 400))
    leap = op(by_four, "AND", op(by_hundred, "OR", by_four_hundred))
    february = fn("if", leap, number(29), number(28))
    short = fn("in", month, *map(number, (4, 6, 9, 11)))
    return fn("case", op(month, "=", number(2)), february, short, number(30), fn("true"), number(31))


def moved_months(b: Builder, date: Civil, months: Node) -> tuple[Node, Node]:
    """Year and month, `months` later."""
    index = b.temp(Op("+", op(scaled(date.year, 12), "+", op(date.month, "-", number(1))), months), "mi")
    year = b.temp(floor_div(index, 12), "y")
    return year, b.temp(Op("+", op(index, "-", scaled(year, 12)), number(1)), "m")


def month_start(b: Builder, date: Civil, months: Node) -> Node:
    """The day number of the first of a month, `months` later."""
    year, month = moved_months(b, date, months)
    return days_of(b, year, month, number(1))
