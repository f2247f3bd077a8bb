"""One function a relation: symbolic rows that it gives, made of symbolic rows of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rulec.ir.exprs import Call, Column, Expr, Path
from rulec.ir.rels import (
    AggregateColumns,
    ColumnDef,
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
from tests.parity.captures import Captured, KeyValue, Pattern
from tests.parity.gathers import Aggregated, Different, Guarded, Picked, Same
from tests.parity.series import series
from tests.parity.sketch import Origin, Scope, Sketch, Unsketchable, source_name, windowed
from tests.parity.templates import Unanswerable

T = ScalarType
#: How an expanded element becomes a typed column (`to typeof`).
_TO_TYPE = {T.STRING: "tostring", T.LONG: "tolong", T.INT: "toint", T.REAL: "todouble", T.BOOL: "tobool", T.DATETIME: "todatetime",
            T.GUID: "toguid", T.TIMESPAN: "totimespan", T.DECIMAL: "todecimal"}  # fmt: skip


def rows(sketch: Sketch, rel: Rel, count: int, origin: Origin) -> list[Scope]:
    """`count` symbolic rows of a relation. `origin` says for what they are.

    Raises:
        Unsketchable: No events are made for a part of the relation.
    """
    match rel:
        case Scan() | External():
            name = source_name(rel)
            return [sketch.event(name, sketch.workshop.tables[name], (*origin, id(rel), i)) for i in range(count)]
        case Filter():
            return _filter(sketch, rel, count, origin)
        case Extend() | Project():
            return _assign(sketch, rel, count, origin)
        case Summarize():
            return _summarize(sketch, rel, count, origin)
        case Sort():
            return _sort(sketch, rel, count, origin)
        case Take() | Sample() | Serialize() | ScanOperator():
            return _pass(sketch, rel, count, origin)
        case Shared(relation=relation):
            return _shared(sketch, rel, relation, count, origin)
        case Join():
            return _join(sketch, rel, count, origin)
        case Union(inputs=inputs):
            leg = sketch.option((*origin, id(rel)), len(inputs))
            return rows(sketch, inputs[leg], count, (*origin, id(rel)))
        case Values() | Range():
            return _constant_rows(sketch, rel, count, origin)
        case MvExpand():
            return [_expanded(sketch, rel, s, (*origin, i)) for i, s in enumerate(rows(sketch, rel.input, count, origin))]
        case MvApply():
            return [_applied(sketch, rel, s, (*origin, i)) for i, s in enumerate(rows(sketch, rel.expand.input, count, origin))]
        case Partition():
            return _partition(sketch, rel, count, origin)
        case Given():
            return sketch.given[-1](count, origin)
        case Parse() | ParseKv():
            return [_parsed(sketch, rel, s, origin) for s in rows(sketch, rel.input, count, origin)]
        case MakeSeries():
            return series(sketch, rel, count, origin, rows)
        case TopNested():
            return _top_nested(sketch, rel, count, origin)
        case Plugin():
            return _plugin(sketch, rel, count, origin)


# --- row-wise ------------------------------------------------------------------------------------------------------


def _around(sketch: Sketch, source: Rel, values: Sequence[Expr], count: int, origin: Origin) -> tuple[list[Scope], range]:
    """Rows of the input, and which of them are the result; window functions get neighbours."""
    if not windowed(values):
        return rows(sketch, source, count, origin), range(count)
    found = rows(sketch, source, count + 2, origin)
    return found, range(1, min(count + 1, len(found)))


def _filter(sketch: Sketch, rel: Filter, count: int, origin: Origin) -> list[Scope]:
    found, chosen = _around(sketch, rel.input, (rel.predicate,), count, origin)
    for at in chosen if len(chosen) < len(found) else range(len(found)):
        sketch.require(rel.predicate, found[at], (*origin, at), (found, at))
    return [found[at] for at in chosen if at < len(found)]


def _assign(sketch: Sketch, rel: Extend | Project, count: int, origin: Origin) -> list[Scope]:
    found, chosen = _around(sketch, rel.input, [a.value for a in rel.assignments], count, origin)
    result = []
    for at in chosen:
        if at >= len(found):
            break
        made = {a.name: sketch.value(a.value, found[at], (*origin, at), (found, at)) for a in rel.assignments}
        result.append(made if isinstance(rel, Project) else found[at] | made)
    return result


def _sort(sketch: Sketch, rel: Sort, count: int, origin: Origin) -> list[Scope]:
    """Later events come later, so a descending time turns the rows round."""
    found = rows(sketch, rel.input, count, origin)
    time = next((k for k in rel.keys if k.value.type is T.DATETIME), None)
    return found[::-1] if time is not None and time.descending else found


def _pass(sketch: Sketch, rel: Take | Sample | Serialize | ScanOperator, count: int, origin: Origin) -> list[Scope]:
    found = rows(sketch, rel.input, count, origin)
    if not isinstance(rel, ScanOperator):
        return found
    extra = {c.name: c.type for c in rel.columns if c.name not in {i.name for i in rel.input.columns}}
    return [s | {name: sketch.nothing(type_) for name, type_ in extra.items()} for s in found]


def _shared(sketch: Sketch, rel: Shared, relation: Rel, count: int, origin: Origin) -> list[Scope]:
    """The same events for each use of a `let`, or events of its own for each."""
    if sketch.option(("shared", rel.key), 2) == 1:
        return rows(sketch, relation, count, origin)
    key = (rel.key, count)
    if key not in sketch.shared:
        sketch.shared[key] = rows(sketch, relation, count, ("shared", rel.key))
    return sketch.shared[key]


# --- groups --------------------------------------------------------------------------------------------------------


def _summarize(sketch: Sketch, rel: Summarize, count: int, origin: Origin) -> list[Scope]:
    groups = [_group(sketch, rel, (*origin, id(rel), g)) for g in range(count if rel.keys else 1)]
    if len(groups) > 1:
        sketch.store.require(sketch.gather(Different(tuple(tuple(g[k.name] for k in rel.keys) for g in groups))))
    return groups


def _group(sketch: Sketch, rel: Summarize, origin: Origin) -> Scope:
    apart = [columns for columns in rel.aggregates if columns.aggregate.function == "take_any" and columns.aggregate.condition is not None]
    built, size = sketch.size(origin, max(1, len(apart)))
    members = rows(sketch, rel.input, built, origin)
    built = len(members)
    result: Scope = {}
    for key in rel.keys:
        numbers = [sketch.value(key.value, m, (*origin, i)) for i, m in enumerate(members)]
        result[key.name] = numbers[0]
        for number in numbers[1:]:
            if number != numbers[0]:
                sketch.store.require(sketch.gather(Same(numbers[0], number)))
    for columns in rel.aggregates:
        result |= {} if columns in apart else _aggregate(sketch, columns, members, (size, built), origin)
    for i, columns in enumerate(apart):
        result |= _chosen(sketch, columns, members[i % built], (*origin, i % built))
    return result


def _chosen(sketch: Sketch, columns: AggregateColumns, member: Scope, origin: Origin) -> Scope:
    """A value taken of the rows of a condition, as a pivot has many: each of a row of its own."""
    aggregate = columns.aggregate
    assert aggregate.condition is not None
    condition = sketch.value(aggregate.condition, member, origin)
    values = (sketch.value(a, member, origin) for a in aggregate.arguments)
    return {c.name: sketch.gather(Guarded(value, condition)) for c, value in zip(columns.columns, values, strict=False)}


def _aggregate(sketch: Sketch, columns: AggregateColumns, members: list[Scope], sizes: tuple[int, int], origin: Origin) -> Scope:
    aggregate = columns.aggregate
    arguments = [tuple(sketch.value(a, m, (*origin, i)) for i, m in enumerate(members)) for a in aggregate.arguments]
    condition = aggregate.condition
    conditions: tuple[int, ...] = ()
    if condition is not None:
        conditions = tuple(sketch.value(condition, m, (*origin, i)) for i, m in enumerate(members))
    first = arguments[0] if arguments else ()

    def made(function: str, others: tuple[int, ...] = (), extra: Any = None) -> int:
        return sketch.gather(Aggregated(function, *sizes, first, conditions, others, extra))

    match aggregate.function:
        case "arg_max" | "arg_min" as function:
            extreme = made(function.removeprefix("arg_"))
            values = [made(function, others) for others in arguments[1:]]
            return dict(zip((c.name for c in columns.columns), (extreme, *values), strict=False))
        case "take_any":
            return {c.name: a[0] for c, a in zip(columns.columns, arguments, strict=False)}
        case "percentile" | "percentilew" as function:
            extra = sketch.store.values[arguments[-1][0]]
            return {columns.columns[0].name: made(function, (), extra)}
        case function:
            return {columns.columns[0].name: made(function)}


def _top_nested(sketch: Sketch, rel: TopNested, count: int, origin: Origin) -> list[Scope]:
    result = []
    for i, scope in enumerate(rows(sketch, rel.input, count, origin)):
        keys = {level.key.name: sketch.value(level.key.value, scope, (*origin, i)) for level in rel.levels}
        result.append(keys | {level.column.name: sketch.constant(1, T.LONG) for level in rel.levels})
    return result


def _partition(sketch: Sketch, rel: Partition, count: int, origin: Origin) -> list[Scope]:
    def given(wanted: int, inner: Origin) -> list[Scope]:
        found = rows(sketch, rel.input, wanted, (*origin, *inner))
        keys = [sketch.value(rel.key, s, origin) for s in found]
        for key in keys[1:]:
            sketch.store.require(sketch.gather(Same(keys[0], key)))
        return found

    sketch.given.append(given)
    found = rows(sketch, rel.body, count, (*origin, id(rel)))
    sketch.given.pop()
    return found


# --- several inputs ------------------------------------------------------------------------------------------------


def _join(sketch: Sketch, rel: Join, count: int, origin: Origin) -> list[Scope]:
    here = (*origin, id(rel))
    kind = rel.kind
    outer = kind in ("leftouter", "rightouter", "fullouter")
    matched = kind in ("inner", "innerunique", "leftsemi", "rightsemi") or (outer and sketch.option(here, 2) == 0)
    left = rows(sketch, rel.left, count, (*here, "left")) if matched or kind in ("leftouter", "fullouter", "leftanti") else []
    right = rows(sketch, rel.right, count, (*here, "right")) if matched or kind in ("rightouter", "rightanti") else []
    if matched:
        for i, (one, two) in enumerate(zip(left, right, strict=False)):
            for mine, other in rel.keys:
                pair = Same(sketch.value(mine, one, (*here, i)), sketch.value(other, two, (*here, i)))
                if pair.left != pair.right:
                    sketch.store.require(sketch.gather(pair))
    result = []
    for i in range(max(len(left), len(right))):
        sides = {"left": left[i] if i < len(left) else None, "right": right[i] if i < len(right) else None}
        cells = {o: sides[o.side] for o in rel.outputs}
        result.append({o.column.name: sketch.nothing(o.column.type) if s is None else s[o.source] for o, s in cells.items()})
    return result


def _constant_rows(sketch: Sketch, rel: Values | Range, count: int, origin: Origin) -> list[Scope]:
    if isinstance(rel, Range):
        return [{rel.name: sketch.value(rel.start, {}, origin)} for _ in range(count)]
    if not rel.rows:
        raise Unsketchable("a table without rows")
    if len(rel.rows) == 1:
        return [{c.name: sketch.value(v, {}, origin) for c, v in zip(rel.columns, rel.rows[0], strict=True)} for _ in range(count)]
    cells = [[sketch.store.values[sketch.value(v, {}, origin)] for v in row] for row in rel.rows]
    found = []
    for i in range(count):
        pick = sketch.pick((*origin, id(rel), i), len(cells) - 1)
        found.append({c.name: sketch.gather(Picked(pick, tuple(row[at] for row in cells))) for at, c in enumerate(rel.columns)})
    return found


# --- expanding and taking apart -------------------------------------------------------------------------------------


def _expanded(sketch: Sketch, rel: MvExpand, scope: Scope, origin: Origin, at: int | None = None) -> Scope:
    index = sketch.pick((*origin, id(rel)), 400) if at is None else at
    result = dict(scope)
    for expanded in rel.expanded:
        name = expanded.column.name
        result[name] = sketch.element(rel, expanded.value, scope, index, origin)
        if expanded.column.type is not T.DYNAMIC and expanded.value.type is T.DYNAMIC:
            result[name] = _typed(sketch, rel, expanded.column, result[name])
    return result | ({rel.index: index} if rel.index else {})


def _typed(sketch: Sketch, rel: Rel, column: ColumnDef, element: int) -> int:
    """The element converted by the function that gives the column's type."""
    made = sketch.workshop.made
    key = (id(rel), column.name)
    if key not in made:
        made[key] = Call(_TO_TYPE[column.type], (Column("element", T.DYNAMIC, True, rel.span),), column.type, column.nullable, rel.span)
    return sketch.value(made[key], {"element": element}, ())


