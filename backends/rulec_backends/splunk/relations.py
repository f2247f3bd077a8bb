"""Lowers relations: each adds commands to the pipeline of its input."""

from __future__ import annotations

from collections.abc import Callable

from rulec.ir.exprs import Call, Expr, Literal
from rulec.ir.rels import (
    Assignment,
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
    Range,
    Rel,
    Sample,
    Scan,
    ScanOperator,
    Serialize,
    Shared,
    Sort,
    Summarize,
    Take,
    TopNested,
    Union,
    Values,
)
from rulec.ir.walk import conjuncts
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec_backends.splunk import aggregates, dynamics, expand, joins, leaves, pairs, parsing, plugins, pruning, scan, series
from rulec_backends.splunk.conditions import hoisted
from rulec_backends.splunk.functions.strings import capturing
from rulec_backends.splunk.nested import top_nested
from rulec_backends.splunk.parsing import GROUP_NAME
from rulec_backends.splunk.scanning import scan_operator
from rulec_backends.splunk.stage import HELPER, Builder, Context
from rulec_backends.splunk.ticks import time_key
from rulec_backends.splunk.tree import (
    Aggregation,
    Comment,
    Eval,
    Field,
    Fields,
    Fn,
    Head,
    Node,
    Op,
    Rex,
    SortKey,
    Stats,
    Text,
    Where,
    fn,
    number,
    op,
)
from rulec_backends.splunk.tree import Sort as SortCommand

_COMMENT = 160
_NAN = Text("^NaN$")


def kql_of(span: Span) -> str:
    """The operator's text on one line."""
    text = " ".join(span.source.text[span.start : span.end].split())
    return text if len(text) <= _COMMENT else text[: _COMMENT - 1] + "…"


def lowered(ctx: Context, rel: Rel) -> Builder:
    """A new pipeline that gives the relation's rows."""
    b = Builder(ctx)
    extend_with(b, rel)
    return b


def extend_with(b: Builder, rel: Rel) -> None:
    """Adds the commands of a relation, leaf first; a chain of operators is a loop, not a recursion."""
    chain: list[Rel] = []
    current: Rel = rel
    while True:
        match current:
            case Shared(relation=inner):
                current = inner
            case (
                Filter()
                | Extend()
                | Project()
                | Summarize()
                | Sort()
                | Take()
                | Sample()
                | Serialize()
                | MvExpand()
                | MvApply(expand=MvExpand())
                | Partition()
                | Parse()
                | ParseKv()
                | MakeSeries()
                | TopNested()
                | ScanOperator()
            ):
                chain.append(current)
                current = current.expand.input if isinstance(current, MvApply) else current.input
            case _:
                break
    filters = pruning.reaching(reversed(chain)) if isinstance(current, Scan) else []
    _leaf(b, current, filters)
    for one in reversed(chain):
        _apply(b, one)


def _leaf(b: Builder, rel: Rel, filters: list[Expr]) -> None:
    b.forget()
    match rel:
        case Scan():
            scan.scan(b, rel, filters)
        case Values():
            leaves.values(b, rel)
        case Range():
            leaves.range_(b, rel)
        case External():
            leaves.external(b, rel)
        case Union():
            joins.union(b, rel)
        case Join():
            joins.join(b, rel)
        case Given():
            pass
        case Plugin():
            plugins.plugin(b, rel)
        case _:
            raise AssertionError(rel)


def _apply(b: Builder, rel: Rel) -> None:
    b.forget()
    b.comment(kql_of(rel.span))
    before = len(b.commands)
    APPLY[type(rel)](b, rel)
    if len(b.commands) == before and b.commands and isinstance(b.commands[-1], Comment):
        b.commands.pop()
    b.forget()


def _filter(b: Builder, rel: Filter) -> None:
    parts = [p for p in conjuncts(rel.predicate) if not scan.is_window(b, p)]
    if not parts:
        return
    nodes = [b.truth(hoisted(b, p)) for p in parts]
    if len(nodes) == 1:
        nodes = [_unnamed(b, nodes[0])]
    found: Node = nodes[0]
    for node in nodes[1:]:
        found = op(found, "AND", node)
    if b.scope and b.keep is not None:
        flag = fn("if", op(op(Field(b.keep), "=", number(1)), "AND", found), number(1), number(0))
        b.assign(b.keep, flag)
        return
    b.emit(Where(found))


def _unnamed(b: Builder, test: Node) -> Node:
    """A predicate that the last assignment only names, under a helper's name, without the name."""
    last = b.commands[-1] if b.commands else None
    match test, last:
        case Op("=", Field(tested), Text("true")), Eval(
            assignments=(*before, (name, Fn("if", (predicate, Text("true"), Text("false")))))
        ) if name == tested and name.startswith(HELPER):
            b.commands[-1:] = [Eval(tuple(before))] if before else []
            return predicate
        case _:
            return test


