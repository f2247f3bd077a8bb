"""Calls of `let` and workspace functions: their bodies are bound in place, with the arguments for the parameters."""

from __future__ import annotations

from itertools import islice
from typing import Final, NamedTuple

from rulec.bind import exprs, lets, relations
from rulec.bind.coerce import FROM_DYNAMIC, coerce, widens
from rulec.bind.environment import Environment
from rulec.bind.mixed import read_text
from rulec.bind.operators import overload
from rulec.bind.scope import EMPTY_SCOPE, Binding, Context, FunctionBinding, ScalarBinding, Table, TableBinding
from rulec.bind.state import Place, Refused, State, nearest
from rulec.catalogue import Mismatch
from rulec.ir import walk
from rulec.ir.exprs import Call, Column, Expr, InRelation, Literal, ToScalar
from rulec.scalars import ScalarType
from rulec.source import LineAnchor, Source, Span
from rulec.syntax import nodes, parser


def workspace_function(name: str, state: State) -> FunctionBinding | None:
    """A function that the environment holds, parsed at its first use.

    A function that names itself in its body means the table behind it, so it is not found there.
    """
    saved = state.environment.functions.get(name)
    if saved is None or name in state.calls:
        return None
    if name not in state.parsed:
        result = parsed(saved.body)
        state.diagnostics.extend(result.diagnostics)
        if result.program is None:
            state.parsed[name] = None
        else:
            function = nodes.Function(_parameters(saved.parameters, state), result.program, result.program.span)
            state.parsed[name] = FunctionBinding(function, EMPTY_SCOPE, name, workspace=True)
    found = state.parsed[name]
    if found is None:
        raise Refused
    return found


#: Functions inside functions; a deep one costs stack.
_MAX_CALLS: Final = 32
_MAX_SIZE: Final = 50_000
_PARSED: dict[tuple[str, str, tuple[LineAnchor, ...]], parser.ParseResult] = {}


def parsed(source: Source) -> parser.ParseResult:
    """A saved function's tree, parsed once for all the rules that call it."""
    key = (source.path, source.text, source.anchors[:1])
    if key not in _PARSED:
        _PARSED[key] = parser.parse(source)
    return _PARSED[key]


def _parameters(text: str, state: State) -> tuple[nodes.Parameter, ...]:
    """The parameters of a workspace function, which are stored apart from its body."""
    if not text.strip():
        return ()
    result = parsed(Source.of_text(f"let f = ({text}) {{ 0 }}; print 0", "<function parameters>"))
    state.diagnostics.extend(result.diagnostics)
    first = result.program.statements[0] if result.program else None
    if isinstance(first, nodes.Let) and isinstance(first.value, nodes.Function):
        return first.value.parameters
    raise Refused


def scalar_function(binding: FunctionBinding, arguments: tuple[nodes.Argument, ...], span: Span, context: Context) -> Expr:
    """A call that must give a scalar."""
    result = call_function(binding, arguments, span, context)
    if isinstance(result, Table):
        raise context.state.refuse(
            span, "RC302", f"`{binding.name}` gives a table, a scalar is expected here", "`toscalar(…)` takes one value"
        )
    return result


def call_function(
    binding: FunctionBinding, arguments: tuple[nodes.Argument, ...], span: Span, context: Context, piped: Table | None = None
) -> Expr | Table:
    """The body of a function with the arguments in it; `piped` is the first argument of `invoke`."""
    state = context.state
    marker = f"{binding.name}@{id(binding.function)}" if not binding.workspace else binding.name
    if marker in state.calls:
        raise state.refuse(span, "RC306", f"`{binding.name}` calls itself")
    if len(state.calls) >= _MAX_CALLS:
        raise state.refuse(span, "RC309", f"functions call each other deeper than {_MAX_CALLS} levels")
    state.inlined.add_call(binding.function.body.span, span)
    if binding.workspace and not binding.function.parameters and not arguments and piped is None and not state.calls:
        return _bound_once(binding, span, state)
    given = _bindings(binding, arguments, span, context, piped)
    scope = binding.scope
    for name, value in given.items():
        scope = scope.define(name, value)
    state.calls.append(marker)
    try:
        result = lets.bind_program(binding.function.body, scope, state)
    finally:
        state.calls.pop()
    _forbid_row_values(binding, given, result, span, context)
    if not isinstance(result, Table):
        check_size(result, span, state)
    return result


