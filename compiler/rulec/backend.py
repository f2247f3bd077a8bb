"""What a backend is: it says the IR's meaning in one target language, or refuses.

Imports only what every backend may import; see the layering test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final, Protocol, runtime_checkable

from rulec.alert import AlertSpec
from rulec.errors import Diagnostic
from rulec.fields import TableMap
from rulec.ir.rels import Query
from rulec.records import record
from rulec.source import Source

#: Suffixes of files of separated values, and of their archives.
_SUFFIXES: Final = (".csv", ".tsv", ".txt", ".json", ".zip", ".gz")


@record(frozen=True, slots=True)
class Unsupported:
    """A catalogue row that the target cannot say: the reason, as a user understands it, and a way out."""

    reason: str
    hint: str = ""


@record(frozen=True, slots=True)
class Format:
    """One form of a target's output, chosen with `-f`. `bundled`: a run's rules become one output, see `Bundling`."""

    name: str
    extension: str
    description: str
    bundled: bool = False


@record(frozen=True, slots=True)
class TargetOptions:
    """What the user asked of the target. `maps` are by Sentinel table; a table without one is refused unless `sentinel_tables`.

    `start`, `end`, `now` are datetime ticks for literal windows; None leaves them parameters of the output."""

    format: str = ""
    sentinel_tables: bool = False
    maps: Mapping[str, TableMap] = field(default_factory=dict)
    externals: Mapping[str, str] = field(default_factory=dict)
    start: int | None = None
    end: int | None = None
    now: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


def external_name(key: str) -> str:
    """The name of a watchlist or of external data that no file was given for: its alias, or the end of its address without its suffixes."""
    last = key.partition("?")[0].rstrip("/").rpartition("/")[2]
    while last.lower().endswith(_SUFFIXES):
        last = last.rpartition(".")[0]
    return "".join(c if c.isalnum() else "_" for c in last) or "external"


def no_external(kind: str, key: str, place: str) -> tuple[str, str]:
    """The message and the hint of RC509."""
    return f"no file was given for the {kind} `{key}`: the query reads `{place}`", f"--watchlist {key}=… names another"


@record(frozen=True, slots=True)
class Unit:
    """What is compiled: the optimised query, the alert it raises (None for bare KQL), its KQL text and the output's stem."""

    query: Query
    alert: AlertSpec | None
    source: Source
    stem: str


@record(frozen=True, slots=True)
class Artifact:
    """One output file: `suffix` follows the stem (`.sql`, `.meta.json`); the first artifact is the query."""

    suffix: str
    text: str


@record(frozen=True, slots=True)
class Output:
    """A backend's answer: artifacts, or errors and no artifact. Warnings may go with artifacts."""

    artifacts: tuple[Artifact, ...]
    diagnostics: tuple[Diagnostic, ...]


class Backend(Protocol):
    """A target. `functions` has one row for every scalar function, aggregate and plugin of the catalogue: supported (True) or
    `Unsupported`."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def formats(self) -> tuple[Format, ...]: ...

    def functions(self) -> Mapping[str, Unsupported | bool]: ...

    def compile(self, unit: Unit, options: TargetOptions) -> Output: ...


@runtime_checkable
class Configurable(Protocol):
    """A target that lists the settings it reads (`-O target.NAME=VALUE`); others than these are refused. A target without the list
    takes any."""

    @property
    def settings(self) -> tuple[str, ...]: ...


@runtime_checkable
class Bundling(Protocol):
    """A target with formats that make one output of many rules."""

    def bundle(self, parts: Sequence[str], settings: Mapping[str, str]) -> Mapping[str, bytes]:
        """The files of the one output, by their paths below the output folder. `parts` are the rules' first artifacts; the same parts
        give the same bytes. Raises `ValueError` with a message for a setting that cannot be used."""
        ...
