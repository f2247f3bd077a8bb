"""A grouping under construction, and what every aggregate's row needs of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rulec.ir.exprs import Aggregate
from rulec.ir.rels import ColumnDef
from rulec.scalars import ScalarType
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Aggregation, Field, Node, Stats, Text, fn, op
from rulec_backends.splunk.tree import number as num


@dataclass(slots=True)
class Grouping:
    """The grouping under construction: by-fields, the aggregations of `stats`, and what is computed after it."""

    b: Builder
    by: tuple[str, ...]
    aggregations: list[Aggregation] = field(default_factory=list)
    after: list[tuple[str, Node | Callable[[Builder], Node]]] = field(default_factory=list)
    seen: set[tuple[str, Node | None]] = field(default_factory=set)
    _number: Field | None = None

    def add(self, function: str, argument: Node | None, name: str) -> None:
        """An aggregation; Splunk refuses the same function of the same field twice, so the second reads a copy."""
        if argument is not None and not isinstance(argument, Field):
            if function != "count":
                argument = self.b.temp(argument, "a")
            elif (function, argument) in self.seen:
                argument = self.b.temp(fn("if", argument, num(1), NULL), "a")
        if (function, argument) in self.seen and argument is not None:
            copy = Field(self.b.ctx.fresh("a"))
            self.b.assign(copy.name, argument)
            argument = copy
        self.seen.add((function, argument))
        self.aggregations.append(Aggregation(function, argument, name))

    def helper(self, function: str, argument: Node | None) -> Field:
        name = self.b.ctx.fresh("r")
        self.add(function, argument, name)
        return Field(name)

    def number(self) -> Field:
        """A field that numbers the rows in their order, the same for all aggregates."""
        if self._number is None:
            self._number = Field(self.b.ctx.fresh("n"))
            self.b.emit(Stats("streamstats", (Aggregation("count", None, self._number.name),)))
        return self._number

    def always(self, a: Aggregate) -> bool:
        """Whether each group has a value of the aggregate's argument."""
        e = a.arguments[0]
        sure = not e.nullable and e.type is not ScalarType.DYNAMIC  # an empty array has none
        return bool(self.by) and self.b.keep is None and a.condition is None and sure

    def then(self, name: str, value: Node | Callable[[Builder], Node]) -> None:
        """What a column becomes after the grouping."""
        self.after.append((name, value))


#: Lowers an aggregate onto a grouping.
Row = Callable[[Grouping, Aggregate, tuple[ColumnDef, ...]], None]


def condition_of(b: Builder, a: Aggregate) -> Node | None:
    """Which rows count: those that the aggregate's condition and an enclosing body keep."""
    found = b.truth(a.condition) if a.condition is not None else None
    if b.keep is None:
        return found
    kept = op(Field(b.keep), "=", num(1))
    return kept if found is None else op(kept, "AND", found)


def argument(g: Grouping, a: Aggregate, index: int = 0) -> Node:
    """An argument, null where the condition is not true."""
    value = g.b.value(a.arguments[index])
    condition = condition_of(g.b, a)
    return value if condition is None else fn("if", condition, value, NULL)


def check_order(b: Builder, a: Aggregate, type_: ScalarType) -> None:
    if type_ is ScalarType.REAL and b.ctx.nan:
        b.ctx.refuse(a.span, f"`{a.function}` of reals that may be NaN")
    if type_ in (ScalarType.DECIMAL, ScalarType.DYNAMIC):
        b.ctx.refuse(a.span, f"`{a.function}` of {type_.value} values")
    if type_ is ScalarType.LONG and b.ctx.big_integers:
        b.ctx.refuse(a.span, f"`{a.function}` of integers beyond 2^53")


def unmarked(text: Node, type_: ScalarType) -> Node:
    """The text behind its mark."""
    cut = fn("substr", text, num(2))
    return fn("coalesce", cut, Text("")) if type_ is ScalarType.STRING else cut
