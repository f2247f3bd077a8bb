"""`tostring`, `tolong` … Text is checked before it is cast: the engines' own casts accept more than KQL does.

Source: recorded answers (kql.md 2.6-2.11, 3.1-3.9).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.functions.timespans import span_text
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.ranges import nullable
from rulec_backends.sql.trees import Tree

_S = ScalarType


def to_string(row: Row, expr: Expr, tree: Tree) -> Tree:
    """tostring(): '' of null."""
    kind = expr.type
    if kind is _S.STRING:
        return tree
    if kind is _S.DYNAMIC:
        return row.d.json_string(tree)
    text = text_or_null(row, kind, tree)
    return t.coalesce(text, t.text("")) if nullable(row.level, expr) else text


def text_or_null(row: Row, kind: ScalarType, tree: Tree) -> Tree:
    match kind:
        case _S.BOOL:
            # a CASE on the value alone: null falls through both branches
            return t.case([(t.true(), t.text("True")), (t.false(), t.text("False"))], subject=tree)
        case _S.REAL:
            return row.d.real_text(row, tree)
        case _S.DATETIME:
            return row.d.dates.to_text(row, tree)
        case _S.TIMESPAN:
            return span_text(row, tree)
        case _S.DECIMAL:
            return row.d.decimal_text(row, tree)
        case _S.GUID:
            return tree
        case _:
            return t.cast(tree, "VARCHAR")


def _tostring(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return to_string(row, call.arguments[0], trees[0])


# --- numbers -------------------------------------------------------------------------------------------------------


def long_of_text(row: Row, tree: Tree) -> Tree:
    """Decimal digits with a sign and blanks, or `0x` and hex digits."""

    def read(s: Tree) -> Tree:
        decimal, hexadecimal = _digits(row, s)
        return t.case([(decimal, t.try_cast(row.d.trimmed(s), "BIGINT")), (hexadecimal, row.d.hex_long(row.d.trimmed(s)))])

    return row.bind(tree, read)


def _digits(row: Row, s: Tree) -> tuple[Tree, Tree]:
    """Whether a text is a decimal whole number, and whether it is a hexadecimal one."""
    decimal = row.d.matches(s, r"^\s*[+-]?[0-9]+\s*$")
    return decimal, row.d.matches(s, r"^\s*0[xX][0-9a-fA-F]{1,16}\s*$")


def real_of_text(row: Row, tree: Tree) -> Tree:
    def read(s: Tree) -> Tree:
        ordinary = row.d.matches(s, r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$")
        special = row.d.matches(s, r"^\s*([+-]?(inf|Inf|Infinity)|nan|NaN)\s*$")
        return t.case([(ordinary, row.d.real_literal_text(row.d.trimmed(s))), (special, row.d.special_real(row.d.trimmed(s)))])

    return row.bind(tree, read)


def bool_of_text(row: Row, tree: Tree) -> Tree:
    def read(s: Tree) -> Tree:
        low = row.d.lower_text(s)
        word = t.among(low, [t.text("true"), t.text("false")])
        number = row.d.matches(s, r"^([+-]?[0-9]+|0[xX][0-9a-fA-F]+)$")
        return t.case([(word, t.eq(low, t.text("true"))), (number, t.ne(long_of_text(row, s), t.num(0)))])

    return row.bind(tree, read)


def long_of_real(row: Row, tree: Tree) -> Tree:
    """Cut toward zero, saturating; NaN is the least, as in the runtime that Kusto is written for."""

    def read(x: Tree) -> Tree:
        return t.case(
            [
                (row.d.is_nan(x), row.d.literal(-(2**63), _S.LONG)),
                (t.ge(x, row.d.literal(float(2**63), _S.REAL)), row.d.literal(2**63 - 1, _S.LONG)),
                (t.le(x, row.d.literal(-float(2**63), _S.REAL)), row.d.literal(-(2**63), _S.LONG)),
            ],
            t.try_cast(t.call("trunc", x), "BIGINT"),
        )

    return row.bind(tree, read)


def int_of_long(row: Row, tree: Tree) -> Tree:
    """The low 32 bits."""
    return row.d.low_32(row, tree)


def int_of_real(row: Row, tree: Tree) -> Tree:
    """Cut toward zero, saturating; NaN is the least."""

    def read(x: Tree) -> Tree:
        low, high = -(2**31), 2**31 - 1
        return t.case(
            [
                (t.or_(row.d.is_nan(x), t.le(x, row.d.literal(float(low), _S.REAL))), row.d.literal(low, _S.LONG)),
                (t.ge(x, row.d.literal(float(high), _S.REAL)), row.d.literal(high, _S.LONG)),
            ],
            t.try_cast(t.call("trunc", x), "BIGINT"),
        )

    return row.bind(tree, read)


def int_of_text(row: Row, tree: Tree) -> Tree:
    """null outside 32 bits."""

    def read(s: Tree) -> Tree:
        decimal, hexadecimal = _digits(row, s)
        number, bits = t.try_cast(row.d.trimmed(s), "INT"), t.try_cast(row.d.hex_long(row.d.trimmed(s)), "INT")
        return t.cast(t.case([(decimal, number), (hexadecimal, bits)]), "BIGINT")

    return row.bind(tree, read)


def _integer(kind: ScalarType) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        return to_integer(row, call.arguments[0].type, trees[0], kind)

    return row_


def to_integer(row: Row, source: ScalarType, tree: Tree, kind: ScalarType) -> Tree:
    narrow = kind is _S.INT
    match source:
        case _S.STRING:
            return int_of_text(row, tree) if narrow else long_of_text(row, tree)
        case _S.REAL:
            return int_of_real(row, tree) if narrow else long_of_real(row, tree)
        case _S.DECIMAL:
            cut = t.call("trunc", tree)
            return t.cast(t.try_cast(cut, "INT"), "BIGINT") if narrow else t.try_cast(cut, "BIGINT")
        case _S.BOOL:
            return t.cast(tree, "BIGINT")
        case _S.INT:
            return tree
        case _S.LONG | _S.TIMESPAN:
            return int_of_long(row, tree) if narrow else tree
        case _S.DATETIME:
            ticks = row.d.dates.to_ticks(tree)
            return int_of_long(row, ticks) if narrow else ticks
        case _S.DYNAMIC:
            return row.d.json_to(row, tree, kind)
        case _:
            raise Refusal(f"`to{kind.value}` of a {source.value} is not supported")


def to_real(row: Row, source: ScalarType, tree: Tree) -> Tree:
    match source:
        case _S.REAL:
            return tree
        case _S.STRING:
            return real_of_text(row, tree)
        case _S.DYNAMIC:
            return row.d.json_to(row, tree, _S.REAL)
        case _S.DATETIME:
            return row.d.real(row.d.dates.to_ticks(tree))
        case _S.BOOL:
            return row.d.real(t.cast(tree, "BIGINT"))
        case _S.GUID:
            raise Refusal("`todouble` of a guid is not supported")
        case _:
            return row.d.real(tree)


def _toreal(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return to_real(row, call.arguments[0].type, trees[0])


def to_bool(row: Row, source: ScalarType, tree: Tree) -> Tree:
    match source:
        case _S.BOOL:
            return tree
        case _S.STRING:
            return bool_of_text(row, tree)
        case _S.DYNAMIC:
            return row.d.json_to(row, tree, _S.BOOL)
        case _S.DATETIME | _S.TIMESPAN | _S.GUID:
            return row.d.literal(None, _S.BOOL)
        case _:
            return t.ne(tree, t.num(0))


def _tobool(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return to_bool(row, call.arguments[0].type, trees[0])


# --- times, guids, decimals ----------------------------------------------------------------------------------------


def to_datetime(row: Row, source: ScalarType, tree: Tree) -> Tree:
    match source:
        case _S.DATETIME:
            return tree
        case _S.STRING:
            return row.d.dates.from_text(row, tree)
        case _S.DYNAMIC:
            return row.d.json_to(row, tree, _S.DATETIME)
        case _S.INT | _S.LONG:
            return row.d.dates.from_ticks(row, tree)
        case _S.TIMESPAN:
            return row.d.literal(None, _S.DATETIME)
        case _S.REAL:
            return row.d.dates.from_ticks(row, long_of_real(row, tree))
        case _:
            raise Refusal(f"`todatetime` of a {source.value} is not supported")


def _todatetime(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return to_datetime(row, call.arguments[0].type, trees[0])


def to_timespan(row: Row, source: ScalarType, tree: Tree) -> Tree:
    match source:
        case _S.TIMESPAN | _S.LONG | _S.INT:
            return tree
        case _S.STRING:
            return row.d.span_of_text(row, tree)
        case _S.DYNAMIC:
            return row.d.json_to(row, tree, _S.TIMESPAN)
        case _S.REAL:
            return long_of_real(row, tree)
        case _:
            raise Refusal(f"`totimespan` of a {source.value} is not supported")


def _totimespan(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return to_timespan(row, call.arguments[0].type, trees[0])


def to_guid(row: Row, source: ScalarType, tree: Tree) -> Tree:
    match source:
        case _S.GUID:
            return tree
        case _S.STRING:
            return row.d.guid_of_text(row, tree)
        case _S.DYNAMIC:
            return row.d.guid_of_text(row, row.d.json_string(tree))
        case _:
            raise Refusal(f"`toguid` of a {source.value} is not supported")


def _toguid(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return to_guid(row, call.arguments[0].type, trees[0])


def to_decimal(row: Row, source: ScalarType, tree: Tree) -> Tree:
    word = row.d.sql_type(_S.DECIMAL)
    match source:
        case _S.DECIMAL:
            return tree
        case _S.INT | _S.LONG | _S.REAL:
            return t.try_cast(tree, word)
        case _S.BOOL:
            return t.try_cast(t.cast(tree, "BIGINT"), word)
        case _S.STRING:
            plain = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"
            return row.bind(tree, lambda s: t.when(row.d.matches(s, plain), t.try_cast(row.d.trimmed(s), word)))
        case _S.DYNAMIC:
            return row.d.json_to(row, tree, _S.DECIMAL)
        case _:
            raise Refusal(f"`todecimal` of a {source.value} is not supported")


def _todecimal(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return to_decimal(row, call.arguments[0].type, trees[0])


def convert(row: Row, source: ScalarType, tree: Tree, target: ScalarType) -> Tree:
    """KQL's conversion of a value of one type to another; '' of null for strings."""
    if source is target:
        return tree
    match target:
        case _S.STRING:
            if source is _S.DYNAMIC:
                return row.d.json_string(tree)
            return t.coalesce(text_or_null(row, source, tree), t.text(""))
        case _S.INT | _S.LONG:
            return to_integer(row, source, tree, target)
        case _S.REAL:
            return to_real(row, source, tree)
        case _S.BOOL:
            return to_bool(row, source, tree)
        case _S.DATETIME:
            return to_datetime(row, source, tree)
        case _S.TIMESPAN:
            return to_timespan(row, source, tree)
        case _S.GUID:
            return to_guid(row, source, tree)
        case _S.DECIMAL:
            return to_decimal(row, source, tree)
        case _S.DYNAMIC:
            return row.d.json_of(row, tree, source)


