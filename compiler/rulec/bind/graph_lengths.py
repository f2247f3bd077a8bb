"""A variable-length edge as the union of its lengths: the walks of each length, with the same columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulec.bind.graph_edges import Step, padding, same
from rulec.bind.graph_elements import LENGTH
from rulec.bind.graph_model import Hop, Slot
from rulec.bind.scope import column
from rulec.ir.exprs import Literal
from rulec.ir.rels import Assignment, ColumnDef, Filter, Project, Rel
from rulec.scalars import ScalarType

if TYPE_CHECKING:
    from rulec.bind.graph_matches import Matches


class Lengths:
    """The walks of one variable-length edge as legs of a union: each has the columns of all lengths.

    A walk against the edge's direction meets its edges from the last to the first.
    """

    def __init__(
        self, matches: Matches, hop: Hop, reverse: bool, start: Slot, end: Slot, steps: list[Step], passed: tuple[str, ...]
    ) -> None:
        self.matches, self.hop, self.reverse, self.steps, self.passed = matches, hop, reverse, steps, passed
        self.start, self.end, self.span = start, end, matches.span
        elements = matches.elements
        self.closes = end in matches.ids
        self.length = elements.define(Slot("edge", hop.name), LENGTH, ScalarType.LONG, False).name if hop.least != hop.most else ""
        self.numbers = [elements.names.derived("edge") for _ in steps] if matches.numbered else []
        inner = [k for k in range(1, hop.most) if matches.cycles == "none" or Slot("inner", hop.name, k) in matches.demand]
        self.inner = {k: tuple(c.name for c in elements.ids(Slot("inner", hop.name, k))) for k in inner}

    def leg(self, rel: Rel | None, count: int) -> Project:
        """The walks of one length."""
        assert rel is not None
        matches = self.matches
        last = self.steps[count - 1].to if count else matches.ids[self.start]
        if self.closes:
            rel = Filter(rel, same(rel, last, matches.ids[self.end], self.span), self.span)
        known = {c.name: c for c in rel.columns}
        values = [(name, name) for name in self.passed]
        if not self.closes:
            values += zip(matches._names(self.end), last, strict=True)
        found = [Assignment(new, column(known[old], self.span)) for new, old in values]
        if self.length:
            found.append(Assignment(self.length, Literal(count, ScalarType.LONG, self.span)))
        for k in range(1, self.hop.most + 1):
            found += self._edge(k, count, known)
        for k, names in self.inner.items():
            at = count - k if self.reverse else k
            ids = self.steps[at - 1].to if k < count else ()
            types = matches.elements.graph.id_types
            found += [self._value(n, known, ids[i] if ids else "", t) for i, (n, t) in enumerate(zip(names, types, strict=True))]
        return Project(rel, tuple(found), self.span)

    def _edge(self, k: int, count: int, known: dict[str, ColumnDef]) -> list[Assignment]:
        """What is read of the edge number `k`, counted from the pattern's left."""
        step = self.steps[count - k if self.reverse else k - 1] if k <= count else None
        slot = Slot("edge", self.hop.name, k)
        found = []
        for read in self.matches.demand.get(slot, {}):
            new = self.matches.elements.columns[slot, read]
            found.append(self._value(new.name, known, step.properties[read] if step else "", new.type))
        if self.numbers:
            found.append(self._value(self.numbers[k - 1], known, step.edge if step else "", ScalarType.LONG))
        return found

    def _value(self, new: str, known: dict[str, ColumnDef], old: str, kind: ScalarType) -> Assignment:
        return Assignment(new, column(known[old], self.span) if old else padding(kind, self.span))
