"""The catalogue against Microsoft's analyzer (`analyzer_facts.jsonl`) and against the queries that the engine answered.

Where the catalogue says something else than the analyzer, `DIFFERENCES` says why; a line that is no longer needed fails.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rulec import catalogue
from rulec.catalogue import Resolution, arity, resolve
from rulec.catalogue.signatures import Function
from rulec.scalars import ScalarType

HERE = Path(__file__).parent
LETTERS = dict(
    zip("bilrestpgy", ["bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "dynamic"], strict=True)
)
TYPES = {letter: ScalarType(name) for letter, name in LETTERS.items()}
LETTER_OF = {kind: letter for letter, kind in TYPES.items()}
FACTS: list[dict[str, Any]] = [json.loads(line) for line in (HERE / "analyzer_facts.jsonl").read_text().splitlines()]

_CONSTANT_TEXT = "the analyzer was asked with an array literal here; a constant dynamic text is a text"
_ENGINE = "the engine refuses branches of different types (recorded), the analyzer makes them dynamic or widens them"
_SEVERAL = "several columns come out; the row gives the first one's type"
_GRAPH = "graph functions stand inside `graph-match` only"
_SAME_KIND = "stricter: bins and bounds of the value's own kind; the analyzer lets datetimes stand for timespans"
_CONSTANT = "the engine wants a constant here (documented), the analyzer does not check"

#: (kind, name) -> what differs -> why.
DIFFERENCES: dict[tuple[str, str], dict[str, str]] = {
    **{
        ("function", name): {"calls": _GRAPH}
        for name in ("all", "any", "inner_nodes", "labels", "map", "node_degree_in", "node_degree_out", "node_id")
    },
    **{("function", name): {"calls": _ENGINE} for name in ("iff", "iif", "case", "coalesce")},
    **{("function", name): {"calls": _SAME_KIND} for name in ("bin", "floor", "bin_at", "range", "around")},
    **{
        ("function", name): {"calls": _CONSTANT_TEXT}
        for name in [
            "bag_set_key",
            "column_ifexists",
            "columnifexists",
            "countof",
            "datepart",
            "datetime_add",
            "datetime_diff",
            "datetime_part",
            "extract",
            "extract_all",
            "extract_json",
            "extractall",
            "extractjson",
            "format_bytes",
            "format_datetime",
            "format_timespan",
            "iscolumnexists",
            "replace",
            "replace_regex",
            "trim",
            "trim_end",
            "trim_start",
        ]
    },
    **{
        ("function", name): {"naming": "named function_argument_suffix, one name per column"}
        for name in [
            "series_decompose",
            "series_decompose_anomalies",
            "series_decompose_forecast",
            "series_fft",
            "series_fit_2lines",
            "series_fit_line",
            "series_fit_poly",
            "series_ifft",
            "series_periods_detect",
            "series_periods_validate",
            "series_stats",
        ]
    },
    **{
        ("function", name): {"calls": _SEVERAL, "constants": "the place of nulls is where the second array may be"}
        for name in ("array_sort_asc", "array_sort_desc")
    },
    ("function", "assert"): {"constants": _CONSTANT},
    ("function", "jaccard_index"): {"calls": "the engine gives a real (recorded)"},
    ("function", "next"): {"constants": _CONSTANT},
    ("function", "prev"): {"constants": _CONSTANT},
    ("function", "row_window_session"): {"constants": _CONSTANT},
    ("function", "pack_all"): {"calls": "stricter: the flag is a bool"},
    ("function", "pack_array"): {"arity": "`pack_array(*)` of an open row comes down to no argument"},
    ("function", "make_timespan"): {"calls": "the documentation's own example has a fraction of a second"},
    ("function", "toguid"): {"calls": "a guid is a guid"},
    **{
        ("aggregate", name): {"constants": _CONSTANT}
        for name in [
            "make_bag",
            "make_bag_if",
            "make_dictionary",
            "make_list",
            "make_list_if",
            "make_set",
            "make_set_if",
            "makelist",
            "makeset",
        ]
    },
    **{("aggregate", name): {"calls": "a sketch takes any values"} for name in ("hll", "hll_if")},
    **{("aggregate", name): {"constants": _CONSTANT, "calls": "stricter: the accuracy is an integer"} for name in ("dcount", "dcountif")},
    **{
        ("aggregate", name): {"naming": "named after the first argument or `max`/`min`, one name per column", "calls": _SEVERAL}
        for name in ("arg_max", "arg_min")
    },
    **{("aggregate", name): {"naming": "max_x, max_x_y", "calls": _SEVERAL} for name in ("argmax", "argmin")},
    ("aggregate", "any"): {"calls": _SEVERAL},
    ("aggregate", "take_any"): {"naming": "each column under its own name (recorded)", "calls": _SEVERAL},
    ("aggregate", "count"): {"calls": "count(x) takes anything and counts nulls (recorded)"},
    **{
        ("aggregate", name): {"naming": "percentile_x_50", "constants": _CONSTANT, "calls": _SEVERAL}
        for name in ("percentiles", "percentilesw")
    },
    **{("aggregate", name): {"naming": "percentile_x_50", "constants": _CONSTANT} for name in ("percentile", "percentilew")},
    **{("aggregate", name): {"naming": "percentiles_x", "constants": _CONSTANT} for name in ("percentiles_array", "percentilesw_array")},
}
#: The analyzer's word for how a result is named -> ours.
NAMING = {
    "FirstArgument": "FIRST_ARGUMENT",
    "PrefixAndFirstArgument": "FUNCTION_AND_ARGUMENT",
    "NameAndFirstArgument": "FUNCTION_AND_ARGUMENT",
    "PrefixOnly": "PREFIX",
    "OnlyArgument": "ONLY_ARGUMENT",
    "FirstArgumentValueIfColumn": "COLUMN_ARGUMENT",
    None: "NONE",
}
_UNLIMITED = 30_000


def find(fact: dict[str, Any]) -> Function | None:
    name = fact["name"]
    return catalogue.aggregate(name) if fact["kind"] == "aggregate" else catalogue.lookup(name) or catalogue.window(name)


def result(function: Function, types: tuple[ScalarType, ...]) -> str:
    resolution = resolve(function, types)
    return LETTER_OF[resolution.result] if isinstance(resolution, Resolution) else "-"


def differing(fact: dict[str, Any], function: Function) -> set[str]:
    """What the row says otherwise than the analyzer."""
    low, high = arity(function)
    least, most = fact["arity"]
    found = set()
    if low != least or (high != most if most < _UNLIMITED else high is not None and high < _UNLIMITED):
        found.add("arity")
    if NAMING[fact.get("naming")] != function.result_name.name or fact.get("prefix", function.name_prefix) != function.name_prefix:
        found.add("naming")
    if set(fact.get("constants", ())) != function.constants:
        found.add("constants")
    if not calls_agree(fact["calls"], function):
        found.add("calls")
    return found


def calls_agree(calls: dict[str, list[str]], function: Function) -> bool:
    for letters, columns in calls.items():
        base = [ScalarType.LONG if letter == "T" else TYPES[letter] for letter in letters]
        if not base and result(function, ()) != columns[0]:
            return False
        for at, column in enumerate(columns if base else []):
            ours = "".join(result(function, (*base[:at], TYPES[c], *base[at + 1 :])) for c in LETTERS)
            if column not in ("T", ours):
                return False
    return True


FUNCTIONS = [fact for fact in FACTS if fact["kind"] in ("function", "aggregate")]


@pytest.mark.parametrize("fact", FUNCTIONS, ids=lambda fact: f"{fact['kind']}-{fact['name']}")
def test_row_says_what_the_analyzer_says(fact: dict[str, Any]) -> None:
    function = find(fact)
    assert function is not None, "no row"
    if function.bound and not function.signatures:
        return  # a table, or a form of its own
    assert differing(fact, function) == set(DIFFERENCES.get((fact["kind"], fact["name"]), {}))


def test_differences_are_of_known_functions() -> None:
    assert set(DIFFERENCES) <= {(fact["kind"], fact["name"]) for fact in FUNCTIONS}


def test_deprecated_names_are_aliases_or_have_rows_of_their_own() -> None:
    own_meaning = {"replace", "row_rank", "any", "anyif", "argmax", "argmin", "cnt", "makelist", "makeset"}
    for fact in FUNCTIONS:
        if "use" in fact and fact["name"] not in own_meaning:
            assert catalogue.canonical(fact["name"]) == catalogue.canonical(fact["use"]), fact["name"]


def test_every_plugin_of_the_analyzer_has_a_row() -> None:
    assert [fact["name"] for fact in FACTS if fact["kind"] == "plugin" and catalogue.plugin(fact["name"]) is None] == []


OPERATORS = [fact for fact in FACTS if fact["kind"] == "operator"]
#: Where the analyzer's answer is not the engine's or has no certain meaning: operator -> pairs of types, left and right.
STRICTER: dict[str, set[str]] = {
    "+": {"tt"},
    "-": {"pt"},
    "*": {"pp", "ti", "tl", "tr", "te", "it", "lt", "rt", "et"},
    "/": {"tt", "tp", "ti", "tl", "tr", "te"},
    "%": {"tt", "ti", "tl", "tr", "te", "pi", "pl", "pr", "pe"},
}


def table(operator: str) -> dict[str, str]:
    function = catalogue.lookup(operator)
    assert function is not None
    more = 1 if "between" in operator else 0
    return {a + b: result(function, (TYPES[a], TYPES[b], *([TYPES[b]] * more))) for a in LETTERS for b in LETTERS}


@pytest.mark.parametrize("fact", [f for f in OPERATORS if f["name"] != "unary -"], ids=lambda fact: fact["name"])
def test_operators_take_nothing_that_the_analyzer_refuses(fact: dict[str, Any]) -> None:
    theirs = {a + b: fact["table"][i][j] for i, a in enumerate(LETTERS) for j, b in enumerate(LETTERS)}
    for pair, ours in table(fact["name"]).items():
        assert ours in ("-", theirs[pair]), pair


@pytest.mark.parametrize("name", ["+", "-", "*", "/", "%"])
def test_arithmetic_refuses_dynamics_and_what_has_no_meaning(name: str) -> None:
    """Source: recorded refusal of dynamic times dynamic."""
    fact = next(f for f in OPERATORS if f["name"] == name)
    theirs = {a + b: fact["table"][i][j] for i, a in enumerate(LETTERS) for j, b in enumerate(LETTERS)}
    refused = {pair for pair, ours in table(name).items() if ours != theirs[pair] and "y" not in pair}
    assert refused == STRICTER[name]
    assert all(ours == "-" for pair, ours in table(name).items() if "y" in pair)


@pytest.mark.parametrize("name", ["==", "!="])
def test_equality_wants_types_that_compare(name: str) -> None:
    allowed = {pair for pair, ours in table(name).items() if ours == "b"}
    numbers = {a + b for a in "ilre" for b in "ilre"}
    assert allowed == numbers | {"bb", "ss", "tt", "pp", "gg"} | {c + "y" for c in "bilrestpg"} | {"y" + c for c in "bilrestpg"}


def recorded_calls() -> list[str]:
    return (HERE / "recorded_calls.txt").read_text().splitlines()


#: Functions that the queries define themselves.
OWN_FUNCTIONS = {
    "MultiplyByN",
    "endofweekSunday",
    "f",
    "fromUnixTime",
    "geohash_to_map_url",
    "getQueryParamValue",
    "point_to_map_url",
    "startofweekFromMonday",
    "toUnixTime",
    "to_hash",
}


def test_what_the_engine_answered_resolves_to_the_same_type() -> None:
    wrong = []
    for line in recorded_calls():
        call, _, expected = line.rpartition(" ")
        name, _, text = call.partition("(")
        types = tuple(ScalarType(word) for word in text.rstrip(")").split(", ") if word)
        if name in OWN_FUNCTIONS or name == "jaccard_index":
            continue
        rows = [row for row in (catalogue.aggregate(name), catalogue.lookup(name), catalogue.window(name)) if row]
        if not any(result(row, types) == LETTER_OF[ScalarType(expected)] for row in rows) and catalogue.plugin(name) is None:
            wrong.append(line)
    assert wrong == []
