"""Neighbours of accepted queries, many of them wrong: where the binder and Microsoft's analyzer disagree about them.

    python -m tests.oracle.neighbours ../oracle ../shared/conformance/kusto_cases.jsonl --queries 5000

A disagreement is a text that one of them refuses, or a result whose columns differ in name, type or order.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from tests.conformance.cases import Case, load_cases
from tests.conformance.compare import Result
from tests.conformance.engines import open_engine
from tests.differential.mutants import calls, changed


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.neighbours")
    parser.add_argument("package", type=Path, help="the folder in which Microsoft's parser is installed")
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--each", type=int, default=1, help="how many of a kind are shown (default 1)")
    arguments = parser.parse_args()
    texts = neighbours(arguments.cases, arguments.seed, arguments.queries)
    kinds: Counter[str] = Counter()
    for text, theirs in zip(texts, analyzed(texts, arguments.package), strict=True):
        found = disagreement(text, theirs)
        kinds[found.partition("|")[0] if found else "agree"] += 1
        if found and kinds[found] < arguments.each:
            print(f"--- {found}\n{text}")
        if found:
            kinds[found] += 1
    print({kind: count for kind, count in kinds.items() if "|" not in kind})


def neighbours(paths: list[Path], seed: int, queries: int) -> list[str]:
    """Changed texts of cases."""
    originals = [case.kql for path in paths for case in load_cases(path)]
    made = (changed(Random(number), originals[number % len(originals)]) for number in range(seed, seed + queries))
    return [found[1] for found in made if found is not None]


def analyzed(texts: list[str], package: Path) -> list[dict[str, Any]]:
    """What Microsoft's analyzer says of the texts."""
    lines = "".join(json.dumps({"id": at, "text": text}) + "\n" for at, text in enumerate(texts))
    script = Path(__file__).with_name("judge.mjs")
    done = subprocess.run(["node", str(script), str(package)], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


_BIND = open_engine("bind")
#: Refusals of the analyzer that the engine's recorded answers contradict: kinds of dynamic values, and bool wanted (`count(x)`).
CONTRADICTED = frozenset({"KS107", "KS234", "KS235"})


def disagreement(text: str, theirs: dict[str, Any]) -> str:
    """What they disagree about: the kind, and behind `|` what tells it from others; empty when they agree."""
    if "errors" not in theirs:
        return ""
    ours = _BIND(Case("neighbour", "differential", text))
    if ours.error is not None and ours.code is None:
        return f"crash|{ours.error}"
    if theirs["errors"]:
        code, place, message = theirs["errors"][0]
        if code in CONTRADICTED:
            return ""
        return "" if ours.error is not None else f"accepted|{code} {_plain(message)} [{place[:60]}]"
    if ours.error is not None:
        return f"refused|{ours.code} {_plain(ours.error)} {calls(text) if ours.code == 'RC301' else ''}"
    return _columns(ours, theirs["columns"])


def _columns(ours: Result, theirs: list[list[str]]) -> str:
    if [list(c) for c in ours.columns] == theirs:
        return ""
    if len(ours.columns) != len(theirs):
        return f"columns|{[c[0] for c in ours.columns]} theirs {[c[0] for c in theirs]}"
    for mine, other in zip(ours.columns, theirs, strict=True):
        if list(mine) != other:
            return f"column|{mine} theirs {other}"
    return ""


def _plain(message: str) -> str:
    return re.sub(r"^\d+:\d+: |'[^']*'|`[^`]*`", "", message)


if __name__ == "__main__":
    main()
