"""Field maps: where the columns of a Sentinel table live on a target.

A map is a YAML file of the form of `fields.schema.json`; those of `maps/` come with rulec, users add their own. The query's names
stay KQL's: a backend reads a column through its `ColumnMap` where the table is scanned, and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from rulec.errors import CompileError, Diagnostic, unread_reason
from rulec.records import record, replace
from rulec.scalars import ScalarType
from rulec.source import Position, Source

if TYPE_CHECKING:
    from rulec.rule.tree import Node

#: Values in one map file, aliases counted with what they repeat.
_MAX_VALUES: Final = 20_000

#: How the stored value becomes the KQL value.
#: text: as it is (missing -> ''); json: JSON text of an object or array; iso8601: text -> datetime; epoch_s/epoch_ms: number -> datetime;
#: timestamp: the store's own timestamp type; bool_text: 'true'/'false' -> bool; number: number or number text; native: the store has
#: KQL's type.
Conversion = Literal["text", "json", "iso8601", "epoch_s", "epoch_ms", "timestamp", "bool_text", "number", "native"]


@record(frozen=True, slots=True)
class ColumnMap:
    """Where one column is: a `path` of keys (an integer string such as `0` indexes an array), or a `constant`, or derived:
    `expression` is a
    KQL expression over other columns of the map. Derived columns are resolved before a backend sees the query; a backend only reads
    paths and constants.
    `json_from` counts the leading path keys that are real columns or struct fields; the rest is read from JSON text (None: no JSON
    text on the way).
    `empty_as` is a stored text that means "no value" (the AWS add-on's `success`).
    `ordered` promises that the stored ISO 8601 texts are UTC with seconds and `Z`, so that they sort as the times do.
    `keys` are the JSON keys of a struct's fields, which the store has in lower case."""

    path: tuple[str, ...] = ()
    constant: str | None = None
    expression: str | None = None
    conversion: Conversion = "text"
    json_from: int | None = None
    empty_as: str | None = None
    ordered: bool = False
    keys: tuple[str, ...] = ()
    confidence: str = "doc"
    note: str = ""


@record(frozen=True, slots=True)
class Partitioning:
    """How a table is partitioned by time: `layout` names the form (`ymd`: year, month, day columns; `date`: one text column with
    `format`)."""

    layout: Literal["ymd", "date"]
    columns: tuple[str, ...]
    format: str


@record(frozen=True, slots=True)
class TableMap:
    """The map of one table on one target. `ddl` holds the store's own column types where they are published."""

    table: str
    target: str
    physical: str
    columns: Mapping[str, ColumnMap]
    time_column: str
    partitioning: Partitioning | None = None
    base_search: str = ""
    sources: tuple[str, ...] = ()
    ddl: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, ScalarType] = field(default_factory=dict)


@record(frozen=True, slots=True)
class NoCounterpart:
    """The target has no counterpart of the table; `reason` says why."""

    reason: str


@lru_cache(maxsize=1)
def builtin_tables() -> Mapping[str, str]:
    """The tables that rulec has a map for, each with the name of its map file."""
    files = {}
    for entry in resources.files("rulec").joinpath("maps").iterdir():
        if entry.name == "defender_xdr.yaml":
            files.update(dict.fromkeys(_yaml(entry.read_text("utf-8"))["family"]["tables"], entry.name))
        elif entry.name.endswith(".yaml"):
            files[entry.name.removesuffix(".yaml")] = entry.name
    return MappingProxyType(dict(sorted(files.items())))


@lru_cache(maxsize=256)
def builtin_map(table: str, target: str, variant: str = "") -> TableMap | NoCounterpart | None:
    """rulec's own map of a table on a target (`raw`, `athena`, `splunk`), None when there is none.

    `variant` names another form of the target: a layout (`manual`) or another add-on (`classic`)."""
    file = builtin_tables().get(table)
    if file is None:
        return None
    return _table_map(_document(file), table, target, variant)


