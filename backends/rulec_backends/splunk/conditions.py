"""What an expression needs from outside its row: `prev` and its like, `toscalar`, membership in a relation.

Each becomes a helper field, computed by commands before the one that holds the expression.
Source: Search Reference, streamstats, autoregress, reverse, join, appendcols.
"""

from __future__ import annotations

from collections.abc import Callable

from rulec.ir.exprs import Column, Expr, InRelation, Literal, ToScalar, Window
from rulec.ir.walk import operands, with_operands
from rulec.scalars import ScalarType
from rulec_backends.splunk import bounds
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import (
    NULL,
    Aggregation,
    AppendCols,
    AutoRegress,
    Field,
    Head,
    Node,
    Reverse,
    Stats,
    Table,
    Text,
    Where,
    fn,
    number,
    op,
)


def hoisted(b: Builder, e: Expr) -> Expr:
    """The expression with such parts replaced by helper columns."""
    parts = operands(e)
    if parts:
        new = tuple(hoisted(b, p) for p in parts)
        if any(a is not c for a, c in zip(parts, new, strict=True)):
            e = with_operands(e, new)
    match e:
        case Window():
            return Column(_window(b, e), e.type, e.nullable, e.span)
        case ToScalar():
            return Column(_scalar(b, e), e.type, e.nullable, e.span)
        case InRelation():
            from rulec_backends.splunk.membership import membership

            return Column(membership(b, e), ScalarType.BOOL, False, e.span)
        case _:
            return e


def _window(b: Builder, e: Window) -> str:
    row = WINDOWS.get(e.function)
    if row is None:
        b.ctx.refuse(e.span, f"`{e.function}`: SPL has no counterpart")
        return "_"
    name = row(b, e)
    b.forget()
    return name


def _constant(e: Expr) -> int | None:
    return e.value if isinstance(e, Literal) and isinstance(e.value, int) and not isinstance(e.value, bool) else None


def _shifted(forward: bool) -> Callable[[Builder, Window], str]:
    """prev and next: `autoregress` copies the value of rows before; for rows after, the order is turned twice."""

    def lower(b: Builder, e: Window) -> str:
        x = e.arguments[0]
        back = _constant(e.arguments[1]) if len(e.arguments) > 1 else 1
        if back is None or back < 1 or b.scope:
            b.ctx.refuse(e.span, f"`{e.function}` with an offset that is no positive constant")
            return "_"
        value = b.value(x)
        held = b.field(fn("coalesce", value, Text("null")) if x.nullable and x.type is not ScalarType.STRING else value, "w")
        name = b.ctx.fresh("w")
        if forward:
            b.emit(Reverse())
        b.emit(AutoRegress(held, name, back))
        if forward:
            b.emit(Reverse())
        default = b.value(e.arguments[2]) if len(e.arguments) > 2 else (Text("") if e.type is ScalarType.STRING else NULL)
        found: Node = Field(name)
        if default != NULL:
            found = fn("coalesce", found, default)
        if x.nullable and x.type is not ScalarType.STRING:
            found = fn("nullif", found, Text("null"))
        if found != Field(name):
            b.assign(name, found)
        return name

    return lower


def _restart(b: Builder, e: Window, index: int) -> Node | None:
    """The condition that starts again, as a test of a helper field."""
    if len(e.arguments) <= index:
        return None
    flag = b.temp(fn("if", b.truth(e.arguments[index]), number(1), number(0)), "restart")
    return op(flag, "=", number(1))


def _stream(b: Builder, aggregation: Aggregation, reset: Node | None = None) -> None:
    b.emit(Stats("streamstats", (aggregation,), b.scope, (), reset))


def _row_number(b: Builder, e: Window) -> str:
    name = b.ctx.fresh("w")
    start = _constant(e.arguments[0]) if e.arguments else 1
    reset = _restart(b, e, 1)
    _stream(b, Aggregation("count", None, name), reset)
    if start is None:
        b.assign(name, op(op(Field(name), "-", number(1)), "+", b.value(e.arguments[0])))
    elif start != 1:
        b.assign(name, op(Field(name), "+", number(start - 1)))
    return name


def _cumsum(b: Builder, e: Window) -> str:
    x = e.arguments[0]
    if x.type not in (ScalarType.INT, ScalarType.LONG, ScalarType.REAL, ScalarType.TIMESPAN) or b.ctx.big_integers or b.ctx.nan:
        b.ctx.refuse(e.span, f"`row_cumsum` of {x.type.value} values")
    value = b.value(x)
    held = b.field(fn("coalesce", value, number(0)) if x.nullable else value, "w")
    name = b.ctx.fresh("w")
    _stream(b, Aggregation("sum", Field(held), name), _restart(b, e, 1))
    return name


