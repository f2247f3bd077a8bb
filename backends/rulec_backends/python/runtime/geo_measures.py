"""Distances, lengths, areas and middles of lines and polygons; edges are great circles, results are meters and GeoJSON.

Source: documented answers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeAlias

from rulec_backends.python.runtime.geo_points import (
    EARTH_RADIUS,
    angle_between,
    chord_angle,
    cross_product,
    dot_product,
    edge_normal,
    geo_coordinate,
    geo_point,
    on_globe,
    place_vector,
    unit_vector,
    vector_length,
    weighted_sum,
)
from rulec_backends.python.runtime.geo_shapes import border_edges, geo_lines, geo_polygons, path_edges, polygons_hold, ring_edges
from rulec_backends.python.runtime.geo_unions import united_lines, united_polygons

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Vector: TypeAlias = "tuple[float, float, float]"
GeoPath: TypeAlias = "tuple[Vector, ...]"


def nearest_on_edge(place: Vector, a: Vector, b: Vector) -> Vector:
    """The place of an edge that is nearest to a place."""
    across = unit_vector(edge_normal(a, b))
    if dot_product(cross_product(across, a), place) > 0 and dot_product(cross_product(b, across), place) > 0:
        return unit_vector(weighted_sum(place, 1, across, -dot_product(place, across)))
    return a if chord_angle(place, a) <= chord_angle(place, b) else b


def nearest_of(place: Vector, edges: Iterable[tuple[Vector, Vector]]) -> Vector:
    """The place of some edges that is nearest to a place."""
    return min((nearest_on_edge(place, a, b) for a, b in edges), key=lambda found: chord_angle(place, found))


def geo_point_in_polygon(longitude: float | None, latitude: float | None, polygon: Json) -> bool | None:
    """Whether a place lies in a polygon or multipolygon."""
    polygons = geo_polygons(polygon)
    if longitude is None or latitude is None or not on_globe(longitude, latitude) or polygons is None:
        return None
    return polygons_hold(polygons, place_vector(longitude, latitude))


def geo_distance_point_to_line(longitude: float | None, latitude: float | None, line: Json) -> float | None:
    """Meters from a place to a line or multiline."""
    lines = geo_lines(line)
    if longitude is None or latitude is None or not on_globe(longitude, latitude) or lines is None:
        return None
    place = place_vector(longitude, latitude)
    return chord_angle(place, nearest_of(place, (edge for path in lines for edge in path_edges(path)))) * EARTH_RADIUS


def geo_distance_point_to_polygon(longitude: float | None, latitude: float | None, polygon: Json) -> float | None:
    """Meters from a place to a polygon or multipolygon, 0 inside."""
    polygons = geo_polygons(polygon)
    if longitude is None or latitude is None or not on_globe(longitude, latitude) or polygons is None:
        return None
    place = place_vector(longitude, latitude)
    return 0.0 if polygons_hold(polygons, place) else chord_angle(place, nearest_of(place, border_edges(polygons))) * EARTH_RADIUS


def geo_closest_point_on_line(longitude: float | None, latitude: float | None, line: Json) -> Json:
    """The place of a line or multiline that is nearest to a place."""
    lines = geo_lines(line)
    if longitude is None or latitude is None or not on_globe(longitude, latitude) or lines is None:
        return None
    return geo_point(nearest_of(place_vector(longitude, latitude), (edge for path in lines for edge in path_edges(path))))


def geo_closest_point_on_polygon(longitude: float | None, latitude: float | None, polygon: Json) -> Json:
    """The place of a polygon or multipolygon that is nearest to a place: the place itself when it lies inside."""
    polygons = geo_polygons(polygon)
    if longitude is None or latitude is None or not on_globe(longitude, latitude) or polygons is None:
        return None
    place = place_vector(longitude, latitude)
    if polygons_hold(polygons, place):
        return {"type": "Point", "coordinates": [geo_coordinate(longitude), geo_coordinate(latitude)]}
    return geo_point(nearest_of(place, border_edges(polygons)))


def geo_line_length(line: Json) -> float | None:
    """The length of a line or of the union of a multiline in meters."""
    lines = geo_lines(line)
    return None if lines is None else sum(angle_between(a, b) for a, b in united_lines(lines)) * EARTH_RADIUS


def geo_line_centroid(line: Json) -> Json:
    """The middle of a line or of the union of a multiline."""
    lines = geo_lines(line)
    if lines is None:
        return None
    total = (0.0, 0.0, 0.0)
    for a, b in united_lines(lines):
        middle, way = weighted_sum(a, 1, b, 1), weighted_sum(a, 1, b, -1)
        total = weighted_sum(total, 1, middle, vector_length(way) / vector_length(middle))
    return geo_point(total)


def single_path(line: Json) -> GeoPath | None:
    """The places of a line that is one line; null for several."""
    lines = geo_lines(line)
    return lines[0] if lines is not None and len(lines) == 1 else None


def geo_line_interpolate_point(line: Json, fraction: float | None) -> Json:
    """The place at a fraction, 0 to 1, of a line's length."""
    path = single_path(line)
    if path is None or fraction is None or not 0 <= fraction <= 1:
        return None
    left = fraction * sum(angle_between(a, b) for a, b in path_edges(path))
    if left <= 0:
        return geo_point(path[0])
    for a, b in path_edges(path):
        step = angle_between(a, b)
        if left < step:
            ahead = unit_vector(cross_product(edge_normal(a, b), a))
            return geo_point(unit_vector(weighted_sum(a, math.cos(left), ahead, math.sin(left))))
        left -= step
    return geo_point(path[-1])


