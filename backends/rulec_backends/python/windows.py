"""Functions over ordered rows: `prev`, `row_number` and the like, and the `scan` operator."""

from __future__ import annotations

from dataclasses import replace

from rulec.ir.exprs import Column, Expr, Literal, StepColumn, Window
from rulec.ir.rels import Assignment, Extend, Filter, Project, Rel, ScanOperator, ScanStepDef
from rulec.scalars import ScalarType
from rulec_backends.python import filters, stages
from rulec_backends.python.code import Code, literal, name, tuple_of
from rulec_backends.python.emit import UNREAD, Cell, Consume, Function, Place, Row, missing_value
from rulec_backends.python.lower import Lower, Reading
from rulec_backends.python.names import snake
from rulec_backends.python.reads import reads, substituted, walk

T = ScalarType


def _expressions(rel: Rel) -> tuple[Expr, ...]:
    match rel:
        case Filter(predicate=predicate):
            return (predicate,)
        case Extend(assignments=assignments) | Project(assignments=assignments):
            return tuple(a.value for a in assignments)
        case _:
            return ()


def _windows(exprs: tuple[Expr, ...]) -> list[Window]:
    """The window functions whose arguments hold no other, each once."""
    found: list[Window] = []
    for expr in exprs:
        for node in walk(expr):
            if isinstance(node, Window) and node not in found:
                inner = [n for a in node.arguments for n in walk(a) if isinstance(n, Window)]
                if not inner:
                    found.append(node)
    return found


def has_windows(rel: Rel) -> bool:
    """Whether a stage's own expressions hold a window function."""
    return any(isinstance(node, Window) for expr in _expressions(rel) for node in walk(expr))


