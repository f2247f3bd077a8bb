"""Evaluates an expression and all its parts over given columns: the product's own Python target computes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rulec.backend import TargetOptions, Unit
from rulec.ir.exprs import Column, Expr, Literal, Parameter
from rulec.ir.rels import Assignment, ColumnDef, Project, Query, Scan
from rulec.ir.walk import expressions
from rulec.registry import load_backend
from rulec.scalars import ScalarType
from tests.conformance.values import datetime_ticks, timespan_ticks

#: The values that the run supplies, by `Parameter` name.
Moments = Mapping[str, int]


class Unanswerable(Exception):
    """The Python target cannot say the expression, or its program fails."""


class Template:
    """An expression of the query, compiled once; rows differ only in what its columns stand for."""

    def __init__(self, expr: Expr, moments: Moments) -> None:
        self.expr = expr
        parts = list({id(e): e for e in expressions(expr)}.values())
        columns = {e.name: ColumnDef(e.name, e.type, e.nullable) for e in parts if isinstance(e, Column)}
        self.reads = tuple(columns)
        self._plain = [e for e in parts if isinstance(e, Column | Literal | Parameter)]
        self._computed = [e for e in parts if not isinstance(e, Column | Literal | Parameter)]
        self._times = [(f"r{i}", _READ_BACK[e.type]) for i, e in enumerate(self._computed) if e.type in _READ_BACK]
        self._moments = moments
        self._detect = _compiled(tuple(columns.values()), self._computed) if self._computed else None

    def values(self, row: Mapping[str, Any]) -> dict[int, Any]:
        """The value of each part, by the part's identity."""
        found = {id(e): self._plain_value(e, row) for e in self._plain}
        if self._detect is None:
            return found
        moments = self._moments
        try:
            result = self._detect({"T": [row]}, moments["window_start"], moments["window_end"], moments["now"])[0]
        except Exception as error:  # the generated program may raise anything
            raise Unanswerable(f"{type(error).__name__}: {error}") from error
        for name, read in self._times:
            if isinstance(result[name], str):
                result[name] = read(result[name])
        found.update((id(e), result[f"r{i}"]) for i, e in enumerate(self._computed))
        return found

    def value(self, row: Mapping[str, Any]) -> Any:
        """The whole expression's value."""
        return self.values(row)[id(self.expr)]

    def _plain_value(self, expr: Expr, row: Mapping[str, Any]) -> Any:
        match expr:
            case Column(name=name):
                return row[name]
            case Parameter(name=name):
                return self._moments.get(name)
            case Literal(value=value):
                return value
        raise AssertionError(expr)


_READ_BACK: Mapping[ScalarType, Callable[[str], int]] = {ScalarType.DATETIME: datetime_ticks, ScalarType.TIMESPAN: timespan_ticks}


def _compiled(columns: tuple[ColumnDef, ...], parts: Sequence[Expr]) -> Callable[..., list[dict[str, Any]]]:
    span = parts[0].span
    read = columns or (ColumnDef("_", ScalarType.BOOL, True),)
    query = Query(Project(Scan("T", read, span), tuple(Assignment(f"r{i}", e) for i, e in enumerate(parts)), span), False)
    output = load_backend("python").compile(Unit(query, None, span.source, "template"), TargetOptions(sentinel_tables=True))
    if not output.artifacts:
        raise Unanswerable(output.diagnostics[0].message)
    module: dict[str, Any] = {"__name__": "template"}
    exec(compile(output.artifacts[0].text, "<template>", "exec"), module)
    detect = module["detect"]
    assert callable(detect)
    return detect  # type: ignore[no-any-return]
