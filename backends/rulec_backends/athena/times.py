"""Times that a table stores as text, and the bounds of a scan on them and on the partitions.

A bound on a stored time becomes a bare comparison of the text, where the field map promises that the texts sort as the times do, and one of
the partition columns: only bare columns prune.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from rulec.backend import TargetOptions
from rulec.fields import ColumnMap, Partitioning, TableMap
from rulec.ir.exprs import Call, Expr, Literal, Parameter
from rulec.scalars import MAX_DATETIME_TICKS, ScalarType
from rulec_backends.athena.datetimes import STAMP, interval, known_ticks, stamp
from rulec_backends.athena.words import RESERVED
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.trees import Tree

#: CloudTrail's folders are days of delivery: an event of the last minutes of a day may lie in the next one.
DELIVERY: Final = 36_000_000_000
_SECOND: Final = 10_000_000
_FORMATS: Final = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"))


def parsed_iso(tree: Tree) -> Tree:
    """ISO 8601 text with its zone as a timestamp in UTC; null when it is none."""
    parsed = nodes.Try(t.call("from_iso8601_timestamp_nanos", tree))
    return t.cast(t.call("at_timezone", parsed, t.text("UTC")), STAMP)


def stored_text(tree: Tree, table: TableMap, column: str) -> Tree:
    """The stored column of a time, marked with where it comes from."""
    return nodes.known(tree, nodes.Facts(stored_column=(table.table, column)))


def bound(options: TargetOptions, op: str, raw: Tree, limit: Expr) -> Tree | None:
    """`stored time op limit` with the partitions that can hold such times; None when the limit is not known before the rows are."""
    assert raw.facts.stored_column is not None
    name, column = raw.facts.stored_column
    table = options.maps[name]
    found = table.columns[column]
    moment = constant_moment(options, limit)
    if moment is None:
        return None
    lower = op in (">", ">=")
    tests: list[Tree] = []
    if table.partitioning is not None and column == table.time_column:
        tests.append(partitions(table.partitioning, moment, lower))
    tests += _compared(raw, found, op, moment)
    return t.and_(*tests)


def constant_moment(options: TargetOptions, expr: Expr) -> Tree | None:
    """A time made of literals and the run's parameters, as a timestamp."""
    match expr:
        case Literal(value=int() as ticks) if expr.type is ScalarType.DATETIME:
            return stamp(ticks)
        case Parameter():
            known = {"now": options.now, "window_start": options.start, "window_end": options.end}[expr.name]
            return stamp(known) if known is not None else nodes.Placeholder(expr.name)
        case Call(function="+" | "-", arguments=(base, Literal(value=int() as ticks))):
            moment = constant_moment(options, base)
            return _moved(moment, ticks if expr.function == "+" else -ticks) if moment is not None else None
        case _:
            return None


def _moved(moment: Tree, ticks: int) -> Tree | None:
    known = known_ticks(moment)
    if known is not None:
        return stamp(known + ticks) if 0 <= known + ticks <= MAX_DATETIME_TICKS else None
    span = interval(abs(ticks)) if ticks else None
    if span is None:
        return moment if not ticks else None
    return t.add(moment, span) if ticks > 0 else t.sub(moment, span)


def _compared(raw: Tree, found: ColumnMap, op: str, moment: Tree) -> list[Tree]:
    """On the text where it is exact, else also on the parsed time."""
    compare = {">=": t.ge, ">": t.gt, "<": t.lt, "<=": t.le}[op]
    exact = compare(parsed_iso(raw), moment)
    if not found.ordered:
        return [exact]
    ticks = known_ticks(moment)
    if ticks is None:
        text = t.call("substr", t.call("to_iso8601", moment), t.num(1), t.num(19))
        whole = _is_whole(moment)
    else:
        text, whole = t.text(_seconds(ticks)), ticks % _SECOND == 0
    # a text of the same second is longer than these 19 characters, and so greater
    if op == ">=":
        return [t.ge(raw, text)] + ([] if whole else [exact])
    if op == "<" and whole:
        return [t.lt(raw, text)]
    if op == ">":
        return [t.ge(raw, text), exact]
    following = _moved(moment, _SECOND)
    return [exact] if following is None else [t.lt(raw, _text_of(following)), exact]


def _is_whole(moment: Tree) -> bool:
    """Whether a moment of the run has no part of a second: the run's parameters have none."""
    match moment:
        case nodes.Placeholder():
            return True
        case nodes.Binary(left=base, right=nodes.Interval(amount=amount)):
            return "." not in amount and _is_whole(base)
        case _:
            return False


def extreme(options: TargetOptions, raw: Tree, aggregate: Callable[[Tree], Tree]) -> Tree | None:
    """The least or greatest of a stored time, read once: of the texts, where they sort as the times do; else None.

    Without their `Z` they do so also within a second: `12:00:00` before `12:00:00.5`."""
    assert raw.facts.stored_column is not None
    table, column = raw.facts.stored_column
    if not options.maps[table].columns[column].ordered:
        return None
    return parsed_iso(t.concat(aggregate(t.call("replace", raw, t.text("Z"), t.text(""))), t.text("Z")))


def _text_of(moment: Tree) -> Tree:
    ticks = known_ticks(moment)
    if ticks is not None:
        return t.text(_seconds(ticks))
    return t.call("substr", t.call("to_iso8601", moment), t.num(1), t.num(19))


def _seconds(ticks: int) -> str:
    """`2024-03-10T12:00:00`: the whole second that the time is in."""
    return (datetime(1, 1, 1) + timedelta(seconds=ticks // _SECOND)).isoformat()


def partitions(layout: Partitioning, moment: Tree, lower: bool) -> Tree:
    """The partitions that can hold times from the moment on, or before it."""
    compare = t.ge if lower else t.le
    edge = moment if lower else _moved(moment, DELIVERY) or moment
    if layout.layout == "date":
        return compare(_column(layout.columns[0]), _formatted(edge, layout.format))
    year, month, day = layout.columns
    joined = t.concat(_column(year), _column(month), _column(day))
    return t.and_(compare(_column(year), _formatted(edge, "yyyy")), compare(joined, _formatted(edge, "yyyyMMdd")))


def _column(label: str) -> Tree:
    return t.col(label, quoted=label in RESERVED)


def _formatted(moment: Tree, form: str) -> Tree:
    for word, directive in _FORMATS:
        form = form.replace(word, directive)
    ticks = known_ticks(moment)
    if ticks is not None:
        return t.text((datetime(1, 1, 1) + timedelta(seconds=ticks // _SECOND)).strftime(form))
    return t.call("date_format", moment, t.text(form))
