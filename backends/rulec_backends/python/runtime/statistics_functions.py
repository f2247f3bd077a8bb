"""Distributions, tests and units."""

from __future__ import annotations

import math

UNIT_NAMES = ("Bytes", "KB", "MB", "GB", "TB", "PB", "EB")


def beta_cdf(x: float | None, alpha: float | None, beta: float | None) -> float | None:
    """The cumulative beta distribution; NaN for arguments outside its domain."""
    if x is None or alpha is None or beta is None:
        return None
    if not 0 <= x <= 1 or alpha <= 0 or beta <= 0:
        return math.nan
    return incomplete_beta(x, alpha, beta)


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularized incomplete beta function, by its continued fraction."""
    if x in (0.0, 1.0):
        return x
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    tiny, c, d, value = 1e-300, 1.0, 0.0, 1.0
    for step in range(500):
        m = step // 2
        if step == 0:
            term = 1.0
        elif step % 2 == 0:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        else:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / ((1 + term * d) or tiny)
        c = (1 + term / c) or tiny
        value *= c * d
        if step and abs(1 - c * d) < 1e-16:
            break
    return front * (value - 1)


def beta_pdf(x: float | None, alpha: float | None, beta: float | None) -> float | None:
    """The density of the beta distribution; NaN for arguments outside its domain."""
    if x is None or alpha is None or beta is None:
        return None
    if not 0 <= x <= 1 or alpha <= 0 or beta <= 0:
        return math.nan
    if x in (0.0, 1.0):
        return 0.0
    return math.exp(
        math.lgamma(alpha + beta) - math.lgamma(alpha) - math.lgamma(beta) + (alpha - 1) * math.log(x) + (beta - 1) * math.log1p(-x)
    )


def beta_inv(probability: float | None, alpha: float | None, beta: float | None) -> float | None:
    """The inverse of the cumulative beta distribution; null for a probability outside 0 to 1, NaN for wrong parameters."""
    if probability is None or alpha is None or beta is None or not 0 <= probability <= 1:
        return None
    if alpha <= 0 or beta <= 0:
        return math.nan
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if incomplete_beta(middle, alpha, beta) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def welch_test(
    mean1: float | None, var1: float | None, size1: float | None, mean2: float | None, var2: float | None, size2: float | None
) -> float | None:
    """The p-value of Welch's test that two means are equal."""
    if mean1 is None or var1 is None or size1 is None or mean2 is None or var2 is None or size2 is None:
        return None
    if size1 < 2 or size2 < 2:
        return math.nan
    first, second = var1 / size1, var2 / size2
    if first + second <= 0:
        return math.nan
    t = (mean1 - mean2) / math.sqrt(first + second)
    freedom = (first + second) ** 2 / (first**2 / (size1 - 1) + second**2 / (size2 - 1))
    return incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def format_bytes(value: float | None, precision: float | None = 0, unit: str = "") -> str:
    """A number of bytes with its unit, rounded to a number of decimals."""
    if value is None or precision is None or not math.isfinite(value):
        return ""
    size = float(value)
    if unit:
        index = next((i for i, n in enumerate(UNIT_NAMES) if n.lower() == unit.lower()), None)
        if index is None:
            return ""
    else:
        index = 0
        while abs(size) / 1024**index >= 1024 and index < len(UNIT_NAMES) - 1:
            index += 1
    scaled = size / 1024**index
    factor = 10 ** int(precision)
    rounded = math.floor(abs(scaled) * factor + 0.5) / factor
    text = f"{math.copysign(rounded, scaled):.{max(0, int(precision))}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text} {UNIT_NAMES[index]}"
