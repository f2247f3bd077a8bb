"""Table schemas: Log Analytics, Defender XDR and custom tables, and schemas that the user brings.

`data/tables.txt` has one line per table, sorted: the name, then each column with its type's letter. A table is found by
bisection in the mapped file, so nothing else of it is read. The line `*` has the columns that every table has.
Names are case-sensitive, as in KQL.

Source: Azure Monitor's and Defender XDR's table references (names and types).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rulec.scalars import ScalarType

#: The letters of `data/tables.txt`.
LETTERS: Final[dict[str, ScalarType]] = {
    "b": ScalarType.BOOL,
    "d": ScalarType.DECIMAL,
    "g": ScalarType.GUID,
    "i": ScalarType.INT,
    "l": ScalarType.LONG,
    "p": ScalarType.TIMESPAN,
    "r": ScalarType.REAL,
    "s": ScalarType.STRING,
    "t": ScalarType.DATETIME,
    "y": ScalarType.DYNAMIC,
}
#: What the ending of a column's name says about its type in an open table.
SUFFIXES: Final[dict[str, ScalarType]] = {
    "_s": ScalarType.STRING,
    "_d": ScalarType.REAL,
    "_b": ScalarType.BOOL,
    "_t": ScalarType.DATETIME,
    "_g": ScalarType.GUID,
}
#: Tables whose documented column `Name` (a string) is missing from the reference that the data file was made of.
_WITH_NAME: Final = frozenset(
    {
        "AgentsInfo",
        "AppAvailabilityResults",
        "AppBrowserTimings",
        "AppDependencies",
        "AppEvents",
        "AppMetrics",
        "AppPageViews",
        "AppRequests",
        "ContainerInventory",
        "ContainerLog",
        "InsightsMetrics",
        "KubeEvents",
        "KubePodInventory",
    }
)
_OPEN_TABLES: Final = frozenset({"AzureDiagnostics"})
_DATA: Final = Path(__file__).parent / "data" / "tables.txt"


class OpenTable(Mapping[str, ScalarType]):
    """A table with more columns than are known: any name with one of `SUFFIXES` is a column of the suffix's type.

    Iterating gives the known columns only.
    """

    __slots__ = ("_known",)

    def __init__(self, known: Mapping[str, ScalarType]) -> None:
        self._known = known

    def __getitem__(self, column: str) -> ScalarType:
        known = self._known.get(column)
        return SUFFIXES[column[-2:]] if known is None else known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


@cache
def table(name: str) -> Mapping[str, ScalarType] | None:
    """The columns and types of a table, or None if no such table is known.

    `AzureDiagnostics` and every custom table (`…_CL`) is an `OpenTable`: a custom table grows columns as data arrives.
    """
    own = _line(name) if name != "*" else None
    if own is None and not name.endswith("_CL"):
        return None
    columns = dict(_common())
    columns.update(own or {})
    if name in _WITH_NAME:
        columns["Name"] = ScalarType.STRING
    ordered = MappingProxyType({column: columns[column] for column in sorted(columns, key=str.lower)})
    return OpenTable(ordered) if name in _OPEN_TABLES or name.endswith("_CL") else ordered


def has_schema(name: str) -> bool:
    """Whether columns of the table itself are known, not only those that every table has."""
    return name != "*" and _line(name) is not None


def is_open(name: str) -> bool:
    """Whether the table may have further columns, typed by their suffix."""
    return isinstance(table(name), OpenTable)


@cache
def names() -> tuple[str, ...]:
    """All tables with a schema, sorted."""
    lines = _DATA.read_text(encoding="ascii").splitlines()
    return tuple(line.partition(" ")[0] for line in lines if not line.startswith("*"))


def nearest(name: str, count: int = 3) -> tuple[str, ...]:
    """Tables that may have been meant, the likeliest first: the same name in other letters, then close ones."""
    same = [known for known in names() if known.lower() == name.lower()]
    return tuple(dict.fromkeys([*same, *get_close_matches(name, names(), count, 0.75)]))[:count]


def load_schema(path: Path) -> Mapping[str, Mapping[str, ScalarType]]:
    """The tables of a user's schema file; see `rulec.catalogue.schema_files`.

    Raises:
        SchemaError: The file has no form that is known.
    """
    from rulec.catalogue import schema_files

    return schema_files.load_schema(path)


@cache
def _common() -> Mapping[str, ScalarType]:
    return _line("*") or {}


@cache
def _text() -> mmap.mmap:
    with _DATA.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@cache
def _line(name: str) -> Mapping[str, ScalarType] | None:
    wanted, text = name.encode(), _text()
    low, high = 0, len(text)
    while low < high:
        start = text.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = text.find(b"\n", start)
        found, _, columns = text[start:end].partition(b" ")
        if found == wanted:
            return _columns(columns.decode("ascii"))
        low, high = (end + 1, high) if found < wanted else (low, start)
    return None


def _columns(text: str) -> dict[str, ScalarType]:
    return {column[:-2]: LETTERS[column[-1]] for column in text.split()}
