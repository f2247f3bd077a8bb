"""Claims about single rows: names, nulls, messages, aggregates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rulec import catalogue
from rulec.catalogue import Mismatch, Resolution, notation, resolve
from rulec.catalogue.aliases import AGGREGATE_ALIASES, ALIASES, PLUGIN_ALIASES
from rulec.catalogue.families.aggregates import AGGREGATES
from rulec.catalogue.plugin_rows import Plugin
from rulec.catalogue.signatures import AggregateFunction, Empty, Function, Nulls
from rulec.scalars import ScalarType as T

CONFORMANCE = Path(__file__).parents[3] / "shared" / "conformance"
#: Kinds of documented names that are rows; the others are operators of the pipeline, statements and graphs.
KINDS = {"scalar function", "special function", "graph function", "window function", "aggregation function", "plugin", "scalar operator"}


def call(name: str, *types: T) -> Resolution | Mismatch:
    function = catalogue.lookup(name) or catalogue.window(name)
    assert function is not None
    return resolve(function, types)


def summarized(name: str, *types: T) -> Resolution | Mismatch:
    function = catalogue.aggregate(name)
    assert function is not None
    return resolve(function, types)


def taken(resolution: Resolution | Mismatch) -> tuple[T, tuple[T | None, ...]]:
    assert isinstance(resolution, Resolution), resolution
    return resolution.result, resolution.parameters


def message(resolution: Resolution | Mismatch) -> str:
    assert isinstance(resolution, Mismatch), resolution
    return resolution.message


@pytest.mark.skipif(not CONFORMANCE.exists(), reason="the shared conformance data is not here")
def test_every_documented_name_has_a_row() -> None:
    documented = [json.loads(line) for line in (CONFORMANCE / "functions.jsonl").read_text(encoding="utf-8").splitlines()]
    missing = []
    for row in documented:
        name = row["name"]
        finders = (catalogue.lookup, catalogue.aggregate, catalogue.window, catalogue.plugin)
        if row["kind"] in KINDS and not any(find(name) for find in finders):
            missing.append((row["kind"], name))
    assert missing == []


@pytest.mark.skipif(not CONFORMANCE.exists(), reason="the shared conformance data is not here")
def test_every_listed_alias_is_known() -> None:
    listed = json.loads((CONFORMANCE / "aliases.json").read_text(encoding="utf-8"))
    functions = [old for old, new in listed["synonyms"].items() if new["what"] == "function"]
    for old in (*listed["deprecated"], *functions):
        assert catalogue.lookup(old) or catalogue.aggregate(old) or catalogue.window(old) or catalogue.plugin(old), old


def test_aliases_lead_to_rows_and_hide_none() -> None:
    assert all(catalogue.lookup(old) is catalogue.lookup(new) is not None for old, new in ALIASES.items())
    assert all(catalogue.aggregate(old) is catalogue.aggregate(new) is not None for old, new in AGGREGATE_ALIASES.items())
    assert all(catalogue.plugin(old) is catalogue.plugin(new) is not None for old, new in PLUGIN_ALIASES.items())
    rows = {name for family in catalogue.FAMILIES.values() for name in family}
    assert not rows & set(ALIASES)


def test_no_name_is_in_two_families() -> None:
    names = [name for family in catalogue.FAMILIES.values() for name in family]
    assert len(names) == len(set(names))


def test_every_row_can_be_read_and_has_a_result_for_its_own_parameters() -> None:
    rows = [found for _, found in catalogue.all_functions() if isinstance(found, Function)]
    assert len(rows) > 480
    for row in rows:
        assert row.signatures or row.bound, row.name
        assert not (row.unsupported and row.unsupported[0].isupper()), "a reason completes `name …`"


def test_all_functions_names_each_family_and_row_once() -> None:
    listed = [(family, found.name) for family, found in catalogue.all_functions()]
    assert len(listed) == len(set(listed))
    assert {family for family, _ in listed} == {*catalogue.FAMILIES, "aggregates", "windows", "plugins"}


def test_notation_reads_optional_repeated_last_and_constant_parameters() -> None:
    read = notation.signature("string!, long? -> string")
    assert (len(read.parameters), len(read.optional)) == (1, 1)
    assert notation.constants("string, long!, any!? -> bool") == {1, 2}
    pairs = notation.signature("bool+, any+, any -> last?")
    assert (len(pairs.repeat), pairs.repeat_min, len(pairs.last)) == (2, 1, 1)
    some = notation.signature("dynamic{2,64} -> dynamic?")
    assert (some.repeat_min, some.repeat_max, some.nulls) == (2, 64, Nulls.POSSIBLE)


@pytest.mark.parametrize("text", ["strng -> long", "string -> lng", "string% -> long", "string|text -> long"])
def test_notation_refuses_what_it_does_not_know(text: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        notation.signature(text)


def test_integers_give_long_in_arithmetic() -> None:
    """Source: recorded, `int(2147483647) + 1`."""
    assert taken(call("+", T.INT, T.INT)) == (T.LONG, (T.LONG, T.LONG))
    assert taken(call("/", T.INT, T.REAL)) == (T.REAL, (T.REAL, T.REAL))
    assert taken(call("*", T.REAL, T.DECIMAL)) == (T.DECIMAL, (T.DECIMAL, T.DECIMAL))
    assert taken(call("neg", T.INT)) == (T.LONG, (T.LONG,))


def test_comparison_of_integers_stays_with_integers() -> None:
    assert taken(call("==", T.INT, T.INT)) == (T.BOOL, (T.INT, T.INT))
    assert taken(call("<", T.INT, T.LONG)) == (T.BOOL, (T.LONG, T.LONG))
    assert taken(call("in", T.INT, T.LONG, T.DYNAMIC)) == (T.BOOL, (T.LONG, T.LONG, T.DYNAMIC))


def test_branches_of_an_integer_and_a_real_are_refused() -> None:
    """Source: recorded refusals of `iif(true, 1, 2.0)` and `case(true, toint(1), 2.5)`; max_of of the same is answered."""
    assert message(call("iff", T.BOOL, T.LONG, T.REAL)) == "`iff` expects long like the other arguments as argument 3, found real"
    assert isinstance(call("case", T.BOOL, T.INT, T.REAL), Mismatch)
    assert isinstance(call("coalesce", T.INT, T.REAL), Mismatch)
    assert taken(call("max_of", T.INT, T.REAL))[0] is T.REAL


def test_branches_of_int_and_long_are_long_and_of_dynamic_and_string_string() -> None:
    """Source: recorded `iif(x == 2, int(null), x * 10)`; the analyzer for dynamic beside string."""
    assert taken(call("iff", T.BOOL, T.INT, T.LONG)) == (T.LONG, (T.BOOL, T.LONG, T.LONG))
    assert taken(call("case", T.BOOL, T.DYNAMIC, T.STRING)) == (T.STRING, (T.BOOL, T.STRING, T.STRING))
    assert isinstance(call("iff", T.BOOL, T.DYNAMIC, T.LONG), Mismatch)


def test_strings_read_dynamics_as_text_and_numbers_do_not() -> None:
    assert taken(call("has", T.DYNAMIC, T.STRING)) == (T.BOOL, (T.STRING, T.STRING))
    assert taken(call("tolower", T.LONG)) == (T.STRING, (T.STRING,))
    assert message(call("startofday", T.DYNAMIC)) == "`startofday` expects datetime, found dynamic"


def test_typeof_gives_its_type() -> None:
    assert taken(call("extract", T.STRING, T.LONG, T.STRING, T.REAL)) == (T.REAL, (T.STRING, T.LONG, T.STRING, None))


@pytest.mark.parametrize(
    ("name", "types", "expected"),
    [
        ("has", (T.LONG, T.STRING), "`has` expects string, found long"),
        ("has", (T.STRING, T.LONG), "`has` expects string as argument 2, found long"),
        ("+", (T.STRING, T.STRING), "`+` expects a number or timespan or datetime, found string"),
        ("strlen", (), "`strlen` expects 1 argument, found 0 arguments"),
        ("substring", (T.STRING,), "`substring` expects 2 to 3 arguments, found 1 argument"),
        ("case", (T.BOOL, T.LONG), "`case` expects at least 3 arguments, found 2 arguments"),
        ("floor", (T.REAL,), "`bin` expects 2 arguments, found 1 argument"),
        ("hash", (T.DYNAMIC,), "`hash` expects any type but dynamic, found dynamic"),
    ],
)
def test_messages(name: str, types: tuple[T, ...], expected: str) -> None:
    assert message(call(name, *types)) == expected


@pytest.mark.parametrize(
    ("name", "types", "nulls"),
    [
        ("strlen", (T.STRING,), Nulls.NEVER),
        ("isnull", (T.LONG,), Nulls.NEVER),
        ("now", (), Nulls.NEVER),
        ("has", (T.STRING, T.STRING), Nulls.NEVER),
        ("+", (T.LONG, T.LONG), Nulls.PROPAGATE),
        ("+", (T.DATETIME, T.TIMESPAN), Nulls.POSSIBLE),
        ("/", (T.LONG, T.LONG), Nulls.POSSIBLE),
        ("/", (T.REAL, T.REAL), Nulls.PROPAGATE),
        ("%", (T.LONG, T.LONG), Nulls.POSSIBLE),
        ("toint", (T.STRING,), Nulls.POSSIBLE),
        ("toint", (T.LONG,), Nulls.PROPAGATE),
        ("indexof", (T.STRING, T.STRING), Nulls.POSSIBLE),
        ("array_length", (T.DYNAMIC,), Nulls.POSSIBLE),
        ("startofweek", (T.DATETIME,), Nulls.POSSIBLE),
        ("log", (T.REAL,), Nulls.POSSIBLE),
        ("bin", (T.LONG, T.LONG), Nulls.POSSIBLE),
        ("ipv4_is_private", (T.STRING,), Nulls.POSSIBLE),
    ],
)
def test_null_rules(name: str, types: tuple[T, ...], nulls: Nulls) -> None:
    """Source: recorded answers, see the sheet of KQL's semantics."""
    resolution = call(name, *types)
    assert isinstance(resolution, Resolution)
    assert resolution.nulls is nulls


