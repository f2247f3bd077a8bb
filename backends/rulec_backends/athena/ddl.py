"""CREATE TABLE statements of the tables that a query reads.

CloudTrail's is AWS's own statement; other tables get columns of the types that the query was made for, as Parquet.
Source: Athena user guide, "Create a table for CloudTrail logs in Athena using partition projection" and "… using manual partitioning".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from rulec.backend import TargetOptions, Unit
from rulec.fields import Partitioning, TableMap
from rulec.ir.rels import ColumnDef, Scan
from rulec.ir.walk import relations
from rulec.scalars import ScalarType

#: AWS's name for buckets in examples; the setting `location` replaces it.
BUCKET: Final = "s3://amzn-s3-demo-bucket"
_HIVE: Final[Mapping[ScalarType, str]] = MappingProxyType(
    {
        ScalarType.BOOL: "boolean",
        ScalarType.INT: "int",
        ScalarType.LONG: "bigint",
        ScalarType.REAL: "double",
        ScalarType.DECIMAL: "decimal(38,16)",
        ScalarType.DATETIME: "timestamp",
        ScalarType.TIMESPAN: "bigint",
    }
)
_CLOUDTRAIL: Final = """ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'"""


def statements(unit: Unit, options: TargetOptions) -> str:
    """A statement a table, in the order of the tables' names."""
    scans: dict[str, dict[str, ColumnDef]] = {}
    for rel in relations(unit.query.relation):
        if isinstance(rel, Scan):
            scans.setdefault(rel.table, {}).update({c.name: c for c in rel.columns})
    made = [_statement(table, columns.values(), options) for table, columns in sorted(scans.items())]
    return "\n".join(made) if made else "-- the query reads no table\n"


def _statement(table: str, columns: Iterable[ColumnDef], options: TargetOptions) -> str:
    found = None if options.sentinel_tables else options.maps.get(table)
    if found is None:
        typed = [(c.name.lower(), _HIVE.get(c.type, "string")) for c in columns]
        return _external(table.lower(), typed, "STORED AS PARQUET", None, options.settings.get("location", f"{BUCKET}/{table.lower()}"))
    typed = list(found.ddl.items()) or _mapped(found, columns)
    if found.table == "AWSCloudTrail":
        place = options.settings.get("location", f"{BUCKET}/AWSLogs/111122223333/CloudTrail/us-east-1")
        return _external(found.physical, typed, _CLOUDTRAIL, found.partitioning, place)
    return _external(
        found.physical, typed, "STORED AS PARQUET", found.partitioning, options.settings.get("location", f"{BUCKET}/{found.physical}")
    )


def _mapped(found: TableMap, columns: Iterable[ColumnDef]) -> list[tuple[str, str]]:
    """The stored columns behind the columns that the query reads."""
    typed: dict[str, str] = {}
    for c in columns:
        place = found.columns.get(c.name)
        if place is not None and place.path:
            native = place.conversion in ("native", "timestamp")
            typed.setdefault(place.path[0], _HIVE.get(c.type, "string") if native else "string")
    return list(typed.items())


def _external(name: str, columns: Iterable[tuple[str, str]], stored: str, layout: Partitioning | None, location: str) -> str:
    listed = ",\n".join(f"  {_quoted(column)} {_struct(kind)}" for column, kind in columns)
    parts = [f"CREATE EXTERNAL TABLE IF NOT EXISTS {name} (\n{listed}\n)"]
    keys = () if layout is None else layout.columns if layout.layout == "date" else ("region", *layout.columns)
    if keys:
        parts.append(f"PARTITIONED BY ({', '.join(f'{_quoted(k)} string' for k in keys)})")
    parts += [stored, f"LOCATION '{location.rstrip('/')}/'"]
    if layout is not None and layout.layout == "date":
        parts.append(_projection(layout, location))
    return "\n".join(parts) + ";\n"


def _projection(layout: Partitioning, location: str) -> str:
    key = layout.columns[0]
    properties = {
        "projection.enabled": "true",
        f"projection.{key}.type": "date",
        f"projection.{key}.format": layout.format,
        f"projection.{key}.interval": "1",
        f"projection.{key}.interval.unit": "DAYS",
        f"projection.{key}.range": f"{'2020/01/01' if '/' in layout.format else '2020-01-01'},NOW",
        "storage.location.template": f"{location.rstrip('/')}/${{{key}}}",
    }
    return "TBLPROPERTIES (\n" + ",\n".join(f"  '{k}' = '{v}'" for k, v in properties.items()) + "\n)"


def _quoted(column: str) -> str:
    return f"`{column}`"


def _struct(kind: str) -> str:
    """A type; `struct<…>` of one line as AWS writes it."""
    return kind
