"""The Athena backend object: one query, in three forms.

Settings (`-O athena.NAME=VALUE`): `times` (`text`, `ticks`), `database`, `workgroup`, `location` (the S3 folder of a table's files).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rulec.backend import Artifact, Format, Output, TargetOptions, Unit
from rulec.errors import Diagnostic
from rulec_backends.sql.backend import SqlBackend, header

#: Athena's limit of a query's text in bytes of UTF-8. Source: Athena user guide, "Service Quotas".
LONGEST: Final = 262_144
#: The run's parameters in the order of their question marks.
PARAMETERS: Final = ("window_start", "window_end", "now")
FORMATS: Final = (
    Format("sql", ".sql", "the query, and the alert's metadata in .meta.json"),
    Format("cloudformation", ".template.json", "a prepared statement, its schedule and a state machine that applies the threshold"),
    Format("ddl", ".ddl.sql", "CREATE TABLE statements of the tables that the query reads"),
)


@dataclass(frozen=True, slots=True)
class Query:
    """The text of a query and the names of its parameters, in order."""

    text: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class AthenaBackend(SqlBackend):
    """See `rulec.backend.Backend`."""

    formats: tuple[Format, ...] = FORMATS
    settings: tuple[str, ...] = ("times", "database", "workgroup", "location")

    def compile(self, unit: Unit, options: TargetOptions) -> Output:
        query, diagnostics = self.query(unit, options)
        if query is None:
            return Output((), diagnostics)
        match options.format:
            case "ddl":
                from rulec_backends.athena import ddl

                return Output((Artifact(".ddl.sql", ddl.statements(unit, options)),), diagnostics)
            case "cloudformation":
                from rulec_backends.athena import cloudformation

                found = cloudformation.template(unit, options, query)
                if isinstance(found, Diagnostic):
                    return Output((), (*diagnostics, found))
                return Output((Artifact(".template.json", found),), diagnostics)
            case _:
                from rulec_backends.athena import meta

                return Output((Artifact(".sql", query.text), *meta.metadata(unit, query.parameters)), diagnostics)

    def query(self, unit: Unit, options: TargetOptions) -> tuple[Query | None, tuple[Diagnostic, ...]]:
        """The query, or None with errors."""
        from rulec_backends.athena.writer import AthenaWriter
        from rulec_backends.sql.compile import query_text

        writer = AthenaWriter()
        text, diagnostics = query_text(unit, options, self.target.dialect, lambda: writer)
        if not text:
            return None, diagnostics
        parameters = tuple(name for name in PARAMETERS if name in writer.parameters)
        whole = header(unit.alert) + _prefixed(text, parameters)
        size = len(whole.encode("utf-8"))
        if size > LONGEST:
            reason = f"the query has {size:,} bytes of SQL, Athena takes {LONGEST:,}"
            return None, (*diagnostics, Diagnostic.at(unit.query.relation.span, "RC403", reason, "move long lists into a table"))
        return Query(whole, parameters), diagnostics


def _prefixed(text: str, parameters: tuple[str, ...]) -> str:
    """The query with its parameters, which are whole seconds, as the only row of `run`."""
    if not parameters:
        return text
    lines = ",\n    ".join(f"date_trunc('second', CAST(? AS TIMESTAMP(3))) AS {name}" for name in parameters)
    run = f"run AS (\n  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC\n  SELECT\n    {lines}\n)"
    if text.startswith("WITH "):
        return f"WITH {run},\n{text.removeprefix('WITH ')}"
    return f"WITH {run}\n{text}"
