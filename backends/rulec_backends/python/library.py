"""The run-time functions as text: what a generated module needs of `runtime/` is copied into it.

A run-time file is cut at its top-level statements; only the statements that a module needs are parsed, for the names
that they use in turn. Everything is read once a process.
"""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

RUNTIME: Final = Path(__file__).with_name("runtime")
MODULES: Final = tuple(sorted(p.stem for p in RUNTIME.glob("*.py") if p.stem != "__init__"))

_TOP: Final = re.compile(r"^(?=[A-Za-z_@])", re.MULTILINE)
_DEFINED: Final = re.compile(r"(?:@[^\n]*\n)*(?:def|class)\s+(\w+)|(\w+)\s*(?::[^=\n]*)?=")
_IMPORT: Final = re.compile(r"(?:import|from)\s")


@dataclass(frozen=True, slots=True)
class Item:
    """A top-level statement: what it defines, its text, its place."""

    name: str
    place: tuple[int, int]
    text: str


@cache
def _index() -> tuple[dict[str, Item], dict[str, str]]:
    """The items by name, and the standard library's names with the import statement of each."""
    items: dict[str, Item] = {}
    imports: dict[str, str] = {}
    for number, module in enumerate(MODULES):
        text = (RUNTIME / f"{module}.py").read_text(encoding="utf-8")
        chunks = _TOP.split(text)
        position = 0
        while position < len(chunks):
            chunk = chunks[position]
            while chunk.startswith("@") and position + 1 < len(chunks) and "\ndef " not in chunk and "\nclass " not in chunk:
                position += 1
                chunk += chunks[position]
            position += 1
            if _IMPORT.match(chunk):
                _add_import(chunk, imports)
            elif (found := _DEFINED.match(chunk)) is not None:
                defined = found.group(1) or found.group(2)
                items[defined] = Item(defined, (number, position), _without_trailing_comment(chunk))
    return items, imports


def _without_trailing_comment(chunk: str) -> str:
    """Comments at the end of a chunk belong to the next statement."""
    lines = chunk.rstrip().split("\n")
    while lines and (not lines[-1].strip() or lines[-1].startswith("#")):
        lines.pop()
    return re.sub(r"  # (?:type: ignore|noqa).*", "", "\n".join(lines))


def _add_import(chunk: str, imports: dict[str, str]) -> None:
    for node in ast.parse(chunk.strip().split("\n\n")[0]).body:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    imports[alias.asname or alias.name] = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
            case ast.ImportFrom(module=str(module), names=names) if not module.startswith(("rulec_backends", "__future__")):
                for alias in names:
                    imports[alias.asname or alias.name] = f"from {module} import {alias.name}" + (
                        f" as {alias.asname}" if alias.asname else ""
                    )
            case _:
                pass


@cache
def names() -> frozenset[str]:
    """All names that the run-time files define or import; generated locals avoid them."""
    items, imports = _index()
    return frozenset(items) | frozenset(imports)


@cache
def _needs(name: str) -> frozenset[str]:
    """The run-time and imported names that an item uses."""
    items, imports = _index()
    used = _global_names(symtable.symtable(items[name].text, name, "exec"))
    return frozenset((used & items.keys()) | (used & imports.keys())) - {name}


def _global_names(table: symtable.SymbolTable) -> set[str]:
    """The names that a scope and those inside it take from the module."""
    top = table.get_type() == "module"
    found = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    return found.union(*(_global_names(inner) for inner in table.get_children()))


def copied(wanted: Iterable[str]) -> tuple[list[str], list[str]]:
    """The import statements and the statements for the wanted names and all that they use.

    Raises:
        KeyError: a name that no run-time file has.
    """
    items, imports = _index()
    ordered: dict[str, None] = {}
    for name in sorted(wanted):
        ordered.update(dict.fromkeys(_closure(name)))
    return sorted({imports[n] for n in ordered if n in imports and n not in items}), [items[n].text for n in ordered if n in items]


@cache
def _closure(name: str) -> tuple[str, ...]:
    """A name below all that it uses; of names that use each other one comes first.

    Raises:
        KeyError: a name that no run-time file has.
    """
    items, imports = _index()
    ordered: dict[str, None] = {}
    visiting: set[str] = set()

    def visit(one: str) -> None:
        if one in visiting:
            return
        visiting.add(one)
        if one in items:
            for needed in sorted(_needs(one)):
                visit(needed)
        elif one not in imports:
            raise KeyError(one)
        ordered[one] = None

    visit(name)
    return tuple(ordered)
