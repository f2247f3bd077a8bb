"""Functions of numeric arrays; a null element stays null."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import TypeAlias

from rulec_backends.python.runtime.arithmetic import exact_sum

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def number(value: Json) -> float | None:
    """A numeric element; null for anything else."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def numbers(values: Json) -> list[float] | None:
    """The elements when all are numbers."""
    if not isinstance(values, list):
        return None
    found = [n for v in values if (n := number(v)) is not None]
    return found if len(found) == len(values) else None


def series_each(function: Callable[[float], float], values: Json) -> list[Json] | None:
    """A function of each number; null where it is not defined."""
    if not isinstance(values, list):
        return None
    result: list[Json] = []
    for value in values:
        n = number(value)
        try:
            result.append(None if n is None else function(n))
        except (ValueError, OverflowError, ZeroDivisionError):
            result.append(math.nan)
    return result


def series_pair(function: Callable[[float, float], Json], a: Json, b: Json) -> list[Json] | None:
    """A function of the numbers at the same place of two arrays; a number beside an array stands for an array of it."""
    if not isinstance(a, list) and not isinstance(b, list):
        return None
    size = max(len(v) for v in (a, b) if isinstance(v, list))
    left = a if isinstance(a, list) else [a] * size
    right = b if isinstance(b, list) else [b] * size
    result: list[Json] = []
    for at in range(size):
        x = number(left[at]) if at < len(left) else None
        y = number(right[at]) if at < len(right) else None
        result.append(None if x is None or y is None else function(x, y))
    return result


def series_quotient(a: float, b: float) -> float:
    """a / b as real, with infinities and NaN."""
    if b:
        return a / b
    return math.nan if not a or a != a else math.copysign(math.inf, a)


def series_power(a: float, b: float) -> float:
    """a to the power of b as real."""
    try:
        return math.pow(a, b)
    except (ValueError, ZeroDivisionError):
        return math.nan
    except OverflowError:
        return math.inf


def series_sum(values: Json) -> float | None:
    """The sum as real; nulls are skipped."""
    if not isinstance(values, list):
        return None
    found = [n for v in values if (n := number(v)) is not None]
    return exact_sum(found) if found else None


def series_product(values: Json) -> float | None:
    """The product as real; nulls are skipped."""
    if not isinstance(values, list):
        return None
    found = [n for v in values if (n := number(v)) is not None]
    return float(math.prod(found)) if found else None


def series_magnitude(values: Json) -> float | None:
    """The Euclidean length."""
    found = numbers(values)
    return None if found is None else math.sqrt(exact_sum(v * v for v in found))


def series_dot_product(a: Json, b: Json) -> float | None:
    """The sum of the products."""
    products = series_pair(lambda x, y: x * y, a, b)
    found = numbers(products) if products is not None else None
    return None if found is None else float(exact_sum(found))


def series_cosine_similarity(a: Json, b: Json, size_a: float | None = None, size_b: float | None = None) -> float | None:
    """The cosine of the angle between two vectors, whose lengths may be given."""
    left, right = numbers(a), numbers(b)
    if left is None or right is None or len(left) != len(right) or not left:
        return None
    first = size_a if size_a is not None else math.sqrt(exact_sum(x * x for x in left))
    second = size_b if size_b is not None else math.sqrt(exact_sum(x * x for x in right))
    return series_quotient(exact_sum(x * y for x, y in zip(left, right, strict=True)), first * second)


def series_pearson_correlation(a: Json, b: Json) -> float | None:
    """The correlation coefficient of two series."""
    left, right = numbers(a), numbers(b)
    if left is None or right is None or len(left) != len(right) or not left:
        return None
    size = len(left)
    x, y = sum(left) / size, sum(right) / size
    both = sum((p - x) * (q - y) for p, q in zip(left, right, strict=True))
    return series_quotient(both, math.sqrt(sum((p - x) ** 2 for p in left)) * math.sqrt(sum((q - y) ** 2 for q in right)))


def is_missing(value: Json, missing: float | None) -> bool:
    """Whether an element is to be filled: null, or the value that stands for a missing one."""
    return number(value) is None or (missing is not None and value == missing)


def series_fill_forward(values: Json, missing: float | None = None) -> list[Json] | None:
    """Missing elements take the last value before them."""
    if not isinstance(values, list):
        return None
    result: list[Json] = []
    last: Json = None
    for value in values:
        if not is_missing(value, missing):
            last = value
        result.append(value if last is None else last)
    return result


def series_fill_backward(values: Json, missing: float | None = None) -> list[Json] | None:
    """Missing elements take the next value after them."""
    filled = series_fill_forward(values[::-1] if isinstance(values, list) else values, missing)
    return None if filled is None else filled[::-1]


def series_fill_const(values: Json, constant: float | None = None, missing: float | None = None) -> list[Json] | None:
    """Missing elements take a constant."""
    return [constant if is_missing(v, missing) else v for v in values] if isinstance(values, list) else None


