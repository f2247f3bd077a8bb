"""Operators that group, expand, parse or combine tables."""

from __future__ import annotations

from rulec.scalars import ScalarType
from rulec.syntax.clauses import (
    FIND,
    JOIN,
    LOOKUP,
    MAKE_SERIES,
    MV_EXPAND,
    PARSE,
    PARSE_KV,
    REDUCE,
    SEARCH,
    UNION,
    conditions,
    keys_by,
    ordering,
    own_properties,
    properties,
)
from rulec.syntax.cursor import Cursor
from rulec.syntax.expressions import data_scope, entity, expression, named, only_value, parenthesised
from rulec.syntax.nodes import (
    Argument,
    Binary,
    Call,
    ColumnDeclaration,
    Expr,
    Find,
    Join,
    Literal,
    Lookup,
    MakeSeries,
    MvExpand,
    MvExpandColumn,
    Name,
    Named,
    Parse,
    ParseKv,
    ParsePattern,
    Pipeline,
    Property,
    Reduce,
    Search,
    SeriesAggregate,
    Star,
    Summarize,
    TopHitters,
    TopNested,
    TopNestedClause,
    Union,
)
from rulec.syntax.operators.rows import as_
from rulec.syntax.terms import VALUE_KINDS, column, declared_name, literal, name, scalar_typeof, schema, string, type_name
from rulec.syntax.tokens import LIST_ENDS, STRING

_AGGREGATE_ENDS = LIST_ENDS | {"by"}
_SERIES_ENDS = LIST_ENDS | {"on", "from", "in"}
_EXPAND_ENDS = LIST_ENDS | {"limit"}


def summarize(p: Cursor) -> Summarize:
    start = p.at
    p.at += 1
    found = properties(p)
    aggregates = p.commas(named, _AGGREGATE_ENDS, least=0)
    keys: tuple[Named, ...] = ()
    if p.accept("by"):
        if _is_old_bin(p):
            raise p.unexpected("", "an expression")
        keys = p.commas(named)
        if _is_old_bin(p):
            at = p.at
            p.at += 2
            found = (*found, Property("bin", expression(p), p.span(at)))
    return Summarize(aggregates, keys, found, p.span(start))


def _is_old_bin(p: Cursor) -> bool:
    """`by a bin=1h`, the old way to write `by bin(a, 1h)`."""
    return p.kind == "bin" and p.peek() == "=" and (p.peek(2) in VALUE_KINDS or p.peek(2) == STRING)


def make_series(p: Cursor) -> MakeSeries:
    start = p.at
    p.at += 1
    found = properties(p, MAKE_SERIES)
    aggregates = p.commas(_series_aggregate, _SERIES_ENDS)
    p.expect("on")
    axis = named(p)
    inclusive = p.kind == "in"
    first, last, step = _old_range(p) if inclusive else _range(p)
    return MakeSeries(aggregates, axis, first, last, step, keys_by(p), found, inclusive, p.span(start))


def _series_aggregate(p: Cursor) -> SeriesAggregate:
    start = p.at
    value = named(p)
    default = None
    if p.accept("default"):
        p.expect("=")
        default = only_value(p)
    return SeriesAggregate(value, default, p.span(start))


def _range(p: Cursor) -> tuple[Expr | None, Expr | None, Expr]:
    first = expression(p) if p.accept("from") else None
    last = expression(p) if p.accept("to") else None
    p.expect("step")
    return first, last, expression(p)


def _old_range(p: Cursor) -> tuple[Expr, Expr, Expr]:
    p.expect("in")
    p.expect("range")
    p.expect("(")
    bounds = p.commas(expression)
    if len(bounds) != 3:
        raise p.fault("RC209", "`range` takes three values: from, to, step")
    p.expect(")")
    return bounds[0], bounds[1], bounds[2]


def mv_expand(p: Cursor) -> MvExpand:
    start = p.at
    legacy = p.kind == "mvexpand"
    p.at += 1
    found = properties(p, MV_EXPAND)
    columns = p.commas(expand_column, _EXPAND_ENDS)
    limit = expression(p) if p.accept("limit") else None
    return MvExpand(columns, limit, found, legacy, p.span(start))


def expand_column(p: Cursor) -> MvExpandColumn:
    """`[name =] value [to typeof(type)]`."""
    start = p.at
    value = named(p)
    of = scalar_typeof(p) if p.accept("to") else None
    return MvExpandColumn(value, of, p.span(start))


def parse(p: Cursor) -> Parse:
    start = p.at
    only_matches = p.kind == "parse-where"
    p.at += 1
    found = properties(p, PARSE)
    words = {item.name: _word(item.value) for item in found}
    value = expression(p)
    p.expect("with")
    at = p.at
    pieces = []
    while p.kind not in LIST_ENDS:
        pieces.append(_parse_piece(p))
    pattern = ParsePattern(tuple(pieces), p.span(at))
    return Parse(value, pattern, words.get("kind", "simple"), words.get("flags", ""), only_matches, p.span(start))


def _word(value: Expr) -> str:
    """A property's value that is a word, quoted or not."""
    return value.text if isinstance(value, Name) else str(value.value) if isinstance(value, Literal) else ""


def _parse_piece(p: Cursor) -> Star | Literal | ColumnDeclaration:
    start = p.at
    if p.accept("*"):
        return Star(p.span(start))
    if p.kind == STRING:
        return string(p)
    captured = declared_name(p)
    of = type_name(p) if p.accept(":") else ScalarType.STRING
    return ColumnDeclaration(captured, of, p.span(start))


