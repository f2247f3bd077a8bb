"""What the binder may look up outside the query's text. It reads nothing else: no files, no clock, no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from fnmatch import fnmatchcase
from functools import cache
from types import MappingProxyType
from typing import TypeAlias

from rulec.catalogue import tables as catalogue_tables
from rulec.ir.rels import ColumnDef
from rulec.records import record
from rulec.scalars import ScalarType
from rulec.source import Source

Columns: TypeAlias = tuple[ColumnDef, ...]

_EMPTY: Mapping[str, Columns] = MappingProxyType({})


@record(frozen=True, slots=True)
class SavedFunction:
    """A workspace function: its body, and its parameters as the workspace stores them (`a:string, b:long=5`), often empty."""

    body: Source
    parameters: str = ""


@record(frozen=True, slots=True)
class Environment:
    """The names a query may use besides its own.

    Attributes:
        tables: Columns by table; they win over the catalogue's.
        functions: Workspace functions by name.
        watchlists: Columns by alias, without the columns that every watchlist has.
        externals: Columns by URI; an `externaldata` operator declares its own, so only aliases of other sources need one.
        parameters: Values for `declare query_parameters`, in the compiler's carriers.
        builtin_tables: Whether the catalogue's own tables are known.
        unknown_tables: Whether a table without a schema is accepted, its columns taken to be dynamic as they are named.
    """

    tables: Mapping[str, Columns] = field(default_factory=lambda: _EMPTY)
    functions: Mapping[str, SavedFunction] = field(default_factory=lambda: MappingProxyType({}))
    watchlists: Mapping[str, Columns] = field(default_factory=lambda: _EMPTY)
    externals: Mapping[str, Columns] = field(default_factory=lambda: _EMPTY)
    parameters: Mapping[str, bool | int | float | str | None] = field(default_factory=lambda: MappingProxyType({}))
    builtin_tables: bool = True
    unknown_tables: bool = False

    def table(self, name: str) -> Columns | None:
        """The columns of a table; None when it is not known."""
        own = self.tables.get(name)
        if own is not None or not self.builtin_tables:
            return own
        return catalogue_columns(name)

    def further_column(self, name: str, column: str) -> ScalarType | None:
        """The type of a column that a table of the catalogue may have besides the known ones, by the ending of its name."""
        found = catalogue_tables.table(name)
        if found is not None and column[-2:] in catalogue_tables.SUFFIXES:
            return found[column]
        if found is not None and not catalogue_tables.has_schema(name):
            return ScalarType.STRING
        return ScalarType.DYNAMIC if self.unknown_tables else None

    def is_guess(self, name: str, column: str) -> bool:
        """Whether the type of a further column is only a guess: its table has no schema and its name no typing suffix."""
        return column[-2:] not in catalogue_tables.SUFFIXES and self.is_open(name) and not catalogue_tables.has_schema(name)

    def is_open(self, name: str) -> bool:
        """Whether a table may have columns besides the known ones."""
        return name not in self.tables and self.builtin_tables and catalogue_tables.is_open(name)

    def table_names(self) -> Iterable[str]:
        """All known table names."""
        yield from self.tables
        if self.builtin_tables:
            yield from (name for name in catalogue_tables.names() if name not in self.tables)

    def matching_tables(self, pattern: str) -> tuple[str, ...]:
        """The known tables that a wildcard name of `union` matches, sorted."""
        return tuple(sorted(name for name in self.table_names() if fnmatchcase(name, pattern)))


@cache
def catalogue_columns(name: str) -> Columns | None:
    """The columns of one of the catalogue's tables: nullable unless string."""
    table = catalogue_tables.table(name)
    return None if table is None else schema(table.items())


def schema(columns: Iterable[tuple[str, ScalarType]]) -> Columns:
    """Columns of a stored table: any but a string may be null."""
    return tuple(ColumnDef(name, kind, kind is not ScalarType.STRING) for name, kind in columns)
