"""IR relations to levels: one `match`; what is longer than a few lines has its own function or module."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from rulec.ir.exprs import Call, Column, Expr, Literal
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
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec_backends.sql import nodes, reads
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.levels import Cte, Level, OrderKey, Slot, unique
from rulec_backends.sql.pipeline import Pipeline, Refusal, source_columns
from rulec_backends.sql.ranges import bound, finite, nullable
from rulec_backends.sql.trees import Tree


def lower(p: Pipeline, rel: Rel) -> Level:
    """The relation as a level. What cannot be said is recorded and stands as an empty relation."""
    try:
        level = dispatch(p, rel)
    except Refusal as refusal:
        refusal.code = "RC402" if refusal.code == "RC401" else refusal.code
        p.refuse(rel.span, refusal)
        return Level(None, {c.name: Slot(t.null(), c.type, c.nullable) for c in rel.columns}, word="refused")
    return level


def dispatch(p: Pipeline, rel: Rel) -> Level:
    match rel:
        case Scan():
            p.reserve(rel.table, *(c.name for c in rel.columns))
            return p.dialect.scan(p, rel)
        case Values():
            return noted(p.dialect.constant_rows(p, values.values(p, rel)), rel.span)
        case External():
            return noted(p.dialect.external(p, rel), rel.span)
        case Range():
            return noted(values.range_(p, rel), rel.span)
        case Given():
            return groups.given(p, rel)
        case Shared():
            return shared(p, rel)
        case Filter():
            return filter_(p, rel)
        case Extend():
            return extend(p, rel)
        case Project():
            return project(p, rel)
        case Summarize():
            return aggregates.summarize(p, rel)
        case Sort():
            return sort(p, rel)
        case Take() | Sample():
            return take(p, rel)
        case Serialize():
            return lower(p, rel.input)
        case Join():
            return joins.join(p, rel)
        case Union():
            return union(p, rel)
        case MvExpand():
            return expand.mv_expand(p, rel)
        case MvApply():
            return groups.mv_apply(p, rel)
        case Partition():
            return groups.partition(p, rel)
        case Parse():
            return parsing.parse(p, rel)
        case ParseKv():
            return parsing.parse_kv(p, rel)
        case MakeSeries():
            return series.make_series(p, rel)
        case TopNested():
            return nested.top_nested(p, rel)
        case ScanOperator():
            return scans.scan_operator(p, rel)
        case Plugin():
            return plugins.plugin(p, rel)
        case _:
            assert_never(rel)


def noted(level: Level, span: Span) -> Level:
    """The level with the KQL text of its operator as a comment."""
    line = " ".join(span.text.split())
    if line and line not in level.comments:
        level.comments.append(line)
    return level


def shared(p: Pipeline, rel: Shared) -> Level:
    """A named relation: one CTE however often it is used."""
    known = p.shared.get(rel.key)
    if known is None:
        level = lower(p, rel.relation)
        known = p.closed(level, word=rel.name or level.word, materialized=rel.once)
        p.shared[rel.key] = known
    return replace(known, columns=dict(known.columns), where=[], comments=[])


# --- row-wise stages -----------------------------------------------------------------------------------------------


def evaluated(p: Pipeline, level: Level, exprs: Sequence[Expr], order: bool = False) -> tuple[Level, list[Tree], bool]:
    """A level over whose source the expressions' trees are valid, the trees, and whether they hold window functions."""
    windowed = any(reads.has_window(e) for e in exprs)
    level = p.settled(level, reads.columns(*exprs))
    if windowed or order:
        level = ordinal(p, level)
    row = Row(p, level)
    trees = [row.lower(e) for e in exprs]
    return with_hoists(p, level, row), trees, row.has_window


def with_hoists(p: Pipeline, level: Level, row: Row, trees: Iterable[Tree] = ()) -> Level:
    """The level over inner ones that compute what the row's expressions say more than once.

    `trees` are further ones that have to stay valid."""
    kept = [c for label, c in source_columns(trees).items() if label not in row.hoists] if row.hoists else []
    pending = dict(row.hoists)
    done: list[Tree] = []
    while pending:
        ready = {k: v for k, v in pending.items() if not _names(v) & pending.keys()}
        pending = {k: v for k, v in pending.items() if k not in ready}
        later = list(pending.values())
        level = p.hoisted(level, ready, [*kept, *done, *(c for tree in later for c in _outside(tree, row.hoists))])
        done += [t.col(k) for k in ready]
    return level


def _outside(tree: Tree, hoists: dict[str, Tree]) -> list[Tree]:
    """The tree's source columns that are no hoists."""
    return [c for label, c in source_columns([tree]).items() if label not in hoists]


def _names(tree: Tree) -> set[str]:
    return set(source_columns([tree]))


