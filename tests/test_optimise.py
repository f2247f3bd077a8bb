"""What the optimised query reads of a table."""

from __future__ import annotations

import pytest

from rulec.ir.rels import Scan
from rulec.ir.walk import relations
from rulec.pipeline import Settings, analyse
from rulec.rule.load import load_kql

READS = {
    "Syslog | summarize arg_max(TimeGenerated, *) by HostName | project HostName, Facility": {"TimeGenerated", "HostName", "Facility"},
    "Syslog | summarize arg_min(TimeGenerated, *) by HostName | project HostName": {"HostName"},
    "Syslog | summarize t = arg_max(TimeGenerated, ProcessID, Facility) | project Facility": {"TimeGenerated", "Facility"},
    "Syslog | summarize (t, f) = arg_max(TimeGenerated, Facility), n = dcount(Computer) | project t": {"TimeGenerated"},
    "Syslog | extend a = strlen(Facility), b = strlen(Computer) | where b > 1 | project ProcessID": {"Computer", "ProcessID"},
    "Syslog | join kind=inner (SecurityEvent | project Computer, Account, Task) on Computer | project Account": {"Computer", "Account"},
    "Syslog | where HostIP in (Syslog | project HostIP, Facility) | summarize n = count()": {"HostIP"},
}


@pytest.mark.parametrize("kql", READS)
def test_only_the_needed_columns_are_read(kql: str) -> None:
    rule = load_kql(kql).rule
    assert rule is not None
    query = analyse(rule, Settings()).query
    scans = [rel for rel in relations(query.relation) if isinstance(rel, Scan)]
    assert {c.name for scan in scans for c in scan.columns} == READS[kql]
