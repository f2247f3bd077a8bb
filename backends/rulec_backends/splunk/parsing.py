"""parse and parse-kv as regular expressions.

A pattern must match the whole text from its start; all captures are set or none is. A failed conversion fails the row (`relaxed`: the
column).
Source: Learn, parse, parse-kv; recorded answers; Search Reference, match, replace.
"""

from __future__ import annotations

from rulec.ir.rels import ColumnDef, Parse, ParseKv, ParsePiece
from rulec.scalars import ScalarType
from rulec_backends.splunk import regex
from rulec_backends.splunk.conditions import hoisted
from rulec_backends.splunk.functions.conversions import from_text
from rulec_backends.splunk.quoting import regex_literal
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Field, Node, Text, Where, all_of, fn, op

_NUMBER = {ScalarType.INT: r"[+-]?\d+", ScalarType.LONG: r"[+-]?\d+"}


def _piece(piece: ParsePiece, last: bool, kind: str) -> str | None:
    """The regular expression of a piece; None when PCRE cannot say it."""
    if piece.column is not None:
        if piece.column.type in _NUMBER:
            return f"({_NUMBER[piece.column.type]}|.*?)" if kind == "relaxed" else f"({_NUMBER[piece.column.type]})"
        if kind == "regex":
            return "(.*)"
        return "(.*)" if last else "(.*?)"
    if piece.text is None:
        return ".*" if last else ".*?"
    if kind != "regex":
        return regex_literal(piece.text)
    found = regex.translate(piece.text)
    if found.groups:
        raise regex.Inexpressible("a capture group in a parse pattern")
    return f"(?:{found.pattern})"


def pattern_of(rel: Parse) -> str:
    """The pattern of a parse.

    Raises:
        Inexpressible: a constant of `kind=regex` has no PCRE form.
    """
    body = ""
    for i, piece in enumerate(rel.pieces):
        body += _piece(piece, i == len(rel.pieces) - 1, rel.kind) or ""
    flags = "".join(sorted(set(rel.flags) & set("imsU")))
    scope = flags if rel.kind == "regex" else "s"
    return (f"(?{scope})" if scope else "") + f"^{body}" + (r"\z" if rel.kind != "regex" else "")


def parse(b: Builder, rel: Parse) -> None:
    """Captures become columns."""
    captures = [p.column for p in rel.pieces if p.column is not None]
    if len(captures) > 9:
        b.ctx.refuse(rel.span, "a parse pattern of more than nine columns", code="RC402")
        return
    try:
        pattern = pattern_of(rel)
    except regex.Inexpressible as error:
        b.ctx.refuse(rel.span, f"the pattern has no PCRE form: {error}", code="RC402")
        return
    s = b.atom(b.value(hoisted(b, rel.value)), "s")
    matched = fn("match", s, Text(pattern))
    texts = [b.temp(fn("if", matched, _group(s, pattern, i), Text("")), "g") for i in range(1, len(captures) + 1)]
    values = [_typed(b, rel, text, column) for text, column in zip(texts, captures, strict=True)]
    ok: list[Node] = [matched]
    if rel.kind != "relaxed":
        ok += [fn("isnotnull", v) for v, c in zip(values, captures, strict=True) if c.type is not ScalarType.STRING]
    good = b.temp(fn("if", all_of(*ok), Text("true"), Text("false")), "ok")
    holds = op(good, "=", Text("true"))
    if rel.where:
        b.emit(Where(holds))
    pairs: list[tuple[str, Node]] = []
    for value, column in zip(values, captures, strict=True):
        pairs.append((column.name, value if rel.where else fn("if", holds, value, Text("") if column.type is ScalarType.STRING else NULL)))
    b.assign_all(pairs)


def _group(s: Node, pattern: str, number: int) -> Node:
    whole = pattern if pattern.endswith(r"\z") else pattern + r"(?s:.*)\z"
    return fn("replace", s, Text(whole), Text(f"\\{number}"))


def _typed(b: Builder, rel: Parse, text: Field, column: ColumnDef) -> Node:
    if column.type is ScalarType.STRING:
        return text
    from rulec.ir.exprs import Call, Literal

    place = Call("parse", (Literal("", ScalarType.STRING, rel.span),), column.type, True, rel.span)
    return b.atom(from_text(b, place, text, column.type), "v")


def parse_kv(b: Builder, rel: ParseKv) -> None:
    """The value after the first occurrence of each key, up to the next pair delimiter."""
    options = {name: value for name, value in rel.options if value}
    pair, mark = options.pop("pair_delimiter", None), options.pop("kv_delimiter", "=")
    if options or not isinstance(pair, str) or not isinstance(mark, str):
        b.ctx.refuse(rel.span, "parse-kv with quotes, escapes or without a pair delimiter", code="RC402")
        return
    s = b.atom(b.value(hoisted(b, rel.value)), "s")
    pairs: list[tuple[str, Node]] = []
    stop, equal = regex_literal(pair), regex_literal(mark)
    for column in rel.keys:
        key = regex_literal(column.name)
        body = rf"(?s)^(?:(?:(?!{stop}).)*{stop})*?\s*{key}\s*{equal}((?:(?!{stop}).)*)(?:{stop}.*)?\z"
        found = fn(
            "if",
            fn("match", s, Text(body)),
            fn("replace", fn("replace", s, Text(body), Text(r"\1")), Text(r"^\s+|\s+\z"), Text("")),
            Text(""),
        )
        pairs.append((column.name, found if column.type is ScalarType.STRING else _kv_typed(b, rel, b.temp(found, "g"), column)))
    b.assign_all(pairs)


def _kv_typed(b: Builder, rel: ParseKv, text: Field, column: ColumnDef) -> Node:
    from rulec.ir.exprs import Call, Literal

    place = Call("parse-kv", (Literal("", ScalarType.STRING, rel.span),), column.type, True, rel.span)
    return from_text(b, place, text, column.type)
