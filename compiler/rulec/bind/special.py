"""Functions that are more than a catalogue row: they choose a branch, read the environment, or are settled at compile time."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final, TypeAlias

from rulec import catalogue
from rulec.bind import calls, exprs, relations, values
from rulec.bind.coerce import FROM_DYNAMIC, coerce, constant
from rulec.bind.graph_functions import GRAPH_FORMS
from rulec.bind.naming import written_name
from rulec.bind.scope import Context, ScalarBinding, Table, column
from rulec.ir.exprs import Call, Case, Convert, Expr, Literal, Parameter, ToScalar
from rulec.ir.rels import ColumnDef, Values
from rulec.ir.walk import expressions
from rulec.records import replace
from rulec.scalars import TYPE_NAMES, ScalarType
from rulec.syntax import nodes

Form: TypeAlias = Callable[[nodes.Call, Context], Expr]

CONVERSIONS: Final = FROM_DYNAMIC


def type_argument(node: nodes.Call, context: Context) -> ScalarType:
    """The type inside `typeof(…)`."""
    only = node.arguments[0].value if len(node.arguments) == 1 else None
    kind = TYPE_NAMES.get(only.text) if isinstance(only, nodes.Name) else None
    if kind is None:
        raise context.state.refuse(node.span, "RC302", "`typeof(…)` takes the name of one scalar type here")
    return kind


def _typeof(node: nodes.Call, context: Context) -> Expr:
    raise context.state.refuse(node.span, "RC302", "`typeof(…)` has no value here", "it names a type, as in `extract(…, typeof(long))`")


def _case(node: nodes.Call, context: Context) -> Expr:
    """`case(c, v, …, else)` and `iff(c, v, else)`: the branches have one type."""
    name = node.name.text
    arguments = calls.positional(node, context)
    count = len(arguments)
    if count % 2 == 0 or count < 3 or (name != "case" and count != 3):
        wanted = "3 arguments" if name != "case" else "condition and value pairs and one last value"
        raise context.state.refuse(node.span, "RC303", f"`{name}` expects {wanted}, found {count} argument{'s' if count != 1 else ''}")
    bound = exprs.bind_all(arguments, context)
    conditions, results = [*bound[:-1:2]], [*bound[1:-1:2], bound[-1]]
    for at, condition in enumerate(conditions):
        if condition.type is not ScalarType.BOOL:
            raise context.state.refuse(
                arguments[2 * at].span, "RC302", f"a condition of `{name}` must be bool, found {condition.type.value}"
            )
    results = _one_type(name, results, node, context)
    nullable = any(r.nullable for r in results)
    return Case(tuple(zip(conditions, results[:-1], strict=True)), results[-1], results[0].type, nullable, node.span)


def _one_type(name: str, results: list[Expr], node: nodes.Call, context: Context) -> list[Expr]:
    """Branches brought to one type: the same, int and long, or a dynamic value beside another type.

    Source: recorded refusals of a long beside a real.
    """
    function = catalogue.lookup("case")
    assert function is not None
    always = ScalarType.BOOL
    types: list[ScalarType] = [t for r in results[:-1] for t in (always, r.type)] + [results[-1].type]
    resolution = catalogue.resolve(function, tuple(types))
    if isinstance(resolution, catalogue.Mismatch):
        kinds = ", ".join(dict.fromkeys(r.type.value for r in results))
        raise context.state.refuse(node.span, "RC302", f"the values of `{name}` have different types: {kinds}", "convert them to one type")
    wanted = [*resolution.parameters[1:-1:2], resolution.parameters[-1]]
    return [r if w is None else coerce(r, w) for r, w in zip(results, wanted, strict=True)]


def _now(node: nodes.Call, context: Context) -> Expr:
    """`now()` is one moment for the whole query; `now(d)` is so much later."""
    arguments = calls.positional(node, context)
    now = Parameter("now", ScalarType.DATETIME, node.span)
    if not arguments:
        return now
    return _shifted("+", now, arguments, node, context)


def _ago(node: nodes.Call, context: Context) -> Expr:
    arguments = calls.positional(node, context)
    return _shifted("-", Parameter("now", ScalarType.DATETIME, node.span), arguments, node, context)


def _shifted(op: str, now: Expr, arguments: tuple[nodes.Expr, ...], node: nodes.Call, context: Context) -> Expr:
    if len(arguments) != 1:
        raise context.state.refuse(node.span, "RC303", f"`{node.name.text}` expects 1 argument, found {len(arguments)}")
    offset = exprs.bind(arguments[0], context)
    if offset.type is not ScalarType.TIMESPAN:
        raise context.state.refuse(arguments[0].span, "RC302", f"`{node.name.text}` expects timespan, found {offset.type.value}")
    return Call(op, (now, offset), ScalarType.DATETIME, offset.nullable, node.span)


#: Options of `set` that decide a value.
READ_OPTIONS: Final = ("query_bin_auto_size", "query_bin_auto_at")


def option_name(option: str) -> str:
    """The name under which a scope keeps an option; no `let` has it."""
    return f"set {option}"


def _bin_auto(node: nodes.Call, context: Context) -> Expr:
    """`bin_at` with the size and the start that `set` gives, `bin` without a start; the function itself without a size."""
    size, start = (context.scope.find(option_name(option)) for option in READ_OPTIONS)
    name = "bin_auto" if not isinstance(size, ScalarBinding) else "bin_at" if isinstance(start, ScalarBinding) else "bin"
    function = catalogue.lookup(name)
    assert function is not None
    options = tuple(b.value for b in (size, start) if isinstance(b, ScalarBinding)) if name != "bin_auto" else ()
    values = (*exprs.bind_all(calls.positional(node, context), context), *options)
    return calls.apply(function, values, node, context)


def _ingestion_time(node: nodes.Call, context: Context) -> Expr:
    """The time of arrival: the column that Log Analytics keeps of it where the row has it, else the function itself.

    Source: Learn, "Standard columns in Azure Monitor Logs" (`_TimeReceived`).
    """
    found = context.row.get("_TimeReceived")
    if found is None or node.arguments:
        function = catalogue.lookup("ingestion_time")
        assert function is not None
        return calls.builtin(node, function, context)
    message = "`ingestion_time()` is read from `_TimeReceived`, the arrival in Azure Monitor: a little earlier than the ingestion"
    context.state.warn(node.span, "RC506", message)
    return column(found, node.span)


def _toscalar(node: nodes.Call, context: Context) -> Expr:
    """The first column of a table's first row; a scalar inside is itself."""
    if len(node.arguments) != 1:
        raise context.state.refuse(node.span, "RC303", f"`toscalar` expects 1 argument, found {len(node.arguments)}")
    inner = values.bind_value(node.arguments[0].value, context.alone())
    if not isinstance(inner, Table):
        return inner if all(map(_is_deterministic, expressions(inner))) else _computed_once(inner)
    inner = relations.rows_of(inner, node.span, context)
    if not inner.columns:
        raise context.state.refuse(node.span, "RC302", "the table of `toscalar` has no known column")
    first = inner.columns[0]
    nullable = first.type is not ScalarType.STRING and (first.nullable or not values.has_one_row(inner.rel))
    return ToScalar(inner.rel, first.type, nullable, node.span)


