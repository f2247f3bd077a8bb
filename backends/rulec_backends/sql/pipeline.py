"""The state of one compilation: findings, names, and the CTEs that levels were closed into."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rulec.backend import TargetOptions
from rulec.errors import Diagnostic, Severity
from rulec.fields import TableMap
from rulec.records import replace
from rulec.source import Span
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.levels import Cte, Level, OrderKey, Slot, unique
from rulec_backends.sql.summary import summary
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.dialect import Dialect


class Refusal(Exception):
    """What the target cannot say exactly; becomes a diagnostic at the place of the node that was being lowered."""

    def __init__(self, reason: str, hint: str = "", code: str = "RC401", span: Span | None = None) -> None:
        super().__init__(reason)
        self.reason, self.hint, self.code, self.span = reason, hint, code, span


@dataclass(slots=True)
class Pipeline:
    """What one query's lowering writes to."""

    dialect: Dialect
    options: TargetOptions
    ctes: list[Cte] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    shared: dict[int, Level] = field(default_factory=dict)
    #: Nodes whose rows' order is looked at above them.
    order_needed: set[int] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    #: The query's text: a name in it may be a column's.
    text: str = ""
    #: The rows that the enclosing `partition` or `mv-apply` hands to its body, innermost last.
    given: list[Level] = field(default_factory=list)
    #: Whether small computed columns are said again in later stages, so that long pipelines have fewer levels.
    inline: bool = False
    _serial: int = 0
    _quoted: dict[str, bool] = field(default_factory=dict)
    _columns: dict[str, Tree] = field(default_factory=dict)
    _cte_names: set[str] = field(default_factory=set)
    #: CTEs that only compute hoisted trees: further ones over the same columns join them.
    _hoisting: set[str] = field(default_factory=set)

    def refuse(self, span: Span, refusal: Refusal) -> None:
        """Records a refusal; the compilation goes on to find the others."""
        self.diagnostics.append(Diagnostic.at(refusal.span or span, refusal.code, refusal.reason, refusal.hint))

    def warn(self, span: Span, code: str, message: str, hint: str = "") -> None:
        self.diagnostics.append(Diagnostic.at(span, code, message, hint, Severity.WARNING))

    def refuse_column(self, table: TableMap, label: str, span: Span) -> None:
        """Records that a table's map lacks a column."""
        self.refuse(span, Refusal(f"the field map of `{table.table}` has no column `{label}`", "add it to the map", "RC701"))

    def fresh(self, base: str) -> str:
        """A SQL name that nothing else has: hidden columns and lambda parameters."""
        while True:
            self._serial += 1
            candidate = f"{base}{self._serial}"
            if candidate not in self.taken and candidate not in self.text:
                return candidate

    def reserve(self, table: str, *columns: str) -> None:
        """Names of the store, which hidden columns and CTEs must not have."""
        self.taken.update(columns)
        self._cte_names.add(table.casefold())

    def cte_name(self, word: str) -> str:
        base = re.sub(r"\W+", "_", word, flags=re.ASCII).strip("_").lower() or "base"
        if base[0].isdigit() or base in self.dialect.reserved:
            base = f"step_{base}"
        label = unique(base, self._cte_names)
        self._cte_names.add(label)
        return label

    def identifier(self, label: str) -> nodes.Identifier:
        quoted = self._quoted.get(label)
        if quoted is None:
            quoted = self._quoted[label] = self.dialect.needs_quotes(label)
        return nodes.Identifier(label, quoted)

    def column(self, label: str) -> Tree:
        found = self._columns.get(label)
        if found is None:
            found = self._columns[label] = nodes.Column(label, self.identifier(label).quoted)
        return found

    def closed(self, level: Level, extra: dict[str, Tree] | None = None, word: str = "", materialized: bool = False) -> Level:
        """The level as a CTE and a new open level over it. `extra` are further hidden columns, by SQL name."""
        aliases: dict[str, Tree] = {}
        columns: dict[str, Slot] = {}
        used: set[str] = set()
        for label, slot in level.columns.items():
            alias = label if label.casefold() not in used else unique(label, used)
            used.add(alias.casefold())
            aliases[alias] = slot.tree
            tree = self.dialect.kept(slot.tree, self.column(alias))
            columns[label] = Slot(tree, slot.type, slot.nullable, slot.bound, slot.finite)
        for label, tree in (extra or {}).items():
            aliases[label] = tree
        group = tuple(self._carried(tree, aliases, columns, "_group") for tree in level.group)
        order = tuple(OrderKey(self._carried(key.tree, aliases, columns, "_order"), key.descending, key.nulls_first) for key in level.order)
        cte = Cte(self.cte_name(word or level.word), level, aliases, materialized)
        self.ctes.append(cte)
        return Level(t.table(t.name(cte.name)), columns, order=order, group=group, word=word or level.word)

    def _carried(self, tree: Tree, aliases: dict[str, Tree], columns: dict[str, Slot], base: str) -> Tree:
        for alias, present in aliases.items():
            if present is tree or (type(present) is type(tree) and present == tree):
                return self.column(alias)
        alias = self.fresh(base)
        aliases[alias] = tree
        return self.column(alias)

    def opened(self, level: Level) -> Level:
        """The level itself when row-wise stages may be added to it, else a new one over it."""
        return level if level.is_open else self.closed(level)

    def settled(self, level: Level, names: Iterable[str]) -> Level:
        """A level in which the named columns can be read in a further stage: none of them is computed in it."""
        level = self.opened(level)
        trees = [level.columns[n].tree for n in names if n in level.columns]
        size = _SMALL if self.inline else _TERSE
        if all(is_readable(tree) or is_small(tree, size) for tree in trees):
            return level
        return self.closed(level)

    def hoisted(self, level: Level, hoists: dict[str, Tree], later: Iterable[Tree] = ()) -> Level:
        """The level over an inner one that computes `hoists` (SQL name to tree over the level's source).

        The level's own trees and the `later` ones stay valid."""
        exposed = source_columns(
            [s.tree for s in level.columns.values()], [k.tree for k in level.order], level.group, hoists.values(), later
        )
        inner_columns = {label: tree for label, tree in exposed.items() if label not in hoists}
        last = self.ctes[-1] if self.ctes else None
        if last is not None and last.name in self._hoisting and _is_over(level, last) and _passes(last, hoists.values()):
            last.aliases.update({**{k: v for k, v in inner_columns.items() if k not in last.aliases}, **hoists})
            last.level.comments += level.comments
            return replace(level, comments=[])
        inner = Level(level.source, {}, where=level.where, comments=level.comments, word=level.word)
        cte = Cte(self.cte_name(level.word), inner, {**inner_columns, **hoists})
        self.ctes.append(cte)
        self._hoisting.add(cte.name)
        return replace(level, source=t.table(t.name(cte.name)), where=[], comments=[])


