"""summarize, make-series, top-nested: functions over the rows before them."""

from __future__ import annotations

from dataclasses import dataclass

from rulec.ir.exprs import Aggregate, Call, Column, Expr
from rulec.ir.rels import AggregateColumns, Assignment, ColumnDef, Filter, MakeSeries, Rel, Summarize, TopNested
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec_backends.python.aggregates import Slots, gather_row, is_plain_count
from rulec_backends.python.code import Block, Code, literal, name, tuple_of
from rulec_backends.python.emit import Cell, Consume, Function, Place, Row, class_name, missing_value
from rulec_backends.python.lower import Lower
from rulec_backends.python.names import snake
from rulec_backends.python.reads import reads, reads_of

T = ScalarType


def summarize(rel: Summarize, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """A function that returns the groups, and a loop over them; without aggregates a set of rows seen."""
    if not rel.aggregates:
        _distinct(rel, needed, place, consume)
        return
    grouped = groups_of(rel, needed, place)
    place.comment(rel.span)
    if not rel.keys:
        group = place.function.local("totals")
        place.add(f"{group} = {grouped.call.text}")
        consume(Row(place, _result_cells(grouped, group, place)))
        return
    group = place.function.local("group")
    names = [place.function.local(k.name) for k in rel.keys]
    target = names[0] if len(names) == 1 else f"({', '.join(names)})"
    if grouped.plain:
        inner = place.inside(f"for {target}, {group} in {grouped.call.text}.items():", loops=1)
        cells = {rel.aggregates[0].columns[0].name: Cell(name(group), depth=inner.loop)}
    else:
        inner = place.inside(f"for {target}, {group} in {grouped.call.text}.items():", loops=1)
        cells = _result_cells(grouped, group, inner)
    cells.update({k.name: _key_cell(k, n, inner) for k, n in zip(rel.keys, names, strict=True)})
    consume(Row(inner, cells))


def _key_cell(key: Assignment, local: str, place: Place) -> Cell:
    return Cell(name(local), depth=place.loop)


@dataclass(slots=True)
class Groups:
    """The function that makes the groups: its call, and the code of each result column with `group.` in front. `plain`: the
    groups are counts themselves. `stamped`: the results that are moments as text."""

    call: Code
    results: dict[str, tuple[ColumnDef, Code]]
    plain: bool
    stamped: frozenset[str] = frozenset()


def _result_cells(grouped: Groups, group: str, place: Place) -> dict[str, Cell]:
    cells = {}
    for column, (_, code) in grouped.results.items():
        text = code.text.replace("group.", f"{group}.") if group != "group" else code.text
        ready = Code(text, code.level, code.constant, text.count(".") == 1 and text.replace(".", "").replace("_", "").isalnum())
        if code.text in grouped.stamped:
            cells[column] = _late_moment(column, ready, place)
        else:
            cells[column] = _late(column, ready, place)
    return cells


def _late(column: str, code: Code, place: Place) -> Cell:
    return Cell(make=lambda at: at.assign(column, code), depth=place.loop)


def _late_moment(column: str, code: Code, place: Place) -> Cell:
    return Cell(make=lambda at: at.assign(column, at.module.call("input_ticks", code)), depth=place.loop, moment=code)


def groups_of(rel: Summarize, needed: frozenset[str], place: Place) -> Groups:
    """Writes the function of a summarize."""
    wanted = [a for a in rel.aggregates if any(c.name in needed for c in a.columns)] or list(rel.aggregates[:1])
    wish = snake(place.hint) if place.hint else stage_name(rel)
    return write_groups(rel.input, rel.keys, wanted, wish, rel.span, place, stamped=True)


def stage_name(rel: Summarize) -> str:
    """`summarize count() by User` is `by_user`; without keys `totals_of_…`."""
    if rel.keys:
        names = "by_" + "_and_".join(snake(k.name) for k in rel.keys[:2])
        return names if len(names) <= 36 else f"by_{snake(rel.keys[0].name)}"
    return "totals_of_" + snake(rel.aggregates[0].columns[0].name if rel.aggregates[0].columns else "rows").strip("_")


def write_groups(
    source: Rel,
    keys: tuple[Assignment, ...],
    aggregates: list[AggregateColumns],
    wish: str,
    span: Span,
    place: Place,
    *,
    stamped: bool = False,
) -> Groups:
    """A function that reads the rows of `source` and returns a dict of groups by key, or one group when there are no keys.

    `stamped`: moments may be kept as text."""
    from rulec_backends.python.relations import given_of, produce

    module = place.module
    given = given_of(source, place)
    function = Function(module, module.global_name(wish), given)
    inside = Place(function, function.body)
    plain = bool(keys) and len(aggregates) == 1 and is_plain_count(aggregates[0].aggregate)
    kind = "" if plain else module.global_name(class_name(wish))
    slots = Slots(stamped=set() if stamped else None)
    results: dict[str, tuple[ColumnDef, Code]] = {}
    groups = "groups" if keys else "group"
    function.names.take("group")
    function.names.take("groups")
    inside.add(f"{groups} = {'{}' if keys else kind + '()'}")

    def each(row: Row) -> None:
        row.place.comment(span)
        if plain:
            key = _group_key(keys, row)
            row.place.add(f"groups[{key.text}] = groups.get({key.text}, 0) + 1")
            return
        if keys:
            _find_group(keys, row, kind)
        for item in aggregates:
            codes = gather_row(item.aggregate, item.columns, row, slots, "group", bool(keys))
            results.update({c.name: (c, code) for c, code in zip(item.columns, codes, strict=True)})

    needs = reads(k.value for k in keys) | reads_of(a.aggregate for a in aggregates)
    produce(source, needs, inside, each)
    inside.add(f"return {groups}")
    if not plain:
        module.classes.append(_group_class(kind, slots))
    function.finish()
    return Groups(function.called_from(place.function, *(name(g) for g in given)), results, plain, frozenset(slots.stamped or ()))


def _group_key(keys: tuple[Assignment, ...], row: Row) -> Code:
    lower = Lower(row)
    codes = []
    for key in keys:
        code = lower.value(key.value)
        if key.value.type is T.REAL:
            code = row.place.module.call("real_key", code)
        if key.value.type is T.DYNAMIC:
            row.place.module.refuse(key.value.span, "RC402", "a group key must not be dynamic", "convert it, for instance with `tostring`")
        codes.append(code)
    if len(codes) == 1:
        return row.place.assign(keys[0].name, codes[0])
    return row.place.assign("key", tuple_of(codes))


def _find_group(keys: tuple[Assignment, ...], row: Row, kind: str) -> None:
    key = _group_key(keys, row)
    row.place.add(f"group = groups.get({key.text})")
    row.place.inside("if group is None:").add(f"group = groups[{key.text}] = {kind}()")


def _group_class(kind: str, slots: Slots) -> Block:
    block = Block(f"class {kind}:")
    names = "".join(f"{literal(s).text}, " for s in slots.first)
    block.add(f"__slots__ = ({names.rstrip(' ') if len(slots.first) == 1 else names.rstrip(', ')})")
    block.add("")
    init = block.open("def __init__(self):")
    for slot, first in slots.first.items():
        init.add(f"self.{slot} = {first}")
    return block


def _distinct(rel: Summarize, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """`distinct`: rows already seen are skipped."""
    from rulec_backends.python.relations import produce

    seen = place.function.local("seen")
    place.add(f"{seen} = set()")

    def each(row: Row) -> None:
        row.place.comment(rel.span)
        lower = Lower(row)
        cells: dict[str, Cell] = {}
        parts: list[Code] = []
        for key in rel.keys:
            code = row.place.assign(key.name, lower.value(key.value))
            cells[key.name] = Cell(code)
            kind = {T.REAL: "real_key", T.DYNAMIC: "identity"}.get(key.value.type)
            parts.append(row.place.module.call(kind, code) if kind else code)
        value = parts[0] if len(parts) == 1 else tuple_of(parts)
        value = row.place.assign("key", value) if len(parts) > 1 or not value.simple else value
        at = row.place.skip_unless(Code(f"{value.text} not in {seen}", 5), Code(f"{value.text} in {seen}", 5))
        at.add(f"{seen}.add({value.text})")
        consume(Row(at, cells))

    produce(rel.input, reads(k.value for k in rel.keys), place, each)


# make-series -----------------------------------------------------------------------------------------------------


def make_series(rel: MakeSeries, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """Groups by keys and bin, then arrays over the axis."""
    place.comment(rel.span)
    lower = Lower(Row(place, {}))
    function = place.function
    step = function.local("step")
    place.add(f"{step} = {lower.value(rel.step).text}")
    bounds = {}
    for wish, bound in (("start", rel.start), ("stop", rel.stop)):
        if bound is not None:
            bounds[wish] = function.local(wish)
            place.add(f"{bounds[wish]} = {lower.value(bound).text}")
    axis = Column("__axis", rel.axis.value.type, True, rel.span)
    aggregates = [AggregateColumns((ColumnDef(a.column.name, a.result, True),), a.aggregate) for a in rel.aggregates]
    keys = (*rel.keys, Assignment("__axis", _axis_bin(rel)))
    groups = write_groups(_inside_bounds(rel), keys, aggregates, f"series_by_{snake(rel.axis.name)}", rel.span, place)
    _series_rows(rel, groups, bounds, step, axis, needed, place, consume)


def _axis_bin(rel: MakeSeries) -> Expr:
    """The bin of a row: counted from the start when there is one."""
    value = rel.axis.value
    if rel.start is None:
        return Call("bin", (value, rel.step), value.type, True, rel.span)
    return Call("bin_at", (value, rel.step, rel.start), value.type, True, rel.span)


def _inside_bounds(rel: MakeSeries) -> Rel:
    """The rows between start and stop."""
    tests: list[Expr] = []
    if rel.start is not None:
        tests.append(Call(">=", (rel.axis.value, rel.start), T.BOOL, True, rel.span))
    if rel.stop is not None:
        tests.append(Call("<=" if rel.inclusive else "<", (rel.axis.value, rel.stop), T.BOOL, True, rel.span))
    return Filter(rel.input, Call("and", tuple(tests), T.BOOL, True, rel.span), rel.span) if tests else rel.input


def _series_rows(
    rel: MakeSeries, groups: Groups, bounds: dict[str, str], step: str, axis: Column, needed: frozenset[str], place: Place, consume: Consume
) -> None:
    module, function = place.module, place.function
    lower = Lower(Row(place, {}))
    arguments = [bounds.get("start", "None"), bounds.get("stop", "None"), step, f"inclusive={rel.inclusive}", f"keys={len(rel.keys)}"]
    source = module.call("series_groups", groups.call, *arguments)
    names = [function.local(k.name) for k in rel.keys]
    points, bins = function.local("points"), function.local("bins")
    target = f"({', '.join(names)}{',' if len(names) == 1 else ''}), {points}, {bins}" if names else f"_, {points}, {bins}"
    inner = place.inside(f"for {target} in {source.text}:", loops=1)
    cells = {k.name: Cell(name(n), depth=inner.loop) for k, n in zip(rel.keys, names, strict=True)}
    for item in rel.aggregates:
        if item.column.name not in needed:
            continue
        result = Code("group", 10) if groups.plain else groups.results[item.column.name][1]
        default = lower.json(item.default)
        json_ = {T.DATETIME: "datetime_json", T.TIMESPAN: "timespan_json", T.DECIMAL: "decimal_json"}.get(item.result)
        value = module.call(json_, result) if json_ else result
        # `group` of the list alone: an enclosing summary may be filling its own
        code = Code(f"[{value.at(1)} if group is not None else {default.text} for group in map({bins}.get, {points})]")
        cells[item.column.name] = Cell(inner.assign(item.column.name, code), depth=inner.loop)
    axis_json = {T.DATETIME: "datetime_json", T.TIMESPAN: "timespan_json"}.get(axis.type)
    code = Code(f"[{module.call(axis_json, 'point').text} for point in {points}]") if axis_json else name(points)
    if rel.axis.name in needed:
        cells[rel.axis.name] = Cell(inner.assign(rel.axis.name, code))
    consume(Row(inner, cells))


# top-nested ------------------------------------------------------------------------------------------------------


def top_nested(rel: TopNested, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """Each level is a small function from rows to its aggregate; the run-time function builds the tree."""
    from rulec_backends.python.relations import loop_over, rows_function

    module = place.module
    place.comment(rel.span)
    reads_all = reads([k.key.value for k in rel.levels]) | reads_of(k.aggregate for k in rel.levels)
    columns = tuple(c.name for c in rel.input.columns if c.name in reads_all)
    keys = tuple(level.key.value for level in rel.levels)
    source = rows_function(rel.input, columns, "rows_to_rank", place, keys)
    levels = []
    lower = Lower(Row(place, {}))
    for position, level in enumerate(rel.levels):
        value = _level_function(rel, position, columns, place)
        count = lower.value(level.count) if level.count is not None else literal(None)
        others = lower.value(level.others) if level.others is not None else literal(None)
        if level.others is not None and level.others.type is not level.key.value.type:
            module.refuse(level.others.span, "RC402", f"the others' key is {level.others.type.value}, the key {level.key.value.type.value}")
        missing = tuple_of([missing_value(level.key.value.type), missing_value(level.column.type)])
        facts = [literal(level.descending), literal(level.others is not None), others, missing]
        levels.append(tuple_of([literal(len(columns) + position), name(value), count, *facts]))
    code = module.call("top_nested", source, *levels)
    names = tuple(n for level in rel.levels for n in (level.key.name, level.column.name))
    loop_over(code, names, place, consume)


def _level_function(rel: TopNested, position: int, columns: tuple[str, ...], place: Place) -> str:
    """`def value(rows)`: the aggregate of one level over some rows."""
    from rulec_backends.python.relations import loop_over

    level = rel.levels[position]
    module = place.module
    function = Function(module, module.global_name(f"{snake(level.column.name)}_of"), ("rows",))
    kind = module.global_name(class_name(level.column.name + " total"))
    inside = Place(function, function.body)
    inside.add(f"group = {kind}()")
    slots = Slots()
    results: list[Code] = []

    def each(row: Row) -> None:
        results.extend(gather_row(level.aggregate, (level.column,), row, slots, "group", False))

    width = len(columns)
    loop_over(Code(f"(row[:{width}] for row in rows)"), columns, inside, each)
    inside.add(f"return {results[0].text}")
    module.classes.append(_group_class(kind, slots))
    function.finish()
    return function.name


__all__ = ["Aggregate", "Expr", "groups_of", "make_series", "summarize", "top_nested", "write_groups"]
