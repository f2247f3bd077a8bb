"""Equality, order and membership.

Splunk compares two operands that look like numbers as numbers, whatever they are meant as, and the rest as text: equality of strings needs
`like` (which is textual) or a letter in front of both sides where an operand could look like a number.
Source: Search Reference, eval "Usage", like, in; semantics sheet section 1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.splunk.literals import EXACT
from rulec_backends.splunk.quoting import regex_literal
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.ticks import time_key
from rulec_backends.splunk.tree import NULL, Fn, Node, Not, Op, Text, all_of, any_of, fn, joined, op

_NUMERIC_LOOK = re.compile(r"\s*[+-]?(?:[\d,]+\.?[\d,]*|\.\d+|0x[0-9a-f]+|inf|infinity|nan)(?:[ep][+-]?\d+)?\s*\Z", re.IGNORECASE)
_MARK = Text("=")


def looks_numeric(text: str) -> bool:
    """Whether Splunk might read the text as a number (more than documented, to be safe)."""
    return _NUMERIC_LOOK.match(text) is not None


def text_equal(left: Node, right: Node) -> Node:
    """Equality of two texts."""
    for a, b in ((left, right), (right, left)):
        if isinstance(b, Text):
            if not looks_numeric(b.value):
                return op(a, "=", b)
            if not re.search(r"[%_\\]", b.value):
                return fn("like", a, b)
    return op(joined(_MARK, left), "=", joined(_MARK, right))


def text_unequal(left: Node, right: Node) -> Node:
    equal = text_equal(left, right)
    return Op("!=", equal.left, equal.right) if isinstance(equal, Op) else Not(equal)


def _checked(b: Builder, e: Call) -> None:
    """Integers beyond 2^53 and NaN do not compare as Kusto compares them."""
    types = {a.type for a in e.arguments}
    huge = any(isinstance(a, Literal) and isinstance(a.value, int) and abs(a.value) > EXACT and a.type.is_integer for a in e.arguments)
    if huge or (b.ctx.big_integers and types & {ScalarType.LONG}):
        b.ctx.refuse(e.span, "a comparison of integers beyond 2^53: Splunk's numbers are doubles", "compare as text with `tostring`")
    if ScalarType.DECIMAL in types:
        b.ctx.refuse(e.span, "a comparison of decimals: Splunk's numbers are doubles")


def _operands(b: Builder, e: Call) -> tuple[Node, Node]:
    """Both sides; a string beside a dynamic value is JSON text too. A JSON text beside a number is read by Splunk as one, if it is one."""
    from rulec_backends.splunk.dynamics import json_of
    from rulec_backends.splunk.functions.numbers import numeric

    left, right = e.arguments
    mixed = {left.type, right.type} == {ScalarType.DYNAMIC, ScalarType.STRING}
    if mixed:
        return json_of(b, left), json_of(b, right)
    if _with_number(e):
        return numeric(b, left), numeric(b, right)
    found = b.value(left), b.value(right)
    if left.type is right.type is ScalarType.DATETIME and any(map(b.fine, found)):
        return time_key(b, found[0]), time_key(b, found[1])
    return found


def _with_number(e: Call) -> bool:
    """Whether a dynamic value meets a number."""
    types = {a.type for a in e.arguments}
    return ScalarType.DYNAMIC in types and bool(types & {ScalarType.INT, ScalarType.LONG, ScalarType.REAL})


def _by_text(e: Call) -> bool:
    return is_text(e.arguments[0].type) and not _with_number(e)


def equal(b: Builder, e: Call) -> Node:
    """Where `==` is true: both present and equal."""
    _checked(b, e)
    left, right = _operands(b, e)
    return text_equal(left, right) if _by_text(e) else op(left, "=", right)


def unequal(b: Builder, e: Call) -> Node:
    """Where `==` is false: one side null only, or both present and different."""
    _checked(b, e)
    x, y = e.arguments
    left, right = _operands(b, e)
    differs = text_unequal(left, right) if _by_text(e) else op(left, "!=", right)
    match x.nullable, y.nullable:
        case False, False:
            return differs
        case True, False:
            return any_of(fn("isnull", left), differs)
        case False, True:
            return any_of(fn("isnull", right), differs)
    one = (all_of(fn("isnull", left), fn("isnotnull", right)), all_of(fn("isnotnull", left), fn("isnull", right)))
    return any_of(differs, *one)


def is_text(type_: ScalarType) -> bool:
    """Types whose carried form compares as text."""
    return type_ in (ScalarType.STRING, ScalarType.GUID, ScalarType.DYNAMIC)


def ordered(b: Builder, e: Call) -> Node:
    """Where `<` and the like are true. Strings compare by code point, behind a letter; a dynamic value beside a number as a real."""
    from rulec_backends.splunk.functions.numbers import numeric

    _checked(b, e)
    if _with_number(e):
        left, right = (_read_as_real(b, a) if a.type is ScalarType.DYNAMIC else numeric(b, a) for a in e.arguments)
        return op(left, e.function, right)
    left, right = _operands(b, e)
    if is_text(e.arguments[0].type):
        left, right = joined(_MARK, left), joined(_MARK, right)
    return op(left, e.function, right)


def _read_as_real(b: Builder, e: Expr) -> Node:
    from rulec_backends.splunk.functions.conversions import of_dynamic

    return b.temp(of_dynamic(b, b.value(e), ScalarType.REAL, e), "num")


_FLIPPED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def not_ordered(b: Builder, e: Call) -> Node:
    """Where they are false. NaN is in no order, so reals negate instead of flipping."""
    found = ordered(b, e)
    if isinstance(found, Op) and not {a.type for a in e.arguments} & {ScalarType.REAL, ScalarType.DYNAMIC}:
        return Op(_FLIPPED[found.op], found.left, found.right)
    return Not(found)


def between(b: Builder, e: Call) -> Node:
    x, low, high = e.arguments
    lower, upper = Call(">=", (x, low), e.type, e.nullable, e.span), Call("<=", (x, high), e.type, e.nullable, e.span)
    return all_of(b.truth(lower), b.truth(upper))


def not_between(b: Builder, e: Call) -> Node:
    x, low, high = e.arguments
    lower, upper = Call(">=", (x, low), e.type, e.nullable, e.span), Call("<=", (x, high), e.type, e.nullable, e.span)
    return any_of(b.falsity(lower), b.falsity(upper))


_MEMBERSHIP: Final = frozenset({"in", "!in", "in~", "!in~"})


def items_of(e: Call) -> tuple[Expr, ...] | None:
    """The members of a list operator; None when they are not known at compile time. A constant dynamic array stands for its elements."""
    items = e.arguments[1:]
    if len(items) == 1 and items[0].type is ScalarType.DYNAMIC:
        only = items[0]
        if not isinstance(only, Literal) or not isinstance(only.value, list | None):
            return None
        found: list[Expr] = []
        for element in only.value or []:
            if isinstance(element, dict | list):
                return None
            found.append(_element(element, only))
        return tuple(i for i in found if not _apart(e, i))
    return items


def _apart(e: Call, item: Expr) -> bool:
    """Whether an element of an array is of another kind than what `in` looks for: they are never equal."""
    kinds = [ScalarType.REAL if i.type.is_numeric else i.type for i in (e.arguments[0], item)]
    plain = (ScalarType.STRING, ScalarType.BOOL, ScalarType.REAL)
    is_null = isinstance(item, Literal) and item.value is None
    return e.function in _MEMBERSHIP and not is_null and kinds[0] in plain and kinds[0] is not kinds[1]


def _element(value: object, array: Literal) -> Literal:
    kinds: dict[type, ScalarType] = {bool: ScalarType.BOOL, int: ScalarType.LONG, float: ScalarType.REAL, str: ScalarType.STRING}
    assert value is None or isinstance(value, bool | int | float | str)
    return Literal(value, kinds.get(type(value), ScalarType.STRING), array.span)


def member(b: Builder, e: Call) -> Node:
    """Where `in` is true."""
    items = items_of(e)
    if items is None:
        return dynamic_member(b, e, fold=False)
    return _member(b, e, items)


def _member(b: Builder, e: Call, items: Sequence[Expr]) -> Node:
    x = e.arguments[0]
    if is_text(x.type) and all(isinstance(i, Literal) and isinstance(i.value, str) for i in items) and x.type is not ScalarType.DYNAMIC:
        return text_member(b, b.value(x), [str(i.value) for i in items if isinstance(i, Literal)])
    parts = [b.truth(Call("==", (x, i), e.type, True, e.span)) for i in items if not (isinstance(i, Literal) and i.value is None)]
    values = [p.right for p in parts if isinstance(p, Op) and p.op == "="]
    if len(values) == len(parts) > 1 and not is_text(x.type):
        return Fn("in", (parts[0].left if isinstance(parts[0], Op) else b.value(x), *values))
    return any_of(*parts)


def text_member(b: Builder, x: Node, values: Sequence[str]) -> Node:
    """Membership of a text: `in` for what does not look like a number, a pattern for several that do."""
    plain = [Text(v) for v in dict.fromkeys(values) if not looks_numeric(v)]
    parts: list[Node] = []
    if len(plain) > 1:
        parts.append(Fn("in", (x, *plain)))
    elif plain:
        parts.append(op(x, "=", plain[0]))
    numbers = [v for v in dict.fromkeys(values) if looks_numeric(v)]
    if len(numbers) > 1:
        parts.append(fn("match", x, Text(f"^(?:{'|'.join(map(regex_literal, numbers))})\\z")))
    elif numbers:
        parts.append(text_equal(x, Text(numbers[0])))
    return any_of(*parts)


def not_member(b: Builder, e: Call) -> Node:
    """Where `in` is false: every element differs; a null operand differs from all but null."""
    x = e.arguments[0]
    items = items_of(e)
    if items is None:
        return _not_dynamic_member(b, e)
    nulls = any(isinstance(i, Literal) and i.value is None for i in items)
    if any(i.nullable and not isinstance(i, Literal) for i in items):
        return all_of(*(b.falsity(Call("==", (x, i), e.type, True, e.span)) for i in items))
    inside = Not(_member(b, e, items))
    if not x.nullable:
        return inside
    left = b.value(x)
    return all_of(fn("isnotnull", left), inside) if nulls else any_of(fn("isnull", left), inside)


def _dynamic_pattern(b: Builder, x: Expr) -> Node:
    """A pattern of the elements that equal a dynamic value: a number with or without `.0`; null for null."""
    from rulec_backends.splunk.functions.text_tests import escaped

    j = b.temp(fn("replace", b.value(x), Text(r"^(-?\d+)\.0+\z"), Text(r"\1")), "j")
    return joined(Text("^"), escaped(j), fn("if", fn("match", j, Text(r"^-?\d")), Text(r"(\.0*)?\z"), Text(r"\z")))


def _not_dynamic_member(b: Builder, e: Call) -> Node:
    """A null operand is in no array, unless the array has null: then it is neither in nor out."""
    from rulec_backends.splunk import dynamics

    x = e.arguments[0]
    outside = Not(dynamic_member(b, e, fold=False))
    if not x.nullable:
        return outside
    items = b.temp(dynamics.elements(b, b.value(e.arguments[1])), "list")
    return all_of(outside, any_of(fn("isnotnull", b.value(x)), fn("isnull", fn("mvfind", items, Text(r"^null\z")))))


def dynamic_member(b: Builder, e: Call, fold: bool) -> Node:
    """Membership in an array that the row holds: the element's JSON text among the array's; `in~` compares texts without case."""
    from rulec_backends.splunk import dynamics
    from rulec_backends.splunk.functions.arrays import element_pattern

    x, array = e.arguments[0], e.arguments[1]
    if len(e.arguments) != 2 or (fold and x.type is not ScalarType.STRING):
        return b.ctx.refuse(e.span, f"`{e.function}` with a list that the row gives")
    items = b.temp(dynamics.elements(b, b.value(array)), "list")
    if not fold:
        pattern = _dynamic_pattern(b, x) if x.type is ScalarType.DYNAMIC else element_pattern(b, x)
        return fn("isnotnull", fn("mvfind", items, pattern))
    same = text_equal(fn("lower", dynamics.text_of(b, items)), fn("lower", b.atom(b.value(x))))
    return fn("isnotnull", fn("mvmap", items, fn("if", all_of(dynamics.is_string(items), same), Text("1"), NULL)))


def folded_equal(b: Builder, e: Call) -> Node:
    """Where `=~` is true: one-to-one case folding, as PCRE does."""
    left, right = e.arguments
    return folded_text(b, b.value(left), right)


def folded_text(b: Builder, x: Node, other: Expr) -> Node:
    if isinstance(other, Literal) and isinstance(other.value, str):
        text = other.value
        if text.isascii():
            return text_equal(fn("lower", x), Text(text.lower()))
        return fn("match", x, Text(f"(?i)^{regex_literal(text)}\\z"))
    return text_equal(fn("lower", x), fn("lower", b.value(other)))


def folded_member(b: Builder, e: Call) -> Node:
    """Where `in~` is true."""
    items = items_of(e)
    if items is None:
        return dynamic_member(b, e, fold=True)
    x = b.value(e.arguments[0])
    texts = [i.value for i in items if isinstance(i, Literal) and isinstance(i.value, str)]
    if len(texts) == len(items) and all(t.isascii() for t in texts):
        return text_member(b, fn("lower", x), [t.lower() for t in texts])
    return any_of(*(folded_text(b, x, i) for i in items))
