"""Which functions of the catalogue SPL can say: one answer for each, with the reason Splunk imposes for a refusal."""

from __future__ import annotations

from collections.abc import Mapping

from rulec.backend import Unsupported
from rulec.catalogue import aggregate, aggregate_names, function_names, lookup, names, plugin_names, window_names
from rulec_backends.splunk.conditions import WINDOWS
from rulec_backends.splunk.plugins import PLUGINS

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
#: Aggregates that the binder takes apart.
_SAID_WITH = {"percentiles": "percentile", "percentilesw": "percentilew"}
_DEFAULT = "SPL has no counterpart"


def reason_of(name: str) -> str:
    """Why a function without a row cannot be said."""
    return next((reason for prefix, reason in _REASONS if name.startswith(prefix)), _DEFAULT)


def coverage(functions: Mapping[str, object], aggregates: Mapping[str, object]) -> Mapping[str, Unsupported | bool]:
    """The catalogue's names with what the tables say."""
    found: dict[str, Unsupported | bool] = {}
    found.update(dict.fromkeys(set(names()) - set(function_names()) - set(window_names()), True))
    for name in (*function_names(), *window_names(), *aggregate_names(), *plugin_names()):
        row = functions.get(name) or aggregates.get(_aggregate_of(name)) or WINDOWS.get(name) or PLUGINS.get(name)
        if isinstance(row, Unsupported):
            found[name] = row
        else:
            known = lookup(name)
            found[name] = True if row is not None or (known and known.bound) else Unsupported(reason_of(name))
    return found


def _aggregate_of(name: str) -> str:
    """The aggregate with which the binder says one (`countif` is `count`)."""
    found = aggregate(name)
    return _SAID_WITH.get(name) or (found.base if found is not None and found.base else name)
