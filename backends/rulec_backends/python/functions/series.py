"""Functions of numeric arrays."""

from __future__ import annotations

from typing import Final

from rulec.backend import Unsupported

from rulec_backends.python.lower import ValueRow

VALUES: Final[dict[str, ValueRow | Unsupported]] = {}
