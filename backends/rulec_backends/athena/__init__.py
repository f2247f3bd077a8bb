"""The Athena target: a `.sql` file (Trino, Athena engine v3) and the alert's `.meta.json`.

Reading: physical tables through field maps; with `sentinel_tables` under their Sentinel names, datetime columns TIMESTAMP(3) in UTC, dynamic columns JSON.
The window ends at `current_timestamp` and is as long as the rule's period; with `start`, `end`, `now` given they are literals.
Writing: datetimes leave as ISO 8601 text with seven digits, timespans as KQL prints them, dynamic values as JSON text. With the setting
`times=ticks` datetimes and timespans leave as 100 ns ticks.
"""

from __future__ import annotations

from rulec.backend import Artifact, TargetOptions, Unit
from rulec_backends.sql.backend import SqlBackend, SqlTarget


def _target() -> SqlTarget:
    from sqlglot.dialects.trino import Trino as TrinoText

    from rulec_backends.athena.dialect import Trino

    return SqlTarget(Trino(), lambda: TrinoText().generator(normalize_functions=False))


def _metadata(unit: Unit, options: TargetOptions) -> tuple[Artifact, ...]:
    from rulec_backends.athena.meta import metadata

    return metadata(unit, options)


BACKEND = SqlBackend("athena", "Athena SQL (Trino), with the alert's metadata", _target, _metadata)
