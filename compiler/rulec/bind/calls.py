"""Calls in scalar expressions: catalogue functions, window functions, aggregates where they have a place, and inlined functions."""

from __future__ import annotations

from typing import Final

from rulec import catalogue
from rulec.bind import aggregates, exprs, inline, mixed, sketches, special
from rulec.bind.coerce import coerce, constant
from rulec.bind.operators import nullable_result, overload_of, require_values
from rulec.bind.scope import Context, FunctionBinding
from rulec.bind.state import Refused, nearest
from rulec.catalogue import constant_arguments
from rulec.catalogue.signatures import Function
from rulec.ir import walk
from rulec.ir.exprs import Call, Column, Expr, Literal, Parameter, Window
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes

#: Functions that are null only if all their arguments are.
_SKIP_NULLS: Final = frozenset({"coalesce", "max_of", "min_of"})


def bind_call(node: nodes.Call, context: Context) -> Expr:
    """A call that must give a scalar. A `let` function hides a built-in one; a workspace function does not."""
    name = node.name.text
    binding = context.scope.find(name)
    if isinstance(binding, FunctionBinding):
        return inline.scalar_function(binding, node.arguments, node.span, context)
    if binding is not None and not known_function(name):
        raise context.state.refuse(node.name.span, "RC301", f"`{name}` is no function")
    if context.collected is not None:
        aggregate = catalogue.aggregate(name)
        if aggregate is not None:
            return aggregates.collect(node, aggregate, context)
    form = special.FORMS.get(name)
    if form is not None:
        return form(node, context)
    function = catalogue.lookup(name)
    if function is not None and not function.signatures:
        raise context.state.refuse(node.span, "RC307", f"`{name}` is not compiled: it {function.unsupported or 'has no meaning here'}")
    if function is not None:
        return builtin(node, function, context)
    window = catalogue.window(name)
    if window is not None:
        return _window(node, window, context)
    saved = inline.workspace_function(name, context.state)
    if saved is not None:
        return inline.scalar_function(saved, node.arguments, node.span, context)
    raise _unknown_function(node, context)


def known_function(name: str) -> bool:
    """Whether the language has a function of this name."""
    return (
        name in special.FORMS
        or catalogue.lookup(name) is not None
        or catalogue.aggregate(name) is not None
        or catalogue.window(name) is not None
    )


def _unknown_function(node: nodes.Call, context: Context) -> Refused:
    name = node.name.text
    if catalogue.aggregate(name) is not None:
        return context.state.refuse(
            node.name.span, "RC302", f"`{name}` is an aggregate", "aggregates stand in `summarize` and `make-series`"
        )
    if catalogue.plugin(name) is not None:
        return context.state.refuse(node.name.span, "RC302", f"`{name}` is a plugin", f"`| evaluate {name}(…)`")
    candidates = [*catalogue.function_names(), *context.state.environment.functions, *context.scope.names()]
    # Where aggregates have their place, one is meant.
    hint = nearest(name, catalogue.aggregate_names()) if context.collected is not None else ""
    return context.state.absent(node.name.span, "function", name, hint or nearest(name, candidates))


def builtin(node: nodes.Call, function: Function, context: Context) -> Expr:
    """A function of the catalogue, its arguments converted to what its overload wants."""
    arguments = positional(node, context)
    conversion = _typeof(node, context)
    if conversion is not None:
        arguments = arguments[:-1]
    values = tuple(exprs.bind_all(arguments, context))
    if (moment := _placeholder(function, values, context)) is not None:
        return moment
    call = apply(function, values, node, context)
    if function.name == "percentiles_array_tdigest" and values[1].type is ScalarType.DYNAMIC:
        return call  # the type is that of the array's elements, which are of it already
    return call if conversion is None else coerce_text(call, conversion)


#: What Sentinel's hunting page writes into a query before it runs it: the ends of the time range that is picked there.
_PLACEHOLDERS: Final = {"{{StartTimeISO}}": "window_start", "{{EndTimeISO}}": "window_end"}


