"""Constructs over every pair of types: what Microsoft's analyzer answers (`types.jsonl`) and what the binder does.

`{a}` and `{b}` are columns, `{A}` and `{B}` literals of two types, `{Ta}` the name of the first. The answer is the letter of
column X's type, `-` for a refusal.

    python -m tests.oracle.types | node tests/oracle/record_types.mjs ../oracle > tests/oracle/types.jsonl
"""

from __future__ import annotations

import json
from typing import Final

LETTERS: Final = "bilrestpgy"
NAMES: Final = ["bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "dynamic"]
TYPES: Final = dict(zip(LETTERS, NAMES, strict=True))
_VALUES: Final = ["true", "int(1)", "1", "1.5", "decimal(1.5)", '"a"', "datetime(2020-01-01)", "1d", "guid(null)", "dynamic([1])"]
LITERALS: Final = dict(zip(LETTERS, _VALUES, strict=True))
_COLUMNS: Final = ", ".join(f"c{letter}:{name}" for letter, name in TYPES.items())
SETUP: Final = f"let T = datatable({_COLUMNS})[]; let U = T; "

PAIRS: Final = [
    *(
        f"T | project X = {{a}} {op} {{B}}"
        for op in ("==", "!=", "<", ">=", "=~", "has", "startswith", "matches regex", "+", "-", "*", "/", "%")
    ),
    *(f"T | project X = {{a}} {op} ({{B}})" for op in ("in", "!in", "in~", "has_any")),
    *(f"T | project X = {{a}} {op} ((U | project {{b}}))" for op in ("in", "in~", "has_any")),
    "T | project X = {A} == {b}",
    "T | project X = {a} in ({a}, {B})",
    "T | project X = {a} between ({b} .. {b})",
    "T | project X = {a} between ({B} .. {B})",
    "T | project X = ct between ({a} .. {b})",
    "T | project X = iff(cb, {a}, {b})",
    "T | project X = iff(cb, {a}, {B})",
    "T | project X = case(cb, {a}, {b})",
    "T | project X = coalesce({a}, {b})",
    "T | project X = max_of({a}, {b})",
    "T | project X = bin({a}, {B})",
    "T | project X = {a} and {b}",
    "T | project X = {a}[{b}]",
    "T | project X = {a}[{B}]",
    "T | project X = column_ifexists('z', {b})",
    "T | join kind=inner U on $left.{a} == $right.{b} | project X = cb",
    "T | lookup (U | project {b}) on $left.{a} == $right.{b} | project X = cb",
    "union (T | project X = {a}), (U | project X = {b}) | count | project X = Count",
    "range X from {A} to {A} step {B}",
    "T | sort by ci | project X = prev({a}, 1, {B})",
    "datatable(X:{Ta})[{B}]",
    "let f = (p:{Ta}) {{ print X = p }}; f({B})",
]
SINGLES: Final = [
    "T | where {a} | project X = cb",
    "T | project X = not({a})",
    "T | project X = -{a}",
    "T | project X = {a}.p",
    "T | summarize X = countif({a})",
    "T | summarize X = percentile({a}, 50)",
    *(f"T | summarize X = {name}({{a}})" for name in ("sum", "avg", "min", "dcount", "stdev", "make_set", "make_bag", "take_any")),
    "T | summarize count() by {a} | project X = count_",
    "T | distinct {a} | project X = 1",
    "T | sort by {a} | project X = 1",
    "T | top 1 by {a} | project X = 1",
    "T | mv-expand X = {a} | project X",
    "T | parse {a} with * 'a' X:long | project X",
    "T | make-series count() on {a} from {A} to {A} step 1 | project X = 1",
    "print X = toscalar(T | project {a})",
    "T | sort by ci | project X = row_cumsum({a})",
]


def texts(template: str) -> list[list[str]]:
    """The queries of a template, a row for each first type, in the order of `LETTERS`."""
    seconds = LETTERS if "{b}" in template or "{B}" in template else LETTERS[:1]
    return [[template.format(a=f"c{a}", b=f"c{b}", A=LITERALS[a], B=LITERALS[b], Ta=TYPES[a]) for b in seconds] for a in LETTERS]


if __name__ == "__main__":
    for written in (*PAIRS, *SINGLES):
        print(json.dumps({"template": written, "texts": [[SETUP + text for text in row] for row in texts(written)]}))
