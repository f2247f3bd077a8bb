"""The limits of limits.conf and of the commands that silently change results.

Source: limits.conf 10.2.3 and the commands' pages of the Search Reference. Tests lower them to show that a search depends on one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caps:
    """Rows or values kept; the names are limits.conf's where it has one.

    Attributes:
        sort: `sort` without a count.
        subsearch: `[subsearch] maxout`.
        join: `[join] subsearch_maxout`.
        append: `maxresultrows` for append, union legs, appendcols.
        makeresults: `maxresultrows` for generated events.
        list: `[stats] list_maxsize`.
        values: `[stats] maxvalues`; 0 means no limit.
        stream_window: `[streamstats] max_stream_window`.
        spath: `[spath] extraction_cutoff` in bytes.
        makeresults_data: characters of `makeresults data=`.
        mvexpand_mb: `[mvexpand] max_mem_usage_mb`.
        max_matches: `max_matches` of a lookup definition.
    """

    sort: int = 10_000
    subsearch: int = 10_000
    join: int = 50_000
    append: int = 50_000
    makeresults: int = 50_000
    list: int = 100
    values: int = 0
    stream_window: int = 10_000
    spath: int = 5_000
    makeresults_data: int = 29_999
    mvexpand_mb: int = 500
    max_matches: int = 100


DEFAULT = Caps()
