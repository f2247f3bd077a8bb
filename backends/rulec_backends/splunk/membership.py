"""`in`, `has_any` and `has_all` over a table's first column.

The table is a subsearch: its distinct values are joined to the rows, its terms stand in one pattern beside them. Of a column of dynamic
values an array stands for its elements, any other value for itself.
Source: Learn, "in operator", has_any; Search Reference, join, appendcols, mvexpand.
"""

from __future__ import annotations

from rulec.ir.exprs import Expr, InRelation
from rulec.ir.rels import ColumnDef
from rulec.scalars import ScalarType
from rulec_backends.splunk import bounds, dynamics
from rulec_backends.splunk.conditions import beside
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import (
    NULL,
    Aggregation,
    Dedup,
    Field,
    Join,
    MvExpand,
    Node,
    Stats,
    Table,
    Text,
    Where,
    fn,
    joined,
    number,
    op,
)

_NULL = Text("null")
#: Between terms, which have it nowhere.
_MARK = Text("\x01")


def membership(b: Builder, e: InRelation) -> str:
    """A field that says whether the test holds."""
    from rulec_backends.splunk.relations import lowered

    test = e.op.removeprefix("!")
    textual = test != "in"
    if textual and e.operand.type is not ScalarType.STRING:
        b.ctx.refuse(e.span, f"`{e.op}` of a {e.operand.type.value} with a table")
        return "_"
    dynamic = e.relation.columns[0].type is ScalarType.DYNAMIC
    bounds.check(b.ctx, e.relation, e.span, dynamic)
    inner = lowered(b.ctx, e.relation)
    inner.forget()
    if dynamic:
        _one_by_one(inner, e.relation.columns[0].name)
    hit = _listed(b, inner, e) if test in ("has_any", "has_all") else _joined(b, inner, e)
    b.forget()
    return hit


def _one_by_one(inner: Builder, name: str) -> None:
    """A row for each value: an array's elements, of an empty array none."""
    j = Field(name)
    items = inner.temp(fn("if", dynamics.is_array(j), dynamics.elements(inner, j), fn("coalesce", j, _NULL)), "item")
    inner.emit(Where(fn("isnotnull", items)))
    inner.emit(MvExpand(items.name))
    inner.assign(name, items)


def _key(inner: Builder, column: ColumnDef, operand: Expr, fold: bool) -> Node:
    """The table's value as the operand is carried; rows whose value no operand equals go."""
    value = Field(column.name)
    if column.type is not ScalarType.DYNAMIC:
        if operand.type is ScalarType.DYNAMIC:
            return fn(
                "coalesce", dynamics.json_of_node(inner, Field(column.name), column.type, column.type is not ScalarType.STRING), _NULL
            )
        if not column.nullable or column.type is ScalarType.STRING:
            return value
        return fn("coalesce", value, _NULL)
    if fold:
        return fn("if", op(value, "=", _NULL), Text(""), dynamics.text_of(inner, value))
    if operand.type in (ScalarType.STRING, ScalarType.GUID):
        inner.emit(Where(dynamics.is_string(value)))
        return dynamics.text_of(inner, value)
    return fn("replace", value, Text(r"^(-?\d+)\.0+\z"), Text(r"\1"))


def _wanted(b: Builder, e: InRelation) -> Node:
    operand = e.operand
    dynamic = e.relation.columns[0].type is ScalarType.DYNAMIC
    if dynamic and operand.type in (ScalarType.DATETIME, ScalarType.TIMESPAN):
        value: Node = dynamics.json_of(b, operand)
    elif dynamic and operand.type is ScalarType.DYNAMIC:
        value = fn("replace", b.value(operand), Text(r"^(-?\d+)\.0+\z"), Text(r"\1"))
    else:
        value = b.value(operand)
    return fn("coalesce", value, _NULL) if operand.nullable and operand.type is not ScalarType.STRING else value


def _joined(b: Builder, inner: Builder, e: InRelation) -> str:
    """A left join with the table's distinct values."""
    fold, negative = e.op.endswith("~"), e.op.startswith("!")
    column = e.relation.columns[0]
    key, hit = b.ctx.fresh("key"), b.ctx.fresh("hit")
    if column.nullable and column.type not in (ScalarType.STRING, ScalarType.DYNAMIC) and not negative:
        inner.emit(Where(fn("isnotnull", Field(column.name))))
    source, wanted = _key(inner, column, e.operand, fold), _wanted(b, e)
    inner.assign(key, fn("lower", source) if fold else source)
    inner.assign(hit, number(1))
    inner.emit(Dedup((key,)))
    inner.emit(Table((key, hit)))
    b.assign(key, fn("lower", wanted) if fold else wanted)
    b.emit(Join("left", 1, (key,), inner.pipeline()))
    found, missing = (Text("false"), Text("true")) if negative else (Text("true"), Text("false"))
    b.assign(hit, fn("if", fn("isnull", Field(hit)), missing, found))
    return hit


def _listed(b: Builder, inner: Builder, e: InRelation) -> str:
    """Whether the text has one of the table's terms, or all of them."""
    from rulec_backends.splunk.functions.text_tests import ANY_LEFT, ANY_RIGHT, escaped

    column = e.relation.columns[0]
    every = e.op == "has_all"
    value: Node = Field(column.name)
    if column.type is ScalarType.DYNAMIC:
        value = dynamics.text_of(inner, value)
        if every:  # what is no string stands in no text
            value = fn("if", dynamics.is_string(Field(column.name)), value, _MARK)
        else:
            inner.emit(Where(dynamics.is_string(Field(column.name))))
    elif column.type is not ScalarType.STRING:
        b.ctx.refuse(e.span, f"`{e.op}` with a table whose first column is {column.type.value}")
        return "_"
    terms, hit = b.ctx.fresh("terms"), b.ctx.fresh("hit")
    inner.emit(Stats("stats", (Aggregation("values", inner.temp(escaped(value), "term"), terms),)))
    x = b.value(e.operand)
    if every:
        one = b.temp(fn("split", Field(beside(b, inner, fn("mvjoin", Field(terms), _MARK))), _MARK), "term")
        missing = fn("if", fn("match", x, joined(Text(f"(?i){ANY_LEFT}"), one, Text(ANY_RIGHT))), NULL, number(1))
        holds: Node = fn("isnull", fn("mvmap", one, missing))
    else:
        name = beside(b, inner, fn("mvjoin", Field(terms), Text("|")))
        holds = fn("match", x, joined(Text(f"(?i){ANY_LEFT}(?:"), Field(name), Text(f"){ANY_RIGHT}")))
    b.assign(hit, fn("if", holds, Text("true"), Text("false")))
    return hit
