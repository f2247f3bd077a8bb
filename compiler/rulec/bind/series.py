"""`make-series`."""

from __future__ import annotations

from rulec.bind import aggregates, exprs, rows, summarize
from rulec.bind.coerce import coerce, widens
from rulec.bind.columns import claim_written
from rulec.bind.naming import Names, written_name
from rulec.bind.scope import Collected, Context, Table
from rulec.bind.state import Refused
from rulec.ir.exprs import Expr, Literal
from rulec.ir.rels import Assignment, ColumnDef, MakeSeries, SeriesColumn
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec.syntax import nodes


def make_series(node: nodes.MakeSeries, table: Table, context: Context) -> Table:
    """`make-series`: keys, then an array for each aggregate, then the axis."""
    over = context.over(table)
    names = Names()
    claim_written((*node.keys, *(a.value for a in node.aggregates), node.axis), names, context)
    keys = summarize.bind_keys(node.keys, names, over)
    axis, start, stop, step = _axis(node, over)
    series: list[SeriesColumn] = []
    failed = False
    for one in node.aggregates:
        try:
            series.append(_series(one, names, over))
        except Refused:
            failed = True
    if failed:
        raise Refused
    if not node.axis.names:
        axis = Assignment(names.derived(axis.name), axis.value)
    rel = MakeSeries(table.rel, tuple(series), axis, start, stop, step, tuple(keys), node.inclusive_range, node.span)
    last = ColumnDef(axis.name, ScalarType.DYNAMIC, True)
    return Table.of(rel, (*(k.column for k in keys), *(s.column for s in series), last))


def _axis(node: nodes.MakeSeries, context: Context) -> tuple[Assignment, Expr | None, Expr | None, Expr]:
    """The axis and its ends, numbers in one type, a timespan step for a datetime."""
    value = exprs.bind(node.axis.value, context)
    kind = value.type
    name = node.axis.names[0].text if node.axis.names else written_name(node.axis.value) or "Column1"
    if not kind.is_numeric and kind not in (ScalarType.DATETIME, ScalarType.TIMESPAN):
        raise context.state.refuse(node.axis.span, "RC302", f"an axis is a number, datetime or timespan, found {kind.value}")
    alone = context.alone()
    ends = [None if e is None else exprs.bind(e, alone) for e in (node.start, node.stop)]
    step = rows.step_of(node.step, alone)
    wanted = ScalarType.TIMESPAN if kind is ScalarType.DATETIME else kind
    places = ((ends[0], kind, node.start), (ends[1], kind, node.stop), (step, wanted, node.step))
    for bound, expected, written in places:
        if bound is not None and written is not None and not widens(bound.type, expected) and bound.type is not ScalarType.DYNAMIC:
            if bound.type.is_numeric and expected.is_numeric:
                raise context.state.refuse(
                    written.span, "RC302", f"the axis is {kind.value}, found {bound.type.value}", "convert one of them"
                )
            raise context.state.refuse(written.span, "RC302", f"`make-series` expects {expected.value} here, found {bound.type.value}")
    first, last = (None if e is None else coerce(e, kind) for e in ends)
    return Assignment(name, value), first, last, coerce(step, wanted)


def _series(one: nodes.SeriesAggregate, names: Names, context: Context) -> SeriesColumn:
    function = aggregates.is_aggregate(one.value.value, context)
    inner = replace(context, collected=Collected(Names()))
    if function is None or not isinstance(one.value.value, nodes.Call):
        if isinstance(one.value.value, nodes.Call):
            exprs.bind(one.value.value, inner)  # a name that is not known says so itself
        hint = "an aggregate alone; `series_…` functions compute on the arrays afterwards"
        raise context.state.refuse(one.span, "RC307", "an expression over aggregates in `make-series` is not compiled", hint)
    bound = aggregates.bind_aggregate(one.value.value, function, inner)
    if len(bound) != 1 or len(bound[0].results) != 1:
        raise context.state.refuse(one.span, "RC302", "`make-series` takes aggregates of one column")
    result = bound[0].results[0]
    name = one.value.names[0].text if one.value.names else names.derived(result.name or "Column1")
    default: Expr = Literal(_zero(result.type), result.type, one.span)
    if one.default is not None:
        default = exprs.bind(one.default, context.alone())
        if not (widens(default.type, result.type) or (default.type.is_numeric and result.type.is_numeric)):
            message = f"the default is {default.type.value}, the aggregate {result.type.value}"
            raise context.state.refuse(one.default.span, "RC302", message)
        if widens(default.type, result.type):
            default = coerce(default, result.type)
    return SeriesColumn(ColumnDef(name, ScalarType.DYNAMIC, True), bound[0].aggregate, result.type, default)


def _zero(kind: ScalarType) -> int | float | str | None:
    """What empty bins hold unless a default is given."""
    if kind is ScalarType.REAL:
        return 0.0
    if kind is ScalarType.STRING:
        return ""
    return 0 if kind.is_integer or kind is ScalarType.TIMESPAN else None
