"""Cross-field checks of a rule."""

from __future__ import annotations

from rulec.rule.findings import Findings
from rulec.rule.model import Rule
from rulec.source import Source


def check_rule(rule: Rule, findings: Findings) -> None: ...


def check_query_text(query: Source, findings: Findings) -> None: ...