def produce_windowed(rel: Rel, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """The rows before the stage become a list; each window function becomes a list beside it; then the stage runs over both."""
    from rulec_backends.python.relations import kept, produce

    assert isinstance(rel, (Filter, Extend, Project))
    replaced = frozenset(a.name for a in rel.assignments) if isinstance(rel, Extend) else frozenset[str]()
    passed = frozenset[str]() if isinstance(rel, Project) else needed - replaced
    columns = kept(rel.input, passed | reads(_expressions(rel)))
    place.comment(rel.span)
    rows = place.function.local("rows")
    place.add(f"{rows} = []")
    first = _windows(_expressions(rel))
    arguments = _row_arguments(first)

    def each(row: Row) -> None:
        _append(rows, columns, arguments, row)

    said = place.said
    produce(rel.input, frozenset(columns) | reads(arguments), place, each)
    place.said = said
    _next_level(rel, needed, place, consume, rows, columns, first, arguments)


def _append(rows: str, columns: tuple[str, ...], arguments: list[Expr], row: Row) -> None:
    lower = Lower(row)
    cells = [*(row.read(c) for c in columns), *(lower.value(a) for a in arguments)]
    row.place.add(f"{rows}.append({tuple_of(cells).text})")


def _row_arguments(windows: list[Window]) -> list[Expr]:
    """The arguments that differ by row, each once."""
    found: list[Expr] = []
    for window in windows:
        for argument in _per_row(window):
            if not isinstance(argument, Literal) and argument not in found:
                found.append(argument)
    return found


def _per_row(window: Window) -> tuple[Expr, ...]:
    """The arguments that a window function reads from every row."""
    arguments = window.arguments
    match window.function:
        case "prev" | "next":
            return arguments[:1]
        case "row_number":
            return arguments[1:]
        case "row_window_session":
            return (arguments[0], *arguments[3:])
    return arguments


def _next_level(
    rel: Rel,
    needed: frozenset[str],
    place: Place,
    consume: Consume,
    rows: str,
    columns: tuple[str, ...],
    windows: list[Window],
    arguments: list[Expr],
) -> None:
    lists = [_window_list(w, rows, len(columns), arguments, place) for w in windows]
    names = [place.function.local(c) for c in columns]
    values = [place.function.local(w.function) for w in windows]
    target = ", ".join([*names, *("_" for _ in arguments)])
    inner = place.inside(
        f"for ({target}{',' if len(names) + len(arguments) == 1 else ''}), {', '.join(values)} in zip({rows}, {', '.join(lists)}):", loops=1
    )
    found = [(w, Column(f"__{v}", w.type, w.nullable, w.span)) for w, v in zip(windows, values, strict=True)]
    cells = {c: Cell(name(n), depth=inner.loop) for c, n in zip(columns, names, strict=True)}
    cells.update({column.name: Cell(name(v), depth=inner.loop) for (_, column), v in zip(found, values, strict=True)})
    changed = _replaced(rel, found)
    if has_windows(changed):
        new_columns = (*columns, *(c.name for _, c in found))
        following = _windows(_expressions(changed))
        more = _row_arguments(following)
        later = place.function.local("rows")
        place.block.lines.insert(len(place.block.lines) - 1, f"{later} = []")
        _append(later, new_columns, more, Row(inner, cells))
        _next_level(changed, needed, place, consume, later, new_columns, following, more)
        return
    _finish(changed, needed, Row(inner, cells), consume)


def _replaced(rel: Rel, found: list[tuple[Window, Column]]) -> Rel:
    pairs: list[tuple[Expr, Column]] = [(w, c) for w, c in found]
    match rel:
        case Filter(predicate=predicate):
            return replace(rel, predicate=substituted(predicate, pairs))
        case Extend(assignments=assignments) | Project(assignments=assignments):
            return replace(rel, assignments=tuple(Assignment(a.name, substituted(a.value, pairs)) for a in assignments))
    raise AssertionError(rel)


def _finish(rel: Rel, needed: frozenset[str], row: Row, consume: Consume) -> None:
    match rel:
        case Filter(predicate=predicate):
            consume(filters.filtered([predicate], row))
        case Extend(assignments=assignments):
            new = stages.assigned([(a.name, a.value) for a in assignments if a.name in needed], row)
            consume(Row(row.place, {**row.columns, **new}))
        case Project(assignments=assignments):
            consume(Row(row.place, stages.assigned([(a.name, a.value) for a in assignments if a.name in needed], row)))


def _window_list(window: Window, rows: str, width: int, arguments: list[Expr], place: Place) -> str:
    """The list of a window function's values, row by row."""
    module = place.module
    lower = Lower(Row(place, {}))

    def column(expr: Expr) -> str:
        if isinstance(expr, Literal):
            return f"[{lower.value(expr).text}] * len({rows})"
        return f"[row[{width + arguments.index(expr)}] for row in {rows}]"

    given = window.arguments
    none = f"[False] * len({rows})"
    match window.function:
        case "prev" | "next":
            offset = lower.value(given[1]) if len(given) > 1 else literal(1)
            default = _default(given[2], window.type, lower) if len(given) > 2 else missing_value(window.type)
            return module.call(f"{window.function}_values", column(given[0]), offset, default).text
        case "row_number":
            if given and any(isinstance(node, Column) for node in walk(given[0])):
                return module.refuse(given[0].span, "RC402", "the first number of `row_number` must be a constant").text
            start = lower.value(given[0]) if given else literal(1)
            return module.call("row_numbers", column(given[1]) if len(given) > 1 else none, start).text
        case "row_cumsum":
            plus, zero = _PLUS.get(window.type, ("add", "0"))
            restarts = column(given[1]) if len(given) > 1 else none
            if window.type is T.DECIMAL:
                module.use("Decimal")
            return module.call("running_sums", column(given[0]), restarts, zero, module.use(plus)).text
        case "row_rank_dense" | "row_rank_min":
            dense = literal(window.function == "row_rank_dense")
            return module.call("row_ranks", column(given[0]), column(given[1]) if len(given) > 1 else none, dense).text
        case "row_window_session":
            restarts = column(given[3]) if len(given) > 3 else none
            return module.call("session_starts", column(given[0]), restarts, lower.value(given[1]), lower.value(given[2])).text
    module.refuse(window.span, "RC401", f"`{window.function}` is not supported")
    return "[]"


#: What adds the terms of `row_cumsum`, and the sum of none.
_PLUS = {T.REAL: ("add_real", "0.0"), T.DECIMAL: ("add_decimal", "Decimal(0)")}


def _default(expr: Expr, type_: ScalarType, lower: Lower) -> Code:
    """The value of the rows before the first or after the last, of the column's type."""
    if type_ is T.DYNAMIC:
        return lower.json(expr)
    return lower.converted(expr, type_)


# scan ------------------------------------------------------------------------------------------------------------


def scan_operator(rel: ScanOperator, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """Each step is a condition function and an assignment function; the run-time function keeps the states."""
    from rulec_backends.python.relations import loop_over, rows_function

    module = place.module
    place.comment(rel.span)
    inputs = tuple(c.name for c in rel.input.columns)
    declared = tuple(a.name for a in rel.declared)
    source = rows_function(rel.input, inputs, "rows_to_scan", place, rel.partition)
    columns = (*inputs, *declared)
    lower = Lower(Row(place, {}))
    defaults = tuple_of([lower.value(a.value) for a in rel.declared])
    steps = []
    numbers = {s.name: n for n, s in enumerate(rel.steps)}
    for step in rel.steps:
        condition, assign = _step_functions(step, rel, columns, numbers, place)
        steps.append(tuple_of([name(condition), name(assign), literal(step.output), literal(step.optional)]))
    code = module.call("scan_rows", source, Code(str(len(inputs))), defaults, *steps)
    names = (*columns, rel.match_id or UNREAD)
    loop_over(code, names, place, consume)


def _step_functions(
    step: ScanStepDef, rel: ScanOperator, columns: tuple[str, ...], numbers: dict[str, int], place: Place
) -> tuple[str, str]:
    """`def condition(row, states)` and `def assign(row, states)`, which returns the new declared values."""
    module = place.module
    names = []
    for kind in ("matches", "row"):
        function = Function(module, module.global_name(f"{snake(step.name)}_{kind}"), ("row", "states"))
        inside = Place(function, function.body)
        cells = {c: Cell(Code(f"row[{i}]", 9, simple=True)) for i, c in enumerate(columns)}

        def state(column: StepColumn, columns: tuple[str, ...] = columns, rel: ScanOperator = rel) -> Code:
            position = columns.index(column.name)
            missing = missing_value(column.type).text
            if column.name in {a.name for a in rel.declared}:
                default = next(a.value for a in rel.declared if a.name == column.name)
                missing = literal(default.value).text if isinstance(default, Literal) else missing
            return module.call("state_cell", "states", literal(numbers[column.step]), literal(position), Code(missing))

        lower = Lower(Row(inside, cells), state)
        if kind == "matches":
            inside.add(f"return {lower.condition(step.condition, Reading.TRUE).text}")
        else:
            changed = {a.name: a.value for a in step.assignments}
            parts = [lower.value(changed[c]) if c in changed else Code(f"row[{i}]", 9) for i, c in enumerate(columns)]
            inside.add(f"return {tuple_of(parts).text}")
        function.finish()
        names.append(function.name)
    return names[0], names[1]
