"""Dynamic values beside typed ones: a number equals numbers only, and none of another value."""

from __future__ import annotations

import pytest

from tests.sql import duck

VALUES = 'datatable(d:dynamic)[dynamic("3"), dynamic(3.5), dynamic(3.0), dynamic(9007199254740993), dynamic(true), dynamic(null)]'


@pytest.mark.parametrize(
    ("predicate", "kept"),
    [
        ("d == 3", ["3.0"]),
        ("d != 3", ["3", "3.5", "9007199254740993", "true", ""]),
        ("d in (3, 4)", ["3.0"]),
        ("d !in (3, 4)", ["3", "3.5", "9007199254740993", "true", ""]),
        ("d == 9007199254740992", []),
        ("d in (9007199254740993, 3)", ["3.0", "9007199254740993"]),
        ("d == 3.5", ["3.5"]),
        ("d == true", ["true"]),
        ("d > 3.2 and d < 4", ["3.5"]),
        ("d < -2 + tolong('6')", ["3", "3.5", "3.0", "true"]),
    ],
)
def test_what_a_dynamic_value_equals(predicate: str, kept: list[str]) -> None:
    assert duck.rows(f"{VALUES} | where {predicate} | project tostring(d)") == [(text,) for text in kept]


MIXED = 'datatable(s:string, n:long, b:bool, d:dynamic)["1", 1, true, dynamic(1), "a", 2, false, "a", "true", long(null), bool(null), true]'


@pytest.mark.parametrize(
    ("predicate", "kept"),
    [
        ('s in (dynamic([1, "1", true]))', ["1"]),
        ('s in~ (dynamic([1, "A"]))', ["a"]),
        ('n in (dynamic([1.0, "2", true]))', ["1"]),
        ('n !in (dynamic(["1"]))', ["1", "a", "true"]),
        ('b in (dynamic([1, "false"]))', []),
        ('d in (dynamic([1, "a"]))', ["1", "a"]),
    ],
)
def test_only_items_of_the_same_kind_count(predicate: str, kept: list[str]) -> None:
    assert duck.rows(f"{MIXED} | where {predicate} | project s") == [(text,) for text in kept]
