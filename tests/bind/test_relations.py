"""Operators: columns, order and refusals."""

from __future__ import annotations

import pytest

from rulec.ir.rels import Join, Shared, Sort, SortKey, Summarize, Take
from rulec.ir.show import show
from rulec.ir.walk import relations
from tests.bind.bound import ALL_TYPES, T, bound, environment, errors, names, result, shown, table

A = "let A = datatable(k:long, a:string, c:real)[1, 'a', 1.0]; "
B = "let B = datatable(k:long, b:string, c:long)[1, 'b', 1]; "
ROW = "print d = dynamic([1]), s = 'a', l = 1 | "

COLUMNS = {
    A + B + "A | join B on k": "k, a, c, k1, b, c1",
    A + B + "A | join kind=leftsemi B on k": "k, a, c",
    A + B + "A | join kind=rightanti B on k": "k, b, c",
    A + B + "A | join kind=inner B on $left.a == $right.b, k": "k, a, c, k1, b, c1",
    A + B + "A | lookup B on k": "k, a, c, b, c1",
    A + B + "A | lookup B on $left.a == $right.b": "k, a, c, k1, c1",
    A + B + "union A, B": "k, a, c_real, c_long, b",
    A + B + "union kind=inner A, B": "k, c_real, c_long",
    A + B + "A | union withsource=k B": "k, k1, a, c_real, c_long, b",
    "union (print x = 1), (print x = 1.0), (print x = 'a')": "x_long, x_real, x_string",
    ROW + "mv-expand d": "d, s, l",
    ROW + "mv-expand with_itemindex = i x = d": "d, s, l, x, i",
    ROW + "mv-expand d.a, split(s, ',')": "d, s, l, d_a",
    ROW + "mv-apply d on (where d > 1)": "s, l, d",
    ROW + "mv-apply x = d on (project x)": "d, s, l, x",
    ROW + "mv-apply d = d on (summarize q = sum(tolong(d)))": "d, s, l, q",
    ROW + "mv-apply x = d to typeof(long) on (summarize s = sum(x) by l)": "d, s, l",
    ROW + "parse s with 'x' a 'y' b:long 'z' *": "d, s, l, a, b",
    ROW + "parse-kv s as (a:long, s:string)": "d, s, l, a",
    ROW + "project-away d, z*": "s, l",
    ROW + "project-keep l, s*": "s, l",
    ROW + "project-rename x = s": "d, x, l",
    ROW + "project-reorder l": "l, d, s",
    "print b2 = 1, b10 = 2, a = 3 | project-reorder b* granny-desc": "b10, b2, a",
    "print b2 = 1, b10 = 2, a = 3 | project-reorder * asc": "a, b10, b2",
    ROW + "project-by-names dynamic(['l', 'nope'])": "l",
    ROW + "make-series sum(l), n = count() default = 0 on l from 0 to 5 step 1 by s": "s, sum_l, n, l",
    ROW + "top-nested 2 of s by sum(l), top-nested 1 of l by Max = max(l)": "s, aggregated_s, l, Max",
    ROW + "top-hitters 2 of s by l": "s, approximate_sum_l",
    ROW + "sample-distinct 2 of s": "s",
    ROW + "partition by s (top 1 by l | project l)": "l",
    ROW + "getschema": "ColumnName, ColumnOrdinal, DataType, ColumnType",
    ROW + "search 'a'": "$table, d, s, l",
    ROW + "serialize r = row_number()": "d, s, l, r",
    ROW + "sort by l | scan with_match_id = m declare (w:long = 0) with (step x: true => w = x.w + l;)": "d, s, l, w, m",
    ROW + "evaluate narrow()": "Row, Column, Value",
    ROW + "evaluate bag_unpack(d) : (s:string, x:long)": "s, x",
    ROW + "where true | evaluate bag_unpack(d) | where age > 1 | project age, s": "age, s",
    A + "find in (A) where k > 1": "source_, k, a, c",
    A + "find withsource = S in (A) where k > 1 project k": "S, k",
    "let f = (T:(x:long), y:long = 5) { T | extend z = x + y }; datatable(x:long, q:string)[1, 'a'] | invoke f()": "x, q, z",
}


@pytest.mark.parametrize(("kql", "expected"), COLUMNS.items())
def test_columns(kql: str, expected: str) -> None:
    assert ", ".join(names(bound(kql))) == expected


