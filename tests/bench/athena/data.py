"""The benchmark's table: real CloudTrail events and the rules' own test events, repeated over sixty days, as Parquet.

Every day has the events of the whole base in several copies: times of day, addresses and identities differ from copy to copy, so that
groups and joins have work to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import yaml

from rulec.fields import TableMap
from tests.trino import tables
from tests.trino.client import Client

TABLE: Final = "bench_cloudtrail"
DAYS: Final = 60
LAST_DAY: Final = date(2024, 3, 10)
ROWS: Final = 5_000_000
_HAS_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:")


def rule_events(rules: Path) -> Iterator[tables.Record]:
    """The CloudTrail events that the sample rules are tested with."""
    for path in sorted(rules.glob("aws/*.test.yaml")):
        given = yaml.safe_load(path.read_text("utf-8"))["given"]
        yield from given.get("AWSCloudTrail", ())


def physical() -> TableMap:
    """The map that the benchmark's queries are generated with."""
    return tables.cloudtrail_map("projection")


def prepare(client: Client, shared: Path, rules: Path, rows: int = ROWS) -> int:
    """Makes the table unless it is there; returns its number of rows."""
    if [TABLE] in client.rows("SHOW TABLES"):
        return int(client.value("count(*)", f"FROM {TABLE}"))
    events = [*tables.native_events(shared / "logs" / "cloudtrail"), *rule_events(rules)]
    timed = [e for e in events if _HAS_TIME.match(str(e.get("eventTime")))]
    base = tables.create_cloudtrail(client, "bench_base", timed, "projection", "OPENX_JSON")
    size = int(client.value("count(*)", f"FROM {base}"))
    copies = -(-rows // (DAYS * size))
    _fill(client, base, copies)
    return size * copies * DAYS


def _fill(client: Client, base: str, copies: int) -> None:
    columns = tables.table_columns("projection")
    listed = ", ".join(f'"{c}" {t}' for c, t in columns.items())
    client.rows(f"CREATE TABLE {TABLE} ({listed}, \"timestamp\" varchar) WITH (format = 'PARQUET', partitioned_by = ARRAY['timestamp'])")
    told = {"eventtime": _TIME, "sourceipaddress": _ADDRESS, "useridentity": '"useridentity"'}
    items = ", ".join(told.get(c, f'"{c}"') for c in columns)
    for first in range(0, DAYS, 10):
        days = ", ".join(f"'{LAST_DAY - timedelta(d)}'" for d in range(first, min(first + 10, DAYS)))
        client.rows(
            f"INSERT INTO {TABLE} SELECT {items}, replace(day, '-', '/') FROM {base} "
            f"CROSS JOIN UNNEST(ARRAY[{days}]) AS d (day) CROSS JOIN UNNEST(sequence(0, {copies - 1})) AS c (copy)"
        )


#: The day, an hour that differs from copy to copy, and the event's own minute and second.
_TIME: Final = (
    "day || 'T' || lpad(CAST((CAST(substr(eventtime, 12, 2) AS INTEGER) + copy) % 24 AS VARCHAR), 2, '0') || substr(eventtime, 14)"
)
_ADDRESS: Final = "IF(copy % 3 = 0, sourceipaddress, '198.51.' || CAST(copy AS VARCHAR) || '.' || CAST(length(useragent) % 250 AS VARCHAR))"
