"""Row-wise stages: they become parts of one loop body."""

from __future__ import annotations

from rulec.fields import ColumnMap
from rulec.ir.exprs import Column, Expr
from rulec.ir.rels import ColumnDef, Extend, MvExpand, Project, Range, Scan, Values
from rulec.scalars import ScalarType
from rulec_backends.python.code import CALL, TERNARY, Block, Code, call, literal, name
from rulec_backends.python.emit import NOT_OURS, Cell, Consume, Place, Produce, Row
from rulec_backends.python.lower import Lower
from rulec_backends.python.names import snake
from rulec_backends.python.reads import reads

T = ScalarType

#: How a cell of the input becomes a value of its column's type.
_CELL = {
    T.STRING: "text_cell",
    T.INT: "long_cell",
    T.LONG: "long_cell",
    T.REAL: "real_cell",
    T.DECIMAL: "decimal_cell",
    T.BOOL: "bool_cell",
    T.DATETIME: "input_ticks",
    T.TIMESPAN: "timespan_cell",
    T.GUID: "guid_cell",
    T.DYNAMIC: "dynamic_cell",
}
#: How text or a dynamic element becomes a value of a type.
FROM_DYNAMIC = {
    T.STRING: "dynamic_text",
    T.INT: "dynamic_to_int",
    T.LONG: "dynamic_to_long",
    T.REAL: "dynamic_to_real",
    T.DECIMAL: "dynamic_to_decimal",
    T.BOOL: "dynamic_to_bool",
    T.DATETIME: "dynamic_to_datetime",
    T.TIMESPAN: "dynamic_to_timespan",
    T.GUID: "dynamic_to_guid",
}
FROM_TEXT = {
    T.INT: "text_to_int",
    T.LONG: "text_to_long",
    T.REAL: "text_to_real",
    T.DECIMAL: "text_to_decimal",
    T.BOOL: "text_to_bool",
    T.DATETIME: "text_to_datetime",
    T.TIMESPAN: "text_to_timespan",
    T.GUID: "text_to_guid",
    T.DYNAMIC: "parse_json",
}


