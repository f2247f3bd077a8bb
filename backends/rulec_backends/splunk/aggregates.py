"""summarize: grouping by keys that may be null, and one row for each aggregate function.

Splunk drops rows whose by-field is null, so that a null key is carried as the text `null` through the grouping. `list()` stops at 100
values;
lists are made of numbered values instead, which `values()` keeps whole and in order.
Source: Search Reference, stats, "Statistical and charting functions"; Learn, summarize; recorded answers.
"""

from __future__ import annotations

from rulec.backend import Unsupported
from rulec.ir.exprs import Aggregate, Call, Column, Expr, Literal
from rulec.ir.rels import AggregateColumns, Assignment, ColumnDef, Summarize
from rulec.scalars import ScalarType
from rulec_backends.splunk import percentiles
from rulec_backends.splunk.collecting import make_bag, make_list, make_set
from rulec_backends.splunk.conditions import hoisted
from rulec_backends.splunk.grouping import Grouping, Row, argument, check_order, condition_of, unmarked
from rulec_backends.splunk.packing import pack, unpacked
from rulec_backends.splunk.reads import fields_of
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.ticks import of_key, time_key
from rulec_backends.splunk.tree import (
    NULL,
    Aggregation,
    Dedup,
    Field,
    Head,
    Node,
    Stats,
    Text,
    Where,
    all_of,
    any_of,
    fn,
    joined,
    op,
)
from rulec_backends.splunk.tree import number as num

#: A null key while grouping. No number, date, bool, guid or JSON text but JSON's null is written so.
NULL_KEY = Text("null")
#: Aggregates whose value is always an array.
_ARRAYS = frozenset({"make_list", "make_set", "make_list_with_nulls", "percentiles_array", "percentilesw_array"})


def summarize(b: Builder, rel: Summarize) -> None:
    """Adds the commands of a summarize."""
    if b.keep is not None and rel.keys:
        b.emit(Where(op(Field(b.keep), "=", num(1))))
        b.keep = None
    keys, aggregates = _hoist(b, rel)
    if (
        len(aggregates) == 1
        and aggregates[0].aggregate.function in ("arg_max", "arg_min", "take_any")
        and aggregates[0].aggregate.condition is None
        and b.keep is None
    ):
        _one_row(b, keys, aggregates[0])
        return
    g = Grouping(b, ())
    certain = [not nullable(b, k.value) for k in keys]
    names = _key_fields(b, keys, aggregates)
    g.by = (*b.scope, *(name for name, _ in names))
    for item in sorted(aggregates, key=lambda i: i.aggregate.function.startswith("percentile")):
        row = AGGREGATES.get(item.aggregate.function)
        if row is None or not callable(row):
            reason = row.reason if row is not None else "SPL has no counterpart"
            b.ctx.refuse(item.aggregate.span, f"`{item.aggregate.function}`: {reason}")
            continue
        row(g, item.aggregate, item.columns)
    if not g.aggregations or not g.by:
        g.helper("count", None)
    b.emit(Stats("stats", tuple(g.aggregations), g.by))
    b.keep = None
    b.forget()
    for (name, _), key, sure in zip(names, keys, certain, strict=True):
        restore_key(b, name, key, sure)
    for name, value in g.after:
        b.assign(name, value(b) if callable(value) else value)
    b.arrays |= {item.columns[0].name for item in aggregates if item.aggregate.function in _ARRAYS}
    b.forget()


def _hoist(b: Builder, rel: Summarize) -> tuple[tuple[Assignment, ...], tuple[AggregateColumns, ...]]:
    keys = tuple(Assignment(k.name, hoisted(b, k.value)) for k in rel.keys)
    found = []
    for item in rel.aggregates:
        a = item.aggregate
        arguments = tuple(hoisted(b, x) for x in a.arguments)
        condition = hoisted(b, a.condition) if a.condition is not None else None
        found.append(AggregateColumns(item.columns, Aggregate(a.function, arguments, condition, a.span)))
    return keys, tuple(found)


def key_value(b: Builder, e: Expr) -> Node:
    """A grouping or joining key: never null."""
    value = b.value(e)
    return fn("coalesce", value, NULL_KEY) if nullable(b, e) else value


def nullable(b: Builder, e: Expr) -> bool:
    """Whether a key can be null. The events' own time is not, nor is a bin of it."""
    match e:
        case Column(name=name) if name in b.never_null:
            return False
        case Call(function="bin", arguments=(Column(name=name), Literal(value=int() as size))) if name in b.never_null and size > 0:
            return False
        case _:
            return e.nullable


