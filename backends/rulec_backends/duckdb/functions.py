"""DuckDB's own function rows: encodings, hashes, and what is one word here and a construction elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call
from rulec.scalars import ScalarType
from rulec_backends.duckdb.datetimes import ticks_of, timestamp
from rulec_backends.duckdb.jsons import decoded
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row, word
from rulec_backends.sql.functions.conversions import to_string
from rulec_backends.sql.functions.datetimes import zone_of
from rulec_backends.sql.functions.strings import text_of
from rulec_backends.sql.trees import Tree

_REAL = ScalarType.REAL


def _real(name: str) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        return t.call(name, *(x if a.type is _REAL else row.d.real(x) for a, x in zip(call.arguments, trees, strict=True)))

    return row_


def _hash(name: str) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        return t.call(name, to_string(row, call.arguments[0], trees[0]))

    return row_


def _toupper(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """DuckDB has a capital for the sharp s, KQL has none: U+FFFF, which no text has, stands for it meanwhile."""
    mark = t.call("chr", t.num(0xFFFF))
    upper = t.call("upper", t.call("replace", text_of(row, call.arguments[0], trees[0]), t.text("ß"), mark))
    return t.call("replace", upper, mark, t.text("ß"))


def _utc_to_local(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """By the engine's zone data; zones move by whole microseconds."""
    zone = t.text(zone_of(row, call.arguments[1]))

    def moved(x: Tree) -> Tree:
        local = t.call("timezone", zone, t.call("timezone", t.text("UTC"), timestamp(x)))
        return t.add(ticks_of(local), t.binary("%", x, t.num(10)))

    return row.d.dates.from_ticks(row, row.bind(trees[0], moved))


def _within(name: str) -> FunctionRow:
    """acos and asin: NaN outside -1..1, where DuckDB fails."""

    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        x = row.once(trees[0] if call.arguments[0].type is _REAL else row.d.real(trees[0]))
        inside = t.between(x, t.num(-1), t.num(1))
        return t.case([(inside, t.call(name, x)), (t.is_not_null(x), row.d.nan())])

    return row_


def _with_poles(name: str) -> FunctionRow:
    """gamma and loggamma: NaN at 0 and the negative whole numbers, where DuckDB has infinities."""

    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        x = row.once(trees[0] if call.arguments[0].type is _REAL else row.d.real(trees[0]))
        pole = t.and_(t.le(x, t.num(0)), t.eq(x, t.call("floor", x)))
        return t.when(pole, row.d.nan(), t.call(name, x))

    return row_


def _base64_encode(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("to_base64", t.call("encode", trees[0]))


def _base64_decode(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """'' when it is no base64, or no UTF-8."""
    return t.coalesce(nodes.Try(t.call("decode", t.call("from_base64", trees[0]))), t.text(""))


def _url_decode(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return decoded(trees[0])


def _isfinite(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("isfinite", trees[0])


def _isinf(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("isinf", trees[0])


def _bits(op: nodes.Op) -> FunctionRow:
    return lambda row, call, trees: t.binary(op, trees[0], trees[1])


def _xor(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("xor", t.cast(trees[0], "BIGINT"), t.cast(trees[1], "BIGINT"))


def _binary_not(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.sub(t.num(-1), trees[0])


def _shift_left(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """The bits above the 64th are lost; a negative count gives null, of others the low six bits count."""
    x, n = trees[0], row.once(trees[1])
    power = t.call("pow", t.cast(t.num(2), "DOUBLE"), t.binary("%", n, t.num(64)))
    wide = t.mul(row.d.wide(x), t.cast(power, "INT128"))
    return t.when(t.ge(n, t.num(0)), row.d.wrapped(wide))


def _shift_right(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    n = row.once(trees[1])
    low = t.binary("%", n, t.num(64))
    return t.when(t.ge(n, t.num(0)), t.binary(">>", trees[0], nodes.Paren(low)))


def _bit_count(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.cast(t.call("bit_count", t.cast(trees[0], "BIGINT")), "BIGINT")


def _tohex(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Lower-case digits of the 64-bit two's complement, padded to the given length."""
    digits = t.call("lower", t.call("hex", t.cast(trees[0], "BIGINT")))
    if len(trees) == 1:
        return t.coalesce(digits, t.text(""))
    digits = row.once(digits)
    width = t.call("greatest", trees[1], t.call("length", digits))
    return t.coalesce(t.call("lpad", digits, t.cast(width, "INT"), t.text("0")), t.text(""))


def _cot(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return _real("cot")(row, call, trees)


def _codepoints(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    chars = t.call("string_split", trees[0], t.text(""))
    made = row.d.list_map(row, chars, lambda c: t.call("to_json", t.call("unicode", c)))
    return t.when(t.eq(trees[0], t.text("")), row.d.literal([], ScalarType.DYNAMIC), row.d.json_array(made))


def _of_codepoints(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    def whole(e: Tree) -> Tree:
        return t.when(t.eq(row.d.json_kind(e), t.text("long")), t.try_cast(e, "INT"))

    lists: list[Tree] = []
    for expr, tree in zip(call.arguments, trees, strict=True):
        if expr.type is ScalarType.DYNAMIC:
            lists.append(row.d.list_map(row, row.d.json_items(row, tree), whole))
        else:
            lists.append(row.d.array([t.try_cast(tree, "INT")], "INT"))

    def char(c: Tree) -> Tree:
        # chr() fails for what is no code point
        valid = t.or_(t.between(c, t.num(1), t.num(0xD7FF)), t.between(c, t.num(0xE000), t.num(0x10FFFF)))
        return t.when(valid, t.call("chr", c), t.text(""))

    chars = row.d.list_map(row, row.d.list_concat(lists), char)
    return t.coalesce(row.d.list_join(chars, t.text("")), t.text(""))


def _rand(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    if not trees:
        return t.call("random")
    return t.cast(t.call("floor", t.mul(t.call("random"), trees[0])), "DOUBLE")


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "datetime_utc_to_local": _utc_to_local,
        "toupper": _toupper,
        "string_size": word("strlen"),
        "hash_sha256": _hash("sha256"),
        "hash_md5": _hash("md5"),
        "hash_sha1": _hash("sha1"),
        "base64_encode_tostring": _base64_encode,
        "base64_decode_tostring": _base64_decode,
        "url_decode": _url_decode,
        "isfinite": _isfinite,
        "isinf": _isinf,
        "binary_and": _bits("&"),
        "binary_or": _bits("|"),
        "binary_xor": _xor,
        "binary_not": _binary_not,
        "binary_shift_left": _shift_left,
        "binary_shift_right": _shift_right,
        "bitset_count_ones": _bit_count,
        "tohex": _tohex,
        "acos": _within("acos"),
        "asin": _within("asin"),
        "cot": _cot,
        "gamma": _with_poles("gamma"),
        "loggamma": _with_poles("lgamma"),
        "unicode_codepoints_from_string": _codepoints,
        "unicode_codepoints_to_string": _of_codepoints,
        "rand": _rand,
    }
)
