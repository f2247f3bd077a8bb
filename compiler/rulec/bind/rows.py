"""Operators that keep or reshape rows one by one, and those that order and cut them."""

from __future__ import annotations

from collections.abc import Sequence

from rulec.bind import exprs
from rulec.bind.coerce import constant
from rulec.bind.columns import bind_columns
from rulec.bind.scope import Context, Table, column
from rulec.bind.state import Refused
from rulec.ir.exprs import Expr, Literal
from rulec.ir.rels import Assignment, ColumnDef, Extend, Filter, Project, Rel, Sample, Sort, SortKey, Take
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes


def where(node: nodes.Where, table: Table, context: Context) -> Table:
    """`where`: the rows for which the predicate is true."""
    return table.same(Filter(table.rel, exprs.predicate(node.predicate, context.over(table)), node.span))


def consume(node: nodes.Consume, table: Table) -> Table:
    """`consume`: runs the query and gives no row back."""
    return table.same(Filter(table.rel, Literal(False, ScalarType.BOOL, node.span), node.span))


def extend(columns: tuple[nodes.Named, ...], span: Span, table: Table, context: Context) -> Table:
    """`extend`, and the columns of `serialize`."""
    assignments = tuple(bind_columns(columns, context.over(table), hidden=table.index))
    return extended(table, assignments, span)


def extended(table: Table, assignments: tuple[Assignment, ...], span: Span) -> Table:
    """The table with new columns at the end, or in place of those of the same name."""
    if not assignments:
        return table
    return with_columns(table, Extend(table.rel, assignments, span), [a.column for a in assignments], table.copies(assignments))


def with_columns(table: Table, rel: Rel, new: Sequence[ColumnDef], copies: frozenset[str] = frozenset()) -> Table:
    """The table after an operator that adds columns, or replaces those of the same name in place; `copies` are guessed again."""
    index = dict(table.index)
    before = len(index)
    added = {c.name: c for c in new}
    index.update(added)
    fresh = len(index) == before + len(added)
    columns = table.columns + tuple(added.values()) if fresh else tuple(index.values())
    guessed = table.guessed.difference(added) | copies if table.guessed else table.guessed
    return Table(rel, columns, index, table.serialized, table.ordered, table.open, guessed=guessed)


def project(node: nodes.Project, table: Table, context: Context) -> Table:
    """`project`: exactly these columns."""
    return projected(table, tuple(bind_columns(node.columns, context.over(table))), node.span)


def projected(table: Table, assignments: tuple[Assignment, ...], span: Span) -> Table:
    """The table with these columns alone; nothing is left open."""
    columns = tuple(a.column for a in assignments)
    index = {c.name: c for c in columns}
    rel = Project(table.rel, assignments, span)
    return Table(rel, columns, index, table.serialized, table.ordered, guessed=table.copies(assignments))


def kept(table: Table, columns: tuple[ColumnDef, ...], span: Span) -> Table:
    """The table with some of its columns, in another order perhaps."""
    return projected(table, tuple(Assignment(c.name, column(c, span)) for c in columns), span)


# --- order and cut -------------------------------------------------------------------------------------------------


def sort(node: nodes.Sort, table: Table, context: Context) -> Table:
    """`sort by`, `order by`."""
    return ordered(table, sort_keys(node.keys, context.over(table)), node.span)


def ordered(table: Table, keys: tuple[SortKey, ...], span: Span) -> Table:
    """The table in an order that is part of the meaning."""
    return replace(table.same(Sort(table.rel, keys, span)), serialized=True, ordered=True)


def sort_keys(keys: tuple[nodes.Ordering, ...], context: Context) -> tuple[SortKey, ...]:
    """Sort keys: descending unless said, nulls first when ascending and last when descending unless said.

    Raises:
        Refused: A key has no order: it is dynamic or a guid.
    """
    found: list[SortKey] = []
    failed = False
    for written in keys:
        try:
            value = exprs.bind(written.value.value, context)
            if value.type is ScalarType.DYNAMIC:
                hint = "`tostring(…)`, `tolong(…)` or the like converts it"
                raise context.state.refuse(written.span, "RC302", "a sort key must not be dynamic", hint)
        except Refused:
            failed = True
            continue
        descending = written.descending is not False
        nulls_first = written.nulls_first if written.nulls_first is not None else not descending
        found.append(SortKey(value, descending, nulls_first))
    if failed:
        raise Refused
    return tuple(found)


def top(node: nodes.Top, table: Table, context: Context) -> Table:
    """`top n by …` is `sort by … | take n`."""
    count = row_count(node.count, "top", context)
    in_order = ordered(table, sort_keys(node.keys, context.over(table)), node.span)
    return in_order.same(Take(in_order.rel, count, node.span))


def take(node: nodes.Take, table: Table, context: Context) -> Table:
    """`take`, `limit`."""
    return table.same(Take(table.rel, row_count(node.count, "take", context), node.span))


def sample(node: nodes.Sample, table: Table, context: Context) -> Table:
    """`sample n`: any n rows, in no order."""
    rel = Sample(table.rel, row_count(node.count, "sample", context), node.span)
    return replace(table.same(rel), serialized=False, ordered=False)


def row_count(node: nodes.Expr, operator: str, context: Context) -> Expr:
    """A number of rows: an integer that no row changes."""
    value = exprs.bind(node, context.alone())
    known = constant(value)
    if not value.type.is_integer:
        raise context.state.refuse(node.span, "RC302", f"`{operator}` expects an integer, found {value.type.value}")
    if known is not None and (not isinstance(known.value, int) or known.value < 0):
        found = "null" if known.value is None else known.value
        raise context.state.refuse(node.span, "RC302", f"`{operator}` expects a number that is not negative, found {found}")
    return Literal(known.value, ScalarType.LONG, node.span) if known is not None else value


def step_of(node: nodes.Expr, context: Context) -> Expr:
    """The step from one value to the next: not 0."""
    value = exprs.bind(node, context)
    known = constant(value)
    if known is not None and known.value == 0:
        raise context.state.refuse(node.span, "RC302", "a step is not 0")
    return value
