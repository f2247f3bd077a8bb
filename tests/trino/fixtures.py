"""One Trino server for a whole test run. All tests that use it share an xdist group, so that one worker has it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.trino import server as trino_server
from tests.trino.client import Client


@pytest.fixture(scope="session")
def trino() -> Iterator[trino_server.Server]:
    """The server; processes that a test starts use it too.

    Skips with the reason where none can be had, and fails instead when `CI=true`.
    """
    try:
        server = trino_server.start()
    except trino_server.TrinoUnavailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RULEC_TRINO", f"{server.host}:{server.port}")
        yield server
    server.stop()


@pytest.fixture(scope="session")
def client(trino: trino_server.Server) -> Client:
    """A connection to the server."""
    return Client(trino)
