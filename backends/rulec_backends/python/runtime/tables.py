"""Stages that need all rows at once: series, nested tops, scan, plugins."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from rulec_backends.python.runtime.addresses import ipv4_masked, ipv4_parts, ipv6_masked, ipv6_parts
from rulec_backends.python.runtime.rows import NAN
from rulec_backends.python.runtime.totals import percentile

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Row: TypeAlias = "tuple[object, ...]"


def first_rows(rows: Iterable[Row], count: int | None) -> Iterator[Row]:
    """The first rows only."""
    return islice(rows, max(0, count or 0))


def series_groups(
    groups: Mapping[Row, object], start: float | None, stop: float | None, step: float | None, inclusive: bool, keys: int
) -> Iterator[tuple[Row, list[float], dict[float, object]]]:
    """For each key its groups by bin, with the points of the axis; without bounds the points are those of the data.

    Raises:
        ValueError: more points than a series can have.
    """
    if step is None or not step > 0:
        return
    by_key: dict[Row, dict[float, object]] = {}
    for key, group in groups.items():
        parts = key if keys else (key,)
        if parts[keys] is not None:
            by_key.setdefault(parts[:keys], {})[parts[keys]] = group  # type: ignore[index]
    bins = [b for series in by_key.values() for b in series]
    if not bins:
        return
    first = min(bins) if start is None else start
    last = max(bins) if stop is None else stop
    if not math.isfinite(last - first):
        return
    count = math.floor((last - first) / step) + 1
    if count > 1_048_576:
        raise ValueError(f"make-series: {count} points, at most 1048576 are possible")
    points = [first + i * step for i in range(max(0, count))]
    if stop is not None and not inclusive:
        points = [p for p in points if p < stop]
    if points:
        for key, series in by_key.items():
            yield key, points, series


Level: TypeAlias = "tuple[int, Callable[[list[Row]], object], int | None, bool, bool, object, Row]"


def top_nested(rows: Iterable[Row], *levels: Level) -> Iterator[Row]:
    """The best values of the first key, in each of them the best of the second, and so on; with the others' row where it is asked for."""
    return nested_level(list(rows), levels)


def nested_level(rows: list[Row], levels: Sequence[Level]) -> Iterator[Row]:
    """One level: (key position, aggregate of rows, how many, descending, with others, the others' key, missing cells)."""
    if not levels:
        yield ()
        return
    position, value_of, count, descending, with_others, others, _ = levels[0]
    groups: dict[object, list[Row]] = {}
    for row in rows:
        groups.setdefault(NAN if row[position] != row[position] else row[position], []).append(row)
    ranked = [(key, part, value_of(part)) for key, part in groups.items()]
    valued = [r for r in ranked if r[2] is not None]
    valued.sort(key=lambda r: r[2], reverse=descending)  # type: ignore[arg-type,return-value]
    ranked = valued + [r for r in ranked if r[2] is None]
    kept = ranked if count is None else ranked[: max(0, count)]
    for key, part, value in kept:
        for inner in nested_level(part, levels[1:]):
            yield (key, value, *inner)
    if with_others:
        rest = [row for _, part, _ in ranked[len(kept) :] for row in part]
        below = [cell for level in levels[1:] for cell in ((level[5], level[1](rest)) if level[4] else level[6])]
        if rest:
            yield (others, value_of(rest), *below)


Step: TypeAlias = "tuple[Callable[[Row, dict[int, Row]], object], Callable[[Row, dict[int, Row]], Row], str, bool]"


def scan_rows(rows: Iterable[Row], width: int, defaults: Row, *steps: Step) -> Iterator[Row]:
    """The `scan` operator: each row is tried on the steps from the last to the first; cells behind `width` are the partition."""
    partitions: dict[Row, list[tuple[dict[int, Row], int] | None]] = {}
    next_id = 0
    for full in rows:
        row = full[:width] + defaults
        states = partitions.setdefault(full[width:], [None] * len(steps))
        for number in range(len(steps) - 1, -1, -1):
            matches, assigned, output, _ = steps[number]
            before = step_before(number, states, steps)
            current, source = states[number], None if before < 0 else states[before]
            if source is not None and matches(row, source[0]):
                states[before] = None
                state, match_id = dict(source[0]), source[1]
            elif current is not None and matches(row, current[0]):
                state, match_id = dict(current[0]), current[1]
            elif before < 0 and current is None and matches(row, {}):
                state, match_id = {}, next_id
                next_id += 1
            else:
                continue
            state[number] = assigned(row, state)
            states[number] = (state, match_id)
            if output == "all":
                yield (*state[number], match_id)


