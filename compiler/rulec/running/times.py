"""The window of a run: what the command line says, else the rule's period before the end of the data."""

from __future__ import annotations

from collections.abc import Mapping

from rulec.driver.inputs import UsageError
from rulec.driver.settings import Job
from rulec.driver.times import show_time
from rulec.rule.model import Rule
from rulec.running.engines import Moments
from rulec.running.tables import Rows
from rulec.scalars import MAX_DATETIME_TICKS, ScalarType


def window_of(rule: Rule, job: Job, tables: Mapping[str, Rows]) -> Moments:
    """Start, end and now. The end is --end, else --now, else one tick after the last event of the data, but not before --start.

    Raises:
        UsageError: --start is after the end that was given.
    """
    end = job.end if job.end is not None else job.now
    if end is None:
        end = min(MAX_DATETIME_TICKS, max((_last(rows) for rows in tables.values()), default=-1) + 1)
        end = end if job.start is None else max(end, job.start)
    elif job.start is not None and job.start > end:
        raise UsageError(f"--start {show_time(job.start)} is after the end of the window, {show_time(end)}")
    start = job.start
    if start is None:
        start = max(0, end - rule.query_period) if rule.query_period is not None else 0
    return Moments(start, end, job.now if job.now is not None else end)


def _last(rows: Rows) -> int:
    """The latest time of a table's rows, -1 when it has none."""
    name = next((c.name for c in rows.columns if c.name == "TimeGenerated" and c.type is ScalarType.DATETIME), None)
    if name is None:
        return -1
    return max((row[name] for row in rows if row[name] is not None), default=-1)
