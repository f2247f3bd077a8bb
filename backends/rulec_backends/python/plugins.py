"""Plugins of `evaluate`, which run over all rows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from rulec.backend import Unsupported
from rulec.ir.exprs import Aggregate, Call, Column, Expr, Literal
from rulec.ir.rels import AggregateColumns, Assignment, ColumnDef, Plugin
from rulec.scalars import ScalarType
from rulec_backends.python import grouping
from rulec_backends.python.code import Code, literal, name, tuple_of
from rulec_backends.python.emit import OPEN_COLUMNS, Cell, Consume, Place, Row, missing_value
from rulec_backends.python.lower import Lower

T = ScalarType
Rule: TypeAlias = "Callable[[Plugin, frozenset[str], Place, Consume], None]"

_TEXT: Final = {
    T.STRING: "str",
    T.BOOL: "bool_text",
    T.INT: "integer_text",
    T.LONG: "integer_text",
    T.REAL: "real_text",
    T.DECIMAL: "decimal_text",
    T.DATETIME: "datetime_text",
    T.TIMESPAN: "timespan_text",
    T.GUID: "str",
    T.DYNAMIC: "dynamic_text",
}


def plugin(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """A plugin's rows."""
    rule = PLUGINS.get(rel.name)
    if rule is None or isinstance(rule, Unsupported):
        reason = rule.reason if isinstance(rule, Unsupported) else "is not supported"
        place.module.refuse(rel.span, "RC401", f"the plugin `{rel.name}` {reason}")
        return
    place.comment(rel.span)
    rule(rel, needed, place, consume)


def _source(rel: Plugin, columns: tuple[str, ...], place: Place, exprs: tuple[Expr, ...] = (), index: int = 0) -> Code:
    from rulec_backends.python.relations import rows_function

    return rows_function(rel.inputs[index], columns, f"rows_to_{rel.name}", place, exprs)


def _names(rel: Plugin, index: int = 0) -> tuple[str, ...]:
    return tuple(c.name for c in rel.inputs[index].columns)


def _constants(rel: Plugin, place: Place, first: int) -> list[Code]:
    lower = Lower(Row(place, {}))
    return [lower.value(a) for a in rel.arguments[first:]]


def _column_name(expr: Expr) -> str:
    assert isinstance(expr, Column)
    return expr.name


