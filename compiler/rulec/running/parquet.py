"""Parquet files through DuckDB, record by record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from rulec.driver.inputs import UsageError
from rulec.driver.times import show_time, ticks_of
from rulec.running.records import Reader, Record, Tally, unreadable

_BATCH = 2048


def parquet_records(path: str, reader: Reader) -> Iterator[Record]:
    """The records of a Parquet file; times as ISO texts.

    Raises:
        CompileError: RC601 when DuckDB cannot read the file.
        UsageError: DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise UsageError("Parquet files need DuckDB: pip install 'rulec[duckdb]'") from error
    tally = Tally(path)
    reader.tallies.append(tally)
    with duckdb.connect() as connection:
        try:
            cursor = connection.execute("SELECT * FROM read_parquet(?)", [path])
            names = [d[0] for d in cursor.description or ()]
            while batch := cursor.fetchmany(_BATCH):
                for row in batch:
                    tally.records += 1
                    tally.line = tally.records
                    yield {name: _plain(value) for name, value in zip(names, row, strict=True)}
        except duckdb.Error as error:
            raise unreadable(path, str(error)) from error


def _plain(value: Any) -> Any:
    """A value of DuckDB's client as JSON would hold it."""
    match value:
        case datetime():
            return show_time(ticks_of(value))
        case date():
            return f"{value.isoformat()}T00:00:00Z"
        case timedelta():
            return _timespan_text(value)
        case Decimal():
            return str(value)
        case list() | tuple():
            return [_plain(v) for v in value]
        case dict():
            return {str(k): _plain(v) for k, v in value.items()}
        case bytes():
            return value.decode("utf-8", "replace")
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def _timespan_text(value: timedelta) -> str:
    """`-1.02:03:04.5000000`."""
    size = abs(value)
    clock = f"{size.seconds // 3600:02d}:{size.seconds // 60 % 60:02d}:{size.seconds % 60:02d}.{size.microseconds:06d}0"
    return ("-" if value < timedelta() else "") + (f"{size.days}." if size.days else "") + clock
