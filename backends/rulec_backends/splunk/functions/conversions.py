"""Conversions between types, and coalesce, isnull, gettype.

Source: Learn's function pages; recorded answers (a whole number text only for toint, blanks allowed; toint saturates reals; tobool trims
nothing).
"""

from __future__ import annotations

from rulec.ir.exprs import Call, Expr
from rulec.scalars import ScalarType
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.calendar import ORIGIN, whole_seconds
from rulec_backends.splunk.functions.numbers import truncated
from rulec_backends.splunk.functions.rows import Predicate, Row, opposite, two_valued
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.ticks import fraction_digits, span_split, time_of, whole_ticks, with_fraction
from rulec_backends.splunk.tree import NULL, TRUE, Fn, Node, Number, Text, all_of, any_of, fn, joined, number, op

#: Hexadecimal digits; and those that `toint` takes: 32 bits, or 64 of a negative number, of which it keeps the low ones.
_HEX = Text(r"^\s*0[xX][0-9a-fA-F]{1,16}\s*\z")
_HEX_INT = Text(r"^\s*0[xX](?:0{0,8}|[89a-fA-F][0-9a-fA-F]{7}(?=[0-9a-fA-F]{8}\s*\z))([0-9a-fA-F]{1,8})\s*\z")
_REAL = Text(r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*\z")
_NAN = Text(r"^\s*[+-]?(NaN|nan|[iI]nf(?:inity)?)\s*\z")
#: Bounds of int and long, as texts of their digits.
_MAXIMUM = {ScalarType.INT: "2147483647", ScalarType.LONG: "9223372036854775807"}
#: Blanks, a plus, leading zeros and the sign of zero.
_TRIMMED = Text(r"^\s*(?:(-)(?=0*[1-9])|[+-])?0*(?=\d)|\s+\z")


def integer_of_digits(b: Builder, s: Node, type_: ScalarType) -> Node:
    """A text that is empty, or digits with or without a sign."""
    found = integer_of_text(b, s, type_)
    return Fn("case", found.arguments[:2]) if isinstance(found, Fn) else found


def integer_of_text(b: Builder, s: Node, type_: ScalarType) -> Node:
    """A text of digits as an integer. The digits stay a text: a number would lose those beyond 2^53."""
    clean = b.temp(fn("replace", s, _TRIMMED, Text(r"\1")), "int")
    top = _MAXIMUM[type_]
    low = f"-{int(top) + 1}"
    if type_ is ScalarType.INT:
        bits = fn("tonumber", fn("replace", s, _HEX_INT, Text(r"\1")), number(16))
        signed = op(op(op(bits, "+", number(2**31)), "%", number(2**32)), "-", number(2**31))
        fits = all_of(fn("match", clean, Text(r"^-?\d{1,10}\z")), op(clean, ">=", Number(low)), op(clean, "<=", Number(top)))
        return fn("case", fits, clean, fn("match", s, _HEX_INT), signed)
    marked, size = joined(Text("="), clean), len(top)
    upper = all_of(fn("match", clean, Text(rf"^\d{{{size}}}\z")), op(marked, "<=", Text(f"={top}")))
    lower = all_of(fn("match", clean, Text(rf"^-\d{{{size}}}\z")), op(marked, "<=", Text(f"={low}")))
    short = fn("match", clean, Text(rf"^-?\d{{1,{size - 1}}}\z"))
    return fn("case", any_of(short, upper, lower), clean, fn("match", s, _HEX), _of_hex(b, s))


def _of_hex(b: Builder, s: Node) -> Node:
    """The decimal digits of up to 64 bits, from two halves: 2^32 is 429496 times 10,000 and 7296."""
    digits = b.temp(fn("substr", joined(Text("0" * 15), fn("replace", s, Text(r"^\s*0[xX]|\s+\z"), Text(""))), Number("-16")), "hex")
    high = b.temp(fn("tonumber", fn("substr", digits, number(1), number(8)), number(16)), "high")
    low = fn("tonumber", fn("substr", digits, number(9)), number(16))
    negative = op(high, ">=", number(2**31))
    upper = b.temp(fn("if", negative, op(number(2**32 - 1), "-", high), high), "high")
    lower = b.temp(op(op(upper, "*", number(7296)), "+", fn("if", negative, op(number(2**32), "-", low), low)), "low")
    thousands = op(op(upper, "*", number(429_496)), "+", fn("floor", op(lower, "/", number(10_000))))
    text = joined(thousands, fn("printf", Text("%04d"), op(lower, "%", number(10_000))))
    return joined(fn("if", negative, Text("-"), Text("")), fn("replace", text, Text(r"^0+(?=\d)"), Text("")))


def real_of_text(b: Builder, s: Node) -> Node:
    plain = fn(
        "exact", fn("tonumber", fn("replace", fn("replace", s, Text(r"\.(?=\s*\z|[eE])"), Text("")), Text(r"\s|\+(?=[\d.])"), Text("")))
    )
    special = fn("case", fn("match", s, Text("[nN]a")), Text("NaN"), fn("match", s, Text("-")), Text("-inf"), TRUE, Text("inf"))
    return fn("case", fn("match", s, _REAL), plain, fn("match", s, _NAN), special)


def bool_of_text(b: Builder, s: Node) -> Node:
    low = fn("lower", s)
    number_text = fn("if", fn("match", s, Text(r"[1-9a-fA-F]")), Text("true"), Text("false"))
    return fn(
        "case",
        op(low, "=", Text("true")),
        Text("true"),
        op(low, "=", Text("false")),
        Text("false"),
        fn("match", s, Text(r"^([+-]?\d+|0[xX][0-9a-fA-F]+)\z")),
        number_text,
    )


def from_text(b: Builder, e: Call, s: Node, type_: ScalarType) -> Node:
    """A text as a value of a type; null when it is none."""
    match type_:
        case ScalarType.STRING:
            return s
        case ScalarType.INT | ScalarType.LONG:
            return integer_of_text(b, s, type_)
        case ScalarType.REAL:
            return real_of_text(b, s)
        case ScalarType.BOOL:
            return bool_of_text(b, s)
        case ScalarType.DATETIME:
            return datetime_of_text(b, s)
        case ScalarType.GUID:
            return guid_of_text(s)
        case ScalarType.DYNAMIC:
            return parse_json(b, s)
    return b.ctx.refuse(e.span, f"a text as {type_.value}")


def guid_of_text(s: Node) -> Node:
    shape = Text(r"^\{?[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{12}\}?\z")
    groups = Text(r"^\{?(\w{8})-?(\w{4})-?(\w{4})-?(\w{4})-?(\w{12})\}?\z")
    return fn("if", fn("match", s, shape), fn("lower", fn("replace", s, groups, Text(r"\1-\2-\3-\4-\5"))), NULL)


_MONTH, _DAY = "(0?[1-9]|1[0-2])", r"(0?[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[Tt ]([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,7}))?)?)?\s*(?:[Zz]|[+-]00:?00)?\s*\z"
_DATE = Text(rf"^\s*(\d{{4}})-{_MONTH}-{_DAY}{_CLOCK}")
#: Month first, as Kusto reads dates with the year last.
_US_DATE = Text(rf"^\s*{_MONTH}[-/]{_DAY}[-/](\d{{4}})(?=[Tt\sZz+-]|\z)")


def datetime_of_text(b: Builder, s: Node) -> Node:
    """ISO 8601 dates and times in UTC, and month/day/year; anything else gives null."""
    from rulec_backends.splunk import calendar

    iso = b.temp(fn("replace", s, _US_DATE, Text(r"\3-\1-\2")), "iso")
    split = fn("split", fn("replace", iso, _DATE, Text(r"\1,\2,\3,0\4,0\5,0\6,f\7")), Text(","))
    parts = b.temp(fn("if", fn("match", iso, _DATE), split, NULL), "p")
    values = [fn("tonumber", fn("mvindex", parts, number(i))) for i in range(6)]
    year, month, day = (b.temp(value, hint) for value, hint in zip(values, "ymd", strict=False))
    hour, minute, second = values[3:]
    clock = op(op(calendar.scaled(hour, 3600), "+", calendar.scaled(minute, 60)), "+", second)
    total = b.temp(op(calendar.scaled(calendar.days_of(b, year, month, day), 86400), "+", clock), "t")
    digits = fn("substr", joined(fn("mvindex", parts, number(6)), Text("0000000")), number(2), number(7))
    valid = all_of(op(year, ">", number(0)), op(day, "<=", calendar.month_length(year, month)))
    return fn("if", valid, with_fraction(total, b.temp(digits, "fr")), NULL)


def parse_json(b: Builder, s: Node) -> Node:
    """JSON text as it is, compact; any other text is a JSON string; '' and JSON's null are null."""
    s = b.atom(s)
    wrapped = b.temp(joined(Text("["), s, Text("]")), "js")
    found = b.temp(fn("json_array_to_mv", wrapped, TRUE), "js")
    valid = all_of(fn("json_valid", wrapped), op(fn("mvcount", found), "=", number(1)))
    return fn("case", op(s, "=", Text("")), NULL, valid, dynamics.present(found), TRUE, dynamics.quoted(s))


def _parse_json(b: Builder, e: Call) -> Node:
    only = e.arguments[0]
    if only.type is ScalarType.DYNAMIC:
        return b.value(only)
    if only.type is not ScalarType.STRING:
        return dynamics.json_of(b, only)
    return parse_json(b, b.value(only))


def _integer_of_dynamic(b: Builder, j: Node, text: Node, type_: ScalarType, e: Call | Expr) -> Node:
    """Whole numbers and texts by their digits, other numbers truncated, true and false as 1 and 0."""
    if type_ is ScalarType.INT and b.ctx.big_integers:
        return b.ctx.refuse(e.span, "`toint` of integers beyond 2^53")
    fraction = b.temp(fn("exact", fn("tonumber", j)), "x")
    flags: list[Node] = [op(j, "=", Text("true")), number(1), op(j, "=", Text("false")), number(0)]
    digits, of_number = fn("match", j, Text(r"^-?\d+\z")), fn("match", j, Text(r"^-?\d"))
    of_text = integer_of_text(b, text, type_)
    if type_ is ScalarType.LONG:
        return Fn("case", (any_of(digits, dynamics.is_string(j)), of_text, of_number, _saturated(b, fraction, type_, surely=True), *flags))
    return Fn("case", (digits, wrapped(j), of_number, _saturated(b, fraction, type_, surely=True), dynamics.is_string(j), of_text, *flags))


def of_dynamic(b: Builder, j: Node, type_: ScalarType, e: Call | Expr) -> Node:
    """A dynamic value as a value of a type: a string by the rules for texts, a number by those for numbers, a bag or array is null."""
    if type_ is ScalarType.DYNAMIC:
        return j
    j = b.temp(j, "j") if isinstance(j, Text | Number) else b.atom(j, "j")
    if type_ is ScalarType.STRING:
        return dynamics.text_of(b, j)
    text = b.temp(dynamics.text_of(b, j), "text")
    numeric = fn("match", j, Text(r"^-?\d"))
    value = fn("tonumber", j)
    if type_.is_integer:
        return _integer_of_dynamic(b, j, text, type_, e)
    if type_ is ScalarType.REAL:
        flags: list[Node] = [op(j, "=", Text("true")), number(1), op(j, "=", Text("false")), number(0)]
        return Fn("case", (numeric, fn("exact", value), dynamics.is_string(j), real_of_text(b, text), *flags))
    if type_ is ScalarType.BOOL:
        flags = [fn("in", j, Text("true"), Text("false")), j]
        number_flag = fn("if", op(value, "=", number(0)), Text("false"), Text("true"))
        return Fn("case", (*flags, numeric, number_flag, dynamics.is_string(j), bool_of_text(b, text)))
    if type_ is ScalarType.DATETIME:
        return fn("if", dynamics.is_string(j), datetime_of_text(b, text), NULL)
    if type_ is ScalarType.GUID:
        return fn("if", dynamics.is_string(j), guid_of_text(text), NULL)
    return b.ctx.refuse(e.span, f"a dynamic value as {type_.value}")


def ticks_of(b: Builder, x: Node, origin: int) -> Node:
    """A time or span as a count of 100 ns: the digits of the second and seven digits of its fraction, as text."""
    x = b.temp(x, "t")
    whole: Node
    if origin:
        whole = b.temp(whole_seconds(b, x), "s")
        fraction = fraction_digits(b, x, whole)
    else:
        _, whole, fraction = span_split(b, x)
    seconds = op(whole, "+", number(origin)) if origin else whole
    digits = joined(fn("if", op(seconds, "=", number(0)), Text(""), seconds), fraction)
    clean = fn("replace", digits, Text(r"^0+(?=\d)"), Text(""))
    if origin:
        return fn("if", fn("isnull", x), NULL, clean)
    return fn("case", op(x, "<", number(0)), joined(Text("-"), clean), fn("isnotnull", x), clean)


def _of_ticks(n: Node) -> Node:
    """The time of a count of 100 ns from year 1, from its digits, which a double does not hold."""
    padded = joined(Text("0000000"), n)
    whole = fn("tonumber", fn("replace", padded, Text(r"\d{7}\z"), Text("")))
    seconds = op(whole, "-", number(ORIGIN))
    exact = with_fraction(seconds, fn("replace", padded, Text(r"^.*(\d{7})\z"), Text(r"\1")))
    return fn("if", op(n, ">=", number(0)), exact, NULL)


def _of_real_ticks(b: Builder, x: Node) -> Node:
    """The same of a real, whose fraction is cut: doubles of so many ticks hold the whole second's too."""
    inside = all_of(op(x, ">", Number("-1")), op(x, "<", Number("3155378976000000000")))
    n = b.temp(fn("if", inside, fn("exact", truncated(x)), NULL), "n")
    seconds = b.temp(fn("floor", op(n, "/", number(10_000_000))), "s")
    return time_of(b, op(seconds, "-", number(ORIGIN)), op(n, "-", op(seconds, "*", number(10_000_000))))


def _to_integer(b: Builder, e: Call) -> Node:
    only, type_ = e.arguments[0], e.type
    if type_ is ScalarType.LONG and only.type is ScalarType.DATETIME:
        return ticks_of(b, b.value(only), ORIGIN)
    if type_ is ScalarType.LONG and only.type is ScalarType.TIMESPAN:
        return ticks_of(b, b.value(only), 0)
    match only.type:
        case ScalarType.STRING:
            return integer_of_text(b, b.atom(b.value(only)), type_)
        case ScalarType.DYNAMIC:
            return of_dynamic(b, b.value(only), type_, e)
        case ScalarType.BOOL:
            x = b.value(only)
            return fn("case", op(x, "=", Text("true")), number(1), op(x, "=", Text("false")), number(0))
        case ScalarType.REAL:
            return _saturated(b, b.value(only), type_)
        case ScalarType.INT:
            return b.value(only)
        case ScalarType.LONG:
            if type_ is ScalarType.LONG:
                return b.value(only)
            x = b.atom(b.value(only))
            if b.ctx.big_integers:
                return b.ctx.refuse(e.span, "`toint` of integers beyond 2^53")
            return wrapped(x)
    return b.ctx.refuse(e.span, f"`{e.function}` of a {only.type.value}")


def wrapped(x: Node) -> Node:
    """The low 32 bits of an atom."""
    return op(x, "-", op(fn("floor", op(op(x, "+", number(2147483648)), "/", number(4294967296))), "*", number(4294967296)))


def _saturated(b: Builder, value: Node, type_: ScalarType, surely: bool = False) -> Node:
    """A real as an integer, the nearest bound beyond them, which is the lower one for NaN; `surely` a number."""
    x = b.atom(value)
    top = Text(_MAXIMUM[type_])
    low = Text("-" + str(int(_MAXIMUM[type_]) + 1))
    high, below = op(x, ">=", Number(top.value)), op(x, "<=", Number(low.value))
    nothing: list[Node] = [fn("match", x, Text("NaN")), low] if not surely and (b.ctx.nan or b.ctx.odd_reals) else []
    return Fn("case", (high, top, below, low, *nothing, TRUE, truncated(x)))


def _to_real(b: Builder, e: Call) -> Node:
    only = e.arguments[0]
    if only.type in (ScalarType.DATETIME, ScalarType.TIMESPAN):
        origin = ORIGIN if only.type is ScalarType.DATETIME else 0
        return fn("exact", fn("tonumber", ticks_of(b, b.value(only), origin)))
    match only.type:
        case ScalarType.STRING:
            return real_of_text(b, b.atom(b.value(only)))
        case ScalarType.DYNAMIC:
            return of_dynamic(b, b.value(only), e.type, e)
        case ScalarType.BOOL:
            x = b.value(only)
            return fn("case", op(x, "=", Text("true")), number(1), op(x, "=", Text("false")), number(0))
        case ScalarType.INT | ScalarType.LONG | ScalarType.REAL:
            return b.value(only)
    return b.ctx.refuse(e.span, f"`{e.function}` of a {only.type.value}")


def _to_bool(b: Builder, e: Call) -> Node:
    only = e.arguments[0]
    match only.type:
        case ScalarType.STRING:
            return bool_of_text(b, b.atom(b.value(only)))
        case ScalarType.DYNAMIC:
            return of_dynamic(b, b.value(only), e.type, e)
        case ScalarType.BOOL:
            return b.value(only)
        case ScalarType.INT | ScalarType.LONG | ScalarType.REAL:
            x = b.value(only)
            return fn("case", op(x, "!=", number(0)), Text("true"), op(x, "=", number(0)), Text("false"))
    return b.ctx.refuse(e.span, f"`tobool` of a {only.type.value}")


def _to_datetime(b: Builder, e: Call) -> Node:
    only = e.arguments[0]
    match only.type:
        case ScalarType.STRING:
            return datetime_of_text(b, b.atom(b.value(only)))
        case ScalarType.DYNAMIC:
            return of_dynamic(b, b.value(only), e.type, e)
        case ScalarType.DATETIME:
            return b.value(only)
        case ScalarType.LONG | ScalarType.INT:
            return _of_ticks(b.temp(b.value(only), "n"))
        case ScalarType.REAL:
            return _of_real_ticks(b, b.atom(b.value(only)))
    return b.ctx.refuse(e.span, f"`todatetime` of a {only.type.value}")


_SPAN = r"^\s*(-?)(?:(\d+)\.)?(\d\d?):(\d\d?)(?::(\d\d?)(\.\d{1,7})?)?\s*\z"
_UNITS = ((r"d|day|days", 86400), (r"h|hr|hrs|hour|hours", 3600), (r"m|min|minute|minutes", 60), (r"s|sec|second|seconds", 1))


def _to_timespan(b: Builder, e: Call) -> Node:
    """`[-][d.]hh:mm:ss[.f]`, or a number with a unit."""
    only = e.arguments[0]
    if only.type is ScalarType.TIMESPAN:
        return b.value(only)
    if only.type.is_integer or only.type is ScalarType.REAL:
        return whole_ticks(b.temp(b.value(only), "ticks"))
    if only.type is not ScalarType.STRING:
        return b.ctx.refuse(e.span, f"`totimespan` of a {only.type.value}")
    s = b.atom(b.value(only))

    def group(i: int) -> Node:
        return fn("coalesce", fn("tonumber", fn("replace", s, Text(_SPAN), Text(f"\\{i}"))), number(0))

    size = op(
        op(op(group(2), "*", number(86400)), "+", op(group(3), "*", number(3600))), "+", op(op(group(4), "*", number(60)), "+", group(5))
    )
    size = op(size, "+", fn("coalesce", fn("tonumber", joined(Text("0"), fn("replace", s, Text(_SPAN), Text(r"\6")))), number(0)))
    signed = fn("if", fn("match", s, Text(r"^\s*-")), op(number(0), "-", fn("exact", size)), fn("exact", size))
    in_range = all_of(op(group(3), "<", number(24)), op(group(4), "<", number(60)), op(group(5), "<", number(60)))
    parts: list[Node] = [fn("match", s, Text(_SPAN)), fn("if", in_range, signed, NULL)]
    for names, seconds in _UNITS:
        amount = fn("tonumber", fn("replace", s, Text(rf"^\s*(-?[\d.]+)\s*(?:{names})\s*\z"), Text(r"\1")))
        parts += [fn("match", s, Text(rf"^\s*-?\d+(\.\d+)?\s*(?:{names})\s*\z")), fn("exact", op(amount, "*", number(seconds)))]
    return Fn("case", tuple(parts))


def _to_guid(b: Builder, e: Call) -> Node:
    only = e.arguments[0]
    if only.type is ScalarType.GUID:
        return b.value(only)
    if only.type is ScalarType.STRING:
        return guid_of_text(b.atom(b.value(only)))
    return b.ctx.refuse(e.span, f"`toguid` of a {only.type.value}")


def _coalesce(b: Builder, e: Call) -> Node:
    """The first value that is not null; for strings not empty either."""
    values = [b.value(a) for a in e.arguments]
    if e.type is ScalarType.STRING:
        kept = [v if isinstance(v, Text) else fn("nullif", v, Text("")) for v in values if v != Text("")]
        return Fn("coalesce", (*kept, Text("")))
    return Fn("coalesce", tuple(values))


def _null(b: Builder, e: Call) -> Node:
    only = e.arguments[0]
    if only.type is ScalarType.STRING or not only.nullable:
        return fn("false")
    return fn("isnull", b.value(only))


def _gettype(b: Builder, e: Call) -> Node:
    only = e.arguments[0]
    if only.type is not ScalarType.DYNAMIC:
        return Text(only.type.value)
    j = b.atom(b.value(only))
    return fn(
        "case",
        fn("isnull", j),
        Text("null"),
        dynamics.is_array(j),
        Text("array"),
        dynamics.is_object(j),
        Text("dictionary"),
        dynamics.is_string(j),
        Text("string"),
        fn("in", j, Text("true"), Text("false")),
        Text("bool"),
        fn("match", j, Text(r"^-?\d+\z")),
        Text("long"),
        TRUE,
        Text("double"),
    )


NULLS = two_valued(_null)
PREDICATES: dict[str, Predicate] = {
    "isnull": NULLS,
    "isnotnull": opposite(NULLS),
    "isnan": two_valued(lambda b, e: fn("match", b.value(e.arguments[0]), Text("NaN"))),
    "isinf": two_valued(lambda b, e: fn("match", b.value(e.arguments[0]), Text("inf"))),
    "isfinite": two_valued(lambda b, e: fn("match", b.value(e.arguments[0]), Text(r"\d"))),
}
FUNCTIONS: dict[str, Row] = {
    "toint": _to_integer,
    "tolong": _to_integer,
    "todouble": _to_real,
    "tobool": _to_bool,
    "todatetime": _to_datetime,
    "totimespan": _to_timespan,
    "toguid": _to_guid,
    "parse_json": _parse_json,
    "coalesce": _coalesce,
    "gettype": _gettype,
    "dynamic_to_json": lambda b, e: b.ctx.refuse(e.span, "`dynamic_to_json` sorts keys, which SPL cannot", "use `tostring`"),
}
