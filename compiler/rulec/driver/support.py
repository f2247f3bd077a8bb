"""What a target says of each name of the catalogue: yes, or no with a reason. There is no third answer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rulec import catalogue
from rulec.backend import Backend, Unsupported
from rulec.catalogue.plugin_rows import Plugin
from rulec.catalogue.signatures import AggregateFunction, Function

#: Aggregates that the binder says with others.
_SAID_WITH: Final = MappingProxyType({"percentiles": "percentile", "percentilesw": "percentilew"})
_NO_ROW: Final = Unsupported("the target has no form of it")


def verdicts(backend: Backend) -> Mapping[str, Unsupported | bool]:
    """Every name of the catalogue with the target's answer. What no target can say has the catalogue's reason; what the binder
    puts in other terms (`iff`, `now`, `countif`) has the answer of those terms."""
    rows = backend.functions()
    return {row.name: _verdict(row, rows) for _, row in catalogue.all_functions()}


def _verdict(row: Function | Plugin, rows: Mapping[str, Unsupported | bool]) -> Unsupported | bool:
    if row.unsupported:
        return Unsupported(row.unsupported)
    if row.name in rows:
        return rows[row.name]
    if isinstance(row, Function) and row.bound:
        return True
    other = row.base if isinstance(row, AggregateFunction) and row.base else _SAID_WITH.get(row.name, "")
    return rows.get(other, _NO_ROW)
