"""What other programs call: compile a rule or a bare query, check a rule, explain one.

Files are read only where a path is given; everything else is a value. Findings come back or are raised as
`rulec.errors.CompileError`, never printed.
"""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from rulec.backend import Artifact, TargetOptions
from rulec.errors import CompileError, Diagnostic, Severity
from rulec.ir.rels import ColumnDef
from rulec.map_choice import MapChoice, choose_maps
from rulec.mapping import mapped_tables
from rulec.pipeline import Settings, Stages, analyse, apply_maps, emit
from rulec.records import record, replace
from rulec.registry import load_backend
from rulec.rule.findings import Profile
from rulec.rule.load import LoadResult, load, load_kql
from rulec.rule.model import Rule, RuleKind

if TYPE_CHECKING:
    from rulec.explain import Page


@record(frozen=True, slots=True)
class Compiled:
    """A compiled rule: the columns of its result, the output's files (the query first), and warnings."""

    columns: tuple[ColumnDef, ...]
    artifacts: tuple[Artifact, ...]
    warnings: tuple[Diagnostic, ...]

    @property
    def text(self) -> str:
        """The query itself."""
        return self.artifacts[0].text


@record(frozen=True, slots=True)
class Request:
    """How to compile: names and columns (`settings`), the target's options, and which field maps hold. Without `compute` a part that the
    target has no words for is refused even when the query's text decides its value."""

    settings: Settings = field(default_factory=Settings)
    options: TargetOptions = field(default_factory=TargetOptions)
    maps: MapChoice = field(default_factory=MapChoice)
    compute: bool = True


def compile_rule(path: str | Path, target: str, request: Request | None = None) -> Compiled:
    """The rule of a YAML file (or the query of a `.kql` file) on a target.

    Raises:
        CompileError: The rule is wrong, or the target cannot say it; it carries every finding.
        UnknownBackend: No target has the name.
    """
    rule, warnings = read_rule(path)
    return _compile(rule, target, request or Request(), warnings)


def compile_query(kql: str, target: str, *, now: int | None = None, path: str = "<query>", request: Request | None = None) -> Compiled:
    """A bare KQL text on a target. `now` is datetime ticks; None leaves it a parameter of the output.

    Raises:
        CompileError: The query is wrong, or the target cannot say it.
        UnknownBackend: No target has the name.
    """
    request = request or Request()
    loaded = load_kql(kql, path)
    rule = _required(loaded.rule, loaded.diagnostics)
    options = request.options if now is None else replace(request.options, now=now)
    return _compile(rule, target, replace(request, options=options), loaded.diagnostics)


def check_rule(path: str | Path | LoadResult, settings: Settings | None = None, profile: Profile = "default") -> tuple[Diagnostic, ...]:
    """Every finding about a rule that no target is needed for, in order of place; the query is checked even when its file has errors."""
    loaded = path if isinstance(path, LoadResult) else load(path, profile)
    rule = loaded.rule
    if rule is None:
        if loaded.query is None:
            return loaded.diagnostics
        rule = Rule(RuleKind.QUERY, loaded.query.path, loaded.query, loaded.query, {})
    try:
        findings = analyse(rule, settings or Settings()).warnings
    except CompileError as error:
        findings = error.diagnostics
    return _in_order(loaded.diagnostics, findings)


def explain_rule(path: str | Path) -> Page:
    """The rule's page: its ATT&CK coverage, stages, indicators and output fields.

    Raises:
        CompileError: The file is no rule, or its query cannot be parsed.
    """
    from rulec.explain import explain

    rule, _ = read_rule(path)
    return explain(rule)


def read_rule(path: str | Path, profile: Profile = "default") -> tuple[Rule, tuple[Diagnostic, ...]]:
    """A rule and the warnings about its file. Raises `CompileError` when the file has errors."""
    loaded = load(path, profile)
    return _required(loaded.rule, loaded.diagnostics), loaded.diagnostics


def compile_stages(stages: Stages, target: str, request: Request, stem: str) -> Compiled:
    """An analysed rule on a target; see `compile_rule`."""
    backend = load_backend(target)
    maps = choose_maps((name for name, _ in mapped_tables(stages.query)), target, request.maps)
    if not maps.sentinel:
        stages = apply_maps(stages, maps.tables, target)
    options = replace(_with_window(request.options, stages.rule), maps=maps.usable, sentinel_tables=maps.sentinel)
    query, output = emit(stages, backend, options, stem, request.compute)
    if not output.artifacts:
        raise CompileError(output.diagnostics)
    return Compiled(query.columns, output.artifacts, (*stages.warnings, *output.diagnostics))


def _with_window(options: TargetOptions, rule: Rule) -> TargetOptions:
    """A literal end makes a literal start (the rule's period before it) and a literal `now`."""
    if options.end is None:
        return options
    start = options.start
    if start is None:
        start = max(0, options.end - rule.query_period) if rule.query_period is not None else 0
    return replace(options, start=start, now=options.end if options.now is None else options.now)


def _compile(rule: Rule, target: str, request: Request, warnings: tuple[Diagnostic, ...]) -> Compiled:
    load_backend(target)
    compiled = compile_stages(analyse(rule, request.settings), target, request, Path(rule.path).stem or "query")
    return replace(compiled, warnings=(*warnings, *compiled.warnings))


def _required(rule: Rule | None, findings: tuple[Diagnostic, ...]) -> Rule:
    if rule is None:
        raise CompileError(findings)
    return rule


def _in_order(*groups: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    return tuple(sorted({d: None for group in groups for d in group}, key=lambda d: (d.begin, d.severity is Severity.WARNING)))
