"""Places on the sphere by arithmetic: distance, circle, geohash.

Source: Learn's function pages and recorded answers; Search Reference, trigonometric functions.
"""

from __future__ import annotations

from rulec.ir.exprs import Call, Expr, Literal
from rulec_backends.splunk.functions.numbers import numeric
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.stage import Builder, Each
from rulec_backends.splunk.tree import NULL, Node, Number, Text, all_of, fn, number, op, plus

_DEGREE = Number("0.017453292519943295")
#: Meters of the sphere's radius.
_RADIUS = number(6_371_010)
_DIGITS = "0123456789bcdefghjkmnpqrstuvwxyz"


def _places(b: Builder, arguments: tuple[Expr, ...]) -> tuple[list[Node], Node]:
    """Longitudes and latitudes in turn, and whether all are on the globe."""
    values = [b.atom(fn("exact", numeric(b, a))) for a in arguments]
    inside = [op(fn("abs", v), "<=", number(90 if i % 2 else 180)) for i, v in enumerate(values)]
    return values, all_of(*inside)


def _half_sine(x: Node, y: Node) -> Node:
    return fn("sin", op(Number("0.5"), "*", op(op(y, "*", _DEGREE), "-", op(x, "*", _DEGREE))))


def _distance(b: Builder, e: Call) -> Node:
    """Meters along a great circle; null where a place is not on the globe."""
    (x1, y1, x2, y2), inside = _places(b, e.arguments[:4])
    north, east = (b.temp(fn("exact", _half_sine(p, q)), "half") for p, q in ((y1, y2), (x1, x2)))
    shrunk = op(fn("cos", op(y1, "*", _DEGREE)), "*", fn("cos", op(y2, "*", _DEGREE)))
    square = op(op(north, "*", north), "+", op(op(east, "*", east), "*", shrunk))
    root = fn("sqrt", fn("min", number(1), fn("exact", square)))
    return fn("if", inside, fn("exact", op(op(number(2), "*", fn("asin", root)), "*", _RADIUS)), NULL)


def _in_circle(b: Builder, e: Call) -> Node:
    distance = b.temp(_distance(b, e), "meters")
    radius = b.atom(fn("exact", numeric(b, e.arguments[4])))
    within = fn("if", op(distance, "<=", radius), Text("true"), Text("false"))
    return fn("if", all_of(fn("isnotnull", distance), op(radius, ">", number(0))), within, NULL)


def _geohash(b: Builder, e: Call) -> Node:
    """Five bits a digit, which halve longitude and latitude in turn; '' for what is not on the globe."""
    size = e.arguments[2].value if len(e.arguments) > 2 and isinstance(e.arguments[2], Literal) else 5
    if not isinstance(size, int) or size > 10 or (len(e.arguments) > 2 and not isinstance(e.arguments[2], Literal)):
        return b.ctx.refuse(e.span, f"`{e.function}` with an accuracy that is no constant or beyond 10: Splunk's numbers are doubles")
    if size < 1:
        return Text("")
    (x, y), inside = _places(b, e.arguments[:2])
    cells: list[Node] = []
    for value, span, bits in ((x, 360, (size * 5 + 1) // 2), (y, 180, size * 5 // 2)):
        steps = number(2**bits)
        share = op(op(value, "+", number(span // 2)), "/", number(span))
        last = op(steps, "-", number(1))
        cells.append(b.temp(fn("min", last, fn("floor", fn("exact", op(share, "*", steps)))), "cell"))
    each = Each(b, b.temp(fn("mvrange", number(0), number(size)), "i"))
    weights: list[Node] = []
    for bit in range(5):
        at = op(op(each.places, "*", number(5)), "+", number(bit))
        kind = op(at, "%", number(2))
        place = fn("floor", op(at, "/", number(2)))
        widths = ((size * 5 + 1) // 2, size * 5 // 2)
        picked = fn("if", op(kind, "=", number(0)), cells[0], cells[1])
        width = fn("if", op(kind, "=", number(0)), number(widths[0]), number(widths[1]))
        shifted = fn("floor", op(picked, "/", fn("pow", number(2), op(op(width, "-", number(1)), "-", place))))
        weights.append(op(op(shifted, "%", number(2)), "*", number(2 ** (4 - bit))))
    digit = fn("substr", Text(_DIGITS), op(number(1), "+", each.temp(plus(*weights), "digit")), number(1))
    return fn("if", inside, fn("mvjoin", each.every(digit), Text("")), Text(""))


FUNCTIONS: dict[str, Row] = {"geo_distance_2points": _distance, "geo_point_in_circle": _in_circle, "geo_point_to_geohash": _geohash}