def _identity(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
    from rulec_backends.python.relations import produce

    produce(rel.inputs[0], needed, place, consume)


def _narrow(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
    from rulec_backends.python.relations import loop_over

    names = _names(rel)
    texts = tuple_of([place.module.use(_TEXT[c.type]) if _TEXT[c.type] != "str" else "str" for c in rel.inputs[0].columns])
    code = place.module.call("narrowed", _source(rel, names, place), tuple_of([literal(n) for n in names]), texts)
    loop_over(code, tuple(c.name for c in rel.columns), place, consume)


def _intersect(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
    from rulec_backends.python.relations import loop_over

    names = _names(rel)
    columns = tuple_of([literal(names.index(_column_name(a))) for a in rel.arguments])
    loop_over(place.module.call("intersections", _source(rel, names, place), columns), tuple(c.name for c in rel.columns), place, consume)


def _activity_counts(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
    from rulec_backends.python.relations import loop_over

    who, when, *bounds = rel.arguments[:5]
    dimensions = tuple(d for d in rel.arguments[5:] if isinstance(d, Column))
    lower = Lower(Row(place, {}))
    source = _source(rel, (), place, (who, when, *dimensions))
    code = place.module.call("activity_counts", source, *(lower.value(b) for b in bounds))
    loop_over(code, tuple(c.name for c in rel.columns), place, consume)


def _schema_merge(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
    from rulec_backends.python.relations import loop_over

    columns = tuple(c.name for c in rel.columns)
    if not set(columns) <= set(_names(rel)):
        place.module.refuse(rel.span, "RC302", "`schema_merge` expects the columns that `getschema` gives")
        return
    keep = next((a.value is not False for a in rel.arguments if isinstance(a, Literal)), True)
    loop_over(place.module.call("schema_merge", _source(rel, columns, place), literal(keep)), columns, place, consume)


def _rows_near(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
    from rulec_backends.python.relations import loop_over

    names = _names(rel)
    before, *after = _constants(rel, place, 1)
    later = after[0] if after and after[0].text != "None" else before
    source = _source(rel, names, place, (rel.arguments[0],))
    loop_over(place.module.call("rows_near", source, literal(len(names)), before, later), names, place, consume)


def _lookup(function: str) -> Rule:
    """A lookup by address prefix; the last argument says whether rows without one stay."""

    def rule(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
        from rulec_backends.python.relations import loop_over

        mine, theirs = _names(rel), _names(rel, 1)
        source_key, lookup_key, *rest = rel.arguments
        extra = [_column_name(e) for e in rest if isinstance(e, Column)]
        unmatched = next((e.value for e in rest if isinstance(e, Literal) and e.type is T.BOOL), False)
        pairs = tuple_of([tuple_of([literal(mine.index(e)), literal(theirs.index(e))]) for e in extra if e in mine])
        missing = tuple_of([missing_value(c.type) for c in rel.inputs[1].columns]) if unmatched else literal(None)
        code = place.module.call(
            function,
            _source(rel, mine, place),
            literal(mine.index(_column_name(source_key))),
            _source(rel, theirs, place, index=1),
            literal(theirs.index(_column_name(lookup_key))),
            pairs,
            missing,
        )
        kept = [i for i, n in enumerate((*mine, *theirs)) if i < len(mine) or n not in extra]
        if len(kept) < len(mine) + len(theirs):
            code = Code(f"({tuple_of([f'row[{i}]' for i in kept]).text} for row in {code.text})")
        loop_over(code, tuple(c.name for c in rel.columns), place, consume)

    return rule


def _shape_lookup(distance: str) -> Rule:
    """A lookup by place; the named arguments follow: a radius (polygons only), unmatched rows, a search hint, the shape as a column."""

    def rule(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
        from rulec_backends.python.relations import loop_over

        mine, theirs = _names(rel), _names(rel, 1)
        key, longitude, latitude, radius, unmatched, *_ = rel.arguments
        lower = Lower(Row(place, {}))
        limit = literal(0.0) if isinstance(radius, Literal) and radius.value is None else lower.value(radius)
        wanted = isinstance(unmatched, Literal) and unmatched.value is True
        code = place.module.call(
            "shape_lookup",
            _source(rel, mine, place),
            tuple_of([literal(mine.index(_column_name(c))) for c in (longitude, latitude)]),
            _source(rel, theirs, place, index=1),
            literal(theirs.index(_column_name(key))),
            place.module.use(distance),
            limit,
            tuple_of([missing_value(c.type) for c in rel.inputs[1].columns]) if wanted else literal(None),
        )
        if len(rel.columns) < len(mine) + len(theirs):
            kept = [i for i in range(len(mine) + len(theirs)) if i != len(mine) + theirs.index(_column_name(key))]
            code = Code(f"({tuple_of([f'row[{i}]' for i in kept]).text} for row in {code.text})")
        loop_over(code, tuple(c.name for c in rel.columns), place, consume)

    return rule


def _rolling(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
    from rulec_backends.python.relations import loop_over

    value, percent, index, size, bins, *dimensions = rel.arguments
    lower = Lower(Row(place, {}))
    source = _source(rel, (), place, (value, index, *(d for d in dimensions if isinstance(d, Column))))
    code = place.module.call("rolling_percentile", source, lower.value(percent), lower.value(size), lower.value(bins))
    loop_over(code, tuple(c.name for c in rel.columns), place, consume)


def _sliding(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
    from rulec_backends.python.relations import loop_over

    who, when, *bounds = rel.arguments[:6]
    for bound in bounds:
        value = bound.value if isinstance(bound, Literal) else 1
        if value is None or (bound is bounds[-1] and isinstance(value, int | float) and value <= 0):
            place.module.refuse(bound.span, "RC302", "`sliding_window_counts` expects a start, an end, a window and a bin above 0")
    dimensions = tuple(d for d in rel.arguments[6:] if isinstance(d, Column))
    lower = Lower(Row(place, {}))
    code = place.module.call("sliding_window_counts", _source(rel, (), place, (who, when, *dimensions)), *(lower.value(b) for b in bounds))
    loop_over(code, tuple(c.name for c in rel.columns), place, consume)


def _components(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
    from rulec_backends.python.relations import loop_over

    (kind,) = rel.arguments
    strong = literal(isinstance(kind, Literal) and kind.value == "strong")
    nodes, edges = (_source(rel, _names(rel, i), place, index=i) for i in (0, 1))
    loop_over(place.module.call("components", nodes, edges, strong), tuple(c.name for c in rel.columns), place, consume)


#: What `bag_unpack` does with a key that has the name of another column.
_CONFLICTS: Final = ("error", "replace_source", "keep_source")
#: The class of a bag's values that may take the place of a column's.
_UNPACKED: Final = {T.STRING: "str", T.LONG: "int", T.REAL: "float", T.BOOL: "bool"}


def _bag_unpack(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """The bag's keys become columns; those that no later stage names go on together."""
    names = _names(rel)
    bag, *options = rel.arguments
    at = names.index(_column_name(bag))
    values = [o.value if isinstance(o, Literal) else None for o in (*options, *(() for _ in range(3 - len(options))))]
    prefix, conflict, ignored = (*values, None, None, None)[:3]
    if prefix in _CONFLICTS:
        prefix, conflict = None, prefix
    if conflict not in (None, "", *_CONFLICTS):
        place.module.refuse(rel.span, "RC302", f"`bag_unpack` has no rule `{conflict}` for conflicts", f"one of {', '.join(_CONFLICTS)}")
    skipped = [str(i) for i in ignored] if isinstance(ignored, list) else []
    known = [c for c in rel.columns if c.name not in names or c.name == names[at]]
    kinds = (_UNPACKED.get(c.type, "None") for c in rel.inputs[0].columns)
    taken = ", ".join(f"{literal(n).text}: ({i}, {kind})" for i, (n, kind) in enumerate(zip(names, kinds, strict=True)) if i != at)
    arguments: list[Code | str] = [
        literal(at),
        literal(names[at]),
        literal(prefix if isinstance(prefix, str) else ""),
        tuple_of([literal(s) for s in skipped]),
        f"{{{taken}}}",
        literal(str(conflict or "error")),
    ]
    code = place.module.call("unpacked", _source(rel, names, place), *arguments)
    more = place.function.local("unpacked_columns")
    locals_ = [place.function.local(n) for n in names]
    inner = place.inside(f"for {tuple_of(locals_).text}, {more} in {code.text}:", loops=1)
    cells = {n: Cell(name(v), depth=inner.loop) for i, (n, v) in enumerate(zip(names, locals_, strict=True)) if i != at}
    for column in known:
        if column.name in needed:
            cells[column.name] = Cell(inner.assign(column.name, _unpacked_cell(column, more, inner)), depth=inner.loop)
    if OPEN_COLUMNS in needed:
        cells[OPEN_COLUMNS] = Cell(_rest(more, [c.name for c in known]), depth=inner.loop)
    consume(Row(inner, cells))


def _rest(more: str, known: list[str]) -> Code:
    if not known:
        return name(more)
    skipped = tuple_of([literal(k) for k in known]).text
    return Code(f"{{k: v for k, v in {more}.items() if k not in {skipped}}}")


def _unpacked_cell(column: ColumnDef, more: str, place: Place) -> Code:
    from rulec_backends.python.stages import FROM_DYNAMIC

    code = Code(f"{more}.get({literal(column.name).text})", 9)
    return code if column.type is T.DYNAMIC else place.module.call(FROM_DYNAMIC[column.type], code)


def _pivot(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """Groups by the other columns and the pivot value; then one row a group with a column a value."""
    pivot, *rest = rel.arguments
    call = rest[0] if rest and isinstance(rest[0], Call) else None
    aggregate = Aggregate(call.function, call.arguments, None, rel.span) if call is not None else Aggregate("count", (), None, rel.span)
    kind = call.type if call is not None else T.LONG
    named = [a for a in rest[1:] if isinstance(a, Column)]
    inputs = {c.name: c for c in rel.inputs[0].columns}
    read = {pivot.name if isinstance(pivot, Column) else ""} | {
        a.name for a in (call.arguments if call is not None else ()) if isinstance(a, Column)
    }
    keys = [inputs[a.name] for a in named] or [c for n, c in inputs.items() if n not in read]
    text = Call("tostring", (pivot,), T.STRING, False, rel.span)
    assignments = (*(Assignment(k.name, Column(k.name, k.type, k.nullable, rel.span)) for k in keys), Assignment("\0pivot", text))
    columns = [AggregateColumns((ColumnDef("value", kind, True),), aggregate)]
    groups = grouping.write_groups(rel.inputs[0], assignments, columns, "pivot_groups", rel.span, place)
    _pivot_rows(rel, groups, keys, aggregate, kind, needed, place, consume)


def _pivot_rows(
    rel: Plugin,
    groups: grouping.Groups,
    keys: list[ColumnDef],
    aggregate: Aggregate,
    kind: ScalarType,
    needed: frozenset[str],
    place: Place,
    consume: Consume,
) -> None:
    module = place.module
    group = Code("group") if groups.plain else groups.results["value"][1]
    out = {T.DATETIME: "datetime_json", T.TIMESPAN: "timespan_json", T.DECIMAL: "decimal_json"}.get(kind)
    value = module.call(out, group) if out else group
    empty = literal({"count": 0, "countif": 0, "dcount": 0, "sum": 0}.get(aggregate.function, "" if kind is T.STRING else None))
    key = "key" if keys else "(key,)"
    source = f"{{{key}: {value.text} for key, group in {groups.call.text}.items()}}"
    names = [place.function.local(k.name) for k in keys]
    more = place.function.local("pivot_columns")
    rows = module.call("pivoted", source, empty).text
    known = [c for c in rel.columns if c.name not in {k.name for k in keys}]
    inner = place.inside(f"for {tuple_of(names).text if names else '_'}, {more} in {rows}:", loops=1)
    cells = {k.name: Cell(name(n), depth=inner.loop) for k, n in zip(keys, names, strict=True)}
    for column in known:
        if column.name in needed:
            code = Code(f"{more}.get({literal(column.name).text})", 9)
            cells[column.name] = Cell(inner.assign(column.name, code), depth=inner.loop)
    if OPEN_COLUMNS in needed:
        cells[OPEN_COLUMNS] = Cell(_rest(more, [c.name for c in known]), depth=inner.loop)
    consume(Row(inner, cells))


PLUGINS: Final[dict[str, Rule | Unsupported]] = {
    "activity_counts_metrics": _activity_counts,
    "dcount_intersect": _intersect,
    "graph-mark-components": _components,
    "identity": _identity,
    "narrow": _narrow,
    "rows_near": _rows_near,
    "ipv4_lookup": _lookup("ipv4_lookup"),
    "ipv6_lookup": _lookup("ipv6_lookup"),
    "rolling_percentile": _rolling,
    "schema_merge": _schema_merge,
    "sliding_window_counts": _sliding,
    "bag_unpack": _bag_unpack,
    "pivot": _pivot,
    "geo_line_lookup": _shape_lookup("geo_distance_point_to_line"),
    "geo_polygon_lookup": _shape_lookup("geo_distance_point_to_polygon"),
}
