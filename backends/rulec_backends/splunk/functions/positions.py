"""Where a text or a pattern stands in a text.

Source: Learn, indexof(), indexof_regex(); recorded answers.
"""

from __future__ import annotations

from rulec.ir.exprs import Call
from rulec_backends.splunk import dynamics, regex
from rulec_backends.splunk.functions.rows import Row, options
from rulec_backends.splunk.functions.strings import translated
from rulec_backends.splunk.functions.text_tests import constant, escaped
from rulec_backends.splunk.quoting import regex_literal
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Fn, Node, Number, Text, fn, number, op


def _indexof(b: Builder, e: Call) -> Node:
    """The place of a text, -1 if absent; null for an empty needle."""
    needle, text = e.arguments[1], constant(e.arguments[1])
    if text == "":
        return NULL
    body: Node = Text(regex_literal(text)) if text is not None else escaped(b.value(needle))
    found = _searched(b, e, body)
    return found if text is not None else fn("if", op(b.value(needle), "=", Text("")), NULL, found)


def _indexof_regex(b: Builder, e: Call) -> Node:
    if translated(b, e, e.arguments[1]) is None:
        return Text("")
    return _searched(b, e, Text(f"(?:{regex.naming(constant(e.arguments[1]) or '', {})})"))


def _position(s: Node, body: Node) -> Node:
    """The text before a match is what remains when the rest is cut."""
    cut = fn("replace", s, dynamics.merged([Text("^(?s:(.*?))"), body, Text(r"(?s:.*)\z")]), Text(r"\1"))
    return fn("if", fn("match", s, body), fn("len", cut), Number("-1"))


def _searched(b: Builder, e: Call, body: Node) -> Node:
    """From a start (negative: from the end), within a length (-1: to the end)."""
    s = b.atom(b.value(e.arguments[0]))
    start, length, occurrence = options(e, {2: 0, 3: -1, 4: 1})
    if not (isinstance(start, int) and isinstance(length, int)) or occurrence != 1:
        return b.ctx.refuse(e.span, f"`{e.function}` with a start or length that is no constant, or of a later occurrence")
    if length < -1:
        return NULL
    if (start, length) == (0, -1):
        return _position(s, body)
    at = number(start) if start >= 0 else b.temp(op(fn("len", s), "-", number(-start)), "at")
    cut = (b.atom(op(at, "+", number(1))),) if length < 0 else (op(at, "+", number(1)), number(length))
    rest = b.temp(fn("coalesce", Fn("substr", (s, *cut)), Text("")), "rest")
    found = b.temp(_position(rest, body), "at")
    placed = fn("if", op(found, "<", number(0)), found, op(found, "+", at)) if start else found
    return fn("if", op(at, "<", number(0)), NULL, placed) if start < 0 else placed


FUNCTIONS: dict[str, Row] = {"indexof": _indexof, "indexof_regex": _indexof_regex}