def load_map(path: str, target: str, variant: str = "") -> dict[str, TableMap | NoCounterpart]:
    """The maps of a user's file, by table.

    Raises:
        CompileError: RC702 the file cannot be read, RC703 it is not of the form of `fields.schema.json`.
    """
    source, tree = _read(path)
    document = _checked(source, tree)
    _check_family(document, source, tree, target, variant)
    tables = document["family"]["tables"] if "family" in document else [document["table"]]
    return {table: _table_map(document, table, target, variant) for table in tables}


def map_variants(path: str) -> frozenset[str]:
    """The variants that a user's map file has: its layouts, and what follows the target in `splunk_classic`.

    Raises:
        CompileError: As `load_map`.
    """
    targets: Mapping[str, Any] = _checked(*_read(path))["targets"]
    layouts = {name for place in targets.values() for name in place.get("layouts", ())}
    return frozenset(layouts | {name.partition("_")[2] for name in targets if "_" in name})


def _yaml(text: str) -> Any:
    import yaml

    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@lru_cache(maxsize=64)
def _document(file: str) -> dict[str, Any]:
    document: dict[str, Any] = _yaml(resources.files("rulec").joinpath("maps", file).read_text("utf-8"))
    return document


def _read(path: str) -> tuple[Source, Node | None]:
    """A map file's tree, None for an empty file."""
    import yaml

    from rulec.rule.findings import Findings
    from rulec.rule.tree import read_tree

    try:
        source = Source.of_text(Path(path).read_text("utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        finding = _finding(Source.of_text("", path), Position(1, 1), "RC702", f"the field map cannot be read: {unread_reason(error)}")
        raise CompileError((finding,)) from error
    findings = Findings()
    try:
        tree = read_tree(source, findings, _MAX_VALUES)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
        problem = getattr(error, "problem", error)
        raise CompileError((_finding(source, place, "RC703", f"the field map is not valid YAML: {problem}"),)) from error
    if findings.has_errors:
        raise CompileError(tuple(replace(d, code="RC703", message=f"field map: {d.message}") for d in findings.result()))
    return source, tree


def _checked(source: Source, tree: Node | None) -> dict[str, Any]:
    import jsonschema

    from rulec.rule.tree import plain

    document = None if tree is None else plain(tree)
    schema = json.loads(resources.files("rulec").joinpath("fields.schema.json").read_text("utf-8"))
    found = sorted(jsonschema.Draft202012Validator(schema).iter_errors(document), key=lambda e: list(map(str, e.absolute_path)))
    if found:
        places = [(_place(tree, list(e.absolute_path)), e.message[:200]) for e in found]
        raise CompileError(tuple(_finding(source, place, "RC703", f"field map: {message}") for place, message in places))
    assert isinstance(document, dict)
    return document


def _check_family(document: dict[str, Any], source: Source, tree: Node | None, target: str, variant: str) -> None:
    """A family's pattern must be there for a target that has its tables."""
    targets = document["targets"]
    place = targets.get(f"{target}_{variant}", targets.get(target))
    if "family" in document and place is not None and "none" not in place and target not in document["family"]["places"]:
        message = f"field map: `targets` has {target}, `places` of the family does not"
        raise CompileError((_finding(source, _place(tree, ["family", "places"]), "RC703", message),))


def _finding(source: Source, place: Position, code: str, message: str) -> Diagnostic:
    return Diagnostic.in_file(source, place, code, message, "see `rulec maps` for maps that come with rulec")


def _place(node: Node | None, keys: Sequence[str | int]) -> Position:
    """The position of the value at a path of keys in a YAML text."""
    from rulec.rule import tree

    for key in keys:
        if isinstance(node, tree.Mapping):
            node = node.get(str(key)) or node
        elif isinstance(node, tree.Sequence) and isinstance(key, int):
            node = node.items[key]
    return Position(1, 1) if node is None else node.span.begin


def _table_map(document: dict[str, Any], table: str, target: str, variant: str) -> TableMap | NoCounterpart:
    targets = document["targets"]
    alternative = f"{target}_{variant}"
    place = targets.get(alternative, targets.get(target))
    if place is None:
        return NoCounterpart(f"the field map of {table} says nothing about {target}")
    if "none" in place:
        return NoCounterpart(place["none"])
    layout = place.get("layouts", {}).get(variant or place.get("default_layout"), place)
    keys = [alternative, target] if alternative in targets else [target]
    columns, types = _family(document, table, target) if "family" in document else _columns(document, keys)
    return TableMap(
        table=table,
        target=target,
        physical=layout.get("table", table).replace("{table}", table),
        columns=MappingProxyType(columns),
        time_column="TimeGenerated",
        partitioning=_partitioning(layout.get("partitions")),
        base_search=place.get("search", "").replace("{table}", table),
        sources=tuple(document.get("sources", ())),
        ddl=MappingProxyType(place.get("ddl", {})),
        types=MappingProxyType(types),
    )


def _partitioning(entry: dict[str, Any] | None) -> Partitioning | None:
    return Partitioning(entry["kind"], tuple(entry["columns"]), entry.get("format", "")) if entry else None


def _columns(document: dict[str, Any], targets: list[str]) -> tuple[dict[str, ColumnMap], dict[str, ScalarType]]:
    columns, types = {}, {}
    default = document.get("confidence", {})
    for name, entry in document["columns"].items():
        types[name] = ScalarType(entry["type"])
        target = next((t for t in targets if t in entry), targets[-1])
        place = entry.get(target) or ({"derive": entry["derive"]} if "derive" in entry else None)
        if place is not None:
            own = entry.get("confidence", {})
            confidence = own.get(target, own.get("all", default.get(target, "unk")))
            columns[name] = _column(place, confidence, entry.get("note", ""))
    return columns, types


def _column(place: str | list[str] | dict[str, Any], confidence: str, note: str) -> ColumnMap:
    if not isinstance(place, dict):
        place = {"path": place}
    path = place.get("path", ())
    return ColumnMap(
        path=tuple(path.split(".")) if isinstance(path, str) else tuple(path),
        constant=place.get("constant"),
        expression=place.get("derive"),
        conversion=place.get("as", "text"),
        json_from=place.get("json_from"),
        empty_as=place.get("empty_as"),
        ordered=place.get("ordered", False),
        keys=tuple(place.get("keys", ())),
        confidence=confidence,
        note=note,
    )


#: How a family's columns are stored, by target and KQL type; types that are left out are text.
_FAMILY_CONVERSIONS: dict[str, dict[ScalarType, Conversion]] = {
    "raw": {ScalarType.DATETIME: "iso8601", ScalarType.DYNAMIC: "json", ScalarType.BOOL: "bool_text"},
    "splunk": {ScalarType.DATETIME: "iso8601", ScalarType.DYNAMIC: "json", ScalarType.BOOL: "bool_text"},
    "athena": {ScalarType.DATETIME: "timestamp", ScalarType.DYNAMIC: "json", ScalarType.BOOL: "native"},
}


def _family(document: dict[str, Any], table: str, target: str) -> tuple[dict[str, ColumnMap], dict[str, ScalarType]]:
    from rulec.catalogue import tables as schemas

    family = document["family"]
    confidence = document.get("confidence", {}).get(target, "unk")
    pattern, times = family["places"][target], family.get("time", {})
    conversions = _FAMILY_CONVERSIONS.get(target, _FAMILY_CONVERSIONS["raw"])
    number: Conversion = "native" if target == "athena" else "number"
    columns, types = {}, dict(schemas.table(table) or {})
    for name, kind in types.items():
        path = times[target] if name in ("TimeGenerated", "Timestamp") and target in times else pattern.replace("{column}", name)
        conversion = "epoch_s" if path == "_time" else conversions.get(kind, number if kind.is_numeric else "text")
        keys = (path.lower() if target == "athena" else path).split(".")
        columns[name] = ColumnMap(tuple(keys), conversion=conversion, confidence=confidence)
    return columns, types