def _rank_dense(b: Builder, e: Window) -> str:
    """How many different values there were so far, of an ordered input."""
    changed, reset = _changes(b, e)
    name = b.ctx.fresh("w")
    _stream(b, Aggregation("sum", changed, name), reset)
    return name


def _rank_min(b: Builder, e: Window) -> str:
    """The place of the first row of the same value."""
    changed, reset = _changes(b, e)
    place = b.ctx.fresh("w")
    _stream(b, Aggregation("count", None, place), reset)
    held = b.temp(fn("if", op(changed, "=", number(1)), Field(place), NULL), "w")
    name = b.ctx.fresh("w")
    _stream(b, Aggregation("last", held, name), reset)
    return name


def _session(b: Builder, e: Window) -> str:
    """The first time of the row's session. What ends a session is known at its last row, from the time that comes next."""
    x, longest, gap = e.arguments[:3]
    t = b.field(b.value(x), "t")
    flag = fn("if", b.truth(e.arguments[3]), number(1), number(0)) if len(e.arguments) > 3 else number(0)
    restart = b.temp(fn("if", fn("isnotnull", Field(t)), flag, NULL), "restart")
    following, new, start = b.ctx.fresh("next"), b.ctx.fresh("restart"), b.ctx.fresh("start")
    b.emit(Reverse())
    ahead = (Aggregation("last", Field(t), following), Aggregation("last", restart, new))
    b.emit(Stats("streamstats", ahead, b.scope, (("current", "f"),)))
    b.emit(Reverse())
    late = op(op(Field(following), "-", Field(start)), ">", b.value(longest))
    apart = op(op(Field(following), "-", Field(t)), ">", b.value(gap))
    ends = op(op(op(Field(new), "=", number(1)), "OR", late), "OR", apart)
    b.emit(Stats("streamstats", (Aggregation("first", Field(t), start),), b.scope, (), None, ends))
    if x.nullable:
        b.assign(start, fn("if", fn("isnotnull", Field(t)), Field(start), NULL))
    return start


def _changes(b: Builder, e: Window) -> tuple[Field, Node | None]:
    x = e.arguments[0]
    value = b.value(x)
    marked = fn("coalesce", op(Text("="), ".", value), Text("null")) if x.nullable else op(Text("="), ".", value)
    held = b.field(marked, "w")
    before = b.ctx.fresh("w")
    b.emit(AutoRegress(held, before, 1))
    reset = _restart(b, e, 1)
    differs = op(Field(held), "!=", Field(before))
    first = fn("isnull", Field(before))
    changed = op(first, "OR", differs)
    if reset is not None:
        changed = op(changed, "OR", reset)
    return b.temp(fn("if", changed, number(1), number(0)), "w"), reset


WINDOWS = {
    "prev": _shifted(False),
    "next": _shifted(True),
    "row_number": _row_number,
    "row_cumsum": _cumsum,
    "row_rank_dense": _rank_dense,
    "row_rank_min": _rank_min,
    "row_window_session": _session,
}


def _scalar(b: Builder, e: ToScalar) -> str:
    """The first column of the first row, on every row. The mark tells the rows from one that `appendcols` adds to an empty input."""
    from rulec_backends.splunk.relations import lowered

    inner = lowered(b.ctx, e.relation)
    bounds.check(b.ctx, e.relation, e.span)
    if bounds.most_rows(e.relation) != 1:
        inner.emit(Head(1))
    name = beside(b, inner, Field(e.relation.columns[0].name))
    if e.type is ScalarType.STRING:
        b.assign(name, fn("coalesce", Field(name), Text("")))
    return name


def beside(b: Builder, inner: Builder, value: Node) -> str:
    """A field that has the first row's value of another search on every row."""
    name, mark = b.ctx.fresh("scalar_", visible=True), b.ctx.fresh("row")
    inner.assign(name, value)
    inner.emit(Table((name,)))
    b.assign(mark, number(1))
    b.emit(AppendCols(inner.pipeline()))
    b.emit(Stats("eventstats", (Aggregation("first", Field(name), name),)))
    b.emit(Where(fn("isnotnull", Field(mark))))
    return name
