"""IP addresses and URLs. What is no address gives null (text functions: the empty string).

Source: Learn, "IPv4/IPv6 functions", "String functions" for URLs.
"""

from __future__ import annotations

from typing import Final

from rulec.catalogue.notation import Row, row

_TEST = row("string, string -> bool?")
_MATCH = row("string, string, long? -> bool?")
_COMPARE = row("string, string, long? -> long?")
# One dynamic array, or the ranges one by one.
_ANY_OF = row("string, dynamic -> bool?", "string, string+ -> bool?")
_PARSE = row("string -> dynamic?")
_TEXT = row("string -> string")

NETWORK: Final[dict[str, Row]] = {
    "format_ipv4": row("any, long? -> string"),
    "format_ipv4_mask": row("any, long -> string"),
    "geo_info_from_ip_address": row("string -> dynamic?"),
    "has_any_ipv4": _ANY_OF,
    "has_any_ipv4_prefix": _ANY_OF,
    "has_ipv4": _TEST,
    "has_ipv4_prefix": _TEST,
    "ipv4_compare": _COMPARE,
    "ipv4_is_in_any_range": _ANY_OF,
    "ipv4_is_in_range": _TEST,
    "ipv4_is_match": _MATCH,
    "ipv4_is_private": row("string -> bool?"),
    "ipv4_netmask_suffix": row("string -> long?"),
    "ipv4_range_to_cidr_list": row("string, string -> dynamic?"),
    "ipv6_compare": _COMPARE,
    "ipv6_is_in_any_range": _ANY_OF,
    "ipv6_is_in_range": _TEST,
    "ipv6_is_match": _MATCH,
    "parse_ipv4": row("string -> long?"),
    "parse_ipv4_mask": row("string, long -> long?"),
    "parse_ipv6": _TEXT,
    "parse_ipv6_mask": row("string, long -> string"),
    "parse_url": _PARSE,
    "parse_urlquery": _PARSE,
    "punycode_domain_from_string": _TEXT,
    "punycode_domain_to_string": _TEXT,
    "punycode_from_string": _TEXT,
    "punycode_to_string": _TEXT,
    "url_decode": _TEXT,
    "url_encode": _TEXT,
    "url_encode_component": _TEXT,
}
