"""Athena's reserved words, and the functions that the output may call.

Reserved: Athena user guide, "Reserved keywords" (SELECT statements). Functions: Athena user guide, "Functions in Amazon Athena"
(engine version 3 has Trino's functions), release notes of Trino: nothing here is newer than release 420, see the sheet's section 13.
"""

from __future__ import annotations

import math
from typing import Final

from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.trees import Tree

RESERVED: Final = frozenset(
    [
        "alter",
        "and",
        "as",
        "between",
        "by",
        "case",
        "cast",
        "constraint",
        "create",
        "cross",
        "cube",
        "current_catalog",
        "current_date",
        "current_path",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "deallocate",
        "delete",
        "describe",
        "distinct",
        "drop",
        "else",
        "end",
        "escape",
        "except",
        "execute",
        "exists",
        "extract",
        "false",
        "first",
        "for",
        "from",
        "full",
        "group",
        "grouping",
        "having",
        "in",
        "inner",
        "insert",
        "intersect",
        "into",
        "is",
        "join",
        "json_array",
        "json_exists",
        "json_object",
        "json_query",
        "json_table",
        "json_value",
        "last",
        "left",
        "like",
        "listagg",
        "localtime",
        "localtimestamp",
        "natural",
        "normalize",
        "not",
        "null",
        "nulls",
        "on",
        "or",
        "order",
        "outer",
        "prepare",
        "recursive",
        "right",
        "rollup",
        "row",
        "select",
        "skip",
        "table",
        "then",
        "trim",
        "true",
        "uescape",
        "union",
        "unnest",
        "using",
        "values",
        "when",
        "where",
        "with",
        "timestamp",
        "date",
        "time",
        "interval",
        "user",
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
        "map",
        "array",
        "function",
        "window",
        "offset",
        "limit",
        "all",
        "any",
        "start",
        "end",
        "run",
    ]
)

#: By page of Trino's function reference.
_FUNCTIONS: Final = {
    "aggregate": """arbitrary array_agg avg bitwise_and_agg bitwise_or_agg bool_or count covar_pop covar_samp max max_by min min_by
    reduce_agg sum
        var_pop var_samp regr_slope""",
    "array": """array_distinct array_join array_max array_min array_position array_sort array_union cardinality concat contains element_at
    filter
        flatten none_match any_match all_match reduce repeat reverse sequence slice transform zip zip_with""",
    "binary": """from_base64 from_big_endian_64 from_hex length lpad md5 sha1 sha256 sha512 to_base64 to_big_endian_64 to_hex xxhash64
    crc32 substr""",
    "bitwise": """bit_count bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_right_shift_arithmetic
    bitwise_xor""",
    "conditional": "coalesce if nullif",
    "conversion": "format",
    "date and time": """at_timezone current_timestamp date_add date_diff date_trunc day day_of_week day_of_year from_iso8601_timestamp
        from_iso8601_timestamp_nanos from_unixtime_nanos hour minute month quarter second to_iso8601 week with_timezone year date_format""",
    "json": """json_array_length json_extract json_extract_scalar json_format json_parse is_json_scalar json_query""",
    "map": "map map_concat map_entries map_filter map_from_entries map_keys map_values",
    "math": """abs acos asin atan atan2 ceil ceiling cos cosh degrees exp floor from_base infinity is_finite is_infinite is_nan ln log10
    log2 nan pi pow
        power radians random round sign sin sqrt tan to_base truncate greatest least""",
    "regular expressions": "regexp_count regexp_extract regexp_extract_all regexp_like regexp_replace regexp_split",
    "string": """chr codepoint concat_ws from_utf8 length levenshtein_distance lower lpad ltrim normalize replace reverse rpad rtrim split
        starts_with strpos to_utf8 translate trim upper""",
    "url": """url_decode url_encode url_extract_fragment url_extract_host url_extract_parameter url_extract_path url_extract_port
        url_extract_protocol url_extract_query""",
    "window": "dense_rank first_value lag last_value lead rank row_number",
    "uuid": "uuid",
    "row": "row",
}
#: The shared rows' words that Trino spells otherwise.
SPELLED: Final = {
    "trunc": "truncate",
    "isnan": "is_nan",
    "isinf": "is_infinite",
    "isfinite": "is_finite",
    "bit_and": "bitwise_and_agg",
    "bit_or": "bitwise_or_agg",
}
ALLOWED: Final = frozenset(word for words in _FUNCTIONS.values() for word in words.split()) | SPELLED.keys()


def typed(word: str, text: str) -> Tree:
    """A typed literal such as `TIMESTAMP '…'` or `JSON '…'`."""
    return nodes.Typed(t.text(text), t.sql_type(word))


def real(value: float) -> Tree:
    """A literal of a double; not NaN or infinite. Numerals with a mere point are decimals in Trino."""
    word = repr(abs(value))
    literal = nodes.Number(word.replace("e+", "E").replace("e", "E") if "e" in word else f"{word}E0")
    return nodes.Neg(literal) if math.copysign(1, value) < 0 else literal
