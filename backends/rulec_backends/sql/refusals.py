"""What neither SQL target can say exactly, with the reason. A dialect's own table may hold more, or take a row back."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from rulec.backend import Unsupported

_GEOMETRY: Final = Unsupported("geometry on the globe needs a library that SQL engines do not have", "compute it in the Python target")
_CELLS: Final = Unsupported("S2 and H3 cells need a library that SQL engines do not have", "compute it in the Python target")
_PACKED: Final = Unsupported("compressed text cannot be read in SQL", "decompress it before the data is stored")
_HASH: Final = Unsupported("Kusto's xxhash64 has no counterpart in SQL", "use hash_sha256() or hash_md5()")
_SERIES: Final = Unsupported("the algorithm needs loops over arrays that SQL cannot say", "compute it in the Python target")
_PUNYCODE: Final = Unsupported("punycode needs a loop over characters that SQL cannot say")
_STATISTICS: Final = Unsupported("the distribution has no counterpart in SQL")
_UNITS: Final = Unsupported("conversion of units is not supported in SQL", "multiply by the factor")
_IPV6: Final = Unsupported("IPv6 addresses need 128-bit arithmetic that SQL cannot say", "compare the texts when they have one form")
_ZONES: Final = Unsupported(
    "a wall-clock time that the clocks skip or repeat has another moment in each engine", "compute with a fixed offset"
)

_SKETCH: Final = Unsupported("the sketch's layout is known to Kusto only", "use dcount() or percentile() directly")

FUNCTIONS: Final[MappingProxyType[str, Unsupported]] = MappingProxyType(
    {
        **dict.fromkeys(
            [
                "geo_angle",
                "geo_azimuth",
                "geo_closest_point_on_line",
                "geo_closest_point_on_polygon",
                "geo_distance_point_to_line",
                "geo_distance_point_to_polygon",
                "geo_from_wkt",
                "geo_geohash_neighbors",
                "geo_geohash_to_central_point",
                "geo_geohash_to_polygon",
                "geo_intersection_2lines",
                "geo_intersection_2polygons",
                "geo_intersection_line_with_polygon",
                "geo_intersects_2lines",
                "geo_intersects_2polygons",
                "geo_intersects_line_with_polygon",
                "geo_line_buffer",
                "geo_line_centroid",
                "geo_line_densify",
                "geo_line_interpolate_point",
                "geo_line_length",
                "geo_line_locate_point",
                "geo_line_simplify",
                "geo_point_buffer",
                "geo_point_in_polygon",
                "geo_polygon_area",
                "geo_polygon_buffer",
                "geo_polygon_centroid",
                "geo_polygon_densify",
                "geo_polygon_perimeter",
                "geo_polygon_simplify",
                "geo_simplify_polygons_array",
                "geo_union_lines_array",
                "geo_union_polygons_array",
            ],
            _GEOMETRY,
        ),
        **dict.fromkeys(
            [
                "geo_h3cell_children",
                "geo_h3cell_level",
                "geo_h3cell_neighbors",
                "geo_h3cell_parent",
                "geo_h3cell_rings",
                "geo_h3cell_to_central_point",
                "geo_h3cell_to_polygon",
                "geo_line_to_s2cells",
                "geo_point_to_h3cell",
                "geo_point_to_s2cell",
                "geo_polygon_to_h3cells",
                "geo_polygon_to_s2cells",
                "geo_s2cell_neighbors",
                "geo_s2cell_to_central_point",
                "geo_s2cell_to_polygon",
            ],
            _CELLS,
        ),
        **dict.fromkeys(
            [
                "gzip_compress_to_base64_string",
                "gzip_decompress_from_base64_string",
                "zlib_compress_to_base64_string",
                "zlib_decompress_from_base64_string",
            ],
            _PACKED,
        ),
        **dict.fromkeys(("hash", "hash_combine", "hash_many", "hash_xxhash64"), _HASH),
        **dict.fromkeys(
            [
                "series_decompose",
                "series_decompose_anomalies",
                "series_decompose_forecast",
                "series_fft",
                "series_fir",
                "series_fit_2lines",
                "series_fit_2lines_dynamic",
                "series_fit_poly",
                "series_ifft",
                "series_outliers",
                "series_periods_detect",
                "series_periods_validate",
                "series_seasonal",
            ],
            _SERIES,
        ),
        **dict.fromkeys(
            ("punycode_domain_from_string", "punycode_domain_to_string", "punycode_from_string", "punycode_to_string"), _PUNYCODE
        ),
        **dict.fromkeys(("beta_cdf", "beta_inv", "beta_pdf", "erf", "erfc", "welch_test"), _STATISTICS),
        **dict.fromkeys(
            [
                "convert_angle",
                "convert_energy",
                "convert_force",
                "convert_length",
                "convert_mass",
                "convert_speed",
                "convert_temperature",
                "convert_volume",
            ],
            _UNITS,
        ),
        **dict.fromkeys(("datetime_list_timezones", "datetime_local_to_utc"), _ZONES),
        **dict.fromkeys(
            (
                "dcount_hll",
                "hll_merge",
                "merge_tdigest",
                "percentile_tdigest",
                "percentiles_array_tdigest",
                "percentrank_tdigest",
                "rank_tdigest",
            ),
            _SKETCH,
        ),
        "base64_decode_toguid": Unsupported("its documented result contradicts the byte order of its inverse"),
        "dynamic_to_json": Unsupported("JSON text with sorted keys needs a recursion over the value", "use tostring()"),
        "geo_info_from_ip_address": Unsupported("the location of an address needs a database of addresses", "join a table of ranges"),
        "ingestion_time": Unsupported("the store does not keep the time of ingestion", "use TimeGenerated"),
        "ipv4_range_to_cidr_list": Unsupported("the list of networks needs a loop that SQL cannot say"),
        "isutf8": Unsupported("a text that is no UTF-8 cannot be stored"),
        "parse_command_line": Unsupported("the rules of Windows' command lines need a loop over characters"),
        "parse_version": Unsupported("the number of a version has more digits than a SQL decimal", "compare the parts"),
        "treepath": Unsupported("the paths of a value need a recursion over it"),
    }
)

AGGREGATES: Final[MappingProxyType[str, Unsupported]] = MappingProxyType(
    {
        "buildschema": Unsupported("the schema of the values needs a recursion over them"),
        "passthrough": Unsupported("`passthrough` is no documented aggregate"),
        **dict.fromkeys(("hll", "hll_if", "hll_merge", "tdigest", "tdigest_merge", "merge_tdigest"), _SKETCH),
    }
)

_OPEN: Final = Unsupported("the columns depend on the data, and SQL has to know them before", "name the wanted columns in an `extend`")
_ANALYSIS: Final = Unsupported("the plugin's analysis has no counterpart in SQL")

PLUGINS: Final[MappingProxyType[str, Unsupported]] = MappingProxyType(
    {
        "pivot": _OPEN,
        "graph-mark-components": Unsupported("components of a graph take steps without a bound, and SQL has no loop for them"),
        "narrow": _ANALYSIS,
        "rolling_percentile": _ANALYSIS,
        "rows_near": _ANALYSIS,
        "session_count": _ANALYSIS,
        "ipv6_lookup": _IPV6,
        "geo_line_lookup": _GEOMETRY,
        "geo_polygon_lookup": _GEOMETRY,
        "preview": _ANALYSIS,
    }
)
