"""The columns that plugins give, as Microsoft's analyzer finds them for T(x:long, y:string, d:dynamic, t:datetime)."""

from __future__ import annotations

import pytest

from rulec import catalogue
from rulec.catalogue.plugin_rows import Columns, PluginArgument
from rulec.scalars import ScalarType as T

INPUT: Columns = (("x", T.LONG), ("y", T.STRING), ("d", T.DYNAMIC), ("t", T.DATETIME))


def column(name: str) -> PluginArgument:
    return PluginArgument(name, dict(INPUT)[name], column=name)


def value(constant: object, kind: T = T.LONG) -> PluginArgument:
    return PluginArgument(type=kind, value=constant)


def table(columns: Columns = INPUT) -> PluginArgument:
    return PluginArgument(table=columns)


def names(plugin: str, *arguments: PluginArgument) -> str:
    found = catalogue.plugin(plugin)
    assert found is not None
    return " ".join(name for name, _ in found.schema(INPUT, arguments))


@pytest.mark.parametrize(
    ("plugin", "arguments", "expected"),
    [
        ("bag_unpack", (column("d"),), "x y t"),
        ("narrow", (), "Row Column Value"),
        ("pivot", (column("y"),), "x d t"),
        ("pivot", (column("y"), column("x")), "d t"),
        ("pivot", (column("y"), column("x"), column("t")), "t"),
        ("ipv4_lookup", (table(), column("y"), column("y")), "x y d t x1 y1 d1 t1"),
        ("ipv4_lookup", (table(), column("y"), column("y"), column("x"), value(True, T.BOOL)), "x y d t y1 d1 t1"),
        ("ipv6_lookup", (table((("net", T.STRING), ("x1", T.LONG))), column("y"), column("y")), "x y d t net x1"),
        ("geo_polygon_lookup", (table(), column("d"), column("x"), column("x")), "x y d t x1 y1 t1"),
        ("rows_near", (PluginArgument(type=T.BOOL), value(2)), "x y d t"),
        ("rolling_percentile", (column("x"), value(50), column("t"), value(1, T.TIMESPAN), value(3)), "t rolling_3_percentile_x_50"),
        ("rolling_percentile", (column("x"), value(50), column("t"), value(1), value(3), column("y")), "t y rolling_3_percentile_x_50"),
        ("sliding_window_counts", (column("y"), column("t"), *[value(1)] * 4), "t Count Dcount"),
        ("session_count", (column("y"), column("t"), *[value(1)] * 4, column("x")), "t x count_sessions"),
        ("activity_counts_metrics", (column("y"), column("t"), *[value(1)] * 3), "t count dcount new_dcount aggregated_dcount"),
        ("autocluster", (), "SegmentId Count Percent x y d t"),
        ("diffpatterns", (column("y"), value("a"), value("b")), "SegmentId CountA CountB PercentA PercentB PercentDiffAB x y d t"),
        ("dcount_intersect", (column("d"), column("d")), "x y d t s0 s1"),
        ("sequence_detect", (column("t"), value(1), value(1), PluginArgument("a", T.BOOL), column("y")), "y a_t Duration"),
        ("identity", (), "x y d t"),
        ("sql_request", (), ""),
    ],
)
def test_columns(plugin: str, arguments: tuple[PluginArgument, ...], expected: str) -> None:
    assert names(plugin, *arguments) == expected


def test_types_follow_the_input() -> None:
    rolling = catalogue.plugin("rolling_percentile")
    assert rolling is not None
    assert dict(rolling.schema(INPUT, (column("x"), value(50), column("t"), value(1), value(3))))["rolling_3_percentile_x_50"] is T.LONG


def test_only_data_dependent_plugins_are_open() -> None:
    supported = [p for name in catalogue.plugin_names() if (p := catalogue.plugin(name)) and not p.unsupported]
    assert {p.name for p in supported if p.open} == {"bag_unpack", "pivot"}
