"""One Trino server for a whole test run: all tests that use it go to one worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keeps the tests of Trino together. The marks of xdist 3.8 have no effect under pytest 9.2, which takes no other ids of tests."""
    from xdist.scheduler import LoadGroupScheduling

    class Scheduling(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "trino" if nodeid.startswith("tests/trino/") or "[trino" in nodeid else super()._split_scope(nodeid)

    return Scheduling(config, log) if config.getvalue("dist") == "loadgroup" else None
