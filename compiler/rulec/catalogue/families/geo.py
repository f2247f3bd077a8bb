"""Geography: points (longitude before latitude), lines, polygons and cells.

Source: Learn, "Geospatial functions". Coordinates out of range and malformed shapes give null.
"""

from __future__ import annotations

from typing import Final

from rulec.catalogue.notation import Row, row

GEO: Final[dict[str, Row]] = {
    "geo_from_wkt": row("string|dynamic -> dynamic?"),
    "geo_angle": row("as_real, as_real, as_real, as_real, as_real, as_real -> real?"),
    "geo_azimuth": row("as_real, as_real, as_real, as_real -> real?"),
    "geo_closest_point_on_line": row("as_real, as_real, dynamic -> dynamic?"),
    "geo_closest_point_on_polygon": row("as_real, as_real, dynamic -> dynamic?"),
    "geo_distance_2points": row("as_real, as_real, as_real, as_real, number_or_bool? -> real?"),
    "geo_distance_point_to_line": row("as_real, as_real, dynamic -> real?"),
    "geo_distance_point_to_polygon": row("as_real, as_real, dynamic -> real?"),
    "geo_point_in_circle": row("as_real, as_real, as_real, as_real, as_real -> bool?"),
    "geo_point_in_polygon": row("as_real, as_real, dynamic -> bool?"),
    "geo_intersects_2lines": row("dynamic, dynamic -> bool?"),
    "geo_intersects_line_with_polygon": row("dynamic, dynamic -> bool?"),
    "geo_intersects_2polygons": row("dynamic, dynamic -> bool?"),
    "geo_intersection_2lines": row("dynamic, dynamic -> dynamic?"),
    "geo_intersection_line_with_polygon": row("dynamic, dynamic -> dynamic?"),
    "geo_intersection_2polygons": row("dynamic, dynamic -> dynamic?"),
    "geo_union_polygons_array": row("dynamic -> dynamic?"),
    "geo_simplify_polygons_array": row("dynamic, number? -> dynamic?"),
    "geo_union_lines_array": row("dynamic -> dynamic?"),
    "geo_polygon_to_h3cells": row("dynamic, number?, number? -> dynamic?"),
    "geo_polygon_to_s2cells": row("dynamic, number?, number? -> dynamic?"),
    "geo_polygon_densify": row("dynamic, number?, number_or_bool? -> dynamic?"),
    "geo_polygon_area": row("dynamic -> real?"),
    "geo_polygon_buffer": row("dynamic, as_real, number? -> dynamic?"),
    "geo_polygon_centroid": row("dynamic -> dynamic?"),
    "geo_polygon_perimeter": row("dynamic -> real?"),
    "geo_polygon_simplify": row("dynamic, number? -> dynamic?"),
    "geo_line_length": row("dynamic -> real?"),
    "geo_line_buffer": row("dynamic, as_real, number? -> dynamic?"),
    "geo_line_centroid": row("dynamic -> dynamic?"),
    "geo_line_densify": row("dynamic, number?, number_or_bool? -> dynamic?"),
    "geo_line_simplify": row("dynamic, number? -> dynamic?"),
    "geo_line_locate_point": row("dynamic, as_real, as_real, number_or_bool? -> real?"),
    "geo_line_interpolate_point": row("dynamic, as_real -> dynamic?"),
    "geo_line_to_s2cells": row("dynamic, number?, number? -> dynamic?"),
    "geo_point_to_geohash": row("as_real, as_real, number? -> string"),
    "geo_geohash_to_central_point": row("string -> dynamic?"),
    "geo_geohash_to_polygon": row("string -> dynamic?"),
    "geo_geohash_neighbors": row("string -> dynamic?"),
    "geo_point_buffer": row("as_real, as_real, as_real, number? -> dynamic?"),
    "geo_point_to_s2cell": row("as_real, as_real, number? -> string"),
    "geo_s2cell_to_central_point": row("string -> dynamic?"),
    "geo_s2cell_to_polygon": row("string -> dynamic?"),
    "geo_s2cell_neighbors": row("string -> dynamic?"),
    "geo_point_to_h3cell": row("as_real, as_real, number? -> string"),
    "geo_h3cell_to_central_point": row("string -> dynamic?"),
    "geo_h3cell_to_polygon": row("string -> dynamic?"),
    "geo_h3cell_neighbors": row("string -> dynamic?"),
    "geo_h3cell_children": row("string, number? -> dynamic?"),
    "geo_h3cell_parent": row("string, number? -> string"),
    "geo_h3cell_rings": row("string, number -> dynamic?"),
    "geo_h3cell_level": row("string -> int?"),
}
