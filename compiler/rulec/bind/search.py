"""`search` and `where * has …`: tests over all columns of a row."""

from __future__ import annotations

import re
from typing import Final

from rulec.bind import exprs, operators, relations, unions
from rulec.bind.scope import Context, Table, column
from rulec.bind.state import Refused
from rulec.ir.exprs import Call, Expr, Literal
from rulec.ir.rels import ColumnDef, Filter
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes

#: The test of a search term by where its `*` stands: (at the start, at the end).
_TERM_TESTS: Final = {(False, False): "has", (False, True): "hasprefix", (True, False): "hassuffix", (True, True): "contains"}
#: What `*` left of an operator means for columns of text.
_TEXT: Final = frozenset({ScalarType.STRING, ScalarType.DYNAMIC})


def any_column(link: nodes.Binary, context: Context) -> Expr:
    """`* op value`: the test holds in some column; for text operators only columns of text are read."""
    value = exprs.bind(link.right, context)
    _closed(link.span, context)
    tests: list[Expr] = []
    for one in context.row.values():
        if link.op == "==":
            if one.type is value.type or (one.type.is_numeric and value.type.is_numeric):
                tests.append(operators.operator_call("==", (column(one, link.span), value), link.op_span, link.span, context))
        elif one.type in _TEXT:
            tests.append(operators.operator_call(link.op, (column(one, link.span), value), link.op_span, link.span, context))
    return _any(tests, link.span)


def _closed(span: Span, context: Context) -> None:
    if context.open is not None:
        raise context.state.refuse(span, "RC302", "the test reads columns that depend on the data here")


def _any(tests: list[Expr], span: Span) -> Expr:
    if not tests:
        return Literal(False, ScalarType.BOOL, span)
    if len(tests) == 1:
        return tests[0]
    return Call("or", tuple(tests), ScalarType.BOOL, any(t.nullable for t in tests), span)


# --- search --------------------------------------------------------------------------------------------------------


def bind_search(node: nodes.Search, piped: Table | None, context: Context) -> Table:
    """`search`: the matching rows under `$table`, the name of their table, and all columns."""
    legs = [piped] if piped is not None else tables(node.tables, "search", node.span, context)
    sensitive = _case_sensitive(node, context)
    found: list[Table] = []
    for at, leg in enumerate(legs):
        inner = context.over(leg)
        test = predicate(node.predicate, sensitive, inner)
        filtered = replace(leg, rel=Filter(leg.rel, test, node.span), name=leg.name or f"search_arg{at}")
        found.append(filtered)
    return unions.unite(found, unions.Options(inner=False, source="$table", fuzzy=False), node.span)


def _case_sensitive(node: nodes.Search, context: Context) -> bool:
    for written in node.properties:
        if written.name.lower() == "kind":
            text = written.value.text if isinstance(written.value, nodes.Name) else ""
            if text not in ("case_sensitive", "case_insensitive", "default"):
                raise context.state.refuse(written.span, "RC302", f"no kind of `search` is named `{text}`")
            return text == "case_sensitive"
    return False


def tables(written: tuple[nodes.Expr, ...], operator: str, span: Span, context: Context) -> list[Table]:
    """The tables that `search` and `find` read."""
    if not written:
        hint = f"`{operator} in (T, …)` names the tables"
        raise context.state.refuse(span, "RC302", f"`{operator}` over all tables of a workspace cannot be compiled", hint)
    found: list[Table] = []
    failed = False
    for one in written:
        try:
            if isinstance(one, nodes.Name) and one.is_pattern:
                found.extend(unions.wildcard_tables(one, context))
            else:
                found.append(relations.bind_table(one, context.alone()))
        except Refused:
            failed = True
    if failed:
        raise Refused
    if not found:
        raise context.state.refuse(span, "RC301", f"no table of `{operator}` exists")
    return found


def predicate(node: nodes.Expr, sensitive: bool, context: Context) -> Expr:
    """A search predicate: bare strings and numbers are terms to be found in some column, the rest is a condition."""
    match node:
        case nodes.Star():
            return Literal(True, ScalarType.BOOL, node.span)
        case nodes.Literal(type=kind) if kind is ScalarType.STRING or kind.is_numeric:
            return _term(node, sensitive, context)
        case nodes.Binary("and" | "or"):
            return _logic(node, sensitive, context)
        case nodes.Binary(":"):
            return _column_term(node, sensitive, context)
        case nodes.Call(nodes.Name("not"), (argument,)):
            inner = predicate(argument.value, sensitive, context)
            return Call("not", (inner,), ScalarType.BOOL, inner.nullable, node.span)
        case _:
            return exprs.predicate(node, context)


def _logic(node: nodes.Binary, sensitive: bool, context: Context) -> Expr:
    chain: list[nodes.Binary] = []
    first: nodes.Expr = node
    while isinstance(first, nodes.Binary) and first.op in ("and", "or"):
        chain.append(first)
        first = first.left
    left = predicate(first, sensitive, context)
    for link in reversed(chain):
        left = operators.logical(link, left, predicate(link.right, sensitive, context), context)
    return left


def _term(node: nodes.Literal, sensitive: bool, context: Context) -> Expr:
    """A term in some column: text columns hold it, integer columns equal it.

    Source: recorded answers; a real column is not searched.
    """
    _closed(node.span, context)
    text = str(node.value)
    if text == "*":
        return Literal(True, ScalarType.BOOL, node.span)
    tests: list[Expr] = []
    for one in context.row.values():
        if one.type in (*_TEXT, ScalarType.GUID):
            tests.append(_text_test(one, text, sensitive, node.span, context))
        elif one.type.is_integer and re.fullmatch(r"-?\d{1,18}", text):
            number = Literal(int(text), ScalarType.LONG, node.span)
            tests.append(operators.operator_call("==", (column(one, node.span), number), node.span, node.span, context))
    return _any(tests, node.span)


def _text_test(one: ColumnDef, text: str, sensitive: bool, span: Span, context: Context) -> Expr:
    value = column(one, span)
    operand: Expr = value if one.type in _TEXT else Call("tostring", (value,), ScalarType.STRING, False, span)
    return _holds(operand, text, sensitive, span, span, context)


def _holds(operand: Expr, text: str, sensitive: bool, at: Span, span: Span, context: Context) -> Expr:
    """`text` as a term, or as part of one where `*` stands at its start or end."""
    inner = text.strip("*")
    if "*" in inner:
        raise context.state.refuse(at, "RC302", "a search term has `*` at its start or end only", "`matches regex` in a `where`")
    test = _TERM_TESTS[text.startswith("*"), text.endswith("*")] + ("_cs" if sensitive else "")
    return operators.operator_call(test, (operand, Literal(inner, ScalarType.STRING, at)), at, span, context)


def _column_term(node: nodes.Binary, sensitive: bool, context: Context) -> Expr:
    """`column: "term"`."""
    target = exprs.bind(node.left, context)
    if not isinstance(node.right, nodes.Literal) or target.type not in _TEXT or not isinstance(node.right.value, str):
        return operators.operator_call("==", (target, exprs.bind(node.right, context)), node.op_span, node.span, context)
    return _holds(target, node.right.value, sensitive, node.right.span, node.span, context)
