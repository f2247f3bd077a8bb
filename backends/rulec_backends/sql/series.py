"""make-series: aggregates by bin, then one row a group with the bins as arrays.

The bins are numbered; the second level lists numbers and values of a group and picks them in order, the default where a number is missing.
"""

from __future__ import annotations

from rulec.ir.exprs import Expr
from rulec.ir.rels import ColumnDef, MakeSeries
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec_backends.sql import aggregates, reads, relations
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.functions.conversions import convert
from rulec_backends.sql.levels import Level, Slot
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.trees import Tree

_REAL, _DATETIME, _DYNAMIC = ScalarType.REAL, ScalarType.DATETIME, ScalarType.DYNAMIC


def make_series(p: Pipeline, rel: MakeSeries) -> Level:
    level = relations.lower(p, rel.input)
    parts = [e for a in rel.aggregates for e in reads.aggregate_parts(a.aggregate)]
    level = p.settled(level, reads.columns(rel.axis.value, *(k.value for k in rel.keys), *parts))
    row = Row(p, level)
    axis = _number(row, rel.axis.value)
    real = rel.axis.value.type is _REAL or rel.step.type is _REAL
    step = row.once(_number(row, rel.step))
    origin = _number(row, rel.start) if rel.start is not None else t.num(0)
    bin_number = _bin_number(row, axis, origin, step, real, rel.start is not None)
    level, columns = _binned(p, rel, row, level, bin_number)
    return _collected(p, rel, level, columns, real)


def _number(row: Row, expr: Expr) -> Tree:
    """A time as ticks; other values as they are."""
    tree = row.lower(expr)
    return row.d.dates.to_ticks(tree) if expr.type is _DATETIME else tree


def _bin_number(row: Row, axis: Tree, origin: Tree, step: Tree, real: bool, above: bool) -> Tree:
    """floor((axis - origin) / step); `above`: the axis is never below the origin."""
    offset = axis if t.integer(origin) == 0 else t.sub(axis, origin)
    if real:
        return t.cast(t.call("floor", t.binary("/", row.d.real(offset), row.d.real(step))), "BIGINT")

    if above:
        return row.d.int_div(offset, step)

    def floored(n: Tree) -> Tree:
        # a truncating division: bins below the origin are one further down
        down = t.sub(n, t.sub(step, t.num(1)))
        return row.d.int_div(t.when(t.lt(n, t.num(0)), down, n), step)

    return row.bind(offset, floored)


def _binned(p: Pipeline, rel: MakeSeries, row: Row, level: Level, number: Tree) -> tuple[Level, list[str]]:
    """Level one: a row a group and bin."""
    keys = [(k, row.lower(k.value)) for k in rel.keys]
    columns: dict[str, Slot] = {k.name: relations.slot(level, k.value, tree) for k, tree in keys}
    values: list[str] = []
    for part in rel.aggregates:
        condition = row.predicate(part.aggregate.condition) if part.aggregate.condition is not None else None
        definition = ColumnDef(part.column.name, part.result, True)
        result = aggregates.lower_aggregate(aggregates.Group(row, part.aggregate, (definition,), condition, ()))
        if isinstance(result, aggregates.Packed):
            raise Refusal(f"`{part.aggregate.function}` in `make-series` is not supported")
        label = p.fresh("_value")
        columns[label] = Slot(result[0], part.result, True)
        values.append(label)
    where = [t.is_not_null(row.lower(rel.axis.value))] if rel.axis.value.nullable else []
    axis = _number(row, rel.axis.value)
    if rel.start is not None:
        where.append(t.ge(axis, _number(row, rel.start)))
    if rel.stop is not None:
        where.append((t.le if rel.inclusive else t.lt)(axis, _number(row, rel.stop)))
    level = relations.with_hoists(p, level, row, [number, *where, *(s.tree for s in columns.values())])
    columns["_bin"] = Slot(number, ScalarType.LONG, False)
    grouped = replace(
        level,
        columns=columns,
        where=[*level.where, *where],
        grouping=[*level.group, *(tree for _, tree in keys), number],
        order=(),
        word="binned",
    )
    return p.closed(relations.noted(grouped, rel.span)), values


