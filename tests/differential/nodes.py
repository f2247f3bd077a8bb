"""A query as a tree of text parts: small enough to write, and structured enough to shrink."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from rulec.scalars import ScalarType

_T = ScalarType


@dataclass(frozen=True, slots=True)
class Node:
    """Text parts and child nodes in their order.

    Attributes:
        type: The type of an expression; None for operators and lists.
        name: The function, aggregate or operator that the node is, for the counts of a run.
        separator: Of a list, what stands between its parts: any of them but the last one left may be taken away.
        fixed: Must not be replaced by another value (a key, a constant of a certain form).
    """

    parts: tuple[str | Node, ...]
    type: ScalarType | None = None
    name: str = ""
    separator: str = ""
    fixed: bool = False

    @property
    def text(self) -> str:
        return self.separator.join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def children(self) -> Iterator[tuple[int, Node]]:
        return ((at, part) for at, part in enumerate(self.parts) if isinstance(part, Node))

    def names(self) -> Iterator[str]:
        """What the node and the nodes below it use of the catalogue."""
        if self.name:
            yield self.name
        for _, child in self.children:
            yield from child.names()

    def with_part(self, at: int, part: str | Node) -> Node:
        return replace(self, parts=(*self.parts[:at], part, *self.parts[at + 1 :]))

    def without_part(self, at: int) -> Node:
        return replace(self, parts=(*self.parts[:at], *self.parts[at + 1 :]))


@dataclass(slots=True)
class Table:
    """A datatable: columns, and rows of literals."""

    name: str
    columns: list[tuple[str, ScalarType]]
    rows: list[list[str]]

    @property
    def text(self) -> str:
        columns = ", ".join(f"{name}:{type_.value}" for name, type_ in self.columns)
        rows = ",\n  ".join(", ".join(row) for row in self.rows)
        return f"let {self.name} = datatable({columns})[\n  {rows}];"

    def copy(self) -> Table:
        return Table(self.name, list(self.columns), [list(row) for row in self.rows])


@dataclass(slots=True)
class Query:
    """Tables, statements before the pipeline, and a pipeline over the first table.

    Attributes:
        ordered: The answer's rows have an order.
        as_sets: The order of elements in the answer's arrays is open.
    """

    tables: list[Table]
    steps: list[Node]
    statements: list[Node] = field(default_factory=list)
    ordered: bool = False
    as_sets: bool = False

    @property
    def text(self) -> str:
        used = " ".join((*(node.text for node in (*self.statements, *self.steps)),))
        tables = [t for at, t in enumerate(self.tables) if at == 0 or t.name in used]
        lines = [*(t.text for t in tables), *(s.text for s in self.statements), self.tables[0].name]
        return "\n".join((*lines, *(f"| {step.text}" for step in self.steps)))

    def names(self) -> set[str]:
        """The functions, aggregates and operators of the query."""
        return {name for node in (*self.statements, *self.steps) for name in node.names()}


def literal(text: str, type_: ScalarType | None = None, *, fixed: bool = False) -> Node:
    """A literal's node."""
    return Node((text,), type_ or literal_type(text), fixed=fixed)


def literal_type(text: str) -> ScalarType:
    """The type of a literal as the pools write it."""
    head, call, _ = text.partition("(")
    if text[0] in "'\"@":
        return _T.STRING
    if call:
        return _T.TIMESPAN if head in ("time", "timespan") else ScalarType(head)
    if text in ("true", "false"):
        return _T.BOOL
    if text[-1].isalpha():
        return _T.TIMESPAN
    return _T.REAL if "." in text or "e" in text else _T.LONG
