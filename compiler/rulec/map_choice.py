"""Which field map holds for each table of a query on a target: the user's files first, then rulec's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Final

from rulec.fields import NoCounterpart, TableMap, builtin_map, load_map
from rulec.records import record

#: The side of a field map that a target reads; None: the target reads Sentinel's own tables unless a map is asked for.
MAP_SIDES: Final[Mapping[str, str | None]] = MappingProxyType({"athena": "athena", "splunk": "splunk", "python": None, "duckdb": None})
#: `--map` words: Sentinel's own tables; the vendor's raw events.
SENTINEL: Final = "sentinel"
RAW: Final = "raw"
#: Every `--map` word: the two above and the variants of rulec's own maps (layouts of a target, other add-ons).
MAP_WORDS: Final = (SENTINEL, RAW, "projection", "manual", "classic")


def is_map_word(value: str) -> bool:
    """Whether a `--map` value is a word; paths have a dot or a slash."""
    return "." not in value and "/" not in value


@record(frozen=True, slots=True)
class MapChoice:
    """What the user said of maps: `word` is `sentinel`, `raw` or a variant of the target (`manual`, `classic`); `files` are map files."""

    word: str = ""
    files: tuple[str, ...] = ()

    @staticmethod
    def of(values: Iterable[str]) -> MapChoice:
        """The choice that `--map` values make: the last word counts."""
        given = tuple(values)
        words = [v for v in given if is_map_word(v)]
        return MapChoice(words[-1] if words else "", tuple(v for v in given if not is_map_word(v)))


@record(frozen=True, slots=True)
class ChosenMaps:
    """The maps of some tables; `sentinel` when the target reads Sentinel's own tables and needs none."""

    tables: Mapping[str, TableMap | NoCounterpart] = field(default_factory=dict)
    sentinel: bool = False

    @property
    def usable(self) -> Mapping[str, TableMap]:
        """The tables that the target has."""
        return {name: entry for name, entry in self.tables.items() if isinstance(entry, TableMap)}


def choose_maps(tables: Iterable[str], target: str, choice: MapChoice) -> ChosenMaps:
    """The maps of tables on a target; tables without any are left out.

    Raises:
        CompileError: RC702 or RC703 for a bad map file.
    """
    side = RAW if choice.word == RAW else MAP_SIDES.get(target, target)
    if choice.word == SENTINEL or (side is None and not choice.files):
        return ChosenMaps(sentinel=True)
    side = side or RAW
    variant = "" if choice.word == RAW else choice.word
    own = {table: entry for file in choice.files for table, entry in load_map(file, side, variant).items()}
    found = {table: own.get(table) or builtin_map(table, side, variant) for table in tables}
    return ChosenMaps({table: entry for table, entry in found.items() if entry is not None})
