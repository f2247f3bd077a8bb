"""Base64 of bytes as an array of numbers, and of a guid's bytes; bytes go through their hexadecimal digits."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call
from rulec.scalars import ScalarType
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.functions.dynamic import items
from rulec_backends.sql.functions.strings import text_of
from rulec_backends.sql.trees import Tree

_DIGITS: Final = "0123456789ABCDEF"
_LONG: Final = ScalarType.LONG
#: Where each digit of a guid's text stands in its bytes: the first three groups are little-endian.
_GUID: Final = ((7, 2), (5, 2), (3, 2), (1, 2), (11, 2), (9, 2), (15, 2), (13, 2), (17, 16))


def _to_array(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """The bytes of a base64 text; null when it is none."""

    def made(h: Tree) -> Tree:
        def digit(place: Tree) -> Tree:
            return t.sub(t.call("strpos", t.text(_DIGITS), t.call("substr", h, place, t.num(1))), t.num(1))

        def number(i: Tree) -> Tree:
            second = t.mul(i, t.num(2))
            return row.d.json_of(row, t.add(t.mul(digit(t.sub(second, t.num(1))), t.num(16)), digit(second)), _LONG)

        count = row.d.int_div(t.call("length", h), t.num(2))
        listed = row.d.list_map(row, row.d.sequence(t.num(1), count, t.num(1)), number)
        return t.when(t.is_not_null(h), row.d.json_array(listed))

    return made(row.once(row.d.base64_digits(row, text_of(row, call.arguments[0], trees[0]))))


def _of_array(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """'' of what is no array of bytes."""
    listed = row.once(items(row, trees[0]))
    whole = row.once(row.d.list_map(row, listed, lambda e: row.d.json_case(e, [("long", row.d.json_as(row, e, _LONG))])))
    bad = row.d.list_filter(row, whole, lambda n: t.not_(t.coalesce(t.between(n, t.num(0), t.num(255)), t.false())))
    digits = row.d.list_join(row.d.list_map(row, whole, lambda n: row.d.hex_digits(n, 2)), t.text(""))
    return t.coalesce(t.when(t.eq(row.d.list_length(bad), t.num(0)), row.d.base64_of_digits(digits)), t.text(""))


def _swapped(digits: Tree) -> Tree:
    """The digits of a guid's text as those of its bytes."""
    return t.concat(*(t.call("substr", digits, t.num(at), t.num(count)) for at, count in _GUID))


def _of_guid(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    digits = row.once(t.call("replace", trees[0], t.text("-"), t.text("")))
    return t.coalesce(row.d.base64_of_digits(_swapped(digits)), t.text(""))


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "base64_decode_toarray": _to_array,
        "base64_encode_fromarray": _of_array,
        "base64_encode_fromguid": _of_guid,
    }
)
