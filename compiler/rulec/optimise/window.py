"""The rule's window: Sentinel runs a scheduled query over the last `queryPeriod`, every table limited by its own TimeGenerated."""

from __future__ import annotations

from typing import Final

from rulec.ir.exprs import Call, Column, Parameter
from rulec.ir.rebuild import map_relations
from rulec.ir.rels import ColumnDef, Filter, Query, Rel, Scan
from rulec.ir.walk import all_expressions
from rulec.scalars import ScalarType

TIME_COLUMN: Final = "TimeGenerated"


def limit_to_window(query: Query) -> Query:
    """The query with `window_start <= TimeGenerated < window_end` above every scan.

    A table without the column is left as it is: Sentinel has nothing to limit it by either.
    Source: Learn, "Scheduled analytics rules in Microsoft Sentinel" (query scheduling and lookback).
    """
    return Query(map_relations(query.relation, _limited), query.ordered)


def names_window(query: Query) -> bool:
    """Whether the query itself says where the window begins or ends, as a hunting query does that looks back from there."""
    return any(isinstance(e, Parameter) and e.name.startswith("window_") for e in all_expressions(query.relation))


def _limited(rel: Rel) -> Rel:
    if not isinstance(rel, Scan):
        return rel
    time = next((c for c in rel.columns if c.name == TIME_COLUMN and c.type is ScalarType.DATETIME), None)
    return rel if time is None else Filter(rel, _within(time, rel), rel.span)


def _within(time: ColumnDef, scan: Scan) -> Call:
    """`TimeGenerated >= start and TimeGenerated < end`."""
    span = scan.span
    column = Column(time.name, time.type, time.nullable, span)
    bounds = ((">=", "window_start"), ("<", "window_end"))
    parts = tuple(Call(op, (column, Parameter(name, time.type, span)), ScalarType.BOOL, time.nullable, span) for op, name in bounds)
    return Call("and", parts, ScalarType.BOOL, time.nullable, span)
