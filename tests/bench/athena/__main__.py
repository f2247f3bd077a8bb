"""`python -m tests.bench.athena`: the seed rule and nine sample rules as generated and as an analyst writes them, over five million events.

Prints bytes and rows read, CPU time and elapsed time of both, and the ratios generated : by hand. The best of three runs counts. Needs
the server of
`tests.trino`; with `RULEC_TRINO` and `RULEC_TRINO_STORE` the table stays for the next run.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rulec.api import read_rule
from rulec.driver.settings import Job
from rulec.driver.times import parse_time, show_time
from rulec.map_choice import MapChoice
from rulec.running.engines import Moments
from rulec.running.times import window_of
from rulec.scalars import TICKS_PER_DAY, TICKS_PER_SECOND
from tests.bench.athena import data
from tests.trino.client import Answer, Client, Statistics
from tests.trino.running import compiled_rule
from tests.trino.server import start

ROOT: Final = Path(__file__).parents[3]
HANDWRITTEN: Final = Path(__file__).parent / "handwritten"
NOW: Final = parse_time("2024-03-10T12:00:00Z", "now")
#: For a hunting query, which has no period of its own.
DAY: Final = TICKS_PER_DAY
_REPEATS: Final = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """A rule's cost in both forms and how many rows each gave."""

    name: str
    generated: Statistics
    handwritten: Statistics
    rows: tuple[int, int]


def moments_of(path: Path) -> Moments:
    """The rule's window before noon of the last day."""
    rule, _ = read_rule(path)
    found = window_of(rule, Job(now=NOW, end=NOW), {})
    return found if rule.query_period is not None else Moments(NOW - DAY, NOW, NOW)


def generated_text(path: Path) -> str:
    """The rule's Athena SQL over the benchmark's table, for literal times."""
    rule, _ = read_rule(path)
    _, compiled = compiled_rule(rule, Job(now=NOW, end=NOW), MapChoice(), moments_of(path), {})
    return compiled.text.replace(f"FROM {data.physical().physical}\n", f"FROM {data.TABLE}\n")


def handwritten_text(path: Path) -> str:
    """The analyst's SQL for the same times."""
    moments = moments_of(path)
    recent = moments.now - DAY
    texts = {"start": moments.start, "end": moments.end, "recent": recent}
    given = {name: f"{show_time(ticks)[:19]}Z" for name, ticks in texts.items()}
    given |= {f"{name}_day": show_time(ticks - (name == "end") * TICKS_PER_SECOND)[:10].replace("-", "/") for name, ticks in texts.items()}
    text = (HANDWRITTEN / f"{path.stem}.sql").read_text("utf-8")
    for name, value in given.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def measure(client: Client, path: Path) -> Measured:
    """Both forms by turns, so that neither has the warmer cache."""
    texts = (generated_text(path), handwritten_text(path))
    runs: tuple[list[Answer], list[Answer]] = ([], [])
    for text in texts:
        client.run(text)  # for the engine's own code and the files' metadata
    for _ in range(_REPEATS):
        for text, answers in zip(texts, runs, strict=True):
            answers.append(client.run(text))
    best = [min(answers, key=lambda a: a.statistics.cpu).statistics for answers in runs]
    return Measured(path.stem, best[0], best[1], (len(runs[0][0].rows), len(runs[1][0].rows)))


def report(found: Sequence[Measured]) -> str:
    """A line a rule, and the totals."""
    lines = [f"{'rule':40} {'rows out':>11} {'bytes read':>23} {'ratio':>6} {'CPU ms':>13} {'ratio':>6} {'elapsed ms':>13} {'ratio':>6}"]
    for m in found:
        lines.append(_line(m.name, f"{m.rows[0]}/{m.rows[1]}", m.generated, m.handwritten))
    lines.append(_line("all", "", _sum([m.generated for m in found]), _sum([m.handwritten for m in found])))
    return "\n".join(lines)


def _line(name: str, rows: str, a: Statistics, b: Statistics) -> str:
    parts = [f"{name:40} {rows:>11}"]
    for one, other, width in ((a.bytes, b.bytes, 11), (a.cpu, b.cpu, 6), (a.elapsed, b.elapsed, 6)):
        parts.append(f"{one:>{width}}/{other:<{width}} {one / max(other, 1):>6.2f}")
    return " ".join(parts)


def _sum(parts: Sequence[Statistics]) -> Statistics:
    return Statistics(*(sum(getattr(p, name) for p in parts) for name in ("rows", "bytes", "cpu", "elapsed")))


def main(argv: list[str] | None = None) -> int:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.athena", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=data.ROWS, help="events of the table when it is made")
    parser.add_argument("--only", default="", help="rules whose name holds this text")
    arguments = parser.parse_args(argv)
    server = start()
    try:
        client = Client(server)
        rows = data.prepare(client, ROOT.parent / "shared", ROOT / "rules", arguments.rows)
        # small files are read whole otherwise, whatever columns a query wants
        client.rows("SET SESSION hive.parquet_small_file_threshold = '0B'")
        print(f"{rows:,} events in {data.DAYS} partitions")
        paths = [
            p for p in sorted((ROOT / "rules" / "aws").glob("*.yaml")) if not p.name.endswith(".test.yaml") and arguments.only in p.stem
        ]
        print(report([measure(client, path) for path in paths]))
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
