"""Strings that both engines say with the same words, and the term operators.

A term is a maximal run of letters and digits; `has` needs its needle's letter or digit ends to stand at a term's border.
Source: Learn, "String operators"; recorded answers (kql.md section 4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

_STRING, _DYNAMIC = ScalarType.STRING, ScalarType.DYNAMIC
#: No text is longer; the engines fail on larger places.
_LONGEST: Final = 2**31 - 2


def text_of(row: Row, expr: Expr, tree: Tree) -> Tree:
    """A string operator's operand: a dynamic value is read as its text."""
    return row.d.json_string(tree) if expr.type is _DYNAMIC else tree


def _is_caseless(needle: Tree) -> bool:
    """Whether a text is found in another just where it is found in that other's lower case: ASCII without letters."""
    text = needle.value if t.is_text(needle) else ""
    return bool(text) and text.isascii() and not any(c.isalpha() for c in text)


def _pair(row: Row, call: Call, trees: Sequence[Tree], folded: bool) -> tuple[Tree, Tree]:
    x, y = (text_of(row, a, tree) for a, tree in zip(call.arguments, trees, strict=True))
    return (row.d.lower_text(x), row.d.lower_text(y)) if folded and not _is_caseless(y) else (x, y)


Test = Callable[[Row, Tree, Tree], Tree]


def _contains(row: Row, x: Tree, y: Tree) -> Tree:
    return row.d.contains(x, y)


def _startswith(row: Row, x: Tree, y: Tree) -> Tree:
    return t.call("starts_with", x, y)


def _endswith(row: Row, x: Tree, y: Tree) -> Tree:
    return row.d.ends_with(x, y)


def _equals(row: Row, x: Tree, y: Tree) -> Tree:
    return t.eq(x, y)


def has_test(left: bool, right: bool) -> Test:
    """A term test: which of the needle's sides must stand at a border."""

    def test(row: Row, x: Tree, y: Tree) -> Tree:
        return row.d.has(row, x, y, left, right)

    return test


def _operator(test: Test, folded: bool, negated: bool) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        x, y = _pair(row, call, trees, folded)
        if t.is_text(y) and y.value == "" and test is not _equals:
            return t.truth(not negated)
        tree = test(row, x, y)
        return t.not_(tree) if negated else tree

    return row_


def _operators() -> dict[str, FunctionRow]:
    rows: dict[str, FunctionRow] = {"=~": _operator(_equals, True, False), "!~": _operator(_equals, True, True)}
    tests: dict[str, Test] = {
        "has": has_test(True, True),
        "hasprefix": has_test(True, False),
        "hassuffix": has_test(False, True),
        "contains": _contains,
        "startswith": _startswith,
        "endswith": _endswith,
    }
    for name, test in tests.items():
        for negated in (False, True):
            sign = "!" if negated else ""
            rows[f"{sign}{name}"] = _operator(test, True, negated)
            rows[f"{sign}{name}_cs"] = _operator(test, False, negated)
    return rows


def needles(row: Row, call: Call) -> list[Tree] | None:
    """The needles of `has_any`/`has_all` as text trees; None when they are a dynamic array known at run time only."""
    items = call.arguments[1:]
    if len(items) == 1 and items[0].type is _DYNAMIC:
        only = items[0]
        if not (isinstance(only, Literal) and isinstance(only.value, list)):
            return None
        return [t.text(v if isinstance(v, str) else row.d.constant_text(v)) for v in only.value if v is not None]
    return [text_of(row, i, row.lower(i)) for i in items]


def _has_many(every: bool) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        x = row.d.lower_text(text_of(row, call.arguments[0], trees[0]))
        found = needles(row, call)
        if found is None:
            return row.d.has_listed(row, x, trees[1], every)
        constants = [y.value for y in found if t.is_text(y)]
        if not every and len(constants) == len(found) and found:
            return row.d.has_any_of(row, x, [str(c) for c in constants])
        if len(found) > 1:
            x = row.once(x)
        tests = [row.d.has(row, x, row.d.lower_text(y), True, True) for y in found]
        return t.and_(*tests) if every else t.or_(*tests)

    return row_


