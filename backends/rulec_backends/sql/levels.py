"""A level: what becomes one SELECT. Row-wise stages add to an open level; everything else closes it into a CTE.

A level holds its source, its conjuncts and, for every KQL column, the tree that gives it in terms of the source. A
stage that reads a computed column needs a further level (`Pipeline.closed`), so no right side ever sees a column of its
own level: KQL's simultaneous evaluation. Order and the ids of enclosing row groups are hidden columns that travel along.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from rulec.records import record, replace
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.trees import Tree


@record(frozen=True, slots=True)
class Slot:
    """A column of a level: its tree over the level's source, its KQL type, whether it can be null (as computed here, at most
    what the IR says), and `bound`, the greatest absolute value of an integer (None: unknown)."""

    tree: Tree
    type: ScalarType
    nullable: bool
    bound: int | None = None
    finite: bool = False
    #: The stored column behind a datetime, in the engine's own type: what a bound of the scan is compared with.
    raw: Tree | None = None


@record(frozen=True, slots=True)
class OrderKey:
    """One key of the rows' present order, over the level's source."""

    tree: Tree
    descending: bool
    nulls_first: bool

    def ordered(self) -> nodes.Ordered:
        return t.ordered(self.tree, self.descending, self.nulls_first)


@record(slots=True)
class Level:
    """One SELECT to be. `grouping` is None for a row-wise level, else the GROUP BY trees (empty: one row).

    `frozen` levels take no further stage."""

    source: Tree | None
    columns: dict[str, Slot]
    where: list[Tree] = field(default_factory=list)
    order: tuple[OrderKey, ...] = ()
    #: Ids of the enclosing `partition`/`mv-apply` groups: hidden columns over the source.
    group: tuple[Tree, ...] = ()
    joins: list[Tree] = field(default_factory=list)
    grouping: list[Tree] | None = None
    having: list[Tree] = field(default_factory=list)
    limit: Tree | None = None
    limit_order: tuple[OrderKey, ...] = ()
    distinct: bool = False
    frozen: bool = False
    word: str = "base"
    comments: list[str] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether row-wise stages may still be added."""
        return not self.frozen and self.grouping is None and self.limit is None and not self.distinct and not self.joins

    @property
    def is_plain(self) -> bool:
        """Whether the level only names columns of its source."""
        return self.is_open and not self.where and all(isinstance(s.tree, nodes.Column) for s in self.columns.values())

    def with_columns(self, columns: dict[str, Slot]) -> Level:
        return replace(self, columns=columns, where=list(self.where), comments=list(self.comments))


@record(slots=True)
class Cte:
    """A closed level: the select list by SQL name, in order, and how it was made."""

    name: str
    level: Level
    aliases: dict[str, Tree]
    materialized: bool = False
    #: Further legs of a UNION ALL, with the same names in the same order.
    more: tuple[tuple[Level, dict[str, Tree]], ...] = ()
    #: Columns that decide how many rows there are: never pruned.
    keep: frozenset[str] = frozenset()


def unique(base: str, taken: Iterable[str]) -> str:
    """`base`, with a number when it is taken (without regard to case)."""
    used = {x.casefold() for x in taken}
    folded = base.casefold()
    if folded not in used:
        return base
    number = 2
    while f"{folded}_{number}" in used:
        number += 1
    return f"{base}_{number}"
