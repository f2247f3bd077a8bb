"""What the tests of the rule front end share: the sample files and one edit of them."""

from __future__ import annotations

from pathlib import Path

from rulec.errors import Diagnostic
from rulec.rule.findings import Profile
from rulec.rule.load import LoadResult, load_text

DATA = Path(__file__).parent / "data"
FULL = (DATA / "full.yaml").read_text(encoding="utf-8")
NRT = (DATA / "nrt.yaml").read_text(encoding="utf-8")


def edited(old: str, new: str, text: str = FULL, profile: Profile = "default") -> LoadResult:
    """The sample rule with one piece of its text replaced."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the sample"
    return load_text(text.replace(old, new), "full.yaml", profile)


def codes(result: LoadResult) -> list[str]:
    return [diagnostic.code for diagnostic in result.diagnostics]


def text_under(diagnostic: Diagnostic, text: str) -> str:
    """The piece of a file that a diagnostic of one line points to."""
    line = text.split("\n")[diagnostic.begin.line - 1]
    return line[diagnostic.begin.column - 1 : diagnostic.end.column - 1] if diagnostic.begin.line == diagnostic.end.line else line
