"""Exact tests on the sphere: on which side, in which order, whether edges cross.

No three places count as being on one line: where they are, each is thought to be moved a little, always the same way. So every
place lies in exactly one of several polygons that share edges.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TypeAlias

from rulec_backends.python.runtime.geo_points import cross_product, dot_product, unit_vector

Vector: TypeAlias = "tuple[float, float, float]"

#: The determinant of three unit vectors is off by less than this.
DETERMINANT_ERROR = 4.1e-16


def turn_side(a: Vector, b: Vector, c: Vector) -> int:
    """1 when a, b, c turn counterclockwise, -1 when clockwise, 0 only when two are the same."""
    ax, ay, az = a
    bx, by, bz = b
    cx, cy, cz = c
    found = (ay * bz - az * by) * cx + (az * bx - ax * bz) * cy + (ax * by - ay * bx) * cz
    if found > DETERMINANT_ERROR:
        return 1
    if found < -DETERMINANT_ERROR:
        return -1
    return exact_turn_side(a, b, c)


def exact_turn_side(a: Vector, b: Vector, c: Vector) -> int:
    """`turn_side` without rounding."""
    if a == b or b == c or c == a:
        return 0
    ordered = sorted((a, b, c))
    even = tuple(ordered) in ((a, b, c), (b, c, a), (c, a, b))
    x, y, z = ([Fraction(part) for part in v] for v in ordered)
    yz = (y[1] * z[2] - y[2] * z[1], y[2] * z[0] - y[0] * z[2], y[0] * z[1] - y[1] * z[0])
    # the determinant, then its derivatives along ever smaller moves of x, y and z
    terms = (
        x[0] * yz[0] + x[1] * yz[1] + x[2] * yz[2],
        yz[2],
        yz[1],
        yz[0],
        z[0] * x[1] - z[1] * x[0],
        z[0],
        -z[1],
        z[2] * x[0] - z[0] * x[2],
        z[2],
        x[0] * y[1] - x[1] * y[0],
        -y[0],
        y[1],
        x[0],
        Fraction(1),
    )
    first = next(t for t in terms if t)
    return (1 if first > 0 else -1) * (1 if even else -1)


def counterclockwise_order(a: Vector, b: Vector, c: Vector, center: Vector) -> bool:
    """Whether a, b, c are met in this order when turning counterclockwise around the center."""
    return (turn_side(b, center, a) >= 0) + (turn_side(c, center, b) >= 0) + (turn_side(a, center, c) > 0) >= 2


def edge_crossing(a: Vector, b: Vector, c: Vector, d: Vector) -> int:
    """1 when the edges ab and cd cross inside, 0 when they share an end, -1 otherwise."""
    if a in (c, d) or b in (c, d):
        return 0
    if a == b or c == d:
        return -1
    turn = -turn_side(a, b, c)
    return 1 if turn_side(a, b, d) == turn and -turn_side(c, d, b) == turn and turn_side(c, d, a) == turn else -1


def reference_direction(v: Vector) -> Vector:
    """The direction at a vertex that decides which of its polygons holds it."""
    smallest = [0.012, 0.0053, 0.00457]
    largest = max(range(3), key=lambda k: (abs(v[k]), k == 2, k == 1))
    smallest[(largest + 2) % 3] = 1.0
    return unit_vector(cross_product(v, (smallest[0], smallest[1], smallest[2])))


def vertex_crossing(a: Vector, b: Vector, c: Vector, d: Vector) -> bool:
    """Whether edges that share an end count as crossing, so that an odd number of crossings is a change of side."""
    if a == b or c == d:
        return False
    if a == c:
        return b == d or counterclockwise_order(reference_direction(a), d, b, a)
    if b == d:
        return counterclockwise_order(reference_direction(b), c, a, b)
    if a == d:
        return b == c or counterclockwise_order(reference_direction(a), c, b, a)
    return counterclockwise_order(reference_direction(b), d, a, b)


def crosses_or_counts(a: Vector, b: Vector, c: Vector, d: Vector) -> bool:
    """Whether the step from a to b changes the side of the edge cd."""
    found = edge_crossing(a, b, c, d)
    return found > 0 or (found == 0 and vertex_crossing(a, b, c, d))


def meeting_point(a: Vector, b: Vector, c: Vector, d: Vector) -> Vector:
    """Where two crossing edges cross."""
    exact = [[Fraction(part) for part in v] for v in (a, b, c, d)]
    first, second = ([p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]] for p, q in (exact[:2], exact[2:]))
    found = [first[i] * second[j] - first[j] * second[i] for i, j in ((1, 2), (2, 0), (0, 1))]
    largest = max(abs(part) for part in found) or Fraction(1)
    x, y, z = (float(part / largest) for part in found)
    point = unit_vector((x, y, z))
    middle = (a[0] + b[0] + c[0] + d[0], a[1] + b[1] + c[1] + d[1], a[2] + b[2] + c[2] + d[2])
    return point if dot_product(point, middle) > 0 else (-point[0], -point[1], -point[2])


def boxes_apart(a: Vector, b: Vector, c: Vector, d: Vector) -> bool:
    """Whether the edges ab and cd are surely apart, told by their boxes."""
    for k in range(3):
        bulge = max((a[k] - b[k]) ** 2 + (a[k - 1] - b[k - 1]) ** 2 + (a[k - 2] - b[k - 2]) ** 2, 0.0) / 4
        other = ((c[k] - d[k]) ** 2 + (c[k - 1] - d[k - 1]) ** 2 + (c[k - 2] - d[k - 2]) ** 2) / 4
        slack = bulge + other + math.ulp(1.0)
        if max(a[k], b[k]) + slack < min(c[k], d[k]) or max(c[k], d[k]) + slack < min(a[k], b[k]):
            return True
    return False
