"""Levels to text: the CTEs that are needed, each with the columns that are read, and the final SELECT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rulec.records import replace
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.dialect import Dialect
from rulec_backends.sql.levels import Cte, Level, OrderKey
from rulec_backends.sql.pipeline import Pipeline
from rulec_backends.sql.summary import summary
from rulec_backends.sql.text import Writer
from rulec_backends.sql.trees import Tree

_WIDTH: Final = 110
_COMMENT_WIDTH: Final = 160


class Printer:
    """Prints one query's CTEs and final SELECT."""

    def __init__(self, pipeline: Pipeline, writer: Writer) -> None:
        self.pipeline = pipeline
        self.dialect: Dialect = pipeline.dialect
        self.say = writer.say
        self._names: dict[str, str] = {}

    # --- what is needed -------------------------------------------------------------------------------------------

    def pruned(self, final: Level, aliases: dict[str, Tree]) -> list[Cte]:
        """The CTEs that are read, each with only the columns that are read."""
        ctes = self.pipeline.ctes
        names = {c.name for c in ctes}
        needed: dict[str, set[str]] = {}

        def note(level: Level, select: dict[str, Tree]) -> None:
            columns, tables = _mentions(level, select.values())
            for table in tables & names:
                needed.setdefault(table, set()).update(columns)

        note(final, aliases)
        kept: list[Cte] = []
        for cte in reversed(ctes):
            wanted = needed.get(cte.name)
            if wanted is None:
                continue
            if not cte.level.distinct:
                cte = self._narrow(cte, wanted)
            for level, select in ((cte.level, cte.aliases), *cte.more):
                note(level, select)
            kept.append(cte)
        return kept[::-1]

    @staticmethod
    def _narrow(cte: Cte, wanted: set[str]) -> Cte:
        keys = {id(g) for g in cte.level.grouping or ()}
        names = [n for n, tree in cte.aliases.items() if n in wanted or n in cte.keep or id(tree) in keys]
        if not names:
            names = [next(iter(cte.aliases))] if cte.aliases else []
        more = tuple((level, {n: select[n] for n in names}) for level, select in cte.more)
        return replace(cte, aliases={n: cte.aliases[n] for n in names}, more=more)

    # --- text -----------------------------------------------------------------------------------------------------

    def query(self, final: Level, aliases: dict[str, Tree], order: Sequence[OrderKey]) -> str:
        ctes = self.pruned(final, aliases)
        body = "\n".join(self.select(final, aliases, order, ""))
        if not ctes:
            return body + "\n"
        parts = [self._cte(cte) for cte in ctes]
        return "WITH " + ",\n".join(parts) + "\n" + body + "\n"

    def _cte(self, cte: Cte) -> str:
        hint = " MATERIALIZED" if cte.materialized and self.dialect.name == "duckdb" else ""
        lines = [f"{self._name(cte.name)} AS{hint} ("]
        lines += self.select(cte.level, cte.aliases, cte.level.limit_order if cte.level.limit is not None else (), "  ")
        for level, select in cte.more:
            lines.append("  UNION ALL")
            lines += self.select(level, select, (), "  ")
        return "\n".join([*lines, ")"])

    def _name(self, label: str) -> str:
        text = self._names.get(label)
        if text is None:
            text = self._names[label] = self.say(self.pipeline.identifier(label))
        return text

    def select(self, level: Level, aliases: dict[str, Tree], order: Sequence[OrderKey], indent: str) -> list[str]:
        """The lines of one SELECT."""
        level, aliases = self.dialect.condensed(self.pipeline, level, aliases)
        lines = [f"{indent}-- {_clipped(c)}" for c in level.comments]
        word = "SELECT DISTINCT" if level.distinct else "SELECT"
        items = [self._item(label, tree) for label, tree in aliases.items()]
        lines += _wrapped(indent, word, items)
        if level.source is not None:
            lines.append(f"{indent}FROM {self.say(level.source)}")
        for join in level.joins:
            lines.append(f"{indent}{self.say(join)}")
        lines += self._clauses("WHERE", level.where, indent)
        if level.grouping:
            lines.append(f"{indent}GROUP BY {', '.join(self._grouping(level.grouping, aliases))}")
        lines += self._clauses("HAVING", level.having, indent)
        if order:
            keys = ", ".join(self.say(t.ordered(_qualified(k.tree, level), k.descending, k.nulls_first)) for k in order)
            lines.append(f"{indent}ORDER BY {keys}")
        if level.limit is not None:
            lines.append(f"{indent}LIMIT {self.say(level.limit, False)}")
        return lines

    def _item(self, label: str, tree: Tree) -> str:
        name = self._name(label)
        if type(tree) is nodes.Column and tree.table is None and tree.name == label:
            return name
        text = self.say(tree)
        return name if text == name else f"{text} AS {name}"

    def _grouping(self, keys: Sequence[Tree], aliases: dict[str, Tree]) -> Iterable[str]:
        """Positions: an alias named as its source would otherwise group by the raw column."""
        for key in keys:
            place = next((i for i, tree in enumerate(aliases.values(), start=1) if tree is key or tree == key), None)
            yield str(place) if place is not None else self.say(key)

    def _clauses(self, word: str, conjuncts: Sequence[Tree], indent: str) -> list[str]:
        lines = []
        for index, conjunct in enumerate(conjuncts):
            lead = f"{indent}{word} " if index == 0 else f"{indent}  AND "
            text = self.say(conjunct)
            lines.append(
                f"{lead}({text})" if len(conjuncts) > 1 and isinstance(conjunct, nodes.Binary) and conjunct.op == "OR" else f"{lead}{text}"
            )
        return lines


def _mentions(level: Level, select: Iterable[Tree]) -> tuple[set[str], set[str]]:
    """The column names and the tables that a SELECT reads."""
    columns: set[str] = set()
    tables: set[str] = set()
    trees = [*select, *level.where, *level.having, *level.joins, *(level.grouping or ()), *(k.tree for k in level.order)]
    trees += [k.tree for k in level.limit_order]
    if level.source is not None:
        trees.append(level.source)
    if level.limit is not None:
        trees.append(level.limit)
    for tree in trees:
        found = summary(tree)
        columns.update(found.columns, found.inner)
        tables |= found.tables
    return columns, tables


def _qualified(tree: Tree, level: Level) -> Tree:
    """The order key with its columns bound to the source: ORDER BY would take a select alias of the same name."""
    source = level.source
    if level.joins or not isinstance(source, (nodes.Table, nodes.Values)):
        return tree
    label = source.alias or (source.name.name if isinstance(source, nodes.Table) else "")
    return nodes.changed(tree, lambda n: replace(n, table=label) if type(n) is nodes.Column and n.table is None else n)


def _wrapped(indent: str, word: str, items: Sequence[str]) -> list[str]:
    """One line when it fits, else one item a line."""
    line = f"{indent}{word} {', '.join(items)}"
    if len(line) <= _WIDTH:
        return [line]
    return [f"{indent}{word}", *(f"{indent}  {item}{',' if i < len(items) - 1 else ''}" for i, item in enumerate(items))]


def _clipped(comment: str) -> str:
    return comment if len(comment) <= _COMMENT_WIDTH else comment[: _COMMENT_WIDTH - 1] + "…"