class _Bound(NamedTuple):
    """What came of a workspace function's body: the environment (kept, since its id is in the key), the result, the state after."""

    environment: Environment
    result: Expr | Table
    state: State


_BOUND: dict[tuple[int, str, Source, tuple[tuple[Place, tuple[str, ...]], ...]], _Bound] = {}
_MOST_BOUND: Final = 256


def _bound_once(binding: FunctionBinding, span: Span, state: State) -> Expr | Table:
    """A workspace function without parameters, bound once for all rules that call it with the same columns known."""
    source = binding.function.body.span.source
    known = tuple(sorted((here, names) for here, names in state.known.items() if here[0] != span.source.path))
    key = (id(state.environment), binding.name, source, known)
    found = _BOUND.get(key)
    if found is None:
        inner = state.fresh(binding.name)
        keys = inner.new_key()
        try:
            result = lets.bind_program(binding.function.body, binding.scope, inner)
            if not isinstance(result, Table):
                check_size(result, span, inner)
        finally:
            state.merge(inner)
        if inner.new_key() == keys + 1:  # no key of this query is in the result
            _BOUND[key] = _Bound(state.environment, result, inner)
        if len(_BOUND) > _MOST_BOUND:
            _BOUND.clear()
        return result
    state.merge(found.state)
    return found.result


def check_size(value: Expr, span: Span, state: State) -> None:
    """Refuses what grew beyond all use by inlining: a `let` that names another one twice doubles it."""
    parts = sum(1 for _ in islice(walk.expressions(value), _MAX_SIZE + 1))
    state.inlined.add_walk(parts, span)
    if parts > _MAX_SIZE:
        raise state.refuse(span, "RC309", f"with all names replaced the expression has more than {_MAX_SIZE} parts")


def _bindings(
    binding: FunctionBinding, arguments: tuple[nodes.Argument, ...], span: Span, context: Context, piped: Table | None
) -> dict[str, Binding]:
    """A binding for every parameter: by position, by name, or its default."""
    parameters = binding.function.parameters
    written = _matched(binding, arguments, span, context, skip=1 if piped is not None else 0)
    found: dict[str, Binding] = {}
    failed = False
    for at, parameter in enumerate(parameters):
        try:
            if at == 0 and piped is not None:
                found[parameter.name.text] = _tabular(parameter, piped, span, context.state)
            else:
                found[parameter.name.text] = _argument(binding, parameter, written.get(parameter.name.text), span, context)
        except Refused:
            failed = True
    if failed:
        raise Refused
    return found


def _matched(
    binding: FunctionBinding, arguments: tuple[nodes.Argument, ...], span: Span, context: Context, skip: int
) -> dict[str, nodes.Argument]:
    """The arguments by parameter name."""
    parameters = binding.function.parameters[skip:]
    names = [p.name.text for p in parameters]
    written: dict[str, nodes.Argument] = {}
    for at, argument in enumerate(arguments):
        if argument.name is None and at >= len(names):
            raise context.state.refuse(span, "RC303", f"`{binding.name}` takes {_count(len(names))}, found {len(arguments)}")
        name = names[at] if argument.name is None else argument.name.text
        if name not in names:
            raise context.state.refuse(argument.span, "RC303", f"`{binding.name}` has no parameter `{name}`", nearest(name, names))
        if name in written:
            raise context.state.refuse(argument.span, "RC303", f"parameter `{name}` of `{binding.name}` is given twice")
        written[name] = argument
    return written


