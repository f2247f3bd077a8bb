"""Times that a table stores as text."""

from __future__ import annotations

from rulec.fields import ColumnMap
from rulec_backends.athena.datetimes import STAMP
from rulec_backends.sql import trees as t
from rulec_backends.sql.trees import Tree
from sqlglot import exp


def parsed_iso(tree: Tree, found: ColumnMap) -> Tree:
    """ISO 8601 text with its zone as a timestamp in UTC; null when it is none."""
    del found
    parsed = exp.Try(this=t.call("from_iso8601_timestamp_nanos", tree))
    return t.cast(t.call("at_timezone", parsed, t.text("UTC")), STAMP)
