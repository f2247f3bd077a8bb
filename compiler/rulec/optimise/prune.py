"""Column pruning: every relation keeps only the columns that something above it reads.

A stage's columns that nobody reads are never computed, and a scan reads only what it must. Rows stay the same: pruning never
touches filters, keys, expanded arrays or the columns that decide how many rows there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from rulec.ir.exprs import Column, Expr
from rulec.ir.rebuild import map_own_expressions, map_subqueries
from rulec.ir.rels import (
    AggregateColumns,
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
    SeriesColumn,
    Shared,
    Sort,
    Summarize,
    Take,
    TopNested,
    Union,
    Values,
)
from rulec.ir.walk import holding_none, holds_relations, relations
from rulec.optimise.reads import reads, row_reads
from rulec.records import replace

Needed = frozenset[str]


def prune(query: Query) -> Query:
    """The query without unread columns; its own output columns are all kept, in their order."""
    names = tuple(c.name for c in query.columns)
    needs: dict[int, set[str]] = {}
    while True:  # until no use of a shared relation asks for more than the uses before it did
        pruner = _Pruner(needs)
        relation = pruner.exactly(query.relation, names)  # a column that is overwritten is computed once, and stands later then
        if not pruner.grew:
            return replace(query, relation=relation)


class _Pruner:
    """One walk. `needs` grows while walking; `results` holds each shared relation once, so that equal keys stay equal nodes.

    `grew` says that a result lacks columns which a later use of its relation needs.
    """

    def __init__(self, needs: dict[int, set[str]]) -> None:
        self.needs = needs
        self.grew = False
        self.results: dict[int, Rel] = {}

    def relation(self, rel: Rel, needed: Needed) -> Rel:
        """`rel` with the columns of `needed` and those it reads itself. Long chains are walked without recursion."""
        chain: list[tuple[Rel, Needed]] = []
        while True:
            source, below = self._step(rel, needed)
            chain.append((rel, needed))
            if source is None:
                break
            rel, needed = source, below
        last, last_needed = chain.pop()
        result = self._leaf(last, last_needed)
        for node, node_needed in reversed(chain):
            result = self._rebuild(node, result, node_needed)
        return result

    def _step(self, rel: Rel, needed: Needed) -> tuple[Rel | None, Needed]:
        """The single input of a node with what is needed of it, or None for leaves and nodes with several inputs."""
        match rel:
            case Filter(input=source, predicate=predicate):
                return source, needed | row_reads((predicate,))
            case Extend(input=source, assignments=assignments):
                kept = [a for a in assignments if a.name in needed]
                return source, (needed - {a.name for a in assignments}) | row_reads(a.value for a in kept)
            case Project(input=source, assignments=assignments):
                return source, row_reads(a.value for a in _projected(assignments, needed))
            case Summarize(input=source):
                return source, row_reads(k.value for k in rel.keys) | reads(a.aggregate for a in _used(rel, needed))
            case Sort(input=source, keys=keys):
                return source, needed | row_reads(k.value for k in keys)
            case Take(input=source) | Sample(input=source) | Serialize(input=source):
                return source, needed
            case MvExpand(input=source):
                return source, (needed - {e.column.name for e in rel.expanded} - {rel.index}) | row_reads(e.value for e in rel.expanded)
            case Parse(input=source):
                captured = {p.column.name for p in rel.pieces if p.column}
                return source, (needed - captured) | row_reads((rel.value,))
            case ParseKv(input=source):
                return source, (needed - {c.name for c in rel.keys}) | row_reads((rel.value,))
            case MakeSeries(input=source):
                aggregates = (a.aggregate for a in _used_series(rel, needed))
                return source, row_reads(k.value for k in rel.keys) | row_reads((rel.axis.value,)) | reads(aggregates)
            case TopNested(input=source):
                return source, row_reads(level.key.value for level in rel.levels) | reads(level.aggregate for level in rel.levels)
            case ScanOperator(input=source):
                return source, _all(source)
            case Partition() | MvApply() | Join() | Union() | Plugin() | Shared():
                return None, needed
            case Scan() | Values() | External() | Range() | Given():
                return None, needed
        assert_never(rel)

    def _rebuild(self, rel: Rel, source: Rel, needed: Needed) -> Rel:
        """`rel` over its pruned input."""
        match rel:
            case Extend(assignments=assignments):
                kept = tuple(a for a in assignments if a.name in needed)
                return self._kept(rel, replace(rel, input=source, assignments=kept)) if kept else source
            case Project(assignments=assignments):
                return self._kept(rel, replace(rel, input=source, assignments=_projected(assignments, needed)))
            case Summarize():
                return self._kept(rel, replace(rel, input=source, aggregates=_used(rel, needed)))
            case MakeSeries():
                return self._kept(rel, replace(rel, input=source, aggregates=_used_series(rel, needed)))
            case Filter() | Sort() | Take() | Sample() | Serialize() | MvExpand() | Parse() | ParseKv() | TopNested() | ScanOperator():
                return self._kept(rel, replace(rel, input=source))
            case _:
                raise AssertionError(f"no single input: {type(rel).__name__}")

    def _leaf(self, rel: Rel, needed: Needed) -> Rel:
        """A node whose inputs are walked on their own, or that has none."""
        match rel:
            case Scan(columns=columns):
                return replace(rel, columns=tuple(c for c in columns if c.name in needed) or (_row_mark(columns),))
            case Join():
                return self._join(rel, needed)
            case Union(inputs=inputs, columns=columns):
                names = needed or frozenset((columns[0].name,))
                kept = tuple(c for c in columns if c.name in names)
                return replace(rel, inputs=tuple(self.exactly(i, kept_names(kept)) for i in inputs), columns=kept)
            case Shared(key=key, relation=relation):
                return self._shared(rel, key, relation, needed)
            case MvApply():
                return self._mv_apply(rel, needed)
            case Partition():
                body = self.relation(rel.body, needed)
                return replace(rel, input=self.relation(rel.input, given_reads(rel.body) | row_reads((rel.key,))), body=body)
            case Plugin(inputs=inputs):
                return replace(rel, inputs=tuple(self.relation(i, _all(i)) for i in inputs))
            case _:
                return rel

    def exactly(self, rel: Rel, names: tuple[str, ...]) -> Rel:
        """The pruned relation with exactly these columns in this order."""
        pruned = self.relation(rel, frozenset(names))
        if tuple(c.name for c in pruned.columns) == names:
            return pruned
        columns = {c.name: c for c in pruned.columns}
        return Project(pruned, tuple(Assignment(n, Column(n, columns[n].type, columns[n].nullable, rel.span)) for n in names), rel.span)

    def _join(self, rel: Join, needed: Needed) -> Rel:
        outputs = tuple(o for o in rel.outputs if o.column.name in needed) or rel.outputs[:1]
        left = frozenset(o.source for o in outputs if o.side == "left") | row_reads(k for k, _ in rel.keys)
        right = frozenset(o.source for o in outputs if o.side == "right") | row_reads(k for _, k in rel.keys)
        return replace(rel, left=self.relation(rel.left, left), right=self.relation(rel.right, right), outputs=outputs)

    def _shared(self, rel: Shared, key: int, relation: Rel, needed: Needed) -> Rel:
        wanted = self.needs.setdefault(key, set())
        self.grew = self.grew or (key in self.results and not needed <= wanted)
        wanted |= needed
        if key not in self.results:
            self.results[key] = self.relation(relation, frozenset(wanted))
        return replace(rel, relation=self.results[key])

    def _mv_apply(self, rel: MvApply, needed: Needed) -> Rel:
        outputs = tuple(o for o in rel.outputs if o.column.name in needed) or rel.outputs[:1]
        body = self.relation(rel.body, frozenset(o.source for o in outputs if o.side == "body") or _all(rel.body))
        expanded = {e.column.name for e in rel.expand.expanded}
        below = frozenset(o.source for o in outputs if o.side == "row") | (given_reads(rel.body) - expanded)
        below |= row_reads(e.value for e in rel.expand.expanded)
        expand = replace(rel.expand, input=self.relation(rel.expand.input, below))
        return replace(rel, expand=expand, body=body, outputs=outputs)

    def _kept(self, rel: Rel, new: Rel) -> Rel:
        """What is made of a node, with the relations inside its expressions pruned too."""
        return map_own_expressions(new, self._expression) if holds_relations(rel) else holding_none(new)

    def _expression(self, value: Expr) -> Expr:
        return map_subqueries(value, self._subquery)

    def _subquery(self, rel: Rel) -> Rel:
        """A relation inside an expression: only its first column is read."""
        return self.relation(rel, frozenset((rel.columns[0].name,)))


def _row_mark(columns: tuple[ColumnDef, ...]) -> ColumnDef:
    """The column that stands for a row of which nothing is read: the event time, which every target has."""
    return next((c for c in columns if c.name == "TimeGenerated"), columns[0])


def _projected(assignments: tuple[Assignment, ...], needed: Needed) -> tuple[Assignment, ...]:
    """The columns of a projection that are needed; one stays, for rows have at least one."""
    return tuple(a for a in assignments if a.name in needed) or assignments[:1]


def _used(rel: Summarize, needed: Needed) -> tuple[AggregateColumns, ...]:
    """The aggregates that are read; without keys one stays, since the row does."""
    used = tuple(_narrowed(a, needed) for a in rel.aggregates if any(c.name in needed for c in a.columns))
    return used if rel.keys or used else rel.aggregates[:1]


def _narrowed(item: AggregateColumns, needed: Needed) -> AggregateColumns:
    """Of the row that `arg_max(x, *)` finds only what is read; what it is found by stays."""
    if item.aggregate.function not in ("arg_max", "arg_min") or all(c.name in needed for c in item.columns):
        return item
    by, *others = zip(item.columns, item.aggregate.arguments, strict=True)
    columns, arguments = zip(by, *(pair for pair in others if pair[0].name in needed), strict=True)
    return AggregateColumns(columns, replace(item.aggregate, arguments=arguments))


def _used_series(rel: MakeSeries, needed: Needed) -> tuple[SeriesColumn, ...]:
    """The series that are read, or one of them: the operator has no form without."""
    return tuple(a for a in rel.aggregates if a.column.name in needed) or rel.aggregates[:1]


def _all(rel: Rel) -> Needed:
    return frozenset(c.name for c in rel.columns)


def kept_names(columns: Iterable[tuple[str, object, object]]) -> tuple[str, ...]:
    return tuple(c[0] for c in columns)


def given_reads(body: Rel) -> Needed:
    """The names that a body may read of the rows given to it: all of them, since bodies are small."""
    return frozenset(name for node in relations(body) if isinstance(node, Given) for name in _all(node))
