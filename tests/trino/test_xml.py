"""`parse_xml` on Trino gives what the Python target gives."""

from __future__ import annotations

import pytest

from tests.sql import duck
from tests.sql.test_xml import TEXTS, check, query
from tests.trino.client import Client

pytestmark = pytest.mark.trino


def test_xml_is_read_as_python_does(client: Client) -> None:
    check({row[0]: row[1] for row in client.rows(duck.sql(query(TEXTS), "athena"))})
