"""Values made of many variables: aggregates over the rows of a group, equal and different values, picked rows, array elements."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from tests.parity.store import Patch, Solving
from tests.parity.values import json_text

MISSING: Final = object()


@dataclass(slots=True)
class Same:
    """Whether two variables are equal; null is equal to null."""

    left: int
    right: int

    @property
    def inputs(self) -> tuple[int, ...]:
        return (self.left, self.right)

    def evaluate(self, values: Sequence[Any]) -> Any:
        return bool(values[self.left] == values[self.right])

    def want(self, solver: Solving, value: Any) -> Iterator[Patch]:
        values = solver.store.values
        if value is True:
            left, right = values[self.left], values[self.right]
            yield from islice(solver.want(self.right, left), 8)
            yield from islice(solver.want(self.left, right), 8)
        else:
            yield from solver.vary(self.right, [values[self.left]])


@dataclass(slots=True)
class Different:
    """Whether rows of variables are pairwise different."""

    rows: tuple[tuple[int, ...], ...]

    @property
    def inputs(self) -> tuple[int, ...]:
        return tuple(n for row in self.rows for n in row)

    def evaluate(self, values: Sequence[Any]) -> Any:
        return len({repr([values[n] for n in row]) for row in self.rows}) == len(self.rows)

    def want(self, solver: Solving, value: Any) -> Iterator[Patch]:
        if value is not True or not self.rows:
            return
        for place in range(len(self.rows[0])):
            yield from varied(solver, [row[place] for row in self.rows], len(self.rows))


def varied(solver: Solving, numbers: Sequence[int], wanted: int) -> Iterator[Patch]:
    """Patches that make at least `wanted` of the variables different: first all at once, then one at a time."""
    seen: list[Any] = []
    first: list[tuple[int, list[Patch]]] = []
    for number in numbers:
        present = solver.store.values[number]
        if present is not None and present not in seen:
            seen.append(present)
            continue
        if len(seen) + len(first) >= wanted:
            break
        first.append((number, list(islice(solver.vary(number, [*seen, *range(len(first))]), 6))))
    for choice in range(6):
        patch: Patch = {}
        for _, options in first:
            patch |= options[min(choice, len(options) - 1)] if options else {}
        if patch:
            yield patch
    for _, options in first[:1]:
        yield from options


@dataclass(slots=True)
class Picked:
    """A column of the chosen row of constant rows."""

    pick: int
    cells: tuple[Any, ...]

    @property
    def inputs(self) -> tuple[int, ...]:
        return (self.pick,)

    def evaluate(self, values: Sequence[Any]) -> Any:
        return self.cells[values[self.pick]] if self.cells else None

    def want(self, solver: Solving, value: Any) -> Iterator[Patch]:
        exact = [i for i, c in enumerate(self.cells) if c == value]
        yield from ({self.pick: i} for i in (*exact[:10], *range(min(len(self.cells), 4))))


@dataclass(slots=True)
class Guarded:
    """A value where its row's condition holds, else null."""

    value: int
    condition: int

    @property
    def inputs(self) -> tuple[int, ...]:
        return (self.value, self.condition)

    def evaluate(self, values: Sequence[Any]) -> Any:
        return values[self.value] if values[self.condition] is True else None

    def want(self, solver: Solving, value: Any) -> Iterator[Patch]:
        if solver.store.values[self.condition] is True:
            yield from islice(solver.want(self.value, value), 8)
            return
        for patch in islice(solver.want(self.condition, True), 8):
            with solver.store.trial(patch):
                more = list(islice(solver.want(self.value, value), 2))
            yield from (patch | m for m in more)
            yield patch