def _strcat(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    from rulec_backends.sql.functions.conversions import to_string

    parts = [to_string(row, a, x) for a, x in zip(call.arguments, trees, strict=True)]
    return t.concat(*parts)


def _strcat_delim(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    from rulec_backends.sql.functions.conversions import to_string

    parts = [to_string(row, a, x) for a, x in zip(call.arguments, trees, strict=True)]
    return t.call("concat_ws", *parts)


def _strlen(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.call("length", trees[0])


def _simple(name: str) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        return t.call(name, *(text_of(row, a, x) for a, x in zip(call.arguments, trees, strict=True)))

    return row_


def _substring(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """0-based; a negative start counts from the end; outside gives ''."""
    s = text_of(row, call.arguments[0], trees[0])
    start, length = call.arguments[1], call.arguments[2] if len(call.arguments) > 2 else None
    known = start.value if isinstance(start, Literal) and isinstance(start.value, int) else None
    size = [] if length is None else [row.d.not_negative(trees[2], length)]
    if known is not None and known >= 0:
        return t.call("substr", s, t.num(min(known, _LONGEST) + 1), *size)
    s = row.once(s)
    begin = row.bind(
        trees[1],
        lambda n: t.case(
            [
                (t.ge(n, t.num(0)), t.add(t.call("least", n, t.num(_LONGEST)), t.num(1))),
                (
                    t.ge(t.add(t.call("length", s), n), t.num(0)),
                    t.add(t.add(t.call("length", s), n), t.num(1)),
                ),
            ]
        ),
    )
    return t.coalesce(t.call("substr", s, begin, *size), t.text(""))


def _indexof(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """-1 when absent, null for an empty needle."""
    s, needle = (text_of(row, a, x) for a, x in zip(call.arguments[:2], trees[:2], strict=True))
    if len(trees) > 2:
        return _indexof_from(row, row.once(s), row.once(needle), call, trees)
    found = t.sub(t.call("strpos", s, needle), t.num(1))
    if t.is_text(needle):
        return found if needle.value else row.d.literal(None, ScalarType.LONG)
    needle = row.once(needle)
    return t.when(t.ne(needle, t.text("")), t.sub(t.call("strpos", s, needle), t.num(1)))


#: How many times a search is written out.
_MOST_OCCURRENCES: Final = 16


def _indexof_from(row: Row, s: Tree, needle: Tree, call: Call, trees: Sequence[Tree]) -> Tree:
    """indexof(s, needle, start[, length[, occurrence]]): a negative start counts from the end; a length bounds each search."""
    from rulec_backends.sql.functions.dynamic import given, within_reach

    occurrence = row.constant(call.arguments[4], "the occurrence of `indexof`") if len(trees) > 4 else 1
    if not isinstance(occurrence, int) or not 1 <= occurrence <= _MOST_OCCURRENCES:
        raise Refusal(f"the occurrence of `indexof` must be from 1 to {_MOST_OCCURRENCES}")
    known = t.integer(trees[2])
    start = within_reach(row, trees[2])
    if known is None or known < 0:
        start = row.bind(start, lambda n: t.when(t.lt(n, t.num(0)), t.add(n, t.call("length", s)), n))
    start = row.once(start)
    size, valid = [], [t.ne(needle, t.text("")), *given(call.arguments[2], trees[2]), t.ge(start, t.num(0))]
    if len(trees) > 3 and t.integer(trees[3]) != -1:
        length = row.once(within_reach(row, trees[3]))
        size = [t.when(t.ge(length, t.num(0)), length, t.num(2**31 - 1))]
        valid.append(t.ge(length, t.num(-1)))
    place: Tree = t.sub(start, t.num(1))
    for _ in range(occurrence):
        before = t.call("greatest", t.add(place, t.num(2)), t.num(1))
        found = row.once(t.call("strpos", t.call("substr", s, before, *(x for x in size)), needle))
        place = row.once(t.when(t.gt(found, t.num(0)), t.add(place, found)))
    return t.when(t.and_(*valid), t.coalesce(place, t.num(-1)))


def _replace_string(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    s, old, new = (text_of(row, a, x) for a, x in zip(call.arguments, trees, strict=True))
    if t.is_text(old):
        return t.call("replace", s, old, new) if old.value else s
    s, old = row.once(s), row.once(old)
    return t.when(t.eq(old, t.text("")), s, t.call("replace", s, old, new))


def _translate(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    source = row.constant(call.arguments[0], "the first argument of `translate`")
    target = row.constant(call.arguments[1], "the second argument of `translate`")
    if not (isinstance(source, str) and isinstance(target, str)):
        raise Refusal("`translate` needs constant strings")
    first: dict[str, str] = {}
    for index, char in enumerate(source):
        first.setdefault(char, (target[index] if index < len(target) else target[-1:]))
    return t.call("translate", text_of(row, call.arguments[2], trees[2]), t.text("".join(first)), t.text("".join(first.values())))


def _strcmp(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    x, y = row.once(trees[0]), row.once(trees[1])
    return t.case([(t.lt(x, y), t.num(-1)), (t.eq(x, y), t.num(0))], t.num(1))


def _count(row: Row, tree: Tree, most: int) -> Tree:
    """A number of times, from 0 to the most; null, which least() passes over, is 0."""
    known = t.integer(tree)
    return (
        t.num(min(max(known, 0), most))
        if known is not None
        else t.call("least", t.call("greatest", t.coalesce(tree, t.num(0)), t.num(0)), t.num(most))
    )


def _strrep(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    from rulec_backends.sql.functions.conversions import to_string

    value = to_string(row, call.arguments[0], trees[0])
    # the engine repeats at most 1024 times
    count = _count(row, trees[1], 1024)
    if len(trees) < 3:
        return t.coalesce(row.d.repeat(value, count), t.text(""))
    delimiter = to_string(row, call.arguments[2], trees[2])
    return row.d.repeat_with(row, value, count, delimiter)


def _reverse(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    from rulec_backends.sql.functions.conversions import to_string

    return t.call("reverse", to_string(row, call.arguments[0], trees[0]))


def _isascii(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return row.d.matches(trees[0], r"^[\x00-\x7F]*$")


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        **_operators(),
        "has_any": _has_many(False),
        "has_all": _has_many(True),
        "strcat": _strcat,
        "strcat_delim": _strcat_delim,
        "strlen": _strlen,
        "tolower": _simple("lower"),
        "toupper": _simple("upper"),
        "reverse": _reverse,
        "substring": _substring,
        "indexof": _indexof,
        "replace_string": _replace_string,
        "translate": _translate,
        "strcmp": _strcmp,
        "strrep": _strrep,
        "isascii": _isascii,
    }
)
