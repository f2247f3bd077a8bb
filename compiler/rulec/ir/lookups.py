"""Lookups by range as a join and a filter, for targets without a lookup of their own."""

from __future__ import annotations

from rulec.ir.exprs import Call, Column, Expr, Literal
from rulec.ir.rels import Assignment, ColumnDef, Filter, Join, OutputColumn, Plugin, Project, Rel, Summarize, Union
from rulec.scalars import ScalarType


def ipv4_lookup(rel: Plugin) -> Rel:
    """`evaluate ipv4_lookup(…)`: each row beside the rows whose network holds its address, and those without one if asked for."""
    left, right = rel.inputs
    source, network, *rest = rel.arguments
    assert isinstance(source, Column) and isinstance(network, Column)
    extra = [e for e in rest if isinstance(e, Column)]
    theirs = [c.name for c in right.columns if c.name not in {e.name for e in extra}]
    sides = [("left", c.name) for c in left.columns] + [("right", name) for name in theirs]
    outputs = tuple(OutputColumn(column, side, name) for column, (side, name) in zip(rel.columns, sides, strict=True))
    one = Literal(1, ScalarType.LONG, rel.span)
    keys: tuple[tuple[Expr, Expr], ...] = tuple((_column(left, e), _column(right, e)) for e in extra) or ((one, one),)
    held = next(o.column for o in outputs if (o.side, o.source) == ("right", network.name))
    holds = Call("ipv4_is_in_range", (source, Column(held.name, held.type, held.nullable, rel.span)), ScalarType.BOOL, True, rel.span)
    matched = Filter(Join(left, right, "inner", keys, outputs, rel.span), holds, rel.span)
    if not any(isinstance(e, Literal) and e.value is True for e in rest):
        return matched
    return Union((matched, _unmatched(rel, matched, [source, *extra])), rel.columns, rel.span)


def _unmatched(rel: Plugin, matched: Rel, keys: list[Column]) -> Rel:
    """The rows whose address no network holds, beside nothing."""
    left = rel.inputs[0]
    assignments = tuple(Assignment(k.name, Column(k.name, k.type, k.nullable, rel.span)) for k in keys)
    found = Summarize(matched, assignments, (), rel.span)
    pairs: tuple[tuple[Expr, Expr], ...] = tuple((_column(left, k), _column(found, k)) for k in keys)
    outputs = tuple(OutputColumn(c, "left", c.name) for c in left.columns)
    rows = Join(left, found, "leftanti", pairs, outputs, rel.span)
    own = len(left.columns)
    values: list[Expr] = [Column(c.name, c.type, c.nullable, rel.span) for c in left.columns]
    nothing: list[Expr] = [Literal("" if c.type is ScalarType.STRING else None, c.type, rel.span) for c in rel.columns[own:]]
    return Project(rows, tuple(Assignment(c.name, v) for c, v in zip(rel.columns, [*values, *nothing], strict=True)), rel.span)


def _column(side: Rel, named: Column) -> Column:
    found: ColumnDef = next(c for c in side.columns if c.name == named.name)
    return Column(found.name, found.type, found.nullable, named.span)
