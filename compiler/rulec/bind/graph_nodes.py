"""Relations of a graph's nodes: tables with one row a node, all nodes, and the numbers of edges at them."""

from __future__ import annotations

from collections.abc import Iterable

from rulec.bind.graph_elements import DEGREE_IN
from rulec.bind.graph_model import Graph, Provider
from rulec.bind.scope import Table, column, definition
from rulec.bind.state import State
from rulec.ir import walk
from rulec.ir.exprs import Aggregate, Literal
from rulec.ir.rels import (
    AggregateColumns,
    Assignment,
    ColumnDef,
    Filter,
    Given,
    Project,
    Rel,
    Scan,
    Shared,
    Sort,
    Summarize,
    Union,
    Values,
)
from rulec.scalars import ScalarType
from rulec.source import Span

#: The column of a provider that counts edges.
COUNT = "count"


def shared(rel: Rel, name: str, span: Span, state: State, once: bool = False) -> Rel:
    """The relation under a name of its own, for it is read more than once; not one of an enclosing operator's rows, which change.

    `once` for what a graph is made of: the graph is one, however often it is read.
    """
    if isinstance(rel, Shared | Scan | Values) or any(isinstance(r, Given) for r in walk.relations(rel)):
        return rel
    return Shared(state.new_key(), name, rel, once, span)


def provider(table: Table, key: tuple[str, ...], span: Span, state: State) -> Provider:
    """A table of nodes."""
    unique = _is_unique(table.rel, frozenset(key))
    return Provider(shared(table.rel, "nodes", span, state, once=True), key, dict(table.index), table.open, unique=unique)


def _is_unique(rel: Rel, key: frozenset[str]) -> bool:
    """Whether a relation is known to have one row a key."""
    while isinstance(rel, Shared | Filter | Sort):
        rel = rel.relation if isinstance(rel, Shared) else rel.input
    match rel:
        case Summarize(keys=keys):
            return bool(keys) and {k.name for k in keys} <= key
        case Values(columns=columns, rows=rows):
            cells = [tuple(c for c, d in zip(row, columns, strict=True) if d.name in key) for row in rows]
            values = [tuple(c.value if isinstance(c, Literal) else c for c in row) for row in cells]
            return len(set(map(repr, values))) == len(values)
        case _:
            return False


def one_each(given: Provider, properties: Iterable[str], span: Span, state: State) -> Rel:
    """The key and some properties of nodes, one row a node: of several rows with one key any is the node."""
    if given.unique:
        return given.rel
    known = {c.name: c for c in given.rel.columns}
    keys = tuple(Assignment(k, column(known[k], span)) for k in given.key)
    others = tuple(known[p] for p in properties if p in known and p not in given.key)
    aggregate = Aggregate("take_any", tuple(column(c, span) for c in others), None, span)
    one = Summarize(given.rel, keys, (AggregateColumns(others, aggregate),) if others else (), span)
    return shared(one, "nodes", span, state)


def picked(rel: Rel, names: Iterable[str], as_: Iterable[ColumnDef], span: Span) -> Project:
    """Some columns of a relation under other names."""
    known = {c.name: c for c in rel.columns}
    return Project(rel, tuple(Assignment(new.name, column(known[name], span)) for name, new in zip(names, as_, strict=True)), span)


def all_nodes(graph: Graph, ids: tuple[ColumnDef, ...], span: Span) -> Rel:
    """The ids of all nodes, each once: those of the tables, and those that only edges name."""
    sources = [(graph.edges.rel, graph.source), (graph.edges.rel, graph.target), *((p.rel, p.key) for p in graph.tables)]
    legs = tuple(picked(rel, names, ids, span) for rel, names in sources)
    return Summarize(Union(legs, ids, span), tuple(Assignment(c.name, column(c, span)) for c in ids), (), span)


def degrees(graph: Graph, kind: str, ids: tuple[ColumnDef, ...], span: Span) -> Rel:
    """The number of edges that come in at, or go out from, each node that has any."""
    ends = graph.target if kind == DEGREE_IN else graph.source
    known = {c.name: c for c in graph.edges.rel.columns}
    keys = tuple(Assignment(new.name, column(known[name], span)) for name, new in zip(ends, ids, strict=True))
    counted = definition(COUNT, ScalarType.LONG, False)
    return Summarize(graph.edges.rel, keys, (AggregateColumns((counted,), Aggregate("count", (), None, span)),), span)
