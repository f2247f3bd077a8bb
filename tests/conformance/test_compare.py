"""The comparison is itself compared: a right answer passes, and every way to be wrong is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.conformance.cases import Case, Cell, Order, _assertion_case, _docs_case, _kusto_case
from tests.conformance.compare import Result, column, differences
from tests.conformance.values import WrongShape, record, timespan_text, timespan_ticks

CASE = Case(
    id="c",
    family="f",
    kql="",
    columns=(column("name", "string"), column("n", "long"), column("r", "real"), column("at", "datetime"), column("bag", "dynamic")),
    rows=(
        (Cell("a"), Cell(1), Cell(0.1), Cell("2020-01-01T00:00:00Z"), Cell([1, 2])),
        (Cell(""), Cell(None), Cell("NaN"), Cell(None), Cell({"k": None})),
        (Cell("a"), Cell(1), Cell(2.0), Cell("2020-01-01T00:00:00.0000001Z"), Cell(None)),
    ),
    row_count=3,
)
COLUMNS = (("name", "string"), ("n", "long"), ("r", "real"), ("at", "datetime"), ("bag", "dynamic"))
ROWS: tuple[tuple[Any, ...], ...] = (
    ("a", 1, 0.1, "2020-01-01T00:00:00Z", [1, 2]),
    ("", None, "NaN", None, {"k": None}),
    ("a", 1, 2.0, "2020-01-01T00:00:00.0000001Z", None),
)


def _with(row: int, at: int, value: Any) -> tuple[tuple[Any, ...], ...]:
    rows = [list(r) for r in ROWS]
    rows[row][at] = value
    return tuple(tuple(r) for r in rows)


def test_the_answer_itself_is_right() -> None:
    assert differences(CASE, Result("c", COLUMNS, ROWS)) == []


def test_unordered_rows_are_a_multiset() -> None:
    assert differences(CASE, Result("c", COLUMNS, ROWS[::-1])) == []
    assert differences(CASE, Result("c", COLUMNS, (ROWS[0], ROWS[0], ROWS[1]))) != []


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(_with(0, 1, 2), id="changed integer"),
        pytest.param(_with(0, 0, "A"), id="changed case of a string"),
        pytest.param(_with(0, 2, 0.1000001), id="changed real"),
        pytest.param(_with(1, 2, None), id="null for NaN"),
        pytest.param(_with(1, 0, None), id="null for an empty string"),
        pytest.param(_with(1, 1, 0), id="zero for null"),
        pytest.param(_with(0, 1, True), id="bool for an integer"),
        pytest.param(_with(0, 1, "1"), id="text for an integer"),
        pytest.param(_with(0, 3, "2020-01-01T00:00:00.0000002Z"), id="one tick off"),
        pytest.param(_with(0, 4, [2, 1]), id="array order"),
        pytest.param(_with(0, 4, "[1,2]"), id="JSON text for an array"),
        pytest.param(_with(1, 4, {}), id="missing key"),
        pytest.param(_with(2, 4, "null"), id="text for a dynamic null"),
        pytest.param(_with(0, 0, "a "), id="trailing blank"),
        pytest.param(_with(1, 0, " "), id="blank for an empty string"),
        pytest.param(_with(1, 3, "0001-01-01T00:00:00Z"), id="first moment for null"),
        pytest.param(_with(2, 4, []), id="empty array for null"),
        pytest.param(_with(0, 4, [1, 2, None]), id="null at the end of an array"),
        pytest.param(_with(0, 4, [1, "2"]), id="text for a number in an array"),
        pytest.param(_with(0, 4, [True, 2]), id="bool for a number in an array"),
        pytest.param(_with(1, 4, {"k": ""}), id="empty text for a null in a bag"),
        pytest.param(_with(1, 4, {"K": None}), id="changed case of a key"),
        pytest.param((ROWS[0], ROWS[2]), id="missing row in the middle"),
        pytest.param(tuple((*row[:2], other[2], *row[3:]) for row, other in zip(ROWS, ROWS[::-1], strict=True)), id="values of other rows"),
        pytest.param(ROWS[:2], id="missing row"),
        pytest.param((*ROWS, ROWS[0]), id="extra row"),
    ],
)
def test_a_wrong_value_is_seen(rows: tuple[tuple[Any, ...], ...]) -> None:
    assert differences(CASE, Result("c", COLUMNS, rows)) != []


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param((COLUMNS[1], COLUMNS[0], *COLUMNS[2:]), id="swapped columns"),
        pytest.param((("Name", "string"), *COLUMNS[1:]), id="changed name"),
        pytest.param((COLUMNS[0], ("n", "int"), *COLUMNS[2:]), id="int for long"),
        pytest.param((*COLUMNS[:2], ("r", "decimal"), *COLUMNS[3:]), id="decimal for real"),
        pytest.param(COLUMNS[:4], id="missing column"),
    ],
)
def test_wrong_columns_are_seen(columns: tuple[tuple[str, str], ...]) -> None:
    assert differences(CASE, Result("c", columns, tuple(r[: len(columns)] for r in ROWS))) != []


def test_an_error_is_a_difference() -> None:
    assert differences(CASE, Result("c", error="ZeroDivisionError")) == ["ZeroDivisionError"]


KEYS = replace(
    CASE,
    columns=(column("k", "long"), column("v", "string")),
    rows=((Cell(1), Cell("a")), (Cell(1), Cell("b")), (Cell(2), Cell("c"))),
    order=Order.KEYS,
    order_keys=("k",),
)
KEY_COLUMNS = (("k", "long"), ("v", "string"))


def test_ties_of_an_ordered_answer_come_in_any_order_but_keys_do_not() -> None:
    assert differences(KEYS, Result("c", KEY_COLUMNS, ((1, "b"), (1, "a"), (2, "c")))) == []
    assert differences(KEYS, Result("c", KEY_COLUMNS, ((1, "a"), (2, "c"), (1, "b")))) != []


def test_a_sorted_answer_keeps_its_sorted_columns() -> None:
    case = replace(KEYS, order=Order.SORTED, order_keys=())
    assert differences(case, Result("c", KEY_COLUMNS, ((1, "a"), (1, "b"), (2, "c")))) == []
    assert differences(case, Result("c", KEY_COLUMNS, ((2, "c"), (1, "a"), (1, "b")))) != []


def test_a_truncated_answer_wants_the_true_row_count_and_the_kept_rows() -> None:
    case = replace(KEYS, order=Order.NONE, truncated=True, row_count=4)
    assert differences(case, Result("c", KEY_COLUMNS, ((9, "z"), (1, "a"), (1, "b"), (2, "c")))) == []
    assert differences(case, Result("c", KEY_COLUMNS, ((1, "a"), (1, "b"), (2, "c")))) != []
    assert differences(case, Result("c", KEY_COLUMNS, ((9, "z"), (1, "x"), (1, "b"), (2, "c")))) != []


def test_set_semantics_ignores_array_order_but_not_members() -> None:
    case = replace(CASE, set_arrays=True)
    assert differences(case, Result("c", COLUMNS, _with(0, 4, [2, 1]))) == []
    assert differences(case, Result("c", COLUMNS, _with(0, 4, [1, 1]))) != []
    assert differences(case, Result("c", COLUMNS, _with(0, 4, [1, 2, 2]))) != []


def test_a_loose_answer_still_has_its_shape() -> None:
    case = replace(CASE, loose=True)
    assert differences(case, Result("c", COLUMNS, _with(0, 1, 7))) == []
    assert differences(case, Result("c", COLUMNS, ROWS[:2])) != []
    assert differences(case, Result("c", COLUMNS, _with(1, 0, None))) != []


def test_names_that_vary_are_not_compared_but_types_are() -> None:
    case = replace(CASE, names_vary=True)
    assert differences(case, Result("c", (("x", "string"), *COLUMNS[1:]), ROWS)) == []
    assert differences(case, Result("c", (("x", "guid"), *COLUMNS[1:]), ROWS)) != []


def test_an_approximate_number_may_be_a_little_off() -> None:
    case = replace(KEYS, order=Order.NONE, rows=((Cell(100), Cell("a")),), row_count=1, approximate=True)
    assert differences(case, Result("c", KEY_COLUMNS, ((102, "a"),))) == []
    assert differences(case, Result("c", KEY_COLUMNS, ((110, "a"),))) != []
    assert differences(case, Result("c", KEY_COLUMNS, ((100, "b"),))) != []


def test_a_rounded_real_has_its_own_tolerance() -> None:
    case = Case("c", "f", "", (column("r", "real"),), ((Cell(0.35, tolerance=0.005),),), 1)
    assert differences(case, Result("c", (("r", "real"),), ((0.3541,),))) == []
    assert differences(case, Result("c", (("r", "real"),), ((0.3561,),))) != []


def test_tiny_reals_are_not_zero() -> None:
    case = Case("c", "f", "", (column("r", "real"),), ((Cell(5e-324),),), 1)
    assert differences(case, Result("c", (("r", "real"),), ((0.0,),))) != []


def test_recorded_int_covers_long_unless_the_analyzer_said_which() -> None:
    line = {"id": "x", "family": "f", "kql": "", "columns": [["n", "int"]], "rows": [[1]], "row_count": 1, "ordered": False}
    assert differences(_kusto_case(line), Result("x", (("n", "long"),), ((1,),))) == []
    assert differences(_kusto_case({**line, "ms_types": ["int"]}), Result("x", (("n", "long"),), ((1,),))) != []


def test_an_ambiguous_documented_cell_accepts_its_other_reading() -> None:
    line: dict[str, Any] = {
        "id": "x", "kind": "k", "kql": "", "columns": [{"name": "d", "type": "dynamic", "type_source": "binder"}],
        "rows": [[{"v": None, "t": "dynamic", "alt": ""}]], "row_order": "natural", "columns_match": "exact", "flags": [],
    }  # fmt: skip
    assert differences(_docs_case(line), Result("x", (("d", "dynamic"),), (("",),))) == []
    assert differences(_docs_case(line), Result("x", (("d", "dynamic"),), (("x",),))) != []


def test_an_assertion_is_read_by_its_type() -> None:
    line = {"id": "x", "kql": "print r = 1", "expected": '["a"]', "type": "dynamic"}
    assert differences(_assertion_case(line), Result("x", (("r", "dynamic"),), ((["a"],),))) == []
    assert differences(_assertion_case({**line, "expected": '""', "type": "string"}), Result("x", (("r", "string"),), (("",),))) == []


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        *((None, "string"), (1, "string"), (True, "long"), (1, "real"), (1.0, "long")),
        *(("2020", "datetime"), (1, "decimal"), ({1}, "dynamic"), (1, "bool")),
    ],
)
def test_a_carrier_of_the_wrong_type_is_refused(value: object, type_: str) -> None:
    with pytest.raises(WrongShape):
        record(value, type_)


@pytest.mark.parametrize("text", ["00:00:00", "-00:30:00", "1.02:03:04.5000000", "6.23:59:59.9999999"])
def test_timespans_survive_the_round_trip(text: str) -> None:
    assert timespan_text(timespan_ticks(text)) == text
