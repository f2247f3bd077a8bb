"""What a rule adds to its query: the window on every table, and the columns that come out."""

from __future__ import annotations

import pytest

from rulec.ir.exprs import Parameter
from rulec.ir.rels import Filter, Query, Scan
from rulec.ir.walk import all_expressions, relations
from rulec.optimise.window import limit_to_window
from rulec.pipeline import Settings, analyse
from rulec.rule.load import load_kql
from rulec.rule_query import made_columns


def bound(kql: str) -> Query:
    rule = load_kql(kql).rule
    assert rule is not None
    query = analyse(rule, Settings()).bound
    assert query is not None
    return query


@pytest.mark.parametrize(
    ("kql", "scans"),
    [
        ("SigninLogs | where UserId == 'x'", 1),
        ("SigninLogs | join (AuditLogs | where Result == 'x') on CorrelationId", 2),
        ("union SigninLogs, AuditLogs", 2),
        ("SigninLogs | where UserId in ((AuditLogs | project Id))", 2),
        ("SigninLogs | extend n = toscalar(AuditLogs | count)", 2),
        ("SigninLogs | summarize countif(TimeGenerated > toscalar(AuditLogs | summarize max(TimeGenerated)))", 2),
        ("SigninLogs | summarize count() by x = toscalar(AuditLogs | count)", 2),
        ("SigninLogs | sort by toscalar(AuditLogs | count)", 2),
        ("SigninLogs | top toscalar(AuditLogs | count) by TimeGenerated", 2),
        ("SigninLogs | mv-expand x = dynamic([1]) | mv-apply y = x on (where y > toscalar(AuditLogs | count))", 2),
        ("let f = () { AuditLogs }; SigninLogs | join f on CorrelationId", 2),
        ("let S = materialize(SigninLogs); S | join kind=inner (S | take 1) on CorrelationId", 1),
    ],
)
def test_every_scan_is_limited_to_the_window(kql: str, scans: int) -> None:
    query = limit_to_window(bound(kql))
    found = [r for r in relations(query.relation) if isinstance(r, Scan)]
    limited = [r for r in relations(query.relation) if isinstance(r, Filter) and isinstance(r.input, Scan)]
    assert len({id(r) for r in found}) == len({id(r) for r in limited}) == scans
    names = {e.name for e in all_expressions(query.relation) if isinstance(e, Parameter)}
    assert {"window_start", "window_end"} <= names


@pytest.mark.parametrize(
    ("kql", "made"),
    [
        ("SigninLogs | where UserId == 'x'", set()),
        ("SigninLogs | extend a = 1 | where a == 1 | sort by a", {"a"}),
        ("SigninLogs | project-away UserId", set()),
        ("SigninLogs | project-rename Who = UserId", {"Who"}),
        ("SigninLogs | project UserId, a = 1", {"UserId", "a"}),
        ("SigninLogs | project UserId | extend a = 1", {"UserId", "a"}),
        ("SigninLogs | summarize n = count() by UserId", {"n", "UserId"}),
        ("SigninLogs | distinct UserId", {"UserId"}),
        ("SigninLogs | extend UserId = tolower(UserId)", {"UserId"}),
        ("SigninLogs | parse UserId with a '@' b", {"a", "b"}),
        ("SigninLogs | mv-expand x = dynamic([1, 2])", {"x"}),
        ("union (SigninLogs | extend a = 1), (AuditLogs | extend b = 1)", {"a", "b"}),
        ("SigninLogs | join kind=inner (AuditLogs | extend a = 1) on CorrelationId", {"a"}),
        ("let T = SigninLogs | extend a = 1; T | where a == 1", {"a"}),
        ("print x = 1", {"x"}),
    ],
)
def test_columns_that_the_query_makes(kql: str, made: set[str]) -> None:
    assert made_columns(bound(kql).relation) == made
