"""Addresses, URLs, geography."""

from __future__ import annotations

from typing import Final

from rulec.backend import Unsupported
from rulec.ir.exprs import Call
from rulec.scalars import ScalarType
from rulec_backends.python.code import Code
from rulec_backends.python.functions.rows import runtime, runtime_json
from rulec_backends.python.lower import Lower, ValueRow

T = ScalarType


def _any_of(function: str) -> ValueRow:
    """A text and ranges or addresses, given one by one or as one array."""

    def row(lower: Lower, expr: Call) -> Code:
        first, *rest = expr.arguments
        items = (
            Code(f"[{', '.join(lower.json(r).text for r in rest)}]")
            if len(rest) != 1 or rest[0].type is not T.DYNAMIC
            else lower.value(rest[0])
        )
        return lower.module.call(function, lower.value(first), items)

    return row


_SAME: Final = (
    "has_ipv4",
    "has_ipv4_prefix",
    "ipv4_compare",
    "ipv4_is_in_range",
    "ipv4_is_match",
    "ipv4_is_private",
    "ipv4_netmask_suffix",
    "ipv4_range_to_cidr_list",
    "ipv6_compare",
    "ipv6_is_in_range",
    "ipv6_is_match",
    "parse_ipv4",
    "parse_ipv4_mask",
    "parse_ipv6",
    "parse_ipv6_mask",
    "parse_url",
    "parse_urlquery",
    "punycode_domain_from_string",
    "punycode_domain_to_string",
    "punycode_from_string",
    "punycode_to_string",
    "url_decode",
    "url_encode",
    "url_encode_component",
)

VALUES: Final[dict[str, ValueRow | Unsupported]] = {
    **{function: runtime(function) for function in _SAME},
    "format_ipv4": runtime_json("format_ipv4"),
    "format_ipv4_mask": runtime_json("format_ipv4_mask"),
    "has_any_ipv4": _any_of("has_any_ipv4"),
    "has_any_ipv4_prefix": _any_of("has_any_ipv4_prefix"),
    "ipv4_is_in_any_range": _any_of("ipv4_is_in_any_range"),
    "ipv6_is_in_any_range": _any_of("ipv6_is_in_any_range"),
    "geo_info_from_ip_address": Unsupported("needs a location database"),
}
