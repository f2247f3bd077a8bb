"""Names of result columns: what an expression is called, and what happens when a name is taken."""

from __future__ import annotations

import pytest

from tests.bind.bound import bound, errors, names

ROW = "datatable(d:dynamic, s:string, l:long, t:datetime)[dynamic(null), '', 1, datetime(2024-01-01)] | "

PROJECTED = {
    "d.a, d['b'], d[0], d.a.b[1]": ["d_a", "d_b", "d_0", "d_a_b_1"],
    "d[s], d[l]": ["d_", "d_1"],
    "l + 1, s, -l": ["Column1", "s", "Column2"],
    "bin(l, 5), tostring(l), l": ["l", "l1", "l2"],
    "strlen(s), gettype(l), gettype(l + 1)": ["strlen_s", "type_l", "type_"],
    "l + 1, l + 2, Column1 = s": ["Column2", "Column3", "Column1"],
    "parse_json(s).q, split(s, ',')[0], strcat(s, 'a')": ["s_q", "s_0", "Column1"],
    "column_ifexists('l', 1), column_ifexists('zz', 1)": ["l", "zz"],
    "['d.e'] = s": ["d.e"],
}


@pytest.mark.parametrize(("columns", "expected"), PROJECTED.items())
def test_project_names(columns: str, expected: list[str]) -> None:
    assert names(bound(f"{ROW} project {columns}")) == expected


SUMMARIZED = {
    "count(), countif(l > 1), sum(l), sum(l + 1), avg(l)": ["count_", "countif_", "sum_l", "sum_", "avg_l"],
    "make_list(l), make_set(tostring(d.a)), make_bag(d), dcount(s)": ["list_l", "set_d_a", "bag_d", "dcount_s"],
    "arg_max(t, s), arg_min(t, s)": ["t", "s", "t1", "s1"],
    "mx = arg_max(t, s)": ["mx", "s"],
    "arg_max(t, *) by l": ["l", "t", "d", "s"],
    "arg_max(t, *) by bin(t, 1d)": ["t", "t1", "d", "s", "l"],
    "arg_max(t, s, l * 2)": ["t", "s", "max_t_arg2"],
    "take_any(s), any(s), take_any(l + 1)": ["s", "any_s", "any_arg0"],
    "take_any(*) by s": ["s", "d", "l", "t"],
    "percentiles(l, 5, 95), percentile(l, 99.9)": ["percentile_l_5", "percentile_l_95", "percentile_l_99_9"],
    "(a, b) = arg_max(t, s)": ["a", "b"],
    "sum(l) / count(), x = max(l) - min(l)": ["Column1", "x"],
    "tostring(sum(l)), sum(l)": ["sum_l", "sum_l1"],
    "count() by bin(t, 1h), tolower(s), l + 1": ["t", "Column1", "Column2", "count_"],
    "count(), count()": ["count_", "count_1"],
    "x = 1 by l": ["l", "x"],
}


@pytest.mark.parametrize(("terms", "expected"), SUMMARIZED.items())
def test_summarize_names(terms: str, expected: list[str]) -> None:
    assert names(bound(f"{ROW} summarize {terms}")) == expected


def test_extend_replaces_in_place_and_appends() -> None:
    assert names(bound(f"{ROW} extend s = l, bin(t, 1h), new = 1, tolower(s)")) == ["d", "s", "l", "t", "new", "Column1"]


def test_print_numbers_unnamed_values_by_their_place() -> None:
    assert names(bound("print 1, a = 2, strlen('x'), now()")) == ["print_0", "a", "print_2", "print_3"]


def test_a_name_given_twice_is_an_error() -> None:
    assert errors(f"{ROW} project a = l, a = s") == [("RC304", "a")]
    assert errors(f"{ROW} project l, l") == [("RC304", "l")]
    assert errors(f"{ROW} summarize s = count() by s") == [("RC304", "s")]
    assert errors("datatable(a:long, a:long)[1, 2]") == [("RC304", "a:long")]
    assert errors("print x = 1, x = 2") == [("RC304", "x")]
    assert errors("let a = 1; let a = 2; print a") == [("RC304", "a")]


def test_series_functions_give_all_their_columns_unless_named() -> None:
    assert names(bound("print d = dynamic([1]) | extend series_fit_line(d)"))[1:3] == [
        "series_fit_line_d_rsquare",
        "series_fit_line_d_slope",
    ]
    assert names(bound("print d = dynamic([1]) | extend x = series_fit_line(d)")) == ["d", "x"]
    assert names(bound("print d = dynamic([1]) | extend (x, y) = series_fit_line(d)")) == ["d", "x", "y"]
