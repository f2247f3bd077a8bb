"""`mv-expand` and `mv-apply`: one row for each element of an array."""

from __future__ import annotations

from typing import Final

from rulec.bind import exprs, relations, rows, unions
from rulec.bind.naming import Names, written_name
from rulec.bind.scope import Context, Table, TableBinding, definition
from rulec.bind.state import Refused
from rulec.ir.exprs import Expr, Literal
from rulec.ir.rels import ColumnDef, ExpandedColumn, MvApply, MvExpand, OutputColumn
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes

#: Rows per input row of the old `mvexpand`.
_LEGACY_LIMIT: Final = 128


def mv_expand(node: nodes.MvExpand, table: Table, context: Context) -> Table:
    """`mv-expand`: the arrays expand side by side; a value named like a column replaces it in place."""
    limit = node.limit
    count: Expr | None = rows.row_count(limit, "mv-expand", context) if limit is not None else None
    if count is None and node.legacy:
        count = Literal(_LEGACY_LIMIT, ScalarType.LONG, node.span)
    return _expanded(node.columns, node.properties, count, node.span, table, context)


def _expanded(
    written: tuple[nodes.MvExpandColumn, ...],
    properties: tuple[nodes.Property, ...],
    limit: Expr | None,
    span: Span,
    table: Table,
    context: Context,
) -> Table:
    index, bag_kind = _options(properties, context)
    names = Names()
    expanded: list[ExpandedColumn] = []
    failed = False
    for one in written:
        try:
            expanded.append(_column(one, names, context.over(table)))
        except Refused:
            failed = True
    if failed:
        raise Refused
    rel = MvExpand(table.rel, tuple(expanded), index, bag_kind, limit, span)
    added = [e.column for e in expanded]
    if index is not None:
        if index in table.index or index in {c.name for c in added}:
            raise context.state.refuse(span, "RC304", f"column `{index}` exists already")
        added.append(ColumnDef(index, ScalarType.LONG, False))
    return rows.with_columns(table, rel, added)


def _options(properties: tuple[nodes.Property, ...], context: Context) -> tuple[str | None, str]:
    index, bag_kind = None, "bag"
    for written in properties:
        text = written.value.text if isinstance(written.value, nodes.Name) else str(getattr(written.value, "value", ""))
        match written.name.lower():
            case "with_itemindex":
                index = text
            case "kind" | "bagexpansion":
                if text not in ("bag", "array"):
                    raise context.state.refuse(written.span, "RC302", f"no kind of expansion is named `{text}`", "kinds: bag, array")
                bag_kind = text
            case _:
                pass
    return index, bag_kind


def _column(one: nodes.MvExpandColumn, names: Names, context: Context) -> ExpandedColumn:
    value = exprs.bind(one.value.value, context)
    if value.type is not ScalarType.DYNAMIC:
        hint = "`parse_json(…)` or `split(…)` makes an array"
        raise context.state.refuse(one.span, "RC302", f"`mv-expand` expects dynamic, found {value.type.value}", hint)
    if one.value.names:
        name = one.value.names[0].text
        if not names.claim(name):
            raise context.state.refuse(one.span, "RC304", f"column `{name}` is defined twice")
    else:
        suggested = written_name(one.value.value)
        if isinstance(one.value.value, nodes.Name) and names.is_taken(suggested):
            raise context.state.refuse(one.span, "RC304", f"column `{suggested}` is defined twice")
        name = names.derived(suggested) if suggested else names.numbered(hidden=context.row)
    kind = one.type or ScalarType.DYNAMIC
    return ExpandedColumn(definition(name, kind, True), value)


def mv_apply(node: nodes.MvApply, table: Table, context: Context) -> Table:
    """`mv-apply`: a subquery over the elements of each row.

    Columns of the input come first, without those that are expanded under their own name; `x = x` keeps the input's `x`.
    A column of the subquery takes the place of the input's column of its name.
    Source: Microsoft's analyzer; recorded answers.
    """
    limit = rows.row_count(node.limit, "mv-apply", context) if node.limit is not None else None
    expanded = _expanded(node.columns, node.properties, limit, node.span, table, context)
    expand = expanded.rel
    assert isinstance(expand, MvExpand)
    given = relations.given(expanded, node.span)
    scope = context.scope.define(relations.GIVEN, TableBinding(given))
    body = relations.bind_pipeline(node.body, Context(context.state, scope))
    replaced = {e.column.name for e, written in zip(expand.expanded, node.columns, strict=True) if not written.value.names}
    outputs: list[OutputColumn] = []
    for c in table.columns:
        if c.name in replaced:
            continue
        inner = body.index.get(c.name)
        outputs.append(OutputColumn(inner or c, "row" if inner is None else "body", c.name))
    placed = {o.column.name for o in outputs}
    outputs += [OutputColumn(c, "body", c.name) for c in body.columns if c.name not in placed]
    rel = MvApply(expand, body.rel, tuple(outputs), node.span)
    columns = tuple(o.column for o in outputs)
    kept = frozenset(o.column.name for o in outputs if o.source in (table if o.side == "row" else body).guessed)
    opened = unions.both_open(table, body) if body.open != table.open else body.open
    return Table(rel, columns, {c.name: c for c in columns}, open=opened, guessed=kept)
