"""Patterns of `graph-match` and `graph-shortest-paths`: which nodes and edges a match has, checked."""

from __future__ import annotations

from typing import Final

from rulec.bind import exprs
from rulec.bind.coerce import constant
from rulec.bind.graph_model import Hop, Pattern
from rulec.bind.scope import Context
from rulec.syntax import nodes

#: The most edges that one variable-length edge is unrolled to.
MOST_HOPS: Final = 32


def bind_pattern(node: nodes.GraphMatch, context: Context) -> Pattern:
    """The pattern, its nodes and edges named.

    Raises:
        Refused: Elements do not take turns, an edge's name is used twice, a length is no constant, or a part is connected to no other.
    """
    made = _Made(context)
    sequences = tuple(made.sequence(s) for s in node.sequences)
    pattern = Pattern(sequences, tuple(made.nodes), made.edges, frozenset(made.hidden))
    if node.shortest and (len(sequences) != 1 or not any(h.variable for h in pattern.edges.values())):
        message = "`graph-shortest-paths` takes one sequence with a variable-length edge"
        raise context.state.refuse(node.sequences[0].span, "RC302", message, "`-[e*1..5]->` is one")
    _check_connected(pattern, node, context)
    return pattern


class _Made:
    """The names as they are met."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.nodes: dict[str, None] = {}
        self.edges: dict[str, Hop] = {}
        self.hidden: set[str] = set()

    def sequence(self, written: nodes.Sequence) -> tuple[Hop, ...]:
        refuse = self.context.state.refuse
        for at, part in enumerate(written.parts):
            wanted = nodes.PatternNode if at % 2 == 0 else nodes.PatternEdge
            if not isinstance(part, wanted) or (at == len(written.parts) - 1 and at % 2):
                raise refuse(part.span, "RC302", "nodes and edges take turns in a pattern, a node is at each end", "(a)-[e]->(b)")
        hops: list[Hop] = []
        left = ""
        edge: nodes.PatternEdge | None = None
        for part in written.parts:
            if isinstance(part, nodes.PatternEdge):
                edge = part
                continue
            right = self._node(part)
            if edge is not None:
                hops.append(self._hop(edge, left, right))
            left = right
        return tuple(hops)

    def _hide(self) -> str:
        name = f" {len(self.hidden)}"
        self.hidden.add(name)
        return name

    def _node(self, part: nodes.PatternNode) -> str:
        name = part.name.text if part.name is not None else self._hide()
        if name in self.edges:
            raise self.context.state.refuse(part.span, "RC304", f"`{name}` names an edge of the pattern already")
        self.nodes[name] = None
        return name

    def _hop(self, edge: nodes.PatternEdge, left: str, right: str) -> Hop:
        name = edge.name.text if edge.name is not None else self._hide()
        if name in self.edges or name in self.nodes:
            raise self.context.state.refuse(edge.span, "RC304", f"`{name}` names another part of the pattern already")
        least, most = (1, 1) if edge.least is None else self._bounds(edge)
        hop = Hop(name, left, right, edge.direction, least, most, edge.least is not None, edge.span)
        self.edges[name] = hop
        return hop

    def _bounds(self, edge: nodes.PatternEdge) -> tuple[int, int]:
        assert edge.least is not None and edge.most is not None
        least, most = (self._bound(e) for e in (edge.least, edge.most))
        refuse = self.context.state.refuse
        if least > most or most == 0:
            raise refuse(edge.span, "RC302", f"an edge that repeats {least} to {most} times matches nothing")
        if most > MOST_HOPS:
            message = f"a variable-length edge is compiled up to {MOST_HOPS} edges, found {most}"
            raise refuse(edge.most.span, "RC307", message, "a smaller upper bound")
        return least, most

    def _bound(self, node: nodes.Expr) -> int:
        known = constant(exprs.bind(node, self.context.alone()))
        if known is None or not isinstance(known.value, int) or not known.type.is_integer or known.value < 0:
            raise self.context.state.refuse(node.span, "RC302", "the length of an edge must be a constant integer that is not negative")
        return known.value


def _check_connected(pattern: Pattern, node: nodes.GraphMatch, context: Context) -> None:
    """Refuses a pattern in two parts, as the engine does."""
    reached = {pattern.nodes[0]}
    while True:
        grown = {n for h in pattern.edges.values() if h.left in reached or h.right in reached for n in (h.left, h.right)}
        if grown <= reached:
            break
        reached |= grown
    if not reached.issuperset(pattern.nodes):
        raise context.state.refuse(node.sequences[-1].span, "RC302", "all parts of a pattern must be connected", "they share a node's name")


def option(properties: tuple[nodes.Property, ...], name: str, default: str) -> str:
    """The value of an operator's property."""
    for written in properties:
        if written.name == name:
            return written.value.text if isinstance(written.value, nodes.Name) else str(getattr(written.value, "value", default))
    return default


def conjuncts(node: nodes.Expr) -> list[nodes.Expr]:
    """The conditions of a chain of `and`."""
    found: list[nodes.Expr] = []
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, nodes.Binary) and part.op == "and":
            stack.extend((part.right, part.left))
        elif isinstance(part, nodes.Pipeline) and not part.operators and not isinstance(part.source, nodes.SourceOperator):
            stack.append(part.source)
        else:
            found.append(part)
    return found
