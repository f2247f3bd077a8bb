"""Which rule files a command line names, and the folders of functions, schemas and watchlists beside them."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Final

from rulec.errors import CompileError, Diagnostic, unread_reason
from rulec.ir.rels import ColumnDef
from rulec.records import record
from rulec.scalars import ScalarType

RULE_SUFFIXES: Final = frozenset({".yaml", ".yml"})
QUERY_SUFFIXES: Final = frozenset({".kql", ".csl", ".kusto"})
#: The side file with a rule's test events is no rule.
TEST_SUFFIXES: Final = (".test.yaml", ".test.yml")
STDIN: Final = "-"


class UsageError(Exception):
    """The command line or the configuration cannot be understood; the text says why. Exit code 2."""


def nearest_hint(name: str, known: Iterable[str]) -> str:
    """`; nearest: a, b` where names like it are known."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=3)
    return f"; nearest: {', '.join(near)}" if near else ""


@record(frozen=True, slots=True)
class RuleFile:
    """A rule to compile: `path` as diagnostics name it, `relative` (without suffix) is its place below the output folder."""

    path: str
    relative: PurePath


def find_rules(paths: Iterable[str]) -> list[RuleFile]:
    """The rule files below the paths, each once, in order. A folder's files keep their place in the folder.

    Raises:
        UsageError: A path does not exist, or a folder holds no rule.
    """
    found: dict[str, RuleFile] = {}
    for path in paths:
        before = len(found)
        for file in _below(path):
            found.setdefault(os.path.abspath(file.path) if file.path != STDIN else STDIN, file)
        if len(found) == before and os.path.isdir(path):
            raise UsageError(f"no rule file (.yaml, .yml, .kql) in the folder {path}")
    return list(found.values())


def read_stdin(rules: Iterable[RuleFile]) -> bytes:
    """Standard input when one of the rules is read from it, else nothing. Rules decode it as they do files."""
    return sys.stdin.buffer.read() if any(r.path == STDIN for r in rules) else b""


def _below(path: str) -> Iterator[RuleFile]:
    if path == STDIN:
        yield RuleFile(STDIN, PurePath("stdin"))
    elif os.path.isdir(path):
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            for name in sorted(names):
                if _is_rule(name):
                    file = os.path.join(folder, name)
                    yield RuleFile(file, PurePath(os.path.relpath(file, path)).with_suffix(""))
    elif os.path.exists(path):
        yield RuleFile(path, PurePath(PurePath(path).name).with_suffix(""))
    else:
        raise UsageError(f"no such file or folder: {path}")


def _is_rule(name: str) -> bool:
    lower = name.lower()
    return not lower.startswith(".") and not lower.endswith(TEST_SUFFIXES) and PurePath(lower).suffix in RULE_SUFFIXES | QUERY_SUFFIXES


def find_functions(folder: str) -> Iterator[tuple[str, str]]:
    """Workspace functions: the stem and path of every `.kql` text and YAML file below a folder, or of the one file."""
    if os.path.isfile(folder):
        yield PurePath(folder).stem, folder
        return
    if not os.path.isdir(folder):
        raise UsageError(f"no such folder of functions: {folder}")
    for directory, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if PurePath(name).suffix.lower() in QUERY_SUFFIXES | RULE_SUFFIXES:
                yield PurePath(name).stem, os.path.join(directory, name)


def load_schema(path: str) -> Mapping[str, tuple[ColumnDef, ...]]:
    """The tables of a schema file; `rulec.catalogue.schema_files` says which forms there are.

    Raises:
        CompileError: RC705 when the file cannot be read or has no such form.
    """
    from rulec.bind.environment import schema
    from rulec.catalogue.schema_files import SchemaError
    from rulec.catalogue.tables import load_schema as load

    try:
        return {table: schema(columns.items()) for table, columns in load(Path(path)).items()}
    except (SchemaError, OSError, UnicodeDecodeError, csv.Error) as error:
        raise CompileError((_finding(path, f"the schema file cannot be read: {unread_reason(error)}"),)) from error


def watchlist_columns(path: str) -> tuple[ColumnDef, ...]:
    """The columns of a watchlist's CSV file, all strings, from its header."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as lines:
            header = next(csv.reader(lines), [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CompileError((_finding(path, f"the watchlist file cannot be read: {unread_reason(error)}"),)) from error
    return tuple(ColumnDef(name, ScalarType.STRING, False) for name in header)


def _finding(path: str, message: str) -> Diagnostic:
    return Diagnostic.about_file(path, "RC705", message)
