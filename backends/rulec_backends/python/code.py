"""Python text with its precedence, and a small statement tree.

An expression is a `Code`: its text and how tightly its outermost operator binds. Everything that puts expressions
together goes through the functions here, so a missing parenthesis cannot happen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Final, TypeAlias

from rulec.records import record

#: How tightly operators bind, loosest first.
LAMBDA, TERNARY, OR, AND, NOT, COMPARE, ADD, MULTIPLY, UNARY, CALL, ATOM = range(11)

#: Longest line of the output that is broken when it can be.
WIDTH: Final = 130


@record(frozen=True, slots=True)
class Code:
    """An expression's text. `constant` marks a literal, `simple` what may be repeated at no cost (a local name or a literal).

    `parts` are the operands of an and/or, `branches` the (condition, value) pairs of a choice, the last with the condition True."""

    text: str
    level: int = ATOM
    constant: bool = False
    simple: bool = False
    parts: tuple[Code, ...] = field(default=(), compare=False, repr=False)
    branches: tuple[tuple[Code, Code], ...] = field(default=(), compare=False, repr=False)

    def at(self, level: int) -> str:
        """The text, in parentheses unless it binds at least as tightly as `level`."""
        return self.text if self.level >= level else f"({self.text})"


NONE: Final = Code("None", constant=True, simple=True)
TRUE: Final = Code("True", constant=True, simple=True)
FALSE: Final = Code("False", constant=True, simple=True)


def name(text: str) -> Code:
    """A local name."""
    return Code(text, ATOM, simple=True)


def literal(value: object) -> Code:
    """A constant of a checked type; never anything whose repr could be code."""
    match value:
        case str():
            return Code(quoted(value), ATOM, True, True)
        case None | bool():
            return Code(repr(value), ATOM, True, True)
        case int():
            return Code(repr(value), ATOM if value >= 0 else UNARY, True, True)
        case float():
            if value != value or value in (float("inf"), float("-inf")):
                return Code(f'float("{value}")', CALL, True, True)
            return Code(repr(value), ATOM if not repr(value).startswith("-") else UNARY, True, True)
        case Decimal():
            return Code(f'Decimal("{value}")', CALL, True, True)
        case list() | tuple():
            inner = ", ".join(literal(v).text for v in value)
            return Code(f"[{inner}]", ATOM, True)
        case dict():
            inner = ", ".join(f"{literal(str(k)).text}: {literal(v).text}" for k, v in value.items())
            return Code(f"{{{inner}}}", ATOM, True)
    raise TypeError(f"no literal for {type(value).__name__}")


def quoted(value: str) -> str:
    """A string literal in double quotes where repr would use single ones without need."""
    text = repr(value)
    if text[0] == "'" and '"' not in text and "\\'" not in text:
        return f'"{text[1:-1]}"'
    return text


def raw(value: str) -> str:
    """A raw string literal for a pattern, or a plain one when a raw one cannot hold it."""
    if value.isprintable() and '"' not in value and not value.endswith("\\"):
        return f'r"{value}"'
    return quoted(value)


def call(function: str, *arguments: Code | str, **named: Code) -> Code:
    """`function(a, b, key=c)`."""
    parts = [a if isinstance(a, str) else a.at(TERNARY) for a in arguments] + [f"{k}={v.at(TERNARY)}" for k, v in named.items()]
    return Code(f"{function}({', '.join(parts)})", CALL)


def method(value: Code, function: str, *arguments: Code | str) -> Code:
    """`value.function(a, b)`."""
    target = value.at(CALL) if not value.text.isdecimal() else f"({value.text})"
    return call(f"{target}.{function}", *arguments)


def binary(operator: str, left: Code, right: Code, level: int) -> Code:
    """`left operator right` for a left-associative operator."""
    return Code(f"{left.at(level)} {operator} {right.at(level + 1)}", level)


def compare(operator: str, left: Code, right: Code) -> Code:
    """`left operator right`; comparisons do not chain."""
    return Code(f"{left.at(COMPARE + 1)} {operator} {right.at(COMPARE + 1)}", COMPARE)


def all_of(parts: Iterable[Code]) -> Code:
    """`a and b and …`; True of none."""
    return _joined(" and ", AND, parts, TRUE, FALSE)


def any_of(parts: Iterable[Code]) -> Code:
    """`a or b or …`; False of none."""
    return _joined(" or ", OR, parts, FALSE, TRUE)


def _joined(operator: str, level: int, parts: Iterable[Code], empty: Code, stop: Code) -> Code:
    kept: dict[str, Code] = {}
    flat = [inner for part in parts for inner in (part.parts if part.level == level and part.parts else (part,))]
    for part in flat:
        if part == stop:
            return stop
        if part != empty:
            kept.setdefault(part.text, part)
    if not kept:
        return empty
    first, *others = kept.values()
    if not others:
        return first
    return Code(operator.join(p.at(level + 1) for p in (first, *others)), level, parts=(first, *others))


_OPPOSITE: Final = {"==": "!=", "!=": "==", "in": "not in", "not in": "in", "is": "is not", "is not": "is"}


def negated(value: Code) -> Code:
    """`not value`, said with the opposite operator where there is exactly one. `<` has none: NaN."""
    if value == TRUE:
        return FALSE
    if value == FALSE:
        return TRUE
    if value.level == NOT and value.text.startswith("not "):
        inner = value.text[4:]
        return Code(inner, COMPARE if not inner.startswith("(") else ATOM)
    if value.level == COMPARE and value.text.count(" ") == 2 and '"' not in value.text.split(" ")[1]:
        left, operator, right = value.text.split(" ")
        if operator in _OPPOSITE:
            return Code(f"{left} {_OPPOSITE[operator]} {right}", COMPARE)
    return Code(f"not {value.at(NOT)}", NOT)


def choice(condition: Code, then: Code, otherwise: Code) -> Code:
    """`then if condition else otherwise`."""
    if condition == TRUE:
        return then
    if condition == FALSE:
        return otherwise
    branches = ((condition, then), *(otherwise.branches or ((TRUE, otherwise),)))
    return Code(f"{then.at(OR)} if {condition.at(OR)} else {otherwise.at(TERNARY)}", TERNARY, branches=branches)


def is_none(value: Code) -> Code:
    return FALSE if value.constant and value != NONE else compare("is", value, NONE)


def is_not_none(value: Code) -> Code:
    return TRUE if value.constant and value != NONE else compare("is not", value, NONE)


def none_if(missing: list[Code], value: Code) -> Code:
    """`None if a is None or b is None else value`."""
    return choice(any_of(is_none(m) for m in missing), NONE, value) if missing else value


def tuple_of(items: Iterable[Code | str]) -> Code:
    """`(a, b)`; a one-element tuple keeps its comma."""
    parts = [i if isinstance(i, str) else i.at(TERNARY) for i in items]
    return Code(f"({', '.join(parts)}{',' if len(parts) == 1 else ''})", ATOM)


Line: TypeAlias = "str | Block"


@dataclass(slots=True)
class Block:
    """A suite of statements; a nested block has a header such as `for x in y:`."""

    header: str = ""
    lines: list[Line] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Appends one statement."""
        self.lines.append(text)

    def open(self, header: str) -> Block:
        """Appends a compound statement and returns its body."""
        inner = Block(header)
        self.lines.append(inner)
        return inner

    def comment(self, text: str) -> None:
        """Appends a comment; nothing in the text can end it."""
        for line in comment_lines(text):
            self.lines.append(f"# {line}".rstrip())

    def printed(self, depth: int = 0) -> list[str]:
        """The text lines, indented; an empty body prints `pass`."""
        lines: list[str] = []
        self._print(lines, depth)
        return lines

    def _print(self, lines: list[str], depth: int) -> None:
        indent = "    " * depth
        if self.header and not any(isinstance(line, Block) or not line.startswith("#") for line in self.lines):
            lines.append(f"{indent}pass")
        for line in self.lines:
            if isinstance(line, Block):
                if line.header:
                    lines.extend(wrapped(line.header, indent))
                line._print(lines, depth + 1)
            elif not line or len(line) + len(indent) <= WIDTH or line[0] == "#":
                lines.append(indent + line if line else "")
            else:
                lines.extend(wrapped(line, indent))