def scan(rel: Scan, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """`for event in tables["T"]:`; a column is fetched where it is first read."""
    place.comment(rel.span)
    event = place.function.local("event")
    tables = place.function.need("tables")
    inner = place.inside(f"for {event} in {tables.text}[{literal(rel.table).text}]:", loops=1)
    columns = {c.name: _scan_cell(rel, c, event, inner) for c in rel.columns if c.name in needed}
    consume(Row(inner, columns))


def _scan_cell(rel: Scan, column: ColumnDef, event: str, place: Place) -> Cell:
    mapped = place.module.options.maps.get(rel.table)
    if mapped is None:
        source = Code(f"{event}.get({literal(column.name).text})", 9)
        return _cell(column, source, _CELL[column.type], place)
    where = mapped.columns.get(column.name)
    if where is None:
        place.module.refuse(rel.span, "RC701", f"the map of `{rel.table}` has no column `{column.name}`", "add it to the map")
        return Cell(code=literal(None))
    if where.constant is not None:
        return Cell(code=literal(where.constant) if column.type is T.STRING else _constant(column, where.constant, place))
    if where.expression is not None or not where.path:
        place.module.refuse(rel.span, "RC701", f"the map of `{rel.table}.{column.name}` has no path that Python can read")
        return Cell(code=literal(None))
    return _cell(column, _source(where, event, place), _conversion(where, column), place, where.empty_as)


def _constant(column: ColumnDef, text: str, place: Place) -> Code:
    return place.module.call(FROM_TEXT[column.type], literal(text))


def _source(where: ColumnMap, event: str, place: Place) -> Code:
    if len(where.path) == 1:
        return Code(f"{event}.get({literal(where.path[0]).text})", 9)
    return place.module.call("nested", event, *(literal(int(step) if step.isdigit() else step) for step in where.path))


def _conversion(where: ColumnMap, column: ColumnDef) -> str:
    match where.conversion:
        case "epoch_s":
            return "epoch_seconds_cell"
        case "epoch_ms":
            return "epoch_milliseconds_cell"
        case _:
            return _CELL[column.type]


def _cell(column: ColumnDef, source: Code, function: str, place: Place, empty_as: str | None = None) -> Cell:
    def make(at: Place) -> Code:
        value = _text_cell(source, at) if function == "text_cell" else at.module.call(function, source)
        if empty_as is not None:
            value = at.module.call("without", value, literal(empty_as))
        return at.assign(column.name, value)

    plain = column.type is T.STRING and empty_as is None and function == "text_cell"
    moment = source if function == "input_ticks" and empty_as is None else None
    return Cell(make=make, depth=place.loop, raw=source if plain else None, moment=moment)


def _text_cell(source: Code, place: Place) -> Code:
    """A text as it is; a missing cell is ''."""
    cell, other = place.function.spare("cell"), place.module.use("other_text")
    text = f'{source.text[:-1]}, "")' if source.level == CALL and ".get(" in source.text else source.text
    return Code(f"{cell} if ({cell} := {text}).__class__ is str else {other}({cell})", TERNARY)


def values(rel: Values, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """Constant rows: a loop over tuples; one row of expressions stands without a loop."""
    place.comment(rel.span)
    lower = Lower(Row(place, {}))
    if len(rel.rows) == 1:
        cells = {}
        for column, cell in zip(rel.columns, rel.rows[0], strict=True):
            if column.name in needed:
                code = lower.value(cell)
                cells[column.name] = Cell(place.assign(column.name, code), depth=NOT_OURS if code.simple else place.loop)
        consume(Row(place, cells))
        return
    kept = [i for i, c in enumerate(rel.columns) if c.name in needed] or [0]
    names = [place.function.local(rel.columns[i].name) for i in kept]
    table = Block("")
    lines = [f"({', '.join(lower.value(row[i]).text for i in kept)}{',' if len(kept) == 1 else ''})," for row in rel.rows]
    wish = place.function.local("constant_rows")
    table.lines = [*lines]
    place.add(f"{wish} = [")
    place.block.lines.append(_Indented(lines))
    place.add("]")
    target = f"{', '.join(names)}{',' if len(names) == 1 else ''}"
    inner = place.inside(f"for {target} in {wish}:", loops=1)
    consume(Row(inner, {rel.columns[i].name: Cell(name(n), depth=inner.loop) for i, n in zip(kept, names, strict=True)}))


class _Indented(Block):
    """Lines that stand one level deeper without a header."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("", [*lines])


def range_rows(rel: Range, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """`range x from a to b step s`."""
    place.comment(rel.span)
    lower = Lower(Row(place, {}))
    local = place.function.local(rel.name)
    bounds = [lower.value(rel.start), lower.value(rel.stop), lower.value(rel.step)]
    inner = place.inside(f"for {local} in {place.module.call('range_values', *bounds).text}:", loops=1)
    consume(Row(inner, {rel.name: Cell(name(local), depth=inner.loop)}))


# extend, project -------------------------------------------------------------------------------------------------


def extend(rel: Extend, needed: frozenset[str], place: Place, consume: Consume, produce: Produce) -> None:
    """Locals for the new columns; those that nobody reads are left out."""
    wanted = [a for a in rel.assignments if a.name in needed]
    replaced = {a.name for a in rel.assignments}

    def each(row: Row) -> None:
        row.place.comment(rel.span)
        new = assigned([(a.name, a.value) for a in wanted], row)
        kept = {n: c for n, c in row.columns.items() if n not in replaced}
        consume(Row(row.place, {**kept, **new}))

    produce(rel.input, (needed - replaced) | reads(a.value for a in wanted), place, each)


def project(rel: Project, needed: frozenset[str], place: Place, consume: Consume, produce: Produce) -> None:
    """Like `extend`, but only these columns go on; a renamed column costs nothing."""
    wanted = [a for a in rel.assignments if a.name in needed]

    def each(row: Row) -> None:
        if not all(isinstance(a.value, Column) and a.value.name == a.name for a in rel.assignments):
            row.place.comment(rel.span)
        consume(Row(row.place, assigned([(a.name, a.value) for a in wanted], row)))

    produce(rel.input, reads(a.value for a in wanted), place, each)


def assigned(assignments: list[tuple[str, Expr]], row: Row) -> dict[str, Cell]:
    """The cells of new columns, all of them of the row as it was before."""
    lower = Lower(row)
    cells: dict[str, Cell] = {}
    for position, (target, value) in enumerate(assignments):
        if isinstance(value, Column):
            cells[target] = row.columns[value.name]
            continue
        code = lower.value(value)
        if code.simple:
            cells[target] = Cell(code, depth=NOT_OURS)  # perhaps a value of the run, which all rows read
            continue
        local = _target(target, [v for _, v in assignments[position + 1 :]], row, cells)
        write(row.place, local, code)
        cells[target] = Cell(name(local), depth=row.place.loop)
    return cells


def write(place: Place, local: str, code: Code) -> None:
    """`local = value`; a long choice is written as if/else statements."""
    if not code.branches or len(code.text) + len(local) < 90:
        place.add(f"{local} = {code.text}")
        return
    for number, (condition, value) in enumerate(code.branches):
        last = number == len(code.branches) - 1
        if last and value.text == local:
            continue
        header = "else:" if last else f"{'elif' if number else 'if'} {condition.text}:"
        place.block.open(header).add(f"{local} = {value.text}")


def _target(target: str, later: list[Expr], row: Row, cells: dict[str, Cell]) -> str:
    """The local of a new column: the old one of the same column when nobody can miss its value, else a fresh one."""
    old = row.columns.get(target)
    if (
        old is not None
        and old.code is not None
        and old.code.simple
        and not old.code.constant
        and old.depth == row.place.loop
        and not old.derived
    ):
        named = [*((n, c) for n, c in row.columns.items() if n != target), *cells.items()]
        sharers = [n for n, c in named if c.code == old.code]
        if not sharers and target not in reads(later) and old.code.text.isidentifier():
            return old.code.text
    return row.place.function.local(target)


# mv-expand --------------------------------------------------------------------------------------------------------


def mv_expand(rel: MvExpand, needed: frozenset[str], place: Place, consume: Consume, produce: Produce) -> None:
    """A nested loop over the elements."""
    replaced = {e.column.name for e in rel.expanded} | ({rel.index} if rel.index else set())

    def each(row: Row) -> None:
        consume(expanded_row(rel, row))

    produce(rel.input, (needed - replaced) | reads(e.value for e in rel.expanded), place, each)


def expanded_row(rel: MvExpand, row: Row) -> Row:
    """The row of one element, in the loop over the elements."""
    row.place.comment(rel.span)
    lower = Lower(row)
    module, function = row.place.module, row.place.function
    locals_ = [function.local(f"{snake(e.column.name)}_item") for e in rel.expanded]
    sources = [lower.value(e.value) for e in rel.expanded]
    as_array: list[Code | str] = ["as_array=True"] if rel.bag_kind == "array" else []
    elements = module.call("expanded" if len(sources) == 1 else "expanded_together", *sources, *as_array)
    if rel.limit is not None:
        elements = module.call("first_rows", elements, lower.value(rel.limit))
    target = ", ".join(locals_)
    if rel.index:
        index = function.local(rel.index)
        target = f"{index}, {target}" if len(locals_) == 1 else f"{index}, ({target})"
        elements = call("enumerate", elements)
    inner = row.place.inside(f"for {target} in {elements.text}:", loops=1)
    columns = dict(row.columns)
    for expanded, local in zip(rel.expanded, locals_, strict=True):
        columns[expanded.column.name] = _element_cell(expanded.column, local, inner)
    if rel.index:
        columns[rel.index] = Cell(name(index), depth=inner.loop)
    return Row(inner, columns)


def _element_cell(column: ColumnDef, local: str, place: Place) -> Cell:
    if column.type is T.DYNAMIC:
        return Cell(name(local), depth=place.loop)
    return Cell(make=lambda at: at.assign(column.name, at.module.call(FROM_DYNAMIC[column.type], name(local))), depth=place.loop)
