"""Times finer than a microsecond: a whole second and ticks of 100 ns, each of which a double holds, and texts that sort as times do."""

from __future__ import annotations

from rulec_backends.splunk import calendar
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, TRUE, Field, Node, Number, Text, all_of, fn, joined, number, op

_SECOND = number(10_000_000)
_ORIGIN = number(calendar.ORIGIN)


def fraction_digits(b: Builder, t: Node, whole: Node) -> Node:
    """The seven digits after the second that holds a time."""
    if not b.fine(t):
        return _micro(t, whole)
    digits = fn("substr", joined(fn("replace", t, Text(r"^[^.]*\.?"), Text("")), Text("0000000")), number(1), number(7))
    rest = fn("printf", Text("%07d"), op(_SECOND, "-", fn("tonumber", digits)))
    return fn("if", op(t, "<", number(0)), fn("substr", rest, Number("-7")), digits)


def _micro(t: Node, whole: Node) -> Node:
    return joined(fn("printf", Text("%06d"), fn("round", op(op(t, "-", whole), "*", number(1_000_000)))), Text("0"))


#: Seconds below which a double holds a span's ticks.
_NEAR = number(400_000_000)


def span_split(b: Builder, span: Node) -> tuple[Node, Node, Node]:
    """A span without its sign, the whole seconds of that, and seven digits after them."""
    if not b.fine(span):
        size = b.temp(fn("abs", span), "abs")
        whole = b.temp(fn("floor", size), "s")
        return size, whole, _micro(size, whole)
    size = b.temp(fn("replace", span, Text("^-"), Text("")), "abs")
    near = op(size, "<", _NEAR)
    whole = b.temp(fn("if", near, fn("floor", size), fn("tonumber", fn("replace", size, Text(r"\..*"), Text("")))), "s")
    far_digits = fn("substr", joined(fn("replace", size, Text(r"^[^.]*\.?"), Text("")), Text("0000000")), number(1), number(7))
    return size, whole, fn("if", near, _near_digits(size, whole), far_digits)


def _near_digits(size: Node, whole: Node) -> Node:
    return fn("printf", Text("%07d"), fn("round", op(op(size, "-", whole), "*", _SECOND)))


def with_fraction(seconds: Node, digits: Node) -> Node:
    """The time of the whole second that holds it and seven digits, without zeros at its end: a key of joins and groups is its text."""
    rest = fn("printf", Text("%07d"), op(_SECOND, "-", fn("tonumber", digits)))
    before_epoch = joined(Text("-"), op(op(number(0), "-", seconds), "-", number(1)), Text("."), _trimmed(rest))
    whole_second = op(joined(Text("="), digits), "=", Text("=0000000"))
    after_epoch = joined(seconds, Text("."), _trimmed(digits))
    return fn("case", whole_second, seconds, op(seconds, ">=", number(0)), after_epoch, TRUE, before_epoch)


def _trimmed(digits: Node) -> Node:
    return fn("replace", digits, Text(r"0+\z"), Text(""))


def parts(b: Builder, t: Node) -> tuple[Node, Node]:
    """The whole second of a time, and the ticks after it."""
    t = b.atom(t)
    whole = b.temp(calendar.whole_seconds(b, t), "s")
    return whole, fn("tonumber", fraction_digits(b, t, whole))


def span_parts(b: Builder, span: Node) -> tuple[Node, Node]:
    """The same of a span of either sign."""
    if isinstance(span, Number) and "." not in span.text:
        return span, number(0)
    span = b.atom(span)
    whole = b.temp(fn("floor", span), "s")
    return whole, fn("round", op(op(span, "-", whole), "*", _SECOND))


def time_of(b: Builder, seconds: Node, ticks: Node, bounded: bool = True) -> Node:
    """The time of seconds and ticks, which may be more than a second's or negative; or, not bounded by KQL's years, a span."""
    ticks = b.temp(ticks, "ticks")
    carry = fn("floor", op(ticks, "/", _SECOND))
    second = b.temp(op(seconds, "+", carry), "s")
    digits = b.temp(fn("printf", Text("%07d"), op(ticks, "-", op(carry, "*", _SECOND))), "fr")
    if not bounded:
        return with_fraction(second, digits)
    inside = all_of(op(second, ">=", Number("-62135596800")), op(second, "<", number(253402300800)))
    return fn("if", inside, with_fraction(second, digits), NULL)


def time_key(b: Builder, t: Node) -> Node:
    """A text that compares as the time does; null of null."""
    t = b.atom(t)
    whole = b.temp(calendar.whole_seconds(b, t), "s")
    found = joined(Text("="), fn("printf", Text("%012d"), op(whole, "+", _ORIGIN)), fraction_digits(b, t, whole))
    return fn("if", fn("isnull", t), NULL, found)


def of_key(b: Builder, text: Field) -> Node:
    """The time of such a text."""
    second = b.temp(op(fn("tonumber", fn("substr", text, number(2), number(12))), "-", _ORIGIN), "s")
    return with_fraction(second, fn("substr", text, number(14)))


def whole_ticks(ticks: Node) -> Node:
    """A span of ticks that need not be whole: they are cut, as Kusto cuts them. The ticks are an atom."""
    cut = fn("if", op(ticks, "<", number(0)), fn("ceiling", ticks), fn("floor", ticks))
    return fn("exact", op(cut, "/", _SECOND))


def ticks_of_span(span: Node) -> Node:
    """A span's ticks, a number."""
    return fn("round", op(span, "*", _SECOND))
