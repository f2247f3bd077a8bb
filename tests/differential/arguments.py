"""What parameters want beyond their type: patterns, units, addresses, small numbers. Without a row, any value of the type goes."""

from __future__ import annotations

from typing import Final

from tests.differential.values import JSON_TEXTS, NUMBER_TEXTS, TEXTS, TIME_TEXTS

#: Literals that a parameter chooses from, or None for any value of its type.
Pool = tuple[str, ...] | None


def _quoted(*texts: str) -> tuple[str, ...]:
    return tuple(f"'{text}'" for text in texts)


def _verbatim(*texts: str) -> tuple[str, ...]:
    return tuple(f"@'{text}'" for text in texts)


REGEX: Final = _verbatim(
    "[a-z]+", r"\d+", "a|b", "(?i)ALPHA", "^a", "b$", r"\s", ".", r"\bbeta\b", "[^,]+", "l+?p", r"\w", "é", "x*", r"\W+"
)
GROUPS: Final = _verbatim(r"(\w+)", r"([a-z])([a-z])", r"(\d+)", "(a)|(b)", "(?i)(ALPHA) (b)", r"(?P<n>\w)-(\w)", "(.)")
SMALL: Final = ("0", "1", "-1", "2", "3", "-2", "10", "100", "long(null)")
COUNT: Final = ("0", "1", "2", "5", "-1", "long(null)")
NEEDLE: Final = (
    '""',
    '"a"',
    '"A"',
    '"alpha"',
    '"beta"',
    '"b"',
    '","',
    '"_"',
    '"é"',
    '"e"',
    '"ss"',
    '"k"',
    '"😀"',
    '"."',
    '"lph"',
    '" "',
    '"i"',
    '"Alpha beta"',
)
JSON_PATH: Final = _quoted("$.a", "$.b[1]", "$", "$.b[2].c", "$[2]", "$.A", "$.zz")
PART: Final = _quoted(
    "year", "quarter", "month", "week_of_year", "day", "dayofyear", "hour", "minute", "second", "millisecond", "microsecond", "nanosecond"
)
UNIT_OF_TIME: Final = _quoted(
    "year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond", "nanosecond"
)
DATE_FORMAT: Final = _quoted("yyyy-MM-dd HH:mm:ss.fffffff", "d/M/yy h:m:s tt", "yy MMM dd", "HH:mm", "s.fff", "yyyy-MM-ddTHH:mm:ss.FFF")
SPAN_FORMAT: Final = _quoted("d.hh:mm:ss.fffffff", "hh:mm", "h:m:s", "ddd.hh", "s.ff")
ZONE: Final = _quoted("US/Eastern", "Europe/Berlin", "Asia/Kolkata", "UTC", "Nowhere/Town")
IPV4: Final = _quoted(
    "10.0.0.1",
    "192.168.1.255/24",
    "0.0.0.0",
    "255.255.255.255",
    "256.1.1.1",
    "1.2.3",
    "",
    "172.16.5.4",
    "10.1.2.3/8",
)
IPV6: Final = _quoted(
    "::1", "2001:db8::/32", "2001:DB8::1", "::ffff:10.0.0.1", "fe80::1", "10.0.0.1", "", "1::2::3", "::/0", "fe80::85d:e82c:9446:7994/120"
)
RANGES: Final = ("dynamic(['10.0.0.0/8','192.168.0.0/16'])", "dynamic([])", "dynamic(['bad','1.2.3.4'])", "dynamic(null)")
IP_TEXT: Final = _quoted("from 10.0.0.1 to 192.168.1.9", "10.0.0.1", "x10.0.0.1", "10.0.0.10,", "", "ip=10.0.0.1;")
PREFIX: Final = _quoted("10.0.", "10.", "192.168.1.9", "10.0.0.1", "")
MASK: Final = ("0", "8", "24", "32")
URL: Final = _quoted(
    "https://User:pw@Ex.com:8080/a/b?x=1&y=%20z&x=2#frag", "http://h", "ftp://h/p%41", "no url", "",
    "https://ex.com/?q", "//h/p", "a b&c=d/é+😀", "%C3%A9%2", "x%zz+y",
    "mailto:a@b.c", "http://[::1]:80/a", "file:///c:/x",
)  # fmt: skip
BASE64: Final = _quoted(
    "S3VzdG8=",
    "",
    "abc",
    "gA==",
    "8J+YgA==",
    "YQ",
    "not base64!",
    "H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==",
    "eJwBFADr/zEyMzQ1Njc4OTBxd2VydHl1aW9wOAkGdw==",
)
PUNYCODE: Final = _quoted("xn--Ge-mia.example", "éa.com", "a", "", "Ge-mia", "Bücher", "xn--bcher-kva.ch")
VERSION: Final = _quoted("1.2.3.4", "1", "1.2", "1.2.3.4.5", "", "1.a", "999999999.0.1", " 1.2", "01.2")
PATH: Final = _quoted(r"C:\\Users\\a.txt", "/var/log/x.tar.gz", "file.txt", "", "\\\\\\\\server\\\\share\\\\f", "C:", "/a/b/")
COMMAND: Final = ("'a.exe -x \"b c\"'", "'echo  hi'", "''", "'a \\\\\"q'")
CSV: Final = ("'a,b,c'", '\'a,"b,""c"\'', "''", "',,'", "'x\\ny,z'", "' a , b'")
XML: Final = ("'<a x=\"1\"><b>t</b><b>u</b></a>'", "'<a/>'", "''", "'<bad'", "'<a>é</a>'")
NUMBERS: Final = (
    "dynamic([1,2,3])",
    "dynamic([1.5,-2.5,0])",
    "dynamic([null,1,null,4,null])",
    "dynamic([5])",
    "dynamic([])",
    "dynamic([2,2,2,9])",
    'dynamic([1,"a",2])',
    "dynamic(null)",
)
#: What a series function says of no array at all is known from nowhere.
ARRAYS: Final = tuple(text for text in NUMBERS if text != "dynamic(null)")
SIZE: Final = ("1", "2", "100")
FILTER: Final = ("dynamic([1,1])", "dynamic([1,-2,1])", "dynamic([0.5])")
BAGS: Final = (
    'dynamic({"a":1,"b":{"c":"x"}})',
    'dynamic({"b":2,"z":null})',
    "dynamic({})",
    "dynamic([1])",
    "dynamic(null)",
    'dynamic({"A":[1]})',
)
KEYS: Final = ("dynamic(['a','zz'])", "dynamic(['b'])", "dynamic([])", "dynamic(null)")
KEY: Final = _quoted("a", "A", "b", "", "zz")
FLAGS: Final = ("dynamic([true,false,true])", "dynamic([1,0,null,5])", "dynamic([])", "dynamic(null)")
TEXT_LISTS: Final = ("dynamic(['a','B'])", "dynamic(['alpha','é'])", "dynamic([''])", "dynamic([])")
DEGREES: Final = ("0.0", "45.5", "-90.0", "180.0", "-122.4", "200.0", "real(null)", "real(nan)", "1e-7")
GEOHASH: Final = _quoted("sunny", "u", "", "a!", "u4pruydqqvj")
GUID_TEXT: Final = _quoted(
    "74be27de-1e4e-49d9-b579-fe0b331d3642", "74BE27DE1E4E49D9B579FE0B331D3642", "{74be27de-1e4e-49d9-b579-fe0b331d3642}", "bad", ""
)
CODE_POINTS: Final = ("97", "233", "128512", "dynamic([104,105])", "65")
TINY: Final = ("0.0", "1.0", "-1.0", "2.5", "0.5", "-0.5", "10.0", "170.5", "real(null)", "real(nan)", "real(+inf)")
UNIT: Final = ("0.0", "0.25", "0.5", "1.0", "-0.1", "1.1", "real(null)")
STEP: Final = ("1", "2", "3", "-1", "0", "long(null)")
DATE_NUMBER: Final = ("1", "2", "12", "13", "29", "31", "0", "-1", "2020", "long(null)")
YEAR: Final = ("2020", "1900", "1", "9999", "0", "10000", "long(null)")
EPOCH: Final = ("0", "1", "-1", "1546300800", "1546300800123", "1546300800.5", "1e18", "-62135596800", "253402300799", "long(null)")
_UNITS: Final = {
    "angle": _quoted("Degree", "Radian", "Gradian", "bad"),
    "energy": _quoted("Joule", "Calorie", "KilowattHour"),
    "force": _quoted("Newton", "Dyn", "PoundForce"),
    "length": _quoted("Meter", "Inch", "Mile", "bad"),
    "mass": _quoted("Gram", "Pound", "Kilogram"),
    "speed": _quoted("MeterPerSecond", "Knot", "MilePerHour"),
    "temperature": _quoted("Kelvin", "DegreeCelsius", "DegreeFahrenheit"),
    "volume": _quoted("CubicMeter", "Liter", "CubicInch"),
}
MIXED: Final = (*TEXTS, *NUMBER_TEXTS, *TIME_TEXTS, *JSON_TEXTS)
_INDEX: Final = (NEEDLE, NEEDLE, SMALL, SMALL, ("1", "2", "-1"))

