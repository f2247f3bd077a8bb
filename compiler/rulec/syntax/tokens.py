"""Token kinds and KQL's keywords.

The kind of a keyword or punctuation token is its own text; other kinds are the constants below. Which keywords may
also be names is KQL's own, uneven choice.

Source: Kusto.Language (Microsoft's parser), `SyntaxFacts` and `KustoFacts`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

NAME: Final = "<name>"
STRING: Final = "<string>"
BOOL: Final = "<bool>"
INT: Final = "<int>"
LONG: Final = "<long>"
REAL: Final = "<real>"
DECIMAL: Final = "<decimal>"
DATETIME: Final = "<datetime>"
TIMESPAN: Final = "<timespan>"
GUID: Final = "<guid>"
RAW_GUID: Final = "<raw guid>"
DIRECTIVE: Final = "<directive>"
END: Final = "<end>"


def words(text: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(text.split())


class Tokens(NamedTuple):
    """A text's tokens as parallel lists, the last token of kind `END`: token `i` is `text[starts[i]:ends[i]]` of kind `kinds[i]`."""

    kinds: list[str]
    starts: list[int]
    ends: list[int]


#: Keywords that are also names everywhere.
NAME_KEYWORDS: Final = words(
    """
    __partitionby access alias best_effort bin bool consume count database dataformat datetime_pattern declare
    default distinct edges entity_group evaluate extend facet filter fork from getschema graph guid id
    inline_external_table join let limit lookup mvapply mvexpand nodes null nulls on optional order output pack
    parse partition pattern plotly query_parameters range reduce regex render restrict scan serialize sort step
    summarize take top typeof uuid view with with_node_id
    """
)
#: Keywords that are names only where something is declared: left of `=`, in schemas, in wildcards.
DECLARABLE_KEYWORDS: Final = words(
    """
    accumulate as by contains datatable earliest externaldata find has in invoke latest materialize mdm of print
    sample sample-distinct search set sql title to top-hitters top-nested toscalar totable verbose viewers where
    """
)
#: Keywords that are names only where a column is read.
READABLE_KEYWORDS: Final = frozenset({"kind", "withsource", "with_source"})

#: String operators; they bind tighter than arithmetic and do not chain.
STRING_OPERATORS: Final = (
    "=~", "!~", ":", "has", "!has", "has_cs", "!has_cs", "hasprefix", "!hasprefix", "hasprefix_cs", "!hasprefix_cs",
    "hassuffix", "!hassuffix", "hassuffix_cs", "!hassuffix_cs", "like", "notlike", "likecs", "notlikecs",
    "contains", "notcontains", "!contains", "containscs", "contains_cs", "notcontainscs", "!contains_cs",
    "startswith", "!startswith", "startswith_cs", "!startswith_cs",
    "endswith", "!endswith", "endswith_cs", "!endswith_cs", "matches regex",
)  # fmt: skip
LIST_OPERATORS: Final = ("in", "in~", "!in", "!in~", "has_any", "has_all")
RANGE_OPERATORS: Final = ("between", "!between")

_RESERVED: Final = words(
    """
    3Dchart __contextual_datatable __crossCluster __crossDB __executeAndCache __id __isFuzzy __noWithSource
    __packedColumn __projectAway __sourceColumnIndex and anomalychart areachart asc assert-schema bagexpansion
    barchart bin_legacy boolean byte cachingpolicy callout cancel card char columnchart commands-and-queries
    cycles dataexport datascope date datetime decimal decodeblocks desc double dynamic encodingpolicy
    expandoutput extent_tags_retention external_data first flags float force_remote granny-asc granny-desc
    graph-mark-components graph-match graph-shortest-paths graph-to-table graph-where-edges graph-where-nodes
    harddelete hardretention hint.concurrency hint.distribution hint.materialized hint.num_partitions
    hint.progressive_top hint.remote hint.shufflekey hint.spread hint.strategy hotcache int int16 int32 int64
    int8 isfuzzy journal ladderchart last linechart long macro-expand make-graph make-series
    materialized-view-combine materialized-views missing mv-apply mv-expand nooptimization or others parse-kv
    parse-where partitioned-by pathformat piechart pivotchart project project-away project-by-names project-keep
    project-rename project-reorder project-smart queries query_results real relaxed restricted_view_access
    row_level_security rowstore rowstore_references rowstore_sealinfo rowstorepolicy rowstores scatterchart seal
    seals set-or-append set-or-replace shards simple softdelete softretention stackedareachart statistics
    storedqueryresultcontainers string tablepurge time timechart timeline timepivot timespan treemap uint uint16
    uint32 uint64 uint8 ulong union uniqueid unrestrictedviewers views with_itemindex with_match_id
    with_step_name writeaheadlog
    """
)

_WORD_OPERATORS: Final = [op for op in (*STRING_OPERATORS, *LIST_OPERATORS, *RANGE_OPERATORS) if op[-1].isalnum() or op[-1] == "~"]

#: Every keyword, case-sensitive. `in~`, `project-away`, `hint.remote` and `matches regex` are one keyword each.
KEYWORDS: Final = frozenset({*NAME_KEYWORDS, *DECLARABLE_KEYWORDS, *READABLE_KEYWORDS, *_RESERVED, *_WORD_OPERATORS} - {"=~", "!~"})

#: Kinds that may stand where a name is read, and where one is declared.
NAME_KINDS: Final = frozenset({NAME, *NAME_KEYWORDS})
DECLARABLE_KINDS: Final = NAME_KINDS | DECLARABLE_KEYWORDS

#: Kinds after which an expression cannot continue.
LIST_ENDS: Final = frozenset({")", "]", "}", "|", ";", END})
