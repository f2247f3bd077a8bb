"""`in`, `has_any` and the like: tests of a value against a list or a table."""

from __future__ import annotations

from typing import Final, cast

from rulec.bind import exprs, mixed, values
from rulec.bind.coerce import coerce, constant, wider
from rulec.bind.scope import Context, Table, column
from rulec.bind.state import Refused
from rulec.ir.exprs import Call, Expr, InRelation, Json, Literal
from rulec.ir.rels import Assignment, ColumnDef, ExpandedColumn, MvExpand, Project, Rel
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes

#: Tests of text; the others compare with `==`.
_TEXT: Final = frozenset({"in~", "!in~", "has_any", "has_all"})
_TERMS: Final = frozenset({"has_any", "has_all"})


def bind_list_test(node: nodes.ListTest, context: Context) -> Expr:
    """`x in (a, b)`, `x in (array)`, `x in (table)`; a table is read in its first column."""
    operand: Expr | None = None
    try:
        operand = exprs.bind(node.operand, context)
    except Refused:
        values.bind_each(node.items, context)
        raise
    if node.op in _TEXT:
        operand = _as_text(operand, node, context)
    items = values.bind_each(node.items, context)
    if len(items) == 1 and isinstance(items[0], Table):
        return _in_table(node, operand, items[0], context)
    scalars: list[Expr] = []
    for item, written in zip(items, node.items, strict=True):
        if isinstance(item, Table):
            raise context.state.refuse(written.span, "RC302", f"`{node.op}` takes one table alone, not among other items")
        scalars.append(item)
    return _in_list(node, operand, scalars, context)


def _as_text(operand: Expr, node: nodes.ListTest, context: Context) -> Expr:
    operand = mixed.as_text(operand, node.op, context)
    if operand.type is ScalarType.DYNAMIC:
        return coerce(operand, ScalarType.STRING)
    if operand.type is not ScalarType.STRING:
        raise context.state.refuse(
            node.operand.span, "RC302", f"`{node.op}` expects string, found {operand.type.value}", "`tostring(…)` converts"
        )
    return operand


def _in_table(node: nodes.ListTest, operand: Expr, table: Table, context: Context) -> Expr:
    if not table.columns:
        raise context.state.refuse(node.items[0].span, "RC302", "the table has no column")
    first = table.columns[0]
    common = first.type if first.type is ScalarType.DYNAMIC else common_type(operand.type, first.type)
    if common is None or (node.op in _TERMS and first.type not in (ScalarType.STRING, ScalarType.DYNAMIC)):
        raise _incomparable(node, node.items[0].span, operand.type, first.type, context)
    if operand.type is ScalarType.DYNAMIC and first.type is ScalarType.STRING:
        return _dynamic_in_texts(node, operand, _first_column(table, first, first.type))
    if operand.type is not ScalarType.DYNAMIC and common is not ScalarType.DYNAMIC:
        operand = coerce(operand, common)
    return InRelation(node.op, operand, _first_column(table, first, common), operand.nullable and first.nullable, node.span)


def _dynamic_in_texts(node: nodes.ListTest, operand: Expr, texts: Rel) -> Expr:
    """A dynamic value against texts: only one that is a text is among them."""
    kind = Call("gettype", (operand,), ScalarType.STRING, False, node.span)
    word = Literal("string", ScalarType.STRING, node.span)
    found = InRelation(node.op, coerce(operand, ScalarType.STRING), texts, False, node.span)
    if node.op.startswith("!"):
        other = Call("!=", (kind, word), ScalarType.BOOL, False, node.span)
        return Call("or", (other, found), ScalarType.BOOL, False, node.span)
    return Call("and", (Call("==", (kind, word), ScalarType.BOOL, False, node.span), found), ScalarType.BOOL, False, node.span)


def _first_column(table: Table, first: ColumnDef, common: ScalarType) -> Rel:
    """The relation, its first column widened to the type of the comparison; an array in it stands for its elements.

    Source: Learn, "in operator": nested arrays are flattened into a single list of values.
    """
    if first.type is ScalarType.DYNAMIC:
        value = column(first, table.rel.span)
        rows = Project(table.rel, (Assignment(first.name, value),), table.rel.span)
        return MvExpand(rows, (ExpandedColumn(first, value),), None, "bag", None, table.rel.span)
    if first.type is common or common is ScalarType.DYNAMIC:
        return table.rel
    return values.widened(table, first, common)


def _in_list(node: nodes.ListTest, operand: Expr, items: list[Expr], context: Context) -> Expr:
    flat = _flattened(items, node, context)
    flat = [mixed.constant_as(i, operand, context) if isinstance(i, Literal) and i.type is not operand.type else i for i in flat]
    if len(flat) == 1 and flat[0].type is ScalarType.DYNAMIC:
        only = flat[0]
        nullable = operand.nullable
        return Call(node.op, (operand, only), ScalarType.BOOL, nullable, node.span)
    common: ScalarType | None = operand.type
    for item in flat:
        joined = common_type(common, item.type) if common is not None else None
        if joined is None or (node.op in _TEXT and item.type not in (ScalarType.STRING, ScalarType.DYNAMIC)):
            raise _incomparable(node, item.span, operand.type, item.type, context)
        common = joined
    if common is not ScalarType.DYNAMIC:
        operand = coerce(operand, common) if common is not None and operand.type is not ScalarType.DYNAMIC else operand
        flat = [coerce(i, common) if common is not None else i for i in flat]
    nullable = operand.nullable and any(i.nullable for i in flat)
    return Call(node.op, (operand, *flat), ScalarType.BOOL, nullable, node.span)


def _flattened(items: list[Expr], node: nodes.ListTest, context: Context) -> list[Expr]:
    """The items, constant arrays among several ones replaced by their elements.

    Raises:
        Refused: A dynamic value that may be an array stands among others.
    """
    only = constant(items[0]) if len(items) == 1 else None
    if len(items) == 1 and (only is None or only.type is not ScalarType.DYNAMIC or isinstance(only.value, list)):
        return items
    flat: list[Expr] = []
    for item in items:
        known = constant(item)
        if item.type is not ScalarType.DYNAMIC:
            flat.append(item)
        elif known is None:
            hint = "`tostring(…)` or the like makes a scalar of it"
            raise context.state.refuse(item.span, "RC302", f"`{node.op}` takes a dynamic value alone, not among other items", hint)
        else:
            elements: list[Json] = known.value if isinstance(known.value, list) else [cast("Json", known.value)]
            flat.extend(_element(e, item.span, node, context) for e in elements)
    return flat


def _element(value: Json, span: Span, node: nodes.ListTest, context: Context) -> Expr:
    match value:
        case bool():
            return Literal(value, ScalarType.BOOL, span)
        case int():
            return Literal(value, ScalarType.LONG, span)
        case float():
            return Literal(value, ScalarType.REAL, span)
        case str():
            return Literal(value, ScalarType.STRING, span)
        case _:
            raise context.state.refuse(span, "RC302", f"`{node.op}` compares with scalars, the array holds others")


def common_type(left: ScalarType, right: ScalarType) -> ScalarType | None:
    """The type in which two values are compared for equality; dynamic on either side gives the other side's type."""
    if left is ScalarType.DYNAMIC:
        return right
    if right is ScalarType.DYNAMIC:
        return left
    return wider(left, right)


def _incomparable(node: nodes.ListTest, span: Span, left: ScalarType, right: ScalarType, context: Context) -> Refused:
    return context.state.refuse(span, "RC302", f"`{node.op}` cannot compare {left.value} with {right.value}", "convert one side")
