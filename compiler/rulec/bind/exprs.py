"""Scalar expressions: names, paths, operators. Calls are in `calls`."""

from __future__ import annotations

from typing import assert_never

from rulec.bind import calls, graph_elements, inline, lists, members, operators, search
from rulec.bind.coerce import negated
from rulec.bind.scope import Context, FunctionBinding, RefusedBinding, ScalarBinding, TableBinding, column, definition
from rulec.bind.state import Refused, nearest
from rulec.ir.exprs import Call, Expr, Literal
from rulec.ir.rels import ColumnDef
from rulec.scalars import ScalarType
from rulec.syntax import nodes


def bind(node: nodes.Expr, context: Context) -> Expr:
    """The typed form of a scalar expression.

    Raises:
        Refused: The expression has no meaning here; the reason is among the diagnostics.
    """
    if context.state.calls:
        context.state.inlined.add_parts(1, node.span)
    match node:
        case nodes.Literal():
            return Literal(node.value, node.type, node.span)
        case nodes.Name():
            return bind_name(node, context)
        case nodes.Binary():
            return _binary(node, context)
        case nodes.Call():
            return calls.bind_call(node, context)
        case nodes.Member() | nodes.Element():
            return members.bind_path(node, context)
        case nodes.Unary():
            return _unary(node, context)
        case nodes.Between():
            return _between(node, context)
        case nodes.ListTest():
            return lists.bind_list_test(node, context)
        case nodes.Pipeline(source, ()) if not isinstance(source, nodes.SourceOperator):
            return bind(source, context)
        case nodes.Star():
            raise context.state.refuse(
                node.span, "RC302", "`*` has no value here", "`*` stands left of a text operator or in `arg_max(x, *)`"
            )
        case nodes.Foreign(what):
            raise context.state.refuse(node.span, "RC307", f"`{what}` is not compiled")
        case nodes.Pipeline() | nodes.DataTable() | nodes.ExternalData() | nodes.ContextualDataTable():
            raise context.state.refuse(
                node.span, "RC302", "a scalar is expected here, found a table", "`toscalar(…)` takes one value from a table"
            )
        case _:
            assert_never(node)


def predicate(node: nodes.Expr, context: Context) -> Expr:
    """A condition, which is bool and nothing that would need a conversion.

    Source: Microsoft's analyzer.
    """
    value = bind(node, context)
    if value.type is ScalarType.BOOL:
        return value
    hint = "a comparison makes a bool, as `x != 0`"
    if value.type is ScalarType.DYNAMIC:
        hint = "`tobool(…)` converts a dynamic value"
    raise context.state.refuse(node.span, "RC302", f"a condition must be bool, found {value.type.value}", hint)


def bind_name(node: nodes.Name, context: Context) -> Expr:
    """A column, or a scalar `let`. A column hides a `let` of the same name."""
    if node.is_pattern:
        raise context.state.refuse(node.span, "RC302", "a name with `*` has no value here")
    found = context.row.get(node.text)
    if found is not None:
        return read_column(found, node, context)
    if context.elements is not None and context.elements.has(node.text):
        return graph_elements.whole(node.text, node.span, context)
    match context.scope.find(node.text):
        case ScalarBinding(value):
            return value
        case TableBinding():
            raise context.state.refuse(node.span, "RC302", f"`{node.text}` is a table, a scalar is expected here")
        case RefusedBinding():
            raise Refused
        case FunctionBinding() as function:
            return inline.scalar_function(function, (), node.span, context)
        case None:
            return unknown_name(node, context)
        case unreachable:
            assert_never(unreachable)


def read_column(found: ColumnDef, node: nodes.Name, context: Context) -> Expr:
    """A reference to a column of the row; refused outside of an aggregate in `summarize`, and if the column was refused."""
    if context.collected is not None:
        raise context.state.refuse(
            node.span,
            "RC302",
            f"`{node.text}` stands outside of an aggregate",
            "group by it, or put it into an aggregate such as `take_any`",
        )
    if found.name in context.state.poisoned:
        raise Refused
    return column(found, node.span)


