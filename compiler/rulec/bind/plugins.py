"""`evaluate` and `reduce`: the catalogue's plugins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from rulec import catalogue
from rulec.bind import aggregates, exprs, relations, sources
from rulec.bind.coerce import coerce, constant
from rulec.bind.naming import Names, written_name
from rulec.bind.scope import Collected, Context, Table, column, definition, place
from rulec.bind.state import Place, nearest
from rulec.catalogue.plugin_rows import Plugin as Row
from rulec.catalogue.plugin_rows import PluginArgument, PluginParameter
from rulec.ir.exprs import Call, Column, Expr, Literal
from rulec.ir.rels import Assignment, ColumnDef, Plugin, Project, Rel
from rulec.records import record, replace
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes


@record(slots=True)
class _Arguments:
    """The arguments as they are bound: relations and scalars for the IR, and what the catalogue's schema rule wants to know."""

    inputs: list[Rel]
    values: list[Expr] = field(default_factory=list)
    known: list[PluginArgument] = field(default_factory=list)
    table: Table | None = None


def evaluate(node: nodes.Evaluate, table: Table, context: Context) -> Table:
    """`evaluate plugin(…)`: its columns as the catalogue or the written schema says."""
    name = node.plugin.name.text
    row = catalogue.plugin(name)
    if row is None:
        raise context.state.refuse(node.plugin.span, "RC301", f"no plugin is named `{name}`", nearest(name, catalogue.plugin_names()))
    if row.unsupported:
        raise context.state.refuse(node.plugin.span, "RC307", f"`{name}` is not compiled: it {row.unsupported}")
    matched = _matched(row, node, context)
    if row.name == "pivot":
        table = _with_text_keys(matched, table)
    arguments = _Arguments([table.rel])
    for parameter, written in matched:
        _bind_argument(parameter, written, node.plugin, table, arguments, context)
    context.state.plugins = True
    columns, here = _columns(node, row, table, arguments, context)
    rel = Plugin(row.name, tuple(arguments.inputs), tuple(arguments.values), columns, here is not None, node.span)
    if here is None:
        return Table.of(rel, columns)
    # Kusto looks at the data before it compiles the rest; where the data are in the text, so can a compiler.
    settled = context.state.columns_of(rel)
    if settled is not None:
        return Table.of(replace(rel, columns=settled, open=False), settled)
    if row.name == "bag_unpack":
        _require_new_names(rel, context)
    return sources.opened(replace(rel, columns=columns + sources.asked(here, context, columns)), columns, here, context)


def _require_new_names(rel: Plugin, context: Context) -> None:
    """Refuses an unpacked bag in the text that has a key of a column's name, unless `columnsConflict` says what counts."""
    bag, prefix, conflict, *rest = (*rel.arguments, *(Literal("", ScalarType.STRING, rel.span),) * 3)[: max(3, len(rel.arguments))]
    if isinstance(conflict, Literal) and conflict.value in (None, "", "error"):
        kept = (bag, prefix, replace(conflict, value="keep_source", type=ScalarType.STRING), *rest)
        if context.state.columns_of(replace(rel, arguments=kept)) is not None:
            hint = "`columnsConflict='keep_source'` or `'replace_source'` says which counts, a prefix parts them"
            raise context.state.refuse(rel.span, "RC304", "a key of the bag has the name of a column", hint)


def _with_text_keys(matched: Sequence[tuple[PluginParameter, nodes.Argument | None]], table: Table) -> Table:
    """The input of `pivot` with the keys that only the data know of as their text, as `summarize` groups by them."""
    names = {w.value.text for p, w in matched if p.repeat and w is not None and isinstance(w.value, nodes.Name)} & table.guessed
    if not names:
        return table
    assignments = []
    for known in table.columns:
        value: Expr = column(known, table.rel.span)
        assignments.append(Assignment(known.name, coerce(value, ScalarType.STRING) if known.name in names else value))
    rel = Project(table.rel, tuple(assignments), table.rel.span)
    reshaped = table.reshaped(rel, rel.columns)
    return replace(reshaped, guessed=reshaped.guessed - names)


def _matched(row: Row, node: nodes.Evaluate, context: Context) -> list[tuple[PluginParameter, nodes.Argument | None]]:
    """The parameters with their arguments, by position or by name; one that is not given stands without, those at the end aside."""
    by_name = {a.name.text: a for a in node.plugin.arguments if a.name is not None and any(p.name == a.name.text for p in row.parameters)}
    given = [a for a in node.plugin.arguments if a.name is None or a.name.text not in by_name]
    flag = next((p.name for p in row.parameters if p.named and p.accepts is ScalarType.BOOL and p.name not in by_name), None)
    if flag is not None and given and isinstance(given[-1].value, nodes.Literal) and given[-1].value.type is ScalarType.BOOL:
        by_name[flag] = given.pop()  # `return_unmatched`, after as many keys as are wanted
    positional = [p for p in row.parameters if not p.named]
    rest = [p for p in positional if p.name not in by_name]
    least = sum(not p.optional for p in rest)
    most = None if any(p.repeat for p in rest) else len(rest)
    if len(given) < least or (most is not None and len(given) > most):
        wanted = f"{least}" if most == least else f"at least {least}" if most is None else f"{least} to {most}"
        raise context.state.refuse(node.plugin.span, "RC303", f"`{row.name}` expects {wanted} arguments, found {len(given)}")
    pairs: list[tuple[PluginParameter, nodes.Argument | None]] = []
    queue = list(given)
    for parameter in positional:
        if parameter.name in by_name:
            pairs.append((parameter, by_name[parameter.name]))
        elif parameter.repeat:
            pairs += [(parameter, argument) for argument in queue]
            queue = []
        else:
            pairs.append((parameter, queue.pop(0) if queue else None))
    while pairs and pairs[-1][1] is None:
        pairs.pop()
    return pairs + [(p, by_name.get(p.name)) for p in row.parameters if p.named]


