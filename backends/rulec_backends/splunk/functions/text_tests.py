"""The string operators: contains, has, startswith, matches regex, …

A KQL term is a run of letters and digits; `has` asks that neither end of the needle is glued to one. `like` has no escape for `%` and `_`,
so needles with these use `match`.
Source: Learn, "String operators"; recorded answers; Search Reference, like, match.
"""

from __future__ import annotations

import re

from rulec.ir.exprs import Call, Expr, Literal
from rulec_backends.splunk import regex
from rulec_backends.splunk.compare import folded_equal, folded_member, items_of
from rulec_backends.splunk.functions.rows import Predicate, opposite, two_valued
from rulec_backends.splunk.quoting import regex_literal
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Node, Not, Op, Text, all_of, any_of, fn, joined, op

_WORD = r"[\p{L}\p{N}]"
#: Guards that look at both sides of the boundary: for needles that only the row knows.
ANY_LEFT = rf"(?:(?<!{_WORD})|(?!{_WORD}))"
ANY_RIGHT = rf"(?:(?!{_WORD})|(?<!{_WORD}))"


def constant(e: Expr) -> str | None:
    """The text of a constant needle."""
    return e.value if isinstance(e, Literal) and isinstance(e.value, str) else None


def escaped(needle: Node) -> Node:
    """A regular expression for a text that the row holds: every character that is no letter or digit is escaped."""
    return fn("replace", needle, Text(r"([^\p{L}\p{N}])"), Text(r"\\\1"))


def _plain(text: str) -> bool:
    """Whether `like` can say the text."""
    return text.isascii() and not re.search(r"[%_\\]", text)


def _containing(before: str, after: str, fold: bool, anchors: tuple[str, str]) -> Predicate:
    """contains, startswith, endswith: `before` and `after` are like's wildcards, `anchors` the regular expression's."""

    def holds(b: Builder, e: Call) -> Node:
        x, needle = b.value(e.arguments[0]), constant(e.arguments[1])
        if needle is None:
            pattern = joined(Text(("(?i)" if fold else "") + anchors[0]), escaped(b.value(e.arguments[1])), Text(anchors[1]))
            return fn("match", x, pattern)
        if not needle:
            return fn("true")
        if _plain(needle):
            subject = fn("lower", x) if fold and needle.lower() != needle.upper() else x
            return fn("like", subject, Text(before + (needle.lower() if fold else needle) + after))
        return fn("match", x, Text(("(?i)" if fold else "") + anchors[0] + regex_literal(needle) + anchors[1]))

    return two_valued(holds)


def term_pattern(needle: str, left: bool, right: bool) -> str:
    """The pattern of a needle that no letter or digit may touch on the guarded sides; an edge that is no letter or digit needs no guard."""
    begin = rf"(?<!{_WORD})" if left and needle[:1].isalnum() else ""
    end = rf"(?!{_WORD})" if right and needle[-1:].isalnum() else ""
    return begin + regex_literal(needle) + end


def _term(left: bool, right: bool, fold: bool) -> Predicate:
    def holds(b: Builder, e: Call) -> Node:
        return term(b, b.value(e.arguments[0]), e.arguments[1], left, right, fold)

    return two_valued(holds)


def term(b: Builder, x: Node, needle: Expr, left: bool, right: bool, fold: bool) -> Node:
    """`has` and its relatives for one needle."""
    text = constant(needle)
    flag = "(?i)" if fold else ""
    if text is None:
        body = joined(Text(flag + (ANY_LEFT if left else "")), escaped(b.value(needle)), Text(ANY_RIGHT if right else ""))
        return fn("match", x, body)
    return fn("true") if not text else fn("match", x, Text(flag + term_pattern(text, left, right)))


def _has_list(every: bool) -> Predicate:
    def holds(b: Builder, e: Call) -> Node:
        items = items_of(e)
        x = b.value(e.arguments[0])
        if items is None:
            return _has_listed(b, x, e.arguments[1], every)
        texts = [constant(i) for i in items]
        if not every and all(texts) and len(texts) > 1:
            return fn("match", x, Text("(?i)(?:" + "|".join(term_pattern(t or "", True, True) for t in texts) + ")"))
        found = [term(b, x, i, True, True, True) for i in items]
        return all_of(*found) if every else any_of(*found)

    return two_valued(holds)


