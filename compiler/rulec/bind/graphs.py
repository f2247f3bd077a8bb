"""Graph operators: a graph of two relations, and the tables that are made of it.

Source: Learn, "make-graph operator", "graph-match operator", "graph-shortest-paths operator", "graph-to-table operator",
"graph-mark-components operator"; Microsoft's analyzer (columns and their types).
"""

from __future__ import annotations

from typing import Final

from rulec.bind import exprs, relations
from rulec.bind.columns import bind_columns
from rulec.bind.graph_elements import Elements, certain, registered
from rulec.bind.graph_functions import each, walk_of
from rulec.bind.graph_matches import Conditions, Matches, localised, reads
from rulec.bind.graph_model import Graph, Provider
from rulec.bind.graph_nodes import all_nodes, picked, provider, shared
from rulec.bind.graph_paths import shortest
from rulec.bind.graph_patterns import bind_pattern, conjuncts, option
from rulec.bind.scope import Context, Table, TableBinding, column, definition
from rulec.bind.state import Refused, nearest
from rulec.ir.exprs import Call, Expr, Literal, Path
from rulec.ir.rels import Assignment, ColumnDef, Plugin, Project, Rel
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes

#: Operators that keep rows apart, so that it does not matter whether they run once a partition or once.
_ROW_BY_ROW: Final = (
    nodes.Where
    | nodes.Extend
    | nodes.Project
    | nodes.ProjectAway
    | nodes.ProjectKeep
    | nodes.ProjectRename
    | nodes.ProjectReorder
    | nodes.MvExpand
    | nodes.Parse
    | nodes.ParseKv
)


def apply(operator: nodes.GraphOperator, table: Table, context: Context) -> Table:
    """The graph or table after a graph operator."""
    if isinstance(operator, nodes.MakeGraph):
        return make_graph(operator, relations.rows_of(table, operator.span, context), context)
    graph = graph_of(table, operator.span, context)
    match operator:
        case nodes.GraphMatch():
            return graph_match(operator, graph, context)
        case nodes.GraphToTable():
            return graph_to_table(operator, graph, context)
        case nodes.MarkComponents():
            return mark_components(operator, graph, context)
        case nodes.GraphWhere(name):
            raise context.state.refuse(
                operator.span, "RC307", f"`{name}` is not documented", "`where` before `make-graph` filters edges and nodes"
            )


def graph_of(table: Table, span: Span, context: Context) -> Graph:
    """The graph, which must not be a plain table."""
    if not isinstance(table, Graph):
        raise context.state.refuse(span, "RC302", "a graph is expected here, found a table", "`make-graph` makes one of edges")
    return table


# --- making --------------------------------------------------------------------------------------------------------


def make_graph(node: nodes.MakeGraph, table: Table, context: Context) -> Table:
    """`make-graph`; with `partitioned-by` the table that its body makes of each partition's graph."""
    if not node.directed:
        raise context.state.refuse(
            node.span, "RC307", "`make-graph a -- b` is not documented", "`-->` makes a graph, `-[e]-` matches both ways"
        )
    partition = _partition(node, table, context)
    tables = [relations.bind_table(written.table, context.alone()) for written in node.tables]
    ids = [(node.source, table), (node.target, table), *((w.key, t) for w, t in zip(node.tables, tables, strict=True))]
    source, target, *keys = [(_id_column(name, of, context), *partition) for name, of in ids]
    if any(name.text not in of.index for name, of in ids) or not set(partition) <= set(table.index):
        raise Refused  # columns that only the data know of are there in the next round
    edges = table.same(shared(table.rel, "edges", node.span, context.state, once=True))
    kind = edges.index[source[0]].type
    for name, of in ids[1:]:
        _same_type(name, of, kind, context)
    providers: list[Provider] = []
    properties: dict[str, ScalarType] = {}
    for written, nodes_table, key in zip(node.tables, tables, keys, strict=True):
        _check_properties(nodes_table, properties, partition, written.span, context)
        providers.append(provider(nodes_table, key, written.span, context.state))
    node_id = node.node_id.text if node.node_id is not None else ""
    graph = Graph(
        edges.rel, edges.columns, edges.index, open=edges.open,
        edges=edges, source=source, target=target, node_id=node_id, providers=tuple(providers),
    )  # fmt: skip
    return graph if node.body is None else _in_partitions(node.body, graph, context)