# --- dynamic -------------------------------------------------------------------------------------------------------


def from_json(row: Row, tree: Tree, kind: ScalarType) -> Tree:
    """A conversion function of a dynamic value: numbers and bools by value, strings by their text, bags and arrays give null."""

    def read(x: Tree) -> Tree:
        text = row.d.json_text(x)
        number = row.d.json_number(x)
        match kind:
            case _S.LONG | _S.INT:
                narrow = kind is _S.INT
                whole = t.try_cast(row.d.json_text(x), "BIGINT")
                branches = [
                    ("long", int_of_long(row, whole) if narrow else whole),
                    ("double", int_of_real(row, number) if narrow else long_of_real(row, number)),
                    ("string", int_of_text(row, text) if narrow else long_of_text(row, text)),
                    ("bool", t.when(t.eq(row.d.json_text(x), t.text("true")), t.num(1), t.num(0))),
                ]
            case _S.REAL:
                branches = [
                    ("long", number),
                    ("double", number),
                    ("string", real_of_text(row, text)),
                    ("bool", t.when(t.eq(row.d.json_text(x), t.text("true")), row.d.literal(1.0, kind), row.d.literal(0.0, kind))),
                ]
            case _S.BOOL:
                branches = [
                    ("bool", t.eq(text, t.text("true"))),
                    ("long", t.ne(number, t.num(0))),
                    ("double", t.ne(number, t.num(0))),
                    ("string", bool_of_text(row, text)),
                ]
            case _S.DECIMAL:
                branches = [("long", t.try_cast(text, row.d.sql_type(kind))), ("double", t.try_cast(text, row.d.sql_type(kind)))]
                branches.append(("string", to_decimal(row, _S.STRING, text)))
            case _S.DATETIME:
                whole = t.try_cast(text, "BIGINT")
                branches = [("string", row.d.dates.from_text(row, text)), ("long", row.d.dates.from_ticks(row, whole))]
            case _S.TIMESPAN:
                branches = [("string", row.d.span_of_text(row, text)), ("long", t.try_cast(text, "BIGINT"))]
            case _S.GUID:
                return row.d.guid_of_text(row, text)
            case _:
                raise Refusal(f"a dynamic value cannot become a {kind.value}")
        return row.d.json_case(x, branches)

    return row.bind(tree, read)


def _parse_json(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    source = call.arguments[0]
    if source.type is _S.DYNAMIC:
        return trees[0]
    if isinstance(source, Literal) and isinstance(source.value, str):
        return row.d.json_parse(row, trees[0])
    if source.type is not _S.STRING:
        return row.d.json_of(row, trees[0], source.type)
    return row.d.json_parse(row, t.stripped(trees[0]))


def _gettype(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    kind = call.arguments[0].type
    if kind is not _S.DYNAMIC:
        word = "int" if kind is _S.INT else kind.value
        return t.text(word)
    found = row.d.json_kind(trees[0])
    bag = t.case([(t.text("object"), t.text("dictionary"))], found, subject=found)
    return t.coalesce(bag, t.text("null"))


def _new_guid(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.cast(t.call("uuid"), "VARCHAR")


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "tostring": _tostring,
        "toint": _integer(_S.INT),
        "tolong": _integer(_S.LONG),
        "todouble": _toreal,
        "tobool": _tobool,
        "todatetime": _todatetime,
        "totimespan": _totimespan,
        "toguid": _toguid,
        "todecimal": _todecimal,
        "parse_json": _parse_json,
        "gettype": _gettype,
        "new_guid": _new_guid,
    }
)
