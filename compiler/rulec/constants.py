"""What a target cannot say but the query's text already decides: calls over constants become their values.

The values are those of the Python target, the reference. A call that it refuses as well, or whose value the IR cannot hold, stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from rulec.backend import Backend, TargetOptions, Unit, Unsupported
from rulec.catalogue import lookup, regexes
from rulec.ir.exprs import Call, Case, Column, Convert, Expr, Literal, Path
from rulec.ir.rebuild import map_own_expressions, map_relations
from rulec.ir.rels import ColumnDef, Extend, Filter, Project, Query, Rel, Serialize, Shared, Sort, Take, Values
from rulec.ir.walk import all_expressions, expressions, inputs, map_expression, operands, with_operands
from rulec.registry import load_backend
from rulec.scalars import ScalarType
from rulec.source import Source

_REFERENCE: Final = "python"
#: The types whose values the program gives as the IR holds them.
_HELD: Final[Mapping[ScalarType, type | tuple[type, ...]]] = {
    ScalarType.STRING: str,
    ScalarType.GUID: str,
    ScalarType.BOOL: bool,
    ScalarType.INT: int,
    ScalarType.LONG: int,
    ScalarType.REAL: (float, int),
    ScalarType.DYNAMIC: object,
}
#: Calls with a pattern: one can take longer than anybody waits for a compiler.
_PATTERNS: Final = frozenset({*regexes.ARGUMENTS, "countof"})
#: Relations whose rows have the values of their input's only row.
_SAME_ROW: Final = (Filter, Sort, Take, Serialize, Shared)


@cache
def _lacking(target: str) -> frozenset[str]:
    """The functions that a target has no words for."""
    return frozenset(name for name, verdict in load_backend(target).functions().items() if isinstance(verdict, Unsupported))


def with_known_values(query: Query, backend: Backend, source: Source) -> Query:
    """The query with the values of those calls over constants that the target has no words for."""
    if backend.name == _REFERENCE:
        return query
    lacking = _lacking(backend.name)
    used = {e.function for e in all_expressions(query.relation) if isinstance(e, Call)}
    return query if lacking.isdisjoint(used) else _Folding(lacking, source).query(query)


@dataclass(slots=True)
class _Folding:
    """One query's folding. `known` are the constant columns of the relations seen, by identity; `kept` keeps the identities valid."""

    lacking: frozenset[str]
    source: Source
    known: dict[int, dict[str, Expr]] = field(default_factory=dict)
    kept: list[Rel] = field(default_factory=list)

    def query(self, query: Query) -> Query:
        return Query(map_relations(query.relation, self.relation), query.ordered)

    def relation(self, rel: Rel) -> Rel:
        sources = inputs(rel)
        columns = self.known.get(id(sources[0]), {}) if len(sources) == 1 else {}
        new = map_own_expressions(rel, lambda value: self.folded(value, columns))
        self.known[id(new)] = _constant_columns(new, columns)
        self.kept.append(new)
        return new

    def folded(self, value: Expr, columns: dict[str, Expr]) -> Expr:
        if isinstance(value, Column | Literal):
            return value
        if any(isinstance(e, Call) and e.function in self.lacking for e in expressions(value)):
            whole = _substituted(value, columns)
            found = self.value(whole) if is_constant(whole) else None
            if found is not None:
                return found
        parts = operands(value)
        new = tuple(self.folded(part, columns) for part in parts)
        return value if all(a is b for a, b in zip(parts, new, strict=True)) else with_operands(value, new)

    def value(self, expr: Expr) -> Literal | None:
        """The value of a constant expression; None when there is none."""
        if expr.type not in _HELD:
            return None
        only = Values((ColumnDef("value", expr.type, True),), ((expr,),), expr.span)
        output = load_backend(_REFERENCE).compile(Unit(Query(only, False), None, self.source, "value"), TargetOptions())
        if not output.artifacts:
            return None
        module: dict[str, Any] = {"__name__": "constant"}
        try:
            exec(compile(output.artifacts[0].text, "<constant>", "exec"), module)
            value = module["detect"]({}, now=0)[0]["value"]
            json.dumps(value, allow_nan=expr.type is ScalarType.REAL)
        except Exception:  # the program says itself that it has no answer, or lacks a library: the call stays
            return None
        held = value is None or isinstance(value, _HELD[expr.type])
        return Literal(value, expr.type, expr.span) if held else None


def is_constant(value: Expr) -> bool:
    """Whether the text alone decides the value, in a time that has a bound."""
    for part in expressions(value):
        match part:
            case Literal() | Convert() | Case() | Path():
                continue
            case Call(function=name):
                row = lookup(name)
                if name in _PATTERNS or (row is not None and not row.deterministic):
                    return False
            case _:
                return False
    return True


def _substituted(value: Expr, columns: dict[str, Expr]) -> Expr:
    return map_expression(value, lambda e: columns.get(e.name, e) if isinstance(e, Column) else e) if columns else value


def _constant_columns(rel: Rel, below: dict[str, Expr]) -> dict[str, Expr]:
    """The columns of a relation of one row at most whose values are constants."""
    match rel:
        case Values(columns=columns, rows=(cells,)):
            named = {c.name: cell for c, cell in zip(columns, cells, strict=True)}
        case Extend(assignments=made):
            named = {**below, **{a.name: _substituted(a.value, below) for a in made}} if below else {}
        case Project(assignments=made):
            named = {a.name: _substituted(a.value, below) for a in made} if below else {}
        case _:
            return below if isinstance(rel, _SAME_ROW) else {}
    return {name: value for name, value in named.items() if is_constant(value)}
