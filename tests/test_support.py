"""The page of supported functions is what the catalogue and the targets say."""

from __future__ import annotations

from rulec.catalogue import all_functions
from rulec.driver.support import verdicts
from rulec.registry import backend_names, load_backend
from tests import support


def test_support_page_is_fresh() -> None:
    assert support.PAGE.read_text("utf-8") == support.page(), "stale, renew with `python -m tests.support --write`"


def test_no_target_claims_what_the_catalogue_refuses() -> None:
    rows = [row for _, row in all_functions()]
    refused = {row.name for row in rows if row.unsupported} - {row.name for row in rows if not row.unsupported}
    for name in backend_names():
        answers = verdicts(load_backend(name))
        assert not {n for n in refused if answers[n] is True}, name
