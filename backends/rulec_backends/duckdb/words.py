"""DuckDB's reserved words, and the functions that the output may call."""

from __future__ import annotations

from typing import Final

RESERVED: Final = frozenset(
    """all analyse analyze and anti any array as asc asof asymmetric at authorization between bigint binary bit boolean both by case cast char
    character check coalesce collate collation column columns concurrently constraint create cross dec decimal default deferrable desc describe
    distinct do else end except exists extract false fetch float for foreign freeze from full generated glob group grouping grouping_id having
    ilike in initially inner inout int integer intersect interval into is isnull join lambda lateral leading left like limit map national natural
    nchar none not notnull null nullif numeric offset on only or order out outer overlaps overlay pivot pivot_longer pivot_wider placing position
    positional precision primary qualify real references returning right row select semi setof show similar smallint some struct substring
    summarize symmetric table tablesample then time timestamp to trailing treat trim true try_cast tuple union unique unpack unpivot using values
    varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
    xmlserialize xmltable try date""".split()
)

ALLOWED: Final = frozenset(
    """abs acos array_to_string asin atan atan2 avg bit_and bit_count bit_or bit_xor bool_or ceil chr coalesce concat concat_ws contains cos count
    cot covar_pop covar_samp date_trunc day dayofweek dayofyear decode degrees encode ends_with epoch epoch_ms epoch_ns epoch_us exp first flatten
    floor from_base64 gamma generate_series greatest hex hour isfinite isinf isnan json json_array json_array_length json_extract
    json_extract_string json_keys json_object json_type json_valid lag lead least left len length lgamma list list_concat list_contains
    list_distinct list_extract list_filter list_has_any list_position list_reduce list_reverse list_reverse_sort list_slice list_sort
    list_transform list_zip ln log10 log2 lower lpad ltrim make_date make_timestamp map max md5 min minute month nullif pi pow quantile_disc
    quarter radians random range read_csv read_json regexp_extract regexp_extract_all regexp_matches regexp_replace repeat replace reverse right
    round row row_number rtrim second sha1 sha256 sign sin sqrt starts_with string_split strftime strlen strpos struct_extract substr sum tan
    to_base64 to_json to_months translate trim trunc unhex unicode unnest upper url_decode url_encode var_pop var_samp week xor year
    array_length to_seconds uuid dense_rank rank first_value last_value list_sum list_aggregate list_any_value list_append split_part quantile_cont format
    bar json_group_array map_from_entries json_merge_patch ascii bin median rpad mode regr_slope""".split()
)
