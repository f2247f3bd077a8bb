"""bin, chart, timechart, makecontinuous.

Source: Search Reference, the commands' pages.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tests.spl import spans, timefmt
from tests.spl.engine import COMMANDS, Engine, copies
from tests.spl.errors import Refused, SplError
from tests.spl.lexer import boolean, options, tokens
from tests.spl.stats import PER, Spec, groups_of, parse_specs, result_of, run_stats, sorted_groups
from tests.spl.values import Num, Row, field_texts, number_text, parse_number

_BIN = dict.fromkeys(("bins", "minspan", "span", "start", "end", "aligntime"), "string")


def number_in(row: Row, name: str) -> float | None:
    """A field's number; None if it is missing, a text or a multivalue."""
    value = row.get(name)
    number = parse_number(value) if isinstance(value, str) else None
    return None if number is None else number.value


def bin_(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """bin: times get their bucket's start, numbers a range text such as `0-10`."""
    found, rest = options(body, _BIN)
    names = [t.text for t in rest if t.kind != ","]
    if len(names) not in (1, 3) or (len(names) == 3 and names[1].lower() != "as"):
        raise SplError("bin takes one field")
    _bucket_all(engine, rows or [], names[0], names[-1], found)
    return rows or []


def _bucket_all(engine: Engine, rows: list[Row], name: str, target: str, found: dict[str, str]) -> None:
    span = found.get("span") or _chosen_span(rows, name, found)
    align = _align(engine, found.get("aligntime"))
    for row in rows:
        number = number_in(row, name)
        if number is not None:
            row[target] = _bucketed(number, span, name, align)


def _chosen_span(rows: list[Row], name: str, found: dict[str, str]) -> str:
    """The span when none is given: `start` and `end` widen the range of the values, `bins` (100) bounds the buckets."""
    values = [n for r in rows if (n := number_in(r, name)) is not None]
    low, high = min(values, default=0.0), max(values, default=0.0)
    if name == "_time":
        raise Refused("a time axis without span: the search's time range decides")
    low, high = min(low, float(found.get("start", low))), max(high, float(found.get("end", high)))
    return spans.auto_span(low, high, int(found.get("bins", "100")), float(found.get("minspan", "0")))


def _align(engine: Engine, text: str | None) -> float:
    """aligntime: an epoch number or a time relative to now; the search's own bounds are not known here."""
    if text in ("earliest", "latest"):
        raise Refused("aligntime of the search's time range")
    return 0.0 if text is None else timefmt.time_modifier(text, engine.now)


def _bucketed(value: float, span: str, name: str, align: float = 0.0) -> str:
    if name == "_time" or (span[-1:].isalpha() and "log" not in span):
        return number_text(Num(spans.time_bucket(value, span, align)[0]))
    if value == 0 and "log" in span:
        return "0"
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
        "start",
        "end",
        "partial",
        "fixedrange",
        "minspan",
        "aligntime",
        "dedup_splitvals",
        "dedup_splitval",
    ),
    "string",
)


