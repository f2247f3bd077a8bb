"""Athena's own function rows, and the shared ones that it cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from sqlglot import exp

from rulec.ir.exprs import Call
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.functions.conversions import to_string
from rulec_backends.sql.trees import Tree


def _hash(name: str) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        text = to_string(row, call.arguments[0], trees[0])
        return t.call("lower", t.call("to_hex", t.call(name, t.call("to_utf8", text))))

    return row_


def _string_size(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("length", t.call("to_utf8", trees[0]))


def _base64_encode(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("to_base64", t.call("to_utf8", trees[0]))


def _base64_decode(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """'' when it is no base64, or no UTF-8."""

    def read(b: Tree) -> Tree:
        strict = t.eq(t.call("from_utf8", t.again(b)), t.call("from_utf8", t.again(b), t.text("")))
        return t.coalesce(t.when(strict, t.call("from_utf8", b)), t.text(""))

    return row.bind(exp.Try(this=t.call("from_base64", trees[0])), read)


def _bits(name: str) -> FunctionRow:
    return lambda row, call, trees: t.call(name, *trees)


def _tohex(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    def read(x: Tree) -> Tree:
        negative = t.call("lower", t.call("to_hex", t.call("to_big_endian_64", t.again(x))))
        return t.coalesce(t.when(t.ge(x, t.num(0)), t.call("to_base", t.again(x), t.num(16)), negative), t.text(""))

    return row.bind(trees[0], read)


def _isinf(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("is_infinite", trees[0])


def _isnan(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("is_nan", trees[0])


def _isfinite(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("is_finite", trees[0])


def _ceiling(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return trees[0] if call.arguments[0].type.is_integer else t.call("ceiling", trees[0])


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "hash_sha256": _hash("sha256"),
        "hash_sha1": _hash("sha1"),
        "hash_md5": _hash("md5"),
        "string_size": _string_size,
        "base64_encode_tostring": _base64_encode,
        "base64_decode_tostring": _base64_decode,
        "binary_and": _bits("bitwise_and"),
        "binary_or": _bits("bitwise_or"),
        "binary_xor": _bits("bitwise_xor"),
        "binary_not": _bits("bitwise_not"),
        "tohex": _tohex,
        "isinf": _isinf,
        "isnan": _isnan,
        "isfinite": _isfinite,
        "ceiling": _ceiling,
    }
)
