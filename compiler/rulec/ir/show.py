"""The IR as indented text, for `rulec explain` and for failing tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final, assert_never

from rulec.ir import walk
from rulec.ir.exprs import Aggregate, Call, Case, Column, Convert, Expr, InRelation, Literal, Parameter, Path, StepColumn, ToScalar, Window
from rulec.ir.rels import (
    Assignment,
    ColumnDef,
    Extend,
    External,
    Filter,
    Given,
    Join,
    MakeSeries,
    MvApply,
    MvExpand,
    Parse,
    ParseKv,
    Partition,
    Plugin,
    Project,
    Query,
    Range,
    Rel,
    Sample,
    Scan,
    ScanOperator,
    Serialize,
    Shared,
    Sort,
    SortKey,
    Summarize,
    Take,
    TopNested,
    Union,
    Values,
)
from rulec.scalars import ScalarType

_INFIX: Final = frozenset({"and", "or", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "=~", "!~"})
_LIST: Final = frozenset({"in", "!in", "in~", "!in~", "has_any", "has_all"})


def show(query: Query) -> str:
    """A query as text: one line a relation, inputs indented below it; `?` marks what can be null."""
    lines = [f"query{' ordered' if query.ordered else ''}: {_columns(query.columns)}"]
    seen: set[int] = set()
    stack: list[tuple[Rel, int]] = [(query.relation, 1)]
    while stack:
        rel, depth = stack.pop()
        again = isinstance(rel, Shared) and rel.key in seen
        lines.append("  " * depth + show_relation(rel) + (" (see above)" if again else ""))
        if again:
            continue
        if isinstance(rel, Shared):
            seen.add(rel.key)
        below = [*walk.inputs(rel), *_subqueries(rel)]
        stack.extend((one, depth + 1) for one in reversed(below))
    return "\n".join(lines) + "\n"


def _subqueries(rel: Rel) -> list[Rel]:
    values = (e for own in walk.own_expressions(rel) for e in walk.expressions(own))
    return [e.relation for e in values if isinstance(e, InRelation | ToScalar)]


def show_relation(rel: Rel) -> str:
    """One relation without its inputs."""
    match rel:
        case Scan(table=table, columns=columns):
            return f"scan {table} ({_columns(columns)})"
        case Values(columns=columns, rows=rows):
            return f"values ({_columns(columns)}) {_rows(rows)}"
        case External(kind=kind, key=key, columns=columns):
            return f"{kind} {json.dumps(key)} ({_columns(columns)})"
        case Range(name=name, start=start, stop=stop, step=step):
            return f"range {name} from {show_expression(start)} to {show_expression(stop)} step {show_expression(step)}"
        case Given(columns=columns):
            return f"given ({_columns(columns)})"
        case Shared(key=key, name=name, once=once):
            return f"shared #{key} {name}{' once' if once else ''}".rstrip()
        case Filter(predicate=predicate):
            return f"filter {show_expression(predicate)}"
        case Extend(assignments=assignments):
            return f"extend {_assignments(assignments)}"
        case Project(assignments=assignments):
            return f"project {_assignments(assignments)}"
        case Summarize():
            return _summarize(rel)
        case Sort(keys=keys):
            return f"sort {', '.join(_sort_key(k) for k in keys)}"
        case Take(count=count):
            return f"take {show_expression(count)}"
        case Sample(count=count):
            return f"sample {show_expression(count)}"
        case Serialize():
            return "serialize"
        case Join(kind=kind, keys=pairs, outputs=outputs):
            on = ", ".join(f"{show_expression(a)} == {show_expression(b)}" for a, b in pairs)
            return f"join {kind} on {on} -> {', '.join(_output(o.side, o.source, o.column) for o in outputs)}"
        case Union(columns=columns):
            return f"union ({_columns(columns)})"
        case _:
            return _rare(rel)


def _rare(rel: Rel) -> str:
    match rel:
        case MvExpand():
            return f"mv-expand {_expand(rel)}"
        case MvApply(expand=expand, outputs=outputs):
            return f"mv-apply {_expand(expand)} -> {', '.join(_output(o.side, o.source, o.column) for o in outputs)}"
        case Partition(key=key):
            return f"partition by {show_expression(key)}"
        case Parse():
            pieces = [json.dumps(p.text) if p.text is not None else _columns([p.column]) if p.column else "*" for p in rel.pieces]
            return f"parse{'-where' if rel.where else ''} kind={rel.kind} {show_expression(rel.value)} with {' '.join(pieces)}"
        case ParseKv(value=value, keys=keys, options=options):
            return f"parse-kv {show_expression(value)} as ({_columns(keys)}) with {dict(options)}"
        case MakeSeries():
            return _series(rel)
        case TopNested(levels=levels):
            parts = [
                f"{show_expression(v.count) if v.count else 'all'} of {_assignments((v.key,))} "
                f"by {v.column.name} = {_aggregate(v.aggregate)}"
                for v in levels
            ]
            return f"top-nested {', '.join(parts)}"
        case ScanOperator():
            steps = [f"{s.name}({s.output}): {show_expression(s.condition)} => {_assignments(s.assignments)}" for s in rel.steps]
            return f"scan declare {_assignments(rel.declared)} with {'; '.join(steps)}"
        case Plugin(name=name, arguments=arguments, columns=columns, open=is_open):
            return f"evaluate {name}({_list(arguments)}) ({_columns(columns)}{', …' if is_open else ''})"
        case _:
            raise AssertionError(f"no text for {type(rel).__name__}")


def _columns(columns: Iterable[ColumnDef]) -> str:
    return ", ".join(f"{c.name}: {c.type.value}{'?' if c.nullable else ''}" for c in columns)


def _rows(rows: tuple[tuple[Expr, ...], ...]) -> str:
    shown = [f"({_list(row)})" for row in rows[:3]]
    return ", ".join([*shown, f"… {len(rows)} rows"] if len(rows) > 3 else shown)


def _assignments(assignments: Iterable[Assignment]) -> str:
    shown = []
    for name, value in assignments:
        plain = isinstance(value, Column) and value.name == name
        shown.append(name if plain else f"{name} = {show_expression(value)}")
    return ", ".join(shown)


def _summarize(rel: Summarize) -> str:
    groups = ", ".join(f"{', '.join(c.name for c in g.columns)} = {_aggregate(g.aggregate)}" for g in rel.aggregates)
    if not rel.aggregates:
        return f"distinct {_assignments(rel.keys)}"
    return f"summarize {groups}" + (f" by {_assignments(rel.keys)}" if rel.keys else "")


def _aggregate(aggregate: Aggregate) -> str:
    condition = f" where {show_expression(aggregate.condition)}" if aggregate.condition is not None else ""
    return f"{aggregate.function}({_list(aggregate.arguments)}){condition}"


def _sort_key(key: SortKey) -> str:
    return f"{show_expression(key.value)} {'desc' if key.descending else 'asc'} nulls {'first' if key.nulls_first else 'last'}"


def _output(side: str, source: str, column: ColumnDef) -> str:
    return f"{side}.{source}" if source == column.name else f"{column.name} = {side}.{source}"


def _expand(expand: MvExpand) -> str:
    columns = ", ".join(f"{e.column.name}: {e.column.type.value} = {show_expression(e.value)}" for e in expand.expanded)
    index = f" index {expand.index}" if expand.index else ""
    limit = f" limit {show_expression(expand.limit)}" if expand.limit is not None else ""
    return columns + index + limit + (" kind=array" if expand.bag_kind == "array" else "")


def _series(rel: MakeSeries) -> str:
    aggregates = ", ".join(f"{a.column.name} = {_aggregate(a.aggregate)} default {show_expression(a.default)}" for a in rel.aggregates)
    ends = [f" {word} {show_expression(e)}" for word, e in (("from", rel.start), ("to", rel.stop)) if e is not None]
    by = f" by {_assignments(rel.keys)}" if rel.keys else ""
    return f"make-series {aggregates} on {_assignments((rel.axis,))}{''.join(ends)} step {show_expression(rel.step)}{by}"


# --- expressions ---------------------------------------------------------------------------------------------------


def _list(values: Iterable[Expr]) -> str:
    return ", ".join(show_expression(v) for v in values)


def show_expression(root: Expr) -> str:
    """An expression in KQL's form, conversions written out."""
    done: list[str] = []
    stack: list[tuple[Expr, bool]] = [(root, False)]
    while stack:
        value, ready = stack.pop()
        parts = walk.operands(value)
        if not ready and parts:
            stack.append((value, True))
            stack.extend((part, False) for part in reversed(parts))
            continue
        texts = done[len(done) - len(parts) :]
        del done[len(done) - len(parts) :]
        done.append(_text(value, texts))
    return done[0]


