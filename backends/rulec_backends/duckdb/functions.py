"""DuckDB's own function rows."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.trees import Tree


def _utf8_size(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("strlen", trees[0])


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "string_size": _utf8_size,
    }
)
