"""The page as a value, and how it is made of a rule."""

from __future__ import annotations

from typing import Any

from rulec.attack import technique_title
from rulec.explain.indicators import Indicator, indicators_of
from rulec.explain.outputs import OutputField, output_fields
from rulec.explain.stages import Stage, stages_of
from rulec.records import record
from rulec.rule.model import Rule
from rulec.syntax.parser import parse_or_raise


@record(frozen=True, slots=True)
class Page:
    """What a rule is. `techniques` are pairs of an id and ATT&CK's name; `stages` are numbered from 1."""

    rule: Rule
    tactics: tuple[str, ...]
    techniques: tuple[tuple[str, str], ...]
    stages: tuple[Stage, ...]
    indicators: tuple[Indicator, ...]
    outputs: tuple[OutputField, ...]

    def as_json(self) -> dict[str, Any]:
        """The page for other programs."""
        rule = self.rule
        return {
            "id": rule.id,
            "name": rule.name,
            "description": rule.description,
            "severity": rule.severity.value if rule.severity else None,
            "kind": rule.kind.value,
            "tactics": list(self.tactics),
            "techniques": [{"id": number, "name": name} for number, name in self.techniques],
            "stages": [{"kind": s.kind, "steps": len(s.texts), "text": list(s.texts)} for s in self.stages],
            "indicators": [{"field": i.field, "kind": i.kind, "values": list(i.values)} for i in self.indicators],
            "output_fields": [{"field": o.name, "source": o.stage} for o in self.outputs],
        }


def explain(rule: Rule) -> Page:
    """The page of a rule.

    Raises:
        CompileError: The query cannot be parsed.
    """
    program = parse_or_raise(rule.query)
    return Page(
        rule=rule,
        tactics=rule.tactics,
        techniques=tuple((number, technique_title(number)) for number in rule.techniques),
        stages=stages_of(program),
        indicators=indicators_of(program),
        outputs=output_fields(program),
    )
