"""Applies field maps: after this stage every scan reads only columns that the target has.

A column that a map derives is a KQL expression over other columns of the map; it is parsed and bound like a rule's own text and
becomes an `Extend` above the scan. What has no counterpart is refused.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from rulec.bind import bind
from rulec.bind.environment import Environment
from rulec.errors import CompileError, Diagnostic
from rulec.fields import NoCounterpart, TableMap
from rulec.ir.exprs import Column, Expr
from rulec.ir.rebuild import map_relations
from rulec.ir.rels import Assignment, ColumnDef, Extend, Project, Query, Rel, Scan
from rulec.ir.walk import relations
from rulec.optimise.reads import row_reads
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec.source import Source, Span
from rulec.syntax.parser import parse_or_raise

Maps = Mapping[str, TableMap | NoCounterpart]


def map_fields(query: Query, maps: Maps, target: str) -> tuple[Query, tuple[Diagnostic, ...]]:
    """The query over columns that the target has, and a finding (RC701) for each table that it lacks, whole or columns of it.

    Raises:
        CompileError: RC703 a derived column of a map is no valid KQL.
    """
    findings: list[Diagnostic] = []

    def change(rel: Rel) -> Rel:
        return _mapped(rel, maps, target, findings) if isinstance(rel, Scan) else rel

    return replace(query, relation=map_relations(query.relation, change)), tuple(findings)


def _mapped(scan: Scan, maps: Maps, target: str, findings: list[Diagnostic]) -> Rel:
    table = maps.get(scan.table)
    if table is None or isinstance(table, NoCounterpart):
        findings.append(_no_table(scan, table, maps, target))
        return scan
    missing = [c.name for c in scan.columns if c.name not in table.columns]
    if missing:
        findings.append(_no_columns(scan, missing, table))
    derived = {c.name for c in scan.columns if c.name not in missing and table.columns[c.name].expression is not None}
    return _with_derived(scan, table, derived) if derived else scan


def _with_derived(scan: Scan, table: TableMap, derived: set[str]) -> Rel:
    """The scan of the stored columns, the derived ones added level by level (one may read another), and only the columns asked for."""
    levels: list[dict[str, Expr]] = []
    bound: dict[str, Expr] = {}
    pending, stored = set(derived), {c.name for c in scan.columns} - derived
    while pending:
        if len(levels) > len(table.columns):
            raise _cycle(table, sorted(pending))
        bound |= {name: derived_column(table, name) for name in sorted(pending - bound.keys())}
        level = {name: bound[name] for name in sorted(pending)}
        levels.append(level)
        read = row_reads(level.values())
        pending = {name for name in read if table.columns[name].expression is not None}
        stored |= read - pending
    columns = tuple(ColumnDef(n, t, t is not ScalarType.STRING) for n, t in table.types.items() if n in stored)
    result: Rel = replace(scan, columns=columns)
    for level in reversed(levels):
        result = Extend(result, tuple(Assignment(name, value) for name, value in level.items()), scan.span)
    asked = {c.name for c in scan.columns}
    kept = tuple(Assignment(c.name, Column(c.name, c.type, c.nullable, scan.span)) for c in result.columns if c.name in asked)
    return Project(result, kept, scan.span)


def _cycle(table: TableMap, names: list[str]) -> CompileError:
    """The end for derived columns of which each reads another: after as many levels as there are columns some are left."""
    source = Source.of_text("\n".join(f"{name}: {table.columns[name].expression}" for name in names), f"<field map of {table.table}>")
    message = f"field map: derived columns read themselves, directly or through others: {', '.join(f'`{n}`' for n in names)}"
    return CompileError((Diagnostic.at(Span(0, len(source.text), source), "RC703", message, "derive them from stored columns"),))


@lru_cache(maxsize=256)
def _derived(table: str, expression: str, columns: tuple[ColumnDef, ...]) -> Expr:
    source = Source.of_text(f"{table} | project value = {expression}", f"<field map of {table}>")
    result = bind(parse_or_raise(source), Environment(tables={table: columns}, builtin_tables=False))
    if result.query is None:
        raise CompileError(tuple(replace(d, code="RC703") for d in result.diagnostics))
    relation = result.query.relation
    assert isinstance(relation, Project)
    return relation.assignments[0].value


def derived_column(table: TableMap, name: str) -> Expr:
    """The bound expression of a derived column of a map.

    Raises:
        CompileError: RC703 the expression is no valid KQL over the map's columns.
    """
    columns = tuple(ColumnDef(n, t, t is not ScalarType.STRING) for n, t in table.types.items() if n in table.columns)
    expression = table.columns[name].expression
    assert expression is not None
    return _derived(table.table, expression, columns)


def _no_table(scan: Scan, known: NoCounterpart | None, maps: Maps, target: str) -> Diagnostic:
    hint = "compile with `--map sentinel` where the table has its Sentinel name and columns, or give a field map with `--map FILE`"
    if known is not None:
        return Diagnostic.at(scan.span, "RC701", f"`{scan.table}` has no counterpart on {target}: {known.reason}", hint)
    return Diagnostic.at(scan.span, "RC701", f"no field map for the table `{scan.table}` on {target}", hint)


#: Of a table that is read whole, so many missing columns are named.
_NAMED: Final = 5


def _no_columns(scan: Scan, names: list[str], table: TableMap) -> Diagnostic:
    shown = ", ".join(f"`{name}`" for name in names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    near = difflib.get_close_matches(names[0], table.columns, n=3) if len(names) == 1 else []
    hint = f"add the column{'s' if len(names) > 1 else ''} to a field map and give it with `--map FILE`"
    if near:
        hint = f"mapped columns with a similar name: {', '.join(near)}"
    what = f"no field map for the column{'s' if len(names) > 1 else ''} {shown} of `{scan.table}` on {table.target}"
    return Diagnostic.at(scan.span, "RC701", what, hint)


def mapped_tables(query: Query) -> Iterator[tuple[str, Span]]:
    """The tables that a query scans, with the first place of each."""
    seen: set[str] = set()
    for rel in relations(query.relation):
        if isinstance(rel, Scan) and rel.table not in seen:
            seen.add(rel.table)
            yield rel.table, rel.span