def _is_deterministic(value: Expr) -> bool:
    return not isinstance(value, Call) or catalogue.is_deterministic(value.function)


def _computed_once(value: Expr) -> Expr:
    """`toscalar(rand())`: one value for all rows.

    Source: Learn, "toscalar()".
    """
    row = Values((ColumnDef("value", value.type, value.nullable),), ((value,),), value.span)
    return ToScalar(row, value.type, value.nullable, value.span)


def _column_ifexists(node: nodes.Call, context: Context) -> Expr:
    """The column if the input has it, else the other value; settled here.

    Source: Learn, "column_ifexists()".
    """
    arguments = calls.positional(node, context)
    if len(arguments) != 2:
        raise context.state.refuse(node.span, "RC303", f"`{node.name.text}` expects 2 arguments, found {len(arguments)}")
    name = constant(exprs.bind(arguments[0], context.alone() if not isinstance(arguments[0], nodes.Name) else context))
    if name is None or not isinstance(name.value, str):
        raise context.state.refuse(arguments[0].span, "RC302", f"the column name of `{node.name.text}` must be a constant string")
    found = context.row.get(name.value)
    if found is not None and not context.state.is_asked(context.open, name.value):
        if isinstance(arguments[1], nodes.Literal) and arguments[1].type is not found.type:
            context.state.doubtful.add(name.value)
        return exprs.read_column(found, nodes.Name(name.value, node.span), context)
    otherwise = exprs.bind(arguments[1], context)
    if not context.state.may_have(context.open, name.value):
        return otherwise
    return _perhaps_column(exprs.bind_name(nodes.Name(name.value, node.span), context), name.value, otherwise, node, context)


