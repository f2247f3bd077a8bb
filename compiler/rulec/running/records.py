"""Records of local files, one by one: CloudTrail files, JSON lines, JSON arrays, CSV, gzip of each, and folders of them.

JSON lines and CSV are streamed; a JSON document that spans lines is read whole. A malformed line is counted, never fatal.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

from rulec.errors import CompileError, Diagnostic, Severity
from rulec.source import Position

Record: TypeAlias = "dict[str, Any]"

#: Files that a folder of data may hold beside other things.
DATA_SUFFIXES: Final = (".json", ".jsonl", ".ndjson", ".csv", ".parquet", ".log")
PARQUET: Final = ".parquet"
_CSV_FIELD_LIMIT: Final = 16 * 1024 * 1024
TOO_DEEP: Final = "JSON that nests too deep"
#: Keys under which a document holds its records: CloudTrail and Azure (`Records`, `records`), Graph (`value`).
_ENVELOPES: Final = ("Records", "records", "value")


@dataclass(slots=True)
class Tally:
    """What was read of one file: records, the line of the latest, and malformed lines with the first one's place and reason."""

    path: str
    records: int = 0
    line: int = 1
    malformed: int = 0
    first_line: int = 0
    first_reason: str = ""

    def spoil(self, line: int, reason: str) -> None:
        """Counts a malformed record."""
        if not self.malformed:
            self.first_line, self.first_reason = line, reason
        self.malformed += 1

    def finding(self, fatal: bool = False) -> Diagnostic | None:
        """A warning when something was malformed; an error when that is `fatal`, for nothing else was read."""
        if not self.malformed:
            return None
        if fatal:
            return unreadable(
                self.path, f"no record is well formed, {self.malformed} malformed; the first: {self.first_reason}", self.first_line
            ).diagnostics[0]
        what = "record was" if self.malformed == 1 else "records were"
        message = f"{self.malformed} malformed {what} skipped, {self.records} read; the first: {self.first_reason}"
        place = Position(self.first_line, 1)
        return Diagnostic.about_file(self.path, "RC602", message, position=place, severity=Severity.WARNING)


@dataclass(slots=True)
class Reader:
    """Reads files and keeps their tallies. `on_progress` is told the bytes read so far of all files."""

    tallies: list[Tally] = field(default_factory=list)

    def records(self, path: str) -> Iterator[Record]:
        """The records of a file, in order.

        Raises:
            CompileError: RC601 when the file cannot be read at all.
        """
        tally = Tally(path)
        self.tallies.append(tally)
        try:
            with _open(path) as stream:
                suffix = _suffix(path)
                for record in _csv(stream, tally) if suffix == ".csv" else _json(stream, tally):
                    tally.records += 1
                    yield record
        except (OSError, EOFError, gzip.BadGzipFile, UnicodeDecodeError, zlib.error, csv.Error) as error:
            raise unreadable(path, f"{error}") from error


def unreadable(path: str, reason: str, line: int = 1) -> CompileError:
    """The error for a data file that cannot be read."""
    message = f"the data file cannot be read: {reason}"
    return CompileError((Diagnostic.about_file(path, "RC601", message, position=Position(line, 1)),))


def data_files(path: str) -> list[str]:
    """The data files at a path: itself, or those below a folder, sorted. Raises `CompileError` when there is none."""
    if os.path.isdir(path):
        found = sorted(str(p) for p in Path(path).rglob("*") if p.is_file() and _suffix(p.name) in DATA_SUFFIXES)
        if not found:
            raise unreadable(path, f"the folder holds no file with one of the suffixes {', '.join(DATA_SUFFIXES)} (or .gz of them)")
        return found
    if not os.path.exists(path):
        raise unreadable(path, "no such file or folder")
    return [path]


def is_parquet(path: str) -> bool:
    """Whether a file is read with DuckDB."""
    return _suffix(path) == PARQUET


def _suffix(path: str) -> str:
    name = path.lower().removesuffix(".gz")
    return os.path.splitext(name)[1]


def _open(path: str) -> IO[bytes]:
    """A file's bytes, unpacked when it is gzip, whatever its name says."""
    stream = open(path, "rb")  # noqa: SIM115 (the caller closes it)
    if stream.peek(2)[:2] == b"\x1f\x8b":
        return gzip.open(stream, "rb")  # type: ignore[return-value]
    return stream


# --- JSON ----------------------------------------------------------------------------------------------------------


def _json(stream: IO[bytes], tally: Tally) -> Iterator[Record]:
    first = stream.readline().removeprefix(b"\xef\xbb\xbf")
    line = 1
    while not first.strip() and first:
        first, line = stream.readline(), line + 1
    try:
        document = json.loads(first) if first.strip() else []
    except ValueError:
        if first.lstrip()[:1] in (b"{", b"[") and _spans_lines(first):
            yield from _documents(first + stream.read(), line, tally)
            return
        document = None
        tally.spoil(line, "not JSON")
    except RecursionError:
        document = None
        tally.spoil(line, TOO_DEEP)
    if document is not None:
        yield from _unwrapped(document, line, tally)
    yield from _lines(stream, line, tally)


def _spans_lines(first: bytes) -> bool:
    """Whether a first line that is no JSON may be the beginning of a longer document rather than a broken JSON line."""
    text = first.strip()
    return not text.endswith(b"}") or text.startswith(b"[")


def _lines(stream: IO[bytes], line: int, tally: Tally) -> Iterator[Record]:
    for number, text in enumerate(stream, start=line + 1):
        if not text.strip():
            continue
        try:
            document = json.loads(text)
        except ValueError as error:
            tally.spoil(number, f"not JSON: {error}"[:200])
            continue
        except RecursionError:
            tally.spoil(number, TOO_DEEP)
            continue
        yield from _unwrapped(document, number, tally)


def _documents(data: bytes, line: int, tally: Tally) -> Iterator[Record]:
    """Documents that span lines, one after the other."""
    text = data.decode("utf-8", "replace").lstrip()
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        try:
            document, at = decoder.raw_decode(text, at)
        except ValueError as error:
            tally.spoil(line + text.count("\n", 0, at), f"not JSON: {error}"[:200])
            return
        except RecursionError:
            tally.spoil(line + text.count("\n", 0, at), TOO_DEEP)
            return
        yield from _unwrapped(document, line, tally)
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1


def _unwrapped(document: Any, line: int, tally: Tally) -> Iterator[Record]:
    """The records of a document: itself, the elements of an array, or those of an envelope such as `{"Records": […]}`."""
    tally.line, records = line, document
    if isinstance(document, dict):
        records = next((document[k] for k in _ENVELOPES if isinstance(document.get(k), list) and len(document) <= 3), [document])
    if not isinstance(records, list):
        tally.spoil(line, f"a {type(document).__name__}, expected an object")
        return
    for record in records:
        if isinstance(record, dict):
            yield record
        else:
            tally.spoil(line, f"a {type(record).__name__} among the records, expected an object")


# --- CSV -----------------------------------------------------------------------------------------------------------


def _csv(stream: IO[bytes], tally: Tally) -> Iterator[Record]:
    csv.field_size_limit(_CSV_FIELD_LIMIT)
    reader = csv.reader(io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline=""))
    header = next(reader, [])
    for row in reader:
        tally.line = reader.line_num
        if len(row) == len(header):
            yield dict(zip(header, row, strict=True))
        elif row:
            tally.spoil(reader.line_num, f"{len(row)} cells, the header has {len(header)}")
