"""`ScanOperator`."""

from __future__ import annotations

from rulec.ir.rels import ScanOperator
from rulec_backends.sql.levels import Level
from rulec_backends.sql.pipeline import Pipeline, Refusal


def scan_operator(p: Pipeline, rel: ScanOperator) -> Level:
    raise Refusal(f"this operator is not supported on {p.dialect.title}")
