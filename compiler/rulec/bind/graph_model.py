"""What a graph is while it is bound: its edges, the columns of their ends, and the relations with properties of its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from rulec.bind.scope import Table
from rulec.bind.state import Open
from rulec.ir.rels import ColumnDef, Rel
from rulec.records import record
from rulec.scalars import ScalarType
from rulec.source import Span


@record(frozen=True, slots=True)
class Provider:
    """Properties of nodes.

    Attributes:
        key: The columns that say which node.
        columns: The properties by name.
        table: Written by the user, so that its rows are nodes; others know of nodes, they make none.
        unique: No node has two rows.
    """

    rel: Rel
    key: tuple[str, ...]
    columns: Mapping[str, ColumnDef]
    open: Open | None = None
    table: bool = True
    unique: bool = True


@record(frozen=True, slots=True)
class Graph(Table):
    """A graph stands where a table may, but for its operators only; as a table it is its edges.

    Attributes:
        edges: One row an edge; its columns are the edge's properties.
        source, target: The columns of the ends: the node's id, and the partition after `partitioned-by`.
        node_id: The property that holds the node's id; empty where none does.
    """

    edges: Table = field(kw_only=True)
    source: tuple[str, ...] = field(kw_only=True)
    target: tuple[str, ...] = field(kw_only=True)
    node_id: str = field(kw_only=True)
    providers: tuple[Provider, ...] = field(kw_only=True)

    @property
    def id_types(self) -> tuple[ScalarType, ...]:
        return tuple(self.edges.index[name].type for name in self.source)

    @property
    def tables(self) -> tuple[Provider, ...]:
        """The tables that the user gave."""
        return tuple(p for p in self.providers if p.table)

    @property
    def keys(self) -> frozenset[str]:
        """The properties that hold a node's id."""
        return frozenset(p.key[0] for p in self.tables) or frozenset({self.node_id} - {""})

    def node_properties(self) -> dict[str, ScalarType]:
        """The properties of a node, in order."""
        found = {self.node_id: self.id_types[0]} if self.node_id and not self.tables else {}
        for provider in self.providers:
            found.update({n: c.type for n, c in provider.columns.items() if n not in found})
        return found


class Slot(NamedTuple):
    """A node or edge of a match. `kind` is node, edge or inner; `hop` counts the edges of a variable-length edge from 1, and the
    nodes between them; it is 0 for what stands once."""

    kind: str
    name: str
    hop: int = 0


@record(frozen=True, slots=True)
class Hop:
    """An edge of a pattern, between the nodes `left` and `right`; `direction` is right, left or any."""

    name: str
    left: str
    right: str
    direction: str
    least: int
    most: int
    variable: bool
    span: Span


@record(frozen=True, slots=True)
class Pattern:
    """Sequences of nodes and edges. The same node name means the same node everywhere.

    Attributes:
        sequences: The hops of each sequence, from left to right; a sequence of a node alone has none.
        nodes: All nodes, the first is that of the first sequence's left end.
        edges: All hops by name.
        hidden: Names that were made up for what the text does not name.
    """

    sequences: tuple[tuple[Hop, ...], ...]
    nodes: tuple[str, ...]
    edges: Mapping[str, Hop]
    hidden: frozenset[str]
