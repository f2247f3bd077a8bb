"""parse as a regular expression.

A pattern must match the whole text from its start; all captures are set or none is. A failed conversion fails the row (`relaxed`: the
column).
Source: Learn, parse; recorded answers; Search Reference, rex, match.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rulec.ir.rels import ColumnDef, Parse, ParsePiece
from rulec.scalars import ScalarType
from rulec_backends.splunk import regex
from rulec_backends.splunk.conditions import hoisted
from rulec_backends.splunk.functions.conversions import from_text, integer_of_digits
from rulec_backends.splunk.quoting import regex_literal
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Field, Node, Rex, Text, Where, all_of, fn, number, op

#: A name that a group of `rex` may have: PCRE knows at most 32 characters.
GROUP_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}\Z")
_NAME = re.compile(r"\(\?<\w+>")
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


def pattern_of(rel: Parse, names: Sequence[str]) -> str:
    """The pattern of a parse with its captures named.

    Raises:
        Inexpressible: a constant of `kind=regex` has no PCRE form.
    """
    body, left = "", list(names)
    for i, piece in enumerate(rel.pieces):
        text = _piece(piece, i == len(rel.pieces) - 1, rel.kind)
        body += text if piece.column is None else f"(?<{left.pop(0)}>{text[1:]}"
    flags = "".join(sorted(set(rel.flags) & set("imsU")))
    scope = flags if rel.kind == "regex" else "s"
    return (f"(?{scope})" if scope else "") + f"^{body}" + (r"\z" if rel.kind != "regex" else "")


def parse(b: Builder, rel: Parse) -> None:
    """Captures become columns. `rex` leaves a field as it was where nothing matches: each is emptied before."""
    captures = [p.column for p in rel.pieces if p.column is not None]
    source = b.field(b.value(hoisted(b, rel.value)), "s")
    textual = all(c.type is ScalarType.STRING for c in captures)
    plain = textual and all(GROUP_NAME.match(c.name) and c.name != source for c in captures)
    names = [c.name if plain else b.ctx.fresh("g") for c in captures]
    try:
        pattern = pattern_of(rel, names)
    except regex.Inexpressible as error:
        b.ctx.refuse(rel.span, f"the pattern has no PCRE form: {error}", code="RC402")
        return
    matched = fn("match", Field(source), Text(_NAME.sub("(", pattern)))
    if rel.where:
        b.emit(Where(matched))
    for name in names:
        b.assign(name, Text(""))
    b.emit(Rex(source, pattern))
    if not textual:
        _converted(b, rel, list(zip(captures, map(Field, names), strict=True)), matched)
    elif not plain:
        b.assign_all([(c.name, Field(name)) for c, name in zip(captures, names, strict=True)])


def _converted(b: Builder, rel: Parse, texts: list[tuple[ColumnDef, Field]], matched: Node) -> None:
    """The columns of the texts: where one is of another type than it should be none is set, but with `relaxed` the others."""
    pairs = [(column, _typed(b, rel, text, column)) for column, text in texts]
    ok: list[Node] = [] if rel.where else [matched]
    if rel.kind != "relaxed":
        ok += [fn("isnotnull", value) for column, value in pairs if column.type is not ScalarType.STRING]
    if not ok:
        b.assign_all([(column.name, value) for column, value in pairs])
        return
    good = op(b.temp(fn("if", all_of(*ok), number(1), number(0)), "ok"), "=", number(1))
    if rel.where:
        b.emit(Where(good))
    nothing = {c.name: Text("") if c.type is ScalarType.STRING else NULL for c, _ in pairs}
    b.assign_all([(c.name, value if rel.where else fn("if", good, value, nothing[c.name])) for c, value in pairs])


def _typed(b: Builder, rel: Parse, text: Field, column: ColumnDef) -> Node:
    if column.type is ScalarType.STRING:
        return text
    if column.type in _NUMBER and rel.kind != "relaxed":
        return b.atom(integer_of_digits(b, text, column.type), "v")
    from rulec.ir.exprs import Call, Literal

    place = Call("parse", (Literal("", ScalarType.STRING, rel.span),), column.type, True, rel.span)
    return b.atom(from_text(b, place, text, column.type), "v")
