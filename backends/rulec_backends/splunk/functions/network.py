"""IP addresses.

Source: Learn's function pages; Search Reference, cidrmatch.
"""

from __future__ import annotations

import re

from rulec.ir.exprs import Call
from rulec_backends.splunk.compare import items_of
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.functions.text_tests import constant
from rulec_backends.splunk.quoting import regex_literal
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Fn, Node, Number, Text, any_of, fn, number, op

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = rf"^\s*{_OCTET}(?:\.{_OCTET}){{3}}(?:/(?:3[0-2]|[12]?\d))?\s*\z"
_PLAIN = rf"^{_OCTET}(?:\.{_OCTET}){{3}}\z"
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


def _address(b: Builder, s: Node) -> Node:
    return fn("replace", s, Text(r"/.*|\s"), Text(""))


def _private(b: Builder, e: Call) -> Node:
    """Null for what is no IPv4 address."""
    s = b.atom(b.value(e.arguments[0]))
    address = b.temp(_address(b, s), "ip")
    inside = any_of(*(fn("cidrmatch", Text(c), address) for c in _PRIVATE))
    return fn("case", fn("match", s, Text(_IPV4)), fn("if", inside, Text("true"), Text("false")))


def _in_range(b: Builder, e: Call) -> Node:
    ranges = [constant(a) for a in e.arguments[1:]]
    if any(r is None or "/" not in r for r in ranges):
        return b.ctx.refuse(e.span, f"`{e.function}` with ranges that are no constants with a prefix")
    s = b.atom(b.value(e.arguments[0]))
    inside = any_of(*(fn("cidrmatch", Text(r or ""), s) for r in ranges))
    return fn("case", fn("match", s, Text(_PLAIN)), fn("if", inside, Text("true"), Text("false")))


def _parse_ipv4(b: Builder, e: Call) -> Node:
    s = b.atom(b.value(e.arguments[0]))

    def octet(i: int) -> Node:
        return fn("tonumber", fn("replace", fn("mvindex", fn("split", s, Text(".")), number(i)), Text(r"/.*|\s"), Text("")))

    total = op(op(octet(0), "*", number(16777216)), "+", op(octet(1), "*", number(65536)))
    total = op(total, "+", op(op(octet(2), "*", number(256)), "+", octet(3)))
    size = fn("pow", number(2), op(number(32), "-", fn("tonumber", fn("replace", s, Text(r"^.*/"), Text("")))))
    masked = op(fn("floor", op(total, "/", size)), "*", size)
    return fn("case", fn("match", s, Text(_PLAIN)), total, fn("match", s, Text(_IPV4)), masked)


def _masked(b: Builder, s: Node) -> tuple[Node, Node]:
    """The number of an IPv4 address, null for anything else, and its prefix (32 when there is none)."""
    address = b.temp(_address(b, s), "ip")

    def octet(i: int) -> Node:
        return fn("tonumber", fn("mvindex", fn("split", address, Text(".")), number(i)))

    total = op(op(octet(0), "*", number(16777216)), "+", op(octet(1), "*", number(65536)))
    total = op(total, "+", op(op(octet(2), "*", number(256)), "+", octet(3)))
    prefix = fn("if", fn("match", s, Text("/")), fn("tonumber", fn("replace", s, Text(r"^.*/|\s"), Text(""))), number(32))
    return b.temp(fn("if", fn("match", s, Text(_IPV4)), total, NULL), "n"), b.temp(prefix, "p")


def _compared(b: Builder, e: Call) -> tuple[Node, Node]:
    """Both addresses cut to the shortest prefix."""
    left, p = _masked(b, b.atom(b.value(e.arguments[0])))
    right, q = _masked(b, b.atom(b.value(e.arguments[1])))
    extra = [b.value(e.arguments[2])] if len(e.arguments) > 2 else []
    size = b.temp(fn("pow", number(2), op(number(32), "-", Fn("min", (p, q, *extra)))), "size")
    return b.temp(fn("floor", op(left, "/", size)), "a"), b.temp(fn("floor", op(right, "/", size)), "b")


def _is_match(b: Builder, e: Call) -> Node:
    left, right = _compared(b, e)
    return fn("case", op(left, "=", right), Text("true"), op(left, "!=", right), Text("false"))


def _compare(b: Builder, e: Call) -> Node:
    left, right = _compared(b, e)
    return fn("case", op(left, "=", right), number(0), op(left, "<", right), Number("-1"), op(left, ">", right), number(1))


def _has_ip(prefix: bool) -> Row:
    """An address, or one that begins so, that no letter or digit touches."""

    def lower(b: Builder, e: Call) -> Node:
        items = items_of(e)
        texts = [constant(i) for i in items or ()]
        if items is None or any(t is None for t in texts):
            return b.ctx.refuse(e.span, f"`{e.function}` with addresses that are no constants")
        found = [_ip_pattern(t or "", prefix) for t in texts]
        kept = [p for p in found if p is not None]
        if not kept:
            return Text("false")
        body = Text(rf"(?<![\p{{L}}\p{{N}}])(?:{'|'.join(kept)})(?![\p{{L}}\p{{N}}])")
        return fn("if", fn("match", b.value(e.arguments[0]), body), Text("true"), Text("false"))

    return lower


def _ip_pattern(text: str, prefix: bool) -> str | None:
    """The pattern of an address or of the start of one; None where it is neither."""
    if not prefix:
        return regex_literal(text) if re.match(_PLAIN.replace(r"\z", r"\Z"), text) else None
    octets = text.rstrip(".").split(".")
    if not all(re.fullmatch(_OCTET, o) for o in octets) or len(octets) > 4 or (not text.endswith(".") and len(octets) < 4):
        return None
    return r"\.".join([*octets, *[_OCTET] * (4 - len(octets))])


FUNCTIONS: dict[str, Row] = {
    "ipv4_is_private": _private,
    "ipv4_is_in_range": _in_range,
    "ipv4_is_in_any_range": _in_range,
    "parse_ipv4": _parse_ipv4,
    "ipv4_is_match": _is_match,
    "ipv4_compare": _compare,
    "has_ipv4": _has_ip(False),
    "has_any_ipv4": _has_ip(False),
    "has_ipv4_prefix": _has_ip(True),
    "has_any_ipv4_prefix": _has_ip(True),
}
