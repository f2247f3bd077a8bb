"""Unions, intersections and meetings of lines and polygons."""

from __future__ import annotations

from typing import TypeAlias

from rulec_backends.python.runtime.geo_overlay import (
    cut_edges,
    merged_edges,
    middle_of,
    on_inner_edge,
    overlaid_regions,
    polygons_of_region,
    region_edges,
    region_of,
    united_regions,
)
from rulec_backends.python.runtime.geo_points import UndocumentedGeography, geo_coordinate, longitude_latitude
from rulec_backends.python.runtime.geo_shapes import GeoPolygon, border_edges, geo_lines, geo_polygons, path_edges, polygons_hold
from rulec_backends.python.runtime.geo_signs import boxes_apart, edge_crossing

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Vector: TypeAlias = "tuple[float, float, float]"
GeoPath: TypeAlias = "tuple[Vector, ...]"
GeoEdge: TypeAlias = "tuple[Vector, Vector]"


def united_polygons(polygons: tuple[GeoPolygon, ...]) -> tuple[GeoPolygon, ...]:
    """Polygons that do not overlap and cover the same."""
    return polygons if len(polygons) == 1 else polygons_of_region(united_regions([region_of([polygon]) for polygon in polygons]))


def united_lines(lines: tuple[GeoPath, ...]) -> list[GeoEdge]:
    """The edges of lines, those that they share once."""
    found: dict[GeoEdge, None] = {}
    for path in lines:
        for a, b in path_edges(path):
            if (b, a) not in found:
                found.setdefault((a, b))
    return list(found)


def coordinates_of(path: GeoPath) -> list[Json]:
    """Places as GeoJSON positions."""
    return [[geo_coordinate(x), geo_coordinate(y)] for x, y in map(longitude_latitude, path)]


def geo_shape(points: list[Vector], lines: list[GeoPath], polygons: tuple[GeoPolygon, ...]) -> Json:
    """Parts as one GeoJSON shape: one kind as shape or multi-shape, several kinds or nothing as collection."""
    if len(points) > 1:
        raise UndocumentedGeography("shapes that touch at several places")
    rings = [[coordinates_of((*ring, ring[0]) if k == 0 else (ring[0], *ring[::-1])) for k, ring in enumerate(p)] for p in polygons]
    kinds: list[tuple[str, list[Json]]] = [
        ("Point", [coordinates_of((point,))[0] for point in points]),
        ("LineString", [coordinates_of(path) for path in lines]),
        ("Polygon", [list(part) for part in rings]),
    ]
    shapes: list[Json] = []
    for kind, parts in kinds:
        if parts:
            shapes.append({"type": kind, "coordinates": parts[0]} if len(parts) == 1 else {"type": f"Multi{kind}", "coordinates": parts})
    return shapes[0] if len(shapes) == 1 else {"type": "GeometryCollection", "geometries": shapes}


def geo_union_polygons_array(polygons: Json) -> Json:
    """The union of polygons and multipolygons; null when one is not valid."""
    if not isinstance(polygons, list) or not polygons:
        return None
    regions: list[list[GeoPath]] = []
    for value in polygons:
        parts = geo_polygons(value)
        if parts is None:
            return None
        regions.append(region_of(united_polygons(parts)))
    return geo_shape([], [], polygons_of_region(united_regions(regions)))


def geo_union_lines_array(lines: Json) -> Json:
    """The union of lines and multilines; null when one is not valid.

    Raises:
        UndocumentedGeography: the lines branch or cross.
    """
    if not isinstance(lines, list) or not lines:
        return None
    paths: list[GeoPath] = []
    for value in lines:
        parts = geo_lines(value)
        if parts is None:
            return None
        paths.extend(parts)
    edges = list(dict.fromkeys(edge for path in paths for edge in path_edges(path)))
    for number, (a, b) in enumerate(edges):
        if any(not boxes_apart(a, b, c, d) and meets_inside(a, b, c, d) for c, d in edges[:number]):
            raise UndocumentedGeography("a union of lines that cross")
    return geo_shape([], chained_edges(edges), ())


def meets_inside(a: Vector, b: Vector, c: Vector, d: Vector) -> bool:
    """Whether edges meet elsewhere than at their ends, or run back on each other."""
    return (
        (a, b) == (d, c)
        or edge_crossing(a, b, c, d) > 0
        or any(on_inner_edge(place, c, d) for place in (a, b))
        or any(on_inner_edge(place, a, b) for place in (c, d))
    )