def _placeholder(function: Function, values: tuple[Expr, ...], context: Context) -> Parameter | None:
    """`todatetime('{{StartTimeISO}}')` is the start of the run's window."""
    if function.name not in ("todatetime", "make_datetime") or len(values) != 1 or not isinstance(values[0], Literal):
        return None
    text = values[0].value
    name = _PLACEHOLDERS.get(text) if isinstance(text, str) else None
    if name is None:
        return None
    what = f"`{text}` is the {name.removeprefix('window_')} of the run's window"
    context.state.warn(values[0].span, "RC310", what, "a search of Splunk sees no rows from before its own time range")
    return Parameter(name, ScalarType.DATETIME, values[0].span)


def positional(node: nodes.Call, context: Context) -> tuple[nodes.Expr, ...]:
    """The arguments of a call by their places; a name is taken only where it can mean nothing but its place."""
    for at, argument in enumerate(node.arguments):
        if argument.name is not None and not _is_its_place(node, at):
            raise context.state.refuse(argument.name.span, "RC303", f"`{node.name.text}` has no named arguments")
    return tuple(a.value for a in node.arguments)


def _is_its_place(node: nodes.Call, at: int) -> bool:
    """Whether an argument's name can mean nothing but its place, whatever the parameter is called.

    So it is for the last argument that a function can have, `make_set(x, maxSize=9)`, and where any number of equal ones follow each
    other, `strcat(a, status=b)`. Microsoft's analyzer reads all names of built-in functions so.
    """
    function = catalogue.lookup(node.name.text) or catalogue.aggregate(node.name.text)
    signatures = function.signatures if function is not None else ()
    if signatures and all(len(s.repeat) == 1 and not s.last for s in signatures):
        return all(at >= len(s.parameters) + len(s.optional) for s in signatures)
    most = {len(s.parameters) + len(s.optional) + (999 if s.repeat or s.last else 0) for s in signatures}
    return at == len(node.arguments) - 1 and most == {at + 1}


def _typeof(node: nodes.Call, context: Context) -> ScalarType | None:
    """The type of a last argument `typeof(T)`: `extract(…, typeof(long))` is `tolong(extract(…))`."""
    last = node.arguments[-1].value if node.arguments else None
    if isinstance(last, nodes.Call) and last.name.text == "typeof":
        return special.type_argument(last, context)
    return None


def coerce_text(value: Expr, target: ScalarType) -> Expr:
    """A text converted to a type, null where it has no such form; `typeof(string)` changes nothing."""
    if target is value.type:
        return value
    if target is ScalarType.DYNAMIC:
        return Call("parse_json", (value,), target, True, value.span)
    function = special.CONVERSIONS[target]
    return Call(function, (value,), target, target is not ScalarType.STRING, value.span)


def coerce_value(value: Expr, target: ScalarType) -> Expr:
    """A value as one of the type that a function gives back; integers come out as long, decimals as real."""
    if value.type is ScalarType.DECIMAL and target is ScalarType.REAL:
        return Call("todouble", (value,), target, value.nullable, value.span)
    return coerce(value, target)


def apply(function: Function, values: tuple[Expr, ...], node: nodes.Call, context: Context) -> Expr:
    """The call of a function with bound arguments.

    Raises:
        Refused: Number or types of the arguments fit no overload, or one must be a constant and is not.
    """
    function, values = _plainer(function, values, node, context)
    resolution = resolve(function, values, node, context)
    constants = mixed.patterns_of_today(function.name, require_constants(function, values, node, context), context)
    arguments = tuple(v if p is None else coerce(v, p) for v, p in zip(constants, resolution.parameters, strict=True))
    result = resolution.result
    nullable = nullable_result(resolution.nulls, arguments, result)
    if function.name in _SKIP_NULLS:
        nullable = nullable and all(a.nullable for a in arguments)
    return Call(function.name, arguments, result, nullable, node.span)


