"""Texts and places in them.

A KQL text may live inside a YAML file, so a place has two forms: an offset into the text that is compiled, and
the line and column of the file that the user edits. `Source` turns the first into the second.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import field
from typing import NamedTuple

from rulec.records import record


class Position(NamedTuple):
    """A place in a file: line and column are 1-based and count code points."""

    line: int
    column: int


class LineAnchor(NamedTuple):
    """Where one line of a text stands in its file: `offset` in the text, `line` and `column` of its first character."""

    offset: int
    line: int
    column: int


@record(frozen=True, slots=True)
class Source:
    """A text with the way back to its file.

    Attributes:
        path: The file's name as the user gave it; `-` for standard input.
        text: What is compiled. Line ends are `\\n`.
        anchors: One anchor a line of `text`, ordered by offset.
    """

    path: str
    text: str
    anchors: tuple[LineAnchor, ...] = field(repr=False)

    @staticmethod
    def of_text(text: str, path: str = "<query>") -> Source:
        """A source whose text is the whole file."""
        anchors, offset = [], 0
        for number, line in enumerate(text.split("\n"), start=1):
            anchors.append(LineAnchor(offset, number, 1))
            offset += len(line) + 1
        return Source(path, text, tuple(anchors))

    def locate(self, offset: int) -> Position:
        """The file position of an offset in the text; offsets beyond the end are clamped."""
        offset = max(0, min(offset, len(self.text)))
        anchor = self.anchors[max(0, bisect_right(self.anchors, offset, key=lambda a: a.offset) - 1)]
        return Position(anchor.line, anchor.column + offset - anchor.offset)

    def line_text(self, line: int) -> str:
        """The text of the file's line `line` as far as this source holds it; empty when it does not."""
        for anchor in self.anchors:
            if anchor.line == line:
                end = self.text.find("\n", anchor.offset)
                return " " * (anchor.column - 1) + self.text[anchor.offset : end if end >= 0 else len(self.text)]
        return ""


class Span(NamedTuple):
    """A half-open range of offsets in one source. Never part of a node's equality."""

    start: int
    end: int
    source: Source

    @property
    def text(self) -> str:
        """The text under the span."""
        return self.source.text[self.start : self.end]

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`."""
        return Span(self.start, other.end, self.source)

    @property
    def begin(self) -> Position:
        return self.source.locate(self.start)

    @property
    def finish(self) -> Position:
        return self.source.locate(self.end)
