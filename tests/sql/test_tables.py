"""No third state: every function, aggregate and plugin of the catalogue has a row or a reason on each SQL target."""

from __future__ import annotations

import pytest

from rulec import catalogue
from rulec.backend import Unsupported
from rulec_backends.athena import BACKEND as ATHENA
from rulec_backends.duckdb import BACKEND as DUCKDB

BACKENDS = {"duckdb": DUCKDB, "athena": ATHENA}


def _functions() -> set[str]:
    """Scalar functions that reach a backend: canonical, supported by the catalogue, not settled by the binder, no window."""
    found = set()
    for name in catalogue.function_names():
        row = catalogue.lookup(name)
        if row is None or row.unsupported or getattr(row, "bound", False) or catalogue.canonical(name) != name:
            continue
        found.add(name)
    return found - set(catalogue.window_names())


def _aggregates() -> set[str]:
    """Aggregates that reach a backend: those that are their own base, but for `percentiles`, which is split."""
    rows = {name: catalogue.aggregate(name) for name in catalogue.aggregate_names()}
    own = {name for name, row in rows.items() if row is not None and row.base in ("", name) and not row.unsupported}
    return own - {"percentiles", "percentilesw"}


@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
def test_every_function_has_a_row_or_a_reason(backend) -> None:  # type: ignore[no-untyped-def]
    if backend is ATHENA:
        pytest.skip("the Athena tables are not complete yet")
    assert _functions() <= backend.functions().keys()


@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
def test_every_aggregate_has_a_row_or_a_reason(backend) -> None:  # type: ignore[no-untyped-def]
    if backend is ATHENA:
        pytest.skip("the Athena tables are not complete yet")
    assert _aggregates() <= backend.functions().keys()


@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
def test_every_refusal_has_a_reason(backend) -> None:  # type: ignore[no-untyped-def]
    assert all(row is True or (isinstance(row, Unsupported) and row.reason) for row in backend.functions().values())
