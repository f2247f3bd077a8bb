"""Relations: each is written as loops around what is done with its rows.

`produce` writes the code that yields the rows of a relation and calls `consume` where a row is at hand. Row-wise stages
only pass a changed row on; stages that need all rows first become functions of their own.
"""

from __future__ import annotations

from typing import assert_never

from rulec.ir.exprs import Column, Expr, ToScalar
from rulec.ir.rels import (
    Extend,
    External,
    Filter,
    Given,
    Join,
    MakeSeries,
    MvApply,
    MvExpand,
    Parse,
    ParseKv,
    Partition,
    Plugin,
    Project,
    Range,
    Rel,
    Sample,
    Scan,
    ScanOperator,
    Serialize,
    Shared,
    Sort,
    Summarize,
    Take,
    TopNested,
    Union,
    Values,
)
from rulec.scalars import ScalarType
from rulec_backends.python import filters, grouping, joins, parsing, plugins, stages, windows
from rulec_backends.python.code import Code, literal, name, tuple_of
from rulec_backends.python.emit import OPEN_COLUMNS, Cell, Consume, Function, Place, Row, missing_value
from rulec_backends.python.lower import Lower
from rulec_backends.python.names import snake
from rulec_backends.python.reads import depends_on_given, reads

T = ScalarType