def wrapped(text: str, indent: str) -> Iterator[str]:
    """A statement on one line, or an `if` with and/or parts and a call or display broken at its commas when it is too long."""
    if len(indent) + len(text) <= WIDTH:
        yield indent + text
        return
    for opener, closer, separators in (("if not (", "):", (" and ", " or ")), ("if ", ":", (" and ", " or "))):
        if text.startswith(opener) and text.endswith(closer):
            inner = text[len(opener) : -len(closer)]
            for separator in separators:
                parts = _split_top(inner, separator)
                if len(parts) > 1:
                    yield indent + (opener if opener.endswith("(") else opener + "(")
                    for number, part in enumerate(parts):
                        yield f"{indent}    {separator.strip() + ' ' if number else ''}{part}"
                    yield indent + (closer if closer.startswith(")") else ")" + closer)
                    return
    yield from _broken_brackets(text, indent)


def _broken_brackets(text: str, indent: str) -> Iterator[str]:
    """Breaks the bracket pair that ends the statement, its elements filling lines."""
    end = len(text.rstrip(":"))
    first, last = _matching(text, end - 1) if text[end - 1 : end] in (")", "]", "}") else -1, end - 1
    while first >= 0 and text[first + 1] in "([{" and _matching(text, last - 1) == first + 1:
        first, last = first + 1, last - 1
    parts = _split_top(text[first + 1 : last].removesuffix(","), ", ") if first >= 0 else []
    if len(parts) < 2 or " for " in text[first + 1 : last]:
        yield indent + text
        return
    yield indent + text[: first + 1]
    line = ""
    for part in parts:
        if line and len(indent) + 4 + len(line) + len(part) + 1 > WIDTH:
            yield f"{indent}    {line.rstrip()}"
            line = ""
        line += f"{part}, "
    yield f"{indent}    {line.rstrip()}"
    yield indent + text[last:]


