"""array_sort_asc, array_sort_desc.

Source: Learn's function pages; recorded answers; Search Reference, mvsort, printf.
"""

from __future__ import annotations

from rulec.ir.exprs import Call, Literal
from rulec.scalars import ScalarType
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.dynamics import array_text, elements, is_array, or_null
from rulec_backends.splunk.functions.arrays import indexed
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Field, Fn, Node, Text, all_of, fn, joined, number, op

_BIG = number(10**15)


def _sorted(descending: bool) -> Row:
    """The first array's places in its order, numbers by value, then strings by code point, nulls at an end; the others go along.

    `mvsort` is lexicographic: each element gets a key of fixed width, and its place behind it."""

    def lower(b: Builder, e: Call) -> Node:
        arrays = [a for a in e.arguments if a.type is ScalarType.DYNAMIC]
        flags = [a.value if isinstance(a, Literal) else "" for a in e.arguments[len(arrays) :]]
        if any(not isinstance(f, bool) for f in flags):
            return b.ctx.refuse(e.span, f"`{e.function}` with a flag that is no constant")
        j = b.atom(b.value(arrays[0]))
        items, i = indexed(b, j)
        order = _order(b, items, i, descending, not flags or flags[0] is True)
        found = [fn("if", is_array(j), array_text(fn("mvmap", order, fn("mvindex", items, order))), NULL)]
        for other in arrays[1:]:
            held = b.atom(b.value(other))
            mine = b.temp(elements(b, held), "mv")
            along = array_text(fn("mvmap", order, fn("mvindex", mine, order)))
            same = op(fn("coalesce", fn("mvcount", mine), number(0)), "=", fn("coalesce", fn("mvcount", items), number(0)))
            found.append(fn("if", all_of(is_array(held), is_array(j), same), along, NULL))
        return found[0] if len(found) == 1 else dynamics.array_of([or_null(one) for one in found])

    return lower


def _order(b: Builder, items: Node, i: Node, descending: bool, nulls_last: bool) -> Field:
    """The places of the elements in their order."""
    item = fn("mvindex", items, i)
    x = fn("tonumber", item)
    whole = fn("floor", x)
    digits = joined(fn("printf", Text("%016d"), op(whole, "+", _BIG)), fn("printf", Text("%.12f"), op(x, "-", whole)))
    text = fn("mvindex", fn("json_array_to_mv", joined(Text("["), item, Text("]"))), number(0))
    place = fn("printf", Text("\x01%07d"), op(number(9_999_999), "-", i) if descending else i)
    numeric, string, null = fn("match", item, Text(r"^-?\d")), dynamics.is_string(item), op(item, "=", Text("null"))
    numbers = fn("mvsort", fn("mvmap", i, fn("if", numeric, joined(digits, place), NULL)))
    strings = fn("mvsort", fn("mvmap", i, fn("if", string, joined(Text("s"), text, place), NULL)))
    kind = fn("if", fn("in", item, Text("true"), Text("false")), Text("5"), Text("7"))
    others = fn("mvsort", fn("mvmap", i, fn("if", op(op(numeric, "OR", string), "OR", null), NULL, joined(kind, item, place))))
    parts: list[Node] = [numbers, strings, others]
    if descending:
        parts = [_turned(b, part) for part in reversed(parts)]
    nulls = fn("mvmap", i, fn("if", null, place, NULL))
    keys = b.temp(Fn("mvappend", (*parts, nulls) if nulls_last else (nulls, *parts)), "sorted")
    at = fn("tonumber", fn("replace", keys, Text("^(?s:.*)\x01"), Text("")))
    return b.temp(fn("mvmap", keys, op(number(9_999_999), "-", at) if descending else at), "i")


def _turned(b: Builder, values: Node) -> Node:
    """A multivalue from its end: `mvreverse` needs Splunk 9.3."""
    held = b.temp(values, "mv")
    i = b.temp(fn("mvrange", number(0), fn("coalesce", fn("mvcount", held), number(0))), "i")
    last = b.temp(op(fn("mvcount", held), "-", number(1)), "n")
    return fn("mvmap", i, fn("mvindex", held, op(last, "-", i)))


FUNCTIONS: dict[str, Row] = {"array_sort_asc": _sorted(False), "array_sort_desc": _sorted(True)}
