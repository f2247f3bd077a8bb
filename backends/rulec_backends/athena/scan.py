"""Where Athena reads tables: under their Sentinel names, or through a field map over the store's own columns.

A table "as Sentinel" has KQL's columns in lower case: texts VARCHAR, times TIMESTAMP(3) in UTC, timespans BIGINT ticks, dynamic values
JSON text.
"""

from __future__ import annotations

from rulec.backend import external_name, no_external
from rulec.fields import ColumnMap, TableMap
from rulec.ir.rels import ColumnDef, External, Scan
from rulec.scalars import UNIX_EPOCH_TICKS, ScalarType
from rulec_backends.athena import structs
from rulec_backends.athena.datetimes import exact
from rulec_backends.athena.jsons import AthenaJson, extracted, is_json
from rulec_backends.athena.times import parsed_iso, stored_text
from rulec_backends.sql import externals, nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.levels import Level, Slot
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.trees import Tree


def scan(p: Pipeline, scan: Scan) -> Level:
    """One level over the stored table; each column becomes its carrier here and nowhere else."""
    found = p.options.maps.get(scan.table)
    if found is not None and not p.options.sentinel_tables:
        columns = {c.name: _mapped(p, found, c, scan) for c in scan.columns}
        return Level(_table(p, found.physical), columns, word=scan.table)
    if not p.options.sentinel_tables and p.options.maps:
        raise Refusal(f"no field map for the table `{scan.table}`", "give one with --map", "RC701")
    columns = {c.name: Slot(carrier(p.column(c.name.lower()), c.type), c.type, c.nullable) for c in scan.columns}
    return Level(_table(p, scan.table.lower()), columns, word=scan.table)


def _table(p: Pipeline, name: str) -> Tree:
    """A table, with its database when the map's name has one."""
    *databases, last = name.split(".")
    db = p.identifier(databases[-1]) if databases else None
    return nodes.Table(p.identifier(last), db)


def carrier(tree: Tree, kind: ScalarType) -> Tree:
    """A stored value of the KQL type as its carrier."""
    match kind:
        case ScalarType.STRING:
            return t.coalesce(tree, t.text(""))
        case ScalarType.DYNAMIC:
            inside = t.call("regexp_like", tree, t.text(r"^\s*[\[{]"))
            return t.case(
                [
                    (t.and_(inside, is_json(tree)), extracted(tree, "$")),
                    (t.ne(tree, t.text("")), t.cast(tree, "JSON")),
                ]
            )
        case ScalarType.GUID:
            return t.call("lower", tree)
        case ScalarType.INT | ScalarType.LONG:
            return t.cast(tree, "BIGINT")
        case ScalarType.REAL:
            return t.cast(tree, "DOUBLE")
        case ScalarType.DECIMAL:
            return t.cast(tree, "DECIMAL(38,16)")
        case ScalarType.BOOL | ScalarType.DATETIME | ScalarType.TIMESPAN:
            return tree


def _mapped(p: Pipeline, table: TableMap, column: ColumnDef, scan: Scan) -> Slot:
    found = table.columns.get(column.name)
    if found is None:
        p.refuse_column(table, column.name, scan.span)
        return Slot(t.null(), column.type, column.nullable)
    stored = _located(p, table, found, column)
    raw = stored_text(stored, table, column.name) if found.conversion == "iso8601" and column.type is ScalarType.DATETIME else None
    tree = _converted(p, stored, found, column)
    return Slot(tree, column.type, column.nullable and column.type is not ScalarType.STRING, raw=raw)


def _located(p: Pipeline, table: TableMap, found: ColumnMap, column: ColumnDef) -> Tree:
    if found.constant is not None:
        return t.text(found.constant)
    if found.expression is not None or not found.path:
        raise Refusal(f"the field map of `{column.name}` has no path", "give its path in the map", "RC701")
    depth = found.json_from if found.json_from is not None else len(found.path)
    tree: Tree = p.column(found.path[0])
    for step in found.path[1:depth]:
        tree = t.call("element_at", tree, t.num(int(step) + 1)) if step.isdigit() else t.field(tree, p.identifier(step))
    kind = structs.type_of(table, found.path[:depth])
    if kind is not None and structs.is_container(kind):
        tree = structs.as_json_text(tree, kind, found.keys)
    elif found.path[depth:] or (found.conversion == "json"):
        tree = nodes.known(tree, nodes.Facts(json=True))
    if found.path[depth:]:
        tree = _in_json(p, tree, found.path[depth:])
    return t.nullif(tree, t.text(found.empty_as)) if found.empty_as is not None else tree


def _in_json(p: Pipeline, tree: Tree, steps: tuple[str, ...]) -> Tree:
    dialect = p.dialect
    assert isinstance(dialect, AthenaJson)
    path = "$" + "".join(f"[{s}]" if s.isdigit() else f'["{s}"]' for s in steps)
    return dialect.json_text(extracted(tree, path))


def _converted(p: Pipeline, tree: Tree, found: ColumnMap, column: ColumnDef) -> Tree:
    """The stored value as the map's `conversion` says, then as the column's carrier."""
    kind = column.type
    match found.conversion:
        case "epoch_s" | "epoch_ms":
            unit = 10_000_000 if found.conversion == "epoch_s" else 10_000
            scaled = t.call("round", t.mul(t.try_cast(tree, "DECIMAL(38,9)"), t.num(unit)))
            return exact(t.add(t.try_cast(scaled, "BIGINT"), t.num(UNIX_EPOCH_TICKS)))
        case "iso8601":
            return parsed_iso(tree)
        case "bool_text" if kind is ScalarType.BOOL:
            return t.case([(t.text("true"), t.true()), (t.text("false"), t.false())], subject=t.call("lower", tree))
        case "number":
            return t.try_cast(tree, {ScalarType.REAL: "DOUBLE", ScalarType.DECIMAL: "DECIMAL(38,16)"}.get(kind, "BIGINT"))
        case "json" if kind is ScalarType.DYNAMIC and tree.facts.json:
            return nodes.known(extracted(tree, "$"), nodes.Facts(text=tree))
        case _:
            return tree if isinstance(tree, nodes.Literal) else carrier(tree, kind)


#: A table's name may have a point too.
_FILES = (".csv", ".tsv", ".psv", ".txt")


def external(p: Pipeline, rel: External) -> Level:
    """A watchlist or external table: a table that the configuration names by the key."""
    place = p.options.externals.get(rel.key)
    if place is None:
        place = external_name(rel.key).lower()
        p.warn(rel.span, "RC509", *no_external(rel.kind, rel.key, place))
    if "/" in place or place.endswith(_FILES):
        return p.dialect.constant_rows(p, externals.inlined(p, rel, place))
    columns = {c.name: Slot(carrier(p.column(c.name.lower()), c.type), c.type, c.nullable) for c in rel.columns}
    return Level(_table(p, place), columns, word=rel.key)
