"""The command line of a generated module."""

from __future__ import annotations

import json
from collections.abc import Iterator


def command_line(arguments: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """`TABLE=FILE` arguments and `--start`, `--end`, `--now` options.

    Raises:
        SystemExit: an argument that is neither.
    """
    files: dict[str, str] = {}
    options: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument in ("--start", "--end", "--now") and rest:
            options[argument[2:]] = rest.pop(0)
        elif "=" in argument and not argument.startswith("--"):
            table, _, path = argument.partition("=")
            files[table] = path
        else:
            raise SystemExit(f"expected TABLE=FILE, --start, --end or --now, found {argument}")
    return files, options


def read_tables(files: dict[str, str]) -> dict[str, json_lines]:
    """The rows of each table, read from its file of JSON lines while the query runs."""
    return {table: json_lines(path) for table, path in files.items()}


class json_lines:
    """The objects of a file of JSON lines; can be read more than once."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __iter__(self) -> Iterator[dict[str, object]]:
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                if line.strip():
                    yield json.loads(line)


def shown(value: object) -> str:
    """A result cell as text for titles and entities; '' of null."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def reusable(tables: dict[str, object]) -> dict[str, object]:
    """The tables with one-time iterators replaced by lists, for a query that reads a table more than once."""
    return {name: list(rows) if hasattr(rows, "__next__") else rows for name, rows in tables.items()}  # type: ignore[call-overload]
