"""`rulec run`: compiles a rule, runs it over local files and prints its alerts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rulec.api import Request, compile_stages
from rulec.driver.findings import Finding
from rulec.driver.inputs import UsageError, find_rules, read_stdin
from rulec.driver.loading import read
from rulec.driver.progress import Progress
from rulec.driver.render import render, use_colour
from rulec.driver.settings import Job, job_of
from rulec.driver.times import show_time
from rulec.errors import CompileError, Diagnostic, Severity
from rulec.fields import ColumnMap, TableMap
from rulec.ir.rels import ColumnDef, External, Scan
from rulec.ir.walk import relations
from rulec.map_choice import RAW, MapChoice, choose_maps
from rulec.mapping import mapped_tables
from rulec.pipeline import Stages, analyse, apply_maps
from rulec.rule.model import Rule
from rulec.running.alerts import Results, Window, alerts_of
from rulec.running.engines import ENGINES, Moments
from rulec.running.report import print_alerts, print_rows
from rulec.running.tables import DataSet, open_data, rows_of
from rulec.running.times import window_of


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: the rule, what it gave, and the findings on the way."""

    rule: Rule
    results: Results
    window: Window
    alerts: list[dict[str, Any]] | None
    findings: tuple[Diagnostic, ...]


def run_verb(arguments: argparse.Namespace) -> int:
    """Runs; returns the exit code: 0 with or without alerts, 1 when the rule or the data has errors."""
    job, _ = job_of(arguments)
    rules = find_rules([arguments.rule])
    if len(rules) != 1:
        raise UsageError(f"{arguments.rule} holds {len(rules)} rules, expected one")
    loaded = read(rules[0], job, read_stdin(rules))
    try:
        if loaded.rule is None:
            raise CompileError(loaded.diagnostics)
        with Progress("run", 0) as bar:
            run = execute(loaded.rule, _paths(arguments.data), job, arguments.engine, bar)
    except CompileError as error:
        _print_findings(error.diagnostics)
        return 1
    _print_findings((*loaded.diagnostics, *run.findings))
    if run.alerts is None:
        print_rows(run.results, arguments.json)
    else:
        print_alerts(run.alerts, arguments.json)
    print(_closing(run), file=sys.stderr)
    return 0


def execute(rule: Rule, paths: Mapping[str, Sequence[str]], job: Job, engine: str, bar: Progress) -> Run:
    """The rule over the data with an engine.

    Raises:
        CompileError: The rule is wrong, the engine's target cannot say it, or data is missing or unreadable.
    """
    request = job.request(engine)
    stages = analyse(rule, request.settings)
    choice = MapChoice.of(job.maps)
    data = {table: open_data(table, files, choice.word) for table, files in paths.items()}
    _require_data(stages, data, request.options.externals)
    stages, maps = _mapped(stages, data, choice)
    wanted = _scanned_columns(stages)
    tables = {name: rows_of(data[name], columns, maps, bar.step) for name, columns in wanted.items()}
    moments = window_of(rule, job, tables)
    compiled = compile_stages(stages, engine, _for_run(request, moments), "run")
    results = ENGINES[engine](compiled, tables, moments, rule.query)
    window = Window(show_time(moments.start), show_time(moments.end))
    alerts = alerts_of(stages, _for_run(request, moments), results, window) if stages.alert is not None else None
    about_data = tuple(d for rows in tables.values() for d in rows.findings())
    if any(d.severity is Severity.ERROR for d in about_data):
        raise CompileError(about_data)
    findings = (*compiled.warnings, *about_data)
    return Run(rule, results, window, alerts, findings)


def _for_run(request: Request, moments: Moments) -> Request:
    """Sentinel-shaped tables (rows are shaped while they are read) and the run's own times."""
    options = replace(request.options, start=moments.start, end=moments.end, now=moments.now)
    return replace(request, options=options, maps=MapChoice("sentinel"))


def _require_data(stages: Stages, data: Mapping[str, DataSet], externals: Mapping[str, str]) -> None:
    files = [r for r in relations(stages.query.relation) if isinstance(r, External) and r.key not in externals]
    if files:
        problems = {
            r.key: Diagnostic.at(r.span, "RC603", f"no file for the {r.kind} `{r.key}`", f"give --watchlist '{r.key}=FILE'") for r in files
        }
        raise CompileError(tuple(problems.values()))
    missing = [(name, span) for name, span in mapped_tables(stages.query) if name not in data]
    if missing:
        given = ", ".join(data) or "none"
        hint = f"give --data {missing[0][0]}=PATH (given: {given})"
        raise CompileError(tuple(Diagnostic.at(span, "RC603", f"no data of the table `{name}`", hint) for name, span in missing))


def _mapped(stages: Stages, data: Mapping[str, DataSet], choice: MapChoice) -> tuple[Stages, Mapping[str, TableMap]]:
    """The query over the columns that the data has: tables of vendors' events go through their `raw` map."""
    scanned = _scanned_columns(stages)
    raw = [name for name in scanned if not data[name].sentinel]
    maps = choose_maps(raw, RAW, replace(choice, word=RAW))
    as_they_are = {name: _identity(name, columns) for name, columns in scanned.items() if data[name].sentinel}
    return apply_maps(stages, {**maps.tables, **as_they_are}, RAW), maps.usable


def _identity(table: str, columns: Iterable[ColumnDef]) -> TableMap:
    """The map of a table whose columns have their own names."""
    return TableMap(table, RAW, table, {c.name: ColumnMap((c.name,)) for c in columns}, "TimeGenerated")


def _scanned_columns(stages: Stages) -> dict[str, list[ColumnDef]]:
    """The columns that the query reads of each table, over all its scans."""
    from rulec.ir.walk import relations

    found: dict[str, list[ColumnDef]] = {}
    for rel in relations(stages.query.relation):
        if isinstance(rel, Scan):
            known = found.setdefault(rel.table, [])
            known.extend(c for c in rel.columns if c not in known)
    return found


def _paths(values: Iterable[str]) -> dict[str, list[str]]:
    paths: dict[str, list[str]] = {}
    for value in values:
        table, equals, path = value.partition("=")
        if not table or not equals or not path:
            raise UsageError(f"--data {value}: expected TABLE=PATH")
        paths.setdefault(table, []).append(path)
    return paths


def _print_findings(findings: Iterable[Diagnostic]) -> None:
    colour = use_colour(sys.stderr)
    for diagnostic in findings:
        print(render(Finding(diagnostic), colour), file=sys.stderr)


def _closing(run: Run) -> str:
    rows = len(run.results.rows)
    what = f"{rows} {'row' if rows == 1 else 'rows'}"
    if run.alerts is not None:
        what += f", {len(run.alerts)} {'alert' if len(run.alerts) == 1 else 'alerts'}"
    bounded = run.window.start != run.window.end
    return f"{what}; window {run.window.start} to {run.window.end}" if bounded else what