def _id_column(name: nodes.Name, table: Table, context: Context) -> str:
    """A column that holds a node's id."""
    found = table.index.get(name.text)
    if name.text in context.state.poisoned:
        raise Refused
    kind = found.type if found is not None else context.state.ask(table.open, name.text) if table.open is not None else None
    if kind is None:
        raise context.state.refuse(name.span, "RC301", f"the table has no column `{name.text}`", nearest(name.text, table.index))
    if kind is ScalarType.DYNAMIC and found is not None:
        raise context.state.refuse(name.span, "RC302", "a node's id must not be dynamic", "`extend` with `tostring(…)` converts it")
    return name.text


def _same_type(name: nodes.Name, table: Table, kind: ScalarType, context: Context) -> None:
    found = table.index[name.text]
    if found.type is not kind:
        message = f"ids of nodes have different types: {kind.value} and {found.type.value}"
        raise context.state.refuse(name.span, "RC302", message, "`extend` with a conversion makes them one")


def _check_properties(table: Table, known: dict[str, ScalarType], partition: tuple[str, ...], span: Span, context: Context) -> None:
    """Refuses tables of nodes that differ in a property's type, or have no column to be partitioned by."""
    for c in table.columns:
        if known.setdefault(c.name, c.type) is not c.type:
            message = f"the tables of nodes have a property `{c.name}` of two types: {known[c.name].value} and {c.type.value}"
            raise context.state.refuse(span, "RC302", message, "`project-rename` gives one another name")
    for name in partition:
        if name not in table.index:
            raise context.state.refuse(span, "RC301", f"the table of nodes has no column `{name}` to be partitioned by")


def _partition(node: nodes.MakeGraph, table: Table, context: Context) -> tuple[str, ...]:
    """The column that tells the graphs of `partitioned-by` apart: it is part of each node's id."""
    if node.partition is None:
        return ()
    if not isinstance(node.partition, nodes.Name):
        raise context.state.refuse(node.partition.span, "RC302", "`partitioned-by` takes a column")
    return (_id_column(node.partition, table, context),)


def _in_partitions(body: nodes.Pipeline, graph: Graph, context: Context) -> Table:
    """What the body makes of all partitions' graphs at once: no edge leads from one to another."""
    for operator in body.operators:
        if isinstance(operator, nodes.MarkComponents) or not isinstance(operator, nodes.GraphOperator | _ROW_BY_ROW):
            message = "this operator inside `partitioned-by` would need each partition on its own"
            raise context.state.refuse(operator.span, "RC307", message, "after the closing bracket it works on all results")
    scope = context.scope.define(relations.GIVEN, TableBinding(graph))
    return relations.bind_pipeline(body, Context(context.state, scope))


# --- matching ------------------------------------------------------------------------------------------------------


