"""The texts of values: tostring, format_datetime, format_timespan.

Source: Learn, tostring, format_datetime, format_timespan; recorded answers.
"""

from __future__ import annotations

import re

from rulec.ir.exprs import Call, Expr, Literal, Path
from rulec.scalars import TICKS_PER_DAY, TICKS_PER_SECOND, ScalarType
from rulec_backends.splunk import calendar, dynamics
from rulec_backends.splunk.functions.numbers import numeric
from rulec_backends.splunk.functions.rows import Row, options
from rulec_backends.splunk.functions.text_tests import constant
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.ticks import fraction_digits, span_split
from rulec_backends.splunk.tree import TRUE, Fn, Node, Number, Text, fn, joined, number, op


def constant_text(e: Literal) -> str:
    """`tostring` of a constant time."""
    assert isinstance(e.value, int)
    if e.type is ScalarType.DATETIME:
        from datetime import date

        days, rest = divmod(e.value, TICKS_PER_DAY)
        when = date.fromordinal(days + 1)
        seconds, fraction = divmod(rest, TICKS_PER_SECOND)
        clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        return f"{when.year:04d}-{when.month:02d}-{when.day:02d}T{clock}.{fraction:07d}Z"
    days, rest = divmod(abs(e.value), TICKS_PER_DAY)
    seconds, fraction = divmod(rest, TICKS_PER_SECOND)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return ("-" if e.value < 0 else "") + (f"{days}." if days else "") + clock + (f".{fraction:07d}" if fraction else "")


def clock(b: Builder, t: Node) -> tuple[Node, Node, Node, Node]:
    """Fields of hour, minute, second of the day, and of the second itself."""
    whole = b.temp(calendar.whole_seconds(b, t), "s")
    return *clock_of(b, whole), whole


def clock_of(b: Builder, whole: Node) -> tuple[Node, Node, Node]:
    """The same of a whole second."""
    of_day = b.temp(op(whole, "-", calendar.scaled(calendar.floor_div(whole, 86400), 86400)), "sod")
    hour = b.temp(calendar.floor_div(of_day, 3600), "hh")
    minute = b.temp(op(calendar.floor_div(of_day, 60), "-", calendar.scaled(hour, 60)), "mi")
    second = b.temp(op(of_day, "-", calendar.scaled(calendar.floor_div(of_day, 60), 60)), "ss")
    return hour, minute, second


def datetime_text(b: Builder, t: Node) -> Node:
    """`2020-01-01T12:30:00.0000000Z`; null for null."""
    t = b.atom(t)
    hour, minute, second, whole = clock(b, t)
    date = calendar.civil(b, calendar.floor_div(whole, 86400))
    body = fn("printf", Text("%04d-%02d-%02dT%02d:%02d:%02d."), date.year, date.month, date.day, hour, minute, second)
    return joined(body, fraction_digits(b, t, whole), Text("Z"))


def timespan_text(b: Builder, span: Node) -> Node:
    """`-1.02:03:04.5000000`: days and fraction only where there are any; null for null."""
    span = b.atom(span)
    _, whole, digits = span_split(b, span)
    hour, minute, second = clock_of(b, whole)
    days = b.temp(calendar.floor_div(whole, 86400), "dd")
    fraction = b.temp(digits, "fr")
    return joined(
        fn("if", op(span, "<", number(0)), Text("-"), Text("")),
        fn("if", op(days, ">", number(0)), joined(days, Text(".")), Text("")),
        fn("printf", Text("%02d:%02d:%02d"), hour, minute, second),
        fn("if", op(joined(Text("="), fraction), "=", Text("=0000000")), Text(""), joined(Text("."), fraction)),
    )


