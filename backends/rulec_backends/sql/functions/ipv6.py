"""IPv6 addresses as texts of 32 hexadecimal digits, which compare as the numbers do. An IPv4 address is the mapped one.

Source: Learn, "IPv6 functions"; kql.md section 9.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv6Address
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.functions import network
from rulec_backends.sql.functions.strings import text_of
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

_H: Final = "[0-9a-fA-F]{1,4}"
_DOTTED: Final = r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"


def _forms() -> str:
    """The eight groups, or fewer with one `::`; the last two may be an IPv4 address."""
    forms = [f"(?:{_H}:){{7}}{_H}", f"(?:{_H}:){{6}}{_DOTTED}"]
    for before in range(8):
        head, after = f"{_H}(?::{_H}){{{before - 1}}}" if before else "", 7 - before
        forms.append(f"{head}::" + (f"(?:{_H}(?::{_H}){{0,{after - 1}}})?" if after else ""))
        if after >= 2:
            forms.append(f"{head}::(?:{_H}:){{0,{after - 2}}}{_DOTTED}")
    return "|".join(forms)


_ADDRESS: Final = rf"^\s*({_forms()})(?:%[^/]*)?(?:/0*(12[0-8]|1[01][0-9]|[0-9]{{1,2}}))?\s*$"
#: `::1.2.3.4` is the IPv4 address, and so is its prefix.
_DOTTED_ONLY: Final = r"^\s*::(?=[0-9]+\.)"
_MAPPED: Final = "0" * 20 + "ffff"
_DIGITS: Final = "0123456789abcdef"
#: A digit of which one, two or three bits are kept.
_KEPT_BITS: Final = ("0000000088888888", "000044448888cccc", "0022446688aaccee")


def _constant(text: str) -> tuple[str, int] | None:
    """Digits and prefix length of an address."""
    text = re.sub(_DOTTED_ONLY, "", text)
    plain = network.constant_address(text)
    if plain is not None:
        return f"{_MAPPED}{plain[0]:08x}", plain[1] + 96
    found = re.match(_ADDRESS.replace("$", r"\Z"), text)
    return None if found is None else (f"{int(IPv6Address(found[1])):032x}", int(found[2] or 128))


def _groups(row: Row, text: Tree) -> Tree:
    """Groups between colons as four digits each; '' of none."""
    parts = row.d.list_filter(row, row.d.split(row, text, t.text(":")), lambda g: t.ne(g, t.text("")))
    return row.d.list_join(row.d.list_map(row, parts, lambda g: t.call("lpad", g, t.num(4), t.text("0"))), t.text(""))


def _octets(row: Row, address: Tree) -> Tree:
    """The address with a dotted end written as two groups."""
    number = row.once(network.number(row, row.once(row.d.regex_group(address, rf"({_DOTTED})$", 1))))
    digits = row.once(row.d.hex_digits(number, 8))
    head = row.d.regex_group(address, rf"^(.*:){_DOTTED}$", 1)
    written = t.concat(head, t.call("substr", digits, t.num(1), t.num(4)), t.text(":"), t.call("substr", digits, t.num(5)))
    return t.when(t.is_not_null(number), written, address)


def _digits(row: Row, s: Tree) -> Tree:
    """The 32 digits of an address, null of what is none. `s` is said several times."""
    if t.is_text(s):
        known = _constant(str(s.value))
        return t.text(known[0]) if known else row.d.literal(None, ScalarType.GUID)
    plain = row.once(network.number(row, s))
    address = row.once(_octets(row, row.once(row.d.regex_group(s, _ADDRESS, 1))))
    parts = row.once(row.d.split(row, address, t.text("::")))
    head = row.once(_groups(row, row.d.list_item(parts, t.num(1))))
    tail = row.once(t.coalesce(_groups(row, row.d.list_item(parts, t.num(2))), t.text("")))
    missing = t.sub(t.sub(t.num(32), t.call("length", head)), t.call("length", tail))
    whole = t.concat(head, t.call("substr", t.text("0" * 32), t.num(1), missing), tail)
    return t.case(
        [
            (t.is_not_null(plain), t.concat(t.text(_MAPPED), row.d.hex_digits(plain, 8))),
            (t.ne(address, t.text("")), t.call("lower", whole)),
        ]
    )


def _prefix(row: Row, s: Tree) -> Tree:
    """The prefix length, 128 when none is written; of what is no address any."""
    if t.is_text(s):
        known = _constant(str(s.value))
        return t.num(known[1] if known else 128)
    own = t.try_cast(row.d.regex_group(s, _ADDRESS, 2), "BIGINT")
    return t.coalesce(t.add(network.prefix(row, s), t.num(96)), own, t.num(128))


def _masked(row: Row, digits: Tree, length: Tree) -> Tree:
    """The digits with all bits behind the prefix as zero."""
    known = t.integer(length)
    if known == 128:
        return digits
    digits = digits if t.is_text(digits) else row.once(digits)
    length = length if known is not None else row.once(length)
    whole, rest = row.d.int_div(length, t.num(4)), row.d.modulo(length, t.num(4))
    digit = t.call("substr", digits, t.add(whole, t.num(1)), t.num(1))
    kept = [(t.eq(rest, t.num(n)), t.call("translate", digit, t.text(_DIGITS), t.text(to))) for n, to in enumerate(_KEPT_BITS, 1)]
    head = t.call("substr", digits, t.num(1), whole)
    return t.call("rpad", t.concat(head, t.case(kept, t.text(""))), t.num(32), t.text("0"))


def _text(row: Row, expr: Expr, tree: Tree) -> Tree:
    tree = text_of(row, expr, tree)
    return tree if t.is_text(tree) else row.once(row.d.regex_replace(tree, r"^\s*::([0-9]+\.)", (1,)))


def _smallest(lengths: Sequence[Tree]) -> Tree:
    known = [n for n in (t.integer(x) for x in lengths) if n is not None]
    others = [x for x in lengths if t.integer(x) is None]
    if not others:
        return t.num(min(known))
    parts = others + ([t.num(min(known))] if known and min(known) < 128 else [])
    return parts[0] if len(parts) == 1 else t.call("least", *parts)


def _sides(row: Row, call: Call, trees: Sequence[Tree]) -> tuple[Tree, Tree, list[Tree]]:
    """Both addresses masked by the smallest prefix, and what a given prefix must meet."""
    a, b = (_text(row, e, x) for e, x in zip(call.arguments[:2], trees[:2], strict=True))
    given = [trees[2] if t.integer(trees[2]) is not None else row.once(trees[2])] if len(trees) > 2 else []
    length = _smallest([_prefix(row, a), _prefix(row, b), *(x for x in given)])
    length = length if t.integer(length) is not None else row.once(length)
    x, y = (row.once(_masked(row, row.once(_digits(row, s)), length)) for s in (a, b))
    return x, y, [t.between(g, t.num(0), t.num(128)) for g in given]


def _is_match(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    x, y, valid = _sides(row, call, trees)
    return t.when(t.and_(*valid), t.eq(x, y)) if valid else t.eq(x, y)


def _compare(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    x, y, valid = _sides(row, call, trees)
    order = t.case([(t.lt(x, y), t.num(-1)), (t.eq(x, y), t.num(0)), (t.gt(x, y), t.num(1))])
    return t.when(t.and_(*valid), order) if valid else order


def _is_in_any_range(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Null when the address is none, or no range is one."""
    ip = _text(row, call.arguments[0], trees[0])
    ranges = call.arguments[1:]
    if len(ranges) == 1 and isinstance(ranges[0], Literal) and isinstance(ranges[0].value, list):
        texts: list[Tree] = [t.text(v) for v in ranges[0].value if isinstance(v, str)]
    elif any(r.type is ScalarType.DYNAMIC for r in ranges):
        raise Refusal("`ipv6_is_in_any_range` over an array that is no constant is not supported")
    else:
        texts = [_text(row, e, x) for e, x in zip(ranges, trees[1:], strict=True)]
    digits, own = row.once(_digits(row, ip)), row.once(_prefix(row, ip))
    tests = [row.once(_within(row, digits, own, s)) for s in texts if not t.is_text(s) or _constant(str(s.value)) is not None]
    return network.first_true(digits, tests) if tests else row.d.literal(None, ScalarType.BOOL)


