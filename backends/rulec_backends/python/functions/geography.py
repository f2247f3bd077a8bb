"""Places, lines, polygons and cells on the globe."""

from __future__ import annotations

from typing import Final

from rulec.backend import Unsupported
from rulec.ir.exprs import Call
from rulec_backends.python.code import Code
from rulec_backends.python.functions.rows import reals
from rulec_backends.python.lower import Lower, ValueRow

_CONSTRUCTION: Final = Unsupported("constructs geometry with the engine's own tolerances", "tests and distances of geometry are exact")
_HEXAGONS: Final = Unsupported("needs the geometry of H3 cells", "S2 cells and geohashes are supported")


_SAME: Final = (
    "geo_angle",
    "geo_azimuth",
    "geo_closest_point_on_line",
    "geo_closest_point_on_polygon",
    "geo_distance_point_to_line",
    "geo_distance_point_to_polygon",
    "geo_from_wkt",
    "geo_geohash_neighbors",
    "geo_geohash_to_central_point",
    "geo_geohash_to_polygon",
    "geo_h3cell_children",
    "geo_h3cell_level",
    "geo_h3cell_parent",
    "geo_intersects_2lines",
    "geo_intersects_2polygons",
    "geo_intersects_line_with_polygon",
    "geo_line_centroid",
    "geo_line_interpolate_point",
    "geo_line_length",
    "geo_point_in_circle",
    "geo_point_in_polygon",
    "geo_point_to_geohash",
    "geo_point_to_s2cell",
    "geo_polygon_area",
    "geo_polygon_centroid",
    "geo_polygon_perimeter",
    "geo_s2cell_neighbors",
    "geo_s2cell_to_central_point",
    "geo_s2cell_to_polygon",
)


def _distance(lower: Lower, expr: Call) -> Code:
    if len(expr.arguments) > 4:
        return lower.refuse(
            expr.span, "`geo_distance_2points` on a spheroid is not supported", "RC401", "without the last argument it is exact"
        )
    return reals("geo_distance_2points")(lower, expr)


VALUES: Final[dict[str, ValueRow | Unsupported]] = {
    **{function: reals(function) for function in _SAME},
    "geo_distance_2points": _distance,
    **{
        f"geo_{name}": _CONSTRUCTION
        for name in (
            "intersection_2lines",
            "intersection_2polygons",
            "intersection_line_with_polygon",
            "line_buffer",
            "line_densify",
            "line_locate_point",
            "line_simplify",
            "line_to_s2cells",
            "point_buffer",
            "polygon_buffer",
            "polygon_densify",
            "polygon_simplify",
            "polygon_to_s2cells",
            "simplify_polygons_array",
            "union_lines_array",
            "union_polygons_array",
        )
    },
    **{
        f"geo_{name}": _HEXAGONS
        for name in (
            "h3cell_neighbors",
            "h3cell_rings",
            "h3cell_to_central_point",
            "h3cell_to_polygon",
            "point_to_h3cell",
            "polygon_to_h3cells",
        )
    },
}
