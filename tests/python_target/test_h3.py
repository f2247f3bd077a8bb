"""H3 cells, by the optional library h3."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.python_target.programs import module_of, text_of, value_of

NEAR = "dynamic({'type':'Polygon','coordinates':[[[0.01,0.01],[0.02,0.01],[0.02,0.02],[0.01,0.02],[0.01,0.01]]]})"

VALUES: list[tuple[str, Any]] = [
    ("geo_point_to_h3cell(-74.04450446039874, 40.689250859314974)", "862a1072fffffff"),
    ("geo_point_to_h3cell(1, 1, 0)", "8075fffffffffff"),
    ("geo_point_to_h3cell(181, 1)", ""),
    ("geo_point_to_h3cell(1, real(null))", ""),
    ("geo_point_to_h3cell(real(nan), 1)", ""),
    ("geo_point_to_h3cell(1, 1, -1)", ""),
    ("geo_h3cell_neighbors('')", None),
    ("geo_h3cell_to_polygon('ÄBC')", None),
    ("geo_h3cell_to_central_point('862A1072FFFFFFF').type", "Point"),
    ("array_length(geo_h3cell_rings('861f8894fffffff', 3)[3])", 18),
    ("geo_h3cell_rings('861f8894fffffff', 143)", None),
    ("geo_h3cell_rings('861f8894fffffff', 0)", [["861f8894fffffff"]]),
    ("array_length(geo_h3cell_neighbors('8009fffffffffff'))", 5),
    (f"array_length(geo_polygon_to_h3cells({NEAR}, 8))", 2),
    ("geo_polygon_to_h3cells(dynamic(null))", None),
]


@pytest.mark.parametrize(("expression", "expected"), VALUES, ids=[v[0] for v in VALUES])
def test_value(expression: str, expected: Any) -> None:
    pytest.importorskip("h3")
    assert value_of(expression) == expected


def test_only_rules_with_h3_cells_name_the_library() -> None:
    assert "h3" not in text_of("print geo_point_to_s2cell(1, 1)")
    assert "# KQL query as a Python module; needs the library h3" in text_of("print geo_point_to_h3cell(1, 1)")


def test_without_the_library_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h3", None)
    with pytest.raises(ModuleNotFoundError, match="pip install h3"):
        module_of("print geo_point_to_h3cell(1, 1)")["detect"]({})


def test_levels_and_parents_need_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h3", None)
    assert value_of("geo_h3cell_level('862a1072fffffff')") == 6
