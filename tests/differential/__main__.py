"""`python -m tests.differential --examples 20000`: random queries on several engines; what differs is shrunk and shown.

`--mutants CASES.jsonl` takes neighbours of the queries of a file of cases instead.

Exit code 1 when something differs. The last line is `N queries: C compared, D differ, …`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.conformance.engines import running_server
from tests.differential.expressions import functions
from tests.differential.mutants import Mutants, calls, depends_on_order, first_answer, judge
from tests.differential.mutants import shrink as shrink_text
from tests.differential.nodes import Query
from tests.differential.running import Engines, Verdict
from tests.differential.shrink import shrink
from tests.differential.steps import aggregates
from tests.differential.tables import query as random_query

DEFAULT_ENGINES = ("python", "duckdb")


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--mutants", action="append", type=Path, default=[], help="neighbours of the queries of this file (repeatable)")
    parser.add_argument("--examples", "--queries", type=int, default=1000, help="how many queries (default 1000)")
    parser.add_argument("--seed", type=int, default=0, help="the first query's number (default 0)")
    parser.add_argument(
        "--engine", action="append", choices=("python", "duckdb", "splunk", "trino"), help="repeatable; default python, duckdb"
    )
    parser.add_argument("--focus", action="append", default=[], help="only this function or aggregate (repeatable)")
    parser.add_argument("--longest", type=int, default=4, help="operators of a pipeline at most (default 4)")
    parser.add_argument("--each", type=int, default=2, help="how many disagreements of one kind are shown (default 2)")
    parser.add_argument("--settled", action="store_true", help="of mutants: leave out what may follow from the order of a table's rows")
    parser.add_argument("--refusals", action="store_true", help="print how often each function was refused, by engine")
    parser.add_argument("--out", type=Path, help="write the disagreements there too")
    return parser.parse_args(argv)


def focus_of(number: int, names: tuple[str, ...]) -> str | None:
    """The function that a query is about: two of three queries are about one, in turn."""
    return names[number % len(names)] if number % 3 else None


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    arguments = _arguments(argv)
    names = tuple(arguments.engine or DEFAULT_ENGINES)
    with running_server("trino" if "trino" in names else ""):
        return (run_mutants if arguments.mutants else _run)(arguments, Engines(names), names)


def _run(arguments: argparse.Namespace, engines: Engines, names: tuple[str, ...]) -> int:
    focuses = tuple(arguments.focus) or (*functions(), *aggregates())
    refused: Counter[tuple[str, str]] = Counter()
    kinds: Counter[tuple[str, ...]] = Counter()
    counts: Counter[str] = Counter()
    started = time.monotonic()
    for number in range(arguments.seed, arguments.seed + arguments.examples):
        random = Random(number)
        focus = random.choice(focuses) if arguments.focus else focus_of(number, focuses)
        made = random_query(random, focus, arguments.longest)
        verdict = engines.judge(made)
        answered = len(names) - len(verdict.refused)
        counts["compared" if answered > 1 else "refused by all but one" if answered else "refused by all"] += 1
        for engine, (_, message) in verdict.refused.items():
            refused[engine, message.partition(": ")[2]] += 1
        if verdict.problems:
            counts["differ"] += 1
            smaller, verdict = smallest(engines, made, verdict, names)
            kinds[key := (*verdict.kind, *sorted(smaller.names()))] += 1
            if kinds[key] <= arguments.each:
                _report(number, smaller, verdict, arguments.out)
    _summary(arguments, counts, refused, time.monotonic() - started)
    return 1 if counts["differ"] else 0


def run_mutants(arguments: argparse.Namespace, engines: Engines, names: tuple[str, ...]) -> int:
    """Neighbours of cases; differences that follow from the order of a table's rows are counted apart."""
    mutants = Mutants(arguments.mutants)
    kinds: Counter[tuple[str, ...]] = Counter()
    counts: Counter[str] = Counter()
    started = time.monotonic()
    for number in range(arguments.seed, arguments.seed + arguments.examples):
        made = mutants.mutant(number)
        if made is None:
            counts["not bound"] += 1
            continue
        verdict = judge(engines, made.text)
        answered = len(names) - len(verdict.refused)
        counts["compared" if answered > 1 else "refused by all but one" if answered else "refused by all"] += 1
        if not verdict.problems:
            continue
        text, verdict = shrink_text(engines, made.text, verdict, names)
        ordered = all(kind.endswith(": differs") for kind in verdict.kind)
        ordered = ordered and depends_on_order(engines, text, first_answer(verdict, names))
        counts["differ by the rows' order" if ordered else "differ"] += 1
        kinds[key := (*verdict.kind, *calls(text))] += 1
        if kinds[key] <= arguments.each and not (ordered and arguments.settled):
            title = f"{number}: {made.origin}, {', '.join(made.names)}{' (order)' if ordered else ''}"
            _show(title, text, verdict, arguments.out)
    _summary(arguments, counts, Counter(), time.monotonic() - started)
    return 1 if counts["differ"] else 0


def smallest(engines: Engines, made: Query, verdict: Verdict, names: tuple[str, ...]) -> tuple[Query, Verdict]:
    """The shrunk query and its verdict."""
    sides = tuple(dict.fromkeys((first_answer(verdict, names), *verdict.problems)))
    kind = engines.judge(made, sides).kind
    smaller = shrink(made, lambda q: engines.judge(q, sides).kind == kind)
    return smaller, engines.judge(smaller, sides)


def _report(number: int, query: Query, verdict: Verdict, out: Path | None) -> None:
    _show(f"{number}: {', '.join(sorted(query.names()))}", query.text, verdict, out)


def _show(title: str, query: str, verdict: Verdict, out: Path | None) -> None:
    lines = [f"--- {title}", query]
    lines += [f"  {engine}: {line[:300]}" for engine, problem in verdict.problems.items() for line in problem[:6]]
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    sys.stdout.flush()
    if out is not None:
        with out.open("a", encoding="utf-8") as file:
            file.write(text)


def _summary(arguments: argparse.Namespace, counts: Counter[str], refused: Counter[tuple[str, str]], seconds: float) -> None:
    if arguments.refusals:
        for (engine, message), times in refused.most_common():
            print(f"{times:>6} {engine}: {message}")
    total = arguments.examples
    print(
        f"{total} queries: "
        + ", ".join(f"{n} {what}" for what, n in sorted(counts.items()))
        + f"; {1000 * seconds / max(total, 1):.1f} ms a query"
    )


if __name__ == "__main__":
    sys.exit(main())
