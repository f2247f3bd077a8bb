"""H3 cells by the library `h3`: places, borders, rings and polygons."""

from __future__ import annotations

import math
from importlib import import_module
from itertools import pairwise
from types import ModuleType
from typing import TypeAlias

from rulec_backends.python.runtime.geo_h3 import h3_cell
from rulec_backends.python.runtime.geo_order import hash_set_order
from rulec_backends.python.runtime.geo_points import UndocumentedGeography, on_globe
from rulec_backends.python.runtime.geo_shapes import geo_polygons

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
#: Latitude and longitude in degrees.
Ring: TypeAlias = "list[tuple[float, float]]"

H3_MOST_CELLS = 61_680
H3_LONGEST_RADIUS = 142


def h3_library() -> ModuleType:
    """The library `h3`.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    try:
        return import_module("h3")
    except ModuleNotFoundError:
        raise ModuleNotFoundError("H3 cells need the library h3: `pip install h3`") from None


def geo_point_to_h3cell(longitude: float | None, latitude: float | None, level: float | None = 6) -> str:
    """The H3 cell of a level, 0 to 15, that a place is in; '' when there is none."""
    if level is None or not 0 <= level <= 15 or not on_globe(longitude, latitude):
        return ""
    return str(h3_library().latlng_to_cell(latitude, longitude, int(level)))


def geo_h3cell_to_central_point(text: str) -> Json:
    """The middle of an H3 cell as GeoJSON."""
    if h3_cell(text) is None:
        return None
    latitude, longitude = h3_library().cell_to_latlng(text)
    return {"type": "Point", "coordinates": [longitude, latitude]}


def geo_h3cell_to_polygon(text: str) -> Json:
    """The border of an H3 cell as GeoJSON."""
    if h3_cell(text) is None:
        return None
    border = [[longitude, latitude] for latitude, longitude in h3_library().cell_to_boundary(text)]
    return {"type": "Polygon", "coordinates": [[*border, border[0]]]}


def geo_h3cell_neighbors(text: str) -> list[Json] | None:
    """The cells that touch an H3 cell."""
    rings = geo_h3cell_rings(text, 1)
    return None if rings is None else rings[1]  # type: ignore[return-value]


def geo_h3cell_rings(text: str, radius: float | None) -> list[Json] | None:
    """The cells around an H3 cell, by their distance up to the radius; null for more than 142."""
    if h3_cell(text) is None or radius is None or not 0 <= radius <= H3_LONGEST_RADIUS:
        return None
    disk = h3_library().grid_disk
    cells, ends = disk(text, int(radius)), [0, *(1 + 3 * k * (k + 1) for k in range(int(radius) + 1))]
    if len(cells) == ends[-1]:
        return [cells[begin:end] for begin, end in pairwise(ends)]
    # A pentagon has five neighbors: rings near one are shorter.
    rings: list[Json] = []
    seen: set[str] = set()
    for k in range(int(radius) + 1):
        inner = set(disk(text, k))
        rings.append([c for c in cells if c in inner and c not in seen])
        seen |= inner
    return rings


def geo_polygon_to_h3cells(polygon: Json, level: float | None = 6) -> list[Json] | None:
    """The H3 cells of a level, 0 to 15, with their middle in a polygon; null for more than 61,680.

    Raises:
        UndocumentedGeography: a multipolygon with several polygons.
    """
    polygons = geo_polygons(polygon)
    if polygons is None or level is None or not 0 <= level <= 15 or not isinstance(polygon, dict):
        return None
    if len(polygons) > 1:
        raise UndocumentedGeography("H3 cells of several polygons")
    shape: list[list[list[float]]] = polygon["coordinates"] if polygon["type"] == "Polygon" else polygon["coordinates"][0]  # type: ignore
    rings = [[(float(y), float(x)) for x, y in ring[:-1]] for ring in shape]
    if h3_table_size(rings, int(level)) > 100 * H3_MOST_CELLS:
        return None
    h3 = h3_library()
    cells = h3.polygon_to_cells(h3.LatLngPoly(*rings), int(level))
    return [*hash_set_order(h3_table_order(cells, rings, int(level)))] if len(cells) <= H3_MOST_CELLS else None


def h3_pentagon_radius(level: int) -> float:
    """The kilometers from the middle of the first pentagon of a level to its first corner."""
    h3 = h3_library()
    pentagon = min(h3.get_pentagons(level))
    return float(h3.great_circle_distance(h3.cell_to_latlng(pentagon), h3.cell_to_boundary(pentagon)[0], unit="km"))


def h3_table_size(rings: list[Ring], level: int) -> int:
    """The size of the hash table in which the engine's H3 collects the cells of a polygon."""
    latitudes, longitudes = [y for y, _ in rings[0]], [x for _, x in rings[0]]
    if max(longitudes) - min(longitudes) > 180:
        longitudes = [x + 360 if x < 0 else x for x in longitudes]
    width, height = max(longitudes) - min(longitudes), max(latitudes) - min(latitudes)
    corners = (max(latitudes), max(longitudes)), (min(latitudes), min(longitudes))
    diagonal: float = h3_library().great_circle_distance(*corners, unit="km")
    ratio = max(width, height) / (min(width, height) or 1e-9)
    cells = math.ceil(diagonal**2 / min(3.0, ratio) / (0.8 * (2.59807621135 * h3_pentagon_radius(level) ** 2)))
    return max(cells, 1, sum(map(len, rings))) + 12


def h3_table_order(cells: list[str], rings: list[Ring], level: int) -> list[str]:
    """The cells of a polygon in the order of that table: from the border inwards, each at its number or the next free place."""
    h3, inside, size, spacing = h3_library(), set(cells), h3_table_size(rings, level), 2 * h3_pentagon_radius(level)
    waiting: dict[str, None] = {}
    for ring in rings:
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
            count = max(1, math.ceil(h3.great_circle_distance(a, b, unit="km") / spacing))
            for k in range(count):
                latitude, longitude = ((x * (count - k) + y * k) / count for x, y in zip(a, b, strict=True))
                waiting[h3.latlng_to_cell(latitude, longitude, level)] = None
    slots: dict[int, str] = {}
    while waiting:
        fresh: dict[str, None] = {}
        for near in (n for cell in waiting for n in h3.grid_disk(cell, 1) if n in inside):
            inside.remove(near)
            slot = int(near, 16) % size
            while slot in slots:
                slot = (slot + 1) % size
            slots[slot] = near
            fresh[near] = None
        waiting = fresh
    return [slots[slot] for slot in sorted(slots)]
