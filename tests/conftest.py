"""Fixtures that several suites use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rulec import pipeline
from rulec.bind import BindResult, Environment
from rulec.bind.state import ColumnsOf
from rulec.ir.rels import Query
from rulec.ir.verify import verify
from rulec.syntax.nodes import Program
from tests.trino.fixtures import client, pytest_xdist_make_scheduler, trino

__all__ = ["client", "pytest_xdist_make_scheduler", "root", "shared", "trino", "verified_ir"]

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded answers, corpora and logs beside the project; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder ../shared with recorded answers and corpora is absent")
    return folder


@pytest.fixture(scope="session", autouse=True)
def verified_ir() -> Iterator[None]:
    """Every query that a test compiles is checked after binding and after optimising: a broken tree fails the test that made it."""
    bind, optimise = pipeline.bind, pipeline.optimise

    def checked_bind(program: Program, environment: Environment, columns_of: ColumnsOf) -> BindResult:
        result = bind(program, environment, columns_of)
        if result.query is not None:
            verify(result.query)
        return result

    def checked_optimise(query: Query) -> Query:
        optimised = optimise(query)
        verify(optimised)
        return optimised

    patch = pytest.MonkeyPatch()
    patch.setattr(pipeline, "bind", checked_bind)
    patch.setattr(pipeline, "optimise", checked_optimise)
    yield
    patch.undo()
