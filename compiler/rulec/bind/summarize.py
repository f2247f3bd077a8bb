"""`summarize`, `count` and `distinct`."""

from __future__ import annotations

from dataclasses import field

from rulec.bind import aggregates, columns, exprs
from rulec.bind.coerce import coerce
from rulec.bind.naming import Names, written_name
from rulec.bind.scope import Collected, Context, Table, column
from rulec.bind.state import Refused
from rulec.ir.exprs import Aggregate, Column
from rulec.ir.rels import AggregateColumns, Assignment, ColumnDef, Project, Rel, Summarize
from rulec.records import record, replace
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes


@record(slots=True)
class Outputs:
    """The output columns of a `summarize` as they are made: `plain` while each is an aggregate's own column."""

    names: Names
    assignments: list[Assignment] = field(default_factory=list)
    plain: bool = True


def bind_summarize(node: nodes.Summarize, table: Table, context: Context) -> Table:
    """`summarize`: keys first, then the aggregates; an expression over aggregates becomes a `Project` above."""
    over = context.over(table)
    outputs = Outputs(Names())
    columns.claim_written(node.keys + node.aggregates, outputs.names, context)
    keys = bind_keys(node.keys, outputs.names, over)
    collected = Collected(Names(k.name for k in keys))
    grouped = bool(keys)
    inner = replace(over, collected=collected, grouped=grouped, keys=_key_columns(node.keys))
    failed = False
    for one in node.aggregates:
        try:
            _aggregate(one, inner, outputs)
        except Refused:
            failed = True
            outputs.assignments.extend(columns.poisoned(one, context))
    if failed and not context.state.diagnostics:
        raise Refused
    return _built(table, tuple(keys), collected, outputs, node.span)


def bind_keys(written: tuple[nodes.Named, ...], names: Names, context: Context) -> list[Assignment]:
    """The group keys.

    Raises:
        Refused: A key is dynamic, which has no equality, or has no meaning.
    """
    found: list[Assignment] = []
    failed = False
    made = columns.Made(names, set(), ())
    for one in written:
        keys = [_as_text(k, context) for k in columns.made_columns(one, made, context)]
        for key in keys:
            if key.value.type is ScalarType.DYNAMIC and not columns.is_poisoned(key.name, context):
                context.state.refuse(one.span, "RC302", "a group key must not be dynamic", "`tostring(…)` or the like converts it")
                failed = True
        found.extend(keys)
    if failed:
        raise Refused
    return found


def _as_text(key: Assignment, context: Context) -> Assignment:
    """A column that only the data know of, as its text, which tells groups apart as its values do; other keys as they are."""
    value = key.value
    if isinstance(value, Column) and value.type is ScalarType.DYNAMIC and value.name in context.guessed:
        return Assignment(key.name, coerce(value, ScalarType.STRING))
    return key


def _key_columns(written: tuple[nodes.Named, ...]) -> frozenset[str]:
    return frozenset(k.value.text for k in written if isinstance(k.value, nodes.Name))


def _aggregate(one: nodes.Named, context: Context, outputs: Outputs) -> None:
    """Adds the columns of one term of `summarize`."""
    function = aggregates.is_aggregate(one.value, context)
    collected = context.collected
    assert collected is not None
    if function is None or not isinstance(one.value, nodes.Call):
        _expression(one, context, outputs)
        return
    results: list[tuple[str, ColumnDef]] = []
    for bound in aggregates.bind_aggregate(one.value, function, context):
        own: list[ColumnDef] = []
        for result in bound.results:
            at = len(results)
            name = one.names[at].text if at < len(one.names) else _derived(result.name, context, outputs)
            hidden = aggregates.column_of(result, collected.names.derived(name))
            own.append(hidden)
            results.append((name, hidden))
        collected.found.append((tuple(own), bound.aggregate))
    if len(one.names) > len(results):
        raise context.state.refuse(one.span, "RC302", f"the aggregate has {len(results)} columns, {len(one.names)} names are given")
    for name, hidden in results:
        outputs.plain = outputs.plain and name == hidden.name
        outputs.assignments.append(Assignment(name, column(hidden, one.span)))


def _derived(name: str, context: Context, outputs: Outputs) -> str:
    return outputs.names.derived(name) if name else outputs.names.numbered(hidden=context.row)


def _expression(one: nodes.Named, context: Context, outputs: Outputs) -> None:
    """A term that is an expression over aggregates, or a constant."""
    if len(one.names) > 1:
        raise context.state.refuse(one.span, "RC302", "the value has one column, several names are given")
    value = exprs.bind(one.value, context)
    suggested = one.names[0].text if one.names else written_name(one.value)
    name = suggested if one.names else outputs.names.derived(suggested) if suggested else outputs.names.numbered()
    outputs.plain = False
    outputs.assignments.append(Assignment(name, value))


def _built(table: Table, keys: tuple[Assignment, ...], collected: Collected, outputs: Outputs, span: Span) -> Table:
    found = collected.found
    if not found and not keys:
        found = [((ColumnDef("count_", ScalarType.LONG, False),), Aggregate("count", (), None, span))]
        outputs.plain = False
    groups = tuple(AggregateColumns(cols, aggregate) for cols, aggregate in found)
    rel: Rel = Summarize(table.rel, keys, groups, span)
    if outputs.plain:
        return Table.of(rel, tuple(k.column for k in keys) + tuple(c for g in groups for c in g.columns))
    passed = tuple(Assignment(k.name, column(k.column, span)) for k in keys)
    assignments = passed + tuple(outputs.assignments)
    return Table.of(Project(rel, assignments, span), tuple(a.column for a in assignments))


def count_rows(node: nodes.Count, table: Table, context: Context) -> Table:
    """`count`: one row with column `Count`."""
    name = node.as_name.text if node.as_name is not None else "Count"
    columns_ = (ColumnDef(name, ScalarType.LONG, False),)
    counted = AggregateColumns(columns_, Aggregate("count", (), None, node.span))
    return Table.of(Summarize(table.rel, (), (counted,), node.span), columns_)


def distinct(node: nodes.Distinct, table: Table, context: Context) -> Table:
    """`distinct a, b` groups by them; `*` is all columns."""
    if any(isinstance(c.value, nodes.Star) for c in node.columns):
        if table.open is not None:
            raise context.state.refuse(node.span, "RC302", "`distinct *` of columns that depend on the data")
        keys = [Assignment(c.name, column(c, node.span)) for c in table.columns]
        for key in keys:
            if key.value.type is ScalarType.DYNAMIC and not columns.is_poisoned(key.name, context):
                raise context.state.refuse(node.span, "RC302", f"`distinct` has no equality for the dynamic column `{key.name}`")
    else:
        names = Names()
        columns.claim_written(node.columns, names, context)
        keys = bind_keys(node.columns, names, context.over(table))
    rel = Summarize(table.rel, tuple(keys), (), node.span)
    return Table.of(rel, tuple(k.column for k in keys))
