"""`python -m tests.cases --engine duckdb --write`: runs the cases and lists what the engine refuses in `refusals.json`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from tests.cases.loading import FOLDER, families, load
from tests.conformance.__main__ import Outcome, judge, show, table
from tests.conformance.cases import Case
from tests.conformance.engines import running_server
from tests.conformance.runner import run_cases

#: By engine, the code by which each of these cases is refused.
REFUSALS: Final = FOLDER / "refusals.json"
ENGINES: Final = ("python", "duckdb", "splunk", "trino")


def listed(engine: str) -> Mapping[str, str]:
    """The refusals of an engine that are known: code by case."""
    found: Mapping[str, str] = json.loads(REFUSALS.read_text("utf-8")).get(engine, {})
    return found


def outcomes(engine: str, form: Callable[[Path], Iterable[Case]] = load) -> list[Outcome]:
    """Every case on an engine."""
    cases = [case for path in families() for case in form(path)]
    with running_server(engine):
        return [judge(case, result) for case, result in run_cases(cases, engine)]


def write(engine: str, found: Iterable[Outcome]) -> None:
    """Replaces the engine's part of the list."""
    known = json.loads(REFUSALS.read_text("utf-8"))
    known[engine] = {o.case.id: o.result.code for o in found if o.verdict == "refused"}
    REFUSALS.write_text(json.dumps(known, indent=2, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")


def main() -> int:
    """Runs the command; returns its exit code: 1 when an answer is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.cases", description=__doc__)
    parser.add_argument("--engine", action="append", choices=ENGINES, help="repeatable; default python, duckdb, splunk")
    parser.add_argument("--write", action="store_true", help="renew refusals.json")
    arguments = parser.parse_args()
    wrong = 0
    for engine in arguments.engine or ENGINES[:3]:
        found = outcomes(engine)
        wrong += sum(o.verdict == "wrong" for o in found)
        print("\n".join([engine, *(show(o) for o in found if o.verdict == "wrong"), table(found)]))
        if arguments.write:
            write(engine, found)
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