def _applied(sketch: Sketch, rel: MvApply, scope: Scope, origin: Origin) -> Scope:
    def given(wanted: int, inner: Origin) -> list[Scope]:
        found = []
        for i in range(wanted):
            at = sketch.pick((*origin, *inner, id(rel), i), 400)
            sketch.store.apply({at: i} if wanted > 1 else {})
            found.append(_expanded(sketch, rel.expand, scope, origin, at))
        return found

    sketch.given.append(given)
    body = rows(sketch, rel.body, 1, (*origin, id(rel)))[0]
    sketch.given.pop()
    sides = {"row": scope, "body": body}
    return {o.column.name: sides[o.side][o.source] for o in rel.outputs}


def _parsed(sketch: Sketch, rel: Parse | ParseKv, scope: Scope, origin: Origin) -> Scope:
    source = sketch.value(rel.value, scope, origin)
    if isinstance(rel, ParseKv):
        return scope | {k.name: sketch.gather(KeyValue(rel, k.name, k.type, source)) for k in rel.keys}
    pattern = Pattern.of(rel)
    if rel.where:
        sketch.store.require(sketch.gather(Captured(pattern, source, None)))
    columns = [p.column for p in rel.pieces if p.column is not None]
    return scope | {c.name: sketch.gather(Captured(pattern, source, i)) for i, c in enumerate(columns)}


