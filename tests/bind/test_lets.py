"""Names that the query, the workspace and the caller define: scopes, functions, parameters, tables."""

from __future__ import annotations

import pytest

from rulec.bind import SavedFunction
from rulec.ir.rels import External, Scan, Union
from rulec.ir.show import show
from rulec.ir.walk import relations
from rulec.source import Source
from tests.bind.bound import T, bound, environment, errors, names, result, shown, table

EVENTS = {"Events": table(("TimeGenerated", T.DATETIME), ("Account", T.STRING), ("Count", T.LONG), ("Extra", T.DYNAMIC))}


def saved(body: str, parameters: str = "", name: str = "F.kql") -> SavedFunction:
    return SavedFunction(Source.of_text(body, name), parameters)


MEANINGS = {
    "let x = 5; print y = x + 1": "values (y: long) ((5 + 1))",
    "let a = 1; let b = a + 1; print c = b": "values (c: long) ((1 + 1))",
    "let f = (x:long) { x * 2 }; print y = f(3)": "values (y: long) ((3 * 2))",
    "let f = (x:long, y:long = 5) { x + y }; print z = f(1), w = f(y = 2, x = 1)": "((1 + 5), (1 + 2))",
    "let f = (x:real) { x }; print y = f(3)": "values (y: real) (3.0)",
    "let f = (x:int) { x }; print y = f(3)": "values (y: int) (int(3))",
    "let k = 2; let f = () { k }; let k2 = 3; print y = f()": "values (y: long) (2)",
    "let f = () { 5 }; print y = f": "values (y: long) (5)",
    "let f = (s:string) { let t = strcat(s, 'b'); strcat(t, 'c') }; print y = f('a')": 'strcat(strcat("a", "b"), "c")',
    "let f = (x:long) { x }; let g = (x:long) { f(x) + 1 }; print y = g(2)": "((2 + 1))",
    "declare query_parameters(n:long = 7); print y = n": "values (y: long) (7)",
    "let x = toscalar(print 5); print y = x": "toscalar<long>(table)",
    # A column hides a let.
    "let Count = 5; datatable(Count:long)[1] | extend y = Count": "extend y = Count",
    # A function inlined over a row reads the row.
    "let f = (x:long) { x + 1 }; datatable(a:long)[1] | extend y = f(a)": "extend y = (a + 1)",
}


@pytest.mark.parametrize(("kql", "part"), MEANINGS.items())
def test_values_are_inlined(kql: str, part: str) -> None:
    assert part in show(bound(kql))


def test_tables_are_found_in_lets_then_functions_then_the_schema() -> None:
    env = environment(tables=EVENTS, functions={"Parsed": saved("Events | project Account"), "Events2": saved("print x = 1")})
    assert names(bound("Parsed", env)) == ["Account"]
    assert names(bound("Parsed() | take 1", env)) == ["Account"]
    assert names(bound("let Parsed = print z = 1; Parsed", env)) == ["z"]
    assert names(bound("let Parsed = print z = 1; table('Events') | project Count", env)) == ["Count"]


def test_a_workspace_function_may_read_the_table_of_its_own_name() -> None:
    env = environment(tables=EVENTS, functions={"Events": saved("Events | extend More = 1")})
    assert names(bound("Events", env))[-1] == "More"
    assert sum(isinstance(r, Scan) for r in relations(bound("Events", env).relation)) == 1


def test_a_workspace_function_has_stored_parameters() -> None:
    env = environment(functions={"F": saved("print y = n + m", "n:long, m:long=5")})
    assert show(bound("F(1)", env)).count("(1 + 5)") == 1
    assert "toint" not in show(bound("F('7')", env)) and "(7 + 5)" in show(bound("F('7')", env))
    assert errors("F()", env) == [("RC303", "F()")]


def test_a_finding_in_a_workspace_function_is_in_its_file() -> None:
    env = environment(tables=EVENTS, functions={"F": saved("Events\n| where Nope == 1")})
    found = result("F | take 1", env)
    assert [(d.path, d.begin.line, d.begin.column) for d in found.diagnostics] == [("F.kql", 2, 9)]


def test_a_broken_workspace_function_is_reported_once() -> None:
    env = environment(functions={"F": saved("Events |")})
    found = result("union F, F", env)
    assert found.query is None and {d.path for d in found.diagnostics} == {"F.kql"} and len(found.diagnostics) == 1


def test_recursion_is_refused() -> None:
    env = environment(functions={"F": saved("G"), "G": saved("F")})
    assert [f.code for f in errors("F", env)] == ["RC301"]
    assert errors("let f = (x:long) { f(x) }; print f(1)") == [("RC301", "f")]


def test_wrong_calls_are_refused() -> None:
    f = "let f = (x:long, y:long = 5) { x + y }; "
    assert errors(f + "print f()") == [("RC303", "f()")]
    assert errors(f + "print f(1, 2, 3)") == [("RC303", "f(1, 2, 3)")]
    assert errors(f + "print f(1, z = 3)") == [("RC303", "z = 3")]
    assert errors("let f = (x:dynamic) { x }; print f(toguid('x'))") == [("RC302", "toguid('x')")]
    assert errors(f + "f(1) | take 1") == [("RC302", "f(1)")]
    assert errors("let t = (T:(x:long)) { T }; datatable(y:long)[1] | invoke t()") == [("RC301", "invoke t()")]


