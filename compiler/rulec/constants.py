"""What a target cannot say but the query's text already decides is computed with the Python target, the reference.

It happens only to a query that a target refuses. The parts that read no table and hold a refused place become their rows or
values; what depends on a table stays, and stays refused. The generated program runs in a process of its own with bounds on time,
memory and answer, because a short text can ask for much.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, TypeAlias

from rulec.backend import TargetOptions, Unit
from rulec.catalogue import lookup
from rulec.errors import Diagnostic
from rulec.ir.exprs import Aggregate, Call, Column, Expr, InRelation, Literal, Parameter, StepColumn, ToScalar, Window
from rulec.ir.rebuild import map_own_expressions, map_relations
from rulec.ir.rels import (
    Assignment,
    ColumnDef,
    External,
    MvApply,
    Partition,
    Project,
    Query,
    Rel,
    Sample,
    Scan,
    Serialize,
    Sort,
    SortKey,
    Values,
)
from rulec.ir.walk import all_expressions, expressions, inputs, operands, own_expressions, relations, subqueries, with_operands
from rulec.registry import load_backend
from rulec.scalars import ScalarType
from rulec.source import Position, Source, Span
from rulec.syntax.moments import parse_datetime, parse_timespan

REFERENCE: Final = "python"
_SECONDS: Final = 5
_MOST_ROWS: Final = 1000
_MOST_CHARACTERS: Final = 200_000
_MEMORY: Final = 512 * 1024 * 1024
#: Runs the program that it reads; without `resource` (Windows) the time bounds the memory.
_RUNNER: Final = f"""
import json, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({_MEMORY}, {_MEMORY}))
except ImportError:
    pass
