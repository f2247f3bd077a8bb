"""Constructs over every pair of types: the binder accepts nothing that Microsoft's analyzer refuses, and what it refuses has its reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bind.bound import result
from tests.oracle.types import LETTERS, SETUP, TYPES, texts

RECORDED = [json.loads(line) for line in (Path(__file__).parent / "types.jsonl").read_text().splitlines()]
LETTER_OF = {name: letter for letter, name in TYPES.items()}

_ONE_TYPE = (
    "the engine compares values of one type (recorded for dynamics; its message asks for explicit casts); constants with one reading pass"
)
_BRANCHES = "the engine refuses branches of several types (recorded)"
_DYNAMIC = "the engine refuses arithmetic on dynamics (recorded); a datetime is not added to or scaled"
_OWN_KIND = "bins, steps and ends of the value's own kind; the analyzer lets datetimes stand for timespans"
#: Where the binder refuses what the analyzer accepts, by a part of the template.
STRICTER = {
    **dict.fromkeys(
        ("== {B}", "!= {B}", "== {b}", "in ({B})", "in~ ({B})", "has_any ({B})", "((U | project {b}))", "in ({a}, {B})"), _ONE_TYPE
    ),
    **dict.fromkeys((" < ", " >= "), "bools have no order against numbers, dynamics none among themselves"),
    **dict.fromkeys(("iff(", "case(", "coalesce("), _BRANCHES),
    **dict.fromkeys((*(f"{{a}} {op} {{B}}" for op in "+-*/%"), "= -{a}"), _DYNAMIC),
    **dict.fromkeys(("bin(", "range X", "make-series"), _OWN_KIND),
    "prev(": "a default of the column's type",
    "datatable(": "a cell is a literal of the column's type, or a text that reads as one",
    "let f": "an argument is converted where a conversion function exists",
    **dict.fromkeys(("X = sum(", "X = stdev("), "no page says what the sum of datetimes or the deviation of times is, in which unit"),
    "top 1 by": "dynamics have no order (recorded for `sort`)",
}
#: Where it accepts more.
LOOSER = {"has {B}": "a dynamic constant is read as its text, as a dynamic column is"}


def letter(text: str) -> str:
    """The letter of column X's type; `-` for a refusal."""
    query = result(SETUP + text).query
    return "-" if query is None else next(LETTER_OF[c.type.value] for c in query.columns if c.name == "X")


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded["template"])
def test_types_go_together_as_the_analyzer_says(recorded: dict[str, list[str]]) -> None:
    template = str(recorded["template"])
    differing = {"stricter": "", "looser": "", "other": ""}
    for first, theirs, row in zip(LETTERS, recorded["rows"], texts(template), strict=True):
        for expected, text in zip(theirs, row, strict=True):
            ours = letter(text)
            if ours != expected:
                kind = "stricter" if ours == "-" else "looser" if expected == "-" else "other"
                differing[kind] += f"{first}: {text}\n"
    assert differing["other"] == ""
    assert bool(differing["looser"]) == any(part in template for part in LOOSER), differing["looser"]
    assert bool(differing["stricter"]) == any(part in template for part in STRICTER), differing["stricter"]
