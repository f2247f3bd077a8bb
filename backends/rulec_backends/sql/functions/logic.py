"""`and`, `or`, `not`, null tests, `coalesce`."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call
from rulec.scalars import ScalarType
from rulec_backends.sql import compare, members
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.ranges import nullable
from rulec_backends.sql.trees import Tree

_STRING, _DYNAMIC = ScalarType.STRING, ScalarType.DYNAMIC


def _and(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.and_(*trees)


def _or(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.or_(*trees)


def _not(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.not_(trees[0])


def _isnull(negated: bool) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        expr = call.arguments[0]
        if expr.type is _STRING or not nullable(row.level, expr):
            return t.truth(negated)
        return t.is_not_null(trees[0]) if negated else t.is_null(trees[0])

    return row_


def _isempty(negated: bool) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        expr, tree = call.arguments[0], trees[0]
        if expr.type is _STRING:
            return t.ne(tree, t.text("")) if negated else t.eq(tree, t.text(""))
        if expr.type is _DYNAMIC:
            return row.d.json_is_empty(tree, negated)
        return t.is_not_null(tree) if negated else t.is_null(tree)

    return row_


def _coalesce(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Skips nulls and, for strings, ''."""
    if call.type is _STRING:
        parts = [x if t.is_text(x) and x.value else t.nullif(t.stripped(x), t.text("")) for x in trees]
        last = parts[-1] if t.is_text(parts[-1]) else None
        return t.coalesce(*parts, *([] if last is not None else [t.text("")]))
    return t.coalesce(*trees)


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "and": _and,
        "or": _or,
        "not": _not,
        "==": compare.equal,
        "!=": compare.unequal,
        **dict.fromkeys(("<", "<=", ">", ">="), compare.ordering),
        **dict.fromkeys(("between", "!between"), compare.between),
        **dict.fromkeys(("in", "!in", "in~", "!in~"), members.member),
        "isnull": _isnull(False),
        "isnotnull": _isnull(True),
        "isempty": _isempty(False),
        "isnotempty": _isempty(True),
        "coalesce": _coalesce,
    }
)
