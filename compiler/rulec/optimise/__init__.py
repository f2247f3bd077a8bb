"""Passes over the IR that keep its meaning: each takes a query and gives a query.

`PASSES` is the order: pruning first, since it makes everything else smaller. A pass is one file with one public function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from rulec.ir.rels import Query
from rulec.optimise.empty_legs import drop_empty_legs
from rulec.optimise.fold import fold
from rulec.optimise.prune import prune
from rulec.optimise.push_down import push_down

Pass: TypeAlias = Callable[[Query], Query]

PASSES: Final[tuple[Pass, ...]] = (prune, fold, push_down, drop_empty_legs)


def optimise(query: Query) -> Query:
    """The query after all passes: same rows, fewer columns read, filters earlier."""
    for run in PASSES:
        query = run(query)
    return query
