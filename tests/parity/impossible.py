"""Proof that a query gives no row: on every way a value is asked to be one of a few constants that its other conditions exclude."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rulec.catalogue import lookup
from rulec.ir.exprs import Call, Column, Convert, Expr, InRelation, Literal, ToScalar, Window
from rulec.ir.rels import (
    Extend,
    Filter,
    Join,
    MvExpand,
    Parse,
    ParseKv,
    Project,
    Rel,
    Sample,
    Serialize,
    Shared,
    Sort,
    Summarize,
    Take,
    Union,
)
from rulec.ir.walk import columns_read, conjuncts, expressions, map_expression
from rulec.scalars import ScalarType
from tests.parity.templates import Moments, Template, Unanswerable

_VALUE: Final = "_value"
#: The sides of a join of which a row must exist for a row of the result.
_SIDES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("inner", "innerunique", "leftsemi", "rightsemi"), ("left", "right")),
    **dict.fromkeys(("leftouter", "leftanti"), ("left",)),
    **dict.fromkeys(("rightouter", "rightanti"), ("right",)),
}


def contradiction(rel: Rel, moments: Moments, asked: tuple[Expr, ...] = ()) -> str:
    """The conditions that exclude each other for a row of a relation that fulfils `asked` too; empty when none are found."""
    if found := _clash(asked, moments):
        return found
    match rel:
        case Filter():
            return contradiction(rel.input, moments, (*asked, *conjuncts(rel.predicate)))
        case Extend() | Project():
            values = {a.name: a.value for a in rel.assignments}
            return contradiction(rel.input, moments, tuple(_substituted(e, values) for e in asked))
        case Sort() | Serialize() | Take() | Sample():
            return contradiction(rel.input, moments, asked)
        case Shared():
            return contradiction(rel.relation, moments, asked)
        case Summarize() if rel.keys:
            values = {k.name: k.value for k in rel.keys}
            return contradiction(rel.input, moments, tuple(_substituted(e, values) for e in _over(asked, values)))
        case MvExpand() | Parse() | ParseKv():
            kept = {c.name for c in rel.input.columns} - _made(rel)
            return contradiction(rel.input, moments, tuple(_over(asked, kept)))
        case Union():
            found = [contradiction(leg, moments, asked) for leg in rel.inputs]
            return found[0] if all(found) else ""
        case Join():
            return next(filter(None, (_of_side(rel, side, moments, asked) for side in _SIDES.get(rel.kind, ()))), "")
        case _:
            return ""


def _made(rel: MvExpand | Parse | ParseKv) -> set[str]:
    match rel:
        case MvExpand():
            return {e.column.name for e in rel.expanded} | ({rel.index} if rel.index else set())
        case Parse():
            return {p.column.name for p in rel.pieces if p.column is not None}
        case ParseKv():
            return {c.name for c in rel.keys}


def _of_side(rel: Join, side: str, moments: Moments, asked: tuple[Expr, ...]) -> str:
    input_ = rel.left if side == "left" else rel.right
    types = {c.name: c for c in input_.columns}
    names = {o.column.name: o.source for o in rel.outputs if o.side == side}
    values: dict[str, Expr] = {n: Column(s, types[s].type, types[s].nullable, rel.span) for n, s in names.items()}
    return contradiction(input_, moments, tuple(_substituted(e, values) for e in _over(asked, values)))


def _over(asked: Iterable[Expr], names: Iterable[str]) -> list[Expr]:
    """The conditions that read nothing but columns of these names."""
    known = set(names)
    return [e for e in asked if columns_read([e]) <= known]


def _substituted(expr: Expr, values: Mapping[str, Expr]) -> Expr:
    return map_expression(expr, lambda e: values.get(e.name, e) if isinstance(e, Column) else e)


def _clash(asked: tuple[Expr, ...], moments: Moments) -> str:
    """The conditions over one value that no constant fulfils which one of them asks for."""
    plain = [e for e in asked if _is_plain(e)]
    for wish in plain:
        if not isinstance(wish, Call) or wish.function not in ("==", "in"):
            continue
        atom, *constants = wish.arguments
        if isinstance(atom, Convert) and atom.type in (ScalarType.LONG, ScalarType.REAL):
            atom = atom.operand
        if isinstance(atom, Literal) or not constants or not all(isinstance(c, Literal) for c in constants):
            continue
        value = Column(_VALUE, atom.type, True, atom.span)
        others = [map_expression(e, lambda n: value if n == atom else n) for e in plain]  # noqa: B023
        about = [Template(e, moments) for e in others if columns_read([e]) == {_VALUE}]
        candidates = [v for c in constants if isinstance(c, Literal) for v in (c.value if isinstance(c.value, list | tuple) else [c.value])]
        if not any(_fulfils(about, candidate) for candidate in candidates):
            return f"{len(about)} conditions over one value, one of them asks for {', '.join(map(str, candidates))[:80]}"
    return ""


def _fulfils(conditions: list[Template], value: object) -> bool:
    try:
        return all(c.value({_VALUE: value}) is True for c in conditions)
    except Unanswerable:
        return True


def _is_plain(expr: Expr) -> bool:
    """Whether a condition is the same at each look: no subquery, window or random value in it."""
    for part in expressions(expr):
        if isinstance(part, InRelation | ToScalar | Window):
            return False
        function = lookup(part.function) if isinstance(part, Call) else None
        if function is not None and not function.deterministic:
            return False
    return True
