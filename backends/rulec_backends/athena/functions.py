"""Athena's own function rows: encodings, hashes, and what is one word here and a construction elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call
from rulec.scalars import MAX_DATETIME_TICKS, ScalarType
from rulec_backends.athena.bags import decoded
from rulec_backends.athena.datetimes import STAMP, stamp
from rulec_backends.athena.lists import lam
from rulec_backends.athena.values import BASE64
from rulec_backends.athena.words import typed
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row, word
from rulec_backends.sql.functions.conversions import to_string
from rulec_backends.sql.functions.datetimes import zone_of
from rulec_backends.sql.functions.strings import text_of
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

_REAL, _DYNAMIC = ScalarType.REAL, ScalarType.DYNAMIC


def _as_real(row: Row, call: Call, trees: Sequence[Tree]) -> list[Tree]:
    return [x if a.type is _REAL else row.d.real(x) for a, x in zip(call.arguments, trees, strict=True)]


def _real(name: str) -> FunctionRow:
    return lambda row, call, trees: t.call(name, *_as_real(row, call, trees))


def _utf8_size(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("length", t.call("to_utf8", text_of(row, call.arguments[0], trees[0])))


def _hash(name: str) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        return t.call("lower", t.call("to_hex", t.call(name, t.call("to_utf8", to_string(row, call.arguments[0], trees[0])))))

    return row_


def _xxhash64(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """`hash` of a text, or of the eight bytes of a long, the low one first. Of other types what is hashed is not published."""
    value = call.arguments[0]
    if len(trees) > 1 or value.type not in (ScalarType.STRING, ScalarType.LONG):
        what = "with a modulus" if len(trees) > 1 else f"of {value.type.value}"
        raise Refusal(f"`{call.function}` {what} is not published", "`hash` of a string or long is exact")
    is_text = value.type is ScalarType.STRING
    data = t.call("to_utf8", trees[0]) if is_text else t.call("reverse", t.call("to_big_endian_64", trees[0]))
    return t.call("from_big_endian_64", t.call("xxhash64", data))


def _base64_encode(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("to_base64", t.call("to_utf8", text_of(row, call.arguments[0], trees[0])))


def _base64_decode(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """'' when it is no base64, or no UTF-8: from_utf8() puts a mark for bad bytes, with '' it leaves them out."""

    def read(b: Tree) -> Tree:
        text = t.call("from_utf8", b)
        return t.when(t.eq(text, t.call("from_utf8", b, t.text(""))), text)

    def decoded(s: Tree) -> Tree:
        # Trino takes text without its padding
        return t.when(t.call("regexp_like", s, t.text(BASE64)), t.call("from_base64", s))

    return t.coalesce(row.bind(row.bind(trees[0], decoded), read), t.text(""))


def _url_decode(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return decoded(trees[0])


def _bitwise(name: str) -> FunctionRow:
    return lambda row, call, trees: t.call(name, *trees)


def _shift(name: str) -> FunctionRow:
    """A negative count gives null, of others the low six bits count; Trino wants an INTEGER."""

    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        x, n = trees
        known = t.integer(n)
        if known is not None:
            return t.call(name, x, t.num(known % 64)) if known >= 0 else t.cast(t.null(), "BIGINT")

        def shifted(c: Tree) -> Tree:
            low = t.cast(t.binary("%", c, t.num(64)), "INT")
            return t.when(t.ge(c, t.num(0)), t.call(name, x, low))

        return row.bind(n, shifted)

    return row_


def _tohex(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Lower-case digits of the 64-bit two's complement, padded to the given length."""
    full = t.call("lower", t.call("to_hex", t.call("to_big_endian_64", trees[0])))
    digits = t.call("regexp_replace", full, t.text(r"^0+(?=.)"), t.text(""))
    if len(trees) == 1:
        return t.coalesce(digits, t.text(""))
    digits = row.once(digits)
    width = t.call("greatest", trees[1], t.call("length", digits))
    return t.coalesce(t.call("lpad", digits, width, t.text("0")), t.text(""))


