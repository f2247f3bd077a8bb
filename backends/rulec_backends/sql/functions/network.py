"""IPv4 addresses as numbers. An address is four octets of one to three digits, with an optional prefix length.

Source: Learn, "IPv4 functions"; kql.md section 9.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.functions.dynamic import items
from rulec_backends.sql.functions.strings import text_of
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.ranges import nullable
from rulec_backends.sql.trees import Tree

_LONG: Final = ScalarType.LONG
_OCTET: Final = r"(25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])"
_ADDRESS: Final = rf"^\s*{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}(?:/(3[0-2]|[0-2]?[0-9]))?\s*$"
_PRIVATE: Final = (("10.0.0.0", 8), ("172.16.0.0", 12), ("192.168.0.0", 16))


def constant_address(text: str) -> tuple[int, int] | None:
    """The number and the prefix length of an address."""
    import re

    found = re.match(_ADDRESS.replace("$", r"\Z"), text)
    if found is None:
        return None
    a, b, c, d = (int(g) for g in found.groups()[:4])
    return (a << 24) | (b << 16) | (c << 8) | d, int(found.group(5) or 32)


def number(row: Row, s: Tree) -> Tree:
    """The address as a number, null when it is none. `s` is said several times."""
    if t.is_text(s):
        known = constant_address(str(s.value))
        return t.num(known[0]) if known else t.cast(t.null(), "BIGINT")
    octets = [t.try_cast(row.d.regex_group(s, _ADDRESS, g), "BIGINT") for g in (1, 2, 3, 4)]
    total: Tree = octets[3]
    for octet, weight in zip(octets[:3], (2**24, 2**16, 2**8), strict=True):
        total = t.add(t.mul(octet, t.num(weight)), total)
    return total


def prefix(row: Row, s: Tree) -> Tree:
    """The prefix length of an address, 32 when it has none, null when it is no address."""
    if t.is_text(s):
        known = constant_address(str(s.value))
        return t.num(known[1]) if known else t.cast(t.null(), "BIGINT")
    length = t.try_cast(row.d.regex_group(s, _ADDRESS, 5), "BIGINT")
    return t.when(row.d.regex_test(s, _ADDRESS), t.coalesce(length, t.num(32)))


def power(row: Row, bits: Tree) -> Tree:
    known = t.integer(bits)
    return t.num(2**known) if known is not None and known >= 0 else t.cast(t.call("pow", t.num(2), bits), "BIGINT")


def block(row: Row, address: Tree, length: Tree) -> Tree:
    """The number of the block of the given prefix length that the address is in."""
    bits = t.sub(t.num(32), length)
    size = power(row, bits)
    return address if t.integer(size) == 1 else row.d.int_div(address, size)


def _once_text(row: Row, expr: Expr, tree: Tree) -> Tree:
    tree = text_of(row, expr, tree)
    return tree if t.is_text(tree) else row.once(tree)


def _shared_prefix(row: Row, sides: Sequence[Tree], extra: Tree | None) -> Tree:
    lengths = [prefix(row, s) for s in sides] + ([extra] if extra is not None else [])
    known = [n for n in (t.integer(x) for x in lengths) if n is not None]
    others = [x for x in lengths if t.integer(x) is None]
    if not others:
        return t.num(min(known))
    parts = others + ([t.num(min(known))] if known and min(known) < 32 else [])
    return parts[0] if len(parts) == 1 else t.call("least", *parts)


def _blocks(row: Row, call: Call, trees: Sequence[Tree]) -> tuple[Tree, Tree]:
    """Both addresses cut to the smallest of the given prefixes; null when one is no address."""
    a, b = (_once_text(row, e, x) for e, x in zip(call.arguments[:2], trees[:2], strict=True))
    length = _shared_prefix(row, (a, b), trees[2] if len(trees) > 2 else None)
    if not t.is_simple(length):
        length = row.once(length)
    x, y = row.once(number(row, a)), row.once(number(row, b))
    return row.once(block(row, x, length)), row.once(block(row, y, length))


def _is_match(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    x, y = _blocks(row, call, trees)
    return t.eq(x, y)


def _compare(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    x, y = _blocks(row, call, trees)
    return t.case([(t.lt(x, y), t.num(-1)), (t.eq(x, y), t.num(0)), (t.gt(x, y), t.num(1))])


def within(row: Row, address: Tree, s: Tree) -> Tree:
    """Whether the address (a number) is in the range `s`; null when that is none."""
    if t.is_text(s):
        known = constant_address(str(s.value))
        if known is None:
            return t.cast(t.null(), "BOOLEAN")
        start = known[0] >> (32 - known[1]) << (32 - known[1])
        if known[1] == 32:
            return t.eq(address, t.num(start))
        return t.between(address, t.num(start), t.num(start + 2 ** (32 - known[1]) - 1))

    def compared(size: Tree) -> Tree:
        return t.eq(row.d.int_div(address, size), row.d.int_div(number(row, s), size))

    return row.bind(power(row, t.sub(t.num(32), nodes.Paren(prefix(row, s)))), compared)


def _is_in_range(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    ip, s = (_once_text(row, e, x) for e, x in zip(call.arguments, trees, strict=True))
    return within(row, row.once(number(row, ip)), s)


def _is_in_any_range(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Null when the address is none, or no range is one."""
    ip = row.once(number(row, _once_text(row, call.arguments[0], trees[0])))
    ranges = _listed(call.arguments[1:])
    if ranges is None and any(a.type is ScalarType.DYNAMIC for a in call.arguments[1:]):
        return _in_listed_range(row, ip, trees[1:])
    if ranges is None:
        texts = [_once_text(row, e, x) for e, x in zip(call.arguments[1:], trees[1:], strict=True)]
        return first_true(ip, [row.once(within(row, ip, s)) for s in texts])
    tests = [within(row, ip, t.text(r)) for r in ranges if constant_address(r) is not None]
    return t.or_(*tests) if tests else row.d.literal(None, ScalarType.BOOL)


