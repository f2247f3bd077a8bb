"""Running a query on engines, and what it means when they differ."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.conformance.cases import Case, Cell, Column, Order
from tests.conformance.compare import Result, differences
from tests.conformance.engines import Engine, open_engine
from tests.differential.nodes import Query

#: Seconds that an engine may take for a query.
LIMIT: Final = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the engines say of a query.

    Attributes:
        refused: The engines that refuse it, with code and message.
        problems: What is wrong, by engine; empty when all that answered agree.
    """

    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)

    @property
    def kind(self) -> tuple[str, ...]:
        """What stays the same while a query shrinks: the engines that are wrong, and how each of them is."""
        return tuple(f"{engine}: {_kind(problem[0])}" for engine, problem in sorted(self.problems.items()))


def _kind(problem: str) -> str:
    for head in ("columns:", "column ", "rows:", "expected ", "got "):
        if problem.startswith(head):
            return "differs"
    return problem.partition("(")[0][:60]


def _late(signal_number: int, frame: object) -> None:
    raise TimeoutError(f"no answer within {LIMIT} seconds")


class Engines:
    """The engines of a run; the first one that answers is what the others are compared with."""

    def __init__(self, names: Sequence[str]) -> None:
        self._engines: dict[str, Engine] = {name: open_engine(name) for name in names}

    def judge(self, query: Query, names: Sequence[str] = ()) -> Verdict:
        """Runs a query and compares the answers."""
        return self.judge_text(query.text, ordered=query.ordered, as_sets=query.as_sets, names=names)

    def judge_text(self, text: str, *, ordered: bool, as_sets: bool, names: Sequence[str] = (), keys: tuple[str, ...] = ()) -> Verdict:
        """The same of a query's text. `keys`: what the rows are ordered by, if ties may come in any order."""
        verdict = Verdict()
        reference: Result | None = None
        for name in names or self._engines:
            result = self._answer(name, text)
            if result.code is not None:
                verdict.refused[name] = (result.code, result.error or "")
            elif result.error is not None:
                verdict.problems[name] = [result.error]
            elif reference is None:
                reference = result
            elif found := differences(expected(reference, ordered, as_sets, keys), result):
                verdict.problems[name] = found
        return verdict

    def _answer(self, name: str, text: str) -> Result:
        """An engine's answer; one that takes longer than the limit is an error like any other."""
        signal.signal(signal.SIGALRM, _late)
        signal.alarm(LIMIT)
        try:
            return self._engines[name](Case("query", "differential", text))
        finally:
            signal.alarm(0)

    def differ(self, text: str, other: str, name: str, *, as_sets: bool) -> bool:
        """Whether an engine answers two texts differently."""
        first, second = (self._answer(name, t) for t in (text, other))
        return first.error is not None or bool(differences(expected(first, False, as_sets), second))


def expected(reference: Result, ordered: bool, as_sets: bool, keys: tuple[str, ...] = ()) -> Case:
    """An engine's answer as what the others must give."""
    columns = tuple(Column(name, frozenset({type_})) for name, type_ in reference.columns)
    rows = tuple(tuple(Cell(value) for value in row) for row in reference.rows or ())
    order = Order.KEYS if ordered and {name for name, _ in reference.columns}.issuperset(keys) else Order.NONE
    return Case("query", "differential", "", columns, rows, len(rows), order, keys, set_arrays=as_sets)
