"""KQL's traps, one claim each, through the whole compiler."""

from __future__ import annotations

from typing import Any

import pytest

from tests.python_target.programs import rows_of, value_of

VALUES: list[tuple[str, Any]] = [
    ("-7 / 2", -3),
    ("-7 % 3", 2),
    ("1 / 0", None),
    ("9223372036854775807 + 1", -9223372036854775808),
    ("int(null) == 1", False),
    ("int(null) != 1", True),
    ("int(null) == int(null)", None),
    ("not(int(null) == 1)", True),
    ("not(int(null) > 1)", None),
    ("int(null) in (1, 2)", False),
    ("int(null) !in (1, 2)", True),
    ("bool(null) or true", True),
    ("bool(null) and true", None),
    ("iff(bool(null), 'then', 'else')", "else"),
    ("real(nan) == real(nan)", False),
    ("real(nan) between (1.0 .. 2.0)", False),
    ("real(nan) !between (1.0 .. 2.0)", True),
    ("'a_b' has 'a'", True),
    ("'category' has 'cat'", False),
    ("'version=1.2.3' has '2.3'", True),
    ("'ПриветМир' has 'привет'", False),
    ("'CAFÉ' contains 'é'", True),
    ("'STRASSE' =~ 'straße'", False),
    ("'' has ''", True),
    ("'abc' matches regex 'c$'", True),
    ("'abc\\n' matches regex 'c$'", False),
    ("'１２' matches regex @'^\\d+$'", True),
    ("'ab' matches regex '[a-z&&[^b]]{2}'", False),
    ("extract('(?P<n>b)(c)?', 2, 'abd')", ""),
    ("extract_all('(x)', 'abc')", None),
    ("replace_regex('one two', @'(\\w+)', @'[\\1]')", "[one] [two]"),
    ("trim('x', 'xxabcxx')", "xabcx"),
    ("split('a=b=c', '=', 1)", ["b"]),
    ("split('', ',')", [""]),
    ("substring('hello', -3, 2)", "ll"),
    ("indexof('abc', '')", None),
    ("tostring(true)", "True"),
    ("tostring(dynamic(true))", "true"),
    ("tostring(0.1 + 0.2)", "0.30000000000000007"),
    ("tostring(1d + 2h)", "1.02:00:00"),
    ("toint('3.14')", None),
    ("toint(2.9)", 2),
    ("tolong('0xFFFFFFFFFFFFFFFF')", -1),
    ("parse_json('not json')", "not json"),
    ("parse_json('[1, 2]')[-1]", 2),
    ("dynamic({'a': 1}).b", None),
    ("datetime(9999-12-31 23:59:59.9999999) + 1tick", None),
    ("bin(datetime(1955-11-05 06:15), 7d)", "1955-10-31T00:00:00.0000000Z"),
    ("datetime_diff('year', datetime(2020-12-31), datetime(2021-01-01))", -1),
    ("format_datetime(datetime(2020-01-05), 'MMM')", "011"),
    ("todatetime('Sat, 08 Nov 14 15:05:02 GMT')", "2014-11-08T15:05:02.0000000Z"),
    ("coalesce('', 'x')", "x"),
    ("hash('World')", 1846988464401551951),
    ("ipv4_is_private('127.0.0.1')", False),
    ("ipv4_is_private('nothing')", None),
    ("tostring(parse_xml('<a b=\"1\">t<c/><c/></a>'))", '{"a":{"@b":"1","c":[null,null],"#text":"t"}}'),
]


@pytest.mark.parametrize(("expression", "expected"), VALUES, ids=[v[0] for v in VALUES])
def test_value(expression: str, expected: Any) -> None:
    assert value_of(expression) == expected


def test_summarize_of_nothing_gives_defaults() -> None:
    row = rows_of("datatable(x:long)[] | summarize count(), sum(x), avg(x), min(x), make_list(x), take_any(x)")[0]
    assert (row["count_"], row["sum_x"], row["min_x"], row["list_x"], row["x"]) == (0, 0, None, [], None)
    assert row["avg_x"] != row["avg_x"]


def test_join_matches_null_with_null_and_nan_with_nan() -> None:
    kql = "datatable(k:real)[real(null), real(nan), 1.0] | join kind=inner (datatable(k:real, n:int)[real(null), 1, real(nan), 2]) on k"
    assert sorted(r["n"] for r in rows_of(kql)) == [1, 2]


def test_left_side_is_deduplicated_by_default() -> None:
    assert len(rows_of("datatable(k:int)[1, 1] | join (datatable(k:int)[1, 1]) on k")) == 2


def test_missing_strings_of_an_outer_join_are_empty() -> None:
    kql = "datatable(k:int)[1] | join kind=leftouter (datatable(k:int, s:string, n:int)[2, 'a', 3]) on k"
    assert rows_of(kql) == [{"k": 1, "k1": None, "s": "", "n": None}]


def test_mv_expand_of_null_keeps_the_row_and_of_an_empty_array_drops_it() -> None:
    kql = "datatable(i:int, d:dynamic)[1, dynamic(null), 2, dynamic([]), 3, dynamic([7, 8])] | mv-expand d"
    assert [(r["i"], r["d"]) for r in rows_of(kql)] == [(1, None), (3, 7), (3, 8)]


def test_nulls_sort_first_ascending_and_last_descending() -> None:
    values = "datatable(x:int)[2, int(null), 1]"
    assert [r["x"] for r in rows_of(f"{values} | sort by x asc")] == [None, 1, 2]
    assert [r["x"] for r in rows_of(f"{values} | sort by x")] == [2, 1, None]


def test_windows_may_read_windows() -> None:
    kql = "datatable(k:string, v:int)['a', 1, 'a', 2, 'b', 5] | serialize | extend total = row_cumsum(v, k != prev(k))"
    assert [r["total"] for r in rows_of(kql)] == [1, 3, 5]


def test_a_parse_pattern_holds_from_the_first_character() -> None:
    pattern = '"user=" user:string " id=" id:long " " *'
    assert rows_of(f'print x="zz user=adm id=1 t" | parse x with {pattern} | project user, id') == [{"user": "", "id": None}]
    assert rows_of(f'print x="zz user=adm id=1 t" | parse x with * {pattern} | project user, id') == [{"user": "adm", "id": 1}]


@pytest.mark.parametrize("values", ["real(inf), real(-inf)", "1.7976931348623157e308, 1.7976931348623157e308"])
def test_no_value_makes_an_aggregate_fail(values: str) -> None:
    assert len(rows_of(f"datatable(x:real)[{values}] | summarize stdev(x), variance(x), sum(x), avg(x), covariance(x, x)")) == 1


@pytest.mark.parametrize("text", ["bin(1e308, 1e-308)", "bin(5.0, real(inf))", "tostring(1.7976931348623157e308)", "round(1e308, 400)"])
def test_no_value_makes_a_function_fail(text: str) -> None:
    assert len(rows_of(f"print x = {text}")) == 1
