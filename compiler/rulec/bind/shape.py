"""The `project-…` operators and `getschema`: columns chosen by name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final, assert_never

from rulec.bind import exprs, rows
from rulec.bind.coerce import constant
from rulec.bind.scope import Context, Table, column
from rulec.bind.state import Refused
from rulec.ir.exprs import Expr, Literal
from rulec.ir.rels import Assignment, ColumnDef, Values
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec.syntax import nodes

#: The .NET type of a column, as `getschema` calls it.
_DATA_TYPES: Final = {
    ScalarType.BOOL: "System.SByte",
    ScalarType.INT: "System.Int32",
    ScalarType.LONG: "System.Int64",
    ScalarType.REAL: "System.Double",
    ScalarType.DECIMAL: "System.Data.SqlTypes.SqlDecimal",
    ScalarType.STRING: "System.String",
    ScalarType.DATETIME: "System.DateTime",
    ScalarType.TIMESPAN: "System.TimeSpan",
    ScalarType.GUID: "System.Guid",
    ScalarType.DYNAMIC: "System.Object",
}


def reshape(
    node: nodes.ProjectAway | nodes.ProjectKeep | nodes.ProjectRename | nodes.ProjectReorder | nodes.ProjectByNames,
    table: Table,
    context: Context,
) -> Table:
    """One of the `project-…` operators."""
    match node:
        case nodes.ProjectAway():
            return project_away(node, table, context)
        case nodes.ProjectKeep():
            return project_keep(node, table, context)
        case nodes.ProjectRename():
            return project_rename(node, table, context)
        case nodes.ProjectReorder():
            return project_reorder(node, table, context)
        case nodes.ProjectByNames():
            return project_by_names(node, table, context)
        case _:
            assert_never(node)


def matching(names: Iterable[nodes.Name], table: Table, context: Context) -> list[ColumnDef]:
    """The columns that names and patterns mean, each once, in the order of the names.

    Raises:
        Refused: A name is no column. A pattern may match nothing.
    """
    found: dict[str, ColumnDef] = {}
    failed = False
    for name in names:
        if name.is_pattern:
            found.update((c.name, c) for c in table.columns if fnmatchcase(c.name, _escaped(name.text)))
            continue
        try:
            one = known_column(name, table, context)
            found[one.name] = one
        except Refused:
            failed = True
    if failed:
        raise Refused
    return list(found.values())


def _escaped(pattern: str) -> str:
    return re.sub(r"([?\[\]])", r"[\1]", pattern)


def known_column(name: nodes.Name, table: Table, context: Context) -> ColumnDef:
    """The column of a name; on an open relation a new one."""
    found = table.index.get(name.text)
    if found is not None:
        return found
    value = exprs.unknown_name(name, context.over(table))
    return ColumnDef(name.text, value.type, value.nullable)


def project_away(node: nodes.ProjectAway, table: Table, context: Context) -> Table:
    """`project-away`: all columns but these."""
    away = {c.name for c in matching(node.names, table, context)}
    return _reopened(rows.kept(table, tuple(c for c in table.columns if c.name not in away), node.span), table)


def _reopened(result: Table, table: Table) -> Table:
    """The columns that depend on the data are still there."""
    return replace(result, open=table.open)


def project_keep(node: nodes.ProjectKeep, table: Table, context: Context) -> Table:
    """`project-keep`: the input's order of columns."""
    keep = {c.name: c for c in matching(node.names, table, context)}
    columns = [c for c in table.columns if c.name in keep]
    columns += [c for c in keep.values() if c.name not in table.index]
    return rows.kept(table, tuple(columns), node.span)


