"""Random operators: each gives a node and the scope after it, or None where it cannot follow.

No step leaves its answer open: rows are taken only after a sort by columns that tell them apart, windows stand only there, and
arrays whose order is open are read by nothing and compared as sets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Final, TypeAlias

from rulec.catalogue import aggregate, aggregate_names, lookup, window, window_names
from rulec.catalogue.signatures import AggregateFunction
from rulec.scalars import ScalarType
from tests.differential.expressions import ANY, call, comparable, expression
from tests.differential.nodes import Node, Query, Table
from tests.differential.scope import Scope
from tests.differential.values import LITERALS, TAME

_T = ScalarType
Step: TypeAlias = "tuple[Node, Scope] | None"
#: Types that rows are grouped and joined by.
KEYS: Final = (_T.LONG, _T.STRING, _T.INT, _T.BOOL, _T.DATETIME, _T.TIMESPAN, _T.GUID, _T.REAL)
#: Types that rows are sorted by; NaN and null have no order among themselves.
SORTABLE: Final = (_T.LONG, _T.STRING, _T.INT, _T.DATETIME, _T.TIMESPAN, _T.BOOL)


@dataclass(slots=True)
class Making:
    """A query that is being made."""

    random: Random
    query: Query
    depth: int = 2
    focus: str | None = None

    def expression(self, scope: Scope, type_: ScalarType) -> Node:
        """An expression of a type; the function in focus, if there is one, where it fits."""
        found = self.focused(scope)
        if found is not None and found.type is type_:
            return found
        return expression(self.random, scope, type_, self.depth)

    def anything(self, scope: Scope) -> Node:
        """An expression of any type."""
        return self.focused(scope) or expression(self.random, scope, self.random.choice(ANY), self.depth)

    def focused(self, scope: Scope) -> Node | None:
        """A call of the function in focus."""
        function = lookup(self.focus) if self.focus else None
        for _ in range(6 if function else 0):
            assert function is not None
            node = call(self.random, scope, function, self.random.choice(function.signatures), self.random.choice((1, 1, 2)))
            if node is not None:
                return node
        return None


def table(random: Random, name: str, rows: int) -> Table:
    """A table with a key `id`, a group, a tame long and a tame real."""
    groups = random.sample(("1", "2", "3", "long(null)"), 3)
    columns = [("id", _T.LONG), ("g", _T.LONG), ("v", _T.LONG), ("w", _T.REAL), ("s", _T.STRING)]
    made = [
        [str(at + 1), random.choice(groups), random.choice(TAME[_T.LONG]), random.choice(TAME[_T.REAL]), random.choice(LITERALS[_T.STRING])]
        for at in range(rows)
    ]
    return Table(name, columns, made)


def where(making: Making, scope: Scope) -> Step:
    node = Node(("where ", making.expression(scope, _T.BOOL)), name="where")
    return node, replace(scope.sealed(), serialized=scope.serialized)


def extend(making: Making, scope: Scope) -> Step:
    columns, items = dict(scope.columns), []
    for _ in range(making.random.choice((1, 1, 2, 3))):
        value = making.anything(scope)
        replaced = [n for n in scope.columns if n not in scope.unique]
        name = making.random.choice(replaced) if replaced and making.random.random() < 0.15 else scope.fresh("x")
        if value.type is None or name in [str(i.parts[0]).partition(" ")[0] for i in items]:
            continue
        items.append(Node((f"{name} = ", value)))
        columns[name] = value.type
    if not items:
        return None
    after = scope.sealed({**scope.columns, **columns})
    written = frozenset(str(i.parts[0]).partition(" ")[0] for i in items)
    return Node(("extend ", Node(tuple(items), separator=", "))), replace(after, serialized=scope.serialized, open=after.open - written)


def project(making: Making, scope: Scope) -> Step:
    names = [n for n in scope.columns if n in scope.unique or making.random.random() < 0.6]
    if making.random.random() < 0.1:
        names = [n for n in names if n not in scope.unique]
    value = making.anything(scope)
    name = scope.fresh("p")
    items = [Node((n,)) for n in names] + [Node((f"{name} = ", value))]
    assert value.type is not None
    columns = {n: scope.columns[n] for n in names} | {name: value.type}
    return Node(("project ", Node(tuple(items), separator=", ")), name="project"), scope.sealed(columns)


def project_away(making: Making, scope: Scope) -> Step:
    removable = [n for n in scope.columns if n not in scope.unique]
    if not removable:
        return None
    name = making.random.choice(removable)
    if making.random.random() < 0.5:
        return Node((f"project-away {name}",), name="project-away"), scope.sealed({n: t for n, t in scope.columns.items() if n != name})
    new = scope.fresh("r")
    columns = {new if n == name else n: t for n, t in scope.columns.items()}
    after = scope.sealed(columns)
    return Node((f"project-rename {new} = {name}",), name="project-rename"), replace(
        after, open=after.open | {new} if name in scope.open else after.open
    )


# --- grouping ------------------------------------------------------------------------------------------------------

#: Aggregates whose answer depends on the rows' order, or that name several columns: made by hand, or not at all.
_ORDER: Final = frozenset({"make_list", "make_set", "make_list_with_nulls", "make_list_if", "make_set_if", "makelist", "makeset"})
_SKIPPED: Final = frozenset({
    "any", "anyif", "take_any", "take_anyif", "arg_max", "arg_min", "argmax", "argmin", "make_bag", "make_bag_if", "make_dictionary",
    "percentiles", "percentilesw", "passthrough", "buildschema",
})  # fmt: skip


def aggregates() -> tuple[str, ...]:
    """The aggregates that random queries use."""
    found = [aggregate(name) for name in aggregate_names()]
    return tuple(sorted({f.name for f in found if f is not None and f.name in comparable() and f.name not in _SKIPPED}))


def _aggregate(making: Making, scope: Scope) -> Node | None:
    random = making.random
    name = making.focus if making.focus in aggregates() else random.choice(aggregates())
    function = aggregate(name)
    assert function is not None
    for _ in range(8):
        node = call(random, _tame(scope), function, random.choice(function.signatures), 1)
        if node is not None and _definite(function, node):
            return node
    return None


def _tame(scope: Scope) -> Scope:
    """The scope with those reals only of which sums are exact."""
    kept = {n: t for n, t in scope.columns.items() if t not in (_T.REAL, _T.TIMESPAN, _T.DECIMAL) or n == "w"}
    return replace(scope, columns=kept, source=None)


def _definite(function: AggregateFunction, node: Node) -> bool:
    """Reals add up differently by order, and an average of big numbers shows it: only plain columns of tame values."""
    if function.name in _ORDER or function.name.startswith(("count", "dcount", "min", "max", "binary")):
        return True
    arguments = [child for _, child in node.children]
    return all(not _wild(a) for a in arguments if a.type in (_T.REAL, _T.LONG, _T.DECIMAL, _T.TIMESPAN, _T.DATETIME, _T.INT, None))


def _wild(node: Node) -> bool:
    return node.text not in ("v", "w", "id", "g") and not _small(node.text)


def _small(text: str) -> bool:
    return text.lstrip("-").replace(".", "").isdigit() and len(text) < 6


def summarize(making: Making, scope: Scope) -> Step:
    keys = _keys(making, scope)
    made = [(scope.fresh("a"), a) for a in (_aggregate(making, scope) for _ in range(making.random.choice((1, 2, 3)))) if a is not None]
    if not made:
        return None
    items = Node(tuple(Node((f"{name} = ", a)) for name, a in made), separator=", ")
    columns = {name: key.type for name, key in keys if key.type} | {name: a.type for name, a in made if a.type}
    opened = frozenset(name for name, a in made if a.type is _T.DYNAMIC)
    making.query.as_sets |= bool(opened)
    parts: list[str | Node] = ["summarize ", items]
    if keys:
        parts += [" by ", Node(tuple(Node((f"{n} = ", k)) if n != k.text else k for n, k in keys), separator=", ")]
    after = scope.sealed(columns, tuple(n for n, _ in keys))
    return Node(tuple(parts), name="summarize"), replace(after, open=opened)


def _keys(making: Making, scope: Scope) -> list[tuple[str, Node]]:
    keys: dict[str, Node] = {}
    for _ in range(making.random.choice((0, 1, 1, 2))):
        names = scope.names(*KEYS)
        if names and making.random.random() < 0.7:
            name = making.random.choice([n for n in names if n == "g"] * 3 + names)
            keys[name] = Node((name,), scope.columns[name])
        else:
            value = making.expression(scope, making.random.choice(KEYS))
            if value.type in KEYS and value.children:
                keys[scope.fresh("k")] = value
    return list(keys.items())


def distinct(making: Making, scope: Scope) -> Step:
    names = scope.names(*KEYS)
    if not names:
        return None
    chosen = making.random.sample(names, min(len(names), making.random.choice((1, 2, 3))))
    columns = {n: scope.columns[n] for n in chosen}
    return Node(("distinct " + ", ".join(chosen),), name="distinct"), scope.sealed(columns, tuple(chosen))


def arg_extreme(making: Making, scope: Scope) -> Step:
    """`arg_max` over a column that tells rows apart, so that the row is certain."""
    if len(scope.unique) != 1 or scope.columns[scope.unique[0]] not in (_T.LONG, _T.INT, _T.DATETIME):
        return None
    others = [n for n in scope.names() if n not in scope.unique]
    if len(others) < 2:
        return None
    key = making.random.choice([n for n in others if scope.columns[n] in KEYS] or [""])
    kept = [n for n in others if n != key][:3]
    if not key or not kept:
        return None
    name = making.random.choice(("arg_max", "arg_min"))
    text = f"summarize {name}({scope.unique[0]}, {', '.join(kept)}) by {key}"
    columns = {n: scope.columns[n] for n in (key, *scope.unique, *kept)}
    return Node((text,), name=name), scope.sealed(columns, (key,))


# --- order ---------------------------------------------------------------------------------------------------------


def _order(making: Making, scope: Scope) -> str | None:
    if not scope.unique or any(scope.columns[n] not in SORTABLE for n in scope.unique):
        return None
    first = [n for n in scope.names(*SORTABLE) if n not in scope.unique]
    keys = making.random.sample(first, min(len(first), making.random.choice((0, 1, 2)))) + list(scope.unique)
    words = (" asc", " desc", "", " asc nulls last", " desc nulls first", " asc nulls first")
    return ", ".join(f"{key}{making.random.choice(words)}" for key in keys)


def sort(making: Making, scope: Scope) -> Step:
    order = _order(making, scope)
    return None if order is None else (Node((f"sort by {order}",), name="sort"), replace(scope.sealed(), serialized=True))


def take(making: Making, scope: Scope) -> Step:
    if scope.serialized:
        return Node((f"take {making.random.choice((0, 1, 3, 100))}",), name="take"), replace(scope.sealed(), serialized=True)
    order = _order(making, scope)
    if order is None or len(scope.unique) > 1:
        return None
    key = order.rpartition(", ")[2]
    return Node((f"top {making.random.choice((1, 2, 4))} by {key}",), name="top"), replace(scope.sealed(), serialized=True)


def windows(making: Making, scope: Scope) -> Step:
    """A window function over the sorted rows."""
    if not scope.serialized:
        return None
    name = making.focus if making.focus in window_names() else making.random.choice(window_names())
    function = window(name)
    assert function is not None
    node = call(making.random, _tame(scope) if name == "row_cumsum" else scope, function, making.random.choice(function.signatures), 1)
    if node is None or node.type is None or (name == "row_cumsum" and _wild(next(c for _, c in node.children))):
        return None
    column = scope.fresh("q")
    after = scope.sealed({**scope.columns, column: node.type})
    return Node((f"extend {column} = ", node), name=name), replace(after, serialized=True)


def count(making: Making, scope: Scope) -> Step:
    return Node(("count",), name="count"), scope.sealed({"Count": _T.LONG}, ("Count",))


SIMPLE: Final[tuple[Callable[[Making, Scope], Step], ...]] = (
    where, extend, extend, project, summarize, summarize, distinct, arg_extreme, sort, take, project_away, windows,
)  # fmt: skip
