"""Functions over the rows in their order.

Source: Learn, "Window functions"; recorded refusals: an offset of 0 and a default that is no constant are errors.
"""

from __future__ import annotations

from typing import Final

from rulec.catalogue.notation import Row, row

_NEIGHBOUR = row("any, long!? -> first?", "any, long!, any! -> first?")
_RANK = row("scalar, bool? -> long!")

WINDOWS: Final[dict[str, Row]] = {
    "next": _NEIGHBOUR,
    "prev": _NEIGHBOUR,
    # The sum has the term's type; a null term adds nothing.
    "row_cumsum": row("number, bool? -> first?"),
    "row_number": row("long?, bool? -> long!"),
    # The old form: its second argument chooses dense or minimum rank.
    "row_rank": row("scalar, bool!? -> long!"),
    "row_rank_dense": _RANK,
    "row_rank_min": _RANK,
    "row_window_session": row("datetime, timespan!, timespan!, bool? -> datetime?"),
}
