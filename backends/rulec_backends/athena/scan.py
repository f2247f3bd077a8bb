"""Where Athena reads tables: through a field map, or (in tests) under their Sentinel names."""

from __future__ import annotations

from sqlglot import exp

from rulec.fields import ColumnMap, TableMap
from rulec.ir.rels import ColumnDef, External, Scan
from rulec.scalars import UNIX_EPOCH_TICKS, ScalarType
from rulec_backends.athena.datetimes import millis_of, utc
from rulec_backends.athena.jsons import step_text
from rulec_backends.sql import trees as t
from rulec_backends.sql.levels import Level, Slot
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.trees import Tree


def scan(p: Pipeline, scan: Scan) -> Level:
    """One level over the stored table; each column becomes its carrier here and nowhere else."""
    found = p.options.maps.get(scan.table)
    if found is None and not p.options.sentinel_tables:
        raise Refusal(f"no field map for the table `{scan.table}`", "give one with --map", "RC701")
    if found is None:
        columns = {c.name: Slot(carrier(p.column(c.name), c.type, "native"), c.type, c.nullable) for c in scan.columns}
        return Level(t.table(p.identifier(scan.table)), columns, word=scan.table)
    columns = {c.name: _mapped(p, found, c, scan) for c in scan.columns}
    return Level(t.table(p.identifier(found.physical)), columns, word=scan.table)


def carrier(tree: Tree, kind: ScalarType, conversion: str) -> Tree:
    """A stored value as the carrier of its KQL type."""
    match kind:
        case ScalarType.STRING:
            return t.coalesce(tree, t.text(""))
        case ScalarType.DATETIME:
            return _moment(tree, conversion)
        case ScalarType.DYNAMIC:
            return tree if conversion == "native" else exp.Try(this=t.call("json_parse", tree))
        case ScalarType.BOOL:
            return t.eq(t.call("lower", tree), t.text("true")) if conversion in ("bool_text", "text") else tree
        case ScalarType.REAL:
            return t.try_cast(tree, "DOUBLE") if conversion != "native" else tree
        case ScalarType.GUID:
            return t.call("lower", tree)
        case ScalarType.DECIMAL:
            raise Refusal("decimals are not supported on Athena", "use real numbers")
        case ScalarType.TIMESPAN | ScalarType.INT | ScalarType.LONG:
            return t.try_cast(tree, "BIGINT") if conversion != "native" else tree


def _moment(tree: Tree, conversion: str) -> Tree:
    match conversion:
        case "iso8601" | "text":
            return millis_of(utc(t.call("from_iso8601_timestamp", tree), 3))
        case "epoch_s" | "epoch_ms":
            unit = 10_000_000 if conversion == "epoch_s" else 10_000
            scaled = t.cast(t.call("round", t.mul(t.try_cast(tree, "DOUBLE"), t.num(unit))), "BIGINT")
            return t.add(scaled, t.num(UNIX_EPOCH_TICKS))
        case _:
            return millis_of(tree)


def _mapped(p: Pipeline, table: TableMap, column: ColumnDef, scan: Scan) -> Slot:
    found = table.columns.get(column.name)
    if found is None:
        p.refuse_column(table, column.name, scan.span)
        return Slot(t.null(), column.type, column.nullable)
    tree = _located(p, found, column)
    if isinstance(tree, exp.Literal):
        return Slot(tree, column.type, False)
    return Slot(carrier(tree, column.type, found.conversion), column.type, column.nullable)


def _located(p: Pipeline, found: ColumnMap, column: ColumnDef) -> Tree:
    if found.constant is not None:
        return t.text(found.constant)
    if not found.path:
        raise Refusal(f"the field map of `{column.name}` has no path", "give its path in the map", "RC701")
    depth = found.json_from if found.json_from is not None else len(found.path)
    tree: Tree = p.column(found.path[0])
    for step in found.path[1:depth]:
        tree = t.call("element_at", tree, t.num(int(step) + 1)) if step.isdigit() else t.field(tree, p.identifier(step))
    rest = found.path[depth:]
    if rest:
        path = "$" + "".join(f"[{s}]" if s.isdigit() else step_text(s) for s in rest)
        tree = t.call("json_extract_scalar", tree, t.text(path))
    return t.nullif(tree, t.text(found.empty_as)) if found.empty_as is not None else tree


def external(p: Pipeline, rel: External) -> Level:
    """A watchlist or external table: a catalog table that the configuration names by the key."""
    place = p.options.externals.get(rel.key)
    if place is None:
        raise Refusal(f"the {rel.kind} `{rel.key}` has no table", f"name one with --external {rel.key}=TABLE", "RC601")
    columns = {c.name: Slot(carrier(p.column(c.name), c.type, "text"), c.type, c.nullable) for c in rel.columns}
    return Level(t.table(p.identifier(place)), columns, word=rel.key)
