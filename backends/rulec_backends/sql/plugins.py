"""`Plugin`."""

from __future__ import annotations

from rulec.ir.rels import Plugin
from rulec_backends.sql.levels import Level
from rulec_backends.sql.pipeline import Pipeline, Refusal


def plugin(p: Pipeline, rel: Plugin) -> Level:
    raise Refusal(f"this operator is not supported on {p.dialect.title}")


from collections.abc import Callable  # noqa: E402
from typing import TypeAlias  # noqa: E402

PluginRow: TypeAlias = "Callable[[Pipeline, Plugin], Level]"