#: What matters when a statement is broken: strings are skipped, brackets and separators count.
_TOKEN: Final = re.compile(r"""(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|[()\[\]{}]|, | and | or """, re.DOTALL)


def _matching(text: str, end: int) -> int:
    """The position of the bracket that `text[end]` closes, or -1."""
    stack: list[int] = []
    for token in _TOKEN.finditer(text):
        if token[0] in "([{":
            stack.append(token.start())
        elif token[0] in ")]}" and stack:
            start = stack.pop()
            if token.start() == end:
                return start
    return -1


def _split_top(text: str, separator: str) -> list[str]:
    """Splits at the separators that stand outside brackets and strings."""
    cuts, depth = [0], 0
    for token in _TOKEN.finditer(text):
        if token[0] in "([{":
            depth += 1
        elif token[0] in ")]}":
            depth -= 1
        elif depth == 0 and token[0] == separator:
            cuts.append(token.end())
    bounds = [*cuts, len(text) + len(separator)]
    return [text[a : b - len(separator)] for a, b in pairwise(bounds)]


def comment_lines(text: str) -> list[str]:
    """A text as lines that are safe in a comment: no control or separator characters, at most 110 columns, at most 12 lines."""
    words = text.split()
    if not all(map(str.isprintable, words)):
        words = "".join(c if c.isprintable() else " " for c in text).split()
    lines, line = [], ""
    for word in words:
        if line and len(line) + 1 + len(word) > 110:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    if line:
        lines.append(line)
    return lines if len(lines) <= 12 else [*lines[:12], "…"]
