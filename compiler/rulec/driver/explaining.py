"""`rulec explain`: a rule's page, one of its compilation stages, or what a code means."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator

from rulec.codes import CODES
from rulec.driver.findings import Finding
from rulec.driver.inputs import RuleFile, UsageError, find_rules, read_stdin
from rulec.driver.loading import read
from rulec.driver.render import render, use_colour
from rulec.driver.settings import Job, job_of
from rulec.errors import CompileError
from rulec.explain import Page, explain
from rulec.rule.model import Rule

#: What each family of codes is about, by the code's first digit.
FAMILIES = {
    "1": "rule file",
    "2": "KQL syntax",
    "3": "names and types",
    "4": "the target cannot say it: nothing is written for the target",
    "5": "kept, with a known difference",
    "6": "data files and running",
    "7": "field maps, schemas and configuration",
}


def explain_verb(arguments: argparse.Namespace) -> int:
    """Explains; returns the exit code."""
    if re.fullmatch(r"RC\d{3}", arguments.what, re.IGNORECASE):
        return _explain_code(arguments.what.upper(), arguments.json)
    job, _ = job_of(arguments)
    rules = find_rules([arguments.what])
    if len(rules) != 1:
        raise UsageError(f"{arguments.what} holds {len(rules)} rules, expected one")
    try:
        rule = _read(rules[0], job)
        if arguments.stage:
            print(_stage(rule, job, arguments.stage, arguments.json))
        else:
            page = explain(rule)
            print(json.dumps(page.as_json(), indent=2, ensure_ascii=False) if arguments.json else "\n".join(_text(page)))
    except CompileError as error:
        for diagnostic in error.diagnostics:
            print(render(Finding(diagnostic), use_colour(sys.stderr)), file=sys.stderr)
        return 1
    return 0


def _explain_code(code: str, as_json: bool) -> int:
    if code not in CODES:
        raise UsageError(f"unknown code {code}; codes run from {min(CODES)} to {max(CODES)}")
    family = FAMILIES[code[2]]
    entry = {"code": code, "meaning": CODES[code], "family": family}
    print(json.dumps(entry) if as_json else f"{code}: {CODES[code]}\n{code[:3]}xx: {family}")
    return 0


def _read(rule: RuleFile, job: Job) -> Rule:
    loaded = read(rule, job, read_stdin([rule]))
    if loaded.rule is None:
        raise CompileError(loaded.diagnostics)
    return loaded.rule


def _stage(rule: Rule, job: Job, stage: str, as_json: bool) -> str:
    """The value of a compilation stage as text."""
    from rulec.pipeline import STAGES, analyse, bind_names, parse_query

    wanted = {"ast": (parse_query,), "ir": (parse_query, bind_names), "optimised": STAGES}[stage]
    stages = analyse(rule, job.request("").settings, stages=wanted)
    if stage == "ast":
        from rulec.syntax.show import show as show_tree

        assert stages.program is not None
        text = show_tree(stages.program)
    else:
        from rulec.ir.show import show

        query = stages.bound if stage == "ir" else stages.optimised
        assert query is not None
        text = show(query).rstrip()
    return json.dumps({"stage": stage, "text": text}, ensure_ascii=False) if as_json else text


def _text(page: Page) -> Iterator[str]:
    rule = page.rule
    yield rule.name
    if rule.description:
        yield rule.description.strip()
    if page.tactics or page.techniques:
        yield ""
        yield "MITRE ATT&CK coverage"
        yield from _table(("Tactic", "Techniques"), _coverage(page))
    yield ""
    yield "Stages and predicates"
    for number, stage in enumerate(page.stages, start=1):
        yield f"Stage {number}: {stage.title}"
        for text in stage.texts:
            yield from (f"  {line}" for line in text.split("\n"))
    yield ""
    yield "Indicators"
    yield from _table(("Field", "Kind", "Values"), [(i.field, i.kind, ", ".join(i.values)) for i in page.indicators])
    yield ""
    yield "Output fields"
    yield from _table(("Field", "Source"), [(o.name, o.stage) for o in page.outputs])


def _coverage(page: Page) -> list[tuple[str, ...]]:
    """Tactics and techniques side by side; a technique stands beside the first of the rule's tactics that it belongs to."""
    from rulec.attack import techniques

    rows: dict[str, list[str]] = {tactic: [] for tactic in page.tactics}
    for number, title in page.techniques:
        found = techniques().get(number)
        own = [t.sentinel.lower() for t in found.tactics] if found else []
        home = next((t for t in page.tactics if t.lower() in own), "")
        rows.setdefault(home, []).append(f"{number} {title}".strip())
    return [(tactic, "; ".join(titles)) for tactic, titles in rows.items()]


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    if not rows:
        yield "  none"
        return
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, tuple("-" * w for w in widths), *rows]:
        yield ("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()
