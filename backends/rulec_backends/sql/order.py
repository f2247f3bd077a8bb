"""Which relations have to keep their rows' order because something above looks at it."""

from __future__ import annotations

from typing import Final

from rulec.ir import rels
from rulec.ir.rels import (
    Extend,
    Filter,
    MvApply,
    MvExpand,
    Parse,
    ParseKv,
    Partition,
    Plugin,
    Project,
    Query,
    Rel,
    Sample,
    ScanOperator,
    Serialize,
    Shared,
    Sort,
    Summarize,
    Take,
)
from rulec_backends.sql import reads

#: Aggregates whose result depends on the rows' order.
ORDERED: Final = frozenset({"make_list", "make_list_with_nulls", "make_set", "make_bag", "take_any", "arg_max", "arg_min"})


def needed(query: Query) -> set[int]:
    """The ids of the nodes whose order is needed."""
    found: set[int] = set()
    _visit(query.relation, query.ordered, found)
    return found


def _visit(rel: Rel, wanted: bool, found: set[int]) -> None:
    if wanted:
        if id(rel) in found:
            return
        found.add(id(rel))
    for child, child_wanted in _children(rel, wanted):
        _visit(child, child_wanted, found)


def _children(rel: Rel, wanted: bool) -> list[tuple[Rel, bool]]:
    match rel:
        case Filter():
            return [(rel.input, wanted or reads.has_window(rel.predicate))]
        case Extend() | Project():
            return [(rel.input, wanted or any(reads.has_window(a.value) for a in rel.assignments))]
        case Summarize():
            # groups come in the order of their first rows
            return [(rel.input, wanted or any(a.aggregate.function in ORDERED for a in rel.aggregates))]
        case Take() | Sample():
            return [(rel.input, True)]
        case Sort() | Serialize() | MvExpand() | Parse() | ParseKv() | Shared():
            return [(rel.relation if isinstance(rel, Shared) else rel.input, wanted)]
        case ScanOperator():
            return [(rel.input, True)]
        case MvApply():
            return [(rel.expand, True), (rel.body, wanted)]
        case Partition():
            return [(rel.input, True), (rel.body, wanted)]
        case rels.Join():
            return [(rel.left, wanted or rel.kind == "innerunique"), (rel.right, wanted)]
        case rels.Union():
            return [(leg, wanted) for leg in rel.inputs]
        case rels.TopNested():
            return [(rel.input, False)]
        case rels.MakeSeries():
            return [(rel.input, False)]
        case Plugin():
            return [(i, wanted) for i in rel.inputs]
        case _:
            return []
