"""What a query looks for: the constants that its predicates compare fields with."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Final

from rulec.records import record
from rulec.syntax import nodes

#: The kind of an indicator by KQL's operator. Case-insensitive forms that are the usual ones in KQL have no mark.
_KINDS: Final = {
    "==": "eq",
    "!=": "ne",
    "=~": "eq_ci",
    "!~": "ne_ci",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
    ":": "has",
    "matches regex": "regex",
    "in": "in",
    "in~": "in_ci",
    "has_any": "has_any",
    "has_all": "has_all",
    "between": "between",
}
_MIRRORED: Final = {"gt": "lt", "lt": "gt", "ge": "le", "le": "ge"}
_NULL_TESTS: Final = {
    "isempty": "is_null",
    "isnull": "is_null",
    "isnotempty": "is_not_null",
    "isnotnull": "is_not_null",
    "notempty": "is_not_null",
    "notnull": "is_not_null",
}
#: Functions that change only how a field is read.
_READERS: Final = frozenset(
    {"tostring", "tolower", "toupper", "toint", "tolong", "todouble", "toreal", "tobool", "todynamic", "parse_json", "parsejson"}
)
_NEGATED: Final = {
    "eq": "ne",
    "ne": "eq",
    "eq_ci": "ne_ci",
    "ne_ci": "eq_ci",
    "gt": "le",
    "le": "gt",
    "lt": "ge",
    "ge": "lt",
    "is_null": "is_not_null",
    "is_not_null": "is_null",
}


@record(frozen=True, slots=True)
class Indicator:
    """A field, how it is tested, and the constants it is tested with (none for `is_null`)."""

    field: str
    kind: str
    values: tuple[str, ...] = ()


def indicators_of(program: nodes.Program) -> tuple[Indicator, ...]:
    """The indicators of every filter in a program, sub-queries included; one a field and kind, in order of field."""
    lists = {s.name.text: s.value for s in program.statements if isinstance(s, nodes.Let) and not isinstance(s.value, nodes.Function)}
    found: dict[tuple[str, str], dict[str, None]] = {}
    for predicate in _predicates(program):
        for indicator in _tests(predicate, lists, False):
            found.setdefault((indicator.field, indicator.kind), {}).update(dict.fromkeys(indicator.values))
    return tuple(Indicator(field, kind, tuple(values)) for (field, kind), values in sorted(found.items()))


def _predicates(root: object) -> Iterator[nodes.Expr]:
    """The predicates of all `where`s below a node, in order of text."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, nodes.Where):
            yield node.predicate
        if isinstance(node, tuple):
            stack.extend(reversed(node))
        elif dataclasses.is_dataclass(node):
            stack.extend(getattr(node, f.name) for f in reversed(dataclasses.fields(node)) if f.compare)


def _tests(node: nodes.Expr, lists: Mapping[str, nodes.Expr], negated: bool) -> Iterator[Indicator]:
    match node:
        case nodes.Binary(op="and" | "or", left=left, right=right):
            yield from _tests(left, lists, negated)
            yield from _tests(right, lists, negated)
        case nodes.Call(name=nodes.Name(text="not"), arguments=[argument]):
            yield from _tests(argument.value, lists, not negated)
        case nodes.Call(name=nodes.Name(text=function), arguments=[argument]) if function in _NULL_TESTS:
            if field := _field(argument.value):
                yield Indicator(field, _turned(_NULL_TESTS[function], negated))
        case nodes.Binary(op=op, left=left, right=right):
            yield from _comparison(op, left, right, lists, negated)
        case nodes.ListTest(op=op, operand=operand, items=items):
            values = tuple(v for item in items for v in _constants(item, lists))
            if (field := _field(operand)) and values:
                yield Indicator(field, _turned(_kind(op), negated), values)
        case nodes.Between(op=op, operand=operand, low=low, high=high):
            ends = (*_constants(low, lists), *_constants(high, lists))
            if (field := _field(operand)) and len(ends) == 2:
                yield Indicator(field, _turned(_kind(op), negated), (" .. ".join(ends),))
        case _:
            return


def _comparison(op: str, left: nodes.Expr, right: nodes.Expr, lists: Mapping[str, nodes.Expr], negated: bool) -> Iterator[Indicator]:
    kind = _turned(_kind(op), negated)
    if (field := _field(left)) and (values := tuple(_constants(right, lists))):
        yield Indicator(field, kind, values)
    elif (field := _field(right)) and (values := tuple(_constants(left, lists))):
        yield Indicator(field, _MIRRORED.get(kind, kind), values)


def _kind(op: str) -> str:
    plain = op.removeprefix("!") if op not in ("!=", "!~") else op
    kind = _KINDS.get(plain, plain)
    return kind if plain == op else f"not_{kind}"


def _turned(kind: str, negated: bool) -> str:
    if not negated:
        return kind
    return _NEGATED.get(kind) or (kind.removeprefix("not_") if kind.startswith("not_") else f"not_{kind}")


def _field(node: nodes.Expr) -> str:
    """The field that an expression reads; empty when it is no plain read."""
    match node:
        case nodes.Name(text=text) if not text.startswith("$"):
            return text
        case nodes.Star():
            return "*"
        case nodes.Member() | nodes.Element():
            return _path(node)
        case nodes.Call(name=nodes.Name(text=function), arguments=[argument]) if function in _READERS:
            return _field(argument.value)
        case _:
            return ""


def _path(node: nodes.Member | nodes.Element) -> str:
    base = _field(node.base)
    if not base:
        return ""
    match node:
        case nodes.Member(name=nodes.Name(text=text)):
            return f"{base}.{text}"
        case nodes.Element(index=nodes.Literal(value=str() as key)):
            return f"{base}.{key}"
        case nodes.Element(index=index):
            return f"{base}[{index.span.text}]"
        case _:
            return ""


def _constants(node: nodes.Expr, lists: Mapping[str, nodes.Expr]) -> Iterator[str]:
    """The constants that an expression stands for: a literal, a list of them, or a `let` of either."""
    match node:
        case nodes.Literal(value=list() as values):
            yield from (v if isinstance(v, str) else str(v) for v in values)
        case nodes.Literal(value=str() as value):
            yield value
        case nodes.Literal() | nodes.Unary(operand=nodes.Literal()):
            yield node.span.text
        case nodes.Name(text=text) if text in lists:
            named = lists[text]
            if not isinstance(named, nodes.Name):
                yield from _constants(named, {})
        case nodes.Call(name=nodes.Name(text="ago" | "now" | "datetime" | "timespan")):
            yield node.span.text
        case nodes.Call(name=nodes.Name(text="dynamic"), arguments=[argument]):
            yield from _constants(argument.value, lists)
        case nodes.DataTable(columns=[_], values=cells):
            for cell in cells:
                yield from _constants(cell, {})
        case _:
            return
