"""mv-expand, mv-apply, partition, bag_unpack.

`mvexpand` keeps a row whose field is null, as mv-expand does for null; an empty array gives no row, so its rows go first.
Source: Search Reference, mvexpand; Learn, mv-expand, mv-apply; recorded answers.
"""

from __future__ import annotations

from rulec.ir.exprs import Literal
from rulec.ir.rels import (
    ExpandedColumn,
    Extend,
    Filter,
    MvApply,
    MvExpand,
    Partition,
    Project,
    Rel,
    Serialize,
    Shared,
    Sort,
    Summarize,
    Take,
)
from rulec.scalars import ScalarType
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.aggregates import key_value
from rulec_backends.splunk.collecting import row_number
from rulec_backends.splunk.conditions import hoisted
from rulec_backends.splunk.functions.conversions import of_dynamic
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, TRUE, Field, Fields, Fn, Node, Text, Where, any_of, fn, joined, number, op
from rulec_backends.splunk.tree import MvExpand as Expand


def _elements(b: Builder, rel: MvExpand, item: ExpandedColumn) -> Node:
    """The rows' JSON texts: an array's elements, a bag's members, any other value itself."""
    value = hoisted(b, item.value)
    j = b.atom(b.value(value) if value.type is ScalarType.DYNAMIC else dynamics.json_of(b, value), "j")
    if dynamics.surely_array(b, value):
        return dynamics.elements(b, j)
    keys = b.temp(fn("if", dynamics.is_object(j), fn("json_array_to_mv", fn("json_keys", j)), NULL), "keys")
    member = fn("mvindex", fn("json_array_to_mv", fn("json_extract_exact", j, keys, keys), TRUE), number(0))
    if rel.bag_kind == "array":
        shaped = joined(Text("["), dynamics.quoted(keys), Text(","), member, Text("]"))
    else:
        shaped = joined(Text("{"), dynamics.quoted(keys), Text(":"), member, Text("}"))
    return fn("case", dynamics.is_array(j), dynamics.elements(b, j), dynamics.is_object(j), fn("mvmap", keys, shaped), TRUE, j)


def mv_expand(b: Builder, rel: MvExpand) -> None:
    """One row for each element; several columns side by side, padded with null."""
    limit = rel.limit
    if limit is not None and not (isinstance(limit, Literal) and isinstance(limit.value, int)):
        b.ctx.refuse(rel.span, "a limit of mv-expand that is no constant", code="RC402")
        return
    size = limit.value if isinstance(limit, Literal) and isinstance(limit.value, int) else 0
    lists = [b.temp(_elements(b, rel, item), "mv") for item in rel.expanded]
    bases = [b.atom(b.value(hoisted(b, item.value)), "src") for item in rel.expanded]
    if len(lists) == 1 and rel.index is None:
        some = fn("isnotnull", lists[0])
        b.emit(Where(some if dynamics.surely_array(b, rel.expanded[0].value) else any_of(some, fn("isnull", bases[0]))))
        b.emit(Expand(lists[0].name, size))
        found: list[Node] = [dynamics.present(lists[0])]
    else:
        count: Node = Fn(
            "max",
            tuple(
                fn("coalesce", fn("mvcount", one), number(0) if sure else fn("if", fn("isnull", base), number(1), number(0)))
                for one, base, sure in zip(lists, bases, (dynamics.surely_array(b, i.value) for i in rel.expanded), strict=True)
            ),
        )
        total = b.temp(count, "n")
        index = b.temp(fn("mvrange", number(0), total), "i")
        b.emit(Where(op(total, ">", number(0))))
        b.emit(Expand(index.name, size))
        found = [dynamics.present(fn("mvindex", one, index)) for one in lists]
        if rel.index is not None:
            b.assign_all([(rel.index, index)])
    pairs = [(item.column.name, _typed(b, node, item)) for node, item in zip(found, rel.expanded, strict=True)]
    b.assign_all(pairs)


def _typed(b: Builder, node: Node, item: ExpandedColumn) -> Node:
    if item.column.type is ScalarType.DYNAMIC:
        return node
    return of_dynamic(b, b.atom(node), item.column.type, item.value)


def _body(rel: Rel) -> list[Rel]:
    """The operators of a body, innermost first."""
    chain: list[Rel] = []
    current = rel
    while isinstance(current, Filter | Extend | Project | Summarize | Sort | Take | Serialize | Shared | MvExpand):
        chain.append(current)
        current = current.relation if isinstance(current, Shared) else current.input
    return list(reversed(chain))


def mv_apply(b: Builder, rel: MvApply) -> None:
    """Expands, then runs the body over the rows of each input row: every grouping is by the row's number and the columns that the
    result repeats.
    """
    from rulec_backends.splunk.relations import extend_with

    if b.scope or not _simple(rel.body):
        b.ctx.refuse(rel.span, "this body of mv-apply", code="RC402")
        return
    ident = row_number(b)
    kept = [o for o in rel.outputs if o.side == "row"]
    names: list[str] = []
    for output in kept:
        name = b.ctx.fresh("row")
        source: Node = Field(output.source)
        b.assign(
            name, fn("coalesce", source, Text("null")) if output.column.nullable and output.column.type is not ScalarType.STRING else source
        )
        names.append(name)
    mv_expand(b, rel.expand)
    b.scope = (ident.name, *names)
    if _needs_keep(rel.body):
        b.keep = b.ctx.fresh("keep")
        b.assign(b.keep, number(1))
    extend_with(b, rel.body)
    if b.keep is not None:
        b.emit(Where(op(Field(b.keep), "=", number(1))))
    b.scope, b.keep = (), None
    pairs: list[tuple[str, Node]] = []
    for output in rel.outputs:
        if output.side == "row":
            held = Field(names[kept.index(output)])
            restored = output.column.nullable and output.column.type is not ScalarType.STRING
            pairs.append((output.column.name, fn("nullif", held, Text("null")) if restored else held))
        else:
            pairs.append((output.column.name, Field(output.source)))
    b.forget()
    b.assign_all(pairs)
    b.emit(Fields(tuple(o.column.name for o in rel.outputs)))


def _simple(body: Rel) -> bool:
    from rulec.ir.rels import Given

    current = body
    while isinstance(current, Filter | Extend | Project | Summarize | Sort | Take | Serialize | Shared):
        current = current.relation if isinstance(current, Shared) else current.input
    return isinstance(current, Given)


def _needs_keep(body: Rel) -> bool:
    """Whether rows that a filter drops still count for a summarize without keys: of no rows it gives a row too."""
    chain = _body(body)
    at = next((i for i, r in enumerate(chain) if isinstance(r, Summarize) and not r.keys), None)
    return at is not None and any(isinstance(r, Filter | Take) for r in chain[:at])


def partition(b: Builder, rel: Partition) -> None:
    """The body for each value of the key."""
    from rulec_backends.splunk.relations import extend_with

    if b.scope or not _simple(rel.body):
        b.ctx.refuse(rel.span, "this body of partition", code="RC402")
        return
    key = b.ctx.fresh("part")
    b.assign(key, key_value(b, hoisted(b, rel.key)))
    b.scope = (key,)
    extend_with(b, rel.body)
    b.scope = ()
    b.emit(Fields(tuple(c.name for c in rel.body.columns)))
