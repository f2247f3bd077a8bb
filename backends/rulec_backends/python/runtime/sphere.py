"""Geometry on a sphere: edges are great-circle arcs, distances are in meters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Vector: TypeAlias = "tuple[float, float, float]"

EARTH_RADIUS = 6_371_010.0


def vector(longitude: float, latitude: float) -> Vector:
    """A place as a point of the unit sphere."""
    x, y = math.radians(longitude), math.radians(latitude)
    return math.cos(y) * math.cos(x), math.cos(y) * math.sin(x), math.sin(y)


def place(point: Vector) -> list[Json]:
    """A point of the sphere as longitude and latitude."""
    return [math.degrees(math.atan2(point[1], point[0])), math.degrees(math.atan2(point[2], math.hypot(point[0], point[1])))]


def dot(a: Vector, b: Vector) -> float:
    """The scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    """The vector product."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def length_of(a: Vector) -> float:
    """The length of a vector."""
    return math.sqrt(dot(a, a))


def unit(a: Vector) -> Vector:
    """The vector with length one."""
    size = length_of(a)
    return (a[0] / size, a[1] / size, a[2] / size) if size else a


def angle_between(a: Vector, b: Vector) -> float:
    """The angle between two points, as seen from the middle."""
    return math.atan2(length_of(cross(a, b)), dot(a, b))


def valid_place(longitude: float | None, latitude: float | None) -> bool:
    """Whether the coordinates are a place on the globe."""
    return longitude is not None and latitude is not None and -180 <= longitude <= 180 and -90 <= latitude <= 90


def path_of(value: Json) -> list[Vector] | None:
    """GeoJSON positions as points; null when one is no place."""
    if not isinstance(value, list):
        return None
    points: list[Vector] = []
    for pair in value:
        if (
            not isinstance(pair, list)
            or len(pair) < 2
            or not all(isinstance(c, (int, float)) and not isinstance(c, bool) for c in pair[:2])
        ):
            return None
        x, y = float(pair[0]), float(pair[1])  # type: ignore[arg-type]
        if not valid_place(x, y):
            return None
        points.append(vector(x, y))
    return points


def lines_of(value: Json) -> list[list[Vector]] | None:
    """The lines of a GeoJSON LineString or MultiLineString; null when one is not valid."""
    if not isinstance(value, dict):
        return None
    parts = [value.get("coordinates")] if value.get("type") == "LineString" else value.get("coordinates")
    if value.get("type") not in ("LineString", "MultiLineString") or not isinstance(parts, list) or not parts:
        return None
    lines: list[list[Vector]] = []
    for part in parts:
        points = path_of(part)
        if points is None or len(points) < 2 or all(p == points[0] for p in points):
            return None
        lines.append(points)
    return lines


def polygons_of(value: Json) -> list[list[list[Vector]]] | None:
    """The polygons of a GeoJSON Polygon or MultiPolygon, each a shell and its holes, without closing points; null when one is not valid."""
    if not isinstance(value, dict):
        return None
    parts = [value.get("coordinates")] if value.get("type") == "Polygon" else value.get("coordinates")
    if value.get("type") not in ("Polygon", "MultiPolygon") or not isinstance(parts, list) or not parts:
        return None
    polygons: list[list[list[Vector]]] = []
    for part in parts:
        if not isinstance(part, list) or not part:
            return None
        rings: list[list[Vector]] = []
        for ring in part:
            points = path_of(ring)
            if points is None or len(points) < 4 or points[0] != points[-1] or len(set(points)) < len(points) - 1:
                return None
            rings.append(points[:-1])
        polygons.append(rings)
    return polygons


def edges(points: list[Vector], closed: bool) -> Iterator[tuple[Vector, Vector]]:
    """The edges of a line or ring."""
    yield from zip(points, points[1:] + (points[:1] if closed else []), strict=False)


def all_edges(polygons: list[list[list[Vector]]]) -> Iterator[tuple[Vector, Vector]]:
    """The edges of all rings."""
    for rings in polygons:
        for ring in rings:
            yield from edges(ring, True)


def ring_holds(ring: list[Vector], point: Vector) -> bool:
    """Whether the point lies in the smaller side of a ring: the ring turns once around it."""
    turned = 0.0
    for a, b in edges(ring, True):
        first, second = cross(point, a), cross(point, b)
        turned += math.atan2(dot(point, cross(first, second)), dot(first, second))
    center = (sum(p[0] for p in ring), sum(p[1] for p in ring), sum(p[2] for p in ring))
    return abs(turned) > math.pi and dot(point, center) > 0


def polygons_hold(polygons: list[list[list[Vector]]], point: Vector) -> bool:
    """Whether the point lies in one of the polygons and not in its holes."""
    return any(ring_holds(rings[0], point) and not any(ring_holds(hole, point) for hole in rings[1:]) for rings in polygons)


def closest_on_edge(point: Vector, a: Vector, b: Vector) -> Vector:
    """The point of an edge that is nearest to a point."""
    normal = cross(a, b)
    if length_of(normal) > 0:
        foot = unit(cross(cross(normal, point), normal))
        if dot(cross(a, foot), normal) >= 0 and dot(cross(foot, b), normal) >= 0:
            return foot
    return a if dot(point, a) >= dot(point, b) else b


def edges_meet(a: Vector, b: Vector, c: Vector, d: Vector) -> bool:
    """Whether two edges have a point in common."""
    if {a, b} & {c, d}:
        return True
    n, m = cross(a, b), cross(c, d)
    sides = (dot(n, c), dot(n, d), dot(m, a), dot(m, b))
    return sides[0] * sides[1] <= 0 and sides[2] * sides[3] <= 0 and sides[0] * sides[3] >= 0 and dot(unit(n), unit(m)) ** 2 < 1


def geo_distance_2points(
    x1: float | None, y1: float | None, x2: float | None, y2: float | None, spheroid: float | None = None
) -> float | None:
    """Meters between two places."""
    if x1 is None or y1 is None or x2 is None or y2 is None or not valid_place(x1, y1) or not valid_place(x2, y2):
        return None
    a, b = math.radians(y1), math.radians(y2)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(x2 - x1) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(half)))


def geo_point_in_circle(
    x: float | None, y: float | None, center_x: float | None, center_y: float | None, radius: float | None
) -> bool | None:
    """Whether a place lies within a radius in meters."""
    distance = geo_distance_2points(x, y, center_x, center_y)
    return None if distance is None or radius is None or radius < 0 else distance <= radius


def geo_azimuth(x1: float | None, y1: float | None, x2: float | None, y2: float | None) -> float | None:
    """The clockwise angle between north and the way from the first place to the second, in radians."""
    if x1 is None or y1 is None or x2 is None or y2 is None or not valid_place(x1, y1) or not valid_place(x2, y2):
        return None
    a, b, step = math.radians(y1), math.radians(y2), math.radians(x2 - x1)
    turn = math.atan2(math.sin(step) * math.cos(b), math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(step))
    return turn % (2 * math.pi)


def geo_angle(x1: float | None, y1: float | None, x2: float | None, y2: float | None, x3: float | None, y3: float | None) -> float | None:
    """The clockwise angle at the second place from the first to the third, in radians."""
    first, second = geo_azimuth(x2, y2, x1, y1), geo_azimuth(x2, y2, x3, y3)
    return None if first is None or second is None else (second - first) % (2 * math.pi)


def geo_point_in_polygon(x: float | None, y: float | None, polygon: Json) -> bool | None:
    """Whether a place lies in a polygon."""
    shapes = polygons_of(polygon)
    if x is None or y is None or not valid_place(x, y) or shapes is None:
        return None
    return polygons_hold(shapes, vector(x, y))


def nearest(point: Vector, parts: Iterator[tuple[Vector, Vector]]) -> Vector:
    """The nearest point of some edges."""
    return max((closest_on_edge(point, a, b) for a, b in parts), key=lambda found: dot(point, found))


def geo_distance_point_to_line(x: float | None, y: float | None, line: Json) -> float | None:
    """Meters from a place to a line."""
    shapes = lines_of(line)
    if x is None or y is None or not valid_place(x, y) or shapes is None:
        return None
    point = vector(x, y)
    return EARTH_RADIUS * angle_between(point, nearest(point, (e for shape in shapes for e in edges(shape, False))))


def geo_distance_point_to_polygon(x: float | None, y: float | None, polygon: Json) -> float | None:
    """Meters from a place to a polygon, 0 inside."""
    shapes = polygons_of(polygon)
    if x is None or y is None or not valid_place(x, y) or shapes is None:
        return None
    point = vector(x, y)
    return 0.0 if polygons_hold(shapes, point) else EARTH_RADIUS * angle_between(point, nearest(point, all_edges(shapes)))


def point_json(point: Vector) -> Json:
    """A GeoJSON point."""
    return {"type": "Point", "coordinates": place(point)}


def geo_closest_point_on_line(x: float | None, y: float | None, line: Json) -> Json:
    """The place of a line that is nearest to a place."""
    shapes = lines_of(line)
    if x is None or y is None or not valid_place(x, y) or shapes is None:
        return None
    return point_json(nearest(vector(x, y), (e for shape in shapes for e in edges(shape, False))))


def geo_closest_point_on_polygon(x: float | None, y: float | None, polygon: Json) -> Json:
    """The place of a polygon that is nearest to a place, inside the place itself."""
    shapes = polygons_of(polygon)
    if x is None or y is None or not valid_place(x, y) or shapes is None:
        return None
    point = vector(x, y)
    return {"type": "Point", "coordinates": [x, y]} if polygons_hold(shapes, point) else point_json(nearest(point, all_edges(shapes)))


def geo_line_length(line: Json) -> float | None:
    """The length of a line in meters."""
    shapes = lines_of(line)
    return None if shapes is None else EARTH_RADIUS * sum(angle_between(a, b) for shape in shapes for a, b in edges(shape, False))


def geo_polygon_perimeter(polygon: Json) -> float | None:
    """The length of a polygon's border in meters."""
    shapes = polygons_of(polygon)
    return None if shapes is None else EARTH_RADIUS * sum(angle_between(a, b) for a, b in all_edges(shapes))


