"""Statements: `let`, `set`, `declare`, `alias`, `restrict`, and the query itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax.cursor import Cursor, Fault
from rulec.syntax.expressions import entity, expression, subquery_call
from rulec.syntax.nodes import (
    Alias,
    ColumnDeclaration,
    DeclarePattern,
    Expr,
    ExpressionStatement,
    Function,
    Let,
    Parameter,
    PatternCase,
    Program,
    QueryParameters,
    Restrict,
    SetOption,
    Statement,
)
from rulec.syntax.operators.nested import default_value, entity_group
from rulec.syntax.sources import with_clause
from rulec.syntax.terms import bracketed_length, column, declared_name, literal, name, type_name
from rulec.syntax.tokens import DECLARABLE_KINDS, END, NAME_KINDS

_STOPS: Final = frozenset({";"})


def statements(p: Cursor, closer: str) -> tuple[Statement, ...]:
    """Statements between `;` up to `closer`; an error in one is reported and skipped."""
    found: list[Statement] = []
    while p.kind != closer:
        start, depth = p.at, p.depth
        try:
            found.append(_statement(p))
            if p.kind not in (";", closer):
                raise p.unexpected(";")
        except Fault as fault:
            p.report(fault, depth)
            p.skip(start, _STOPS)
            while closer is END and p.kind in (")", "]", "}"):
                p.at += 1
                p.skip(p.at, _STOPS)
        if not p.accept(";"):
            break
    return tuple(found)


def _statement(p: Cursor) -> Statement:
    kind = p.kind
    parse = _STATEMENTS.get((kind, p.peek())) or (_STATEMENTS.get((kind, "")) if kind == "set" or _is_let(p) else None)
    if parse is not None:
        return parse(p)
    start = p.at
    if kind == ";":
        raise p.unexpected("", "a statement")
    query = p.grammar.pipeline(p)
    return ExpressionStatement(query, p.span(start))


def _is_let(p: Cursor) -> bool:
    return p.kind == "let" and (p.peek() in NAME_KINDS or bracketed_length(p, 1) > 0)


def let(p: Cursor) -> Let:
    """`let name = value;`, `let name = (parameters) { body };`."""
    start = p.at
    p.expect("let")
    declared = name(p)
    p.expect("=")
    value: Expr | Function
    if p.kind == "materialize":
        value = subquery_call(p)
    elif p.kind == "entity_group":
        value = entity_group(p)
    elif _is_function(p):
        value = _function(p)
    else:
        value = p.grammar.pipeline(p)
    return Let(declared, value, p.span(start))


def _is_function(p: Cursor) -> bool:
    opener = 1 if p.kind == "view" else 0
    if p.peek(opener) != "(":
        return False
    if p.peek(opener + 1) in (")", "*"):
        return True
    length = 1 if p.peek(opener + 1) in DECLARABLE_KINDS else bracketed_length(p, opener + 1)
    return length > 0 and p.peek(opener + 1 + length) == ":"


def _function(p: Cursor) -> Function:
    start = p.at
    view = p.accept("view")
    p.expect("(")
    parameters = p.commas(_parameter, least=0)
    p.expect(")")
    p.enter()
    p.enter()
    body = _body(p)
    p.depth -= 2
    return Function(parameters, body, p.span(start), view)


def _body(p: Cursor) -> Program:
    """`{ let …; declare query_parameters(…); expression }`."""
    p.expect("{")
    start = p.at
    found = statements(p, "}")
    for statement in found:
        if not isinstance(statement, Let | QueryParameters) and (
            statement is not found[-1] or not isinstance(statement, ExpressionStatement)
        ):
            raise p.fault("RC201", "a function's body has `let` statements and then one expression", span=statement.span)
    if found and isinstance(found[-1], Let | QueryParameters) and p.peek(-1) != ";":
        raise p.unexpected(";")
    span = Span(p.starts[start], p.starts[p.at], p.source)
    p.expect("}")
    return Program(found, span)


def _parameter(p: Cursor) -> Parameter:
    start = p.at
    declared = declared_name(p)
    p.expect(":")
    of: ScalarType | None = None
    columns: tuple[ColumnDeclaration, ...] = ()
    any_columns = False
    if p.accept("("):
        any_columns = p.accept("*")
        if not any_columns:
            columns = p.commas(column, least=0, trailing=True)
        p.expect(")")
    else:
        of = type_name(p)
    return Parameter(declared, of, columns, any_columns, default_value(p), p.span(start))


def set_option(p: Cursor) -> SetOption:
    """`set name [= value]`."""
    start = p.at
    p.expect("set")
    option = name(p)
    value = expression(p) if p.accept("=") else None
    return SetOption(option.text, value, p.span(start))


def query_parameters(p: Cursor) -> QueryParameters:
    """`declare query_parameters(name: type = default, …)`."""
    start = p.at
    p.at += 2
    p.expect("(")
    parameters = p.commas(_parameter)
    p.expect(")")
    return QueryParameters(parameters, p.span(start))


def declare_pattern(p: Cursor) -> DeclarePattern:
    """`declare pattern name [= (parameters)[path] { (values).[path] = { body }; … }]`."""
    start = p.at
    p.at += 2
    declared = name(p)
    cases: list[PatternCase] = []
    if p.accept("="):
        p.expect("(")
        p.commas(column, least=0)
        p.expect(")")
        if p.accept("["):
            column(p)
            p.expect("]")
        p.expect("{")
        cases.append(_pattern_case(p))
        while p.kind == "(":
            cases.append(_pattern_case(p))
        p.expect("}")
    return DeclarePattern(declared, tuple(cases), p.span(start))


def _pattern_case(p: Cursor) -> PatternCase:
    start = p.at
    p.expect("(")
    values = p.commas(expression)
    p.expect(")")
    path = None
    if p.accept("."):
        p.expect("[")
        path = literal(p)
        if path is None:
            raise p.unexpected("", "a literal")
        p.expect("]")
    p.expect("=")
    body = _body(p)
    p.expect(";")
    return PatternCase(values, path, body, p.span(start))


def restrict(p: Cursor) -> Restrict:
    """`restrict access to (tables) [with (properties)]`."""
    start = p.at
    p.at += 2
    p.expect("to")
    p.expect("(")
    targets = p.commas(entity)
    p.expect(")")
    with_clause(p)
    return Restrict(targets, p.span(start))


def alias(p: Cursor) -> Alias:
    """`alias database name = cluster(…).database(…)`."""
    start = p.at
    p.at += 2
    declared = name(p)
    p.expect("=")
    return Alias(declared, expression(p), p.span(start))


#: Statements by their first two tokens; with '' the second one is looked at more closely.
_STATEMENTS: Final[dict[tuple[str, str], Callable[[Cursor], Statement]]] = {
    ("alias", "database"): alias,
    ("declare", "pattern"): declare_pattern,
    ("declare", "query_parameters"): query_parameters,
    ("let", ""): let,
    ("restrict", "access"): restrict,
    ("set", ""): set_option,
}