def _within(row: Row, digits: Tree, own: Tree, s: Tree) -> Tree:
    length = row.once(_smallest([own, _prefix(row, s)]))
    return t.eq(_masked(row, digits, length), _masked(row, _digits(row, s), length))


def _written(row: Row, digits: Tree) -> Tree:
    """Eight groups of four digits; '' of no address."""
    digits = row.once(digits)
    groups = [t.call("substr", digits, t.num(i), t.num(4)) for i in range(1, 33, 4)]
    return t.coalesce(t.concat(groups[0], *(part for group in groups[1:] for part in (t.text(":"), group))), t.text(""))


def _parse(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    s = _text(row, call.arguments[0], trees[0])
    return _written(row, _masked(row, row.once(_digits(row, s)), _prefix(row, s)))


def _parse_mask(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    s, given = _text(row, call.arguments[0], trees[0]), row.once(trees[1])
    masked = _masked(row, row.once(_digits(row, s)), _smallest([_prefix(row, s), given]))
    return _written(row, t.when(t.between(given, t.num(0), t.num(128)), masked))


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "ipv6_compare": _compare,
        "ipv6_is_match": _is_match,
        "ipv6_is_in_range": _is_match,
        "ipv6_is_in_any_range": _is_in_any_range,
        "parse_ipv6": _parse,
        "parse_ipv6_mask": _parse_mask,
    }
)
