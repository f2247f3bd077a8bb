"""The columns that a step can read, and which of them tell rows apart."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from rulec.scalars import ScalarType
from tests.differential.nodes import Table
from tests.differential.values import LITERALS

_T = ScalarType


@dataclass(slots=True)
class Scope:
    """What is in scope.

    Attributes:
        columns: Names with types.
        unique: Columns that tell any two rows apart, or () where no such columns are known: no order can be asked for then.
        source: The table whose columns are all in scope as they are, so that a column can still be added to it; None after that.
        open: Columns whose values are not the same on every engine (arrays in open order): read by nothing.
    """

    columns: dict[str, ScalarType]
    unique: tuple[str, ...] = ()
    source: Table | None = None
    open: frozenset[str] = frozenset()
    shapes: dict[tuple[str, ...], str] = field(default_factory=dict)
    serialized: bool = False
    counter: list[int] = field(default_factory=lambda: [0])

    def column(self, random: Random, type_: ScalarType) -> str | None:
        """A column of the type; it may be added to the source for this."""
        found = [name for name, t in self.columns.items() if t is type_ and name not in self.open]
        if self.source is not None and len(found) < 2 and random.random() < 0.6:
            return self._add(random, LITERALS[type_], type_)
        return random.choice(found) if found else None

    def shaped(self, random: Random, pool: tuple[str, ...], type_: ScalarType) -> str | None:
        """A column of values from a pool, if one can still be had."""
        if pool in self.shapes and self.shapes[pool] in self.columns:
            return self.shapes[pool]
        if self.source is None:
            return None
        self.shapes[pool] = name = self._add(random, pool, type_)
        return name

    def _add(self, random: Random, pool: tuple[str, ...], type_: ScalarType) -> str:
        assert self.source is not None
        name = self.fresh(type_.value[0])
        self.source.columns.append((name, type_))
        for row in self.source.rows:
            row.append(random.choice(pool))
        self.columns[name] = type_
        return name

    def fresh(self, letter: str = "n") -> str:
        """A name that no column has."""
        self.counter[0] += 1
        return f"{letter}{self.counter[0]}"

    def names(self, *types: ScalarType) -> list[str]:
        """The columns that can be read, of these types."""
        return [name for name, t in self.columns.items() if name not in self.open and (not types or t in types)]

    def sealed(self, columns: dict[str, ScalarType] | None = None, unique: tuple[str, ...] | None = None) -> Scope:
        """The scope after a step; the source takes no more columns."""
        kept = dict(self.columns if columns is None else columns)
        key = self.unique if unique is None else unique
        key = key if all(k in kept for k in key) else ()
        return replace(self, columns=kept, unique=key, source=None, open=self.open & kept.keys(), serialized=False)
