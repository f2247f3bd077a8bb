"""bin, chart, timechart, makecontinuous.

Source: Search Reference, the commands' pages.
"""

from __future__ import annotations

from dataclasses import replace

from tests.spl import spans, timefmt
from tests.spl.engine import COMMANDS, Engine, copies
from tests.spl.errors import Refused, SplError
from tests.spl.evalparse import Binary, Call, Lit, Ref
from tests.spl.lexer import Token, boolean, options
from tests.spl.stats import PER, Spec, aggregate, groups_of, parse_specs, run_stats, sample, sorted_groups
from tests.spl.values import Num, Row, number_text, parse_number

_BIN = dict.fromkeys(("bins", "minspan", "span", "start", "end", "aligntime"), "string")


def bin_(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """bin: times get their bucket's start, numbers a range text such as `0-10`."""
    found, rest = options(body, _BIN)
    names = [t.text for t in rest if t.kind != ","]
    if "aligntime" in found or "start" in found:
        raise Refused("bin options")
    target = names[2] if len(names) == 3 and names[1].lower() == "as" else names[0]
    numbers = [parse_number(str(r[names[0]])) for r in rows or [] if names[0] in r]
    values = [n.value for n in numbers if n is not None]
    span = found.get("span")
    if span is None:
        if names[0] == "_time":
            raise Refused("bin _time without span")
        span = str(
            spans.auto_span(min(values, default=0), max(values, default=0), int(found.get("bins", "100")), float(found.get("minspan", "0")))
        )
    for row in rows or []:
        number = parse_number(str(row.get(names[0], "")))
        if number is not None:
            row[target] = _bucketed(number.value, span, names[0])
    return rows or []


def _bucketed(value: float, span: str, name: str) -> str:
    if name == "_time" or (span[-1:].isalpha() and "log" not in span):
        return number_text(Num(spans.time_bucket(value, span)[0]))
    return spans.range_text(*spans.number_bucket(value, span))


_CHART = dict.fromkeys(
    (
        "limit",
        "useother",
        "usenull",
        "otherstr",
        "nullstr",
        "cont",
        "sep",
        "format",
        "agg",
        "span",
        "bins",
        "partial",
        "fixedrange",
        "minspan",
    ),
    "string",
)


def chart(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """chart: rows by the first field, columns by the second; 10 columns and OTHER by default, NULL for a missing second field."""
    found, rest = options(body, _CHART)
    specs, names, tail = parse_specs(body, rest)
    names = _axes(names, tail)
    if "span" in found and names:
        for row in rows or []:
            number = parse_number(str(row.get(names[0], "")))
            if number is not None:
                row[names[0]] = _bucketed(number.value, found["span"], names[0])
    if len(names) < 2:
        return run_stats(rows or [], specs, names, engine.scope, engine.caps)
    return _split(engine, rows or [], specs, names[0], names[1], found)


def _axes(names: list[str], tail: list[Token]) -> list[str]:
    """`by a b`, or `over a by b`."""
    words = [n for n in names if n.lower() not in ("by", "over")]
    if len(words) > 2:
        raise SplError("chart takes two fields")
    return words


def _split(engine: Engine, rows: list[Row], specs: list[Spec], over: str, by: str, found: dict[str, str]) -> list[Row]:
    null = found.get("nullstr", "NULL")
    given = copies(rows)
    for row in given:
        if by not in row and boolean(found.get("usenull", "t")):
            row[by] = null
    columns = _columns(engine, given, specs, over, by, found)
    cells: dict[tuple[str, ...], dict[str, list[Row]]] = {}
    for row in given:
        for (line,) in groups_of(row, [over]):
            cells.setdefault((line,), {})
            for (value,) in groups_of(row, [by]):
                if value in columns:
                    cells[(line,)].setdefault(columns[value], []).append(row)
    out: list[Row] = []
    order = sorted(dict.fromkeys(columns.values()), key=lambda c: (c in (found.get("otherstr", "OTHER"), null), c))
    for group in sorted_groups(cells):
        made: Row = {over: group[0]}
        for column in order:
            for spec in specs:
                members = cells[group].get(column, [])
                result = aggregate(spec, [sample(spec, r, engine.scope) for r in members], engine.caps)
                label = column if len(specs) == 1 else f"{spec.name}: {column}"
                if result is not None:
                    made[label] = result
        out.append(made)
    return out


def _columns(engine: Engine, rows: list[Row], specs: list[Spec], over: str, by: str, found: dict[str, str]) -> dict[str, str]:
    """Each column value and the column it counts in: its own, or OTHER beyond the limit."""
    limit = int(found.get("limit", "10").removeprefix("top").strip() or 10)
    totals = run_stats(rows, specs[:1], [by], engine.scope, engine.caps)
    scored = [(str(t[by]), parse_number(str(t.get(specs[0].name, "")))) for t in totals]
    ordered = sorted(scored, key=lambda kv: -(kv[1].value if kv[1] else 0.0))
    kept = {k for k, _ in (ordered[:limit] if limit else ordered)}
    other = boolean(found.get("useother", "t"))
    return {k: k if k in kept else found.get("otherstr", "OTHER") for k, _ in ordered if k in kept or other}


def _rate(spec: Spec, span: str) -> Spec:
    """per_hour and its like: the sum, scaled from the bucket to the unit."""
    if spec.function not in PER:
        return spec
    start, end = spans.time_bucket(0.0, span)
    value = spec.expr or Ref(spec.field or "")
    scale = Lit(Num(PER[spec.function] / (end - start)))
    return replace(spec, function="sum", field=None, expr=Binary("*", Call("exact", (value,)), scale))


def timechart(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """timechart: buckets of _time without gaps; counts of empty buckets are 0, other results are missing."""
    found, rest = options(body, _CHART)
    specs, names, _ = parse_specs(body, rest)
    if "span" not in found:
        raise Refused("timechart without span")
    span = found["span"]
    specs = [_rate(s, span) for s in specs]
    given = copies(rows or [])
    for row in given:
        row["_time"] = number_text(Num(spans.time_bucket(float(str(row["_time"])), span)[0]))
    out = _split(engine, given, specs, "_time", names[0], found) if names else run_stats(given, specs, ["_time"], engine.scope, engine.caps)
    if not out or not boolean(found.get("cont", "t")):
        return out
    by_time = {str(r["_time"]): r for r in out}
    columns = list(dict.fromkeys(k for r in out for k in r if k != "_time"))
    filled: list[Row] = []
    at, last = float(str(out[0]["_time"])), float(str(out[-1]["_time"]))
    counting = all(s.function in ("count", "c", "dc", "distinct_count") for s in specs)
    while at <= last:
        key = number_text(Num(at))
        filled.append(by_time.get(key) or {"_time": key, **(dict.fromkeys(columns, "0") if counting else {})})
        at = spans.time_bucket(at, span)[1]
    return filled


def makecontinuous(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """makecontinuous: rows for the missing steps of a number or time."""
    found, rest = options(body, _BIN)
    name = rest[0].text if rest else "_time"
    if "span" not in found:
        raise Refused("makecontinuous without span")
    span = found["span"]
    size = float(span) if span.isdigit() else float(int(span[:-1] or 1) * timefmt.SPAN_SECONDS[span[-1]])
    given = rows or []
    present = {float(str(r[name])): r for r in given if name in r}
    out: list[Row] = []
    at, last = min(present, default=0.0), max(present, default=-1.0)
    while at <= last:
        out.append(present.get(at) or {name: number_text(Num(at))})
        at += size
    return out


COMMANDS.update({"bin": bin_, "bucket": bin_, "discretize": bin_, "chart": chart, "timechart": timechart, "makecontinuous": makecontinuous})
