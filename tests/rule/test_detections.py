"""Custom detections of Defender XDR, in the Graph API's form and in the gallery's, are rules."""

from __future__ import annotations

import pytest

from rulec.rule.load import load_text
from rulec.rule.model import AlertSeverity, RuleKind
from rulec.rule.timespans import DAY, HOUR

GRAPH = """
displayName: Archive with a password
isEnabled: true
queryCondition:
  queryText: |
    DeviceProcessEvents
    | where FileName =~ "7z.exe"
schedule:
  period: "{period}"
detectionAction:
  alertTemplate:
    title: Archive with a password
    description: Somebody packs files.
    severity: medium
    category: Exfiltration
    recommendedActions: null
    mitreTechniques:
      - T1560.001
  responseActions: []
"""

GALLERY = """
schemaVersion: 1.0.0
kind: CustomDetection
resourceType: Microsoft.Security/detectionRules
contentProvenance:
  source:
    id: 9f7e3c7e-0d4c-4f1c-8a53-0d0a5f1a2b3c
properties:
  id: xdr-archive
  displayName: Archive with a password
  queryCondition:
    queryText: DeviceProcessEvents | where FileName =~ "7z.exe"
  schedule:
    frequency: PT1H
    lookback: P2D
  detectionAction:
    alertTemplate:
      severity: high
      entityMappings:
        ips:
        - id: ip1
          addressColumn: RemoteIP
        hosts:
        - hostNameColumn: DeviceName
        spaceships:
        - nameColumn: X
      tactics:
      - tactic: Exfiltration
        techniques:
        - technique: T1560.001
"""


@pytest.mark.parametrize(("period", "frequency", "lookback"), [("1H", HOUR, 4 * HOUR), ("12H", 12 * HOUR, 2 * DAY), ("24H", DAY, 30 * DAY)])
def test_graphs_form_with_the_lookback_of_its_frequency(period: str, frequency: int, lookback: int) -> None:
    result = load_text(GRAPH.replace("{period}", period))
    assert result.rule is not None, result.diagnostics
    rule = result.rule
    assert (rule.kind, rule.name, rule.severity) == (RuleKind.SCHEDULED, "Archive with a password", AlertSeverity.MEDIUM)
    assert (rule.query_frequency, rule.query_period) == (frequency, lookback)
    assert (rule.tactics, rule.techniques) == (("Exfiltration",), ("T1560.001",))
    assert rule.query.text.startswith("DeviceProcessEvents\n")


def test_a_continuous_detection_is_an_nrt_rule() -> None:
    result = load_text(GRAPH.replace("{period}", "0"))
    assert result.rule is not None
    assert result.rule.kind is RuleKind.NRT


def test_the_gallerys_form_with_entities() -> None:
    result = load_text(GALLERY)
    assert result.rule is not None, result.diagnostics
    rule = result.rule
    assert (rule.id, rule.query_frequency, rule.query_period) == ("9f7e3c7e-0d4c-4f1c-8a53-0d0a5f1a2b3c", HOUR, 2 * DAY)
    found = [(m.entity_type, f.identifier, f.column.name) for m in rule.entity_mappings for f in m.fields]
    assert found == [("IP", "Address", "RemoteIP"), ("Host", "HostName", "DeviceName")]
    assert [d.code for d in result.diagnostics if "spaceships" in d.message] == ["RC121"]
