"""Trino's reserved words, and the functions that the output may call (none newer than Trino 420)."""

from __future__ import annotations

from typing import Final

RESERVED: Final = frozenset(
    """alter and as between by case cast constraint create cross cube current_catalog current_date current_path current_role current_schema
    current_time current_timestamp current_user deallocate delete describe distinct drop else end escape except execute exists extract false
    for from full group grouping having in inner insert intersect into is join json_array json_exists json_object json_query json_table json_value
    left like listagg localtime localtimestamp natural normalize not null on or order outer prepare recursive right rollup select skip table then
    trim true uescape union unnest using values when where with date time timestamp interval""".split()
)

ALLOWED: Final = frozenset(
    """abs acos any_match arbitrary array_agg array_distinct array_except array_intersect array_join array_max array_min array_position array_sort
    array_union asin atan atan2 avg bitwise_and bitwise_and_agg bitwise_arithmetic_shift_right bitwise_left_shift bitwise_not bitwise_or
    bitwise_or_agg bitwise_right_shift bitwise_right_shift_arithmetic bitwise_xor bool_or cardinality ceiling chr coalesce codepoint concat
    concat_ws contains cos count count_if covar_pop covar_samp date_add date_diff date_trunc day day_of_week day_of_year degrees element_at exp
    filter flatten floor format from_base64 from_big_endian_64 from_hex from_iso8601_timestamp from_iso8601_timestamp_nanos from_unixtime_nanos
    from_utf8 greatest hour infinity is_finite is_infinite is_json_scalar is_nan json_array_length json_extract json_extract_scalar json_format
    json_parse lag lead least length ln log10 log2 lower lpad ltrim map map_concat map_entries map_filter map_from_entries map_keys map_values
    max max_by md5 min min_by minute month nan nullif pi pow quarter radians random reduce regexp_count regexp_extract regexp_extract_all
    regexp_like regexp_replace reverse round row row_number rpad rtrim second sequence sha1 sha256 sign sin slice split sqrt starts_with strpos
    substr sum tan to_base to_base64 to_big_endian_64 to_hex to_iso8601 to_utf8 transform translate trim truncate upper url_decode url_encode
    uuid var_pop var_samp week year zip_with""".split()
)