def ordinal(p: Pipeline, level: Level) -> Level:
    """The level with a total order for window functions; equal rows keep the same relative order in all of them."""
    if len(level.order) == 1 and isinstance(level.order[0].tree, nodes.Column) and level.order[0].tree.name.startswith("_row"):
        return level
    level = p.opened(level)
    label = p.fresh("_row")
    number = t.window(t.call("row_number"), list(level.group), [k.ordered() for k in level.order])
    level.order = ()
    level = p.closed(level, {label: number}, word="numbered")
    return replace(level, order=(OrderKey(t.col(label), False, False),))


def slot(level: Level, expr: Expr, tree: Tree) -> Slot:
    return Slot(tree, expr.type, nullable(level, expr), bound(level, expr), finite(level, expr))


def filter_(p: Pipeline, rel: Filter) -> Level:
    level = lower(p, rel.input)
    level = filtered(p, level, rel.predicate)
    if isinstance(rel.input, Scan) and rel.span == rel.input.span:
        # the rule's window has the table's span
        level.comments.append("the rule's window")
        return level
    return noted(level, rel.span)


def filtered(p: Pipeline, level: Level, predicate: Expr) -> Level:
    if reads.has_window(predicate):
        level, (tree,), _ = evaluated(p, level, [predicate])
        label = p.fresh("_keep")
        level = p.closed(level, {label: tree}, word="windowed")
        level.where.append(t.col(label))
        return level
    level = p.opened(level)
    parts = predicate.arguments if isinstance(predicate, Call) and predicate.function == "and" else (predicate,)
    bounds = [bound_test(p, level, part) for part in parts]
    rest = [part for part, test in zip(parts, bounds, strict=True) if test is None]
    level = replace(level, where=[*level.where, *(c for test in bounds if test is not None for c in conjuncts(test))], word="filtered")
    level = p.settled(level, reads.columns(*rest))
    row = Row(p, level)
    tests = [c for part in rest for c in conjuncts(row.predicate(part))]
    level = with_hoists(p, level, row)
    return replace(level, where=[*level.where, *tests], word="filtered")


_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def bound_test(p: Pipeline, level: Level, predicate: Expr) -> Tree | None:
    """A comparison of a scanned time with a bound that is known before the rows are, on the stored column."""
    match predicate:
        case Call(function="<" | "<=" | ">" | ">=" as op, arguments=(Column(name=name), bound)):
            raw = level.columns[name].raw
            return p.dialect.raw_bound(p.options, op, raw, bound) if raw is not None else None
        case Call(function="<" | "<=" | ">" | ">=" as op, arguments=(bound, Column(name=name))):
            raw = level.columns[name].raw
            return p.dialect.raw_bound(p.options, _FLIPPED[op], raw, bound) if raw is not None else None
        case Call(function="between", arguments=(Column(name=name), low, high)) if high.type is ScalarType.DATETIME:
            raw = level.columns[name].raw
            ends = [p.dialect.raw_bound(p.options, op, raw, x) for op, x in ((">=", low), ("<=", high))] if raw is not None else []
            known = [e for e in ends if e is not None]
            return t.and_(*known) if len(known) == 2 else None
        case _:
            return None


def conjuncts(tree: Tree) -> Iterable[Tree]:
    if isinstance(tree, nodes.Binary) and tree.op == "AND":
        yield from conjuncts(tree.left)
        yield from conjuncts(tree.right)
    elif t.is_true(tree):
        return
    else:
        yield tree


def extend(p: Pipeline, rel: Extend) -> Level:
    level = assigned(p, lower(p, rel.input), rel.assignments)
    return noted(replace(level, word="extended"), rel.span)


def assigned(p: Pipeline, level: Level, assignments: Sequence[Assignment]) -> Level:
    level, trees, windowed = evaluated(p, level, [a.value for a in assignments])
    columns = dict(level.columns)
    for a, tree in zip(assignments, trees, strict=True):
        columns[a.name] = slot(level, a.value, tree)
    return replace(level, columns=columns, frozen=level.frozen or windowed)


def project(p: Pipeline, rel: Project) -> Level:
    level = lower(p, rel.input)
    if picks_once(rel.assignments):
        return noted(renamed(p, level, rel.assignments), rel.span)
    level, trees, windowed = evaluated(p, level, [a.value for a in rel.assignments])
    columns = {a.name: slot(level, a.value, tree) for a, tree in zip(rel.assignments, trees, strict=True)}
    return noted(replace(level, columns=columns, frozen=level.frozen or windowed, word="projected"), rel.span)


def picks_once(assignments: Sequence[Assignment]) -> bool:
    """Whether a projection only picks columns, none of them twice."""
    names = [a.value.name for a in assignments if isinstance(a.value, Column)]
    return len(set(names)) == len(names) and all(isinstance(a.value, (Column, Literal)) for a in assignments)


