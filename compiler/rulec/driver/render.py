"""Findings for people: text with the source line and a caret. Colours only where they are asked for."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from typing import Final, TextIO

from rulec.driver.findings import Finding, Totals
from rulec.errors import Severity

_BOLD, _RED, _YELLOW, _BLUE, _CYAN, _PLAIN = (f"\x1b[{code}m" for code in ("1", "1;31", "1;33", "1;34", "36", "0"))
_COLOURS: Final = {Severity.ERROR: _RED, Severity.WARNING: _YELLOW}
#: Reasons listed in the summary before it says how many more there are.
_REASONS: Final = 12
#: Longer source lines are shown in part.
_LONGEST_LINE: Final = 160


def use_colour(stream: TextIO) -> bool:
    """Whether a stream is a terminal that wants colours (`NO_COLOR` says no)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def render(finding: Finding, colour: bool) -> str:
    """`path:line:column: error RC401: message`, the source line with a caret, the hint."""
    d = finding.diagnostic

    def paint(text: str, code: str) -> str:
        return f"{code}{text}{_PLAIN}" if colour else text

    place = paint(f"{d.path}:{d.begin.line}:{d.begin.column}:", _BOLD)
    target = f" [{finding.target}]" if finding.target else ""
    lines = [f"{place} {paint(f'{d.severity.value} {d.code}:', _COLOURS[d.severity])} {d.message}{target}"]
    if d.excerpt.strip():
        number = str(d.begin.line)
        bar = paint("|", _BLUE)
        text, before, width = _clipped(d.excerpt.replace("\t", " "), d.begin.column - 1, _width(finding))
        before, width = _cells(text[:before]), max(1, _cells(text[before : before + width]))
        lines.append(f"{paint(number, _BLUE)} {bar} {text}")
        lines.append(f"{' ' * len(number)} {bar} {' ' * before}{paint('^' * width, _COLOURS[d.severity])}")
    if d.hint:
        lines.append(f"  {paint('hint:', _CYAN)} {d.hint}")
    return "\n".join(lines)


def _width(finding: Finding) -> int:
    """How many carets: the span's part on its first line, at least one."""
    d = finding.diagnostic
    end = d.end.column if d.end.line == d.begin.line else len(d.excerpt) + 1
    return max(1, min(end, len(d.excerpt) + 1) - d.begin.column)


def _cells(text: str) -> int:
    """How many cells of a terminal a text takes: East Asian letters and most emoji take two, marks and joiners none."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else unicodedata.category(c) not in ("Mn", "Me", "Cf") for c in text)


def _clipped(line: str, before: int, width: int) -> tuple[str, int, int]:
    """The part of a long line around the caret: its text, what stands before the caret, how many carets."""
    if len(line) <= _LONGEST_LINE:
        return line, before, width
    start = max(0, before - _LONGEST_LINE // 3)
    part = line[start : start + _LONGEST_LINE]
    left, right = "…" if start else "", "…" if start + _LONGEST_LINE < len(line) else ""
    return f"{left}{part}{right}", before - start + len(left), max(1, min(width, len(part) - (before - start)))


def summary(totals: Totals) -> Iterator[str]:
    """The final lines of a run over several rules."""
    for code, message, count in totals.reasons[:_REASONS]:
        yield f"{count:>5} {'rule ' if count == 1 else 'rules'} {code} {message}"
    if len(totals.reasons) > _REASONS:
        yield f"      … and {len(totals.reasons) - _REASONS} more reasons"
    for name, made, failed in totals.by_target if len(totals.by_target) > 1 else ():
        yield f"{name}: {made} compiled, {failed} not"
    rules, files, warnings = _count(totals.rules, "rule"), _count(totals.outputs, "file"), _count(totals.warnings, "warning")
    if totals.by_target:
        counts = ", ".join(f"{totals.of(s)} {s}" for s in ("compiled", "refused", "invalid"))
        yield f"{rules}: {counts}; {files} written, {warnings}"
    else:
        yield f"{rules}: {totals.of('compiled')} without errors, {totals.rules - totals.of('compiled')} with; {warnings}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
