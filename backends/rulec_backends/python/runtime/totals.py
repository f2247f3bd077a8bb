"""What aggregates need beyond a line in the loop."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from rulec_backends.python.runtime.arithmetic import exact_sum

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def greater(a: object, b: object) -> bool:
    """Whether a beats b as a maximum: NaN is the greatest, null the least."""
    if a is None or b is None:
        return b is None and a is not None
    return a > b if a == a and b == b else a != a and b == b  # type: ignore[operator,no-any-return,unused-ignore]


def less(a: object, b: object) -> bool:
    """Whether a beats b as a minimum: NaN is the least, null never wins."""
    if a is None or b is None:
        return b is None and a is not None
    return a < b if a == a and b == b else a != a and b == b  # type: ignore[operator,no-any-return,unused-ignore]


def mean(total: float, count: int) -> float:
    """The average; NaN of nothing."""
    return total / count if count else math.nan


def mean_ticks(total: int, count: int) -> int | None:
    """The average of datetimes or timespans; null of nothing."""
    return (total + count // 2) // count if count else None


def variance(values: Sequence[float], sample: bool) -> float:
    """The variance, rounded to ten decimals as the engine does; 0 of fewer than two values."""
    size = len(values)
    if size < 2:
        return 0.0
    center = exact_sum(values) / size
    result = exact_sum((v - center) * (v - center) for v in values) / (size - 1 if sample else size)  # ** overflows with an error
    return round(result, 10) if math.isfinite(result) else result


def stdev(values: Sequence[float], sample: bool) -> float:
    """The square root of the rounded variance."""
    return math.sqrt(variance(values, sample))


def covariance(pairs: Sequence[tuple[float, float]], sample: bool) -> float:
    """The covariance of pairs; 0 of fewer than two."""
    size = len(pairs)
    if size < 2:
        return 0.0
    left, right = exact_sum(p[0] for p in pairs) / size, exact_sum(p[1] for p in pairs) / size
    return exact_sum((a - left) * (b - right) for a, b in pairs) / (size - 1 if sample else size)


def percentile(values: Sequence[object], percent: float | None) -> object:
    """The nearest-rank percentile: the least value that at least that share of the values does not exceed; null of nothing."""
    if not values or percent is None:
        return None
    ordered = sorted(values, key=lambda v: (v == v, v) if v == v else (False, 0))
    rank = math.ceil(percent / 100 * len(ordered) - 1e-9)
    return ordered[max(0, min(len(ordered), rank) - 1)]


def numbers_of(value: Json) -> list[float]:
    """The numbers of an array; none of anything else."""
    return [v for v in value if isinstance(v, (int, float)) and not isinstance(v, bool)] if isinstance(value, list) else []


def percentile_weighted(pairs: Sequence[tuple[object, int]], percent: float | None) -> object:
    """The nearest-rank percentile of values that count as often as their weight says."""
    kept = sorted((p for p in pairs if p[1] > 0), key=lambda p: p[0])  # type: ignore[arg-type,return-value]
    if not kept or percent is None:
        return None
    total, reached = sum(p[1] for p in kept), 0
    rank = max(1, math.ceil(percent / 100 * total - 1e-9))
    for value, weight in kept:
        reached += weight
        if reached >= rank:
            return value
    return kept[-1][0]


def flattened(values: Iterable[Json]) -> list[Json]:
    """The values with arrays replaced by their elements: what `make_list` keeps of a dynamic column."""
    result: list[Json] = []
    for value in values:
        result.extend(value if isinstance(value, list) else [value])
    return result


def make_bag(values: Iterable[Json], limit: int) -> dict[str, Json]:
    """All keys of the bags; the first value of a key stays."""
    result: dict[str, Json] = {}
    for value in values:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in result or len(result) < limit:
                    result.setdefault(key, inner)
    return result


def all_bits(values: Iterable[int], kind: str) -> int | None:
    """The values combined bit by bit (`and`, `or`, `xor`); null of none."""
    result: int | None = None
    for value in values:
        if result is None:
            result = value
        elif kind == "and":
            result &= value
        elif kind == "or":
            result |= value
        else:
            result ^= value
    return result


def buildschema(values: Iterable[Json]) -> Json:
    """The least schema that all the dynamic values have."""
    schemas: list[Json] = []
    for value in values:
        if value is not None:
            schemas.append(schema_of(value))
    return merged_schema(schemas)


def schema_of(value: Json) -> Json:
    """The schema of one dynamic value."""
    match value:
        case bool():
            return "bool"
        case int():
            return "long"
        case float():
            return "double"
        case str():
            return "string"
        case list():
            return {"`indexer`": merged_schema([schema_of(v) for v in value if v is not None])}
        case dict():
            return {k: schema_of(v) for k, v in value.items()}
    return None


def merged_schema(schemas: list[Json]) -> Json:
    """One schema of several: bags key by key, differing types as a list of them in the order of their appearance."""
    parts = [part for schema in schemas for part in (schema if isinstance(schema, list) else [schema]) if part is not None]
    bags = [part for part in parts if isinstance(part, dict)]
    keys = dict.fromkeys(k for bag in bags for k in bag)
    whole: Json = {k: merged_schema([bag[k] for bag in bags if k in bag]) for k in keys}
    found: list[Json] = list({type(p) if isinstance(p, dict) else p: whole if isinstance(p, dict) else p for p in parts}.values())
    return found[0] if len(found) == 1 else found or None
