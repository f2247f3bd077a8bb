"""GeoJSON lines and polygons as places on the sphere, checked as the engine checks them.

A polygon is a shell and its holes, rings without their closing place; each ring turns counterclockwise around its smaller side.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import TypeAlias

from rulec_backends.python.runtime.geo_points import UndocumentedGeography, cross_product, dot_product, on_globe, place_vector
from rulec_backends.python.runtime.geo_signs import counterclockwise_order, crosses_or_counts, edge_crossing, reference_direction, turn_side

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Vector: TypeAlias = "tuple[float, float, float]"
GeoPath: TypeAlias = "tuple[Vector, ...]"
GeoPolygon: TypeAlias = "tuple[GeoPath, ...]"

#: A place that lies on no edge that people draw.
FAR_PLACE = (-0.0099994664350250197, 0.0025924542609324121, 0.99994664350250195)
#: Shapes that were read, by the identity of their JSON value, which is kept with them.
READ_LINES: dict[int, tuple[Json, tuple[GeoPath, ...] | None]] = {}
READ_POLYGONS: dict[int, tuple[Json, tuple[GeoPolygon, ...] | None]] = {}


def geo_lines(value: Json) -> tuple[GeoPath, ...] | None:
    """The lines of a LineString or MultiLineString; null when it is none or not valid.

    Raises:
        UndocumentedGeography: a place has an altitude or follows itself.
    """
    found = READ_LINES.get(id(value))
    if found is None or found[0] is not value:
        if len(READ_LINES) > 1000:
            READ_LINES.clear()
        found = READ_LINES[id(value)] = (value, read_lines(value))
    return found[1]


def read_lines(value: Json) -> tuple[GeoPath, ...] | None:
    """`geo_lines`, without looking for what was read before."""
    lines = [path_of(part) for part in parts_of(value, "LineString")]
    if not lines or any(line is None or len(line) < 2 for line in lines):
        return None
    paths = tuple(line for line in lines if line is not None)
    if any(antipodal_places(a, b) for path in paths for a, b in path_edges(path)):
        return None
    if any(a == b for path in paths for a, b in path_edges(path)):
        raise UndocumentedGeography("a line with the same place twice in a row")
    return paths


def parts_of(value: Json, kind: str) -> list[Json]:
    """The coordinates of each part of a shape or multi-shape; empty when it is of another kind."""
    if not isinstance(value, dict):
        return []
    coordinates = value.get("coordinates")
    if value.get("type") == kind:
        return [coordinates]
    return coordinates if value.get("type") == f"Multi{kind}" and isinstance(coordinates, list) else []


def path_of(value: Json) -> GeoPath | None:
    """GeoJSON positions as places; null when one is not valid."""
    if not isinstance(value, list):
        return None
    found: list[Vector] = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) < 2 or not on_globe(pair[0], pair[1]):
            return None
        if len(pair) > 2:
            raise UndocumentedGeography("a place with an altitude")
        found.append(place_vector(float(pair[0]), float(pair[1])))  # type: ignore[arg-type]
    return tuple(found)


def antipodal_places(a: Vector, b: Vector) -> bool:
    """Whether the places are opposite, so that no shortest edge joins them."""
    return dot_product(a, b) < 0 and dot_product(cross_product(a, b), cross_product(a, b)) < 1e-30


def path_edges(path: GeoPath) -> Iterator[tuple[Vector, Vector]]:
    """The edges of an open path."""
    return pairwise(path)


def ring_edges(ring: GeoPath) -> Iterator[tuple[Vector, Vector]]:
    """The edges of a ring."""
    return zip(ring, ring[1:] + ring[:1], strict=True)


def border_edges(polygons: tuple[GeoPolygon, ...]) -> list[tuple[Vector, Vector]]:
    """All edges of polygons."""
    return [edge for rings in polygons for ring in rings for edge in ring_edges(ring)]


def geo_polygons(value: Json) -> tuple[GeoPolygon, ...] | None:
    """The polygons of a Polygon or MultiPolygon; null when it is none or not valid.

    Raises:
        UndocumentedGeography: a place has an altitude, or a hole is not inside its shell.
    """
    found = READ_POLYGONS.get(id(value))
    if found is None or found[0] is not value:
        if len(READ_POLYGONS) > 1000:
            READ_POLYGONS.clear()
        found = READ_POLYGONS[id(value)] = (value, read_polygons(value))
    return found[1]


def read_polygons(value: Json) -> tuple[GeoPolygon, ...] | None:
    """`geo_polygons`, without looking for what was read before."""
    polygons: list[GeoPolygon] = []
    for part in parts_of(value, "Polygon"):
        rings = [ring_of(ring) for ring in part] if isinstance(part, list) else []
        if not rings or any(ring is None for ring in rings):
            return None
        polygon = tuple(ring for ring in rings if ring is not None)
        if rings_cross(polygon):
            return None
        if any(not ring_holds(polygon[0], inner_place(hole)) for hole in polygon[1:]):
            raise UndocumentedGeography("a polygon with a hole outside of its shell")
        polygons.append(polygon)
    return tuple(polygons) or None


def ring_of(value: Json) -> GeoPath | None:
    """A linear ring, turned so that its smaller side is on the left; null when it is not valid."""
    path = path_of(value)
    if path is None or len(path) < 4 or path[0] != path[-1]:
        return None
    ring = path[:-1]
    if len(set(ring)) < len(ring) or any(antipodal_places(a, b) for a, b in ring_edges(ring)):
        return None
    return ring if turns_left(ring) else ring[::-1]


def turns_left(ring: GeoPath) -> bool:
    """Whether the side on the left of a ring is at most half of the sphere."""
    total = 0.0
    for k, at in enumerate(ring):
        before, after = cross_product(ring[k - 1], at), cross_product(at, ring[(k + 1) % len(ring)])
        total += math.atan2(dot_product(at, cross_product(before, after)), dot_product(before, after))
    return total >= -1e-12


def rings_cross(rings: GeoPolygon) -> bool:
    """Whether edges of a polygon cross, or rings share an edge."""
    edges = sorted(
        (min(a[2], b[2]) - slack, max(a[2], b[2]) + slack, number, a, b)
        for number, ring in enumerate(rings)
        for a, b in ring_edges(ring)
        for slack in ((1 - dot_product(a, b)) / 2 + 1e-15,)
    )
    open_edges: list[tuple[float, float, int, Vector, Vector]] = []
    for edge in edges:
        open_edges = [other for other in open_edges if other[1] >= edge[0]]
        for other in open_edges:
            if edge_crossing(edge[3], edge[4], other[3], other[4]) > 0 or {edge[3], edge[4]} == {other[3], other[4]}:
                return True
        open_edges.append(edge)
    return False


def inner_place(ring: GeoPath) -> Vector:
    """A place on the first edge of a ring, which is not one of its vertices."""
    a, b = ring[0], ring[1]
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def ring_holds(ring: GeoPath, place: Vector) -> bool:
    """Whether a place lies on the left of a ring. A place on the border lies on one of its sides."""
    at = ring[1]
    at_inside = not counterclockwise_order(reference_direction(at), ring[2], ring[0], at)
    return at_inside ^ sides_change(ring, at) ^ sides_change(ring, place)


def sides_change(ring: GeoPath, place: Vector) -> bool:
    """Whether the way from the far place to this one changes the side of a ring."""
    changed = False
    before, last = ring[-1], turn_side(FAR_PLACE, place, ring[-1])
    for vertex in ring:
        turn = turn_side(FAR_PLACE, place, vertex)
        if turn == 0 or last == 0:
            changed ^= crosses_or_counts(FAR_PLACE, place, before, vertex)
        elif turn != last and turn_side(before, vertex, place) == -turn and turn_side(before, vertex, FAR_PLACE) == turn:
            changed = not changed
        before, last = vertex, turn
    return changed


def polygon_holds(polygon: GeoPolygon, place: Vector) -> bool:
    """Whether a place lies in the shell and in none of the holes."""
    return sum(ring_holds(ring, place) for ring in polygon) % 2 == 1


def polygons_hold(polygons: tuple[GeoPolygon, ...], place: Vector) -> bool:
    """Whether a place lies in one of the polygons."""
    return any(polygon_holds(polygon, place) for polygon in polygons)
