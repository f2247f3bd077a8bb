"""A syntax tree as indented text, for `rulec explain --stage ast`."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Final

from rulec.source import Span
from rulec.syntax.nodes import Program

#: Deeper lines are indented no further.
_MAX_INDENT: Final = 60
#: Fields whose False or '' was written; elsewhere these say nothing.
_ALWAYS: Final = frozenset({"value", "descending", "nulls_first"})


def show(program: Program) -> str:
    """One line a node: its field, kind, own values and its place (`line:column`), children indented under it.

    The tree is walked with a stack of its own: a condition with thousands of terms is as deep as it is long.
    """
    lines: list[str] = []
    pending: list[tuple[int, str, object]] = [(0, "", program)]
    while pending:
        level, label, node = pending.pop()
        values, children = _parts(node)
        prefix = "  " * min(level, _MAX_INDENT) + (f"{label}: " if label else "")
        lines.append(" ".join((f"{prefix}{type(node).__name__}", *values)))
        pending.extend((level + 1, name, child) for name, child in reversed(children))
    return "\n".join(lines) + "\n"


def _parts(node: object) -> tuple[list[str], list[tuple[str, object]]]:
    """A node's values, written out, and its child nodes with their fields."""
    values: list[str] = []
    children: list[tuple[str, object]] = []
    place = ""
    assert is_dataclass(node)
    for field in fields(node):
        value: object = getattr(node, field.name)
        if isinstance(value, Span):
            place = place or f"({value.begin.line}:{value.begin.column})"
        elif is_dataclass(value) and not isinstance(value, type):
            children.append((field.name, value))
        elif isinstance(value, tuple):
            children.extend((field.name, item) for item in value)
        elif (text := _text(field.name, value)) is not None:
            values.append(text)
    return [*values, place], children


def _text(name: str, value: object) -> str | None:
    """A value as a word of the line; None when it says nothing. The two values that every reader expects have no label."""
    if name not in _ALWAYS and (value is False or value == ""):
        return None
    if value is None:
        return "null" if name == "value" else None
    text = value.value if isinstance(value, Enum) else str(value) if isinstance(value, Decimal) else repr(value)
    return str(text) if name in ("text", "value", "op", "type") else f"{name}={text}"
