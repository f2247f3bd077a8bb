"""Where rows come from: tables by name, `datatable`, `print`, `range`, files, watchlists, and tables of other places."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias

from rulec import catalogue
from rulec.bind import calls, exprs, inline, lets, mixed, relations, rows
from rulec.bind.coerce import FROM_DYNAMIC, coerce, constant, literal_as, widens
from rulec.bind.columns import claim_written, column_parts
from rulec.bind.environment import schema
from rulec.bind.naming import Names
from rulec.bind.scope import Context, FunctionBinding, RefusedBinding, ScalarBinding, Table, TableBinding, definition, place
from rulec.bind.state import Place, Refused, nearest
from rulec.ir.exprs import Call, Expr, Literal
from rulec.ir.rels import ColumnDef, External, Range, Rel, Scan, Union, Values
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes

TableForm: TypeAlias = Callable[[nodes.Call, Context], Table]

#: Columns that every watchlist has besides those of its file.
WATCHLIST_COLUMNS: Final = schema(
    (
        ("_DTItemId", ScalarType.STRING),
        ("LastUpdatedTimeUTC", ScalarType.DATETIME),
        ("SearchKey", ScalarType.STRING),
        ("WatchlistItem", ScalarType.DYNAMIC),
    )
)
_ELSEWHERE: Final = frozenset({"cluster", "database", "workspace", "app", "resource", "arg", "adx", "external_table", "entity_group"})


def is_table_name(name: str, context: Context) -> bool:
    """Whether a name that the query does not define is a table or a workspace function."""
    environment = context.state.environment
    return name == _ALIASES or name in environment.functions or environment.table(name) is not None


#: A function of Sentinel that is called without brackets too.
_ALIASES: Final = "_GetWatchlistAlias"


def is_reference(base: nodes.Expr) -> bool:
    """Whether a path starts at another place: `workspace("w").T`."""
    while isinstance(base, nodes.Member):
        base = base.base
    return isinstance(base, nodes.Call) and base.name.text in _ELSEWHERE


def named_table(node: nodes.Name, context: Context) -> Table:
    """The table of a name: a `let`, a workspace function, or a table of the schema, in this order."""
    name = node.text
    match context.scope.find(name):
        case TableBinding(table):
            return table
        case ScalarBinding():
            raise context.state.refuse(node.span, "RC302", f"`{name}` is a scalar, a table is expected here")
        case RefusedBinding():
            raise Refused
        case FunctionBinding() as function:
            called = _called(function, node, context)
            return replace(called, name=name) if function.function.view else called
        case None:
            pass
    saved = inline.workspace_function(name, context.state)
    if saved is not None:
        return _called(saved, node, context)
    return _watchlist_aliases(node.span, context) if name == _ALIASES else scan(name, node.span, context)


def _called(function: FunctionBinding, node: nodes.Name, context: Context) -> Table:
    result = inline.call_function(function, (), node.span, context)
    if not isinstance(result, Table):
        raise context.state.refuse(node.span, "RC302", f"`{node.text}` gives a scalar, a table is expected here")
    return result


def scan(name: str, span: Span, context: Context) -> Table:
    """All rows of a table of the schema."""
    environment = context.state.environment
    columns = environment.table(name)
    if columns is not None and not environment.is_open(name):
        return Table.of(Scan(name, columns, span), columns, name=name)
    here = place(span, name)
    if columns is not None:
        context.state.open_types[here] = partial(environment.further_column, name)
        return _open_scan(name, columns, span, context)
    if environment.unknown_tables:
        return _open_scan(name, (ColumnDef("TimeGenerated", ScalarType.DATETIME, True),), span, context)
    hint = nearest(name, [*environment.table_names(), *environment.functions, *context.scope.names()])
    raise context.state.absent(span, "table", name, hint or "a schema for it can be given to the compiler")


def _open_scan(name: str, known: tuple[ColumnDef, ...], span: Span, context: Context) -> Table:
    """A table with more columns than its schema says: those that the query reads."""
    here = place(span, name)
    further = asked(here, context, known)
    guesses = [c.name for c in further if context.state.environment.is_guess(name, c.name)]
    if guesses:
        context.state.guesses.update(guesses)
        listed = f"column `{guesses[0]}` is" if len(guesses) == 1 else f"columns {', '.join(f'`{g}`' for g in guesses)} are"
        message = f"no schema of `{name}` is known: its {listed} taken to be {'a string' if len(guesses) == 1 else 'strings'}"
        context.state.warn(span, "RC505", message, "`--schema FILE` gives the table's columns and types")
    columns = known + further
    return opened(Scan(name, columns, span), known, here, context, name)


def asked(here: Place, context: Context, known: tuple[ColumnDef, ...]) -> tuple[ColumnDef, ...]:
    """The columns that an earlier round of binding read from the open relation at this place."""
    names = {c.name for c in known}
    found = []
    for name in context.state.known.get(here, ()):
        kind = context.state.open_type(here, name)
        if kind is not None and name not in names:
            found.append(definition(name, kind, True))
    return tuple(found)


def opened(rel: Rel, known: tuple[ColumnDef, ...], here: Place, context: Context, name: str = "") -> Table:
    """A relation whose columns depend on the data: the known ones, and those that the query reads."""
    further = asked(here, context, known)
    columns = known + further
    guessed = frozenset(c.name for c in further if c.type is ScalarType.DYNAMIC)
    return Table(rel, columns, {c.name: c for c in columns}, open=(here,), name=name, guessed=guessed)


def unknown_function(node: nodes.Call, context: Context) -> Refused:
    """Notes that a call gives no table: it is a scalar function, a plugin, or not known."""
    name = node.name.text
    if calls.known_function(name):
        return context.state.refuse(node.span, "RC302", f"`{name}` gives a scalar, a table is expected here")
    if catalogue.plugin(name) is not None:
        return context.state.refuse(node.span, "RC302", f"`{name}` is a plugin", f"`| evaluate {name}(…)`")
    candidates = [*context.state.environment.functions, *context.scope.names()]
    hint = nearest(name, candidates) or "a workspace function's text can be given to the compiler"
    return context.state.absent(node.name.span, "function", name, hint)


# --- tables written out --------------------------------------------------------------------------------------------


def declared(columns: tuple[nodes.ColumnDeclaration, ...], context: Context) -> tuple[ColumnDef, ...]:
    """The columns of a schema in the text.

    Raises:
        Refused: Two have the same name.
    """
    names: set[str] = set()
    found = []
    for written in columns:
        name = written.name.text
        if name in names:
            raise context.state.refuse(written.span, "RC304", f"column `{name}` is declared twice")
        names.add(name)
        found.append(definition(name, written.type or ScalarType.STRING, True))
    return tuple(found)


def data_table(node: nodes.DataTable, context: Context) -> Table:
    """`datatable`: a column without a null among its values is not nullable."""
    columns = declared(node.columns, context)
    width = len(columns)
    cells = [_cell(value, columns[at % width], context) for at, value in enumerate(node.values)]
    rows = tuple(tuple(cells[at : at + width]) for at in range(0, len(cells), width))
    exact = tuple(c._replace(nullable=c.nullable and any(row[at].nullable for row in rows)) for at, c in enumerate(columns))
    return Table.of(Values(exact, rows, node.span), exact)


def _cell(node: nodes.Expr, column: ColumnDef, context: Context) -> Expr:
    """A value of a `datatable` row as its column's type.

    Source: recorded answers: numbers convert to the column's type, a string is read as the type's text.
    """
    value = constant(exprs.bind(node, context.alone()))
    if value is None:
        raise context.state.refuse(node.span, "RC302", "a row of `datatable` holds literals only")
    return cell_value(value, column.type, node.span, context)


def cell_value(value: Literal, kind: ScalarType, span: Span, context: Context) -> Expr:
    """A literal as the type of its column."""
    if value.type is kind:
        return value
    if value.value is None:
        return Literal("" if kind is ScalarType.STRING else None, kind, span)
    if widens(value.type, kind):
        return literal_as(value, kind)
    if value.type is ScalarType.LONG and kind is ScalarType.INT and isinstance(value.value, int) and -(2**31) <= value.value < 2**31:
        return Literal(value.value, kind, span)
    if (
        kind is ScalarType.DYNAMIC
        and isinstance(value.value, (bool, int, float, str))
        and value.type not in (ScalarType.DATETIME, ScalarType.TIMESPAN)
    ):
        return Literal(value.value, kind, span)
    if value.type is ScalarType.DYNAMIC and isinstance(value.value, (bool, int, float, str)):
        return coerce(value, kind)
    if isinstance(value.value, str) and value.type is ScalarType.STRING:
        read = mixed.read_text(value.value, kind, span)
        return coerce(read, kind) if read is not None else Call(FROM_DYNAMIC[kind], (value,), kind, True, span)
    raise context.state.refuse(span, "RC302", f"a value of a {kind.value} column is {value.type.value}")


def print_row(node: nodes.Print, context: Context) -> Table:
    """`print`: one row; unnamed values are print_0, print_1, … by their place, those of several columns have these names."""
    names = Names()
    claim_written(node.columns, names, context)
    columns: list[ColumnDef] = []
    cells: list[Expr] = []
    failed = False
    for at, written in enumerate(node.columns):
        try:
            parts = column_parts(written, context)
        except Refused:
            failed = True
            context.state.poisoned.update(n.text for n in written.names)
            continue
        for index, part in enumerate(parts):
            made = part.name if len(parts) > 1 else f"print_{at}"
            name = written.names[index].text if index < len(written.names) else names.derived(made)
            cells.append(part.value)
            columns.append(definition(name, part.value.type, part.value.nullable))
    if failed:
        raise Refused
    return Table.of(Values(tuple(columns), (tuple(cells),), node.span), tuple(columns))


def range_rows(node: nodes.Range, context: Context) -> Table:
    """`range x from a to b step s`: numbers come to one type; datetimes and timespans step by a timespan."""
    start, stop = exprs.bind_all((node.start, node.stop), context.alone())
    step = rows.step_of(node.step, context.alone())
    kinds = {start.type, stop.type, step.type}
    if all(k.is_numeric for k in kinds):
        common = max(kinds, key=lambda k: ("int", "long", "real", "decimal").index(k.value))
        start, stop, step = (coerce(v, common) for v in (start, stop, step))
    elif not (start.type is stop.type and start.type in (ScalarType.DATETIME, ScalarType.TIMESPAN) and step.type is ScalarType.TIMESPAN):
        kind = f"{start.type.value}, {stop.type.value} and {step.type.value}"
        raise context.state.refuse(node.span, "RC302", f"`range` is not defined for {kind}")
    columns = (ColumnDef(node.name.text, start.type, False),)
    table = Table.of(Range(node.name.text, start, stop, step, node.span), columns)
    return Table(table.rel, columns, table.index, serialized=True, ordered=False)


# --- files and other places ----------------------------------------------------------------------------------------


def external_data(node: nodes.ExternalData, context: Context) -> Table:
    """`externaldata`: a file given by configuration, found by its URI."""
    columns = declared(node.columns, context)
    properties = dict(_properties(node.properties, context))
    form = properties.pop("format", "")
    rels: list[Rel] = []
    for uri in node.uris:
        found = constant(exprs.bind(uri, context.alone()))
        if found is None or not isinstance(found.value, str):
            raise context.state.refuse(uri.span, "RC302", "the address of `externaldata` must be a constant string")
        address = found.value.split(";", 1)[0]
        rels.append(External("externaldata", address, form, tuple(sorted(properties.items())), columns, node.span))
    if not rels:
        raise context.state.refuse(node.span, "RC302", "`externaldata` names no file")
    rel = rels[0] if len(rels) == 1 else Union(tuple(rels), columns, node.span)
    return Table.of(rel, columns)


def _properties(properties: tuple[nodes.Property, ...], context: Context) -> list[tuple[str, str]]:
    found = []
    for written in properties:
        value = written.value.text if isinstance(written.value, nodes.Name) else None
        if value is None:
            known = constant(exprs.bind(written.value, context.alone()))
            value = (
                ""
                if known is None or known.value is None
                else str(known.value).lower()
                if isinstance(known.value, bool)
                else str(known.value)
            )
        found.append((written.name.lower(), value))
    return found


def _watchlist(node: nodes.Call, context: Context) -> Table:
    """`_GetWatchlist('alias')`: the file's columns, all strings, and those that every watchlist has."""
    alias = _text_argument(node, context, most=2)
    known = context.state.environment.watchlists.get(alias)
    taken = {c.name for c in known or ()}
    base = tuple(c for c in WATCHLIST_COLUMNS if c.name not in taken)
    if known is not None:
        columns = base + known
        return Table.of(External("watchlist", alias, "", (), columns, node.span), columns, name=alias)
    here = place(node.span)
    context.state.open_types[here] = lambda _name: ScalarType.STRING
    columns = base + asked(here, context, base)
    return opened(External("watchlist", alias, "", (), columns, node.span), base, here, context, alias)


