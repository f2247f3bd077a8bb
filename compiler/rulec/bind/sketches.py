"""Sketches (`hll`, `tdigest`) stay inside the query: only Kusto knows their layout, so they are merged and asked, never shown.

A target may keep whatever answers the questions that are asked of a sketch. What this module refuses is every other use:
a sketch in the result, in a text, a comparison or a key, and a question to a value that the query has not made itself.

Source: Learn, "Using hll() and tdigest()".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from rulec.bind.state import Refused, State
from rulec.ir.exprs import Aggregate, Call, Case, Column, Expr, InRelation, Literal, ToScalar
from rulec.ir.rels import Extend, Filter, Join, Plugin, Project, Rel, Shared, Sort, Summarize, Union, Values
from rulec.ir.walk import inputs, operands, own_expressions, subqueries
from rulec.source import Span

_HLL: Final = "hll"
_TDIGEST: Final = "tdigest"

#: Aggregates that make a sketch of values.
_MADE: Final = {"hll": _HLL, "tdigest": _TDIGEST}
#: Aggregates and functions that make one of others.
_MERGED: Final = {"hll_merge": _HLL, "merge_tdigest": _TDIGEST}
#: Functions that ask their first argument.
_ASKING: Final = {
    "dcount_hll": _HLL,
    "percentile_tdigest": _TDIGEST,
    "percentiles_array_tdigest": _TDIGEST,
    "percentrank_tdigest": _TDIGEST,
    "rank_tdigest": _TDIGEST,
}
_INTERSECT: Final = "dcount_intersect"

#: The names of all of them.
FUNCTIONS: Final = frozenset({*_MADE, "hll_if", *_MERGED, *_ASKING})
_READERS: Final = {
    _HLL: "`dcount_hll`, `hll_merge` and `dcount_intersect` read it",
    _TDIGEST: "`percentile_tdigest`, `rank_tdigest`, `merge_tdigest` and the like read it",
}

#: The columns of a relation that are sketches, with their kind.
Kinds: TypeAlias = Mapping[str, str]


def check(root: Rel, state: State) -> None:
    """Refuses the query if a sketch is used for what only Kusto's own layout of it can answer.

    Raises:
        Refused: the reason is among the state's diagnostics.
    """
    _Sketches(state).relation(root)


class _Sketches:
    """One query's sketches: `known` are the kinds of the relations seen, by identity and, where they are shared, by key."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.known: dict[object, Kinds] = {}

    def relation(self, root: Rel) -> None:
        """Checks a relation and all below it; a chain may be thousands of nodes long."""
        for rel in self._below_first(root):
            self.known[_place(rel)] = self._kinds(rel)
        for kind in self.known[_place(root)].values():
            raise self._misused(kind, root.span)

    def _below_first(self, root: Rel) -> Iterator[Rel]:
        stack = [(root, False)]
        while stack:
            rel, ready = stack.pop()
            if _place(rel) in self.known:
                continue
            if ready:
                yield rel
                continue
            inside = (s.relation for value in own_expressions(rel) for s in subqueries(value))
            stack += [(rel, True), *((below, False) for below in (*inputs(rel), *inside))]

    def _kinds(self, rel: Rel) -> Kinds:
        below = [self.known[_place(source)] for source in inputs(rel)]
        match rel:
            case Project(assignments=made):
                return _only({a.name: self.kind(a.value, below[0]) for a in made})
            case Extend(assignments=made):
                return _only({**below[0], **{a.name: self.kind(a.value, below[0]) for a in made}})
            case Summarize(keys=keys, aggregates=aggregates):
                for key in keys:
                    self.plain(key.value, below[0])
                kinds = {a.columns[0].name: self.made(a.aggregate, below[0]) for a in aggregates if a.columns}
                return {} if _has_no_rows(rel.input) else _only(kinds)
            case Plugin(name=name, arguments=arguments) if name == _INTERSECT:
                for argument in arguments:
                    self.wanted(argument, _HLL, below[0])
                return below[0]
        for value in own_expressions(rel):
            self.plain(value, {name: kind for kinds in below for name, kind in kinds.items()})
        return self._passed_on(rel, below)

    def _passed_on(self, rel: Rel, below: list[Kinds]) -> Kinds:
        match rel:
            case Join(outputs=outputs):
                sides = dict(zip(("left", "right"), below, strict=True))
                return _only({o.column.name: sides[o.side].get(o.source) for o in outputs})
            case Union(inputs=legs, columns=columns):
                found: dict[str, str | None] = {}
                for leg, kinds in zip(legs, below, strict=True):
                    found |= {out.name: kinds[own.name] for out, own in zip(columns, leg.columns, strict=True) if own.name in kinds}
                return _only(found)
            case Shared():
                return below[0]
        if len(below) == 1 and all(column.name in {c.name for c in rel.columns} for column in inputs(rel)[0].columns):
            return below[0]
        for kind in (kind for kinds in below for kind in kinds.values()):
            raise self._misused(kind, rel.span)
        return {}

    def made(self, aggregate: Aggregate, columns: Kinds) -> str | None:
        """The kind of sketch that an aggregate makes."""
        merged = _MERGED.get(aggregate.function)
        if merged is not None:
            self.wanted(aggregate.arguments[0], merged, columns)
        elif aggregate.function == "take_any" and len(aggregate.arguments) == 1:
            return self.kind(aggregate.arguments[0], columns)
        else:
            for argument in aggregate.arguments:
                self.plain(argument, columns)
        if aggregate.condition is not None:
            self.plain(aggregate.condition, columns)
        return merged or _MADE.get(aggregate.function)

    def kind(self, value: Expr, columns: Kinds) -> str | None:
        """The kind of sketch that an expression is, None for other values."""
        match value:
            case Column(name=name):
                return columns.get(name)
            case ToScalar(relation=relation):
                return self._first(relation)
            case InRelation(relation=relation) if (kind := self._first(relation)) is not None:
                raise self._misused(kind, value.span)
            case Call(function=function, arguments=arguments) if function in _MERGED:
                for argument in arguments:
                    self.wanted(argument, _MERGED[function], columns)
                return _MERGED[function]
            case Call(function=function, arguments=(first, *others)) if function in _ASKING:
                self.wanted(first, _ASKING[function], columns)
                for argument in others:
                    self.plain(argument, columns)
            case Case(branches=branches, default=default):
                return self.chosen(branches, default, columns)
            case _:
                for operand in operands(value):
                    self.plain(operand, columns)
        return None

    def _first(self, relation: Rel) -> str | None:
        return self.known[_place(relation)].get(relation.columns[0].name)

    def chosen(self, branches: tuple[tuple[Expr, Expr], ...], default: Expr, columns: Kinds) -> str | None:
        """The kind of a choice, all of whose values are sketches or nulls."""
        for condition, _ in branches:
            self.plain(condition, columns)
        values = [default, *(value for _, value in branches)]
        kinds = {self.kind(value, columns) for value in values if not (isinstance(value, Literal) and value.value is None)}
        if len(kinds) > 1:
            raise self._misused(next(k for k in kinds if k), default.span)
        return kinds.pop() if kinds else None

    def plain(self, value: Expr, columns: Kinds) -> None:
        """Refuses a sketch where it would be read as any value."""
        kind = self.kind(value, columns)
        if kind is not None:
            raise self._misused(kind, value.span)

    def wanted(self, value: Expr, kind: str, columns: Kinds) -> None:
        """Refuses what is no sketch of this kind that the query made."""
        found = self.kind(value, columns)
        if found != kind and not (isinstance(value, Literal) and value.value is None):
            what = f"a sketch of `{found}`" if found else f"no sketch that `{kind}` makes in this query"
            raise self.state.refuse(value.span, "RC307", f"expected a sketch of `{kind}`, found {what}")

    def _misused(self, kind: str, span: Span) -> Refused:
        message = f"a sketch of `{kind}` is used as a value, and only Kusto knows its layout"
        return self.state.refuse(span, "RC307", message, _READERS[kind])


def _has_no_rows(rel: Rel) -> bool:
    """Whether the text says that a relation has no rows: a sketch of nothing is null (Learn, summarize operator)."""
    while isinstance(rel, Shared | Filter | Sort):
        rel = rel.relation if isinstance(rel, Shared) else rel.input
    return isinstance(rel, Values) and not rel.rows


def _only(kinds: Mapping[str, str | None]) -> Kinds:
    return {name: kind for name, kind in kinds.items() if kind is not None}


def _place(rel: Rel) -> object:
    return ("shared", rel.key) if isinstance(rel, Shared) else id(rel)
