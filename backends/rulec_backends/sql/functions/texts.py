"""Texts with a structure of their own: URLs, paths, JSON by path, sizes.

Source: Learn, the functions' pages and their examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call, Literal
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.functions import conversions
from rulec_backends.sql.functions.bags import path_steps
from rulec_backends.sql.functions.dynamic import items
from rulec_backends.sql.functions.strings import text_of
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

_STRING, _DYNAMIC, _REAL = ScalarType.STRING, ScalarType.DYNAMIC, ScalarType.REAL


def _extract_json(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    path = row.constant(call.arguments[0], "the path of `extract_json`")
    if not isinstance(path, str):
        raise Refusal("the path of `extract_json` must be a string")
    parsed = row.d.json_parse(row, trees[1])
    steps = path_steps(path)
    value = row.d.json_path(row, parsed, steps) if steps else parsed
    return row.d.json_string(value) if call.type is _STRING else conversions.convert(row, _DYNAMIC, value, call.type)


# --- URLs and paths ------------------------------------------------------------------------------------------------

_URL: Final = r"(?s)^([A-Za-z][A-Za-z0-9+.-]*)://(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(\[[^\]]*\]|[^:/?#]*)(?::([0-9]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$"


def _parse_url(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    s = row.once(trees[0])
    group = {
        name: row.d.regex_group(s, _URL, i) for i, name in enumerate(("Scheme", "Username", "Password", "Host", "Port", "Path"), start=1)
    }
    query, fragment = row.d.regex_group(s, _URL, 7), row.d.regex_group(s, _URL, 8)
    pairs = [(n, group[n]) for n in ("Scheme", "Host", "Port", "Path", "Username", "Password")]
    bag = [(t.text(n), row.d.json_of(row, x, _STRING)) for n, x in pairs]
    bag += [(t.text("Query Parameters"), _query_bag(row, query)), (t.text("Fragment"), row.d.json_of(row, fragment, _STRING))]
    made = t.when(row.d.regex_test(s, _URL), row.d.json_object(bag))
    # a group of a text that is no URL is '' as well: `tostring` of a member needs no test
    return nodes.known(made, nodes.Facts(blank_text=True))


def _query_bag(row: Row, query: Tree) -> Tree:
    """`a=1&b=2` as a bag of decoded strings."""
    pairs = row.d.list_filter(row, row.d.split(row, query, t.text("&")), lambda p: t.ne(p, t.text("")))
    return row.d.bag_of_pairs(row, pairs, "=")


def _parse_urlquery(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return row.d.json_object([(t.text("Query Parameters"), _query_bag(row, trees[0]))])


#: Scheme, slash before a drive, directory, file, stream.
_PATH: Final = r"(?s)^(?:([A-Za-z][A-Za-z0-9+.\-]*)://)?(?:/([A-Za-z]:))?(?:(.*)[\\/])?([^\\/:]*)(?::([^\\/]*))?$"
_ROOT: Final = r"(?s)^(?:[A-Za-z][A-Za-z0-9+.\-]*://)?/?([A-Za-z]:)(?:[\\/].*)?$"


def _parse_path(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    s = row.once(trees[0])

    def group(number: int) -> Tree:
        return row.d.regex_group(s, _PATH, number)

    directory, file = row.once(t.concat(group(2), group(3))), row.once(group(4))
    # a drive is no directory's name
    name = row.d.regex_group(directory, r"(?:^|[\\/])([^\\/]*[^\\/:])$", 1)
    extension = row.d.regex_group(file, r"\.([^.]*)$", 1)
    parts = [
        ("Scheme", group(1)),
        ("RootPath", row.d.regex_group(s, _ROOT, 1)),
        ("DirectoryPath", directory),
        ("DirectoryName", name),
        ("Filename", file),
        ("Extension", extension),
        ("AlternateDataStreamName", group(5)),
    ]
    return row.d.json_object([(t.text(n), row.d.json_of(row, x, _STRING)) for n, x in parts])


#: A field in quotes, with what follows them, or without; a line break ends the record outside quotes.
_FIELD: Final = r'(?:"(?:[^"]|"")*(?:"[^,\n]*)?|[^",\n][^,\n]*|)'
_RECORD: Final = rf"^({_FIELD}(?:,{_FIELD})*)"


def _parse_csv(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """The fields of the first record."""
    text = t.call("replace", text_of(row, call.arguments[0], trees[0]), t.text("\r\n"), t.text("\n"))
    record = row.d.regex_group(text, _RECORD, 1)
    fields = row.d.regex_all(row, t.concat(t.text(","), record), rf",({_FIELD})", 1)

    def value(field: Tree) -> Tree:
        inside = t.call("replace", row.d.regex_group(field, '^"((?:[^"]|"")*)', 1), t.text('""'), t.text('"'))
        quoted = row.d.regex_group(field, '^("(?:[^"]|"")*"?)', 1)
        behind = t.call("substr", field, t.add(t.call("length", quoted), t.num(1)))
        return t.when(t.call("starts_with", field, t.text('"')), t.concat(inside, behind), field)

    return row.d.json_strings(row, row.d.list_map(row, fields, value))


def _url_encode(plus: bool) -> FunctionRow:
    return lambda row, call, trees: row.d.url_encoded(row, trees[0], plus)


# --- searching -----------------------------------------------------------------------------------------------------


def _has_any_index(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """The index of the first needle that the text has as a term; -1 when it has none."""
    listed = call.arguments[1]
    if not (isinstance(listed, Literal) and isinstance(listed.value, list)):
        return _has_listed_index(row, call, trees)
    if not listed.value:
        return t.num(-1)
    x = row.once(row.d.lower_text(text_of(row, call.arguments[0], trees[0])))
    branches = []
    for index, needle in enumerate(listed.value):
        word = t.text(needle if isinstance(needle, str) else row.d.constant_text(needle))
        branches.append((row.d.has(row, x, row.d.lower_text(word), True, True), t.num(index)))
    return t.case(branches, t.num(-1))


def _has_listed_index(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Over an array known at run time."""
    x = row.once(row.d.lower_text(text_of(row, call.arguments[0], trees[0])))
    found = row.d.list_map(row, items(row, trees[1]), lambda e: row.d.has_item(row, x, e))
    return t.coalesce(row.d.number_position(row.once(found), t.true()), t.num(-1))


