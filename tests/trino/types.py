"""Hive's type texts (`struct<a:string,b:array<int>>`) as Trino's (`row(a varchar, b array(integer))`)."""

from __future__ import annotations

import re
from typing import Final

_NAMES: Final = {
    "string": "varchar",
    "int": "integer",
    "bigint": "bigint",
    "double": "double",
    "boolean": "boolean",
    "timestamp": "timestamp(3)",
}
_PART: Final = re.compile(r"[<>,:]|[^<>,:]+")


def trino_type(hive: str) -> str:
    """The Trino type of a Hive type.

    Raises:
        KeyError: The type is not one that the tests' tables have.
    """
    words = _PART.findall(hive.replace(" ", ""))
    kind, rest = _read(words)
    assert not rest, f"{hive}: {rest} is left"
    return kind


def _read(words: list[str]) -> tuple[str, list[str]]:
    word, rest = words[0], words[1:]
    match word:
        case "array":
            item, rest = _read(rest[1:])
            return f"array({item})", rest[1:]
        case "map":
            key, rest = _read(rest[1:])
            value, rest = _read(rest[1:])
            return f"map({key}, {value})", rest[1:]
        case "struct":
            return _fields(rest[1:])
        case _:
            return _NAMES[word], rest


def _fields(rest: list[str]) -> tuple[str, list[str]]:
    fields = []
    while True:
        name = rest[0]
        kind, rest = _read(rest[2:])
        fields.append(f'"{name}" {kind}')
        if rest[0] == ">":
            return f"row({', '.join(fields)})", rest[1:]
        rest = rest[1:]
