"""Columns that the store has as structs and arrays, read as the JSON text that KQL sees.

The store has the fields in lower case; the field map knows the keys of the JSON. A path through the JSON becomes a path through the struct.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rulec.fields import TableMap
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.trees import Tree

_PART: Final = re.compile(r"[<>,:]|[^<>,:]+")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of the store: `name` is string, array, map, struct …; parts are an array's item, a map's value or a struct's fields."""

    name: str
    labels: tuple[str, ...] = ()
    parts: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """The struct behind a JSON text, and the JSON's keys by their lower case."""

    tree: Tree
    kind: Kind
    keys: dict[str, str]


def read(text: str) -> Kind:
    """The type that a text such as `array<struct<arn:string>>` names."""
    kind, rest = _read(_PART.findall(text.replace(" ", "")))
    assert not rest
    return kind


def _read(words: list[str]) -> tuple[Kind, list[str]]:
    word, rest = words[0], words[1:]
    match word:
        case "array":
            item, rest = _read(rest[1:])
            return Kind(word, (), (item,)), rest[1:]
        case "map":
            _, rest = _read(rest[1:])
            value, rest = _read(rest[1:])
            return Kind(word, (), (value,)), rest[1:]
        case "struct":
            labels: list[str] = []
            parts: list[Kind] = []
            while rest[0] != ">":
                labels.append(rest[1])
                part, rest = _read(rest[3:])
                parts.append(part)
            return Kind(word, tuple(labels), tuple(parts)), rest[1:]
        case _:
            return Kind(word), rest


def type_of(table: TableMap, path: Sequence[str]) -> Kind | None:
    """The store's type of a column or field; None where it is not published."""
    text = table.ddl.get(path[0])
    if text is None:
        return None
    kind = read(text)
    for step in path[1:]:
        if kind.name == "struct" and step in kind.labels:
            kind = kind.parts[kind.labels.index(step)]
        elif kind.name in ("array", "map"):
            kind = kind.parts[0]
        else:
            return None
    return kind


def is_container(kind: Kind) -> bool:
    return kind.name in ("array", "struct", "map")


def as_json_text(tree: Tree, kind: Kind, keys: tuple[str, ...]) -> Tree:
    """The JSON text of a container, with the keys as the event has them; marked, so that a path can go through the struct itself."""
    named = {k.lower(): k for k in keys}
    text = t.call("json_format", t.cast(_renamed(tree, kind, named, 0), "JSON"))
    return nodes.known(text, nodes.Facts(json=True, stored=Stored(tree, kind, named)))


def _renamed(tree: Tree, kind: Kind, named: dict[str, str], depth: int) -> Tree:
    """The value with its fields named as in the JSON."""
    match kind.name:
        case "array" if is_container(kind.parts[0]):
            label = f"r{depth or ''}"
            return t.call("transform", tree, t.lam([label], _renamed(nodes.Var(label), kind.parts[0], named, depth + 1)))
        case "struct":
            fields = [_renamed(t.field(tree, t.name(f)), k, named, depth) for f, k in zip(kind.labels, kind.parts, strict=True)]
            record = t.struct_type(
                (t.name(named.get(f, f), quoted=True), t.sql_type("JSON" if is_container(k) else "VARCHAR"))
                for f, k in zip(kind.labels, kind.parts, strict=True)
            )
            values = [t.cast(x, "JSON") if is_container(k) else x for x, k in zip(fields, kind.parts, strict=True)]
            return t.when(t.is_not_null(tree), nodes.Cast(t.call("row", *values), record))
        case _:
            return tree


def at_path(text: Tree, steps: Sequence[object]) -> Tree | None:
    """The text field of the struct at a path of the JSON; None when the path ends elsewhere."""
    stored = text.facts.stored
    if not isinstance(stored, Stored):
        return None
    tree, kind, named = stored.tree, stored.kind, stored.keys
    for step in steps:
        if kind.name == "array" and isinstance(step, int):
            tree, kind = t.call("element_at", tree, t.num(step + 1 if step >= 0 else step)), kind.parts[0]
        elif kind.name == "struct" and isinstance(step, str) and named.get(step.lower(), step) == step and step.lower() in kind.labels:
            tree, kind = t.field(tree, t.name(step.lower())), kind.parts[kind.labels.index(step.lower())]
        else:
            return None
    return None if is_container(kind) else tree
