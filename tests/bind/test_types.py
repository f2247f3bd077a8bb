"""Types: how operands are brought together, and what goes with what."""

from __future__ import annotations

import pytest

from rulec.ir.rels import Extend, Filter, Project
from rulec.ir.show import show, show_expression
from rulec.ir.walk import relations
from tests.bind.bound import ALL_TYPES, bound, errors, result


def expression(text: str) -> str:
    """An expression over the columns of every type, as the IR shows it, with its type."""
    query = bound(f"{ALL_TYPES} | project x = {text}")
    assert isinstance(query.relation, Project)
    value = query.relation.assignments[0].value
    return f"{show_expression(value)}: {value.type.value}{'?' if value.nullable else ''}"


MEANINGS = {
    # Integers give long, a real or decimal operand widens the other.
    "i + i": "(<long>i + <long>i): long?",
    "i + l": "(<long>i + l): long?",
    "l + 1.5": "(<real>l + 1.5): real?",
    "l + c": "(<decimal>l + c): decimal?",
    "i == l": "(<long>i == l): bool?",
    "i == 1.5": "(<real>i == 1.5): bool",
    "l between (1 .. 2.5)": "(<real>l between (1.0 .. 2.5)): bool?",
    "-i": "neg(<long>i): long?",
    "-5": "-5: long",
    # Division by a constant that is not zero is null of null only.
    "l / 2": "(l / 2): long?",
    "1 / 2": "(1 / 2): long",
    "1 / l": "(1 / l): long?",
    # Datetime arithmetic; a timespan behind a datetime is a distance.
    "t - t": "(t - t): timespan?",
    "t - p": "(t - p): datetime?",
    "p / p": "(p / p): real?",
    "t between (t .. p)": "(t between (t .. (t + p))): bool?",
    "ago(1h)": "(@now - timespan(36000000000)): datetime",
    "now()": "@now: datetime",
    # Equality with null is a plain false, so it is null only of two nulls.
    "l == 1": "(l == 1): bool",
    "l != i": "(l != <long>i): bool?",
    "s == 'a'": '(s == "a"): bool',
    "l < 1": "(l < 1): bool?",
    "l in (1, 2)": "(l in (1, 2)): bool",
    # Dynamic values compare as they are, and convert where one type is wanted.
    "d.a == 'x'": '(d.a == "x"): bool',
    "d.a has 'x'": '(tostring(d.a) has "x"): bool',
    "strlen(d.a)": "strlen(tostring(d.a)): long",
    "d['a b'][0][-1]": 'd["a b"][0][-1]: dynamic?',
    "parse_json(s).a.b": "parse_json(s).a.b: dynamic?",
    # Branches.
    "iff(b, i, l)": "iff(b, <long>i, l): long?",
    "case(b, 'x', not(b), 'y', 'z')": 'case(b, "x", not(b), "y", "z"): string',
    "iff(b, s, d)": "iff(b, s, tostring(d)): string",
    "b and l > 1 and s has 'x'": '(b and (l > 1) and (s has "x")): bool?',
    # A constant of another type is read as the other side's type.
    "s == true": "(tobool(s) == true): bool",
    "r == '5'": "(r == 5.0): bool",
    "s in~ (1, 'a')": '(s in~ ("1", "a")): bool',
    "s has_any (4624)": '(s has_any ("4624")): bool',
    "l between (d .. 5)": "((l >= d) and (l <= 5)): bool?",
    "l !between (d .. 5)": "not(((l >= d) and (l <= 5))): bool?",
    # Aliases are gone.
    "toreal(s)": "todouble(s): real?",
    "iif(b, 1, 2)": "iff(b, 1, 2): long",
    "todynamic(s)": "parse_json(s): dynamic?",
    "replace('a', 'b', s)": 'replace_regex(s, "a", "b"): string',
    "extract('a', 1, s, typeof(long))": 'tolong(extract("a", 1, s)): long?',
    "column_ifexists('nope', 1)": "1: long",
    "column_ifexists('l', 1)": "l: long?",
    # A constant of another type, where one form is meant.
    "l == '5'": "(l == 5): bool",
    "s == 5": '(s == "5"): bool',
    "p == '01:00:00'": "(p == timespan(36000000000)): bool",
    "i in ('1', '2')": "(<long>i in (1, 2)): bool",
    "s in (1, 2)": '(s in ("1", "2")): bool',
    "datetime_diff('week', t, t)": '<real>datetime_diff("week", t, t): real?',
}


@pytest.mark.parametrize(("text", "meaning"), MEANINGS.items())
def test_meaning(text: str, meaning: str) -> None:
    assert expression(text) == meaning


