"""Statements: `let`, `declare query_parameters`, and the expression that is the result."""

from __future__ import annotations

from typing import assert_never

from rulec.bind import exprs, graphs, inline, patterns, relations, special, values
from rulec.bind.coerce import coerce
from rulec.bind.graph_model import Graph
from rulec.bind.scope import Binding, Context, FunctionBinding, RefusedBinding, ScalarBinding, Scope, Table, TableBinding
from rulec.bind.state import Refused, State
from rulec.ir.exprs import Expr, Literal
from rulec.ir.rels import Shared
from rulec.records import replace
from rulec.syntax import nodes


def bind_program(program: nodes.Program, scope: Scope, state: State) -> Expr | Table:
    """The value of a text: a query's or a function body's.

    Raises:
        Refused: The result could not be bound.
    """
    last = next((s for s in reversed(program.statements) if isinstance(s, nodes.ExpressionStatement)), None)
    own: set[str] = set()
    result: Expr | Table | None = None
    failed = False
    for statement in program.statements:
        if isinstance(statement, nodes.ExpressionStatement):
            if statement is last:
                try:
                    result = values.bind_value(statement.value, Context(state, scope))
                except Refused:
                    failed = True
            else:
                scope = _graph_tables(statement.value, scope, state)
            continue
        scope = _define(statement, scope, own, state)
    if failed:
        raise Refused
    if result is None:
        raise state.refuse(program.span, "RC301", "the text has no query, only definitions", "a query follows the last `;`")
    return result


def _define(statement: nodes.Statement, scope: Scope, own: set[str], state: State) -> Scope:
    """The scope after a statement that is no expression."""
    match statement:
        case nodes.Let(name):
            if name.text in own:
                state.refuse(name.span, "RC304", f"`{name.text}` is defined twice", "a second name for the second value")
            own.add(name.text)
            return scope.define(name.text, _let(statement, scope, state))
        case nodes.QueryParameters(parameters):
            for parameter in parameters:
                scope = scope.define(parameter.name.text, _query_parameter(parameter, scope, state))
            return scope
        case nodes.SetOption(option, value):
            if value is None or option not in special.READ_OPTIONS:
                return scope
            return scope.define(special.option_name(option), _option(value, scope, state))
        case nodes.DeclarePattern():
            return patterns.declare(statement, scope, state)
        case nodes.Restrict():
            state.refuse(statement.span, "RC307", "`restrict access` is not compiled")
            return scope
        case nodes.Alias(name):
            state.refuse(statement.span, "RC307", "`alias database` is not compiled")
            return scope.define(name.text, RefusedBinding())
        case nodes.ExpressionStatement():
            return scope
        case _:
            assert_never(statement)


def _graph_tables(node: nodes.Expr, scope: Scope, state: State) -> Scope:
    """The scope after `… | graph-to-table nodes as N, edges as E;`, which defines tables for what follows."""
    last = node.operators[-1] if isinstance(node, nodes.Pipeline) and node.operators else None
    if not isinstance(node, nodes.Pipeline) or not isinstance(last, nodes.GraphToTable):
        return scope
    context = Context(state, scope)
    try:
        graph = relations.bind_pipeline(replace(node, operators=node.operators[:-1]), context)
        tables = graphs.named_tables(last, graph, context)
    except Refused:
        tables = {output.name.text: None for output in last.outputs if output.name is not None}
    for name, table in tables.items():
        scope = scope.define(name, RefusedBinding() if table is None else TableBinding(shared(table, name, False, node, state)))
    return scope


def _let(statement: nodes.Let, scope: Scope, state: State) -> Binding:
    name, value = statement.name.text, statement.value
    if isinstance(value, nodes.Function):
        return FunctionBinding(value, scope, name)
    context = Context(state, scope)
    try:
        once = materialized(value)
        bound = relations.bind_table(once, context) if once is not None else values.bind_value(value, context)
        if not isinstance(bound, Table):
            inline.check_size(bound, value.span, state)
    except Refused:
        return RefusedBinding()
    if isinstance(bound, Graph):
        return TableBinding(bound)
    if isinstance(bound, Table):
        return TableBinding(shared(bound, name, once is not None, value, state))
    return ScalarBinding(bound)


def _option(value: nodes.Expr, scope: Scope, state: State) -> Binding:
    """The value of a `set`."""
    try:
        return ScalarBinding(exprs.bind(value, Context(state, scope)))
    except Refused:
        return RefusedBinding()


def materialized(node: nodes.Expr) -> nodes.Expr | None:
    """What `materialize(…)` holds."""
    if isinstance(node, nodes.Pipeline) and not node.operators and not isinstance(node.source, nodes.SourceOperator):
        return materialized(node.source)
    if isinstance(node, nodes.Call) and node.name.text == "materialize" and len(node.arguments) == 1:
        return node.arguments[0].value
    return None


def shared(table: Table, name: str, once: bool, node: nodes.Expr, state: State) -> Table:
    """The table under a name: every use is the same relation. `withsource` does not call it by the name of its `let` (recorded)."""
    rel = Shared(state.new_key(), name, table.rel, once, node.span)
    return table.same(rel)


def _query_parameter(parameter: nodes.Parameter, scope: Scope, state: State) -> Binding:
    """The value from the environment, or the default."""
    name = parameter.name.text
    if parameter.type is None:
        state.refuse(parameter.span, "RC302", f"query parameter `{name}` must be a scalar")
        return RefusedBinding()
    if name in state.environment.parameters:
        return ScalarBinding(Literal(state.environment.parameters[name], parameter.type, parameter.span))
    if parameter.default is None:
        state.refuse(
            parameter.span, "RC301", f"query parameter `{name}` has no value", "a default in the declaration, or a value from the caller"
        )
        return RefusedBinding()
    try:
        return ScalarBinding(coerce(exprs.bind(parameter.default, Context(state, scope)), parameter.type))
    except Refused:
        return RefusedBinding()
