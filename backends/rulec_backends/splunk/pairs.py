"""parse-kv as regular expressions: of each key the first value.

Source: Learn, parse-kv; recorded answers; Search Reference, match, replace, rex.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rulec.ir.exprs import Call, Literal
from rulec.ir.rels import ColumnDef, ParseKv
from rulec.scalars import ScalarType
from rulec_backends.splunk import regex
from rulec_backends.splunk.conditions import hoisted
from rulec_backends.splunk.functions.conversions import from_text
from rulec_backends.splunk.quoting import regex_literal
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Field, Node, Rex, Text, fn, joined, number

_WORD = r"[\p{L}\p{N}]"


@dataclass(frozen=True, slots=True)
class Form:
    """How pairs are written: what ends a pair, what stands between key and value, the quotes and their escape character."""

    pair: str
    mark: str
    opening: str
    closing: str
    escape: str

    @property
    def item(self) -> str:
        """A character of a pair, or a part in quotes, which may hold delimiters."""
        bare = rf"(?!{regex_literal(self.pair)})" if self.pair else ""
        if not self.opening:
            return f"{bare}."
        first, last, skip = (regex_literal(t) for t in (self.opening, self.closing, self.escape))
        inside = rf"(?:{skip}.|[^{last}{skip}])*" if self.escape else rf"[^{last}]*"
        return rf"(?:{first}{inside}(?:{last}|\z)|{bare}[^{first}])"

    def pattern(self, key: str) -> str:
        """The whole text, with the first value of a key captured."""
        name = regex_literal(key)
        if self.opening:
            name = f"(?:{regex_literal(self.opening)}{name}{regex_literal(self.closing)}|{name})"
        stop = regex_literal(self.pair)
        before = rf"(?:(?:{self.item})*{stop})*?" if self.pair else ""
        after = rf"(?:{stop}.*)?" if self.pair else ""
        return rf"(?s)^{before}\s*{name}\s*{regex_literal(self.mark)}((?:{self.item})*){after}\z"

    def unquoted(self, value: Node) -> Node:
        """A value without blanks and quotes around it and without escapes."""
        value = _trimmed(value)
        if not self.opening:
            return value
        around = rf"(?s)^{regex_literal(self.opening)}(.*){regex_literal(self.closing)}\z"
        bare = fn("replace", value, Text(around), Text(r"\1"))
        if self.escape:
            bare = fn("replace", bare, Text(rf"(?s){regex_literal(self.escape)}(.)"), Text(r"\1"))
        return fn("if", fn("match", value, Text(around)), bare, value)


def _trimmed(value: Node) -> Node:
    return fn("replace", value, Text(r"^\s+|\s+\z"), Text(""))


def parse_kv(b: Builder, rel: ParseKv) -> None:
    """A column for each key."""
    options = {name: value for name, value in rel.options if value}
    s = b.atom(b.value(hoisted(b, rel.value)), "s")
    texts = _by_regex(b, rel, s, str(options["regex"])) if "regex" in options else _by_form(b, rel, s, options)
    if texts is None:
        return
    pairs: list[tuple[str, Node]] = []
    for column, text in zip(rel.keys, texts, strict=True):
        pairs.append((column.name, text if column.type is ScalarType.STRING else _typed(b, rel, b.temp(text, "g"), column)))
    b.assign_all(pairs)


def _by_form(b: Builder, rel: ParseKv, s: Node, options: Mapping[str, object]) -> list[Node] | None:
    quote = options.get("quote", "")
    opening, closing = (quote[0], quote[1]) if isinstance(quote, str | tuple | list) and len(quote) == 2 else (quote, quote)
    values = [options.get("pair_delimiter", ""), options.get("kv_delimiter", ""), opening, closing, options.get("escape", "")]
    if not all(isinstance(v, str) for v in values) or any(len(str(v)) > 1 for v in values[2:]):
        b.ctx.refuse(rel.span, "parse-kv with quotes or escapes of several characters", code="RC402")
        return None
    form = Form(*map(str, values))
    if not form.pair and not form.mark:
        if form.opening:
            b.ctx.refuse(rel.span, "parse-kv with quotes and without delimiters", code="RC402")
            return None
        patterns = [rf"(?s)^(?:.*?(?!{_WORD}).)?{regex_literal(c.name)}(?!{_WORD})(?:(?!{_WORD}).)+({_WORD}+).*\z" for c in rel.keys]
        return [_found(s, p, Text(r"\1")) if c.name.isalnum() else Text("") for c, p in zip(rel.keys, patterns, strict=True)]
    if not form.mark:
        return [Text("") for _ in rel.keys]
    if options.get("greedy"):
        return [_trimmed(_found(s, p, Text(r"\1"))) for p in _greedy(rel, form)]
    return [form.unquoted(b.temp(_found(s, form.pattern(c.name), Text(r"\1")), "g")) for c in rel.keys]


def _found(s: Node, pattern: str, group: Node) -> Node:
    return fn("if", fn("match", s, Text(pattern)), fn("replace", s, Text(pattern), group), Text(""))


def _greedy(rel: ParseKv, form: Form) -> list[str]:
    """Values that go on until the next known key."""
    names = "|".join(regex_literal(c.name) for c in sorted(rel.keys, key=lambda c: -len(c.name)))
    stop, mark = regex_literal(form.pair), regex_literal(form.mark)
    ahead = rf"(?={stop}\s*(?:{names})\s*{mark}|\z)"
    return [rf"(?s)^(?:.*?{stop})??\s*{regex_literal(c.name)}\s*{mark}(.*?){ahead}.*\z" for c in rel.keys]


def _by_regex(b: Builder, rel: ParseKv, s: Node, source: str) -> list[Node] | None:
    """Keys and values by a regular expression's first two groups; `rex` collects its matches."""
    try:
        groups = len(regex.translate(source).groups)
        whole, key, value = (regex.naming(source, names) for names in ({}, {1: ""}, {2: ""}))
    except regex.Inexpressible as error:
        b.ctx.refuse(rel.span, f"the regular expression has no PCRE form: {error}", code="RC402")
        return None
    if groups < 2:
        return [Text("") for _ in rel.keys]
    every = b.ctx.fresh("all")
    b.assign(every, NULL)
    b.emit(Rex(b.field(s, "s"), f"(?<{every}>{whole})", 0))
    keys, values = (
        b.temp(fn("mvmap", Field(every), joined(Text("="), fn("replace", Field(every), Text(f"^(?:{p})\\z"), Text(r"\1")))), "kv")
        for p in (key, value)
    )
    places = [fn("mvfind", keys, Text(f"^={regex_literal(c.name)}\\z")) for c in rel.keys]
    return [fn("coalesce", fn("substr", fn("mvindex", values, place), number(2)), Text("")) for place in places]


def _typed(b: Builder, rel: ParseKv, text: Field, column: ColumnDef) -> Node:
    place = Call("parse-kv", (Literal("", ScalarType.STRING, rel.span),), column.type, True, rel.span)
    return from_text(b, place, text, column.type)
