"""Athena's rows: the shared ones, Athena's own, and what it cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rulec.backend import Unsupported
from rulec_backends.athena import aggregates as own_aggregates
from rulec_backends.athena import functions as own
from rulec_backends.sql import aggregates, percentiles, tables
from rulec_backends.sql.aggregates import AggregateRow
from rulec_backends.sql.expressions import FunctionRow

FUNCTIONS: Final[Mapping[str, FunctionRow | Unsupported]] = MappingProxyType({**tables.FUNCTIONS, **own.ROWS})

AGGREGATES: Final[Mapping[str, AggregateRow | Unsupported]] = MappingProxyType(
    {**aggregates.SHARED, **percentiles.ROWS, **own_aggregates.ROWS}
)
