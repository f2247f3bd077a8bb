"""The Splunk backend: compiles a query to SPL and its packaged forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from rulec.backend import Artifact, Format, Output, TargetOptions, Unit, Unsupported
from rulec.errors import Severity
from rulec.ir.emptied import CannotMove, with_emptied_groups
from rulec_backends.splunk import app, exprs, packaging, schedule
from rulec_backends.splunk.aggregates import AGGREGATES
from rulec_backends.splunk.functions import FUNCTIONS
from rulec_backends.splunk.printer import pipeline_text
from rulec_backends.splunk.quoting import Unquotable
from rulec_backends.splunk.relations import lowered
from rulec_backends.splunk.stage import Context
from rulec_backends.splunk.survey import survey
from rulec_backends.splunk.tree import Comment, Fields, Pipeline, Table


@dataclass(frozen=True, slots=True)
class SplunkBackend:
    """SPL for Splunk 9.0 and later."""

    name: str = "splunk"
    description: str = "Splunk SPL: searches, saved searches and an app"
    formats: tuple[Format, ...] = (
        Format("spl", ".spl", "the search, and a rule's saved search"),
        Format("savedsearches", ".conf", "a stanza of savedsearches.conf"),
        Format("es", ".conf", "a correlation search of Enterprise Security with notable and risk"),
        Format("app", ".conf", "one app of all rules that AppInspect accepts: a folder and its .tar.gz", True),
    )
    settings: tuple[str, ...] = ("app", "version", "label", "author", "stanzas")

    def functions(self) -> Mapping[str, Unsupported | bool]:
        """Every function of the catalogue: whether SPL can say it."""
        return _coverage()

    def compile(self, unit: Unit, options: TargetOptions) -> Output:
        """The search, or every refusal."""
        ctx = Context(exprs, options, frozenset())
        try:
            unit = replace(unit, query=with_emptied_groups(unit.query))
        except CannotMove as problem:
            ctx.refuse(problem.span, str(problem))
        survey(ctx, unit.query)
        _check_schedule(ctx, unit)
        text = ""
        try:
            text = search_text(ctx, unit)
        except Unquotable as error:
            span = unit.query.relation.span
            ctx.refuse(span, f"the name or value `{error}` cannot be written in SPL", "rename the column with `project-rename`")
        diagnostics = tuple(dict.fromkeys(ctx.diagnostics))
        if any(d.severity is Severity.ERROR for d in diagnostics):
            return Output((), diagnostics)
        security = options.format == "es" or (options.format == "app" and options.settings.get("stanzas") == "es")
        if security and unit.alert is not None and packaging.changes_dollars(unit.alert):
            message = "Splunk would read `$…$` in the alert's title or description as a token: each `$` is written in full width"
            ctx.warn(unit.query.relation.span, message, "a column belongs in `{{}}`", "RC501")
            diagnostics = tuple(dict.fromkeys(ctx.diagnostics))
        return Output(artifacts(unit, text, options.format or "spl", security), diagnostics)

    def bundle(self, parts: Sequence[str], settings: Mapping[str, str]) -> Mapping[str, bytes]:
        """The app of the rules' stanzas."""
        return app.files(parts, settings)


@cache
def _coverage() -> Mapping[str, Unsupported | bool]:
    from rulec_backends.splunk.coverage import coverage

    return coverage(FUNCTIONS, AGGREGATES)


def artifacts(unit: Unit, text: str, form: str, security: bool = False) -> tuple[Artifact, ...]:
    """The output's files in a format; `security` puts Enterprise Security's settings into an app."""
    match form:
        case "savedsearches" | "es":
            return (Artifact(".conf", packaging.stanza_of(unit, text, form == "es")),)
        case "app":
            return (Artifact(".conf", packaging.stanza_of(unit, text, security)),)
        case _:
            search = Artifact(".spl", text + "\n")
            return (search,) if unit.alert is None else (search, Artifact(".conf", packaging.stanza_of(unit, text, False)))


def _check_schedule(ctx: Context, unit: Unit) -> None:
    if unit.alert is None or unit.alert.frequency is None:
        return
    found = schedule.cron(unit.alert.frequency)
    if not found.exact:
        message = f"no cron line runs as often as the rule: `{found.text}` runs instead"
        ctx.warn(unit.query.relation.span, message, "change `cron_schedule`, or the rule's queryFrequency", "RC504")


def search_text(ctx: Context, unit: Unit) -> str:
    """The search: a header, the commands, the result's columns last."""
    b = lowered(ctx, unit.query.relation)
    last = b.commands[-1] if b.commands else None
    if isinstance(last, Fields) and not last.remove:
        b.commands.pop()
    b.emit(Table(tuple(c.name for c in unit.query.columns)))
    header = [Comment(line) for line in _header(ctx, unit)]
    return pipeline_text(Pipeline((*header, *b.commands)))


def _header(ctx: Context, unit: Unit) -> Iterator[str]:
    if unit.alert is not None:
        yield f"{unit.alert.name} (rule {unit.alert.id}, version {unit.alert.version})"
        yield from schedule.described(unit.alert)
    yield from (f"limit: {message}" for message in ctx.limits)


BACKEND = SplunkBackend()