def _perhaps_column(found: Expr, name: str, otherwise: Expr, node: nodes.Call, context: Context) -> Expr:
    """A column that only the data know of: where it is missing its cells are null, or '' for strings.

    That is the answer if the other value is null or '' too. Any other value stands in for empty cells, which is the answer
    unless some rows have the column and others do not.
    """
    if found.type is ScalarType.DYNAMIC:
        found = coerce(found, otherwise.type)
    known = constant(otherwise)
    if found.type is not otherwise.type:
        context.state.doubtful.add(name)
    if known is not None and known.value in (None, ""):
        return found
    if found.type is not otherwise.type:
        hint = "a schema of the table fixes its columns"
        raise context.state.refuse(node.span, "RC301", f"whether column `{name}` exists depends on the data", hint)
    message = f"whether column `{name}` exists depends on the data: the other value is taken in each row that has none"
    context.state.warn(node.span, "RC503", message)
    empty = Call("isempty", (found,), ScalarType.BOOL, False, node.span)
    return Case(((empty, otherwise),), found, found.type, found.nullable or otherwise.nullable, node.span)


def _pack_all(node: nodes.Call, context: Context) -> Expr:
    """`pack_all()` is `bag_pack` of all columns; with `true` it leaves empty values out and names the columns after the flag."""
    arguments = calls.positional(node, context)
    if context.open is not None:
        raise context.state.refuse(node.span, "RC302", "`pack_all` packs columns that depend on the data here")
    flag = constant(exprs.bind(arguments[0], context)) if arguments else None
    if len(arguments) > 1 or (arguments and (flag is None or not isinstance(flag.value, bool))):
        raise context.state.refuse(node.span, "RC303", "`pack_all` expects no argument or a constant bool")
    pairs = tuple(e for name, c in context.row.items() for e in (Literal(name, ScalarType.STRING, node.span), column(c, node.span)))
    if flag is not None and flag.value:
        return Call("pack_all", (flag, *pairs), ScalarType.DYNAMIC, False, node.span)
    return Call("bag_pack", pairs, ScalarType.DYNAMIC, False, node.span)


def _bag_pack_columns(node: nodes.Call, context: Context) -> Expr:
    """`bag_pack_columns(a, b)` is `bag_pack` of the columns under their names."""
    arguments = calls.positional(node, context)
    bound = exprs.bind_all(arguments, context)
    pairs = tuple(e for a, v in zip(arguments, bound, strict=True) for e in (Literal(written_name(a), ScalarType.STRING, a.span), v))
    return Call("bag_pack", pairs, ScalarType.DYNAMIC, False, node.span)


