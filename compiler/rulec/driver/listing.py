"""`rulec targets`, `functions`, `tables` and `maps`: what rulec knows, generated from the tables that the compiler itself uses."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rulec.backend import Backend, Unsupported
from rulec.driver.inputs import UsageError, nearest_hint
from rulec.driver.support import verdicts
from rulec.fields import NoCounterpart, TableMap, builtin_map, builtin_tables
from rulec.registry import backend_names, load_backend


def targets_verb(arguments: argparse.Namespace) -> int:
    """Lists the targets with their forms."""
    entries: list[dict[str, Any]] = []
    for name in backend_names():
        try:
            backend = load_backend(name)
        except ImportError as error:
            entries.append({"target": name, "description": f"not installed: {error}", "formats": []})
            continue
        formats = [{"name": f.name, "suffix": f.extension, "description": f.description} for f in backend.formats]
        entries.append({"target": name, "description": backend.description, "formats": formats})
    if arguments.json:
        _print_json(entries)
        return 0
    for entry in entries:
        print(f"{entry['target']:<8} {entry['description']}")
        for form in entry["formats"]:
            print(f"           {form['name']:<16} {form['suffix']:<15} {form['description']}")
    return 0


def functions_verb(arguments: argparse.Namespace) -> int:
    """Lists the catalogue's functions, aggregates and plugins, or those of one name, with what each target says of them."""
    from rulec.catalogue import all_functions

    named = _named(arguments.name) if arguments.name else None
    backends = [load_backend(arguments.target)] if arguments.target else _installed()
    support = {b.name: verdicts(b) for b in backends}
    entries: list[dict[str, Any]] = [
        {"function": row.name, "family": family, "targets": {n: _verdict(row.name, s) for n, s in support.items()}}
        for family, row in all_functions()
        if named is None or row.name in named
    ]
    if arguments.json:
        _print_json(entries)
        return 0
    names = list(support)
    if named is not None:
        _print_verdicts(entries)
        return 0
    rows = [(str(e["function"]), str(e["family"]), *(_short(e["targets"][n], arguments.target) for n in names)) for e in entries]
    _print_table(("function", "family", *names), rows)
    for name in names:
        made = sum(e["targets"][name]["supported"] for e in entries)
        print(f"{name}: {made} of {len(entries)}")
    return 0


def _named(name: str) -> set[str]:
    """The canonical names of what a name or alias means."""
    from rulec import catalogue

    rows = (catalogue.lookup(name), catalogue.aggregate(name), catalogue.window(name), catalogue.plugin(name))
    known = (*catalogue.names(), *catalogue.aggregate_names(), *catalogue.plugin_names())
    if not any(rows):
        raise UsageError(f"no function, operator, aggregate or plugin is named {name}{nearest_hint(name, known)}")
    return {row.name for row in rows if row}


def _print_verdicts(entries: Iterable[Mapping[str, Any]]) -> None:
    for entry in entries:
        print(f"{entry['function']} ({entry['family']})")
        for target, verdict in entry["targets"].items():
            print(f"  {target:<8} {_short(verdict, target)}" + (f" ({verdict['hint']})" if verdict.get("hint") else ""))


def _installed() -> list[Backend]:
    found = []
    for name in backend_names():
        try:
            found.append(load_backend(name))
        except ImportError:
            continue
    return found


def _verdict(function: str, rows: Mapping[str, Unsupported | bool]) -> dict[str, Any]:
    row = rows[function]
    if isinstance(row, Unsupported):
        return {"supported": False, "reason": row.reason, "hint": row.hint}
    return {"supported": bool(row)}


def _short(verdict: Mapping[str, Any], detailed: str | None) -> str:
    if verdict["supported"]:
        return "yes"
    return f"no: {verdict['reason']}" if detailed else "no"


def tables_verb(arguments: argparse.Namespace) -> int:
    """Lists the tables with a built-in schema, or the columns of one."""
    from rulec.catalogue import tables

    names = tables.names()
    if arguments.name is None:
        mapped = builtin_tables()
        entries = [{"table": name, "map": name in mapped} for name in names]
        if arguments.json:
            _print_json(entries)
        else:
            _print_table(("table", "field map"), [(n, "yes" if n in mapped else "") for n in names])
        return 0
    columns = tables.table(arguments.name)
    if columns is None:
        raise UsageError(f"no built-in schema of the table {arguments.name}{nearest_hint(arguments.name, names)}")
    if arguments.json:
        _print_json({"table": arguments.name, "columns": {name: kind.value for name, kind in columns.items()}})
    else:
        _print_table(("column", "type"), [(name, kind.value) for name, kind in columns.items()])
    return 0


def maps_verb(arguments: argparse.Namespace) -> int:
    """Lists the built-in field maps, or where the columns of one table are on each target."""
    tables = builtin_tables()
    if arguments.name is None:
        if arguments.json:
            _print_json([{"table": table, "file": file} for table, file in tables.items()])
        else:
            _print_table(("table", "file"), list(tables.items()))
        return 0
    if arguments.name not in tables:
        raise UsageError(f"no built-in field map of the table {arguments.name}{nearest_hint(arguments.name, tables)}")
    sides = {side: builtin_map(arguments.name, side) for side in ("raw", "athena", "splunk")}
    if arguments.json:
        _print_json({"table": arguments.name, "targets": {side: _map_json(entry) for side, entry in sides.items()}})
        return 0
    for side, entry in sides.items():
        match entry:
            case TableMap():
                print(f"{side}: {entry.base_search or entry.physical}")
            case NoCounterpart(reason=reason):
                print(f"{side}: none: {reason}")
            case None:
                print(f"{side}: none")
    found = {side: entry for side, entry in sides.items() if isinstance(entry, TableMap)}
    names = dict.fromkeys(name for entry in found.values() for name in entry.columns)
    _print_table(("column", *found), [(n, *(_place(entry, n) for entry in found.values())) for n in names])
    return 0


def _map_json(entry: TableMap | NoCounterpart | None) -> Any:
    match entry:
        case TableMap():
            columns = {name: {k: v for k, v in asdict(c).items() if v not in (None, (), "")} for name, c in entry.columns.items()}
            return {"physical": entry.physical, "search": entry.base_search, "columns": columns}
        case NoCounterpart(reason=reason):
            return {"none": reason}
        case None:
            return None


def _place(entry: TableMap, name: str) -> str:
    column = entry.columns.get(name)
    if column is None:
        return "-"
    if column.constant is not None:
        return repr(column.constant)
    return f"= {column.expression}"[:60] if column.expression is not None else ".".join(column.path)


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def _print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = [tuple(header), *map(tuple, rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
