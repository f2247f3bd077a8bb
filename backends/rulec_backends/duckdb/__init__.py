"""The DuckDB target: one `.sql` file, a single SELECT.

Reading: tables stand under their Sentinel names (`sentinel_tables`), or where a field map says. Datetime columns may be TIMESTAMP or ISO
text in UTC, dynamic columns JSON or JSON text.
Parameters: `$now`, `$window_start`, `$window_end` are TIMESTAMPs, bound by the caller; with `start`, `end`, `now` given they are literals.
Writing: datetimes leave as ISO 8601 text with seven digits, timespans as KQL prints them, dynamic values as JSON, everything else as
DuckDB's own type. With the setting `times=ticks` datetimes and timespans leave as 100 ns ticks.
"""

from __future__ import annotations

from rulec_backends.sql.backend import SqlBackend, SqlTarget


def _target() -> SqlTarget:
    from rulec_backends.duckdb.dialect import DuckDb
    from rulec_backends.duckdb.writer import DuckWriter

    return SqlTarget(DuckDb(), DuckWriter)


BACKEND = SqlBackend("duckdb", "DuckDB SQL: one query, run in process", _target)
