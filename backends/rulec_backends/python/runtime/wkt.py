"""Geometries as text."""

from __future__ import annotations

import re
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
WKT_TOKEN = re.compile(r"\s*([A-Za-z]+|[(),]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
WKT_TYPES = {
    "POINT": ("Point", 0),
    "LINESTRING": ("LineString", 1),
    "POLYGON": ("Polygon", 2),
    "MULTIPOINT": ("MultiPoint", 1),
    "MULTILINESTRING": ("MultiLineString", 2),
    "MULTIPOLYGON": ("MultiPolygon", 3),
}


def geo_from_wkt(text: Json) -> Json:
    """A geometry's text as GeoJSON; null when it is none."""
    if not isinstance(text, str):
        return None
    tokens = WKT_TOKEN.findall(text)
    if "".join(tokens) != "".join(text.split()):
        return None
    shape, rest = wkt_shape(tokens)
    return shape if not rest else None


def wkt_shape(tokens: list[str]) -> tuple[Json, list[str]]:
    """One geometry of the tokens, and what follows it."""
    kind = tokens[0].upper() if tokens else ""
    if kind == "GEOMETRYCOLLECTION" and tokens[1:2] == ["("]:
        shapes: list[Json] = []
        rest = tokens[1:]
        while rest and rest[0] in "(,":
            shape, rest = wkt_shape(rest[1:])
            if shape is None:
                return None, rest
            shapes.append(shape)
        return ({"type": "GeometryCollection", "geometries": shapes}, rest[1:]) if rest[:1] == [")"] else (None, rest)
    if kind not in WKT_TYPES:
        return None, tokens
    name, depth = WKT_TYPES[kind]
    found, rest = wkt_list(tokens[1:], max(depth, 1))
    if found is None:
        return None, rest
    return {"type": name, "coordinates": found if depth else found[0]}, rest


def wkt_list(tokens: list[str], depth: int) -> tuple[list[Json] | None, list[str]]:
    """A list in parentheses: of positions, or of lists."""
    if tokens[:1] != ["("]:
        return None, tokens
    found: list[Json] = []
    rest = tokens
    while rest and rest[0] in "(,":
        rest = rest[1:]
        if depth > 1:
            inner, rest = wkt_list(rest, depth - 1)
            if inner is None:
                return None, rest
            found.append(inner)
            continue
        wrapped = rest[:1] == ["("]
        rest = rest[1:] if wrapped else rest
        pair = rest[:2]
        if len(pair) < 2 or not all(c[-1:].isdigit() or c[-1:] == "." for c in pair):
            return None, rest
        found.append([wkt_number(c) for c in pair])
        rest = rest[3 if wrapped else 2 :]
    return (found, rest[1:]) if rest[:1] == [")"] else (None, rest)


def wkt_number(text: str) -> int | float:
    """A coordinate; whole ones stay whole."""
    return int(text) if text.lstrip("+-").isdigit() else float(text)