def produce(rel: Rel, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """Writes the relation's code; `consume` is called once, with a row that has at least the needed columns."""
    if place.module.windowed and windows.has_windows(rel):
        windows.produce_windowed(rel, needed, place, consume)
        return
    match rel:
        case Scan():
            stages.scan(rel, needed, place, consume)
        case Values():
            stages.values(rel, needed, place, consume)
        case Range():
            stages.range_rows(rel, needed, place, consume)
        case External():
            _external(rel, needed, place, consume)
        case Given():
            _given(rel, needed, place, consume)
        case Shared():
            _shared(rel, needed, place, consume)
        case Filter():
            filters.filter_rows(rel, needed, place, consume, produce)
        case Extend():
            stages.extend(rel, needed, place, consume, produce)
        case Project():
            stages.project(rel, needed, place, consume, produce)
        case Summarize():
            grouping.summarize(rel, needed, place, consume)
        case Sort():
            _sort(rel, needed, place, consume)
        case Take():
            _take(rel, needed, place, consume)
        case Sample():
            _sample(rel, needed, place, consume)
        case Serialize():
            produce(rel.input, needed, place, consume)
        case Join():
            joins.join(rel, needed, place, consume)
        case Union():
            _union(rel, needed, place, consume)
        case MvExpand():
            stages.mv_expand(rel, needed, place, consume, produce)
        case MvApply():
            joins.mv_apply(rel, needed, place, consume)
        case Partition():
            joins.partition(rel, needed, place, consume)
        case Parse():
            parsing.parse(rel, needed, place, consume, produce)
        case ParseKv():
            parsing.parse_kv(rel, needed, place, consume, produce)
        case MakeSeries():
            grouping.make_series(rel, needed, place, consume)
        case TopNested():
            grouping.top_nested(rel, needed, place, consume)
        case ScanOperator():
            windows.scan_operator(rel, needed, place, consume)
        case Plugin():
            plugins.plugin(rel, needed, place, consume)
        case _:
            assert_never(rel)


# functions over rows ---------------------------------------------------------------------------------------------


def rows_function(rel: Rel, columns: tuple[str, ...], wish: str, place: Place, exprs: tuple[Expr, ...] = ()) -> Code:
    """The call of a new generator function that yields the columns (and further expressions) of a relation's rows as tuples."""
    function = Function(place.module, place.module.global_name(snake(wish)), given_of(rel, place))
    inside = Place(function, function.body)

    def each(row: Row) -> None:
        lower = Lower(row)
        cells = [row.read(c) for c in columns] + [lower.value(e) for e in exprs]
        row.place.add(f"yield {tuple_of(cells).text}")

    produce(rel, frozenset(columns) | reads(exprs), inside, each)
    function.finish()
    return function.called_from(place.function, *(name(g) for g in function.given))


def given_of(rel: Rel, place: Place) -> tuple[str, ...]:
    """The parameter for given rows, when the relation reads those of the enclosing body."""
    return place.function.given if place.function.given and depends_on_given(rel) else ()


def loop_over(source: Code, columns: tuple[str, ...], place: Place, consume: Consume) -> None:
    """A loop over tuples, each column a local."""
    names = [place.function.local(c) for c in columns]
    target = f"{', '.join(names)}{',' if len(names) == 1 else ''}" if names else "_"
    inner = place.inside(f"for {target} in {source.text}:", loops=1)
    consume(Row(inner, {c: Cell(name(n), depth=inner.loop) for c, n in zip(columns, names, strict=True)}))


def kept(rel: Rel, needed: frozenset[str]) -> tuple[str, ...]:
    """The needed columns in the relation's order."""
    return tuple(c.name for c in rel.columns if c.name in needed) + ((OPEN_COLUMNS,) if OPEN_COLUMNS in needed else ())


def invariant(key: object, wish: str, place: Place, build: Rel, columns: tuple[str, ...], make: str) -> Code:
    """A value that is computed once, in `detect`; the functions that use it get it as a parameter. Inside a body with given rows
    a relation of these rows is computed in the body."""
    module = place.module
    main = module.main
    if main is None or (place.function.given and depends_on_given(build)):
        return Code(make.replace("ROWS", rows_function(build, columns, wish, place).text), 9)
    if key not in module.invariants:
        local = module.global_name(snake(wish))
        module.invariants[key] = local
        source = rows_function(build, columns, f"{local}_rows", Place(main, main.prologue))
        main.prologue.add(f"{local} = {make.replace('ROWS', source.text)}")
    local = module.invariants[key]
    if place.function is main:
        return name(local)
    return place.function.need(local)


def scalar_of(expr: ToScalar, place: Place) -> Code:
    """`toscalar(…)`: the first cell, computed once."""
    first = expr.relation.columns[0].name
    place.module.use("first_cell")
    make = f"first_cell(ROWS, {missing_value(expr.type).text})"
    return invariant(("scalar", id(expr.relation)), f"{snake(first)}_value", place, expr.relation, (first,), make)


def values_of(rel: Rel, place: Place, kind: str) -> Code:
    """The first column of a relation as a set or tuple for `in`, `has_any` and the like."""
    first = rel.columns[0].name
    each = "cell"
    rows = "ROWS"
    if rel.columns[0].type is T.DYNAMIC:
        rows = f"{place.module.use('flattened_cells')}(ROWS)"
    if kind == "json":
        place.module.use("identity")
        each = "identity(cell)"
    elif kind == "folded":
        place.module.use("fold")
        each = "fold(cell)" if rel.columns[0].type is not T.DYNAMIC else f"fold({place.module.use('dynamic_text')}(cell))"
    make = f"tuple({each} for (cell,) in {rows})" if kind == "tuple" else f"{{{each} for (cell,) in {rows}}}"
    return invariant((kind, id(rel)), f"{snake(first)}_values", place, rel, (first,), make)


# single stages ---------------------------------------------------------------------------------------------------


def _given(rel: Given, needed: frozenset[str], place: Place, consume: Consume) -> None:
    columns = place.module.given_columns.get(id(rel), tuple(c.name for c in rel.columns))
    loop_over(name(place.function.given[0]), columns, place, consume)


def _external(rel: External, needed: frozenset[str], place: Place, consume: Consume) -> None:
    place.comment(rel.span)
    columns = kept(rel, needed)
    types = ", ".join(f"({literal(c.name).text}, {literal(c.type.value).text})" for c in rel.columns)
    options = ", ".join(f"{literal(k).text}: {literal(v).text}" for k, v in rel.properties)
    given = place.module.options.externals.get(rel.key)
    path = literal(given).text if given is not None else f"externals[{literal(rel.key).text}]"
    if given is None:
        place.function.need("externals")
    form = literal("watchlist" if rel.kind == "watchlist" else rel.format)
    source = place.module.call("file_rows", path, form, f"({types},)", f"{{{options}}}", tuple_of(literal(c) for c in columns))
    loop_over(source, columns, place, consume)


def _shared(rel: Shared, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """Used once: written in place. Used more often: a list that `detect` computes once."""
    uses = place.module.shared_uses.get(rel.key, 1)
    if uses < 2 or depends_on_given(rel.relation):
        before, place.hint = place.hint, rel.name
        produce(rel.relation, needed, place, consume)
        place.hint = before
        return
    columns = tuple(c.name for c in rel.columns)
    source = invariant(("shared", rel.key), rel.name, place, rel.relation, columns, "list(ROWS)")
    loop_over(source, columns, place, consume)


def _sort(rel: Sort, needed: frozenset[str], place: Place, consume: Consume) -> None:
    loop_over(sorted_rows(rel, needed, place), kept(rel, needed), place, consume)


def sorted_rows(rel: Sort, needed: frozenset[str], place: Place) -> Code:
    """The sorted rows as a list of tuples; keys that are not columns stand behind the needed columns."""
    columns = kept(rel, needed)
    place.comment(rel.span)
    extra: list[Expr] = []
    positions: list[int] = []
    for key in rel.keys:
        if isinstance(key.value, Column) and key.value.name in columns:
            positions.append(columns.index(key.value.name))
        else:
            positions.append(len(columns) + len(extra))
            extra.append(key.value)
    rows = place.function.local("rows")
    place.add(f"{rows} = []")

    def each(row: Row) -> None:
        lower = Lower(row)
        cells = [*(row.read(c) for c in columns), *(lower.value(e) for e in extra)]
        row.place.add(f"{rows}.append({tuple_of(cells).text})")

    said = place.said
    produce(rel.input, frozenset(columns) | reads(k.value for k in rel.keys), place, each)
    place.said = said
    keys = [tuple_of([literal(p), literal(k.descending), literal(k.nulls_first)]) for p, k in zip(positions, rel.keys, strict=True)]
    ordered = place.module.call("order_by", name(rows), *keys)
    if not extra:
        return ordered
    return Code(f"(row[:{len(columns)}] for row in {ordered.text})") if columns else ordered


def _take(rel: Take, needed: frozenset[str], place: Place, consume: Consume) -> None:
    columns = kept(rel, needed)
    count = Lower(Row(place, {})).value(rel.count)
    if isinstance(rel.input, Sort):
        source = sorted_rows(rel.input, needed, place)
    else:
        source = rows_function(rel.input, columns, "rows_before_take", place)
    place.comment(rel.span)
    loop_over(place.module.call("first_rows", source, count), columns, place, consume)


def _sample(rel: Sample, needed: frozenset[str], place: Place, consume: Consume) -> None:
    columns = kept(rel, needed)
    count = Lower(Row(place, {})).value(rel.count)
    source = rows_function(rel.input, columns, "rows_to_sample", place)
    place.comment(rel.span)
    loop_over(place.module.call("sample_rows", source, count), columns, place, consume)


def _union(rel: Union, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """The legs one after the other, in a function."""
    columns = kept(rel, needed)
    given = given_of(rel, place)
    function = Function(place.module, place.module.global_name("union_rows"), given)

    def each(row: Row) -> None:
        row.place.add(f"yield {tuple_of([row.read(c) for c in columns]).text}")

    inside = Place(function, function.body)
    inside.comment(rel.span)
    for leg in rel.inputs:
        produce(leg, frozenset(columns), inside, each)
    function.finish()
    loop_over(function.called_from(place.function, *(name(g) for g in given)), columns, place, consume)
