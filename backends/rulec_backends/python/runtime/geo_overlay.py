"""Borders laid over each other: cut where they meet, told inside from outside, joined to rings again.

The order of rings and their first places are those of Google's S2 library, as the documented answers have them: edges are numbered
as they come in, rings are ordered by their first edge and turned until their last edge is the one that came in last.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import TypeAlias

from rulec_backends.python.runtime.geo_points import chord_angle, cross_product, dot_product, edge_normal, unit_vector, weighted_sum
from rulec_backends.python.runtime.geo_shapes import GeoPolygon, ring_edges, ring_holds, turns_left
from rulec_backends.python.runtime.geo_signs import edge_crossing, meeting_point

Vector: TypeAlias = "tuple[float, float, float]"
GeoPath: TypeAlias = "tuple[Vector, ...]"
GeoEdge: TypeAlias = "tuple[Vector, Vector]"
NumberedEdge: TypeAlias = "tuple[int, Vector, Vector]"

#: Places that are closer than this are one.
MERGE_RADIUS = 3.6e-15


def merged_edges(groups: list[list[GeoEdge]]) -> list[list[GeoEdge]]:
    """The edges with places that are one made equal; edges of no length are left out."""
    places = sorted({place for edges in groups for edge in edges for place in edge})
    same: dict[Vector, Vector] = {}
    for number, place in enumerate(places):
        same[place] = place
        for other in reversed(places[max(0, number - 50) : number]):
            if place[0] - other[0] > MERGE_RADIUS:
                break
            if chord_angle(place, other) <= MERGE_RADIUS:
                same[place] = same[other]
                break
    return [[(same[a], same[b]) for a, b in edges if same[a] != same[b]] for edges in groups]


def on_inner_edge(place: Vector, a: Vector, b: Vector) -> bool:
    """Whether a place lies on an edge but at neither end."""
    if place in (a, b):
        return False
    across = unit_vector(edge_normal(a, b))
    return (
        abs(dot_product(place, across)) <= MERGE_RADIUS
        and dot_product(cross_product(across, a), place) > 0
        and dot_product(cross_product(b, across), place) > 0
    )


def neighboring_edges(first: list[GeoEdge], second: list[GeoEdge]) -> Iterable[tuple[int, int]]:
    """The numbers of edges of both lists whose heights overlap."""
    spans = sorted(
        (min(a[2], b[2]) - slack, max(a[2], b[2]) + slack, group, number)
        for group, edges in enumerate((first, second))
        for number, (a, b) in enumerate(edges)
        for slack in (max(0.0, 1 - dot_product(a, b)) / 2 + 1e-14,)
    )
    started: tuple[list[tuple[float, int]], list[tuple[float, int]]] = ([], [])
    for low, high, group, number in spans:
        others = started[1 - group]
        others[:] = [other for other in others if other[0] >= low]
        for _, other in others:
            yield (number, other) if group == 0 else (other, number)
        started[group].append((high, number))


def cut_edges(first: list[GeoEdge], second: list[GeoEdge]) -> tuple[list[list[GeoEdge]], list[list[GeoEdge]]]:
    """The pieces of each edge between the places where it meets the other list's edges."""
    cuts: tuple[dict[int, set[Vector]], dict[int, set[Vector]]] = ({}, {})
    for i, j in neighboring_edges(first, second):
        (a, b), (c, d) = first[i], second[j]
        touched = False
        for edges, number, ends, edge in ((cuts[0], i, (c, d), (a, b)), (cuts[1], j, (a, b), (c, d))):
            for end in ends:
                if on_inner_edge(end, *edge):
                    edges.setdefault(number, set()).add(end)
                    touched = True
        if not touched and edge_crossing(a, b, c, d) > 0:
            at = meeting_point(a, b, c, d)
            at = next((end for end in (a, b, c, d) if chord_angle(end, at) <= MERGE_RADIUS), at)
            cuts[0].setdefault(i, set()).add(at)
            cuts[1].setdefault(j, set()).add(at)
    return edge_pieces(first, cuts[0]), edge_pieces(second, cuts[1])


def edge_pieces(edges: list[GeoEdge], cuts: dict[int, set[Vector]]) -> list[list[GeoEdge]]:
    """Each edge as the edges between its cuts."""
    found: list[list[GeoEdge]] = []
    for number, (a, b) in enumerate(edges):
        at = [a, *sorted(cuts.get(number, set()) - {a, b}, key=lambda place: chord_angle(a, place)), b]
        found.append(list(pairwise(at)))
    return found


def region_edges(rings: list[GeoPath]) -> list[GeoEdge]:
    """The edges of rings whose inside is on the left."""
    return [edge for ring in rings for edge in ring_edges(ring)]


def region_of(polygons: Iterable[GeoPolygon]) -> list[GeoPath]:
    """The rings of polygons with the inside on the left: holes turn clockwise."""
    return [ring if number == 0 else ring[::-1] for rings in polygons for number, ring in enumerate(rings)]


def region_holds(rings: list[GeoPath], place: Vector) -> bool:
    """Whether a place lies inside of a region."""
    return sum(ring_holds(ring if turns_left(ring) else ring[::-1], place) for ring in rings) % 2 == 1


