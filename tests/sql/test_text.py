"""What the SQL looks like, and that it reads back as it was built."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
import sqlglot

from rulec_backends.athena.writer import AthenaWriter
from rulec_backends.duckdb.writer import DuckWriter
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.text import FORMS, UncheckedTree, Writer
from tests.sql import duck

ROOT = Path(__file__).parents[2]

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


def test_a_function_outside_the_list_is_not_written() -> None:
    with pytest.raises(UncheckedTree):
        Writer(frozenset({"lower"})).say(t.call("no_such_function", t.num(1)))


_A, _B, _C = t.col("a"), t.col("b"), t.col("c")


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (t.sub(_A, nodes.Paren(t.sub(_B, _C))), "a - (b - c)"),
        (t.sub(_A, t.sub(_B, _C)), "a - (b - c)"),
        (t.mul(t.add(_A, _B), _C), "(a + b) * c"),
        (t.and_(t.or_(_A, _B), _C), "(a OR b) AND c"),
        (t.and_(_A, t.and_(_B, _C)), "a AND b AND c"),
        (t.not_(t.or_(_A, _B)), "NOT (a OR b)"),
        (t.eq(t.eq(_A, _B), _C), "(a = b) = c"),
        (t.concat(_A, t.add(_B, _C)), "a || b + c"),
        (t.neg(t.add(_A, _B)), "-(a + b)"),
        (t.neg(t.num(-1)), "-(-1)"),
        (t.is_null(t.eq(_A, _B)), "(a = b) IS NULL"),
        (t.binary("//", _A, t.mul(_B, _C)), "a // (b * c)"),
        (t.between(t.add(_A, _B), _C, t.num(3)), "a + b BETWEEN c AND 3"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_operands_that_bind_less_stand_in_parentheses(tree: nodes.Node, text: str) -> None:
    assert DuckWriter().say(tree) == text
    parsed = sqlglot.parse_one(text, dialect="duckdb")
    assert parsed.sql("duckdb") == text


_ORDER = (t.ordered(_A, True, True),)
_SELECT = nodes.Select((_A,), t.table(t.name("u"), "x"), t.eq(_A, t.num(1)), _ORDER, 1)
#: A tree of each class.
SAMPLES: tuple[nodes.Node, ...] = (
    t.name("a b", True),
    nodes.Column("a", table="l"),
    t.text("it's"),
    nodes.Number("1e0"),
    t.null(),
    t.true(),
    t.STAR,
    nodes.Var("x"),
    nodes.Placeholder("now"),
    nodes.Interval("3", "DAY"),
    nodes.Paren(_A),
    t.neg(_A),
    t.not_(_A),
    nodes.Try(_A),
    t.is_not_null(_A),
    t.cast(_A, "DECIMAL(38,16)"),
    t.try_cast(_A, "VARCHAR[]"),
    nodes.Typed(t.text("1"), t.sql_type("BIGINT")),
    t.field(_A, t.name("m")),
    nodes.Index(_A, 0),
    t.add(_A, _B),
    t.between(_A, t.num(1), t.num(2)),
    t.among(_A, [t.num(1)]),
    t.among_rows(_A, _SELECT),
    t.call("lower", _A),
    nodes.Setting("header", t.true()),
    nodes.When(_A, _B),
    t.case([(t.text("x"), _B)], _C, subject=_A),
    t.array([_A]),
    nodes.Tuple((_A, t.num(1))),
    t.lam(["x", "y"], nodes.Var("x")),
    nodes.Distinct(_A),
    t.filtered(t.call("count", t.STAR), t.eq(_A, _B)),
    t.ordered(_A, False, False),
    t.with_order(_A, _ORDER),
    t.window(t.call("lag", _A), [_A], _ORDER, ("UNBOUNDED PRECEDING", "CURRENT ROW")),
    t.table(t.name("u")),
    nodes.Unnest((_A,), "u", (t.name("x"), t.name("n")), numbered=True),
    nodes.Values((nodes.Tuple((t.num(1),)),), "data", (t.name("a"),)),
    nodes.Join(t.table(t.name("u"), "r"), t.eq(_A, _B), "LEFT"),
    _SELECT,
    nodes.Subquery(_SELECT),
    nodes.Exists(_SELECT),
)


def _classes(kind: type[nodes.Node]) -> set[type[nodes.Node]]:
    return {kind}.union(*(_classes(k) for k in kind.__subclasses__()))


def test_every_class_of_nodes_is_written() -> None:
    bases = {nodes.Node, nodes.Literal, nodes.Unary}
    assert _classes(nodes.Node) - bases == FORMS.keys() == {type(s) for s in SAMPLES}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: type(s).__name__)
def test_a_node_has_its_parts(sample: nodes.Node) -> None:
    """`PARTS` names every field with nodes; a change of columns reaches all of them and leaves the tree itself as it was."""
    fields = [getattr(sample, f.name) for f in dataclasses.fields(sample) if f.name != "facts"]
    inside = [x for value in fields for x in (value if isinstance(value, tuple) else (value,)) if isinstance(x, nodes.Node)]
    named = [getattr(sample, name) for name in sample.PARTS]
    parts = [x for value in named for x in (value if isinstance(value, tuple) else (value,)) if x is not None]
    assert {id(x) for x in inside if not isinstance(x, nodes.Identifier)} == {id(x) for x in parts}
    assert nodes.changed(sample, lambda n: n) is sample
    renamed = nodes.changed(sample, lambda n: t.col("z") if isinstance(n, nodes.Column) else n)
    before, after = DuckWriter().say(sample), DuckWriter().say(renamed)
    assert (before == after) == (not nodes.has(sample, nodes.Column))
    assert AthenaWriter().say(sample)


@pytest.mark.parametrize(("target", "dialect"), [("duckdb", "duckdb"), ("athena", "trino")])
def test_another_parser_reads_the_golden_files(target: str, dialect: str) -> None:
    files = [p for p in sorted((ROOT / "out" / target).rglob("*.sql")) if not p.name.endswith(".ddl.sql")]
    assert files
    for path in files:
        assert len(sqlglot.parse(path.read_text("utf-8"), dialect=dialect)) == 1, path


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