def chart(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """chart: rows by the first field, columns by the second; 10 columns and OTHER by default, NULL for a missing second field."""
    body, bins = _bins_by_field(body)
    found, rest = options(body, _CHART)
    specs, names, _ = parse_specs(body, rest)
    names = [n for n in names if n.lower() not in ("by", "over")]
    if len(names) > 2 or set(bins) - {*names, ""}:
        raise SplError("chart takes two fields")
    given = copies(rows or [])
    for name, wanted in bins.items():
        _bucket_all(engine, given, name or names[0], name or names[0], wanted)
    if len(names) < 2:
        distinct = boolean(found.get("dedup_splitvals", found.get("dedup_splitval", "f")))
        return run_stats(given, specs, names, engine.scope, engine.caps, distinct=distinct)
    return _split(engine, given, specs, names[0], names[1], found)


def _bins_by_field(body: str) -> tuple[str, dict[str, dict[str, str]]]:
    """The body without bin options, and these by the field that they follow (chart, example 6: a span applies to the field before it);
    under an empty name those before any field."""
    items = tokens(body)
    cuts: list[tuple[int, int]] = []
    found: dict[str, dict[str, str]] = {}
    current, splitting = "", False
    for i, token in enumerate(items):
        option = i + 2 < len(items) and items[i + 1].kind == "="
        if token.kind == "word" and token.text.lower() in _BIN and option:
            found.setdefault(current, {})[token.text.lower()] = items[i + 2].text
            cuts.append((token.start, items[i + 2].end))
        elif token.kind == "word" and token.text.lower() in ("by", "over"):
            splitting = True
        elif splitting and token.is_name and not option and items[i - 1].kind != "=":
            current = token.text
    for start, end in reversed(cuts):
        body = body[:start] + " " + body[end:]
    return body, found


def _split(engine: Engine, given: list[Row], specs: list[Spec], over: str, by: str, found: dict[str, str]) -> list[Row]:
    null = found.get("nullstr", "NULL")
    for row in given:
        if by not in row and boolean(found.get("usenull", "t")):
            row[by] = null
    columns = _columns(engine, given, specs, over, by, found)
    cells: dict[tuple[str, ...], dict[str, list[Row]]] = {}
    for row in given:
        for line in groups_of(row, [over]):
            cells.setdefault(line, {})
            for (value,) in groups_of(row, [by]):
                if value in columns:
                    cells[line].setdefault(columns[value], []).append(row)
    out: list[Row] = []
    for group in sorted_groups(cells):
        made: Row = {over: group[0]}
        for column in dict.fromkeys(columns.values()):
            for spec in specs:
                result = result_of(spec, cells[group].get(column, []), engine.scope, engine.caps)
                if result is not None:
                    made[_label(spec, column, specs, found)] = result
        out.append(made)
    return out


def _label(spec: Spec, column: str, specs: list[Spec], found: dict[str, str]) -> str:
    """A column's name: the value alone, or with the aggregate before it; `format` and `sep` change that."""
    if "format" in found:
        return found["format"].replace("$AGG$", spec.name).replace("$VAL$", column)
    return column if len(specs) == 1 else f"{spec.name}{found.get('sep', ': ')}{column}"


def _columns(engine: Engine, rows: list[Row], specs: list[Spec], over: str, by: str, found: dict[str, str]) -> dict[str, str]:
    """Each column value and the column it counts in: its own, or OTHER beyond the limit.

    With one aggregate a value scores the sum of its cells (`agg` names another function), with several its frequency."""
    null = found.get("nullstr", "NULL")
    size = re.fullmatch(r"(top|bottom)?\s*(\d+)", found.get("limit", "10"))
    if size is None or (found.get("agg", "sum") != "sum" and len(specs) == 1):
        raise Refused("limit or agg of chart")
    scores: dict[str, float] = {}
    for (value,) in dict.fromkeys(g for r in rows for g in groups_of(r, [by])):
        members = [r for r in rows if (value,) in groups_of(r, [by])]
        scores[value] = float(len(members)) if len(specs) > 1 else _score(engine, members, specs[0], over)
    sign = 1 if size.group(1) == "bottom" else -1
    ordered = sorted((v for v in scores if v != null), key=lambda v: sign * scores[v])
    limit = int(size.group(2))
    kept = {*(ordered[:limit] if limit else ordered), null}
    other = boolean(found.get("useother", "t"))
    return {v: v if v in kept else found.get("otherstr", "OTHER") for v in scores if v in kept or other}


def _score(engine: Engine, members: list[Row], spec: Spec, over: str) -> float:
    cells = run_stats(members, [spec], [over], engine.scope, engine.caps)
    return sum(n for c in cells if (n := number_in(c, spec.name)) is not None)


def _rate(spec: Spec, span: str) -> Spec:
    """per_hour and its like: scaled from the bucket to the unit."""
    start, end = spans.time_bucket(0.0, span)
    return replace(spec, p=PER[spec.function] / (end - start)) if spec.function in PER else spec


_COUNTS = frozenset({"count", "c", "dc", "distinct_count", "estdc"})


def timechart(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """timechart: buckets of _time without gaps; counts of empty buckets are 0, other results are missing."""
    found, rest = options(body, _CHART)
    specs, names, _ = parse_specs(body, rest)
    if len(names) > 1 or not boolean(found.get("partial", "t")) or {"start", "end"} & set(found):
        raise Refused("timechart with a where clause, partial, start or end")
    given = [r for r in copies(rows or []) if number_in(r, "_time") is not None]
    span = found.get("span") or _chosen_span(given, "_time", found)
    specs = [_rate(s, span) for s in specs]
    align = _align(engine, found.get("aligntime"))
    for row in given:
        row["_time"] = _bucketed(float(str(row["_time"])), span, "_time", align)
    if names:
        out = [{_shown(k): v for k, v in r.items()} for r in _split(engine, given, specs, "_time", names[0], found)]
    else:
        out = run_stats(given, specs, ["_time"], engine.scope, engine.caps)
    if not out or not boolean(found.get("cont", "t")):
        return out
    columns = list(dict.fromkeys(k for r in out for k in r if k != "_time"))
    counted = {s.name for s in specs if s.function in _COUNTS}
    if names:
        counted = {c for c in columns for s in specs if s.function in _COUNTS and (len(specs) == 1 or c.startswith(s.name))}
    return _filled(out, span, align, dict.fromkeys((c for c in columns if c in counted), "0"))


def _shown(column: str) -> str:
    """A column whose name begins with an underscore gets VALUE before it (timechart, Usage)."""
    return f"VALUE{column}" if column.startswith("_") and column != "_time" else column


def _filled(rows: list[Row], span: str, align: float, empty: dict[str, str]) -> list[Row]:
    """The rows with one for each bucket between the first and the last."""
    by_time = {str(r["_time"]): r for r in rows}
    out: list[Row] = []
    at, last = float(str(rows[0]["_time"])), float(str(rows[-1]["_time"]))
    while at <= last:
        key = number_text(Num(at))
        out.append(by_time.get(key) or {"_time": key, **empty})
        at = spans.time_bucket(at, span, align)[1]
    return out


def makecontinuous(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """makecontinuous: rows for the missing steps of a number or time, which are ranges where they were."""
    found, rest = options(body, _BIN)
    name = rest[0].text if rest else "_time"
    given = rows or []
    span = found.get("span")
    if span is None or {"start", "end", "aligntime"} & set(found):
        raise Refused("makecontinuous without span, or with start, end or aligntime")
    if any("-" in t[1:] for r in given for t in field_texts(r.get(name))):
        raise Refused("makecontinuous of ranges")
    size = float(span) if re.fullmatch(r"[\d.]+", span) else spans.time_bucket(0.0, span)[1]
    present: dict[float, list[Row]] = {}
    for row in given:
        number = number_in(row, name)
        if number is not None:
            present.setdefault(number, []).append(row)
    out: list[Row] = []
    at, last = min(present, default=0.0), max(present, default=-1.0)
    while at <= last:
        out.extend(present.pop(at, None) or [{name: number_text(Num(at))}])
        at += size
    if present:
        raise Refused("makecontinuous of values between the steps")
    return out


COMMANDS.update({"bin": bin_, "bucket": bin_, "discretize": bin_, "chart": chart, "timechart": timechart, "makecontinuous": makecontinuous})
