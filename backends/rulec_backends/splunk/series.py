"""make-series.

Each group's bins are numbered; a group's array takes the value of each number of the axis, or the default.
Source: Learn, make-series; recorded answers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from rulec.ir.exprs import Call, Column, Literal, ToScalar
from rulec.ir.rels import AggregateColumns, Assignment, ColumnDef, MakeSeries, Summarize
from rulec.ir.walk import expressions
from rulec.scalars import ScalarType
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.aggregates import restore_key, summarize
from rulec_backends.splunk.calendar import whole_seconds
from rulec_backends.splunk.functions.numbers import is_whole, numeric
from rulec_backends.splunk.functions.series import real
from rulec_backends.splunk.functions.texts import constant_text, datetime_text, timespan_text
from rulec_backends.splunk.stage import Builder, Each
from rulec_backends.splunk.ticks import time_key
from rulec_backends.splunk.tree import Aggregation, Field, Node, Number, Stats, Text, Where, all_of, fn, joined, number, op

_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Axis:
    """Where the points are: the first, the distance, how many. `carried`: fields with data's own ends, which the grouping keeps."""

    start: Node
    step: Node
    count: Node
    carried: tuple[str, ...] = ()


def make_series(b: Builder, rel: MakeSeries) -> None:
    """Arrays of each group."""
    step = rel.step.value if isinstance(rel.step, Literal) else None
    ends = [e for e in (rel.start, rel.stop) if e is not None]
    if not isinstance(step, int | float) or any(isinstance(part, Column | ToScalar) for e in ends for part in expressions(e)):
        b.ctx.refuse(rel.span, "make-series with a step that is no constant, or ends that rows give", code="RC402")
        return
    if step <= 0:
        b.emit(Where(fn("false")))
        return
    index = b.ctx.fresh("bin")
    axis = _constant(b, rel) or _given(b, rel)
    if axis is None:
        axis = _of_data(b, rel, index)
    else:
        value = b.temp(_axis_value(b, rel), "at")
        b.assign(index, fn("floor", op(op(value, "-", axis.start), "/", axis.step)))
        inside = op(Field(index), ">=", number(0)), op(Field(index), "<", axis.count), *_before_end(b, rel)
        b.emit(Where(all_of(*inside)))
    keys = _grouped(b, rel, index, axis.carried)
    _arrays(b, rel, index, keys, axis.carried)
    axis = _constant(b, rel) or _given(b, rel) or axis
    if axis.count == number(0):
        b.emit(Where(fn("false")))
    elif not isinstance(axis.count, Number):
        b.emit(Where(op(axis.count, ">", number(0))))
    _by_place(b, rel, axis)


def _axis_value(b: Builder, rel: MakeSeries) -> Node:
    """What is binned: of times finer than a microsecond the whole second, as bins begin with one."""
    value = numeric(b, rel.axis.value)
    if rel.axis.value.type is not ScalarType.DATETIME or not b.fine(value):
        return value
    if not all(is_whole(e) for e in (rel.start, rel.stop, rel.step) if e is not None):
        b.ctx.refuse(rel.span, "`make-series` on times finer than a microsecond in bins of fractions of a second", code="RC402")
    return whole_seconds(b, value)


def _before_end(b: Builder, rel: MakeSeries) -> tuple[Node, ...]:
    """The end bounds the rows too: the last bin may reach beyond it."""
    if rel.stop is None:
        return ()
    if not rel.inclusive:
        return (op(_axis_value(b, rel), "<", numeric(b, rel.stop)),)
    value, stop = numeric(b, rel.axis.value), numeric(b, rel.stop)
    if rel.axis.value.type is ScalarType.DATETIME and b.fine(value):
        return (op(time_key(b, value), "<=", time_key(b, stop)),)
    return (op(value, "<=", stop),)


def _constant(b: Builder, rel: MakeSeries) -> Axis | None:
    """An axis that is known now."""
    found = [e.value if isinstance(e, Literal) else None for e in (rel.start, rel.stop, rel.step)]
    start, stop, step = (v if isinstance(v, int) and not isinstance(v, bool) else None for v in found)
    if start is None or stop is None or step is None or rel.start is None:
        return None
    count = (stop - start) // step + 1 if rel.inclusive else -((start - stop) // step)
    if count > _POINTS:
        b.ctx.refuse(rel.span, f"make-series of {count} points", code="RC402")
    return Axis(b.value(rel.start), b.value(rel.step), number(max(count, 0)))


def _given(b: Builder, rel: MakeSeries) -> Axis | None:
    """An axis between ends that the search's time gives."""
    if rel.start is None or rel.stop is None:
        return None
    start, step = b.temp(numeric(b, rel.start), "start"), b.value(rel.step)
    length = op(op(numeric(b, rel.stop), "-", start), "/", step)
    count = op(fn("floor", length), "+", number(1)) if rel.inclusive else fn("ceiling", length)
    return Axis(start, step, b.temp(count, "points"))


