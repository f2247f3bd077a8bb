"""The compiler as a list: each stage takes what the stages before it made and adds its own value.

`STAGES` run once a rule, `emit` once a target. Every stage's value stays in `Stages`, for `explain` and for tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Final, TypeAlias

from rulec.alert import AlertSpec
from rulec.backend import Backend, Output, TargetOptions, Unit
from rulec.bind import bind
from rulec.bind.environment import Environment
from rulec.constants import REFERENCE, columns_of, with_known_values
from rulec.errors import CompileError, Diagnostic, Severity
from rulec.fields import NoCounterpart, TableMap
from rulec.ir.rels import Query
from rulec.mapping import map_fields
from rulec.optimise import optimise
from rulec.optimise.window import limit_to_window, names_window
from rulec.records import record, replace
from rulec.rule.checks import check_columns
from rulec.rule.model import Rule
from rulec.rule_query import OutputColumns, alert_of, keep_columns
from rulec.source import Span
from rulec.syntax.nodes import Program
from rulec.syntax.parser import parse_or_raise


@record(frozen=True, slots=True)
class Settings:
    """What a compilation depends on besides the rule.

    Attributes:
        columns: None for `alert` of a rule, `all` of a bare query.
        windowed: Limit the tables of a query without a period of its own too, as `--start` and `--end` ask.
    """

    environment: Environment = field(default_factory=Environment)
    columns: OutputColumns | None = None
    windowed: bool = False


@record(frozen=True, slots=True)
class Stages:
    """A rule on its way: the values of the stages that have run, None before. `warnings` gather over all stages."""

    rule: Rule
    settings: Settings
    program: Program | None = None
    bound: Query | None = None
    limited: Query | None = None
    optimised: Query | None = None
    alert: AlertSpec | None = None
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def query(self) -> Query:
        """The optimised query; every stage must have run."""
        assert self.optimised is not None
        return self.optimised


Stage: TypeAlias = Callable[[Stages], Stages]
Watch: TypeAlias = Callable[[str], None]


def parse_query(stages: Stages) -> Stages:
    """The KQL text's syntax tree."""
    return replace(stages, program=parse_or_raise(stages.rule.query))


def bind_names(stages: Stages) -> Stages:
    """The typed relational form: meaning is decided here."""
    assert stages.program is not None
    result = bind(stages.program, stages.settings.environment, columns_of)
    if result.query is None:
        raise CompileError(result.diagnostics)
    return replace(stages, bound=result.query, warnings=(*stages.warnings, *result.diagnostics))


def check_rule_columns(stages: Stages) -> Stages:
    """The columns that the rule names against those that the query gives."""
    assert stages.bound is not None
    columns = {c.name: c.type for c in stages.bound.columns}
    return _with_findings(stages, check_columns(stages.rule, columns))


def limit_window(stages: Stages) -> Stages:
    """The rule's window on every table, and the columns that come out."""
    assert stages.bound is not None
    limited = stages.rule.query_period is not None or (stages.settings.windowed and not names_window(stages.bound))
    query = limit_to_window(stages.bound) if limited else stages.bound
    alert = alert_of(stages.rule)
    mode = stages.settings.columns or ("all" if alert is None else "alert")
    return replace(stages, limited=keep_columns(query, stages.rule, mode), alert=alert)


def optimise_query(stages: Stages) -> Stages:
    """The same rows with less work."""
    assert stages.limited is not None
    return replace(stages, optimised=optimise(stages.limited))


STAGES: Final[tuple[Stage, ...]] = (parse_query, bind_names, check_rule_columns, limit_window, optimise_query)


def analyse(rule: Rule, settings: Settings, watch: Watch | None = None, stages: tuple[Stage, ...] = STAGES) -> Stages:
    """A rule through the stages; `watch` is told each stage's name when it has run.

    Raises:
        CompileError: A stage found errors.
    """
    state = Stages(rule, settings)
    for stage in stages:
        try:
            state = stage(state)
        except RecursionError:
            span = Span(0, len(rule.query.text), rule.query)
            raise CompileError((Diagnostic.at(span, "RC309", "the query has too many stages or levels", "split it"),)) from None
        if watch is not None:
            watch(stage.__name__)
    return state


def apply_maps(stages: Stages, maps: Mapping[str, TableMap | NoCounterpart], target: str) -> Stages:
    """The query over columns that the target has.

    Raises:
        CompileError: RC701 for each table and column that it lacks.
    """
    query, findings = map_fields(stages.query, maps, target)
    return replace(_with_findings(stages, findings), optimised=query)


#: A backend need not find every refusal at once.
_PASSES: Final = 3


def emit(stages: Stages, backend: Backend, options: TargetOptions, stem: str, compute: bool = True) -> tuple[Query, Output]:
    """What a target makes of a rule, and the query that it says: with `compute` a refused one is tried again with its constant parts
    computed, and the refusals become warnings."""
    query = stages.query
    output = _emitted(query, stages, backend, options, stem)
    computed: dict[Diagnostic, None] = {}
    for _ in range(_PASSES if compute and backend.name != REFERENCE else 0):
        if output.artifacts:
            break
        known = with_known_values(query, output.diagnostics, stages.rule.query)
        if known is query:
            break
        computed |= dict.fromkeys(_computed(d, backend.name) for d in output.diagnostics)
        query, output = known, _emitted(known, stages, backend, options, stem)
    if output.artifacts and computed:
        output = replace(output, diagnostics=(*computed, *output.diagnostics))
    return query, output


def _computed(refusal: Diagnostic, target: str) -> Diagnostic:
    message = f"computed at compile time, as {target} cannot say it: {refusal.message}"
    return replace(refusal, code="RC508", severity=Severity.WARNING, message=message, hint="")


def _emitted(query: Query, stages: Stages, backend: Backend, options: TargetOptions, stem: str) -> Output:
    """A query too long for the stack of a backend's recursive lowering is refused."""
    try:
        return backend.compile(Unit(query, stages.alert, stages.rule.query, stem), options)
    except RecursionError:
        span = query.relation.span
        return Output((), (Diagnostic.at(span, "RC403", f"the query has too many stages or levels for {backend.name}", "split it"),))


def _with_findings(stages: Stages, findings: tuple[Diagnostic, ...]) -> Stages:
    if any(d.severity is Severity.ERROR for d in findings):
        raise CompileError(findings)
    return replace(stages, warnings=(*stages.warnings, *findings))
