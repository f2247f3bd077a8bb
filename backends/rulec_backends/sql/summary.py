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


def _type_weight(kind: nodes.DataType) -> int:
    return 1 + 2 * len(kind.numbers) + sum(_type_weight(part) for part in kind.parts) + 2 * len(kind.labels)


def _cast_weight(node: nodes.Cast) -> int:
    return 1 + _type_weight(node.to)


#: The weight of a node with the names and the type that are written with it; others weigh 1.
_WEIGHTS: Final[Mapping[type[Node], Callable[[Any], int]]] = MappingProxyType(
    {
        **dict.fromkeys((nodes.Cast, nodes.TryCast, nodes.Typed), _cast_weight),
        nodes.IsNull: lambda node: 3 if node.negated else 2,
        nodes.Lambda: lambda node: 1 + len(node.parameters),
        **dict.fromkeys((nodes.Dot, nodes.Index), lambda node: 2),
        nodes.Interval: lambda node: 3,
    }
)
_CONSTANTS: Final = frozenset({nodes.Text, nodes.Number, nodes.Null, nodes.Boolean})


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

    def column(self, node: nodes.Column) -> None:
        self.weight += 2 if node.table is None else 3
        if node.name not in self.columns:
            plain = node.table is None and node.facts is nodes.NOTHING
            self.columns[node.name] = node if plain else nodes.Column(node.name, node.quoted)

    def query(self, node: nodes.Select) -> None:
        """A subquery: its columns are another table's."""
        self.fixed = False
        for part in nodes.parts(node):
            known = summary(part)
            self.inner |= known.inner.union(known.columns)
            self.tables |= known.tables
            self.read |= known.free

    def look(self, node: Node, kind: type[Node]) -> None:
        """A node without its parts."""
        weigh = _WEIGHTS.get(kind)
        self.weight += 1 if weigh is None else weigh(node)
        if node.facts.text_of:
            self.texts = True
        match node:
            case nodes.Call():
                self.fixed &= node.function not in _VARYING
            case nodes.Var():
                self.read.add(node.name)
            case nodes.Lambda():
                self.bound.update(node.parameters)
            case nodes.Window():
                self.fixed = False
            case nodes.Table():
                self.tables.add(node.name.name)
            case _:
                pass

    def whole(self) -> Summary:
        free = frozenset(self.read - self.bound)
        return Summary(self.columns, frozenset(self.inner), frozenset(self.tables), free, self.weight, self.fixed, self.texts)


def summary(tree: Node) -> Summary:
    """The tree's summary."""
    known = getattr(tree, "seen", None)
    if known is not None:
        return known  # type: ignore[no-any-return]
    found = _summary(tree)
    object.__setattr__(tree, "seen", found)
    return found


_NONE: Final[frozenset[str]] = frozenset()
_CONSTANT: Final = Summary({}, _NONE, _NONE, _NONE, 1, True, False)


def _summary(tree: Node) -> Summary:
    if type(tree) in _CONSTANTS:
        return _CONSTANT
    finding, stack = _Finding(), [tree]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind in _CONSTANTS:
            finding.weight += 1
        elif isinstance(node, nodes.Column):
            finding.column(node)
        elif isinstance(node, nodes.Select):
            finding.query(node)
        elif (known := getattr(node, "seen", None)) is not None:
            finding.add(known)
        else:
            finding.look(node, kind)
            stack += nodes.parts(node)
    return finding.whole()
