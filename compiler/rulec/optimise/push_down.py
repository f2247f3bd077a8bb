"""Filters move below joins and unions, so that less is joined and every leg of a union filters for itself.

A filter stays where it is otherwise: stages keep their order, which is what people review. A projection that picks columns of a union
does not hold it back. Only conjuncts that read one side
of an inner, semi or anti join move (and the kept side of an outer join); a union's filter moves whole.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call, Column, Expr, Window
from rulec.ir.rebuild import map_relations
from rulec.ir.rels import Filter, Join, Project, Query, Rel, Union
from rulec.ir.walk import conjuncts, expressions, map_expression
from rulec.optimise.reads import has_subquery, row_reads
from rulec.records import replace
from rulec.scalars import ScalarType

#: The sides of a join whose rows may be filtered before it without changing the result.
_SIDES: Final[MappingProxyType[str, tuple[str, ...]]] = MappingProxyType(
    {
        "inner": ("left", "right"),
        "leftouter": ("left",),
        "rightouter": ("right",),
        "leftsemi": ("left",),
        "leftanti": ("left",),
        "rightsemi": ("right",),
        "rightanti": ("right",),
        "innerunique": ("right",),
        "fullouter": (),
    }
)


def push_down(query: Query) -> Query:
    """The query with filters moved below joins and unions."""
    return replace(query, relation=map_relations(query.relation, _relation))


def _relation(rel: Rel) -> Rel:
    match rel:
        case Filter(input=Join() as join, predicate=predicate):
            return _below_join(rel, join, predicate)
        case Filter(input=Union() as union, predicate=predicate) if not has_subquery(predicate) and not _ordered(predicate):
            return replace(union, inputs=tuple(_relation(Filter(i, _over(i, predicate), rel.span)) for i in union.inputs))
        case Filter(input=Project(input=Union()) as picked, predicate=predicate) if all(
            isinstance(a.value, Column) for a in picked.assignments
        ):
            moved = Filter(picked.input, _before(picked, predicate), rel.span)
            below = _relation(moved)
            return rel if below is moved else replace(picked, input=below)
        case _:
            return rel


def _over(leg: Rel, predicate: Expr) -> Expr:
    """A union's predicate over one of its legs, whose columns may be nullable no more."""
    columns = {c.name: c for c in leg.columns}

    def own(value: Expr) -> Expr:
        return Column(value.name, value.type, columns[value.name].nullable, value.span) if isinstance(value, Column) else value

    return map_expression(predicate, own)


def _before(picked: Project, predicate: Expr) -> Expr:
    """A predicate over a projection of columns in terms of the projection's input."""
    values = {a.name: a.value for a in picked.assignments}
    return map_expression(predicate, lambda value: values[value.name] if isinstance(value, Column) else value)


def _below_join(rel: Filter, join: Join, predicate: Expr) -> Rel:
    """innerunique keeps an arbitrary left row a key: filtering the left side first would choose another, so only its right side
    takes filters."""
    sides: dict[str, list[Expr]] = {"left": [], "right": []}
    stay: list[Expr] = []
    for conjunct in conjuncts(predicate):
        side = None if has_subquery(conjunct) or _ordered(conjunct) else _side(join, conjunct)
        (sides[side] if side in _SIDES[join.kind] and side else stay).append(conjunct)
    if not sides["left"] and not sides["right"]:
        return rel
    left = _filtered(join, "left", sides["left"], rel)
    right = _filtered(join, "right", sides["right"], rel)
    moved: Rel = replace(join, left=left, right=right)
    return Filter(moved, conjunction(stay), rel.span) if stay else moved


def _side(join: Join, conjunct: Expr) -> str | None:
    names = row_reads((conjunct,))
    used = {o.side for o in join.outputs if o.column.name in names}
    return used.pop() if len(used) == 1 else None


def _filtered(join: Join, side: str, parts: list[Expr], origin: Filter) -> Rel:
    source = join.left if side == "left" else join.right
    if not parts:
        return source
    names = {o.column.name: o.source for o in join.outputs if o.side == side}
    columns = {c.name: c for c in source.columns}

    def rename(value: Expr) -> Expr:
        if not isinstance(value, Column):
            return value
        column = columns[names[value.name]]
        return Column(column.name, column.type, column.nullable, value.span)

    return _relation(Filter(source, conjunction([map_expression(p, rename) for p in parts]), origin.span))


def conjunction(parts: list[Expr]) -> Expr:
    """The `and` of one or more parts."""
    if len(parts) == 1:
        return parts[0]
    return Call("and", tuple(parts), ScalarType.BOOL, any(p.nullable for p in parts), parts[0].span)


def _ordered(value: Expr) -> bool:
    """Whether the expression depends on the order of rows."""
    return any(isinstance(e, Window) for e in expressions(value))
