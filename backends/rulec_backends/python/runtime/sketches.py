"""Sketches, kept exactly: an `hll` is the set of its values, a `tdigest` its values with their weights.

Kusto's own are estimates from some size on, as its `dcount` and `percentile` are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from rulec_backends.python.runtime.totals import percentile_weighted

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Values: TypeAlias = "set[object]"
#: How a value stands in a dynamic one, and the values with their weights.
Digest: TypeAlias = "tuple[Callable[[object], Json] | None, list[tuple[object, int]]]"


def hll_merge(*sketches: Values | None) -> Values | None:
    """All values of the sketches that are not null; null when none is."""
    given = [s for s in sketches if s is not None]
    return set().union(*given) if given else None


def dcount_hll(sketch: Values | None) -> int | None:
    """How many values the sketch has."""
    return None if sketch is None else len(sketch)


def intersections(rows: Iterable[tuple[object, ...]], columns: tuple[int, ...]) -> Iterator[tuple[object, ...]]:
    """Each row with the sizes of its first sketch, of the first two in common, of the first three, and so on."""
    for row in rows:
        common: Values | None = None
        sizes = []
        for column in columns:
            sketch: Values = row[column] or set()  # type: ignore[assignment]
            common = sketch if common is None else common & sketch
            sizes.append(len(common))
        yield (*row, *sizes)


def merge_tdigest(*digests: Digest | None) -> Digest | None:
    """All values of the digests that are not null; null when none is."""
    given = [d for d in digests if d is not None]
    return (given[0][0], [pair for _, pairs in given for pair in pairs]) if given else None


def percentile_tdigest(digest: Digest | None, percent: float | None) -> Json:
    """The nearest-rank percentile, as it stands in a dynamic value."""
    if digest is None:
        return None
    shown, pairs = digest
    value = percentile_weighted(pairs, percent)
    return shown(value) if shown is not None and value is not None else value  # type: ignore[return-value]


def percentiles_tdigest(digest: Digest | None, percents: Iterable[float | None]) -> list[Json] | None:
    """Several percentiles as an array."""
    return None if digest is None else [percentile_tdigest(digest, p) for p in percents]


def rank_tdigest(digest: Digest | None, value: float | None) -> float | None:
    """The weight of the values that are not greater."""
    if digest is None or value is None:
        return None
    return float(sum(weight for v, weight in digest[1] if v <= value))  # type: ignore[operator,misc]


def percentrank_tdigest(digest: Digest | None, value: float | None) -> float | None:
    """The same in percent of all."""
    rank = rank_tdigest(digest, value)
    total = sum(weight for _, weight in digest[1]) if digest is not None else 0
    return rank * 100 / total if rank is not None and total else None
