"""Places, lines, polygons and cells on the globe."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from rulec.backend import Unsupported
from rulec.ir.exprs import Call, Json, Literal, Value
from rulec_backends.python.code import Code
from rulec_backends.python.functions.rows import reals
from rulec_backends.python.lower import Lower, ValueRow
from rulec_backends.python.runtime.geo_points import UndocumentedGeography, on_globe
from rulec_backends.python.runtime.geo_shapes import geo_lines, geo_polygons

#: A number whose text ends in a zero after the point: densified shapes repeat it as written, and the value alone does not say it.
_ZEROS_AT_END: Final = re.compile(r"\.\d*0(?!\d)")

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
    "geo_h3cell_neighbors",
    "geo_h3cell_parent",
    "geo_h3cell_rings",
    "geo_h3cell_to_central_point",
    "geo_h3cell_to_polygon",
    "geo_intersection_2lines",
    "geo_intersection_2polygons",
    "geo_intersection_line_with_polygon",
    "geo_intersects_2lines",
    "geo_intersects_2polygons",
    "geo_intersects_line_with_polygon",
    "geo_line_centroid",
    "geo_line_interpolate_point",
    "geo_line_length",
    "geo_point_in_circle",
    "geo_point_in_polygon",
    "geo_point_to_geohash",
    "geo_point_to_h3cell",
    "geo_point_to_s2cell",
    "geo_polygon_area",
    "geo_polygon_centroid",
    "geo_polygon_perimeter",
    "geo_s2cell_neighbors",
    "geo_s2cell_to_central_point",
    "geo_s2cell_to_polygon",
    "geo_union_lines_array",
    "geo_union_polygons_array",
)


def _without(count: int, function: str, what: str, *accepted: object) -> ValueRow:
    """A function whose argument after the first `count` must be left out or be one of the accepted constants."""

    def row(lower: Lower, expr: Call) -> Code:
        more = expr.arguments[count:]
        if any(not (isinstance(a, Literal) and a.value in accepted) for a in more):
            return lower.refuse(expr.span, f"`{function}` {what} is not supported", "RC401", "without the last argument it is exact")
        return reals(function)(lower, Call(expr.function, expr.arguments[:count], expr.type, expr.nullable, expr.span))

    return row


def _densify(function: str) -> ValueRow:
    crossing_kept = _without(2, function, "that keeps edges across the antimeridian", False)

    def row(lower: Lower, expr: Call) -> Code:
        shape = expr.arguments[0]
        if isinstance(shape, Literal) and _ZEROS_AT_END.search(shape.span.text):
            return lower.refuse(
                shape.span,
                f"`{function}` repeats the coordinates as they are written, and zeros at the end of a number are not kept",
                "RC401",
                "zeros at the end of coordinates can be left out",
            )
        return crossing_kept(lower, expr)

    return row


_TOLERANCE: Final = "replaces chains of edges by the engine's own rules, which are not documented"
_OUTLINE: Final = "draws an outline with the engine's own places, which are not documented"

VALUES: Final[dict[str, ValueRow | Unsupported]] = {
    **{function: reals(function) for function in _SAME},
    "geo_distance_2points": _without(4, "geo_distance_2points", "on a spheroid", False),
    "geo_line_locate_point": _without(3, "geo_line_locate_point", "on a spheroid", False),
    **{name: _without(2, name, "with a radius", 0) for name in ("geo_line_to_s2cells", "geo_polygon_to_h3cells", "geo_polygon_to_s2cells")},
    "geo_line_densify": _densify("geo_line_densify"),
    "geo_polygon_densify": _densify("geo_polygon_densify"),
    "geo_line_simplify": Unsupported(_TOLERANCE),
    "geo_polygon_simplify": Unsupported(_TOLERANCE),
    "geo_simplify_polygons_array": Unsupported(_TOLERANCE),
    "geo_line_buffer": Unsupported(_OUTLINE, "geo_distance_point_to_line tells whether a place is within a radius"),
    "geo_point_buffer": Unsupported(_OUTLINE, "geo_point_in_circle tells whether a place is within a radius"),
    "geo_polygon_buffer": Unsupported(_OUTLINE, "geo_distance_point_to_polygon tells whether a place is within a radius"),
}


def _null_unless(valid: Callable[..., bool], meters: Callable[[float], bool], places: int = 1) -> Callable[..., tuple[Value] | None]:
    """Null where the shape (so many arguments) or the number of meters behind it is not valid."""

    def known(*values: Value) -> tuple[Value] | None:
        number = values[places] if len(values) > places else _DEFAULT_TOLERANCE
        try:
            fits = isinstance(number, int | float) and meters(number) and valid(*values[:places])
        except UndocumentedGeography:
            return None
        return None if fits else (None,)

    return known


def _is_line(value: Json) -> bool:
    return geo_lines(value) is not None


def _is_polygon(value: Json) -> bool:
    return geo_polygons(value) is not None


def _is_radius(meters: float) -> bool:
    return meters > 0


def _is_tolerance(meters: float) -> bool:
    """The documentation has 7,800 km as the greatest."""
    return 0 <= meters <= 7_800_000


_DEFAULT_TOLERANCE: Final = 10

KNOWN: Final = {
    "geo_point_buffer": _null_unless(on_globe, _is_radius, 2),
    "geo_line_buffer": _null_unless(_is_line, _is_radius),
    "geo_polygon_buffer": _null_unless(_is_polygon, _is_radius),
    "geo_line_simplify": _null_unless(_is_line, _is_tolerance),
    "geo_polygon_simplify": _null_unless(_is_polygon, _is_tolerance),
}
