"""Regular expressions: patterns are constants, translated at compile time (`rulec_backends.sql.regex`).

Source: Learn, "Regex syntax" and the functions' pages; recorded answers (kql.md 4.14-4.22).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rulec.catalogue.regexes import may_be_empty
from rulec.ir.exprs import Call, Expr
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.functions.conversions import convert
from rulec_backends.sql.functions.strings import text_of
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.regex import Regex, boundary_left
from rulec_backends.sql.trees import Tree

_STRING, _LONG = ScalarType.STRING, ScalarType.LONG


def pattern_of(row: Row, expr: Expr) -> Regex:
    value = row.constant(expr, "the regular expression")
    if not isinstance(value, str):
        raise Refusal("the regular expression must be a string")
    found = row.d.regex(value)
    if found.ascii_boundary and row.d.ascii_boundary:
        _warn(row, expr)
    return found


def _matches(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    value = row.constant(call.arguments[1], "the regular expression")
    if not isinstance(value, str):
        raise Refusal("the regular expression must be a string")
    pattern = row.d.regex_bounded(row.d.regex(value))
    if row.d.ascii_boundary and boundary_left(pattern):
        _warn(row, call.arguments[1])
    return row.d.regex_test(text_of(row, call.arguments[0], trees[0]), pattern)


def _warn(row: Row, expr: Expr) -> None:
    row.pipeline.warn(
        expr.span,
        "RC501",
        f"`\\b` in the regular expression sees ASCII letters and digits only on {row.d.title}",
        "put the characters that may stand around the word in its place",
    )


def _extract(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """'' without a match; with a type its conversion, null when that fails."""
    pattern = pattern_of(row, call.arguments[0])
    group = row.constant(call.arguments[1], "the group of `extract`")
    if not isinstance(group, int) or group < 0:
        raise Refusal("the group of `extract` must be a number from 0")
    source = text_of(row, call.arguments[2], trees[2])
    # a group that the pattern has not is one that never matches
    text = row.d.regex_group(source, pattern.text, group) if group <= pattern.groups else t.text("")
    return text if call.type is _STRING else convert(row, _STRING, text, call.type)


def _extract_all(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """One group: a flat array; several: an array of arrays; null without a match."""
    pattern = pattern_of(row, call.arguments[0])
    _check_empty(row, call.arguments[0])
    source = text_of(row, call.arguments[-1], trees[-1])
    groups = list(range(1, pattern.groups + 1))
    if len(trees) == 3:
        groups = _chosen(row, call.arguments[1], pattern)
    if not groups:
        raise Refusal("`extract_all` needs a group in the regular expression")
    if len(groups) == 1:
        found = row.d.regex_all(row, source, pattern.text, groups[0])
        return row.bind(found, lambda xs: t.when(t.gt(row.d.list_length(xs), t.num(0)), row.d.json_strings(row, xs)))
    source = row.once(source)
    lists = [row.once(row.d.regex_all(row, source, pattern.text, g)) for g in groups]

    def entry(items: Sequence[Tree]) -> Tree:
        return row.d.json_strings(row, row.d.array(items, "VARCHAR"))

    entries = row.d.json_array(row.d.list_zip(row, list(lists), entry))
    known = nodes.known(entries, nodes.Facts(of_texts=True))
    return t.when(t.gt(row.d.list_length(lists[0]), t.num(0)), known)


def _chosen(row: Row, expr: Expr, pattern: Regex) -> list[int]:
    """The named groups; those that the pattern has not are passed over."""
    value = row.constant(expr, "the groups of `extract_all`")
    if not isinstance(value, list):
        raise Refusal("the groups of `extract_all` must be an array")
    names = dict(pattern.names)
    groups = [v if isinstance(v, int) else names.get(str(v), -1) for v in value]
    return [g for g in groups if 0 <= g <= pattern.groups]


def _check_empty(row: Row, expr: Expr, deletes: bool = False) -> None:
    """Refuses a pattern that may match no text beside other matches where the engine takes empty matches after others, as Rust does not.

    Where matches are deleted, only patterns matter that prefer no text to some."""
    source = row.constant(expr, "the regular expression")
    if row.d.empty_after_match and isinstance(source, str) and may_be_empty(source, lazy=deletes):
        raise Refusal(f"a pattern that may match no text: beside other matches {row.d.title} finds other empty ones")


def _replace_regex(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return _replaced(row, call.arguments[0], trees[0], call.arguments[1], call.arguments[2])


def _replace(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """The old order of arguments: pattern, rewrite, text."""
    return _replaced(row, call.arguments[2], trees[2], call.arguments[0], call.arguments[1])


def _replaced(row: Row, source: Expr, tree: Tree, pattern: Expr, rewrite: Expr) -> Tree:
    found = pattern_of(row, pattern)
    text = row.constant(rewrite, "the replacement")
    if not isinstance(text, str):
        raise Refusal("the replacement must be a string")
    _check_empty(row, pattern, deletes=text == "")
    parts: list[str | int] = []
    for token in re.findall(r"\\\d|\\\\|[^\\]+|\\", text):
        if len(token) == 2 and token[1].isdigit():
            if int(token[1]) > found.groups:
                raise Refusal(f"the replacement names the group {token[1]}, which the regular expression has not")
            parts.append(int(token[1]))
        else:
            parts.append("\\" if token == "\\\\" else token)
    return row.d.regex_replace(text_of(row, source, tree), found.text, parts)


def _trim(left: bool, right: bool) -> FunctionRow:
    """One match a side goes."""

    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        text = text_of(row, call.arguments[1], trees[1])
        pattern = pattern_of(row, call.arguments[0]).text
        ends = ([f"^(?:{pattern})"] if left else []) + ([f"(?:{pattern}){row.d.regex_end}"] if right else [])
        return row.d.regex_replace(text, "|".join(ends), [""])

    return row_


def _countof(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Plain matches may overlap, regular ones do not."""
    kind = row.constant(call.arguments[2], "the kind of `countof`") if len(trees) > 2 else "normal"
    text = text_of(row, call.arguments[0], trees[0])
    if kind == "regex":
        _check_empty(row, call.arguments[1])
        return row.d.list_length(row.d.regex_all(row, text, pattern_of(row, call.arguments[1]).text, 0))
    needle = trees[1]
    if t.is_text(needle) and needle.value and not overlaps(str(needle.value)):
        text = row.once(text)
        gone = t.sub(t.call("length", text), t.call("length", t.call("replace", text, needle, t.text(""))))
        size = len(needle.value)
        return gone if size == 1 else row.d.int_div(gone, t.num(size))
    if t.is_text(needle) and not needle.value:
        return t.num(0)
    text, needle = row.once(text), row.once(text_of(row, call.arguments[1], needle))
    places = row.d.sequence(t.num(1), t.call("length", text), t.num(1))
    hits = row.d.list_filter(row, places, lambda i: t.call("starts_with", t.call("substr", text, i), needle))
    return t.when(t.eq(needle, t.text("")), t.num(0), row.d.list_length(hits))


