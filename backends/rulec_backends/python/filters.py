"""`where`: conjuncts as `if …: continue`, the cheapest first, each column fetched only when its turn comes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from rulec.ir.exprs import Call, Column, Expr, Literal, Parameter, Window
from rulec.ir.rels import Assignment, Extend, Filter, Rel
from rulec.ir.walk import conjuncts
from rulec.scalars import ScalarType
from rulec_backends.python.code import FALSE, NOT, Block, Code, all_of, any_of, comment_lines, compare, is_none, literal, name
from rulec_backends.python.emit import Cell, Consume, Place, Produce, Row
from rulec_backends.python.lower import HALF_OPEN, Lower, Reading, is_run_constant
from rulec_backends.python.reads import reads, walk
from rulec_backends.python.runtime import moments

T = ScalarType
#: An `extend` and those of its columns that somebody reads.
Late: TypeAlias = "tuple[Extend, list[Assignment]]"

_COSTLY = {"parse_json": 20, "matches regex": 12, "extract": 12, "extract_all": 20, "split": 6, "replace_regex": 15, "parse_url": 20}
_MODERATE = frozenset({"has", "has_cs", "has_any", "has_all", "contains", "=~", "in~", "startswith", "endswith", "hasprefix", "hassuffix"})
_PLAIN = re.compile(r"[A-Za-z_/.:@*$ ][^\x00]*\Z")


def filter_rows(rel: Filter, needed: frozenset[str], place: Place, consume: Consume, produce: Produce) -> None:
    """Filters that follow each other are one; columns of an `extend` below them are computed when a conjunct needs them,
    the others only for the rows that are left."""
    filters = [rel]
    while isinstance(filters[-1].input, Filter) and not has_window(filters[-1].input.predicate):
        filters.append(filters[-1].input)
    filters.reverse()
    predicates = [f.predicate for f in filters]
    plan, needed, source = late_plan(filters[0].input, needed | reads(predicates))
    said = [f for f in filters if not is_rule_window(f.predicate)]

    def each(row: Row) -> None:
        late: list[Cell] = []
        for extend, wanted in plan:
            row = late_row(extend, wanted, row, late)
        row = filtered(predicates, row, said, late)
        for cell in late:
            cell.read(row.place)
        consume(row)

    produce(source, needed, place, each)


def late_plan(rel: Rel, needed: frozenset[str]) -> tuple[list[Late], frozenset[str], Rel]:
    """The `extend` stages directly below, first one first, what they need of the rows, and the relation below them."""
    plan: list[Late] = []
    while isinstance(rel, Extend) and not any(has_window(a.value) for a in rel.assignments):
        wanted = [a for a in rel.assignments if a.name in needed]
        plan.insert(0, (rel, wanted))
        needed = (needed - {a.name for a in rel.assignments}) | reads(a.value for a in wanted)
        rel = rel.input
    return plan, needed, rel


def late_row(extend: Extend, wanted: list[Assignment], row: Row, late: list[Cell]) -> Row:
    """The row with the stage's columns, none of them computed yet; always in fresh locals, for older ones may still be read."""
    replaced = {a.name for a in extend.assignments}
    columns = {n: c for n, c in row.columns.items() if n not in replaced}
    for one in wanted:
        if isinstance(one.value, Column):
            columns[one.name] = row.columns[one.value.name]
        else:
            columns[one.name] = _late_cell(extend, one, row)
            late.append(columns[one.name])
    return Row(row.place, columns)


def _late_cell(extend: Extend, one: Assignment, row: Row) -> Cell:
    from rulec_backends.python.stages import write

    def make(at: Place) -> Code:
        code = Lower(Row(at, row.columns)).value(one.value)
        if code.simple:
            return code
        local = at.function.local(one.name)
        at.block.comment(extend.span.text if len(extend.assignments) == 1 else f"{one.name} = {one.value.span.text}")
        write(at, local, code)
        return name(local)

    return Cell(make=make, depth=row.place.loop)


def has_window(expr: Expr) -> bool:
    """Whether an expression looks at other rows."""
    return any(isinstance(node, Window) for node in walk(expr))


def is_rule_window(expr: Expr) -> bool:
    """Whether a predicate is the rule's own time window, which no KQL text says."""
    return any(isinstance(node, Parameter) and node.name.startswith("window_") for node in walk(expr))


def filtered(predicates: Sequence[Expr], row: Row, said: Sequence[Filter] = (), late: Sequence[Cell] = ()) -> Row:
    """The row where all predicates are true. The KQL text stands above the first test, below what is computed for it."""
    place = row.place
    parts = sorted(ranges([c for p in predicates for c in conjuncts(p)]), key=lambda c: _cost(c, row))
    lines, comment_at = place.block.lines, len(place.block.lines)
    if not place.loop:
        condition = all_of([Lower(row).condition(p, Reading.TRUE) for p in parts])
        _say(said, place, len(lines))
        return Row(place.skip_unless(condition, condition), row.columns)
    pending: list[Code] = []
    tested = False
    for part in parts:
        before, computed = len(lines), sum(c.code is not None for c in late)
        code = _raw_test(part, row) or Lower(row).condition(part, Reading.UNTRUE)
        if len(lines) > before and pending:
            lines.insert(before, _skip(pending))
            pending, tested = [], True
        elif not tested and computed < sum(c.code is not None for c in late):
            comment_at = len(lines)
        pending.append(code)
    if pending and any_of(pending) != FALSE:
        lines.append(_skip(pending))
    _say(said, place, comment_at)
    return row


