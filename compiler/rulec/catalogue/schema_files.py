"""Schemas that the user brings: files of tables, columns and types.

Three forms are read, as JSON or CSV: rows with `table`, `column`, `type`; the output of `T | getschema` (`ColumnName`,
`ColumnType` or `DataType`), where the file's name is the table's; and, in JSON, an object of tables with their columns.

Source: Learn, "getschema operator"; .NET's names of the column types.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rulec.scalars import TYPE_NAMES, ScalarType

#: .NET types as `getschema` writes them in `DataType`. Kusto keeps a bool in a signed byte.
DOTNET_TYPES: Final[dict[str, ScalarType]] = {
    "System.SByte": ScalarType.BOOL,
    "System.Boolean": ScalarType.BOOL,
    "System.Int32": ScalarType.INT,
    "System.Int64": ScalarType.LONG,
    "System.Double": ScalarType.REAL,
    "System.Data.SqlTypes.SqlDecimal": ScalarType.DECIMAL,
    "System.String": ScalarType.STRING,
    "System.DateTime": ScalarType.DATETIME,
    "System.TimeSpan": ScalarType.TIMESPAN,
    "System.Guid": ScalarType.GUID,
    "System.Object": ScalarType.DYNAMIC,
}
_TABLE, _COLUMN, _TYPE = ("table", "TableName"), ("column", "ColumnName", "name"), ("type", "ColumnType", "DataType")
Schemas = Mapping[str, Mapping[str, ScalarType]]


class SchemaError(ValueError):
    """A schema file that cannot be read: the message says where and what was expected."""


def load_schema(path: Path) -> Schemas:
    """Tables of a schema file with their columns and types, in the file's order.

    Raises:
        SchemaError: The file is neither JSON nor CSV of a known form, a type is unknown, or a column is there twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaError(f"{path.name}: cannot be read as UTF-8 text ({error})") from error
    return _json_schema(text, path) if text.lstrip()[:1] in ("{", "[") else _csv_schema(text, path)


def _csv_schema(text: str, path: Path) -> Schemas:
    reader = csv.DictReader(text.splitlines())
    header = reader.fieldnames or ()
    if not any(name in header for name in _COLUMN) or not any(name in header for name in _TYPE):
        raise SchemaError(
            f"{path.name}: expects a header with `table,column,type` or `ColumnName,ColumnType`, found {', '.join(header) or 'nothing'}"
        )
    return _tables(((row, f"line {reader.line_num}") for row in reader), path)


def _json_schema(text: str, path: Path) -> Schemas:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise SchemaError(f"{path.name}: line {error.lineno}: no JSON ({error.msg})") from error
    if isinstance(document, list):
        return _tables(_numbered(document), path)
    rows: list[tuple[object, str]] = []
    for table, columns in document.items():
        pairs = columns.items() if isinstance(columns, dict) else None
        listed = [{"column": c, "type": t} for c, t in pairs] if pairs is not None else columns
        if not isinstance(listed, list):
            raise SchemaError(f"{path.name}: table {table}: expects an object or a list of columns")
        rows.extend(
            (row | {"table": table} if isinstance(row, dict) else row, f"table {table}, {place}") for row, place in _numbered(listed)
        )
    return _tables(rows, path)


def _numbered(rows: list[object]) -> list[tuple[object, str]]:
    return [(row, f"item {at}") for at, row in enumerate(rows, 1)]


def _tables(rows: Iterable[tuple[object, str]], path: Path) -> Schemas:
    tables: dict[str, dict[str, ScalarType]] = {}
    for row, place in rows:
        where = f"{path.name}: {place}"
        if not isinstance(row, dict):
            raise SchemaError(f"{where}: expects an object with a column's name and type")
        columns = tables.setdefault(_text(row, _TABLE) or path.stem, {})
        name, kind = _text(row, _COLUMN), _text(row, _TYPE)
        if not name:
            raise SchemaError(f"{where}: no column name")
        if name in columns:
            raise SchemaError(f"{where}: column `{name}` is there twice")
        columns[name] = _type(kind, where)
    return MappingProxyType({table: MappingProxyType(columns) for table, columns in tables.items()})


def _text(row: dict[str, object], keys: tuple[str, ...]) -> str:
    return next((value.strip() for key in keys if isinstance(value := row.get(key), str) and value.strip()), "")


def _type(text: str, where: str) -> ScalarType:
    found = DOTNET_TYPES.get(text) or TYPE_NAMES.get(text.lower())
    if found is None:
        raise SchemaError(f"{where}: `{text}` is no column type; expects one of {', '.join(kind.value for kind in ScalarType)}")
    return found
