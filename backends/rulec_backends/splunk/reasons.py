"""Why SPL cannot say a function, by the beginning of its name."""

from __future__ import annotations

_REASONS = (
    ("geo_", "SPL has no geometry functions"),
    ("series_", "SPL has no such function of number arrays"),
    ("punycode_", "SPL has no Punycode functions"),
    ("gzip_", "SPL has no compression functions"),
    ("zlib_", "SPL has no compression functions"),
    ("base64_", "SPL has no function from a character or byte to its code"),
    ("binary_", "SPL has no bitwise aggregates"),
    ("hash", "SPL has no such hash function"),
    ("ipv6_", "SPL has no lookup of IPv6 networks that rows hold"),
    ("convert_", "SPL has no unit conversions"),
    ("pivot", "the columns depend on the rows"),
    ("bag_unpack", "the columns depend on the rows"),
    ("datetime_", "SPL knows no time zone but that of its user"),
)
_DEFAULT = "SPL has no counterpart"


def reason_of(name: str) -> str:
    """Why a function without a row cannot be said."""
    return next((reason for prefix, reason in _REASONS if name.startswith(prefix)), _DEFAULT)