def parse_kv(p: Cursor) -> ParseKv:
    start = p.at
    p.at += 1
    value = expression(p)
    p.expect("as")
    keys = schema(p)
    found: tuple[Property, ...] = ()
    if p.accept("with"):
        p.expect("(")
        found = own_properties(p, PARSE_KV)
        p.expect(")")
    return ParseKv(value, keys, found, p.span(start))


def top_nested(p: Cursor) -> TopNested:
    start = p.at
    return TopNested(p.commas(_top_nested_clause), p.span(start))


def _top_nested_clause(p: Cursor) -> TopNestedClause:
    start = p.at
    p.expect("top-nested")
    rows = only_value(p) if p.kind != "of" else None
    p.expect("of")
    of = named(p)
    others = None
    if p.accept("with"):
        p.expect("others")
        p.expect("=")
        others = literal(p) or expression(p)
    p.expect("by")
    by = ordering(p)
    if by.nulls_first is not None:
        raise p.fault("RC209", "`top-nested` takes no `nulls first` or `nulls last`", span=by.span)
    if p.kind == "with":
        raise p.fault("RC201", "unexpected `with`", "`with others = …` stands before `by`")
    return TopNestedClause(rows, of, others, by.value, by.descending is not False, p.span(start))


def top_hitters(p: Cursor) -> TopHitters:
    start = p.at
    p.at += 1
    rows = only_value(p)
    p.expect("of")
    of = only_value(p)
    by = only_value(p) if p.accept("by") else None
    return TopHitters(rows, of, by, p.span(start))


def reduce(p: Cursor) -> Reduce:
    start = p.at
    p.at += 1
    found = properties(p, REDUCE, bare=True)
    p.expect("by")
    value = only_value(p)
    if p.accept("with"):
        found = (*found, *own_properties(p, REDUCE))
    return Reduce(value, found, p.span(start))


def join(p: Cursor) -> Join:
    start = p.at
    p.at += 1
    found = properties(p, JOIN)
    right = expression(p)
    return Join(right, conditions(p), found, p.span(start))


def lookup(p: Cursor) -> Lookup:
    start = p.at
    p.at += 1
    found = properties(p, LOOKUP)
    right = expression(p)
    return Lookup(right, conditions(p), found, p.span(start))


def union(p: Cursor) -> Union:
    start = p.at
    p.at += 1
    found = properties(p, UNION)
    return Union(p.commas(_union_table), found, p.span(start))


def _union_table(p: Cursor) -> Expr:
    if p.kind != "(":
        return entity(p)
    p.enter()
    table = parenthesised(p)
    p.depth -= 1
    return table


def search(p: Cursor) -> Search:
    start = p.at
    p.at += 1
    found = (*properties(p, SEARCH), *_data_scope(p))
    tables = _in_tables(p)
    return Search(tables, _search_predicate(p), found, p.span(start))


def _search_predicate(p: Cursor) -> Expr:
    """An expression, `*`, or `* and expression`."""
    if p.kind != "*" or not (p.peek() == "and" or p.peek() in LIST_ENDS):
        return expression(p)
    start = p.at
    p.at += 1
    star = Star(p.span(start))
    at = p.at
    if not p.accept("and"):
        return star
    op_span = p.span(at)
    return Binary("and", star, expression(p), p.span(start), op_span)


def find(p: Cursor) -> Find:
    start = p.at
    p.at += 1
    found = (*_data_scope(p), *properties(p, FIND, bare=True))
    bare = not found and p.kind != "in"
    tables = _in_tables(p)
    if not p.accept("where") and not bare:
        raise p.unexpected("where")
    predicate = expression(p)
    projection, columns = _find_projection(p)
    return Find(tables, predicate, projection, columns, found, p.span(start))


def _find_projection(p: Cursor) -> tuple[str, tuple[Named | ColumnDeclaration, ...]]:
    if p.accept("project-smart"):
        return "project-smart", ()
    for keyword, projection in (("project", "project"), ("__projectAway", "project-away")):
        if p.accept(keyword):
            return projection, p.commas(_find_column)
    return "", ()


def _find_column(p: Cursor) -> Named | ColumnDeclaration:
    start = p.at
    if p.accept("*"):
        return Named((), Star(p.span(start)), p.span(start))
    if p.kind == "pack":
        pack = name(p)
        p.expect("(")
        at = p.at
        p.expect("*")
        star = Argument(Star(p.span(at)), None, p.span(at))
        p.expect(")")
        return Named((), Call(pack, (star,), p.span(start)), p.span(start))
    if p.peek() == ":":
        return column(p)
    of = name(p)
    if of.text == "pack_all" and p.accept("("):
        p.expect(")")
        return Named((), Call(of, (), p.span(start)), p.span(start))
    return Named((), of, of.span)


def _data_scope(p: Cursor) -> tuple[Property, ...]:
    start = p.at
    return (Property("datascope", data_scope(p), p.span(start)),) if p.kind == "datascope" else ()


def _in_tables(p: Cursor) -> tuple[Expr, ...]:
    if not p.accept("in"):
        return ()
    p.expect("(")
    tables = p.commas(_find_table)
    p.expect(")")
    return tables


def _find_table(p: Cursor) -> Expr:
    start = p.at
    table = entity(p)
    if not p.accept("|"):
        return table
    if p.kind != "as":
        raise p.unexpected("as")
    return Pipeline(table, (as_(p),), p.span(start))
