"""`rulec compile` and `rulec check` from arguments to exit code."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from rulec.driver.bundles import is_bundled, write_bundles
from rulec.driver.compile import INTERNAL_ERROR, Texts, check_files, compile_files, not_compiled
from rulec.driver.config import Config
from rulec.driver.findings import Finding, RuleReport, report_json, totals
from rulec.driver.inputs import UsageError, find_rules, nearest_hint, read_stdin
from rulec.driver.outputs import check_folder, collisions, write_atomically
from rulec.driver.progress import Progress
from rulec.driver.render import render, summary, use_colour
from rulec.driver.settings import Job, check_target_settings, job_of
from rulec.errors import CompileError


def compile_verb(arguments: argparse.Namespace) -> int:
    """Compiles; returns the exit code."""
    job, config = job_of(arguments)
    _check_targets(job)
    check_target_settings(job)
    form = _form(config, arguments)
    jobs = int(config.get("jobs", arguments.jobs, 1))
    if jobs < 1:
        raise UsageError(f"jobs is {jobs}, expected 1 or more")
    rules = find_rules(arguments.paths)
    folder: str | None = arguments.output
    single = len(rules) == 1 and len(job.targets) == 1
    if folder is None and not single:
        raise UsageError("several outputs need a folder: give -o DIR")
    if folder is not None:
        check_folder(folder)
    colliding = collisions(rules)
    free = [rule for rule in rules if rule not in colliding]
    try:
        tried = iter(_watched(compile_files(free, job, folder, read_stdin(free), jobs), len(free)))
        done = [not_compiled(rule, job, colliding[rule]) if rule in colliding else next(tried) for rule in rules]
    except CompileError as error:  # a map, schema or watchlist file that every rule needs
        return _global_findings(error)
    if folder is not None and is_bundled(job):
        done = write_bundles(job, done, folder)
    if folder is None and done[0].compiled:
        _print_query(done[0])
    to_stdout = folder is None
    code = _finish([t.report for t in done], arguments, form, quiet=to_stdout, stream=sys.stderr if to_stdout else sys.stdout)
    if arguments.timings:
        _timings([t.report for t in done])
    return code


def check_verb(arguments: argparse.Namespace) -> int:
    """Checks; returns the exit code."""
    job, config = job_of(arguments)
    form = _form(config, arguments)
    rules = find_rules(arguments.paths)
    try:
        with Progress("check", len(rules)) as bar:
            reports = []
            for report in check_files(rules, job, read_stdin(rules)):
                reports.append(report)
                bar.step(report.path)
    except CompileError as error:
        return _global_findings(error)
    return _finish(reports, arguments, form, quiet=len(rules) == 1, stream=sys.stdout)


def _check_targets(job: Job) -> None:
    from rulec.registry import load_backend

    if not job.targets:
        raise UsageError("no target: give --target (`rulec targets` lists them), or `targets` in rulec.toml")
    for target in job.targets:
        formats = [f.name for f in load_backend(target).formats]
        if job.format and job.format not in formats:
            hint = nearest_hint(job.format, formats)
            raise UsageError(f"{target} has no format `{job.format}`, expected one of {', '.join(formats) or 'none'}{hint}")


def _form(config: Config, arguments: argparse.Namespace) -> str:
    """The form of the findings; it is known to be one before any rule is read."""
    from rulec.driver.machine import WRITERS

    form = config.get("output-format", arguments.output_format, "text")
    if form != "text" and form not in WRITERS:
        raise UsageError(f"output-format is `{form}`, expected one of text, {', '.join(WRITERS)}{nearest_hint(form, ('text', *WRITERS))}")
    return str(form)


def _watched(results: Iterable[Texts], total: int) -> list[Texts]:
    with Progress("compile", total) as bar:
        done = []
        for result in results:
            done.append(result)
            bar.step(result.report.path)
    return done


def _print_query(texts: Texts) -> None:
    text = texts.compiled[0][1].text
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _finish(reports: Sequence[RuleReport], arguments: argparse.Namespace, form: str, quiet: bool, stream: TextIO) -> int:
    """Findings, summary, report file; the exit code. `stream` takes findings for programs: not the one that has the query."""
    if form == "text":
        _print_findings(f for r in reports for f in r.findings)
        if not quiet:
            print("\n".join(summary(totals(reports))), file=sys.stderr)
    else:
        _print_for_programs(reports, form, stream)
    if arguments.report:
        write_atomically(Path(arguments.report), json.dumps(report_json(reports), indent=2, ensure_ascii=False) + "\n")
    if any(f.diagnostic.code == INTERNAL_ERROR for r in reports for f in r.findings):
        return 3
    failed = any(r.errors for r in reports) or (arguments.strict and any(r.findings for r in reports))
    return int(failed)


def _print_for_programs(reports: Sequence[RuleReport], form: str, stream: TextIO) -> None:
    from rulec.driver.machine import WRITERS

    print(WRITERS[form](reports), file=stream)


def _print_findings(findings: Iterable[Finding]) -> None:
    """Each finding once: one in a workspace function comes again with every rule that uses it."""
    colour = use_colour(sys.stderr)
    for finding in dict.fromkeys(findings):
        print(render(finding, colour), file=sys.stderr)


def _global_findings(error: CompileError) -> int:
    _print_findings(Finding(d) for d in error.diagnostics)
    return 1


def _timings(reports: Sequence[RuleReport]) -> None:
    spent: dict[str, float] = {}
    for report in reports:
        for stage, seconds in report.seconds:
            spent[stage] = spent.get(stage, 0.0) + seconds
    width = max(map(len, spent), default=0)
    for stage, seconds in spent.items():
        print(f"{stage:<{width}}  {seconds * 1000:9.1f} ms  {seconds * 1000 / len(reports):8.2f} ms a rule", file=sys.stderr)
    print(f"{'all':<{width}}  {sum(spent.values()) * 1000:9.1f} ms", file=sys.stderr)
    slowest = sorted(reports, key=lambda r: -sum(s for _, s in r.seconds))[:3] if len(reports) > 3 else ()
    for report in slowest:
        print(f"slowest: {sum(s for _, s in report.seconds) * 1000:.1f} ms {os.path.relpath(report.path)}", file=sys.stderr)
