"""Conversion functions of a dynamic value: numbers and bools by value, strings by their text, bags and arrays give null.

The value is a simple tree: it is said several times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from rulec.scalars import ScalarType
from rulec_backends.athena.words import real, typed
from rulec_backends.sql import trees as t
from rulec_backends.sql.trees import Tree

_WHOLE: Final = r"^\s*[+-]?[0-9]+\s*\z"
_HEXADECIMAL: Final = r"^\s*0[xX][0-9a-fA-F]{1,16}\s*\z"
_DECIMAL: Final = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*\z"
_SPECIAL: Final = r"^\s*([+-]?(inf|Inf|Infinity)|nan|NaN)\s*\z"
_LEAST, _MOST = -(2**31), 2**31 - 1


def _json(j: Tree) -> Tree:
    return t.call("json_format", j)


def _text(j: Tree) -> Tree:
    return t.call("json_extract_scalar", j, t.text("$"))


def _number(j: Tree) -> Tree:
    return t.try_cast(_json(j), "DOUBLE")


def _is_string(j: Tree) -> Tree:
    return t.call("starts_with", _json(j), t.text('"'))


def _like(tree: Tree, pattern: str) -> Tree:
    return t.call("regexp_like", tree, t.text(pattern))


def _hexadecimal(text: Tree) -> Tree:
    digits = t.call("lpad", t.call("substr", t.call("trim", text), t.num(3)), t.num(16), t.text("0"))
    return t.call("from_big_endian_64", t.call("from_hex", digits))


def _integer(narrow: bool) -> Callable[[Tree], Tree]:
    """A number is cut toward zero, and saturates; a long as an int keeps its low bits; a text outside the range is null."""

    def read(j: Tree) -> Tree:
        plain, hexadecimal = t.try_cast(t.call("trim", _text(j)), "BIGINT"), _hexadecimal(_text(j))
        whole = t.try_cast(_json(j), "BIGINT")
        if narrow:
            plain, hexadecimal = (t.when(t.between(x, t.num(_LEAST), t.num(_MOST)), x) for x in (plain, hexadecimal))
            whole = t.call("bitwise_right_shift_arithmetic", t.call("bitwise_left_shift", whole, t.num(32)), t.num(32))
        low, high = (_LEAST, _MOST) if narrow else (-(2**63), 2**63 - 1)
        return t.case(
            [
                (_like(_json(j), r"^-?[0-9]{1,19}\z"), whole),
                (t.and_(_is_string(j), _like(_text(j), _WHOLE)), plain),
                (t.and_(_is_string(j), _like(_text(j), _HEXADECIMAL)), hexadecimal),
                (t.among(_json(j), [t.text("true"), t.text("false")]), t.when(t.eq(_json(j), t.text("true")), t.num(1), t.num(0))),
                (t.ge(_number(j), real(float(high))), typed("BIGINT", str(high))),
                (t.le(_number(j), real(float(low))), typed("BIGINT", str(low))),
            ],
            t.try_cast(t.call("truncate", _number(j)), "BIGINT"),
        )

    return read


def _real(j: Tree) -> Tree:
    infinity = t.when(t.call("starts_with", t.call("trim", _text(j)), t.text("-")), t.neg(t.call("infinity")), t.call("infinity"))
    special = t.when(t.eq(t.call("lower", t.call("trim", _text(j))), t.text("nan")), t.call("nan"), infinity)
    return t.case(
        [
            (t.and_(_is_string(j), _like(_text(j), _DECIMAL)), t.try_cast(t.call("trim", _text(j)), "DOUBLE")),
            (t.and_(_is_string(j), _like(_text(j), _SPECIAL)), special),
            (t.among(_json(j), [t.text("true"), t.text("false")]), t.when(t.eq(_json(j), t.text("true")), real(1.0), real(0.0))),
        ],
        _number(j),
    )


def _bool(j: Tree) -> Tree:
    words = t.among(t.call("lower", _text(j)), [t.text("true"), t.text("false")])
    return t.case(
        [
            (words, t.eq(t.call("lower", _text(j)), t.text("true"))),
            (t.and_(_is_string(j), _like(_text(j), r"^[+-]?[0-9]+\z")), t.ne(t.try_cast(_text(j), "BIGINT"), t.num(0))),
            (t.and_(_is_string(j), _like(_text(j), _HEXADECIMAL)), t.ne(_hexadecimal(_text(j)), t.num(0))),
        ],
        t.ne(_number(j), real(0.0)),
    )


READERS: Final[Mapping[ScalarType, Callable[[Tree], Tree]]] = MappingProxyType(
    {ScalarType.INT: _integer(True), ScalarType.LONG: _integer(False), ScalarType.REAL: _real, ScalarType.BOOL: _bool}
)
