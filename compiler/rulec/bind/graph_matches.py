"""Matches of a pattern as a relation: walks along edges, one join an edge, a variable-length edge as the union of its lengths.

A condition is applied as soon as what it reads is there, so that few walks are begun.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from rulec.bind.graph_edges import Edges, Step, differ, join, same
from rulec.bind.graph_elements import DEGREE_IN, DEGREE_OUT, LENGTH, Elements, joined, registered
from rulec.bind.graph_lengths import Lengths
from rulec.bind.graph_model import Hop, Pattern, Slot
from rulec.bind.graph_nodes import COUNT, all_nodes, degrees, one_each, picked, shared
from rulec.bind.naming import Names
from rulec.bind.scope import column, definition
from rulec.bind.state import State
from rulec.ir import walk
from rulec.ir.exprs import Call, Case, Column, Expr, Literal
from rulec.ir.rels import Assignment, ColumnDef, Extend, Filter, Rel, Union
from rulec.records import record
from rulec.scalars import ScalarType
from rulec.source import Span


@record(slots=True)
class Conditions:
    """What a match must satisfy: `whole` of the match, `each` of every edge of a variable-length edge (name, number of the edge)."""

    whole: list[Expr] = field(default_factory=list)
    each: list[tuple[str, int, Expr]] = field(default_factory=list)


def localised(value: Expr, rel: Rel) -> Expr:
    """An expression over the columns of a relation, with what the relation says of their nulls."""
    known = {c.name: c for c in rel.columns}

    def here(part: Expr) -> Expr:
        found = known.get(part.name) if isinstance(part, Column) else None
        return column(found, part.span) if found is not None else part

    return walk.map_expression(value, here)


def reads(values: Iterable[Expr]) -> set[str]:
    """The columns that expressions read."""
    return {e.name for v in values for e in walk.expressions(v) if isinstance(e, Column)}


def order_of(pattern: Pattern, conditions: Conditions, columns: dict[str, tuple[Slot, str]]) -> tuple[str, list[tuple[Hop, bool]]]:
    """The node to begin at, the first one that a condition is on alone, and the hops from there, with those against their direction."""
    first = pattern.sequences[0]
    ends = [first[0].left, *(h.right for h in first)] if first else [pattern.nodes[0]]
    alone = [{columns[n][0] for n in reads((c,)) if n in columns} for c in conditions.whole]
    start = next((e for e in ends if {Slot("node", e)} in alone), ends[0])
    bound = {start}
    found: list[tuple[Hop, bool]] = []
    left = [s for s in pattern.sequences if s]
    while left:
        hops = next(s for s in left if bound & {n for h in s for n in (h.left, h.right)})
        left.remove(hops)
        names = [hops[0].left, *(h.right for h in hops)]
        at = next(i for i, n in enumerate(names) if n in bound)
        found += [(h, False) for h in hops[at:]] + [(h, True) for h in reversed(hops[:at])]
        bound |= set(names)
    return start, found


class Matches:
    """The relation of the matches as it grows, edge by edge.

    Attributes:
        ids: The columns of the nodes that are bound.
        taken: The columns with the numbers of the edges that are taken.
        visited: The ids of the nodes that a walk came through; with the column and the number that say whether it has that node.
    """

    def __init__(self, elements: Elements, conditions: Conditions, wanted: set[str], cycles: str, span: Span, state: State) -> None:
        self.elements, self.conditions, self.cycles, self.span, self.state = elements, conditions, cycles, span, state
        self.columns = dict(registered(elements))
        self.rel: Rel | None = None
        self.ids: dict[Slot, tuple[str, ...]] = {}
        self.taken: list[str] = []
        self.visited: list[tuple[tuple[str, ...], str, int]] = []
        self.wanted = wanted | reads(conditions.whole) | reads(c for _, _, c in conditions.each)
        self.demand: dict[Slot, dict[str, None]] = {}
        for name, (slot, read) in self.columns.items():
            if name in self.wanted:
                self.demand.setdefault(slot, {})[read] = None
        properties = dict.fromkeys(p for s, read in self.demand.items() if s.kind == "edge" for p in read if p != LENGTH)
        number = Names(elements.graph.edges.index).derived("number")
        self.numbered = number if cycles == "unique_edges" and self._may_repeat() else ""
        self.edges = Edges(elements.graph, properties, self.numbered, span, state)
        of_nodes = dict.fromkeys(p for s, read in self.demand.items() if s.kind != "edge" for p in read)
        self.providers = [
            (p, one_each(p, of_nodes, span, state)) for p in elements.graph.providers if any(n in p.columns for n in of_nodes)
        ]

    def built(self) -> Rel:
        """The matches, with all columns that are wanted."""
        start, hops = order_of(self.elements.pattern, self.conditions, self.columns)
        if not hops:
            self._begin(Slot("node", start))
        for hop, reverse in hops:
            whole, self.span = self.span, hop.span
            if hop.variable:
                self._variable(hop, reverse)
            else:
                self._fixed(hop, reverse)
            self.span = whole
        assert not self.conditions.whole, "a condition reads what no match has"
        self._provide(self.wanted)
        return self._rel

    # --- edges -----------------------------------------------------------------------------------------------------

    def _fixed(self, hop: Hop, reverse: bool) -> None:
        start, end = (Slot("node", n) for n in ((hop.right, hop.left) if reverse else (hop.left, hop.right)))
        slot = Slot("edge", hop.name)
        properties = {p: self.elements.columns[slot, p].name for p in self.demand.get(slot, {})}
        closes = end in self.ids or start == end
        step = Step(self._temporary(len(self._names(end))) if closes else self._names(end), self._number(), properties)
        self._walk(hop, reverse, start, self.ids.get(start), step)
        self._check(step, ())
        if closes:
            self._filter(same(self._rel, step.to, self.ids[end], self.span))
        else:
            self._bind(end)
        self.taken += [step.edge] if step.edge else []
        self._settle()

    def _walk(self, hop: Hop, reverse: bool, start: Slot, at: tuple[str, ...] | None, step: Step) -> None:
        """One more edge, from the node at `at`; the first one binds the node that it starts from."""
        if at is None:
            assert self.rel is None
            self.rel = self.edges.walked(hop, reverse, self._names(start), step)
            self._bind(start)
            return
        begin = self._temporary(len(at))
        self.rel = join(self._rel, self.edges.walked(hop, reverse, begin, step), "inner", zip(at, begin, strict=True), self.span)

    def _check(self, step: Step, before: Iterable[Step]) -> None:
        """Drops the walks that take an edge twice, or come to a node twice, as `cycles` says."""
        tests: list[Expr] = []
        if step.edge:
            earlier = [*self.taken, *(s.edge for s in before)]
            known = {c.name: c for c in self._rel.columns}
            for name in earlier:
                pair = (column(known[name], self.span), column(known[step.edge], self.span))
                tests.append(Call("!=", pair, ScalarType.BOOL, False, self.span))
        if self.cycles == "none":
            for ids, length, least in (*self.visited, *((s.to, "", 0) for s in before)):
                other = differ(self._rel, step.to, ids, self.span)
                tests.append(joined("or", [self._shorter(length, least), other], self.span) if length else other)
        if tests:
            self._filter(joined("and", tests, self.span))

    def _shorter(self, length: str, least: int) -> Expr:
        count = Literal(least, ScalarType.LONG, self.span)
        return Call("<", (Column(length, ScalarType.LONG, False, self.span), count), ScalarType.BOOL, False, self.span)

    # --- variable-length edges -------------------------------------------------------------------------------------

    def _variable(self, hop: Hop, reverse: bool) -> None:
        start, end = (Slot("node", n) for n in ((hop.right, hop.left) if reverse else (hop.left, hop.right)))
        if hop.least == 0:
            if self.rel is None:
                self._begin(start)
            self.rel = shared(self._rel, "start", self.span, self.state)
        tests = self._tests(hop)
        walks: list[Rel | None] = [self.rel]
        steps: list[Step] = []
        passed: tuple[str, ...] = tuple(c.name for c in self.rel.columns) if self.rel is not None else ()
        for number in range(1, hop.most + 1):
            step = self._temporary_step(hop)
            self._walk(hop, reverse, start, steps[-1].to if steps else self.ids.get(start), step)
            self._check(step, steps)
            self._apply(tests.get(number, []), hop, number, step)
            if not steps and not passed:
                self._settle()
                own = {*step.to, step.edge, *step.properties.values()}
                passed = tuple(c.name for c in self._rel.columns if c.name not in own)
            steps.append(step)
            if hop.least <= number < hop.most:
                self.rel = shared(self._rel, f"walk{number}", self.span, self.state)
            walks.append(self.rel)
        self._unite(Lengths(self, hop, reverse, start, end, steps, passed), walks)

    def _unite(self, lengths: Lengths, walks: list[Rel | None]) -> None:
        hop, end = lengths.hop, lengths.end
        legs = [lengths.leg(walks[n], n) for n in range(hop.least, hop.most + 1)]
        columns = tuple(c._replace(nullable=any(leg.columns[at].nullable for leg in legs)) for at, c in enumerate(legs[0].columns))
        self.rel = legs[0] if len(legs) == 1 else Union(tuple(legs), columns, self.span)
        self.visited += [(ids, lengths.length, k + 1) if k >= hop.least else (ids, "", 0) for k, ids in lengths.inner.items()]
        self.taken += lengths.numbers
        self.ids.update({Slot("inner", hop.name, k): ids for k, ids in lengths.inner.items()})
        if end not in self.ids:
            self._bind(end)
        self._settle()

    def _tests(self, hop: Hop) -> dict[int, list[Expr]]:
        """The conditions on each edge by its number; those that read what comes later are left to the whole match."""
        found: dict[int, list[Expr]] = {}
        others: list[tuple[str, int, Expr]] = []
        present = {c.name for c in self.rel.columns} if self.rel is not None else set()
        for name, number, test in self.conditions.each:
            if name != hop.name:
                others.append((name, number, test))
                continue
            own = Slot("edge", hop.name, number)
            outside = {n for n in reads((test,)) if n not in present and self.columns.get(n, (own, ""))[0] != own}
            if not outside:
                found.setdefault(number, []).append(test)
                continue
            if number > hop.least:
                length = self.elements.define(Slot("edge", hop.name), LENGTH, ScalarType.LONG, False)
                self.columns[length.name] = (Slot("edge", hop.name), LENGTH)
                test = joined("or", [self._shorter(length.name, number), test], self.span)
            self.conditions.whole.append(test)
        self.conditions.each = others
        return found

    def _apply(self, tests: list[Expr], hop: Hop, number: int, step: Step) -> None:
        """Conditions on one edge, over the columns of its step."""
        slot = Slot("edge", hop.name, number)
        renamed = {self.elements.columns[slot, p].name: new for p, new in step.properties.items() if (slot, p) in self.elements.columns}

        def here(part: Expr) -> Expr:
            return (
                Column(renamed[part.name], part.type, part.nullable, part.span)
                if isinstance(part, Column) and part.name in renamed
                else part
            )

        for test in tests:
            self._filter(walk.map_expression(test, here))

    def _temporary_step(self, hop: Hop) -> Step:
        """Names for a step of a variable-length edge: the properties that are read of any of its edges."""
        read = dict.fromkeys(p for s, ps in self.demand.items() if s.kind == "edge" and s.name == hop.name for p in ps if p != LENGTH)
        return Step(
            self._temporary(len(self.elements.graph.source)), self._number(), {p: self.elements.names.derived(f"step_{p}") for p in read}
        )

    # --- nodes and conditions --------------------------------------------------------------------------------------

    @property
    def _rel(self) -> Rel:
        assert self.rel is not None
        return self.rel

    def _begin(self, slot: Slot) -> None:
        """Starts from all nodes."""
        self.rel = all_nodes(self.elements.graph, self.elements.ids(slot), self.span)
        self._bind(slot)
        self._settle()

    def _bind(self, slot: Slot) -> None:
        self.ids[slot] = self._names(slot)
        self.visited.append((self.ids[slot], "", 0))

    def _names(self, slot: Slot) -> tuple[str, ...]:
        return tuple(c.name for c in self.elements.ids(slot))

    def _temporary(self, count: int) -> tuple[str, ...]:
        return tuple(self.elements.names.derived("node") for _ in range(count))

    def _number(self) -> str:
        return self.elements.names.derived("edge") if self.numbered else ""

    def _filter(self, predicate: Expr) -> None:
        self.rel = Filter(self._rel, localised(predicate, self._rel), predicate.span)

    def _settle(self) -> None:
        """Applies the conditions of which all columns are there, or can be had from the nodes that are bound."""
        waiting = self.conditions.whole
        for free in (True, False):  # those that need no join come first
            later: list[Expr] = []
            for condition in waiting:
                needs = reads((condition,))
                present = {c.name for c in self._rel.columns}
                missing = [n for n in needs if n not in present and n in self.columns]
                if missing and (free or not all(self.columns[n][0] in self.ids for n in missing)):
                    later.append(condition)
                    continue
                self._provide(missing)
                self._filter(condition)
            waiting = later
        self.conditions.whole = waiting

    def _provide(self, names: Iterable[str]) -> None:
        """Joins the properties of bound nodes that are not there yet."""
        present = {c.name for c in self._rel.columns}
        missing: dict[Slot, list[str]] = {}
        for name in sorted(names):
            if name not in present and name in self.columns and self.columns[name][0] in self.ids:
                slot, read = self.columns[name]
                missing.setdefault(slot, []).append(read)
        for slot, properties in missing.items():
            self._join_properties(slot, properties)

    def _join_properties(self, slot: Slot, properties: list[str]) -> None:
        for kind in (DEGREE_IN, DEGREE_OUT):
            if kind in properties:
                self._join_degree(slot, kind)
        found: dict[str, list[str]] = {}
        for provider, rel in self.providers:
            here = [p for p in properties if p in provider.columns]
            if here:
                names = [self.elements.names.derived(p) for p in here]
                self._join_provider(slot, rel, provider.key, here, names)
                for read, name in zip(here, names, strict=True):
                    found.setdefault(read, []).append(name)
        known = {c.name: c for c in self._rel.columns}
        values = [
            Assignment(self.elements.columns[slot, p].name, _first([known[n] for n in names], self.span)) for p, names in found.items()
        ]
        if values:
            self.rel = Extend(self._rel, tuple(values), self.span)

    def _join_provider(self, slot: Slot, rel: Rel, key: tuple[str, ...], properties: list[str], names: list[str]) -> None:
        known = {c.name: c for c in rel.columns}
        keys = self._temporary(len(self.ids[slot]))
        types = self.elements.graph.id_types
        new = [definition(k, t, True) for k, t in zip(keys, types, strict=True)]
        new += [definition(n, known[p].type, True) for p, n in zip(properties, names, strict=True)]
        right = picked(rel, (*key, *properties), new, self.span)
        self.rel = join(self._rel, right, "leftouter", zip(self.ids[slot], keys, strict=True), self.span)

    def _join_degree(self, slot: Slot, kind: str) -> None:
        types = self.elements.graph.id_types
        ids = tuple(definition(n, t, True) for n, t in zip(self._temporary(len(types)), types, strict=True))
        rel = degrees(self.elements.graph, kind, ids, self.span)
        name = self.elements.names.derived(COUNT)
        self._join_provider(slot, rel, tuple(c.name for c in ids), [COUNT], [name])
        counted = next(c for c in self._rel.columns if c.name == name)
        values = (column(counted, self.span), Literal(0, ScalarType.LONG, self.span))
        value = Call("coalesce", values, ScalarType.LONG, False, self.span)
        self.rel = Extend(self._rel, (Assignment(self.elements.columns[slot, kind].name, value),), self.span)

    def _may_repeat(self) -> bool:
        """Whether an edge could be taken twice: not by one edge alone, nor by edges that conditions tell apart."""
        hops = list(self.elements.pattern.edges.values())
        if any(h.most > 1 for h in hops):
            return True
        wanted, differ_ = self._facts()
        return any(not _apart(a, b, wanted, differ_) for i, a in enumerate(hops) for b in hops[:i])

    def _facts(self) -> tuple[dict[tuple[Slot, str], object], set[frozenset[Slot]]]:
        """The constants that properties must be equal to, and the pairs of elements of which one property must differ."""
        wanted: dict[tuple[Slot, str], object] = {}
        pairs: set[frozenset[Slot]] = set()
        for condition in self.conditions.whole:
            match condition:
                case Call("==", (Column(name=name), Literal(value=value))) if name in self.columns and value is not None:
                    wanted[self.columns[name]] = value
                case Call("!=" | "<" | ">", (Column(name=first, type=kind), Column(name=second))) if {first, second} <= self.columns.keys():
                    (one, read), (other, same_read) = self.columns[first], self.columns[second]
                    if read == same_read and kind not in (ScalarType.REAL, ScalarType.DYNAMIC):  # NaN differs from itself
                        pairs.add(frozenset((one, other)))
        return wanted, pairs


def _apart(a: Hop, b: Hop, wanted: dict[tuple[Slot, str], object], pairs: set[frozenset[Slot]]) -> bool:
    """Whether two edges of a pattern can never be one edge of the graph: they or their ends are told apart."""
    both = [(Slot("edge", a.name), Slot("edge", b.name))]
    if "any" not in (a.direction, b.direction):
        ends = [(h.left, h.right) if h.direction == "right" else (h.right, h.left) for h in (a, b)]
        both += [(Slot("node", x), Slot("node", y)) for x, y in zip(*ends, strict=True)]
    if any(frozenset(pair) in pairs for pair in both):
        return True
    return any(value != wanted.get((y, read), value) for x, y in both for (slot, read), value in wanted.items() if slot == x)


def _first(values: list[ColumnDef], span: Span) -> Expr:
    """The value of the first table that has one."""
    result: Expr = column(values[-1], span)
    for value in reversed(values[:-1]):
        read = column(value, span)
        empty = Call("isempty" if read.type is ScalarType.STRING else "isnull", (read,), ScalarType.BOOL, False, span)
        result = Case(((empty, result),), read, read.type, read.nullable or result.nullable, span)
    return result
