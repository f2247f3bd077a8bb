"""Trees to DuckDB's text."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from rulec_backends.duckdb.words import ALLOWED
from rulec_backends.sql.text import Writer


class DuckWriter(Writer):
    """Writes one query."""

    types: ClassVar[Mapping[str, str]] = MappingProxyType({"VARCHAR": "TEXT", "VARBINARY": "BLOB"})

    def __init__(self) -> None:
        super().__init__(ALLOWED)
