"""fieldformat, gauge, concurrency.

Source: Search Reference, the commands' pages.
"""

from __future__ import annotations

from tests.spl.engine import COMMANDS, Engine
from tests.spl.errors import Refused, SplError
from tests.spl.evalparse import parse_assignments
from tests.spl.lexer import options
from tests.spl.values import Row, parse_number


def fieldformat(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """fieldformat: how a field is shown at the end; what comes in between works with its value."""
    assignments = parse_assignments(body)
    if len(assignments) != 1 or assignments[0].dynamic:
        raise SplError("fieldformat takes one expression")
    engine.formats.append((assignments[0].target, assignments[0].value))
    return rows or []


def gauge(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """gauge: a value in x and the ends of its ranges in y1, y2, …"""
    _, rest = options(body, {})
    words = [t.text for t in rest if t.kind != ","]
    out: list[Row] = []
    for row in (rows or [])[:1]:
        values = [w if parse_number(w) else row.get(w) for w in words]
        if len(words) < 2 or any(not isinstance(v, str) for v in values):
            raise Refused("gauge without ranges, or of fields without a number")
        out.append({"x" if i == 0 else f"y{i}": str(v) for i, v in enumerate(values)})
    return out


def concurrency(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """concurrency: how many rows have begun before a row does, or with it, and have not ended."""
    found, _ = options(body, {"duration": "field", "start": "field", "output": "field"})
    if "duration" not in found:
        raise SplError("concurrency needs a duration")
    given = rows or []
    spans: list[tuple[float, float]] = []
    for row in given:
        start, size = (parse_number(str(row.get(name, ""))) for name in (found.get("start", "_time"), found["duration"]))
        if start is None or size is None:
            raise Refused("concurrency of rows without start or duration")
        spans.append((start.value, start.value + size.value))
    if len({start for start, _ in spans}) < len(spans):
        raise Refused("concurrency of rows with one start")
    for row, (at, _) in zip(given, spans, strict=True):
        row[found.get("output", "concurrency")] = str(sum(start <= at and (end > at or start == at) for start, end in spans))
    return given


COMMANDS.update({"fieldformat": fieldformat, "gauge": gauge, "concurrency": concurrency})
