"""Operators that keep or change rows one by one, and those that only order, count, name or show them."""

from __future__ import annotations

from typing import Final

from rulec.syntax.clauses import CONSUME, RENDER, ordering, orderings, own_properties, properties, property_value
from rulec.syntax.cursor import Cursor
from rulec.syntax.expressions import call, expression, named, only_value
from rulec.syntax.nodes import (
    As,
    ColumnDeclaration,
    Consume,
    Count,
    Distinct,
    Evaluate,
    Extend,
    GetSchema,
    Invoke,
    Named,
    Print,
    Project,
    ProjectAway,
    ProjectByNames,
    ProjectKeep,
    ProjectRename,
    ProjectReorder,
    Property,
    Range,
    Render,
    ReorderColumn,
    Sample,
    SampleDistinct,
    Serialize,
    Sort,
    Star,
    Take,
    Top,
    Unknown,
    Where,
)
from rulec.syntax.terms import column, declared_name, name, name_or_wildcard
from rulec.syntax.tokens import NAME

#: Charts that Learn documents for `render`; another name is kept as written.
CHARTS: Final = (
    "table", "list", "barchart", "piechart", "ladderchart", "timechart", "linechart", "anomalychart", "pivotchart",
    "areachart", "stackedareachart", "scatterchart", "timepivot", "columnchart", "timeline", "3Dchart", "card", "treemap",
    "plotly", "graph", "sankey",
)  # fmt: skip


def where(p: Cursor) -> Where:
    start = _keyword(p)
    properties(p)
    return Where(only_value(p), p.span(start))


def extend(p: Cursor) -> Extend:
    start = _keyword(p)
    return Extend(p.commas(named), p.span(start))


def project(p: Cursor) -> Project:
    start = _keyword(p)
    return Project(p.commas(named, least=0), p.span(start))


def project_rename(p: Cursor) -> ProjectRename:
    start = _keyword(p)
    return ProjectRename(p.commas(named, least=0), p.span(start))


def project_away(p: Cursor) -> ProjectAway:
    start = _keyword(p)
    return ProjectAway(p.commas(name_or_wildcard, least=0), p.span(start))


def project_keep(p: Cursor) -> ProjectKeep:
    start = _keyword(p)
    return ProjectKeep(p.commas(name_or_wildcard, least=0), p.span(start))


def project_reorder(p: Cursor) -> ProjectReorder:
    start = _keyword(p)
    return ProjectReorder(p.commas(_reordered, least=0), p.span(start))


def _reordered(p: Cursor) -> ReorderColumn:
    start = p.at
    of = name_or_wildcard(p)
    order = p.kind if p.kind in ("asc", "desc", "granny-asc", "granny-desc") else ""
    p.at += bool(order)
    return ReorderColumn(of, order, p.span(start))


def project_by_names(p: Cursor) -> ProjectByNames:
    start = _keyword(p)
    return ProjectByNames(p.commas(expression, least=0), p.span(start))


def distinct(p: Cursor) -> Distinct:
    start = _keyword(p)
    properties(p)
    return Distinct(p.commas(_distinct_column), p.span(start))


def _distinct_column(p: Cursor) -> Named:
    start = p.at
    if p.accept("*"):
        return Named((), Star(p.span(start)), p.span(start))
    return named(p)


def count(p: Cursor) -> Count:
    start = _keyword(p)
    as_name = None
    if p.accept("as"):
        if p.kind != NAME:
            raise p.unexpected("", "a name")
        as_name = name(p)
    return Count(p.span(start), as_name)


def sort(p: Cursor) -> Sort:
    start = _keyword(p)
    found = properties(p, bare=True)
    return Sort(orderings(p), found, p.span(start))


def top(p: Cursor) -> Top:
    start = _keyword(p)
    found = properties(p)
    rows = only_value(p)
    p.expect("by")
    return Top(rows, (ordering(p),), found, p.span(start))


