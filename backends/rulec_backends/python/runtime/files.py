"""Rows of files: what `externaldata` and watchlists read."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from rulec_backends.python.runtime.cells import (
    bool_cell,
    decimal_cell,
    dynamic_cell,
    guid_cell,
    long_cell,
    real_cell,
    text_cell,
    timespan_cell,
)
from rulec_backends.python.runtime.moments import input_ticks

Row: TypeAlias = "tuple[object, ...]"

CELL_READERS = {
    "string": text_cell,
    "int": long_cell,
    "long": long_cell,
    "real": real_cell,
    "decimal": decimal_cell,
    "bool": bool_cell,
    "datetime": input_ticks,
    "timespan": timespan_cell,
    "guid": guid_cell,
    "dynamic": dynamic_cell,
}
DELIMITERS = {"csv": ",", "tsv": "\t", "tsve": "\t", "psv": "|", "scsv": ";", "sohsv": "\x01"}


def file_rows(path: str, kind: str, columns: Sequence[tuple[str, str]], options: Mapping[str, str], wanted: Sequence[str]) -> Iterator[Row]:
    """The wanted columns of a file's rows.

    Raises:
        ValueError: a format that is not known.
    """
    places = [next(i for i, (name, _) in enumerate(columns) if name == w) for w in wanted]
    for record in file_records(path, kind.lower() or "csv", columns, options):
        yield tuple(CELL_READERS[columns[i][1]](record[i] if i < len(record) else None) for i in places)


def file_records(path: str, kind: str, columns: Sequence[tuple[str, str]], options: Mapping[str, str]) -> Iterator[Sequence[object]]:
    """The records of a file, each as cells in the columns' order."""
    skip = str(options.get("ignoreFirstRecord", options.get("ignorefirstrecord", ""))).lower() == "true"
    with open(path, encoding="utf-8-sig", newline="") as file:
        if kind in DELIMITERS:
            for number, cells in enumerate(csv.reader(file, delimiter=DELIMITERS[kind])):
                if not (skip and number == 0):
                    yield cells
        elif kind == "watchlist":
            yield from ([record.get(name) for name, _ in columns] for record in csv.DictReader(file))
        elif kind in ("txt", "raw"):
            lines = [file.read()] if kind == "raw" else file.read().splitlines()
            yield from ([line] for line in lines[1 if skip else 0 :])
        elif kind in ("json", "multijson"):
            for record in json_records(file.read()):
                yield [record.get(name) for name, _ in columns]
        else:
            raise ValueError(f"externaldata: the format {kind} is not known")


def json_records(text: str) -> Iterator[dict[str, object]]:
    """The objects of a text: one after the other, or in arrays."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace() or text[at] == ",":
            at += 1
            continue
        value, at = decoder.raw_decode(text, at)
        yield from (v for v in (value if isinstance(value, list) else [value]) if isinstance(v, dict))
