"""Rows as tuples: order, grouping keys, windows over ordered rows."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

Row: TypeAlias = "tuple[object, ...]"

NAN = float("nan")


def order_by(rows: list[Row], *keys: tuple[int, bool, bool]) -> list[Row]:
    """The rows sorted by keys (position, descending, nulls first); NaN stands with the nulls, equal rows keep their order."""
    for position, descending, nulls_first in reversed(keys):
        valued = [r for r in rows if r[position] is not None and r[position] == r[position]]
        nans = [r for r in rows if r[position] is not None and r[position] != r[position]]
        nulls = [r for r in rows if r[position] is None]
        valued.sort(key=lambda row: row[position], reverse=descending)  # type: ignore[arg-type,return-value]
        missing = nulls + nans if nulls_first else nans + nulls
        rows = missing + valued if nulls_first else valued + missing
    return rows


def real_key(value: float | None) -> float | None:
    """A real as a grouping key: all NaN are one."""
    return NAN if value is not None and value != value else value


def distinct(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows without repetitions."""
    seen: set[Row] = set()
    for row in rows:
        if row not in seen:
            seen.add(row)
            yield row


def prev_values(values: Sequence[object], offset: int | None, default: object) -> list[object]:
    """Each row's value `offset` rows before; the default everywhere without an offset."""
    size = len(values)
    offset = size if offset is None else offset
    return [values[i - offset] if 0 <= i - offset < size else default for i in range(size)]


def next_values(values: Sequence[object], offset: int | None, default: object) -> list[object]:
    """Each row's value `offset` rows after."""
    return prev_values(values, None if offset is None else -offset, default)


def row_numbers(restarts: Sequence[object], start: int | None) -> list[int | None]:
    """Numbers from `start`, again from there where restart is true; null without a start."""
    if start is None:
        return [None] * len(restarts)
    result: list[int | None] = []
    number = start - 1
    for restart in restarts:
        number = start if restart else number + 1
        result.append(number)
    return result


def running_sums(values: Sequence[object], restarts: Sequence[object], zero: object, plus: Callable[..., object]) -> list[object]:
    """Sums up to each row, from zero where restart is true; nulls add nothing."""
    result: list[object] = []
    total = zero
    for value, restart in zip(values, restarts, strict=True):
        if restart:
            total = zero
        if value is not None:
            total = plus(total, value)
        result.append(total)
    return result


def row_ranks(values: Sequence[object], restarts: Sequence[object], dense: bool) -> list[int]:
    """Ranks of ordered rows: equal neighbours share one; dense ranks have no gaps."""
    result: list[int] = []
    rank = count = 0
    for position, (value, restart) in enumerate(zip(values, restarts, strict=True)):
        if restart or position == 0:
            rank = count = 1
        else:
            count += 1
            if value != values[position - 1]:
                rank = rank + 1 if dense else count
        result.append(rank)
    return result


def session_starts(times: Sequence[int | None], restarts: Sequence[object], longest: int | None, gap: int | None) -> list[int | None]:
    """The start of each row's session: a new one after `longest` from its start, after `gap` from the row before, or at a restart;
    null without these bounds."""
    if longest is None or gap is None:
        return [None] * len(times)
    result: list[int | None] = []
    start: int | None = None
    before: int | None = None
    for time, restart in zip(times, restarts, strict=True):
        if time is None:
            result.append(None)
            continue
        if start is None or before is None or restart or time - start > longest or time - before > gap:
            start = time
        result.append(start)
        before = time
    return result


def grouped(rows: Iterable[Row], position: int) -> Iterator[list[Row]]:
    """The rows of each value of one column, in the order of first appearance."""
    groups: dict[object, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[position], []).append(row)
    yield from groups.values()


def range_values(start: float | None, stop: float | None, step: float | None) -> Iterator[float]:
    """The values from start to stop, both included."""
    if start is None or stop is None or step is None or not step:
        return
    number = 0
    value = start
    while value <= stop if step > 0 else value >= stop:
        yield value
        number += 1
        value = start + number * step


def expanded(value: object, as_array: bool = False) -> Sequence[object]:
    """The elements that `mv-expand` makes of a dynamic value: of a bag one-key bags or [key, value] arrays, of null one null."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [[k, v] if as_array else {k: v} for k, v in value.items()]
    return (value,)


def expanded_together(*values: object, as_array: bool = False) -> Iterator[Row]:
    """The rows of several expanded values side by side, padded with null; no row when all are empty arrays."""
    columns = [expanded(v, as_array) for v in values]
    size = max(len(c) for c in columns)
    for at in range(size):
        yield tuple(c[at] if at < len(c) else None for c in columns)


def first_cell(rows: Iterable[Row], missing: object) -> object:
    """The first cell of the first row, or what stands for a missing row."""
    for row in rows:
        return row[0]
    return missing


def flattened_cells(rows: Iterable[Row]) -> Iterator[Row]:
    """The first cells, an array's elements one by one."""
    for row in rows:
        if isinstance(row[0], list):
            yield from ((element,) for element in row[0])
        else:
            yield (row[0],)


def sample_rows(rows: Iterable[Row], count: int | None) -> list[Row]:
    """Some rows, not always the same."""
    kept = list(rows)
    return random.sample(kept, min(max(0, count or 0), len(kept)))


def full_join(left: Iterable[Row], no_left: Row, right: Iterable[Row], no_right: Row) -> Iterator[Row]:
    """All pairs of rows with equal keys, and the rows of both sides without a partner; the keys stand behind each side's columns."""
    width, other_width = len(no_left), len(no_right)
    index: dict[Row, list[Row]] = {}
    for row in right:
        index.setdefault(tuple(map(join_key, row[other_width:])), []).append(row)
    met: set[Row] = set()
    for row in left:
        key = tuple(map(join_key, row[width:]))
        met.add(key)
        for other in index.get(key, (no_right,)):
            yield row[:width] + other[:other_width]
    for key, others in index.items():
        if key not in met:
            for other in others:
                yield no_left + other[:other_width]


def join_key(value: object) -> object:
    """A cell as part of a join's key: all NaN are one."""
    return NAN if value != value else value