def ring_area(ring: list[Vector]) -> float:
    """The area of a ring's smaller side on the unit sphere."""
    first = ring[0]
    total = 0.0
    for a, b in pairwise(ring[1:]):
        top = dot(first, cross(a, b))
        total += 2 * math.atan2(top, 1 + dot(first, a) + dot(a, b) + dot(b, first))
    return min(abs(total), 4 * math.pi - abs(total))


def geo_polygon_area(polygon: Json) -> float | None:
    """The area of a polygon in square meters."""
    shapes = polygons_of(polygon)
    if shapes is None:
        return None
    return EARTH_RADIUS**2 * sum(ring_area(rings[0]) - sum(map(ring_area, rings[1:])) for rings in shapes)


def geo_intersects_2lines(a: Json, b: Json) -> bool | None:
    """Whether two lines meet."""
    first, second = lines_of(a), lines_of(b)
    if first is None or second is None:
        return None
    others = [e for shape in second for e in edges(shape, False)]
    return any(edges_meet(*e, *o) for shape in first for e in edges(shape, False) for o in others)


def geo_intersects_line_with_polygon(line: Json, polygon: Json) -> bool | None:
    """Whether a line meets a polygon."""
    shapes, polygons = lines_of(line), polygons_of(polygon)
    if shapes is None or polygons is None:
        return None
    if any(polygons_hold(polygons, point) for shape in shapes for point in shape):
        return True
    others = list(all_edges(polygons))
    return any(edges_meet(*e, *o) for shape in shapes for e in edges(shape, False) for o in others)


