"""Search expressions: the search command, and conditions in its language.

Source: Search Reference, search ("Comparison expressions", "CIDR matching", "Quotes and escaping characters", "Search with TERM",
"CASE"); Search
Manual, "Boolean expressions" (search binds NOT, then OR, then AND), "Difference between NOT and !=", "Use the IN operator".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from tests.spl import pcre
from tests.spl.errors import Refused, SplError
from tests.spl.functions_text import cidr
from tests.spl.lexer import Token, tokens
from tests.spl.timefmt import time_modifier
from tests.spl.values import Field, Row, field_texts, parse_number


@dataclass(frozen=True, slots=True)
class Compare:
    """`field op value`; `values` has several for IN; `exact` for CASE()."""

    field: str
    op: str
    values: tuple[str, ...]
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase of the raw text; `exact` for CASE(), `whole` for TERM()."""

    text: str
    exact: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    operand: Node


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any_:
    parts: tuple[Node, ...]


Node: TypeAlias = "Compare | Term | Not | All | Any_"

_OPS = ("=", "==", "!=", "<", "<=", ">", ">=")


class Parser:
    """Reads a search expression; `subsearch` gives the text of a bracketed search."""

    def __init__(self, items: list[Token]) -> None:
        self.items = items
        self.at = 0

    def peek(self, ahead: int = 0) -> Token | None:
        return self.items[self.at + ahead] if self.at + ahead < len(self.items) else None

    def word(self, text: str) -> bool:
        token = self.peek()
        if token is not None and token.kind == "word" and token.text == text:
            self.at += 1
            return True
        return False

    def conjunction(self) -> Node:
        parts = [self.disjunction()]
        while (token := self.peek()) is not None and token.kind != ")":
            self.word("AND")
            parts.append(self.disjunction())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def disjunction(self) -> Node:
        parts = [self.negation()]
        while self.word("OR"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else Any_(tuple(parts))

    def negation(self) -> Node:
        if self.word("NOT"):
            return Not(self.negation())
        return self.primary()

    def primary(self) -> Node:
        token = self.peek()
        if token is None:
            raise SplError("a search term is missing")
        self.at += 1
        if token.kind == "(":
            following = self.peek()
            if following is not None and following.kind == ")":
                self.at += 1
                return All(())
            inner = self.conjunction()
            self.close()
            return inner
        if not token.is_name:
            raise SplError(f"unexpected {token.text!r} in a search")
        following = self.peek()
        if following is not None and following.kind in _OPS:
            self.at += 1
            return self.comparison(token.text, "=" if following.kind == "==" else following.kind)
        if (
            following is not None
            and following.kind == "word"
            and following.text.upper() == "IN"
            and (after := self.peek(1))
            and after.kind == "("
        ):
            self.at += 1
            return Compare(token.text, "=", self.list())
        if token.kind == "word" and token.text in ("TERM", "CASE") and following is not None and following.kind == "(" and following.glued:
            return Term(self.list()[0], exact=token.text == "CASE", whole=True)
        return Term(token.text)

    def comparison(self, field: str, op: str) -> Node:
        token = self.peek()
        if token is None or not token.is_name:
            raise SplError(f"a value is missing after {field}{op}")
        self.at += 1
        following = self.peek()
        if token.kind == "word" and token.text in ("TERM", "CASE") and following is not None and following.kind == "(" and following.glued:
            return Compare(field, op, self.list(), exact=token.text == "CASE")
        return Compare(field, op, (token.text,))

    def list(self) -> tuple[str, ...]:
        self.at += 1
        found: list[str] = []
        while (token := self.peek()) is not None and token.kind != ")":
            if token.is_name:
                found.append(token.text)
            elif token.kind != ",":
                raise SplError("unexpected piece of a list")
            self.at += 1
        self.close()
        return tuple(found)

    def close(self) -> None:
        token = self.peek()
        if token is None or token.kind != ")":
            raise SplError("unbalanced parentheses")
        self.at += 1


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """The tree of a search expression without subsearches.

    Raises:
        SplError: it is malformed.
    """
    items = tokens(text)
    if not items:
        return All(())
    parser = Parser(items)
    found = parser.conjunction()
    if parser.at < len(items):
        raise SplError("unbalanced parentheses")
    return found


TIME_FIELDS = ("earliest", "latest", "_index_earliest", "_index_latest", "starttime", "endtime")


def matches(node: Node, row: Row, now: float) -> bool:
    """Whether an event matches."""
    match node:
        case All(parts):
            return all(matches(p, row, now) for p in parts)
        case Any_(parts):
            return any(matches(p, row, now) for p in parts)
        case Not(operand):
            return not matches(operand, row, now)
        case Term():
            return _raw(node, row)
        case Compare():
            return _compare(node, row, now)
    raise Refused("search node")


def _compare(node: Compare, row: Row, now: float) -> bool:
    if node.field.lower() in TIME_FIELDS and node.op == "=":
        return _time(node, row, now)
    stored = row.get(node.field)
    if node.op == "!=":
        return stored is not None and not any(_equal(t, v, node.exact) for t in field_texts(stored) for v in node.values)
    if node.op == "=":
        if node.values == ("*",):
            return stored is not None
        return any(_equal(t, v, node.exact) for t in field_texts(stored) for v in node.values)
    return any(_ordered(node.op, t, node.values[0]) for t in field_texts(stored))


def _time(node: Compare, row: Row, now: float) -> bool:
    stored: Field | None = row.get("_indextime" if "index" in node.field else "_time")
    if stored is None:
        return True
    when = float(field_texts(stored)[0])
    bound = time_modifier(node.values[0], now)
    return when >= bound if node.field.lower() in ("earliest", "_index_earliest", "starttime") else when < bound


_CIDR = re.compile(r"[0-9A-Fa-f:.]+/\d{1,3}\Z")


def _equal(stored: str, value: str, exact: bool) -> bool:
    """Text equality without case, `*` as a wildcard, a network as a CIDR test."""
    if _CIDR.match(value):
        try:
            ipaddress.ip_network(value, strict=False)
        except ValueError:
            pass
        else:
            return cidr(value, stored) or stored == value
    return pcre.wildcard_regex(value, not exact).fullmatch(stored) is not None


_ORDER: dict[str, Callable[[float | str, float | str], bool]] = {
    "<": lambda a, b: a < b,  # type: ignore[operator]
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
    ">": lambda a, b: a > b,  # type: ignore[operator]
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
}


def _ordered(op: str, stored: str, value: str) -> bool:
    a, b = parse_number(stored), parse_number(value)
    if a is not None and b is not None:
        return _ORDER[op](a.value, b.value)
    return _ORDER[op](stored, value)


#: Major breakers end a token; minor breakers end smaller ones (segmenters.conf).
_MAJOR = r"\s\[\]<>(){}|!;,'\"*&?+"
_BREAK = rf"[{_MAJOR}/:=@.\-$#%\\_]"


def _raw(node: Term, row: Row) -> bool:
    raw = "\n".join(field_texts(row.get("_raw")))
    if node.text == "*":
        return True
    body = ".*?".join(re.escape(p) for p in node.text.split("*"))
    edge = rf"[{_MAJOR}]" if node.whole else _BREAK
    left = "" if re.match(_BREAK, node.text[:1] or " ") else rf"(?:^|(?<={edge}))"
    right = "" if re.match(_BREAK, node.text[-1:] or " ") else rf"(?:$|(?={edge}))"
    left = "" if node.text.startswith("*") else left
    right = "" if node.text.endswith("*") else right
    return re.search(f"{left}{body}{right}", raw, re.DOTALL | (0 if node.exact else re.IGNORECASE)) is not None
