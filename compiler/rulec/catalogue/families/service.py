"""What belongs to the running service: references to tables, the caller, storage, graphs. And questions to sketches.

Source: Learn's pages of these functions.
"""

from __future__ import annotations

from typing import Final

from rulec.catalogue.notation import Row, row
from rulec.catalogue.signatures import ResultName

_GRAPH = "reads a stored graph, and no target keeps any"
_CURSOR = "follows the ingestion of a Kusto database"
_STORAGE = "tells of Kusto's own storage"
_CALLER = "tells of the caller of the Kusto service"
_SKETCH = "checks the layout of a sketch (hll, tdigest), which only Kusto knows"
_PLACE = "names a place in a Kusto cluster; a field map or a workspace function stands for it"

SERVICE: Final[dict[str, Row]] = {
    "toscalar": row(bound=True),
    "materialize": row(bound=True),
    "table": row(bound=True),
    "cluster": row(unsupported=_PLACE, bound=True),
    "database": row(unsupported=_PLACE, bound=True),
    "entity_group": row(unsupported=_PLACE, bound=True),
    "external_table": row(unsupported=_PLACE, bound=True),
    "materialized_view": row(unsupported=_PLACE, bound=True),
    "stored_query_result": row(unsupported=_PLACE, bound=True),
    "column_names_of": row(bound=True),
    "current_cluster_endpoint": row("-> string", unsupported=_CALLER),
    "current_database": row("-> string", unsupported=_CALLER),
    "current_node_id": row("-> string", unsupported=_CALLER),
    "current_principal": row("-> string", unsupported=_CALLER),
    "current_principal_details": row("-> dynamic?", unsupported=_CALLER),
    "current_principal_is_member_of": row("string{1,64} -> bool?", unsupported=_CALLER),
    "cursor_after": row("string -> bool?", unsupported=_CURSOR),
    "cursor_before_or_at": row("string -> bool?", unsupported=_CURSOR),
    "cursor_current": row("-> string", unsupported=_CURSOR),
    "extent_id": row("-> guid?", unsupported=_STORAGE),
    "extent_tags": row("-> dynamic?", unsupported=_STORAGE),
    # When the row arrived; backends that keep such a time may say it.
    "ingestion_time": row("-> datetime?", naming=ResultName.PREFIX, prefix="$IngestionTime"),
    "row_id": row("-> string", unsupported=_STORAGE),
    "rowstore_ordinal_range": row("-> dynamic?", unsupported=_STORAGE),
    "graph": row(unsupported=_GRAPH, bound=True),
    "all": row("any, bool -> bool?", bound=True),
    "any": row("any, bool -> bool?", bound=True),
    "map": row("any, any -> dynamic?", bound=True),
    "inner_nodes": row("any -> dynamic?", bound=True),
    "labels": row("any? -> dynamic?", bound=True),
    "node_degree_in": row("any? -> long?", bound=True),
    "node_degree_out": row("any? -> long?", bound=True),
    "node_id": row("any? -> string", bound=True),
    "dcount_hll": row("dynamic -> long?", naming=ResultName.FUNCTION_AND_ARGUMENT),
    "hll_isvalid": row("dynamic, any -> bool?", unsupported=_SKETCH),
    "hll_merge": row("dynamic{2,16} -> dynamic?", naming=ResultName.PREFIX, prefix="hll_merged_result"),
    "merge_tdigest": row("dynamic{2,16} -> dynamic?", naming=ResultName.PREFIX, prefix="tdigests_merge_result"),
    "percentile_tdigest": row("dynamic, real -> dynamic?", "dynamic, real, typeof! -> last?", naming=ResultName.FUNCTION_AND_ARGUMENT),
    "percentiles_array_tdigest": row(
        "dynamic, dynamic -> dynamic?",
        "dynamic, real+ -> dynamic?",
        naming=ResultName.FUNCTION_AND_ARGUMENT,
        prefix="percentile_tdigest",
    ),
    "percentrank_tdigest": row("dynamic, any -> real?"),
    "rank_tdigest": row("dynamic, any -> real?"),
    "tdigest_isvalid": row("dynamic, any -> bool?", unsupported=_SKETCH),
}