def geo_intersects_2polygons(a: Json, b: Json) -> bool | None:
    """Whether two polygons meet."""
    first, second = polygons_of(a), polygons_of(b)
    if first is None or second is None:
        return None
    if any(polygons_hold(second, rings[0][0]) for rings in first) or any(polygons_hold(first, rings[0][0]) for rings in second):
        return True
    others = list(all_edges(second))
    return any(edges_meet(*e, *o) for e in all_edges(first) for o in others)


def geo_polygon_centroid(polygon: Json) -> Json:
    """The middle of a polygon's area as a GeoJSON point."""
    shapes = polygons_of(polygon)
    if shapes is None:
        return None
    total = (0.0, 0.0, 0.0)
    for rings in shapes:
        for number, ring in enumerate(rings):
            total = added(total, ring_moment(ring), -1.0 if number else 1.0)
    return point_json(total)


def ring_moment(ring: list[Vector]) -> Vector:
    """The integral of the place over a ring's smaller side."""
    moment = (0.0, 0.0, 0.0)
    for a, b in edges(ring, True):
        moment = added(moment, unit(cross(a, b)), angle_between(a, b) / 2)
    center = (sum(p[0] for p in ring), sum(p[1] for p in ring), sum(p[2] for p in ring))
    return moment if dot(moment, center) >= 0 else (-moment[0], -moment[1], -moment[2])


def added(a: Vector, b: Vector, factor: float) -> Vector:
    """a + factor * b."""
    return a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]


def geo_line_centroid(line: Json) -> Json:
    """The middle of a line as a GeoJSON point."""
    shapes = lines_of(line)
    if shapes is None:
        return None
    total = (0.0, 0.0, 0.0)
    for shape in shapes:
        for a, b in edges(shape, False):
            middle = added(a, b, 1.0)
            size = length_of(middle)
            total = added(total, middle, length_of(added(a, b, -1.0)) / size if size else 0.0)
    return point_json(total)


def geo_line_interpolate_point(line: Json, fraction: float | None) -> Json:
    """The place at a fraction of a line's length as a GeoJSON point."""
    shapes = lines_of(line)
    if shapes is None or len(shapes) != 1 or fraction is None or not 0 <= fraction <= 1:
        return None
    points = shapes[0]
    left = fraction * sum(angle_between(a, b) for a, b in edges(points, False))
    for a, b in edges(points, False):
        step = angle_between(a, b)
        if left <= step and step:
            side = unit(added(b, a, -dot(a, b)))
            return point_json(added((a[0] * math.cos(left), a[1] * math.cos(left), a[2] * math.cos(left)), side, math.sin(left)))
        left -= step
    return point_json(points[-1])
