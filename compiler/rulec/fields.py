"""Field maps: where the columns of a Sentinel table live on a target.

A map is a YAML file; `load_map` checks it against `fields.schema.json`. The query's names stay KQL's: a backend reads a
column through its `ColumnMap` where the table is scanned, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: How the stored value becomes the KQL value.
#: text: as it is (missing -> ''); json: JSON text of an object or array; iso8601: text -> datetime; epoch_s/epoch_ms: number -> datetime;
#: timestamp: the store's own timestamp type; bool_text: 'true'/'false' -> bool; number: number or number text; native: the store has KQL's type.
Conversion = Literal["text", "json", "iso8601", "epoch_s", "epoch_ms", "timestamp", "bool_text", "number", "native"]


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where one column is: a `path` of keys (an integer string such as `0` indexes an array), or a `constant`, or derived: `expression` is a
    KQL expression over other columns of the map. Derived columns are resolved before a backend sees the query; a backend only reads paths and constants.
    `json_from` counts the leading path keys that are real columns or struct fields; the rest is read from JSON text (None: no JSON text on the way).
    `empty_as` is a stored text that means "no value" (the AWS add-on's `success`)."""

    path: tuple[str, ...] = ()
    constant: str | None = None
    expression: str | None = None
    conversion: Conversion = "text"
    json_from: int | None = None
    empty_as: str | None = None
    confidence: str = "doc"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Partitioning:
    """How a table is partitioned by time: `layout` names the form (`ymd`: year, month, day columns; `date`: one text column with `format`)."""

    layout: Literal["ymd", "date"]
    columns: tuple[str, ...]
    format: str


@dataclass(frozen=True, slots=True)
class TableMap:
    """The map of one table on one target."""

    table: str
    target: str
    physical: str
    columns: dict[str, ColumnMap]
    time_column: str
    partitioning: Partitioning | None = None
    base_search: str = ""
    sources: tuple[str, ...] = ()
