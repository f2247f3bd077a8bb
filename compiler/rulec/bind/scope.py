"""Names that statements and functions define, and the relations and rows that expressions read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from rulec.bind.naming import Names
from rulec.bind.state import Open, Place, State
from rulec.ir.exprs import Aggregate, Column, Expr
from rulec.ir.rels import Assignment, ColumnDef, Rel
from rulec.records import record
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes

if TYPE_CHECKING:
    from rulec.bind.graph_elements import Elements
    from rulec.bind.graph_model import Slot


@record(frozen=True, slots=True)
class Table:
    """A bound relation.

    Attributes:
        columns: Kept beside the relation, whose own property walks down to its leaf.
        index: The columns by name.
        serialized: The order of the rows is fixed, so `prev` and its like may read it.
        ordered: The order of the rows is part of the meaning.
        open: The places of the operators whose columns depend on the data; None when all columns are known.
        guessed: Columns that only the data know of, and copies of them: their type is dynamic for want of knowledge.
        name: What `withsource` and `$table` call it; empty for an expression.
    """

    rel: Rel
    columns: tuple[ColumnDef, ...]
    index: Mapping[str, ColumnDef]
    serialized: bool = False
    ordered: bool = False
    open: Open | None = None
    name: str = ""
    guessed: frozenset[str] = frozenset()

    @staticmethod
    def of(rel: Rel, columns: tuple[ColumnDef, ...], *, name: str = "") -> Table:
        """A relation without an order."""
        return Table(rel, columns, {c.name: c for c in columns}, name=name)

    def same(self, rel: Rel) -> Table:
        """The table after an operator that keeps columns and order."""
        return Table(rel, self.columns, self.index, self.serialized, self.ordered, self.open, "", self.guessed)

    def reshaped(self, rel: Rel, columns: tuple[ColumnDef, ...]) -> Table:
        """The table after an operator that keeps the rows' order but not the columns."""
        guessed = self.guessed & {c.name for c in columns}
        return Table(rel, columns, {c.name: c for c in columns}, self.serialized, self.ordered, self.open, guessed=guessed)

    def copies(self, assignments: Iterable[Assignment]) -> frozenset[str]:
        """The names of assignments that copy a guessed column."""
        if not self.guessed:
            return self.guessed
        return frozenset(a.name for a in assignments if isinstance(a.value, Column) and a.value.name in self.guessed)


@record(frozen=True, slots=True)
class ScalarBinding:
    """A scalar `let` or parameter: the expression that replaces the name. Only a function's argument may read columns."""

    value: Expr


@record(frozen=True, slots=True)
class TableBinding:
    """A tabular `let`, `as` name or parameter."""

    table: Table


@record(frozen=True, slots=True)
class FunctionBinding:
    """A `let` function and the scope in which it was defined."""

    function: nodes.Function
    scope: Scope
    name: str
    workspace: bool = False


@record(frozen=True, slots=True)
class RefusedBinding:
    """A `let` whose value was refused: uses are refused without a further finding."""


Binding: TypeAlias = ScalarBinding | TableBinding | FunctionBinding | RefusedBinding


@record(frozen=True, slots=True)
class Scope:
    """A chain of definitions, the innermost first."""

    name: str
    binding: Binding | None
    outer: Scope | None

    def define(self, name: str, binding: Binding) -> Scope:
        """The scope with one more definition, which hides those of its name."""
        return Scope(name, binding, self)

    def find(self, name: str) -> Binding | None:
        """The innermost definition of a name."""
        scope: Scope | None = self
        while scope is not None:
            if scope.name == name:
                return scope.binding
            scope = scope.outer
        return None

    def views(self, pattern: str) -> list[str]:
        """The names of the functions defined with `view` that a wildcard matches."""
        return [
            name
            for name in dict.fromkeys(self.names())
            if isinstance(found := self.find(name), FunctionBinding) and found.function.view and fnmatchcase(name, pattern)
        ]

    def names(self) -> list[str]:
        """All defined names, for hints."""
        found, scope = [], self
        while scope.outer is not None:
            found.append(scope.name)
            scope = scope.outer
        return found


EMPTY_SCOPE = Scope("", None, None)
NO_COLUMNS: Mapping[str, ColumnDef] = MappingProxyType({})


@record(slots=True)
class Collected:
    """The aggregates met while the expressions of one `summarize` are bound, with the columns of their results."""

    names: Names
    found: list[tuple[tuple[ColumnDef, ...], Aggregate]] = field(default_factory=list)


@record(frozen=True, slots=True)
class Context:
    """Where an expression stands.

    Attributes:
        row: The columns it may read.
        open, guessed: As those of the input `Table`.
        serialized: None where window functions have no place, else whether the input's order is fixed.
        collected: Where aggregates go; None where they have no place.
        grouped: `summarize` has keys, so a group has a row.
        keys: Names of the input's columns that `summarize` groups by.
        steps: The columns of `scan` steps, by step name.
        elements: The nodes and edges of a match, and `element` the one whose properties are plain names.
    """

    state: State
    scope: Scope
    row: Mapping[str, ColumnDef] = field(default_factory=lambda: NO_COLUMNS)
    open: Open | None = None
    serialized: bool | None = None
    collected: Collected | None = None
    grouped: bool = False
    keys: frozenset[str] = frozenset()
    steps: Mapping[str, Mapping[str, ColumnDef]] | None = None
    guessed: frozenset[str] = frozenset()
    elements: Elements | None = None
    element: Slot | None = None

    def over(self, table: Table) -> Context:
        """The context of expressions that read a table's rows."""
        return Context(self.state, self.scope, table.index, table.open, table.serialized, guessed=table.guessed)

    def alone(self) -> Context:
        """The context of expressions that read no row."""
        return Context(self.state, self.scope)


def place(span: Span, name: str = "") -> Place:
    """What tells an open relation from the others; a wildcard stands for several tables at one place, told apart by name."""
    return (span.source.path, name, span.start)


def column(definition: ColumnDef, span: Span) -> Column:
    """A reference to a column."""
    return Column(definition.name, definition.type, definition.nullable, span)


def definition(name: str, type_: ScalarType, nullable: bool) -> ColumnDef:
    """A column; a string is never null, whatever `nullable` says."""
    return ColumnDef(name, type_, nullable and type_ is not ScalarType.STRING)
