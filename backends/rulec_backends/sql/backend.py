"""The backend object of a SQL target; its lowering is imported when the first query is compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from rulec.alert import AlertSpec
from rulec.backend import Artifact, Format, Output, TargetOptions, Unit, Unsupported
from rulec.scalars import TICKS_PER_DAY

if TYPE_CHECKING:
    from rulec_backends.sql.dialect import Dialect
    from rulec_backends.sql.text import Writer


@dataclass(frozen=True, slots=True)
class SqlTarget:
    """An engine: its dialect and how its text is written."""

    dialect: Dialect
    writer: Callable[[], Writer]


@dataclass(frozen=True)
class SqlBackend:
    """See `rulec.backend.Backend`. `extra` makes further artifacts of a unit, such as the alert's metadata."""

    name: str
    description: str
    load: Callable[[], SqlTarget]
    extra: Callable[[Unit, TargetOptions], tuple[Artifact, ...]] = lambda unit, options: ()
    formats: tuple[Format, ...] = field(default=(Format("sql", ".sql", "one SELECT"),))
    settings: tuple[str, ...] = ("times",)

    @cached_property
    def target(self) -> SqlTarget:
        return self.load()

    def functions(self) -> Mapping[str, Unsupported | bool]:
        from rulec_backends.sql.windows import WINDOWS

        dialect = self.target.dialect
        rows = {**dialect.functions, **dialect.aggregates, **dialect.plugins, **WINDOWS}
        return {name: row if isinstance(row, Unsupported) else True for name, row in rows.items()}

    def compile(self, unit: Unit, options: TargetOptions) -> Output:
        from rulec_backends.sql.compile import query_text

        text, diagnostics = query_text(unit, options, self.target.dialect, self.target.writer)
        if not text:
            return Output((), diagnostics)
        query = Artifact(".sql", header(unit.alert) + text)
        return Output((query, *self.extra(unit, options)), diagnostics)


def header(alert: AlertSpec | None) -> str:
    """The rule as comments; nothing for a bare query."""
    if alert is None:
        return ""
    lines = [alert.name, f"rule {alert.id}, version {alert.version}{_schedule(alert)}"]
    return "".join(f"-- {' '.join(line.split())}\n" for line in lines)


def _schedule(alert: AlertSpec) -> str:
    if alert.frequency is None or alert.period is None:
        return ""
    words = {"gt": ">", "lt": "<", "eq": "=", "ne": "<>"}
    return (
        f"; every {duration(alert.frequency)} over the last {duration(alert.period)}; "
        f"alert when rows {words[alert.trigger_operator]} {alert.trigger_threshold}"
    )


def duration(ticks: int) -> str:
    """`1 day`, `5 hours`, `90 minutes`."""
    for unit, size in (("day", TICKS_PER_DAY), ("hour", TICKS_PER_DAY // 24), ("minute", TICKS_PER_DAY // 1440), ("second", 10_000_000)):
        count, rest = divmod(ticks, size)
        if count and not rest:
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return f"{ticks} ticks"
