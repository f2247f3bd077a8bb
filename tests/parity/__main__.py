"""`python -m tests.parity DIR [--engine …]`: events from each rule's predicates, run on every engine, compared.

The whole corpus (long), and the rules over real logs:

    corpus=../shared/corpus
    python -m tests.parity $corpus/rules/scheduled --functions $corpus/functions --engine plain,duckdb,splunk --jobs 2 --show
    python -m tests.parity $corpus/rules/scheduled --functions $corpus/functions --engine plain,duckdb --logs ../shared/logs

The engine `plain` is Python without the optimiser's passes. Every engine is compared with `python`.
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
from tests.parity.examine import Examiner, Finding, Verdict
from tests.parity.logs import Logs
from tests.parity.misses import MOST

_examiner: list[Examiner] = []
_logs: list[Logs | None] = []


def _start(functions: Sequence[str], engines: Sequence[str], seconds: float, misses: int, logs: Path | None, events: int) -> None:
    sys.setrecursionlimit(20_000)
    _examiner[:] = [Examiner(functions, engines, seconds, misses)]
    _logs[:] = [Logs(logs, events) if logs is not None else None]


def _examine(rule: RuleFile) -> Verdict | None:
    examiner, logs = _examiner[0], _logs[0]
    if logs is not None:
        return examiner.over_logs(rule.path, rule.relative.name, logs)
    return examiner.examine(rule.path, rule.relative.name)


def examine_all(rules: Sequence[RuleFile], arguments: argparse.Namespace) -> Iterator[Verdict]:
    """The verdicts, in order."""
    settings = (arguments.functions, arguments.engine, arguments.seconds, arguments.misses, arguments.logs, arguments.events)
    if arguments.jobs <= 1:
        _start(*settings)
        yield from filter(None, map(_examine, rules))
        return
    with multiprocessing.get_context("fork").Pool(arguments.jobs, _start, settings) as pool:
        yield from filter(None, pool.imap(_examine, rules))


def line(verdict: Verdict) -> str:
    """One rule's line."""
    if not verdict.accepted:
        return f"refused   {verdict.name}: {verdict.refused['python']}"
    if verdict.reason:
        word = f"cannot    {verdict.name}: {verdict.impossible};" if verdict.impossible else f"no alert  {verdict.name}:"
        return f"{word} {verdict.reason} [{verdict.seconds:.1f} s]"
    word = "DIFFERS  " if verdict.findings else "agrees   "
    engines = [f"{e}{' ✗' if e in verdict.disagreeing else ''}" for e in verdict.engines]
    engines += [f"{e} refused" for e in verdict.refused]
    cut = ", cut short" if verdict.cut else ""
    sets = f"{verdict.events} events, {verdict.sets} sets ({verdict.alerting} alert, {verdict.loose} open{cut})"
    return f"{word} {verdict.name}: {sets}; {', '.join(engines)} [{verdict.seconds:.1f} s]"


def totals(verdicts: Sequence[Verdict], engines: Sequence[str]) -> str:
    """The last line."""
    accepted = [v for v in verdicts if v.accepted]
    alerting = [v for v in accepted if v.alerting]
    impossible = sum(bool(v.impossible) for v in accepted)
    text = f"{len(verdicts)} rules: {len(accepted)} accepted, {len(alerting)} with alerting events"
    text += f" ({100 * len(alerting) / max(len(accepted) - impossible, 1):.1f} % of those that can alert)"
    text += f", {impossible} cannot alert: their own conditions exclude each other" if impossible else ""
    text += f", {sum(v.sets for v in verdicts)} sets"
    for engine in engines:
        ran = [v for v in accepted if v.sets and engine in v.engines]
        agreeing = [v for v in ran if engine not in v.disagreeing]
        text += f"; {engine}: {len(agreeing)} of {len(ran)} agree"
    return text


def show(verdict: Verdict) -> str:
    """The differences of a rule, the smallest set first."""
    lines: list[str] = []
    for finding in sorted(verdict.findings, key=lambda f: sum(map(len, f.tables.values())))[:4]:
        lines.append(f"    {finding.engine}: {finding.label}: {finding.text}")
    return "\n".join(lines)


def _as_json(rule: str, f: Finding) -> dict[str, object]:
    found = {"rule": rule, "engine": f.engine, "set": f.label, "text": f.text}
    return {**found, "tables": f.tables, "expected": f.expected, "got": f.got}


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.parity", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rules", nargs="*", help="rule files or folders of them")
    parser.add_argument("--engine", type=lambda t: t.split(","), default=["python", "plain", "duckdb"], help=f"of {', '.join(ENGINES)}")
    parser.add_argument("--functions", action="append", default=[], metavar="DIR", help="folder of workspace functions")
    parser.add_argument("--only", default="", metavar="NAME", help="rules whose path holds this text")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--misses", type=int, default=MOST, help="near misses of one rule at most (a set costs Trino a second)")
    parser.add_argument("--seconds", type=float, default=12.0, help="for making the events of one rule")
    parser.add_argument("--logs", type=Path, metavar="DIR", help="run the rules that read its tables over real logs instead")
    parser.add_argument("--events", type=int, default=0, help="of each table of the logs at most (the evaluator of SPL is slow)")
    parser.add_argument("--show", action="store_true", help="print the differences")
    parser.add_argument("--dump", type=Path, metavar="FILE.jsonl", help="write each difference with its rows")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Runs the command; 1 when engines differ."""
    arguments = _arguments(argv)
    if "trino" in arguments.engine and arguments.jobs > 1:
        raise SystemExit("the engine trino needs --jobs 1: its tables have one writer")
    rules = [r for r in find_rules(arguments.rules) if arguments.only in r.path]
    verdicts = []
    dump = arguments.dump.open("w", encoding="utf-8") if arguments.dump else None
    for verdict in examine_all(rules, arguments):
        verdicts.append(verdict)
        print(line(verdict), flush=True)
        if arguments.show and verdict.findings:
            print(show(verdict), flush=True)
        if dump is not None:
            dump.writelines(json.dumps(_as_json(verdict.name, f), ensure_ascii=False, default=str) + "\n" for f in verdict.findings)
    reasons = Counter(v.reason.split(":")[0] for v in verdicts if v.reason)
    print(*(f"  {count} × {reason}" for reason, count in reasons.most_common(12)), sep="\n")
    print(totals(verdicts, list(dict.fromkeys(("python", *arguments.engine)))))
    return int(any(v.findings for v in verdicts))


if __name__ == "__main__":
    raise SystemExit(main())