REFUSED = {
    A + B + "A | join B on c": [("RC302", "c")],
    A + B + "A | join B on a": [("RC301", "a")],
    A + B + "A | join B on $left.k > $right.k": [("RC302", "$left.k > $right.k")],
    A + B + "A | join B on tolower(a)": [("RC302", "tolower(a)")],
    ROW + "mv-expand s": [("RC302", "s")],
    ROW + "where nope == 1": [("RC301", "nope")],
    ROW + "sort by d": [("RC302", "d")],
    ROW + "top 2 by d.a": [("RC302", "d.a")],
    ROW + "summarize count() by d": [("RC302", "d")],
    ROW + "distinct d": [("RC302", "d")],
    ROW + "distinct *": [("RC302", "distinct *")],
    ROW + "take 1.5": [("RC302", "1.5")],
    ROW + "take -1": [("RC302", "-1")],
    ROW + "extend r = row_number()": [("RC305", "row_number()")],
    ROW + "sort by l | mv-apply d on (take 1) | extend r = row_number()": [("RC305", "row_number()")],
    ROW + "summarize count() by s | extend r = row_number()": [("RC305", "row_number()")],
    ROW + "sort by l | extend p = prev(l, 0)": [("RC302", "0")],
    ROW + "sort by l | extend p = prev(l, 1, l)": [("RC302", "l")],
    ROW + "summarize x = l + count()": [("RC302", "l")],
    ROW + "summarize sum(sum(l))": [("RC302", "sum")],
    ROW + "project-rename l = s": [("RC304", "l = s")],
    ROW + "project-away nope": [("RC301", "nope")],
    ROW + "project-keep nope": [("RC301", "nope")],
    ROW + "parse s with a b": [("RC302", "b")],
    ROW + "sort by l | scan declare (w:long = 0) with (step x: true => w = x.nope;)": [("RC301", "nope")],
    ROW + "sort by l | scan declare (w:long = 0) with (step x: true => w = l + prev(w);)": [("RC305", "prev(w)")],
    ROW + "fork (take 1) (take 2)": [("RC307", "fork (take 1) (take 2)")],
    ROW + "evaluate nope(d)": [("RC301", "nope(d)")],
    ROW + "evaluate autocluster()": [("RC307", "autocluster()")],
    ROW + "reduce by s": [("RC307", "reduce by s")],
    ROW + "make-series sum(l) / 2 on l step 1": [("RC307", "sum(l) / 2")],
    "Nope | take 1": [("RC301", "Nope")],
    "union (print x = 1), Nope": [("RC301", "Nope")],
    "print x = 1 | union Nope* ": [("RC301", "Nope*")],
    "print x = 1 | invoke f()": [("RC301", "f")],
    "search 'x'": [("RC302", "search 'x'")],
    "workspace('w').T | take 1": [("RC307", "workspace('w').T")],
    "5": [("RC302", "5")],
}


@pytest.mark.parametrize(("kql", "expected"), REFUSED.items())
def test_refusals(kql: str, expected: list[tuple[str, str]]) -> None:
    assert errors(kql) == expected


def test_range_sort_and_top_hitters_fix_the_order() -> None:
    for source in ("range x from 1 to 3 step 1", "print x = 1 | sort by x", "print x = 1 | top-hitters 1 of x"):
        assert names(bound(f"{source} | extend r = row_number()"))[-1] == "r"


def test_sort_defaults_to_descending_and_nulls_stand_where_kusto_puts_them() -> None:
    query = bound(f"{ALL_TYPES} | sort by l, i asc, r desc nulls first")
    assert isinstance(query.relation, Sort)
    assert [(k.descending, k.nulls_first) for k in query.relation.keys] == [(True, False), (False, True), (True, True)]
    assert query.ordered


def test_top_is_sort_and_take() -> None:
    query = bound(f"{ALL_TYPES} | top 3 by l")
    assert isinstance(query.relation, Take) and isinstance(query.relation.input, Sort)
    assert isinstance(query.relation.input.keys[0], SortKey)


def test_distinct_and_count_are_summarize() -> None:
    distinct, count = bound(f"{ALL_TYPES} | distinct l, s").relation, bound(f"{ALL_TYPES} | count").relation
    assert isinstance(distinct, Summarize) and distinct.aggregates == ()
    assert isinstance(count, Summarize) and count.keys == ()


def test_join_without_kind_stays_innerunique() -> None:
    query = bound(A + B + "A | join B on k")
    assert isinstance(query.relation, Join) and query.relation.kind == "innerunique"


def test_int_and_long_keys_join_as_long() -> None:
    query = bound("datatable(k:int)[1] | join (datatable(k:long)[1]) on k")
    assert "<long>k == k" in show(query)


def test_if_aggregates_are_their_plain_form_with_a_condition() -> None:
    text = show(bound(f"{ALL_TYPES} | summarize countif(l > 1), sumif(l, b), make_list_if(s, b), makeset(s)"))
    assert "count() where (l > 1)" in text and "sum(l) where b" in text and "make_list(s) where b" in text
    assert "make_set(s, 128)" in text


