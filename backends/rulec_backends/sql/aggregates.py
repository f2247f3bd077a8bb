"""`summarize` and its aggregate rows.

Defaults of no rows: count, sum, dcount, stdev, variance 0; avg NaN; min, max, percentile, take_any null ('' for strings);
make_list, make_set []; make_bag {}. Source: recorded answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from rulec.backend import Unsupported
from rulec.ir.exprs import Aggregate, Column, Expr
from rulec.ir.rels import ColumnDef, Summarize
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes, reads, relations
from rulec_backends.sql import trees as t
from rulec_backends.sql.dialect import Dialect
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.levels import Level, OrderKey, Slot
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.ranges import bound, finite, nullable
from rulec_backends.sql.summary import summary
from rulec_backends.sql.trees import Tree

_STRING, _REAL, _DYNAMIC = ScalarType.STRING, ScalarType.REAL, ScalarType.DYNAMIC


@dataclass(slots=True)
class Group:
    """One aggregate's lowering: its IR, the columns it gives, and the condition of its `…if` form as a truth-only tree."""

    row: Row
    aggregate: Aggregate
    columns: tuple[ColumnDef, ...]
    condition: Tree | None
    order: tuple[OrderKey, ...]

    @property
    def d(self) -> Dialect:
        return self.row.d

    @property
    def arguments(self) -> tuple[Expr, ...]:
        return self.aggregate.arguments

    def value(self, index: int = 0) -> Tree:
        return self.row.lower(self.arguments[index])

    def kind(self, index: int = 0) -> ScalarType:
        return self.arguments[index].type

    def nullable(self, index: int = 0) -> bool:
        expr = self.arguments[index]
        return nullable(self.row.level, expr) and expr.type is not _STRING

    def over(self, aggregate: Tree, *conditions: Tree) -> Tree:
        """The aggregate over the rows that meet the condition of the `if` form and the further ones."""
        parts = ([self.condition] if self.condition is not None else []) + list(conditions)
        return t.filtered(aggregate, t.and_(*parts)) if parts else aggregate

    def sorted(self, tree: Tree) -> Tree:
        """The aggregate's argument with the rows' present order."""
        return t.with_order(tree, [k.ordered() for k in self.order])

    def constant(self, index: int, what: str) -> object:
        return self.row.constant(self.arguments[index], what)


@dataclass(frozen=True, slots=True)
class Packed:
    """An aggregate that gives several columns of one row as one record."""

    tree: Tree


#: An aggregate's lowering: one tree a column, or one record.
AggregateRow: TypeAlias = "Callable[[Group], list[Tree] | Packed]"


def summarize(p: Pipeline, rel: Summarize) -> Level:
    level = relations.lower(p, rel.input)
    exprs = [k.value for k in rel.keys] + [e for a in rel.aggregates for e in reads.aggregate_parts(a.aggregate)]
    ordered = id(rel.input) in p.order_needed and bool(level.order)
    if any(reads.has_window(e) for e in exprs):
        raise Refusal("a window function inside `summarize` is not supported", "compute it in an `extend` before")
    level = p.settled(level, reads.columns(*exprs))
    row = Row(p, level)
    keys = [row.lower(k.value) for k in rel.keys]
    results = [_lower(row, a.aggregate, a.columns, ordered) for a in rel.aggregates]
    level = relations.with_hoists(p, level, row)
    return _finish(p, rel, level, keys, results)


def _lower(row: Row, aggregate: Aggregate, columns: tuple[ColumnDef, ...], ordered: bool) -> list[Tree] | Packed:
    condition = row.predicate(aggregate.condition) if aggregate.condition is not None else None
    group = Group(row, aggregate, columns, condition, row.level.order if ordered else ())
    try:
        return lower_aggregate(group)
    except Refusal as refusal:
        row.pipeline.refuse(aggregate.span, refusal)
        return [t.null() for _ in columns]


def lower_aggregate(group: Group) -> list[Tree] | Packed:
    """Raises `Refusal` when the target cannot say the aggregate."""
    lowering = group.d.aggregates.get(group.aggregate.function)
    if lowering is None:
        raise Refusal(f"the aggregate `{group.aggregate.function}` is not supported on {group.d.title}")
    if isinstance(lowering, Unsupported):
        raise Refusal(lowering.reason, lowering.hint)
    return lowering(group)