def _around(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """value between center - delta and center + delta."""
    value, center, delta = (row.once(x) for x in trees)
    span = call.arguments[2]
    if call.arguments[0].type is ScalarType.DATETIME:
        low = row.d.dates.add(row, center, delta, span, negative=True)
        return t.between(value, low, row.d.dates.add(row, center, delta, span))
    return t.between(value, t.sub(center, delta), t.add(center, delta))


_SIZES: Final = (("Bytes", 1), ("KB", 2**10), ("MB", 2**20), ("GB", 2**30), ("TB", 2**40), ("PB", 2**50), ("EB", 2**60))


def _format_bytes(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    digits = row.constant(call.arguments[1], "the precision of `format_bytes`") if len(trees) > 1 else 0
    unit = row.constant(call.arguments[2], "the unit of `format_bytes`") if len(trees) > 2 else None
    sizes = dict(_SIZES)
    if not isinstance(digits, int) or not 0 <= digits <= 6 or (unit is not None and unit not in sizes):
        raise Refusal("this precision or unit of `format_bytes` is not supported")
    x = row.once(row.d.real(trees[0]) if call.arguments[0].type is not _REAL else trees[0])
    if call.arguments[0].type is _REAL:
        # NaN and the infinities have no text; what has more digits than a long neither
        x = row.once(t.when(t.between(x, row.d.literal(-1e37, _REAL), row.d.literal(1e37, _REAL)), x))

    def shown(word: str) -> Tree:
        scaled = t.binary("/", x, row.d.literal(float(sizes[word]), _REAL))
        number = t.call("round", scaled, t.num(digits)) if digits else t.call("round", scaled)
        text = t.cast(t.cast(number, "BIGINT"), "VARCHAR") if not digits else row.d.plain_number(row, number)
        return t.concat(text, t.text(f" {word}"))

    if isinstance(unit, str):
        return t.coalesce(shown(unit), t.text(""))
    branches = [(t.lt(t.call("abs", x), row.d.literal(float(limit), _REAL)), shown(word)) for (word, _), (_, limit) in pairwise(_SIZES)]
    return t.coalesce(t.case(branches, shown("EB")), t.text(""))


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "extract_json": _extract_json,
        "parse_url": _parse_url,
        "parse_urlquery": _parse_urlquery,
        "parse_path": _parse_path,
        "parse_csv": _parse_csv,
        "url_encode": _url_encode(True),
        "url_encode_component": _url_encode(False),
        "has_any_index": _has_any_index,
        "around": _around,
        "format_bytes": _format_bytes,
    }
)
