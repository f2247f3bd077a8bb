"""IP addresses.

Source: Learn's function pages; Search Reference, cidrmatch.
"""

from __future__ import annotations

import re

from rulec.ir.exprs import Call, Literal
from rulec.scalars import ScalarType
from rulec_backends.splunk.compare import items_of
from rulec_backends.splunk.functions.rows import Lowering, Predicate, Row
from rulec_backends.splunk.functions.text_tests import constant
from rulec_backends.splunk.quoting import regex_literal
from rulec_backends.splunk.stage import Builder, Each
from rulec_backends.splunk.tree import NULL, Fn, Node, Not, Number, Text, all_of, any_of, fn, joined, number, op

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
DOTTED = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_IPV4 = rf"^\s*{_OCTET}(?:\.{_OCTET}){{3}}(?:/(?:3[0-2]|[12]?\d))?\s*\z"
_PLAIN = rf"^{_OCTET}(?:\.{_OCTET}){{3}}\z"
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


def _address(b: Builder, s: Node) -> Node:
    return fn("replace", s, Text(r"/.*|\s"), Text(""))


def _is_private(private: bool) -> Lowering:
    """Neither for what is no IPv4 address."""

    def lower(b: Builder, e: Call) -> Node:
        s = b.atom(b.value(e.arguments[0]))
        address = b.temp(_address(b, s), "ip")
        inside = any_of(*(fn("cidrmatch", Text(c), address) for c in _PRIVATE))
        return all_of(fn("match", s, Text(_IPV4)), inside if private else Not(inside))

    return lower


def _in_range(b: Builder, e: Call) -> Node:
    """A constant network by `cidrmatch`, others by arithmetic: the shorter prefix of address and network counts."""
    ranges = [constant(a) for a in e.arguments[1:]]
    if len(ranges) == 1 and isinstance(e.arguments[1], Literal) and isinstance(e.arguments[1].value, list):
        ranges = [r if isinstance(r, str) else None for r in e.arguments[1].value]
    s = b.atom(b.value(e.arguments[0]))
    if ranges and all(r is not None and "/" in r and re.match(_IPV4.replace(r"\z", r"\Z"), r) for r in ranges):
        return _in_constants(b, s, [r or "" for r in ranges])
    if len(e.arguments) == 2 and e.arguments[1].type is ScalarType.DYNAMIC:
        return _in_listed(b, e, s)
    answers = [b.temp(_in_one(b, s, b.atom(b.value(a))), "in") for a in e.arguments[1:]]
    return fn("case", any_of(*(op(a, "=", Text("true")) for a in answers)), Text("true"), any_of(*map(_known, answers)), Text("false"))


def _known(answer: Node) -> Node:
    return fn("isnotnull", answer)


def _in_constants(b: Builder, s: Node, ranges: list[str]) -> Node:
    """A plain address lies in a network; one with a shorter prefix of its own holds the network instead."""
    address = b.temp(_address(b, s), "ip")
    prefix = b.temp(fn("tonumber", fn("replace", s, Text(r"^.*/|\s"), Text(""))), "p")
    wide: list[Node] = []
    for network, _, size in (r.partition("/") for r in ranges):
        shorter = all_of(fn("match", s, Text("/")), op(prefix, "<", number(int(size))))
        wide.append(fn("if", shorter, fn("cidrmatch", s, Text(network)), fn("cidrmatch", Text(f"{network}/{size}"), address)))
    inside = any_of(*(fn("cidrmatch", Text(r), s) for r in ranges))
    plain, other = (fn("if", held, Text("true"), Text("false")) for held in (inside, any_of(*wide)))
    return fn("case", fn("match", s, Text(_PLAIN)), plain, fn("match", s, Text(_IPV4)), other)


def _in_one(b: Builder, s: Node, network: Node) -> Node:
    left, p = masked(b, s)
    right, q = masked(b, network)
    size = b.temp(fn("pow", number(2), op(number(32), "-", fn("min", p, q))), "size")
    same = op(fn("floor", op(left, "/", size)), "=", fn("floor", op(right, "/", size)))
    return fn("if", all_of(fn("isnotnull", left), fn("isnotnull", right)), fn("if", same, Text("true"), Text("false")), NULL)