def first_true(ip: Tree, tests: Sequence[Tree]) -> Tree:
    """Whether one of several tests holds; null when none has an answer."""
    every = t.case([(t.or_(*(t.coalesce(x, t.false()) for x in tests)), t.true()), (t.or_(*(t.is_not_null(x) for x in tests)), t.false())])
    return t.when(t.is_not_null(ip), every)


def _in_listed_range(row: Row, ip: Tree, arrays: Sequence[Tree]) -> Tree:
    """Over an array known at run time."""
    if len(arrays) != 1:
        raise Refusal("`ipv4_is_in_any_range` takes one array, or several texts")

    def test(item: Tree) -> Tree:
        return row.bind(row.d.json_as(row, item, ScalarType.STRING), lambda s: within(row, ip, s))

    answers = row.once(row.d.list_map(row, items(row, arrays[0]), test))
    found = [(row.d.list_contains(answers, value), value) for value in (t.true(), t.false())]
    return t.when(t.is_not_null(ip), t.case(found))


def _listed(exprs: Sequence[Expr]) -> list[str] | None:
    """The texts of constant arguments; None when one is no constant."""
    found: list[str] = []
    for expr in exprs:
        if not isinstance(expr, Literal):
            return None
        values = expr.value if isinstance(expr.value, list) else [expr.value]
        found += [str(v) for v in values]
    return found


