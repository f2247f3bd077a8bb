"""Date and time functions as epoch arithmetic.

Source: Learn's function pages, recorded answers (weeks begin on Sunday; `endof…` ends at .9999999; datetime_diff counts boundaries).
"""

from __future__ import annotations

from rulec.ir.exprs import Call, Literal
from rulec.scalars import ScalarType
from rulec_backends.splunk import calendar
from rulec_backends.splunk.functions.numbers import in_range, numeric, rounded
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.functions.text_tests import constant
from rulec_backends.splunk.literals import EXACT
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.ticks import fraction_digits, parts, time_of
from rulec_backends.splunk.tree import NULL, Field, Fn, Node, Number, Op, Text, fn, joined, number, op

_DAY, _WEEK = 86_400, 604_800
#: The start of the week that does not end within KQL's range.
_LAST_WEEK = 253_401_868_800
#: The first Sunday after the epoch.
_SUNDAY = 259_200


def _days_start(days: Node) -> Node:
    return calendar.scaled(days, _DAY)


def _start_of_day(b: Builder, t: Node, offset: Node | None, extra: int) -> Node:
    start = calendar.scaled(calendar.day_number(b, t), _DAY)
    return _moved(start, offset, _DAY, extra)


def _start_of_week(b: Builder, t: Node, offset: Node | None, extra: int) -> Node:
    t = calendar.whole_seconds(b, t) if b.fine(t) else t
    shifted = op(t, "-", number(_SUNDAY))
    start = op(calendar.scaled(calendar.floor_div(shifted, _WEEK), _WEEK), "+", number(_SUNDAY))
    return _moved(start, offset, _WEEK, extra)


def _moved(start: Node, offset: Node | None, size: int, extra: int) -> Node:
    if offset is not None:
        start = op(start, "+", calendar.scaled(offset, size))
    return op(start, "+", number(extra * size)) if extra else start


def _start_of_month(b: Builder, t: Node, offset: Node | None, extra: int) -> Node:
    date = calendar.civil(b, calendar.day_number(b, t))
    months: Node = number(extra) if offset is None else op(offset, "+", number(extra))
    return _days_start(calendar.month_start(b, date, months))


def _start_of_year(b: Builder, t: Node, offset: Node | None, extra: int) -> Node:
    date = calendar.civil(b, calendar.day_number(b, t))
    year = op(date.year, "+", number(extra))
    year = op(year, "+", offset) if offset is not None else year
    return _days_start(calendar.days_of(b, b.temp(year, "y"), number(1), number(1)))


_STARTS = {"day": _start_of_day, "week": _start_of_week, "month": _start_of_month, "year": _start_of_year}


def _start(unit: str) -> Row:
    def lower(b: Builder, e: Call) -> Node:
        offset, unsure = _offset(b, e)
        if offset == NULL:
            return NULL
        return in_range(b, _STARTS[unit](b, b.value(e.arguments[0]), offset, 0), unsure)

    return lower


def _offset(b: Builder, e: Call) -> tuple[Node | None, bool]:
    """How many units further, and whether that may leave KQL's range: null when it surely does."""
    if len(e.arguments) == 1:
        return None, False
    offset = e.arguments[1]
    if not isinstance(offset, Literal) or not isinstance(offset.value, int):
        return b.value(offset), True
    return (NULL, True) if abs(offset.value) > 5_000_000 else (b.value(offset), abs(offset.value) > 1000)


def _end(unit: str) -> Row:
    """The last tick of the unit, written as text: a double has no room for it."""

    def lower(b: Builder, e: Call) -> Node:
        offset, unsure = _offset(b, e)
        if offset == NULL:
            return NULL
        following = b.temp(_STARTS[unit](b, b.value(e.arguments[0]), offset, 1), "end")
        before = fn("if", op(following, "<=", number(0)), joined(Text("-"), fn("abs", following)), op(following, "-", number(1)))
        tail = fn("if", op(following, "<=", number(0)), Text(".0000001"), Text(".9999999"))
        inside = op(op(following, ">", Number("-62135596800")), "AND", op(following, "<=", number(253402300800)))
        found = joined(before, tail)
        return fn("if", inside, found, NULL) if b.ctx.far_times or unsure else found

    return lower


def _date_part(name: str) -> Row:
    def lower(b: Builder, e: Call) -> Node:
        return part(b, b.value(e.arguments[0]), name)

    return lower