def middle_of(edge: GeoEdge) -> Vector:
    """The middle of an edge."""
    return unit_vector(weighted_sum(edge[0], 1, edge[1], 1))


def overlaid_regions(first: list[GeoPath], second: list[GeoPath], inside: bool) -> tuple[list[GeoPath], list[GeoEdge], list[Vector]]:
    """Two regions' intersection (`inside`) or union: its rings, and what the regions only share."""
    edges = merged_edges([region_edges(first), region_edges(second)])
    parts = cut_edges(edges[0], edges[1])
    sets = [{piece for group in part for piece in group} for part in parts]
    kept: list[NumberedEdge] = []
    shared: list[GeoEdge] = []
    for own, other in ((0, 1), (1, 0)):
        rings = (second, first)[own]
        for number, group in enumerate(parts[own]):
            for a, b in group:
                if (a, b) in sets[other]:
                    if own == 0:
                        kept.append((number, a, b))
                elif (b, a) in sets[other]:
                    if own == 0:
                        shared.append((a, b))
                elif region_holds(rings, middle_of((a, b))) == inside:
                    kept.append((number + own * len(parts[0]), a, b))
    found = joined_edges(kept)
    used = {place for _, a, b in kept for place in (a, b)} | {place for edge in shared for place in edge}
    corners = [{place for piece in part for place in piece} for part in sets]
    touching = [] if not inside else [place for place in dict.fromkeys(p for e in edges[0] for p in e) if place in corners[1] - used]
    touching += [] if not inside else [p for p in corners[0] & corners[1] - used if p not in touching]
    return found, shared, touching


def joined_edges(edges: list[NumberedEdge]) -> list[GeoPath]:
    """Edges joined to rings, at places with several ways on by the leftmost one."""
    leaving: dict[Vector, list[int]] = {}
    for number, (_, a, _) in enumerate(edges):
        leaving.setdefault(a, []).append(number)
    left = dict.fromkeys(range(len(edges)))
    loops: list[list[int]] = []
    while left:
        at = next(iter(left))
        loop: list[int] = []
        while at in left:
            del left[at]
            loop.append(at)
            at = way_on_from(edges, edges[at], leaving.get(edges[at][2], [at]))
        loops.append(loop)
    turned = sorted(([edges[k] for k in turned_loop(loop, edges)] for loop in loops if len(loop) > 2), key=lambda loop: loop[0][0])
    return [tuple(a for _, a, _ in loop) for loop in turned]


def way_on_from(edges: list[NumberedEdge], edge: NumberedEdge, choices: list[int]) -> int:
    """The edge that goes on from one: of several, the one that turns left most."""
    _, before, here = edge
    return max(choices, key=lambda k: turn_angle(before, here, edges[k][2]))


def turn_angle(before: Vector, here: Vector, after: Vector) -> float:
    """How far the way turns left at a place, -π to π."""
    if before == after:
        return -math.pi
    first, second = cross_product(before, here), cross_product(here, after)
    return math.atan2(dot_product(here, cross_product(first, second)), dot_product(first, second))


def turned_loop(loop: list[int], edges: list[NumberedEdge]) -> list[int]:
    """A loop with the edge that came in last at its end; of its pieces, the last of the first run."""
    last, gap = 0, False
    for k in range(1, len(loop)):
        step = edges[loop[k]][0] - edges[loop[last]][0]
        if step < 0:
            gap = True
        elif step > 0 or not gap:
            last, gap = k, False
    cut_at = (last + 1) % len(loop)
    return loop[cut_at:] + loop[:cut_at]


def united_regions(regions: list[list[GeoPath]]) -> list[GeoPath]:
    """The union of regions: the two with the fewest places are united until one is left."""
    queue = sorted(((sum(map(len, rings)), rings) for rings in regions), key=lambda entry: entry[0])
    while len(queue) > 1:
        (size, first), (other, second), *rest = queue
        found, _, _ = overlaid_regions(first, second, inside=False)
        at = next((k for k, entry in enumerate(rest) if entry[0] > size + other), len(rest))
        queue = [*rest[:at], (size + other, found), *rest[at:]]
    return queue[0][1] if queue else []


def polygons_of_region(rings: list[GeoPath]) -> tuple[GeoPolygon, ...]:
    """A region's polygons: each shell with its holes, all turning counterclockwise around their smaller side."""
    found: list[list[GeoPath]] = [[ring] for ring in rings if turns_left(ring)]
    shells = [polygon[0] for polygon in found]
    for hole in (ring[::-1] for ring in rings if not turns_left(ring)):
        around = [polygon for polygon in found if ring_holds(polygon[0], middle_of((hole[0], hole[1])))]
        if around:
            max(around, key=lambda polygon: shell_depth(polygon[0], shells)).append(hole)
    return tuple(tuple(polygon) for polygon in found)


def shell_depth(ring: GeoPath, shells: list[GeoPath]) -> int:
    """How many shells hold a ring."""
    return sum(ring_holds(shell, middle_of((ring[0], ring[1]))) for shell in shells)
