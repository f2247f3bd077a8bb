"""Text to tokens, with one compiled pattern.

White space and comments belong to the token after them. Text that is no token is reported here and left out, so that
the parser can go on.

Source: Kusto.Language `TokenParser`, whose quirks are kept: the longest keyword wins before names are tried, a
literal such as `datetime(…)` is one token up to its `)` on the same line.
"""

from __future__ import annotations

import re
from typing import Final

from rulec.errors import Diagnostic
from rulec.source import Source, Span
from rulec.syntax.limits import MAX_ERRORS
from rulec.syntax.moments import TIMESPAN_UNITS
from rulec.syntax.tokens import (
    BOOL,
    DATETIME,
    DECIMAL,
    DIRECTIVE,
    END,
    GUID,
    INT,
    KEYWORDS,
    LONG,
    NAME,
    RAW_GUID,
    REAL,
    STRING,
    TIMESPAN,
    Tokens,
)

#: Words that start a literal when `(` follows at once.
TYPED_LITERALS: Final = {
    "bool": BOOL,
    "date": DATETIME,
    "datetime": DATETIME,
    "decimal": DECIMAL,
    "double": REAL,
    "guid": GUID,
    "int": INT,
    "int32": INT,
    "int64": LONG,
    "long": LONG,
    "real": REAL,
    "time": TIMESPAN,
    "timespan": TIMESPAN,
}
_SPACE: Final = r"[\t\n\f\r \u00a0\u1680\u180e\u2000-\u200b\u202f\u205f\u3000\ufeff]*+"
_COMMENT: Final = r"//[^\r\n\u2028\u2029]*+[\u2028\u2029]?"
_ESCAPE: Final = r"""\\(?:[\\'"abfnrtv]|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-3][0-7]{2}|[0-7]{1,2})"""
_HEX: Final = "[0-9a-fA-F]"


def _alternatives(words: list[str]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w)))


_PUNCTUATED: Final = [k for k in KEYWORDS if not re.fullmatch(r"[A-Za-z_]\w*", k)]
#: `project-awayx` is no `project` followed by `-awayx`: the longest keyword fails and only a plain name is left.
_SPOILT: Final = sorted({(k[: m.start()], k[m.start() :]) for k in _PUNCTUATED if (m := re.search(r"\W", k)) and m.start()})

#: One group a rule, tried in this order. `plain` is a short cut: a word before none of the characters that could make it more than one.
_RULES: Final = (
    ("plain", r"""(?!matches regex)[A-Za-z_$]\w*+(?![-~.("'@`])"""),
    ("mark", r"""[=!]~|[=!<>]=|=>|<>|<\||\.\.|[()\[\]{}|.+\-*/%<>=:;,?]|@(?!["'`~])"""),
    ("string", rf"""[hH]?(?:"[^"\\\r\n]*(?:{_ESCAPE}[^"\\\r\n]*)*"|'[^'\\\r\n]*(?:{_ESCAPE}[^'\\\r\n]*)*')"""),
    ("verbatim", r"""[hH]?(?:@(?:"[^"\r\n]*(?:""[^"\r\n]*)*"|'[^'\r\n]*(?:''[^'\r\n]*)*')|@?(?:```[\s\S]*?```|~~~[\s\S]*?~~~))"""),
    ("bad_string", r"""[hH]?@?(?:"(?:[^"\\\r\n]|\\.)*"?|'(?:[^'\\\r\n]|\\.)*'?|(?:```|~~~)[\s\S]*)"""),
    ("punctuated", rf"(?>{_alternatives(_PUNCTUATED)})(?!\w)"),
    ("spoilt", "|".join(rf"{head}(?={re.escape(tail)}\w)" for head, tail in _SPOILT)),
    ("typed", rf"(?:{_alternatives(list(TYPED_LITERALS))})\([^)\r\n\u2028\u2029]*+\)?"),
    ("raw_guid", rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"),
    ("word", r"[A-Za-z_$]\w*+"),
    ("real", r"\d++(?:\.(?!\.(?!\.))\d*+(?:[eE][+-]?\d++)?+|[eE][+-]?\d++)(?!\w)"),
    ("timespan", rf"\d++(?:\.\d++)?+(?:{_alternatives(list(TIMESPAN_UNITS))})(?!\w)"),
    ("long", rf"(?:0[xX]{_HEX}++|\d++)(?!\w)"),
    ("digits_name", r"\d++[A-Za-z_]\w*+"),
    ("directive", r"\#[^\r\n]*+"),
    ("end", r"\Z"),
    ("bad_name", r"[^\x00-\x7f][^\x00-\x40\x5b-\x5e\x60\x7b-\x7f]*+"),
    ("bad", r"[\s\S]"),
)
_TOKEN: Final = re.compile(rf"{_SPACE}(?:{_COMMENT}{_SPACE})*+(?:{'|'.join(f'(?P<{name}>{rule})' for name, rule in _RULES)})", re.ASCII)
_WORD_KINDS: Final = {**{k: k for k in KEYWORDS}, **dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), BOOL)}
_FIXED_KINDS: Final = {
    "string": STRING,
    "verbatim": STRING,
    "bad_string": STRING,
    "spoilt": NAME,
    "raw_guid": RAW_GUID,
    "real": REAL,
    "timespan": TIMESPAN,
    "long": LONG,
    "digits_name": NAME,
    "directive": DIRECTIVE,
    "end": END,
    "bad_name": NAME,
}
_BAD_RULES: Final = frozenset({"bad_string", "bad_name", "bad"})
_QUOTES: Final = re.compile("[hH]?@?(```|~~~|.)")


def lex(source: Source) -> tuple[Tokens, list[Diagnostic]]:
    """The tokens of a text and what was wrong with some of them (RC202, RC203)."""
    text = source.text
    tokens = Tokens([], [], [])
    diagnostics: list[Diagnostic] = []
    kinds, starts, ends = tokens
    for match in _TOKEN.finditer(text):
        rule = match.lastgroup or ""
        start, end = match.span(rule)
        if rule == "plain" or rule == "word":
            kind = _WORD_KINDS.get(text[start:end], NAME)
        elif rule in ("mark", "punctuated"):
            kind = text[start:end]
        elif rule == "typed":
            kind = TYPED_LITERALS[text[start : text.index("(", start)]]
            if text[end - 1] != ")" and len(diagnostics) < MAX_ERRORS:
                diagnostics.append(Diagnostic.at(Span(start, end, source), "RC202", "the literal has no `)` on its line"))
        else:
            kind = _FIXED_KINDS.get(rule, "")
            if rule in _BAD_RULES and len(diagnostics) < MAX_ERRORS:
                diagnostics.append(_bad(rule, Span(start, end, source)))
            if not kind:
                continue
        kinds.append(kind)
        starts.append(start)
        ends.append(end)
        if kind is END:
            break
    return tokens, diagnostics


def _bad(rule: str, span: Span) -> Diagnostic:
    text = span.text
    if rule != "bad_string":
        hint = f"a name with other letters is written in brackets: ['{text}']" if rule == "bad_name" else ""
        return Diagnostic.at(span, "RC203", f"the character `{text[0]}` is not part of KQL here", hint)
    match = _QUOTES.match(text)
    quote = match[1] if match else ""
    if len(quote) == 1 and len(text) > text.index(quote) + 1 and text.endswith(quote):
        hint = "a backslash is written `\\\\`, or the string as @'…'"
        return Diagnostic.at(span, "RC202", "the string has an escape that KQL does not know", hint)
    return Diagnostic.at(span, "RC202", f"the string has no closing {quote}")
