"""Names of the generated code: snake_case of KQL names, never a name that already means something."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Container, Iterable
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
    """Hands out names that are unique in one scope and differ from those of the scope around it, also from later ones."""

    def __init__(self, taken: Iterable[str], outer: Names | None = None) -> None:
        self._own = set(taken)
        self._outer = outer

    def __contains__(self, name: str) -> bool:
        """Whether the name is in use."""
        return name in self._own or (name in RESERVED if self._outer is None else name in self._outer)

    def fresh(self, wish: str, others: Container[str] = ()) -> str:
        """The wished name, or it with a number; none of the `others`."""
        candidate, number = wish, 2
        while candidate in self or candidate in others:
            if candidate == wish and wish in RESERVED:
                candidate = f"{wish}_"
            else:
                candidate = f"{wish.rstrip('_')}_{number}"
                number += 1
        self._own.add(candidate)
        return candidate

    def take(self, name: str) -> None:
        """Marks a name as used."""
        self._own.add(name)
