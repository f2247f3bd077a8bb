"""Expressions: a Pratt parser over the table `INFIX`, and the primary expressions.

Chains of `and`, `or`, `+`, … are built in the loop of `expression`, so their length costs no stack.

Source: Kusto.Language `QueryParser`; string operators bind tighter than `*`, and comparisons do not chain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from rulec.source import Span
from rulec.syntax.cursor import Cursor
from rulec.syntax.limits import MAX_DEPTH
from rulec.syntax.nodes import (
    Argument,
    Between,
    Binary,
    Call,
    Element,
    Expr,
    Foreign,
    ListTest,
    Member,
    Name,
    Named,
    Pipeline,
    Star,
    Unary,
)
from rulec.syntax.sources import contextual_data_table, data_table, external_data
from rulec.syntax.terms import (
    VALUE_KINDS,
    bracketed_length,
    declared_name,
    dynamic,
    name,
    raw_guid,
    string,
    typeof,
    value,
    wildcard,
)
from rulec.syntax.tokens import (
    DECLARABLE_KINDS,
    LIST_OPERATORS,
    NAME,
    NAME_KINDS,
    RANGE_OPERATORS,
    RAW_GUID,
    READABLE_KEYWORDS,
    STRING,
    STRING_OPERATORS,
)

Primary: TypeAlias = Callable[[Cursor], Expr]


class Infix(NamedTuple):
    """How tight an operator binds, whether it chains (`a + b + c`), and what its right side is."""

    power: int
    chains: bool
    right: str


_EXPRESSION: Final = "expression"
_LIST: Final = "list"
_RANGE: Final = "range"

EQUALITY: Final = 3
STRING_POWER: Final = 7
#: Tighter than every operator: the operand of a string operator.
OPERAND: Final = 8

INFIX: Final[dict[str, Infix]] = {
    "or": Infix(1, True, _EXPRESSION),
    "and": Infix(2, True, _EXPRESSION),
    **dict.fromkeys(("==", "!=", "<>"), Infix(EQUALITY, False, _EXPRESSION)),
    **dict.fromkeys(LIST_OPERATORS, Infix(EQUALITY, False, _LIST)),
    **dict.fromkeys(RANGE_OPERATORS, Infix(EQUALITY, False, _RANGE)),
    **dict.fromkeys(("<", "<=", ">", ">="), Infix(4, False, _EXPRESSION)),
    **dict.fromkeys(("+", "-"), Infix(5, True, _EXPRESSION)),
    **dict.fromkeys(("*", "/", "%"), Infix(6, True, _EXPRESSION)),
    **dict.fromkeys(STRING_OPERATORS, Infix(STRING_POWER, False, _EXPRESSION)),
}
_SUFFIXES: Final = frozenset({".", "["})
#: After one of these a lone name is the whole expression.
_QUICK_ENDS: Final = frozenset({",", ")", "|", "}", "]"})


def expression(p: Cursor, minimum: int = 1) -> Expr:
    """An expression without `|`; only operators of power `minimum` and more belong to it."""
    kinds, start = p.kinds, p.at
    if kinds[start] == NAME and kinds[start + 1] in _QUICK_ENDS:
        p.at += 1
        span = Span(p.starts[start], p.ends[start], p.source)
        return Name(span.text, span)
    p.depth += 1
    if p.depth > MAX_DEPTH:
        p.depth -= 1
        p.enter()
    kind = kinds[start]
    if kind == "-" or kind == "+":
        left: Expr = _signed(p)
    elif kind == "*":
        left = _star_test(p, minimum)
    else:
        left = path(p)
    ceiling = OPERAND
    while (rule := INFIX.get(kinds[p.at])) is not None and minimum <= rule.power <= ceiling:
        if rule.right == _LIST and kinds[p.at] == "in" and kinds[p.at + 1] == "range":
            break  # the old `make-series … in range(…)`
        left = _infix(p, left, start, rule)
        ceiling = rule.power if rule.chains else rule.power - 1
    p.depth -= 1
    return left


def _infix(p: Cursor, left: Expr, start: int, rule: Infix) -> Expr:
    at = p.at
    op = p.kinds[at]
    p.at += 1
    if rule.right == _EXPRESSION:
        right = expression(p, rule.power + 1)
        op_span = Span(p.starts[at], p.ends[at], p.source)
        return Binary("!=" if op == "<>" else op, left, right, p.span(start), op_span)
    p.expect("(")
    if rule.right == _LIST:
        items = _list_items(p)
        p.expect(")")
        return ListTest(op, left, items, p.span(start))
    low = expression(p)
    p.expect("..")
    high = expression(p)
    p.expect(")")
    return Between(op, left, low, high, p.span(start))


def _list_items(p: Cursor) -> tuple[Expr, ...]:
    start = p.starts[p.at]
    first = p.grammar.pipeline(p)
    is_bare_query = isinstance(first, Pipeline) and first.span.start == start
    if p.kind != "," or is_bare_query:
        return (first,)
    p.at += 1
    return (first, *p.commas(expression))


def _signed(p: Cursor) -> Unary:
    start = p.at
    p.at += 1
    operand = path(p)
    return Unary(p.kinds[start], operand, p.span(start))


def _star_test(p: Cursor, minimum: int) -> Star:
    op = p.peek()
    if not ((op == "==" and minimum <= EQUALITY) or (op in STRING_OPERATORS and minimum <= STRING_POWER)):
        raise p.unexpected("", "an expression")
    p.at += 1
    return Star(p.span(p.at - 1))


def path(p: Cursor) -> Expr:
    """A primary expression with its `.name`, `.f()` and `[index]`."""
    start = p.at
    kind = p.kinds[start]
    if kind in NAME_KINDS and kind != "typeof":
        p.at += 1
        begin, end = p.starts[start], p.ends[start]
        read = Name(p.source.text[begin:end], Span(begin, end, p.source))
        node: Expr = _call(p, read, start) if p.kinds[p.at] == "(" else read
    else:
        parse = PRIMARY.get(kind)
        if parse is None:
            raise p.unexpected("", "an expression")
        node = parse(p)
    if p.kinds[p.at] == "datascope" and isinstance(node, Name):
        data_scope(p)
        node = Foreign("datascope", p.span(start))
    while p.kinds[p.at] in _SUFFIXES:
        node = _suffixed(p, node, start)
    return node


def data_scope(p: Cursor) -> Name:
    """`datascope=all` or `datascope=hotcache`."""
    p.expect("datascope")
    p.expect("=")
    if p.text() not in ("all", "hotcache"):
        raise p.unexpected("", "`all` or `hotcache`", ("all", "hotcache"))
    p.at += 1
    return Name(p.text(-1), p.span(p.at - 1))


def _suffixed(p: Cursor, base: Expr, start: int) -> Expr:
    if p.accept("."):
        if p.kind != "[" or bracketed_length(p):
            member = name_or_call(p)
            return Member(base, member, p.span(start))
        if (pattern := _bracketed_pattern(p)) is not None:
            return Member(base, pattern, p.span(start))
    p.expect("[")
    index = expression(p)
    p.expect("]")
    return Element(base, index, p.span(start))


def name_or_call(p: Cursor) -> Name | Call:
    """A name, or a call when `(` follows it."""
    start = p.at
    if p.kinds[start] in READABLE_KEYWORDS and p.kinds[start + 1] != "(":
        p.at += 1
        return Name(p.text(-1), p.span(start))
    read = name(p)
    return _call(p, read, start) if p.kinds[p.at] == "(" else read


def _call(p: Cursor, called: Name, start: int) -> Call:
    kinds = p.kinds
    arguments: list[Argument] = []
    p.at += 1
    while kinds[p.at] != ")" or arguments:
        at = p.at
        label = None
        if kinds[at] == "*" and kinds[at + 1] in (")", ","):
            p.at += 1
            given: Expr = Star(p.span(at))
        else:
            if _is_assignment(p):
                label = declared_name(p)
                p.at += 1
            elif kinds[at] == "(" and _is_rename_list(p):
                raise p.fault("RC209", "an argument takes one name, not a list")
            given = expression(p)
        arguments.append(Argument(given, label, p.span(at)))
        if kinds[p.at] != ",":
            break
        p.at += 1
    p.expect(")")
    return Call(called, tuple(arguments), p.span(start))


def call(p: Cursor) -> Call:
    """`name(arguments)` where nothing else may stand, as after `evaluate`."""
    start = p.at
    called = name(p)
    if p.kind != "(":
        raise p.unexpected("(")
    return _call(p, called, start)


def named(p: Cursor) -> Named:
    """`value`, `name = value` or `(a, b) = value`."""
    start = p.at
    names: tuple[Name, ...] = ()
    if _is_assignment(p):
        names = (declared_name(p),)
        p.at += 1
    elif p.kinds[start] == "(" and _is_rename_list(p):
        p.at += 1
        names = p.commas(declared_name)
        p.expect(")")
        p.expect("=")
    given = expression(p)
    return Named(names, given, p.span(start))


def _is_assignment(p: Cursor) -> bool:
    kinds, at = p.kinds, p.at
    if kinds[at] in DECLARABLE_KINDS:
        return kinds[at + 1] == "="
    return kinds[at] == "[" and kinds[at + (bracketed_length(p) or 1)] == "="


def _is_rename_list(p: Cursor) -> bool:
    offset = 1
    while True:
        length = 1 if p.peek(offset) in DECLARABLE_KINDS else bracketed_length(p, offset)
        offset += length
        if not length or p.peek(offset) != ",":
            return p.peek(offset) == ")" and p.peek(offset + 1) == "="
        offset += 1


def only_value(p: Cursor) -> Expr:
    """An expression where KQL's grammar allows `name = value` but its engine does not, such as after `where`."""
    node = expression(p)
    if p.kind == "=":
        raise p.fault("RC209", "unexpected `=`, this place takes no name", "equality is written `==`")
    return node


