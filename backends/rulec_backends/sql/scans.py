"""`scan` with one step: a recursive CTE over the numbered rows that carries the step's state."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from rulec.ir.exprs import StepColumn
from rulec.ir.rels import ScanOperator
from rulec.scalars import ScalarType
from rulec_backends.sql import reads, relations
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.joins import _aliased, _qualified
from rulec_backends.sql.levels import Cte, Level, OrderKey, Slot, unique
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.trees import Tree


def scan_operator(p: Pipeline, rel: ScanOperator) -> Level:
    if len(rel.steps) != 1:
        raise Refusal("`scan` with several steps is not supported")
    if not p.dialect.has_recursion:
        raise Refusal(f"`scan` is not supported on {p.dialect.title}", "its rows would need a recursion as deep as they are many")
    level = relations.lower(p, rel.input)
    if level.group:
        raise Refusal("`scan` inside `partition` or `mv-apply` is not supported")
    level = p.settled(level, reads.columns(*rel.partition))
    row = Row(p, level)
    parts = tuple(row.lower(e) for e in rel.partition)
    level = relations.with_hoists(p, level, row)
    level = relations.ordinal(p, replace(level, group=parts))
    numbered, place = _numbered(p, level)
    return relations.noted(_walked(p, rel, numbered, place), rel.span)


def _numbered(p: Pipeline, level: Level) -> tuple[Level, str]:
    """The rows with their place within the partition, from 1."""
    label = p.fresh("_place")
    number = t.window(t.call("row_number"), [t.again(g) for g in level.group], [k.ordered() for k in level.order])
    return p.closed(replace(level, frozen=True), {label: number}, word="numbered"), label


def _walked(p: Pipeline, rel: ScanOperator, rows: Level, place: str) -> Level:
    step = rel.steps[0]
    exprs = (step.condition, *(a.value for a in step.assignments))
    wanted = sorted({n.name for e in exprs for n in reads.walk(e) if isinstance(n, StepColumn)})
    states = {name: p.fresh("_state") for name in wanted}
    matched = p.fresh("_matched")
    first = _leg(p, rel, rows, place, states, matched, previous=None)
    again = _leg(p, rel, rows, place, states, matched, previous="p")
    name = p.cte_name("scanned")
    base, more = first[0], again[0]
    base.where.append(t.eq(_qualified(t.col(place), "n"), t.num(1)))
    tests = [t.eq(_qualified(t.col(place), "n"), t.add(_qualified(t.col(place), "p"), t.num(1)))]
    tests += [t.same(_qualified(g, "n"), _qualified(g, "p")) for g in rows.group]
    more.joins = [exp.Join(this=t.table(t.name(name), "p"), on=t.and_(*tests))]
    p.ctes.append(Cte(name, base, first[1], more=((more, again[1]),), recursive=True))
    columns = {c.name: Slot(p.column(first[2][c.name]), c.type, c.nullable) for c in rel.columns}
    order = tuple(OrderKey(p.column(first[3][id(k)]), k.descending, k.nulls_first) for k in rows.order)
    return Level(t.table(t.name(name)), columns, where=[t.col(matched)], order=order, word="scanned")


def _leg(
    p: Pipeline,
    rel: ScanOperator,
    rows: Level,
    place: str,
    states: dict[str, str],
    matched: str,
    previous: str | None,
) -> tuple[Level, dict[str, Tree], dict[str, str], dict[int, str]]:
    """One leg of the recursion: the row's values, whether it matches, and the state after it."""
    step = rel.steps[0]
    nowhere = Row(p, Level(None, {}))
    inputs = {name: replace(s, tree=_qualified(s.tree, "n")) for name, s in rows.columns.items()}
    start = {a.name: nowhere.lower(a.value) for a in rel.declared}
    declared = {a.name: Slot(t.again(start[a.name]), a.value.type, a.value.nullable) for a in rel.declared}
    row = Row(p, Level(None, {**inputs, **declared}), inline=True)
    for name, label in states.items():
        fresh = start[name] if name in start else t.cast(t.null(), p.dialect.sql_type(rows.columns[name].type))
        if name in rows.columns and rows.columns[name].type is ScalarType.STRING and name not in start:
            fresh = t.text("")
        row.steps[(step.name, name)] = t.again(fresh) if previous is None else _qualified(t.col(label), "p")
    test = row.predicate(step.condition)
    test = t.coalesce(test, t.false()) if not isinstance(test, exp.Boolean) else test
    values = {a.name: t.again(d.tree) for a, d in ((a, declared[a.name]) for a in rel.declared)}
    for a in step.assignments:
        values[a.name] = row.lower(a.value)
    aliases: dict[str, Tree] = {}
    names: dict[str, str] = {}
    for column in rel.columns:
        label = unique(column.name, aliases)
        names[column.name] = label
        if column.name in values:
            aliases[label] = t.cast(values[column.name], p.dialect.sql_type(column.type))
        elif column.name in inputs:
            aliases[label] = t.again(inputs[column.name].tree)
        else:
            aliases[label] = t.cast(t.num(0), "BIGINT")
    carried: dict[int, str] = {}
    for key in rows.order:
        carried[id(key)] = key.tree.name
        aliases.setdefault(key.tree.name, _qualified(key.tree, "n"))
    for tree in rows.group:
        aliases.setdefault(tree.name, _qualified(tree, "n"))
    aliases[place] = _qualified(t.col(place), "n")
    aliases[matched] = test
    for name, label in states.items():
        new = values[name] if name in values else inputs[name].tree
        kind = p.dialect.sql_type(next(c.type for c in rel.columns if c.name == name))
        aliases[label] = t.cast(t.when(t.again(test), t.again(new), t.again(row.steps[(step.name, name)])), kind)
    return Level(_aliased(rows.source, "n"), {}, frozen=True, word="scanned"), aliases, names, carried