def unknown_name(node: nodes.Name, context: Context) -> Expr:
    """A name that is no known column: of an open relation it is a column of type dynamic, else an error."""
    if node.text in context.state.poisoned:
        raise Refused
    if context.open is not None and context.collected is None:
        kind = context.state.ask(context.open, node.text)
        if kind is not None:
            return column(definition(node.text, kind, True), node.span)
        if not context.open:
            hint = "`project` before the join names the columns of each side"
            raise context.state.refuse(node.span, "RC301", f"which side of the join has a column `{node.text}` depends on the data", hint)
    if context.state.environment.table(node.text) is not None:
        message = f"`{node.text}` is a table, the row has no column of this name"
        raise context.state.refuse(node.span, "RC301", message, nearest(node.text, context.row))
    hint = nearest(node.text, [*context.row, *context.scope.names()])
    raise context.state.refuse(node.span, "RC301", f"no column or `let` is named `{node.text}`", hint)


def _binary(node: nodes.Binary, context: Context) -> Expr:
    """A chain of binary operators, bound from its left end: a long chain nests deep to the left."""
    chain: list[nodes.Binary] = []
    first: nodes.Expr = node
    while isinstance(first, nodes.Binary):
        chain.append(first)
        first = first.left
    failed = False
    left: Expr | None = None
    star = isinstance(first, nodes.Star)
    try:
        left = None if star else bind(first, context)
    except Refused:
        failed = True
    for link in reversed(chain):
        try:
            if star:
                left, star = search.any_column(link, context), False
                continue
            right = bind(link.right, context)
            left = _link(link, left, right, context) if left is not None else None
        except Refused:
            failed, left, star = True, None, False
    if failed or left is None:
        raise Refused
    return left


def _link(link: nodes.Binary, left: Expr, right: Expr, context: Context) -> Expr:
    match link.op:
        case "and" | "or":
            return operators.logical(link, left, right, context)
        case "==" | "!=" | "=~" | "!~":
            return operators.comparison(link, left, right, context)
        case _:
            return operators.operator_call(link.op, (left, right), link.op_span, link.span, context)


def _unary(node: nodes.Unary, context: Context) -> Expr:
    operand = bind(node.operand, context)
    if isinstance(operand, Literal) and node.op == "-":
        folded = negated(operand, node.span)
        if folded is not None:
            return folded
    result = operators.operator_call("neg", (operand,), node.span, node.span, context)
    if operand.type is ScalarType.INT and not calls.reads_row(operand):
        result = Call("toint", (result,), ScalarType.INT, result.nullable, node.span)  # Microsoft's analyzer: only a constant stays an int
    return operand if node.op == "+" else result


def _between(node: nodes.Between, context: Context) -> Expr:
    """`x between (low .. high)`; after a datetime `low`, a timespan `high` is a distance from it."""
    operand, low, high = bind_all((node.operand, node.low, node.high), context)
    if low.type is ScalarType.DATETIME and high.type is ScalarType.TIMESPAN:
        high = Call("+", (low, high), ScalarType.DATETIME, True, node.high.span)
    if ScalarType.DYNAMIC in (operand.type, low.type, high.type):
        return _between_dynamic(node, operand, low, high, context)
    return operators.operator_call(node.op, (operand, low, high), node.span, node.span, context)


def _between_dynamic(node: nodes.Between, operand: Expr, low: Expr, high: Expr, context: Context) -> Expr:
    """Of a number and dynamic values, the two comparisons that `between` stands for."""
    above = operators.operator_call(">=", (operand, low), node.low.span, node.span, context)
    below = operators.operator_call("<=", (operand, high), node.high.span, node.span, context)
    inside = Call("and", (above, below), ScalarType.BOOL, above.nullable or below.nullable, node.span)
    return inside if node.op == "between" else Call("not", (inside,), ScalarType.BOOL, inside.nullable, node.span)


def bind_all(parts: tuple[nodes.Expr, ...], context: Context) -> list[Expr]:
    """All parts, so that each one's errors are found.

    Raises:
        Refused: At least one of them was refused.
    """
    values: list[Expr] = []
    failed = False
    for part in parts:
        try:
            values.append(bind(part, context))
        except Refused:
            failed = True
    if failed:
        raise Refused
    return values
