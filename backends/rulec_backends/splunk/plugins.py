"""Plugins of `evaluate`.

ipv4_lookup: the networks travel as texts beside the rows, each with the first address, the size and the row's values.
Source: Learn, ipv4_lookup plugin; Search Reference, appendcols, mvexpand.
"""

from __future__ import annotations

from collections.abc import Callable

from rulec.ir.exprs import Column, Literal
from rulec.ir.rels import Plugin
from rulec_backends.splunk import bounds
from rulec_backends.splunk.collecting import numbered, row_number
from rulec_backends.splunk.conditions import beside
from rulec_backends.splunk.functions.network import masked
from rulec_backends.splunk.packing import pack, unpacked
from rulec_backends.splunk.reasons import reason_of
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Aggregation, Field, Fields, MvExpand, Node, Stats, Text, Where, fn, joined, number, op

_MARK, _COLON = Text("\x01"), Text(":")


def _ipv4_lookup(b: Builder, rel: Plugin) -> None:
    """Each row beside the rows whose network holds its address."""
    from rulec_backends.splunk.relations import extend_with, lowered

    source, networks = rel.inputs
    key, network, *rest = rel.arguments
    unmatched = next((e.value is True for e in rest if isinstance(e, Literal)), False)
    if any(isinstance(e, Column) for e in rest) or not isinstance(key, Column) or not isinstance(network, Column):
        b.ctx.refuse(rel.span, "`ipv4_lookup` with further keys", code="RC402")
        return
    bounds.check(b.ctx, networks, rel.span)
    theirs = networks.columns
    inner = lowered(b.ctx, networks)
    inner.forget()
    first, prefix = masked(inner, inner.atom(inner.value(network)))
    size = inner.temp(fn("pow", number(2), op(number(32), "-", prefix)), "size")
    start = op(fn("floor", op(first, "/", size)), "*", size)
    row = pack(inner, [Column(c.name, c.type, True, rel.span) for c in theirs])
    text = inner.temp(numbered(row_number(inner), joined(inner.temp(start, "first"), _COLON, size, _COLON, row)), "row")
    rows = b.ctx.fresh("rows")
    inner.emit(Stats("stats", (Aggregation("values", text, rows),)))
    extend_with(b, source)
    b.forget()
    held = b.temp(fn("split", Field(beside(b, inner, fn("mvjoin", Field(rows), _MARK))), _MARK), "net")
    address, _ = masked(b, b.atom(b.value(key)))
    low, step = (fn("tonumber", fn("mvindex", fn("split", held, _COLON), number(i))) for i in (1, 2))
    inside = op(op(fn("floor", op(address, "/", step)), "*", step), "=", low)
    hits = b.temp(fn("mvmap", held, fn("if", inside, fn("replace", held, Text(r"^\d+:\d+:\d+:"), Text("")), NULL)), "hit")
    if not unmatched:
        b.emit(Where(fn("isnotnull", hits)))
    b.emit(MvExpand(hits.name))
    names = [c.name for c in rel.columns[len(source.columns) :]]
    pairs: list[tuple[str, Node]] = [(n, unpacked(hits, i, c.type)) for i, (n, c) in enumerate(zip(names, theirs, strict=True))]
    b.assign_all(pairs)
    b.emit(Fields(tuple(c.name for c in rel.columns)))


PLUGINS: dict[str, Callable[[Builder, Plugin], None]] = {"ipv4_lookup": _ipv4_lookup}


def plugin(b: Builder, rel: Plugin) -> None:
    """Adds the commands of a plugin."""
    row = PLUGINS.get(rel.name)
    if row is None or b.scope:
        b.ctx.refuse(rel.span, f"the plugin `{rel.name}`: {reason_of(rel.name)}", code="RC402")
        return
    row(b, rel)
