"""The engines: each takes an analysed rule once, and then sets of rows, and gives the rows of the generated program as carriers."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeAlias

from rulec.api import Request, compile_stages
from rulec.ir.rels import External, Rel
from rulec.ir.walk import relations
from rulec.optimise.prune import prune
from rulec.pipeline import Stages
from rulec.scalars import TICKS_PER_SECOND, UNIX_EPOCH_TICKS, ScalarType
from tests.conformance import engines as conformance
from tests.conformance.values import iso_datetime
from tests.parity.templates import Moments
from tests.parity.values import json_text

T = ScalarType
#: Rows of carriers by table; of external sources by `kind:key`.
Tables: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]
Schema: TypeAlias = Mapping[str, Mapping[str, ScalarType]]
Rows: TypeAlias = list[tuple[Any, ...]]
Program: TypeAlias = Callable[[Tables], Rows]
Columns: TypeAlias = Sequence[tuple[str, str]]
#: Seconds that one run of DuckDB may take.
LIMIT: Final = 20.0


class CannotHold(Exception):
    """An engine's store cannot hold a row."""


def in_any_case(name: str, cells: Mapping[str, ScalarType]) -> Mapping[str, ScalarType]:
    """The columns of a table for a store that does not tell letters' cases apart.

    Raises:
        CannotHold: Two columns differ in nothing else.
    """
    if len({column.lower() for column in cells}) < len(cells):
        raise CannotHold(f"columns of {name} that differ in case only")
    return cells


class Bench:
    """What the engines of one process share: a folder for files, connections."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="parity-")
        self.connections: dict[str, Any] = {}
        #: External sources whose first record holds values already.
        self.headless: frozenset[str] = frozenset()

    def file(self, source: str) -> str:
        """Where an external source's rows are written."""
        return str(Path(self.folder.name, f"{sha256(source.encode()).hexdigest()[:16]}.csv"))


def request_for(request: Request, bench: Bench, schema: Schema, moments: Moments, settings: Mapping[str, str] | None = None) -> Request:
    """The request with the run's moments and the files of external sources."""
    externals = {source.split(":", 1)[1]: bench.file(source) for source in schema if ":" in source}
    options = replace(
        request.options,
        start=moments["window_start"],
        end=moments["window_end"],
        now=moments["now"],
        settings=settings or {},
        externals=externals,
    )
    return replace(request, options=options)


def headless(root: Rel) -> frozenset[str]:
    """The external sources of a query that have no header: all but watchlists, unless the query ignores the first record."""
    return frozenset(
        f"{rel.kind}:{rel.key}"
        for rel in relations(root)
        if isinstance(rel, External) and rel.kind != "watchlist" and ("ignorefirstrecord", "true") not in _lower(rel.properties)
    )


def _lower(properties: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(name.lower(), value.lower()) for name, value in properties}


def write_externals(bench: Bench, schema: Schema, tables: Tables) -> None:
    """The rows of external sources as CSV files."""
    import csv

    for source, columns in schema.items():
        if ":" in source:
            with open(bench.file(source), "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                if source not in bench.headless:
                    writer.writerow(columns)
                writer.writerows([[_csv_cell(row[c], t) for c, t in columns.items()] for row in tables.get(source, ())])


def _csv_cell(value: Any, type_: ScalarType) -> str:
    match type_, value:
        case _, None:
            return ""
        case T.DATETIME, _:
            return iso_datetime(value)
        case _, str():
            return value
        case _:
            return json_text(value)


# --- Python --------------------------------------------------------------------------------------------------------


def python(stages: Stages, request: Request, bench: Bench, schema: Schema, moments: Moments) -> Program:
    """The generated module's `detect`."""
    compiled = compile_stages(stages, "python", request_for(request, bench, schema, moments), "rule")
    module: dict[str, Any] = {"__name__": "detection"}
    exec(compile(compiled.text, "<detection>", "exec"), module)

    def run(tables: Tables) -> Rows:
        given = {name: tables.get(name, ()) for name in schema}
        found = module["detect"](given, moments["window_start"], moments["window_end"], moments["now"])
        columns = [(name, type_) for name, type_ in module["COLUMNS"]]
        return [tuple(conformance._carrier(row[name], type_) for name, type_ in columns) for row in found]

    return run


def plain(stages: Stages, request: Request, bench: Bench, schema: Schema, moments: Moments) -> Program:
    """Python without the optimiser but for pruning: finds what the passes change."""
    assert stages.limited is not None
    return python(replace(stages, optimised=prune(stages.limited)), request, bench, schema, moments)


# --- DuckDB --------------------------------------------------------------------------------------------------------

_STORED: Final[Mapping[ScalarType, str]] = {
    T.BOOL: "BOOLEAN", T.INT: "INTEGER", T.LONG: "BIGINT", T.REAL: "DOUBLE", T.DECIMAL: "DECIMAL(38, 16)", T.STRING: "VARCHAR",
    T.DATETIME: "TIMESTAMP", T.TIMESPAN: "BIGINT", T.GUID: "VARCHAR", T.DYNAMIC: "VARCHAR",
}  # fmt: skip


def duckdb(stages: Stages, request: Request, bench: Bench, schema: Schema, moments: Moments) -> Program:
    """The SQL over tables with Sentinel's names and columns."""
    compiled = compile_stages(stages, "duckdb", request_for(request, bench, schema, moments, {"times": "ticks"}), "rule")
    columns = [(c.name, c.type.value) for c in compiled.columns]
    connection = _connection(bench)
    tables_only = {name: in_any_case(name, cells) for name, cells in schema.items() if ":" not in name}
    for name, cells in tables_only.items():
        declared = ", ".join(f"{_quoted(c)} {_STORED[t]}" for c, t in cells.items())
        connection.execute(f"CREATE OR REPLACE TABLE {_quoted(name)} ({declared})")

    def run(tables: Tables) -> Rows:
        for name, cells in tables_only.items():
            _fill(connection, bench, name, cells, tables.get(name, ()))
        timer = threading.Timer(LIMIT, connection.interrupt)
        timer.start()
        try:
            cursor = connection.execute(compiled.text)
            names = [d[0] for d in cursor.description or ()]
            _, found = conformance._sql_answer(columns, names, cursor.fetchall())
        finally:
            timer.cancel()
        return [tuple(row) for row in found or ()]

    return run


def _connection(bench: Bench) -> Any:
    import duckdb as driver

    if "duckdb" not in bench.connections:
        bench.connections["duckdb"] = driver.connect(config={"threads": 1})
        bench.connections["duckdb"].execute("SET TimeZone = 'UTC'")
    return bench.connections["duckdb"]


def _fill(connection: Any, bench: Bench, name: str, cells: Mapping[str, ScalarType], rows: Sequence[Mapping[str, Any]]) -> None:
    connection.execute(f"DELETE FROM {_quoted(name)}")
    if not rows:
        return
    if len(rows) <= 30:
        places = ", ".join("(" + ", ".join("?" * len(cells)) + ")" for _ in rows)
        values = [_sql_cell(row[c], t) for row in rows for c, t in cells.items()]
        connection.execute(f"INSERT INTO {_quoted(name)} VALUES {places}", values)
        return
    path = Path(bench.folder.name, "rows.jsonl")
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({c: _sql_cell(row[c], t) for c, t in cells.items()}, ensure_ascii=False, default=str) + "\n")
    source = "read_json(?, format = 'newline_delimited', columns = ?, maximum_object_size = 268435456)"
    connection.execute(f"INSERT INTO {_quoted(name)} SELECT * FROM {source}", [str(path), {c: _STORED[t] for c, t in cells.items()}])


