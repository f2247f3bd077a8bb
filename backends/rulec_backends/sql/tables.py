"""The rows that every SQL engine starts from: what is said in the dialect's terms, and what none can say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rulec.backend import Unsupported
from rulec_backends.sql import plugins, refusals
from rulec_backends.sql.expressions import FunctionRow
from rulec_backends.sql.functions import (
    bags,
    conversions,
    datetimes,
    dynamic,
    encodings,
    geography,
    ipv6,
    logic,
    network,
    numbers,
    patterns,
    series,
    series_statistics,
    sets,
    strings,
    texts,
    xml,
)
from rulec_backends.sql.plugins import PluginRow

FUNCTIONS: Final[Mapping[str, FunctionRow | Unsupported]] = MappingProxyType(
    {
        **refusals.FUNCTIONS,
        **logic.ROWS,
        **numbers.ROWS,
        **strings.ROWS,
        **conversions.ROWS,
        **datetimes.ROWS,
        **dynamic.ROWS,
        **bags.ROWS,
        **sets.ROWS,
        **patterns.ROWS,
        **network.ROWS,
        **ipv6.ROWS,
        **series.ROWS,
        **series_statistics.ROWS,
        **texts.ROWS,
        **encodings.ROWS,
        **geography.ROWS,
        **xml.ROWS,
    }
)

PLUGINS: Final[Mapping[str, PluginRow | Unsupported]] = MappingProxyType({**refusals.PLUGINS, **plugins.ROWS})
