"""Names, literals, types and schemas: what is parsed without an expression in it."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

from rulec.errors import Diagnostic
from rulec.scalars import LONG_MAX, LONG_MIN, TYPE_NAMES, ScalarType
from rulec.source import Span
from rulec.syntax.cursor import Cursor, nearest, shown
from rulec.syntax.literals import Scalar, literal_type, literal_value, string_value
from rulec.syntax.moments import datetime_text, timespan_text
from rulec.syntax.nodes import Argument, Call, ColumnDeclaration, Expr, Json, Literal, Name, Star
from rulec.syntax.tokens import (
    BOOL,
    DATETIME,
    DECIMAL,
    DECLARABLE_KEYWORDS,
    DECLARABLE_KINDS,
    GUID,
    INT,
    LONG,
    NAME,
    NAME_KINDS,
    RAW_GUID,
    REAL,
    STRING,
    TIMESPAN,
)

#: Literal tokens that are no strings.
VALUE_KINDS: Final = frozenset({BOOL, INT, LONG, REAL, DECIMAL, DATETIME, TIMESPAN, GUID})
_SIGNABLE: Final = frozenset({LONG, REAL, TIMESPAN})
_JSON_LITERALS: Final = frozenset({BOOL, DECIMAL, DATETIME, TIMESPAN, GUID})

# --- names ---------------------------------------------------------------------------------------------------------


def name(p: Cursor, kinds: frozenset[str] = NAME_KINDS) -> Name:
    """A name as it is read; with `DECLARABLE_KINDS` as it is declared."""
    start = p.at
    if p.kinds[start] in kinds:
        p.at += 1
        begin, end = p.starts[start], p.ends[start]
        return Name(p.source.text[begin:end], Span(begin, end, p.source))
    if (length := bracketed_length(p)) > 0:
        text = strings(p, p.at + 1, p.at + length - 1)
        p.at += length
        return Name(text, p.span(start), quoted=True)
    if p.kind == "{":
        raise p.fault("RC209", "a client parameter `{…}` is filled in by the client before a query is run")
    raise p.unexpected("", "a name")


def declared_name(p: Cursor) -> Name:
    """A name left of `=` or `:`, where more keywords are names."""
    return name(p, DECLARABLE_KINDS)


def bracketed_length(p: Cursor, offset: int = 0) -> int:
    """How many tokens `['…']` takes; 0 when no bracketed name is there."""
    at = p.at + offset
    if p.kinds[at] != "[" or p.kinds[at + 1] != STRING:
        return 0
    end = at + 2
    while p.kinds[end] == STRING:
        end += 1
    return end + 1 - at if p.kinds[end] == "]" else 0


def wildcard(p: Cursor) -> Name | None:
    """A pattern such as `a*`, `*_s` or `a*b`, its parts not parted by space; None when none is there."""
    offset = 1
    if p.kind != "*":
        extended = p.kind == NAME or p.kind in DECLARABLE_KINDS
        if not extended or p.peek() != "*" or not p.touches(1):
            return None
        offset = 2
    while p.touches(offset) and (p.peek(offset) in ("*", LONG) or p.peek(offset) in DECLARABLE_KINDS):
        offset += 1
    start = p.at
    p.at += offset
    span = p.span(start)
    return Name(span.text, span)


def name_or_wildcard(p: Cursor) -> Name:
    """A name or a pattern, in `project-away` and its like."""
    return wildcard(p) or name(p)


# --- literals ------------------------------------------------------------------------------------------------------


def strings(p: Cursor, start: int, end: int) -> str:
    """The value of adjacent string tokens."""
    text = p.source.text
    return "".join(string_value(text[p.starts[i] : p.ends[i]]) for i in range(start, end))


def string(p: Cursor) -> Literal:
    """A string literal, or several side by side."""
    start = p.at
    p.expect(STRING)
    while p.kinds[p.at] == STRING:
        p.at += 1
    return Literal(strings(p, start, p.at), ScalarType.STRING, p.span(start))


def value(p: Cursor) -> Literal:
    """A literal of one token that is no string; a wrong one is reported (RC204) and parsing goes on."""
    start = p.at
    p.at += 1
    return _decoded(p, p.kinds[start], p.span(start), "")


def _decoded(p: Cursor, kind: str, span: Span, sign: str) -> Literal:
    of = literal_type(kind)
    try:
        decoded: Scalar | None = literal_value(kind, sign + span.text[len(sign) :])
    except ValueError:
        p.note(Diagnostic.at(span, "RC204", f"`{shown(span.text)}` is no {of.value} value"))
        decoded = None
    return Literal(decoded, of, span)


def literal(p: Cursor) -> Expr | None:
    """A literal with its sign, as in `datatable` rows and parameter values; None when none is there."""
    kind = p.kind
    if kind == STRING:
        return string(p)
    if kind in VALUE_KINDS:
        return value(p)
    if kind in ("+", "-") and p.peek() in _SIGNABLE and p.touches(1):
        start = p.at
        p.at += 2
        return _decoded(p, p.kinds[start + 1], p.span(start), kind)
    if kind == "dynamic" and p.peek() == "(":
        return dynamic(p)
    if kind == "typeof" and p.peek() == "(":
        return typeof(p)
    return raw_guid(p) if kind == RAW_GUID else None


def raw_guid(p: Cursor) -> Expr:
    """Refuses a guid without `guid(…)`."""
    raise p.fault("RC204", "a guid literal is written guid(…)", f"guid({p.text()})")


def dynamic(p: Cursor) -> Literal:
    """`dynamic(…)`: JSON with KQL's literals in it."""
    start = p.at
    p.expect("dynamic")
    p.expect("(")
    json = _json(p)
    p.expect(")")
    return Literal(json, ScalarType.DYNAMIC, p.span(start))


