"""MITRE ATT&CK Enterprise: tactics, techniques and sub-techniques by id.

Source: the published STIX bundle of ATT&CK Enterprise 18.1, facts in `attack.tsv`. Sentinel's tactic names are
ATT&CK's without spaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from rulec.records import record


@record(frozen=True, slots=True)
class Tactic:
    """A tactic: ATT&CK's id and name, and the word that Sentinel rules write."""

    id: str
    name: str

    @property
    def sentinel(self) -> str:
        return "".join(word.capitalize() for word in self.name.split())


#: By the letter that `attack.tsv` uses, in the matrix's order.
TACTICS: Final[Mapping[str, Tactic]] = MappingProxyType(
    {
        "R": Tactic("TA0043", "Reconnaissance"),
        "D": Tactic("TA0042", "Resource Development"),
        "I": Tactic("TA0001", "Initial Access"),
        "X": Tactic("TA0002", "Execution"),
        "P": Tactic("TA0003", "Persistence"),
        "E": Tactic("TA0004", "Privilege Escalation"),
        "V": Tactic("TA0005", "Defense Evasion"),
        "C": Tactic("TA0006", "Credential Access"),
        "S": Tactic("TA0007", "Discovery"),
        "L": Tactic("TA0008", "Lateral Movement"),
        "O": Tactic("TA0009", "Collection"),
        "B": Tactic("TA0011", "Command and Control"),
        "F": Tactic("TA0010", "Exfiltration"),
        "M": Tactic("TA0040", "Impact"),
    }
)


@record(frozen=True, slots=True)
class Technique:
    """A technique or sub-technique.

    Attributes:
        name: ATT&CK's own, without the parent's: `Password Spraying` for T1110.003.
        tactics: In the matrix's order.
        is_retired: Revoked or deprecated; old rules still name such ids.
        successor: The id that took a retired one's place; empty when there is none.
    """

    id: str
    name: str
    tactics: tuple[Tactic, ...]
    is_retired: bool = False
    successor: str = ""


@cache
def techniques() -> Mapping[str, Technique]:
    """All techniques by id. Read when first asked for."""
    table = {}
    for line in files("rulec").joinpath("attack.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            number, name, letters, *retired = line.split("\t")
            tactics = tuple(TACTICS[letter] for letter in letters)
            table[number] = Technique(number, name, tactics, bool(retired), retired[0][1:] if retired else "")
    return MappingProxyType(table)


def technique_title(number: str) -> str:
    """The full name of a technique, with the parent's for a sub-technique; empty for an id that ATT&CK does not have.

    >>> technique_title("T1083")
    'File and Directory Discovery'
    >>> technique_title("T1110.003")
    'Brute Force: Password Spraying'
    """
    found = techniques().get(number)
    if found is None:
        return ""
    parent = techniques().get(number.partition(".")[0]) if "." in number else None
    return f"{parent.name}: {found.name}" if parent else found.name