def real_text(b: Builder, x: Node) -> Node:
    """A real always shows a point. Of the decimals with 17 digits that read back as the value, Kusto prints the greatest."""
    x = b.atom(x) if not isinstance(x, Number) else b.temp(x, "x")
    exponent = fn("replace", x, Text(r"^[^e]*"), Text(""))
    text = b.temp(Fn("case", (*_far_forms(x), fn("match", x, Text(r"^-?\d+\z")), joined(x, Text(".0")), TRUE, joined(x, Text("")))), "text")
    stem = b.temp(fn("replace", text, Text(r"\d(e.*)?\z"), Text("")), "stem")
    tries: list[Node] = []
    for digit in "98765432":
        candidate = joined(stem, Text(digit), exponent)
        tries += [op(fn("exact", fn("tonumber", candidate)), "=", x), candidate]
    return fn("if", fn("match", text, Text(r"^-?(0\.0*)?(\d\.?){17}(e|\z)")), Fn("case", (*tries, TRUE, text)), text)


def _far_forms(x: Node) -> tuple[Node, ...]:
    """Of numbers from 1e15 and about 1e-5, which Kusto writes with and without an exponent whatever Splunk does."""
    mantissa = fn("replace", fn("replace", x, Text(r"^(-?\d)(\d*?)0*\z"), Text(r"\1.\2")), Text(r"\.\z"), Text(""))
    power = op(fn("len", fn("replace", x, Text("-"), Text(""))), "-", number(1))
    small = fn("replace", x, Text(r"^-?(\d)\.?(\d*)e-05\z"), Text(r"\1\2"))
    sign = fn("if", op(x, "<", number(0)), Text("-"), Text(""))
    whole, tiny = fn("match", x, Text(r"^-?\d{16,}\z")), fn("match", x, Text(r"e-05\z"))
    return whole, joined(mantissa, Text("e+"), power), tiny, joined(sign, Text("0.0000"), small)


def text_of(b: Builder, e: Expr) -> Node:
    """`tostring`: '' for null."""
    if isinstance(e, Path):
        found = dynamics.split_part(b, e) or dynamics.text_of_path(b, e)
        if found is not None:
            return found
    if isinstance(e, Literal) and e.value is None:
        return Text("")
    if isinstance(e, Literal) and e.type in (ScalarType.DATETIME, ScalarType.TIMESPAN):
        return Text(constant_text(e))
    if isinstance(e, Literal) and e.value == 0 and e.type is ScalarType.REAL:
        return Text(str(float(e.value)))
    x = b.value(e)
    match e.type:
        case ScalarType.STRING:
            return x
        case ScalarType.DYNAMIC:
            return x if dynamics.surely_array(b, e) else dynamics.text_of(b, x)
        case ScalarType.BOOL:
            x = b.atom(x)
            if not e.nullable:
                return fn("if", op(x, "=", Text("true")), Text("True"), Text("False"))
            return fn("case", op(x, "=", Text("true")), Text("True"), op(x, "=", Text("false")), Text("False"), TRUE, Text(""))
        case ScalarType.DATETIME:
            found = datetime_text(b, x)
        case ScalarType.TIMESPAN:
            found = timespan_text(b, x)
        case ScalarType.REAL:
            found = real_text(b, x)
        case _:
            if isinstance(x, Text | Number):
                return Text(x.value if isinstance(x, Text) else x.text)
            found = joined(x, Text("")) if not e.nullable else x
    return fn("coalesce", found, Text("")) if e.nullable else found


# Longer runs of a letter are read as several parts: `MMM` is a month of two digits and one of one.
_DATE_PART = re.compile(r"yyyy|yy?|MM?|dd?|HH?|hh?|mm?|ss?|f{1,7}|F{1,7}|tt|[\s\S]")
_SPAN_PART = re.compile(r"d{1,8}|HH?|hh?|mm?|ss?|f{1,7}|F{1,7}|[\s\S]")


def _format_datetime(b: Builder, e: Call) -> Node:
    """format_datetime: y M d H h m s f F tt; doubled letters pad."""
    t, form = b.atom(b.value(e.arguments[0])), constant(e.arguments[1])
    if form is None:
        return b.ctx.refuse(e.span, "`format_datetime` with a format that is no constant")
    hour, minute, second, whole = clock(b, t)
    date = calendar.civil(b, calendar.floor_div(whole, 86400))
    half = fn("if", op(op(hour, "%", number(12)), "=", number(0)), number(12), op(hour, "%", number(12)))
    values = {"y": date.year, "M": date.month, "d": date.day, "H": hour, "h": half, "m": minute, "s": second}
    return _formatted(b, e, _DATE_PART.findall(form), values, fraction_digits(b, t, whole))


