"""Aggregates that collect values: make_list, make_set, make_bag.

`list()` stops at 100 values: lists are made of numbered values, which `values()` keeps whole and in order.
"""

from __future__ import annotations

from rulec.ir.exprs import Aggregate, Literal
from rulec.ir.rels import ColumnDef
from rulec.scalars import ScalarType
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.grouping import Grouping, Row, argument, condition_of
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, TRUE, Aggregation, Field, Node, Stats, Text, fn, joined, op
from rulec_backends.splunk.tree import number as num


def row_number(b: Builder) -> Field:
    """A field that numbers the rows in their order."""
    name = b.ctx.fresh("n")
    b.emit(Stats("streamstats", (Aggregation("count", None, name),)))
    return Field(name)


_INDEX = Text("%010d")


def numbered(number: Field, value: Node) -> Node:
    """A text that sorts by row; null where the value is null."""
    return joined(fn("printf", _INDEX, number), Text(":"), value)


def unnumbered(texts: Field) -> Node:
    return fn("mvmap", texts, fn("substr", texts, num(12)))


def _limited(g: Grouping, a: Aggregate, texts: Node) -> Node:
    if len(a.arguments) < 2:
        return texts
    size = a.arguments[1]
    if not isinstance(size, Literal) or not isinstance(size.value, int):
        return g.b.ctx.refuse(a.span, f"`{a.function}` with a size that is no constant")
    return fn("mvindex", texts, num(0), num(max(size.value - 1, 0)))


def make_list(nulls: bool) -> Row:
    """make_list, and with `nulls` make_list_with_nulls."""

    def lower(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
        b, e = g.b, a.arguments[0]
        number = g.number()
        value = dynamics.json_of(b, e)
        if e.type is ScalarType.DYNAMIC:
            value = value if dynamics.surely_bag(e) else _flattened(b, value)
        elif nulls and e.nullable:
            value = fn("coalesce", value, Text("null"))
        condition = condition_of(b, a)
        if condition is not None:
            value = fn("if", condition, value, NULL)
        texts = unnumbered(g.helper("values", b.temp(numbered(number, value), "item")))
        if e.type is ScalarType.DYNAMIC and len(a.arguments) > 1:  # a row's text may hold several elements
            texts = dynamics.elements(b, dynamics.array_text(texts))
        g.then(columns[0].name, dynamics.array_text(_limited(g, a, texts), g.always(a)))

    return lower


def _flattened(b: Builder, value: Node) -> Node:
    """An array's elements as they stand between its brackets, nothing of an empty one; JSON's null stays."""
    j = b.atom(fn("coalesce", value, Text("null")), "j")
    inner = fn("nullif", fn("replace", j, Text(r"^\[\s*|\s*\]\z"), Text("")), Text(""))
    return fn("if", dynamics.is_array(j), inner, j)


def make_set(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
    """Distinct values in no particular order; arrays by their elements."""
    b, e = g.b, a.arguments[0]
    value = dynamics.json_of(b, e)
    if e.type is ScalarType.DYNAMIC and not dynamics.surely_bag(e):
        j = b.atom(fn("nullif", value, Text("null")), "j")
        value = fn("if", dynamics.is_array(j), dynamics.elements(b, j), j)
    condition = condition_of(b, a)
    if condition is not None:
        value = fn("if", condition, value, NULL)
    texts = g.helper("values", b.temp(value, "item"))
    g.then(columns[0].name, dynamics.array_text(_limited(g, a, texts), g.always(a)))


def make_bag(g: Grouping, a: Aggregate, columns: tuple[ColumnDef, ...]) -> None:
    """Members of all bags; of equal keys the first row's."""
    b = g.b
    j = b.atom(argument(g, a), "j")
    keys = b.temp(fn("if", dynamics.is_object(j), fn("json_array_to_mv", fn("json_keys", j)), NULL), "keys")
    index = b.temp(fn("printf", _INDEX, g.number()), "i")
    value = fn("mvindex", fn("json_array_to_mv", fn("json_extract_exact", j, keys, keys), TRUE), num(0))
    members = b.temp(fn("mvmap", keys, joined(index, Text(":"), dynamics.quoted(keys), Text(":"), value)), "item")
    texts = g.helper("values", members)
    every = Field(b.ctx.fresh("all"))
    g.then(every.name, texts)
    key = fn("replace", texts, Text(r'^\d+:("(?:[^"\\]|\\.)*":)(?s:.*)\z'), Text(r"\1"))
    pattern = joined(Text(r"^\d+:"), fn("replace", key, Text(r"([^\p{L}\p{N}])"), Text(r"\\\1")))
    first = fn("mvindex", every, fn("mvfind", every, pattern))
    kept = fn("mvmap", texts, fn("if", op(first, "=", texts), fn("substr", texts, num(12)), NULL))
    g.then(columns[0].name, joined(Text("{"), fn("coalesce", fn("mvjoin", kept, Text(",")), Text("")), Text("}")))
