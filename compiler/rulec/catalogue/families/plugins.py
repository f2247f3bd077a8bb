"""Plugins of `evaluate`: what they take and the columns that they give.

Source: Learn's plugin pages; Microsoft's analyzer for the columns.
"""

from __future__ import annotations

from typing import Final

from rulec.catalogue.families.plugin_columns import (
    activity_columns,
    lookup_columns,
    nothing_known,
    pivot_columns,
    rolling_columns,
    same_columns,
    segment_columns,
    sequence_columns,
    unpacked_columns,
)
from rulec.catalogue.notation import SCALAR, SUMMABLE
from rulec.catalogue.plugin_rows import Plugin, PluginParameter
from rulec.scalars import NUMERIC, ScalarType

_P = PluginParameter
_BOOL, _LONG, _REAL, _STRING, _DYNAMIC = ScalarType.BOOL, ScalarType.LONG, ScalarType.REAL, ScalarType.STRING, ScalarType.DYNAMIC
_DATETIME, _TIMESPAN = ScalarType.DATETIME, ScalarType.TIMESPAN
_ID, _TIMELINE = _P("IdColumn", "column", SCALAR), _P("TimelineColumn", "column", SUMMABLE)
_DIMENSIONS = _P("Dimension", "column", SCALAR, optional=True, repeat=True)
_UNMATCHED = _P("return_unmatched", "constant", _BOOL, optional=True, named=True)
_SERVICE = "calls a service outside the query"
_CODE = "runs a program inside the Kusto service"
_MINING = "is a data-mining algorithm of the Kusto service whose steps are not published"
_ACTIVITY = "is an activity analysis that has no counterpart in the targets"
_ANSWER = (
    _P("ConnectionString", "constant", _STRING),
    _P("Query", "constant", _STRING),
    _P("Options", "constant", _DYNAMIC, optional=True, repeat=True),
)


#: The columns of `getschema`.
SCHEMA: Final = (("ColumnName", _STRING), ("ColumnOrdinal", _LONG), ("DataType", _STRING), ("ColumnType", _STRING))


def _span(*names: str) -> tuple[PluginParameter, ...]:
    return tuple(_P(name, "constant", SUMMABLE) for name in names)


def _outside(name: str, reason: str = _SERVICE, parameters: tuple[PluginParameter, ...] = _ANSWER) -> Plugin:
    return Plugin(name, parameters, nothing_known, open=True, unsupported=reason)


def _mining(name: str, *first: str, split: tuple[PluginParameter, ...] = ()) -> Plugin:
    options = _P("Option", "expression", optional=True, repeat=True)
    return Plugin(name, (*split, options), segment_columns(*first), unsupported=_MINING)


