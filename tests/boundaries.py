"""Boundary values of every type, and expressions over two of them: the SQL engines must give Python's answers, and none may fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from tests.conformance.values import record

#: One query a line; every engine gives Python's answer.
SAME_ANSWERS: Final = Path(__file__).with_name("same_answers.kql").read_text("utf-8").splitlines()

LONGS: Final = [
    "0",
    "1",
    "-1",
    "2",
    "7",
    "-7",
    "63",
    "64",
    "2147483647",
    "-2147483648",
    "9223372036854775807",
    "long(-9223372036854775808)",
    "long(null)",
]
REALS: Final = ["0.0", "-0.0", "1.5", "-2.5", "1e300", "-1e300", "1e-300", "9.3e18", "real(nan)", "real(+inf)", "real(-inf)", "real(null)"]
TEXTS: Final = ['""', '" "', '"1"', '"-1"', '"1.5"', '"1e5"', '"0x1F"', '"99999999999999999999"', '"true"', '"abc"', '"10.0.0.1"',
'"256.1.1.1"',
                '"2024-02-30"', '"2024-02-29T23:59:59.9999999Z"', '"1.02:03:04.5"', '"[1,2"', '"{\\"a\\":1}"', '"null"', '"%zz"', '"YQ"',
                '"\\\\"', '"(["', '"１２"', '"ß"']  # fmt: skip
TIMES: Final = [
    "datetime(0001-01-01)",
    "datetime(9999-12-31 23:59:59.9999999)",
    "datetime(1970-01-01)",
    "datetime(2024-02-29)",
    "datetime(null)",
]
SPANS: Final = ["0s", "1tick", "-1d", "36500d", "timespan(null)", "timespan(10675199.02:48:05.4775807)"]

#: Expressions over two values of a kind; each runs over every pair.
OF_LONGS: Final = """x + y; x - y; x * y; x / y; x % y; -x; abs(x); bin(x, 7); bin(x, y); sign(x); tostring(x); toint(x); toreal(x);
    tobool(x);
    tohex(x); binary_and(x, y); binary_or(x, y); binary_xor(x, y); binary_not(x); binary_shift_left(x, 3); binary_shift_left(x, y);
    binary_shift_right(x, y); max_of(x, y); min_of(x, y); x == y; x != y; x < y; x between (y .. 5); x in (1, 2); pow(x, y); sqrt(x);
    log(x);
    exp(x); round(x, 1); todatetime(x); totimespan(x); tolong(x); ceiling(x); floor(x, 2); substring("abcdef", x, y); substring("abc", x);
    array_slice(dynamic([1,2,3]), x, y); dynamic([1,2,3])[x]; strrep("ab", iff(x > 3, 3, x)); unixtime_seconds_todatetime(x);
    unixtime_milliseconds_todatetime(x); unixtime_microseconds_todatetime(x); datetime_add("day", x, datetime(2024-01-01));
    datetime_add("month", x, datetime(2024-01-31)); make_datetime(x, y, 1); make_timespan(x, y); pack_array(x, y); coalesce(x, y);
    isnull(x); bitset_count_ones(x); format_timespan(totimespan(x), "d.hh:mm"); range(x, x + 3); x * 1.5; x / 2.5; x * 1s"""
OF_REALS: Final = """x + y; x - y; x * y; x / y; x % y; -x; abs(x); bin(x, 0.5); bin(x, y); sign(x); tostring(x); toint(x); tolong(x);
    tobool(x); sqrt(x); log(x); log2(x);
    log10(x); exp(x); exp2(x); pow(x, y); round(x); round(x, 2); ceiling(x); isnan(x); isinf(x); isfinite(x); max_of(x, y); min_of(x, y);
    x == y;
    x != y; x < y; x >= y; sin(x); cos(x); tan(x); atan(x); asin(x); acos(x); atan2(x, y); degrees(x); radians(x); x in (1.5, 2.0); x *
    1s; 1s * x;
    1s / x; pack_array(x); coalesce(x, y); unixtime_seconds_todatetime(x); totimespan(x)"""
OF_TEXTS: Final = """tolong(x); toint(x); toreal(x); todouble(x); tobool(x); todatetime(x); totimespan(x); toguid(x); todecimal(x);
    parse_json(x); parse_json(x).a;
    parse_json(x)[0]; array_length(parse_json(x)); tostring(parse_json(x)); tolong(parse_json(x)); strlen(x); string_size(x); toupper(x);
    tolower(x); reverse(x); x == y;
    x =~ y; x contains y; x has y; x startswith y; x endswith y; x hasprefix y; x in~ (y, "a"); indexof(x, y); split(x, y); split(x, ",");
    replace_string(x, y, "z");
    strcat(x, y); strcmp(x, y); countof(x, "1"); extract("([0-9]+)", 1, x); extract("([0-9]+)", 1, x, typeof(long));
    extract_all("([0-9])", x); trim(" +", x); url_decode(x);
    url_encode(x); base64_decode_tostring(x); base64_encode_tostring(x); hash_sha256(x); parse_ipv4(x); ipv4_is_private(x);
    ipv4_is_in_range(x, "10.0.0.0/8");
    ipv4_is_match(x, y); parse_url(x); translate("a", "b", x); isempty(x); has_any_index(x, dynamic(["a"])); bag_keys(parse_json(x));
    gettype(parse_json(x));
    make_datetime(x); substring(x, 1, 2); strcat_array(parse_json(x), ","); coalesce(x, y); parse_version(x);
    unicode_codepoints_from_string(x); replace_regex(x, "(a)", @"\\1x");
    parse_urlquery(x); parse_path(x)"""
OF_TIMES: Final = """x - y; x + 1d; x - 1d; x + 1tick; x - 1tick; bin(x, 1h); bin(x, 7d); startofday(x); startofweek(x); startofmonth(x);
    startofyear(x); endofday(x);
    endofweek(x); endofmonth(x); endofyear(x); datetime_add("month", 1, x); datetime_add("year", -1, x); datetime_diff("day", x, y);
    datetime_diff("month", x, y);
    datetime_part("day", x); dayofweek(x); dayofyear(x); hourofday(x); week_of_year(x); getyear(x); monthofyear(x); tostring(x);
    format_datetime(x, "yyyy-MM-dd HH:mm:ss.fffffff");
    x == y; x < y; tolong(x); pack_array(x); coalesce(x, y); x between (y .. 1d); max_of(x, y)"""
OF_SPANS: Final = """x + y; x - y; -x; x * 2; x / 3; x / y; abs(x); tostring(x); tolong(x); bin(x, 1h); format_timespan(x,
    "d.hh:mm:ss.fffffff"); datetime(2024-01-01) + x;
    datetime(2024-01-01) - x; x == y; x < y; x * 1.5; pack_array(x); x % y"""
ARRAYS: Final = ["dynamic(null)", "dynamic([])", "dynamic([1,2,3])", "dynamic([null,1,null,2.5,null])", 'dynamic(["a","B","a",""])',
                 'dynamic([1,"a",null,true,[2],{"k":1}])', 'dynamic("text")', "dynamic(5)",
                 'dynamic({"a":1,"b":[1,2]})', "dynamic([true,false])"]  # fmt: skip
OF_ARRAYS: Final = """array_length(x); array_concat(x, y); array_concat(x, dynamic([7])); array_slice(x, 1, 2); array_slice(x, -2, -1);
    array_slice(x, tolong(x[0]), 2); array_rotate_left(x, 1); array_rotate_right(x, 7); array_rotate_left(x, tolong(y));
    array_shift_left(x, 1); array_shift_right(x, 2, 9); array_shift_left(x, tolong(y)); array_reverse(x); array_split(x, 1);
    array_split(x, dynamic([2,1])); array_split(x, -1); array_index_of(x, 1); array_index_of(x, "a"); array_index_of(x, "a", 1);
    array_index_of(x, 1, 0, 2); array_index_of(x, "a", 0, -1, 2); array_index_of(x, 2, -2); array_iff(x, 1, "n");
    array_iff(x, y, 0); array_sort_asc(x); array_sort_desc(x); set_has_element(x, 1); set_has_element(x, "a"); set_union(x, y);
    set_intersect(x, y); set_difference(x, y); zip(x, y); zip(x, dynamic([1])); strcat_array(x, ","); strcat_array(x, tostring(y));
    series_sum(x); series_product(x); series_add(x, x); series_subtract(x, 1); series_multiply(x, x); series_divide(x, 2);
    series_equals(x, x); series_greater(x, 1); series_abs(x); series_sign(x); series_exp(x); series_log(x); series_floor(x);
    series_ceiling(x); series_pow(x, 2); series_fill_forward(x); series_fill_backward(x); series_fill_const(x, 7);
    series_fill_const(x); series_fill_linear(x); series_fill_linear(x, long(null), false); series_fill_forward(x, 2.5);
    series_stats_dynamic(x).len; series_stats(x); series_magnitude(x); series_dot_product(x, x); series_dot_product(x, 2);
    series_cosine_similarity(x, x); series_pearson_correlation(x, x); series_fit_line_dynamic(x).slope;
    series_iir(x, dynamic([1]), dynamic([1,-1])); bag_keys(x); bag_has_key(x, "a"); bag_merge(x, y);
    bag_remove_keys(x, dynamic(["a"])); bag_set_key(x, "z", 1); bag_pack("k", x); pack_array(x, y); tostring(x); gettype(x); x[0];
    x.a; isempty(x); isnull(x); repeat(x, 2); parse_json(tostring(x)); tolong(x); toreal(x); tobool(x); array_length(x.b);
    strlen(tostring(x)); x has "a"; x contains "a"; ipv4_is_in_any_range("1.2.3.4", x)"""
DECIMALS: Final = [
    "decimal(0)",
    "decimal(1.5)",
    "decimal(-2.25)",
    "decimal(100)",
    "decimal(99999999999.5)",
    "decimal(0.0001)",
    "decimal(null)",
]
OF_DECIMALS: Final = """tostring(x); tolong(x); toint(x); toreal(x); x + y; x - y; x * 2; -x; abs(x); x == y; x < y;
    x * 1d; pack_array(x); tobool(x);
    strcat(x, "a"); hash_sha256(x); coalesce(x, y); max_of(x, y); isnull(x); todecimal(tostring(x)); x in (y, decimal(1.5));
    x !in (y); sign(x)"""
GUIDS: Final = ["guid(74be27de-1e4e-49d9-b579-fe0b331d3642)", "guid(null)"]
OF_GUIDS: Final = """tostring(x); x == y; x != y; tobool(x); isnull(x); pack_array(x); strcat(x, "-"); x in (y); x !in (y)"""
GROUPS: Final = {
    "long": (OF_LONGS, LONGS),
    "real": (OF_REALS, REALS),
    "string": (OF_TEXTS, TEXTS),
    "datetime": (OF_TIMES, TIMES),
    "timespan": (OF_SPANS, SPANS),
    "dynamic": (OF_ARRAYS, ARRAYS),
    "decimal": (OF_DECIMALS, DECIMALS),
    "guid": (OF_GUIDS, GUIDS),
}
CASES: Final = [(kind, e.strip()) for kind, (texts, _) in GROUPS.items() for e in texts.split(";")]
AGGREGATES: Final = """sum(x); avg(x); min(x); max(x); count(x); dcount(x); stdev(x); variance(x); make_list(x); make_set(x);
percentile(x, 50); take_any(x); arg_max(x, y);
    arg_min(x, y); sumif(x, x > 1); countif(x > 1)"""


def query(kind: str, expression: str) -> str:
    """Every pair of the kind's values in a table, and the expression over it."""
    values = GROUPS[kind][1]
    cells = ", ".join(f"{place}, {x}, {y}" for place, (x, y) in enumerate((x, y) for x in values for y in values))
    return f"datatable(n:long, x:{kind}, y:{kind})[{cells}] | project n, r = {expression}"


def plain(value: Any, kind: str) -> Any:
    """Reals to twelve digits: engines' libraries differ in the last."""
    value = record(value, kind)
    if isinstance(value, float):
        return float(f"{value:.12g}") + 0.0
    return sorted(map(repr, value)) if isinstance(value, list) else value
