"""Which functions of the catalogue SPL can say: one answer for each, with the reason Splunk imposes for a refusal."""

from __future__ import annotations

from collections.abc import Mapping

from rulec.backend import Unsupported
from rulec.catalogue import aggregate, aggregate_names, function_names, lookup, names, plugin_names, window_names
from rulec_backends.splunk.conditions import WINDOWS
from rulec_backends.splunk.plugins import PLUGINS
from rulec_backends.splunk.reasons import reason_of

#: Aggregates that the binder takes apart.
_SAID_WITH = {"percentiles": "percentile", "percentilesw": "percentilew"}


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
