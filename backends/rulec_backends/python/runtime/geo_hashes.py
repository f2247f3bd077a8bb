"""Geohashes: places as text in base 32."""

from __future__ import annotations

from typing import TypeAlias

from rulec_backends.python.runtime.geo_order import hash_set_order
from rulec_backends.python.runtime.geo_points import UndocumentedGeography, geo_coordinate, on_globe

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

GEOHASH_DIGITS = "0123456789bcdefghjkmnpqrstuvwxyz"


def geo_point_to_geohash(longitude: float | None, latitude: float | None, accuracy: float | None = 5) -> str:
    """The geohash of a place; '' outside the globe or for an accuracy beyond 1 to 18."""
    if not on_globe(longitude, latitude) or accuracy is None or not 1 <= accuracy <= 18:
        return ""
    bounds = [[-180.0, 180.0], [-90.0, 90.0]]
    place = (longitude or 0.0, latitude or 0.0)
    digits, value = "", 0
    for bit in range(int(accuracy) * 5):
        axis = bounds[bit % 2]
        middle = (axis[0] + axis[1]) / 2
        upper = place[bit % 2] >= middle
        axis[0 if upper else 1] = middle
        value = value * 2 + upper
        if bit % 5 == 4:
            digits += GEOHASH_DIGITS[value]
            value = 0
    return digits


def geohash_bounds(text: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a geohash; null when it is none."""
    if not 1 <= len(text) <= 18 or any(c not in GEOHASH_DIGITS for c in text.lower()):
        return None
    bounds = [[-180.0, 180.0], [-90.0, 90.0]]
    bit = 0
    for char in text.lower():
        value = GEOHASH_DIGITS.index(char)
        for shift in range(4, -1, -1):
            axis = bounds[bit % 2]
            axis[0 if value >> shift & 1 else 1] = (axis[0] + axis[1]) / 2
            bit += 1
    return bounds[0][0], bounds[1][0], bounds[0][1], bounds[1][1]


def geo_geohash_to_central_point(text: str) -> Json:
    """The middle of a geohash as a GeoJSON point."""
    bounds = geohash_bounds(text)
    if bounds is None:
        return None
    west, south, east, north = bounds
    return {"type": "Point", "coordinates": [geo_coordinate((west + east) / 2), geo_coordinate((south + north) / 2)]}


def geo_geohash_to_polygon(text: str) -> Json:
    """The rectangle of a geohash as a GeoJSON polygon."""
    bounds = geohash_bounds(text)
    if bounds is None:
        return None
    west, south, east, north = map(geo_coordinate, bounds)
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def geo_geohash_neighbors(text: str) -> list[Json] | None:
    """The eight geohashes around one.

    Raises:
        UndocumentedGeography: the geohash touches a pole.
    """
    bounds = geohash_bounds(text)
    if bounds is None:
        return None
    west, south, east, north = bounds
    if south == -90 or north == 90:
        raise UndocumentedGeography("the neighbors of a geohash at a pole")
    found: list[str] = []
    for y in ((3 * north - south) / 2, (north + south) / 2, (3 * south - north) / 2):
        for x in ((3 * west - east) / 2, (west + east) / 2, (3 * east - west) / 2):
            found.append(geo_point_to_geohash((x + 180) % 360 - 180, y, len(text)))
    return [*hash_set_order([*found[:4], *found[5:]])]