def test_a_function_of_dynamics_can_give_null_unless_it_builds() -> None:
    never = set()
    for family, found in catalogue.all_functions():
        if family in ("operators", "aggregates", "plugins", "service") or not isinstance(found, Function):
            continue
        reading = [s for s in found.signatures if T.DYNAMIC in (*s.parameters, *s.repeat)]
        if any(s.nulls is not Nulls.POSSIBLE and s.result is not T.STRING for s in reading):
            never.add(found.name)
    assert never == set()


def test_conditional_aggregates_are_their_plain_form_with_a_condition() -> None:
    for name in AGGREGATES:
        function = catalogue.aggregate(name)
        assert function is not None
        if function.condition is None:
            continue
        base = catalogue.aggregate(function.base)
        assert base is not None and base.condition is None, name
        assert base.empty is function.empty, name
        assert any(s.parameters[function.condition] is T.BOOL for s in function.signatures), name


def test_values_of_no_rows() -> None:
    """Source: recorded answers over an empty table."""

    def empty(name: str) -> Empty:
        function = catalogue.aggregate(name)
        assert isinstance(function, AggregateFunction)
        return function.empty

    zero = "count countif dcount sum sumif stdev variance count_distinct"
    assert {empty(name) for name in zero.split()} == {Empty.ZERO}
    assert {empty(name) for name in ("avg", "avgif")} == {Empty.NAN}
    assert {empty(name) for name in ["min", "max", "percentile", "arg_max", "arg_min", "take_any"]} == {Empty.NULL}
    assert {empty(name) for name in ["make_list", "make_set", "makelist", "make_list_with_nulls"]} == {Empty.LIST}
    assert empty("make_bag") is Empty.BAG