@dataclass(slots=True)
class Element:
    """An element of an array as `mv-expand` gives it: of a bag a one-key bag, of a scalar itself. `at` is the index's variable."""

    array: int
    at: int

    @property
    def inputs(self) -> tuple[int, ...]:
        return (self.array, self.at)

    def evaluate(self, values: Sequence[Any]) -> Any:
        array, at = values[self.array], values[self.at]
        match array:
            case list():
                return array[at] if at < len(array) else None
            case dict():
                key = next(islice(array, at, None), None)
                return None if key is None else {key: array[key]}
            case _:
                return array if at == 0 else None

    def want(self, solver: Solving, value: Any) -> Iterator[Patch]:
        array, at = solver.store.values[self.array], solver.store.values[self.at]
        if isinstance(array, list):
            yield from ({self.at: i} for i, v in enumerate(array) if v == value and i != at)
        if isinstance(array, dict) and isinstance(value, dict):
            yield from islice(solver.want(self.array, {**array, **value}), 8)
        items = list(array) if isinstance(array, list) else []
        items += [None] * (at + 1 - len(items))
        items[at] = value
        yield from islice(solver.want(self.array, items), 8)
        if isinstance(array, list) and array:
            for patch in islice(solver.want(self.array, [*array, value]), 4):
                yield patch | {self.at: len(array)}
            for i, present in enumerate(array):
                if i != at and isinstance(present, dict) and isinstance(value, dict):
                    yield from (p | {self.at: i} for p in islice(solver.want(self.array, [*array[:i], value, *array[i + 1 :]]), 2))
        if isinstance(array, list):
            yield from ({self.at: i} for i in range(min(len(array), 60)) if i != at)