def _watchlist_aliases(span: Span, context: Context) -> Table:
    """`_GetWatchlistAlias`: the aliases of the watchlists that the compiler was given, one a row."""
    aliases = sorted(context.state.environment.watchlists)
    if not aliases:
        raise context.state.refuse(span, "RC301", "no watchlist is known", "`--watchlist ALIAS=FILE` gives one")
    columns = (ColumnDef("WatchlistAlias", ScalarType.STRING, False),)
    return Table.of(Values(columns, tuple((Literal(a, ScalarType.STRING, span),) for a in aliases), span), columns)


def _text_argument(node: nodes.Call, context: Context, most: int = 1) -> str:
    arguments = calls.positional(node, context)
    if not 1 <= len(arguments) <= most:
        raise context.state.refuse(node.span, "RC303", f"`{node.name.text}` expects 1 argument, found {len(arguments)}")
    known = constant(exprs.bind(arguments[0], context.alone()))
    if known is None or not isinstance(known.value, str):
        raise context.state.refuse(arguments[0].span, "RC302", f"the argument of `{node.name.text}` must be a constant string")
    return known.value


def _table(node: nodes.Call, context: Context) -> Table:
    """`table("T")`, which never means a `let`."""
    return scan(_text_argument(node, context, most=2), node.span, context)