def _sql_cell(value: Any, type_: ScalarType) -> Any:
    if value is None:
        return None
    match type_:
        case T.DATETIME:
            return iso_datetime(value).removesuffix("Z")
        case T.DYNAMIC:
            return json_text(value)
        case _:
            return value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# --- Splunk --------------------------------------------------------------------------------------------------------


def splunk(stages: Stages, request: Request, bench: Bench, schema: Schema, moments: Moments) -> Program:
    """The search through the reference evaluator. Sentinel tables are source types; the time range is the rule's window."""
    from tests.spl import decode, engine

    compiled = compile_stages(stages, "splunk", request_for(request, bench, schema, moments), "rule")
    columns = [(c.name, c.type.value) for c in compiled.columns]

    def run(tables: Tables) -> Rows:
        kept = {n: [row for row in rows if _in_window(row, stages, moments)] for n, rows in tables.items() if ":" not in n}
        events = {name: [_splunk_event(row, schema[name]) for row in rows] for name, rows in kept.items()}
        found = engine.run(compiled.text, events, lookups=_lookups(bench, schema, tables), now=float(_epoch(moments["now"])))
        return [tuple(decode.row(row, columns)) for row in found]

    return run


def _lookups(bench: Bench, schema: Schema, tables: Tables) -> dict[str, list[dict[str, object]]]:
    """External sources as lookup tables, texts as in their files."""
    sources = {source: columns for source, columns in schema.items() if ":" in source}
    return {bench.file(source): [_lookup_row(row, columns) for row in tables.get(source, ())] for source, columns in sources.items()}


def _lookup_row(row: Mapping[str, Any], columns: Mapping[str, ScalarType]) -> dict[str, object]:
    """An empty cell of a lookup is no field."""
    cells = {name: _csv_cell(row[name], type_) for name, type_ in columns.items()}
    return {name: cell for name, cell in cells.items() if cell}


def _in_window(row: Mapping[str, Any], stages: Stages, moments: Moments) -> bool:
    """What the search's time range keeps; a bare query searches all time."""
    time = row.get("TimeGenerated", moments["window_start"])
    return stages.rule.query_period is None or (time is not None and moments["window_start"] <= time < moments["window_end"])


def _epoch(ticks: int) -> Decimal:
    return Decimal(ticks - UNIX_EPOCH_TICKS) / TICKS_PER_SECOND


def _splunk_event(row: Mapping[str, Any], cells: Mapping[str, ScalarType]) -> dict[str, object]:
    event: dict[str, object] = {}
    for name, type_ in cells.items():
        value = row[name]
        if value is None and name == "TimeGenerated":
            raise CannotHold("an event without a time")
        if value is None:
            continue
        match type_:
            case T.DATETIME:
                value = str(_epoch(value))
            case T.TIMESPAN:
                value = str(Decimal(value) / TICKS_PER_SECOND)
            case T.DYNAMIC:
                value = json_text(value)
            case T.REAL:
                value = repr(value)
        event["_time" if name == "TimeGenerated" else name] = value
    return event


def _trino(stages: Stages, request: Request, bench: Bench, schema: Schema, moments: Moments) -> Program:
    from tests.parity.trino import trino

    return trino(stages, request, bench, schema, moments)


Prepare: TypeAlias = "Callable[[Stages, Request, Bench, Schema, Moments], Program]"
ENGINES: Final[Mapping[str, Prepare]] = {"python": python, "plain": plain, "duckdb": duckdb, "splunk": splunk, "trino": _trino}