def _say(said: Sequence[Filter], place: Place, at: int) -> None:
    """Puts the texts of the stages as comments at a line."""
    comments = [f"# {line}" for one in said if one.span.end > one.span.start for line in comment_lines(one.span.text)]
    place.block.lines[at:at] = list(dict.fromkeys(comments))
    if said:
        place.said = said[-1].span


def _cost(expr: Expr, row: Row) -> int:
    cost = 0
    for node in walk(expr):
        match node:
            case Column(name=column, type=type_):
                cell = row.columns.get(column)
                fresh = cell is not None and cell.code is None
                late = fresh and cell is not None and cell.raw is None and cell.moment is None
                cost += (12 if late else 8 if type_ in (T.DATETIME, T.DYNAMIC) else 2) if fresh else 0
            case Call(function=function):
                cost += _COSTLY.get(function, 4 if function.lstrip("!") in _MODERATE else 1)
            case _:
                cost += 0
    return cost


def ranges(parts: list[Expr]) -> list[Expr]:
    """The conjuncts, `x >= a and x < b` as one test."""
    found: list[Expr] = []
    for part in parts:
        before = found[-1] if found else None
        if _bound(part, ("<",)) and before is not None and _bound(before, (">=",)):
            assert isinstance(part, Call) and isinstance(before, Call)
            if part.arguments[0] == before.arguments[0]:
                found[-1] = Call(HALF_OPEN, (*before.arguments, part.arguments[1]), T.BOOL, before.nullable, part.span)
                continue
        found.append(part)
    return found


def _bound(part: Expr, operators: tuple[str, ...]) -> bool:
    if not isinstance(part, Call) or part.function not in operators:
        return False
    column, limit = part.arguments
    return (
        isinstance(column, Column)
        and column.type in (T.DATETIME, T.LONG, T.INT, T.TIMESPAN)
        and not limit.nullable
        and limit.type is column.type
    )


def _skip(untrue: list[Code]) -> Block:
    return Block(f"if {any_of(untrue).text}:", ["continue"])


#: The contraries of the comparisons with a moment.
_CONTRARY = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _stamp_test(part: Call, row: Row) -> Code | None:
    """A datetime column of the input against moments that are the same for all rows, both as text; the contrary of the test."""
    column, *limits = part.arguments
    if not isinstance(column, Column) or not row.columns[column.name].stampable:
        return None
    if any(e.nullable or not (isinstance(e, (Literal, Parameter)) or (isinstance(e, Call) and is_run_constant(e))) for e in limits):
        return None
    bounds = [stamp_bound(limit, row.place) for limit in limits]
    stamp = row.columns[column.name].read_stamp(column.name, row.place)
    if part.function == HALF_OPEN:
        return any_of([is_none(stamp), Code(f"not {bounds[0].text} <= {stamp.text} < {bounds[1].text}", NOT)])
    return any_of([is_none(stamp), compare(_CONTRARY[part.function], stamp, bounds[0])])


def stamp_bound(limit: Expr, place: Place) -> Code:
    """A moment as the text that stamps are compared with: a literal, or a local made before the loops."""
    ticks = Lower(Row(place, {})).value(limit)
    if isinstance(limit, Literal):
        assert isinstance(limit.value, int)
        return literal(moments.stamp_bound(limit.value))
    return place.function.once(f"{ticks.text}_text", place.module.call("stamp_bound", ticks))


def _raw_test(part: Expr, row: Row) -> Code | None:
    """`Column == "text"` or `in` a few texts, on the cell as it is in the input: no other value of the input has such a text."""
    if isinstance(part, Call) and part.function in (HALF_OPEN, *_CONTRARY) and part.arguments[0].type is T.DATETIME:
        return _stamp_test(part, row)
    if not isinstance(part, Call) or part.function not in ("==", "in", "isempty", "isnotempty"):
        return None
    column, *items = part.arguments
    if not isinstance(column, Column) or column.type is not T.STRING:
        return None
    cell = row.columns[column.name]
    if not items:
        return _raw_empty(part, cell)
    texts = [i.value for i in items if isinstance(i, Literal) and isinstance(i.value, str) and _plain(i.value)]
    if cell.code is not None or cell.raw is None or len(texts) != len(items) or not 1 <= len(texts) <= 4:
        return None
    if len(texts) == 1:
        cell.code = literal(texts[0])
        return compare("!=", cell.raw, literal(texts[0]))
    items_code = Code(f"({', '.join(literal(t).text for t in texts)})")
    return compare("not in", cell.raw, items_code)


def _raw_empty(part: Call, cell: Cell) -> Code | None:
    """`isempty(Column)` on the cell as it is: only a missing cell and an empty text are empty."""
    if cell.code is not None or cell.raw is None:
        return None
    if part.function == "isempty":
        cell.code = literal("")
        return compare("not in", cell.raw, Code('(None, "")'))
    return compare("in", cell.raw, Code('(None, "")'))


def _plain(text: str) -> bool:
    """Whether no number, bool or JSON value of the input is printed like the text."""
    return bool(_PLAIN.match(text)) and text.lower() not in ("true", "false", "null", "nan", "inf", "infinity", "none")