#: By function, the pool of each parameter; the last one also holds for what is repeated.
ARGUMENTS: Final[dict[str, tuple[Pool, ...]]] = {
    "countof": (None, NEEDLE, ("'normal'", "'regex'")),
    "extract": (GROUPS, ("0", "1", "2"), None),
    "extract_all": (GROUPS, None),
    "extract_json": (JSON_PATH, JSON_TEXTS),
    "has_any_index": (None, TEXT_LISTS),
    "indexof": (None, *_INDEX[1:]),
    "indexof_regex": (None, REGEX, *_INDEX[2:]),
    "parse_command_line": (COMMAND, ("'windows'",)),
    "parse_csv": (CSV,),
    "parse_path": (PATH,),
    "parse_version": (VERSION,),
    "parse_json": (JSON_TEXTS,),
    "parse_xml": (XML,),
    "replace": (REGEX, ("'<>'", "''", "@'[\\0]'"), None),
    "replace_regex": (None, REGEX, ("'<>'", "''", "@'[\\0]'")),
    "replace_string": (None, NEEDLE, NEEDLE),
    "replace_strings": (None, TEXT_LISTS, TEXT_LISTS),
    "split": (None, NEEDLE, SMALL),
    "strrep": (None, COUNT, NEEDLE),
    "strcat_array": (None, NEEDLE),
    "substring": (None, SMALL, SMALL),
    "translate": (NEEDLE, NEEDLE, None),
    "trim": (REGEX, None),
    "trim_start": (REGEX, None),
    "trim_end": (REGEX, None),
    "unicode_codepoints_to_string": (CODE_POINTS,),
    "matches regex": (None, REGEX),
    "tobool": (None,),
    "toguid": (GUID_TEXT,),
    "tohex": (None, ("2", "16", "0")),
    "format_bytes": (None, ("0", "2"), ("'KB'", "'MB'")),
    "round": (None, ("0", "1", "-1", "3")),
    "binary_shift_left": (None, ("0", "1", "63", "64", "-1", "long(null)")),
    "binary_shift_right": (None, ("0", "1", "63", "64", "-1", "long(null)")),
    "gamma": (TINY,),
    "loggamma": (TINY,),
    "pow": (TINY, TINY),
    "exp": (TINY,),
    "exp2": (TINY,),
    "exp10": (TINY,),
    "erf": (TINY,),
    "erfc": (TINY,),
    "sin": (TINY,),
    "cos": (TINY,),
    "tan": (TINY,),
    "cot": (TINY,),
    "asin": (UNIT,),
    "acos": (UNIT,),
    "beta_cdf": (UNIT, TINY, TINY),
    "beta_inv": (UNIT, TINY, TINY),
    "beta_pdf": (UNIT, TINY, TINY),
    "welch_test": (TINY, TINY, ("5", "10"), TINY, TINY, ("5", "10")),
    **{f"convert_{kind}": (TINY, pool, pool) for kind, pool in _UNITS.items()},
    "datetime_add": (UNIT_OF_TIME, SMALL, None),
    "datetime_diff": (UNIT_OF_TIME, None, None),
    "datetime_part": (PART, None),
    "datetime_local_to_utc": (None, ZONE),
    "datetime_utc_to_local": (None, ZONE),
    "format_datetime": (None, DATE_FORMAT),
    "format_timespan": (None, SPAN_FORMAT),
    "make_datetime": (YEAR, DATE_NUMBER, DATE_NUMBER, DATE_NUMBER, DATE_NUMBER, DATE_NUMBER),
    "make_timespan": (DATE_NUMBER,),
    **{f"{bound}of{unit}": (None, SMALL) for bound in ("start", "end") for unit in ("day", "week", "month", "year")},
    **{f"unixtime_{unit}_todatetime": (EPOCH,) for unit in ("microseconds", "milliseconds", "nanoseconds", "seconds")},
    "array_concat": (None,),
    "array_iff": (FLAGS, None, None),
    "array_rotate_left": (None, SMALL),
    "array_rotate_right": (None, SMALL),
    "array_shift_left": (None, COUNT, None),
    "array_shift_right": (None, COUNT, None),
    "array_slice": (None, SMALL, SMALL),
    "array_split": (None, ("0", "1", "-1", "2", "dynamic([1,3])", "dynamic([-2])")),
    "array_index_of": (None, None, SMALL, SMALL, ("1", "2")),
    "array_sort_asc": (NUMBERS,),
    "array_sort_desc": (NUMBERS,),
    "bag_has_key": (BAGS, KEY),
    "bag_keys": (BAGS,),
    "bag_merge": (BAGS,),
    "bag_pack": (("'a'", "'b'", "'c d'"), None),
    "bag_remove_keys": (BAGS, KEYS),
    "bag_set_key": (BAGS, ("'a'", "'n'"), None),
    "bag_zip": (KEYS, NUMBERS),
    "range": (STEP, ("5", "10", "0", "long(null)"), STEP),
    "repeat": (None, COUNT),
    "format_ipv4": (IPV4, MASK),
    "format_ipv4_mask": (IPV4, MASK),
    "has_any_ipv4": (IP_TEXT, ("dynamic(['10.0.0.1','1.1.1.1'])", "dynamic([])")),
    "has_any_ipv4_prefix": (IP_TEXT, ("dynamic(['10.0.','1.'])", "dynamic([])")),
    "has_ipv4": (IP_TEXT, IPV4),
    "has_ipv4_prefix": (IP_TEXT, PREFIX),
    "ipv4_compare": (IPV4, IPV4, MASK),
    "ipv4_is_in_any_range": (IPV4, RANGES),
    "ipv4_is_in_range": (IPV4, IPV4),
    "ipv4_is_match": (IPV4, IPV4, MASK),
    "ipv4_is_private": (IPV4,),
    "ipv4_netmask_suffix": (IPV4,),
    "ipv4_range_to_cidr_list": (IPV4, IPV4),
    "ipv6_compare": (IPV6, IPV6, MASK),
    "ipv6_is_in_any_range": (IPV6, ("dynamic(['2001:db8::/32','fe80::/10'])", "dynamic([])")),
    "ipv6_is_in_range": (IPV6, IPV6),
    "ipv6_is_match": (IPV6, IPV6, MASK),
    "parse_ipv4": (IPV4,),
    "parse_ipv4_mask": (IPV4, MASK),
    "parse_ipv6": (IPV6,),
    "parse_ipv6_mask": (IPV6, MASK),
    "parse_url": (URL,),
    "parse_urlquery": (URL,),
    "url_decode": (URL,),
    "url_encode": (URL,),
    "url_encode_component": (URL,),
    **{f"punycode_{name}": (PUNYCODE,) for name in ("domain_from_string", "domain_to_string", "from_string", "to_string")},
    **{f"base64_decode_{name}": (BASE64,) for name in ("toarray", "toguid", "tostring")},
    "base64_encode_fromarray": (("dynamic([75,117])", "dynamic([])", "dynamic([256])", "dynamic(null)"),),
    "gzip_decompress_from_base64_string": (BASE64,),
    "zlib_decompress_from_base64_string": (BASE64,),
    "hash": (None, ("10", "100", "1")),
    "hash_xxhash64": (None, ("10", "100", "1")),
    "geo_geohash_to_central_point": (GEOHASH,),
    "geo_geohash_to_polygon": (GEOHASH,),
    "geo_geohash_neighbors": (GEOHASH,),
    "geo_point_to_geohash": (DEGREES, DEGREES, ("1", "5", "12")),
    "geo_distance_2points": (DEGREES,),
    "geo_azimuth": (DEGREES,),
    "geo_angle": (DEGREES,),
    "geo_point_in_circle": (DEGREES, DEGREES, DEGREES, DEGREES, ("0.0", "1000.0", "1e6")),
    "series_fir": (ARRAYS, FILTER, ("true", "false"), ("true", "false")),
    "series_iir": (ARRAYS, FILTER, ("dynamic([1,-0.5])", "dynamic([2])")),
    "series_periods_detect": (ARRAYS, ("0.0",), ("2.0",), ("1",)),
    "series_fill_const": (ARRAYS, ("0", "7", "1.5")),
    "series_fill_forward": (ARRAYS,),
    "series_fill_backward": (ARRAYS,),
    "series_fill_linear": (ARRAYS,),
    "series_pow": (ARRAYS, ("2", "0.5", "-1", "dynamic([0,1,2])")),
    "array_sum": (NUMBERS,),
    **dict.fromkeys(("make_list", "make_set", "makelist", "makeset"), (None, SIZE)),
    **dict.fromkeys(("make_list_if", "make_set_if"), (None, None, SIZE)),
}
SERIES: Final[tuple[Pool, ...]] = (ARRAYS,)
