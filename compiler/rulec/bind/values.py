"""Expressions that may be a scalar or a table: the right side of `let`, arguments of functions, items of `in`."""

from __future__ import annotations

from collections.abc import Iterable

from rulec.bind import calls, exprs, inline, patterns, relations, sources
from rulec.bind.scope import Context, FunctionBinding, RefusedBinding, ScalarBinding, Table, TableBinding, column
from rulec.bind.state import Refused
from rulec.ir.exprs import Convert, Expr
from rulec.ir.rels import Assignment, ColumnDef, Project, Rel, Summarize, Values
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes


def bind_value(node: nodes.Expr, context: Context) -> Expr | Table:
    """A scalar or a table, whichever the expression is.

    Raises:
        Refused: It is neither.
    """
    if (case := patterns.called(node, context)) is not None:
        return inline.call_function(case, (), node.span, context)
    match node:
        case nodes.Pipeline(source, ()) if not isinstance(source, nodes.SourceOperator):
            return bind_value(source, context)
        case nodes.Call():
            return _call(node, context)
        case nodes.Name(name) if name not in context.row and isinstance(function := context.scope.find(name), FunctionBinding):
            return inline.call_function(function, (), node.span, context)
        case _ if is_tabular(node, context):
            return relations.bind_tabular(node, context)
        case _:
            return exprs.bind(node, context)


def is_tabular(node: nodes.Expr, context: Context) -> bool:
    """Whether an expression, functions aside, is a table."""
    match node:
        case nodes.Pipeline() | nodes.DataTable() | nodes.ExternalData() | nodes.ContextualDataTable():
            return True
        case nodes.Name(name) if name not in context.row:
            match context.scope.find(name):
                case TableBinding():
                    return True
                case ScalarBinding() | RefusedBinding() | FunctionBinding():
                    return False
                case None:
                    return sources.is_table_name(name, context)
            return False
        case nodes.Member(base):
            return sources.is_reference(base)
        case _:
            return False


def _call(node: nodes.Call, context: Context) -> Expr | Table:
    name = node.name.text
    binding = context.scope.find(name)
    if binding is None and name in sources.TABLE_CALLS:
        return relations.bind_table(node, context)
    if not isinstance(binding, FunctionBinding):
        if calls.known_function(name):
            return exprs.bind(node, context)
        binding = inline.workspace_function(name, context.state)
    if binding is None:
        return exprs.bind(node, context)
    return inline.call_function(binding, node.arguments, node.span, context)


def bind_each(items: Iterable[nodes.Expr], context: Context) -> list[Expr | Table]:
    """All of them, so that each one's errors are found.

    Raises:
        Refused: At least one was refused.
    """
    found: list[Expr | Table] = []
    failed = False
    for item in items:
        try:
            value = bind_value(item, context)
            found.append(relations.rows_of(value, item.span, context) if isinstance(value, Table) else value)
        except Refused:
            failed = True
    if failed:
        raise Refused
    return found


def has_one_row(rel: Rel) -> bool:
    """Whether a relation has exactly one row whatever the data."""
    match rel:
        case Summarize(keys=()):
            return True
        case Values(rows=(_,)):
            return True
        case Project(input=source):
            return has_one_row(source)
        case _:
            return False


def widened(table: Table, first: ColumnDef, target: ScalarType) -> Rel:
    """The relation with its first column, alone, as a wider number."""
    span: Span = table.rel.span
    return Project(table.rel, (Assignment(first.name, Convert(column(first, span), target, span)),), span)
