"""The way in: a source's text to its syntax tree."""

from __future__ import annotations

from typing import Final

from rulec.errors import CompileError, Diagnostic
from rulec.records import record
from rulec.source import Source, Span
from rulec.syntax.cursor import TOO_DEEP, Cursor, Grammar, Stop
from rulec.syntax.lexer import lex
from rulec.syntax.limits import MAX_LENGTH
from rulec.syntax.nodes import Program, Statement
from rulec.syntax.pipelines import operator, pipeline, subpipeline
from rulec.syntax.statements import statements
from rulec.syntax.tokens import DIRECTIVE, END

_GRAMMAR: Final = Grammar(pipeline, subpipeline, operator, statements)


@record(frozen=True, slots=True)
class ParseResult:
    """A text's tree, or why it has none: `program` is None exactly when a diagnostic is there."""

    program: Program | None
    diagnostics: tuple[Diagnostic, ...]


def parse(source: Source) -> ParseResult:
    """Parses a KQL text; finds several errors in one run and never raises."""
    text = source.text
    if len(text) > MAX_LENGTH:
        return _refused(source, "RC211", f"the query is longer than {MAX_LENGTH} characters")
    tokens, diagnostics = lex(source)
    if tokens.kinds[0] == ".":
        return _refused(source, "RC212", "a management command is no query")
    cursor = Cursor(source, *tokens, _GRAMMAR, diagnostics)
    while cursor.kind == DIRECTIVE:
        cursor.at += 1
    start = cursor.at
    found: tuple[Statement, ...] = ()
    try:
        found = statements(cursor, END)
    except Stop:
        pass
    except RecursionError:  # the caller's own stack was deep already
        return _refused(source, TOO_DEEP, "the query nests too deep for the stack that is left")
    if diagnostics:
        return ParseResult(None, tuple(sorted(diagnostics, key=lambda d: d.begin)))
    return ParseResult(Program(found, Span(tokens.starts[start], len(text), source)), ())


def _refused(source: Source, code: str, message: str) -> ParseResult:
    return ParseResult(None, (Diagnostic.at(Span(0, min(1, len(source.text)), source), code, message),))


def parse_or_raise(source: Source) -> Program:
    """The tree of a KQL text.

    Raises:
        CompileError: The text has errors; it carries all that were found.
    """
    result = parse(source)
    if result.program is None:
        raise CompileError(result.diagnostics)
    return result.program