def graph_match(node: nodes.GraphMatch, graph: Graph, context: Context) -> Table:
    """`graph-match` and `graph-shortest-paths`: a row a match."""
    if not node.columns:
        raise context.state.refuse(node.span, "RC307", "a match without `project` gives a graph, which is not compiled")
    elements = Elements(graph, bind_pattern(node, context))
    inside = Context(context.state, context.scope, elements=elements)
    conditions = Conditions()
    failed = False
    for condition in conjuncts(node.predicate) if node.predicate is not None else ():
        try:
            _condition(condition, conditions, elements, inside)
        except Refused:
            failed = True
    assignments = tuple(_as_dynamic(a, elements) for a in bind_columns(node.columns, inside))
    unknown = reads((*conditions.whole, *(c for _, _, c in conditions.each), *(a.value for a in assignments))) - {*registered(elements)}
    if unknown and not context.state.asked:
        raise context.state.refuse(node.span, "RC302", "a match reads its nodes and edges only, no row around it")
    if failed or unknown or elements.asked:
        raise Refused  # properties that only the data know of are there in the next round
    if node.shortest:
        return _table(shortest(node, elements, conditions, assignments, context.state))
    cycles = option(node.properties, "cycles", "unique_edges")
    rel = Matches(elements, conditions, reads(a.value for a in assignments), cycles, node.span, context.state).built()
    return _table(Project(rel, tuple(Assignment(a.name, localised(a.value, rel)) for a in assignments), node.span))


def _as_dynamic(assignment: Assignment, elements: Elements) -> Assignment:
    """A column that reads a variable-length edge is dynamic, whatever is made of the edge.

    Source: Microsoft's analyzer.
    """
    value = assignment.value
    if value.type is ScalarType.DYNAMIC or not any(elements.is_repeated(name) for name in reads((value,))):
        return assignment
    array = Call("pack_array", (value,), ScalarType.DYNAMIC, False, value.span)
    return Assignment(assignment.name, Path(array, (0,), value.span))


def _table(rel: Rel) -> Table:
    return Table.of(rel, rel.columns)


def _condition(node: nodes.Expr, conditions: Conditions, elements: Elements, context: Context) -> None:
    """One condition of a match. What it wants of a variable-length edge it wants of each of its edges."""
    first = node.arguments[0].value if isinstance(node, nodes.Call) and len(node.arguments) == 2 else None
    if isinstance(node, nodes.Call) and node.name.text == "all" and first is not None and context.scope.find("all") is None:
        walk = walk_of(first, context)
        if not walk.inner:
            tests = each(walk, node.arguments[1].value, context)
            if all(t.type in (ScalarType.BOOL, ScalarType.DYNAMIC) for t in tests):
                conditions.each += [(walk.hop.name, at, certain(test)) for at, test in enumerate(tests, start=1)]
                return
    elements.hop = 1
    elements.direct.clear()
    try:
        value = exprs.predicate(node, context)
        names = sorted(elements.direct)
        if not names:
            conditions.whole.append(value)
        elif len(names) > 1:
            message = f"a condition on each edge of `{names[0]}` and of `{names[1]}` is not documented"
            raise context.state.refuse(node.span, "RC307", message, "`all(…)` or `any(…)` says which edges are meant")
        else:
            for number in range(1, elements.pattern.edges[names[0]].most + 1):
                elements.hop = number
                conditions.each.append((names[0], number, exprs.predicate(node, context)))
    finally:
        elements.hop = None


# --- tables of a graph ---------------------------------------------------------------------------------------------


def graph_to_table(node: nodes.GraphToTable, graph: Graph, context: Context) -> Table:
    """`graph-to-table`: one table; two of them are defined by name, see `lets`."""
    if len(node.outputs) != 1:
        hint = "`graph-to-table nodes as N, edges as E;` and a query over them"
        raise context.state.refuse(node.span, "RC307", "`graph-to-table` gives two tables here, a rule has one", hint)
    return graph_table(node.outputs[0], graph, context)


def named_tables(node: nodes.GraphToTable, table: Table, context: Context) -> dict[str, Table | None]:
    """The tables of `graph-to-table` that have names, for statements behind it."""
    graph = graph_of(table, node.span, context)
    return {o.name.text: graph_table(o, graph, context) for o in node.outputs if o.name is not None}


