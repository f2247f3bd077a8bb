"""Compiles KQL to DuckDB SQL and runs it."""

from __future__ import annotations

from typing import Any

import duckdb

from rulec.api import Request, compile_query
from rulec.backend import TargetOptions
from rulec.errors import CompileError
from rulec.scalars import TICKS_PER_DAY

#: 2026-06-01.
NOW = 739_767 * TICKS_PER_DAY


def sql(kql: str, target: str = "duckdb", **settings: str) -> str:
    """The SQL of a bare query."""
    return compile_query(kql, target, now=NOW, request=Request(options=TargetOptions(settings=settings))).text


def rows(kql: str, **settings: str) -> list[tuple[Any, ...]]:
    """The query's rows as DuckDB gives them."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(sql(kql, **settings)).fetchall()


def value(kql: str) -> Any:
    """The value of an expression."""
    return rows(f"print x = {kql}")[0][0]


def refusals(kql: str, target: str = "duckdb") -> list[tuple[str, str]]:
    """Codes and messages of a query that the target refuses; empty when it compiles."""
    try:
        sql(kql, target)
    except CompileError as error:
        return [(d.code, d.message) for d in error.diagnostics]
    return []
