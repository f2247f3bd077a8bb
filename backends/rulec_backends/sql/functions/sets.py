"""Arrays as sets: first occurrences in order, null a value like others.

Source: Learn, "Dynamic/array functions"; recorded answers (kql.md 5.12).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.functions.dynamic import items
from rulec_backends.sql.trees import Tree


def _set(kind: str) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        lists = [row.once(items(row, x)) for x in trees]
        known = t.and_(*(t.is_not_null(x) for x in lists))
        if kind == "union":
            return t.when(known, row.d.json_array(row.d.list_distinct(row, row.d.list_concat(list(lists)))))
        first, *others = lists

        def kept(x: Tree) -> Tree:
            tests = [t.ge(row.d.list_position(o, x), t.num(0)) for o in others]
            return t.and_(*tests) if kind == "intersect" else t.not_(t.or_(*(t.coalesce(test, t.false()) for test in tests)))

        return t.when(known, row.d.json_array(row.d.list_distinct(row, row.d.list_filter(row, first, kept))))

    return row_


def _set_equals(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    a, b = (row.once(items(row, x)) for x in trees)

    def within(xs: Tree, ys: Tree) -> Tree:
        missing = row.d.list_filter(row, xs, lambda x: t.lt(row.d.list_position(ys, x), t.num(0)))
        return t.eq(row.d.list_length(missing), t.num(0))

    return t.and_(within(a, b), within(b, a))


def _jaccard(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    a, b = (row.once(row.d.list_distinct(row, items(row, x))) for x in trees)
    common = row.d.list_filter(row, a, lambda x: t.ge(row.d.list_position(b, x), t.num(0)))
    shared = row.once(row.d.list_length(common))
    total = t.sub(t.add(row.d.list_length(a), row.d.list_length(b)), shared)
    return t.binary("/", row.d.real(shared), row.d.real(total))


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "set_union": _set("union"),
        "set_intersect": _set("intersect"),
        "set_difference": _set("difference"),
        "set_equals": _set_equals,
        "jaccard_index": _jaccard,
    }
)
