"""Bounds on what the parser takes on, so that no text makes it crash or hang."""

from __future__ import annotations

from typing import Final

#: Kusto itself takes no longer query text than 2 MB.
MAX_LENGTH: Final = 2_000_000
#: How deep expressions and operators may nest. Parsing takes about four of Python's thousand stack frames a level.
MAX_DEPTH: Final = 200
#: After so many errors the rest of the text is not looked at.
MAX_ERRORS: Final = 20
