"""Athena's own aggregate rows: the rows of an extreme by max_by(), which keeps one row a group, not all of them."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rulec.scalars import ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.aggregates import AggregateRow, Group, Packed, whole_value
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.ranges import finite
from rulec_backends.sql.trees import Tree

_STRING, _REAL, _DYNAMIC = ScalarType.STRING, ScalarType.REAL, ScalarType.DYNAMIC


def _first(g: Group, value: Tree, keys: Sequence[nodes.Ordered]) -> Tree:
    """The value of the first row by the keys."""
    return t.call("element_at", g.over(t.call("array_agg", t.with_order(value, keys))), t.num(1))


def _take_any(g: Group) -> list[Tree] | Packed:
    """Any row's values; one row for all of them. A null (or '') only when there is nothing else."""
    if len(g.arguments) == 1:
        value = g.value()
        if g.order:
            keys = [t.ordered(t.is_null(value), False, False)] if g.nullable() else []
            tree = _first(g, value, [*keys, *(k.ordered() for k in g.order)])
        else:
            tree = g.over(t.call("arbitrary", value))
        return [t.coalesce(tree, t.text("")) if g.kind() is _STRING else tree]
    packed = g.d.pack([g.value(i) for i in range(len(g.arguments))])
    if g.order:
        return Packed(_first(g, packed, [k.ordered() for k in g.order]))
    return Packed(g.over(t.call("arbitrary", packed)))


def _arg_extreme(descending: bool) -> AggregateRow:
    """The values of one row with the extreme key; a null key loses against any other."""

    def row(g: Group) -> list[Tree] | Packed:
        values = [g.value(i) for i in range(len(g.arguments))]
        if g.kind() is _DYNAMIC:
            raise Refusal(f"`{g.aggregate.function}` by a dynamic value is not supported")
        by = g.row.once(values[0])
        values[0] = by
        value = values[0] if len(values) == 1 else g.d.pack(values)
        uncertain = g.kind() is _REAL and not finite(g.row.level, g.arguments[0])
        if g.order or uncertain or g.kind() is ScalarType.BOOL:
            tree = _first(g, value, [*_arg_keys(g, by, descending), *(k.ordered() for k in g.order)])
        else:
            tree = g.over(t.call("max_by" if descending else "min_by", value, by))
            if g.nullable() and len(values) > 1:
                # max_by() passes over null keys, KQL takes such a row when there is no other
                tree = t.coalesce(tree, g.over(t.call("arbitrary", value)))
        if len(values) > 1:
            return Packed(tree)
        return [t.coalesce(tree, t.text("")) if g.kind() is _STRING else tree]

    return row


def _arg_keys(g: Group, by: Tree, descending: bool) -> list[nodes.Ordered]:
    """NaN is the greatest of a maximum and the least of a minimum, as for max() and min()."""
    uncertain = g.kind() is _REAL and not finite(g.row.level, g.arguments[0])
    nans = [t.ordered(g.d.is_nan(by), True, False)] if uncertain else []
    return [t.ordered(t.is_null(by), False, False), *nans, t.ordered(by, descending, False)]


def _xor(g: Group) -> list[Tree]:
    """bitwise_xor_agg() is younger than Athena's list of functions."""
    step = t.lam(["a", "b"], t.call("bitwise_xor", nodes.Var("a"), nodes.Var("b")))
    return [g.over(t.call("reduce_agg", whole_value(g), t.cast(t.num(0), "BIGINT"), step, step), *_present(g))]


def _present(g: Group) -> list[Tree]:
    return [t.is_not_null(g.value())] if g.nullable() else []


ROWS: Final[MappingProxyType[str, AggregateRow]] = MappingProxyType(
    {
        "take_any": _take_any,
        "arg_max": _arg_extreme(True),
        "arg_min": _arg_extreme(False),
        "binary_all_xor": _xor,
    }
)