def _count(number: int) -> str:
    return "no arguments" if number == 0 else f"{number} argument{'s' if number > 1 else ''}"


def _argument(
    binding: FunctionBinding, parameter: nodes.Parameter, argument: nodes.Argument | None, span: Span, context: Context
) -> Binding:
    name = parameter.name.text
    if argument is None:
        if parameter.default is None:
            raise context.state.refuse(span, "RC303", f"parameter `{name}` of `{binding.name}` is not given")
        return ScalarBinding(
            _scalar(parameter, exprs.bind(parameter.default, Context(context.state, binding.scope)), binding, context.state)
        )
    if parameter.is_tabular:
        return _tabular(parameter, relations.bind_table(argument.value, context.alone()), argument.span, context.state)
    value = exprs.bind(argument.value, context)
    check_size(value, argument.span, context.state)
    return ScalarBinding(_scalar(parameter, value, binding, context.state))


def _scalar(parameter: nodes.Parameter, value: Expr, binding: FunctionBinding, state: State) -> Expr:
    """The value as the parameter's type: numbers widen, dynamic values convert to and from it."""
    wanted = parameter.type
    assert wanted is not None
    found = _narrowed(value) if wanted is ScalarType.INT else coerce(value, wanted)
    if found.type is wanted and (widens(found.type, wanted) or ScalarType.DYNAMIC in (value.type, wanted)):
        return found
    message = f"parameter `{parameter.name.text}` of `{binding.name}` is {wanted.value}, found {value.type.value}"
    converter = FROM_DYNAMIC.get(wanted)
    if converter is None or isinstance(overload(converter, (value.type,)), Mismatch):
        raise state.refuse(value.span, "RC302", message)
    state.warn(value.span, "RC502", f"{message}: it is converted", f"`{converter}(…)` says the same")
    read = read_text(value.value, wanted, value.span) if isinstance(value, Literal) and isinstance(value.value, str) else None
    return read if read is not None and read.type is wanted else Call(converter, (value,), wanted, True, value.span)


def _narrowed(value: Expr) -> Expr:
    """A plain integer literal, which is a long, where an int is wanted."""
    if isinstance(value, Literal) and value.type is ScalarType.LONG and isinstance(value.value, int) and -(2**31) <= value.value < 2**31:
        return Literal(value.value, ScalarType.INT, value.span)
    return coerce(value, ScalarType.INT)


def _tabular(parameter: nodes.Parameter, table: Table, span: Span, state: State) -> Binding:
    """A table that has the columns that the parameter declares."""
    if not parameter.is_tabular:
        raise state.refuse(span, "RC302", f"parameter `{parameter.name.text}` is a scalar, found a table")
    for declared in parameter.columns:
        found = table.index.get(declared.name.text)
        if found is None and table.open is None:
            raise state.refuse(span, "RC301", f"the table has no column `{declared.name.text}`, which `{parameter.name.text}` declares")
        if found is not None and declared.type is not None and found.type is not declared.type:
            message = f"column `{found.name}` is {found.type.value}, `{parameter.name.text}` declares {declared.type.value}"
            raise state.refuse(span, "RC302", message)
    return TableBinding(table)


def _forbid_row_values(binding: FunctionBinding, given: dict[str, Binding], result: Expr | Table, span: Span, context: Context) -> None:
    """An argument that reads the caller's row must not end up inside a table of the function's body, where that row is unknown."""
    columns = {id(e) for b in given.values() if isinstance(b, ScalarBinding) for e in walk.expressions(b.value) if isinstance(e, Column)}
    if not columns:
        return
    inside = (
        [result.rel]
        if isinstance(result, Table)
        else [e.relation for e in walk.expressions(result) if isinstance(e, InRelation | ToScalar)]
    )
    for rel in inside:
        if any(id(e) in columns for e in walk.all_expressions(rel)):
            hint = "an argument that a table inside the function reads must be a constant"
            raise context.state.refuse(span, "RC302", f"`{binding.name}` reads a table, which cannot depend on the calling row", hint)
