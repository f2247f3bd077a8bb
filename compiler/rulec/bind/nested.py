"""`sample-distinct`, `top-hitters` and `top-nested`."""

from __future__ import annotations

from rulec import catalogue
from rulec.bind import aggregates, exprs, rows
from rulec.bind.naming import Names, written_name
from rulec.bind.scope import Context, Table, column, definition
from rulec.bind.state import Refused
from rulec.ir.exprs import Aggregate, Expr
from rulec.ir.rels import AggregateColumns, Assignment, ColumnDef, NestedLevel, Sample, Sort, SortKey, Summarize, Take, TopNested
from rulec.scalars import ScalarType
from rulec.syntax import nodes


def sample_distinct(node: nodes.SampleDistinct, table: Table, context: Context) -> Table:
    """`sample-distinct n of x`: any n of the distinct values."""
    key = _key(node.column, "sample-distinct", context.over(table))
    rel = Sample(Summarize(table.rel, (key,), (), node.span), rows.row_count(node.count, "sample-distinct", context), node.span)
    return Table.of(rel, (key.column,))


def _key(node: nodes.Expr, operator: str, context: Context) -> Assignment:
    """A column to group by; only a column may stand here.

    Source: Microsoft's analyzer.
    """
    if not isinstance(node, nodes.Name):
        raise context.state.refuse(node.span, "RC302", f"`{operator}` works on a column", "`extend` makes a column of an expression")
    value = exprs.bind(node, context)
    if value.type is ScalarType.DYNAMIC:
        raise context.state.refuse(node.span, "RC302", f"`{operator}` of a dynamic column", "`tostring(…)` converts it")
    return Assignment(node.text, value)


def top_hitters(node: nodes.TopHitters, table: Table, context: Context) -> Table:
    """`top-hitters n of x [by y]`: the n values with the greatest counts or sums, exactly."""
    over = context.over(table)
    key = _key(node.of, "top-hitters", over)
    if node.by is None:
        name, aggregate = f"approximate_count_{key.name}", Aggregate("count", (), None, node.span)
        kind, nullable = ScalarType.LONG, False
    else:
        function = catalogue.aggregate("sum")
        assert function is not None
        call = nodes.Call(nodes.Name("sum", node.by.span), (nodes.Argument(node.by, None, node.by.span),), node.by.span)
        bound = aggregates.bind_aggregate(call, function, over)[0]
        name, aggregate = f"approximate_sum_{written_name(node.by)}", bound.aggregate
        kind, nullable = bound.results[0].type, bound.results[0].nullable
    measured = ColumnDef(name, kind, nullable)
    summary = Summarize(table.rel, (key,), (AggregateColumns((measured,), aggregate),), node.span)
    ordered = Sort(summary, (SortKey(column(measured, node.span), True, False),), node.span)
    rel = Take(ordered, rows.row_count(node.count, "top-hitters", context), node.span)
    columns = (key.column, measured)
    return Table(rel, columns, {c.name: c for c in columns}, serialized=True)


def top_nested(node: nodes.TopNested, table: Table, context: Context) -> Table:
    """`top-nested`: the best values of the first key, and inside each the best of the second, and so on."""
    over = context.over(table)
    names = Names()
    levels: list[NestedLevel] = []
    failed = False
    for clause in node.clauses:
        try:
            levels.append(_level(clause, names, over))
        except Refused:
            failed = True
    if failed:
        raise Refused
    rel = TopNested(table.rel, tuple(levels), node.span)
    columns = tuple(c for level in levels for c in (level.key.column, level.column))
    return Table.of(rel, columns)


def _level(clause: nodes.TopNestedClause, names: Names, context: Context) -> NestedLevel:
    value = exprs.bind(clause.of.value, context)
    if value.type is ScalarType.DYNAMIC:
        raise context.state.refuse(clause.of.span, "RC302", "`top-nested` of a dynamic value", "`tostring(…)` converts it")
    suggested = clause.of.names[0].text if clause.of.names else written_name(clause.of.value)
    key_name = names.derived(suggested) if suggested else names.numbered()
    function = aggregates.is_aggregate(clause.by.value, context)
    if function is None or not isinstance(clause.by.value, nodes.Call):
        raise context.state.refuse(clause.by.span, "RC302", "`top-nested … by` takes one aggregate")
    bound = aggregates.bind_aggregate(clause.by.value, function, context)[0]
    name = clause.by.names[0].text if clause.by.names else f"aggregated_{key_name}"
    measured = definition(names.derived(name), bound.results[0].type, bound.results[0].nullable)
    count = rows.row_count(clause.count, "top-nested", context) if clause.count is not None else None
    others: Expr | None = exprs.bind(clause.others, context.alone()) if clause.others is not None else None
    return NestedLevel(count, Assignment(key_name, value), measured, bound.aggregate, clause.descending, others)
