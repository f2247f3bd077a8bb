"""Binding a text in a test: the query with its invariants checked, or its findings."""

from __future__ import annotations

from typing import NamedTuple

from rulec.bind import BindResult, Environment, bind
from rulec.bind.state import ColumnsOf
from rulec.errors import Diagnostic, Severity
from rulec.ir.rels import ColumnDef, Query
from rulec.ir.verify import verify
from rulec.scalars import ScalarType
from rulec.source import Source
from rulec.syntax.parser import parse

T = ScalarType

#: A table with one column of each type; `n…` in tests is what may be null.
ALL_TYPES = (
    "datatable(b:bool, i:int, l:long, r:real, c:decimal, s:string, t:datetime, p:timespan, g:guid, d:dynamic)"
    "[bool(null), int(null), long(null), real(null), decimal(null), '', datetime(null), timespan(null), guid(null), dynamic(null)]"
)


def table(*columns: tuple[str, ScalarType]) -> tuple[ColumnDef, ...]:
    return tuple(ColumnDef(name, kind, kind is not T.STRING) for name, kind in columns)


def environment(**parts: object) -> Environment:
    """An environment without the catalogue's tables unless asked for."""
    return Environment(**{"builtin_tables": False, **parts})  # type: ignore[arg-type]


def result(kql: str, env: Environment | None = None, columns_of: ColumnsOf = lambda _: None) -> BindResult:
    """What the parser and the binder say of a text."""
    parsed = parse(Source.of_text(kql))
    if parsed.program is None:
        return BindResult(None, parsed.diagnostics)
    found = bind(parsed.program, env or environment(), columns_of)
    if found.query is not None:
        verify(found.query)
    return found


def bound(kql: str, env: Environment | None = None) -> Query:
    """The query of a text that has no errors."""
    found = result(kql, env)
    assert found.query is not None, [f"{d.code} {d.begin} {d.message}" for d in found.diagnostics]
    return found.query


class Finding(NamedTuple):
    """An error's code and the text under it."""

    code: str
    text: str


def errors(kql: str, env: Environment | None = None) -> list[Finding]:
    """The errors of a text that is refused."""
    found = result(kql, env)
    assert found.query is None, "the query was accepted"
    return [Finding(d.code, under(d)) for d in found.diagnostics if d.severity is Severity.ERROR]


def under(finding: Diagnostic) -> str:
    """The text under a finding, of its first line."""
    end = finding.end.column - 1 if finding.end.line == finding.begin.line else None
    return finding.excerpt[finding.begin.column - 1 : end]


def names(query: Query) -> list[str]:
    return [c.name for c in query.columns]


def shown(query: Query) -> str:
    """The columns as `name: type`, with `?` for nullable ones."""
    return ", ".join(f"{c.name}: {c.type.value}{'?' if c.nullable else ''}" for c in query.columns)