def test_a_row_value_cannot_reach_a_table_inside_a_function() -> None:
    kql = "let f = (x:long) { toscalar(datatable(a:long)[1] | where a == x | count) }; datatable(b:long)[1] | extend y = f(b)"
    assert errors(kql) == [("RC302", "f(b)")]


def test_a_refused_let_is_one_finding() -> None:
    assert errors("let x = nope; let T = print a = x; T | where a == x | extend b = x") == [("RC301", "nope")]


def test_query_parameters_come_from_the_caller() -> None:
    kql = "declare query_parameters(n:long); print y = n"
    assert "(9)" in show(bound(kql, environment(parameters={"n": 9})))
    assert errors(kql) == [("RC301", "n:long")]


def test_materialize_is_computed_once() -> None:
    assert "shared #1 T once" in show(bound("let T = materialize(print x = rand()); union T, T"))


def test_as_names_the_rest_of_the_pipeline() -> None:
    query = bound("print x = 1 | as T | union withsource=src T")
    assert names(query) == ["src", "x"] and show(query).count('"T"') == 2


def test_a_watchlist_has_its_columns_and_those_of_every_watchlist() -> None:
    env = environment(watchlists={"vip": table(("User", T.STRING))})
    query = bound("_GetWatchlist('vip') | project SearchKey, User", env)
    assert names(query) == ["SearchKey", "User"]
    assert any(isinstance(r, External) and r.kind == "watchlist" and r.key == "vip" for r in relations(query.relation))
    assert errors("_GetWatchlist('vip') | project Nope", env) == [("RC301", "Nope")]


def test_a_watchlist_without_a_schema_has_the_columns_that_are_read() -> None:
    assert shown(bound("_GetWatchlist('other') | where Team == 'x' | project Team")) == "Team: string"


def test_externaldata_is_found_by_its_address() -> None:
    kql = "externaldata(a:string, b:long)['https://example.org/x.csv;token'] with (format='csv', ignoreFirstRecord=true)"
    external = next(r for r in relations(bound(kql).relation) if isinstance(r, External))
    assert (external.key, external.format, external.properties) == ("https://example.org/x.csv", "csv", (("ignorefirstrecord", "true"),))


def test_an_unknown_table_is_refused_unless_the_policy_says_otherwise() -> None:
    assert errors("Nope | where x == 'a'") == [("RC301", "Nope")]
    query = bound("Nope | where x == 'a' | project x, TimeGenerated", environment(unknown_tables=True))
    assert shown(query) == "x: dynamic?, TimeGenerated: datetime?"


def test_a_custom_table_types_its_columns_by_their_suffix() -> None:
    env = environment(builtin_tables=True)
    assert shown(bound("Made_Up_CL | project name_s, size_d, flag_b", env)) == "name_s: string, size_d: real?, flag_b: bool?"
    guessed = result("Made_Up_CL | project name", env)
    assert guessed.query is not None and shown(guessed.query) == "name: string"
    assert [d.code for d in guessed.diagnostics] == ["RC505"]


def test_a_column_that_only_the_data_know_of() -> None:
    bag = "datatable(d:dynamic)[dynamic({'a': 'x'})] | where true | evaluate bag_unpack(d) | "
    assert shown(bound(bag + "project a, b = column_ifexists('b', '')")) == "a: dynamic?, b: string"
    assert shown(bound(bag + "summarize count() by a")) == "a: string, count_: long"
    assert [d.code for d in result(bag + "project b = column_ifexists('b', 'none')").diagnostics] == ["RC503"]
    assert errors(bag + "distinct *") == [("RC302", "distinct *")]
    assert errors(bag + "project-away a | where a == 1") == [("RC301", "a")]
    assert errors(f"{bag} join kind=inner ({bag} where a == 1) on a | project b") == [("RC301", "b")]


def test_a_guessed_type_gives_way_to_a_known_one_in_a_union() -> None:
    bag = "datatable(d:dynamic)[dynamic({'a': 'x'})] | where true | evaluate bag_unpack(d) | extend c = a | project a, c"
    assert shown(bound(f"union ({bag}), (print a = 'y', c = 1)")) == "a: string, c: long?"
    leg = "(datatable({0}:dynamic)[dynamic({{}})] | where true | evaluate bag_unpack({0}))"
    query = bound(f"union {leg.format('d')}, {leg.format('e')} | project z")
    assert [c.name for u in relations(query.relation) if isinstance(u, Union) for c in u.columns] == ["z"]


def test_another_workspace_is_refused_unless_its_schema_is_given() -> None:
    kql = "workspace('w').T | project x"
    assert errors(kql) == [("RC307", "workspace('w').T")]
    assert names(bound(kql, environment(tables={"workspace('w').T": table(("x", T.LONG))}))) == ["x"]


def test_catalogue_tables_are_known() -> None:
    env = environment(builtin_tables=True)
    assert (
        shown(bound("SecurityEvent | project EventID, Account, TimeGenerated", env))
        == "EventID: int?, Account: string, TimeGenerated: datetime?"
    )
    assert result("SecurityEvnt | take 1", env).diagnostics[0].hint.startswith("nearest: `SecurityEvent`")
