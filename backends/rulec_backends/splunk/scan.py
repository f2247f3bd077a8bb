"""Reads a table: a search that prunes at the index, then the columns under their KQL names.

A search term is only a superset of the exact `where` that follows: search compares text without case.
Source: Search Reference, search; semantics sheet sections 1 and 12.
"""

from __future__ import annotations

from rulec.fields import ColumnMap, TableMap
from rulec.ir.exprs import Call, Column, Expr, Parameter
from rulec.ir.rels import ColumnDef, Scan
from rulec.ir.walk import conjuncts
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec_backends.splunk import pruning
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import (
    NULL,
    AddInfo,
    Base,
    Equals,
    Field,
    FillNull,
    Node,
    Search,
    SearchNode,
    Text,
    any_of,
    fn,
    number,
    op,
)

_TIME = "_time"


def scan(b: Builder, rel: Scan, filters: list[Expr]) -> None:
    """The search and the columns."""
    table = b.ctx.options.maps.get(rel.table)
    if table is None and not b.ctx.options.sentinel_tables:
        hint = "give a field map with `--map FILE`, or `--map sentinel` where the table has its Sentinel name"
        b.ctx.refuse(rel.span, f"no field map for the table `{rel.table}` on Splunk", hint, "RC701")
        return
    base: SearchNode = Equals("sourcetype", (rel.table,)) if table is None else Base(_base(table))
    terms = [t for f in filters for t in pruning.terms(f, table)]
    b.emit(Search((base, *dict.fromkeys(terms))))
    if _holds_time(table):
        b.ctx.time_columns.add("TimeGenerated")
    windows = [p for f in filters for p in conjuncts(f) if _reads_window(p)]
    if any(not is_window(b, p) for p in windows) and b.ctx.options.start is None:
        b.emit(AddInfo())
    stored = [(column.name, _stored(b, column, table, rel.span)) for column in rel.columns]
    plain = tuple(name for name, value in stored if value == fn("coalesce", Field(name), Text("")))
    b.assign_all([(name, value) for name, value in stored if name not in plain])
    if plain:
        b.emit(FillNull("", plain))
    b.never_null |= {name for name, value in stored if value == Field(_TIME)}


def _holds_time(table: TableMap | None) -> bool:
    """Whether the table's time is the event's own, which the search's time range bounds."""
    if table is None:
        return True
    found = table.columns.get("TimeGenerated")
    return found is not None and found.path == (_TIME,)


def _base(table: TableMap) -> str:
    return table.base_search or table.physical


def _stored(b: Builder, column: ColumnDef, table: TableMap | None, span: Span) -> Node:
    """The KQL value of a stored field."""
    if table is None:
        source = Field(_TIME if column.name == "TimeGenerated" else column.name)
        return fn("coalesce", source, Text("")) if column.type is ScalarType.STRING else source
    found = table.columns.get(column.name)
    if found is None:
        return b.ctx.refuse(span, f"no field map for the column `{column.name}` of `{table.table}`", code="RC701")
    if found.constant is not None:
        return Text(found.constant)
    return _converted(b, _read(found), found, column)


def _read(found: ColumnMap) -> Node:
    """The field, or the part of the raw event for what no field holds whole."""
    if found.conversion == "json":
        return fn("json_extract", Field("_raw"), Text(json_path(found.path)))
    if any(k.isdigit() for k in found.path):
        return fn("json_extract", Field("_raw"), Text(json_path(found.path)))
    return Field(".".join(found.path))


def json_path(path: tuple[str, ...]) -> str:
    """A path for json_extract."""
    out = ""
    for key in path:
        out += f"{{{key}}}" if key.isdigit() else ("." if out else "") + key
    return out


def _converted(b: Builder, source: Node, found: ColumnMap, column: ColumnDef) -> Node:
    if found.empty_as is not None:
        source = fn("nullif", source, Text(found.empty_as))
    match column.type:
        case ScalarType.STRING:
            return fn("coalesce", source, Text(""))
        case ScalarType.BOOL:
            low = fn("lower", source)
            return fn("case", fn("in", low, Text("true"), Text("1")), Text("true"), fn("in", low, Text("false"), Text("0")), Text("false"))
        case ScalarType.DATETIME:
            return _time(b, source, found)
        case ScalarType.INT | ScalarType.LONG | ScalarType.REAL:
            return fn("if", fn("isnum", source), source, NULL)
        case ScalarType.DYNAMIC:
            valid = fn("json_valid", source)
            return fn("if", any_of(valid), source, NULL)
        case _:
            return source


def _time(b: Builder, source: Node, found: ColumnMap) -> Node:
    from rulec_backends.splunk.functions.conversions import datetime_of_text

    if found.conversion == "iso8601":
        return datetime_of_text(b, b.atom(source))
    if found.conversion == "epoch_ms":
        return op(source, "/", number(1000))
    return source


def _reads_window(e: Expr) -> bool:
    from rulec.ir.walk import operands

    return (isinstance(e, Parameter) and e.name != "now") or any(_reads_window(o) for o in operands(e))


def is_window(b: Builder, e: Expr) -> bool:
    """Whether a condition only says that the event is in the search's own time range, which Splunk applies by itself."""
    match e:
        case Call(function=">=" | ">" | "<" | "<=", arguments=(Column(name=name), Parameter(name="window_start" | "window_end"))):
            return b.ctx.options.start is None and name in b.ctx.time_columns
        case _:
            return False
