"""`python -m tests.conformance CASES.jsonl --engine python`: compiles every query, runs the output, compares with the recorded answer.

The table goes to standard output; its last line is `N cases: R right, W wrong, F refused`. Exit code 1 when an answer is wrong.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.cases import Case, load_cases
from tests.conformance.compare import Result, differences
from tests.conformance.engines import ENGINES, running_server
from tests.conformance.runner import run_cases

VERDICTS = ("right", "wrong", "refused")
#: What `test_recorded.py` holds the engines to.
FLOORS = Path(__file__).with_name("floors.json")
#: Examples whose page is at odds with the engine's recorded answers or with itself, each with the reason: they count as neither.
QUIRKS: Mapping[str, str] = json.loads(Path(__file__).with_name("quirks.json").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case, what came, and the verdict; `why` lists the differences of a wrong one."""

    case: Case
    result: Result
    verdict: str
    why: tuple[str, ...] = ()


def judge(case: Case, result: Result) -> Outcome:
    """The verdict on a result. A query that must be refused is right when it is."""
    if case.refused:
        verdict = "right" if result.refused else "wrong"
        return Outcome(case, result, verdict, () if result.refused else (result.error or "compiled, expected a refusal",))
    if result.refused:
        return Outcome(case, result, "refused", (f"{result.code}: {result.error}",))
    why = tuple(differences(case, result))
    return Outcome(case, result, "wrong" if why else "right", why)


def table(outcomes: Iterable[Outcome]) -> str:
    """Counts by family, and of all as the last line."""
    families: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        families[outcome.case.family][outcome.verdict] += 1
    width = max((len(f) for f in families), default=6)
    lines = [f"{'family':<{width}}  {'cases':>6} " + " ".join(f"{v:>8}" for v in VERDICTS)]
    for family, counts in sorted(families.items()):
        lines.append(f"{family:<{width}}  {counts.total():>6} " + " ".join(f"{counts[v]:>8}" for v in VERDICTS))
    total = sum(families.values(), Counter())
    lines.append(f"{total.total()} cases: " + ", ".join(f"{total[v]} {v}" for v in VERDICTS))
    return "\n".join(lines)


def show(outcome: Outcome) -> str:
    """A case with what was expected and what came."""
    case, result = outcome.case, outcome.result
    lines = [f"--- {case.id}: {outcome.verdict}", case.kql, *(f"  {w}" for w in outcome.why[:12])]
    if result.error is None and not case.refused:
        lines += ["  expected " + json.dumps([[c.value for c in row] for row in case.rows[:20]], ensure_ascii=False)[:1500]]
        lines.append(f"  got      {[list(c) for c in result.columns]}")
        lines.append("           " + json.dumps((result.rows or ())[:20], ensure_ascii=False)[:1500])
    return "\n".join(lines)


def raise_floor(engine: str, name: str, outcomes: Sequence[Outcome]) -> None:
    """Writes the counts of a whole file into `floors.json` unless they are worse than those there."""
    outcomes = [o for o in outcomes if o.case.id not in QUIRKS]
    floors = json.loads(FLOORS.read_text("utf-8"))
    entry = floors.setdefault(engine, {}).setdefault(name, {"right": 0, "wrong": len(outcomes)})
    entry["right"] = max(entry["right"], sum(o.verdict == "right" for o in outcomes))
    entry["wrong"] = min(entry["wrong"], sum(o.verdict == "wrong" for o in outcomes))
    FLOORS.write_text(json.dumps(floors, indent=2, sort_keys=True) + "\n", "utf-8")


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("cases", nargs="+", type=Path, help="case files of either format")
    parser.add_argument("--engine", required=True, choices=ENGINES)
    parser.add_argument("--results", type=Path, metavar="OUT.jsonl", help="one line a case: columns and rows, or error and code")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="run the cases whose id holds this text (repeatable)")
    parser.add_argument("--family", action="append", default=[], help="run the cases of this family (repeatable)")
    parser.add_argument("--jobs", type=int, default=1, help="worker processes (default 1)")
    parser.add_argument("--limit", type=float, default=20.0, metavar="SECONDS", help="time limit of a case (default 20)")
    parser.add_argument("--show", nargs="?", const="wrong", choices=("wrong", "refused", "all"), help="print expected and got")
    parser.add_argument("--own-words", action="store_true", help="compute nothing at compile time: what the target itself can say")
    parser.add_argument("--raise-floors", action="store_true", help="renew floors.json where more is right or less is wrong")
    return parser.parse_args(argv)


def _chosen(case: Case, arguments: argparse.Namespace) -> bool:
    only, families = arguments.only, arguments.family
    return (not only or any(text in case.id for text in only)) and (not families or case.family in families)


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    arguments = _arguments(argv)
    cases = [c for path in arguments.cases for c in load_cases(path) if _chosen(c, arguments)]
    order = {case.id: at for at, case in enumerate(cases)}
    with running_server(arguments.engine):
        outcomes = [
            judge(case, result)
            for case, result in run_cases(cases, arguments.engine, arguments.jobs, arguments.limit, not arguments.own_words)
        ]
    outcomes.sort(key=lambda o: order[o.case.id])
    if arguments.results:
        lines = (json.dumps(o.result.as_json(), ensure_ascii=False) + "\n" for o in outcomes)
        arguments.results.write_text("".join(lines), encoding="utf-8")
    for outcome in outcomes:
        if arguments.show and (arguments.show == outcome.verdict or arguments.show == "all"):
            print(show(outcome) + "\n")
    for outcome in outcomes:
        if arguments.show is None and outcome.verdict == "wrong":
            print(f"wrong {outcome.case.id}: {outcome.why[0][:160]}")
    print(table(outcomes))
    if arguments.raise_floors:
        entry = arguments.engine if arguments.own_words else f"{arguments.engine} computed"
        for path in arguments.cases:
            ids = {case.id for case in load_cases(path)}
            raise_floor(entry, path.stem, [o for o in outcomes if o.case.id in ids])
    return int(any(o.verdict == "wrong" for o in outcomes))


if __name__ == "__main__":
    raise SystemExit(main())
