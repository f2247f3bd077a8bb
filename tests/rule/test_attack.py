"""ATT&CK facts: names, tactics, retired ids."""

from __future__ import annotations

import pytest

from rulec.attack import TACTICS, technique_title, techniques
from rulec.rule.schema import choices


@pytest.mark.parametrize(
    ("number", "title"),
    [
        ("T1083", "File and Directory Discovery"),
        ("T1110.003", "Brute Force: Password Spraying"),
        ("T1003.001", "OS Credential Dumping: LSASS Memory"),
        ("T1562.008", "Impair Defenses: Disable or Modify Cloud Logs"),
        ("T9999", ""),
    ],
)
def test_a_technique_has_its_title(number: str, title: str) -> None:
    assert technique_title(number) == title


def test_a_technique_has_its_tactics_in_the_matrixs_order() -> None:
    tactics = [tactic.sentinel for tactic in techniques()["T1078"].tactics]
    assert tactics == ["InitialAccess", "Persistence", "PrivilegeEscalation", "DefenseEvasion"]


def test_a_retired_technique_names_its_successor() -> None:
    found = techniques()["T1086"]
    assert (found.name, found.is_retired, found.successor) == ("PowerShell", True, "T1059.001")


def test_the_table_is_whole() -> None:
    table = techniques()
    assert sum(not technique.is_retired for technique in table.values()) == 691
    assert all(technique.tactics and technique.name for technique in table.values())
    assert all(number.partition(".")[0] in table for number in table)
    assert all(technique.successor in table for technique in table.values() if technique.successor)


def test_sentinel_knows_every_tactic() -> None:
    assert {tactic.sentinel for tactic in TACTICS.values()} <= set(choices("tactics", "items"))