def step_before(number: int, states: Sequence[object], steps: Sequence[Step]) -> int:
    """The step whose matches lead to this one: the last before it that is required or has a match; -1 when there is none."""
    before = number - 1
    while before >= 0 and steps[before][3] and states[before] is None:
        before -= 1
    return before


def state_cell(states: dict[int, Row], step: int, position: int, missing: object) -> object:
    """A cell of the last row that a step matched."""
    return states[step][position] if step in states else missing


def ipv4_lookup(
    rows: Iterable[Row], at: int, networks: Iterable[Row], network_at: int, extra: Sequence[tuple[int, int]], missing: Row | None
) -> Iterator[Row]:
    """Each row beside the rows of a table whose network holds its address; `missing` stands for none, or drops the row."""
    return address_lookup(rows, at, networks, network_at, extra, missing, ipv4_parts, ipv4_masked)


def ipv6_lookup(
    rows: Iterable[Row], at: int, networks: Iterable[Row], network_at: int, extra: Sequence[tuple[int, int]], missing: Row | None
) -> Iterator[Row]:
    """Each row beside the rows of a table whose network holds its address."""
    return address_lookup(rows, at, networks, network_at, extra, missing, ipv6_parts, ipv6_masked)


def address_lookup(
    rows: Iterable[Row],
    at: int,
    networks: Iterable[Row],
    network_at: int,
    extra: Sequence[tuple[int, int]],
    missing: Row | None,
    parts_of: Callable[[str], tuple[int, int] | None],
    masked: Callable[[int, int], int],
) -> Iterator[Row]:
    """The lookup by prefix: one dict a prefix length."""
    index: dict[int, dict[object, list[Row]]] = {}
    for other in networks:
        bounds = parts_of(str(other[network_at]))
        if bounds is not None:
            key = (masked(*bounds), *(other[theirs] for _, theirs in extra))
            index.setdefault(bounds[1], {}).setdefault(key, []).append(other)
    lengths = sorted(index, reverse=True)
    for row in rows:
        address = parts_of(str(row[at]))
        found = False
        for length in lengths if address is not None else ():
            assert address is not None
            key = (masked(address[0], length), *(row[mine] for mine, _ in extra))
            for other in index[length].get(key, ()):
                found = True
                yield row + other
        if not found and missing is not None:
            yield row + missing


def narrowed(rows: Iterable[Row], names: Sequence[str], texts: Sequence[Callable[[object], str]]) -> Iterator[Row]:
    """One row a cell: row number, column name, the value as text."""
    for number, row in enumerate(rows):
        for name, text, cell in zip(names, texts, row, strict=True):
            yield number, name, text(cell)


def rows_near(rows: Iterable[Row], width: int, before: int, after: int) -> Iterator[Row]:
    """The rows near those whose last cell is true."""
    listed = list(rows)
    marked: set[int] = set()
    for at, row in enumerate(listed):
        if row[width]:
            marked.update(range(max(0, at - before), min(len(listed), at + after + 1)))
    for at in sorted(marked):
        yield listed[at][:width]


def rolling_percentile(rows: Iterable[Row], percent: float, size: float, bins: int) -> Iterator[Row]:
    """For each bin of the index the percentile of the values of the last bins; rows are (value, index, dimension, …)."""
    series: dict[Row, dict[float, list[object]]] = {}
    for row in rows:
        value, index = row[0], row[1]
        if index is not None:
            at = index - index % size  # type: ignore[operator]
            series.setdefault(row[2:], {}).setdefault(at, [])
            if value is not None:
                series[row[2:]][at].append(value)
    for dimensions, by_bin in series.items():
        for at in sorted(by_bin):
            window = [v for k in range(bins) for v in by_bin.get(at - k * size, [])]
            yield (at, *dimensions, percentile(window, percent))


