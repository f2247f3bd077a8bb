"""What a run over rule files gives: one `RuleReport` a rule, and the totals that the summary and `--report` show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import Any

from rulec.errors import Diagnostic, Severity
from rulec.records import record


@record(frozen=True, slots=True)
class Finding:
    """A diagnostic, and the target it is about; empty when it is about the rule itself."""

    diagnostic: Diagnostic
    target: str = ""

    def as_json(self) -> dict[str, Any]:
        """The diagnostic's JSON, with `target` where there is one."""
        return {**self.diagnostic.as_json(), **({"target": self.target} if self.target else {})}


@record(frozen=True, slots=True)
class RuleReport:
    """What became of one rule file.

    Attributes:
        outputs: Paths of the written files.
        targets: The targets that were asked for, each with whether it has an output.
        seconds: Time by stage, for `--timings`.
    """

    path: str
    findings: tuple[Finding, ...]
    outputs: tuple[str, ...] = ()
    targets: tuple[tuple[str, bool], ...] = ()
    seconds: tuple[tuple[str, float], ...] = field(default=(), compare=False)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.diagnostic.severity is Severity.ERROR)

    @property
    def status(self) -> str:
        """`invalid`: the rule itself is wrong (RC1xx to RC3xx); `refused`: right KQL that is not compiled; else `compiled`."""
        codes = {f.diagnostic.code for f in self.errors}
        if not codes:
            return "compiled"
        return "invalid" if any(code[:3] in ("RC1", "RC2", "RC3") for code in codes - {"RC307"}) else "refused"

    def as_json(self) -> dict[str, Any]:
        """The rule's entry in the report file."""
        return {
            "path": self.path,
            "status": self.status,
            "outputs": list(self.outputs),
            "targets": {name: "compiled" if made else "refused" for name, made in self.targets},
            "diagnostics": [f.as_json() for f in self.findings],
        }


@record(frozen=True, slots=True)
class Totals:
    """Counts over all rules; `reasons` counts rules by the code and text that stopped them, most frequent first."""

    rules: int
    statuses: tuple[tuple[str, int], ...]
    outputs: int
    warnings: int
    by_target: tuple[tuple[str, int, int], ...]
    reasons: tuple[tuple[str, str, int], ...]

    def of(self, status: str) -> int:
        """How many rules have the status."""
        return dict(self.statuses).get(status, 0)

    def as_json(self) -> dict[str, Any]:
        """The `totals` of the report file."""
        return {
            "rules": self.rules,
            **dict(self.statuses),
            "outputs": self.outputs,
            "warnings": self.warnings,
            "targets": {name: {"compiled": made, "refused": failed} for name, made, failed in self.by_target},
            "reasons": [{"code": code, "message": message, "rules": count} for code, message, count in self.reasons],
        }


def totals(reports: Sequence[RuleReport]) -> Totals:
    """The totals of a run."""
    statuses = Counter(r.status for r in reports)
    made = Counter(name for r in reports for name, ok in r.targets if ok)
    failed = Counter(name for r in reports for name, ok in r.targets if not ok)
    reasons = Counter(reason for r in reports for reason in {(f.diagnostic.code, f.diagnostic.message) for f in r.errors})
    return Totals(
        rules=len(reports),
        statuses=tuple((s, statuses[s]) for s in ("compiled", "refused", "invalid")),
        outputs=sum(len(r.outputs) for r in reports),
        warnings=sum(f.diagnostic.severity is Severity.WARNING for r in reports for f in r.findings),
        by_target=tuple((name, made[name], failed[name]) for name in dict.fromkeys(n for r in reports for n, _ in r.targets)),
        reasons=tuple((code, message, count) for (code, message), count in sorted(reasons.items(), key=lambda i: (-i[1], i[0]))),
    )


def report_json(reports: Sequence[RuleReport]) -> dict[str, Any]:
    """The report file's content."""
    return {"rules": [r.as_json() for r in reports], "totals": totals(reports).as_json()}


def all_findings(reports: Iterable[RuleReport]) -> list[Finding]:
    """Every finding of a run, in order."""
    return [f for r in reports for f in r.findings]
