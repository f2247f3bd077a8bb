"""Events for a rule: tries ways to build them until the compiled Python program gives the rows that raise an alert."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rulec.alert import AlertSpec
from rulec.ir.rels import Rel
from tests.parity.engines import Tables
from tests.parity.relations import rows
from tests.parity.sketch import MAX_ROWS, Choices, Origin, Sketch, Unsketchable, Workshop
from tests.parity.solver import MILLISECOND, Solver
from tests.parity.store import Cell, Patch

#: Rebuilds for changed group sizes within one attempt.
REBUILDS: Final = 6
#: Events that are moved in time when a rule does not alert.
MOVED: Final = 12
#: Combinations of options (legs of unions, sides of outer joins, shared events) tried.
ATTEMPTS: Final = 200


@dataclass(slots=True)
class Made:
    """What was made for a rule: the solved sketch of the alerting events, or the reason why there are none."""

    sketch: Sketch | None = None
    reason: str = ""
    attempts: int = 0
    notes: list[str] = field(default_factory=list)


def wanted_rows(alert: AlertSpec | None) -> int:
    """How many result rows raise the alert."""
    if alert is None:
        return 1
    match alert.trigger_operator:
        case "gt" | "ne":
            return alert.trigger_threshold + 1
        case "eq":
            return alert.trigger_threshold
        case "lt":
            return max(alert.trigger_threshold - 1, 0)


def raises(alert: AlertSpec | None, count: int) -> bool:
    """Whether a number of result rows raises the alert."""
    if alert is None:
        return count > 0
    threshold = alert.trigger_threshold
    return {"gt": count > threshold, "lt": count < threshold, "eq": count == threshold, "ne": count != threshold}[alert.trigger_operator]


def tables_of(sketch: Sketch) -> dict[str, list[dict[str, Any]]]:
    """The events' present values by table."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in sketch.workshop.tables}
    for event in sketch.events:
        found[event.table].append({column: sketch.store.values[number] for column, number in event.cells.items()})
    return found


def make(root: Rel, workshop: Workshop, alert: AlertSpec | None, run: Callable[[Tables], int], seconds: float) -> Made:
    """Alerting events of a query; `run` is told tables and says how many rows the compiled program gives.

    Ways to build are tried best first: those next to what left the fewest conditions broken."""
    end = time.monotonic() + seconds
    made = Made()
    queue: list[tuple[float, int, dict[Origin, int]]] = [(0.0, 0, {})]
    serial = 0
    while queue and made.attempts < ATTEMPTS and time.monotonic() < end:
        _, _, options = heapq.heappop(queue)
        made.attempts += 1
        sketch = _attempt(root, workshop, options, wanted_rows(alert), end, made)
        if sketch is None:
            continue
        if not sketch.never:
            count = run(tables_of(sketch))
            if raises(alert, count) or (not sketch.store.broken and _moved(sketch, lambda t: raises(alert, run(t)), end)):
                made.sketch, made.reason = sketch, ""
                return made
            _explain(sketch, count, made)
        else:
            made.reason = made.reason or f"never true: {'; '.join(dict.fromkeys(sketch.never))[:200]}"
        for following in _next_options(sketch, options):
            serial += 1
            cost = len(following) + len(sketch.store.broken) / (1 + len(sketch.store.checks))
            heapq.heappush(queue, (cost, serial, following))
    return made


def _moved(sketch: Sketch, alerts: Callable[[Tables], bool], end: float) -> bool:
    """Moves one event at a time within the window, or empties one text, as far as the conditions allow, until the rule alerts.

    Events meant for one part of a query may disturb another, which a history that is compared with the present must not."""
    for patch in _disturbances(sketch):
        with sketch.store.trial(patch):
            good = not sketch.store.broken and alerts(tables_of(sketch))
        if good:
            sketch.store.apply(patch)
        if good or time.monotonic() > end:
            return good
    return False


def _disturbances(sketch: Sketch) -> Iterator[Patch]:
    start, length = sketch.workshop.moments["window_start"], sketch.workshop.moments["window_end"] - sketch.workshop.moments["window_start"]
    for event in sketch.events[:MOVED]:
        number = event.cells.get("TimeGenerated")
        for eighth in (1, 3, 5, 7, 0, 6) if number is not None else ():
            assert number is not None
            yield {number: start + length * eighth // 8 // MILLISECOND * MILLISECOND + MILLISECOND}
    for event in sketch.events[:2]:
        yield from (
            {number: ""} for number in event.cells.values() if sketch.store.values[number] and isinstance(sketch.store.values[number], str)
        )


def _next_options(sketch: Sketch, options: Mapping[Origin, int]) -> Iterator[dict[Origin, int]]:
    """The options with one more of those offered changed; what events are shared comes last."""
    open_ones = [(origin, count) for origin, count in sketch.offered.items() if origin not in options]
    for origin, count in sorted(open_ones, key=lambda item: len(item[0]) < 3 and isinstance(item[0][0], str)):
        yield from ({**options, origin: option} for option in range(1, count))


def _explain(sketch: Sketch, count: int, made: Made) -> None:
    """The reason of the best attempt: conditions that did not hold, or that the program saw it otherwise."""
    texts = [c.expr.span.text.strip().replace("\n", " ")[:90] for c in sketch.conditions if sketch.store.values[c.number] is not True]
    if not sketch.store.broken:
        made.reason = f"all conditions hold, the program gives {count} rows"
    elif not made.reason.startswith("all conditions"):
        made.reason = f"conditions not met: {len(sketch.store.broken)}: {'; '.join(dict.fromkeys(texts))[:200] or 'equal keys'}"
    made.notes = sketch.notes


def _built(root: Rel, workshop: Workshop, choices: Choices, wanted: int) -> Sketch:
    sketch = Sketch(workshop, choices)
    rows(sketch, root, wanted, ())
    return sketch


def _attempt(root: Rel, workshop: Workshop, options: Mapping[Origin, int], wanted: int, end: float, made: Made) -> Sketch | None:
    """A sketch solved as far as it goes; None when it cannot be built."""
    choices = Choices(options=dict(options))
    sketch: Sketch | None = None
    for _ in range(REBUILDS):
        try:
            sketch = _built(root, workshop, choices, wanted)
        except Unsketchable as reason:
            made.reason = made.reason or str(reason)
            return None
        if sketch.never:
            return sketch
        Solver(sketch.store).solve(max(0.1, min(end - time.monotonic(), 6.0)))
        grown = {origin: size for origin, size in _sizes(sketch).items() if size != sketch.built_sizes[origin]}
        choices.warm = {kind.origin: sketch.store.values[n] for n, kind in enumerate(sketch.store.kinds) if isinstance(kind, Cell)}
        if not grown or time.monotonic() > end:
            break
        choices.sizes |= {o: min(s, MAX_ROWS) for o, s in grown.items()}
    return sketch


def _sizes(sketch: Sketch) -> dict[Origin, int]:
    return {kind.origin: sketch.store.values[n] for n in sketch.sizes if isinstance(kind := sketch.store.kinds[n], Cell)}
