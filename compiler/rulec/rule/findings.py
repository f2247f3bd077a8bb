"""The findings about one rule file, gathered, with the levels of a profile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from difflib import get_close_matches
from typing import Final, Literal

from rulec.errors import Diagnostic, Severity
from rulec.records import record
from rulec.source import Span

#: `default`: what Sentinel deploys, loads. `microsoft`: what the validators of the Azure-Sentinel repository fail, fails.
Profile = Literal["default", "microsoft"]

#: Warnings that the validators of the Azure-Sentinel repository treat as errors.
MICROSOFT_ERRORS: Final = frozenset(
    {
        "RC114",  # version: 1.0
        "RC120",  # id, description, severity, … missing
        "RC122",  # tactics: "None"
        "RC123",  # severity: high; an unknown tactic
        "RC124",  # lengths
        "RC125",  # GUID, version, technique
        "RC131",  # ISO 8601 timespans
        "RC132",  # timespans out of Sentinel's limits
        "RC134",  # frequency of long periods
        "RC141",  # technique without its tactic
        "RC150",  # entity type
        "RC151",  # identifier of an entity
        "RC152",  # entity without an identifying column
        "RC153",  # legacy entity column without a mapping
        "RC156",  # more than three placeholders
    }
)

#: More about one file helps nobody, and a file of nothing but mistakes must not take minutes.
MAX_FINDINGS: Final = 100


@record(slots=True)
class Findings:
    """Collects diagnostics; `profile` decides which warnings become errors."""

    profile: Profile = "default"
    items: list[Diagnostic] = field(default_factory=list)

    def error(self, span: Span, code: str, message: str, hint: str = "") -> None:
        """Record what stops the rule."""
        self._record(Severity.ERROR, span, code, message, hint)

    def warn(self, span: Span, code: str, message: str, hint: str = "") -> None:
        """Record a blemish; an error under `microsoft` when `MICROSOFT_ERRORS` names the code."""
        lifted = self.profile == "microsoft" and code in MICROSOFT_ERRORS
        self._record(Severity.ERROR if lifted else Severity.WARNING, span, code, message, hint)

    def _record(self, severity: Severity, span: Span, code: str, message: str, hint: str) -> None:
        if not self.is_full or (severity is Severity.ERROR and not self.has_errors):
            self.items.append(Diagnostic.at(span, code, message, hint, severity))

    @property
    def is_full(self) -> bool:
        """Whether `MAX_FINDINGS` are recorded; after that only a first error is."""
        return len(self.items) >= MAX_FINDINGS

    @property
    def has_errors(self) -> bool:
        return any(item.severity is Severity.ERROR for item in self.items)

    def result(self) -> tuple[Diagnostic, ...]:
        """All findings in order of place."""
        return tuple(sorted(self.items, key=lambda d: (d.begin, d.code)))


def nearest(name: str, candidates: Iterable[str]) -> str:
    """A hint naming the candidates that `name` may be a slip of; empty when nothing is near."""
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    close = get_close_matches(name.lower(), by_lower, n=3, cutoff=0.6)
    return f"did the rule mean {' or '.join(f'`{by_lower[c]}`' for c in close)}?" if close else ""
