"""Compiles a query and runs the generated module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rulec.api import compile_query

Tables = Mapping[str, Iterable[Mapping[str, Any]]]


def text_of(kql: str) -> str:
    """The module's text."""
    return compile_query(kql, "python").artifacts[0].text


def module_of(kql: str) -> dict[str, Any]:
    """The module, executed."""
    module: dict[str, Any] = {"__name__": "detection"}
    exec(compile(text_of(kql), "<detection>", "exec"), module)
    return module


def rows_of(kql: str, tables: Tables | None = None, **times: Any) -> list[dict[str, Any]]:
    """The rows that a query gives."""
    rows: list[dict[str, Any]] = module_of(kql)["detect"](tables or {}, **times)
    return rows


def value_of(expression: str) -> Any:
    """The value of one expression."""
    return rows_of(f"print x = {expression}")[0]["x"]
