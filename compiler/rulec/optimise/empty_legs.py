"""Legs of a union that their own conditions empty are left out: a parser has a leg for each kind of record, and a rule asks for one.

Only comparisons of a column with constants count, each of which is false or null for all other values.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeVar

from rulec.ir.exprs import Call, Column, Expr, Literal
from rulec.ir.rebuild import map_relations
from rulec.ir.rels import Extend, Filter, MvExpand, Project, Query, Rel, Serialize, Shared, Sort, Take, Union
from rulec.ir.walk import conjuncts
from rulec.optimise.prune import prune
from rulec.records import record, replace
from rulec.scalars import ScalarType

_T = TypeVar("_T")


@record(frozen=True, slots=True)
class Known:
    """What a column can hold: one of `values` (None: any), one of `folded` without regard to case, and none of `others`."""

    values: frozenset[object] | None = None
    folded: frozenset[str] | None = None
    others: frozenset[object] = frozenset()

    def both(self, other: Known) -> Known:
        return Known(_common(self.values, other.values), _common(self.folded, other.folded), self.others | other.others)

    @property
    def is_empty(self) -> bool:
        if self.values is None:
            return self.folded is not None and not self.folded
        left = self.values - self.others
        return not left if self.folded is None else all(isinstance(v, str) and v.lower() not in self.folded for v in left)


Facts = Mapping[str, Known]
_NOTHING: Final[Facts] = MappingProxyType({})


def drop_empty_legs(query: Query) -> Query:
    """The query without union legs that can have no row, and without the columns that only they read."""
    relation = map_relations(query.relation, _relation)
    return query if relation is query.relation else prune(replace(query, relation=relation))


def _relation(rel: Rel) -> Rel:
    if not isinstance(rel, Union):
        return rel
    kept = tuple(leg for leg in rel.inputs if _facts(leg) is not None)
    return rel if len(kept) == len(rel.inputs) else replace(rel, inputs=kept or rel.inputs[:1])


def _facts(rel: Rel) -> Facts | None:
    """What is known of the relation's columns; None when it has no row."""
    chain = [rel]
    while (below := _input(chain[-1])) is not None:
        chain.append(below)
    facts: Facts = _NOTHING
    for stage in reversed(chain):
        known = _above(stage, facts)
        if known is None:
            return None
        facts = known
    return facts


def _input(rel: Rel) -> Rel | None:
    match rel:
        case Filter() | Extend() | Project() | MvExpand() | Serialize() | Sort() | Take():
            return rel.input
        case Shared():
            return rel.relation
        case _:
            return None


def _above(rel: Rel, facts: Facts) -> Facts | None:
    match rel:
        case Filter():
            return _filtered(facts, rel.predicate)
        case Extend():
            return {**facts, **{a.name: _assigned(a.value, facts) for a in rel.assignments}}
        case Project():
            return {a.name: _assigned(a.value, facts) for a in rel.assignments}
        case MvExpand():
            changed = {e.column.name for e in rel.expanded} | {rel.index}
            return {name: known for name, known in facts.items() if name not in changed}
        case Serialize() | Sort() | Take() | Shared():
            return facts
        case _:
            return _NOTHING


def _assigned(value: Expr, facts: Facts) -> Known:
    match value:
        case Literal(value=str() | int() as constant):
            return Known(frozenset({constant}))
        case Column(name=name):
            return facts.get(name, Known())
        case _:
            return Known()


def _filtered(facts: Facts, predicate: Expr) -> Facts | None:
    found = dict(facts)
    for conjunct in conjuncts(predicate):
        asked = _asked(conjunct)
        if asked is None:
            continue
        name, known = asked
        found[name] = found.get(name, Known()).both(known)
        if found[name].is_empty:
            return None
    return found


def _asked(conjunct: Expr) -> tuple[str, Known] | None:
    """What a comparison with constants says of its column. Of bools and reals nothing is said: Python takes 1, 1.0 and True as one."""
    match conjunct:
        case Call(function=name, arguments=(Column(type=ScalarType.STRING | ScalarType.INT | ScalarType.LONG) as column, *items)):
            values = [i.value for i in items if isinstance(i, Literal) and i.type is column.type]
        case _:
            return None
    if len(values) < len(items) or not all(isinstance(v, str | int) for v in values):
        return None
    texts = [v for v in values if isinstance(v, str) and v.isascii()]
    match name:
        case "==" | "in":
            return column.name, Known(values=frozenset(values))
        case "!=" | "!in":
            return column.name, Known(others=frozenset(values))
        case "=~" | "in~" if len(texts) == len(values):
            return column.name, Known(folded=frozenset(v.lower() for v in texts))
        case _:
            return None


def _common(a: frozenset[_T] | None, b: frozenset[_T] | None) -> frozenset[_T] | None:
    return b if a is None else a if b is None else a & b
