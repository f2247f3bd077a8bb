"""`python -m tests.parity DIR [--engine …]`: events from each rule's predicates, run on every engine, compared.

The whole corpus: `python -m tests.parity ../shared/corpus/rules/scheduled --functions ../shared/corpus/functions --engine python,plain,duckdb --jobs 2`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rulec.driver.inputs import RuleFile, find_rules
from tests.parity.engines import ENGINES
from tests.parity.examine import Examiner, Verdict

_examiner: list[Examiner] = []


def _start(functions: Sequence[str], engines: Sequence[str], seconds: float) -> None:
    sys.setrecursionlimit(20_000)
    _examiner[:] = [Examiner(functions, engines, seconds)]


def _examine(rule: RuleFile) -> Verdict:
    return _examiner[0].examine(rule.path, rule.relative.name)


def examine_all(rules: Sequence[RuleFile], arguments: argparse.Namespace) -> Iterator[Verdict]:
    """The verdicts, in order."""
    settings = (arguments.functions, arguments.engine, arguments.seconds)
    if arguments.jobs <= 1:
        _start(*settings)
        yield from map(_examine, rules)
        return
    with multiprocessing.get_context("fork").Pool(arguments.jobs, _start, settings) as pool:
        yield from pool.imap(_examine, rules)


def line(verdict: Verdict) -> str:
    """One rule's line."""
    if not verdict.accepted:
        return f"refused   {verdict.name}: {verdict.refused['python']}"
    if verdict.reason:
        return f"no alert  {verdict.name}: {verdict.reason} [{verdict.seconds:.1f} s]"
    word = "DIFFERS  " if verdict.findings else "agrees   "
    engines = [f"{e}{' ✗' if e in verdict.disagreeing else ''}" for e in verdict.engines]
    engines += [f"{e} refused" for e in verdict.refused]
    sets = f"{verdict.events} events, {verdict.sets - 1} near misses ({verdict.alerting - 1} alert too, {verdict.loose} open)"
    return f"{word} {verdict.name}: {sets}; {', '.join(engines)} [{verdict.seconds:.1f} s]"


def totals(verdicts: Sequence[Verdict], engines: Sequence[str]) -> str:
    """The last line."""
    accepted = [v for v in verdicts if v.accepted]
    alerting = [v for v in accepted if v.events]
    text = f"{len(verdicts)} rules: {len(accepted)} accepted, {len(alerting)} with alerting events"
    text += f" ({100 * len(alerting) / max(len(accepted), 1):.1f} %), {sum(v.sets for v in verdicts)} sets"
    for engine in engines:
        ran = [v for v in alerting if engine in v.engines]
        agreeing = [v for v in ran if engine not in v.disagreeing]
        text += f"; {engine}: {len(agreeing)} of {len(ran)} agree"
    return text


def show(verdict: Verdict) -> str:
    """The differences of a rule, the smallest set first."""
    lines: list[str] = []
    for finding in sorted(verdict.findings, key=lambda f: sum(map(len, f.tables.values())))[:4]:
        lines.append(f"    {finding.engine}: {finding.label}: {finding.text}")
    return "\n".join(lines)


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", nargs="*", help="rule files or folders of them")
    parser.add_argument("--engine", type=lambda t: t.split(","), default=["python", "plain", "duckdb"], help=f"of {', '.join(ENGINES)}")
    parser.add_argument("--functions", action="append", default=[], metavar="DIR", help="folder of workspace functions")
    parser.add_argument("--only", default="", metavar="NAME", help="rules whose path holds this text")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=12.0, help="for making the events of one rule")
    parser.add_argument("--show", action="store_true", help="print the differences")
    parser.add_argument("--dump", type=Path, metavar="FILE.jsonl", help="write each difference with its rows")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Runs the command; 1 when engines differ."""
    arguments = _arguments(argv)
    rules = [r for r in find_rules(arguments.rules) if arguments.only in r.path]
    verdicts = []
    dump = arguments.dump.open("w", encoding="utf-8") if arguments.dump else None
    for verdict in examine_all(rules, arguments):
        verdicts.append(verdict)
        print(line(verdict), flush=True)
        if arguments.show and verdict.findings:
            print(show(verdict), flush=True)
        for f in verdict.findings if dump else ():
            kept = {"rule": verdict.name, "engine": f.engine, "set": f.label, "text": f.text, "tables": f.tables, "expected": f.expected, "got": f.got}
            assert dump is not None
            dump.write(json.dumps(kept, ensure_ascii=False, default=str) + "\n")
    reasons = Counter(v.reason.split(":")[0] for v in verdicts if v.reason)
    print(*(f"  {count} × {reason}" for reason, count in reasons.most_common(12)), sep="\n")
    print(totals(verdicts, list(dict.fromkeys(("python", *arguments.engine)))))
    return int(any(v.findings for v in verdicts))


if __name__ == "__main__":
    raise SystemExit(main())
