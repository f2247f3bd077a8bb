"""Tables of the test server as AWS defines them: CloudTrail in both layouts and both formats, and tables "as Sentinel".

The rows are written as native events, one a line, and read by the server through the OpenX JSON SerDe as on Athena; the Parquet form is
filled from that. Partition projection does not exist on Trino: the same partitions are registered from the folders.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import pytest

from rulec.fields import TableMap, builtin_map
from rulec.scalars import ScalarType
from tests.trino.client import Client
from tests.trino.types import trino_type

Layout = Literal["projection", "manual"]
Stored = Literal["OPENX_JSON", "PARQUET"]
Record: TypeAlias = Mapping[str, Any]
#: A row and the keys of its partition.
Placed: TypeAlias = tuple[dict[str, str], Record]

#: The partition that holds what has no time of its own; on S3 it is the day of delivery.
UNDATED: Final = "1970-01-01"
_DAY: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")

_SENTINEL_TYPES: Final[Mapping[ScalarType, str]] = {
    ScalarType.BOOL: "boolean",
    ScalarType.INT: "integer",
    ScalarType.LONG: "bigint",
    ScalarType.REAL: "double",
    ScalarType.DECIMAL: "decimal(38,18)",
    ScalarType.STRING: "varchar",
    ScalarType.DATETIME: "timestamp(3)",
    ScalarType.TIMESPAN: "bigint",
    ScalarType.GUID: "varchar",
    ScalarType.DYNAMIC: "varchar",
}


def cloudtrail_map(layout: Layout) -> TableMap:
    """The product's own map of AWSCloudTrail on Athena in a layout."""
    found = builtin_map("AWSCloudTrail", "athena", layout)
    assert isinstance(found, TableMap)
    return found


def table_columns(layout: Layout) -> dict[str, str]:
    """The columns of the table in Trino's types, without the partition columns."""
    return {column: trino_type(kind) for column, kind in cloudtrail_map(layout).ddl.items()}


def native_events(folder: Path) -> Iterator[Record]:
    """The events of a folder of native CloudTrail files and of lines of rule tests."""
    for path in sorted(folder.iterdir()):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            if path.name.endswith(".jsonl.gz"):
                yield from (json.loads(line)["record"] for line in stream)
            else:
                yield from json.load(stream)["Records"]


def partition(layout: Layout, record: Record) -> dict[str, str]:
    """The partition keys and values of an event."""
    found = _DAY.match(str(record.get("eventTime")))
    year, month, date = found.groups() if found else UNDATED.split("-")
    if layout == "projection":
        return {"timestamp": f"{year}/{month}/{date}"}
    return {"region": str(record.get("awsRegion") or "none"), "year": year, "month": month, "day": date}


def create_cloudtrail(client: Client, name: str, records: Iterable[Record], layout: Layout, stored: Stored) -> str:
    """A table of AWS's published columns and types with the events; returns its name. An older one of that name is replaced."""
    columns = table_columns(layout)
    keys = tuple(partition(layout, {}))
    if stored == "OPENX_JSON":
        return _create(client, name, columns, keys, ((partition(layout, r), r) for r in records))
    source = create_cloudtrail(client, f"{name}_json", records, layout, "OPENX_JSON")
    return as_parquet(client, name, source, keys)


def as_parquet(client: Client, name: str, source: str, keys: tuple[str, ...]) -> str:
    """A copy of a table as Parquet files."""
    client.rows(f'DROP TABLE IF EXISTS "{name}"')
    client.rows("SET SESSION hive.insert_existing_partitions_behavior = 'APPEND'")
    listed = ", ".join(f"'{k}'" for k in keys)
    by = f", partitioned_by = ARRAY[{listed}]" if keys else ""
    client.rows(f'CREATE TABLE "{name}" WITH (format = \'PARQUET\'{by}) AS SELECT * FROM "{source}"')
    return name


def sentinel_columns(schema: Mapping[str, ScalarType]) -> dict[str, str]:
    """The columns of a table "as Sentinel" in Trino's types: names in lower case, timespans as ticks, dynamic values as JSON text."""
    return {name.lower(): _SENTINEL_TYPES[kind] for name, kind in schema.items()}


def create_sentinel(client: Client, name: str, schema: Mapping[str, ScalarType], rows: Iterable[Record]) -> str:
    """A table "as Sentinel" with rows of JSON values by column: times as `yyyy-MM-dd HH:mm:ss.SSS`, dynamic values as values or text."""
    columns = sentinel_columns(schema)
    return _create(client, name, columns, (), (({}, {k: v for k, v in row.items() if v is not None}) for row in rows))


def _create(
    client: Client, name: str, columns: Mapping[str, str], keys: tuple[str, ...], rows: Iterable[tuple[dict[str, str], Record]]
) -> str:
    if not client.server.store:
        pytest.skip("external tables need a server that this run starts, RULEC_TRINO names another")
    client.rows(f'DROP TABLE IF EXISTS "{name}"')
    folder = Path(client.server.store) / "external" / name
    _write(folder, rows)
    listed = ",\n  ".join(f'"{column}" {kind}' for column, kind in (*columns.items(), *((k, "varchar") for k in keys)))
    quoted = ", ".join(f"'{k}'" for k in keys)
    by = f", partitioned_by = ARRAY[{quoted}]" if keys else ""
    place = f"external_location = 'local:///external/{name}'"
    client.rows(f"CREATE TABLE \"{name}\" (\n  {listed}\n) WITH (format = 'OPENX_JSON', {place}{by})")
    if keys:
        client.rows(f"CALL system.sync_partition_metadata('default', '{name}', 'FULL')")
    return name


def _write(folder: Path, rows: Iterable[Placed]) -> None:
    lines: dict[str, list[str]] = defaultdict(list)
    for keys, row in rows:
        place = "/".join(f"{k}={v.replace('/', '%2F')}" for k, v in keys.items())
        lines[place].append(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
    if folder.exists():
        for old in sorted(folder.rglob("*"), reverse=True):
            old.rmdir() if old.is_dir() else old.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    for place, texts in lines.items():
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / "events.json").write_text("\n".join(texts) + "\n", "utf-8")
