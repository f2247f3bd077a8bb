"""`scan` with one step, where its state is a running total, maximum or minimum that `streamstats` keeps.

Source: Learn, scan (only `step.column` carries state; a bare declared column is its default in every row); Search Reference, streamstats.
"""

from __future__ import annotations

from dataclasses import dataclass

from rulec.ir.exprs import Call, Case, Column, Convert, Expr, Literal, StepColumn
from rulec.ir.rels import ScanOperator
from rulec.ir.walk import expressions, map_expression
from rulec_backends.splunk.aggregates import key_value
from rulec_backends.splunk.conditions import hoisted
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import Aggregation, Field, Fn, Node, Stats, Where, fn, number, op


@dataclass(frozen=True, slots=True)
class Running:
    """A state: `streamstats function(value)`, starting again before rows where `reset` is true; `start` is added or compared at the end."""

    function: str
    value: Expr
    start: Expr
    reset: Expr | None = None
    at_reset: Expr | None = None


def scan_operator(b: Builder, rel: ScanOperator) -> None:
    """Rows that match the step, with its columns."""
    defaults = {a.name: a.value for a in rel.declared}
    step = rel.steps[0]
    if len(rel.steps) != 1 or rel.match_id or step.output != "all" or b.scope or _reads_state(step.condition):
        b.ctx.refuse(rel.span, "`scan` with several steps, a match id or a condition on its own state", code="RC402")
        return
    by = tuple(b.field(key_value(b, hoisted(b, e)), "k") for e in rel.partition)
    condition = _bare(step.condition, defaults)
    if not (isinstance(condition, Literal) and condition.value is True):
        b.emit(Where(b.truth(hoisted(b, condition))))
    values: dict[str, Node] = {name: b.value(default) for name, default in defaults.items()}
    for assignment in step.assignments:
        expr = _bare(assignment.value, defaults)
        if not _reads_state(expr):
            values[assignment.name] = b.value(hoisted(b, expr))
            continue
        state = running(expr, assignment.name, defaults)
        if state is None or b.ctx.big_integers or b.ctx.nan:
            b.ctx.refuse(expr.span, "a state of `scan` that is no running total, maximum or minimum", code="RC402")
            return
        values[assignment.name] = _streamed(b, state, by)
    b.assign_all(list(values.items()))


def _reads_state(e: Expr) -> bool:
    return any(isinstance(part, StepColumn) for part in expressions(e))


def _bare(e: Expr, defaults: dict[str, Expr]) -> Expr:
    """The expression with declared columns replaced by their defaults."""
    return map_expression(e, lambda part: defaults.get(part.name, part) if isinstance(part, Column) else part)


def _plain(e: Expr) -> Expr:
    while isinstance(e, Convert):
        e = e.operand
    return e


def _is_state(e: Expr, name: str) -> bool:
    plain = _plain(e)
    return isinstance(plain, StepColumn) and plain.name == name


def _free(e: Expr) -> bool:
    return not _reads_state(e) and not e.nullable


def running(e: Expr, name: str, defaults: dict[str, Expr]) -> Running | None:
    """The state that an assignment keeps, None when it is of another form."""
    e = _plain(e)
    start = defaults[name]
    match e:
        case Call(function="+", arguments=(left, right)):
            if _is_state(left, name) and _free(right):
                return Running("sum", right, start)
            return Running("sum", left, start) if _is_state(right, name) and _free(left) else None
        case Call(function="max_of" | "min_of" as function, arguments=(left, right)):
            other = right if _is_state(left, name) else left if _is_state(right, name) else None
            return Running(function.removesuffix("_of"), other, start) if other is not None and _free(other) else None
        case Case(branches=((condition, value),), default=default):
            return _conditional(condition, value, default, name, start, defaults)
        case _:
            return None


def _conditional(condition: Expr, value: Expr, default: Expr, name: str, start: Expr, defaults: dict[str, Expr]) -> Running | None:
    """`iff(p, k, s.x + v)`: the total starts again at k; `iff(s.x == 0, v, s.x + v)` is a plain total."""
    rest = running(default, name, defaults)
    if rest is None or rest.function != "sum" or rest.reset is not None or not _zero(start):
        return None
    match condition:
        case Call(function="==", arguments=(left, right)) if _is_state(left, name) and _zero(right):
            return rest if value == rest.value else None
        case _ if _free(condition) and _free(value):
            return Running("sum", rest.value, start, condition, value)
        case _:
            return None


def _zero(e: Expr) -> bool:
    plain = _plain(e)
    return isinstance(plain, Literal) and plain.value == 0


def _streamed(b: Builder, state: Running, by: tuple[str, ...]) -> Node:
    value = b.value(hoisted(b, state.value))
    reset: Node | None = None
    if state.reset is not None and state.at_reset is not None:
        flag = b.temp(fn("if", b.truth(hoisted(b, state.reset)), number(1), number(0)), "reset")
        reset = op(flag, "=", number(1))
        value = fn("if", reset, b.value(hoisted(b, state.at_reset)), value)
    name = b.ctx.fresh("state")
    b.emit(Stats("streamstats", (Aggregation(state.function, Field(b.field(value, "v")), name),), by, (), reset))
    if state.function == "sum":
        return Field(name) if _zero(state.start) else op(Field(name), "+", b.value(state.start))
    return Fn(state.function, (Field(name), b.value(state.start)))
