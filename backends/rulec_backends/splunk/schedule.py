"""A rule's schedule and trigger as Splunk writes them.

Sentinel runs a scheduled rule five minutes late, so that late events are there; the search's time range keeps that.
Source: savedsearches.conf.spec; Learn, scheduled analytics rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rulec.alert import AlertSpec
from rulec.scalars import TICKS_PER_SECOND

_MINUTE = 60 * TICKS_PER_SECOND
_LATE = 5
_DAY = 1440
_WEEK = 7 * _DAY
RELATIONS = {"gt": "greater than", "lt": "less than", "eq": "equal to", "ne": "not equal to"}
SEVERITIES = {"informational": 2, "low": 3, "medium": 4, "high": 5}


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron line; `exact` tells whether it runs as often as the rule does."""

    text: str
    exact: bool


def cron(frequency: int) -> Cron:
    """The cron line of a frequency in ticks: one of the forms that `allow_skew` may move."""
    minutes = max(frequency // _MINUTE, 1)
    if minutes < 60:
        best = max((d for d in (5, 6, 10, 12, 15, 20, 30) if d <= minutes), default=1)
        return Cron(f"*/{best} * * * *", best == minutes)
    if minutes < _DAY:
        hours = max(d for d in (1, 2, 3, 4, 6, 8, 12) if d * 60 <= minutes)
        return Cron("0 * * * *" if hours == 1 else f"0 */{hours} * * *", hours * 60 == minutes)
    if minutes < _WEEK:
        return Cron("0 0 * * *", minutes == _DAY)
    return Cron("0 0 * * 0", minutes == _WEEK)


def time_range(period: int) -> tuple[str, str]:
    """Earliest and latest of the search."""
    return f"-{period // _MINUTE + _LATE}m@m", f"-{_LATE}m@m"


def described(alert: AlertSpec) -> Iterator[str]:
    """The schedule and trigger in words."""
    if alert.frequency is None or alert.period is None:
        return
    earliest, latest = time_range(alert.period)
    trigger = f"{RELATIONS[alert.trigger_operator]} {alert.trigger_threshold}"
    yield f"runs {cron(alert.frequency).text} from {earliest} to {latest}; alerts when the number of results is {trigger}"


def seconds(ticks: int) -> int:
    return ticks // TICKS_PER_SECOND


def severity(alert: AlertSpec) -> int:
    """The alert's severity, 1 to 6."""
    return SEVERITIES.get(alert.severity.lower(), 3)
