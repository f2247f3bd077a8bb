"""Watchlists and `externaldata`: the texts of a file's cells, and their columns.

A watchlist's file has a header with its columns' names; the records of `externaldata` are read by position, a header only when it is
said to be ignored. Source: Learn, "externaldata operator", "watchlists".
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Literal
from rulec.ir.rels import ColumnDef, External, Values
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec_backends.sql import relations, values
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.functions.conversions import convert
from rulec_backends.sql.levels import Level, Slot
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.trees import Tree

DELIMITERS: Final[Mapping[str, str]] = MappingProxyType({"": ",", "csv": ",", "tsv": "\t", "tsve": "\t", "psv": "|", "scsv": ";"})
_LARGEST: Final = 200_000


def delimiter(p: Pipeline, rel: External) -> str:
    """What stands between two cells.

    Raises:
        Refusal: The format is none of separated values.
    """
    found = DELIMITERS.get(rel.format.lower())
    if found is None:
        raise Refusal(f"`externaldata` of the format `{rel.format}` is not supported on {p.dialect.title}", "give it as CSV")
    return found


def is_headed(rel: External) -> bool:
    """Whether the first record holds no values."""
    ignored = any(name.lower() == "ignorefirstrecord" and value.lower() == "true" for name, value in rel.properties)
    return rel.kind == "watchlist" or ignored


def converted(p: Pipeline, rel: External, level: Level) -> Level:
    """The level's texts, one column a column of the source, as values of the columns' types."""
    row = Row(p, level)
    columns = {}
    for c in rel.columns:
        text = t.coalesce(level.columns[c.name].tree, t.text(""))
        columns[c.name] = Slot(_value(row, text, c.type), c.type, c.nullable)
    level = relations.with_hoists(p, level, row, [s.tree for s in columns.values()])
    return replace(level, columns=columns, word=rel.key)


def _value(row: Row, text: Tree, kind: ScalarType) -> Tree:
    match kind:
        case ScalarType.STRING:
            return text
        case ScalarType.DYNAMIC:
            return row.d.json_parse(row, text)
        case _:
            return convert(row, ScalarType.STRING, text, kind)


def inlined(p: Pipeline, rel: External, place: str) -> Level:
    """The records of a small file as constant rows."""
    texts = tuple(ColumnDef(c.name, ScalarType.STRING, False) for c in rel.columns)
    rows = tuple(tuple(Literal(cell, ScalarType.STRING, rel.span) for cell in record) for record in _records(p, rel, place))
    return converted(p, rel, values.values(p, Values(texts, rows, rel.span)))


def absent(p: Pipeline, rel: External, place: str) -> frozenset[str]:
    """The columns of a watchlist that its file has not, such as `SearchKey`; none where the file cannot be read yet."""
    if rel.kind != "watchlist":
        return frozenset()
    try:
        with open(place, encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file, delimiter=delimiter(p, rel)), [])
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return frozenset(c.name for c in rel.columns).difference(header)


def _records(p: Pipeline, rel: External, place: str) -> list[list[str]]:
    """The cells of the source's columns, '' where the file has none."""
    between = delimiter(p, rel)
    try:
        with open(place, encoding="utf-8-sig", newline="") as file:
            text = file.read(_LARGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"the file `{place}` of the {rel.kind} `{rel.key}` cannot be read: {error}", code="RC601") from error
    if len(text) > _LARGEST:
        hint = f"load it as a table and name that: --watchlist {rel.key}=TABLE"
        raise Refusal(f"the file `{place}` is too large to stand in the query", hint, "RC403")
    records = list(csv.reader(text.splitlines(keepends=True), delimiter=between))
    names = [c.name for c in rel.columns]
    header = records[0] if rel.kind == "watchlist" and records else names
    places = [header.index(n) if n in header else len(header) for n in names]
    return [[r[i] if i < len(r) else "" for i in places] for r in records[1 if is_headed(rel) else 0 :]]