def _bind_argument(
    parameter: PluginParameter, written: nodes.Argument | None, call: nodes.Call, table: Table, found: _Arguments, context: Context
) -> None:
    if written is None:
        # What is not given is false, or a null that is dynamic, since a string has none.
        flag = parameter.accepts is ScalarType.BOOL
        found.values.append(Literal(False if flag else None, ScalarType.BOOL if flag else ScalarType.DYNAMIC, call.span))
        return
    match parameter.kind:
        case "table":
            found.table = relations.bind_table(written.value, context.alone())
            found.inputs.append(found.table.rel)
            found.known.append(PluginArgument(table=tuple((c.name, c.type) for c in found.table.columns)))
        case "aggregate":
            _aggregate(written, table, found, context)
        case _:
            _scalar(parameter, written, table, found, context)


def _scalar(parameter: PluginParameter, written: nodes.Argument, table: Table, found: _Arguments, context: Context) -> None:
    over = found.table if parameter.kind == "table_column" and found.table is not None else table
    if found.table is not None and parameter.kind == "table_column" and parameter.optional and isinstance(written.value, nodes.Name):
        over = found.table if written.value.text in found.table.index else table
    value = exprs.bind(written.value, context.alone() if parameter.kind == "constant" else context.over(over))
    name = written.name.text if written.name is not None else written_name(written.value)
    if parameter.kind in ("column", "table_column") and not isinstance(value, Column):
        raise context.state.refuse(written.span, "RC302", f"parameter {parameter.name} must be a column")
    known = constant(value)
    if parameter.kind == "constant" and known is None:
        raise context.state.refuse(written.span, "RC302", f"parameter {parameter.name} must be a constant")
    _check_type(parameter, value, written.span, context)
    found.values.append(known or value)
    column_name = value.name if isinstance(value, Column) else None
    found.known.append(PluginArgument(name, value.type, column_name, known.value if known is not None else None))


def _check_type(parameter: PluginParameter, value: Expr, span: Span, context: Context) -> None:
    accepts = parameter.accepts
    fits = accepts is None or value.type is accepts or (isinstance(accepts, frozenset) and value.type in accepts)
    if not fits and not (isinstance(accepts, ScalarType) and accepts.is_numeric and value.type.is_numeric):
        wanted = accepts.value if isinstance(accepts, ScalarType) else "another type"
        raise context.state.refuse(span, "RC302", f"parameter {parameter.name} expects {wanted}, found {value.type.value}")


def _aggregate(written: nodes.Argument, table: Table, found: _Arguments, context: Context) -> None:
    """An aggregate argument stands in the IR as a call of the aggregate's name."""
    over = context.over(table)
    function = aggregates.is_aggregate(written.value, over)
    if function is None or not isinstance(written.value, nodes.Call):
        raise context.state.refuse(written.span, "RC302", "the argument must be an aggregate")
    inner = replace(over, collected=Collected(Names()), grouped=True)
    bound = aggregates.bind_aggregate(written.value, function, inner)[0]
    if bound.aggregate.condition is not None:
        raise context.state.refuse(written.span, "RC307", "an aggregate with a condition is not compiled here", "`where` before it")
    result = bound.results[0]
    found.values.append(Call(bound.aggregate.function, bound.aggregate.arguments, result.type, result.nullable, written.span))
    read = next((a.name for a in bound.aggregate.arguments if isinstance(a, Column)), None)
    found.known.append(PluginArgument(result.name, result.type, read))


def _columns(
    node: nodes.Evaluate, row: Row, table: Table, arguments: _Arguments, context: Context
) -> tuple[tuple[ColumnDef, ...], Place | None]:
    """The result's known columns, and the place of the plugin where more depend on the data."""
    plain = tuple((c.name, c.type) for c in table.columns)
    known = row.schema(plain, tuple(arguments.known))
    columns = tuple(_column(name, kind, table) for name, kind in known)
    if node.schema is not None:
        written = sources.declared(node.schema, context)
        if not node.schema_star:
            return written, None
        names = {c.name for c in written}
        return tuple(c for c in columns if c.name not in names) + written, None
    if not row.open:
        return columns, None
    here = place(node.span)
    kind = ScalarType.DYNAMIC
    if row.name == "pivot":
        kind = arguments.known[1].type or kind if len(arguments.known) > 1 else ScalarType.LONG
    context.state.open_types[here] = lambda _name: kind
    return columns, here


def _column(name: str, kind: ScalarType, table: Table) -> ColumnDef:
    found = table.index.get(name)
    return found if found is not None and found.type is kind else definition(name, kind, True)


def reduce(node: nodes.Reduce, table: Table, context: Context) -> Table:
    """`reduce by` groups texts by patterns that only Kusto finds."""
    raise context.state.refuse(
        node.span, "RC307", "`reduce` is not compiled: how it finds patterns is not published", "`summarize count() by …`"
    )