def _finish(p: Pipeline, rel: Summarize, level: Level, keys: Sequence[Tree], results: Sequence[list[Tree] | Packed]) -> Level:
    columns: dict[str, Slot] = {}
    for key, tree in zip(rel.keys, keys, strict=True):
        columns[key.name] = relations.slot(level, key.value, tree)
    packed: dict[str, Tree] = {}
    unpacked: list[tuple[ColumnDef, str, int]] = []
    for part, result in zip(rel.aggregates, results, strict=True):
        if isinstance(result, Packed):
            label = p.fresh("_best")
            packed[label] = result.tree
            unpacked += [(c, label, i) for i, c in enumerate(part.columns)]
            continue
        for column, tree in zip(part.columns, result, strict=True):
            known = _BOUNDS.get(part.aggregate.function)
            columns[column.name] = Slot(tree, column.type, column.nullable, known, _is_finite(level, part.aggregate))
    order = _first_appearance(level) if id(rel) in p.order_needed and rel.aggregates else ()
    grouping = [*level.group, *(key for key in keys if not _is_constant(key))] if rel.aggregates else None
    grouped = replace(level, columns=columns, grouping=grouping, distinct=not rel.aggregates, order=order, word="grouped")
    if keys and grouping == []:
        # groups by constants alone: one of all rows, none of no rows
        grouped.having = [t.gt(t.call("count", t.STAR), t.num(0))]
    grouped = relations.noted(grouped, rel.span)
    if not packed:
        return grouped
    opened = p.closed(grouped, packed)
    for column, label, index in unpacked:
        tree = p.dialect.unpack(t.col(label), index, column.type)
        if column.type is _STRING:
            tree = t.coalesce(tree, t.text(""))
        opened.columns[column.name] = Slot(tree, column.type, column.nullable)
    opened.columns = {c.name: opened.columns[c.name] for c in rel.columns}
    return opened


def _is_constant(tree: Tree) -> bool:
    """Whether a group key is the same for all rows: GROUP BY reads an integer as a position."""
    found = summary(tree)
    return found.fixed and not found.columns


def _first_appearance(level: Level) -> tuple[OrderKey, ...]:
    """Groups come in the order of their first rows, where the rows have one total order."""
    if len(level.order) != 1:
        return ()
    key = level.order[0]
    return (OrderKey(t.call("max" if key.descending else "min", key.tree), key.descending, key.nulls_first),)


_BOUNDS: Final = {"count": 2**53, "dcount": 2**53, "count_distinct": 2**53}


def _is_finite(level: Level, aggregate: Aggregate) -> bool:
    """avg of no row is NaN; the extremes and sums of finite numbers are not."""
    return aggregate.function in ("min", "max", "take_any", "percentile") and all(finite(level, a) for a in aggregate.arguments[:1])


# --- rows ----------------------------------------------------------------------------------------------------------


def _count(g: Group) -> list[Tree]:
    return [g.over(t.call("count", t.STAR))]


def long_total(g: Group, tree: Tree, known: int | None) -> Tree:
    """sum() of integers, modulo 2^64; an int cannot reach the end."""
    total = g.over(t.call("sum", tree))
    total = t.cast(total, "BIGINT") if known is not None and known <= 2**32 else g.d.wrapped(total)
    return t.coalesce(total, t.num(0))


def _sum(g: Group) -> list[Tree]:
    kind = g.kind()
    if kind is _REAL:
        return [t.coalesce(g.over(t.call("sum", g.value())), g.d.literal(0.0, _REAL))]
    if kind is ScalarType.DECIMAL:
        return [t.coalesce(g.over(t.call("sum", g.value())), g.d.literal(0, ScalarType.DECIMAL))]
    if kind is ScalarType.BOOL:
        return [t.coalesce(t.cast(g.over(t.call("sum", t.cast(g.value(), "BIGINT"))), "BIGINT"), t.num(0))]
    if kind is _DYNAMIC:
        raise Refusal("`sum` of a dynamic value is not supported", "convert it with tolong() or todouble()")
    return [long_total(g, g.d.wide_for_sum(g.value()), bound(g.row.level, g.arguments[0]))]


