"""Graph operators: read to their end, and kept as their name only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rulec.syntax.clauses import GRAPH_EDGES, GRAPH_MATCH, GRAPH_NODES, MARK_COMPONENTS, SHORTEST_PATHS, Properties, properties
from rulec.syntax.cursor import Cursor
from rulec.syntax.expressions import OPERAND, expression, named, simple_path
from rulec.syntax.nodes import Graph
from rulec.syntax.terms import name
from rulec.syntax.tokens import LIST_ENDS

_SHORT_EDGES: Final = ("-->", "<--", "--")
_TABLE_ENDS: Final = LIST_ENDS | {"partitioned-by"}


def _graph(parse: Callable[[Cursor], None]) -> Callable[[Cursor], Graph]:
    def operator(p: Cursor) -> Graph:
        start = p.at
        keyword = p.kind
        p.at += 1
        parse(p)
        return Graph(keyword, p.span(start))

    return operator


def _make_graph(p: Cursor) -> None:
    properties(p)
    name(p)
    if not (p.accept_joined("-->") or p.accept_joined("--")):
        raise p.unexpected("-->")
    name(p)
    if p.accept("with_node_id"):
        p.expect("=")
        name(p)
    elif p.accept("with"):
        p.commas(_nodes_table, _TABLE_ENDS)
    if p.accept("partitioned-by"):
        simple_path(p)
        p.expect("(")
        p.grammar.subpipeline(p)
        p.expect(")")


def _nodes_table(p: Cursor) -> None:
    expression(p, OPERAND)
    p.expect("on")
    name(p)


def _match(own: Properties) -> Callable[[Cursor], None]:
    def parse(p: Cursor) -> None:
        properties(p, own)
        p.commas(_pattern)
        if p.accept("where"):
            expression(p)
        if p.accept("project"):
            p.commas(named)

    return parse


def _pattern(p: Cursor) -> None:
    _pattern_part(p)
    while p.kind in ("(", "-", "<"):
        _pattern_part(p)


def _pattern_part(p: Cursor) -> None:
    if p.accept("("):
        if p.kind != ")":
            name(p)
        p.expect(")")
    elif not any(p.accept_joined(edge) for edge in _SHORT_EDGES):
        _edge(p)


def _edge(p: Cursor) -> None:
    if not (p.accept_joined("-[") or p.accept_joined("<-[")):
        raise p.unexpected("", "a pattern such as (a)-[e]->(b)")
    if p.kind not in ("*", "]"):
        name(p)
    if p.accept("*"):
        expression(p, OPERAND)
        p.expect("..")
        expression(p, OPERAND)
    if not (p.accept_joined("]->") or p.accept_joined("]-")):
        raise p.unexpected("]->")


def _to_table(p: Cursor) -> None:
    p.commas(_output)


def _output(p: Cursor) -> None:
    keyword = p.kind
    if keyword not in ("nodes", "edges"):
        raise p.unexpected("", "`nodes` or `edges`", ("nodes", "edges"))
    p.at += 1
    if p.accept("as"):
        name(p)
    properties(p, GRAPH_NODES if keyword == "nodes" else GRAPH_EDGES)


def _mark_components(p: Cursor) -> None:
    properties(p, MARK_COMPONENTS)


def _where(p: Cursor) -> None:
    expression(p)


GRAPH_OPERATORS: Final[dict[str, Callable[[Cursor], Graph]]] = {
    "make-graph": _graph(_make_graph),
    "graph-match": _graph(_match(GRAPH_MATCH)),
    "graph-shortest-paths": _graph(_match(SHORTEST_PATHS)),
    "graph-to-table": _graph(_to_table),
    "graph-mark-components": _graph(_mark_components),
    "graph-where-nodes": _graph(_where),
    "graph-where-edges": _graph(_where),
}
