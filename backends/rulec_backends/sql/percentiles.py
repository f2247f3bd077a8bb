"""Percentiles with weights, and several of them as one array. All are the nearest rank: a value of the data.

Source: Learn, "percentile(), percentiles()"; the Python target.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Literal
from rulec.scalars import ScalarType
from rulec_backends.sql import trees as t
from rulec_backends.sql.aggregates import AggregateRow, Group
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree


def _weighted(g: Group, share: float) -> Tree:
    """The first value at which the weights so far reach the share of their total.

    The fold's state is what is left to reach, and how many values were passed."""
    if g.kind() is ScalarType.DYNAMIC:
        raise Refusal("`percentilew` of a dynamic value is not supported", "convert it with tolong() or todouble()")
    value, weight = g.row.once(g.value()), g.row.once(g.value(1))
    counted = [t.gt(weight, t.num(0)), *([t.is_not_null(value)] if g.nullable() else [])]

    def ordered(tree: Tree) -> Tree:
        return g.over(g.d.list_aggregate(t.with_order(tree, [t.ordered(value, False, False)])), *counted)

    def passed(state: Tree, w: Tree) -> Tree:
        left, count = (g.d.list_item(state, t.num(i)) for i in (1, 2))
        further = t.array([t.sub(left, w), t.add(count, t.num(1))])
        return t.when(t.le(g.d.list_item(state, t.num(1)), t.num(0)), state, further)

    total = g.over(t.call("sum", weight), *counted)
    portion = t.sub(t.mul(g.d.literal(share / 100, ScalarType.REAL), g.d.real(total)), g.d.literal(1e-9, ScalarType.REAL))
    rank = t.cast(t.call("greatest", g.d.ceiling(portion), g.d.literal(1.0, ScalarType.REAL)), "BIGINT")
    place = g.d.list_fold(g.row, ordered(weight), t.array([rank, t.cast(t.num(0), "BIGINT")]), passed)
    return g.d.list_place(ordered(value), g.d.list_place(place, t.num(2)))


def _one(g: Group, weighted: bool, share: float) -> Tree:
    if not 0 <= share <= 100:
        raise Refusal("the percentile must be between 0 and 100")
    return _weighted(g, share) if weighted else g.d.percentile(g, share)


def _percentilew(g: Group) -> list[Tree]:
    share = g.constant(2, "the percentile")
    if not isinstance(share, (int, float)):
        raise Refusal("the percentile must be a number")
    tree = _one(g, True, float(share))
    return [t.coalesce(tree, t.text("")) if g.kind() is ScalarType.STRING else tree]


def _shares(g: Group, first: int) -> Sequence[float]:
    """The constant percentiles: numbers, or one array of them."""
    rest = g.arguments[first:]
    values = [g.constant(i, "the percentile") for i in range(first, len(g.arguments))]
    if len(rest) == 1 and isinstance(rest[0], Literal) and isinstance(rest[0].value, (list, tuple)):
        values = list(rest[0].value)
    shares = [float(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(shares) < len(values) or not shares:
        raise Refusal("the percentiles must be numbers, at least one")
    return shares


def _as_array(weighted: bool) -> AggregateRow:
    def row(g: Group) -> list[Tree]:
        made = [
            g.d.let(g.row.pipeline.fresh("x"), _one(g, weighted, share), lambda x: g.d.json_of(g.row, x, g.kind()))
            for share in _shares(g, 2 if weighted else 1)
        ]
        return [g.d.json_array(g.d.array(made, g.d.sql_type(ScalarType.DYNAMIC)))]

    return row


ROWS: Final[MappingProxyType[str, AggregateRow]] = MappingProxyType(
    {"percentilew": _percentilew, "percentiles_array": _as_array(False), "percentilesw_array": _as_array(True)}
)