def _avg(g: Group) -> list[Tree]:
    kind = g.kind()
    value = g.value()
    if kind in (ScalarType.DATETIME,):
        value = g.d.dates.to_ticks(value)
    if kind in (ScalarType.TIMESPAN, ScalarType.DATETIME):
        mean = g.d.mean_of_ticks(g, value)
        return [g.d.dates.from_exact_ticks(mean) if kind is ScalarType.DATETIME else mean]
    if kind is ScalarType.DECIMAL:
        raise Refusal("`avg` of a decimal is not supported", "convert it with todouble()")
    return [t.coalesce(g.over(g.d.average(value)), g.d.nan())]


def _extreme(function: str) -> AggregateRow:
    def row(g: Group) -> list[Tree]:
        kind, value = g.kind(), g.value()
        if kind is _DYNAMIC:
            raise Refusal(f"`{function}` of a dynamic value is not supported", "convert it with tolong(), todouble() or tostring()")
        if kind is _REAL and not finite(g.row.level, g.arguments[0]):
            value = g.row.once(value)
            nans = g.over(t.call("bool_or", g.d.is_nan(value)))
            if function == "min" or not g.d.nan_is_greatest:
                return [t.when(nans, g.d.nan(), g.over(t.call(function, value)))]
        tree = _of_stored(g, function) or g.over(t.call(function, value))
        return [t.coalesce(tree, t.text("")) if kind is _STRING else tree]

    return row


def _of_stored(g: Group, function: str) -> Tree | None:
    """The extreme of a column as it is stored, where that is known."""
    column = g.arguments[0]
    raw = g.row.level.columns[column.name].raw if isinstance(column, Column) else None
    if raw is None:
        return None
    return g.d.raw_extreme(g.row.pipeline.options, raw, lambda stored: g.over(t.call(function, stored)))


def _dcount(g: Group) -> list[Tree]:
    values = [g.value(i) for i in range(len(g.arguments)) if not (i == 1 and g.aggregate.function == "dcount")]
    if len(values) != 1:
        raise Refusal(f"`{g.aggregate.function}` of several values is not supported")
    return [g.over(t.call("count", nodes.Distinct(values[0])))]


def _take_any(g: Group) -> list[Tree] | Packed:
    """Any row's values; one row for all of them. A null (or '') only when there is nothing else."""
    if len(g.arguments) == 1:
        value = g.value()
        tree = g.over(g.d.first(g.sorted(value)), *([t.is_not_null(value)] if g.nullable() and t.is_simple(value) else []))
        return [t.coalesce(tree, t.text("")) if g.kind() is _STRING else tree]
    return Packed(g.over(g.d.first(g.sorted(g.d.pack([g.value(i) for i in range(len(g.arguments))])))))


def _arg_extreme(descending: bool) -> AggregateRow:
    """The values of one row with the extreme key; a null key loses against any other, NaN is the greatest."""

    def row(g: Group) -> list[Tree] | Packed:
        values = [g.value(i) for i in range(len(g.arguments))]
        if g.kind() is _DYNAMIC:
            raise Refusal(f"`{g.aggregate.function}` by a dynamic value is not supported")
        by = g.row.once(values[0])
        keys = [t.ordered(by, descending, False)]
        if g.kind() is _REAL and not g.d.nan_is_greatest:
            keys = [t.ordered(t.is_null(by), False, False), t.ordered(g.d.is_nan(by), descending, False), *keys]
        keys += [k.ordered() for k in g.order]
        values[0] = by
        if len(values) == 1:
            tree = g.over(g.d.first(t.with_order(values[0], keys)))
            return [t.coalesce(tree, t.text("")) if g.kind() is _STRING else tree]
        return Packed(g.over(g.d.first(t.with_order(g.d.pack(values), keys))))

    return row


