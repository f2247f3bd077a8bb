"""Straight edges between longitudes and latitudes as chains of great circles.

Source: S2's edge tessellator: an edge is halved until, at the two places where the difference is greatest, it is small enough.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TypeAlias

from rulec_backends.python.runtime.geo_points import (
    EARTH_RADIUS,
    UndocumentedGeography,
    angle_between,
    chord_angle,
    geo_coordinate,
    place_vector,
    weighted_sum,
)
from rulec_backends.python.runtime.geo_shapes import geo_lines, geo_polygons, parts_of

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
GeoPair: TypeAlias = "tuple[float, float]"

#: Where on an edge the difference is greatest, and how much of the tolerance may be seen there.
GREATEST_AT = 0.31215691082248312
TOLERANCE_SEEN = 0.83829992569888509


def geo_line_densify(line: Json, tolerance: float | None = 10) -> Json:
    """The line with places added so that no great circle is further than the tolerance, 0.1 to 10,000 meters, from the straight edge."""
    if geo_lines(line) is None or tolerance is None or not 0.1 <= tolerance <= 10000 or not isinstance(line, dict):
        return None
    paths = [densified_path(part, tolerance) for part in parts_of(line, "LineString")]
    return {"type": line["type"], "coordinates": paths[0] if line["type"] == "LineString" else list(paths)}


def geo_polygon_densify(polygon: Json, tolerance: float | None = 10) -> Json:
    """The polygon with places added so that no great circle is further than the tolerance, 0.1 to 10,000 meters, from the straight edge."""
    if geo_polygons(polygon) is None or tolerance is None or not 0.1 <= tolerance <= 10000 or not isinstance(polygon, dict):
        return None
    parts: list[Json] = [
        [densified_path(ring, tolerance) for ring in part] for part in parts_of(polygon, "Polygon") if isinstance(part, list)
    ]
    return {"type": polygon["type"], "coordinates": parts[0] if polygon["type"] == "Polygon" else parts}


def densified_path(path: Json, tolerance: float) -> list[Json]:
    """Positions with positions added between them.

    Raises:
        UndocumentedGeography: an edge crosses the antimeridian.
    """
    assert isinstance(path, list)
    found: list[Json] = [path[0]]
    for first, second in pairwise(path):
        a, b = float_pair(first), float_pair(second)
        if abs(a[0] - b[0]) >= 180:
            raise UndocumentedGeography("straight edges across the antimeridian")
        found.extend([geo_coordinate(x), geo_coordinate(y)] for x, y in added_places(a, b, tolerance / EARTH_RADIUS))
        found.append(second)
    return found


def float_pair(position: Json) -> GeoPair:
    """A GeoJSON position as numbers."""
    assert isinstance(position, list)
    return float(position[0]), float(position[1])  # type: ignore[arg-type]


def added_places(a: GeoPair, b: GeoPair, tolerance: float) -> list[GeoPair]:
    """The places to add between the ends of a straight edge."""
    if greatest_difference(a, b) <= tolerance * TOLERANCE_SEEN:
        return []
    middle = on_straight_edge(a, b, 0.5)
    return [*added_places(a, middle, tolerance), middle, *added_places(middle, b, tolerance)]


def on_straight_edge(a: GeoPair, b: GeoPair, fraction: float) -> GeoPair:
    """The place at a fraction of a straight edge."""
    return (1 - fraction) * a[0] + fraction * b[0], (1 - fraction) * a[1] + fraction * b[1]


def greatest_difference(a: GeoPair, b: GeoPair) -> float:
    """The angle between the straight edge and the great circle where it is greatest."""
    start, end = place_vector(*a), place_vector(*b)
    whole = angle_between(start, end)
    if whole > math.pi / 2:
        return math.inf
    if whole == 0:
        return 0.0
    found = 0.0
    for fraction in (GREATEST_AT, 1 - GREATEST_AT):
        on_circle = weighted_sum(
            start, math.sin((1 - fraction) * whole) / math.sin(whole), end, math.sin(fraction * whole) / math.sin(whole)
        )
        found = max(found, chord_angle(on_circle, place_vector(*on_straight_edge(a, b, fraction))))
    return found
