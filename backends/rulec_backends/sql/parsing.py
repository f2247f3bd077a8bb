"""`parse` and `parse-kv`: one regular expression a row set, one group a capture."""

from __future__ import annotations

from typing import Final

from rulec.ir.rels import Parse, ParseKv
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec_backends.sql import reads, relations
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.functions.conversions import convert
from rulec_backends.sql.levels import Level, Slot
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.trees import Tree

_STRING: Final = ScalarType.STRING
_NUMBERS: Final = {
    ScalarType.INT: r"-?\d+",
    ScalarType.LONG: r"-?\d+",
    ScalarType.REAL: r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?",
    ScalarType.DECIMAL: r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?",
}


def parse(p: Pipeline, rel: Parse) -> Level:
    level = relations.lower(p, rel.input)
    level = p.settled(level, reads.columns(rel.value))
    row = Row(p, level)
    value = row.lower(rel.value)
    if rel.value.type is ScalarType.DYNAMIC:
        value = row.d.json_string(value)
    pattern = pattern_of(p, rel)
    value = row.once(value)
    captures = [piece.column for piece in rel.pieces if piece.column is not None]
    texts = [row.d.regex_group(value, pattern, index) for index in range(1, len(captures) + 1)]
    matched = row.d.regex_test(value, pattern)
    columns, ok = _captured(row, rel, [(c.name, c.type) for c in captures], texts, matched)
    level = relations.with_hoists(p, level, row, [ok, *(s.tree for s in columns.values())])
    level = replace(level, columns={**level.columns, **columns}, where=list(level.where), word="parsed")
    if rel.where:
        level.where.append(ok)
    return relations.noted(level, rel.span)


def _value(row: Row, text: Tree, kind: ScalarType) -> Tree:
    """A captured text as a value of the column's type; of a dynamic one it is read as JSON."""
    if kind is ScalarType.DYNAMIC:
        return row.d.json_parse(row, row.once(text))
    return text if kind is _STRING else convert(row, _STRING, text, kind)


def _captured(
    row: Row, rel: Parse, captures: list[tuple[str, ScalarType]], texts: list[Tree], matched: Tree
) -> tuple[dict[str, Slot], Tree]:
    """The captures' columns, and the test that the row parsed.

    All or nothing, but for kind=relaxed a failed conversion nulls only itself."""
    typed = [kind for _, kind in captures if kind is not _STRING]
    values = [_value(row, text, kind) for (_, kind), text in zip(captures, texts, strict=True)]
    ok = matched
    if typed and rel.kind != "relaxed":
        values = [row.once(v) if kind is not _STRING else v for v, (_, kind) in zip(values, captures, strict=True)]
        tests = [t.is_not_null(v) for v, (_, kind) in zip(values, captures, strict=True) if kind is not _STRING]
        ok = row.once(t.and_(matched, *tests)) if len(captures) > 1 or rel.where else matched
    columns: dict[str, Slot] = {}
    for (name, kind), value in zip(captures, values, strict=True):
        if kind is _STRING:
            # a failed match captures '' already
            tree = value if not typed or rel.kind == "relaxed" else t.when(ok, value, t.text(""))
            columns[name] = Slot(tree, kind, False)
        else:
            tree = value if rel.kind == "relaxed" or len(captures) == 1 else t.when(ok, value)
            columns[name] = Slot(tree, kind, True)
    return columns, ok


def pattern_of(p: Pipeline, rel: Parse) -> str:
    """The regular expression of a parse pattern, in the target's dialect."""
    if rel.kind == "regex":
        return _regex_pattern(p, rel)
    parts = ["(?s)^"]
    pieces = rel.pieces
    for index, piece in enumerate(pieces):
        last = index == len(pieces) - 1
        if piece.text is not None:
            parts.append(p.dialect.regex_quote(piece.text))
        elif piece.column is None:
            parts.append("" if last else ".*?")
        else:
            parts.append(_capture(piece.column.type, last, not last and pieces[index + 1].text is None))
    tail = pieces[-1] if pieces else None
    if tail is not None and (tail.text is not None or tail.column is not None):
        parts.append("$")
    return "".join(parts)