def _of_data(b: Builder, rel: MakeSeries, index: str) -> Axis:
    """An axis from the first bin of all rows to the last; an end that is given stays."""
    value, step = rel.axis.value, b.value(rel.step)
    name = "bin" if rel.start is None else "bin_at"
    arguments = (value, rel.step) if rel.start is None else (value, rel.step, rel.start)
    found = b.temp(b.value(Call(name, arguments, value.type, True, rel.span)), "at")
    if rel.start is not None:
        b.emit(Where(op(_axis_value(b, rel), ">=", b.value(rel.start))))
    b.emit(Where(all_of(*_before_end(b, rel), fn("isnotnull", found))))
    first, last, points = b.ctx.fresh("first"), b.ctx.fresh("last"), b.ctx.fresh("points")
    b.emit(Stats("eventstats", (Aggregation("min", found, first), Aggregation("max", found, last))))
    start: Node = Field(first)
    if rel.start is not None:
        b.assign(first, b.value(rel.start))
    length = op(op(numeric(b, rel.stop) if rel.stop is not None else Field(last), "-", start), "/", step)
    whole = rel.stop is None or rel.inclusive
    b.assign(points, op(fn("floor", length), "+", number(1)) if whole else fn("ceiling", length))
    b.assign(index, fn("round", op(op(found, "-", start), "/", step)))
    return Axis(start, step, Field(points), (first, points))


def _axis_text(b: Builder, rel: MakeSeries, axis: Axis, places: Field) -> Node:
    """The array of the points."""
    each = Each(b, places)
    type_ = rel.axis.value.type
    first, size = axis.start, axis.step
    if isinstance(axis.count, Number) and isinstance(rel.start, Literal) and isinstance(rel.step, Literal):
        return Text(_constant_text(type_, rel, int(axis.count.text)))
    point = op(first, "+", op(places, "*", size))
    if type_ in (ScalarType.DATETIME, ScalarType.TIMESPAN):
        at = each.temp(fn("exact", fn("round", point, number(6))), "at")
        text = datetime_text(each, at) if type_ is ScalarType.DATETIME else timespan_text(each, at)
        return dynamics.array_text(each.every(joined(Text('"'), text, Text('"'))))
    return dynamics.array_text(each.every(real(point) if type_ is ScalarType.REAL else point))


def _constant_text(type_: ScalarType, rel: MakeSeries, count: int) -> str:
    assert isinstance(rel.start, Literal) and isinstance(rel.step, Literal)
    start, step = rel.start.value, rel.step.value
    assert isinstance(start, int) and isinstance(step, int)
    points = [start + i * step for i in range(count)]
    if type_ in (ScalarType.DATETIME, ScalarType.TIMESPAN):
        return json.dumps([constant_text(Literal(p, type_, rel.span)) for p in points], separators=(",", ":"))
    return json.dumps(points, separators=(",", ":"))


def _grouped(b: Builder, rel: MakeSeries, index: str, carried: tuple[str, ...]) -> tuple[Assignment, ...]:
    """One row for each group and bin."""
    more = tuple(Assignment(name, Column(name, ScalarType.LONG, False, rel.span)) for name in (*carried, index))
    columns = tuple(AggregateColumns((ColumnDef(a.column.name, a.result, True),), a.aggregate) for a in rel.aggregates)
    summarize(b, Summarize(rel.input, (*rel.keys, *more), columns, rel.span))
    return rel.keys


def _arrays(b: Builder, rel: MakeSeries, index: str, keys: tuple[Assignment, ...], carried: tuple[str, ...]) -> None:
    """One row for each group, with the numbered values of its bins under each column's name."""
    by: list[str] = []
    for key in keys:
        name = b.ctx.fresh("k")
        value: Node = Field(key.name)
        b.assign(name, fn("coalesce", value, Text("null")) if key.value.nullable else value)
        by.append(name)
    aggregations: list[Aggregation] = []
    for a in rel.aggregates:
        value = dynamics.json_of_node(b, Field(a.column.name), a.result, True)
        text = b.temp(joined(fn("printf", Text("%010d"), Field(index)), Text(":"), dynamics.or_null(value)), "item")
        aggregations.append(Aggregation("values", text, a.column.name))
    rows = b.ctx.fresh("n")
    b.emit(Stats("stats", (*aggregations, Aggregation("count", None, rows)), (*carried, *by)))
    if not by and not carried:
        b.emit(Where(op(Field(rows), ">", number(0))))
    b.forget()
    for name, key in zip(by, keys, strict=True):
        restore_key(b, name, key)


def _by_place(b: Builder, rel: MakeSeries, axis: Axis) -> None:
    """The values of all points: the default where a group has none."""
    places = b.temp(fn("mvrange", number(0), axis.count), "i")
    texts = _axis_text(b, rel, axis, places)
    for a in rel.aggregates:
        values = Field(a.column.name)
        place = fn("mvfind", values, joined(Text("^"), fn("printf", Text("%010d"), places), Text(":")))
        default = b.atom(dynamics.or_null(dynamics.json_of(b, a.default)))
        item = fn("coalesce", fn("substr", fn("mvindex", values, place), number(12)), default)
        b.assign(values.name, dynamics.array_text(fn("mvmap", places, item)))
    b.assign(rel.axis.name, texts)