module = {{"__name__": "constants"}}
exec(compile(sys.stdin.read(), "<constants>", "exec"), module)
rows = module["detect"]({{}}, now=0)
print(json.dumps([module["COLUMNS"], [list(row.values()) for row in rows[:{_MOST_ROWS + 1}]]]))
"""

Place: TypeAlias = tuple[str, Position]


def with_known_values(query: Query, refusals: Iterable[Diagnostic], source: Source) -> Query:
    """The query with what its text decides around the refused places; the query itself when that is nothing."""
    places = {(d.path, d.begin) for d in refusals}
    known = {id(rel): rows for rel in _outermost(query.relation, places) if (rows := _rows(rel, query.relation is rel, source))}
    relation = map_relations(query.relation, lambda rel: known.get(id(rel), rel))
    folding = _Folding(places, source)
    relation = map_relations(relation, lambda rel: map_own_expressions(rel, folding.folded))
    return query if relation is query.relation else Query(relation, query.ordered)


def _outermost(root: Rel, places: Collection[Place]) -> list[Rel]:
    """The largest relations that read no table and hold a refused place."""
    found: list[Rel] = []
    seen: set[int] = set()
    stack = [root]
    while stack:
        rel = stack.pop()
        if id(rel) in seen:
            continue
        seen.add(id(rel))
        if _reads_nothing(rel):
            if any(_holds(span, places) for span in _spans(rel)):
                found.append(rel)
            continue
        stack.extend(inputs(rel)[:1] if isinstance(rel, MvApply | Partition) else inputs(rel))
        stack.extend(sub.relation for value in own_expressions(rel) for sub in subqueries(value))
    return found


def _spans(rel: Rel) -> Iterator[Span]:
    """Where a relation comes from: its operators, and what they call, which can be the body of a function elsewhere."""
    for part in relations(rel):
        if not isinstance(part, Values):
            yield part.span
        yield from (e.span for value in own_expressions(part) for e in expressions(value) if not isinstance(e, Literal))


def _holds(span: Span, places: Collection[Place]) -> bool:
    return any(path == span.source.path and span.begin <= begin <= span.finish for path, begin in places)


def _reads_nothing(root: Rel) -> bool:
    """Whether the text alone decides the rows. (A body is never asked by itself: what it is given is its operator's.)"""
    return not any(isinstance(rel, Scan | External | Sample) for rel in relations(root)) and all(map(_is_fixed, all_expressions(root)))


def _is_fixed(value: Expr) -> bool:
    if isinstance(value, Call | Window | Aggregate):
        row = lookup(value.function)
        return row is None or row.deterministic
    return not isinstance(value, Parameter)


def _rows(rel: Rel, is_whole: bool, source: Source) -> Rel | None:
    """The rows of a relation that reads nothing, in their order; None when they are too many, or the reference has no answer."""
    answer = _computed(rel, source)
    if answer is None:
        return None
    columns, rows = answer
    if not is_whole and [c[:2] for c in columns] != [c[:2] for c in rel.columns]:
        return None  # the columns depend on the data, and what is above counts on others
    span = _whole_span(rel)
    if len(rows) < 2 or not any(isinstance(r, Sort | Serialize) for r in relations(rel)):
        return Values(columns, rows, span)
    place = ColumnDef(_fresh("row", columns), ScalarType.LONG, False)
    numbered = tuple((*row, Literal(i, place.type, span)) for i, row in enumerate(rows))
    ordered = Sort(Values((*columns, place), numbered, span), (SortKey(Column(*place, span), False, False),), span)
    return Project(ordered, tuple(Assignment(c.name, Column(*c, span)) for c in columns), span)


def _whole_span(rel: Rel) -> Span:
    """From the first operator of a relation to its last, where they are in one text."""
    spans = [part.span for part in relations(rel) if part.span.source is rel.span.source]
    return Span(min(s.start for s in spans), max(s.end for s in spans), rel.span.source)


def _fresh(name: str, columns: Iterable[ColumnDef]) -> str:
    taken = {c.name for c in columns}
    while name in taken:
        name += "_"
    return name


@dataclass(slots=True)
class _Folding:
    """The expressions of one query."""

    places: Collection[Place]
    source: Source

    def folded(self, value: Expr) -> Expr:
        """The expression with the values of its constant parts that hold a refused place."""
        if not _holds_place(value, self.places):
            return value
        if is_constant(value):
            only = Values((ColumnDef("value", value.type, value.nullable),), ((value,),), value.span)
            answer = _computed(only, self.source)
            return value if answer is None else replace(answer[1][0][0], span=value.span)
        parts = operands(value)
        new = tuple(map(self.folded, parts))
        return value if all(a is b for a, b in zip(parts, new, strict=True)) else with_operands(value, new)


def _holds_place(value: Expr, places: Collection[Place]) -> bool:
    return any(isinstance(part, Call) and _holds(part.span, places) for part in expressions(value))


def is_constant(value: Expr) -> bool:
    """Whether the text alone decides the value."""
    kinds = Column | StepColumn | Window | InRelation | ToScalar
    return all(_is_fixed(part) and not isinstance(part, kinds) for part in expressions(value))


def _computed(rel: Rel, source: Source) -> tuple[tuple[ColumnDef, ...], tuple[tuple[Literal, ...], ...]] | None:
    """What the reference program gives for a relation that reads nothing."""
    try:
        output = load_backend(REFERENCE).compile(Unit(Query(rel, True), None, source, "constants"), TargetOptions())
    except RecursionError:
        return None
    answer = _run(output.artifacts[0].text) if output.artifacts else None
    if answer is None:
        return None
    types = [(name, ScalarType(kind)) for name, kind in answer[0]]
    if not all(name for name, _ in types):  # a key of `pivot` can be empty, a column's name cannot
        return None
    nullable = {c.name: c.nullable for c in rel.columns}
    columns = tuple(ColumnDef(n, t, nullable.get(n, t is not ScalarType.STRING)) for n, t in types)
    try:
        return columns, tuple(tuple(_literal(v, c.type, rel.span) for v, c in zip(row, columns, strict=True)) for row in answer[1])
    except ValueError:
        return None


def _run(program: str) -> list[Any] | None:
    """The program's columns and rows; None when it fails (it says itself when it has no answer) or takes too much."""
    command = [sys.executable, "-I", "-c", _RUNNER]  # isolated: no module of the working directory stands in for the library's
    try:
        done = subprocess.run(command, input=program, capture_output=True, encoding="utf-8", timeout=_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    answer: list[Any] = json.loads(done.stdout) if len(done.stdout) <= _MOST_CHARACTERS else [[], [None] * (_MOST_ROWS + 1)]
    return answer if len(answer[1]) <= _MOST_ROWS else None


def _literal(value: Any, kind: ScalarType, span: Span) -> Literal:
    """A cell of the program's answer as the IR carries it. Raises `ValueError` for one that it cannot hold."""
    match kind, value:
        case ScalarType.DATETIME, str():
            held: Any = parse_datetime(value)
        case ScalarType.TIMESPAN, str():
            held = parse_timespan(value)
        case ScalarType.DECIMAL, str():
            held = Decimal(value)
        case ScalarType.REAL, int():
            held = float(value)
        case ScalarType.DYNAMIC, _:
            json.dumps(value, allow_nan=False)
            held = value
        case _:
            held = value
    if held is None and value is not None:
        raise ValueError(value)
    return Literal(held, kind, span)
