"""What a tree reads and how much it is, found once: nodes do not change, so each root keeps its summary, and a larger tree uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from rulec.records import record
from rulec_backends.sql import nodes
from rulec_backends.sql.nodes import Node

#: Functions whose value is another at each call.
_VARYING: Final = frozenset({"random", "uuid"})


@record(frozen=True, slots=True)
class Summary:
    """`columns` are those of the source, in the order in which a walk meets them; `inner` are the names of those of subqueries.

    `free` are the parameters of lambdas around the tree. `fixed`: said again it has the same value, at the same row. `texts`: it holds
    texts of dynamic values."""

    columns: Mapping[str, Node]
    inner: frozenset[str]
    tables: frozenset[str]
    free: frozenset[str]
    weight: int
    fixed: bool
    texts: bool


class _Finding:
    """A summary in the making."""

    __slots__ = ("bound", "columns", "fixed", "inner", "read", "tables", "texts", "weight")

    def __init__(self) -> None:
        self.columns: dict[str, Node] = {}
        self.inner: set[str] = set()
        self.tables: set[str] = set()
        self.read: set[str] = set()
        self.bound: set[str] = set()
        self.weight = 0
        self.fixed, self.texts = True, False

    def add(self, known: Summary) -> None:
        """A part's summary."""
        for name, column in known.columns.items():
            self.columns.setdefault(name, column)
        self.inner |= known.inner
        self.tables |= known.tables
        self.read |= known.free
        self.weight += known.weight
        self.fixed &= known.fixed
        self.texts |= known.texts

    def query(self, node: nodes.Select) -> None:
        """A subquery: its columns are another table's."""
        self.fixed = False
        for part in nodes.parts(node):
            known = summary(part)
            self.inner |= known.inner.union(known.columns)
            self.tables |= known.tables
            self.read |= known.free

    def whole(self) -> Summary:
        free = frozenset(self.read - self.bound) if self.read else _NONE
        return Summary(self.columns, frozenset(self.inner), frozenset(self.tables), free, self.weight, self.fixed, self.texts)


def _column(found: _Finding, node: nodes.Column) -> int:
    if node.name not in found.columns:
        plain = node.table is None and node.facts is nodes.NOTHING
        found.columns[node.name] = node if plain else nodes.Column(node.name, node.quoted)
    return 2 if node.table is None else 3


def _call(found: _Finding, node: nodes.Call) -> int:
    found.fixed &= node.function not in _VARYING
    found.texts |= node.facts.text_of
    return 1


def _case(found: _Finding, node: nodes.Case) -> int:
    found.texts |= node.facts.text_of
    return 1


def _var(found: _Finding, node: nodes.Var) -> int:
    found.read.add(node.name)
    return 1


def _lambda(found: _Finding, node: nodes.Lambda) -> int:
    found.bound.update(node.parameters)
    return 1 + len(node.parameters)


def _window(found: _Finding, node: nodes.Window) -> int:
    found.fixed = False
    return 1


def _table(found: _Finding, node: nodes.Table) -> int:
    found.tables.add(node.name.name)
    return 1


def _cast(found: _Finding, node: nodes.Cast) -> int:
    return 1 + _type_weight(node.to)


def _type_weight(kind: nodes.DataType) -> int:
    return 1 + 2 * len(kind.numbers) + sum([_type_weight(part) for part in kind.parts]) + 2 * len(kind.labels)


#: What a node adds by itself, without its parts; the result is its weight, with the names and the type that are written with it.
_LOOKS: Final[Mapping[type[Node], Callable[[_Finding, Any], int]]] = MappingProxyType(
    {
        nodes.Column: _column,
        nodes.Call: _call,
        nodes.Case: _case,
        nodes.Var: _var,
        nodes.Lambda: _lambda,
        nodes.Window: _window,
        nodes.Table: _table,
        nodes.Cast: _cast,
        nodes.TryCast: _cast,
        nodes.Typed: _cast,
        nodes.IsNull: lambda found, node: 3 if node.negated else 2,
        nodes.Dot: lambda found, node: 2,
        nodes.Index: lambda found, node: 2,
        nodes.Interval: lambda found, node: 3,
    }
)
_NONE: Final[frozenset[str]] = frozenset()


def summary(tree: Node) -> Summary:
    """The tree's summary."""
    known: Summary | None = getattr(tree, "seen", None)
    if known is None:
        known = _summary(tree)
        object.__setattr__(tree, "seen", known)
    return known


def _summary(tree: Node) -> Summary:
    found, weight, stack = _Finding(), 0, [tree]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind.PARTS:
            known: Summary | None = getattr(node, "seen", None)
            if known is not None:
                found.add(known)
                continue
            if isinstance(node, nodes.Select):
                found.query(node)
                continue
            for name in kind.PARTS:
                value = getattr(node, name)
                if type(value) is tuple:
                    stack += value
                elif value is not None:
                    stack.append(value)
        look = _LOOKS.get(kind)
        weight += 1 if look is None else look(found, node)
    found.weight += weight
    return found.whole()