def _json(p: Cursor) -> Json:
    kind = p.kind
    if kind == STRING:
        return str(string(p).value)
    if kind in ("[", "{"):
        p.enter()
        items = _json_items(p, kind)
        p.depth -= 1
        return items
    if kind in (LONG, REAL) or (kind == "-" and p.peek() in (LONG, REAL)):
        return _json_number(p)
    if kind in _JSON_LITERALS:
        return _json_value(value(p))
    if kind == "dynamic":
        return _json_value(dynamic(p))
    if p.accept("null"):
        return None
    if kind == RAW_GUID:
        raw_guid(p)
    raise p.unexpected("", "a JSON value")


def _json_number(p: Cursor) -> Json:
    """A number; whole ones that do not fit a long become real, and what no JSON number can hold is refused."""
    start = p.at
    sign = -1 if p.accept("-") else 1
    text = p.text()
    if not text[0].isdigit():  # `long(5)`, `real(null)`
        found = value(p).value
        return sign * found if isinstance(found, int | float) else None
    p.at += 1
    try:
        number: int | float = sign * (float(text) if p.kinds[p.at - 1] == REAL else int(text, 16 if text[1:2] in ("x", "X") else 10))
        number = number if LONG_MIN <= number <= LONG_MAX else float(number)
    except (ValueError, OverflowError):  # more digits than Python converts
        number = math.inf
    if math.isinf(number):
        p.note(Diagnostic.at(p.span(start), "RC204", f"`{shown(p.span(start).text)}` is no number that JSON can hold"))
    return number


def _json_items(p: Cursor, opener: str) -> Json:
    p.at += 1
    if opener == "[":
        array = p.commas(_json, least=0)
        p.expect("]")
        return list(array)
    pairs = p.commas(_json_pair, least=0)
    p.expect("}")
    return dict(pairs)


def _json_pair(p: Cursor) -> tuple[str, Json]:
    if p.kind != STRING:
        raise p.unexpected("", "a quoted key")
    key = string_value(p.text())
    p.at += 1
    p.expect(":")
    return key, _json(p)


def _json_value(node: Literal) -> Json:
    match node.type, node.value:
        case ScalarType.DATETIME, int() as ticks:
            return datetime_text(ticks)
        case ScalarType.TIMESPAN, int() as ticks:
            return timespan_text(ticks)
        case _, Decimal() as number:
            return float(number)
        case _, json:
            return json


# --- types and schemas ---------------------------------------------------------------------------------------------


def type_name(p: Cursor) -> ScalarType:
    """The type that a type's name means."""
    found = TYPE_NAMES.get(p.text())
    if found is None:
        raise p.fault("RC208", f"`{shown(p.text())}` is no type", nearest(p.text(), TYPE_NAMES))
    p.at += 1
    return found


def column(p: Cursor) -> ColumnDeclaration:
    """`name: type`."""
    start = p.at
    declared = declared_name(p)
    p.expect(":")
    of = type_name(p)
    return ColumnDeclaration(declared, of, p.span(start))


def schema(p: Cursor) -> tuple[ColumnDeclaration, ...]:
    """`(name: type, …)`; KQL allows a comma before the first and after the last."""
    p.expect("(")
    p.accept(",")
    columns = p.commas(column, least=0, trailing=True)
    p.expect(")")
    return columns


def typeof(p: Cursor) -> Call:
    """`typeof(type)` or `typeof(schema)`, a `Call` whose arguments are type names."""
    start = p.at
    keyword = name(p)
    p.expect("(")
    arguments = p.commas(_type_argument, least=0)
    if not arguments:
        raise p.fault("RC208", "`typeof()` names no type")
    p.expect(")")
    return Call(keyword, arguments, p.span(start))


def _type_argument(p: Cursor) -> Argument:
    start = p.at
    if p.accept("*"):
        return Argument(Star(p.span(start)), None, p.span(start))
    label = None
    if p.peek() == ":" or p.kind == "[" or p.kind in DECLARABLE_KEYWORDS:
        label = declared_name(p)
        p.expect(":")
    at = p.at
    type_name(p)
    span = p.span(at)
    return Argument(Name(span.text, span), label, p.span(start))


def scalar_typeof(p: Cursor) -> ScalarType:
    """`typeof(type)` after `to`."""
    p.expect("typeof")
    p.expect("(")
    of = type_name(p)
    p.expect(")")
    return of
