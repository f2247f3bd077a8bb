"""What can be null: exact where the schema and the operator say so, conservative elsewhere; a string never."""

from __future__ import annotations

import pytest

from tests.bind.bound import T, bound, environment, shown, table

ENV = environment(
    tables={"T": table(("k", T.LONG), ("s", T.STRING), ("d", T.DYNAMIC), ("t", T.DATETIME)), "U": table(("k", T.LONG), ("v", T.REAL))}
)
FULL = "datatable(k:long, s:string, v:real)[1, 'a', 1.0]"
CLAIMS = {
    # Schema columns are nullable unless string; a datatable column is if one of its cells is.
    "T": "k: long?, s: string, d: dynamic?, t: datetime?",
    FULL: "k: long, s: string, v: real",
    "datatable(k:long)[1, long(null)]": "k: long?",
    "print a = 1, b = int(null), c = tostring(int(null)), d = dynamic(null)": "a: long, b: int?, c: string, d: dynamic?",
    "range x from 1 to 3 step 1": "x: long",
    # Functions.
    f"{FULL} | project a = k + 1, b = k / 2, c = k / k, e = tolong(s), f = strlen(s), g = isnull(k)": (
        "a: long, b: long, c: long?, e: long?, f: long, g: bool"
    ),
    "T | project a = k == 1, b = k == k, c = k < 1, e = isempty(s), f = s has 'x', g = tostring(k), h = d.x": (
        "a: bool, b: bool?, c: bool?, e: bool, f: bool, g: string, h: dynamic?"
    ),
    "T | project a = iff(s == 'x', 1, 2), b = iff(s == 'x', k, 2), c = coalesce(k, 0)": "a: long, b: long?, c: long",
    # Aggregates: of no row they have a value or null; a group has a row.
    "T | summarize count(), sum(k), make_list(k), dcount(k), avg(k), min(k), take_any(s)": (
        "count_: long, sum_k: long, list_k: dynamic, dcount_k: long, avg_k: real, min_k: long?, s: string"
    ),
    f"{FULL} | summarize min(k), arg_max(v, k)": "min_k: long?, v: real?, k: long?",
    f"{FULL} | summarize min(v), minif(v, k > 1) by k": "k: long, min_v: real, minif_v: real?",
    "T | summarize max(t) by s": "s: string, max_t: datetime?",
    "T | count": "Count: long",
    # Joins pad the side that may have no row.
    f"{FULL} | join kind=inner ({FULL}) on k": "k: long, s: string, v: real, k1: long, s1: string, v1: real",
    f"{FULL} | join kind=leftouter ({FULL}) on k": "k: long, s: string, v: real, k1: long?, s1: string, v1: real?",
    f"{FULL} | join kind=rightouter ({FULL}) on k": "k: long?, s: string, v: real?, k1: long, s1: string, v1: real",
    f"{FULL} | join kind=fullouter ({FULL}) on k": "k: long?, s: string, v: real?, k1: long?, s1: string, v1: real?",
    f"{FULL} | lookup ({FULL}) on k": "k: long, s: string, v: real, s1: string, v1: real?",
    # A union pads what a leg does not have.
    f"union ({FULL}), (print k = 1)": "k: long, s: string, v: real?",
    # Expansions, captures, windows.
    f"{FULL} | extend a = dynamic([1]) | mv-expand a to typeof(long)": "k: long, s: string, v: real, a: long?",
    f"{FULL} | parse s with 'x' n:long ' ' w:string": "k: long, s: string, v: real, n: long?, w: string",
    f"{FULL} | sort by k | project a = prev(k), b = row_number(), c = prev(s)": "a: long?, b: long, c: string",
    # toscalar of no row is null; of an aggregate without keys there is always a row.
    "print a = toscalar(T | project k), b = toscalar(T | count), c = toscalar(T | project s)": "a: long?, b: long, c: string",
}


@pytest.mark.parametrize(("kql", "expected"), CLAIMS.items())
def test_nullable_columns(kql: str, expected: str) -> None:
    assert shown(bound(kql, ENV)) == expected
