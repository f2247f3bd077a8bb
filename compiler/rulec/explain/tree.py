"""A syntax tree as indented text, for `rulec explain --stage ast`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator


def show_tree(root: object) -> str:
    """One line a node, its plain fields beside its name, its nodes below it."""
    return "\n".join(_lines(root, 0, ""))


def _lines(node: object, depth: int, label: str) -> Iterator[str]:
    indent, prefix = "  " * depth, f"{label}: " if label else ""
    if not dataclasses.is_dataclass(node) or isinstance(node, type):
        yield f"{indent}{prefix}{node!r}"
        return
    plain: list[tuple[str, object]] = []
    below: list[tuple[str, object]] = []
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        if not field.compare or value in (None, (), "", False):
            continue
        nested = dataclasses.is_dataclass(value) or (isinstance(value, tuple) and any(map(dataclasses.is_dataclass, value)))
        (below if nested else plain).append((field.name, value))
    yield f"{indent}{prefix}{type(node).__name__}" + "".join(f" {name}={value!r}" for name, value in plain)
    for name, value in below:
        for item in value if isinstance(value, tuple) else (value,):
            yield from _lines(item, depth + 1, name)
