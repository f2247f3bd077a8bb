"""The committed outputs are what the compiler gives."""

from __future__ import annotations

from tests import golden


def test_committed_outputs_are_fresh() -> None:
    found = list(golden.differences())
    assert not found, "stale, renew with `python -m tests.golden --write`:\n" + "\n".join(found)[:4000]


def test_every_sample_rule_compiles_to_every_target() -> None:
    refused = [str(path.name) for path, _ in golden.outputs() if path.name.endswith(".refused.txt")]
    assert refused == []
