"""Plugins that analyse: activity over time, schemas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

Row: TypeAlias = "tuple[object, ...]"
SchemaRow: TypeAlias = "tuple[str, int, str, str]"


def activity_counts(rows: Iterable[Row], start: float, stop: float, window: float) -> Iterator[Row]:
    """For each window from start to stop its rows, its ids, those not seen before, and all seen so far; rows are (id, time, …).

    Raises:
        ValueError: a window without rows lies between others; what it gives is not documented.
    """
    groups: dict[Row, dict[int, list[object]]] = {}
    for row in rows:
        if row[1] is not None and start <= row[1] <= stop:  # type: ignore[operator]
            number = int((row[1] - start) // window)  # type: ignore[operator]
            groups.setdefault(row[2:], {}).setdefault(number, []).append(row[0])
    for dimensions, windows in groups.items():
        if len(windows) <= max(windows):
            raise ValueError("activity_counts_metrics: a window has no rows")
        seen: set[object] = set()
        for number in sorted(windows):
            ids = {i for i in windows[number] if i is not None}
            fresh = len(ids - seen)
            seen |= ids
            yield (start + number * window, *dimensions, len(windows[number]), len(ids), fresh, len(seen))


def schema_merge(rows: Iterable[SchemaRow], keep_order: bool) -> list[SchemaRow]:
    """Schemas as `getschema` gives them in one; a column in several places is an error where the order counts.

    Raises:
        ValueError: a column has several types, or several columns one place; what that gives is not documented.
    """
    merged: dict[str, SchemaRow] = {}
    for name, place, data, kind in rows:
        known = merged.setdefault(name, (name, place, data, kind))
        if known[1] == place and known[2:] == (data, kind):
            continue
        if known[1] == -1 or known[2:] != (data, kind):
            raise ValueError(f"schema_merge: the column {name} has several types or several places")
        if keep_order:
            wrong = "ERROR(columns are out of order)"
            merged[name] = (name, -1, f"ERROR(unknown CSL type:{wrong})", wrong)
        else:
            merged[name] = (name, max(known[1], place), data, kind)
    places = [row[1] for row in merged.values() if row[1] != -1]
    if len(set(places)) < len(places):
        raise ValueError("schema_merge: several columns have one place")
    return sorted(merged.values(), key=lambda row: (row[1] == -1, row[1]))
