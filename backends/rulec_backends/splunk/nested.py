"""top-nested: the first values of each level by their aggregate, within the values of the levels above.

`eventstats` gives every row the aggregates of all levels; after one grouping, the levels are ranked one after the other.
Source: Learn, top-nested; Search Reference, eventstats, streamstats.
"""

from __future__ import annotations

from rulec.ir.exprs import Literal
from rulec.ir.rels import NestedLevel, TopNested
from rulec.scalars import ScalarType
from rulec_backends.splunk.aggregates import NULL_KEY, key_value, restore_key
from rulec_backends.splunk.conditions import hoisted
from rulec_backends.splunk.grouping import check_order
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Aggregation, Field, Fields, Node, Sort, SortKey, Stats, Where, fn, number, op

_DIRECT = {"sum": "sum", "count": "count", "min": "min", "max": "max", "avg": "avg", "dcount": "dc", "count_distinct": "dc"}


def top_nested(b: Builder, rel: TopNested) -> None:
    """Adds the levels."""
    if any(level.others is not None for level in rel.levels) or b.scope:
        b.ctx.refuse(rel.span, "`top-nested` with a row of others", code="RC402")
        return
    keys = [b.temp(key_value(b, hoisted(b, level.key.value)), "k").name for level in rel.levels]
    orders: list[str] = []
    for i, level in enumerate(rel.levels):
        orders.append(_ordering(b, level, tuple(keys[: i + 1])))
    by = tuple(name for pair in zip(keys, orders, strict=True) for name in pair)
    b.emit(Stats("stats", (Aggregation("count", None, b.ctx.fresh("n")),), by))
    b.forget()
    sorting: list[SortKey] = []
    for i, level in enumerate(rel.levels):
        sorting += [SortKey(orders[i], "num", level.descending), SortKey(keys[i], "str", False)]
        if level.count is not None:
            _first(b, rel, level, tuple(keys[:i]), keys[i], tuple(sorting))
    for i, level in enumerate(rel.levels):
        restore_key(b, keys[i], level.key)
        b.assign(level.column.name, fn("nullif", Field(orders[i]), NULL_KEY))
    b.forget()
    b.emit(Fields(tuple(c.name for c in rel.columns)))


def _ordering(b: Builder, level: NestedLevel, by: tuple[str, ...]) -> str:
    """A field with the level's aggregate, never null."""
    a = level.aggregate
    function = _DIRECT.get(a.function)
    name = b.ctx.fresh("order")
    if function is None or (a.arguments and a.arguments[0].type in (ScalarType.STRING, ScalarType.DYNAMIC) and function in ("min", "max")):
        b.ctx.refuse(a.span, f"`top-nested` by `{a.function}`", code="RC402")
        return name
    argument: Node | None = None
    if a.arguments and function != "count":
        check_order(b, a, a.arguments[0].type)
        argument = b.value(hoisted(b, a.arguments[0]))
    if a.condition is not None:
        condition = b.truth(hoisted(b, a.condition))
        argument = condition if function == "count" else fn("if", condition, argument or number(1), NULL)
    if argument is not None and function != "count":
        argument = Field(b.field(argument, "a"))
    b.emit(Stats("eventstats", (Aggregation(function, argument, name),), by))
    b.assign(name, fn("coalesce", Field(name), number(0) if function == "sum" else NULL_KEY))
    return name


def _first(b: Builder, rel: TopNested, level: NestedLevel, above: tuple[str, ...], key: str, sorting: tuple[SortKey, ...]) -> None:
    """Keeps the level's first values within those above."""
    count = level.count
    if not isinstance(count, Literal) or not isinstance(count.value, int):
        b.ctx.refuse(rel.span, "`top-nested` with a count that is no constant", code="RC402")
        return
    rank = b.ctx.fresh("rank")
    b.emit(Sort(sorting))
    b.emit(Stats("streamstats", (Aggregation("dc", Field(key), rank),), above))
    b.emit(Where(op(Field(rank), "<=", number(count.value))))