def series_fill_linear(
    values: Json, missing: float | None = None, edges: bool | None = True, constant: float | None = 0
) -> list[Json] | None:
    """Missing elements lie on the line between their neighbours; at the edges they take the nearest value, without any the constant."""
    if not isinstance(values, list):
        return None
    known = [i for i, v in enumerate(values) if not is_missing(v, missing)]
    if not known:
        return [constant for _ in values]
    whole = all(isinstance(values[i], int) for i in known)
    result: list[Json] = list(values)
    for left, right in pairwise(known):
        low, high = number(values[left]) or 0, number(values[right]) or 0
        for at in range(left + 1, right):
            filled = low + (high - low) * (at - left) / (right - left)
            result[at] = int(filled) if whole else filled
    for at in range(len(values)):
        if at < known[0]:
            result[at] = values[known[0]] if edges else None
        elif at > known[-1]:
            result[at] = values[known[-1]] if edges else None
    return result


def series_stats_dynamic(values: Json, ignore_nonfinite: bool | None = False) -> Json:
    """Least and greatest element with their places, average, deviation, variance, sum and length."""
    if not isinstance(values, list):
        return None
    pairs = [(n, i) for i, v in enumerate(values) if (n := number(v)) is not None and (not ignore_nonfinite or math.isfinite(n))]
    if not pairs or (not ignore_nonfinite and len(pairs) < len(values)):
        return dict.fromkeys(("min", "min_idx", "max", "max_idx", "avg", "stdev", "variance", "sum", "len")) | {"len": len(pairs)}
    found = [float(n) for n, _ in pairs]
    size = len(found)
    low, high = min(range(size), key=lambda i: found[i]), max(range(size), key=lambda i: found[i])
    average = sum(found) / size
    spread = sum((v - average) ** 2 for v in found) / (size - 1) if size > 1 else 0.0
    return {
        "min": found[low],
        "min_idx": pairs[low][1],
        "max": found[high],
        "max_idx": pairs[high][1],
        "avg": average,
        "stdev": math.sqrt(spread),
        "variance": spread,
        "sum": exact_sum(found),
        "len": size,
    }


def line_of(values: list[float]) -> tuple[float, float]:
    """Slope and interception of the least-squares line over the places 0, 1, ..."""
    size = len(values)
    if size < 2:
        return 0.0, values[0] if values else 0.0
    x, y = (size - 1) / 2, sum(values) / size
    slope = sum((i - x) * (v - y) for i, v in enumerate(values)) / sum((i - x) ** 2 for i in range(size))
    return slope, y - slope * x


def series_fit_line_dynamic(values: Json) -> Json:
    """The least-squares line with its quality."""
    found = numbers(values)
    if not found:
        return None
    slope, interception = line_of(found)
    fit = [interception + slope * i for i in range(len(found))]
    return {**fit_quality(found, fit), "slope": slope, "interception": interception, "line_fit": list(fit)}


def fit_quality(values: list[float], fit: list[float]) -> dict[str, Json]:
    """Variance of the values, variance of what the fit leaves, and the share that it explains."""
    size = len(values)
    average = sum(values) / size
    total = sum((v - average) ** 2 for v in values) / (size - 1) if size > 1 else 0.0
    left = sum((v - f) ** 2 for v, f in zip(values, fit, strict=True)) / (size - 1) if size > 1 else 0.0
    return {"rsquare": 1 - left / total if total else 0.0, "variance": total, "rvariance": left}


def series_fir(values: Json, taps: Json, normalize: bool | None = None, center: bool | None = False) -> list[Json] | None:
    """A finite impulse response filter; by default its taps are normalized when all have one sign."""
    found, weights = numbers(values), numbers(taps)
    if found is None or not weights:
        return None
    if normalize is None:
        normalize = all(w >= 0 for w in weights) or all(w <= 0 for w in weights)
    total = sum(weights)
    if normalize and total:
        weights = [w / total for w in weights]
    shift = len(weights) // 2 if center else 0
    size = len(found)
    return [float(sum(w * found[i + shift - k] for k, w in enumerate(weights) if 0 <= i + shift - k < size)) for i in range(size)]


def series_iir(values: Json, numerators: Json, denominators: Json) -> list[Json] | None:
    """An infinite impulse response filter."""
    found, b, a = numbers(values), numbers(numerators), numbers(denominators)
    if found is None or not b or not a or not a[0]:
        return None
    result: list[float] = []
    for i in range(len(found)):
        forward = sum(b[k] * found[i - k] for k in range(len(b)) if i >= k)
        backward = sum(a[k] * result[i - k] for k in range(1, len(a)) if i >= k)
        result.append((forward - backward) / a[0])
    return list(result)


def series_seasonal(values: Json, period: int) -> list[Json] | None:
    """The median of each place of the period, repeated."""
    found = numbers(values)
    if not found:
        return None
    size = len(found)
    if not 0 < period <= size:
        return [0.0] * size
    middles = [median(found[k::period]) for k in range(period)]
    return [float(middles[i % period]) for i in range(size)]
