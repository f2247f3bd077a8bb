"""Prints how long lexing and parsing take: `PYTHONPATH=compiler python -m tests.syntax.speed`."""

from __future__ import annotations

import statistics
import time

from rulec.source import Source
from rulec.syntax.parser import parse
from tests.oracle.texts import texts

GROUPS = ("corpus/rules/scheduled", "corpus/rules/hunting", "corpus/functions")
RUNS = 7


def milliseconds(source: Source) -> float:
    """The fastest of a few runs."""
    best = float("inf")
    for _ in range(RUNS):
        begin = time.perf_counter()
        parse(source)
        best = min(best, time.perf_counter() - begin)
    return best * 1000


def main() -> None:
    """One line a group: number of texts, median, 95th percentile and maximum."""
    named = list(texts())
    for group in GROUPS:
        times = sorted(milliseconds(Source.of_text(text)) for name, text in named if name.startswith(group))
        p95 = times[int(len(times) * 0.95)]
        print(f"{group}: {len(times)} texts, median {statistics.median(times):.2f} ms, p95 {p95:.2f} ms, max {times[-1]:.2f} ms")


if __name__ == "__main__":
    main()
