"""`MakeSeries`."""

from __future__ import annotations

from rulec.ir.rels import MakeSeries
from rulec_backends.sql.levels import Level
from rulec_backends.sql.pipeline import Pipeline, Refusal


def make_series(p: Pipeline, rel: MakeSeries) -> Level:
    raise Refusal(f"this operator is not supported on {p.dialect.title}")
