"""Plugins, sorted arrays, bins of options and covers: the engine's rules with null, empty and mixed-case values."""

from __future__ import annotations

from typing import Any

import pytest

from rulec.errors import CompileError
from tests.python_target.programs import rows_of, value_of

BAGS = """datatable(Name:string, d:dynamic)["James", dynamic({"Name":"Jöhn","name":"x"}), "", dynamic({"Age":40}), "E", dynamic(null)]
| evaluate bag_unpack"""
SQUARE = "dynamic({'type':'Polygon','coordinates':[[[0.1,0.1],[0.9,0.1],[0.9,0.9],[0.1,0.9],[0.1,0.1]]]})"
LINE = "dynamic({'type':'LineString','coordinates':[[0.1,0.1],[0.1,0.1001]]})"


def test_keys_may_replace_columns_of_their_name() -> None:
    rows = rows_of(f"{BAGS}(d, columnsConflict='replace_source')")
    assert rows == [{"Name": "Jöhn", "Age": None, "name": "x"}, {"Name": "", "Age": 40, "name": ""}, {"Name": "", "Age": None, "name": ""}]


def test_columns_may_stay_in_front_of_keys_of_their_name() -> None:
    assert [r["Name"] for r in rows_of(f"{BAGS}(d, columnsConflict='keep_source')")] == ["James", "", "E"]


def test_other_rules_for_conflicts_are_refused() -> None:
    with pytest.raises(CompileError, match="RC302"):
        rows_of(f"{BAGS}(d, columnsConflict='Keep_Source')")


def test_several_arrays_are_sorted_by_the_first() -> None:
    first, second = "dynamic([2, null, 1]), dynamic(['É', '', 'x'])", "dynamic(null), dynamic([1])"
    tables = f"datatable(a:dynamic, b:dynamic)[{first}, {second}, dynamic([1]), dynamic([])]"
    rows = rows_of(f"{tables} | project array_sort_asc(a, b)")
    assert [(r["a_sorted"], r["b_sorted"]) for r in rows] == [([1, 2, None], ["x", "É", ""]), (None, None), ([1], None)]
    assert rows_of(f"{tables} | project x = array_sort_desc(a, b, false)[1]")[0] == {"x": ["", "É", "x"]}


def test_several_sorted_arrays_have_no_common_name() -> None:
    with pytest.raises(CompileError, match="RC302"):
        rows_of("datatable(a:dynamic, b:dynamic)[] | extend x = array_sort_asc(a, b)")


def test_bins_of_options() -> None:
    assert rows_of("set query_bin_auto_size=5; print x = bin_auto(-1), y = bin_auto(long(null))") == [{"x": -5, "y": None}]
    assert rows_of("set query_bin_auto_size=5; set query_bin_auto_at=1; print x = bin_auto(5)") == [{"x": 1}]
    with pytest.raises(CompileError, match="query_bin_auto_size"):
        rows_of("print bin_auto(1)")


COVERS: list[tuple[str, Any]] = [
    (f"array_length(geo_polygon_to_s2cells({SQUARE}, 5))", 1),
    (f"set_has_element(geo_polygon_to_s2cells({SQUARE}, 8), geo_point_to_s2cell(0.5, 0.5, 8))", True),
    (f"set_has_element(geo_polygon_to_s2cells({SQUARE}, 8), geo_point_to_s2cell(1.9, 0.5, 8))", False),
    (f"geo_polygon_to_s2cells({SQUARE}, 31)", None),
    (f"geo_polygon_to_s2cells({SQUARE}, 30)", None),
    ("geo_polygon_to_s2cells(dynamic(null))", None),
    (f"geo_line_to_s2cells({LINE}, 5)[0] == geo_point_to_s2cell(0.1, 0.1, 5)", True),
    ("geo_line_to_s2cells(dynamic('line'))", None),
]


@pytest.mark.parametrize(("expression", "expected"), COVERS, ids=[c[0] for c in COVERS])
def test_covers(expression: str, expected: Any) -> None:
    assert value_of(expression) == expected
