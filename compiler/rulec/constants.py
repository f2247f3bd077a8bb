"""What a target cannot say but the query's text already decides is computed with the Python target, the reference.

It happens only to a query that a target refuses. The parts that read no table and hold a refused place become their rows or
values; what depends on a table stays, and stays refused. The generated program runs in a process of its own with bounds on time,
memory and answer, because a short text can ask for much.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeAlias

from rulec.backend import TargetOptions, Unit
from rulec.catalogue import is_deterministic
from rulec.errors import Diagnostic
from rulec.ir.exprs import Aggregate, Call, Column, Expr, InRelation, Literal, Parameter, StepColumn, ToScalar, Window
from rulec.ir.rebuild import map_own_expressions, map_relations
from rulec.ir.rels import (
    Assignment,
    ColumnDef,
    External,
    Given,
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
from rulec.ir.walk import all_expressions, expressions, inputs, map_expression, operands, own_expressions, relations, subqueries
from rulec.registry import load_backend
from rulec.scalars import ScalarType
from rulec.source import Position, Source, Span
from rulec.syntax.moments import parse_datetime, parse_timespan

REFERENCE: Final = "python"
_MOST_ROWS: Final = 1000
_MOST_CHARACTERS: Final = 200_000
_CPU_SECONDS: Final = 2
_MEMORY: Final = 512 * 1024 * 1024
#: Where there is no limit of CPU time (Windows), and for a machine that hardly runs.
_WALL_SECONDS: Final = 60
#: Runs the programs that it reads and writes a line for each; one without an answer (it says so itself) gives null.
_RUNNER: Final = f"""
import json, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({_MEMORY}, {_MEMORY}))
    resource.setrlimit(resource.RLIMIT_CPU, ({_CPU_SECONDS}, {_CPU_SECONDS}))
except ImportError:
    pass
for program in json.load(sys.stdin):
    module = {{"__name__": "constants"}}
    try:
        exec(compile(program, "<constants>", "exec"), module)
        rows = module["detect"]({{}}, now=0)
        answer = json.dumps([module["COLUMNS"], [list(row.values()) for row in rows[:{_MOST_ROWS + 1}]]])
    except Exception:
        answer = "null"
    print(answer if len(answer) <= {_MOST_CHARACTERS} else "null", flush=True)
"""

Place: TypeAlias = tuple[str, Position]
Answer: TypeAlias = tuple[tuple[ColumnDef, ...], tuple[tuple[Literal, ...], ...]]


def with_known_values(query: Query, refusals: Iterable[Diagnostic], source: Source) -> Query:
    """The query with what its text decides around the refused places; the query itself when that is nothing."""
    places = {(d.path, d.begin) for d in refusals}
    found = _outermost(query.relation, places)
    answers = zip(found, _computed(found, source), strict=True)
    known = {id(rel): rows for rel, answer in answers if answer and (rows := _rows(rel, answer, query.relation is rel))}
    relation = map_relations(query.relation, lambda rel: known.get(id(rel), rel))
    constants = [e for rel in relations(relation) for value in own_expressions(rel) for e in _constants(value, places)]
    only = [Values((ColumnDef("value", e.type, e.nullable),), ((e,),), e.span) for e in constants]
    values = {id(e): answer[1][0][0] for e, answer in zip(constants, _computed(only, source), strict=True) if answer}

    def known_value(part: Expr) -> Expr:
        return values.get(id(part), part)

    if values:
        relation = map_relations(relation, lambda rel: map_own_expressions(rel, lambda e: map_expression(e, known_value)))
    return query if relation is query.relation else Query(relation, query.ordered)


def columns_of(rel: Rel) -> tuple[ColumnDef, ...] | None:
    """All columns of a relation whose columns the data decide; None where more than the text decides, or it takes too much."""
    if _is_given(rel) or not _reads_nothing(rel):
        return None
    program = _program(rel, rel.span.source)
    answer = _columns_of(program) if program else None
    if answer is None or not all(name for name, _ in answer):
        return None
    return _definitions(answer, rel)


@lru_cache(maxsize=64)  # the binder asks again in each of its rounds
def _columns_of(program: str) -> list[tuple[str, str]] | None:
    answer = next(iter(_run([program])), None)
    return None if answer is None else answer[0]


def _is_given(rel: Rel) -> bool:
    """Whether a relation starts from the rows of the operator around it."""
    below = inputs(rel)
    return isinstance(rel, Given) or any(map(_is_given, below[:1] if isinstance(rel, MvApply | Partition) else below))


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
        return is_deterministic(value.function)
    return not isinstance(value, Parameter)


def _rows(rel: Rel, answer: Answer, is_whole: bool) -> Rel | None:
    """The rows of a relation in their order."""
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


def _constants(value: Expr, places: Collection[Place]) -> Iterator[Expr]:
    """The largest constant parts of an expression that hold a refused place."""
    if not _holds_place(value, places):
        return
    if _is_constant(value):
        yield value
    else:
        for part in operands(value):
            yield from _constants(part, places)


def _holds_place(value: Expr, places: Collection[Place]) -> bool:
    return any(isinstance(part, Call) and _holds(part.span, places) for part in expressions(value))


def _is_constant(value: Expr) -> bool:
    """Whether the text alone decides the value."""
    kinds = Column | StepColumn | Window | InRelation | ToScalar
    return all(_is_fixed(part) and not isinstance(part, kinds) for part in expressions(value))


def _computed(found: Sequence[Rel], source: Source) -> list[Answer | None]:
    """What the reference programs give for relations that read nothing; None where there is no answer, or it takes too much."""
    programs = {at: program for at, rel in enumerate(found) if (program := _program(rel, source))}
    answers = dict(zip(programs, _run(list(programs.values())) if programs else [], strict=False))
    return [_read(answers.get(at), rel) for at, rel in enumerate(found)]


def _program(rel: Rel, source: Source) -> str | None:
    try:
        output = load_backend(REFERENCE).compile(Unit(Query(rel, True), None, source, "constants"), TargetOptions())
    except RecursionError:
        return None
    return output.artifacts[0].text if output.artifacts else None


def _run(programs: list[str]) -> list[Any]:
    """The answers of the programs, up to the one that takes too much."""
    # isolated: no module of the working directory stands in for the library's
    command = [sys.executable, "-I", "-c", _RUNNER]
    try:
        done = subprocess.run(command, input=json.dumps(programs), capture_output=True, encoding="utf-8", timeout=_WALL_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return []
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def _read(answer: Any, rel: Rel) -> Answer | None:
    """A program's answer as the IR carries it; None when that cannot be, or is too much."""
    if answer is None or len(answer[1]) > _MOST_ROWS or not all(name for name, _ in answer[0]):
        return None  # a key of `pivot` can be empty, a column's name cannot
    columns = _definitions(answer[0], rel)
    try:
        return columns, tuple(tuple(_literal(v, c.type, rel.span) for v, c in zip(row, columns, strict=True)) for row in answer[1])
    except ValueError:
        return None


def _definitions(answer: Sequence[tuple[str, str]], rel: Rel) -> tuple[ColumnDef, ...]:
    types = [(name, ScalarType(kind)) for name, kind in answer]
    nullable = {c.name: c.nullable for c in rel.columns}
    return tuple(ColumnDef(n, t, nullable.get(n, t is not ScalarType.STRING)) for n, t in types)


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