def part(b: Builder, t: Node, name: str) -> Node:
    """A part of a date, an integer; the day of the week is a span."""
    seconds = b.atom(calendar.whole_seconds(b, t), "s")
    match name:
        case "dayofweek":
            day = calendar.scaled(_weekday(b, seconds), _DAY)
            return fn("if", op(seconds, "<", number(_LAST_WEEK)), day, NULL) if b.ctx.far_times else day
        case "hour" | "minute" | "second":
            size = {"hour": 3600, "minute": 60, "second": 1}[name]
            whole = {"hour": _DAY, "minute": 3600, "second": 60}[name]
            rest = op(seconds, "-", calendar.scaled(calendar.floor_div(seconds, whole), whole))
            return calendar.floor_div(rest, size) if size > 1 else rest
    days = b.atom(calendar.floor_div(seconds, _DAY), "day")
    date = calendar.civil(b, days)
    match name:
        case "year":
            return date.year
        case "month":
            return date.month
        case "day":
            return date.day
        case "quarter":
            return op(calendar.floor_div(op(date.month, "-", number(1)), 3), "+", number(1))
        case "dayofyear":
            return op(op(days, "-", calendar.days_of(b, date.year, number(1), number(1))), "+", number(1))
        case "week_of_year":
            return _iso_week(b, days)
    raise AssertionError(name)


def _weekday(b: Builder, seconds: Node) -> Node:
    """Days since Sunday."""
    days = b.temp(calendar.floor_div(seconds, _DAY), "day")
    shifted = op(days, "+", number(4))
    return op(shifted, "-", calendar.scaled(calendar.floor_div(shifted, 7), 7))


def _iso_week(b: Builder, days: Node) -> Node:
    """ISO week: that of the Thursday of the same week."""
    monday = calendar.scaled(calendar.floor_div(op(days, "+", number(3)), 7), 7)
    thursday = b.temp(monday, "thu")
    date = calendar.civil(b, thursday)
    first = calendar.days_of(b, date.year, number(1), number(1))
    return op(calendar.floor_div(op(thursday, "-", first), 7), "+", number(1))


_PARTS = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "week_of_year": "week_of_year",
    "day": "day",
    "dayofyear": "dayofyear",
    "hour": "hour",
    "minute": "minute",
    "second": "second",
}


def _datetime_part(b: Builder, e: Call) -> Node:
    unit = (constant(e.arguments[0]) or "").lower()
    if unit == "nanosecond":
        return calendar.scaled(parts(b, b.value(e.arguments[1]))[1], 100)
    if unit in ("millisecond", "microsecond") and b.fine(b.value(e.arguments[1])):
        t = b.atom(b.value(e.arguments[1]))
        whole = b.temp(calendar.whole_seconds(b, t), "s")
        return fn("tonumber", fn("substr", fraction_digits(b, t, whole), number(1), number(3 if unit == "millisecond" else 6)))
    if unit in ("millisecond", "microsecond"):
        t = b.atom(b.value(e.arguments[1]))
        scale = number(1_000_000)
        micro = fn("round", op(op(t, "-", fn("floor", t)), "*", scale))
        return micro if unit == "microsecond" else calendar.floor_div(micro, 1000)
    if unit not in _PARTS:
        return b.ctx.refuse(e.span, f"the part `{unit}` of `datetime_part`")
    return part(b, b.value(e.arguments[1]), _PARTS[unit])


_SECONDS = {"week": _WEEK, "day": _DAY, "hour": 3600, "minute": 60, "second": 1}
#: Ticks of units below a second; a nanosecond is a hundredth of one.
_TICKS = {"millisecond": 10_000, "microsecond": 10, "nanosecond": 0}
_MONTHS = {"year": 12, "quarter": 3, "month": 1}


def _datetime_diff(b: Builder, e: Call) -> Node:
    """Unit boundaries between two times: both are cut to the unit, then subtracted."""
    unit = (constant(e.arguments[0]) or "").lower()
    left, right = (_unit_number(b, e, unit, b.value(a)) for a in e.arguments[1:3])
    return op(left, "-", right)


def _unit_number(b: Builder, e: Call, unit: str, t: Node) -> Node:
    if unit in _SECONDS:
        seconds = calendar.whole_seconds(b, t) if b.fine(t) else t
        if unit == "week":
            return calendar.floor_div(op(seconds, "-", number(_SUNDAY)), _WEEK)
        return calendar.floor_div(seconds, _SECONDS[unit]) if _SECONDS[unit] > 1 else fn("floor", seconds)
    if unit in _MONTHS:
        date = calendar.civil(b, calendar.day_number(b, t))
        months = op(calendar.scaled(date.year, 12), "+", op(date.month, "-", number(1)))
        return months if unit == "month" else calendar.floor_div(months, _MONTHS[unit])
    if unit in ("millisecond", "microsecond") and b.fine(t):
        whole = b.temp(calendar.whole_seconds(b, t), "s")
        size = 3 if unit == "millisecond" else 6
        part = fn("tonumber", fn("substr", fraction_digits(b, t, whole), number(1), number(size)))
        return op(calendar.scaled(whole, 10**size), "+", part)
    if unit in ("millisecond", "microsecond"):
        scale = {"millisecond": 1000, "microsecond": 1_000_000}[unit]
        return fn("floor", fn("exact", fn("round", op(t, "*", number(scale)), number(3))))
    return b.ctx.refuse(e.span, f"the unit `{unit}` of `{e.function}`")