def _in_listed(b: Builder, e: Call, s: Node) -> Node:
    """Networks in an array that the row holds."""
    from rulec_backends.splunk import dynamics

    j = b.atom(b.value(e.arguments[1]))
    networks = b.temp(fn("if", dynamics.is_array(j), fn("json_array_to_mv", j), NULL), "net")
    each = Each(b, b.temp(fn("mvrange", number(0), fn("coalesce", fn("mvcount", networks), number(0))), "i"))
    one = each.temp(fn("mvindex", networks, each.places), "net")
    address = each.temp(fn("if", fn("match", one, Text(_IPV4)), _address(b, one), Text("0.0.0.0")), "ip")
    total = each.temp(number_of(address), "n")
    prefix = fn("if", fn("match", one, Text("/")), fn("tonumber", fn("replace", one, Text(r"^.*/|\s"), Text(""))), number(32))
    left, p = masked(b, s)
    size = each.temp(fn("pow", number(2), op(number(32), "-", fn("min", p, fn("coalesce", prefix, number(32))))), "size")
    same = op(fn("floor", op(left, "/", size)), "=", fn("floor", op(total, "/", size)))
    answer = fn("if", fn("match", one, Text(_IPV4)), fn("if", same, Text("true"), Text("false")), NULL)
    answers = b.temp(each.every(answer), "in")
    found = fn("case", fn("isnotnull", fn("mvfind", answers, Text("true"))), Text("true"), fn("isnotnull", answers), Text("false"))
    return fn("if", fn("isnotnull", left), found, NULL)


def number_of(address: Node) -> Node:
    """The number of a dotted address."""

    def octet(i: int) -> Node:
        return fn("tonumber", fn("mvindex", fn("split", address, Text(".")), number(i)))

    total = op(op(octet(0), "*", number(16777216)), "+", op(octet(1), "*", number(65536)))
    return op(total, "+", op(op(octet(2), "*", number(256)), "+", octet(3)))


def _dotted(n: Node) -> Node:
    parts = (op(fn("floor", op(n, "/", number(256**i))), "%", number(256)) for i in (3, 2, 1, 0))
    return fn("printf", Text("%d.%d.%d.%d"), *parts)


def _format_ipv4(mask: bool) -> Row:
    """An address as text or number, without its host bits; '' for what is none."""

    def lower(b: Builder, e: Call) -> Node:
        x = e.arguments[0]
        if x.type is ScalarType.STRING:
            n, p = masked(b, b.atom(b.value(x)))
        elif x.type.is_integer:
            value = b.atom(b.value(x))
            n, p = b.temp(fn("if", all_of(op(value, ">=", number(0)), op(value, "<", number(2**32))), value, NULL), "n"), number(32)
        else:
            return b.ctx.refuse(e.span, f"`{e.function}` of a {x.type.value}")
        given: Node = number(32)
        if len(e.arguments) > 1:
            value = b.value(e.arguments[1])
            given = b.atom(fn("coalesce", value, number(32)) if e.arguments[1].nullable else value)
        size = b.temp(fn("min", p, given), "p")
        step = fn("pow", number(2), op(number(32), "-", size))
        low = b.temp(op(fn("floor", op(n, "/", step)), "*", step), "n")
        text = joined(_dotted(low), Text("/"), size) if mask else _dotted(low)
        fits = all_of(fn("isnotnull", n), op(given, ">=", number(0)), op(given, "<=", number(32)))
        return fn("if", fits, text, Text(""))

    return lower


def _suffix(b: Builder, e: Call) -> Node:
    n, p = masked(b, b.atom(b.value(e.arguments[0])))
    return fn("if", fn("isnotnull", n), p, NULL)


def _parse_ipv4(b: Builder, e: Call) -> Node:
    s = b.atom(b.value(e.arguments[0]))

    def octet(i: int) -> Node:
        return fn("tonumber", fn("replace", fn("mvindex", fn("split", s, Text(".")), number(i)), Text(r"/.*|\s"), Text("")))

    total = op(op(octet(0), "*", number(16777216)), "+", op(octet(1), "*", number(65536)))
    total = op(total, "+", op(op(octet(2), "*", number(256)), "+", octet(3)))
    size = fn("pow", number(2), op(number(32), "-", fn("tonumber", fn("replace", s, Text(r"^.*/"), Text("")))))
    masked = op(fn("floor", op(total, "/", size)), "*", size)
    return fn("case", fn("match", s, Text(_PLAIN)), total, fn("match", s, Text(_IPV4)), masked)