# --- primaries -----------------------------------------------------------------------------------------------------


def parenthesised(p: Cursor) -> Expr:
    """`(expression)` or `(subquery)`; the parentheses leave no trace but the tree's form."""
    p.expect("(")
    inner = p.grammar.pipeline(p)
    p.expect(")")
    return inner


def subquery_call(p: Cursor) -> Call:
    """`toscalar(subquery)`, `totable(subquery)`, `materialize(subquery)` as calls; the hint `kind=nooptimization` is left out."""
    start = p.at
    p.at += 1
    keyword = Name(p.text(-1), p.span(start))
    if keyword.text != "materialize" and p.accept("kind"):
        p.expect("=")
        p.expect("nooptimization")
    p.expect("(")
    at = p.at
    inner = p.grammar.pipeline(p)
    inside = Argument(inner, None, p.span(at))
    p.expect(")")
    return Call(keyword, (inside,), p.span(start))


def _misplaced_materialize(p: Cursor) -> Expr:
    raise p.fault("RC201", "`materialize(…)` stands only right of `let name =`", "a `let` statement with `materialize(…)`")


def _at_sign(p: Cursor) -> Expr:
    raise p.fault("RC209", "`@` alone names nothing", "a verbatim string is written @'…'")


def _typeof(p: Cursor) -> Expr:
    return typeof(p) if p.peek() == "(" else name(p)


