"""Relations of a graph's edges as one step of a walk: from one node to the next, and which edge it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rulec.bind.coerce import coerce
from rulec.bind.graph_elements import joined, negated
from rulec.bind.graph_model import Graph, Hop
from rulec.bind.graph_nodes import shared
from rulec.bind.scope import column, definition
from rulec.bind.state import State
from rulec.ir.exprs import Call, Expr, Literal, Window
from rulec.ir.rels import Assignment, ColumnDef, Extend, Filter, Join, OutputColumn, Project, Rel, Sort, SortKey, Union
from rulec.records import record
from rulec.scalars import ScalarType
from rulec.source import Span

_UNSORTED = frozenset({ScalarType.DYNAMIC, ScalarType.GUID})


@record(frozen=True, slots=True)
class Step:
    """The names of the columns that one edge of a walk adds.

    Attributes:
        to: The id of the node that it leads to.
        edge: The edge's number; empty where it does not matter.
        properties: The edge's properties by name.
    """

    to: tuple[str, ...]
    edge: str
    properties: Mapping[str, str]


class Edges:
    """The edges with the properties that a match reads, numbered where an edge must not be taken twice.

    The number is the edge's place among all edges in the order of what is read of them: however often the relation is computed,
    an edge has the same one, but for edges that are equal in all that is read.
    """

    def __init__(self, graph: Graph, properties: Iterable[str], numbered: str, span: Span, state: State) -> None:
        self.graph, self.numbered = graph, numbered
        known = {c.name: c for c in graph.edges.rel.columns}
        names = dict.fromkeys((*graph.source, *graph.target, *properties))
        self.rel: Rel = Project(graph.edges.rel, tuple(Assignment(n, column(known[n], span)) for n in names), span)
        if numbered:
            keys = tuple(SortKey(_sortable(column(known[n], span)), False, True) for n in names)
            number = Assignment(numbered, Window("row_number", (), ScalarType.LONG, False, span))
            self.rel = shared(Extend(Sort(self.rel, keys, span), (number,), span), "edges", span, state)

    def walked(self, hop: Hop, reverse: bool, start: tuple[str, ...], step: Step) -> Rel:
        """The edges as steps in a hop's direction, or against it."""
        direction = hop.direction if not reverse else {"left": "right", "right": "left", "any": "any"}[hop.direction]
        ends = (self.graph.source, self.graph.target)
        if direction == "left":
            ends = (ends[1], ends[0])
        there = self._step(self.rel, ends, start, step, hop.span)
        if direction != "any":
            return there
        # A loop at a node is one match, not two.
        loopless = Filter(self.rel, differ(self.rel, self.graph.source, self.graph.target, hop.span), hop.span)
        back = self._step(loopless, (ends[1], ends[0]), start, step, hop.span)
        columns = tuple(a._replace(nullable=a.nullable or b.nullable) for a, b in zip(there.columns, back.columns, strict=True))
        return Union((there, back), columns, hop.span)

    def _step(self, rel: Rel, ends: tuple[tuple[str, ...], ...], start: tuple[str, ...], step: Step, span: Span) -> Project:
        known = {c.name: c for c in rel.columns}
        pairs = [*zip(start, ends[0], strict=True), *zip(step.to, ends[1], strict=True)]
        if step.edge:
            pairs.append((step.edge, self.numbered))
        assignments = [Assignment(new, column(known[old], span)) for new, old in pairs]
        assignments += [Assignment(new, column(known[name], span)) for name, new in step.properties.items()]
        return Project(rel, tuple(assignments), span)


def _sortable(value: Expr) -> Expr:
    return coerce(value, ScalarType.STRING) if value.type in _UNSORTED else value


def join(left: Rel, right: Rel, kind: str, keys: Iterable[tuple[str, str]], span: Span) -> Join:
    """A join on columns; all columns of the left come out, and those of the right that are no keys."""
    ours, theirs = ({c.name: c for c in rel.columns} for rel in (left, right))
    pairs = tuple(keys)
    used = {b for _, b in pairs}
    pads = kind == "leftouter"
    outputs = [OutputColumn(c, "left", c.name) for c in left.columns]
    outputs += [OutputColumn(definition(c.name, c.type, c.nullable or pads), "right", c.name) for c in right.columns if c.name not in used]
    return Join(left, right, kind, tuple((column(ours[a], span), column(theirs[b], span)) for a, b in pairs), tuple(outputs), span)


def same(rel: Rel, first: Iterable[str], second: Iterable[str], span: Span) -> Expr:
    """Whether two ids are one; null is an id like others, as in a join."""
    known = {c.name: c for c in rel.columns}
    return joined("and", [_equal(known[a], known[b], span) for a, b in zip(first, second, strict=True)], span)


def differ(rel: Rel, first: Iterable[str], second: Iterable[str], span: Span) -> Expr:
    """Whether two ids are not one."""
    return negated(same(rel, first, second, span))


def _equal(first: ColumnDef, second: ColumnDef, span: Span) -> Expr:
    a, b = column(first, span), column(second, span)
    equal = Call("==", (a, b), ScalarType.BOOL, a.nullable and b.nullable, span)
    if not equal.nullable:
        return equal
    nulls = [Call("isnull", (v,), ScalarType.BOOL, False, span) for v in (a, b)]
    return joined("or", [joined("and", list[Expr](nulls), span), equal], span)


def padding(kind: ScalarType, span: Span) -> Literal:
    """What stands for a value that a match does not have."""
    return Literal("" if kind is ScalarType.STRING else None, kind, span)