def _parse_ipv4_mask(b: Builder, e: Call) -> Node:
    n, p = masked(b, b.atom(b.value(e.arguments[0])))
    given = b.atom(b.value(e.arguments[1]))
    size = _block(b, [p, given])
    fits = all_of(op(given, ">=", number(0)), op(given, "<=", number(32)))
    return fn("if", fits, op(fn("floor", op(n, "/", size)), "*", size), NULL)


def masked(b: Builder, s: Node) -> tuple[Node, Node]:
    """The number of an IPv4 address, null for anything else, and its prefix (32 when there is none)."""
    if isinstance(s, Text):
        return _constant(s.value)
    address = b.temp(_address(b, s), "ip")
    total = number_of(address)
    prefix = fn("if", fn("match", s, Text("/")), fn("tonumber", fn("replace", s, Text(r"^.*/|\s"), Text(""))), number(32))
    return b.temp(fn("if", fn("match", s, Text(_IPV4)), total, NULL), "n"), b.temp(prefix, "p")


def _constant(text: str) -> tuple[Node, Node]:
    """What `masked` gives, of a text that is known."""
    if not re.match(_IPV4.replace(r"\z", r"\Z"), text):
        return NULL, number(32)
    address, _, prefix = "".join(text.split()).partition("/")
    total = sum(int(octet) * 256**place for place, octet in enumerate(reversed(address.split("."))))
    return number(total), number(int(prefix) if prefix else 32)


def _block(b: Builder, prefixes: list[Node]) -> Node:
    """How many addresses a network of the shortest of the prefixes has."""
    known = min((int(p.text) for p in prefixes if isinstance(p, Number)), default=32)
    rest = [p for p in prefixes if not isinstance(p, Number)]
    if not rest:
        return number(2 ** (32 - known)) if 0 <= known <= 32 else NULL
    shortest = Fn("min", (*rest, number(known))) if known != 32 or len(rest) > 1 else rest[0]
    return b.temp(fn("pow", number(2), op(number(32), "-", shortest)), "size")


def _cut(b: Builder, n: Node, size: Node) -> Node:
    """The number of a network in which an address lies."""
    if isinstance(n, Number) and isinstance(size, Number):
        return number(int(n.text) // int(size.text))
    return b.temp(fn("floor", op(n, "/", size)), "net")


def _compared(b: Builder, e: Call) -> tuple[Node, Node]:
    """Both addresses cut to the shortest prefix."""
    left, p = masked(b, b.atom(b.value(e.arguments[0])))
    right, q = masked(b, b.atom(b.value(e.arguments[1])))
    extra = [b.value(e.arguments[2])] if len(e.arguments) > 2 else []
    size = _block(b, [p, q, *extra])
    return _cut(b, left, size), _cut(b, right, size)


def _is_match(same: bool) -> Lowering:
    def lower(b: Builder, e: Call) -> Node:
        left, right = _compared(b, e)
        return op(left, "=" if same else "!=", right)

    return lower


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


PREDICATES: dict[str, Predicate] = {
    "ipv4_is_private": Predicate(_is_private(True), _is_private(False)),
    "ipv4_is_match": Predicate(_is_match(True), _is_match(False)),
}
FUNCTIONS: dict[str, Row] = {
    "ipv4_is_in_range": _in_range,
    "ipv4_is_in_any_range": _in_range,
    "parse_ipv4": _parse_ipv4,
    "parse_ipv4_mask": _parse_ipv4_mask,
    "format_ipv4": _format_ipv4(False),
    "format_ipv4_mask": _format_ipv4(True),
    "ipv4_netmask_suffix": _suffix,
    "ipv4_compare": _compare,
    "has_ipv4": _has_ip(False),
    "has_any_ipv4": _has_ip(False),
    "has_ipv4_prefix": _has_ip(True),
    "has_any_ipv4_prefix": _has_ip(True),
}
