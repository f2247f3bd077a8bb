"""Runs documented examples: `python -m tests.spl.cases FILE.jsonl [--results OUT.jsonl]`.

A result line is `{"id", "fields", "rows"}` or `{"id", "error"}`; the last line printed is `N cases: R right, W wrong, F refused`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.spl import timefmt
from tests.spl.engine import run
from tests.spl.errors import Refused, SplError
from tests.spl.values import Row

Cell = str | list[str] | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a case ended: right, wrong or refused; the rows in the order of the expected fields, or the refusal."""

    id: str
    kind: str
    rows: list[list[Cell]]
    error: str = ""


def cells(rows: list[Row], fields: list[str], shape: str | None = None) -> list[list[Cell]]:
    """The listed fields of the rows; a missing one is None. `shape` is how `_time` is shown, a strftime format."""
    return [[_shown(row.get(name), shape) if name == "_time" and shape else row.get(name) for name in fields] for row in rows]


def _shown(value: Cell, shape: str) -> Cell:
    try:
        return timefmt.strftime(float(str(value)), shape)
    except ValueError:
        return value


def _time_shape(events: object) -> str | None:
    """How the case's events show `_time`: its results show it alike."""
    given = [e for part in events.values() for e in part] if isinstance(events, dict) else events if isinstance(events, list) else []
    texts = [str(e["_time"]) for e in given if "_time" in e]
    if not texts or timefmt.shown_time(texts[0]) is None:
        return None
    fraction = re.search(r"\.(\d+)", texts[0])
    mark = "T" if "T" in texts[0] else " "
    seconds = ":%S" if texts[0].count(":") > 1 else ""
    return f"%Y-%m-%d{mark}%H:%M{seconds}{f'.%{len(fraction.group(1))}N' if fraction else ''}{'Z' if texts[0].endswith('Z') else ''}"


def _same(found: Cell, expected: Cell, as_json: bool, numeric: bool) -> bool:
    if found == expected:
        return True
    if isinstance(found, str) and isinstance(expected, str):
        try:
            if as_json:
                return bool(json.loads(found) == json.loads(expected))
            return numeric and abs(float(found) - float(expected)) <= 1e-12 * abs(float(expected))
        except ValueError:
            return False
    return False


def judge(case: dict[str, object], found: list[list[Cell]]) -> bool:
    """Whether rows equal the documented ones: the listed fields only, as text; a note may ask for JSON equality or say that last
    digits vary.
    """
    expect = case["expect"]
    assert isinstance(expect, dict)
    note = str(case.get("note", ""))
    names = set(re.findall(r"[\w]+", match.group(1))) if (match := re.search(r"json:([\w,]+)", note)) else set()
    numeric = note.startswith("numeric") or "last digit" in note
    wanted: list[list[Cell]] = expect["rows"]
    if len(found) != len(wanted):
        return False
    left, right = found, wanted
    if not case.get("ordered"):
        left, right = sorted(found, key=repr), sorted(wanted, key=repr)
    flags = [name in names for name in expect["fields"]]
    return all(_same(a, b, f, numeric) for x, y in zip(left, right, strict=True) for a, b, f in zip(x, y, flags, strict=True))


def run_case(case: dict[str, object]) -> Verdict:
    """Runs one case."""
    expect = case["expect"]
    assert isinstance(expect, dict)
    name = str(case["id"])
    events = case.get("events") or []
    try:
        rows = run(str(case["spl"]), events, lookups=case.get("lookups"))  # type: ignore[arg-type]
    except (Refused, SplError) as error:
        return Verdict(name, "refused", [], f"{type(error).__name__}: {error}")
    except (ValueError, LookupError, TypeError, ArithmeticError, AttributeError) as error:
        return Verdict(name, "refused", [], f"the evaluator failed: {type(error).__name__}: {error}")
    found = cells(rows, expect["fields"], _time_shape(events))
    return Verdict(name, "right" if judge(case, found) else "wrong", found)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.spl.cases")
    parser.add_argument("file", type=Path)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--show", action="store_true", help="print wrong and refused cases")
    options = parser.parse_args(arguments)
    cases = [json.loads(line) for line in options.file.read_text(encoding="utf-8").splitlines() if line.strip()]
    verdicts = [run_case(c) for c in cases]
    if options.results:
        with options.results.open("w", encoding="utf-8") as out:
            for case, verdict in zip(cases, verdicts, strict=True):
                line: dict[str, object] = {"id": verdict.id}
                if verdict.error:
                    line["error"] = verdict.error
                else:
                    line.update(fields=case["expect"]["fields"], rows=verdict.rows)
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
    if options.show:
        for case, verdict in zip(cases, verdicts, strict=True):
            if verdict.kind != "right":
                print(verdict.kind, verdict.id, verdict.error or f"{verdict.rows} expected {case['expect']['rows']}")
    counts = [sum(v.kind == kind for v in verdicts) for kind in ("right", "wrong", "refused")]
    print(f"{len(cases)} cases: {counts[0]} right, {counts[1]} wrong, {counts[2]} refused")
    return 0 if not counts[1] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