def overlaps(needle: str) -> bool:
    """Whether two matches of the needle can overlap: an end of it is also a start of it."""
    return any(needle.startswith(needle[i:]) for i in range(1, len(needle)))


def _indexof_regex(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """The place of the first match: the length of what stands before it."""
    if len(trees) > 2:
        raise Refusal("`indexof_regex` with a start is not supported")
    pattern = pattern_of(row, call.arguments[1]).text
    text = row.once(text_of(row, call.arguments[0], trees[0]))
    before = row.d.regex_group(text, f"(?s:^(.*?))(?:{pattern})", 1)
    return t.when(row.d.regex_test(text, pattern), t.call("length", before), t.num(-1))


def _regex_quote(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return row.d.regex_escape(trees[0])


def _replace_strings(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Each place once: the first of the lookups that matches there is replaced."""
    lookups = row.constant(call.arguments[1], "the lookups of `replace_strings`")
    rewrites = row.constant(call.arguments[2], "the replacements of `replace_strings`")
    if not (isinstance(lookups, list) and isinstance(rewrites, list) and len(lookups) == len(rewrites)):
        raise Refusal("`replace_strings` needs two arrays of one length")
    pairs = [(str(a), str(b)) for a, b in zip(lookups, rewrites, strict=True)]
    tree = text_of(row, call.arguments[0], trees[0])
    pairs = [(old, new) for old, new in pairs if old]
    if not any(_touches(new, old) for index, (_, new) in enumerate(pairs) for old, _ in pairs[index + 1 :]):
        for old, new in pairs:
            tree = t.call("replace", tree, t.text(old), t.text(new))
        return tree
    if len(pairs) > _MARKS:
        raise Refusal(f"`replace_strings` of more than {_MARKS} texts that meet one another is not supported")
    marks = [t.call("chr", t.num(_FIRST_MARK + index)) for index in range(len(pairs))]
    for (old, _), mark in zip(pairs, marks, strict=True):
        tree = t.call("replace", tree, t.text(old), mark)
    for (_, new), mark in zip(pairs, marks, strict=True):
        tree = t.call("replace", tree, mark, t.text(new))
    return tree


#: Code points that are no characters and stand in no text: what a replacement put in must not be found again.
_FIRST_MARK, _MARKS = 0xFDD0, 32


def _touches(new: str, old: str) -> bool:
    """Whether text with `new` put in could match `old` through it."""
    return bool(old) and (
        old in new or not new or any(new.endswith(old[:i]) or new.startswith(old[i:]) for i in range(1, len(old))) or new in old
    )


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "matches regex": _matches,
        "extract": _extract,
        "extract_all": _extract_all,
        "replace_regex": _replace_regex,
        "replace": _replace,
        "trim": _trim(True, True),
        "trim_start": _trim(True, False),
        "trim_end": _trim(False, True),
        "countof": _countof,
        "indexof_regex": _indexof_regex,
        "regex_quote": _regex_quote,
        "replace_strings": _replace_strings,
    }
)