def geo_line_locate_point(line: Json, longitude: float | None, latitude: float | None) -> float | None:
    """The fraction of a line's length at the place that is nearest to a place."""
    path = single_path(line)
    if path is None or longitude is None or latitude is None or not on_globe(longitude, latitude):
        return None
    place, passed, best, at = place_vector(longitude, latitude), 0.0, math.inf, 0.0
    for a, b in path_edges(path):
        found = nearest_on_edge(place, a, b)
        distance = chord_angle(place, found)
        if distance < best:
            best, at = distance, passed + angle_between(a, found)
        passed += angle_between(a, b)
    return min(1.0, at / passed)


def geo_polygon_perimeter(polygon: Json) -> float | None:
    """The length of the border of a polygon or of the union of a multipolygon in meters."""
    polygons = geo_polygons(polygon)
    return None if polygons is None else sum(angle_between(a, b) for a, b in border_edges(united_polygons(polygons))) * EARTH_RADIUS


def geo_polygon_area(polygon: Json) -> float | None:
    """The area of a polygon or of the union of a multipolygon in square meters."""
    polygons = geo_polygons(polygon)
    if polygons is None:
        return None
    return sum(abs(ring_area(rings[0])) - sum(abs(ring_area(hole)) for hole in rings[1:]) for rings in united_polygons(polygons)) * (
        EARTH_RADIUS * EARTH_RADIUS
    )


def ring_area(ring: GeoPath) -> float:
    """The area on the left of a ring, on the unit sphere."""
    total, apex = 0.0, ring[0]
    for a, b in ring_edges(ring):
        if apex in (a, b):
            continue
        if dot_product(apex, a) < -0.9 or dot_product(apex, b) < -0.9:
            return ring_area_by_angles(ring)
        turn = dot_product(apex, cross_product(a, b))
        total += math.copysign(triangle_area(apex, a, b), turn) if turn else 0.0
    return total


def ring_area_by_angles(ring: GeoPath) -> float:
    """`ring_area` of a ring that spans the sphere, by the angles at its vertices."""
    turns = 0.0
    for k, at in enumerate(ring):
        before, after = cross_product(ring[k - 1], at), cross_product(at, ring[(k + 1) % len(ring)])
        turns += math.atan2(dot_product(at, cross_product(before, after)), dot_product(before, after))
    return 2 * math.pi - turns


def triangle_area(a: Vector, b: Vector, c: Vector) -> float:
    """The area of a triangle on the unit sphere."""
    x, y, z = angle_between(b, c), angle_between(c, a), angle_between(a, b)
    half = (x + y + z) / 2
    product = math.tan(half / 2) * math.tan((half - x) / 2) * math.tan((half - y) / 2) * math.tan((half - z) / 2)
    if half - max(x, y, z) < 1e-4 * half:
        top = dot_product(a, cross_product(weighted_sum(b, 1, a, -1), weighted_sum(c, 1, a, -1)))
        return abs(2 * math.atan2(top, 1 + dot_product(a, b) + dot_product(b, c) + dot_product(c, a)))
    return 4 * math.atan(math.sqrt(max(0.0, product)))


def geo_polygon_centroid(polygon: Json) -> Json:
    """The middle of the area of a polygon or of the union of a multipolygon."""
    polygons = geo_polygons(polygon)
    if polygons is None:
        return None
    total = (0.0, 0.0, 0.0)
    for rings in united_polygons(polygons):
        for number, ring in enumerate(rings):
            total = weighted_sum(total, 1, ring_moment(ring), -1 if number else 1)
    return geo_point(total)


def ring_moment(ring: GeoPath) -> Vector:
    """The integral of the place over the area on the left of a ring."""
    moment = (0.0, 0.0, 0.0)
    for a, b in ring_edges(ring):
        moment = weighted_sum(moment, 1, triangle_moment(ring[0], a, b), 0.5)
    return moment


def triangle_moment(a: Vector, b: Vector, c: Vector) -> Vector:
    """Twice the integral of the place over a triangle: the sum of its edges' normals by length, without differences of large numbers."""
    x, y, z = (angle / math.sin(angle) if angle else 1.0 for angle in (angle_between(b, c), angle_between(c, a), angle_between(a, b)))
    flat = cross_product(weighted_sum(b, 1, a, -1), weighted_sum(c, 1, a, -1))
    return weighted_sum(weighted_sum(flat, x, cross_product(c, a), y - x), 1, cross_product(a, b), z - x)
