"""The page of supported functions is what the catalogue and the targets say."""

from __future__ import annotations

from tests import support


def test_support_page_is_fresh() -> None:
    assert support.PAGE.read_text("utf-8") == support.page(), "stale, renew with `python -m tests.support --write`"


def test_no_target_lacks_a_row() -> None:
    assert "| no row |" not in support.page()
