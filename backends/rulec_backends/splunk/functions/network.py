"""IP addresses.

Source: Learn's function pages; Search Reference, cidrmatch.
"""

from __future__ import annotations

from rulec.ir.exprs import Call
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.functions.text_tests import constant
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import Node, Text, any_of, fn, number, op

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


FUNCTIONS: dict[str, Row] = {
    "ipv4_is_private": _private,
    "ipv4_is_in_range": _in_range,
    "ipv4_is_in_any_range": _in_range,
    "parse_ipv4": _parse_ipv4,
}
