"""From result rows to alerts, with the functions of the generated Python module: both engines give the same alerts.

The module is generated for a query of the same columns without rows, so that a query which only DuckDB can say raises alerts too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias

from rulec.api import Request, compile_stages
from rulec.ir.rels import ColumnDef, Query, Values
from rulec.pipeline import Stages
from rulec.scalars import ScalarType

Row: TypeAlias = "dict[str, Any]"
Alert: TypeAlias = "dict[str, Any]"


@dataclass(frozen=True, slots=True)
class Window:
    """What a run covered, as ISO texts."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Results:
    """The rows of a run as JSON values: times, decimals and reals without a JSON form are texts."""

    columns: tuple[ColumnDef, ...]
    rows: Sequence[tuple[Any, ...]]

    @property
    def named(self) -> list[Row]:
        """The rows as objects."""
        names = [c.name for c in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


def alerts_of(stages: Stages, request: Request, results: Results, window: Window) -> list[Alert]:
    """The alerts that a rule raises over some rows.

    Raises:
        CompileError: The Python target cannot say the rule's alert.
    """
    span = stages.query.relation.span
    empty = replace(stages, optimised=Query(Values(results.columns, (), span), False))
    module = load_module(compile_stages(empty, "python", request, "alerts").text)
    alerts: Callable[..., list[Alert]] = module["alerts"]
    return alerts(results.named, window.start, window.end)


def load_module(text: str) -> Mapping[str, Any]:
    """The names of a generated module."""
    module: dict[str, Any] = {"__name__": "detection"}
    exec(compile(text, "<generated module>", "exec"), module)
    return module


def as_json(value: Any, type_: ScalarType) -> Any:
    """A value of an engine as JSON."""
    match type_, value:
        case ScalarType.REAL, float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
        case ScalarType.DECIMAL, Decimal():
            return format(value, "f")
        case _:
            return value