def _has_listed(b: Builder, x: Node, terms: Expr, every: bool) -> Node:
    """has_any, has_all with an array that the row holds; what is no string stands in no text."""
    from rulec_backends.splunk import dynamics

    j = b.atom(b.value(terms), "j")
    items = b.temp(fn("if", dynamics.is_array(j), dynamics.elements(b, j), NULL), "list")
    pattern = joined(Text("(?i)" + ANY_LEFT), escaped(dynamics.text_of(b, items)), Text(ANY_RIGHT))
    there = all_of(dynamics.is_string(items), fn("match", b.atom(x, "s"), pattern))
    if every:
        missing = fn("mvmap", items, fn("if", there, NULL, Text("1")))
        return all_of(fn("isnotnull", fn("if", dynamics.is_array(j), j, NULL)), fn("isnull", missing))
    return fn("isnotnull", fn("mvmap", items, fn("if", there, Text("1"), NULL)))


def _matches(b: Builder, e: Call) -> Node:
    return fn("match", b.value(e.arguments[0]), pattern(b, e, e.arguments[1]))


def pattern(b: Builder, e: Call, source: Expr) -> Node:
    """A constant regular expression in PCRE."""
    text = constant(source)
    if text is None:
        return b.ctx.refuse(e.span, f"`{e.function}` with a regular expression that is no constant", "PCRE and Kusto's dialect differ")
    try:
        return Text(regex.translate(text).pattern)
    except regex.Inexpressible as error:
        return b.ctx.refuse(e.span, f"the regular expression has no PCRE form: {error}")


def _empty(b: Builder, e: Call) -> Node:
    from rulec.scalars import ScalarType

    only = e.arguments[0]
    x = b.value(only)
    if only.type is ScalarType.STRING:
        return op(x, "=", Text(""))
    if only.type is ScalarType.DYNAMIC:
        return any_of(fn("isnull", x), op(x, "=", Text('""')))
    return fn("isnull", x) if only.nullable else fn("false")


def _filled(b: Builder, e: Call) -> Node:
    found = _empty(b, e)
    return Op("!=", found.left, found.right) if isinstance(found, Op) and found.op == "=" else Not(found)


EMPTY = Predicate(_empty, _filled)


def _folded_unequal(b: Builder, e: Call) -> Node:
    found = folded_equal(b, e)
    return Op("!=", found.left, found.right) if isinstance(found, Op) else Not(found)


FOLDED = Predicate(folded_equal, _folded_unequal)
CONTAINS = _containing("%", "%", True, ("", ""))
CONTAINS_CS = _containing("%", "%", False, ("", ""))
STARTS = _containing("", "%", True, ("^", ""))
STARTS_CS = _containing("", "%", False, ("^", ""))
ENDS = _containing("%", "", True, ("", r"\z"))
ENDS_CS = _containing("%", "", False, ("", r"\z"))
_FORMS: dict[str, Predicate] = {
    "contains": CONTAINS,
    "contains_cs": CONTAINS_CS,
    "startswith": STARTS,
    "startswith_cs": STARTS_CS,
    "endswith": ENDS,
    "endswith_cs": ENDS_CS,
    "has": _term(True, True, True),
    "has_cs": _term(True, True, False),
    "hasprefix": _term(True, False, True),
    "hasprefix_cs": _term(True, False, False),
    "hassuffix": _term(False, True, True),
    "hassuffix_cs": _term(False, True, False),
}
PREDICATES: dict[str, Predicate] = {
    **_FORMS,
    **{f"!{name}": opposite(row) for name, row in _FORMS.items()},
    "has_any": _has_list(False),
    "has_all": _has_list(True),
    "matches regex": two_valued(_matches),
    "=~": FOLDED,
    "!~": opposite(FOLDED),
    "in~": two_valued(folded_member),
    "!in~": opposite(two_valued(folded_member)),
    "isempty": EMPTY,
    "isnotempty": opposite(EMPTY),
}
