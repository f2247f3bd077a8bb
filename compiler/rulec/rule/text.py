"""From a file's bytes to text: what an editor or a download can do to a file, each with its own message."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from rulec.rule.findings import Findings
from rulec.source import Source, Span

#: A query has at most 10,000 characters; a file beyond this is not a rule and is not read to its end.
MAX_BYTES: Final = 512 * 1024

_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_CONTROL: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def read_source(path: Path, findings: Findings) -> Source | None:
    """The file's text with line ends as `\\n` and without a byte order mark; `None` when a finding says why not."""
    name = str(path)
    try:
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            _too_large(path.stat().st_size, name, findings)
            return None
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        findings.error(_start(name), "RC102", f"the file cannot be read: {reason}")
        return None
    return decode_source(data, name, findings)


def decode_source(data: bytes | str, name: str, findings: Findings) -> Source | None:
    """The same for a text at hand."""
    if len(data) > MAX_BYTES:
        _too_large(len(data), name, findings)
        return None
    text = data if isinstance(data, str) else _decode(data, name, findings)
    if text is None:
        return None
    source = Source.of_text(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"), name)
    if (match := _CONTROL.search(source.text)) is not None:
        message = f"the file holds the control character U+{ord(match.group()):04X}"
        findings.error(Span(match.start(), match.end(), source), "RC105", message, "remove it")
        return None
    return source


def _decode(data: bytes, name: str, findings: Findings) -> str | None:
    if data.startswith(_UTF16_MARKS):
        findings.error(_start(name), "RC104", "the file is UTF-16, expected UTF-8", "save it as UTF-8")
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        readable = Source.of_text(data[: error.start].decode("utf-8").replace("\r\n", "\n").replace("\r", "\n"), name)
        end = len(readable.text)
        message = f"the file is not UTF-8: byte 0x{data[error.start]:02X} is part of no character"
        findings.error(Span(end, end, readable), "RC104", message, "save it as UTF-8")
        return None


def _too_large(size: int, name: str, findings: Findings) -> None:
    findings.error(_start(name), "RC103", f"the file has {size} bytes, a rule file has at most {MAX_BYTES}")


def _start(name: str) -> Span:
    return Span(0, 0, Source.of_text("", name))
