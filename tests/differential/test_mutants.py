"""Neighbours of queries: made the same each time, and what differs in them is told from what follows from the rows' order."""

from __future__ import annotations

from random import Random

from tests.differential.mutants import changed, depends_on_order, judge, program_of, reversed_rows, shrink, sort_keys
from tests.differential.running import Engines

QUERY = (
    'datatable(k:string, v:long)["a", 1, "b", long(null), "a", 3] | where v > 0 and k has "a" | summarize s = sum(v) by k | sort by s desc'
)


def test_a_number_makes_the_same_neighbour() -> None:
    made = [changed(Random(number), QUERY) for number in range(40)]
    assert made == [changed(Random(number), QUERY) for number in range(40)]
    assert len({found[1] for found in made if found is not None}) > 30


def test_every_neighbour_can_be_read() -> None:
    texts = [found[1] for number in range(60) if (found := changed(Random(number), QUERY))]
    assert sum(program_of(text) is not None for text in texts) > 0.8 * len(texts)


def test_the_keys_that_order_an_answer() -> None:
    for text, keys in (
        (QUERY, ("s",)),
        ("T | sort by a asc, b | where a > 1", ("a", "b")),
        ("T | sort by a + 1", ()),
        ("T | sort by a | count", ()),
    ):
        program = program_of(text)
        assert program is not None and sort_keys(program) == keys


def test_what_follows_from_the_order_of_rows() -> None:
    engines = Engines(("python",))
    assert reversed_rows("datatable(a:long, b:long)[1, 2, 3, 4]") == "datatable(a:long, b:long)[3, 4, 1, 2]"
    assert depends_on_order(engines, "datatable(a:long)[1, 2] | take 1", "python")
    assert not depends_on_order(engines, QUERY, "python")


def test_a_difference_shrinks() -> None:
    engines = Engines(("python", "duckdb"))
    text = "datatable(a:long, b:long)[1, 2, 3, 4] | extend c = a + 1, d = nothing(b) | sort by a asc"
    verdict = judge(engines, text)
    assert set(verdict.refused) == {"python", "duckdb"} and verdict.problems == {}
    assert shrink(engines, "print a = 1, b = 2", judge(engines, "print a = 1, b = 2"), ("python", "duckdb"))[0] == "print a = 1, b = 2"
