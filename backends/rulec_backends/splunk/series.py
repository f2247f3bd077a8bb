"""make-series over a constant axis.

Each group's bins are numbered; a group's array takes the value of each number of the axis, or the default.
Source: Learn, make-series; recorded answers.
"""

from __future__ import annotations

import json

from rulec.ir.exprs import Literal
from rulec.ir.rels import AggregateColumns, Assignment, ColumnDef, MakeSeries, Summarize
from rulec.scalars import ScalarType
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.aggregates import restore_key, summarize
from rulec_backends.splunk.functions.texts import constant_text
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import Aggregation, Field, Node, Stats, Text, Where, fn, joined, number, op

_POINTS = 10_000


def _ends(rel: MakeSeries) -> tuple[int, int, int] | None:
    found: list[int] = []
    for e in (rel.start, rel.stop, rel.step):
        if not isinstance(e, Literal) or not isinstance(e.value, int) or isinstance(e.value, bool):
            return None
        found.append(e.value)
    return found[0], found[1], found[2]


def make_series(b: Builder, rel: MakeSeries) -> None:
    """Arrays of each group."""
    ends = _ends(rel)
    if ends is None or ends[2] <= 0:
        b.ctx.refuse(rel.span, "make-series without constant start, stop and step", code="RC402")
        return
    start, stop, step = ends
    count = (stop - start) // step + 1 if rel.inclusive else -((start - stop) // step)
    if not 0 < count <= _POINTS:
        b.ctx.refuse(rel.span, f"make-series of {count} points", code="RC402")
        return
    index = _bins(b, rel, start, step, count)
    keys = _grouped(b, rel, index)
    _arrays(b, rel, index, keys, count)
    b.assign(rel.axis.name, Text(_axis(rel, start, step, count)))


def _axis(rel: MakeSeries, start: int, step: int, count: int) -> str:
    type_ = rel.axis.value.type
    points = [start + i * step for i in range(count)]
    if type_ in (ScalarType.DATETIME, ScalarType.TIMESPAN):
        return json.dumps([constant_text(Literal(p, type_, rel.span)) for p in points], separators=(",", ":"))
    return json.dumps(points, separators=(",", ":"))


def _bins(b: Builder, rel: MakeSeries, start: int, step: int, count: int) -> str:
    """A field with the number of the row's bin; rows outside the axis go."""
    assert rel.start is not None
    offset = op(b.value(rel.axis.value), "-", b.value(rel.start))
    index = b.temp(fn("floor", op(offset, "/", b.value(rel.step))), "bin")
    inside = op(op(index, ">=", number(0)), "AND", op(index, "<", number(count)))
    b.emit(Where(inside))
    return index.name


def _grouped(b: Builder, rel: MakeSeries, index: str) -> tuple[Assignment, ...]:
    """One row for each group and bin."""
    from rulec.ir.exprs import Column

    bin_key = Assignment(index, Column(index, ScalarType.LONG, False, rel.span))
    columns = tuple(AggregateColumns((ColumnDef(a.column.name, a.result, True),), a.aggregate) for a in rel.aggregates)
    summarize(b, Summarize(rel.input, (*rel.keys, bin_key), columns, rel.span))
    return rel.keys


def _arrays(b: Builder, rel: MakeSeries, index: str, keys: tuple[Assignment, ...], count: int) -> None:
    by: list[str] = []
    for key in keys:
        name = b.ctx.fresh("k")
        value: Node = Field(key.name)
        b.assign(name, fn("coalesce", value, Text("null")) if key.value.nullable else value)
        by.append(name)
    lists: list[str] = []
    aggregations: list[Aggregation] = []
    for a in rel.aggregates:
        value = dynamics.json_of_node(b, Field(a.column.name), a.result, True)
        default = dynamics.or_null(dynamics.json_of(b, a.default))
        text = b.temp(joined(fn("printf", Text("%010d"), Field(index)), Text(":"), fn("coalesce", value, default)), "item")
        name = b.ctx.fresh("list")
        aggregations.append(Aggregation("values", text, name))
        lists.append(name)
    rows = b.ctx.fresh("n")
    b.emit(Stats("stats", (*aggregations, Aggregation("count", None, rows)), tuple(by)))
    if not by:
        b.emit(Where(op(Field(rows), ">", number(0))))
    b.forget()
    for name, key in zip(by, keys, strict=True):
        restore_key(b, name, key)
    places = b.temp(fn("mvrange", number(0), number(count)), "i")
    for name, a in zip(lists, rel.aggregates, strict=True):
        place = fn("mvfind", Field(name), joined(Text("^"), fn("printf", Text("%010d"), places), Text(":")))
        default = dynamics.or_null(dynamics.json_of(b, a.default))
        item = fn("coalesce", fn("substr", fn("mvindex", Field(name), place), number(12)), default)
        b.assign(a.column.name, dynamics.array_text(fn("mvmap", places, item)))
