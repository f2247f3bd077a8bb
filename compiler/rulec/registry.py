"""Backends by name: which there are without importing any, and one of them loaded.

Third parties add targets with the entry point group `rulec.backends`; the built-in ones also work from a source tree without installation.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Final, cast

from rulec.backend import Backend

GROUP: Final = "rulec.backends"
#: The targets of rulec itself, as `pyproject.toml` declares them.
BUILTIN: Final = {
    "python": "rulec_backends.python:BACKEND",
    "athena": "rulec_backends.athena:BACKEND",
    "splunk": "rulec_backends.splunk:BACKEND",
    "duckdb": "rulec_backends.duckdb:BACKEND",
}


class UnknownBackend(LookupError):
    """No backend has the name; `known` lists those there are."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"unknown target `{name}`, expected one of {', '.join(known)}")
        self.name, self.known = name, known


@cache
def _places() -> dict[str, str]:
    from importlib.metadata import entry_points

    return {**BUILTIN, **{entry.name: entry.value for entry in entry_points(group=GROUP) if entry.name not in BUILTIN}}


def backend_names() -> tuple[str, ...]:
    """The targets there are, rulec's own first; nothing is imported."""
    return tuple(_places())


@cache
def load_backend(name: str) -> Backend:
    """The backend of a target.

    Raises:
        UnknownBackend: No target has the name.
    """
    place = BUILTIN.get(name) or _places().get(name)
    if place is None:
        raise UnknownBackend(name, backend_names())
    module, _, attribute = place.partition(":")
    return cast("Backend", getattr(import_module(module), attribute))
