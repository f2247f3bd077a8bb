"""Variables of a sketch: cells of events that may be set, and what the query computes of them, kept up to date."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from rulec.scalars import ScalarType
from tests.parity.templates import Template, Unanswerable

#: New values of settable variables, by number.
Patch = dict[int, Any]


class Solving(Protocol):
    """What a gather may ask of the solver."""

    store: Store

    def want(self, number: int, value: Any) -> Iterator[Patch]: ...

    def vary(self, number: int, others: Sequence[Any]) -> Iterator[Patch]: ...


@dataclass(slots=True)
class Cell:
    """A settable variable: an event's cell (`table` is set), or a size or a pick of the sketch. `origin` names it over rebuilds."""

    type: ScalarType
    origin: tuple[Any, ...]
    table: str = ""
    row: int = -1
    column: str = ""
    limit: int | None = None


@dataclass(slots=True)
class Constant:
    """A fixed value."""

    type: ScalarType


@dataclass(slots=True)
class Formula:
    """An expression of the query over other variables."""

    template: Template
    scope: Mapping[str, int]

    @property
    def inputs(self) -> tuple[int, ...]:
        return tuple(self.scope[name] for name in self.template.reads)


class Gather(Protocol):
    """A value made of many variables (an aggregate, a captured text, a set of equal values)."""

    @property
    def inputs(self) -> tuple[int, ...]: ...

    def evaluate(self, values: Sequence[Any]) -> Any: ...

    def want(self, solver: Solving, value: Any) -> Iterator[Patch]: ...


@dataclass(slots=True)
class Store:
    """All variables with their present values. `checks` must be true; `weight` sums those that are not."""

    kinds: list[Cell | Constant | Formula | Gather] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    checks: dict[int, float] = field(default_factory=dict)
    broken: set[int] = field(default_factory=set)
    weight: float = 0.0
    _readers: list[list[int]] = field(default_factory=list)
    _live: list[list[int]] | None = None

    def add(self, kind: Cell | Constant | Formula | Gather, value: Any = None) -> int:
        """A new variable's number; the value of a computed one is computed."""
        number = len(self.kinds)
        self.kinds.append(kind)
        self._readers.append([])
        self.values.append(value)
        if not isinstance(kind, Cell | Constant):
            for read in set(kind.inputs):
                self._readers[read].append(number)
            self.values[number] = self._computed(number)
        return number

    def require(self, number: int) -> None:
        """Makes a variable a check: it must be true."""
        if number not in self.checks:
            self.checks[number] = 1.0
            self._judge(number)

    def focus(self) -> None:
        """From now on only what checks depend on is kept up to date: a parser has a hundred columns, a rule reads three."""
        live: set[int] = set()
        todo = list(self.checks)
        while todo:
            number = todo.pop()
            if number in live:
                continue
            live.add(number)
            kind = self.kinds[number]
            if not isinstance(kind, Cell | Constant):
                todo.extend(kind.inputs)
        self._live = [[r for r in readers if r in live] for readers in self._readers]

    def strengthen(self, number: int) -> None:
        """A check that stays broken counts more."""
        if number in self.broken:
            self.weight += 1.0
        self.checks[number] += 1.0

    def row(self, formula: Formula) -> dict[str, Any]:
        """The columns that a formula reads."""
        return {name: self.values[formula.scope[name]] for name in formula.template.reads}

    def apply(self, patch: Patch) -> list[tuple[int, Any]]:
        """Sets variables and what depends on them; the old values are returned for `undo`."""
        journal: list[tuple[int, Any]] = []
        readers = self._readers if self._live is None else self._live
        queue: list[int] = []
        queued: set[int] = set()

        def changed(number: int, value: Any) -> None:
            journal.append((number, self.values[number]))
            self.values[number] = value
            self._judge(number)
            for reader in readers[number]:
                if reader not in queued:
                    queued.add(reader)
                    heapq.heappush(queue, reader)

        for number, value in patch.items():
            if not same(self.values[number], value):
                changed(number, value)
        while queue:
            number = heapq.heappop(queue)
            value = self._computed(number)
            if not same(self.values[number], value):
                changed(number, value)
        return journal

    def undo(self, journal: list[tuple[int, Any]]) -> None:
        """Takes back what `apply` did."""
        for number, value in reversed(journal):
            self.values[number] = value
            self._judge(number)

    @contextmanager
    def trial(self, patch: Patch) -> Iterator[None]:
        """The store as it would be after a patch."""
        journal = self.apply(patch)
        try:
            yield
        finally:
            self.undo(journal)

    def _judge(self, number: int) -> None:
        weight = self.checks.get(number)
        if weight is None:
            return
        holds = self.values[number] is True
        if holds and number in self.broken:
            self.broken.discard(number)
            self.weight -= weight
        elif not holds and number not in self.broken:
            self.broken.add(number)
            self.weight += weight

    def _computed(self, number: int) -> Any:
        kind = self.kinds[number]
        if isinstance(kind, Formula):
            try:
                return kind.template.value(self.row(kind))
            except Unanswerable:
                return None
        assert not isinstance(kind, Cell | Constant)
        return kind.evaluate(self.values)


def same(a: Any, b: Any) -> bool:
    """Whether two carriers are the same value of the same type."""
    return type(a) is type(b) and bool(a == b)