def _is_private(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    ip = row.once(number(row, _once_text(row, call.arguments[0], trees[0])))
    return t.or_(*(within(row, ip, t.text(f"{base}/{length}")) for base, length in _PRIVATE))


def _parse(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """The address's number, cut to its prefix."""
    s = _once_text(row, call.arguments[0], trees[0])
    return _masked(row, row.once(number(row, s)), prefix(row, s))


def _parse_mask(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    s = _once_text(row, call.arguments[0], trees[0])
    length = t.call("least", prefix(row, s), row.once(trees[1]))
    inside = t.between(row.once(trees[1]), t.num(0), t.num(32))
    return t.when(inside, _masked(row, row.once(number(row, s)), length))


def _masked(row: Row, address: Tree, length: Tree) -> Tree:
    size = row.once(power(row, t.sub(t.num(32), row.once(length))))
    return t.mul(row.d.int_div(address, size), size)


def _netmask_suffix(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return prefix(row, _once_text(row, call.arguments[0], trees[0]))


def _format(with_mask: bool) -> FunctionRow:
    """The address cut to the prefix, as text; '' when it is none."""

    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        kind = call.arguments[0].type
        if not kind.is_integer and kind not in (ScalarType.STRING, ScalarType.DYNAMIC):
            raise Refusal(f"`{call.function}` of a {kind.value}")
        if kind.is_integer:
            address, own = row.once(trees[0]), t.num(32)
            valid = t.between(address, t.num(0), t.num(2**32 - 1))
        else:
            s = _once_text(row, call.arguments[0], trees[0])
            address, own, valid = row.once(number(row, s)), prefix(row, s), t.true()
        length = own
        if len(trees) > 1:
            asked = trees[1]
            if with_mask and nullable(row.level, call.arguments[1]):
                asked = t.coalesce(asked, t.num(32))
            asked = row.once(asked)
            valid = t.and_(valid, t.between(asked, t.num(0), t.num(32)))
            length = t.call("least", own, asked)
        length = row.once(length)
        masked = row.once(t.when(valid, _masked(row, address, length)))
        octets = [t.cast(row.d.modulo(row.d.int_div(masked, t.num(w)), t.num(256)), "VARCHAR") for w in (2**24, 2**16, 2**8, 1)]
        parts = [octets[0], t.text("."), octets[1], t.text("."), octets[2], t.text("."), octets[3]]
        if with_mask:
            parts += [t.text("/"), t.cast(length, "VARCHAR")]
        return t.coalesce(t.concat(*parts), t.text(""))

    return row_


def _has(prefix_only: bool) -> Callable[[str], str | None]:
    """The pattern of an address (or the start of one) that stands alone in a text."""

    def pattern(word: str) -> str | None:
        if prefix_only and word.endswith("."):
            parts = word.removesuffix(".").split(".")
            if len(parts) > 3 or not all(p.isdigit() and int(p) < 256 for p in parts):
                return None
            rest = r"\.".join([*parts, *[_OCTET] * (4 - len(parts))])
            return rf"(?:^|[^0-9A-Za-z]){rest}(?:[^0-9A-Za-z]|$)"
        if constant_address(word) is None:
            return None
        body = word.replace(".", r"\.")
        return rf"(?:^|[^0-9A-Za-z]){body}(?:[^0-9A-Za-z]|$)"

    return pattern


def _has_address(prefix_only: bool) -> FunctionRow:
    make = _has(prefix_only)

    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        words = _listed(call.arguments[1:])
        if words is None:
            raise Refusal(f"the addresses of `{call.function}` must be constants")
        patterns = [made for made in (make(w) for w in words) if made is not None]
        text = text_of(row, call.arguments[0], trees[0])
        return row.d.regex_test(text, "|".join(patterns)) if patterns else t.false()

    return row_


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "ipv4_is_match": _is_match,
        "ipv4_compare": _compare,
        "ipv4_is_in_range": _is_in_range,
        "ipv4_is_in_any_range": _is_in_any_range,
        "ipv4_is_private": _is_private,
        "ipv4_netmask_suffix": _netmask_suffix,
        "parse_ipv4": _parse,
        "parse_ipv4_mask": _parse_mask,
        "format_ipv4": _format(False),
        "format_ipv4_mask": _format(True),
        "has_ipv4": _has_address(False),
        "has_any_ipv4": _has_address(False),
        "has_ipv4_prefix": _has_address(True),
        "has_any_ipv4_prefix": _has_address(True),
    }
)
