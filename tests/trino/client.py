"""A connection to the test server: rows, errors as values, plans and statistics."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from trino.exceptions import TrinoQueryError

import trino
from tests.trino.server import Server

Rows: TypeAlias = list[list[Any]]
_COSTS: Final = ("processedRows", "physicalInputBytes", "cpuTimeMillis", "elapsedTimeMillis")


class Failed(Exception):
    """The server refused or broke off a query: Trino's error name and message."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a query cost: rows and bytes read from tables, CPU and elapsed milliseconds."""

    rows: int
    bytes: int
    cpu: int
    elapsed: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A query's column names, Trino's type names, rows and cost."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: Rows
    statistics: Statistics


class Client:
    """One connection, used for all queries of a test run; the schema `hive.default` is the current one."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._connection = trino.dbapi.connect(  # type: ignore[no-untyped-call]
            host=server.host, port=server.port, user="rulec", catalog="hive", schema="default", timezone="UTC"
        )
        self.rows("CREATE SCHEMA IF NOT EXISTS hive.default")

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> Answer:
        """The answer of a query.

        Raises:
            Failed: The server says that it cannot.
        """
        cursor = self._connection.cursor()
        try:
            cursor.execute(sql, list(parameters)) if parameters else cursor.execute(sql)
            rows = cursor.fetchall()
        except TrinoQueryError as error:
            raise Failed(f"{error.error_name}: {error.message}") from error
        description = cursor.description or []
        cost = cursor.stats or {}
        statistics = Statistics(
            *(int(cost.get(k, 0)) for k in ("processedRows", "physicalInputBytes", "cpuTimeMillis", "elapsedTimeMillis"))
        )
        return Answer(tuple(d[0] for d in description), tuple(str(d[1]) for d in description), rows, statistics)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """The rows of a query. Raises `Failed`."""
        return self.run(sql, parameters).rows

    def value(self, expression: str, relation: str = "") -> Any:
        """The one value of an expression, over a relation that defines its names. Raises `Failed`."""
        return self.rows(f"SELECT {expression} {relation}")[0][0]

    def reads(self, sql: str) -> list[dict[str, Any]]:
        """The tables that a query reads with their columns' constraints, from EXPLAIN (TYPE IO)."""
        plan = json.loads(self.rows(f"EXPLAIN (TYPE IO, FORMAT JSON) {sql}")[0][0])
        tables: list[dict[str, Any]] = plan["inputTableColumnInfos"]
        return tables

    def plan(self, sql: str) -> str:
        """The logical plan as text."""
        return str(self.rows(f"EXPLAIN (TYPE LOGICAL) {sql}")[0][0])


def exact(value: Any) -> str:
    """A literal of Trino for a text."""
    return "'" + str(value).replace("'", "''") + "'"