def _bracketed(p: Cursor) -> Name | Call:
    return name_or_call(p) if bracketed_length(p) else _pattern(p)


def _pattern(p: Cursor) -> Name:
    pattern = _bracketed_pattern(p)
    if pattern is None:
        raise p.fault("RC209", "an expression in brackets names nothing", "a name in brackets is a string: ['name']")
    return pattern


def _bracketed_pattern(p: Cursor) -> Name | None:
    start = p.at
    p.at += 1
    pattern = wildcard(p)
    if pattern is None:
        p.at = start
        return None
    p.expect("]")
    return Name(pattern.text, p.span(start))


PRIMARY: Final[dict[str, Primary]] = {
    STRING: string,
    **dict.fromkeys(VALUE_KINDS, value),
    RAW_GUID: raw_guid,
    "dynamic": dynamic,
    "typeof": _typeof,
    "(": parenthesised,
    "[": _bracketed,
    "{": name,
    "@": _at_sign,
    "datatable": data_table,
    "externaldata": external_data,
    "external_data": external_data,
    "__contextual_datatable": contextual_data_table,
    "toscalar": subquery_call,
    "totable": subquery_call,
    "materialize": _misplaced_materialize,
    **dict.fromkeys(READABLE_KEYWORDS, name_or_call),
}

# --- table references ----------------------------------------------------------------------------------------------


def entity(p: Cursor) -> Expr:
    """A table: a name, a pattern, a call or a path of them such as `cluster("c").database("d").T*`."""
    start = p.at
    if (pattern := wildcard(p)) is not None:
        return pattern
    node: Expr = _bracketed(p) if p.kind == "[" else name_or_call(p)
    while p.kinds[p.at] in _SUFFIXES:
        at = p.at
        if p.accept("."):
            if (last := wildcard(p)) is not None:
                return Member(node, last, p.span(start))
            p.at = at
        node = _suffixed(p, node, start)
    return node


def simple_path(p: Cursor) -> Expr:
    """A column, or a path into one; what stands in parentheses after it is no call."""
    start = p.at
    node: Expr = _selector(p)
    while p.kinds[p.at] in _SUFFIXES:
        node = Member(node, _selector(p), p.span(start)) if p.accept(".") else _suffixed(p, node, start)
    return node


def _selector(p: Cursor) -> Name:
    if p.kind in READABLE_KEYWORDS:
        p.at += 1
        return Name(p.text(-1), p.span(p.at - 1))
    return name(p) if p.kind != "[" or bracketed_length(p) else _pattern(p)
