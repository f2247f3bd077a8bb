"""Distances on the globe, as a sphere of Kusto's radius."""

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
        return t.call("sin", t.call("radians", t.mul(row.d.literal(0.5, _REAL), t.sub(t.again(b), t.again(a)))))

    lat, lon = row.once(half_sine(y1, y2)), row.once(half_sine(x1, x2))
    across = t.mul(
        t.mul(t.call("cos", t.call("radians", t.again(y1))), t.call("cos", t.call("radians", t.again(y2)))), t.mul(lon, t.again(lon))
    )
    half = t.add(t.mul(lat, t.again(lat)), across)
    meters = t.mul(t.mul(two, row.d.literal(_RADIUS, _REAL)), t.call("asin", t.call("least", one, t.call("sqrt", half))))
    valid = [t.between(t.again(v), t.num(-limit), t.num(limit)) for v, limit in zip(places, (180, 90, 180, 90), strict=True)]
    return t.when(t.and_(*valid), meters)


def _distance_2points(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    if len(trees) > 4:
        raise Refusal("`geo_distance_2points` on the spheroid is not supported")
    return _distance(row, _degrees(row, call, trees))


def _point_in_circle(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    if len(trees) > 5:
        raise Refusal("`geo_point_in_circle` on the spheroid is not supported")
    *places, radius = _degrees(row, call, trees)
    return t.when(t.ge(t.again(radius), t.num(0)), t.le(_distance(row, places), radius))


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "geo_distance_2points": _distance_2points,
        "geo_point_in_circle": _point_in_circle,
    }
)