def sliding_window_counts(rows: Iterable[Row], start: float, stop: float, window: float, size: float) -> Iterator[Row]:
    """For each bin rows and distinct ids of the window that ends with it; rows are (id, time, dimension, …)."""
    listed = list(rows)
    groups: dict[Row, list[Row]] = {}
    for row in listed:
        groups.setdefault(row[2:], []).append(row)
    for dimensions, part in groups.items():
        point = start
        while point <= stop:
            inside = [r for r in part if r[1] is not None and point - window < r[1] - (r[1] - start) % size <= point]  # type: ignore[operator]
            if inside:
                yield (point, *dimensions, len(inside), len({r[0] for r in inside}))
            point += size


def unpacked(
    rows: Iterable[Row],
    bag_at: int,
    bag_name: str,
    prefix: str,
    ignored: Sequence[str],
    taken: Mapping[str, tuple[int, type | None]],
    conflict: str,
) -> Iterator[tuple[Row, dict[str, Json]]]:
    """`bag_unpack`: each row with its bag's keys as further columns, in the order of their names; a key named as the bag comes first.

    `taken` are the other columns with their places and the class of value that may replace theirs.

    Raises:
        ValueError: a key has the name of another column and may not replace it, or would change its type.
    """
    listed = list(rows)
    bags: list[Mapping[str, Json]] = [r[bag_at] if isinstance(r[bag_at], dict) else {} for r in listed]  # type: ignore[misc]
    keys = dict.fromkeys(k for bag in bags for k in bag if k not in ignored and not (conflict == "keep_source" and prefix + k in taken))
    kinds = {k: {type(bag[k]) for bag in bags if bag.get(k) is not None} for k in keys}
    replaced = {k: taken[prefix + k] for k in keys if prefix + k in taken}
    for key, (_, kind) in replaced.items():
        if conflict == "error":
            raise ValueError(f"bag_unpack: column {prefix + key} exists already")
        if not kinds[key] <= {kind}:
            raise ValueError(f"bag_unpack: column {prefix + key} would change its type")
    ordered = sorted(keys - replaced.keys(), key=lambda k: (prefix + k != bag_name, k))
    for row, bag in zip(listed, bags, strict=True):
        cells = list(row)
        for key, (at, kind) in replaced.items():
            cells[at] = bag.get(key, "" if kind is str else None)
        yield tuple(cells), {prefix + k: bag.get(k, "" if kinds[k] == {str} else None) for k in ordered}


def open_types(rows: Sequence[Mapping[str, object]], known: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The columns that the data gave besides the known ones, with the type that all their values share, else dynamic."""
    names = {bool: "bool", int: "long", float: "real", str: "string"}
    kinds: dict[str, set[type]] = {}
    fixed = {name for name, _ in known}
    for row in rows:
        for key, value in row.items():
            if key not in fixed:
                kinds.setdefault(key, set()).update(() if value is None else (type(value),))
    return tuple((k, names.get(next(iter(v)), "dynamic") if len(v) == 1 else "dynamic") for k, v in kinds.items())


def pivoted(groups: Mapping[Row, object], empty: object) -> Iterator[tuple[Row, dict[str, object]]]:
    """`pivot`: groups by (key, …, pivot value as text) as one row a key with a column a value, in the order of their names."""
    names = sorted({str(key[-1]) for key in groups})
    by_key: dict[Row, dict[str, object]] = {}
    for key, value in groups.items():
        by_key.setdefault(key[:-1], dict.fromkeys(names, empty))[str(key[-1])] = value
    yield from by_key.items()


def shape_lookup(
    rows: Iterable[Row],
    at: tuple[int, int],
    shapes: Iterable[Row],
    shape_at: int,
    distance: Callable[[float | None, float | None, Json], float | None],
    radius: float,
    missing: Row | None,
) -> Iterator[Row]:
    """Each row beside the rows of a table whose shape lies within a radius of its place; `missing` stands for none, or drops the row."""
    listed = list(shapes)
    for row in rows:
        found = False
        for other in listed:
            meters = distance(row[at[0]], row[at[1]], other[shape_at])  # type: ignore[arg-type]
            if meters is not None and meters <= radius:
                found = True
                yield row + other
        if not found and missing is not None:
            yield row + missing
