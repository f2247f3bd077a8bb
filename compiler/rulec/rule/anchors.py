"""The text of a scalar as a `Source`: every offset of the text leads back to a line and column of the YAML file.

Literal blocks (`|`) map line by line. Folded blocks, quoted and plain scalars are aligned: each stretch of the file
that the value repeats unchanged gets an anchor; where an escape or a fold changed the text, a new stretch begins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from rulec.rule.tree import Scalar
from rulec.source import LineAnchor, Source

#: YAML 1.1 ends a line at these too; files come here with CR and CRLF already turned into LF.
_BREAKS: Final = "\n\x85\u2028\u2029"
_LINE: Final = re.compile(f"([^{_BREAKS}]*)(?:[{_BREAKS}]|\\Z)")
_STRETCH: Final = re.compile(f"[^ \t{_BREAKS}]+(?:[ \t]+[^ \t{_BREAKS}]+)*")
_INDENT_DIGIT: Final = re.compile(r"[|>][-+]?[1-9]")
_ESCAPE: Final = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\n[ \t]*|.)")
_QUOTE: Final = re.compile("''")
#: What follows the backslash in a double-quoted scalar, where it is not the character itself.
_ESCAPED: Final = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b"} | {
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}


def text_source(scalar: Scalar) -> Source:
    """The scalar's text with the way back to its file."""
    file = scalar.span.source
    anchors = list(_literal(scalar) if scalar.style == "|" else _aligned(scalar))
    if not anchors:
        anchors = [LineAnchor(0, *scalar.span.begin)]
    elif anchors[0].offset > 0:
        anchors[0] = anchors[0]._replace(offset=0)
    return Source(file.path, scalar.text, tuple(anchors))


def _block_lines(scalar: Scalar) -> Iterator[tuple[int, str]]:
    """(offset in the file, line without its break) of a block's lines; the header is left out."""
    text, end = scalar.span.source.text, scalar.span.end
    at = text.find("\n", scalar.span.start, end) + 1
    while 0 < at < end:
        match = _LINE.match(text, at, end)
        assert match is not None
        yield at, match.group(1)
        at = match.end()


def _block_indent(scalar: Scalar, lines: list[tuple[int, str]]) -> int:
    """How many columns a block's text is indented by.

    With an explicit digit (`|2`) the parent's indentation counts too, so value and file are compared instead.
    """
    raw = next((line for _, line in lines if line.strip(" ")), "")
    if _INDENT_DIGIT.match(scalar.span.source.text, scalar.span.start):
        value = next((line for line in scalar.text.split("\n") if line.strip(" ")), "")
        return max(0, len(raw) - len(value))
    return len(raw) - len(raw.lstrip(" "))


def _literal(scalar: Scalar) -> Iterator[LineAnchor]:
    lines = list(_block_lines(scalar))
    if not lines:
        return
    indent, offset, total = _block_indent(scalar, lines), 0, len(scalar.text)
    file = scalar.span.source
    line_ends = file.text.count("\n", 0, lines[0][0])
    for at, line in lines:
        while line_ends + 1 < len(file.anchors) and file.anchors[line_ends + 1].offset <= at:
            line_ends += 1
        anchor = file.anchors[line_ends]
        yield LineAnchor(offset, anchor.line, anchor.column + at - anchor.offset + min(indent, len(line)))
        offset += max(0, len(line) - indent) + 1
        if offset > total:
            return


def _aligned(scalar: Scalar) -> Iterator[LineAnchor]:
    file, value, offset = scalar.span.source, scalar.text, 0
    for at, piece in _pieces(scalar):
        while offset < len(value) and not value.startswith(piece, offset) and value[offset] in " " + _BREAKS:
            offset += 1
        if value.startswith(piece, offset):
            yield LineAnchor(offset, *file.locate(at))
            offset += len(piece)


def _pieces(scalar: Scalar) -> Iterator[tuple[int, str]]:
    """(offset in the file, text) of each stretch that stands in the value as one piece."""
    text, start, end = scalar.span.source.text, scalar.span.start, scalar.span.end
    match scalar.style:
        case ">":
            lines = list(_block_lines(scalar))
            indent = _block_indent(scalar, lines)
            yield from ((at + indent, line[indent:]) for at, line in lines if line[indent:].strip(" "))
        case '"':
            yield from _quoted(text, start + 1, end - 1, _ESCAPE, _unescape)
        case "'":
            yield from _quoted(text, start + 1, end - 1, _QUOTE, lambda _: "'")
        case _:
            yield from _stretches(text, start, end)


def _stretches(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    return ((m.start(), m.group()) for m in _STRETCH.finditer(text, start, end))


def _quoted(text: str, start: int, end: int, escape: re.Pattern[str], decode: Callable[[str], str]) -> Iterator[tuple[int, str]]:
    for match in escape.finditer(text, start, end):
        yield from _stretches(text, start, match.start())
        yield match.start(), decode(match.group())
        start = match.end()
    yield from _stretches(text, start, end)


def _unescape(escape: str) -> str:
    """The character of a double-quoted scalar's escape; nothing for an escaped line end."""
    letter = escape[1]
    if letter in "xuU" and len(escape) > 2:
        code = int(escape[2:], 16)
        return chr(code) if code <= 0x10FFFF else ""
    return "" if letter == "\n" else _ESCAPED.get(letter, letter)