def _key_fields(b: Builder, keys: tuple[Assignment, ...], aggregates: tuple[AggregateColumns, ...]) -> list[tuple[str, Assignment]]:
    """Fields that hold the keys, named as the result where nothing still reads the old value."""
    values = [key_value(b, k.value) for k in keys]
    read = {c for item in aggregates for e in (*item.aggregate.arguments, item.aggregate.condition) if e is not None for c in columns_of(e)}
    out: list[tuple[str, Assignment]] = []
    for i, key in enumerate(keys):
        later = {f for v in values[i + 1 :] for f in fields_of(v)}
        plain = values[i] == Field(key.name)
        name = key.name if plain or (key.name not in read and key.name not in later and key.name not in b.scope) else b.ctx.fresh("k")
        b.assign(name, values[i])
        out.append((name, key))
    if out:
        b.forget()
    return out


def columns_of(e: Expr) -> set[str]:
    from rulec.ir.walk import operands

    found: set[str] = set()
    stack = [e]
    while stack:
        one = stack.pop()
        if isinstance(one, Column):
            found.add(one.name)
        stack.extend(operands(one))
    return found


def restore_key(b: Builder, name: str, key: Assignment, certain: bool = False) -> None:
    """After the grouping: the key under its name, null again where it was."""
    value: Node = Field(name)
    if key.value.nullable and not certain:
        value = fn("nullif", value, NULL_KEY)
    b.assign(key.name, value)


def _one_row(b: Builder, keys: tuple[Assignment, ...], item: AggregateColumns) -> None:
    """A single arg_max, arg_min or take_any: the rows with the extreme value, of which each group keeps one. Whole rows stay together."""
    a = item.aggregate
    nodes = [b.value(v) for v in a.arguments]
    names = _key_fields_for_rows(b, keys)
    by = (*b.scope, *names)
    if a.function != "take_any":
        by_field = _ordering(b, a, nodes[0])
        best = b.ctx.fresh("best")
        b.emit(Stats("eventstats", (Aggregation("max" if a.function == "arg_max" else "min", Field(by_field), best),), by))
        b.emit(Where(any_of(op(Field(by_field), "=", Field(best)), fn("isnull", Field(best)))))
    b.emit(Dedup(by) if by else Head(1))
    pairs = [(key.name, b.value(key.value)) for key in keys]
    b.assign_all([*pairs, *((column.name, node) for column, node in zip(item.columns, nodes, strict=True))])
    if not by:
        _row_of_nothing(b, item)
    b.forget()


def _row_of_nothing(b: Builder, item: AggregateColumns) -> None:
    """Without keys there is a row also of no input: null, and '' for strings."""
    aggregations = tuple(Aggregation("first", Field(c.name), c.name) for c in item.columns)
    b.emit(Stats("stats", (Aggregation("count", None, b.ctx.fresh("n")), *aggregations)))
    for column in item.columns:
        if column.type is ScalarType.STRING:
            b.assign(column.name, fn("coalesce", Field(column.name), Text("")))


def _key_fields_for_rows(b: Builder, keys: tuple[Assignment, ...]) -> list[str]:
    out: list[str] = []
    for key in keys:
        value = key_value(b, key.value)
        out.append(b.field(value, "k"))
    return out


def _ordering(b: Builder, a: Aggregate, node: Node) -> str:
    """A field that `max` and `min` order as KQL does: a letter makes texts of strings that look like numbers."""
    type_ = a.arguments[0].type
    check_order(b, a, type_)
    if type_ is ScalarType.DATETIME and b.fine(node):
        return b.field(time_key(b, node), "o")
    return b.field(joined(Text("="), node), "o") if type_ in (ScalarType.STRING, ScalarType.GUID) else b.field(node, "o")


