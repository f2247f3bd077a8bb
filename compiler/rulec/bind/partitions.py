"""`partition`: a subquery for each value of a column."""

from __future__ import annotations

from rulec.bind import exprs, relations
from rulec.bind.scope import Context, Table, TableBinding
from rulec.ir.rels import Partition
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec.syntax import nodes


def partition(node: nodes.Partition, table: Table, context: Context) -> Table:
    """`partition by key (subquery)`: the subquery's columns."""
    if not isinstance(node.body.source, nodes.ContextualDataTable):
        hint = "a subquery in parentheses, which starts from the partition's rows"
        raise context.state.refuse(node.body.span, "RC307", "the old `partition … { table … }` form is not compiled", hint)
    key = exprs.bind(node.column, context.over(table))
    if key.type is ScalarType.DYNAMIC:
        raise context.state.refuse(node.column.span, "RC302", "a partition key must not be dynamic", "`tostring(…)` converts it")
    # The rows of a partition come in no order, even of sorted rows.
    given = replace(relations.given(table, node.span), serialized=False, ordered=False)
    scope = context.scope.define(relations.GIVEN, TableBinding(given))
    body = relations.bind_pipeline(node.body, Context(context.state, scope))
    rel = Partition(table.rel, key, body.rel, node.span)
    return Table(rel, body.columns, body.index, open=body.open, guessed=body.guessed)
