"""The behaviours that translations get wrong, one claim a test; the sources are in the modules' docstrings."""

from collections.abc import Mapping

import pytest

from tests.spl.caps import Caps
from tests.spl.engine import run
from tests.spl.errors import Refused, SplError
from tests.spl.values import Row

NULLS = [{"f": "a"}, {"f": "b"}, {"g": "x"}]


def one(expression: str, row: Mapping[str, object] | None = None) -> object:
    """The stored result of an expression on a row."""
    return run(f"| eval x={expression}", [row or {"z": "1"}])[0].get("x")


def column(rows: list[Row], name: str) -> list[object]:
    return [r.get(name) for r in rows]


def test_where_drops_null_under_both_negations() -> None:
    assert len(run('| where f!="a"', NULLS)) == 1
    assert len(run('| where NOT f="a"', NULLS)) == 1


def test_search_not_keeps_null_and_unequal_drops_it() -> None:
    assert len(run('search f!="a"', NULLS)) == 1
    assert len(run('search NOT f="a"', NULLS)) == 2


def test_search_compares_without_case_and_with_wildcards() -> None:
    rows = [{"f": "Abc"}, {"f": "abd"}, {"f": "x*"}]
    assert len(run('search f="ABC"', rows)) == 1
    assert len(run("search f=ab*", rows)) == 2
    assert len(run('| where f="abc"', rows)) == 0
    assert len(run('| where f="x*"', rows)) == 1


def test_search_binds_or_before_and() -> None:
    rows = [{"a": "1", "b": "2", "c": "9"}, {"a": "1", "b": "9", "c": "3"}, {"a": "1"}]
    assert len(run("search a=1 AND b=2 OR c=3", rows)) == 2
    assert len(run("| where a=2 AND b=2 OR c=3", rows)) == 1


def test_eval_is_sequential() -> None:
    assert run("| eval a=b, b=a", [{"a": "1", "b": "2"}]) == [{"a": "2", "b": "2"}]


def test_a_boolean_cannot_be_assigned() -> None:
    with pytest.raises(SplError):
        run("| eval a=(b=1)", [{"b": "1"}])


def test_numeric_looking_texts_compare_as_numbers() -> None:
    assert one('if("01"="1","same","other")') == "same"
    assert one('if(a="1.0","same","other")', {"a": "1"}) == "same"
    assert one('if("10"<"9","text","number")') == "number"


def test_unquoted_dotted_name_is_a_concatenation() -> None:
    row = {"a.b": "1", "a": "2", "b": "3"}
    assert one("a.b", row) == "23"
    assert one("'a.b'", row) == "1"


def test_sort_stops_at_ten_thousand() -> None:
    assert len(run("| makeresults count=10001 | streamstats count as n | sort -n")) == 10_000
    assert len(run("| makeresults count=10001 | streamstats count as n | sort 0 -n")) == 10_001


def test_sort_puts_null_last_in_both_directions() -> None:
    rows = [{"i": "1"}, {"i": "2", "x": "5"}, {"i": "3", "x": "10"}]
    assert column(run("| sort 0 x", rows), "i") == ["2", "3", "1"]
    assert column(run("| sort 0 -x", rows), "i") == ["3", "2", "1"]
    assert column(run("| sort 0 str(x)", rows), "i") == ["3", "2", "1"]


def test_stats_drops_rows_with_a_null_key_and_splits_multivalue_keys() -> None:
    assert run("| stats count by f", NULLS) == [{"f": "a", "count": "1"}, {"f": "b", "count": "1"}]
    assert len(run("| stats count by f", [{"f": ["a", "b"]}])) == 2


def test_join_overwrites_and_keeps_one_match() -> None:
    text = "| makeresults | eval k=1, v=1 | join k [| makeresults count=3 | streamstats count as v | eval k=1]"
    assert column(run(text), "v") == ["1"]
    assert column(run(text.replace("join k", "join max=0 k")), "v") == ["1", "2", "3"]


def test_lowered_caps_change_the_answer() -> None:
    text = "| makeresults | eval k=1 | join max=0 k [| makeresults count=5 | eval k=1]"
    assert len(run(text)) == 5
    assert len(run(text, caps=Caps(join=3))) == 3
    assert len(run("| makeresults | append [| makeresults count=5]", caps=Caps(append=2))) == 3
    assert run("| makeresults count=5 | streamstats count as n | stats list(n) as l", caps=Caps(list=2))[0]["l"] == ["1", "2"]


def test_subsearch_limit_lets_excluded_rows_through() -> None:
    rows = [{"k": str(i)} for i in range(4)]
    text = "search NOT [| makeresults count=4 | streamstats count as n | eval k=n-1 | fields k | fields - _time]"
    assert run(text, rows) == []
    assert len(run(text, rows, caps=Caps(subsearch=2))) == 2


def test_doubles_lose_integers_beyond_two_to_the_53() -> None:
    assert one("9007199254740993+0") == "9007199254740992"


def test_rename_onto_a_field_clears_it_where_the_source_is_missing() -> None:
    assert run("| rename a as b", [{"b": "1"}, {"a": "2", "b": "3"}]) == [{}, {"b": "2"}]


def test_rex_without_a_match_keeps_the_old_value() -> None:
    assert run('| rex field=s "(?<o>\\d+)"', [{"s": "x", "o": "old"}])[0]["o"] == "old"


def test_pcre_has_look_arounds_and_unicode_properties() -> None:
    assert one('if(match("a_b","(?i)(?<![\\\\p{L}\\\\p{N}])B(?![\\\\p{L}\\\\p{N}])"),"t","f")') == "t"


def test_mvexpand_keeps_a_row_without_the_field() -> None:
    assert len(run("| mvexpand f", [{"f": ["1", "2"]}, {"g": "1"}])) == 3


def test_unknown_names_are_refused() -> None:
    with pytest.raises(Refused):
        run("| eval x=nosuch(1)", [{}])
    with pytest.raises(Refused):
        run("| nosuch", [{}])


def test_comments_and_macros() -> None:
    assert run('| makeresults ```a | b "c``` | eval x=`add(1,2)`', macros={"add(a,b)": "$a$+$b$"})[0]["x"] == "3"
    assert run('| makeresults | eval x="`add(1,2)`"')[0]["x"] == "`add(1,2)`"


def test_times_are_utc() -> None:
    assert one('strftime(1700000000.25,"%Y-%m-%dT%H:%M:%S.%3NZ")') == "2023-11-14T22:13:20.250Z"
    assert one('strptime("2023-11-14 22:13:20","%Y-%m-%d %H:%M:%S")') == "1700000000.000000"
    assert one('relative_time(1700000000,"-1d@d")') == "1699833600.000000"
