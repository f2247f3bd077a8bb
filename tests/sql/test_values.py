"""Semantics that a translation to SQL gets wrong first, run on DuckDB. The recorded answers are in tests/conformance."""

from __future__ import annotations

import math

import pytest

from tests.sql import duck

NULLS = "datatable(x:long)[1, 2, long(null)]"


@pytest.mark.parametrize(
    ("predicate", "kept"),
    [
        ("x == 1", 1),
        ("x != 1", 2),
        ("not(x == 1)", 2),
        ("not(x > 1)", 1),
        ("x !in (1)", 2),
        ("x in (1, long(null))", 1),
        ("x == x", 2),
        ("isnull(x)", 1),
        ("x between (1 .. 2)", 2),
        ("x !between (1 .. 1)", 1),
        ("x == 1 or isnull(x)", 2),
    ],
)
def test_null_rows_are_kept_or_dropped_as_in_kql(predicate: str, kept: int) -> None:
    assert duck.rows(f"{NULLS} | where {predicate} | count") == [(kept,)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("9223372036854775807 + tolong('1')", -9223372036854775808),
        ("tolong('-9223372036854775808') / tolong('-1')", -9223372036854775808),
        ("tolong('4611686018427387904') * tolong('3')", -4611686018427387904),
        ("tolong('7') / tolong('0')", None),
        ("tolong('-7') % 3", 2),
        ("tolong('7') % -3", 1),
        ("tolong('-7') / 2", -3),
        ("bin(tolong('-5'), 2)", -6),
        ("toint('2147483648')", None),
        ("tolong('0x1F')", 31),
        ("tolong('12abc')", None),
        ("tostring(todouble('1'))", "1.0"),
        ("toint(tolong('2147483648'))", -2147483648),
    ],
)
def test_integers(expression: str, expected: int | str | None) -> None:
    assert duck.value(expression) == expected


def test_nan_is_greater_than_nothing() -> None:
    query = 'datatable(s:string)["nan", "1"] | extend r = todouble(s)'
    assert duck.rows(f"{query} | where r > 0 | project s") == [("1",)]
    assert duck.rows(f"{query} | where r != r | project s") == [("nan",)]
    assert math.isnan(duck.rows(f"{query} | summarize m = min(r)")[0][0])


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ('"a_b" has "a"', True),
        ('"category" has "cat"', False),
        ('"version=1.2.3" has "2.3"', True),
        ('"ПриветМир" has "привет"', False),
        ('"x" has ""', True),
        ('"a.b" contains "A."', True),
        ('"end." hassuffix "end"', True),
        ('"100%" startswith "100%"', True),
        ('"１２" matches regex @"^\\d+$"', True),
        ('"é" matches regex @"^\\w$"', True),
        ('"ab\\n" matches regex "b$"', False),
        ('"STRASSE" =~ "straße"', False),
    ],
)
def test_string_operators(predicate: str, expected: bool) -> None:
    assert duck.value(predicate) is expected


def test_a_needle_known_at_run_time_is_a_term_too() -> None:
    pairs = '"a.b c", "a.b", "xa.b", "a.b", "a+b", "a+", "x 😀[]\\\\ y", "😀[]\\\\"'
    query = f"datatable(s:string, n:string)[{pairs}] | where s has n | project s"
    assert duck.rows(query) == [("a.b c",), ("a+b",), ("x 😀[]\\ y",)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("datetime(2020-01-31) + 1tick", "2020-01-31T00:00:00.0000001Z"),
        ("datetime_add('month', 1, todatetime('2020-01-31'))", "2020-02-29T00:00:00.0000000Z"),
        ("endofday(todatetime('1950-06-15 13:45'))", "1950-06-15T23:59:59.9999999Z"),
        ("startofweek(todatetime('2020-06-15'))", "2020-06-14T00:00:00.0000000Z"),
        ("bin(todatetime('1955-11-05'), 7d)", "1955-10-31T00:00:00.0000000Z"),
        ("todatetime('2020-02-30')", None),
        ("todatetime('02/17/2016 08:40:01')", "2016-02-17T08:40:01.0000000Z"),
        ("todatetime('2016-02-17T08:40:01.1234567+02:00')", "2016-02-17T06:40:01.1234567Z"),
        ("todatetime('0001-01-01') - 1d", None),
        ("todatetime('9999-12-31') + 1d", None),
        ("tostring(totimespan('-1.02:03:04'))", "-1.02:03:04"),
    ],
)
def test_times(expression: str, expected: str | None) -> None:
    assert duck.value(expression) == expected


def test_times_as_ticks() -> None:
    assert duck.rows("print t = datetime(0001-01-02), s = 1s", times="ticks") == [(864_000_000_000, 10_000_000)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("datatable(x:dynamic)[dynamic([]), dynamic(null), dynamic([1, 2])] | mv-expand x | count", [(3,)]),
        ("datatable(x:long)[] | summarize s = sum(x), n = count()", [(0, 0)]),
        ("datatable(k:string)['a'] | where k == 'b' | summarize m = max(k)", [("",)]),
        (
            "datatable(k:long)[1, 2] | join kind=leftouter (datatable(k:long, s:string)[1, 'one']) on k | where isempty(s) | project k",
            [(2,)],
        ),
        ("datatable(k:long)[long(null)] | join kind=inner (datatable(k:long)[long(null)]) on k | count", [(1,)]),
        ("datatable(k:long)[1, 1] | join (datatable(k:long)[1, 1]) on k | count", [(2,)]),
        ("datatable(k:long)[1, long(null)] | join kind=leftanti (datatable(k:long)[long(null)]) on k | project k", [(1,)]),
        ("print a = 1, c = 2 | extend a = c, c = a", [(2, 1)]),
        ("datatable(x:long)[3, 1, 2] | sort by x asc | extend n = row_number() | where n == 2 | project x", [(2,)]),
        ("datatable(x:long)[3, 1, 2] | top 1 by x asc", [(1,)]),
        ("datatable(x:long)[1, 2, 3] | partition by x (extend y = x * 2 | top 1 by y) | summarize sum(y)", [(12,)]),
        ("range x from 1 to 3 step 1 | mv-apply y = range(1, x, 1) to typeof(long) on (summarize s = sum(y)) | summarize sum(s)", [(10,)]),
    ],
)
def test_relations(query: str, expected: list[tuple[object, ...]]) -> None:
    assert duck.rows(query) == expected


