"""The engines of `rulec run`: the generated program itself, run over the rows. Both give the same JSON values."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Final, TypeAlias

from rulec.api import Compiled
from rulec.driver.inputs import UsageError
from rulec.driver.times import show_time
from rulec.errors import CompileError, Diagnostic
from rulec.ir.rels import ColumnDef
from rulec.running.alerts import Results, as_json, load_module
from rulec.running.tables import Rows
from rulec.scalars import ScalarType
from rulec.source import Source, Span


class Moments:
    """The times of a run, in ticks."""

    def __init__(self, start: int, end: int, now: int) -> None:
        self.start, self.end, self.now = start, end, now


#: The longest row that is loaded into DuckDB, in bytes of its JSON.
_LONGEST_LINE: Final = 256 * 1024 * 1024

Engine: TypeAlias = Callable[[Compiled, Mapping[str, Rows], Moments, Source], Results]


def run_python(compiled: Compiled, tables: Mapping[str, Rows], moments: Moments, query: Source) -> Results:
    """Executes the generated module and calls its `detect`.

    Raises:
        CompileError: RC604 when the module fails on the data.
    """
    module = load_module(compiled.text)
    try:
        rows = list(module["detect"](tables, moments.start, moments.end, moments.now))
    except CompileError:
        raise
    except Exception as error:  # whatever the generated program raises is a finding about this rule and data
        raise _failed(query, error) from error
    columns = tuple(ColumnDef(name, ScalarType(kind), True) for name, kind in module["COLUMNS"])
    return Results(columns, [tuple(as_json(row[c.name], c.type) for c in columns) for row in rows])


def run_duckdb(compiled: Compiled, tables: Mapping[str, Rows], moments: Moments, query: Source) -> Results:
    """Loads the rows into tables of DuckDB and executes the generated SQL.

    Raises:
        CompileError: RC604 when DuckDB refuses the SQL on the data.
        UsageError: DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise UsageError("the engine duckdb needs DuckDB: pip install 'rulec[duckdb]'") from error
    with duckdb.connect() as connection, tempfile.TemporaryDirectory(prefix="rulec-run-") as folder:
        connection.execute("SET TimeZone = 'UTC'")
        for number, (name, rows) in enumerate(tables.items()):
            path = Path(folder, f"{number}.jsonl")
            with path.open("w", encoding="utf-8") as file:
                _write(rows, file)
            columns = {c.name: _STORED[c.type][0] for c in rows.columns} or {"_": "BOOLEAN"}
            declared = ", ".join(f"{_quoted(n)} {t}" for n, t in columns.items())
            connection.execute(f"CREATE TABLE {_quoted(name)} ({declared})")
            source = "read_json(?, format = 'newline_delimited', columns = ?, maximum_object_size = ?)"
            connection.execute(f"INSERT INTO {_quoted(name)} SELECT * FROM {source}", [str(path), columns, _LONGEST_LINE])
        try:
            cursor = connection.execute(compiled.text)
            found = cursor.fetchall()
        except duckdb.Error as error:
            raise _failed(query, error) from error
    shown = [tuple(_shown(v, c) for v, c in zip(row, compiled.columns, strict=True)) for row in found]
    return Results(compiled.columns, shown)


def _write(rows: Rows, file: IO[str]) -> None:
    """One JSON object a row; times are ISO texts, timespans ticks."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
    for row in rows:
        stored = {c.name: _STORED[c.type][1](row[c.name]) for c in rows.columns} or {"_": None}
        file.write(encode(stored) + "\n")


def _json_text(value: Any) -> Any:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _time_text(value: Any) -> Any:
    return None if value is None else show_time(value)


def _as_it_is(value: Any) -> Any:
    return value


#: How each type is stored in a table of DuckDB, and how a carrier is written for it.
_STORED: Final[Mapping[ScalarType, tuple[str, Callable[[Any], Any]]]] = MappingProxyType(
    {
        ScalarType.BOOL: ("BOOLEAN", _as_it_is),
        ScalarType.INT: ("INTEGER", _as_it_is),
        ScalarType.LONG: ("BIGINT", _as_it_is),
        ScalarType.REAL: ("DOUBLE", partial(as_json, type_=ScalarType.REAL)),
        ScalarType.DECIMAL: ("DECIMAL(38, 17)", _as_it_is),
        ScalarType.STRING: ("VARCHAR", _as_it_is),
        ScalarType.DATETIME: ("VARCHAR", _time_text),
        ScalarType.TIMESPAN: ("BIGINT", _as_it_is),
        ScalarType.GUID: ("VARCHAR", _as_it_is),
        ScalarType.DYNAMIC: ("VARCHAR", _json_text),
    }
)


def _shown(value: Any, column: ColumnDef) -> Any:
    """A value of the SQL's result as JSON."""
    match column.type, value:
        case ScalarType.DYNAMIC, str():
            return json.loads(value)
        case ScalarType.GUID, _ if value is not None:
            return str(value)
        case _:
            return as_json(value, column.type)


def _quoted(name: str) -> str:
    """A name as DuckDB's quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def _failed(query: Source, error: Exception) -> CompileError:
    message = f"the compiled query failed: {type(error).__name__}: {error}"
    return CompileError((Diagnostic.at(Span(0, min(1, len(query.text)), query), "RC604", message[:500]),))


ENGINES: Final[Mapping[str, Engine]] = MappingProxyType({"python": run_python, "duckdb": run_duckdb})
