"""transaction.

Source: Search Reference, transaction; Search Manual, "Identify and group events into transactions". The command sees the newest event
first: an event that fits `endswith` opens a transaction, one that fits `startswith` closes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.spl import searchexpr, spans
from tests.spl.engine import COMMANDS, Engine
from tests.spl.errors import Refused, SplError
from tests.spl.evalexpr import evaluate, truth
from tests.spl.evalparse import parse
from tests.spl.lexer import boolean, closing, options, tokens
from tests.spl.values import Num, Row, field_texts, number_text, pack

_KNOWN = dict.fromkeys(("maxspan", "maxpause", "maxevents", "mvlist", "keepevicted", "keeporphans", "mvraw", "delim"), "string")
_EDGE = re.compile(r"\b(startswith|endswith)\s*=\s*")
Test = Callable[[Row], bool]


@dataclass(slots=True)
class _Open:
    """A transaction's events, newest first, and why no more may come."""

    events: list[Row] = field(default_factory=list)
    closed: bool = False


def _edges(engine: Engine, body: str) -> tuple[str, dict[str, Test]]:
    """The body without startswith and endswith, and their tests: a quoted or bare term, `(search)`, `eval(predicate)`."""
    found: dict[str, Test] = {}
    while (match := _EDGE.search(body)) is not None:
        items = tokens(body[match.end() :])
        if items and items[0].kind == "word" and items[0].text.lower() == "eval" and items[1].kind == "(":
            end = closing(items, 1)
            found[match.group(1)] = _predicate(engine, body[match.end() + items[1].end : match.end() + items[end].start])
        elif items and items[0].kind == "(":
            end = closing(items, 0)
            found[match.group(1)] = _search(engine, body[match.end() + items[0].end : match.end() + items[end].start])
        elif items and items[0].is_name:
            end = 0
            quoted = items[0].kind == "string" and "=" not in items[0].text
            found[match.group(1)] = _search(engine, f'"{items[0].text}"' if quoted else items[0].text)
        else:
            raise SplError(f"{match.group(1)} needs a condition")
        body = body[: match.start()] + body[match.end() + items[end].end :]
    return body, found


def _predicate(engine: Engine, text: str) -> Test:
    expr, scope = parse(text), engine.scope
    return lambda row: truth(evaluate(expr, row, scope)) is True


def _search(engine: Engine, text: str) -> Test:
    node = searchexpr.parse(text)
    return lambda row: searchexpr.matches(node, row, engine.now)


def _time(row: Row) -> float:
    if "_time" not in row:
        raise Refused("transaction of events without _time")
    return float(str(row["_time"]))


def transaction(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """transaction: events with equal field values within the limits, with duration, eventcount and closed_txn; newest first."""
    body, edges = _edges(engine, body)
    found, rest = options(body, _KNOWN)
    names = [t.text for t in rest if t.kind != ","]
    if any("=" in t.kind for t in rest):
        raise Refused("transaction options")
    limits = {k: _span(found[k]) for k in ("maxspan", "maxpause") if k in found}
    most = int(found.get("maxevents", "1000"))
    done: list[_Open] = []
    current: dict[tuple[str, ...], _Open] = {}
    # In the order of arrival: with the oldest event first no span is ever exceeded (extended example 7).
    for row in rows or []:
        if any(n not in row for n in names):
            continue
        key = tuple("\n".join(field_texts(row[n])) for n in names)
        group = current.get(key)
        if group is not None and (_beyond(group, row, limits) or ("endswith" in edges and edges["endswith"](row))):
            group.closed = group.closed or _beyond(group, row, limits)
            done.append(current.pop(key))
            group = None
        if group is None:
            if "endswith" in edges and not edges["endswith"](row):
                continue
            group = current.setdefault(key, _Open())
        group.events.append(row)
        if len(group.events) >= most or ("startswith" in edges and edges["startswith"](row)):
            group.closed = True
            done.append(current.pop(key))
    done += current.values()
    if "endswith" in edges and "startswith" not in edges and not all(g.closed for g in done):
        raise Refused("transaction: whether one that nothing closes is given out is not documented")
    kept = [g for g in done if g.closed or not edges or boolean(found.get("keepevicted", "f"))]
    out = [_joined(g, boolean(found.get("mvlist", "f")), len(names)) for g in kept]
    return sorted(out, key=lambda r: -float(str(r.get("_time", "0"))))


def _span(text: str) -> float:
    return spans.time_bucket(0.0, text)[1]


def _beyond(group: _Open, row: Row, limits: dict[str, float]) -> bool:
    """Whether an event lies outside the limits of a transaction."""
    first, last = group.events[0], group.events[-1]
    return ("maxspan" in limits and _time(first) - _time(row) > limits["maxspan"]) or (
        "maxpause" in limits and _time(last) - _time(row) > limits["maxpause"]
    )


def _joined(group: _Open, as_lists: bool, keys: int) -> Row:
    """One row: the oldest time, distinct values in lexicographical order (mvlist: all, in order of time)."""
    made: Row = {}
    timed = all("_time" in r for r in group.events)
    members = sorted(group.events, key=_time) if timed else group.events
    for key in dict.fromkeys(k for r in members for k in r if k != "_time"):
        texts = [t for r in members for t in field_texts(r.get(key))]
        stored = pack(["\n".join(texts)] if key == "_raw" else texts if as_lists else sorted(set(texts)))
        if stored is not None:
            made[key] = stored
    if timed:
        made["_time"] = str(members[0]["_time"])
        made["duration"] = number_text(Num(_time(members[-1]) - _time(members[0])))
    made.update(eventcount=str(len(members)), closed_txn="1" if group.closed else "0", field_match_sum=str(len(members) * keys))
    made["linecount"] = str(sum("\n".join(field_texts(r.get("_raw"))).count("\n") + 1 for r in members))
    return made


COMMANDS["transaction"] = transaction
