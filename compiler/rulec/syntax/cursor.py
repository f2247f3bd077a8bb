"""The parser's place in the tokens, and what every parse function needs: look, take, demand, report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Final, TypeVar

from rulec.errors import Diagnostic
from rulec.records import record
from rulec.source import Source, Span
from rulec.syntax.limits import MAX_DEPTH, MAX_ERRORS
from rulec.syntax.nodes import Expr, Operator, Pipeline, Statement
from rulec.syntax.tokens import END, KEYWORDS, LIST_ENDS, NAME_KEYWORDS

Node = TypeVar("Node")

#: The one error after which parsing stops at once.
TOO_DEEP: Final = "RC207"

#: The longest piece of a text in a message.
_SHOWN: Final = 60

_OPENERS: Final = frozenset("([{")
_CLOSERS: Final = frozenset(")]}")


class Fault(Exception):
    """The end of an operator or statement that cannot be parsed further."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Stop(Exception):
    """The end of a text with too many errors, or one that nests too deep."""


@record(frozen=True, slots=True)
class Grammar:
    """The parsers that every other one may need in parentheses; the cursor carries them, so that modules import one way only."""

    pipeline: Callable[[Cursor], Expr]
    subpipeline: Callable[[Cursor], Pipeline]
    operator: Callable[[Cursor], Operator]
    statements: Callable[[Cursor, str], tuple[Statement, ...]]


@record(slots=True)
class Cursor:
    """A place in a text's tokens: `at` is the number of the next one."""

    source: Source
    kinds: list[str]
    starts: list[int]
    ends: list[int]
    grammar: Grammar
    diagnostics: list[Diagnostic]
    at: int = 0
    depth: int = 0

    # --- looking ---------------------------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        """The kind of the next token."""
        return self.kinds[self.at]

    def peek(self, offset: int = 1) -> str:
        """The kind of a later token; `END` beyond the last one."""
        index = self.at + offset
        return self.kinds[index] if index < len(self.kinds) else END

    def text(self, offset: int = 0) -> str:
        """The text of the next or a later token."""
        index = min(self.at + offset, len(self.kinds) - 1)
        return self.source.text[self.starts[index] : self.ends[index]]

    def touches(self, offset: int) -> bool:
        """Whether the token at `offset` follows the one before it without space."""
        index = self.at + offset
        return index < len(self.kinds) and self.starts[index] == self.ends[index - 1]

    def span(self, start: int) -> Span:
        """The span from token number `start` to the last token taken; empty when none was."""
        end = self.ends[self.at - 1] if self.at else 0
        return Span(self.starts[start] if start < self.at else end, end, self.source)

    def here(self) -> Span:
        """The span of the next token."""
        return Span(self.starts[self.at], self.ends[self.at], self.source)

    # --- taking ----------------------------------------------------------------------------------------------------

    def accept(self, kind: str) -> bool:
        """Takes the next token if it is of a kind."""
        if self.kinds[self.at] == kind:
            self.at += 1
            return True
        return False

    def accept_joined(self, text: str) -> bool:
        """Takes tokens that make up a text without space between them, such as `-->`."""
        offset, found = 0, ""
        while len(found) < len(text) and (offset == 0 or self.touches(offset)) and self.peek(offset) is not END:
            found += self.text(offset)
            offset += 1
        if found != text:
            return False
        self.at += offset
        return True

    def expect(self, kind: str) -> None:
        """Takes a token of a kind; a fault when another one is there."""
        if self.kinds[self.at] != kind:
            raise self.unexpected(kind)
        self.at += 1

    def commas(
        self, item: Callable[[Cursor], Node], ends: frozenset[str] = LIST_ENDS, least: int = 1, trailing: bool = False
    ) -> tuple[Node, ...]:
        """Items between commas, up to a kind in `ends`; `trailing` allows a comma after the last."""
        items: list[Node] = []
        if least == 0 and self.kinds[self.at] in ends:
            return ()
        while True:
            if self.kinds[self.at] in ends:
                if trailing and items:
                    break
                raise self.unexpected("", "an expression")
            items.append(item(self))
            if self.kinds[self.at] != ",":
                break
            self.at += 1
        return tuple(items)

    # --- reporting -------------------------------------------------------------------------------------------------

    def fault(self, code: str, message: str, hint: str = "", span: Span | None = None) -> Fault:
        """A fault at the next token or at `span`."""
        return Fault(Diagnostic.at(span or self.here(), code, message, hint))

    def unexpected(self, expected: str, described: str = "", words: Iterable[str] = ()) -> Fault:
        """The fault that the next token is not the expected kind (or what `described` says); hints the nearest of `words`."""
        found = shown(self.text())
        wanted = described or f"`{expected}`"
        what = f"unexpected `{found}`" if found else "the query ends too early"
        hint = nearest(found, words or ((expected,) if expected.isalpha() else ()))
        if not hint and self.kind in KEYWORDS and self.kind not in NAME_KEYWORDS and wanted.endswith(("expression", "name")):
            return self.fault("RC206", f"the keyword `{found}` is no name here", f"as a name it is written in brackets: ['{found}']")
        return self.fault("RC201", f"{what}, expected {wanted}", hint)

    def report(self, fault: Fault, depth: int) -> None:
        """Keeps a fault and goes back to the nesting depth at which it is caught."""
        self.depth = depth
        if self.diagnostics and self.diagnostics[-1].begin == fault.diagnostic.begin:
            return  # the same token, seen again by what stands around it
        self.note(fault.diagnostic)

    def note(self, diagnostic: Diagnostic) -> None:
        """Keeps a finding after which parsing goes on."""
        if len(self.diagnostics) >= MAX_ERRORS:
            raise Stop
        self.diagnostics.append(diagnostic)
        if diagnostic.code == TOO_DEEP:
            raise Stop

    def skip(self, start: int, stops: frozenset[str]) -> None:
        """Goes on to the first kind in `stops`, or the bracket that closes more than was opened since token number `start`."""
        level, at = 0, start if self.kind is not END else self.at
        while (kind := self.kinds[at]) is not END:
            if at >= self.at and level <= 0 and (kind in stops or kind in _CLOSERS):
                break
            if kind in _OPENERS:
                level += 1
            elif kind in _CLOSERS:
                level -= 1
            at += 1
        self.at = at

    def enter(self) -> None:
        """Goes one level down; who enters leaves by `depth -= 1`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fault(TOO_DEEP, f"the query nests deeper than {MAX_DEPTH} levels", "a `let` takes a part out")


def shown(text: str) -> str:
    """A token as messages show it: on one line and not too long."""
    line = text.replace("\n", "\\n")
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def nearest(word: str, words: Iterable[str]) -> str:
    """A hint with the valid words nearest to a wrong one; empty when none is near."""
    found = get_close_matches(word, list(words), n=2, cutoff=0.6) if 0 < len(word) <= _SHOWN else []
    return "nearest: " + " or ".join(f"`{w}`" for w in found) if found else ""