def chained_edges(edges: list[GeoEdge]) -> list[GeoPath]:
    """Edges joined to lines.

    Raises:
        UndocumentedGeography: several edges start or end at a place.
    """
    after = dict(edges)
    if len(after) < len(edges) or len({b for _, b in edges}) < len(edges):
        raise UndocumentedGeography("lines that branch")
    ends = set(after.values())
    found: list[GeoPath] = []
    for start in after:
        if start in ends:
            continue
        path = [start]
        while path[-1] in after:
            path.append(after[path[-1]])
        found.append(tuple(path))
    if sum(len(path) - 1 for path in found) < len(edges):
        raise UndocumentedGeography("lines that close a ring")
    return found


def geo_intersection_2polygons(polygon1: Json, polygon2: Json) -> Json:
    """What two polygons or multipolygons have in common; an empty collection for nothing.

    Raises:
        UndocumentedGeography: they share an edge only, or touch at several places.
    """
    first, second = geo_polygons(polygon1), geo_polygons(polygon2)
    if first is None or second is None:
        return None
    rings, shared, touching = overlaid_regions(region_of(united_polygons(first)), region_of(united_polygons(second)), inside=True)
    if shared:
        raise UndocumentedGeography("an intersection of polygons that share an edge")
    return geo_shape(touching, [], polygons_of_region(rings))


def geo_intersection_2lines(line1: Json, line2: Json) -> Json:
    """What two lines or multilines have in common; an empty collection for nothing.

    Raises:
        UndocumentedGeography: they meet at several places.
    """
    first, second = geo_lines(line1), geo_lines(line2)
    if first is None or second is None:
        return None
    edges = merged_edges([united_lines(first), united_lines(second)])
    parts = [[piece for group in part for piece in group] for part in cut_edges(edges[0], edges[1])]
    other = {ends for a, b in parts[1] for ends in ((a, b), (b, a))}
    shared = [piece for piece in parts[0] if piece in other]
    used = {place for edge in shared for place in edge}
    corners = {place for edge in parts[1] for place in edge}
    points = [place for place in dict.fromkeys(p for edge in parts[0] for p in edge) if place in corners and place not in used]
    return geo_shape(points, chained_edges(shared), ())


def geo_intersection_line_with_polygon(line: Json, polygon: Json) -> Json:
    """The parts of a line or multiline in a polygon or multipolygon, its border included; an empty collection for nothing.

    Raises:
        UndocumentedGeography: the parts touch each other, or only touch the polygon at several places.
    """
    lines, polygons = geo_lines(line), geo_polygons(polygon)
    if lines is None or polygons is None:
        return None
    polygons = united_polygons(polygons)
    edges = merged_edges([united_lines(lines), region_edges(region_of(polygons))])
    parts = [[piece for group in part for piece in group] for part in cut_edges(edges[0], edges[1])]
    borders = {ends for a, b in parts[1] for ends in ((a, b), (b, a))}
    inside = [piece for piece in parts[0] if piece in borders or polygons_hold(polygons, middle_of(piece))]
    used = {place for edge in inside for place in edge}
    corners = {place for edge in parts[1] for place in edge}
    points = [place for place in dict.fromkeys(p for edge in parts[0] for p in edge) if place in corners and place not in used]
    return geo_shape(points, chained_edges(inside), ())


def edges_meet(first: list[GeoEdge], second: list[GeoEdge]) -> bool:
    """Whether an edge of one list meets one of the other."""
    return any(not boxes_apart(a, b, c, d) and edge_crossing(a, b, c, d) >= 0 for a, b in first for c, d in second)


def geo_intersects_2lines(line1: Json, line2: Json) -> bool | None:
    """Whether two lines or multilines meet."""
    first, second = geo_lines(line1), geo_lines(line2)
    return None if first is None or second is None else edges_meet(united_lines(first), united_lines(second))


def geo_intersects_line_with_polygon(line: Json, polygon: Json) -> bool | None:
    """Whether a line or multiline meets a polygon or multipolygon."""
    lines, polygons = geo_lines(line), geo_polygons(polygon)
    if lines is None or polygons is None:
        return None
    return any(polygons_hold(polygons, path[0]) for path in lines) or edges_meet(united_lines(lines), border_edges(polygons))


def geo_intersects_2polygons(polygon1: Json, polygon2: Json) -> bool | None:
    """Whether two polygons or multipolygons meet."""
    first, second = geo_polygons(polygon1), geo_polygons(polygon2)
    if first is None or second is None:
        return None
    for ones, others in ((first, second), (second, first)):
        if any(polygons_hold(ones, rings[0][0]) for rings in others):
            return True
    return edges_meet(border_edges(first), border_edges(second))
