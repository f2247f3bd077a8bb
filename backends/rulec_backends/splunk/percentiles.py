"""percentile, percentilew and their arrays: ranks among the sorted rows of each group.

Source: Learn, percentile (nearest rank); Search Reference, eventstats, streamstats.
"""

from __future__ import annotations

from dataclasses import replace

from rulec.ir.exprs import Aggregate, Expr, Literal
from rulec.ir.rels import ColumnDef
from rulec.scalars import ScalarType
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.grouping import Grouping, argument, check_order, unmarked
from rulec_backends.splunk.ticks import of_key, time_key
from rulec_backends.splunk.tree import NULL, Aggregation, Field, Sort, SortKey, Stats, Text, all_of, fn, joined, op
from rulec_backends.splunk.tree import number as num


def percentile(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
    """The value of nearest rank, which exists in the data: `perc` interpolates. percentilew: a value counts as often as its weight says."""
    b, size = g.b, a.arguments[-1]
    check_order(b, a, a.arguments[0].type)
    if not isinstance(size, Literal) or not isinstance(size.value, int | float):
        b.ctx.refuse(a.span, f"`{a.function}` with a rank that is no constant")
        return
    textual = a.arguments[0].type in (ScalarType.STRING, ScalarType.GUID)
    value = argument(g, a)
    fine = a.arguments[0].type is ScalarType.DATETIME and b.fine(value)
    x = b.temp(time_key(b, value) if fine else joined(Text("="), value) if textual else value, "x")
    weight = b.temp(argument(g, a, 1), "weight") if a.function == "percentilew" else None
    if weight is not None:
        x = b.temp(fn("if", op(weight, ">", num(0)), x, NULL), "x")
        weight = b.temp(fn("if", fn("isnotnull", x), weight, NULL), "weight")
    counted = Aggregation("count", x, "") if weight is None else Aggregation("sum", weight, "")
    total, rank = b.ctx.fresh("total"), b.ctx.fresh("rank")
    b.emit(Sort((SortKey(x.name, "str" if textual or fine or a.arguments[0].type is ScalarType.BOOL else "num", False),)))
    b.emit(Stats("eventstats", (replace(counted, name=total),), g.by))
    b.emit(Stats("streamstats", (replace(counted, name=rank),), g.by))
    wanted = fn("max", num(1), fn("ceiling", fn("exact", op(op(Field(total), "*", b.value(size)), "/", num(100)))))
    hit = all_of(fn("isnotnull", x), op(Field(rank), "=" if weight is None else ">=", wanted))
    g.add("min", b.temp(fn("if", hit, x, NULL), "p"), columns[0].name)
    if fine:
        g.then(columns[0].name, lambda b: of_key(b, Field(columns[0].name)))
    elif textual:
        g.then(columns[0].name, unmarked(Field(columns[0].name), a.arguments[0].type))


def percentiles_array(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
    """The values of several ranks as an array."""
    b, first = g.b, 2 if a.function == "percentilesw_array" else 1
    ranks: list[Expr] = list(a.arguments[first:])
    if len(ranks) == 1 and isinstance(ranks[0], Literal) and isinstance(ranks[0].value, list):
        ranks = [Literal(v, ScalarType.REAL, a.span) for v in ranks[0].value if isinstance(v, int | float)]
    if not all(isinstance(r, Literal) and isinstance(r.value, int | float) and r.type is not ScalarType.DYNAMIC for r in ranks):
        b.ctx.refuse(a.span, f"`{a.function}` with ranks that are no constants")
        return
    type_ = a.arguments[0].type
    names = [b.ctx.fresh("r") for _ in ranks]
    for name, rank in zip(names, ranks, strict=True):
        one = Aggregate("percentilew" if first == 2 else "percentile", (*a.arguments[:first], rank), a.condition, a.span)
        percentile(g, one, (ColumnDef(name, type_, True),))
    items = [dynamics.or_null(dynamics.json_of_node(b, Field(name), type_, True)) for name in names]
    g.then(columns[0].name, dynamics.array_of(items))
