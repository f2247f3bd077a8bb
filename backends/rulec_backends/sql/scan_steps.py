"""The steps of `scan` as a fold over a list of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from rulec.ir.exprs import StepColumn
from rulec.ir.rels import ScanOperator
from rulec.ir.walk import expressions
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.levels import Level, Slot, unique
from rulec_backends.sql.pipeline import Pipeline
from rulec_backends.sql.records import Kind, Record, empty_list
from rulec_backends.sql.trees import Tree

#: Members beside the query's columns: the row's place in the list, the match's number, the next number, the matches so far.
_PLACE, _ID, _NEXT, _FOUND, _ORDER = "place", "id", "next_id", "found", "row_number"
_RESERVED: Final = (_PLACE, _ID, _NEXT, _FOUND, _ORDER)

Values = dict[str, Tree]


class Folding:
    """What the fold over one partition's rows is made of: the types of a row, of a match and of the state."""

    def __init__(self, p: Pipeline, rel: ScanOperator, level: Level) -> None:
        self.p, self.rel, self.d = p, rel, p.dialect
        self.inputs = {c.name: c for c in rel.input.columns}
        self.labels: dict[str, str] = {}
        for name in (*self.inputs, *(a.name for a in rel.declared)):
            self.labels[name] = unique(name, [*self.labels.values(), *_RESERVED])
        self.rows = self._record({_ORDER: "BIGINT", **{self.labels[n]: self.d.sql_type(c.type) for n, c in self.inputs.items()}})
        declared = {self.labels[a.name]: self.d.sql_type(a.value.type) for a in rel.declared}
        self.match = self._record({_PLACE: "BIGINT", **({_ID: "BIGINT"} if rel.match_id else {}), **declared})
        none = Row(p, Level(None, {}))
        self.missing = {n: self.d.literal(None, c.type) for n, c in self.inputs.items()}
        self.missing |= {a.name: none.lower(a.value) for a in rel.declared}
        self.slots = {n: Slot(t.null(), c.type, c.nullable) for n, c in self.inputs.items()}
        self.slots |= {a.name: Slot(self.missing[a.name], a.value.type, a.value.nullable) for a in rel.declared}
        self.kinds = {n: self.d.sql_type(slot.type) for n, slot in self.slots.items()}
        numbers = {step.name: number for number, step in enumerate(rel.steps)}
        read = (n for step in rel.steps for e in (step.condition, *(a.value for a in step.assignments)) for n in expressions(e))
        self.read = tuple(dict.fromkeys((numbers[n.step], n.name) for n in read if isinstance(n, StepColumn)))
        self.has_states = len(rel.steps) > 1 or rel.match_id is not None
        self.state = self._record(self._state_members())

    def _record(self, members: Mapping[str, str | Kind]) -> Record:
        return Record(self.p, {n: t.sql_type(k) if isinstance(k, str) else k for n, k in members.items()})

    def _state_members(self) -> dict[str, str | Kind]:
        members: dict[str, str | Kind] = {_PLACE: "BIGINT", _FOUND: t.list_type(self.match.kind)}
        if self.rel.match_id:
            members[_NEXT] = "BIGINT"
        self.cells: dict[tuple[int, int, str], str] = {}
        for number, step in enumerate(self.rel.steps):
            if self.has_states:
                members[self._on(number)] = "BOOLEAN"
            if self.rel.match_id:
                members[self._id(number)] = "BIGINT"
            for at, name in self.read:
                if at <= number:
                    words = [step.name] if len(self.rel.steps) > 1 else []
                    words += [self.rel.steps[at].name] if at != number else []
                    label = unique("_".join([*words, self.labels[name]]), members)
                    members[label] = self.kinds[name]
                    self.cells[(number, at, name)] = label
        return members

    def _on(self, number: int) -> str:
        return f"in_{self.rel.steps[number].name}"

    def _id(self, number: int) -> str:
        return f"id_{self.rel.steps[number].name}"

    # --- the lists ------------------------------------------------------------------------------------------------

    def row_of(self, level: Level, order: Tree) -> Tree:
        """A row of the level as a record."""
        return self.rows.of({_ORDER: order, **{self.labels[n]: level.columns[n].tree for n in self.inputs}})

    def column(self, rows: Tree, match: Tree, name: str | None) -> Tree:
        """A column of a match: its own, or that of its row; without a name the row's place in the order."""
        if name is not None and name not in self.inputs:
            return self.match.get(match, self.labels.get(name, _ID))
        source = self.d.list_place(rows, self.match.get(match, _PLACE))
        return self.rows.get(source, _ORDER if name is None else self.labels[name])

    def found(self, row: Row, rows: Tree) -> Tree:
        """The list of matches."""
        start: Values = {_PLACE: t.num(0), _FOUND: empty_list(self.match.kind), _NEXT: t.num(0)}
        for number in range(len(self.rel.steps)):
            start |= {self._on(number): t.false(), self._id(number): t.cast(t.null(), "BIGINT")}
        start |= {label: self.missing[name] for (_, _, name), label in self.cells.items()}
        return self.state.get(self.d.list_fold(row, rows, self.state.of(start), self._advanced), _FOUND)

    # --- one row --------------------------------------------------------------------------------------------------

    def _advanced(self, state: Tree, item: Tree) -> Tree:
        last = len(self.rel.steps) - 1
        for number in range(last, -1, -1):
            state = self._let(state, lambda s, number=number: self._tried(number, s, item, number == last))  # type: ignore[misc]
        return state

    def _let(self, tree: Tree, body: Callable[[Tree], Tree]) -> Tree:
        return body(tree) if isinstance(tree, nodes.Var) else self.d.let(self.p.fresh("x"), tree, body)

    def _tried(self, number: int, s: Tree, item: Tree, is_first: bool) -> Tree:
        """The state after the row was tried on a step."""
        sources = list(self._sources(number))
        own = self._test(number, number, s, item)
        if not sources:
            match = self._match(number, None, own, s, item, is_first)
            always = own if t.is_true(own) else None
            return self._let(match, lambda m: self._after(number, None, m, s, item, is_first, always))
        free = [t.not_(self.state.get(s, self._on(source))) for source in sources]
        branches = []
        for at, source in enumerate(sources):
            taken = t.and_(*(f for f in free[:at]), self.state.get(s, self._on(source)), self._test(number, source, s, item))
            branches.append((taken, t.num(source)))
        begun = self.state.get(s, self._on(number))
        if all(self.rel.steps[source].optional for source in sources):
            begun = t.or_(begun, t.and_(*free))
        branches.append((t.and_(begun, own), t.num(number)))

        def with_source(h: Tree) -> Tree:
            match = self._match(number, h, t.is_not_null(h), s, item, is_first)
            return self._let(match, lambda m: self._after(number, h, m, s, item, is_first))

        return self._let(t.case(branches), with_source)

    def _sources(self, number: int) -> Iterator[int]:
        """The steps whose chains may lead to the step: the nearest, and the ones before it past optional ones."""
        for source in range(number - 1, -1, -1):
            yield source
            if not self.rel.steps[source].optional:
                return

    def _chain(self, number: int, s: Tree, at: int, name: str) -> Tree:
        """A column of the row that the step `at` matched, in the chain of a step."""
        label = self.cells.get((number, at, name))
        return self.state.get(s, label) if label is not None else self.missing[name]

    def _row(self, item: Tree, read: Callable[[int, str], Tree]) -> Row:
        slots = {
            n: Slot(self.rows.get(item, self.labels[n]) if n in self.inputs else s.tree, s.type, s.nullable) for n, s in self.slots.items()
        }
        row = Row(self.p, Level(None, slots), inline=True)
        row.steps = {(self.rel.steps[at].name, name): read(at, name) for at, name in self.read}
        return row

    def _test(self, number: int, source: int, s: Tree, item: Tree) -> Tree:
        row = self._row(item, lambda at, name: self._chain(source, s, at, name))
        test = row.predicate(self.rel.steps[number].condition)
        return test if isinstance(test, nodes.Boolean) else t.coalesce(test, t.false())

    def _from(self, number: int, h: Tree | None, s: Tree, at: int, name: str) -> Tree:
        """A column of the chain that is taken over: that of the step `h`."""
        own = self._chain(number, s, at, name)
        if h is None:
            return own
        branches = [(t.eq(h, t.num(source)), self._chain(source, s, at, name)) for source in self._sources(number)]
        return own if all(value == own for _, value in branches) else t.case(branches, own)

    def _match(self, number: int, h: Tree | None, test: Tree, s: Tree, item: Tree, is_first: bool) -> Tree:
        """The match as a record; null of none."""
        row = self._row(item, lambda at, name: self._from(number, h, s, at, name))
        values = {self.labels[a.name]: self.missing[a.name] for a in self.rel.declared}
        values |= {self.labels[a.name]: row.lower(a.value) for a in self.rel.steps[number].assignments}
        values[_PLACE] = self._place(s, is_first)
        if self.rel.match_id:
            own = t.when(self.state.get(s, self._on(number)), self.state.get(s, self._id(number)), self.state.get(s, _NEXT))
            ids = (
                [(t.eq(h, t.num(source)), self.state.get(s, self._id(source))) for source in self._sources(number)] if h is not None else []
            )
            values[_ID] = t.case(ids, own) if ids else own
        made = self.match.of(values)
        return made if t.is_true(test) else t.when(test, made)

    def _place(self, s: Tree, is_first: bool) -> Tree:
        place = self.state.get(s, _PLACE)
        return t.add(place, t.num(1)) if is_first else place

    def _after(self, number: int, h: Tree | None, m: Tree, s: Tree, item: Tree, is_first: bool, always: Tree | None = None) -> Tree:
        """The state with the match `m` of a step."""
        matched = always or t.is_not_null(m)
        values = {label: self.state.get(s, label) for label in self.state.members}
        values[_PLACE] = self._place(s, is_first)
        if self.rel.steps[number].output == "all":
            values[_FOUND] = _when(matched, self.d.list_append(values[_FOUND], m), values[_FOUND])
        for at, name in self.read:
            label = self.cells.get((number, at, name))
            if label is not None:
                values[label] = _when(matched, self._kept(number, h, m, s, item, at, name), values[label])
        if self.has_states:
            self._moved(number, h, m, s, values)
        return self.state.of(values)

    def _kept(self, number: int, h: Tree | None, m: Tree, s: Tree, item: Tree, at: int, name: str) -> Tree:
        if at != number:
            return self._from(number, h, s, at, name)
        return self.rows.get(item, self.labels[name]) if name in self.inputs else self.match.get(m, self.labels[name])

    def _moved(self, number: int, h: Tree | None, m: Tree, s: Tree, values: Values) -> None:
        """The chain is the step's now, and no longer that of the step before."""
        matched, begun = t.is_not_null(m), self.state.get(s, self._on(number))
        values[self._on(number)] = t.or_(begun, matched)
        if self.rel.match_id:
            values[self._id(number)] = t.when(matched, self.match.get(m, _ID), values[self._id(number)])
            is_new = t.and_(matched, t.not_(begun), *([t.eq(h, t.num(number))] if h is not None else []))
            values[_NEXT] = t.when(is_new, t.add(values[_NEXT], t.num(1)), values[_NEXT])
        for source in self._sources(number) if h is not None else ():
            taken = t.same(h, t.num(source))  # type: ignore[arg-type]
            values[self._on(source)] = t.and_(values[self._on(source)], t.not_(taken))
            for (step, _, name), label in self.cells.items():
                if step == source:
                    values[label] = t.when(taken, self.missing[name], values[label])


def _when(condition: Tree, value: Tree, default: Tree) -> Tree:
    return value if t.is_true(condition) else t.when(condition, value, default)
