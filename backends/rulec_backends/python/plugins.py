"""Plugins of `evaluate` and operators that run over all rows at once."""

from __future__ import annotations

from rulec.ir.rels import Plugin

from rulec_backends.python.emit import Consume, Place


def plugin(rel: Plugin, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """A plugin's rows."""
    place.module.refuse(rel.span, "RC402", f"the plugin `{rel.name}` is not supported")


PLUGINS: dict[str, object] = {}
