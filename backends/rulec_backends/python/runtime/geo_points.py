"""Places on the globe as unit vectors: angles, distances, directions.

Edges are great circles of a sphere of 6,371,010 meters, as the documented distances show.
"""

from __future__ import annotations

import math
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Vector: TypeAlias = "tuple[float, float, float]"

EARTH_RADIUS = 6_371_010.0
DEGREE = math.pi / 180


class UndocumentedGeography(ValueError):
    """A shape for which the engine's answer is not documented: better no answer than a guessed one."""


def on_globe(longitude: object, latitude: object) -> bool:
    """Whether the values are numbers in the range of a longitude and a latitude in degrees."""
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (longitude, latitude))
    return numbers and -180 <= longitude <= 180 and -90 <= latitude <= 90  # type: ignore[operator]


def place_vector(longitude: float, latitude: float) -> Vector:
    """A place as unit vector."""
    across, up = longitude * DEGREE, latitude * DEGREE
    return math.cos(across) * math.cos(up), math.sin(across) * math.cos(up), math.sin(up)


def longitude_latitude(v: Vector) -> tuple[float, float]:
    """A vector's longitude and latitude in degrees."""
    return math.atan2(v[1], v[0]) * (180 / math.pi), math.atan2(v[2], math.sqrt(v[0] * v[0] + v[1] * v[1])) * (180 / math.pi)


def cross_product(a: Vector, b: Vector) -> Vector:
    """The cross product."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def dot_product(a: Vector, b: Vector) -> float:
    """The scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def vector_length(v: Vector) -> float:
    """The Euclidean length."""
    return math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])


def weighted_sum(a: Vector, weight_a: float, b: Vector, weight_b: float) -> Vector:
    """A weighted sum."""
    return a[0] * weight_a + b[0] * weight_b, a[1] * weight_a + b[1] * weight_b, a[2] * weight_a + b[2] * weight_b


def unit_vector(v: Vector) -> Vector:
    """The vector with length 1; the zero vector stays."""
    size = vector_length(v)
    return (v[0] / size, v[1] / size, v[2] / size) if size else v


def edge_normal(a: Vector, b: Vector) -> Vector:
    """A normal of the plane through two places, also exact where they are close."""
    return cross_product(weighted_sum(a, 1, b, 1), weighted_sum(b, 1, a, -1))


def angle_between(a: Vector, b: Vector) -> float:
    """The angle between two vectors in radians."""
    return math.atan2(vector_length(cross_product(a, b)), dot_product(a, b))


def chord_angle(a: Vector, b: Vector) -> float:
    """The angle between two unit vectors in radians, exact for small angles."""
    return 2 * math.asin(min(1.0, 0.5 * vector_length(weighted_sum(a, 1, b, -1))))


def geo_coordinate(value: float) -> int | float:
    """A coordinate as JSON has it: whole ones are written without a point."""
    return int(value) if value == int(value) else value


def geo_point(v: Vector) -> Json:
    """A vector as GeoJSON point."""
    longitude, latitude = longitude_latitude(v)
    return {"type": "Point", "coordinates": [geo_coordinate(longitude), geo_coordinate(latitude)]}


def geo_distance_2points(
    longitude1: float | None, latitude1: float | None, longitude2: float | None, latitude2: float | None
) -> float | None:
    """Meters between two places on the sphere.

    Source: documented answers, to 15 digits.
    """
    if longitude1 is None or latitude1 is None or longitude2 is None or latitude2 is None:
        return None
    if not on_globe(longitude1, latitude1) or not on_globe(longitude2, latitude2):
        return None
    up1, up2 = latitude1 * DEGREE, latitude2 * DEGREE
    north, east = math.sin(0.5 * (up2 - up1)), math.sin(0.5 * (longitude2 * DEGREE - longitude1 * DEGREE))
    return 2 * math.asin(math.sqrt(min(1.0, north * north + east * east * math.cos(up1) * math.cos(up2)))) * EARTH_RADIUS


def geo_point_in_circle(
    longitude: float | None, latitude: float | None, center_longitude: float | None, center_latitude: float | None, radius: float | None
) -> bool | None:
    """Whether a place lies within a radius in meters; the radius must be positive."""
    distance = geo_distance_2points(longitude, latitude, center_longitude, center_latitude)
    return None if distance is None or radius is None or not radius > 0 else distance <= radius


def geo_azimuth(longitude1: float | None, latitude1: float | None, longitude2: float | None, latitude2: float | None) -> float | None:
    """The direction from one place to another in radians, from north over east, 0 to 2π; null between the same or opposite places.

    Raises:
        UndocumentedGeography: the first place is a pole.
    """
    if longitude1 is None or latitude1 is None or longitude2 is None or latitude2 is None:
        return None
    if not on_globe(longitude1, latitude1) or not on_globe(longitude2, latitude2):
        return None
    if without_direction(place_vector(longitude1, latitude1), place_vector(longitude2, latitude2)):
        return None
    if abs(latitude1) == 90:
        raise UndocumentedGeography("geo_azimuth: at a pole every direction is the same")
    east, up1, up2 = (longitude2 - longitude1) * DEGREE, latitude1 * DEGREE, latitude2 * DEGREE
    ahead = math.cos(up1) * math.sin(up2) - math.sin(up1) * math.cos(up2) * math.cos(east)
    return math.atan2(math.sin(east) * math.cos(up2), ahead) % (2 * math.pi)


def without_direction(a: Vector, b: Vector) -> bool:
    """Whether two places are the same or opposite, so that no way between them is the shortest."""
    return vector_length(cross_product(a, b)) < 1e-15


def geo_angle(
    longitude1: float | None,
    latitude1: float | None,
    longitude2: float | None,
    latitude2: float | None,
    longitude3: float | None,
    latitude3: float | None,
) -> float | None:
    """The clockwise angle at the second place from the first to the third in radians, 0 to 2π; null where a way has no direction."""
    if longitude1 is None or latitude1 is None or longitude2 is None or latitude2 is None or longitude3 is None or latitude3 is None:
        return None
    if not (on_globe(longitude1, latitude1) and on_globe(longitude2, latitude2) and on_globe(longitude3, latitude3)):
        return None
    a, b, c = place_vector(longitude1, latitude1), place_vector(longitude2, latitude2), place_vector(longitude3, latitude3)
    if without_direction(a, b) or without_direction(b, c):
        return None
    first, second = cross_product(b, a), cross_product(b, c)
    return -math.atan2(dot_product(b, cross_product(first, second)), dot_product(first, second)) % (2 * math.pi)