def _plainer(function: Function, values: tuple[Expr, ...], node: nodes.Call, context: Context) -> tuple[Function, tuple[Expr, ...]]:
    """A call in plainer terms: `make_datetime` of what is no year converts, its parts are integers; `split` at -1 is without an index.

    Source: Microsoft's analyzer; published rules, whose `split(path, …, -1)[-1]` is a path's last part.
    """
    if function.name == "make_datetime" and len(values) == 1 and not values[0].type.is_numeric:
        return catalogue.lookup("todatetime") or function, values
    if function.name == "make_datetime":
        return function, (*(_whole(v) for v in values[:5]), *values[5:])
    index = constant(values[2]) if function.name == "split" and len(values) == 3 else None
    if index is None or not isinstance(index.value, int) or index.value >= 0:
        return function, values
    if index.value < -1:
        raise context.state.refuse(node.span, "RC307", f"`split` at {index.value} is not documented", "`split(…)[-2]` counts from the end")
    return function, values[:2]


def _whole(value: Expr) -> Expr:
    """A number without its fraction."""
    return value if value.type not in (ScalarType.REAL, ScalarType.DECIMAL) else Call("tolong", (value,), ScalarType.LONG, True, value.span)


def resolve(function: Function, values: tuple[Expr, ...], node: nodes.Call, context: Context) -> catalogue.Resolution:
    """The overload of a call."""
    require_values(values, context)
    context.state.sketches = context.state.sketches or function.name in sketches.FUNCTIONS
    resolution = overload_of(function, tuple(v.type for v in values))
    if isinstance(resolution, catalogue.Mismatch):
        if resolution.argument is None:
            raise context.state.refuse(node.span, "RC303", resolution.message)
        raise context.state.refuse(_argument_span(node, resolution.argument), "RC302", resolution.message)
    return resolution


def _argument_span(node: nodes.Call, index: int) -> Span:
    return node.arguments[index].span if index < len(node.arguments) else node.span


def require_constants(function: Function, values: tuple[Expr, ...], node: nodes.Call, context: Context) -> tuple[Expr, ...]:
    """The arguments, those that the function wants to be constant folded to literals.

    Raises:
        Refused: One reads the row, or says what its grammar does not allow.
    """
    folded = list(values)
    for index in sorted(function.constants):
        if index >= len(values):
            continue
        known = constant(values[index])
        if known is not None:
            folded[index] = known
        elif reads_row(values[index]):
            raise context.state.refuse(
                _argument_span(node, index), "RC302", f"argument {index + 1} of `{node.name.text}` must be a constant"
            )
    for index, value in enumerate(folded):
        problem = constant_arguments.problem(function.name, index, value.value) if isinstance(value, Literal) else None
        if problem is not None:
            raise context.state.refuse(_argument_span(node, index), "RC302", f"`{node.name.text}` {problem}")
    return tuple(folded)


def reads_row(value: Expr) -> bool:
    """Whether an expression reads a column."""
    return any(isinstance(e, Column) for e in walk.expressions(value))


def _window(node: nodes.Call, function: Function, context: Context) -> Expr:
    """A function over the ordered rows of the input."""
    if context.serialized is None:
        raise context.state.refuse(
            node.span, "RC305", f"`{node.name.text}` has no ordered rows here", "it stands in `extend`, `project`, `where` or `serialize`"
        )
    if not context.serialized:
        hint = "`| sort by …` or `| serialize` before it fixes an order"
        raise context.state.refuse(node.span, "RC305", f"`{node.name.text}` needs rows in a fixed order", hint)
    values = tuple(exprs.bind_all(positional(node, context), context))
    if function.name in ("prev", "next") and not isinstance(node.arguments[0].value, nodes.Name):
        hint = "`| extend` before it makes one"
        raise context.state.refuse(_argument_span(node, 0), "RC302", f"`{function.name}` takes a column", hint)
    resolution = resolve(function, values, node, context)
    constants = require_constants(function, values, node, context)
    arguments = tuple(v if p is None else coerce(v, p) for v, p in zip(constants, resolution.parameters, strict=True))
    special.check_window(function.name, arguments, context)
    nullable = nullable_result(resolution.nulls, arguments, resolution.result)
    return Window(function.name, arguments, resolution.result, nullable, node.span)
