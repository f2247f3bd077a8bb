"""The row that the conditions and columns of a match read: properties of its nodes and edges, each a column of its own.

An expression is bound against these columns before any relation is built; `graph_matches` then joins what was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from rulec.bind.coerce import coerce
from rulec.bind.graph_model import Graph, Hop, Pattern, Slot
from rulec.bind.naming import Names
from rulec.bind.scope import Context, column, definition
from rulec.bind.state import Open, Refused, nearest
from rulec.ir.exprs import Call, Case, Column, Expr, Literal
from rulec.ir.rels import ColumnDef
from rulec.records import record, replace
from rulec.scalars import ScalarType
from rulec.source import Span

#: Columns that are no properties: the number of edges, and what a node's edges count to.
LENGTH: Final = "#length"
DEGREE_IN: Final = "#in"
DEGREE_OUT: Final = "#out"


def id_name(at: int) -> str:
    """The name of a part of a node's id: the id itself, or the partition behind it."""
    return f"#id{at}"


@record(slots=True)
class Elements:
    """The nodes and edges of one match.

    Attributes:
        columns: The columns that were named so far, by element and property.
        hop: In a condition on a variable-length edge, the edge whose property its name means; None where it means all of them.
        direct: The variable-length edges that were read so.
        asked: A property was read that the relation gets in the next round only.
    """

    graph: Graph
    pattern: Pattern
    columns: dict[tuple[Slot, str], ColumnDef] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    hop: int | None = None
    direct: set[str] = field(default_factory=set)
    asked: bool = False

    def has(self, name: str) -> bool:
        """Whether a name is one of the pattern's."""
        return name not in self.pattern.hidden and (name in self.pattern.edges or name in self.pattern.nodes)

    def slot(self, name: str) -> Slot:
        """The element of a name that stands once."""
        return Slot("edge" if name in self.pattern.edges else "node", name)

    def define(self, slot: Slot, name: str, kind: ScalarType, nullable: bool) -> ColumnDef:
        """The column of a property under the name that it has in the match's relation."""
        key = (slot, name)
        if key not in self.columns:
            words = (slot.name, str(slot.hop) if slot.hop else "", name)
            label = "_".join(w.strip().lstrip("#") for w in words if w.strip())
            self.columns[key] = definition(self.names.derived(label), kind, nullable)
        return self.columns[key]

    def ids(self, slot: Slot) -> tuple[ColumnDef, ...]:
        """The columns of a node's id."""
        return tuple(self.define(slot, id_name(at), kind, True) for at, kind in enumerate(self.graph.id_types))

    def property_type(self, slot: Slot, name: str, context: Context) -> ScalarType | None:
        """The type of an element's property; None when it has none of the name."""
        if slot.kind == "edge":
            found = self.graph.edges.index.get(name)
            kind = found.type if found is not None else None
        else:
            kind = self.graph.node_properties().get(name)
        opened = self.opened(slot)
        if kind is None and opened is not None:
            kind = context.state.ask(opened, name)
            self.asked = self.asked or kind is not None
        return kind

    def read(self, slot: Slot, name: str, span: Span, context: Context) -> Expr:
        """A property of an element.

        Raises:
            Refused: The element has no such property, or its value was refused before.
        """
        if name in context.state.poisoned:
            raise Refused
        kind = self.property_type(slot, name, context)
        if kind is None:
            known = self.graph.edges.index if slot.kind == "edge" else self.graph.node_properties()
            what = "edges" if slot.kind == "edge" else "nodes"
            raise context.state.refuse(span, "RC301", f"the graph's {what} have no property `{name}`", nearest(name, known))
        if slot.kind != "edge" and self._is_key(name, span, context):
            return column(self.ids(slot)[0], span)
        nullable = slot.kind != "edge" or slot.hop > 0 or name not in self.graph.edges.index or self.graph.edges.index[name].nullable
        return column(self.define(slot, name, kind, nullable), span)

    def _is_key(self, name: str, span: Span, context: Context) -> bool:
        """Whether a node's property is its id. The key of one of two tables says nothing of the nodes of the other."""
        keys = self.graph.keys
        if name in keys and len(keys) > 1:
            message = f"`{name}` is the key of one table of nodes only: what it is for the other nodes is not documented"
            raise context.state.refuse(span, "RC307", message, "`node_id(…)` reads the id; `project-rename` gives both keys one name")
        return name in keys

    def properties(self, slot: Slot) -> list[str]:
        """The names of an element's known properties."""
        return [*self.graph.edges.index] if slot.kind == "edge" else [*self.graph.node_properties()]

    def is_repeated(self, name: str) -> bool:
        """Whether a column belongs to a variable-length edge."""
        return any(c.name == name and (slot.hop > 0 or read == LENGTH) for (slot, read), c in self.columns.items())

    def opened(self, slot: Slot) -> Open | None:
        """Where further properties of an element come from."""
        if slot.kind == "edge":
            return self.graph.edges.open
        return next((p.open for p in self.graph.tables if p.open is not None), None)

    def length(self, hop: Hop, span: Span) -> Expr:
        """The number of edges of a variable-length edge."""
        if hop.least == hop.most:
            return Literal(hop.most, ScalarType.LONG, span)
        return column(self.define(Slot("edge", hop.name), LENGTH, ScalarType.LONG, False), span)