WRONG = {
    "s + s": ("RC302", "+"),
    "s < 'a'": ("RC302", "<"),
    "d == d": ("RC302", "=="),
    "d * d": ("RC302", "*"),
    "l has 'x'": ("RC302", "has"),
    "t + t": ("RC302", "+"),
    "s == 1.5": ("RC302", "=="),
    "s == b": ("RC302", "=="),
    "i == '0x10'": ("RC302", "=="),
    "l == 'abc'": ("RC302", "=="),
    "iff(b, 1, 2.0)": ("RC302", "iff(b, 1, 2.0)"),
    "iff(l, 1, 2)": ("RC302", "l"),
    "iff(b, 1)": ("RC303", "iff(b, 1)"),
    "case(b, 1)": ("RC303", "case(b, 1)"),
    "strlen(l)": ("RC302", "l"),
    "strlen()": ("RC303", "strlen()"),
    "s.a": ("RC302", "s.a"),
    "s['a']": ("RC302", "s['a']"),
    "nope": ("RC301", "nope"),
    "nope(1)": ("RC301", "nope"),
    "count()": ("RC302", "count"),
    "l in ('a')": ("RC302", "'a'"),
    "l in~ ('a')": ("RC302", "l"),
    "not(l)": ("RC302", "l"),
    "l and b": ("RC302", "l"),
    "-s": ("RC302", "-s"),
    "floor(r)": ("RC303", "floor(r)"),
    "format_datetime(t, 'yyyy-MM-ddTHH')": ("RC302", "'yyyy-MM-ddTHH'"),
    "datetime_part('foo', t)": ("RC302", "'foo'"),
    "datetime_diff(s, t, t)": ("RC302", "s"),
    "typeof(long)": ("RC302", "typeof(long)"),
    "now(1)": ("RC302", "1"),
}


@pytest.mark.parametrize(("text", "finding"), WRONG.items())
def test_wrong_types_are_refused_at_their_place(text: str, finding: tuple[str, str]) -> None:
    assert errors(f"{ALL_TYPES} | extend x = {text}") == [finding]


def test_several_errors_are_found_in_one_run() -> None:
    found = errors(f"{ALL_TYPES} | where nope > 1 | extend x = s + s, y = strlen(l) | where z == 1 | project x, y, l")
    assert found == [("RC301", "nope"), ("RC302", "+"), ("RC302", "l"), ("RC301", "z")]


def test_a_refused_column_is_no_second_finding() -> None:
    assert errors(f"{ALL_TYPES} | extend x = nope | where x > 1 | summarize count() by x") == [("RC301", "nope")]


def test_a_hint_names_what_is_near() -> None:
    assert result("datatable(Account:string)['a'] | where Acount == 'x'").diagnostics[0].hint == "nearest: `Account`"


def test_a_hint_in_an_aggregates_place_names_aggregates() -> None:
    assert result(f"{ALL_TYPES} | summarize cont() by s").diagnostics[0].hint.startswith("nearest: `count`")
    assert result(f"{ALL_TYPES} | summarize n = 1 + cont()").diagnostics[0].hint.startswith("nearest: `count`")
    assert result(f"{ALL_TYPES} | make-series cont() on l step 1").diagnostics[0].hint.startswith("nearest: `count`")
    assert result(f"{ALL_TYPES} | summarize max(strln(s))").diagnostics[0].hint.startswith("nearest: `strlen`")
    assert result(f"{ALL_TYPES} | summarize rond(avg(r), 1)").diagnostics[0].hint.startswith("nearest: `round`")


def test_a_predicate_must_be_bool() -> None:
    assert errors(f"{ALL_TYPES} | where s") == [("RC302", "s")]
    assert errors(f"{ALL_TYPES} | where d.a") == [("RC302", "d.a")]


def test_chains_are_one_call() -> None:
    query = bound(f"{ALL_TYPES} | where b and b and b | extend x = b or b or b")
    calls = [r.predicate for r in relations(query.relation) if isinstance(r, Filter)]
    calls += [r.assignments[0].value for r in relations(query.relation) if isinstance(r, Extend)]
    assert [len(c.arguments) for c in calls] == [3, 3]  # type: ignore[union-attr]


def test_a_column_that_may_be_missing_is_searched_as_text() -> None:
    source = f"{ALL_TYPES} | extend n = column_ifexists('l', ''), q = column_ifexists('r', '') "
    assert "tostring(m) has" in show(bound(f"{source} | extend m = n | where m has '5'"))
    assert "tostring(q) startswith" in show(bound(f"{source} | where q startswith '2'"))
    assert errors(f"{source} | where q has '0'") == [("RC302", "has")]
    assert errors(f"{ALL_TYPES} | where l has '5'") == [("RC302", "has")]
