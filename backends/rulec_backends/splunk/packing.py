"""Several values in one text, so that they stay together through an aggregation: a JSON array, read back by type."""

from __future__ import annotations

from rulec.ir.exprs import Expr
from rulec.scalars import ScalarType
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import TRUE, Node, Text, fn, joined, number


def pack(b: Builder, values: list[Expr]) -> Node:
    """The values as one text."""
    return dynamics.array_of([_packed(b, v) for v in values])


def _packed(b: Builder, e: Expr) -> Node:
    """Strings and numbers are packed as strings of their carried text; a dynamic value is JSON already."""
    value = b.value(e)
    if e.type is ScalarType.DYNAMIC:
        return dynamics.or_null(value)
    if e.nullable and e.type is not ScalarType.STRING:
        atom = b.atom(value)
        return fn("if", fn("isnull", atom), Text("null"), dynamics.quoted(joined(atom, Text(""))))
    return dynamics.quoted(value)


def unpacked(packed: Node, index: int, type_: ScalarType) -> Node:
    """One value of a packed text."""
    item = fn("mvindex", fn("json_array_to_mv", packed, TRUE), number(index))
    if type_ is ScalarType.DYNAMIC:
        return dynamics.present(item)
    bare = fn("mvindex", fn("json_array_to_mv", packed), number(index))
    if type_ is ScalarType.STRING:
        return fn("coalesce", bare, Text(""))
    return fn("nullif", bare, Text("null"))
