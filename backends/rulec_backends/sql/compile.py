"""From a unit to a SQL text: lower, finish, print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rulec.backend import TargetOptions, Unit
from rulec.errors import Diagnostic, Severity
from rulec.ir import walk
from rulec.ir.emptied import CannotMove, with_emptied_groups
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec_backends.sql import order, relations
from rulec_backends.sql import trees as t
from rulec_backends.sql.dialect import Dialect
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.levels import Level
from rulec_backends.sql.pipeline import Pipeline, Refusal, depth_and_size
from rulec_backends.sql.print import Printer
from rulec_backends.sql.text import Writer
from rulec_backends.sql.trees import Tree

Lowered = tuple[str, tuple[Diagnostic, ...]]


def query_text(unit: Unit, options: TargetOptions, dialect: Dialect, writer: Callable[[], Writer]) -> Lowered:
    """The query's SQL and the findings; the text is empty when there are errors."""
    if unit.alert is not None and unit.alert.period is not None:
        options = replace(options, settings={**options.settings, "period_ticks": str(unit.alert.period)})
    pipeline = Pipeline(dialect, options)
    try:
        unit = replace(unit, query=with_emptied_groups(unit.query))
    except CannotMove as problem:
        pipeline.refuse(problem.span, Refusal(str(problem)))
        return "", tuple(pipeline.diagnostics)
    pipeline.order_needed = order.needed(unit.query)
    pipeline.text = unit.source.text
    pipeline.inline = dialect.deepest is not None and sum(1 for _ in walk.relations(unit.query.relation)) > dialect.deepest // 3
    level = relations.lower(pipeline, unit.query.relation)
    level, aliases = finished(pipeline, level, unit)
    _limit_depth(pipeline, unit, [*aliases.values(), *level.where, *level.joins, *([level.source] if level.source is not None else [])])
    diagnostics = tuple(dict.fromkeys(pipeline.diagnostics))
    if any(d.severity is Severity.ERROR for d in diagnostics):
        return "", diagnostics
    ordered = level.order if unit.query.ordered else level.limit_order if level.limit is not None else ()
    return Printer(pipeline, writer()).query(level, aliases, ordered), diagnostics


#: How many copies of CTEs a plan may have: an engine that inlines them plans each reference anew.
_MOST_COPIES: Final = 600


def _limit_depth(p: Pipeline, unit: Unit, trees: list[Tree]) -> None:
    """Refuses what the engine would fail to plan."""
    if p.dialect.deepest is None:
        return
    depth, size = depth_and_size(p.ctes, trees)
    if depth > p.dialect.deepest:
        reason = f"the query needs {depth} levels of subqueries, {p.dialect.title} plans {p.dialect.deepest}"
        p.refuse(unit.query.relation.span, Refusal(reason, "split the query", "RC403"))
    elif size > _MOST_COPIES:
        reason = f"{p.dialect.title} would plan {size} subqueries, as it plans a named table again for each use"
        p.refuse(unit.query.relation.span, Refusal(reason, "use fewer references to tables that are computed", "RC403"))


def finished(p: Pipeline, level: Level, unit: Unit) -> tuple[Level, dict[str, Tree]]:
    """The last SELECT: output forms, and KQL's own column names."""
    columns = unit.query.relation.columns
    shaped = [c for c in columns if c.type in (ScalarType.DATETIME, ScalarType.TIMESPAN)]
    if (level.distinct and shaped) or not all(t.is_simple(level.columns[c.name].tree) for c in shaped):
        level = p.closed(level)
    if level.limit is not None and unit.query.ordered and level.order != level.limit_order:
        level = p.closed(level)
    row = Row(p, level)
    aliases = {c.name: p.dialect.output(row, level.columns[c.name].tree, c.type, p.options) for c in columns}
    if row.hoists:
        level = relations.with_hoists(p, replace(level), row)
    return level, aliases