def property_of(name: str, read: str, span: Span, context: Context) -> Expr:
    """`name.read`: of a node or an edge; of a variable-length edge an array of the values of all its edges.

    In the condition of a match it is each edge's value, since all edges must satisfy the condition.
    Source: Learn, "graph-match operator" (variable length edge).
    """
    elements = context.elements
    assert elements is not None
    hop = elements.pattern.edges.get(name)
    if hop is None or not hop.variable:
        return elements.read(elements.slot(name), read, span, context)
    if context.element is not None:
        message = f"`{name}.{read}` inside `all`, `any` or `map` is not documented"
        raise context.state.refuse(span, "RC307", message, "the bare name of a property reads it")
    if elements.hop is not None:
        elements.direct.add(name)
        return elements.read(Slot("edge", name, elements.hop), read, span, context)
    slots = [Slot("edge", name, k) for k in range(1, hop.most + 1)]
    return by_length(hop, [elements.read(s, read, span, context) for s in slots], 0, span, context)


def whole(name: str, span: Span, context: Context) -> Expr:
    """A node or an edge as a bag of its properties, a variable-length edge as an array of such bags."""
    elements = context.elements
    assert elements is not None
    hop = elements.pattern.edges.get(name)
    if hop is None or not hop.variable:
        return _bag(elements.slot(name), span, context)
    bags = [_bag(Slot("edge", name, k), span, context) for k in range(1, hop.most + 1)]
    return by_length(hop, bags, 0, span, context)


def _bag(slot: Slot, span: Span, context: Context) -> Expr:
    elements = context.elements
    assert elements is not None
    if elements.opened(slot) is not None:
        raise context.state.refuse(
            span, "RC302", f"the properties of `{slot.name}` depend on the data", "`project` before the graph names them"
        )
    pairs: list[Expr] = []
    for name in elements.properties(slot):
        pairs += (Literal(name, ScalarType.STRING, span), elements.read(slot, name, span, context))
    return Call("bag_pack", tuple(pairs), ScalarType.DYNAMIC, False, span) if pairs else Literal({}, ScalarType.DYNAMIC, span)


def element_row(slot: Slot, span: Span, context: Context) -> Context:
    """The context of an expression over one edge of a variable-length edge, or one node inside it: its properties are plain names."""
    elements = context.elements
    assert elements is not None
    row: dict[str, ColumnDef] = {}
    for name in elements.properties(slot):
        if name in context.state.poisoned or (slot.kind != "edge" and len(elements.graph.keys) > 1 and name in elements.graph.keys):
            continue
        value = elements.read(slot, name, span, context)
        assert isinstance(value, Column)
        row[name] = ColumnDef(value.name, value.type, value.nullable)
    return replace(context, row=row, open=elements.opened(slot), element=slot)


def by_length(hop: Hop, values: list[Expr], fewer: int, span: Span, context: Context) -> Expr:
    """An array of the values of the edges that a match has (`fewer` is 1 for the nodes between them)."""
    elements = context.elements
    assert elements is not None
    arrays = {n: _array(values[: max(n - fewer, 0)], span) for n in range(hop.least, hop.most + 1)}
    if hop.least == hop.most:
        return arrays[hop.most]
    length = elements.length(hop, span)
    branches = tuple((_equals(length, n, span), array) for n, array in arrays.items() if n != hop.most)
    return Case(branches, arrays[hop.most], ScalarType.DYNAMIC, False, span)


def _array(values: list[Expr], span: Span) -> Expr:
    if not values:
        return Literal([], ScalarType.DYNAMIC, span)
    return Call("pack_array", tuple(values), ScalarType.DYNAMIC, False, span)


def _equals(length: Expr, count: int, span: Span) -> Expr:
    return Call("==", (length, Literal(count, ScalarType.LONG, span)), ScalarType.BOOL, False, span)


def exists(hop: Hop, count: int, span: Span, context: Context) -> Expr | None:
    """Whether a variable-length edge has so many edges; None when it always has."""
    elements = context.elements
    assert elements is not None
    if count <= hop.least:
        return None
    return Call(">=", (elements.length(hop, span), Literal(count, ScalarType.LONG, span)), ScalarType.BOOL, False, span)


def certain(value: Expr) -> Expr:
    """A condition of which null is false."""
    value = coerce(value, ScalarType.BOOL)
    if not value.nullable:
        return value
    yes, no = (Literal(v, ScalarType.BOOL, value.span) for v in (True, False))
    return Case(((value, yes),), no, ScalarType.BOOL, False, value.span)


def joined(op: str, parts: list[Expr], span: Span) -> Expr:
    """The `and` or `or` of conditions; of none what it starts from."""
    if not parts:
        return Literal(op == "and", ScalarType.BOOL, span)
    return parts[0] if len(parts) == 1 else Call(op, tuple(parts), ScalarType.BOOL, any(p.nullable for p in parts), span)


def negated(value: Expr) -> Expr:
    """The opposite of a condition."""
    return Call("not", (value,), ScalarType.BOOL, value.nullable, value.span)


def registered(elements: Elements) -> Mapping[str, tuple[Slot, str]]:
    """Element and property by column."""
    return {c.name: key for key, c in elements.columns.items()}
