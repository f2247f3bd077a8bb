"""`make-series`: rows of a group spread over its bins, more of them in the last full one, so that there is something to find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeAlias

from rulec.ir.rels import MakeSeries, Rel
from rulec.scalars import ScalarType
from tests.parity.gathers import Aggregated, Between, Same
from tests.parity.sketch import Origin, Scope, Sketch, Unsketchable
from tests.parity.store import Patch, Solving

#: `tests.parity.relations.rows`, which calls this module.
Rows: TypeAlias = Callable[[Sketch, Rel, int, Origin], list[Scope]]
#: Rows that all fall into the last bin, on top of one a bin.
SPIKE: Final = 40
MAX_BINS: Final = 800


@dataclass(slots=True)
class Binned:
    """An aggregate by bin, as an array; empty bins have the default."""

    axis: tuple[int, ...]
    aggregated: Aggregated
    default: Any
    start: int
    step: int
    bins: int

    @property
    def inputs(self) -> tuple[int, ...]:
        return (*self.axis, *self.aggregated.inputs)

    def evaluate(self, values: Sequence[Any]) -> Any:
        members: list[list[int]] = [[] for _ in range(self.bins)]
        for i, number in enumerate(self.axis):
            at = (values[number] - self.start) // self.step if values[number] is not None else -1
            if 0 <= at < self.bins:
                members[at].append(i)
        return [self._one(values, rows) if rows else self.default for rows in members]

    def _one(self, values: Sequence[Any], rows: list[int]) -> Any:
        whole = self.aggregated
        part = tuple(whole.arguments[i] for i in rows) if whole.arguments else ()
        conditions = tuple(whole.conditions[i] for i in rows) if whole.conditions else ()
        size = [*values, len(rows)]
        return Aggregated(whole.function, len(values), len(rows), part, conditions, (), whole.extra).evaluate(size)

    def want(self, solver: Solving, value: Any) -> Iterator[Patch]:
        for number in self.aggregated.arguments[-2:]:
            yield from islice(solver.vary(number, [solver.store.values[n] for n in self.aggregated.arguments]), 4)


def series(sketch: Sketch, rel: MakeSeries, count: int, origin: Origin, rows: Rows) -> list[Scope]:
    """Symbolic rows of a make-series.

    Raises:
        Unsketchable: Its bins are not known beforehand.
    """
    low, high, step = (None if e is None else sketch.store.values[sketch.value(e, {}, origin)] for e in (rel.start, rel.stop, rel.step))
    moments = sketch.workshop.moments
    low = moments["window_start"] if low is None else low
    high = moments["window_end"] if high is None else high
    if not isinstance(low, int) or not isinstance(high, int) or not isinstance(step, int) or step <= 0 or high <= low:
        raise Unsketchable("make-series over bins that are not known")
    bins = -(-(high - low) // step)
    if bins > MAX_BINS:
        raise Unsketchable(f"make-series over {bins} bins")
    return [_group(sketch, rel, (*origin, id(rel), g), (low, high, step, bins), rows) for g in range(count)]


def _group(
    sketch: Sketch,
    rel: MakeSeries,
    origin: Origin,
    axis: tuple[int, int, int, int],
    rows: Rows,
) -> Scope:
    low, high, step, bins = axis
    built, size = sketch.size(origin, bins + SPIKE)
    members = rows(sketch, rel.input, built, origin)
    moments = [sketch.value(rel.axis.value, m, (*origin, i)) for i, m in enumerate(members)]
    for i, number in enumerate(moments):
        at = min(i, bins - 1)
        where = Between(number, max(low, low + at * step), min(high, low + (at + 1) * step))
        sketch.store.require(sketch.gather(where))
    result: Scope = {}
    for key in rel.keys:
        numbers = [sketch.value(key.value, m, (*origin, i)) for i, m in enumerate(members)]
        result[key.name] = numbers[0]
        for number in numbers[1:]:
            if number != numbers[0]:
                sketch.store.require(sketch.gather(Same(numbers[0], number)))
    for column in rel.aggregates:
        arguments = [tuple(sketch.value(a, m, (*origin, i)) for i, m in enumerate(members)) for a in column.aggregate.arguments]
        whole = Aggregated(column.aggregate.function, size, built, arguments[0] if arguments else ())
        default = sketch.store.values[sketch.value(column.default, {}, origin)]
        result[column.column.name] = sketch.gather(Binned(tuple(moments), whole, default, low, step, bins))
        if column.aggregate.function.startswith("dcount") and arguments:
            _spread(sketch, arguments[0])
    result[rel.axis.name] = sketch.constant([low + i * step for i in range(bins)], ScalarType.DYNAMIC)
    return result


def _spread(sketch: Sketch, numbers: tuple[int, ...]) -> None:
    """The rows of the spike have different values: what is counted by distinct values shall grow."""
    from tests.parity.gathers import Different

    spike = tuple(dict.fromkeys(numbers[-SPIKE:]))
    if len(spike) > 1:
        sketch.store.require(sketch.gather(Different(tuple((n,) for n in spike))))