def _count(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
    g.add("count", condition_of(g.b, a), columns[0].name)


def _number_guard(g: Grouping, a: Aggregate) -> bool:
    type_ = a.arguments[0].type
    if type_ is ScalarType.DECIMAL or (type_.is_integer and g.b.ctx.big_integers) or (type_ is ScalarType.REAL and g.b.ctx.nan):
        g.b.ctx.refuse(a.span, f"`{a.function}` of {type_.value} values that a double does not hold")
        return False
    if type_ is ScalarType.DATETIME and g.b.fine(g.b.value(a.arguments[0])):
        g.b.ctx.refuse(a.span, f"`{a.function}` of times finer than a microsecond: Splunk's times are doubles")
        return False
    return True


def _sum(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
    name = columns[0].name
    if not _number_guard(g, a):
        return
    g.add("sum", argument(g, a), name)
    total: Node = Field(name)
    if columns[0].type is ScalarType.TIMESPAN:
        total = fn("exact", fn("round", total, num(7)))
    if not g.always(a):
        total = fn("coalesce", total, num(0))
    if total != Field(name):
        g.then(name, total)


def _avg(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
    name = columns[0].name
    if not _number_guard(g, a):
        return
    g.add("avg", argument(g, a), name)
    if columns[0].type is ScalarType.REAL:
        g.then(name, fn("coalesce", Field(name), Text("NaN")))
    elif columns[0].type in (ScalarType.TIMESPAN, ScalarType.DATETIME):
        g.then(name, fn("exact", fn("round", Field(name), num(7 if columns[0].type is ScalarType.TIMESPAN else 6))))


def _extreme(function: str) -> Row:
    def lower(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
        type_ = a.arguments[0].type
        check_order(g.b, a, type_)
        value = argument(g, a)
        name = columns[0].name
        if type_ in (ScalarType.STRING, ScalarType.GUID):
            text: Node = joined(Text("="), value)
            g.add(function, text, name)
            g.then(name, unmarked(Field(name), type_))
            return
        if type_ is ScalarType.DATETIME and g.b.fine(value):
            g.add(function, time_key(g.b, value), name)
            g.then(name, lambda b: of_key(b, Field(name)))
            return
        g.add(function, value, name)

    return lower


def _distinct(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
    g.add("dc", argument(g, a), columns[0].name)


def _spread(function: str, root: bool) -> Row:
    """Variance is rounded to 10 decimals, the deviation is its root."""

    def lower(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
        if not _number_guard(g, a):
            return
        name = columns[0].name
        g.add(function, argument(g, a), name)
        rounded = fn("exact", fn("round", Field(name), num(10)))
        g.then(name, fn("coalesce", fn("exact", fn("sqrt", rounded)) if root else rounded, num(0)))

    return lower


def _covariance(sample: bool) -> Row:
    """Pairs with a null do not count; 0 of fewer than two."""

    def lower(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
        b = g.b
        if not _number_guard(g, a):
            return
        x, y = (b.atom(argument(g, a, i)) for i in (0, 1))
        there = all_of(fn("isnotnull", x), fn("isnotnull", y))
        pairs = [b.temp(fn("if", there, v, NULL), "x") for v in (x, y)]
        means = [b.ctx.fresh("mean") for _ in pairs]
        averages = tuple(Aggregation("avg", v, name) for v, name in zip(pairs, means, strict=True))
        b.emit(Stats("eventstats", averages, g.by))
        left, right = (op(v, "-", Field(name)) for v, name in zip(pairs, means, strict=True))
        name = columns[0].name
        g.add("sum", b.temp(fn("exact", op(left, "*", right)), "product"), name)
        size = g.helper("count", fn("isnotnull", pairs[0]))
        below = op(size, "-", num(1)) if sample else size
        g.then(name, fn("if", op(size, ">", num(1)), fn("exact", op(Field(name), "/", below)), num(0)))

    return lower


def _arg(function: str) -> Row:
    """arg_max and arg_min among other aggregates: the row with the extreme value is packed into one text."""

    def lower(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
        b = g.b
        order = _ordering(b, a, argument(g, a))
        best = b.ctx.fresh("best")
        b.emit(Stats("eventstats", (Aggregation(function, Field(order), best),), g.by))
        row = b.temp(pack(b, list(a.arguments)), "row")
        hit = any_of(op(Field(order), "=", Field(best)), fn("isnull", Field(best)))
        condition = condition_of(b, a)
        hit = hit if condition is None else all_of(condition, hit)
        kept = g.helper("first", b.temp(fn("if", hit, row, NULL), "row"))
        for i, column in enumerate(columns):
            g.then(column.name, unpacked(kept, i, column.type))

    return lower


def _take_any(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
    b = g.b
    if len(columns) == 1:
        g.add("first", argument(g, a), columns[0].name)
        if columns[0].type is ScalarType.STRING:
            g.then(columns[0].name, fn("coalesce", Field(columns[0].name), Text("")))
        return
    row = pack(b, list(a.arguments))
    condition = condition_of(b, a)
    if condition is not None:
        row = fn("if", condition, row, NULL)
    kept = g.helper("first", b.temp(row, "row"))
    for i, column in enumerate(columns):
        g.then(column.name, unpacked(kept, i, column.type))


_BINARY = Unsupported("SPL has no bitwise aggregates")
_SKETCH = Unsupported("SPL has no sketches of this kind")
AGGREGATES: dict[str, Row | Unsupported] = {
    "count": _count,
    "sum": _sum,
    "avg": _avg,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "dcount": _distinct,
    "count_distinct": _distinct,
    "stdev": _spread("var", True),
    "stdevp": _spread("varp", True),
    "variance": _spread("var", False),
    "variancep": _spread("varp", False),
    "make_list": make_list(False),
    "make_list_with_nulls": make_list(True),
    "make_set": make_set,
    "make_bag": make_bag,
    "percentile": percentiles.percentile,
    "percentilew": percentiles.percentile,
    "percentiles_array": percentiles.percentiles_array,
    "percentilesw_array": percentiles.percentiles_array,
    "covariance": _covariance(True),
    "covariancep": _covariance(False),
    "arg_max": _arg("max"),
    "arg_min": _arg("min"),
    "take_any": _take_any,
    **dict.fromkeys(("binary_all_and", "binary_all_or", "binary_all_xor"), _BINARY),
    **dict.fromkeys(("hll", "hll_if", "hll_merge", "tdigest", "tdigest_merge"), _SKETCH),
}