def test_percentiles_are_several_percentile_aggregates() -> None:
    text = show(bound(f"{ALL_TYPES} | summarize percentiles(l, 5, 95)"))
    assert "percentile(l, 5), percentile_l_95 = percentile(l, 95)" in text


def test_expressions_over_aggregates_are_projected() -> None:
    text = show(bound(f"{ALL_TYPES} | summarize x = sum(l) / count() by s"))
    assert "project s, x = (sum_l / count_)" in text


def test_window_order_passes_row_wise_operators_only() -> None:
    ordered = f"{ALL_TYPES} | sort by l | where l > 1 | extend a = 1 | project l, d | mv-expand d | take 3"
    assert names(bound(ordered + " | extend r = row_number()"))[-1] == "r"
    assert errors(ordered + " | distinct l | extend r = row_number()") == [("RC305", "row_number()")]


def test_a_let_used_twice_is_one_shared_relation() -> None:
    query = bound("let T = datatable(k:long)[1]; T | join kind=inner T on k")
    keys = [r.key for r in relations(query.relation) if isinstance(r, Shared)]
    assert len(keys) == 1 and "(see above)" in show(query)


def test_a_fuzzy_union_leaves_absent_tables_out_with_a_warning() -> None:
    found = result("union isfuzzy=true (print x = 1), Nope, (Other | where y == 1)")
    assert found.query is not None and names(found.query) == ["x"]
    assert [d.code for d in found.diagnostics] == ["RC308", "RC308"]
    assert errors("union isfuzzy=true (print x = 1), (print y = 2 | where z == 1)") == [("RC301", "z")]


def test_a_wildcard_names_all_tables_that_match() -> None:
    env = environment(tables={"Sign_A": table(("x", T.LONG)), "Sign_B": table(("x", T.LONG)), "Other": table(("y", T.LONG))})
    assert shown(bound("union withsource=src Sign_*", env)) == "src: string, x: long?"
    assert show(bound("union withsource=src Sign_*", env)).count("scan") == 2


def test_a_wildcard_over_the_whole_catalogue_is_refused() -> None:
    assert errors("union isfuzzy=true *", environment(builtin_tables=True)) == [("RC307", "*")]


def test_a_left_join_column_pads_with_null_but_strings_stay() -> None:
    assert shown(bound(A + B + "A | join kind=leftouter B on k | project k1, b")) == "k1: long?, b: string"


def test_datetime_between_a_distance_becomes_a_sum() -> None:
    assert "(t + timespan(864000000000))" in show(bound(f"{ALL_TYPES} | where t between (t .. 1d)"))


def test_the_aliases_of_watchlists_are_a_table() -> None:
    env = environment(watchlists={"b": (), "a": ()})
    for text in ("_GetWatchlistAlias", "_GetWatchlistAlias() | take 5"):
        assert [c.name for c in bound(text, env).columns] == ["WatchlistAlias"]
    assert errors("_GetWatchlistAlias")[0].code == "RC301"


def test_an_anti_join_has_the_open_columns_of_its_own_side() -> None:
    bags = "datatable(k:long, d:dynamic)[1, dynamic({})] | where true | evaluate bag_unpack(d)"
    text = f"{bags} | join kind=leftanti ({bags}) on k | project k, tostring(other)"
    assert [c.name for c in bound(text).columns] == ["k", "other"]


def test_a_refused_leg_of_a_fuzzy_union_is_no_absent_leg() -> None:
    assert errors("let a = print x = 1 | where Nope == 1; union isfuzzy=true a | take 1") == [("RC301", "Nope")]


def test_the_last_argument_that_a_function_can_have_may_be_named() -> None:
    assert (
        shown(bound("datatable(s:string)[] | summarize make_set(s, maxSize=9), dcount(s, accuracy=1)")) == "set_s: dynamic, dcount_s: long"
    )
    assert shown(bound("print s = strcat('a', b='b')")) == "s: string"
    assert errors("print substring(startingIndex=1, source='a')") == [("RC303", "startingIndex")]


def test_placeholders_of_the_hunting_page_are_the_runs_window() -> None:
    text = "datatable(t:datetime)[] | where t between (todatetime('{{StartTimeISO}}') - 1d .. todatetime('{{EndTimeISO}}'))"
    found = result(text)
    assert found.query is not None
    assert "window_start" in show(found.query) and "window_end" in show(found.query)
    assert [d.code for d in found.diagnostics] == ["RC310", "RC310"]


def test_sentinels_own_parsers_are_refused_not_unknown() -> None:
    for text in ("_Im_Dns(starttime=ago(1d))", "imProcessCreation | take 1", "print x = vimDnsNative(1)"):
        found = result(text)
        assert [d.code for d in found.diagnostics] == ["RC307"], text
    found = result("union isfuzzy=true _Im_Dns, (print x = 1)")
    assert found.query is not None and [d.code for d in found.diagnostics] == ["RC308"]
