"""A few hundred random queries, the same each time: the engines agree. The long run is `python -m tests.differential --examples 20000`.

The queries follow from the catalogue: a new row shuffles them. So what still differs is a number by engine, which only falls.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from random import Random
from typing import Final

from rulec.scalars import ScalarType
from tests.differential.__main__ import focus_of, smallest
from tests.differential.expressions import functions
from tests.differential.nodes import Node, Query, Table
from tests.differential.running import Engines
from tests.differential.shrink import shrink
from tests.differential.steps import aggregates
from tests.differential.tables import query

NAMES: Final = ("python", "duckdb", "splunk")
QUERIES: Final = 240
#: How many of the queries an engine may answer otherwise than Python.
MOST: Final = {"python": 0, "duckdb": 2, "splunk": 5}
#: How many of a failure's queries are shrunk and shown.
SHOWN: Final = 4


@cache
def engines() -> Engines:
    return Engines(NAMES)


def made(number: int) -> Query:
    return query(Random(number), focus_of(number, (*functions(), *aggregates())))


def test_engines_agree() -> None:
    differing: dict[str, list[int]] = defaultdict(list)
    compared = 0
    for number in range(QUERIES):
        verdict = engines().judge(made(number))
        compared += len(NAMES) - len(verdict.refused) > 1
        for engine in verdict.problems:
            differing[engine].append(number)
    over = [number for engine, numbers in differing.items() if len(numbers) > MOST[engine] for number in numbers]
    assert not over, "\n".join(_shown(number) for number in over[:SHOWN]) + f"\n{dict(differing)}"
    assert compared > 0.8 * QUERIES


def _shown(number: int) -> str:
    whole = made(number)
    smaller, verdict = smallest(engines(), whole, engines().judge(whole), NAMES)
    return f"{number}\n{smaller.text}\n{verdict.problems}"


def test_a_difference_is_seen() -> None:
    fine = engines().judge_text("print a = 1", ordered=False, as_sets=False)
    assert fine.problems == {} and fine.refused == {}
    refused = engines().judge_text("print a = nothing()", ordered=False, as_sets=False)
    assert set(refused.refused) == set(NAMES)


def test_a_query_shrinks_to_what_differs() -> None:
    table = Table("T", [("id", ScalarType.LONG), ("v", ScalarType.LONG)], [["1", "2"], ["2", "3"], ["3", "long(null)"]])
    whole = Query([table], [Node((step,)) for step in ("where v > 0", "extend x = v + 1", "where id != 2")])
    small = shrink(whole, lambda q: any("x = v" in step.text for step in q.steps))
    assert [step.text for step in small.steps] == ["extend x = v + 1"] and len(small.tables[0].rows) == 1
