"""stats, eventstats, streamstats, top, rare, trendline.

Source: Search Reference, the commands' pages.
"""

from __future__ import annotations

import re
from collections import deque

from tests.spl import spans
from tests.spl.aggregates import Running
from tests.spl.engine import COMMANDS, Engine
from tests.spl.errors import Refused, SplError
from tests.spl.evalexpr import evaluate, truth
from tests.spl.evalparse import parse
from tests.spl.lexer import boolean, options
from tests.spl.stats import Spec, aggregate, expand, groups_of, parse_specs, run_eventstats, run_stats, sample
from tests.spl.values import Delimited, Field, Num, Row, number_text, parse_number


def stats(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    found, rest = options(body, {"partitions": "int", "allnum": "bool", "delim": "string", "dedup_splitvals": "bool"})
    specs, by, _ = parse_specs(body, rest)
    if not specs:
        raise SplError("stats needs a function")
    allnum, distinct = (boolean(found.get(name, "f")) for name in ("allnum", "dedup_splitvals"))
    out = run_stats(rows or [], specs, by, engine.scope, engine.caps, allnum, distinct)
    for row in out if "delim" in found else []:
        row.update({k: Delimited(v, found["delim"]) for k, v in row.items() if isinstance(v, list)})
    return out


def eventstats(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    found, rest = options(body, {"allnum": "bool"})
    specs, by, _ = parse_specs(body, rest)
    return run_eventstats(rows or [], specs, by, engine.scope, engine.caps, boolean(found.get("allnum", "f")))


_STREAM = dict.fromkeys(
    ("reset_on_change", "reset_before", "reset_after", "current", "window", "time_window", "global", "allnum"), "string"
)


#: A reset expression in parentheses without quotes; the quoted form is an option like others.
_RESET = re.compile(r"(reset_before|reset_after)\s*=\s*(\((?:[^()]|\([^()]*\))*\))", re.DOTALL)


def _resets(body: str) -> tuple[str, dict[str, str]]:
    """The body without the reset expressions of that form, and these."""
    return _RESET.sub("", body), dict(m.groups() for m in _RESET.finditer(body))


class _Stream:
    """streamstats: the state of each group, and the options."""

    def __init__(self, engine: Engine, body: str, rows: list[Row]) -> None:
        body, resets = _resets(body)
        found, rest = options(body, _STREAM)
        found.update(resets)
        specs, self.by, _ = parse_specs(body, rest)
        self.engine = engine
        self.specs = expand(specs, rows)
        self.window = int(found.get("window", "0"))
        if self.window > engine.caps.stream_window:
            raise SplError("window of streamstats is too large")
        self.time_window = spans.time_bucket(0.0, found["time_window"])[1] if "time_window" in found else 0.0
        if self.time_window and self.window:
            raise Refused("streamstats with window and time_window")
        self.current = boolean(found.get("current", "t"))
        self.on_change = boolean(found.get("reset_on_change", "f"))
        self.common = boolean(found.get("global", "t"))
        self.allnum = boolean(found.get("allnum", "f"))
        self.before = parse(found["reset_before"]) if "reset_before" in found else None
        self.after = parse(found["reset_after"]) if "reset_after" in found else None
        self.running: dict[tuple[str, ...], list[Running]] = {}
        self.recent: dict[tuple[str, ...], deque[tuple[tuple[str, ...], Row]]] = {}
        self.timed: dict[tuple[str, ...], list[Row]] = {}
        self.previous: tuple[str, ...] | None = None

    def clear(self) -> None:
        self.running.clear()
        self.recent.clear()
        self.timed.clear()

    def step(self, row: Row) -> Row:
        """The row with its results."""
        scope = self.engine.scope
        groups = groups_of(row, self.by)
        if len(groups) > 1:
            raise Refused("streamstats by a multivalue")
        out = dict(row)
        if groups:
            group = groups[0]
            if self.on_change and self.previous is not None and self.previous != group:
                self.clear()
            self.previous = group
        if self.before is not None and truth(evaluate(self.before, out, scope)) is True:
            self.clear()
        if groups:
            self._add(row, groups[0], out)
        if self.after is not None and truth(evaluate(self.after, out, scope)) is True:
            self.clear()
        return out

    def _add(self, row: Row, group: tuple[str, ...], out: Row) -> None:
        for spec in self.specs:
            out.pop(spec.name, None)
        if self.time_window:
            results = self._within(row, group)
        else:
            results = self._windowed(row, group) if self.window else self._unbounded(row, group)
        for spec, result in zip(self.specs, results, strict=True):
            if result is not None:
                out[spec.name] = result

    def _unbounded(self, row: Row, group: tuple[str, ...]) -> list[Field | None]:
        if self.allnum:
            raise Refused("streamstats allnum")
        states = self.running.setdefault(group, [Running(s.function, s.p, self.engine.caps) for s in self.specs])
        results: list[Field | None] = [] if self.current else [s.result() for s in states]
        for spec, state in zip(self.specs, states, strict=True):
            state.add(sample(spec, row, self.engine.scope))
        return [s.result() for s in states] if self.current else results

    def _windowed(self, row: Row, group: tuple[str, ...]) -> list[Field | None]:
        """With `global` the window counts all rows, and the group's ones in it are aggregated."""
        key = () if self.common else group
        recent = self.recent.setdefault(key, deque(maxlen=self.window))
        if self.current:
            recent.append((group, row))
        members = [r for g, r in recent if g == group]
        results: list[Field | None] = [self._one(s, members) for s in self.specs]
        if not self.current:
            recent.append((group, row))
        return results

    def _within(self, row: Row, group: tuple[str, ...]) -> list[Field | None]:
        """The group's rows that are nearer in time than the window; whether its end belongs to it is not documented."""
        if "_time" not in row:
            raise Refused("streamstats: a window of time over rows without _time")
        before = self.timed.setdefault(group, [])
        distances = [abs(float(str(r["_time"])) - float(str(row["_time"]))) for r in before]
        if self.time_window in distances:
            raise Refused("streamstats: a row exactly time_window away")
        members = [r for r, d in zip(before, distances, strict=True) if d < self.time_window]
        before.append(row)
        return [self._one(s, [*members, row] if self.current else members) for s in self.specs]

    def _one(self, spec: Spec, members: list[Row]) -> Field | None:
        return aggregate(spec, [sample(spec, r, self.engine.scope) for r in members], self.engine.caps, self.allnum)


def streamstats(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """streamstats: cumulative results in row order; `current=f` leaves the row itself out."""
    given = rows or []
    stream = _Stream(engine, body, given)
    return [stream.step(r) for r in given]


def _frequency(engine: Engine, rows: list[Row] | None, body: str, rare: bool) -> list[Row]:
    known = dict.fromkeys(("limit", "showcount", "showperc", "countfield", "percentfield", "useother", "otherstr"), "string")
    found, rest = options(body, known)
    at = next((i for i, t in enumerate(rest) if t.kind == "word" and t.text.lower() == "by"), len(rest))
    names = [t.text for t in rest[:at] if t.kind != ","]
    by = [t.text for t in rest[at + 1 :] if t.kind != ","]
    limit = int(found.get("limit", "10"))
    if names and names[0].isdigit():
        limit, names = int(names[0]), names[1:]
    count, percent = found.get("countfield", "count"), found.get("percentfield", "percent")
    totals: dict[tuple[str, ...], dict[tuple[str, ...], int]] = {}
    for row in rows or []:
        for group in groups_of(row, by):
            for value in groups_of(row, names):
                bucket = totals.setdefault(group, {})
                bucket[value] = bucket.get(value, 0) + 1
    out: list[Row] = []
    for group, values in totals.items():
        whole = sum(values.values())
        # Of values of one frequency top takes the last in lexicographical order first (top, "Lexicographic order of results").
        listed = sorted(values.items(), reverse=True) if not rare else list(values.items())
        ordered = sorted(listed, key=lambda kv: kv[1] if rare else -kv[1])
        kept, others = (ordered[:limit], ordered[limit:]) if limit else (ordered, [])
        lines = [(dict(zip(names, value, strict=True)), n) for value, n in kept]
        if others and boolean(found.get("useother", "f")):
            lines.append((dict.fromkeys(names, found.get("otherstr", "OTHER")), sum(n for _, n in others)))
        for labels, n in lines:
            made: Row = {**dict(zip(by, group, strict=True)), **labels}
            if boolean(found.get("showcount", "t")):
                made[count] = str(n)
            if boolean(found.get("showperc", "t")):
                made[percent] = f"{n * 100 / whole:.6f}"
            out.append(made)
    return out


def top(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """top: the most frequent values, 10 by default, with count and percent (six decimals)."""
    return _frequency(engine, rows, body, rare=False)


def rare(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """rare: the least frequent values."""
    return _frequency(engine, rows, body, rare=True)


def trendline(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """trendline: sma, ema and wma moving averages of the last n rows."""
    given = rows or []
    for kind, size, name, _, alias in re.findall(r"(sma|ema|wma)(\d+)\(([^)]+)\)(\s+as\s+(\S+))?", body, re.IGNORECASE):
        n, target = int(size), alias.strip('"') or f"{kind}{size}({name})"
        numbers = [p.value if isinstance(v := r.get(name), str) and (p := parse_number(v)) else None for r in given]
        average: float | None = None
        for i, row in enumerate(given):
            window = [x for x in numbers[max(i - n + 1, 0) : i + 1] if x is not None]
            if i + 1 < n or len(window) < n:
                continue
            if kind.lower() == "sma":
                average = sum(window) / n
            elif kind.lower() == "wma":
                average = sum(x * (j + 1) for j, x in enumerate(window)) / (n * (n + 1) / 2)
            else:
                average = sum(window) / n if average is None else average + (window[-1] - average) * 2 / (n + 1)
            row[target] = number_text(Num(average))
    return given


COMMANDS.update(
    {
        "stats": stats,
        "eventstats": eventstats,
        "streamstats": streamstats,
        "top": top,
        "rare": rare,
        "trendline": trendline,
    }
)
