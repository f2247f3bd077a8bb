"""Real logs as tables: exports by their own columns, vendors' events through the product's `raw` maps. Times are cut to milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rulec.fields import TableMap, builtin_map
from rulec.ir.rels import ColumnDef
from rulec.running.records import Reader
from rulec.running.shape import BadValue, Shaper, raw_shaper, sentinel_shaper
from rulec.scalars import TICKS_PER_DAY, ScalarType
from tests.parity.engines import Schema
from tests.parity.misses import EventSet

_MILLISECOND: Final = 10_000
#: Tables whose vendor's own events are in the logs, by the files.
RAW_FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "AWSCloudTrail": ("cloudtrail",),
    "SecurityEvent": ("windows/security.jsonl.gz",),
    "Event": ("windows/sysmon.jsonl.gz",),
}
#: Tables of the logs that rules are run over; another table of a rule is empty.
TABLES: Final = ("AWSCloudTrail", "SecurityEvent", "Syslog", "CommonSecurityLog", "OfficeActivity", "AuditLogs", "WindowsEvent")
#: Days with data that get a run of their own, for one rule.
DAYS: Final = 3


@dataclass(slots=True)
class Logs:
    """The rows of the log folder."""

    folder: Path
    #: Rows of a table at most, spread evenly; 0 for all.
    most: int = 0

    def rows(self, table: str, columns: Mapping[str, ScalarType]) -> list[dict[str, Any]]:
        """The rows of a table; what a source lacks is null, or empty."""
        wanted = [ColumnDef(name, type_, type_ is not ScalarType.STRING) for name, type_ in columns.items()]
        found: list[dict[str, Any]] = []
        exported = self.folder / "sentinel_tables" / f"{table}.jsonl.gz"
        if exported.exists():
            found += _shaped(sentinel_shaper(wanted), wanted, [exported])
        table_map = builtin_map(table, "raw")
        if table in RAW_FILES and isinstance(table_map, TableMap):
            mapped = [c for c in wanted if c.name in table_map.columns]
            files = [f for place in RAW_FILES[table] for f in _files(self.folder / place)]
            found += _shaped(raw_shaper(mapped, table_map), wanted, files)
        return found[:: max(1, -(-len(found) // self.most))] if self.most else found


def _files(place: Path) -> Iterable[Path]:
    return sorted(place.iterdir()) if place.is_dir() else [place]


def _shaped(shaper: Shaper, wanted: Iterable[ColumnDef], files: Iterable[Path]) -> list[dict[str, Any]]:
    empty: dict[str, Any] = {c.name: "" if c.type is ScalarType.STRING else None for c in wanted}
    times = [c.name for c in wanted if c.type is ScalarType.DATETIME]
    found = []
    for file in files:
        for record in Reader().records(str(file)):
            record = record.get("record", record) if "expected" in record else record
            try:
                row = empty | shaper.row(record)
            except BadValue:
                continue
            for name in times:
                moment = row[name]
                if isinstance(moment, int):
                    row[name] = moment - moment % _MILLISECOND
            found.append(row)
    return found


def days_of(tables: Mapping[str, list[dict[str, Any]]]) -> list[int]:
    """Where windows end: after the last event of the days with the most events, the fullest first."""
    counts: dict[int, tuple[int, int]] = {}
    for rows in tables.values():
        for row in rows:
            moment = row.get("TimeGenerated")
            if moment is not None:
                count, last = counts.get(moment // TICKS_PER_DAY, (0, 0))
                counts[moment // TICKS_PER_DAY] = (count + 1, max(last, moment))
    fullest = sorted(counts.values(), reverse=True)[:DAYS]
    return [last + _MILLISECOND for _, last in fullest]


def log_set(logs: Logs, schema: Schema) -> EventSet:
    """All rows that the logs have of a rule's tables."""
    known = {*TABLES, "Event"}
    return EventSet("logs", {name: logs.rows(name, columns) if name in known else [] for name, columns in schema.items()})