def graph_table(output: nodes.GraphTable, graph: Graph, context: Context) -> Table:
    """The nodes or the edges as a table: columns with their ids' hashes, then their properties."""
    found: list[Assignment] = []
    if output.kind == "nodes":
        rel, properties, ids = _nodes(graph, output.span, context)
        wanted = {"with_node_id": ids}
    else:
        rel, properties = graph.edges.rel, graph.edges.columns
        wanted = {"with_source_id": graph.source[0], "with_target_id": graph.target[0]}
    known = {c.name: c for c in rel.columns}
    for key, name in wanted.items():
        hashed = option(output.properties, key, "")
        if hashed:
            found.append(Assignment(hashed, _hash(known[name], output.span, context)))
    taken = {a.name for a in found}
    for c in properties:
        if c.name in taken:
            raise context.state.refuse(output.span, "RC304", f"column `{c.name}` exists already")
        found.append(Assignment(c.name, column(known[c.name], output.span)))
    if not found:
        raise context.state.refuse(output.span, "RC302", "the nodes have no properties", "`with_node_id=…` of `make-graph` gives them one")
    result = Project(rel, tuple(found), output.span)
    opened = graph.edges.open if output.kind == "edges" else next((p.open for p in graph.tables if p.open is not None), None)
    return Table(result, result.columns, {c.name: c for c in result.columns}, open=opened)


def _nodes(graph: Graph, span: Span, context: Context) -> tuple[Rel, tuple[ColumnDef, ...], str]:
    """All nodes with their properties, and the column of the id."""
    pattern = bind_pattern(nodes.GraphMatch(False, (), (nodes.Sequence((nodes.PatternNode(None, span),), span),), None, (), span), context)
    elements = Elements(graph, pattern)
    slot = elements.slot(pattern.nodes[0])
    inside = Context(context.state, context.scope, elements=elements)
    values = {name: elements.read(slot, name, span, inside) for name in graph.node_properties()}
    rel = Matches(elements, Conditions(), reads(values.values()), "all", span, context.state).built()
    found = [Assignment(name, localised(value, rel)) for name, value in values.items()]
    hashed = elements.names.derived("hashed")
    known = {c.name: c for c in rel.columns}
    found.append(Assignment(hashed, column(known[elements.ids(slot)[0].name], span)))
    result = Project(rel, tuple(found), span)
    return result, result.columns[:-1], hashed


def _hash(id_: ColumnDef, span: Span, context: Context) -> Expr:
    """A node's hash, which is its id's.

    Source: the outputs that Learn shows, of ids that are texts.
    """
    if id_.type is not ScalarType.STRING:
        raise context.state.refuse(span, "RC307", f"how a node's id that is {id_.type.value} is hashed is not documented")
    return Call("hash", (column(id_, span),), ScalarType.LONG, False, span)


def mark_components(node: nodes.MarkComponents, graph: Graph, context: Context) -> Table:
    """`graph-mark-components`: a property with the number of the component that a node is in."""
    name = option(node.properties, "with_component_id", "ComponentId")
    if name in graph.node_properties():
        raise context.state.refuse(node.span, "RC304", f"the nodes have a property `{name}` already")
    if len(graph.source) > 1:
        raise context.state.refuse(node.span, "RC307", "components of partitions are not compiled")
    kind = graph.id_types[0]
    ids = (definition("id" if name != "id" else "node", kind, True),)
    ends = (definition("source", kind, True), definition("target", kind, True))
    edges = picked(graph.edges.rel, (graph.source[0], graph.target[0]), ends, node.span)
    weak = Literal(option(node.properties, "kind", "weak"), ScalarType.STRING, node.span)
    columns = (*ids, ColumnDef(name, ScalarType.LONG, False))
    rel = Plugin("graph-mark-components", (all_nodes(graph, ids, node.span), edges), (weak,), columns, False, node.span)
    found = shared(rel, "components", node.span, context.state, once=True)
    marked = Provider(found, (ids[0].name,), {name: columns[-1]}, table=False)
    return Graph(
        graph.rel, graph.columns, graph.index, open=graph.open,
        edges=graph.edges, source=graph.source, target=graph.target, node_id=graph.node_id, providers=(*graph.providers, marked),
    )  # fmt: skip