def test_the_order_of_the_result_is_the_last_sort() -> None:
    query = "datatable(x:long, y:long)[1, 9, 2, 8, 3, 7] | sort by y asc | extend y = -x | project y"
    assert duck.rows(query) == [(-3,), (-2,), (-1,)]


def test_a_column_overwritten_after_the_sort_does_not_change_the_order() -> None:
    query = "datatable(x:long)[1, 2, 3] | sort by x desc | extend x = 10 - x"
    assert duck.rows(query) == [(7,), (8,), (9,)]


def test_all_refusals_are_reported_at_their_places() -> None:
    found = duck.refusals("print a = geo_info_from_ip_address('x'), b = series_periods_detect(dynamic([1]), 1, 2, 3)")
    assert [code for code, _ in found] == ["RC401", "RC401"]


def test_recursion_carries_the_state_of_scan() -> None:
    query = "range x from 1 to 4 step 1 | sort by x asc | scan declare (s:long = 0) with (step a: true => s = a.s + x;) | project s"
    assert duck.rows(query) == [(1,), (3,), (6,), (10,)]


@pytest.mark.parametrize(
    "expression",
    [
        "tolong('-9223372036854775808') % tolong('-1')",
        "substring(strcat('a', ''), tolong('99999999999'), tolong('99999999999'))",
        "make_string(toint('-1'))",
        "strlen(strrep(strcat('a', ''), tolong('1000000000')))",
        "range(1, toint('5'), toint('0'))",
        "toint(exp(toint('1000')))",
        "make_datetime(toint('2020'), toint('13'), toint('45'))",
        "datetime_add('year', toint('2147483647'), todatetime('2020-01-01'))",
        "url_decode(strcat('%zz', ''))",
        "base64_decode_tostring(strcat('***', ''))",
        "tolong(strcat('0x', 'FFFFFFFFFFFFFFFFF'))",
        "bin(tolong('5'), tolong('0'))",
    ],
)
def test_no_value_makes_the_query_fail(expression: str) -> None:
    duck.value(expression)


@pytest.mark.parametrize(
    ("kql", "expected"),
    [
        ("tostring(0.1 + 0.2)", "0.30000000000000007"),
        ("tostring(-(0.1 + 0.2))", "-0.30000000000000007"),
        ("tostring(1e15)", "1e+15"),
        ("tostring(1e14)", "100000000000000.0"),
        ("tostring(1.5e-5)", "0.000015"),
        ("tostring(9.5e-6)", "9.5e-06"),
        ("tostring(split('a@b', '@', 1)[0])", "b"),
        ("tostring(split('a@b', '@', 7)[0])", ""),
        ("tostring(extract_all(@'(a)(b)', dynamic([2, 1, 7]), 'abab'))", '[["b","a"],["b","a"]]'),
        (r"tostring(extract_all(@'(1)(2)(3)(4)(5)(6)(7)(8)(9)([(])', dynamic([10, 1]), '123456789('))", '[["(","1"]]'),
    ],
)
def test_texts_are_written_as_kusto_does(kql: str, expected: str) -> None:
    assert duck.value(kql) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("summarize c = count() by k = 1", [(1, 3)]),
        ("where x > 5 | summarize c = count() by k = 1", []),
        ("summarize c = count() by k = 2, x | where x == 2 | project k, c", [(2, 1)]),
        ("summarize a = 7", [(7,)]),
        ("where x > 5 | summarize a = 7", [(7,)]),
    ],
)
def test_constants_as_keys_and_as_aggregates(query: str, expected: list[tuple[int, ...]]) -> None:
    assert duck.rows(f"datatable(x:long)[1, 2, 3] | {query}") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("datatable(x:real, s:real)[7.5, 2.0, 1.5, real(nan), 1.5, 0.0] | project bin(x, s)", [(6.0,), (None,), (None,)]),
        ('datatable(k:string)["a", "b"] | project tostring(bag_pack(k, 1, "a", 2))', [('{"a":1}',), ('{"b":1,"a":2}',)]),
        ('datatable(n:long)[24, long(null)] | project format_ipv4_mask("1.2.3.4", n)', [("1.2.3.0/24",), ("1.2.3.4/32",)]),
    ],
)
def test_arguments_of_rows_that_constants_do_not_show(query: str, expected: list[tuple[object]]) -> None:
    assert duck.rows(query) == expected


def test_a_range_has_at_most_a_million_values_and_some() -> None:
    """Learn, "range()": at most 1,048,576 values; ends beyond 64 bits apart do not fail."""
    table = "datatable(m:long, n:long)[1, 1500000, 1, 3, 1, 0, -9223372036854775807, 9223372036854775807, 1, long(null)]"
    found = duck.rows(f"{table} | project up = array_length(range(m, n)), down = array_length(range(n, m, -1))")
    assert found == [(2**20, 2**20), (3, 3), (0, 0), (2**20, 2**20), (None, None)]
