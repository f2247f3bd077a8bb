"""`evaluate`: the plugins whose columns are known at compile time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rulec.backend import Unsupported
from rulec.ir.rels import Plugin
from rulec_backends.sql.levels import Level
from rulec_backends.sql.pipeline import Pipeline, Refusal

PluginRow: TypeAlias = "Callable[[Pipeline, Plugin], Level]"


def plugin(p: Pipeline, rel: Plugin) -> Level:
    row = p.dialect.plugins.get(rel.name)
    if row is None:
        raise Refusal(f"the plugin `{rel.name}` is not supported on {p.dialect.title}")
    if isinstance(row, Unsupported):
        raise Refusal(row.reason, row.hint)
    if rel.open:
        raise Refusal(
            f"the columns of `{rel.name}` depend on the data, and SQL has to know them before",
            f"declare them: evaluate {rel.name}(…) : (name: type, …)",
        )
    return row(p, rel)
