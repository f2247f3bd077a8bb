"""Graph operators: `make-graph`, patterns, and what makes tables of graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rulec.syntax.clauses import GRAPH_EDGES, GRAPH_MATCH, GRAPH_NODES, MARK_COMPONENTS, SHORTEST_PATHS, properties
from rulec.syntax.cursor import Cursor
from rulec.syntax.expressions import OPERAND, expression, named, simple_path
from rulec.syntax.nodes import (
    Expr,
    GraphMatch,
    GraphNodes,
    GraphTable,
    GraphToTable,
    GraphWhere,
    MakeGraph,
    MarkComponents,
    Name,
    Operator,
    PatternEdge,
    PatternNode,
    Pipeline,
    Sequence,
)
from rulec.syntax.terms import name
from rulec.syntax.tokens import LIST_ENDS

_SHORT_EDGES: Final = {"-->": "right", "<--": "left", "--": "any"}
_TABLE_ENDS: Final = LIST_ENDS | {"partitioned-by"}


def _make_graph(p: Cursor) -> MakeGraph:
    start = p.at
    p.at += 1
    properties(p)
    source = name(p)
    directed = p.accept_joined("-->")
    if not directed and not p.accept_joined("--"):
        raise p.unexpected("-->")
    target = name(p)
    node_id: Name | None = None
    tables: tuple[GraphNodes, ...] = ()
    partition: Expr | None = None
    body: Pipeline | None = None
    if p.accept("with_node_id"):
        p.expect("=")
        node_id = name(p)
    elif p.accept("with"):
        tables = p.commas(_nodes_table, _TABLE_ENDS)
    if p.accept("partitioned-by"):
        partition = simple_path(p)
        p.expect("(")
        body = p.grammar.subpipeline(p)
        p.expect(")")
    return MakeGraph(source, target, directed, node_id, tables, partition, body, p.span(start))


def _nodes_table(p: Cursor) -> GraphNodes:
    start = p.at
    table = expression(p, OPERAND)
    p.expect("on")
    return GraphNodes(table, name(p), p.span(start))


def _match(p: Cursor) -> GraphMatch:
    start = p.at
    shortest = p.kind == "graph-shortest-paths"
    p.at += 1
    own = properties(p, SHORTEST_PATHS if shortest else GRAPH_MATCH)
    sequences = p.commas(_sequence)
    predicate = expression(p) if p.accept("where") else None
    columns = p.commas(named) if p.accept("project") else ()
    return GraphMatch(shortest, own, sequences, predicate, columns, p.span(start))


def _sequence(p: Cursor) -> Sequence:
    start = p.at
    parts = [_part(p)]
    while p.kind in ("(", "-", "<"):
        parts.append(_part(p))
    return Sequence(tuple(parts), p.span(start))


def _part(p: Cursor) -> PatternNode | PatternEdge:
    start = p.at
    if p.accept("("):
        node = name(p) if p.kind != ")" else None
        p.expect(")")
        return PatternNode(node, p.span(start))
    for text, direction in _SHORT_EDGES.items():
        if p.accept_joined(text):
            return PatternEdge(None, direction, None, None, p.span(start))
    return _edge(p)


def _edge(p: Cursor) -> PatternEdge:
    start = p.at
    left = p.accept_joined("<-[")
    if not left and not p.accept_joined("-["):
        raise p.unexpected("", "a pattern such as (a)-[e]->(b)")
    edge = name(p) if p.kind not in ("*", "]") else None
    least = most = None
    if p.accept("*"):
        least = expression(p, OPERAND)
        p.expect("..")
        most = expression(p, OPERAND)
    right = p.accept_joined("]->")
    if not right and not p.accept_joined("]-"):
        raise p.unexpected("]->")
    direction = "any" if left == right else "left" if left else "right"
    return PatternEdge(edge, direction, least, most, p.span(start))


def _to_table(p: Cursor) -> GraphToTable:
    start = p.at
    p.at += 1
    return GraphToTable(p.commas(_output), p.span(start))


def _output(p: Cursor) -> GraphTable:
    start = p.at
    kind = p.kind
    if kind not in ("nodes", "edges"):
        raise p.unexpected("", "`nodes` or `edges`", ("nodes", "edges"))
    p.at += 1
    table = name(p) if p.accept("as") else None
    own = properties(p, GRAPH_NODES if kind == "nodes" else GRAPH_EDGES)
    return GraphTable(kind, table, own, p.span(start))


def _mark_components(p: Cursor) -> MarkComponents:
    start = p.at
    p.at += 1
    return MarkComponents(properties(p, MARK_COMPONENTS), p.span(start))


def _where(p: Cursor) -> GraphWhere:
    start = p.at
    keyword = p.kind
    p.at += 1
    expression(p)
    return GraphWhere(keyword, p.span(start))


GRAPH_OPERATORS: Final[dict[str, Callable[[Cursor], Operator]]] = {
    "make-graph": _make_graph,
    "graph-match": _match,
    "graph-shortest-paths": _match,
    "graph-to-table": _to_table,
    "graph-mark-components": _mark_components,
    "graph-where-nodes": _where,
    "graph-where-edges": _where,
}
