"""Functions of nodes and edges: `all`, `any`, `map`, `inner_nodes`, `labels`, `node_id`, `node_degree_in`, `node_degree_out`.

Source: Learn's pages of these functions; Microsoft's analyzer (types).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from rulec.bind import exprs
from rulec.bind.coerce import coerce
from rulec.bind.graph_elements import DEGREE_IN, DEGREE_OUT, Elements, by_length, certain, element_row, exists, joined, negated
from rulec.bind.graph_model import Hop, Slot
from rulec.bind.scope import Context, column
from rulec.ir.exprs import Expr, Literal
from rulec.scalars import ScalarType
from rulec.syntax import nodes


class Walk(NamedTuple):
    """What `all`, `any` and `map` go through: the edges of a variable-length edge, or the nodes between them."""

    hop: Hop
    inner: bool

    @property
    def slots(self) -> list[Slot]:
        kind = "inner" if self.inner else "edge"
        return [Slot(kind, self.hop.name, k) for k in range(1, self.hop.most + (not self.inner))]


def _elements(node: nodes.Call, context: Context) -> Elements:
    if context.elements is None:
        hint = "it stands in `graph-match` and `graph-shortest-paths`"
        raise context.state.refuse(node.span, "RC305", f"`{node.name.text}` has no graph here", hint)
    return context.elements


def _arguments(node: nodes.Call, least: int, most: int, context: Context) -> list[nodes.Expr]:
    if not least <= len(node.arguments) <= most or any(a.name is not None for a in node.arguments):
        wanted = f"{most} argument{'s' if most > 1 else ''}" if least == most else f"{least} or {most} arguments"
        raise context.state.refuse(node.span, "RC303", f"`{node.name.text}` expects {wanted}, found {len(node.arguments)}")
    return [a.value for a in node.arguments]


def walk_of(node: nodes.Expr, context: Context) -> Walk:
    """The first argument of `all`, `any` and `map`."""
    elements = context.elements
    assert elements is not None
    inner = isinstance(node, nodes.Call) and node.name.text == "inner_nodes" and len(node.arguments) == 1
    named = node.arguments[0].value if inner and isinstance(node, nodes.Call) else node
    hop = elements.pattern.edges.get(named.text) if isinstance(named, nodes.Name) else None
    if hop is None or not hop.variable or context.element is not None:
        hint = "`e` of `-[e*1..3]->`, or `inner_nodes(e)`"
        raise context.state.refuse(node.span, "RC302", "a variable-length edge of the pattern is expected here", hint)
    return Walk(hop, inner)


def each(walk: Walk, value: nodes.Expr, context: Context) -> list[Expr]:
    """An expression for each element of a walk."""
    return [exprs.bind(value, element_row(slot, value.span, context)) for slot in walk.slots]


def _condition(node: nodes.Call, context: Context) -> Expr:
    """`all` and `any`: of no element they are true and false; a null is not true."""
    _elements(node, context)
    first, value = _arguments(node, 2, 2, context)
    walk = walk_of(first, context)
    is_all = node.name.text == "all"
    parts: list[Expr] = []
    for at, test in enumerate(each(walk, value, context), start=1):
        test = certain(_bool(test, node, context))
        there = exists(walk.hop, at + walk.inner, node.span, context)
        if there is not None:
            test = joined("or", [negated(there), test], node.span) if is_all else joined("and", [there, test], node.span)
        parts.append(test)
    return joined("and" if is_all else "or", parts, node.span)


def _bool(value: Expr, node: nodes.Call, context: Context) -> Expr:
    if value.type not in (ScalarType.BOOL, ScalarType.DYNAMIC):
        raise context.state.refuse(value.span, "RC302", f"the condition of `{node.name.text}` must be bool, found {value.type.value}")
    return value


def _map(node: nodes.Call, context: Context) -> Expr:
    _elements(node, context)
    first, value = _arguments(node, 2, 2, context)
    walk = walk_of(first, context)
    return by_length(walk.hop, each(walk, value, context), int(walk.inner), node.span, context)


def _inner_nodes(node: nodes.Call, context: Context) -> Expr:
    _elements(node, context)
    raise context.state.refuse(node.span, "RC302", "`inner_nodes(…)` stands as the first argument of `all`, `any` and `map` only")


def _labels(node: nodes.Call, context: Context) -> Expr:
    """Nodes and edges of `make-graph` have no labels: these come with stored graphs.

    Source: Learn, "labels()".
    """
    elements = _elements(node, context)
    arguments = _arguments(node, 0, 1, context)
    known = context.element is not None if not arguments else isinstance(arguments[0], nodes.Name) and elements.has(arguments[0].text)
    if not known:
        raise context.state.refuse(node.span, "RC302", "`labels` takes a node or an edge of the pattern")
    return Literal([], ScalarType.DYNAMIC, node.span)


def _node(node: nodes.Call, context: Context) -> Slot:
    """The node that a function is asked of: the one inside `inner_nodes` when none is named."""
    elements = _elements(node, context)
    arguments = _arguments(node, 0, 1, context)
    if not arguments and context.element is not None and context.element.kind == "inner":
        return context.element
    if arguments and isinstance(arguments[0], nodes.Name) and arguments[0].text in elements.pattern.nodes:
        return Slot("node", arguments[0].text)
    raise context.state.refuse(
        node.span, "RC302", f"`{node.name.text}` takes a node of the pattern", "inside `inner_nodes` it takes nothing"
    )


def _node_id(node: nodes.Call, context: Context) -> Expr:
    slot = _node(node, context)
    assert context.elements is not None
    return coerce(column(context.elements.ids(slot)[0], node.span), ScalarType.STRING)


def _degree(kind: str) -> Callable[[nodes.Call, Context], Expr]:
    def form(node: nodes.Call, context: Context) -> Expr:
        slot = _node(node, context)
        assert context.elements is not None
        return column(context.elements.define(slot, kind, ScalarType.LONG, False), node.span)

    return form


GRAPH_FORMS: Final[dict[str, Callable[[nodes.Call, Context], Expr]]] = {
    "all": _condition,
    "any": _condition,
    "map": _map,
    "inner_nodes": _inner_nodes,
    "labels": _labels,
    "node_id": _node_id,
    "node_degree_in": _degree(DEGREE_IN),
    "node_degree_out": _degree(DEGREE_OUT),
}
