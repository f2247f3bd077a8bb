"""`TopNested`."""

from __future__ import annotations

from rulec.ir.rels import TopNested
from rulec_backends.sql.levels import Level
from rulec_backends.sql.pipeline import Pipeline, Refusal


def top_nested(p: Pipeline, rel: TopNested) -> Level:
    raise Refusal(f"this operator is not supported on {p.dialect.title}")
