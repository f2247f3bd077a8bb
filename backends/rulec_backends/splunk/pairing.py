"""Joins whose sides both stream from indexes: one search over both, without a subsearch and its limits.

Each row says which side it is; `eventstats` hands the other side's rows of the same key to it, `mvexpand` makes the pairs.
Source: Search Reference, multisearch, eventstats, mvexpand.
"""

from __future__ import annotations

from rulec.ir.exprs import Column
from rulec.ir.rels import Join, OutputColumn
from rulec.source import Span
from rulec_backends.splunk.packing import pack, unpacked
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import (
    NULL,
    Aggregation,
    Dedup,
    Field,
    Fields,
    MultiSearch,
    MvExpand,
    Stats,
    Text,
    Where,
    fn,
    joined,
    number,
    op,
    streaming,
)

#: Kind of join -> the side whose rows come out, and whether they come out without a partner (None: only then).
KINDS: dict[str, tuple[str, bool | None]] = {
    "inner": ("left", False),
    "innerunique": ("left", False),
    "leftouter": ("left", True),
    "rightouter": ("right", True),
    "leftsemi": ("left", False),
    "rightsemi": ("right", False),
    "leftanti": ("left", None),
    "rightanti": ("right", None),
}


def can_pair(rel: Join, left: Builder, right: Builder) -> bool:
    """Whether the join fits one search."""
    return rel.kind in KINDS and streaming(left.pipeline()) and streaming(right.pipeline())


def paired(b: Builder, rel: Join, sides: dict[str, Builder], keys: tuple[str, ...]) -> None:
    """Adds the join; `sides` have their key fields already."""
    from rulec_backends.splunk.joins import fill

    main, unmatched = KINDS[rel.kind]
    other = "right" if main == "left" else "left"
    side, row = b.ctx.fresh("side"), b.ctx.fresh("row")
    semi = all(o.side == main for o in rel.outputs) and rel.kind not in ("inner", "innerunique", "leftouter", "rightouter")
    theirs = [o for o in rel.outputs if o.side == other]
    ours = [o for o in rel.outputs if o.side == main]
    for which, leg in sides.items():
        leg.assign(side, Text(which))
        _narrow(leg, keys, side, row, ours if which == main else theirs, which == main, semi, rel.span)
    b.emit(MultiSearch((sides["left"].pipeline(), sides["right"].pipeline())))
    if semi:
        hits = b.ctx.fresh("hits")
        partner = op(Field(side), "=", Text(other))
        b.emit(Stats("eventstats", (Aggregation("count", partner, hits),), keys))
        b.emit(Where(op(op(Field(side), "=", Text(main)), "AND", op(Field(hits), ">" if unmatched is False else "=", number(0)))))
    else:
        _pairs(b, rel, keys, (side, row, main), theirs, bool(unmatched))
        if unmatched:
            fill(b, theirs)
    b.forget()
    b.emit(Fields(tuple(o.column.name for o in rel.outputs)))


def _narrow(
    leg: Builder, keys: tuple[str, ...], side: str, row: str, outputs: list[OutputColumn], main: bool, semi: bool, span: Span
) -> None:
    """A leg keeps the keys and its output columns; the partners' columns travel as one text."""
    if main:
        leg.assign_all([(o.column.name, Field(o.source)) for o in outputs])
        leg.emit(Fields(tuple(dict.fromkeys((*keys, side, *(o.column.name for o in outputs))))))
        return
    if not semi:
        leg.assign(row, pack(leg, [Column(o.source, o.column.type, True, span) for o in outputs]))
    leg.emit(Fields((*keys, side) if semi else (*keys, side, row)))


def _pairs(b: Builder, rel: Join, keys: tuple[str, ...], names: tuple[str, str, str], theirs: list[OutputColumn], unmatched: bool) -> None:
    side, row, main = names
    index, rows = b.ctx.fresh("n"), b.ctx.fresh("rows")
    b.emit(Stats("streamstats", (Aggregation("count", None, index),)))
    b.assign(row, fn("if", fn("isnull", Field(row)), NULL, joined(fn("printf", Text("%010d"), Field(index)), Text(":"), Field(row))))
    b.emit(Stats("eventstats", (Aggregation("values", Field(row), rows),), keys))
    ours = op(Field(side), "=", Text(main))
    b.emit(Where(ours if unmatched else op(ours, "AND", fn("isnotnull", Field(rows)))))
    if rel.kind == "innerunique":
        b.emit(Dedup(keys))
    b.emit(MvExpand(rows))
    body = b.temp(fn("substr", Field(rows), number(12)), "row")
    b.assign_all([(o.column.name, unpacked(body, i, o.column.type)) for i, o in enumerate(theirs)])