def _assignments(b: Builder, assignments: tuple[Assignment, ...]) -> list[tuple[str, Node]]:
    values = [hoisted(b, a.value) for a in assignments]
    return [(a.name, b.value(v)) for a, v in zip(assignments, values, strict=True)]


def _extracts(b: Builder, assignments: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
    """Emits each `extract` that is a column of its own as a `rex`, and gives the other assignments."""
    read = {c for a in assignments for c in aggregates.columns_of(a.value)}
    found: dict[str, Rex] = {}
    for a in assignments:
        pattern = capturing(a.value, a.name) if GROUP_NAME.match(a.name) and a.name not in read else None
        if pattern is not None and isinstance(a.value, Call):
            found[a.name] = Rex(b.field(b.value(a.value.arguments[2])), pattern)
    for name in found:
        b.assign(name, Text(""))
    for rex in found.values():
        b.emit(rex)
    return tuple(a for a in assignments if a.name not in found)


def _extend(b: Builder, rel: Extend) -> None:
    b.assign_all(_assignments(b, _extracts(b, rel.assignments)))
    b.arrays |= {a.name for a in rel.assignments if isinstance(a.value, Call) and dynamics.surely_array(b, a.value)}


def _project(b: Builder, rel: Project) -> None:
    b.assign_all(_assignments(b, _extracts(b, rel.assignments)))
    names = tuple(a.name for a in rel.assignments)
    if {c.name for c in rel.input.columns} - set(names) or not isinstance(rel.input, Project):
        b.emit(Fields((*names, *(s for s in b.scope if s not in names))))


def _summarize(b: Builder, rel: Summarize) -> None:
    aggregates.summarize(b, rel)


def _sort(b: Builder, rel: Sort) -> None:
    keys = [SortKey(s, "num", False) for s in b.scope[:1]]
    for key in rel.keys:
        keys += _sort_key(b, hoisted(b, key.value), key.descending, key.nulls_first)
    b.emit(SortCommand(tuple(keys)))


def _sort_key(b: Builder, e: Expr, descending: bool, nulls_first: bool) -> list[SortKey]:
    """Splunk puts null last in both directions; where it comes first, a key before says so. NaN sorts as a null does."""
    node = b.value(e)
    textual = e.type in (ScalarType.STRING, ScalarType.GUID, ScalarType.DYNAMIC, ScalarType.BOOL)
    if e.type is ScalarType.DECIMAL or (e.type is ScalarType.LONG and b.ctx.big_integers):
        b.ctx.refuse(e.span, f"an order of {e.type.value} values: Splunk's numbers are doubles")
    if e.type is ScalarType.REAL and b.ctx.nan:
        atom = b.atom(node)
        node = b.temp(fn("if", fn("match", atom, _NAN), fn("null"), atom), "sort")
    if e.type is ScalarType.DATETIME and b.fine(node):
        node, textual = time_key(b, node), True
    name = b.field(node, "sort")
    found = [SortKey(name, "str" if textual else "num", descending)]
    nullable = e.nullable and e.type is not ScalarType.STRING
    if nulls_first and nullable:
        flag = b.temp(fn("if", fn("isnull", Field(name)), number(0), number(1)), "null")
        return [SortKey(flag.name, "num", False), *found]
    return found


def _take(b: Builder, rel: Take | Sample) -> None:
    count = rel.count
    if not isinstance(count, Literal) or not isinstance(count.value, int):
        b.ctx.refuse(rel.span, "a number of rows that is no constant", code="RC402")
        return
    if not b.scope:
        b.emit(Head(count.value) if count.value > 0 else Where(fn("false")))
        return
    name = b.ctx.fresh("n")
    counted = Field(b.keep) if b.keep is not None else None
    if counted is not None:
        b.emit(Stats("streamstats", (Aggregation("sum", counted, name),), b.scope[:1]))
        b.assign(
            b.keep or "", fn("if", op(op(counted, "=", number(1)), "AND", op(Field(name), "<=", number(count.value))), number(1), number(0))
        )
        return
    b.emit(Stats("streamstats", (Aggregation("count", None, name),), b.scope[:1]))
    b.emit(Where(op(Field(name), "<=", number(count.value))))


def _nothing(b: Builder, rel: Rel) -> None:
    pass


APPLY: dict[type, Callable] = {  # type: ignore[type-arg]
    Filter: _filter,
    Extend: _extend,
    Project: _project,
    Summarize: _summarize,
    Sort: _sort,
    Take: _take,
    Sample: _take,
    Serialize: _nothing,
    MvExpand: expand.mv_expand,
    MvApply: expand.mv_apply,
    Partition: expand.partition,
    Parse: parsing.parse,
    ParseKv: pairs.parse_kv,
    MakeSeries: series.make_series,
    TopNested: top_nested,
    ScanOperator: scan_operator,
}
