"""`prev`, `next`, `row_number` and the running functions, over the level's total order (see `relations.ordinal`)."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from rulec.ir.exprs import Window
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row

_RUNNING: Final = ("UNBOUNDED PRECEDING", "CURRENT ROW")


def window(row: Row, expr: Window) -> Tree:
    lowering = WINDOWS.get(expr.function)
    if lowering is None:
        raise Refusal(f"`{expr.function}` is not supported on {row.d.title}")
    return lowering(row, expr)


def _flat(row: Row, tree: Tree) -> Tree:
    """A window function's argument: one that holds another window function is computed by an inner level."""
    return row.once(tree) if nodes.has(tree, nodes.Window) else tree


def _over(row: Row, function: Tree, partition: list[Tree] | None = None, rows: tuple[str, str] | None = None) -> Tree:
    group = list(row.level.group)
    return t.window(function, [*group, *(partition or [])], [k.ordered() for k in row.level.order], rows)


def _shift(row: Row, expr: Window) -> Tree:
    """prev/next: null, '' or the default outside."""
    function = "lag" if expr.function == "prev" else "lead"
    value = _flat(row, row.lower(expr.arguments[0]))
    offset = row.constant(expr.arguments[1], f"the offset of `{expr.function}`") if len(expr.arguments) > 1 else 1
    if not isinstance(offset, int):
        raise Refusal(f"the offset of `{expr.function}` must be an integer")
    if offset < 0:
        function, offset = {"lag": "lead", "lead": "lag"}[function], -offset
    parts = [value, t.num(offset)]
    if len(expr.arguments) > 2:
        parts.append(row.lower(expr.arguments[2]))
    elif expr.arguments[0].type is ScalarType.STRING:
        parts.append(t.text(""))
    return _over(row, t.call(function, *parts))


def _island(row: Row, restart: Tree) -> Tree:
    """The number of restarts so far: a hidden column that an inner level computes."""
    flag = _flat(row, t.when(restart, t.num(1), t.num(0)))
    return row.once(_over(row, t.call("sum", flag), rows=_RUNNING))


def _row_number(row: Row, expr: Window) -> Tree:
    partition = [_island(row, row.predicate(expr.arguments[1]))] if len(expr.arguments) > 1 else []
    number = _over(row, t.call("row_number"), partition)
    start = row.constant(expr.arguments[0], "the start of `row_number`") if expr.arguments else 1
    if not isinstance(start, int):
        raise Refusal("the start of `row_number` must be an integer")
    return t.add(number, t.num(start - 1)) if start != 1 else number


def _row_cumsum(row: Row, expr: Window) -> Tree:
    value = _flat(row, row.lower(expr.arguments[0]))
    kind = expr.arguments[0].type
    partition = [_island(row, row.predicate(expr.arguments[1]))] if len(expr.arguments) > 1 else []
    total = _over(row, t.call("sum", value), partition, _RUNNING)
    if kind is ScalarType.REAL:
        return t.coalesce(total, t.cast(t.num(0), "DOUBLE"))
    return t.coalesce(row.d.wrapped(total), t.num(0))


def _row_rank(row: Row, expr: Window) -> Tree:
    """Ranks of runs of equal values: dense counts the runs, min takes the first row's number."""
    value = row.once(row.lower(expr.arguments[0]))
    partition = [_island(row, row.predicate(expr.arguments[1]))] if len(expr.arguments) > 1 else []
    before = row.once(_over(row, t.call("lag", value), list(partition)))
    number = row.once(_over(row, t.call("row_number"), list(partition)))
    changed = t.or_(t.eq(number, t.num(1)), t.distinct(value, before))
    parts = list(partition)
    if expr.function == "row_rank_dense":
        return t.cast(_over(row, t.call("sum", t.when(changed, t.num(1), t.num(0))), parts, _RUNNING), "BIGINT")
    return _over(row, t.call("max", t.when(changed, number)), parts, _RUNNING)


def _session(row: Row, expr: Window) -> Tree:
    """The start of the row's session. Restarts and gaps part the rows, a fold over the times so far finds the starts in a part.

    Rows without a time are passed over: they are a partition of their own."""
    time, longest, gap, *restart = expr.arguments
    ticks = row.once(_flat(row, row.d.dates.to_ticks(row.lower(time))))
    absent = t.is_null(ticks)
    before = row.once(_over(row, t.call("lag", ticks), [absent]))
    apart = t.gt(t.sub(ticks, before), row.lower(gap))
    flag = _flat(row, t.when(t.or_(apart, *(row.predicate(e) for e in restart)), t.num(1), t.num(0)))
    part = row.once(_over(row, t.call("sum", row.once(flag)), [absent], _RUNNING))
    times = row.once(_over(row, row.d.list_aggregate(ticks), [absent, part], _RUNNING))
    limit = row.once(row.lower(longest))

    def started(start: Tree, x: Tree) -> Tree:
        return t.when(t.or_(t.is_null(start), t.gt(t.sub(x, start), limit)), x, start)

    nothing = row.d.literal(None, ScalarType.LONG)
    return row.d.dates.from_exact_ticks(row.d.list_fold(row, times, nothing, started))


WINDOWS: Final[MappingProxyType[str, Callable[[Row, Window], Tree]]] = MappingProxyType(
    {
        "prev": _shift,
        "next": _shift,
        "row_number": _row_number,
        "row_cumsum": _row_cumsum,
        "row_rank_dense": _row_rank,
        "row_rank_min": _row_rank,
        "row_window_session": _session,
    }
)
