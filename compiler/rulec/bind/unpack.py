"""`bag_unpack` and `pivot` in plain terms, where no column that only the data know of reaches the result.

The columns that a query reads of them are then all that matters: of a bag each is a path, of a pivot an aggregate under a
condition. What stays a plugin has columns in its result that the data decide.
"""

from __future__ import annotations

from rulec.bind.coerce import coerce
from rulec.bind.scope import column
from rulec.ir import walk
from rulec.ir.exprs import Aggregate, Call, Column, Expr, Literal, Path
from rulec.ir.rebuild import map_relations
from rulec.ir.rels import (
    AggregateColumns,
    Assignment,
    ColumnDef,
    External,
    Filter,
    Plugin,
    Project,
    Rel,
    Scan,
    Serialize,
    Shared,
    Sort,
    Summarize,
    Take,
)
from rulec.scalars import ScalarType

#: Where the arguments of `bag_unpack` stand.
_PREFIX, _CONFLICT, _IGNORED = 1, 2, 3
#: Where the arguments of `pivot` stand; the columns to group by follow.
_AGGREGATE, _KEYS = 1, 2


def settled(relation: Rel) -> Rel:
    """The relation with its plugins in plain terms; to be used when the result's columns are all known."""
    return map_relations(relation, _plain)


def loses(relation: Rel) -> bool:
    """Whether columns that only the data know of get lost, or their place, on the way to the result of a query without tables."""
    rel = relation
    while isinstance(rel, Filter | Sort | Take | Serialize | Shared):
        rel = rel.relation if isinstance(rel, Shared) else rel.input
    return not isinstance(rel, Plugin) and not any(isinstance(r, Scan | External) for r in walk.relations(relation))


def _plain(rel: Rel) -> Rel:
    match rel:
        case Plugin("bag_unpack", (source,), (Column() as bag, *_)):
            return _unpacked(rel, source, bag)
        case Plugin("pivot", (source,), (Column() as pivoted, *_)):
            return _pivoted(rel, source, pivoted)
        case _:
            return rel


def _option(rel: Plugin, index: int) -> object:
    """A constant argument's value; None when it is not given."""
    given = rel.arguments[index] if index < len(rel.arguments) else None
    return given.value if isinstance(given, Literal) else None


def _unpacked(rel: Plugin, source: Rel, bag: Column) -> Rel:
    """Every column that is no column of the input is a key of the bag; one of the bag's own name is a key too."""
    if _option(rel, _CONFLICT) not in (None, "error"):
        return rel
    kept = {c.name: c for c in source.columns if c.name != bag.name}
    assignments: list[Assignment] = []
    for wanted in rel.columns:
        own = kept.get(wanted.name)
        value: Expr | None = column(own, rel.span) if own is not None else _key(rel, bag, wanted)
        if value is None or value.type is not wanted.type or (value.nullable and not wanted.nullable):
            return rel
        assignments.append(Assignment(wanted.name, value))
    return Project(source, tuple(assignments), rel.span)


def _key(rel: Plugin, bag: Column, wanted: ColumnDef) -> Expr | None:
    """The part of the bag that a column holds; None where the bag cannot have it."""
    prefix, ignored = _option(rel, _PREFIX) or "", _option(rel, _IGNORED) or []
    key = wanted.name.removeprefix(str(prefix))
    if not wanted.name.startswith(str(prefix)) or (isinstance(ignored, list) and key in ignored):
        return None
    return coerce(Path(bag, (key,), rel.span), wanted.type)


def _pivoted(rel: Plugin, source: Rel, pivoted: Column) -> Rel:
    """Groups by the other columns; each further column aggregates the rows in which the pivot column has its name."""
    aggregate = rel.arguments[_AGGREGATE] if len(rel.arguments) > _AGGREGATE else None
    if aggregate is not None and not isinstance(aggregate, Call):
        return rel
    named = [a.name for a in rel.arguments[_KEYS:] if isinstance(a, Column)]
    read = {pivoted.name} | {a.name for a in (aggregate.arguments if aggregate else ()) if isinstance(a, Column)}
    own = {c.name: c for c in source.columns}
    keys = named or [name for name in own if name not in read]
    if not keys or [c.name for c in rel.columns[: len(keys)]] != keys or any(own[k].type is ScalarType.DYNAMIC for k in keys):
        return rel
    function, arguments = (aggregate.function, aggregate.arguments) if aggregate else ("count", ())
    kind = aggregate.type if aggregate else ScalarType.LONG
    groups: list[AggregateColumns] = []
    for wanted in rel.columns[len(keys) :]:
        if wanted.type is not kind:
            return rel
        condition = _has_name(pivoted, wanted.name, rel)
        groups.append(AggregateColumns((wanted,), Aggregate(function, arguments, condition, rel.span)))
    return Summarize(source, tuple(Assignment(k, column(own[k], rel.span)) for k in keys), tuple(groups), rel.span)


def _has_name(pivoted: Column, name: str, rel: Plugin) -> Expr:
    """Whether a row's pivot value gives the column of this name."""
    text = pivoted if pivoted.type is ScalarType.STRING else Call("tostring", (pivoted,), ScalarType.STRING, False, rel.span)
    return Call("==", (text, Literal(name, ScalarType.STRING, rel.span)), ScalarType.BOOL, False, rel.span)