def _capture(kind: ScalarType, last: bool, open_end: bool) -> str:
    """A capture reaches up to the next constant; before a `*` only a number has an end of its own."""
    if not open_end:
        return "(.*)" if last else "(.*?)"
    if kind in _NUMBERS:
        return f"({_NUMBERS[kind]}|.*?)"
    if kind is _STRING:
        return "(.*?)"
    raise Refusal(
        f"`parse` of a {kind.value} right before `*` or another column is not supported", "put the text that ends it between them"
    )


def _regex_pattern(p: Pipeline, rel: Parse) -> str:
    ungreedy = "U" in rel.flags
    flags = "".join(sorted(set(rel.flags) - {"U"}))
    if set(flags) - set("ims"):
        raise Refusal(f"the flags `{rel.flags}` of `parse kind=regex` are not supported")
    parts = [f"(?{flags})" if flags else "", "^"]
    for piece in rel.pieces:
        if piece.text is not None:
            found = p.dialect.regex(piece.text)
            if found.groups:
                raise Refusal("a group inside the pattern of `parse kind=regex` is not supported", "write it as (?:…)")
            parts.append(found.text)
        elif piece.column is None:
            parts.append(".*?")
        else:
            kind = piece.column.type
            parts.append(f"({_NUMBERS[kind]})" if kind in _NUMBERS else "(.*?)" if ungreedy else "(.*)")
    tail = rel.pieces[-1] if rel.pieces else None
    if tail is not None and tail.column is not None and tail.column.type not in _NUMBERS:
        parts.append("$")
    return "".join(parts)


def parse_kv(p: Pipeline, rel: ParseKv) -> Level:
    level = relations.lower(p, rel.input)
    level = p.settled(level, reads.columns(rel.value))
    row = Row(p, level)
    value = row.once(row.lower(rel.value))
    options = dict(rel.options)
    pair, kv = options.get("pair_delimiter", " "), options.get("kv_delimiter", "=")
    if not (isinstance(pair, str) and isinstance(kv, str)):
        raise Refusal("the delimiters of `parse-kv` must be strings")
    unknown = [name for name in ("escape", "greedy", "regex") if options.get(name)]
    if unknown:
        raise Refusal(f"the option `{unknown[0]}` of `parse-kv` is not supported")
    quotes = options.get("quote")
    marks = (quotes,) if isinstance(quotes, str) else quotes if isinstance(quotes, tuple) else ()
    columns: dict[str, Slot] = {}
    for key in rel.keys:
        text = kv_text(p, value, key.name, pair, kv, [str(m) for m in marks])
        tree = _value(row, text, key.type)
        columns[key.name] = Slot(tree, key.type, key.type is not _STRING)
    level = relations.with_hoists(p, level, row)
    return relations.noted(replace(level, columns={**level.columns, **columns}, word="parsed"), rel.span)


def kv_text(p: Pipeline, value: Tree, key: str, pair: str, kv: str, marks: list[str]) -> Tree:
    """The first value of a key: blanks around it go, a quoted value is what stands between the quotes."""
    quote = p.dialect.regex_quote
    ends = "|".join([r"\s*", *(rf"\s*{quote(m[0])}" for m in marks)]) if marks else r"\s*"
    starts = "|".join([r"\s*", *(rf"{quote(m[-1])}\s*" for m in marks)]) if marks else r"\s*"
    lead = rf"(?s)(?:^|{quote(pair)})(?:{ends}){quote(key)}(?:{starts}){quote(kv)}\s*"
    plain = p.dialect.regex_group(value, rf"{lead}(.*?)\s*(?:{quote(pair)}|$)", 1)
    if not marks:
        return plain
    branches = []
    for mark in marks:
        opening, closing = (mark[0], mark[-1])
        pattern = rf"{lead}{quote(opening)}([^{quote(closing)}]*){quote(closing)}"
        branches.append((p.dialect.regex_test(value, pattern), p.dialect.regex_group(value, pattern, 1)))
    return t.case(branches, plain)
