"""Tables: what a tabular expression is, and the pipeline of operators over it."""

from __future__ import annotations

from typing import assert_never

from rulec.bind import (
    expand,
    finds,
    graphs,
    inline,
    joins,
    nested,
    parsing,
    partitions,
    patterns,
    plugins,
    rows,
    scans,
    search,
    series,
    shape,
    sources,
    summarize,
    unions,
)
from rulec.bind.graph_model import Graph
from rulec.bind.scope import Context, FunctionBinding, Scope, Table, TableBinding
from rulec.bind.state import Refused
from rulec.ir.rels import Given, Serialize, Shared
from rulec.records import replace
from rulec.source import Span
from rulec.syntax import nodes


def bind_table(node: nodes.Expr, context: Context) -> Table:
    """The relation that a tabular expression is.

    Raises:
        Refused: It is a scalar or a graph, or some part of it has no meaning.
    """
    return rows_of(bind_tabular(node, context), node.span, context)


def rows_of(table: Table, span: Span, context: Context) -> Table:
    """The table, which must not be a graph."""
    if isinstance(table, Graph):
        raise context.state.refuse(span, "RC302", "a table is expected here, found a graph", "`graph-match` or `graph-to-table` makes one")
    return table


def bind_tabular(node: nodes.Expr, context: Context) -> Table:
    """The relation or graph that a tabular expression is."""
    if (case := patterns.called(node, context)) is not None:
        return _table_of(case, (), node, context)
    match node:
        case nodes.Pipeline():
            return bind_pipeline(node, context)
        case nodes.Name():
            return sources.named_table(node, context)
        case nodes.DataTable():
            return sources.data_table(node, context)
        case nodes.ExternalData():
            return sources.external_data(node, context)
        case nodes.Call():
            return _call(node, context)
        case nodes.Member():
            return sources.reference(node, context)
        case nodes.ContextualDataTable():
            return _given(node, context)
        case nodes.Foreign(what):
            raise context.state.refuse(node.span, "RC307", f"`{what}` is not compiled")
        case _:
            raise context.state.refuse(node.span, "RC302", "a table is expected here, found a scalar")


def _call(node: nodes.Call, context: Context) -> Table:
    """A call that gives a table: a function of the query or the workspace, or `table(…)` and its like."""
    name = node.name.text
    binding = context.scope.find(name)
    if not isinstance(binding, FunctionBinding):
        form = sources.TABLE_CALLS.get(name)
        if form is not None:
            return form(node, context)
        binding = inline.workspace_function(name, context.state)
    if binding is None:
        raise sources.unknown_function(node, context)
    return _table_of(binding, node.arguments, node, context)


def _table_of(binding: FunctionBinding, arguments: tuple[nodes.Argument, ...], node: nodes.Expr, context: Context) -> Table:
    result = inline.call_function(binding, arguments, node.span, context)
    if not isinstance(result, Table):
        raise context.state.refuse(node.span, "RC302", f"`{binding.name}` gives a scalar, a table is expected here")
    return result


def _given(node: nodes.ContextualDataTable, context: Context) -> Table:
    """The rows that the enclosing operator hands to its subquery."""
    binding = context.scope.find(GIVEN)
    if not isinstance(binding, TableBinding):
        raise context.state.refuse(node.span, "RC302", "the subquery has no table to start from")
    return binding.table


#: The name under which the scope of a subquery holds its rows; no KQL name has a blank at its start.
GIVEN = " given"


def given(table: Table, span: Span) -> Table:
    """The leaf of a subquery over a table's rows."""
    return table.same(Given(table.columns, span))


def bind_source(node: nodes.Expr | nodes.SourceOperator, context: Context) -> Table:
    """What a pipeline starts from."""
    match node:
        case nodes.Print():
            return sources.print_row(node, context)
        case nodes.Range():
            return sources.range_rows(node, context)
        case nodes.Union():
            return unions.bind_union(node, None, context)
        case nodes.Search():
            return search.bind_search(node, None, context)
        case nodes.Find():
            return finds.bind_find(node, context)
        case _:
            return bind_tabular(node, context)


def bind_pipeline(node: nodes.Pipeline, context: Context) -> Table:
    """The relation after all operators. A refused `where` does not hide the errors behind it."""
    scope = context.scope
    state = context.state
    table = bind_source(node.source, context.alone())
    failed = False
    for operator in node.operators:
        try:
            if isinstance(operator, nodes.As):
                table, scope = _as(operator, rows_of(table, operator.span, context), scope, context)
                continue
            table = apply(operator, table, Context(state, scope))
        except Refused:
            if not isinstance(operator, nodes.Where | nodes.Sort | nodes.Take):
                raise
            failed = True
    if failed:
        raise Refused
    return table


