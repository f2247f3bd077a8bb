"""DuckDB's rows: the shared ones, DuckDB's own, and what it cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rulec.backend import Unsupported
from rulec_backends.duckdb import functions as own
from rulec_backends.sql import aggregates, percentiles, refusals, tables
from rulec_backends.sql.aggregates import AggregateRow
from rulec_backends.sql.expressions import FunctionRow

FUNCTIONS: Final[Mapping[str, FunctionRow | Unsupported]] = MappingProxyType({**tables.FUNCTIONS, **own.ROWS})

AGGREGATES: Final[Mapping[str, AggregateRow | Unsupported]] = MappingProxyType(
    {**refusals.AGGREGATES, **aggregates.SHARED, **percentiles.ROWS}
)
