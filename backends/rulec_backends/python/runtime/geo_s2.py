"""S2 cells: a quadtree on the faces of a cube, in Hilbert order."""

from __future__ import annotations

import math
from typing import TypeAlias

from rulec_backends.python.runtime.geo_order import hash_set_order
from rulec_backends.python.runtime.geo_points import geo_coordinate, geo_point, longitude_latitude, on_globe, place_vector

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Vector: TypeAlias = "tuple[float, float, float]"

S2_POSITIONS = ((0, 1, 3, 2), (0, 3, 1, 2), (2, 3, 1, 0), (2, 1, 3, 0))
S2_TURNS = (1, 0, 0, 3)
S2_SIZE = 1 << 30


def face_uv(point: Vector) -> tuple[int, float, float]:
    """The face of the cube that a point lies on, and its coordinates there."""
    x, y, z = point
    axis = max(range(3), key=lambda i: abs(point[i]))
    face = axis if point[axis] >= 0 else axis + 3
    top = point[axis]
    sides = ((y, z), (-x, z), (-x, -y), (z, y), (z, -x), (-y, -x))[face]
    return face, sides[0] / top, sides[1] / top


def face_point(face: int, u: float, v: float) -> Vector:
    """The point with some coordinates on a face of the cube."""
    points = ((1, u, v), (-u, 1, v), (-u, -v, 1), (-1, -v, -u), (v, -1, -u), (v, u, -1))
    return points[face]


def uv_of(s: float) -> float:
    """The quadratic projection of a cell coordinate onto the cube."""
    return (4 * s * s - 1) / 3 if s >= 0.5 else (1 - 4 * (1 - s) ** 2) / 3


def st_of(u: float) -> float:
    """The inverse of `uv_of`."""
    return 0.5 * math.sqrt(1 + 3 * u) if u >= 0 else 1 - 0.5 * math.sqrt(1 - 3 * u)


def s2_id(face: int, i: int, j: int, level: int) -> int:
    """The cell of a level at integer coordinates of a face."""
    turn, position = face & 1, 0
    for bit in range(29, -1, -1):
        quarter = S2_POSITIONS[turn][(i >> bit & 1) << 1 | (j >> bit & 1)]
        position = position << 2 | quarter
        turn ^= S2_TURNS[quarter]
    lowest = 1 << 2 * (30 - level)
    full = face << 61 | position << 1 | 1
    return full & -lowest | lowest


def s2_parts(cell: int) -> tuple[int, int, int, int]:
    """Face, integer coordinates and level of a cell."""
    level = 30 - ((cell & -cell).bit_length() - 1) // 2
    face, i, j = cell >> 61, 0, 0
    turn = face & 1
    for bit in range(29, 29 - level, -1):
        quarter = S2_POSITIONS[turn].index(cell >> (2 * bit + 1) & 3)
        i, j = i | (quarter >> 1) << bit, j | (quarter & 1) << bit
        turn ^= S2_TURNS[cell >> (2 * bit + 1) & 3]
    return face, i, j, level


def s2_token(cell: int) -> str:
    """A cell as text: its hexadecimal digits without zeros at the end."""
    return f"{cell:016x}".rstrip("0")


def s2_cell(token: str) -> int | None:
    """The cell of a text; null when it is none."""
    if not 1 <= len(token) <= 16 or any(c not in "0123456789abcdefABCDEF" for c in token):
        return None
    cell = int(token.ljust(16, "0"), 16)
    lowest = cell & -cell
    return cell if cell and cell >> 61 < 6 and lowest & 0x1555555555555555 else None


def geo_point_to_s2cell(longitude: float | None, latitude: float | None, level: float | None = 11) -> str:
    """The S2 cell of a place; '' outside the globe or for a level beyond 0 to 30."""
    if longitude is None or latitude is None or not on_globe(longitude, latitude) or level is None or not 0 <= level <= 30:
        return ""
    face, u, v = face_uv(place_vector(longitude, latitude))
    i, j = (max(0, min(S2_SIZE - 1, math.floor(S2_SIZE * st_of(c)))) for c in (u, v))
    return s2_token(s2_id(face, i, j, int(level)))


def geo_s2cell_to_central_point(token: str) -> Json:
    """The middle of a cell as a GeoJSON point."""
    cell = s2_cell(token)
    if cell is None:
        return None
    face, i, j, level = s2_parts(cell)
    half = (1 << (30 - level)) / 2
    u, v = uv_of((i + half) / S2_SIZE), uv_of((j + half) / S2_SIZE)
    return geo_point(face_point(face, u, v))


def geo_s2cell_to_polygon(token: str) -> Json:
    """A cell as a GeoJSON polygon."""
    cell = s2_cell(token)
    if cell is None:
        return None
    face, i, j, level = s2_parts(cell)
    size = 1 << (30 - level)
    corners = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
    places = (face_point(face, uv_of((i + x * size) / S2_SIZE), uv_of((j + y * size) / S2_SIZE)) for x, y in corners)
    return {"type": "Polygon", "coordinates": [[[geo_coordinate(x), geo_coordinate(y)] for x, y in map(longitude_latitude, places)]]}


def geo_s2cell_neighbors(token: str) -> list[Json] | None:
    """The cells around a cell, 8 or at a corner of the cube 7."""
    cell = s2_cell(token)
    if cell is None:
        return None
    face, i, j, level = s2_parts(cell)
    size = 1 << (30 - level)
    steps = ((-1, -1), (1, -1), (0, -1), (0, 1), (-1, 0), (1, 0), (-1, 1), (1, 1))
    return [*hash_set_order([s2_token(s2_beside(face, i + dx * size, j + dy * size, level)) for dx, dy in steps])]


def s2_beside(face: int, i: int, j: int, level: int) -> int:
    """The cell at coordinates that may lie beyond the face's edge, on the next face."""
    if 0 <= i < S2_SIZE and 0 <= j < S2_SIZE:
        return s2_id(face, i, j, level)
    i, j = max(-1, min(S2_SIZE, i)), max(-1, min(S2_SIZE, j))
    u, v = ((2 * (c - S2_SIZE // 2) + 1) / S2_SIZE for c in (i, j))
    other, u, v = face_uv(face_point(face, u, v))
    i, j = (max(0, min(S2_SIZE - 1, math.floor(S2_SIZE * 0.5 * (c + 1)))) for c in (u, v))
    return s2_id(other, i, j, level)
