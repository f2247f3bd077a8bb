"""Near misses: the alerting events with one thing changed. They need not miss; every engine must say the same of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from rulec.scalars import ScalarType
from tests.parity.engines import Tables
from tests.parity.making import tables_of
from tests.parity.sketch import Sketch
from tests.parity.solver import Solver
from tests.parity.values import container, default, json_text

#: Sets for one rule, events of one table that are changed cell by cell, and conditions broken.
MOST: Final = 80
EVENTS: Final = 2
MILLISECOND: Final = 10_000
#: For breaking one condition.
SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class EventSet:
    """Rows by table, and what they are."""

    label: str
    tables: Tables


def near_misses(sketch: Sketch, most: int = MOST) -> list[EventSet]:
    """The sets of a solved sketch, the broken conditions first."""
    tables = tables_of(sketch)
    made = [*_broken(sketch), *_counts(tables), *_edges(sketch, tables), *_cells(sketch, tables)]
    found: dict[str, EventSet] = {}
    for one in made:
        found.setdefault(repr(one.tables), one)
    found.pop(repr(tables), None)
    return list(found.values())[:most]


def _broken(sketch: Sketch) -> Iterator[EventSet]:
    """Each condition made untrue by itself, with as few others as possible."""
    solver = Solver(sketch.store)
    seen: set[int] = set()
    for condition in sketch.conditions:
        if id(condition.expr) in seen or len(seen) > 40:
            continue
        seen.add(id(condition.expr))
        solver.limit(SECONDS)
        best: tuple[float, Tables] | None = None
        for patch in islice(solver.breaks(condition.number), 12):
            with sketch.store.trial(patch):
                if sketch.store.values[condition.number] is not True and (best is None or sketch.store.weight < best[0]):
                    best = (sketch.store.weight, tables_of(sketch))
        if best is not None:
            text = " ".join(condition.expr.span.text.split())[:60]
            yield EventSet(f"not: {text}", best[1])


def _counts(tables: dict[str, list[dict[str, Any]]]) -> Iterator[EventSet]:
    """No events, one less of a table, each twice."""
    yield EventSet("no events", {name: [] for name in tables})
    for name, rows in tables.items():
        for at in {0, len(rows) - 1} if rows else ():
            yield EventSet(f"{name} without row {at}", {**tables, name: [*rows[:at], *rows[at + 1 :]]})
    yield EventSet("every event twice", {name: [*rows, *map(dict, rows)] for name, rows in tables.items()})


def _edges(sketch: Sketch, tables: dict[str, list[dict[str, Any]]]) -> Iterator[EventSet]:
    """All events of a table at, just inside and just outside the window's ends."""
    start, end = sketch.workshop.moments["window_start"], sketch.workshop.moments["window_end"]
    moments = {"at the start": start, "before the start": start - MILLISECOND, "at the end": end, "before the end": end - MILLISECOND}
    for name, rows in tables.items():
        if rows and "TimeGenerated" in rows[0]:
            for label, moment in moments.items():
                yield EventSet(f"{name} {label}", {**tables, name: [{**row, "TimeGenerated": moment} for row in rows]})


def _cells(sketch: Sketch, tables: dict[str, list[dict[str, Any]]]) -> Iterator[EventSet]:
    """One cell empty or null, in other case, or another value: cells that the solver has set come first."""
    later: list[EventSet] = []
    for name, rows in tables.items():
        types = sketch.workshop.tables[name]
        for at in sorted({0, len(rows) - 1})[:EVENTS] if rows else ():
            for column, type_ in types.items():
                value = rows[at][column]
                untouched = value == default(type_, column, 0)
                for what, new in _changes(value, type_).items():
                    row = {**rows[at], column: new}
                    one = EventSet(f"{name}[{at}].{column} {what}", {**tables, name: [*rows[:at], row, *rows[at + 1 :]]})
                    if untouched:
                        later.append(one)
                    else:
                        yield one
    yield from later


def _changes(value: Any, type_: ScalarType) -> Mapping[str, Any]:
    match type_:
        case ScalarType.STRING:
            changed: dict[str, Any] = {"empty": "", "other case": value.swapcase(), "longer": f"{value}x", "spaced": f" {value}"}
            document = container(value)
            if document is not None:
                changed["document empty"] = json_text(type(document)())
            return changed
        case ScalarType.DYNAMIC:
            return {"null": None, "text": "zz9", "array": [value], "empty bag": {}}
        case ScalarType.BOOL:
            return {"null": None, "other": not value}
        case ScalarType.DATETIME | ScalarType.TIMESPAN:
            return {"null": None, "earlier": None if value is None else value - 36_000_000_000}
        case ScalarType.INT | ScalarType.LONG:
            return {"null": None, "one more": (value or 0) + 1, "zero": 0, "negative": -1}
        case ScalarType.REAL:
            return {"null": None, "other": -0.5}
        case _:
            return {"null": None}
