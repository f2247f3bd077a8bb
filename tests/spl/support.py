"""Counts what the evaluator knows of the listed commands and functions: `python -m tests.spl.support spl_commands.json`.

Each unsupported one is printed with the reason; a command without a reason in `refusals` is a gap.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.spl import registry  # noqa: F401  (fills the tables)
from tests.spl.aggregates import FUNCTIONS
from tests.spl.engine import COMMANDS
from tests.spl.evalexpr import LAZY, PLAIN
from tests.spl.refusals import REFUSED

#: Listed functions that are refused, and why.
_FUNCTIONS = {
    "json_has_key": "no page of the Search Reference describes it",
    "estdc_error": "the estimate's error depends on an algorithm that is not documented",
    "rate_avg": "of metric time series only",
    "rate_sum": "of metric time series only",
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.spl.support")
    parser.add_argument("file", type=Path)
    listed = json.loads(parser.parse_args(arguments).file.read_text(encoding="utf-8"))
    known = {
        "commands": set(COMMANDS),
        "eval_functions": {*PLAIN, *LAZY},
        "stats_functions": set(FUNCTIONS),
    }
    for kind, names in known.items():
        wanted = [item["name"] for item in listed[kind]]
        for name in wanted:
            if name not in names:
                print(f"{kind} {name}: {REFUSED.get(name) or _FUNCTIONS.get(name) or 'NO REASON'}")
        print(f"{kind}: {sum(n in names for n in wanted)} of {len(wanted)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