PLUGINS: Final[dict[str, Plugin]] = {
    "active_users_count": Plugin(
        "active_users_count",
        (_ID, _TIMELINE, *_span("Start", "End", "LookbackWindow", "Period", "ActivePeriodsCount", "Bin"), _DIMENSIONS),
        activity_columns(8, ("dcount", _LONG)),
        unsupported=_ACTIVITY,
    ),
    "activity_counts_metrics": Plugin(
        "activity_counts_metrics",
        (_ID, _TIMELINE, *_span("Start", "End", "Step"), _DIMENSIONS),
        activity_columns(5, ("count", _LONG), ("dcount", _LONG), ("new_dcount", _LONG), ("aggregated_dcount", _LONG)),
    ),
    "activity_engagement": Plugin(
        "activity_engagement",
        (_ID, _TIMELINE, *_span("InnerActivityWindow", "OuterActivityWindow"), _P("More", "expression", optional=True, repeat=True)),
        activity_columns(6, ("dcount_activities_inner", _LONG), ("dcount_activities_outer", _LONG), ("activity_ratio", _REAL)),
        unsupported=_ACTIVITY,
    ),
    "activity_metrics": Plugin(
        "activity_metrics",
        (_ID, _TIMELINE, _P("More", "expression", optional=True, repeat=True)),
        activity_columns(5, ("dcount_values", _LONG), ("dcount_newvalues", _LONG), ("retention_rate", _REAL), ("churn_rate", _REAL)),
        unsupported=_ACTIVITY,
    ),
    "ai_chat_completion": _outside("ai_chat_completion"),
    "ai_chat_completion_prompt": _outside("ai_chat_completion_prompt"),
    "ai_embeddings": _outside("ai_embeddings"),
    "autocluster": _mining("autocluster", "Count", "Percent"),
    "azure_digital_twins_query_request": _outside("azure_digital_twins_query_request"),
    "bag_unpack": Plugin(
        "bag_unpack",
        (
            _P("Column", "column", _DYNAMIC),
            _P("OutputColumnPrefix", "constant", _STRING, optional=True),
            _P("columnsConflict", "constant", _STRING, optional=True),
            _P("ignoredProperties", "constant", _DYNAMIC, optional=True),
        ),
        unpacked_columns,
        open=True,
    ),
    "basket": _mining("basket", "Count", "Percent"),
    "cosmosdb_sql_request": _outside("cosmosdb_sql_request"),
    "csharp": _outside("csharp", _CODE),
    "dax_request": _outside("dax_request"),
    "dcount_intersect": Plugin(
        "dcount_intersect",
        (_P("Hll", "column", _DYNAMIC, repeat=True),),
        lambda columns, arguments: columns + tuple((f"s{n}", _LONG) for n in range(len(arguments))),
    ),
    "diffpatterns": _mining(
        "diffpatterns",
        "CountA",
        "CountB",
        "PercentA",
        "PercentB",
        "PercentDiffAB",
        split=(_P("SplitColumn", "column"), _P("SplitValueA", "constant", _STRING), _P("SplitValueB", "constant", _STRING)),
    ),
    "diffpatterns_text": _outside(
        "diffpatterns_text",
        _MINING,
        (
            _P("TextColumn", "column", _STRING),
            _P("BooleanCondition", "expression", _BOOL),
            _P("Option", "constant", optional=True, repeat=True),
        ),
    ),
    "estimate_rows_count": Plugin(
        "estimate_rows_count",
        (),
        lambda columns, arguments: (("EstimatedRowsCount", _LONG),),
        unsupported="asks Kusto's planner for a guess",
    ),
    "execute_query": _outside("execute_query"),
    "execute_show_command": _outside("execute_show_command"),
    "external_datatable": _outside("external_datatable", parameters=()),
    "funnel_sequence": Plugin(
        "funnel_sequence",
        (
            _ID,
            _TIMELINE,
            *_span("Start", "End", "MaxSequenceStepWindow", "Step"),
            _P("StateColumn", "column", SCALAR),
            _P("Sequence", "constant", _DYNAMIC),
        ),
        nothing_known,
        open=True,
        unsupported=_ACTIVITY,
    ),
    "funnel_sequence_completion": Plugin(
        "funnel_sequence_completion",
        (
            _ID,
            _TIMELINE,
            *_span("Start", "End", "BinSize"),
            _P("StateColumn", "column", SCALAR),
            _P("Sequence", "constant", _DYNAMIC),
            _P("MaxSequencePeriods", "constant", _DYNAMIC),
        ),
        nothing_known,
        open=True,
        unsupported=_ACTIVITY,
    ),
    "geo_line_lookup": Plugin(
        "geo_line_lookup",
        (
            _P("LookupTable", "table"),
            _P("LookupLineKey", "table_column", _DYNAMIC),
            _P("SourceLongitude", "column", NUMERIC),
            _P("SourceLatitude", "column", NUMERIC),
            _P("Radius", "constant", NUMERIC),
            _UNMATCHED,
            _P("lookup_area_radius", "constant", NUMERIC, optional=True, named=True),
            _P("return_lookup_key", "constant", _BOOL, optional=True, named=True),
        ),
        lookup_columns(key=1),
    ),
    "geo_polygon_lookup": Plugin(
        "geo_polygon_lookup",
        (
            _P("LookupTable", "table"),
            _P("LookupPolygonKey", "table_column", _DYNAMIC),
            _P("SourceLongitude", "column", NUMERIC),
            _P("SourceLatitude", "column", NUMERIC),
            _P("radius", "constant", NUMERIC, optional=True, named=True),
            _UNMATCHED,
            _P("lookup_area_radius", "constant", NUMERIC, optional=True, named=True),
            _P("return_lookup_key", "constant", _BOOL, optional=True, named=True),
        ),
        lookup_columns(key=1),
    ),
    "http_request": _outside(
        "http_request", parameters=(_P("Uri", "constant", _STRING), _P("Option", "constant", _DYNAMIC, optional=True, repeat=True))
    ),
    "http_request_post": _outside(
        "http_request_post", parameters=(_P("Uri", "constant", _STRING), _P("Option", "constant", optional=True, repeat=True))
    ),
    "identity": Plugin("identity", (), same_columns),
    "identity_v3": Plugin(
        "identity_v3", (_P("Mode", "constant", _STRING), _P("Text", "constant", _STRING)), same_columns, unsupported="is not documented"
    ),
    "infer_storage_schema": _outside("infer_storage_schema", parameters=(_P("Options", "constant", _DYNAMIC),)),
    "infer_storage_schema_with_suggestions": _outside(
        "infer_storage_schema_with_suggestions", parameters=(_P("Options", "constant", _DYNAMIC),)
    ),
    "ipv4_lookup": Plugin(
        "ipv4_lookup",
        (
            _P("LookupTable", "table"),
            _P("SourceIPv4Key", "column", _STRING),
            _P("IPv4LookupKey", "table_column", _STRING),
            _P("ExtraKey", "table_column", optional=True, repeat=True),
            _UNMATCHED,
        ),
        lookup_columns(extra_keys=3),
    ),
    "ipv6_lookup": Plugin(
        "ipv6_lookup",
        (_P("LookupTable", "table"), _P("SourceIPv6Key", "column", _STRING), _P("IPv6LookupKey", "table_column", _STRING), _UNMATCHED),
        lookup_columns(),
    ),
    "mysql_request": _outside("mysql_request"),
    "narrow": Plugin("narrow", (), lambda columns, arguments: (("Row", _LONG), ("Column", _STRING), ("Value", _STRING))),
    "new_activity_metrics": Plugin(
        "new_activity_metrics",
        (_ID, _TIMELINE, *_span("Start", "End", "Window"), _P("More", "expression", optional=True, repeat=True)),
        nothing_known,
        open=True,
        unsupported=_ACTIVITY,
    ),
    "pivot": Plugin(
        "pivot",
        (
            _P("pivotColumn", "column", SCALAR),
            _P("aggregateFunction", "aggregate", optional=True),
            _P("columnName", "column", optional=True, repeat=True),
        ),
        pivot_columns,
        open=True,
    ),
    "postgresql_request": _outside("postgresql_request"),
    "preview": _outside(
        "preview", "returns a second table beside the result, and a rule has one", (_P("NumberOfRows", "constant", _LONG),)
    ),
    "python": _outside("python", _CODE),
    "r": _outside("r", _CODE),
    "rolling_percentile": Plugin(
        "rolling_percentile",
        (
            _P("ValueColumn", "column", SUMMABLE),
            _P("Percentile", "constant", NUMERIC),
            _P("IndexColumn", "column", SUMMABLE),
            _P("BinSize", "constant", SUMMABLE),
            _P("BinsPerWindow", "constant", _LONG),
            _DIMENSIONS,
        ),
        rolling_columns,
    ),
    "rows_near": Plugin(
        "rows_near",
        (_P("Condition", "expression", _BOOL), _P("NumRows", "constant", _LONG), _P("RowsAfter", "constant", _LONG, optional=True)),
        same_columns,
    ),
    # Microsoft's analyzer does not know it.
    "schema_merge": Plugin("schema_merge", (_P("PreserveOrder", "constant", _BOOL, optional=True),), lambda columns, arguments: SCHEMA),
    "sequence_detect": Plugin(
        "sequence_detect",
        (_TIMELINE, *_span("MaxSequenceStepWindow", "MaxSequenceSpan"), _P("Expr", "expression", repeat=True), _DIMENSIONS),
        sequence_columns,
        unsupported=_ACTIVITY,
    ),
    "session_count": Plugin(
        "session_count",
        (_ID, _TIMELINE, *_span("Start", "End", "Bin", "LookBackWindow"), _DIMENSIONS),
        activity_columns(6, ("count_sessions", _LONG)),
        unsupported=_ACTIVITY,
    ),
    "sliding_window_counts": Plugin(
        "sliding_window_counts",
        (_ID, _TIMELINE, *_span("Start", "End", "LookBackWindow", "Bin"), _DIMENSIONS),
        activity_columns(6, ("Count", _LONG), ("Dcount", _LONG)),
    ),
    "sql_request": _outside("sql_request"),
}