@dataclass(slots=True)
class Aggregated:
    """An aggregate over the rows of a group.

    `arguments` are the rows' variables of the first argument, `others` those of the value that `arg_max` carries; `conditions` are
    the rows' conditions, if any. `size` is the variable of the group's row count: it may say more rows than there are yet."""

    function: str
    size: int
    built: int
    arguments: tuple[int, ...]
    conditions: tuple[int, ...] = ()
    others: tuple[int, ...] = ()
    extra: float | None = None

    @property
    def inputs(self) -> tuple[int, ...]:
        return (self.size, *self.arguments, *self.conditions, *self.others)

    def _rows(self, values: Sequence[Any]) -> list[int]:
        """The rows that count."""
        return [i for i in range(self.built) if not self.conditions or values[self.conditions[i]] is True]

    def _coming(self, values: Sequence[Any]) -> int:
        return max(0, int(values[self.size]) - self.built)

    def evaluate(self, values: Sequence[Any]) -> Any:
        rows, coming = self._rows(values), self._coming(values)
        given = [v for i in rows if (v := values[self.arguments[i]]) is not None] if self.arguments else []
        match self.function:
            case "count":
                return len(rows) + coming
            case "dcount" | "count_distinct":
                return len({repr(v) for v in given}) + coming
            case "make_set" | "make_list" | "make_list_with_nulls":
                return self._list(given) + [f"?{i}" for i in range(coming)]
            case "make_bag":
                return {k: v for bag in reversed(given) if isinstance(bag, dict) for k, v in bag.items()}
            case "take_any":
                return values[self.arguments[0]] if self.arguments else None
            case "arg_max" | "arg_min":
                at = self._chosen(values, rows)
                return None if at is None else values[self.others[at]]
            case _:
                return self._number(given, coming)

    def _list(self, given: list[Any]) -> list[Any]:
        flat = [x for v in given for x in (v if isinstance(v, list) else [v])]
        return flat if self.function != "make_set" else list({json_text(v): v for v in flat}.values())

    def _chosen(self, values: Sequence[Any], rows: list[int]) -> int | None:
        known = [i for i in rows if values[self.arguments[i]] is not None]
        best = max if self.function == "arg_max" else min
        return best(known, key=lambda i: values[self.arguments[i]]) if known else next(iter(rows), None)

    def _number(self, given: list[Any], coming: int) -> Any:
        if not given:
            return 0 if self.function in ("sum", "stdev", "variance") else None
        try:
            match self.function:
                case "min":
                    return min(given)
                case "max":
                    return max(given)
                case "sum":
                    return sum(given[1:], given[0]) + (given[-1] * coming if isinstance(given[-1], int) else 0)
                case "avg":
                    return (
                        sum(given) // len(given) if isinstance(given[0], int) and given[0] > 10**12 else sum(map(float, given)) / len(given)
                    )
                case "stdev":
                    return statistics.stdev(map(float, given)) if len(given) > 1 else 0.0
                case "percentile" | "percentilew":
                    at = max(0, -(-len(given) * (self.extra or 50) // 100) - 1)
                    return sorted(given)[int(at)]
        except TypeError:
            return None
        return None

    def want_length(self, solver: Solving, length: int) -> Iterator[Patch]:
        """More or fewer different values."""
        if length > self.built:
            yield {self.size: length}
        yield from varied(solver, self.arguments, length)
        if length < len(self.arguments):
            yield from self._all_alike(solver)

    def _all_alike(self, solver: Solving) -> Iterator[Patch]:
        first = solver.store.values[self.arguments[0]]
        patch: Patch = {}
        for number in self.arguments[1:]:
            patch |= next(solver.want(number, first), {})
        yield patch

    def want(self, solver: Solving, value: Any) -> Iterator[Patch]:
        values = solver.store.values
        if self.function in ("count", "dcount", "count_distinct") and isinstance(value, float):
            value = math.ceil(value)
        match self.function:
            case "count":
                yield from self._want_count(solver, value)
            case "dcount" | "count_distinct":
                if isinstance(value, int) and value > 0:
                    yield from self.want_length(solver, value)
            case "arg_max" | "arg_min":
                at = self._chosen(values, self._rows(values))
                if at is not None:
                    yield from solver.want(self.others[at], value)
            case "make_set" | "make_list" | "make_bag":
                yield from self._want_items(solver, value)
            case "sum":
                yield from self._want_sum(solver, value)
            case "min" | "max" | "avg" | "percentile" | "percentilew":
                yield from self._want_extreme(solver, value)
            case _:
                for number in self.arguments[:2]:
                    yield from islice(solver.want(number, value), 8)

    def _want_count(self, solver: Solving, value: Any) -> Iterator[Patch]:
        if not isinstance(value, int):
            return
        if not self.conditions:
            yield {self.size: value}
            return
        values = solver.store.values
        true = [c for c in self.conditions if values[c] is True]
        wanted = [c for c in self.conditions if values[c] is not True][: value - len(true)] if value > len(true) else true[value:]
        patch: Patch = {}
        for number in wanted:
            patch |= next(solver.want(number, value > len(true)), {})
        yield patch
        if value > self.built:
            yield {self.size: value}

    def _want_items(self, solver: Solving, value: Any) -> Iterator[Patch]:
        if isinstance(value, dict):
            yield from islice(solver.want(self.arguments[0], value), 8)
        if not isinstance(value, list):
            return
        present = self.evaluate(solver.store.values)
        if len(value) > len(present) and len(value) > self.built:
            yield {self.size: len(value)}
        patch: Patch = {}
        for number, item in zip(self.arguments, value, strict=False):
            if solver.store.values[number] != item:
                patch |= next(solver.want(number, item), {})
        yield patch

    def _want_sum(self, solver: Solving, value: Any) -> Iterator[Patch]:
        values = solver.store.values
        total = self.evaluate(values)
        for number in self.arguments[:2]:
            if values[number] is not None and value is not None:
                yield from islice(solver.want(number, values[number] + value - total), 8)
        for number in self.arguments[:2]:
            yield from islice(solver.want(number, value), 8)

    def _want_extreme(self, solver: Solving, value: Any) -> Iterator[Patch]:
        """One row takes the value; or all rows do."""
        values = solver.store.values
        for i in self._rows(values)[-3:]:
            yield from islice(solver.want(self.arguments[i], value), 8)
        patch: Patch = {}
        for i in self._rows(values):
            patch |= next(solver.want(self.arguments[i], value), {})
        yield patch


@dataclass(slots=True)
class Near:
    """Whether a time comes not before another, and within a span after it."""

    before: int
    after: int
    span: int

    @property
    def inputs(self) -> tuple[int, ...]:
        return (self.before, self.after)

    def evaluate(self, values: Sequence[Any]) -> Any:
        before, after = values[self.before], values[self.after]
        return before is not None and after is not None and before <= after <= before + self.span

    def want(self, solver: Solving, value: Any) -> Iterator[Patch]:
        before, after = solver.store.values[self.before], solver.store.values[self.after]
        if value is True and before is not None and after is not None:
            yield from islice(solver.want(self.after, before + self.span // 2), 4)
            yield from islice(solver.want(self.before, after - self.span // 2), 4)


@dataclass(slots=True)
class Between:
    """Whether a variable lies in a range; for where the rows of a series are put."""

    number: int
    low: int
    high: int

    @property
    def inputs(self) -> tuple[int, ...]:
        return (self.number,)

    def evaluate(self, values: Sequence[Any]) -> Any:
        value = values[self.number]
        return value is not None and self.low <= value < self.high

    def want(self, solver: Solving, value: Any) -> Iterator[Patch]:
        if value is True:
            yield from solver.want(self.number, (self.low + self.high) // 2)