def _datetime_add(b: Builder, e: Call) -> Node:
    """Months and longer keep the day, at most the last of the month."""
    unit = (constant(e.arguments[0]) or "").lower()
    count = e.arguments[1]
    if isinstance(count, Literal) and isinstance(count.value, int) and abs(count.value) > EXACT:
        return NULL if unit not in ("millisecond", "microsecond") else b.ctx.refuse(count.span, "an integer beyond 2^53")
    amount, t = b.value(count), b.atom(b.value(e.arguments[2]))
    if b.fine(t) or unit == "nanosecond":
        return _fine_added(b, e, unit, amount, t)
    if unit in _SECONDS:
        return in_range(b, rounded(op(t, "+", calendar.scaled(amount, _SECONDS[unit])), False), _large(e, unit))
    if unit in ("millisecond", "microsecond"):
        return in_range(b, rounded(op(t, "+", op(amount, "/", number(1000 if unit == "millisecond" else 1_000_000))), False))
    if unit not in _MONTHS:
        return b.ctx.refuse(e.span, f"the unit `{unit}` of `datetime_add`")
    in_day, moved = _moved_by_months(b, t, calendar.scaled(amount, _MONTHS[unit]))
    return in_range(b, rounded(op(moved, "+", in_day), False), _large(e, unit))


def _fine_added(b: Builder, e: Call, unit: str, amount: Node, t: Node) -> Node:
    """The same of a time finer than a microsecond, whose fraction stays as it is but for units below a second."""
    if unit not in (*_SECONDS, *_MONTHS, *_TICKS):
        return b.ctx.refuse(e.span, f"the unit `{unit}` of `datetime_add`")
    seconds, ticks = parts(b, t)
    if unit in _SECONDS:
        return time_of(b, op(seconds, "+", calendar.scaled(amount, _SECONDS[unit])), ticks)
    if unit not in _MONTHS:
        added = fn("floor", op(amount, "/", number(100))) if unit == "nanosecond" else calendar.scaled(amount, _TICKS[unit])
        return time_of(b, seconds, op(ticks, "+", added))
    in_day, moved = _moved_by_months(b, b.atom(seconds), calendar.scaled(amount, _MONTHS[unit]))
    return time_of(b, op(moved, "+", in_day), ticks)


def _moved_by_months(b: Builder, t: Node, months: Node) -> tuple[Node, Node]:
    """Seconds of the day, and the start of the day that many months later."""
    days = b.temp(calendar.day_number(b, t), "day")
    date = calendar.civil(b, days)
    year, month = calendar.moved_months(b, date, months)
    first = b.temp(calendar.days_of(b, year, month, number(1)), "first")
    next_year, next_month = calendar.moved_months(b, calendar.Civil(_f(year), _f(month), date.day, date.days), number(1))
    length = op(calendar.days_of(b, next_year, next_month, number(1)), "-", first)
    day = Fn("min", (date.day, b.temp(length, "len")))
    return op(t, "-", calendar.scaled(days, _DAY)), calendar.scaled(Op("-", op(first, "+", day), number(1)), _DAY)


def _large(e: Call, unit: str) -> bool:
    """Whether the amount may leave KQL's range."""
    amount = e.arguments[1]
    size = _SECONDS.get(unit) or _MONTHS.get(unit, 1) * 2_678_400
    return not isinstance(amount, Literal) or not isinstance(amount.value, int) or abs(amount.value) * size > 30_000_000_000


def _f(node: Node) -> Field:
    assert isinstance(node, Field)
    return node


