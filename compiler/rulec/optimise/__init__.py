"""Passes over the IR that keep its meaning: each takes a query and gives a query.

`PASSES` is the order. A pass is one file with one public function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from rulec.ir.rels import Query
from rulec.optimise.fold import fold
from rulec.optimise.prune import prune
from rulec.optimise.push_down import push_down

Pass: TypeAlias = Callable[[Query], Query]

PASSES: Final[tuple[Pass, ...]] = (fold, push_down, prune)


def optimise(query: Query) -> Query:
    """The query after all passes: same rows, fewer columns read, filters earlier."""
    for run in PASSES:
        query = run(query)
    return query
