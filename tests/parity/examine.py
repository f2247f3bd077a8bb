"""One rule from its file to the verdict: compiled for each engine, events made, all sets run everywhere and compared."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rulec.api import Request, read_rule
from rulec.driver.settings import Job
from rulec.errors import CompileError
from rulec.optimise.prune import prune
from rulec.pipeline import Stages, analyse
from rulec.scalars import TICKS_PER_DAY
from tests.conformance.values import datetime_ticks
from tests.parity.agree import compare, only, reordered, settled, unordered
from tests.parity.engines import ENGINES, Bench, CannotHold, Program, Rows, Schema, Tables, headless, write_externals
from tests.parity.impossible import contradiction
from tests.parity.logs import TABLES, Logs, days_of, log_set
from tests.parity.making import Made, make, raises, tables_of
from tests.parity.misses import MOST, EventSet, near_misses
from tests.parity.sketch import Workshop, scanned

NOW: Final = datetime_ticks("2026-06-01T12:00:00Z")
REFERENCE: Final = "python"


@dataclass(slots=True)
class Finding:
    """A set of rows on which an engine differs from the reference, or crashes."""

    engine: str
    label: str
    text: str
    tables: Tables
    expected: Rows = field(default_factory=list)
    got: Rows = field(default_factory=list)


@dataclass(slots=True)
class Verdict:
    """What became of a rule.

    `refused`: why it has no program, by engine; `sets` counts what ran, `alerting` those that raise the alert, `loose` those whose answer
    the query leaves open; `cut`: time was up before all sets had run; `impossible`: why it cannot alert, where that is proven."""

    name: str
    refused: dict[str, str] = field(default_factory=dict)
    events: int = 0
    reason: str = ""
    impossible: str = ""
    sets: int = 0
    loose: int = 0
    alerting: int = 0
    cut: bool = False
    engines: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def accepted(self) -> bool:
        return REFERENCE not in self.refused

    @property
    def disagreeing(self) -> set[str]:
        return {f.engine for f in self.findings}


class Examiner:
    """Examines rules with the same settings; connections and function texts are read once."""

    def __init__(self, functions: Sequence[str], engines: Sequence[str], seconds: float = 12.0, misses: int = MOST) -> None:
        self.request: Request = Job(targets=(REFERENCE,), maps=("sentinel",), functions=tuple(functions)).request(REFERENCE)
        self.engines = tuple(dict.fromkeys((REFERENCE, *engines)))
        self.seconds, self.misses, self.bench = seconds, misses, Bench()

    def examine(self, path: str, name: str) -> Verdict:
        """The verdict on a rule file."""
        begin = time.monotonic()
        verdict = Verdict(name)
        try:
            rule, _ = read_rule(path)
            stages = analyse(rule, self.request.settings)
        except CompileError as error:
            verdict.refused[REFERENCE] = _first(error)
            return verdict
        try:
            self._run(stages, verdict)
        except Exception as crash:  # a bug of the tests: told, not the end of the run
            place = traceback.extract_tb(crash.__traceback__)[-1]
            verdict.reason = verdict.reason or f"{type(crash).__name__}: {crash} ({place.filename.rsplit('/', 1)[-1]}:{place.lineno})"
        verdict.seconds = time.monotonic() - begin
        return verdict

    def _run(self, stages: Stages, verdict: Verdict) -> None:
        assert stages.limited is not None
        moments = moments_of(stages)
        root = prune(stages.limited).relation
        schema = _schema(stages)
        programs = self.programs(stages, schema, moments, verdict)
        if not verdict.accepted:
            return
        workshop = Workshop(moments, schema)

        def count(tables: Tables) -> int:
            write_externals(self.bench, schema, tables)
            try:
                return len(programs[REFERENCE](tables))
            except Exception as crash:  # a generated program that fails is a finding
                verdict.findings.append(Finding(REFERENCE, "making", _told(crash), tables))
                return -1

        made: Made = make(root, workshop, stages.alert, count, self.seconds)
        verdict.reason = "" if made.sketch is not None else f"{made.reason} ({made.attempts} attempts)"
        if made.sketch is None:
            verdict.impossible = "" if raises(stages.alert, 0) else contradiction(root, moments)
            return
        tables = tables_of(made.sketch)
        verdict.events = sum(map(len, tables.values()))
        sets = [EventSet("alerting", tables), *near_misses(made.sketch, self.misses)]
        self.compare(stages, programs, schema, sets, verdict)

    def over_logs(self, path: str, name: str, logs: Logs) -> Verdict | None:
        """The verdict on a rule over real logs: a window over all, and some that end on the fullest days; None for other tables."""
        begin = time.monotonic()
        verdict = Verdict(name)
        try:
            rule, _ = read_rule(path)
            stages = analyse(rule, self.request.settings)
        except CompileError as error:
            verdict.refused[REFERENCE] = _first(error)
            return verdict
        schema = _schema(stages)
        if not set(schema) & set(TABLES):
            return None
        rows = log_set(logs, schema)
        verdict.events = sum(map(len, rows.tables.values()))
        for moments in _log_windows(stages, rows.tables):
            verdict.refused.clear()
            programs = self.programs(stages, schema, moments, verdict)
            if REFERENCE in programs:
                label = f"logs, {moments['window_end'] - moments['window_start']} ticks to {moments['window_end']}"
                self.compare(stages, programs, schema, [EventSet(label, rows.tables)], verdict)
        verdict.seconds = time.monotonic() - begin
        return verdict

    def programs(self, stages: Stages, schema: Schema, moments: Mapping[str, int], verdict: Verdict) -> dict[str, Program]:
        """The rule on each engine that takes it."""
        found: dict[str, Program] = {}
        self.bench.headless = headless(stages.query.relation)
        for engine in self.engines:
            try:
                found[engine] = ENGINES[engine](stages, self.request, self.bench, schema, moments)
            except CompileError as error:
                verdict.refused[engine] = _first(error)
            except CannotHold as reason:
                verdict.refused[engine] = str(reason)
            except Exception as crash:  # a compiler that fails is a finding
                verdict.refused[engine] = f"crash: {_told(crash)}"
                verdict.findings.append(Finding(engine, "compile", _told(crash), {}))
        verdict.engines = tuple(found)
        return found

    def compare(self, stages: Stages, programs: Mapping[str, Program], schema: Schema, sets: Sequence[EventSet], verdict: Verdict) -> None:
        """Runs the sets on all engines."""
        columns = [(c.name, c.type.value) for c in stages.query.columns]
        as_sets = unordered(stages.query.relation)
        end = time.monotonic() + 2 * self.seconds
        for one in sets:
            if time.monotonic() > end:
                verdict.cut = True
                return
            write_externals(self.bench, schema, one.tables)
            verdict.sets += 1
            try:
                expected = programs[REFERENCE](one.tables)
            except Exception as crash:
                verdict.findings.append(Finding(REFERENCE, one.label, _told(crash), one.tables))
                continue
            verdict.alerting += raises(stages.alert, len(expected))
            others = [programs[REFERENCE](tables) for tables in reordered(one.tables)]
            open_answer = any(compare(columns, expected, other, as_sets=as_sets) for other in others)
            verdict.loose += open_answer
            if open_answer and any(len(other) != len(expected) for other in others):
                continue  # not even the number of rows is settled
            kept = settled(columns, expected, others) if open_answer else list(range(len(columns)))
            for engine, program in programs.items():
                if engine != REFERENCE:
                    self._against(engine, program, one, (columns, expected, kept, as_sets), verdict)

    def _against(
        self, engine: str, program: Program, one: EventSet, answer: tuple[list[tuple[str, str]], Rows, list[int], bool], verdict: Verdict
    ) -> None:
        columns, expected, kept, as_sets = answer
        try:
            got = program(one.tables)
        except CannotHold:
            return
        except Exception as crash:  # an engine that fails is a finding
            verdict.findings.append(Finding(engine, one.label, _told(crash), one.tables, expected))
            return
        names, wanted = only(columns, expected, kept)
        _, came = only(columns, got, kept)
        found = compare(names, wanted, came, as_sets=as_sets) if kept else ([] if len(got) == len(expected) else ["row count"])
        if found:
            verdict.findings.append(Finding(engine, one.label, " | ".join(found[:4])[:600], one.tables, expected, got))


def _schema(stages: Stages) -> dict[str, dict[str, Any]]:
    """The columns that the rule reads, before and after the optimiser."""
    assert stages.limited is not None
    schema: dict[str, dict[str, Any]] = scanned(prune(stages.limited).relation)
    for table, columns in scanned(stages.query.relation).items():
        schema.setdefault(table, {}).update(columns)
    return schema


def _log_windows(stages: Stages, tables: Tables) -> list[dict[str, int]]:
    rows = {name: list(map(dict, found)) for name, found in tables.items()}
    times = [t for found in rows.values() for r in found if (t := r.get("TimeGenerated")) is not None]
    if not times:
        return []
    whole = {"window_start": min(times), "window_end": max(times) + 10_000, "now": max(times) + 10_000}
    period = stages.rule.query_period or 30 * TICKS_PER_DAY
    return [whole, *({"window_start": end - period, "window_end": end, "now": end} for end in days_of(rows))]


def moments_of(stages: Stages) -> dict[str, int]:
    """The run's moments: the rule's period before a fixed end; a bare query has a month."""
    period = stages.rule.query_period or 30 * TICKS_PER_DAY
    return {"window_start": NOW - period, "window_end": NOW, "now": NOW}


def _first(error: CompileError) -> str:
    found = error.diagnostics[0]
    return f"{found.code} {found.message}"[:160]


def _told(crash: Exception) -> str:
    place = traceback.extract_tb(crash.__traceback__)[-1]
    return f"{type(crash).__name__}: {crash} ({place.filename.rsplit('/', 1)[-1]}:{place.lineno})"[:500]
