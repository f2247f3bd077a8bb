"""The Athena target (engine version 3): one SELECT, for tables as AWS defines them or as Sentinel has them, and the alert's metadata."""

from __future__ import annotations

from rulec.backend import Artifact, TargetOptions, Unit
from rulec_backends.sql.backend import SqlBackend, SqlTarget


def _target() -> SqlTarget:
    from rulec_backends.athena.dialect import Athena
    from rulec_backends.athena.generator import AthenaGenerator

    return SqlTarget(Athena(), AthenaGenerator)


def _metadata(unit: Unit, options: TargetOptions) -> tuple[Artifact, ...]:
    from rulec_backends.athena.meta import metadata

    return metadata(unit, options)


BACKEND = SqlBackend("athena", "Athena SQL (engine version 3): one query over CloudTrail's or other tables", _target, _metadata)
