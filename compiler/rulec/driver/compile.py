"""`rulec compile` and `rulec check`: every rule by itself, so that a bad one never stops the rest."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Final

from rulec.api import Compiled, Request, check_rule, compile_stages
from rulec.driver.bundles import is_bundled
from rulec.driver.findings import Finding, RuleReport
from rulec.driver.inputs import RuleFile, UsageError
from rulec.driver.loading import read
from rulec.driver.outputs import output_base, write_artifacts
from rulec.driver.settings import Job
from rulec.errors import CompileError, Diagnostic
from rulec.pipeline import Stages, analyse
from rulec.records import record

INTERNAL_ERROR: Final = "RC901"


@record(slots=True)
class Clock:
    """Seconds by stage; `note` is told when a stage has ended."""

    spent: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def note(self, stage: str) -> None:
        now = time.perf_counter()
        self.spent[stage] = self.spent.get(stage, 0.0) + now - self._last
        self._last = now


@record(frozen=True, slots=True)
class Texts:
    """A rule's report, and its compiled outputs by target where they are not written by themselves."""

    report: RuleReport
    compiled: tuple[tuple[str, Compiled], ...] = ()


def compile_files(rules: Sequence[RuleFile], job: Job, folder: str | None, stdin: bytes = b"", jobs: int = 1) -> Iterator[Texts]:
    """Compiles each rule for each target; in order. Without a folder the outputs are in the results."""
    compiler = Compiler(job, folder, stdin)
    if jobs <= 1 or len(rules) <= 1:
        yield from map(compiler.compile, rules)
        return
    from concurrent.futures import ProcessPoolExecutor

    yield compiler.compile(rules[0])  # loads what the workers need: a forked one has it then
    rest = rules[1:]
    with ProcessPoolExecutor(min(jobs, len(rest)), initializer=_start_worker, initargs=(job, folder, stdin)) as pool:
        yield from pool.map(_compile_in_worker, rest, chunksize=max(1, min(32, len(rest) // (jobs * 4))))


_worker: list[Compiler] = []


def _start_worker(job: Job, folder: str | None, stdin: bytes) -> None:
    _worker[:] = [Compiler(job, folder, stdin)]


def _compile_in_worker(rule: RuleFile) -> Texts:
    return _worker[0].compile(rule)


class Compiler:
    """Compiles rules one by one with the same job; environment and maps are read once."""

    def __init__(self, job: Job, folder: str | None, stdin: bytes = b"") -> None:
        self._job, self._stdin = job, stdin
        self._folder = None if is_bundled(job) else folder
        self._requests: dict[str, Request] = {target: job.request(target) for target in job.targets}

    def compile(self, rule: RuleFile) -> Texts:
        """One rule for all targets; its outputs are written when there is a folder. A bug costs this rule and target only."""
        try:
            return self._compile(rule)
        except UsageError:
            raise
        except Exception as bug:
            if os.environ.get("RULEC_TRACEBACK"):
                raise
            return Texts(_report(rule, self._job, [Finding(_internal_error(rule.path, bug))], (), (), Clock()))

    def _compile(self, rule: RuleFile) -> Texts:
        clock = Clock()
        loaded = read(rule, self._job, self._stdin)
        clock.note("load")
        findings = [Finding(d) for d in loaded.diagnostics]
        compiled: list[tuple[str, Compiled]] = []
        if loaded.rule is None:
            return Texts(_report(rule, self._job, findings, compiled, (), clock))
        try:
            stages = analyse(loaded.rule, self._requests[self._job.targets[0]].settings, clock.note)
        except CompileError as error:
            return Texts(_report(rule, self._job, [*findings, *map(Finding, error.diagnostics)], compiled, (), clock))
        findings += [Finding(d) for d in stages.warnings]
        for target in self._job.targets:
            findings += self._emit(stages, rule, target, compiled)
            clock.note(target)
        outputs, unwritten = self._write(rule, compiled)
        report = _report(rule, self._job, [*findings, *unwritten], compiled, outputs, clock)
        return Texts(report, tuple(compiled) if self._folder is None else ())

    def _emit(self, stages: Stages, rule: RuleFile, target: str, compiled: list[tuple[str, Compiled]]) -> Iterator[Finding]:
        try:
            output = compile_stages(stages, target, self._requests[target], rule.relative.name)
        except CompileError as error:
            yield from (Finding(d, target) for d in error.diagnostics)
            return
        except Exception as bug:
            if os.environ.get("RULEC_TRACEBACK"):
                raise
            yield Finding(_internal_error(rule.path, bug), target)
            return
        compiled.append((target, output))
        yield from (Finding(d, target) for d in output.warnings if d not in stages.warnings)

    def _write(self, rule: RuleFile, compiled: list[tuple[str, Compiled]]) -> tuple[tuple[str, ...], list[Finding]]:
        """The written paths; what cannot be written is a finding and no longer among `compiled`."""
        paths: list[str] = []
        findings: list[Finding] = []
        for target, output in list(compiled) if self._folder is not None else ():
            assert self._folder is not None
            try:
                paths += write_artifacts(output_base(rule, self._folder, target, len(self._job.targets) > 1), output.artifacts)
            except UsageError as error:
                compiled.remove((target, output))
                findings.append(Finding(Diagnostic.about_file(rule.path, "RC706", str(error)), target))
        return tuple(paths), findings


def _internal_error(path: str, bug: Exception) -> Diagnostic:
    message = f"internal error: {type(bug).__name__}: {bug}"[:400]
    return Diagnostic.about_file(path, INTERNAL_ERROR, message, "RULEC_TRACEBACK=1 shows where")


def not_compiled(rule: RuleFile, job: Job, reason: Diagnostic) -> Texts:
    """What becomes of a rule that is not even tried."""
    return Texts(_report(rule, job, [Finding(reason)], (), (), Clock()))


def _report(
    rule: RuleFile, job: Job, findings: Sequence[Finding], compiled: Sequence[tuple[str, Compiled]], outputs: tuple[str, ...], clock: Clock
) -> RuleReport:
    made = {target for target, _ in compiled}
    targets = tuple((target, target in made) for target in job.targets)
    return RuleReport(rule.path, tuple(findings), outputs, targets, tuple(clock.spent.items()))


def check_files(rules: Sequence[RuleFile], job: Job, stdin: bytes = b"") -> Iterator[RuleReport]:
    """The findings about each rule that no target is needed for."""
    settings = job.request("").settings
    for rule in rules:
        loaded = read(rule, job, stdin)
        yield RuleReport(rule.path, tuple(Finding(d) for d in check_rule(loaded, settings)))