def _formatted(b: Builder, e: Call, pieces: list[str], values: dict[str, Node], fraction: Node) -> Node:
    shape = ""
    arguments: list[Node] = []
    for piece in pieces:
        letter, size = piece[0], len(piece)
        if letter == "y" and size <= 2:
            shape += f"%0{size}d"
            arguments.append(op(values["y"], "%", number(100)))
        elif letter in values and piece.isalpha():
            shape += f"%0{size}d" if size > 1 else "%d"
            arguments.append(values[letter])
        elif letter == "f":
            shape += "%s"
            arguments.append(fn("substr", fraction, number(1), number(size)))
        elif letter == "F":
            shape += "%s"
            digits = fn("substr", fraction, number(1), number(size))
            arguments.append(fn("replace", digits, Text(r"0+\z"), Text("")))
        elif piece == "tt" and "H" in values:
            shape += "%s"
            arguments.append(fn("if", op(values["H"], "<", number(12)), Text("AM"), Text("PM")))
        elif piece.isalpha():
            return b.ctx.refuse(e.span, f"the format `{piece}` in `{e.function}`")
        else:
            shape += piece.replace("%", "%%")
    found = Fn("printf", (Text(shape), *arguments))
    return fn("coalesce", found, Text("")) if e.arguments[0].nullable else found


def _format_timespan(b: Builder, e: Call) -> Node:
    """format_timespan: d h H m s f F; the sign comes first."""
    span, form = b.atom(b.value(e.arguments[0])), constant(e.arguments[1])
    if form is None or not re.fullmatch(r"[dhHmsf/\-:, ._\[\]]*", form):
        return b.ctx.refuse(e.span, "the format of `format_timespan`")
    _, whole, digits = span_split(b, span)
    hour, minute, second = clock_of(b, whole)
    values = {"d": b.temp(calendar.floor_div(whole, 86400), "dd"), "h": hour, "H": hour, "m": minute, "s": second}
    body = _formatted(b, e, _SPAN_PART.findall(form), values, digits)
    return joined(fn("if", op(span, "<", number(0)), Text("-"), Text("")), body)


_UNITS = ("Bytes", "KB", "MB", "GB", "TB", "PB", "EB")


def _format_bytes(b: Builder, e: Call) -> Node:
    """A number of bytes in the greatest unit of which there is one, or in a given unit, without zeros at its end."""
    x = b.atom(numeric(b, e.arguments[0]))
    places, unit = options(e, {1: 0, 2: ""})
    if not isinstance(places, int | float) or not 0 <= places <= 15 or not isinstance(unit, str):
        return b.ctx.refuse(e.span, "`format_bytes` with a precision that is no constant from 0 to 15")
    names = {name.lower(): (name, 1024**i) for i, name in enumerate(_UNITS)}
    if unit and unit.lower() not in names:
        return Text("")
    name: Node
    scale: Node
    if unit:
        name, scale = Text(names[unit.lower()][0]), number(names[unit.lower()][1])
    else:
        size = b.temp(fn("abs", x), "abs")
        steps = [(op(size, "<", number(1024 ** (i + 1))), name, 1024**i) for i, name in enumerate(_UNITS[:-1])]
        name = b.temp(Fn("case", (*(part for below, n, _ in steps for part in (below, Text(n))), TRUE, Text(_UNITS[-1]))), "unit")
        scale = b.temp(Fn("case", (*(part for below, _, n in steps for part in (below, number(n))), TRUE, number(1024**6))), "scale")
    scaled = fn("printf", Text(f"%.{int(places)}f"), fn("exact", fn("round", fn("exact", op(x, "/", scale)), number(int(places)))))
    digits = fn("replace", scaled, Text(r"\.?0+\z"), Text("")) if places else scaled
    return fn("if", fn("match", x, Text(r"\d")), joined(digits, Text(" "), name), Text(""))


FUNCTIONS: dict[str, Row] = {
    "format_bytes": _format_bytes,
    "tostring": lambda b, e: text_of(b, e.arguments[0]),
    "format_datetime": _format_datetime,
    "format_timespan": _format_timespan,
}
