"""IPv6 addresses, and IPv4 ones among them, as texts of 32 hexadecimal digits.

Source: Learn's function pages; RFC 4291, 2.2 (the forms of an address).
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address

from rulec.ir.exprs import Call, Expr, Literal
from rulec_backends.splunk.functions.network import DOTTED, number_of
from rulec_backends.splunk.functions.rows import Predicate, Row
from rulec_backends.splunk.functions.text_tests import constant
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Fn, Node, Number, Text, all_of, any_of, fn, joined, number, op

_MARK = Text("=")
_DIGITS = Text("0123456789abcdef")
_BITS = 128
#: The bits before an IPv4 address.
_MAPPED = 96
_GROUPS = Text(r"^[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}\z")
_PREFIX = Text(r"/(?:12[0-8]|1[01]\d|0*\d?\d)\s*\z")


def _address(b: Builder, e: Expr) -> tuple[Node, Node]:
    """The digits, null for what is no address, and the length of the prefix."""
    text = constant(e)
    if text is not None:
        return _constant(text)
    s = b.temp(fn("replace", b.value(e), Text(r"^\s*::(?=\d+\.)"), Text("")), "ip")  # `::1.2.3.4` is the IPv4 address
    bare = fn("lower", fn("replace", s, Text(r"^\s+|[/%].*|\s+\z"), Text("")))
    a = b.temp(fn("replace", bare, Text(rf"^(?={DOTTED}\z)"), Text("::ffff:")), "ip")
    n = number_of(fn("replace", a, Text("^.*:"), Text("")))
    tail = fn("printf", Text("%x:%x"), fn("floor", op(n, "/", number(65536))), op(n, "%", number(65536)))
    dotted = fn("match", a, Text(rf":{DOTTED}\z"))
    a = b.temp(fn("if", dotted, joined(fn("replace", a, Text("[^:]*\\z"), Text("")), tail), a), "ip")
    groups = b.temp(fn("split", _unfolded(b, a), Text(":")), "g")
    four = fn("match", s, Text(rf"^\s*{DOTTED}(?:/|\s*\z)"))
    size = fn("tonumber", fn("replace", s, Text(r"^.*/|\s"), Text("")))
    given = op(size, "+", fn("if", four, number(_MAPPED), number(0)))
    prefix = b.temp(fn("case", Fn("match", (s, Text("/"))), fn("if", fn("match", s, _PREFIX), given, NULL), fn("true"), number(_BITS)), "p")
    digits = fn("mvjoin", fn("mvmap", groups, fn("substr", joined(Text("000"), groups), Number("-4"))), Text(""))
    return b.temp(fn("if", op(prefix, "<=", number(_BITS)), digits, NULL), "hex"), prefix


def _unfolded(b: Builder, a: Node) -> Node:
    """The eight groups, `::` replaced by those of zero that it stands for; null for what has other groups."""
    left, right = (fn("replace", a, Text(p), Text("")) for p in ("::.*", "^.*::"))
    sizes = [
        fn("if", op(joined(_MARK, side), "=", _MARK), number(0), fn("mvcount", fn("split", side, Text(":")))) for side in (left, right)
    ]
    zeros = b.temp(op(number(8), "-", op(sizes[0], "+", sizes[1])), "n")
    filled = joined(left, fn("substr", Text(":0" * 8), number(1), op(number(2), "*", zeros)), Text(":"), right)
    once = all_of(op(zeros, ">", number(0)), fn("match", a, Text(r"^(?!.*::.*::)(?!.*:::).*::")))
    whole = b.temp(fn("if", once, fn("replace", filled, Text(r"^:|:\z"), Text("")), a), "ip")
    return fn("if", fn("match", whole, _GROUPS), whole, NULL)


def _constant(text: str) -> tuple[Node, Node]:
    address, slash, suffix = re.sub(r"^::(?=\d+\.)", "", text.strip()).partition("/")
    four = "." in address and ":" not in address
    try:
        digits = f"{int(IPv6Address(f'::ffff:{address}' if four else address.partition('%')[0])):032x}"
    except (AddressValueError, ValueError):
        return NULL, number(_BITS)
    size = int(suffix) + _MAPPED * four if suffix.isdigit() else _BITS if not slash else _BITS + 1
    return (Text(digits), number(size)) if size <= _BITS else (NULL, number(_BITS))


def _shortest(b: Builder, sizes: list[Node]) -> Node:
    known = min((int(s.text) for s in sizes if isinstance(s, Number)), default=_BITS)
    rest = [s for s in sizes if not isinstance(s, Number)]
    return b.temp(Fn("min", (*rest, number(known))), "p") if rest else number(known)


def _cut(digits: Node, size: Node) -> Node:
    """The digits of the first bits; of the last digit only its bits."""
    if isinstance(size, Number) and int(size.text) == _BITS:
        return digits
    rest = op(size, "%", number(4))
    step = fn("pow", number(2), op(number(4), "-", rest))
    whole = fn("floor", op(size, "/", number(4)))
    last = fn("tonumber", fn("substr", digits, op(whole, "+", number(1)), number(1)), number(16))
    masked = fn("substr", _DIGITS, op(number(1), "+", op(fn("floor", op(last, "/", step)), "*", step)), number(1))
    head = fn("if", op(whole, ">", number(0)), fn("substr", digits, number(1), whole), Text(""))
    return fn("if", fn("isnull", digits), NULL, joined(head, fn("if", op(rest, ">", number(0)), masked, Text(""))))


def _compared(b: Builder, first: Expr, second: Expr, more: tuple[Expr, ...] = ()) -> tuple[Node, Node]:
    """Both addresses cut to the shortest prefix, as texts in their order."""
    (left, p), (right, q) = _address(b, first), _address(b, second)
    size = _shortest(b, [p, q, *(b.value(e) for e in more)])
    sides = [b.temp(joined(_MARK, _cut(digits, size)), "ip") if digits != NULL else NULL for digits in (left, right)]
    if more and not isinstance(more[0], Literal):
        sides = [fn("if", all_of(op(size, ">=", number(0)), fn("isnotnull", b.value(more[0]))), side, NULL) for side in sides]
    return sides[0], sides[1]


def _compare(b: Builder, e: Call) -> Node:
    left, right = _compared(b, e.arguments[0], e.arguments[1], e.arguments[2:])
    return fn("case", op(left, "=", right), number(0), op(left, "<", right), Number("-1"), op(left, ">", right), number(1))


def _is_match(b: Builder, e: Call) -> Node:
    left, right = _compared(b, e.arguments[0], e.arguments[1], e.arguments[2:])
    return op(left, "=", right)


def _differs(b: Builder, e: Call) -> Node:
    left, right = _compared(b, e.arguments[0], e.arguments[1], e.arguments[2:])
    return op(left, "!=", right)


def _ranges(b: Builder, e: Call) -> list[tuple[Node, Node]]:
    """The address beside each network, which are arguments or a constant array."""
    networks = list(e.arguments[1:])
    if len(networks) == 1 and isinstance(networks[0], Literal) and isinstance(networks[0].value, list):
        networks = [Literal(v, e.arguments[0].type, e.span) for v in networks[0].value if isinstance(v, str)]
    if any(n.type is not e.arguments[0].type for n in networks):
        b.ctx.refuse(e.span, f"`{e.function}` with networks that the row gives as an array")
        return []
    return [_compared(b, e.arguments[0], network) for network in networks]


def _in_any(b: Builder, e: Call) -> Node:
    return any_of(*(op(left, "=", right) for left, right in _ranges(b, e)))


def _in_none(b: Builder, e: Call) -> Node:
    """Networks that are none do not count, unless all are none."""
    pairs = _ranges(b, e)
    known = any_of(*(op(left, "!=", right) for left, right in pairs))
    return all_of(known, *(fn("coalesce", op(left, "!=", right), fn("true")) for left, right in pairs)) if len(pairs) > 1 else known


def _parsed(b: Builder, e: Call) -> Node:
    """All eight groups of four digits, without host bits; '' for what is no address."""
    digits, prefix = _address(b, e.arguments[0])
    sizes = [prefix, *(b.value(a) for a in e.arguments[1:])]
    size = _shortest(b, sizes)
    filled = fn("substr", joined(_cut(digits, size), Text("0" * 32)), number(1), number(32))
    found = fn("replace", filled, Text("(.{4})(?=.)"), Text(r"\1:"))
    given = sizes[-1]
    in_range = all_of(op(given, ">=", number(0)), op(given, "<=", number(_BITS)))
    return fn("coalesce", fn("if", in_range, found, NULL) if len(sizes) > 1 else found, Text(""))


PREDICATES: dict[str, Predicate] = {
    "ipv6_is_match": Predicate(_is_match, _differs),
    "ipv6_is_in_range": Predicate(_is_match, _differs),
    "ipv6_is_in_any_range": Predicate(_in_any, _in_none),
}
FUNCTIONS: dict[str, Row] = {"ipv6_compare": _compare, "parse_ipv6": _parsed, "parse_ipv6_mask": _parsed}
