"""The grammar and grouping of stats, eventstats and streamstats.

Source: Search Reference, stats, eventstats, streamstats; "Statistical and charting functions".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tests.spl import pcre
from tests.spl.aggregates import FUNCTIONS, NUMERIC, OF_NOTHING, Sample
from tests.spl.caps import Caps
from tests.spl.errors import Refused, SplError
from tests.spl.evalexpr import Scope, evaluate
from tests.spl.evalparse import Binary, Call, Expr, Ref, Unary, parse
from tests.spl.lexer import Token, closing
from tests.spl.values import Field, Row, field_texts, parse_number, store


@dataclass(frozen=True, slots=True)
class Spec:
    """One aggregate: function, percentile, its field (None for plain count) or expression, and the output name.

    The function `eval` is an expression over other aggregates, which are `inner` and whose names `expr` reads."""

    function: str
    p: float
    field: str | None
    expr: Expr | None
    name: str
    inner: tuple[Spec, ...] = ()


#: Sums by unit of time, which timechart knows, and the unit's seconds.
PER = {"per_second": 1, "per_minute": 60, "per_hour": 3600, "per_day": 86400}
_PERCENT = re.compile(r"(perc|exactperc|upperperc|p|percentile)(\d+(?:\.\d+)?)\Z")


def _function(word: str) -> tuple[str, float]:
    low = word.lower()
    match = _PERCENT.match(low)
    if match:
        return match.group(1), float(match.group(2))
    if low == "eval":
        return low, 0.0
    if low not in FUNCTIONS:
        raise Refused(f"stats function {word}")
    return low, 0.0


def parse_specs(text: str, items: list[Token]) -> tuple[list[Spec], list[str], list[Token]]:
    """The aggregates and by-fields among tokens of `text`; what follows `over` or is not understood is returned."""
    specs: list[Spec] = []
    by: list[str] = []
    i = 0
    while i < len(items):
        token = items[i]
        if token.kind == ",":
            i += 1
        elif token.kind == "word" and token.text.lower() in ("by", "over"):
            names = [t.text for t in items[i + 1 :] if t.kind != ","]
            if any(not t.is_name and t.kind != "," for t in items[i + 1 :]):
                raise SplError("unexpected piece after by")
            return specs, names, items[i:]
        elif token.kind == "word":
            spec, i = _spec(text, items, i)
            specs.append(spec)
        else:
            raise SplError(f"unexpected {token.text!r} in aggregates")
    return specs, by, []


def _spec(text: str, items: list[Token], i: int) -> tuple[Spec, int]:
    function, p = _function(items[i].text)
    field: str | None = None
    expr: Expr | None = None
    name = items[i].text
    if i + 1 < len(items) and items[i + 1].kind == "(":
        end = closing(items, i + 1)
        inner = text[items[i + 1].end : items[end].start].strip()
        name = f"{items[i].text}({inner})"
        match = re.match(r"eval\s*\((.*)\)\Z", inner, re.DOTALL | re.IGNORECASE)
        if match:
            expr = parse(match.group(1))
        elif function == "eval":
            expr = parse(inner)
        elif inner:
            field = items[i + 2].text if end == i + 3 else inner
            name = f"{items[i].text}({field})"
        i = end
    elif function not in ("count", "c"):
        field, name = "*", f"{items[i].text}(*)"
    i += 1
    if i + 1 < len(items) and items[i].kind == "word" and items[i].text.lower() == "as":
        name = items[i + 1].text
        i += 2
    elif expr is not None and function != "eval":
        raise SplError("an eval inside a stats function must be renamed with as")
    if function == "eval" and expr is not None:
        inner_specs: list[Spec] = []
        return Spec(function, p, None, _named(expr, inner_specs), name, tuple(inner_specs)), i
    return Spec(function, p, field, expr, name), i


def _named(expr: Expr, found: list[Spec]) -> Expr:
    """An expression over aggregates (chart, "eval-expression") with each aggregate replaced by a field of its name."""
    match expr:
        case Call(function, (Ref(field),)) if function in FUNCTIONS or _PERCENT.match(function):
            known, p = _function(function)
            found.append(Spec(known, p, field, None, f"{function}({field})"))
            return Ref(f"{function}({field})")
        case Call(function, arguments):
            return Call(function, tuple(_named(a, found) for a in arguments))
        case Unary(op, operand):
            return Unary(op, _named(operand, found))
        case Binary(op, left, right):
            return Binary(op, _named(left, found), _named(right, found))
        case Ref("count"):
            found.append(Spec("count", 0.0, None, None, "count"))
            return expr
        case Ref(name):
            raise SplError(f"{name} outside an aggregate")
    return expr


def expand(specs: list[Spec], rows: list[Row]) -> list[Spec]:
    """Wildcards in fields stand for the fields that the rows have (`sum(*)`, `sum(x*) as y*`)."""
    out: list[Spec] = []
    for spec in specs:
        if spec.field is None or "*" not in spec.field:
            out.append(spec)
            continue
        regex = pcre.wildcard_regex(spec.field, False)
        for name in dict.fromkeys(k for r in rows for k in r if not k.startswith("_")):
            match = regex.fullmatch(name)
            if match:
                wild = spec.name
                for part in match.groups():
                    wild = wild.replace("*", part, 1)
                out.append(Spec(spec.function, spec.p, name, None, wild))
    return out


def sample(spec: Spec, row: Row, scope: Scope) -> Sample:
    """What a row contributes to an aggregate."""
    stored_time = row.get("_time")
    number = parse_number(stored_time) if isinstance(stored_time, str) else None
    time = number.value if number else None
    if spec.expr is not None:
        value = evaluate(spec.expr, row, scope)
        if isinstance(value, bool):
            return Sample(("1",) if value else (), time)
        return Sample(tuple(field_texts(store(value))), time)
    if spec.field is None:
        return Sample(("1",), time)
    return Sample(tuple(field_texts(row.get(spec.field))), time)


def aggregate(spec: Spec, samples: list[Sample], caps: Caps, allnum: bool = False) -> Field | None:
    """An aggregate's result; nothing when `allnum` finds a text."""
    if allnum and spec.function in NUMERIC and any(parse_number(t) is None for s in samples for t in s.texts):
        return None
    if not any(s.texts for s in samples) and spec.function not in OF_NOTHING:
        return None
    return FUNCTIONS[spec.function](samples, spec.p, caps)