def _materialize(node: nodes.Call, context: Context) -> Table:
    """`materialize(…)`, `totable(…)`."""
    if len(node.arguments) != 1:
        raise context.state.refuse(node.span, "RC303", f"`{node.name.text}` expects 1 argument, found {len(node.arguments)}")
    inner = relations.bind_table(node.arguments[0].value, context.alone())
    return lets.shared(inner, "", True, node, context.state) if node.name.text == "materialize" else inner


def reference(node: nodes.Member, context: Context) -> Table:
    """`workspace("w").T` and the like: known only if the environment has a schema under this very text."""
    text = "".join(node.span.text.split())
    columns = context.state.environment.tables.get(text)
    if columns is not None:
        return Table.of(Scan(text, columns, node.span), columns, name=text)
    if not is_reference(node):
        raise context.state.refuse(node.span, "RC302", "a table is expected here, found a path")
    hint = f"a schema under the name `{text}` can be given to the compiler"
    raise context.state.refuse(node.span, "RC307", "the table is in another place than the rule's workspace", hint)


def _elsewhere(node: nodes.Call, context: Context) -> Table:
    raise context.state.refuse(node.span, "RC307", f"`{node.name.text}(…)` names another place than the rule's workspace")


def _stored_graph(node: nodes.Call, context: Context) -> Table:
    hint = "`make-graph` makes one of a table of edges"
    raise context.state.refuse(node.span, "RC307", "`graph(…)` reads a stored graph, and no target keeps any", hint)


TABLE_CALLS: Final = MappingProxyType[str, TableForm](
    {
        "table": _table,
        "materialize": _materialize,
        "totable": _materialize,
        "graph": _stored_graph,
        "_GetWatchlist": _watchlist,
        _ALIASES: lambda node, context: _watchlist_aliases(node.span, context),
        **dict.fromkeys(sorted(_ELSEWHERE), _elsewhere),
    }
)


def invoke(node: nodes.Invoke, table: Table, context: Context) -> Table:
    """`invoke f(…)`: the piped table is the function's first argument."""
    name = node.function.name.text
    binding = context.scope.find(name)
    if not isinstance(binding, FunctionBinding):
        binding = inline.workspace_function(name, context.state)
    if binding is None:
        raise unknown_function(node.function, context)
    parameters = binding.function.parameters
    if not parameters or not parameters[0].is_tabular:
        raise context.state.refuse(node.span, "RC302", f"the first parameter of `{name}` is no table")
    result = inline.call_function(binding, node.function.arguments, node.span, context, piped=table)
    if not isinstance(result, Table):
        raise context.state.refuse(node.span, "RC302", f"`{name}` gives a scalar, a table is expected here")
    return result
