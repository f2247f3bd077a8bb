"""Reads the YAML files of cases.

A case shows expressions over a few values, or is a whole query:

    - case: a term ends at what is neither letter nor digit
      why: kql.md 4.3
      given: s:string
      shows: {a:bool: s has "alpha", b:bool: s contains "alpha"}
      rows:
        - [alpha_beta, true, true]     # the given values, then the answers
        - [alphabeta, false, true]

    - case: the default join keeps one left row a key
      why: kql.md 8.13
      query: T | join R on k
      columns: k:long, v:string, k1:long
      rows: [[1, a, 1]]
      order: [k]        # only where the answer has an order: its keys, or [] for the exact order
      sets: true        # arrays compare as sets

    - case: dynamic values cannot be sorted by
      why: kql.md 5.5
      query: T | sort by d
      rejected: true    # no engine may answer

Plain scalars are JSON's: `null`, `true`, numbers; all others are texts, times too (`2020-01-01T00:00:00Z`, `1.02:03:04`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

import yaml

from tests.conformance.cases import Case, Cell, Column, Order

FOLDER: Final = Path(__file__).parent
KEYS: Final = frozenset({"case", "why", "given", "shows", "query", "columns", "rows", "order", "sets", "rejected"})
_REALS: Final = {"NaN": "nan", "Infinity": "+inf", "-Infinity": "-inf"}


class _Loader(yaml.SafeLoader):
    """YAML of which plain scalars are read as JSON reads them: no dates, no `yes`, no base 60."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


for _tag, _pattern, _first in (
    ("null", r"null", "n"),
    ("bool", r"true|false", "tf"),
    ("int", r"-?(0|[1-9]\d*)", "-0123456789"),
    ("float", r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", "-0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first))


def families() -> list[Path]:
    """The files of cases."""
    return sorted(FOLDER.glob("*.yaml"))


def entries(path: Path) -> list[dict[str, Any]]:
    """The cases of a file as they are written."""
    found = yaml.load(path.read_text("utf-8"), _Loader)
    assert isinstance(found, list)
    return found


def load(path: Path) -> Iterator[Case]:
    """The cases of a file. Raises `ValueError` for what is no case."""
    for entry in entries(path):
        if unknown := entry.keys() - KEYS:
            raise ValueError(f"{path.name}, {entry['case']}: unknown keys {sorted(unknown)}")
        try:
            yield _shown(path.stem, entry) if "given" in entry else _asked(path.stem, entry)
        except (KeyError, ValueError, TypeError) as problem:
            raise ValueError(f"{path.name}, {entry.get('case')}: {problem!r}") from problem


def with_constants(path: Path) -> Iterator[Case]:
    """The cases of a file that show expressions, each row as a query of its own whose values are constants."""
    for entry in entries(path):
        if "given" not in entry:
            continue
        given = _columns(entry["given"])
        shows = [(*_columns(key)[0], str(text)) for key, text in entry["shows"].items()]
        items = ", ".join(f"{name} = {text}" for name, _, text in shows)
        for at, row in enumerate(entry["rows"], start=1):
            lets = "".join(f"let {name} = {kql_literal(value, type_)};\n" for value, (name, type_) in zip(row, given, strict=False))
            expected = _rows([row[len(given) :]], len(shows))
            names = _expected([(name, type_) for name, type_, _ in shows])
            name = f"{path.stem}/{entry['case']}, row {at}"
            yield Case(name, path.stem, f"{lets}print {items}", names, expected, 1, set_arrays=bool(entry.get("sets")))


def _columns(text: str) -> list[tuple[str, str]]:
    return [(name.strip(), type_.strip()) for name, _, type_ in (part.rpartition(":") for part in text.split(","))]


def _expected(names: list[tuple[str, str]]) -> tuple[Column, ...]:
    return tuple(Column(name, frozenset({type_})) for name, type_ in names)


def _rows(rows: list[list[Any]], width: int) -> tuple[tuple[Cell, ...], ...]:
    for row in rows:
        if len(row) != width:
            raise ValueError(f"the row {row} has {len(row)} cells, not {width}")
    return tuple(tuple(Cell(value) for value in row) for row in rows)


def _shown(family: str, entry: dict[str, Any]) -> Case:
    given = _columns(entry["given"])
    shows = [(*_columns(key)[0], str(text)) for key, text in entry["shows"].items()]
    names = [("row", "long"), *((name, type_) for name, type_, _ in shows)]
    width, rows = len(given), entry["rows"]
    table = ", ".join(("row:long", *(f"{name}:{type_}" for name, type_ in given)))
    cells = [[kql_literal(v, t) for v, (_, t) in zip(row[:width], given, strict=True)] for row in rows]
    values = ",\n".join(", ".join((str(at), *row)) for at, row in enumerate(cells, start=1))
    items = ", ".join(("row", *(f"{name} = {text}" for name, _, text in shows)))
    expected = _rows([[at, *row[width:]] for at, row in enumerate(rows, start=1)], len(names))
    query = f"datatable({table})[\n{values}]\n| project {items}"
    return Case(f"{family}/{entry['case']}", family, query, _expected(names), expected, len(rows), set_arrays=bool(entry.get("sets")))


def _asked(family: str, entry: dict[str, Any]) -> Case:
    name, query = f"{family}/{entry['case']}", entry["query"]
    if entry.get("rejected"):
        return Case(name, family, query, refused=True)
    columns, rows, order = _columns(entry["columns"]), entry["rows"], entry.get("order")
    return Case(
        name,
        family,
        query,
        _expected(columns),
        _rows(rows, len(columns)),
        len(rows),
        Order.NONE if order is None else Order.KEYS,
        tuple(order or ()),
        set_arrays=bool(entry.get("sets")),
    )


def kql_literal(value: Any, type_: str) -> str:
    """A value of a case as KQL writes it."""
    match type_, value:
        case "string", str():
            return '"' + "".join(_escaped(c) for c in value) + '"'
        case _, None if type_ != "string":
            return f"{type_}(null)"
        case "dynamic", _:
            return f"dynamic({json.dumps(value, ensure_ascii=False)})"
        case "bool", bool():
            return str(value).lower()
        case "real", str():
            return f"real({_REALS[value]})"
        case "real" | "decimal" | "int" | "long", int() | float() if not isinstance(value, bool):
            return f"{type_}({value!r})"
        case "datetime" | "timespan" | "guid" | "decimal", str():
            return f"{type_}({value})"
    raise ValueError(f"{value!r} is no {type_}")


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() or character == "\u00a0" else f"\\u{ord(character):04x}"