def _sign(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """0 of NaN; adding zero makes -0 and 0 one."""
    if call.arguments[0].type is not _REAL:
        return row.d.real(t.call("sign", trees[0]))
    zero = row.d.literal(0.0, _REAL)
    return row.bind(trees[0], lambda x: t.when(t.call("is_nan", x), zero, t.add(t.call("sign", x), zero)))


def _cot(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.binary("/", row.d.literal(1.0, _REAL), t.call("tan", *_as_real(row, call, trees)))


def _codepoints(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """split() by nothing is an error: the characters come from a regular expression."""
    chars = t.call("regexp_extract_all", trees[0], t.text("(?s)."))
    return row.d.json_array(t.call("transform", chars, lam("c", lambda c: t.cast(t.call("codepoint", t.cast(c, "VARCHAR(1)")), "JSON"))))


def _of_codepoints(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    lists: list[Tree] = []
    for expr, tree in zip(call.arguments, trees, strict=True):
        if expr.type is _DYNAMIC:
            number = lam("e", lambda e: t.try_cast(t.call("json_format", e), "BIGINT"))
            lists.append(t.call("transform", row.d.json_items(row, tree), number))
        else:
            lists.append(row.d.array([tree], "BIGINT"))
    chars = t.call("transform", row.d.list_concat(lists), lam("c", lambda c: nodes.Try(t.call("chr", c))))
    return t.coalesce(t.call("array_join", chars, t.text(""), t.text("")), t.text(""))


def _dynamic_to_json(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """The text with the keys in order, at every level; `null` of null."""
    value = row.d.json_of(row, trees[0], call.arguments[0].type)
    return t.coalesce(t.call("json_format", t.call("json_parse", t.call("json_format", value))), t.text("null"))


def _utc_to_local(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """By the engine's zone data; null outside 0001..9999."""
    zone = t.text(zone_of(row, call.arguments[1]))
    local = t.cast(t.call("at_timezone", t.call("with_timezone", trees[0], t.text("UTC")), zone), STAMP)
    return row.bind(local, lambda x: t.when(t.between(x, stamp(0), stamp(MAX_DATETIME_TICKS)), x))


def _rand(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    if not trees:
        return t.call("random")
    return t.call("floor", t.mul(t.call("random"), trees[0]))


def _ipv4_text(x: Tree) -> Tree:
    return t.call("regexp_like", x, t.text(r"^([0-9]{1,3}\.){3}[0-9]{1,3}\z"))


def _parse_ipv4(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """A bare address; the type IPADDRESS refuses numbers above 255."""

    def read(s: Tree) -> Tree:
        address = t.cast(t.try_cast(s, "IPADDRESS"), "VARBINARY")
        number = t.call("from_big_endian_64", t.call("lpad", t.call("substr", address, t.num(13)), t.num(8), typed("VARBINARY", "")))
        return t.when(_ipv4_text(s), number)

    return row.bind(trees[0], read)


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "string_size": _utf8_size,
        "hash": _xxhash64,
        "hash_xxhash64": _xxhash64,
        "hash_sha256": _hash("sha256"),
        "hash_md5": _hash("md5"),
        "hash_sha1": _hash("sha1"),
        "base64_encode_tostring": _base64_encode,
        "base64_decode_tostring": _base64_decode,
        "url_decode": _url_decode,
        "isfinite": word("is_finite"),
        "isinf": word("is_infinite"),
        "binary_and": _bitwise("bitwise_and"),
        "binary_or": _bitwise("bitwise_or"),
        "binary_xor": _bitwise("bitwise_xor"),
        "binary_not": _bitwise("bitwise_not"),
        "binary_shift_left": _shift("bitwise_left_shift"),
        "binary_shift_right": _shift("bitwise_right_shift_arithmetic"),
        "bitset_count_ones": lambda row, call, trees: t.call("bit_count", trees[0], t.num(64)),
        "tohex": _tohex,
        "acos": _real("acos"),
        "asin": _real("asin"),
        "cot": _cot,
        "sign": _sign,
        "unicode_codepoints_from_string": _codepoints,
        "unicode_codepoints_to_string": _of_codepoints,
        "dynamic_to_json": _dynamic_to_json,
        "datetime_utc_to_local": _utc_to_local,
        "rand": _rand,
    }
)