def _as(node: nodes.As, table: Table, scope: Scope, context: Context) -> tuple[Table, Scope]:
    """`as name`: the rest of the pipeline may read the table by its name."""
    name = node.name.text
    rel = Shared(context.state.new_key(), name, table.rel, False, node.span)
    named = replace(table, rel=rel, name=name)
    return named, scope.define(name, TableBinding(named))


def apply(operator: nodes.Operator, table: Table, context: Context) -> Table:
    """The table after one operator."""
    if isinstance(operator, nodes.GraphOperator):
        return graphs.apply(operator, table, context)
    table = rows_of(table, operator.span, context)
    match operator:
        case nodes.Where():
            return rows.where(operator, table, context)
        case nodes.Extend():
            return rows.extend(operator.columns, operator.span, table, context)
        case nodes.Project():
            return rows.project(operator, table, context)
        case nodes.Summarize():
            return summarize.bind_summarize(operator, table, context)
        case nodes.Join():
            return joins.bind_join(operator, table, context)
        case nodes.Union():
            return unions.bind_union(operator, table, context)
        case nodes.Sort():
            return rows.sort(operator, table, context)
        case nodes.Top():
            return rows.top(operator, table, context)
        case nodes.Take():
            return rows.take(operator, table, context)
        case nodes.Count():
            return summarize.count_rows(operator, table, context)
        case nodes.Distinct():
            return summarize.distinct(operator, table, context)
        case nodes.Lookup():
            return joins.bind_lookup(operator, table, context)
        case nodes.MvExpand():
            return expand.mv_expand(operator, table, context)
        case nodes.MvApply():
            return expand.mv_apply(operator, table, context)
        case nodes.Parse():
            return parsing.parse(operator, table, context)
        case nodes.ParseKv():
            return parsing.parse_kv(operator, table, context)
        case nodes.ProjectAway() | nodes.ProjectKeep() | nodes.ProjectRename() | nodes.ProjectReorder() | nodes.ProjectByNames():
            return shape.reshape(operator, table, context)
        case _:
            return _apply_rare(operator, table, context)


def _apply_rare(operator: nodes.Operator, table: Table, context: Context) -> Table:
    match operator:
        case nodes.Serialize():
            return rows.extend(operator.columns, operator.span, serialized(table, operator.span), context)
        case nodes.Sample():
            return rows.sample(operator, table, context)
        case nodes.SampleDistinct():
            return nested.sample_distinct(operator, table, context)
        case nodes.TopHitters():
            return nested.top_hitters(operator, table, context)
        case nodes.TopNested():
            return nested.top_nested(operator, table, context)
        case nodes.Search():
            return search.bind_search(operator, table, context)
        case nodes.MakeSeries():
            return series.make_series(operator, table, context)
        case nodes.Partition():
            return partitions.partition(operator, table, context)
        case nodes.Scan():
            return scans.scan(operator, table, context)
        case nodes.Evaluate():
            return plugins.evaluate(operator, table, context)
        case nodes.Invoke():
            return sources.invoke(operator, table, context)
        case nodes.GetSchema():
            return shape.get_schema(operator, table, context)
        case nodes.Render():
            return table
        case nodes.Consume():
            return rows.consume(operator, table)
        case nodes.Reduce():
            return plugins.reduce(operator, table, context)
        case nodes.Fork() | nodes.Facet() | nodes.Unknown():
            raise _several_results(operator, context)
        case _:
            raise AssertionError(f"no binder for {type(operator).__name__}")


def _several_results(operator: nodes.Fork | nodes.Facet | nodes.Unknown, context: Context) -> Refused:
    match operator:
        case nodes.Fork():
            return context.state.refuse(operator.span, "RC307", "`fork` gives several results, a rule has one", "one query for each leg")
        case nodes.Facet():
            return context.state.refuse(
                operator.span, "RC307", "`facet` gives several results, a rule has one", "`summarize count() by …` for each column"
            )
        case nodes.Unknown(name):
            return context.state.refuse(operator.span, "RC307", f"`{name}` is not compiled")
        case _:
            assert_never(operator)


def serialized(table: Table, span: Span) -> Table:
    """The table with its present order fixed."""
    return replace(table.same(Serialize(table.rel, span)), serialized=True)