def take(p: Cursor) -> Take:
    start = _keyword(p)
    found = properties(p)
    return Take(only_value(p), found, p.span(start))


def sample(p: Cursor) -> Sample:
    start = _keyword(p)
    properties(p)
    return Sample(only_value(p), p.span(start))


def sample_distinct(p: Cursor) -> SampleDistinct:
    start = _keyword(p)
    properties(p)
    rows = only_value(p)
    p.expect("of")
    return SampleDistinct(rows, only_value(p), p.span(start))


def serialize(p: Cursor) -> Serialize:
    start = _keyword(p)
    found = properties(p)
    return Serialize(p.commas(named, least=0), found, p.span(start))


def as_(p: Cursor) -> As:
    start = _keyword(p)
    found = properties(p)
    return As(name(p), found, p.span(start))


def getschema(p: Cursor) -> GetSchema:
    start = _keyword(p)
    at = p.at
    found: tuple[Property, ...] = ()
    if p.text() == "kind" and p.peek() == "=":
        p.at += 2
        found = (Property("kind", property_value(p, "kind", ("csl",)), p.span(at)),)
    return GetSchema(p.span(start), found)


def consume(p: Cursor) -> Consume:
    start = _keyword(p)
    found = properties(p, CONSUME, bare=True)
    return Consume(found, p.span(start))


def evaluate(p: Cursor) -> Evaluate:
    start = _keyword(p)
    found = properties(p, bare=True)
    plugin = call(p)
    schema, star = None, False
    if p.accept(":"):
        schema, star = _evaluate_schema(p)
    return Evaluate(plugin, schema, star, found, p.span(start))


def _evaluate_schema(p: Cursor) -> tuple[tuple[ColumnDeclaration, ...], bool]:
    p.expect("(")
    p.accept(",")
    star = p.accept("*")
    p.accept(",")
    columns = p.commas(column, least=0, trailing=True)
    p.expect(")")
    return columns, star


def invoke(p: Cursor) -> Invoke | Unknown:
    start = _keyword(p)
    function = call(p)
    if p.kind != ".":
        return Invoke(function, p.span(start))
    while p.accept("."):
        call(p)
    return Unknown("invoke", p.span(start))


def render(p: Cursor) -> Render:
    start = _keyword(p)
    if p.kind != NAME and p.text() not in CHARTS:
        raise p.unexpected("", "a chart", CHARTS)
    chart = p.text()
    p.at += 1
    found = list(_old_render_properties(p))
    if p.accept("with"):
        p.expect("(")
        p.accept(",")
        found.extend(own_properties(p, RENDER, ("ycolumns", "anomalycolumns", "series"), ("title", "xtitle", "ytitle")))
        p.expect(")")
    return Render(chart, tuple(found), p.span(start))


def _old_render_properties(p: Cursor) -> list[Property]:
    """`kind=…`, `title=…`, `accumulate=…`, `with …` and `by a, b` without parentheses around them."""
    found: list[Property] = []
    while True:
        start, key = p.at, p.text()
        if key in ("kind", "title", "accumulate") and p.peek() == "=":
            p.at += 2
            value = expression(p, 8) if key == "title" else property_value(p, key, ())
            found.append(Property(key, value, p.span(start)))
        elif key == "with" and p.peek() != "(":
            p.at += 1
            found.append(Property(key, property_value(p, key, ()), p.span(start)))
        elif key == "by":
            p.at += 1
            found.extend(Property(key, c, c.span) for c in p.commas(declared_name))
        else:
            return found


def print_(p: Cursor) -> Print:
    start = _keyword(p)
    return Print(p.commas(named), p.span(start))


def range_(p: Cursor) -> Range:
    start = _keyword(p)
    of = name(p)
    p.expect("from")
    first = expression(p)
    p.expect("to")
    last = expression(p)
    p.expect("step")
    return Range(of, first, last, expression(p), p.span(start))


def _keyword(p: Cursor) -> int:
    p.at += 1
    return p.at - 1
