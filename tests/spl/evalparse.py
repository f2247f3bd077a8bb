"""The grammar of eval expressions.

Source: Search Reference, eval, "Syntax" and "Usage" (operators, field names, quotation marks); Search Manual, "Boolean expressions": in
eval and
where NOT binds before AND before OR before XOR. `.` stands with + and -.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from tests.spl.errors import SplError
from tests.spl.lexer import end_of_string, unescape
from tests.spl.values import Num, Single, parse_number


@dataclass(frozen=True, slots=True)
class Lit:
    """A number or a quoted string."""

    value: Single


@dataclass(frozen=True, slots=True)
class Ref:
    """A field."""

    name: str


@dataclass(frozen=True, slots=True)
class Unary:
    op: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary:
    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Expr, ...]


Expr: TypeAlias = "Lit | Ref | Unary | Binary | Call"

_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MARKS = ("<=", ">=", "!=", "==", "<", ">", "=", "(", ")", ",", "+", "-", "*", "/", "%", ".", "{", "}", "!")


def scan(text: str) -> list[tuple[str, str]]:
    """Pairs of kind (num, str, field, name, mark) and value."""
    out: list[tuple[str, str]] = []
    i = 0
    while i < len(text):
        space = _SPACE.match(text, i)
        if space:
            i = space.end()
            continue
        kind, value, i = _scan_one(text, i, out)
        out.append((kind, value))
    return out


def _scan_one(text: str, i: int, before: list[tuple[str, str]]) -> tuple[str, str, int]:
    if text[i] == '"':
        end = end_of_string(text, i)
        return "str", unescape(text[i + 1 : end - 1]), end
    if text[i] == "'":
        end = text.find("'", i + 1)
        if end < 0:
            raise SplError("unbalanced single quotes")
        return "field", text[i + 1 : end], end + 1
    number = _NUMBER.match(text, i)
    if number and not (text[i] == "." and before and before[-1] != ("mark", "(")):
        end = number.end()
        name = _NAME.match(text, end)
        if name:
            raise SplError(f"a name that starts with a digit needs single quotes: {text[i : name.end()]}")
        return "num", number.group(), end
    name = _NAME.match(text, i)
    if name:
        return "name", name.group(), name.end()
    for mark in _MARKS:
        if text.startswith(mark, i):
            return "mark", mark, i + len(mark)
    raise SplError(f"unexpected {text[i]!r} in an expression")


_COMPARISONS = frozenset({"=", "==", "!=", "<", "<=", ">", ">="})


class Parser:
    """Reads one expression, or the assignments of an eval command."""

    def __init__(self, text: str) -> None:
        self.items = scan(text)
        self.at = 0

    def peek(self) -> tuple[str, str]:
        return self.items[self.at] if self.at < len(self.items) else ("end", "")

    def next(self) -> tuple[str, str]:
        item = self.peek()
        self.at += 1
        return item

    def mark(self, value: str) -> bool:
        if self.peek() == ("mark", value):
            self.at += 1
            return True
        return False

    def need(self, value: str) -> None:
        if not self.mark(value):
            raise SplError(f"expected {value!r}, found {self.peek()[1]!r}")

    def word(self, value: str) -> bool:
        kind, text = self.peek()
        if kind == "name" and text.upper() == value:
            self.at += 1
            return True
        return False

    def expression(self) -> Expr:
        return self._chain(("XOR", "OR", "AND"), 0)

    def _chain(self, words: tuple[str, ...], level: int) -> Expr:
        if level == len(words):
            return self._not()
        left = self._chain(words, level + 1)
        while self.word(words[level]):
            left = Binary(words[level], left, self._chain(words, level + 1))
        return left

    def _not(self) -> Expr:
        if self.word("NOT") or self.mark("!"):
            return Unary("NOT", self._not())
        return self._comparison()

    def _comparison(self) -> Expr:
        left = self._sum()
        kind, text = self.peek()
        if kind == "mark" and text in _COMPARISONS:
            self.at += 1
            return Binary("=" if text == "==" else text, left, self._sum())
        if self.word("LIKE"):
            return Call("like", (left, self._sum()))
        if self.word("IN"):
            self.need("(")
            return Call("in", (left, *self._arguments()))
        return left

    def _sum(self) -> Expr:
        left = self._product()
        while self.peek() in (("mark", "+"), ("mark", "-"), ("mark", ".")):
            left = Binary(self.next()[1], left, self._product())
        return left

    def _product(self) -> Expr:
        left = self._unary()
        while self.peek() in (("mark", "*"), ("mark", "/"), ("mark", "%")):
            left = Binary(self.next()[1], left, self._unary())
        return left

    def _unary(self) -> Expr:
        if self.mark("-"):
            operand = self._unary()
            if isinstance(operand, Lit) and isinstance(operand.value, Num):
                text = operand.value.text
                return Lit(Num(-operand.value.value, operand.value.places, None if text is None else "-" + text))
            return Unary("-", operand)
        if self.mark("+"):
            return self._unary()
        return self._primary()

    def _primary(self) -> Expr:
        kind, text = self.next()
        match kind:
            case "num":
                number = parse_number(text.rstrip("."))
                written = number is None or ("e" not in text.lower() and abs(number.value) < 2**53)
                return Lit(number if written or number is None else Num(number.value))
            case "str":
                return Lit(text)
            case "field":
                return Ref(text)
            case "name" if self.peek() == ("mark", "("):
                self.at += 1
                return Call(text.lower(), self._arguments())
            case "name":
                if text.upper() in ("AND", "OR", "NOT", "XOR"):
                    raise SplError(f"misplaced {text}")
                return Ref(text)
            case "mark" if text == "(":
                inner = self.expression()
                self.need(")")
                return inner
        raise SplError(f"unexpected {text!r} in an expression")

    def _arguments(self) -> tuple[Expr, ...]:
        if self.mark(")"):
            return ()
        found = [self.expression()]
        while self.mark(","):
            found.append(self.expression())
        self.need(")")
        return tuple(found)

    def done(self) -> None:
        if self.at < len(self.items):
            raise SplError(f"unexpected {self.peek()[1]!r} after an expression")


@lru_cache(maxsize=4096)
def parse(text: str) -> Expr:
    """One expression.

    Raises:
        SplError: it is malformed.
    """
    parser = Parser(text)
    found = parser.expression()
    parser.done()
    return found


@dataclass(frozen=True, slots=True)
class Assign:
    """`target = value`; a field's name in braces in the target stands for the field's value (`{f}=…`, `v_{f}=…`) if it is `dynamic`."""

    target: str
    dynamic: bool
    value: Expr


#: Marks that a name on the left may have without quotes (`low-user`, `mv*`, `v_{f}`), but no dot.
_LEFT = frozenset("-*{}")


def _target(parser: Parser) -> tuple[str, bool]:
    """The name before `=`, and whether quotes were around it."""
    kind, name = parser.peek()
    if kind in ("field", "str"):
        parser.next()
        return name, True
    name = ""
    while parser.peek()[0] == "name" or (parser.peek()[0] == "mark" and parser.peek()[1] in _LEFT):
        name += parser.next()[1]
    if not re.fullmatch(r"[A-Za-z_{][\w*{}-]*", name):
        raise SplError("eval expects a field name before =")
    return name, False


@lru_cache(maxsize=4096)
def parse_assignments(text: str) -> tuple[Assign, ...]:
    """The assignments of an eval command, in order."""
    parser = Parser(text)
    found: list[Assign] = []
    while True:
        name, quoted = _target(parser)
        parser.need("=")
        found.append(Assign(name, not quoted and "{" in name, parser.expression()))
        if not parser.mark(","):
            break
    parser.done()
    return tuple(found)