def project_rename(node: nodes.ProjectRename, table: Table, context: Context) -> Table:
    """`project-rename new = old`: the columns keep their places."""
    new_names: dict[str, str] = {}
    failed = False
    for written in node.columns:
        try:
            old, new = _renaming(written, table, context)
        except Refused:
            failed = True
            continue
        if new in table.index or new in new_names.values():
            context.state.refuse(written.span, "RC304", f"column `{new}` exists already", f"`project-away {new}` removes it first")
            failed = True
        if old in new_names:
            context.state.refuse(written.span, "RC304", f"column `{old}` is renamed twice")
            failed = True
        new_names[old] = new
    if failed:
        raise Refused
    context.state.doubtful.update(new for old, new in new_names.items() if old in context.state.doubtful)
    assignments = tuple(Assignment(new_names.get(c.name, c.name), column(c, node.span)) for c in table.columns)
    return _reopened(rows.projected(table, assignments, node.span), table)


def _renaming(written: nodes.Named, table: Table, context: Context) -> tuple[str, str]:
    if len(written.names) != 1 or not isinstance(written.value, nodes.Name):
        raise context.state.refuse(written.span, "RC302", "`project-rename` takes `new = old`, both names of columns")
    return known_column(written.value, table, context).name, written.names[0].text


def project_reorder(node: nodes.ProjectReorder, table: Table, context: Context) -> Table:
    """`project-reorder`: the named columns first, patterns sorted if asked, the others behind them."""
    taken: dict[str, ColumnDef] = {}
    explicit = {r.name.text for r in node.columns if not r.name.is_pattern}
    for written in node.columns:
        if written.name.is_pattern:
            matched = [c for c in matching((written.name,), table, context) if c.name not in taken and c.name not in explicit]
        else:
            matched = [known_column(written.name, table, context)]
        taken.update((c.name, c) for c in _in_order(matched, written.order))
    rest = [c for c in table.columns if c.name not in taken]
    return _reopened(rows.kept(table, (*taken.values(), *rest), node.span), table)


def _in_order(columns: list[ColumnDef], order: str) -> list[ColumnDef]:
    if not order:
        return columns
    if order.startswith("granny"):
        return sorted(columns, key=lambda c: _granny(c.name), reverse=order.endswith("desc"))
    return sorted(columns, key=lambda c: c.name, reverse=order == "desc")


def _granny(name: str) -> list[tuple[int, int, str]]:
    """Digits count as numbers: `a2` comes before `a10`."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", name)]


def project_by_names(node: nodes.ProjectByNames, table: Table, context: Context) -> Table:
    """`project-by-names`: names and patterns given by constant strings and arrays; a name that is no column is passed over."""
    names: list[nodes.Name] = []
    for written in node.names:
        known = constant(exprs.bind(written, context.alone()))
        texts = known.value if known is not None and isinstance(known.value, list) else [known.value if known is not None else None]
        for text in texts:
            if not isinstance(text, str):
                raise context.state.refuse(written.span, "RC302", "`project-by-names` takes constant strings")
            if text in table.index or "*" in text or table.open is not None:
                names.append(nodes.Name(text, written.span))
    return rows.kept(table, tuple(matching(names, table, context)), node.span)


def get_schema(node: nodes.GetSchema, table: Table, context: Context) -> Table:
    """`getschema`: one row a column."""
    if table.open is not None:
        raise context.state.refuse(node.span, "RC302", "`getschema` of columns that depend on the data")
    columns = (
        ColumnDef("ColumnName", ScalarType.STRING, False),
        ColumnDef("ColumnOrdinal", ScalarType.LONG, False),
        ColumnDef("DataType", ScalarType.STRING, False),
        ColumnDef("ColumnType", ScalarType.STRING, False),
    )
    cells: list[tuple[Expr, ...]] = []
    for at, one in enumerate(table.columns):
        texts = [Literal(t, ScalarType.STRING, node.span) for t in (one.name, _DATA_TYPES[one.type], one.type.value)]
        cells.append((texts[0], Literal(at, ScalarType.LONG, node.span), texts[1], texts[2]))
    result = Table.of(Values(columns, tuple(cells), node.span), columns)
    return Table(result.rel, columns, result.index, serialized=True)
