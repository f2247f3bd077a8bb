"""Carriers as KQL shows them: JSON for `--json`, texts for titles, details and tables."""

from __future__ import annotations

import json
import math
from typing import Any

from rulec.driver.times import show_time
from rulec.scalars import TICKS_PER_DAY, TICKS_PER_SECOND, ScalarType


def as_json(value: Any, type_: ScalarType) -> Any:
    """A carrier as JSON: times as texts, decimals and reals without a JSON form as texts, dynamic as it is."""
    match type_, value:
        case _, None:
            return None
        case ScalarType.DATETIME, int():
            return show_time(value)
        case ScalarType.TIMESPAN, int():
            return timespan_text(value)
        case ScalarType.DECIMAL, _:
            return str(value)
        case ScalarType.REAL, float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
        case _:
            return value


def as_text(value: Any, type_: ScalarType) -> str:
    """A carrier as a text; null is empty."""
    shown = as_json(value, type_)
    match shown:
        case None:
            return ""
        case str():
            return shown
        case bool():
            return "true" if shown else "false"
        case dict() | list():
            return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
        case _:
            return str(shown)


def timespan_text(ticks: int) -> str:
    """Ticks as `-1.02:03:04.5000000`."""
    days, rest = divmod(abs(ticks), TICKS_PER_DAY)
    seconds, fraction = divmod(rest, TICKS_PER_SECOND)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return ("-" if ticks < 0 else "") + (f"{days}." if days else "") + clock + (f".{fraction:07d}" if fraction else "")
