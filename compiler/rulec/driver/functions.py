"""The workspace functions of a folder: a `.kql` text each, or a parser's YAML file as the gallery has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Final

import yaml

from rulec.bind.environment import SavedFunction
from rulec.driver.inputs import RULE_SUFFIXES, UsageError, find_functions
from rulec.rule.anchors import text_source
from rulec.rule.findings import Findings
from rulec.rule.text import read_source
from rulec.rule.tree import Mapping, Node, Scalar, Sequence, read_tree
from rulec.source import Source

#: Parsers of the solutions, and parsers of ASIM.
_QUERIES: Final = ("FunctionQuery", "ParserQuery")
_PARAMETERS: Final = ("FunctionParams", "ParserParams")
#: All the names that a workspace calls the function by; ASIM's are deployed (`imDns`) and built in (`_Im_Dns`).
_NAMES: Final = ("FunctionName", "FunctionAlias", "ParserName", "EquivalentBuiltInParser", "EquivalentBuiltInFunction")


def load_functions(folder: str) -> dict[str, SavedFunction]:
    """Workspace functions by name, of a folder or of the one file.

    Raises:
        UsageError: A file cannot be read.
    """
    functions: dict[str, SavedFunction] = {}
    for name, path in find_functions(folder):
        if PurePath(path).suffix.lower() in RULE_SUFFIXES:
            functions |= _of_yaml(path)
        else:
            functions[name] = SavedFunction(_text(path))
    return functions


def _text(path: str) -> Source:
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the function file {path} cannot be read: {error}") from error
    return Source.of_text(text.replace("\r\n", "\n"), path)


def _of_yaml(path: str) -> dict[str, SavedFunction]:
    """The functions of a parser's file; a YAML file of another kind has none."""
    findings = Findings("default")
    source = read_source(Path(path), findings)
    try:
        tree = None if source is None else read_tree(source, findings)
    except yaml.YAMLError as error:
        raise UsageError(f"the function file {path} cannot be read: {error}") from error
    if findings.has_errors:
        raise UsageError(f"the function file {path} cannot be read: {findings.result()[0].message}")
    query = _first(tree, _QUERIES)
    if not isinstance(tree, Mapping) or not isinstance(query, Scalar) or not query.text:
        return {}
    saved = SavedFunction(text_source(query), ", ".join(_parameters(_first(tree, _PARAMETERS))))
    return {node.text: saved for key in _NAMES if isinstance(node := tree.get(key), Scalar) and node.text}


def _first(tree: Node | None, keys: tuple[str, ...]) -> Node | None:
    return next((node for key in keys if isinstance(tree, Mapping) and (node := tree.get(key)) is not None), None)


def _parameters(node: Node | None) -> Iterator[str]:
    """`name:type=default` for each, as a workspace stores them."""
    for item in node.items if isinstance(node, Sequence) else ():
        name, kind, default = (_word(item, key) for key in ("Name", "Type", "Default"))
        if kind == "table" or kind.startswith("table:"):
            yield name if ":" in name else f"{name}:{kind.removeprefix('table').removeprefix(':') or '(*)'}"
        elif name and kind:
            yield f"{name}:{kind}" + (f"={_value(default, kind)}" if _has(item, "Default") else "")


def _has(item: Node, key: str) -> bool:
    node = item.get(key) if isinstance(item, Mapping) else None
    return isinstance(node, Scalar) and (node.value is not None)


def _word(item: Node, key: str) -> str:
    node = item.get(key) if isinstance(item, Mapping) else None
    return node.text.strip() if isinstance(node, Scalar) else ""


def _value(default: str, kind: str) -> str:
    """A default as KQL writes it; the files have texts without KQL's quotes."""
    if kind.lower() != "string" or default[:1] in ("'", '"'):
        return default
    return "'" + default.replace("\\", "\\\\").replace("'", "\\'") + "'"