def _text(value: Expr, parts: list[str]) -> str:
    match value:
        case Column(name=name):
            return name if name.isidentifier() else f"['{name}']"
        case Literal():
            return _literal(value)
        case Parameter(name=name):
            return f"@{name}"
        case Convert(type=kind):
            return f"<{kind.value}>{parts[0]}"
        case Call(function=function):
            return _call(function, parts)
        case Case(branches=branches):
            return f"case({', '.join(parts)})" if len(branches) > 1 else f"iff({', '.join(parts)})"
        case Path(steps=steps):
            return parts[0] + _steps(steps, parts[1:])
        case InRelation(op=op):
            return f"{parts[0]} {op} (table)"
        case ToScalar(type=kind):
            return f"toscalar<{kind.value}>(table)"
        case Window(function=function):
            return f"{function}({', '.join(parts)})"
        case StepColumn(step=step, name=name):
            return f"{step}.{name}"
        case _:
            assert_never(value)


def _call(function: str, parts: list[str]) -> str:
    if function in _INFIX and len(parts) > 1:
        return f"({f' {function} '.join(parts)})"
    if function in _LIST:
        return f"({parts[0]} {function} ({', '.join(parts[1:])}))"
    if function in ("between", "!between"):
        return f"({parts[0]} {function} ({parts[1]} .. {parts[2]}))"
    if not function.replace("_", "").isalnum() or function in ("has", "contains", "startswith", "endswith", "hasprefix", "hassuffix"):
        return f"({f' {function} '.join(parts)})" if len(parts) == 2 else f"{function}({', '.join(parts)})"
    return f"{function}({', '.join(parts)})"


def _steps(steps: tuple[str | int | Expr, ...], computed: list[str]) -> str:
    rest = iter(computed)
    shown = []
    for step in steps:
        if isinstance(step, str):
            shown.append(f".{step}" if step.isidentifier() else f"[{json.dumps(step)}]")
        else:
            shown.append(f"[{step if isinstance(step, int) else next(rest)}]")
    return "".join(shown)


def _literal(literal: Literal) -> str:
    """A string as JSON; other types in KQL's form, datetimes and timespans in ticks."""
    if literal.value is None:
        return f"{literal.type.value}(null)"
    match literal.type:
        case ScalarType.STRING:
            return json.dumps(literal.value, ensure_ascii=False)
        case ScalarType.BOOL:
            return str(literal.value).lower()
        case ScalarType.LONG | ScalarType.REAL:
            return str(literal.value)
        case ScalarType.DYNAMIC:
            return f"dynamic({json.dumps(literal.value, ensure_ascii=False, default=str)})"
        case kind:
            return f"{kind.value}({literal.value})"
