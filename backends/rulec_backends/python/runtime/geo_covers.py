"""The S2 cells of a level that a line or polygon touches, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rulec_backends.python.runtime.geo_measures import nearest_on_edge
from rulec_backends.python.runtime.geo_points import chord_angle, dot_product, edge_normal, unit_vector, weighted_sum
from rulec_backends.python.runtime.geo_s2 import S2_SIZE, face_point, s2_parts, s2_token, uv_of
from rulec_backends.python.runtime.geo_shapes import border_edges, geo_lines, geo_polygons, path_edges, polygons_hold
from rulec_backends.python.runtime.geo_signs import edge_crossing

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Vector: TypeAlias = "tuple[float, float, float]"
GeoEdge: TypeAlias = "tuple[Vector, Vector]"
#: Whether a place lies inside.
Inside: TypeAlias = Callable[[Vector], bool]

S2_MOST_CELLS = 65536
#: A shape this near to a cell touches it.
S2_TOUCH = 1e-14


def geo_polygon_to_s2cells(polygon: Json, level: float | None = 11) -> list[Json] | None:
    """The S2 cells of a level, 0 to 30, that cover a polygon; null for more than 65,536."""
    polygons = geo_polygons(polygon)
    if polygons is None or level is None or not 0 <= level <= 30:
        return None
    return s2_cover(border_edges(polygons), lambda place: polygons_hold(polygons, place), int(level))


def geo_line_to_s2cells(line: Json, level: float | None = 11) -> list[Json] | None:
    """The S2 cells of a level, 0 to 30, that cover a line; null for more than 65,536."""
    lines = geo_lines(line)
    if lines is None or level is None or not 0 <= level <= 30:
        return None
    return s2_cover([edge for path in lines for edge in path_edges(path)], lambda place: False, int(level))


def s2_cover(edges: list[GeoEdge], inside: Inside, level: int) -> list[Json] | None:
    """The cells of a level that edges touch or that lie inside; null for too many."""
    found: list[Json] = []
    waiting = [(face << 61 | 1 << 60, edges) for face in range(5, -1, -1)]
    while waiting:
        cell, near = waiting.pop()
        corners = s2_corners(cell)
        near = touching_edges(corners, near)
        if not near and not inside(corners[0]):
            continue
        lowest = cell & -cell
        if lowest == 1 << 2 * (30 - level):
            found.append(s2_token(cell))
            if len(found) > S2_MOST_CELLS:
                return None
            continue
        waiting.extend((cell - lowest + (2 * child + 1) * (lowest >> 2), near) for child in range(3, -1, -1))
    return found


def s2_corners(cell: int) -> tuple[Vector, Vector, Vector, Vector]:
    """The corners of a cell, counterclockwise."""
    face, i, j, level = s2_parts(cell)
    size = 1 << (30 - level)
    a, b, c, d = (
        unit_vector(face_point(face, uv_of((i + x * size) / S2_SIZE), uv_of((j + y * size) / S2_SIZE)))
        for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))
    )
    return a, b, c, d


def touching_edges(corners: tuple[Vector, Vector, Vector, Vector], edges: list[GeoEdge]) -> list[GeoEdge]:
    """The edges that touch a cell."""
    a, b, c, d = corners
    middle = unit_vector(weighted_sum(weighted_sum(a, 1, b, 1), 1, weighted_sum(c, 1, d, 1), 1))
    radius = max(chord_angle(middle, corner) for corner in corners)
    sides = ((a, b), (b, c), (c, d), (d, a))
    walls = [unit_vector(edge_normal(*side)) for side in sides]
    return [edge for edge in edges if edge_near(edge, middle, radius) and edge_touches(edge, sides, walls)]


def edge_near(edge: GeoEdge, middle: Vector, radius: float) -> bool:
    """Whether an edge comes within a radius of a place."""
    return chord_angle(middle, nearest_on_edge(middle, *edge)) <= radius * (1 + 1e-12) + S2_TOUCH


def edge_touches(edge: GeoEdge, sides: tuple[GeoEdge, ...], walls: list[Vector]) -> bool:
    """Whether an edge has a place in common with a cell."""
    if any(all(dot_product(wall, end) >= -S2_TOUCH for wall in walls) for end in edge):
        return True
    if any(edge_crossing(*edge, *side) >= 0 for side in sides):
        return True
    return any(chord_angle(corner, nearest_on_edge(corner, *edge)) <= S2_TOUCH for corner, _ in sides)
