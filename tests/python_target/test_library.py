"""The run-time files as a library of statements that can be copied one by one."""

from __future__ import annotations

import pytest

from rulec import catalogue
from rulec.backend import Unsupported
from rulec_backends.python import BACKEND, library

ITEMS = library._index()[0]


@pytest.mark.parametrize("name", sorted(ITEMS))
def test_each_item_runs_with_what_it_uses(name: str) -> None:
    imports, statements = library.copied([name])
    text = "\n".join(["from __future__ import annotations", *imports, *statements])
    scope: dict[str, object] = {"__name__": "copied"}
    exec(compile(text, name, "exec"), scope)
    assert name in scope


def test_constants_stand_below_what_they_use() -> None:
    _, statements = library.copied(["parse_json"])
    text = "\n".join(statements)
    assert text.index("def json_integer") < text.index("JSON_DECODER =")


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        library.copied(["no_such_function"])


def test_every_function_of_the_catalogue_has_a_row() -> None:
    assert {f.name for _, f in catalogue.all_functions()} <= BACKEND.functions().keys()


def test_every_refusal_has_a_reason() -> None:
    assert all(row is True or (isinstance(row, Unsupported) and row.reason) for row in BACKEND.functions().values())
