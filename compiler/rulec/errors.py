"""Findings: what is wrong, where, and what to do instead."""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import Final

from rulec.records import record
from rulec.source import Position, Source, Span


class Severity(Enum):
    """Errors stop a rule's compilation; warnings do not."""

    ERROR = "error"
    WARNING = "warning"


_START: Final = Position(1, 1)


@record(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes:
        code: A stable code of `rulec.codes`, such as `RC201`.
        message: What is wrong, in one sentence without a final period.
        path: The file as the user named it.
        begin, end: The place in that file.
        hint: A way out, such as the nearest valid name; empty when there is none.
        excerpt: The file's line `begin.line`, for the caret.
    """

    code: str
    severity: Severity
    message: str
    path: str
    begin: Position
    end: Position
    hint: str = ""
    excerpt: str = field(default="", compare=False)

    @staticmethod
    def at(span: Span, code: str, message: str, hint: str = "", severity: Severity = Severity.ERROR) -> Diagnostic:
        """A finding about a piece of a source."""
        begin, end = span.begin, span.finish
        return Diagnostic(code, severity, message, span.source.path, begin, end, hint, span.source.line_text(begin.line))

    @staticmethod
    def in_file(
        source: Source, position: Position, code: str, message: str, hint: str = "", severity: Severity = Severity.ERROR
    ) -> Diagnostic:
        """A finding about one place of a file."""
        return Diagnostic(code, severity, message, source.path, position, position, hint, source.line_text(position.line))

    @staticmethod
    def about_file(
        path: str, code: str, message: str, hint: str = "", position: Position = _START, severity: Severity = Severity.ERROR
    ) -> Diagnostic:
        """A finding about a file whose text is not at hand, such as one that cannot be read or written."""
        return Diagnostic(code, severity, message, path, position, position, hint)

    def as_json(self) -> dict[str, str | int]:
        """The shape used by `--report` and `--output-format json`."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "hint": self.hint,
            "path": self.path,
            "line": self.begin.line,
            "column": self.begin.column,
            "end_line": self.end.line,
            "end_column": self.end.column,
        }


def unread_reason(error: Exception) -> str:
    """Why a file cannot be read, without its name where the system has put it in: a finding's place has it."""
    cause = error.__cause__ or error
    return cause.strerror if isinstance(cause, OSError) and cause.strerror else str(error)


class CompileError(Exception):
    """The end of a stage that found errors; carries all of them, in order of place."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(f"{d.path}:{d.begin.line}:{d.begin.column}: {d.code} {d.message}" for d in diagnostics))
        self.diagnostics = diagnostics
