"""parse as a regular expression.

A pattern must match the whole text from its start; all captures are set or none is. A failed conversion fails the row (`relaxed`: the
column).
Source: Learn, parse; recorded answers; Search Reference, match, replace.
"""

from __future__ import annotations

from rulec.ir.rels import ColumnDef, Parse, ParsePiece
from rulec.scalars import ScalarType
from rulec_backends.splunk import regex
from rulec_backends.splunk.conditions import hoisted
from rulec_backends.splunk.functions.conversions import from_text
from rulec_backends.splunk.quoting import regex_literal
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Field, Node, Text, Where, all_of, fn, op

_NUMBER = {ScalarType.INT: r"[+-]?\d+", ScalarType.LONG: r"[+-]?\d+"}


def _piece(piece: ParsePiece, last: bool, kind: str) -> str:
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


def pattern_of(rel: Parse, only: int) -> str:
    """The pattern of a parse whose only capture is the `only`th column (from 1); 0 captures none.

    Raises:
        Inexpressible: a constant of `kind=regex` has no PCRE form.
    """
    body, column = "", 0
    for i, piece in enumerate(rel.pieces):
        text = _piece(piece, i == len(rel.pieces) - 1, rel.kind)
        column += piece.column is not None
        body += text if piece.column is None or column == only else "(?:" + text[1:]
    flags = "".join(sorted(set(rel.flags) & set("imsU")))
    scope = flags if rel.kind == "regex" else "s"
    return (f"(?{scope})" if scope else "") + f"^{body}" + (r"\z" if rel.kind != "regex" else "")


def parse(b: Builder, rel: Parse) -> None:
    """Captures become columns."""
    captures = [p.column for p in rel.pieces if p.column is not None]
    try:
        pattern, *patterns = [pattern_of(rel, i) for i in range(len(captures) + 1)]
    except regex.Inexpressible as error:
        b.ctx.refuse(rel.span, f"the pattern has no PCRE form: {error}", code="RC402")
        return
    s = b.atom(b.value(hoisted(b, rel.value)), "s")
    matched = fn("match", s, Text(pattern))
    texts = [b.temp(fn("if", matched, _group(s, one), Text("")), "g") for one in patterns]
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


def _group(s: Node, pattern: str) -> Node:
    whole = pattern if pattern.endswith(r"\z") else pattern + r"(?s:.*)\z"
    return fn("replace", s, Text(whole), Text(r"\1"))


def _typed(b: Builder, rel: Parse, text: Field, column: ColumnDef) -> Node:
    if column.type is ScalarType.STRING:
        return text
    from rulec.ir.exprs import Call, Literal

    place = Call("parse", (Literal("", ScalarType.STRING, rel.span),), column.type, True, rel.span)
    return b.atom(from_text(b, place, text, column.type), "v")