def _make_datetime(b: Builder, e: Call) -> Node:
    """Null when a part is out of range."""
    if len(e.arguments) not in (3, 5, 6):
        return b.ctx.refuse(e.span, "`make_datetime` of this many arguments")
    second_ = e.arguments[-1]
    if isinstance(second_, Literal) and isinstance(second_.value, float) and round(second_.value, 6) != second_.value:
        return b.ctx.refuse(e.span, "a time finer than a microsecond: Splunk's times are doubles")
    parts = [b.atom(b.value(a)) for a in e.arguments] + [number(0)] * (6 - len(e.arguments))
    year, month, day, hour, minute, second = parts
    days = b.temp(calendar.days_of(b, year, month, day), "day")
    date = calendar.civil(b, days)
    checks = [
        op(date.day, "=", day),
        op(date.month, "=", month),
        op(date.year, "=", year),
        op(year, ">=", number(1)),
        op(year, "<", number(10000)),
    ]
    limits = ((hour, 23), (minute, 59))
    for value, last in limits:
        checks += [op(value, ">=", number(0)), op(value, "<=", number(last))]
    checks += [op(second, ">=", number(0)), op(second, "<", number(60))]
    ok: Node = checks[0]
    for check in checks[1:]:
        ok = op(ok, "AND", check)
    clock = Op("+", op(calendar.scaled(hour, 3600), "+", calendar.scaled(minute, 60)), second)
    return fn("if", ok, rounded(op(calendar.scaled(days, _DAY), "+", clock), len(e.arguments) < 6), NULL)


def _make_timespan(b: Builder, e: Call) -> Node:
    if len(e.arguments) == 1:
        return b.ctx.refuse(e.span, "`make_timespan` of one value", "`totimespan`")
    parts = [b.atom(b.value(a)) for a in e.arguments]
    if len(parts) == 2:
        parts = [number(0), *parts, number(0)]
    elif len(parts) == 3:
        parts = [number(0), *parts]
    days, hour, minute, second = parts
    ok = op(op(hour, ">=", number(0)), "AND", op(hour, "<=", number(23)))
    ok = op(ok, "AND", op(op(minute, ">=", number(0)), "AND", op(minute, "<=", number(59))))
    ok = op(ok, "AND", op(op(second, ">=", number(0)), "AND", op(second, "<", number(60))))
    clock = Op("+", op(calendar.scaled(hour, 3600), "+", calendar.scaled(minute, 60)), second)
    return fn("if", ok, rounded(op(calendar.scaled(days, _DAY), "+", clock), False), NULL)


def _unixtime(scale: int) -> Row:
    def lower(b: Builder, e: Call) -> Node:
        x = numeric(b, e.arguments[0])
        if e.arguments[0].type is ScalarType.REAL:
            return _of_real(b, b.atom(x), scale)
        return in_range(b, rounded(op(x, "/", number(scale)), False) if scale > 1 else x, True)

    return lower


def _of_real(b: Builder, x: Node, scale: int) -> Node:
    """The time of a real number of units, to the tick."""
    product = fn("round", fn("exact", op(x, "*", number(10_000_000 // scale))))
    ticks = b.temp(fn("if", op(fn("abs", x), "<", number(300_000_000_000 * scale)), product, NULL), "ticks")
    seconds = b.temp(fn("floor", op(ticks, "/", number(10_000_000))), "s")
    return time_of(b, seconds, op(ticks, "-", calendar.scaled(seconds, 10_000_000)))


def _of_nanoseconds(b: Builder, e: Call) -> Node:
    """By the digits, which a double does not hold."""
    if not e.arguments[0].type.is_integer:
        return b.ctx.refuse(e.span, "`unixtime_nanoseconds_todatetime` of a real", "convert it with `tolong`")
    n = b.atom(b.value(e.arguments[0]))
    digits = b.temp(joined(Text("0000000000"), fn("replace", n, Text("^-"), Text(""))), "digits")
    seconds, ticks, rest = (fn("tonumber", fn("replace", digits, Text(r"^(.*)(\d{7})(\d\d)\z"), Text(rf"\{i}"))) for i in (1, 2, 3))
    sign = fn("if", op(n, "<", number(0)), Number("-1"), number(1))
    begun = fn("if", op(op(n, "<", number(0)), "AND", op(rest, ">", number(0))), number(1), number(0))
    return time_of(b, op(sign, "*", seconds), op(sign, "*", op(ticks, "+", begun)))


FUNCTIONS: dict[str, Row] = {
    **{f"startof{unit}": _start(unit) for unit in _STARTS},
    **{f"endof{unit}": _end(unit) for unit in _STARTS},
    "dayofweek": _date_part("dayofweek"),
    "dayofmonth": _date_part("day"),
    "dayofyear": _date_part("dayofyear"),
    "week_of_year": _date_part("week_of_year"),
    "monthofyear": _date_part("month"),
    "getyear": _date_part("year"),
    "hourofday": _date_part("hour"),
    "datetime_part": _datetime_part,
    "datetime_diff": _datetime_diff,
    "datetime_add": _datetime_add,
    "make_datetime": _make_datetime,
    "make_timespan": _make_timespan,
    "unixtime_seconds_todatetime": _unixtime(1),
    "unixtime_milliseconds_todatetime": _unixtime(1000),
    "unixtime_nanoseconds_todatetime": _of_nanoseconds,
    "unixtime_microseconds_todatetime": _unixtime(1_000_000),
}
