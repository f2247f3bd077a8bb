"""Where DuckDB reads tables: under their Sentinel names, or through a field map."""

from __future__ import annotations

from rulec.backend import external_name, no_external
from rulec.fields import ColumnMap, TableMap
from rulec.ir.rels import ColumnDef, External, Scan
from rulec.scalars import ScalarType
from rulec_backends.duckdb.datetimes import stored
from rulec_backends.sql import externals, nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.levels import Level, Slot
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.trees import Tree


def scan(p: Pipeline, scan: Scan) -> Level:
    """One level over the stored table; each column becomes its carrier here and nowhere else."""
    found = p.options.maps.get(scan.table)
    if found is not None and not p.options.sentinel_tables:
        source = t.table(p.identifier(found.physical))
        columns = {c.name: _mapped(p, found, c, scan) for c in scan.columns}
        return Level(source, columns, word=scan.table)
    if not p.options.sentinel_tables and p.options.maps:
        raise Refusal(f"no field map for the table `{scan.table}`", "give one with --map", "RC701")
    columns = {c.name: _slot(p.column(c.name), c) for c in scan.columns}
    return Level(t.table(p.identifier(scan.table)), columns, word=scan.table)


def _slot(tree: Tree, column: ColumnDef) -> Slot:
    raw = t.try_cast(tree, "TIMESTAMP") if column.type is ScalarType.DATETIME else None
    return Slot(carrier(tree, column.type), column.type, column.nullable, raw=raw)


def carrier(tree: Tree, kind: ScalarType) -> Tree:
    """A stored value of the KQL type as its carrier."""
    match kind:
        case ScalarType.STRING:
            return t.coalesce(tree, t.text(""))
        case ScalarType.DATETIME:
            return stored(tree)
        case ScalarType.DYNAMIC:
            return t.nullif(t.call("json", t.try_cast(tree, "JSON")), t.text("null"))
        case ScalarType.GUID:
            return t.call("lower", t.cast(tree, "VARCHAR"))
        case ScalarType.BOOL:
            return t.try_cast(tree, "BOOLEAN")
        case ScalarType.REAL:
            return t.try_cast(tree, "DOUBLE")
        case ScalarType.DECIMAL:
            return t.try_cast(tree, "DECIMAL(38,16)")
        case ScalarType.TIMESPAN | ScalarType.INT | ScalarType.LONG:
            return t.try_cast(tree, "BIGINT")


def _mapped(p: Pipeline, table: TableMap, column: ColumnDef, scan: Scan) -> Slot:
    found = table.columns.get(column.name)
    if found is None:
        p.refuse_column(table, column.name, scan.span)
        return Slot(t.null(), column.type, column.nullable)
    return Slot(
        _converted(_located(p, found, column), found, column), column.type, column.nullable and column.type is not ScalarType.STRING
    )


def _located(p: Pipeline, found: ColumnMap, column: ColumnDef) -> Tree:
    if found.constant is not None:
        return t.text(found.constant)
    if found.expression is not None or not found.path:
        raise Refusal(f"the field map of `{column.name}` has no path", "give its path in the map", "RC701")
    depth = found.json_from if found.json_from is not None else len(found.path)
    tree: Tree = p.column(found.path[0])
    for step in found.path[1:depth]:
        tree = t.call("list_extract", tree, t.num(int(step) + 1)) if step.isdigit() else t.field(tree, p.identifier(step))
    rest = found.path[depth:]
    if rest:
        path = "$" + "".join(f"[{s}]" if s.isdigit() else f'."{s}"' for s in rest)
        function = "json_extract" if found.conversion == "json" or column.type is ScalarType.DYNAMIC else "json_extract_string"
        tree = t.call(function, t.try_cast(tree, "JSON"), t.text(path))
    if found.empty_as is not None:
        tree = t.nullif(tree, t.text(found.empty_as))
    return tree


def _converted(tree: Tree, found: ColumnMap, column: ColumnDef) -> Tree:
    """The stored value as the map's `conversion` says, then as the column's carrier."""
    match found.conversion:
        case "epoch_s" | "epoch_ms":
            unit = 10_000_000 if found.conversion == "epoch_s" else 10_000
            scaled = t.cast(t.call("round", t.mul(t.try_cast(tree, "DOUBLE"), t.num(unit))), "BIGINT")
            return t.add(scaled, t.num(621_355_968_000_000_000))
        case "bool_text":
            if column.type is ScalarType.BOOL:
                return t.eq(t.call("lower", t.cast(tree, "VARCHAR")), t.text("true"))
            return carrier(t.cast(tree, "VARCHAR"), column.type)
        case _:
            if column.type is ScalarType.STRING and not isinstance(tree, nodes.Literal):
                return t.coalesce(t.cast(tree, "VARCHAR"), t.text(""))
            return tree if isinstance(tree, nodes.Literal) else carrier(tree, column.type)


def external(p: Pipeline, rel: External) -> Level:
    """A watchlist or external table: a table or file that the configuration names by the key."""
    place = p.options.externals.get(rel.key)
    if place is None:
        place = f"{external_name(rel.key)}.csv"
        p.warn(rel.span, "RC509", *no_external(rel.kind, rel.key, place))
    if place.endswith((".json", ".jsonl", ".ndjson")):
        source: Tree = t.call("read_json", t.text(place))
    elif "." in place or "/" in place:
        absent = externals.absent(p, rel, place)
        columns = {c.name: Slot(t.text("") if c.name in absent else p.column(c.name), ScalarType.STRING, False) for c in rel.columns}
        return externals.converted(p, rel, Level(_separated(p, rel, place), columns, word=rel.key))
    else:
        source = t.table(p.identifier(place))
    columns = {c.name: Slot(_external(p.column(c.name), c.type), c.type, c.nullable) for c in rel.columns}
    return Level(source, columns, word=rel.key)


def _separated(p: Pipeline, rel: External, place: str) -> Tree:
    """A file of separated values: `externaldata` names the columns by position, a watchlist by its header."""
    given = {
        "header": t.truth(externals.is_headed(rel)),
        "delim": t.text(externals.delimiter(p, rel)),
        "quote": t.text('"'),
        "escape": t.text('"'),
        "all_varchar": t.true(),
        "null_padding": t.true(),
        "parallel": t.false(),
    }
    if rel.kind != "watchlist":
        given["names"] = t.array([t.text(c.name) for c in rel.columns])
    settings = [nodes.Setting(k, v) for k, v in given.items()]
    return t.call("read_csv", t.text(place), *settings)


def _external(tree: Tree, kind: ScalarType) -> Tree:
    """A cell of a file: a text that is no JSON is a dynamic string, as `parse_json` takes it."""
    if kind is not ScalarType.DYNAMIC:
        return carrier(tree, kind)
    as_text = t.call("to_json", t.nullif(t.cast(tree, "VARCHAR"), t.text("")))
    return t.nullif(t.coalesce(t.call("json", t.try_cast(tree, "JSON")), as_text), t.text("null"))