def _collected(p: Pipeline, rel: MakeSeries, level: Level, values: list[str], real: bool) -> Level:
    """Level two: the lists of a group; level three: the arrays."""
    row = Row(p, level)
    bins = t.col("_bin")
    keys = {k.name: level.columns[k.name] for k in rel.keys}
    extra = {"_bins": p.dialect.list_aggregate(t.with_order(bins, [t.ordered(bins, False, False)]))}
    for label in values:
        extra[f"{label}s"] = p.dialect.list_aggregate(t.with_order(t.col(label), [t.ordered(bins, False, False)]))
    grouping = [*level.group, *(s.tree for s in keys.values())]
    having = [] if grouping else [t.gt(t.call("count", t.STAR), t.num(0))]
    lists = p.closed(replace(level, columns=keys, grouping=grouping, having=having, order=(), word="collected"), extra)
    row = Row(p, lists)
    step = _number(row, rel.step)
    origin = _number(row, rel.start) if rel.start is not None else t.num(0)
    first: Tree = t.num(0) if rel.start is not None else row.d.list_item(t.col("_bins"), t.num(1))
    last = _last(row, rel, origin, step, real)
    numbers = row.once(p.dialect.sequence(first, last, t.num(1)))
    columns = dict(lists.columns)
    for part, label in zip(rel.aggregates, values, strict=True):
        columns[part.column.name] = Slot(_array(row, rel, numbers, f"{label}s", part.result, part.default), _DYNAMIC, False)

    def point(i: Tree) -> Tree:
        value = t.add(origin, t.mul(i, step)) if t.integer(origin) != 0 else t.mul(i, step)
        kind = rel.axis.value.type
        if kind is _DATETIME:
            return row.d.json_of(row, row.d.dates.from_exact_ticks(value), kind)
        return row.d.json_of(row, value, _REAL if real else kind)

    columns[rel.axis.name] = Slot(row.d.json_array(row.d.list_map(row, numbers, point)), _DYNAMIC, False)
    result = relations.with_hoists(p, lists, row, [s.tree for s in columns.values()])
    result = replace(result, columns={c.name: columns[c.name] for c in rel.columns}, word="series")
    if rel.start is not None and rel.stop is not None:
        result.where.append(t.ge(last, t.num(0)))
        result = p.closed(result)
    return result


def _last(row: Row, rel: MakeSeries, origin: Tree, step: Tree, real: bool) -> Tree:
    """The number of the last bin: the one before `stop`, or the data's own last."""
    if rel.stop is None:
        return row.d.list_item(t.col("_bins"), t.num(-1))
    span = t.sub(_number(row, rel.stop), origin)
    if real:
        count = t.binary("/", row.d.real(span), row.d.real(step))
        bins = t.call("floor", count) if rel.inclusive else t.sub(t.call("ceil", count), t.num(1))
        return t.cast(bins, "BIGINT")
    if rel.inclusive:
        return row.d.int_div(span, step)
    # stop is excluded: floor((span - 1) / step); an empty range ends at -1
    less = t.sub(span, t.num(1))
    return t.when(t.ge(less, t.num(0)), row.d.int_div(less, step), t.num(-1))


def _array(row: Row, rel: MakeSeries, numbers: Tree, label: str, kind: ScalarType, default: Expr) -> Tree:
    fallback = row.lower(default)
    if default.type is not kind:
        fallback = convert(row, default.type, fallback, kind)
    missing = row.d.json_of(row, fallback, kind)

    def pick(i: Tree) -> Tree:
        place = row.d.number_position(t.col("_bins"), i)
        value = row.d.json_of(row, row.d.list_item(t.col(label), t.add(place, t.num(1))), kind)
        return t.when(t.ge(place, t.num(0)), value, missing)

    return row.d.json_array(row.d.list_map(row, numbers, pick))
