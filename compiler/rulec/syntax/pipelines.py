"""Pipelines: a source and operators, with recovery at every `|`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rulec.source import Span
from rulec.syntax.clauses import KNOWN_PROPERTIES
from rulec.syntax.cursor import Cursor, Fault, nearest, shown
from rulec.syntax.expressions import expression
from rulec.syntax.nodes import ContextualDataTable, Expr, Find, Operator, Pipeline, Print, Range, Search, SourceOperator, Union
from rulec.syntax.operators import nested, rows, shapes
from rulec.syntax.operators.graphs import GRAPH_OPERATORS
from rulec.syntax.operators.rows import CHARTS
from rulec.syntax.sources import contextual_data_table, inline_external_table, is_inline_external_table
from rulec.syntax.terms import bracketed_length
from rulec.syntax.tokens import KEYWORDS, LIST_ENDS, NAME, NAME_KEYWORDS, NAME_KINDS

#: Operators that may follow `|`, or start where the context gives the rows.
OPERATORS: Final[dict[str, Callable[[Cursor], Operator]]] = {
    "as": rows.as_,
    "assert-schema": nested.assert_schema,
    "consume": rows.consume,
    "count": rows.count,
    "distinct": rows.distinct,
    "evaluate": rows.evaluate,
    "__executeAndCache": nested.execute_and_cache,
    "extend": rows.extend,
    "facet": nested.facet,
    "filter": rows.where,
    "fork": nested.fork,
    "getschema": rows.getschema,
    "invoke": rows.invoke,
    "join": shapes.join,
    "limit": rows.take,
    "lookup": shapes.lookup,
    "macro-expand": nested.macro_expand,
    "make-series": shapes.make_series,
    "mv-apply": nested.mv_apply,
    "mvapply": nested.mv_apply,
    "mv-expand": shapes.mv_expand,
    "mvexpand": shapes.mv_expand,
    "order": rows.sort,
    "parse": shapes.parse,
    "parse-kv": shapes.parse_kv,
    "parse-where": shapes.parse,
    "partition": nested.partition,
    "__partitionby": nested.partition_by,
    "project": rows.project,
    "project-away": rows.project_away,
    "project-by-names": rows.project_by_names,
    "project-keep": rows.project_keep,
    "project-rename": rows.project_rename,
    "project-reorder": rows.project_reorder,
    "reduce": shapes.reduce,
    "render": rows.render,
    "sample": rows.sample,
    "sample-distinct": rows.sample_distinct,
    "scan": nested.scan,
    "search": shapes.search,
    "serialize": rows.serialize,
    "sort": rows.sort,
    "summarize": shapes.summarize,
    "take": rows.take,
    "top": rows.top,
    "top-hitters": shapes.top_hitters,
    "top-nested": shapes.top_nested,
    "union": shapes.union,
    "where": rows.where,
    **GRAPH_OPERATORS,
}
#: Operators that start a query.
SOURCES: Final[dict[str, Callable[[Cursor], SourceOperator]]] = {
    "find": shapes.find,
    "print": rows.print_,
    "range": rows.range_,
    "search": shapes.search,
    "union": shapes.union,
}
_STOPS: Final = frozenset({"|", ";"})
_PIPELINE_ENDS: Final = LIST_ENDS | {","}


def pipeline(p: Cursor) -> Expr:
    """An expression, or a query when it starts with an operator or has a `|`; an error in it is reported and skipped."""
    start, depth = p.at, p.depth
    source: Expr | SourceOperator = _context(p)
    starts = _starts_with_operator(p)
    if starts and p.kind not in SOURCES:
        return _piped(p, start, source, first=True)
    try:
        if starts:
            p.enter()
            source = SOURCES[p.kind](p)
            p.depth = depth
        elif p.kind == "inline_external_table" and is_inline_external_table(p):
            source = inline_external_table(p)
        else:
            source = expression(p)
        _check_end(p)
    except Fault as fault:
        p.report(fault, depth)
        p.skip(start, _STOPS)
    if p.kinds[p.at] == "|":
        return _piped(p, start, source)
    return Pipeline(source, (), p.span(start)) if isinstance(source, Print | Range | Union | Search | Find) else source


def subpipeline(p: Cursor) -> Pipeline:
    """Operators whose input is what the context gives, as in `mv-apply … on (where x > 1 | take 3)`."""
    start = p.at
    if p.kind == "__contextual_datatable":
        return _piped(p, start, contextual_data_table(p))
    if p.kind in SOURCES and p.kind not in OPERATORS:
        p.enter()
        source = SOURCES[p.kind](p)
        p.depth -= 1
        return _piped(p, start, source)
    return _piped(p, start, _context(p), first=True)


def _context(p: Cursor) -> ContextualDataTable:
    return ContextualDataTable(Span(p.starts[p.at], p.starts[p.at], p.source))


def _piped(p: Cursor, start: int, source: Expr | SourceOperator, first: bool = False) -> Pipeline:
    """The operators after a source; with `first`, the first one stands without its `|`."""
    operators: list[Operator] = []
    while first or p.accept("|"):
        first = False
        at, depth = p.at, p.depth
        try:
            operators.append(operator(p))
            _check_end(p)
        except Fault as fault:
            p.report(_misspelt(p, at) or fault, depth)
            p.skip(at, _STOPS)
    return Pipeline(source, tuple(operators), p.span(start))


def _misspelt(p: Cursor, at: int) -> Fault | None:
    """The fault of `project-awy x`, which is `project` and an expression to the lexer; None for other operators."""
    stopped, p.at = p.at, at
    dashed = p.peek() == "-" and p.touches(1) and p.touches(2)
    fault = _no_operator(p) if dashed else None
    p.at = stopped
    return fault


def operator(p: Cursor) -> Operator:
    """One operator, its keyword next."""
    kind = p.kinds[p.at]
    parse = OPERATORS.get(kind)
    if parse is None or (kind == "count" and p.peek() == "("):
        raise _no_operator(p)
    p.enter()
    p.enter()
    node = parse(p)
    p.depth -= 2
    return node


def _no_operator(p: Cursor) -> Fault:
    found = p.text()
    if p.kind in SOURCES:
        return p.fault("RC209", f"`{found}` starts a query and takes no rows from a `|`")
    if not found or (p.kind != NAME and p.kind not in KEYWORDS):
        return p.unexpected("", "an operator after `|`")
    end = p.at + 1
    while p.kinds[end] not in LIST_ENDS and p.starts[end] == p.ends[end - 1]:
        end += 1  # `project-awy` is one word to its writer
    span = Span(p.starts[p.at], p.ends[end - 1], p.source)
    return p.fault("RC210", f"`{shown(span.text)}` is no operator", nearest(span.text, OPERATORS), span)


def _check_end(p: Cursor) -> None:
    kind = p.kinds[p.at]
    if kind in _PIPELINE_ENDS:
        return
    if kind == "=" and p.kinds[p.at - 1] in KEYWORDS:
        p.at -= 1
        raise p.unexpected("", "a name")
    if kind == "=":
        raise p.fault("RC201", "unexpected `=`", "equality is written `==`; a name such as a-b is written in brackets: ['a-b']")
    if kind in OPERATORS or kind in SOURCES or kind == "let":
        raise p.fault("RC201", f"unexpected `{shown(p.text())}`", "`|` comes before an operator, `;` between statements")
    raise p.fault("RC201", f"unexpected `{shown(p.text())}`, expected `|`, `,` or the end of the statement")


def _starts_with_operator(p: Cursor) -> bool:
    kind = p.kinds[p.at]
    if kind not in OPERATORS and kind not in SOURCES:
        return False
    if kind not in NAME_KEYWORDS:
        return True
    following = p.peek()
    match kind:
        case "evaluate":
            return following in NAME_KINDS or bracketed_length(p, 1) > 0 or p.text(1) in KNOWN_PROPERTIES
        case "facet" | "partition" | "reduce":
            return following == "by" or (kind != "facet" and p.text(1) in KNOWN_PROPERTIES)
        case "range":
            return p.peek(1 + (bracketed_length(p, 1) or (following in NAME_KINDS))) == "from"
        case "render":
            return p.text(1) in CHARTS or following in NAME_KINDS
        case _:
            return False
