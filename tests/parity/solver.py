"""Changes cells until all checks hold: takes a broken one, inverts its expression over the present values, keeps what helps most."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeAlias, assert_never

from rulec.ir.exprs import Call, Case, Column, Convert, Expr, InRelation, Literal, Parameter, Path, StepColumn, ToScalar, Window
from rulec.scalars import ScalarType
from tests.parity import inverses, truths
from tests.parity.store import Cell, Constant, Formula, Patch, Store
from tests.parity.templates import Unanswerable
from tests.parity.values import coerced, different, with_path

#: Patches looked at for one broken check, and along one way of a chain of wishes.
BREADTH: Final = 40
CHAIN_BREADTH: Final = 6
MAX_DEPTH: Final = 60
MILLISECOND: Final = 10_000


@dataclass(slots=True)
class Frame:
    """A formula with the values of all its parts."""

    formula: Formula
    trace: Mapping[int, Any]

    def value(self, expr: Expr) -> Any:
        """A part's present value."""
        return self.trace[id(expr)]

    def number(self, column: Column) -> int:
        """The variable that a column stands for."""
        return self.formula.scope[column.name]


Inverse: TypeAlias = "Callable[[Solver, Frame, Call, Any], Iterable[Patch]]"


class Solver:
    """Wishes turned into patches. `want` for variables, `want_expr` and `make_expr` for parts of formulas."""

    def __init__(self, store: Store, seed: int = 1) -> None:
        self.store = store
        self.random = random.Random(seed)
        self._depth = 0
        self._end = math.inf

    def limit(self, seconds: float) -> None:
        """No patches are found after so many seconds from now."""
        self._end = time.monotonic() + seconds

    # --- variables ---

    def want(self, number: int, value: Any) -> Iterator[Patch]:
        """Patches after which a variable should have a value."""
        kind = self.store.kinds[number]
        match kind:
            case Cell():
                yield from self._set(kind, number, value)
            case Constant():
                return
            case Formula():
                frame = self.frame(kind)
                if frame is not None:
                    yield from self.want_expr(frame, kind.template.expr, value)
            case _:
                if self._depth < MAX_DEPTH:
                    yield from self._deeper(kind.want(self, value))

    def vary(self, number: int, others: Sequence[Any]) -> Iterator[Patch]:
        """Patches after which a variable should have a value that is not among others."""
        taken = {repr(o) for o in others}
        present = self.store.values[number]
        fresh = (v for v in different(present, self.type_of(number), len(others)) if repr(v) not in taken)
        for value in islice(fresh, 4):
            yield from islice(self.want(number, value), CHAIN_BREADTH)

    def type_of(self, number: int) -> ScalarType:
        """A variable's type; a gather's is taken to be dynamic."""
        kind = self.store.kinds[number]
        match kind:
            case Cell() | Constant():
                return kind.type
            case Formula():
                return kind.template.expr.type
            case _:
                return {bool: ScalarType.BOOL, int: ScalarType.LONG, str: ScalarType.STRING, float: ScalarType.REAL}.get(
                    type(self.store.values[number]), ScalarType.DYNAMIC
                )

    def frame(self, formula: Formula) -> Frame | None:
        """The formula with its present values; None when it cannot be computed."""
        try:
            return Frame(formula, formula.template.values(self.store.row(formula)))
        except Unanswerable:
            return None

    def _set(self, cell: Cell, number: int, value: Any) -> Iterator[Patch]:
        fitting, value = coerced(value, cell.type)
        if not fitting or (cell.limit is not None and (value is None or not 0 <= value <= cell.limit)):
            return
        if cell.type is ScalarType.DATETIME and value is not None and value % MILLISECOND:
            # what stores keep of a time: everything that targets are given is whole milliseconds
            yield {number: value - value % MILLISECOND}
            value += MILLISECOND - value % MILLISECOND
        yield {number: value}

    def _deeper(self, patches: Iterable[Patch]) -> Iterator[Patch]:
        # the ways through a chain of conditions are too many to end by their number
        if time.monotonic() > self._end:
            return
        self._depth += 1
        try:
            yield from islice(patches, BREADTH)
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError):
            return  # a value of a kind that the inverse does not know: no patch
        finally:
            self._depth -= 1

    # --- expressions ---

    def want_expr(self, frame: Frame, expr: Expr, value: Any) -> Iterator[Patch]:
        """Patches after which a part of a formula should have a value."""
        if self._depth >= MAX_DEPTH:
            return
        match expr:
            case Column():
                yield from self._deeper(self.want(frame.number(expr), value))
            case Convert(operand=operand):
                yield from self._deeper(self.want_expr(frame, operand, value))
            case Case():
                yield from self._deeper(self._want_case(frame, expr, value))
            case Path():
                yield from self._deeper(self._want_path(frame, expr, value))
            case Call(type=ScalarType.BOOL, function=function) if isinstance(value, bool) and function not in inverses.INVERSES:
                yield from self.make_expr(frame, expr, value)
            case Call(function=function):
                inverse = inverses.INVERSES.get(function, inverses.shifted)
                yield from self._deeper(inverse(self, frame, expr, value))
            case Literal() | Parameter() | InRelation() | ToScalar() | Window() | StepColumn():
                return
            case _:
                assert_never(expr)

    def make_expr(self, frame: Frame, expr: Expr, truth: bool) -> Iterator[Patch]:
        """Patches after which a condition should be true, or not true."""
        if self._depth >= MAX_DEPTH:
            return
        if isinstance(expr, Call):
            found = truths.truth_of(expr.function)
            if found is not None:
                make, negated = found
                yield from self._deeper(make(self, frame, expr, truth != negated))
                return
        if isinstance(expr, Call) and expr.function not in inverses.INVERSES:
            yield from self._deeper(inverses.shifted(self, frame, expr, truth))
        else:
            yield from self.want_expr(frame, expr, truth)

    def all_of(self, frame: Frame, wishes: Sequence[tuple[Expr, Any]]) -> list[Patch]:
        """Patches that fulfil several wishes one after the other."""
        steps: list[Callable[[Frame], Iterator[Patch]]] = [lambda f, e=e, v=v: self.want_expr(f, e, v) for e, v in wishes]  # type: ignore[misc]
        return self.in_turn(frame, steps)

    def in_turn(self, frame: Frame, steps: Sequence[Callable[[Frame], Iterator[Patch]]]) -> list[Patch]:
        """Patches of the steps, each made with those before it applied."""
        patches: list[Patch] = [{}]
        for step in steps:
            extended: list[Patch] = []
            for patch in patches:
                with self.store.trial(patch):
                    fresh = self.frame(frame.formula)
                    more = list(islice(step(fresh), CHAIN_BREADTH)) if fresh is not None else []
                extended.extend(patch | m for m in more)
            patches = extended[:CHAIN_BREADTH]
        return patches

    def _want_case(self, frame: Frame, case: Case, value: Any) -> Iterator[Patch]:
        chosen = next((i for i, (c, _) in enumerate(case.branches) if frame.value(c) is True), len(case.branches))
        results = [*(v for _, v in case.branches), case.default]
        yield from islice(self.want_expr(frame, results[chosen], value), CHAIN_BREADTH)
        order = sorted((i for i in range(len(results)) if i != chosen), key=lambda i: frame.value(results[i]) != value)
        for i in order[:8]:
            if isinstance(results[i], Literal) and frame.value(results[i]) != value:
                continue
            yield from islice(self.in_turn(frame, self._branch_steps(frame, case, i, results[i], value)), CHAIN_BREADTH)

    def _branch_steps(self, frame: Frame, case: Case, at: int, result: Expr, value: Any) -> list[Callable[[Frame], Iterator[Patch]]]:
        """Makes the branch's condition true and those before it not, and its result the value; what holds already is left alone."""

        def need(condition: Expr, truth: bool) -> Callable[[Frame], Iterator[Patch]]:
            return lambda f: iter(({},)) if (f.value(condition) is True) == truth else self.make_expr(f, condition, truth)

        steps = [need(c, False) for c, _ in case.branches[:at]]
        if at < len(case.branches):
            steps.insert(0, need(case.branches[at][0], True))
        if not isinstance(result, Literal):
            steps.append(lambda f: iter(({},)) if f.value(result) == value else self.want_expr(f, result, value))
        return steps

    def _want_path(self, frame: Frame, path: Path, value: Any) -> Iterator[Patch]:
        steps = tuple(s if isinstance(s, str | int) else frame.value(s) for s in path.steps)
        if all(isinstance(s, str | int) and not isinstance(s, bool) for s in steps):
            yield from self.want_expr(frame, path.base, with_path(frame.value(path.base), steps, value))

    # --- search ---

    def repairs(self, number: int) -> Iterator[Patch]:
        """Patches that should make a check true."""
        kind = self.store.kinds[number]
        if isinstance(kind, Formula):
            frame = self.frame(kind)
            if frame is not None:
                yield from self.make_expr(frame, kind.template.expr, True)
        else:
            yield from self.want(number, True)

    def breaks(self, number: int) -> Iterator[Patch]:
        """Patches that should make a check not true."""
        kind = self.store.kinds[number]
        if isinstance(kind, Formula):
            frame = self.frame(kind)
            if frame is not None:
                yield from self.make_expr(frame, kind.template.expr, False)

    def weigh(self, patch: Patch) -> float:
        """The weight of broken checks after a patch."""
        with self.store.trial(patch):
            return self.store.weight

    def solve(self, seconds: float) -> bool:
        """Repairs checks until all hold; False when time is up or nothing helps any more."""
        self.limit(seconds)
        self.store.focus()
        stuck: dict[int, int] = {}
        seen: set[tuple[int, str]] = set()
        while self.store.broken:
            if time.monotonic() > self._end or sum(stuck.values()) > 24 + len(self.store.checks):
                return False
            least = min(stuck.get(n, 0) for n in self.store.broken)
            number = min(n for n in self.store.broken if stuck.get(n, 0) == least)
            weight, patch = self._best(number, seen)
            if patch is None:
                seen.clear()
            if weight >= self.store.weight:
                stuck[number] = stuck.get(number, 0) + 1
                self.store.strengthen(number)
            if patch is not None:
                self.store.apply(patch)
                seen.add((number, _shown(patch)))
        return True

    def _best(self, number: int, seen: set[tuple[int, str]]) -> tuple[float, Patch | None]:
        """The patch that leaves the least weight broken; ties go to the earlier one."""
        best: tuple[float, Patch | None] = (math.inf, None)
        for patch in islice(self.repairs(number), BREADTH):
            if not patch or (number, _shown(patch)) in seen:
                continue
            weight = self.weigh(patch)
            if weight < best[0]:
                best = (weight, patch)
            if weight <= self.store.weight - self.store.checks[number]:
                break
        return best


def _shown(patch: Patch) -> str:
    return repr(sorted(patch.items(), key=lambda item: item[0]))
