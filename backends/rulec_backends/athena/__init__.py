"""The Athena target (engine version 3): one SELECT, for tables as AWS defines them or as Sentinel has them."""

from __future__ import annotations

from rulec_backends.athena.backend import AthenaBackend
from rulec_backends.sql.backend import SqlTarget


def _target() -> SqlTarget:
    from rulec_backends.athena.dialect import Athena
    from rulec_backends.athena.writer import AthenaWriter

    return SqlTarget(Athena(), AthenaWriter)


BACKEND = AthenaBackend("athena", "Athena SQL (engine version 3): one query over CloudTrail's or other tables", _target)
