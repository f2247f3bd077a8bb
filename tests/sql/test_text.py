"""What the SQL looks like, and that it reads back as it was built."""

from __future__ import annotations

import re

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from rulec_backends.sql import trees as t
from rulec_backends.sql.text import UncheckedTree, check
from tests.sql import duck

ROW = '"x", 1, dynamic({"k": 1}), datetime(2024-01-01)'
TABLE = f"datatable(a:string, b:long, c:dynamic, t:datetime)[{ROW}, {ROW}]"


def _body(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))


def test_row_wise_stages_share_one_select() -> None:
    text = duck.sql(f"{TABLE} | where b > 0 | extend n = strlen(a) | where a != 'y' | project a, n")
    assert len(re.findall(r"\bSELECT\b", _body(text))) == 1


def test_a_long_computed_column_is_read_in_a_level_of_its_own() -> None:
    text = duck.sql(f"{TABLE} | extend n = case(b > 1, strcat(a, 'p'), b > 2, strcat(a, 'q'), 'r') | where n != ''")
    assert len(re.findall(r"\bSELECT\b", _body(text))) == 2


def test_only_needed_columns_are_selected() -> None:
    text = duck.sql(f"{TABLE} | extend n = strlen(a) | summarize m = max(n) by b")
    assert "*" not in _body(text)
    assert not re.search(r"\bt\b.* AS data", _body(text).split("FROM")[0])


def test_the_kql_line_stands_before_its_part() -> None:
    text = duck.sql(f"{TABLE}\n| where b > 0\n| summarize count() by a")
    assert text.index("-- where b > 0") < text.index("WHERE") < text.index("GROUP BY")


def test_a_computed_key_named_as_its_source_groups_by_the_computed_value() -> None:
    query = 'datatable(a:string)["x", "X", "y"] | summarize n = count() by a = tolower(a) | sort by a asc'
    assert duck.rows(query) == [("x", 2), ("y", 1)]


def test_rule_text_stays_text() -> None:
    hostile = "'); DROP TABLE x; --"
    assert duck.value(f'strcat("{hostile}", "")') == hostile
    assert duck.value(f'replace_regex("a", @"a", "{hostile}")') == hostile


def test_a_comment_cannot_end_early() -> None:
    text = duck.sql(f'{TABLE} | where a == "x\\ny"')
    assert all("\r" not in line for line in text.splitlines())
    assert duck.rows(f'{TABLE} | where a == "x\\ny"') == []


@pytest.mark.parametrize("name", ["select", "Order", "a b", 'q"uote', "é", "1st"])
def test_names_are_quoted_when_they_must_be(name: str) -> None:
    literal = name.replace('"', '\\"')
    query = f'datatable(["{literal}"]:long)[7] | where ["{literal}"] == 7 | extend z = ["{literal}"] + 1'
    assert duck.rows(query) == [(7, 8)]


def test_columns_that_differ_in_case_only_stay_apart() -> None:
    assert duck.rows("datatable(a:long, A:long)[1, 2] | extend b = a + 1 | where b == 2 | project A, a, b") == [(2, 1, 2)]


def test_checked_printing_finds_an_argument_that_would_be_dropped() -> None:
    tree = exp.Paren(this=t.num(1))
    tree.args["extra"] = t.num(2)
    with pytest.raises(UncheckedTree):
        check(tree, frozenset())


def test_checked_printing_finds_an_unknown_function() -> None:
    with pytest.raises(UncheckedTree):
        check(t.call("no_such_function", t.num(1)), frozenset({"lower"}))


_A, _B, _C = t.col("a"), t.col("b"), t.col("c")


@pytest.mark.parametrize(
    "tree",
    [
        t.sub(_A, exp.Paren(this=t.sub(_B, _C))),
        t.sub(_A, t.sub(_B, _C)),
        t.mul(t.add(_A, _B), _C),
        t.and_(t.or_(_A, _B), _C),
        t.not_(t.or_(_A, _B)),
        t.eq(t.eq(_A, _B), _C),
        t.concat(_A, t.add(_B, _C)),
        t.neg(t.add(_A, _B)),
        t.is_null(t.eq(_A, _B)),
        t.binary(exp.IntDiv, _A, t.mul(_B, _C)),
        t.between(t.add(_A, _B), _C, t.num(3)),
    ],
    ids=str,
)
def test_a_printed_tree_reads_back_as_it_was(tree: exp.Expression) -> None:
    text = DuckDB().generator(normalize_functions=False).generate(tree.copy())
    again = sqlglot.parse_one(text, dialect="duckdb")
    assert DuckDB().generator(normalize_functions=False).generate(again) == text


def test_output_is_stable() -> None:
    query = f"{TABLE} | extend d = parse_json(a).x, n = todouble(a) | summarize arg_max(b, *) by a | sort by a asc"
    assert duck.sql(query) == duck.sql(query)


def test_legs_of_a_union_that_can_have_no_row_are_left_out() -> None:
    legs = '(T | where k == "a" | extend v = 1), (T | where k == "b" | extend v = 2), (T | where k !in ("a", "b") | extend v = 3)'
    kql = f'let T = datatable(k:string)["a", "b", "B"]; union {legs} | project-rename kk = k'
    text = duck.sql(f'{kql} | where kk == "b"')
    assert "k = 'a'" not in text
    assert "NOT k IN" not in text
    assert duck.rows(f'{kql} | where kk == "b"') == [("b", 2)]
    assert sorted(duck.rows(f'{kql} | where kk =~ "b"')) == [("B", 3), ("b", 2)]
    assert duck.rows(f'{kql} | where kk == "b" and v == 3') == []
