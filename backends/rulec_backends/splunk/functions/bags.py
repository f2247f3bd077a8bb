"""Functions that make or change bags.

Source: Learn's function pages; Search Reference, "JSON functions".
"""

from __future__ import annotations

import re

from rulec.ir.exprs import Call
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.dynamics import elements, is_array, is_object, quoted
from rulec_backends.splunk.functions.rows import Predicate, Row, two_valued
from rulec_backends.splunk.functions.text_tests import constant, escaped
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, TRUE, Field, Node, Text, fn, joined, number, op

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[['\"]([^'\"\]]+)['\"]\]")


def json_path(text: str) -> tuple[str | int, ...] | None:
    """The steps of a JSONPath such as `$.a['b'][0]`; None of another form."""
    steps: list[str | int] = []
    at = 1
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            return None
        steps.append(int(found[2]) if found[2] else found[1] or found[3])
        at = found.end()
    return tuple(steps) if text.startswith("$") else None


def members(b: Builder, j: Node) -> tuple[Field, Node]:
    """The keys of a bag as a multivalue, and the JSON text of the value of the key at hand."""
    keys = b.temp(fn("if", is_object(j), fn("json_array_to_mv", fn("json_keys", j)), NULL), "keys")
    return keys, fn("mvindex", fn("json_array_to_mv", fn("json_extract_exact", j, keys, keys), TRUE), number(0))


def object_text(texts: Node) -> Node:
    """The bag of a multivalue of members."""
    return joined(Text("{"), fn("coalesce", fn("mvjoin", texts, Text(",")), Text("")), Text("}"))


def _bag_has_key(b: Builder, e: Call) -> Node:
    """Whether the bag has a key, or a path of keys; null of what is no bag."""
    key = constant(e.arguments[1])
    steps = json_path(key) if key is not None and key.startswith("$") else (key,)
    last = steps[-1] if steps else None
    where = dynamics.constant_path(steps[:-1]) if steps and None not in steps else None
    if where is None or not isinstance(last, str):
        return b.ctx.refuse(e.span, "`bag_has_key` of this path, or of a key that is no constant")
    j = b.atom(b.value(e.arguments[0]))
    inner = b.temp(fn("if", is_object(j), fn("json_extract", j, Text(where)), NULL), "j") if where else j
    keys = b.temp(fn("if", is_object(inner), fn("json_array_to_mv", fn("json_keys", inner)), NULL), "keys")
    found = fn("mvfind", keys, joined(Text("^"), escaped(Text(last)), Text(r"\z")))
    return op(fn("if", is_object(j), fn("if", fn("isnotnull", found), number(1), number(0)), NULL), "=", number(1))


def _bag_zip(b: Builder, e: Call) -> Node:
    """Keys that are no text are skipped, missing values are null; of equal keys the first."""
    left, right = (b.atom(b.value(a)) for a in e.arguments)
    keys = b.temp(elements(b, left), "mv")
    values = b.temp(fn("if", is_array(right), elements(b, right), NULL), "mv")
    i = b.temp(fn("mvrange", number(0), fn("coalesce", fn("mvcount", keys), number(0))), "i")
    key = fn("mvindex", keys, i)
    first = fn("mvfind", keys, joined(Text("^"), escaped(key), Text(r"\z")))
    member = joined(key, Text(":"), fn("coalesce", fn("mvindex", values, i), Text("null")))
    kept = fn("if", fn("match", key, Text('^"')), fn("if", op(first, "=", i), member, NULL), NULL)
    return fn("if", is_array(left), object_text(fn("mvmap", i, kept)), NULL)


def _bag_set_key(b: Builder, e: Call) -> Node:
    """The key's value in its place, or a new member at the end."""
    key = constant(e.arguments[1])
    if key is None or key.startswith("$"):
        return b.ctx.refuse(e.span, "`bag_set_key` of a path, or of a key that is no constant")
    j = b.atom(b.value(e.arguments[0]))
    keys, value = members(b, j)
    new = b.temp(dynamics.member(b, e.arguments[2]), "value")
    here = fn("match", keys, Text(rf"^{re.escape(key)}\z"))
    kept = fn("mvmap", keys, joined(quoted(keys), Text(":"), fn("if", here, new, value)))
    there = fn("mvfind", keys, Text(rf"^{re.escape(key)}\z"))
    more = fn("if", fn("isnull", there), joined(quoted(Text(key)), Text(":"), new), NULL)
    return fn("if", is_object(j), object_text(fn("mvappend", kept, more)), NULL)


PREDICATES: dict[str, Predicate] = {"bag_has_key": two_valued(_bag_has_key)}
FUNCTIONS: dict[str, Row] = {"bag_zip": _bag_zip, "bag_set_key": _bag_set_key}