def _is_over(level: Level, cte: Cte) -> bool:
    """Whether the level adds nothing but columns to the CTE's rows."""
    source = level.source
    return isinstance(source, nodes.Table) and source.name.name == cte.name and not (source.alias or level.where or level.joins)


def _passes(cte: Cte, trees: Iterable[Tree]) -> bool:
    """Whether the trees read only columns that the CTE passes on from its own source."""
    passed = {label for label, tree in cte.aliases.items() if isinstance(tree, nodes.Column) and tree.name == label}
    return source_columns(trees).keys() <= passed


def is_readable(tree: Tree) -> bool:
    """Whether a further stage may repeat the tree in place of the column: a column, a constant, or a column with its null replaced."""
    if t.is_simple(tree):
        return True
    return t.is_call(tree, "coalesce") and all(t.is_simple(a) for a in tree.arguments)


#: How many nodes an expression may have that a further stage says again: in long pipelines, in others.
_SMALL: Final = 60
_TERSE: Final = 12


def is_small(tree: Tree, size: int) -> bool:
    """Whether saying the tree again costs little and gives the same value."""
    found = summary(tree)
    return found.fixed and found.weight <= size


def depth_and_size(ctes: Sequence[Cte], final: Iterable[Tree]) -> tuple[int, int]:
    """The longest chain of CTEs below some trees, and how many CTEs are planned when each reference is a copy."""
    known: dict[str, tuple[int, int]] = {}

    def below(trees: Iterable[Tree]) -> tuple[int, int]:
        depth = size = 0
        for node in (n for tree in trees if summary(tree).tables for n in nodes.walk(tree) if isinstance(n, nodes.Table)):
            one, many = known.get(node.name.name, (0, 0))
            depth, size = max(depth, one), size + many
        return depth, size

    for cte in ctes:
        legs = [(cte.level, cte.aliases), *cte.more]
        trees = [
            x for level, aliases in legs for x in (*aliases.values(), *level.where, *level.joins, *([level.source] if level.source else []))
        ]
        depth, size = below(trees)
        known[cte.name] = depth + 1, size + 1
    return below(final)


def source_columns(*groups: Iterable[Tree]) -> dict[str, Tree]:
    """The columns of the source that the trees read, by name."""
    found: dict[str, Tree] = {}
    for group in groups:
        for tree in group:
            for name, column in summary(tree).columns.items():
                found.setdefault(name, column)
    return found
