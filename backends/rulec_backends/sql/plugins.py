"""`evaluate`: the plugins whose columns are known at compile time."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final, TypeAlias

from rulec.backend import Unsupported
from rulec.ir import lookups
from rulec.ir.exprs import Column
from rulec.ir.rels import Plugin
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.functions.conversions import convert
from rulec_backends.sql.levels import Level, Slot
from rulec_backends.sql.pipeline import Pipeline, Refusal

PluginRow: TypeAlias = "Callable[[Pipeline, Plugin], Level]"


def plugin(p: Pipeline, rel: Plugin) -> Level:
    row = p.dialect.plugins.get(rel.name)
    if row is None:
        raise Refusal(f"the plugin `{rel.name}` is not supported on {p.dialect.title}")
    if isinstance(row, Unsupported):
        raise Refusal(row.reason, row.hint)
    if rel.open:
        raise Refusal(
            f"the columns of `{rel.name}` depend on the data, and SQL has to know them before",
            f"declare them: evaluate {rel.name}(…) : (name: type, …)",
        )
    return row(p, rel)


def bag_unpack(p: Pipeline, rel: Plugin) -> Level:
    """With declared columns: each is read from the bag and converted, the others pass through."""
    from rulec_backends.sql import relations

    if not isinstance(rel.arguments[0], Column):
        raise Refusal("`bag_unpack` takes a column")
    if len(rel.arguments) > 1:
        raise Refusal("the options of `bag_unpack` are not supported")
    bag = rel.arguments[0]
    level = p.settled(relations.lower(p, rel.inputs[0]), {bag.name})
    row = Row(p, level)
    value = row.lower(bag)
    columns: dict[str, Slot] = {}
    for column in rel.columns:
        if column.name != bag.name and column.name in level.columns:
            columns[column.name] = level.columns[column.name]
            continue
        member = p.dialect.json_path(row, value, [column.name])
        columns[column.name] = Slot(convert(row, ScalarType.DYNAMIC, member, column.type), column.type, column.nullable)
    level = relations.with_hoists(p, level, row, [s.tree for s in columns.values()])
    return relations.noted(replace(level, columns=columns, word="unpacked"), rel.span)


def ipv4_lookup(p: Pipeline, rel: Plugin) -> Level:
    """A join of every row with every network, filtered."""
    from rulec_backends.sql import relations

    return relations.lower(p, lookups.ipv4_lookup(rel))


ROWS: Final[MappingProxyType[str, PluginRow]] = MappingProxyType({"bag_unpack": bag_unpack, "ipv4_lookup": ipv4_lookup})
