"""Turns PyYAML's errors into findings that name the mistake rule authors make, not the scanner's state."""

from __future__ import annotations

import re
from typing import Final

import yaml

from rulec.rule.findings import Findings
from rulec.source import Source, Span

_BLOCK_HEADER: Final = re.compile(r"^([ ]*)(?:- +)?([A-Za-z_]\w*):[ \t]*[|>][-+0-9]*[ \t]*(?:#.*)?$")
_KEY: Final = re.compile(r"^ *(?:- +)?[A-Za-z_]\w*:(?:\s|$)|^ *- |^ *#|^---|^\.\.\.")


def report_yaml_error(error: yaml.YAMLError, source: Source, findings: Findings) -> None:
    """Record one finding for a text that is not YAML."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = min(mark.index, len(source.text)) if mark is not None else 0
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    if "nesting depth" in str(problem):  # libyaml's own limit, in some of its versions
        findings.error(Span(at, at, source), "RC109", "the YAML nests deeper than its parser reads")
    elif (span := unindented_block(source, at)) is not None:
        report_unindented(span, findings)
    elif (span := _overlong_blank(source, at)) is not None:
        message = "the empty line before the text has more spaces than the text's first line"
        findings.error(span, "RC106", message, "remove its spaces")
    elif "\t" in _line_head(source.text, at):
        tab = source.text.rfind("\t", 0, at + 1)
        findings.error(Span(tab, tab + 1, source), "RC107", "a tab indents the line, YAML allows spaces only", "replace it by spaces")
    else:
        context = getattr(error, "context", None)
        message = f"the file is not valid YAML: {problem}" + (f" {context}" if context else "")
        findings.error(Span(at, at, source), "RC101", " ".join(message.split()), _HINTS.get(str(problem), ""))


_HINTS: Final = {
    "mapping values are not allowed in this context": "quote text that holds `: `",
    "did not find expected key": "lines of one mapping start in the same column",
    "could not find expected ':'": "a key ends with a colon; further lines of a text are indented deeper than its key",
    "found unexpected end of stream": "a quote that opens is never closed",
    "found character that cannot start any token": "quote text that starts with `%`, `@` or a backtick",
}


def report_unindented(span: Span, findings: Findings) -> None:
    """Record that a block of text, mostly the query, is not indented below its key."""
    message = "the line is not indented and ends the text that belongs to the key above"
    findings.error(span, "RC106", message, "indent every line of the text by two spaces")


def unindented_block(source: Source, limit: int) -> Span | None:
    """The first line before `limit` that ends a `key: |` block although it reads like the block's text."""
    header: int | None = None
    for anchor in source.anchors:
        if anchor.offset > limit:
            return None
        end = source.text.find("\n", anchor.offset)
        line = source.text[anchor.offset : end if end >= 0 else len(source.text)]
        indent = len(line) - len(line.lstrip(" "))
        if header is not None and line.strip() and indent <= header:
            if not _KEY.match(line) and not line.startswith("\t"):
                return Span(anchor.offset, anchor.offset + len(line), source)
            header = None
        if header is None and (match := _BLOCK_HEADER.match(line)):
            header = len(match[1])
    return None


def _overlong_blank(source: Source, at: int) -> Span | None:
    """A blank line between a block's header and the line of an offset that has more spaces than that line is indented by.

    YAML takes the first blank line's spaces for the block's indentation.
    """
    lines, number = source.text.split("\n"), source.text.count("\n", 0, at)
    indent = len(lines[number]) - len(lines[number].lstrip(" "))
    above = number - 1
    while above >= 0 and not lines[above].strip(" "):
        above -= 1
    if above < 0 or not _BLOCK_HEADER.match(lines[above]):
        return None
    blank = next((n for n in range(above + 1, number) if len(lines[n]) > indent), None)
    return None if blank is None else Span(start := source.anchors[blank].offset, start + len(lines[blank]), source)


def _line_head(text: str, at: int) -> str:
    """The white space that the line of an offset starts with, up to and including the offset."""
    line = text[text.rfind("\n", 0, at) + 1 : at + 1]
    return line[: len(line) - len(line.lstrip(" \t"))]