def _plugin(sketch: Sketch, rel: Plugin, count: int, origin: Origin) -> list[Scope]:
    if rel.name == "pivot":
        return [_pivot(sketch, rel, (*origin, id(rel), i)) for i in range(count)]
    if rel.name != "bag_unpack":
        raise Unsketchable(f"plugin {rel.name}")
    bag = rel.arguments[0]
    known = {c.name for c in rel.inputs[0].columns}
    made = sketch.workshop.made
    kept = [(c.name, made.setdefault((id(rel), c.name), _of_bag(bag, c))) for c in rel.columns if c.name not in known]
    result = []
    for i, scope in enumerate(rows(sketch, rel.inputs[0], count, origin)):
        try:
            result.append(scope | {name: sketch.formula(value, scope, (*origin, i)) for name, value in kept})
        except Unanswerable as reason:
            raise Unsketchable(f"plugin {rel.name}: {reason}") from reason
    return result


def _pivot(sketch: Sketch, rel: Plugin, origin: Origin) -> Scope:
    """`pivot(key, aggregate(value), column…)`: a row of the input for each column that is read of the result, all of one group."""
    key, *rest = rel.arguments
    value = next((a.arguments[0] for a in rest if isinstance(a, Call) and a.arguments), None)
    kept = [a.name for a in rest if isinstance(a, Column)] or [c.name for c in rel.inputs[0].columns]
    made = [c for c in rel.columns if c.name not in kept]
    members = rows(sketch, rel.inputs[0], max(len(made), 1), origin)
    result = {name: members[0][name] for name in kept if name in members[0]}
    for name, number in result.items():
        for other in members[1:]:
            if other[name] != number:
                sketch.store.require(sketch.gather(Same(number, other[name])))
    for i, (column, member) in enumerate(zip(made, members, strict=False)):
        named = Same(sketch.constant(column.name, T.STRING), sketch.value(key, member, (*origin, i)))
        sketch.store.require(sketch.gather(named))
        result[column.name] = sketch.constant(1, T.LONG) if value is None else sketch.value(value, member, (*origin, i))
    return result


def _of_bag(bag: Expr, column: ColumnDef) -> Expr:
    path = Path(bag, (column.name,), bag.span)
    return path if column.type is T.DYNAMIC else Call(_TO_TYPE[column.type], (path,), column.type, column.nullable, bag.span)