def renamed(p: Pipeline, level: Level, assignments: Sequence[Assignment]) -> Level:
    """A projection that only picks columns needs no SELECT of its own, also above a GROUP BY."""
    if level.grouping == [] and not level.having and not any(isinstance(a.value, Column) for a in assignments):
        # without an aggregate the SELECT would have all rows
        level = p.closed(level)
    if level.distinct and not level.columns.keys() <= {a.value.name for a in assignments if isinstance(a.value, Column)}:
        level = p.closed(level)  # rows that differ in what is left out are still rows of their own
    columns: dict[str, Slot] = {}
    for a in assignments:
        if isinstance(a.value, Column):
            columns[a.name] = level.columns[a.value.name]
        else:
            columns[a.name] = slot(level, a.value, Row(p, level).lower(a.value))
    return replace(level, columns=columns)


def renamed_first(p: Pipeline, level: Level, first: str) -> Level:
    """The level with only its first column."""
    if level.distinct:
        level = p.closed(level)
    return replace(level, columns={first: level.columns[first]})


def sort(p: Pipeline, rel: Sort) -> Level:
    level = lower(p, rel.input)
    level = sorted_(p, level, rel)
    return noted(level, rel.span)


def sorted_(p: Pipeline, level: Level, rel: Sort) -> Level:
    level = p.settled(level, reads.columns(*(k.value for k in rel.keys)))
    row = Row(p, level)
    keys: list[OrderKey] = []
    for key in rel.keys:
        if isinstance(key.value, Literal):
            continue
        tree = row.lower(key.value)
        if t.is_bare(tree):
            continue  # a constant orders nothing, and SQL reads an integer as a position
        keys += p.dialect.order_keys(row, tree, key.value.type, key.descending, key.nulls_first, finite(level, key.value))
    level = with_hoists(p, level, row)
    rest = level.order if id(rel) in p.order_needed else ()
    return replace(level, order=(*keys, *rest))


def take(p: Pipeline, rel: Take | Sample) -> Level:
    level = lower(p, rel.input)
    if isinstance(rel.count, Literal) and isinstance(rel.count.value, int) and rel.count.value < 0:
        raise Refusal("`take` needs a count that is not negative")
    count = Row(p, level).lower(rel.count)
    if level.group:
        return noted(first_rows(p, level, count), rel.span)
    if level.limit is not None or level.distinct:
        level = p.closed(level)
    return noted(replace(level, limit=count, limit_order=level.order, word="taken"), rel.span)


def first_rows(p: Pipeline, level: Level, count: Tree) -> Level:
    """The first `count` rows of each enclosing group."""
    level = ordinal(p, level)
    label = p.fresh("_n")
    number = t.window(t.call("row_number"), list(level.group), [k.ordered() for k in level.order])
    level = p.closed(level, {label: number}, word="numbered")
    level.where.append(t.le(t.col(label), count))
    return replace(level, word="taken")


# --- union ---------------------------------------------------------------------------------------------------------


def union(p: Pipeline, rel: Union) -> Level:
    """UNION ALL of the legs; every leg gives the same columns in the same order."""
    legs: list[Level] = []
    for leg in rel.inputs:
        level = lower(p, leg)
        if level.limit is not None or level.group:
            level = p.closed(level)
        legs.append(level)
    grouped = any(level.group for level in legs)
    if grouped and not all(level.group for level in legs):
        raise Refusal("`union` with a table from outside inside `partition` or `mv-apply` is not supported")
    labels: dict[str, str] = {}
    for column in rel.columns:
        labels[column.name] = unique(column.name, labels.values())
    hidden = [p.fresh("_group") for _ in legs[0].group] if grouped else []
    row_label = p.fresh("_row") if id(rel) in p.order_needed else ""
    parts: list[tuple[Level, dict[str, Tree]]] = []
    for position, level in enumerate(legs):
        aliases = {labels[c.name]: level.columns[c.name].tree for c in rel.columns}
        aliases.update(zip(hidden, level.group, strict=True) if grouped else ())
        if row_label:
            number = t.window(t.call("row_number"), [], [k.ordered() for k in level.order]) if level.is_open and level.order else t.num(0)
            aliases[f"{row_label}_leg"], aliases[row_label] = t.num(position), number
        parts.append((level, aliases))
    cte = Cte(p.cte_name("united"), parts[0][0], parts[0][1], more=tuple(parts[1:]))
    p.ctes.append(cte)
    columns = {c.name: _united(p, labels[c.name], [level.columns[c.name] for level in legs], c.type) for c in rel.columns}
    order = (OrderKey(t.col(f"{row_label}_leg"), False, False), OrderKey(t.col(row_label), False, False)) if row_label else ()
    level = Level(t.table(t.name(cte.name)), columns, order=order, group=tuple(t.col(h) for h in hidden), word="united")
    return noted(level, rel.span)


def _united(p: Pipeline, label: str, slots: Sequence[Slot], kind: ScalarType) -> Slot:
    bounds = [s.bound for s in slots]
    known = max(b for b in bounds if b is not None) if None not in bounds and bounds else None
    return Slot(p.column(label), kind, any(s.nullable for s in slots), known, all(s.finite for s in slots))


from rulec_backends.sql import (  # noqa: E402  (they lower their inputs with `lower`)
    aggregates,
    expand,
    groups,
    joins,
    nested,
    parsing,
    plugins,
    scans,
    series,
    values,
)
