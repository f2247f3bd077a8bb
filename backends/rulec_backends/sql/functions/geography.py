"""Distances on the globe, as a sphere of Kusto's radius, and geohashes."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call
from rulec.scalars import ScalarType
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

_REAL: Final = ScalarType.REAL
#: Meters.
_RADIUS: Final = 6_371_010.0


def _degrees(row: Row, call: Call, trees: Sequence[Tree]) -> list[Tree]:
    return [row.once(x if a.type is _REAL else row.d.real(x)) for a, x in zip(call.arguments, trees, strict=True)]


def _distance(row: Row, places: Sequence[Tree]) -> Tree:
    """Meters between two places (longitude, latitude twice); null for what is no place."""
    x1, y1, x2, y2 = places
    two, one = row.d.literal(2.0, _REAL), row.d.literal(1.0, _REAL)

    def half_sine(a: Tree, b: Tree) -> Tree:
        return t.call("sin", t.call("radians", t.mul(row.d.literal(0.5, _REAL), t.sub(b, a))))

    lat, lon = row.once(half_sine(y1, y2)), row.once(half_sine(x1, x2))
    across = t.mul(t.mul(t.call("cos", t.call("radians", y1)), t.call("cos", t.call("radians", y2))), t.mul(lon, lon))
    half = t.add(t.mul(lat, lat), across)
    meters = t.mul(t.mul(two, row.d.literal(_RADIUS, _REAL)), t.call("asin", t.call("least", one, t.call("sqrt", half))))
    valid = [t.between(v, t.num(-limit), t.num(limit)) for v, limit in zip(places, (180, 90, 180, 90), strict=True)]
    return t.when(t.and_(*valid), meters)


def _distance_2points(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    if len(trees) > 4:
        raise Refusal("`geo_distance_2points` on the spheroid is not supported")
    return _distance(row, _degrees(row, call, trees))


def _point_in_circle(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    if len(trees) > 5:
        raise Refusal("`geo_point_in_circle` on the spheroid is not supported")
    *places, radius = _degrees(row, call, trees)
    return t.when(t.ge(radius, t.num(0)), t.le(_distance(row, places), radius))


_GEOHASH: Final = "0123456789bcdefghjkmnpqrstuvwxyz"
#: The digit of three bits of the axis that begins it and two of the other one: their bits take turns.
_TURNS: Final = "".join(
    _GEOHASH[16 * (a >> 2) + 8 * (b >> 1) + 4 * (a >> 1 & 1) + 2 * (b & 1) + (a & 1)] for a in range(8) for b in range(4)
)


def _cell(row: Row, value: Tree, limit: float, bits: int) -> Tree:
    """The number of the cell, of 2^bits over -limit..limit, that a value is in; its borders are exact in a double."""
    size = row.d.literal(2 * limit / 2**bits, _REAL)

    def border(k: Tree) -> Tree:
        return t.sub(t.mul(row.d.real(k), size), row.d.literal(limit, _REAL))

    quotient = t.binary("/", t.add(value, row.d.literal(limit, _REAL)), size)
    near = row.once(t.try_cast(t.call("floor", quotient), "BIGINT"))
    moved = t.case(
        [
            (t.lt(value, border(near)), t.sub(near, t.num(1))),
            (t.ge(value, border(t.add(near, t.num(1)))), t.add(near, t.num(1))),
        ],
        near,
    )
    return row.once(t.call("least", moved, t.num(2**bits - 1)))


def _point_to_geohash(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """'' for what is no place, or an accuracy beyond 1 to 18."""
    digits = row.constant(call.arguments[2], "the accuracy of `geo_point_to_geohash`") if len(trees) > 2 else 5
    if not isinstance(digits, int) or not 1 <= digits <= 18:
        return t.text("")
    places = [row.once(x if a.type is _REAL else row.d.real(x)) for a, x in zip(call.arguments[:2], trees[:2], strict=True)]
    bits = ((5 * digits + 1) // 2, 5 * digits // 2)
    cells = [_cell(row, v, limit, n) for v, limit, n in zip(places, (180.0, 90.0), bits, strict=True)]
    written: list[Tree] = []
    left = list(bits)
    for digit in range(digits):
        first = digit % 2
        parts = []
        for axis, count in ((first, 3), (1 - first, 2)):
            left[axis] -= count
            shifted = row.d.int_div(cells[axis], t.num(2 ** left[axis])) if left[axis] else cells[axis]
            parts.append(row.d.modulo(shifted, t.num(2**count)))
        written.append(t.call("substr", t.text(_TURNS), t.add(t.add(t.mul(parts[0], t.num(4)), parts[1]), t.num(1)), t.num(1)))
    valid = [t.between(v, t.num(-limit), t.num(limit)) for v, limit in zip(places, (180, 90), strict=True)]
    return t.when(t.and_(*valid), t.concat(*written), t.text(""))


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "geo_distance_2points": _distance_2points,
        "geo_point_in_circle": _point_in_circle,
        "geo_point_to_geohash": _point_to_geohash,
    }
)