def _gathered(g: Group, keep_nulls: bool, distinct: bool) -> Tree:
    """The values as a list of JSON: nulls dropped, arrays flattened by one level."""
    value, kind = g.value(), g.kind()
    conditions: list[Tree] = []
    if kind is _DYNAMIC:
        value = g.row.once(value)
        if distinct:
            # a set drops nulls, a list keeps them
            conditions.append(t.is_not_null(value))
        items = g.d.list_spread(g.row, value)
        gathered = g.d.list_flatten(g.over(g.d.list_aggregate(g.sorted(items)), *conditions))
    else:
        if g.nullable() and not keep_nulls:
            value = g.row.once(value)
            conditions.append(t.is_not_null(value))
        shaped = g.d.json_of(g.row, value, kind)
        gathered = g.over(g.d.list_aggregate(g.sorted(shaped)), *conditions)
    if distinct:
        gathered = g.d.list_distinct(g.row, gathered)
    return gathered


def _make_list(keep_nulls: bool, distinct: bool) -> AggregateRow:
    def row(g: Group) -> list[Tree]:
        gathered = _gathered(g, keep_nulls, distinct)
        if len(g.arguments) > 1:
            size = g.constant(1, f"the size limit of `{g.aggregate.function}`")
            if not isinstance(size, int):
                raise Refusal(f"the size limit of `{g.aggregate.function}` must be an integer")
            if size < 1048576:
                gathered = g.d.list_head(gathered, t.num(max(size, 0)))
        return [t.coalesce(g.d.json_array(gathered), g.d.literal([], _DYNAMIC))]

    return row


def _make_bag(g: Group) -> list[Tree]:
    gathered = g.over(g.d.list_aggregate(g.sorted(g.value())))
    return [t.coalesce(g.d.bag_merge(g.row, gathered), g.d.literal({}, _DYNAMIC))]


def _percentile(g: Group) -> list[Tree]:
    """Nearest rank: a value of the data."""
    share = g.constant(1, "the percentile")
    if not isinstance(share, (int, float)):
        raise Refusal("the percentile must be a number")
    found = g.d.percentile(g, float(share))
    return [t.coalesce(found, t.text("")) if g.kind() is _STRING else found]


def _spread(population: bool, root: bool) -> AggregateRow:
    """variance and stdev: rounded to ten decimals as the engine does, the deviation is the root of the rounded variance."""

    def row(g: Group) -> list[Tree]:
        tree = t.call("round", g.over(t.call("var_pop" if population else "var_samp", g.d.real(g.value()))), t.num(10))
        tree = t.coalesce(tree, g.d.literal(0.0, _REAL))
        return [t.call("sqrt", tree) if root else tree]

    return row


def _covariance(function: str) -> AggregateRow:
    """0 of less than two rows."""

    def row(g: Group) -> list[Tree]:
        x, y = (g.d.real(g.value(i)) if g.kind(i) is not _REAL else g.value(i) for i in (0, 1))
        return [t.coalesce(g.over(t.call(function, x, y)), g.d.literal(0.0, _REAL))]

    return row


def whole_value(g: Group) -> Tree:
    """The argument of a bitwise aggregate, which the analyzer takes of any number and the engine of integers."""
    if not g.kind().is_integer:
        raise Refusal(f"`{g.aggregate.function}` expects integers, found {g.kind().value}")
    return g.value()


def _bits(function: str) -> AggregateRow:
    def row(g: Group) -> list[Tree]:
        return [g.over(t.call(function, whole_value(g)))]

    return row


#: The rows that all dialects share.
SHARED: Final[MappingProxyType[str, AggregateRow]] = MappingProxyType(
    {
        "count": _count,
        "sum": _sum,
        "avg": _avg,
        "min": _extreme("min"),
        "max": _extreme("max"),
        "dcount": _dcount,
        "count_distinct": _dcount,
        "take_any": _take_any,
        "arg_max": _arg_extreme(True),
        "arg_min": _arg_extreme(False),
        "make_list": _make_list(False, False),
        "make_list_with_nulls": _make_list(True, False),
        "make_set": _make_list(False, True),
        "make_bag": _make_bag,
        "percentile": _percentile,
        "variance": _spread(False, False),
        "variancep": _spread(True, False),
        "stdev": _spread(False, True),
        "stdevp": _spread(True, True),
        "covariance": _covariance("covar_samp"),
        "covariancep": _covariance("covar_pop"),
        "binary_all_and": _bits("bit_and"),
        "binary_all_or": _bits("bit_or"),
        "binary_all_xor": _bits("bit_xor"),
    }
)