def test_only_a_real_average_of_nothing_is_nan() -> None:
    average = catalogue.aggregate("avg")
    assert average is not None
    assert (average.empty_of(T.REAL), average.empty_of(T.TIMESPAN)) == (Empty.NAN, Empty.NULL)


def test_old_names_keep_what_they_do_otherwise() -> None:
    for name in ("makelist", "makeset", "make_dictionary"):
        function = catalogue.aggregate(name)
        assert function is not None and function.limit == 128
    old, new = catalogue.aggregate("any"), catalogue.aggregate("take_any")
    assert old is not None and new is not None
    assert (old.base, old.name_prefix) == ("take_any", "any")
    assert taken(call("replace", T.STRING, T.STRING, T.STRING))[0] is T.STRING
    assert catalogue.canonical("replace") == "replace"


def test_aggregate_results() -> None:
    assert taken(summarized("sum", T.INT))[0] is T.LONG
    assert taken(summarized("avg", T.LONG))[0] is T.REAL
    assert taken(summarized("avg", T.TIMESPAN))[0] is T.TIMESPAN
    assert taken(summarized("percentile", T.INT, T.LONG))[0] is T.LONG
    assert message(summarized("sum", T.STRING)) == "`sum` expects a number or datetime or timespan, found string"


def test_hints_propose_functions_and_not_operators() -> None:
    assert {"tolower", "iif", "row_number", "not"} <= set(catalogue.function_names())
    assert "!has" in catalogue.names() and "!has" not in catalogue.function_names()
    assert {"countif", "makeset"} <= set(catalogue.aggregate_names())
    assert "bag_unpack" in catalogue.plugin_names() and "prev" in catalogue.window_names()


def test_names_are_case_sensitive() -> None:
    assert catalogue.lookup("ToLower") is None


def test_unsupported_plugins_say_why() -> None:
    outside = [p for _, p in catalogue.all_functions() if isinstance(p, Plugin) and p.unsupported]
    assert {"sql_request", "python", "autocluster", "ai_embeddings"} <= {p.name for p in outside}
    supported = {name for name in catalogue.plugin_names() if (p := catalogue.plugin(name)) and not p.unsupported}
    assert {"bag_unpack", "pivot", "narrow", "ipv4_lookup", "ipv6_lookup", "rolling_percentile", "rows_near"} <= supported
