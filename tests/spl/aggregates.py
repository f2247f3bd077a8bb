"""Aggregate functions over the values of a field.

Source: Search Reference, "Statistical and charting functions".
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tests.spl.caps import Caps
from tests.spl.errors import Refused, SplError
from tests.spl.values import Field, Num, number_text, pack, parse_number


@dataclass(frozen=True, slots=True)
class Sample:
    """One row's contribution: its values and its time."""

    texts: tuple[str, ...]
    time: float | None


#: (samples, percentile, caps) -> the stored result.
Function: TypeAlias = "Callable[[list[Sample], float, Caps], Field | None]"


def _flat(samples: list[Sample]) -> list[str]:
    return [t for s in samples for t in s.texts]


def _numbers(samples: list[Sample]) -> list[float]:
    found = (parse_number(t) for s in samples for t in s.texts)
    return [n.value for n in found if n is not None]


def _out(value: float | None) -> Field | None:
    return None if value is None else number_text(Num(value))


def _count(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    return str(sum(len(s.texts) for s in samples))


def _dc(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    """distinct_count: by text, "1" and "1.0" are two values."""
    return str(len(set(_flat(samples))))


def _sum(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    """sum: in row order, double precision; text values are ignored."""
    found = _numbers(samples)
    if not found:
        return None
    total = 0.0
    for number in found:
        total += number
    return _out(total)


def _sumsq(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    found = _numbers(samples)
    return _out(sum(n * n for n in found)) if found else None


def _avg(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    found = _numbers(samples)
    if not found:
        return None
    total = 0.0
    for number in found:
        total += number
    return _out(total / len(found))


def rank(text: str) -> tuple[int, float, str]:
    """Numbers rank below text (max, min: "processed as numbers if possible")."""
    number = parse_number(text)
    return (1, 0.0, text) if number is None else (0, number.value, "")


def _max(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    found = _flat(samples)
    return max(found, key=rank) if found else None


def _min(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    found = _flat(samples)
    return min(found, key=rank) if found else None


def _range(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    found = _numbers(samples)
    return _out(max(found) - min(found)) if found else None


def _mode(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    found = Counter(_flat(samples))
    return found.most_common(1)[0][0] if found else None


def _median(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    """median: the middle-most value; of an even count the greater one."""
    found = sorted(_numbers(samples))
    return _out(found[len(found) // 2]) if found else None


def _perc(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    """perc: the printed examples interpolate between the two nearest values."""
    found = sorted(_numbers(samples))
    if not found:
        return None
    position = p / 100 * (len(found) - 1)
    low = math.floor(position)
    high = min(low + 1, len(found) - 1)
    fraction = position - low
    return _out(float(f"{found[low] + (found[high] - found[low]) * fraction:.12g}"))


def _variance(samples: list[Sample], sample: bool) -> float | None:
    found = _numbers(samples)
    if not found:
        return None
    if len(found) == 1:
        return 0.0
    n = len(found)
    mean = sum(found) / n
    return max((sum(x * x for x in found) - n * mean * mean) / (n - 1 if sample else n), 0.0)


def _var(sample: bool, root: bool) -> Function:
    def call(samples: list[Sample], p: float, caps: Caps) -> Field | None:
        found = _variance(samples, sample)
        return None if found is None else _out(math.sqrt(found) if root else found)

    return call


def _first(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    """first: the first seen value, in row order."""
    for sample in samples:
        if sample.texts:
            return _only(sample)
    return None


def _last(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    for sample in reversed(samples):
        if sample.texts:
            return _only(sample)
    return None


def _only(sample: Sample) -> Field:
    if len(sample.texts) != 1:
        raise Refused("first or last of a multivalue")
    return sample.texts[0]


def _timed(samples: list[Sample]) -> list[Sample]:
    found = [s for s in samples if s.texts]
    if any(s.time is None for s in found):
        raise Refused("a time function on rows without _time")
    return sorted(found, key=lambda s: s.time or 0.0)


def _earliest(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    found = _timed(samples)
    return _only(found[0]) if found else None


def _latest(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    found = _timed(samples)
    return _only(found[-1]) if found else None


def _earliest_time(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    found = _timed(samples)
    return _out(found[0].time) if found else None


def _latest_time(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    found = _timed(samples)
    return _out(found[-1].time) if found else None


def _rate(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    """rate: (latest - earliest) / (latest_time - earliest_time)."""
    found = _timed(samples)
    if len(found) < 2:
        return None
    first, last = parse_number(found[0].texts[0]), parse_number(found[-1].texts[0])
    span = (found[-1].time or 0.0) - (found[0].time or 0.0)
    if first is None or last is None or span == 0:
        return None
    return _out((last.value - first.value) / span)


def _per(samples: list[Sample], scale: float, caps: Caps) -> Field | None:
    """per_hour and its like: the sum times the scale of the bucket, with six decimals (timechart, extended example 5)."""
    if not scale:
        raise SplError("per_hour and its like are functions of timechart")
    found = _numbers(samples)
    return f"{sum(found) * scale:.6f}" if found else None


def _list(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    """list: in row order, the first 100 values (list_maxsize)."""
    return pack(_flat(samples)[: caps.list])


def _values(samples: list[Sample], p: float, caps: Caps) -> Field | None:
    """values: distinct, in lexicographical order."""
    found = sorted(set(_flat(samples)))
    return pack(found[: caps.values] if caps.values else found)


FUNCTIONS: dict[str, Function] = {
    "count": _count,
    "c": _count,
    "dc": _dc,
    "distinct_count": _dc,
    "estdc": _dc,
    "sum": _sum,
    "sumsq": _sumsq,
    "avg": _avg,
    "mean": _avg,
    "max": _max,
    "min": _min,
    "range": _range,
    "mode": _mode,
    "median": _median,
    "perc": _perc,
    "exactperc": _perc,
    "upperperc": _perc,
    "p": _perc,
    "percentile": _perc,
    "stdev": _var(True, True),
    "stdevp": _var(False, True),
    "var": _var(True, False),
    "varp": _var(False, False),
    "first": _first,
    "last": _last,
    "earliest": _earliest,
    "latest": _latest,
    "earliest_time": _earliest_time,
    "latest_time": _latest_time,
    "rate": _rate,
    **dict.fromkeys(("per_second", "per_minute", "per_hour", "per_day"), _per),
    "list": _list,
    "values": _values,
}
#: Functions that `allnum=true` withholds when a value is not a number.
NUMERIC = frozenset(
    {
        "sum",
        "sumsq",
        "avg",
        "mean",
        "range",
        "median",
        "perc",
        "exactperc",
        "upperperc",
        "p",
        "percentile",
        "stdev",
        "stdevp",
        "var",
        "varp",
    }
)
#: Functions with a result of no values.
OF_NOTHING = frozenset({"count", "c", "dc", "distinct_count", "estdc"})


class Running:
    """An aggregate that grows row by row, for streamstats without a window."""

    def __init__(self, name: str, p: float, caps: Caps) -> None:
        self.name, self.p, self.caps = name, p, caps
        self.clear()

    def clear(self) -> None:
        self.samples: list[Sample] = []
        self.number = 0.0
        self.seen = False
        self.kept: str | None = None

    def add(self, sample: Sample) -> None:
        match self.name:
            case "count" | "c":
                self.number += len(sample.texts)
            case "sum":
                for text in sample.texts:
                    number = parse_number(text)
                    if number is not None:
                        self.number += number.value
                        self.seen = True
            case "last" if sample.texts:
                self.kept = str(_only(sample))
            case "first" if sample.texts and self.kept is None:
                self.kept = str(_only(sample))
            case "last" | "first":
                pass
            case "max" | "min" if sample.texts:
                best = max if self.name == "max" else min
                self.kept = best([*sample.texts, *([] if self.kept is None else [self.kept])], key=rank)
            case "max" | "min":
                pass
            case _:
                self.samples.append(sample)

    def result(self) -> Field | None:
        match self.name:
            case "count" | "c":
                return str(int(self.number))
            case "sum":
                return _out(self.number) if self.seen else None
            case "last" | "first" | "max" | "min":
                return self.kept
            case _:
                return FUNCTIONS[self.name](self.samples, self.p, self.caps)
