"""Names of the generated code: snake_case of KQL names, never a name that already means something."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

RESERVED: Final = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | frozenset(keyword.softkwlist) | {"detect", "main", "tables"}

_EDGES: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(maxsize=8192)
def snake(text: str) -> str:
    """`TimeGenerated` -> `time_generated`, `SourceIPAddress` -> `source_ip_address`; what cannot stand in a name becomes `_`."""
    text = unicodedata.normalize("NFKC", text)
    plain = "".join(c if c == "_" or (c.isascii() and c.isalnum()) else "_" for c in text)
    plain = re.sub(r"__+", "_", _EDGES.sub("_", plain).lower())
    stem = plain.lstrip("_") or "column"
    return f"c_{stem}" if stem[0].isdigit() else stem


def upper(text: str) -> str:
    """`FailedLogons` -> `FAILED_LOGONS`."""
    return snake(text).strip("_").upper() or "VALUE"


def camel(text: str) -> str:
    """`failed_logons` -> `FailedLogons`, for classes."""
    return "".join(part.capitalize() for part in snake(text).split("_") if part) or "Group"


class Names:
    """Hands out names that are unique in one scope and differ from `taken` ones."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken) | RESERVED

    def fresh(self, wish: str) -> str:
        """The wished name, or it with a number."""
        candidate, number = wish, 2
        while candidate in self._taken:
            candidate = f"{wish}_{number}" if wish not in RESERVED or number > 2 else f"{wish}_"
            if candidate in self._taken:
                candidate = f"{wish.rstrip('_')}_{number}"
                number += 1
        self._taken.add(candidate)
        return candidate

    @property
    def taken(self) -> frozenset[str]:
        """All names that are in use."""
        return frozenset(self._taken)

    def take(self, name: str) -> None:
        """Marks a name as used."""
        self._taken.add(name)