def result_of(spec: Spec, rows: list[Row], scope: Scope, caps: Caps, allnum: bool = False) -> Field | None:
    """An aggregate of rows."""
    if spec.function == "eval" and spec.expr is not None:
        parts = {s.name: result_of(s, rows, scope, caps, allnum) for s in spec.inner}
        return store(evaluate(spec.expr, {k: v for k, v in parts.items() if v is not None}, scope))
    return aggregate(spec, [sample(spec, r, scope) for r in rows], caps, allnum)


def groups_of(row: Row, by: list[str], distinct: bool = False) -> list[tuple[str, ...]]:
    """The groups a row belongs to: none if a by-field is null, one for each value of a multivalue by-field, or for each `distinct` one
    (stats `dedup_splitvals`)."""
    found: list[tuple[str, ...]] = [()]
    for name in by:
        found = [(*g, v) for g in found for v in field_texts(row.get(name))]
    return list(dict.fromkeys(found)) if distinct else found


def _order(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    for x, y in zip(a, b, strict=True):
        if x == y:
            continue
        m, n = parse_number(x), parse_number(y)
        if m is not None and n is not None and m.value != n.value:
            return -1 if m.value < n.value else 1
        return -1 if x < y else 1
    return 0


def sorted_groups(groups: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Groups in the order of the by-fields: numbers by value, text by code point."""
    return sorted(groups, key=functools.cmp_to_key(_order))


def run_stats(
    rows: list[Row], specs: list[Spec], by: list[str], scope: Scope, caps: Caps, allnum: bool = False, distinct: bool = False
) -> list[Row]:
    """stats: one row a group, sorted by the by-fields; without by-fields one row always."""
    specs = expand(specs, rows)
    groups: dict[tuple[str, ...], list[Row]] = {}
    if not by:
        groups[()] = list(rows)
    for row in rows if by else []:
        for group in groups_of(row, by, distinct):
            groups.setdefault(group, []).append(row)
    out: list[Row] = []
    for group in sorted_groups(groups):
        made: Row = dict(zip(by, group, strict=True))
        made.update(_results(groups[group], specs, scope, caps, allnum))
        out.append(made)
    return out


def _results(rows: list[Row], specs: list[Spec], scope: Scope, caps: Caps, allnum: bool) -> Row:
    made: Row = {}
    for spec in specs:
        result = result_of(spec, rows, scope, caps, allnum)
        if result is not None:
            made[spec.name] = result
    return made


def run_eventstats(rows: list[Row], specs: list[Spec], by: list[str], scope: Scope, caps: Caps, allnum: bool = False) -> list[Row]:
    """eventstats: the group's results on every row; a row with a null by-field gets none."""
    specs = expand(specs, rows)
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        for group in groups_of(row, by):
            groups.setdefault(group, []).append(row)
    results = {g: _results(members, specs, scope, caps, allnum) for g, members in groups.items()}
    out: list[Row] = []
    for row in rows:
        found = groups_of(row, by)
        if len(found) > 1:
            raise Refused("eventstats by a multivalue")
        made = dict(row)
        for spec in specs if found else []:
            made.pop(spec.name, None)
        made.update(results[found[0]] if found else {})
        out.append(made)
    return out
