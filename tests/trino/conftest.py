"""The server and a connection, for every test of this folder."""

from tests.trino.fixtures import client, trino

__all__ = ["client", "trino"]