def _estimate_data_size(node: nodes.Call, context: Context) -> Expr:
    """The bytes of columns: eight of a long, those of a text. What the other types take is not documented."""
    arguments = calls.positional(node, context)
    every = any(isinstance(a, nodes.Star) for a in arguments) and context.open is None
    values: list[Expr] = [column(c, node.span) for c in context.row.values()] if every else exprs.bind_all(arguments, context)
    total: Expr = Literal(8 * sum(v.type is ScalarType.LONG for v in values), ScalarType.LONG, node.span)
    for value in values:
        if value.type is ScalarType.STRING:
            size = Call("string_size", (value,), ScalarType.LONG, False, value.span)
            total = Call("+", (total, size), ScalarType.LONG, False, node.span)
        elif value.type is not ScalarType.LONG:
            message = f"`estimate_data_size` of {value.type.value} is not documented"
            raise context.state.refuse(value.span, "RC307", message, "columns of long and string have a known size")
    return total


def _column_names_of(node: nodes.Call, context: Context) -> Expr:
    """The names of a table's columns, a constant."""
    arguments = calls.positional(node, context)
    if len(arguments) != 1:
        raise context.state.refuse(node.span, "RC303", f"`{node.name.text}` expects 1 argument, found {len(arguments)}")
    table = values.bind_value(arguments[0], context.alone())
    if not isinstance(table, Table):
        raise context.state.refuse(arguments[0].span, "RC302", "a table is expected here, found a scalar")
    table = relations.rows_of(table, arguments[0].span, context)
    if table.open is not None:
        raise context.state.refuse(node.span, "RC302", "the columns depend on the data here")
    return Literal([c.name for c in table.columns], ScalarType.DYNAMIC, node.span)


def _replace(node: nodes.Call, context: Context) -> Expr:
    """The old `replace(regex, rewrite, text)` is `replace_regex(text, regex, rewrite)`."""
    function = catalogue.lookup("replace_regex")
    assert function is not None
    if len(node.arguments) != 3:
        raise context.state.refuse(node.span, "RC303", f"`replace` expects 3 arguments, found {len(node.arguments)}")
    regex, rewrite, text = node.arguments
    return calls.builtin(replace(node, arguments=(text, regex, rewrite)), function, context)


def _datetime_diff(node: nodes.Call, context: Context) -> Expr:
    """`datetime_diff`: a long, but of weeks a real.

    Source: recorded answers.
    """
    function = catalogue.lookup("datetime_diff")
    assert function is not None
    call = calls.builtin(node, function, context)
    part = call.arguments[0] if isinstance(call, Call) else None
    if isinstance(part, Literal) and isinstance(part.value, str) and part.value.lower() == "week":
        return Convert(call, ScalarType.REAL, node.span)
    return call


def _row_context(node: nodes.Call, context: Context) -> Expr:
    raise context.state.refuse(node.span, "RC302", f"`{node.name.text}(…)` gives a table, a scalar is expected here")


def check_window(name: str, arguments: tuple[Expr, ...], context: Context) -> None:
    """The default of `prev` and `next` is of the column's type, or an integer where that is a number."""
    if name not in ("prev", "next") or len(arguments) < 3:
        return
    value, default = arguments[0].type, arguments[2]
    fits = value in (default.type, ScalarType.DYNAMIC) or (value.is_numeric and default.type.is_integer)
    if not fits:
        raise context.state.refuse(
            default.span, "RC302", f"the default of `{name}` must be a {value.value} like the column, found {default.type.value}"
        )


FORMS: Final = MappingProxyType[str, Form](
    {
        "iff": _case,
        "iif": _case,
        "case": _case,
        "now": _now,
        "ago": _ago,
        "bin_auto": _bin_auto,
        "toscalar": _toscalar,
        "ingestion_time": _ingestion_time,
        "column_ifexists": _column_ifexists,
        "columnifexists": _column_ifexists,
        "column_names_of": _column_names_of,
        "datetime_diff": _datetime_diff,
        "pack_all": _pack_all,
        "bag_pack_columns": _bag_pack_columns,
        "estimate_data_size": _estimate_data_size,
        "replace": _replace,
        "typeof": _typeof,
        "materialize": _row_context,
        "totable": _row_context,
        "table": _row_context,
        "database": _row_context,
        "cluster": _row_context,
        "workspace": _row_context,
        **GRAPH_FORMS,
    }
)
