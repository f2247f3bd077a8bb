"""`graph-shortest-paths`: of the matches between two nodes the shortest one, or all that are as short."""

from __future__ import annotations

from rulec.bind.graph_edges import join
from rulec.bind.graph_elements import Elements
from rulec.bind.graph_matches import Conditions, Matches, localised, reads
from rulec.bind.graph_model import Slot
from rulec.bind.graph_nodes import shared
from rulec.bind.graph_patterns import option
from rulec.bind.scope import column
from rulec.bind.state import State
from rulec.ir.exprs import Aggregate, Call, Expr, Literal
from rulec.ir.rels import AggregateColumns, Assignment, ColumnDef, Project, Rel, Summarize
from rulec.scalars import ScalarType
from rulec.syntax import nodes


def shortest(node: nodes.GraphMatch, elements: Elements, conditions: Conditions, assignments: tuple[Assignment, ...], state: State) -> Rel:
    """The shortest paths between each first and last node of which a path satisfies the conditions; `output=any` keeps one of them."""
    span = node.span
    length = _length(elements, node)
    cycles = option(node.properties, "cycles", "unique_edges")
    rel = Matches(elements, conditions, reads((length, *(a.value for a in assignments))), cycles, span, state).built()
    hops = elements.pattern.sequences[0]
    ends = dict.fromkeys(c.name for n in (hops[0].left, hops[-1].right) for c in elements.ids(Slot("node", n)))
    known = {c.name: c for c in rel.columns}
    keys = tuple(Assignment(elements.names.derived(f"end_{n}"), column(known[n], span)) for n in ends)
    counted = Assignment(elements.names.derived("length"), localised(length, rel))
    # Names of their own: an output may be called like an end.
    outputs = tuple(Assignment(elements.names.derived(f"out_{a.name}"), localised(a.value, rel)) for a in assignments)
    paths = Project(rel, (*keys, counted, *outputs), span)
    best = _any(paths, keys, counted, outputs) if option(node.properties, "output", "any") == "any" else _all(paths, keys, counted, state)
    kept = {c.name: c for c in best.columns}
    pairs = zip(assignments, outputs, strict=True)
    return Project(best, tuple(Assignment(a.name, column(kept[o.name], span)) for a, o in pairs), span)


def _length(elements: Elements, node: nodes.GraphMatch) -> Expr:
    """The number of edges of a match."""
    hops = elements.pattern.sequences[0]
    fixed = sum(1 for h in hops if not h.variable)
    total: Expr = Literal(fixed, ScalarType.LONG, node.span)
    for hop in hops:
        if hop.variable:
            total = Call("+", (total, elements.length(hop, node.span)), ScalarType.LONG, False, node.span)
    return total


def _columns(assignments: tuple[Assignment, ...]) -> tuple[ColumnDef, ...]:
    return tuple(a.column for a in assignments)


def _any(paths: Project, keys: tuple[Assignment, ...], length: Assignment, outputs: tuple[Assignment, ...]) -> Rel:
    """One path a pair of ends, any of the shortest."""
    values = tuple(column(c, paths.span) for c in _columns((length, *outputs)))
    aggregate = AggregateColumns(_columns((length, *outputs)), Aggregate("arg_min", values, None, paths.span))
    groups = tuple(Assignment(c.name, column(c, paths.span)) for c in _columns(keys))
    return Summarize(paths, groups, (aggregate,), paths.span)


def _all(paths: Project, keys: tuple[Assignment, ...], length: Assignment, state: State) -> Rel:
    """All paths as short as the shortest between their ends."""
    all_ = shared(paths, "paths", paths.span, state)
    groups = tuple(Assignment(f"best_{c.name}", column(c, paths.span)) for c in _columns(keys))
    least = ColumnDef(f"best_{length.name}", ScalarType.LONG, False)
    value = column(length.column, paths.span)
    best = Summarize(all_, groups, (AggregateColumns((least,), Aggregate("min", (value,), None, paths.span)),), paths.span)
    pairs = [(c.name, f"best_{c.name}") for c in _columns((*keys, length))]
    return join(all_, best, "inner", pairs, paths.span)
