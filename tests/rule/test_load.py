"""Reading a rule file gives every property, typed, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulec.rule.load import LoadResult, load, load_kql, load_text
from rulec.rule.model import (
    AlertSeverity,
    Column,
    EventGrouping,
    IncidentGrouping,
    Rule,
    RuleKind,
    Suppression,
    TriggerOperator,
)
from rulec.rule.timespans import DAY, HOUR, MINUTE
from tests.rule.cases import DATA, FULL, NRT, codes, edited


def read(name: str) -> Rule:
    result = load(DATA / name)
    assert result.rule is not None, result.diagnostics
    return result.rule


def test_a_full_rule_gives_every_property_without_a_finding() -> None:
    result = load(DATA / "full.yaml", profile="microsoft")
    assert result.diagnostics == ()
    rule = result.rule
    assert rule is not None
    assert (rule.kind, rule.id[:8], rule.version, rule.status) == (RuleKind.SCHEDULED, "f6928301", "1.0.3", "Available")
    assert (rule.severity, rule.tactics, rule.techniques) == (
        AlertSeverity.HIGH,
        ("InitialAccess", "Persistence"),
        ("T1078", "T1078.004"),
    )
    assert (rule.query_frequency, rule.query_period) == (HOUR, 14 * DAY)
    assert (rule.trigger_operator, rule.trigger_threshold) == (TriggerOperator.GREATER_THAN, 3)
    assert rule.event_grouping is EventGrouping.ALERT_PER_RESULT
    assert rule.suppression == Suppression(True, 5 * HOUR)
    assert rule.incident.grouping == IncidentGrouping(True, False, 5 * HOUR, "Selected", ("Account",), ("Severity",), ("User",))
    assert [(c.connector_id, c.data_types) for c in rule.data_connectors] == [("AWS", ("AWSCloudTrail",))]
    assert rule.tags == ("AWS",)
    assert rule.metadata == {"source": {"kind": "Community"}, "author": {"name": "Someone"}}


def test_mappings_keep_their_order_and_name_their_columns() -> None:
    rule = read("full.yaml")
    assert [(m.entity_type, [(f.identifier, f.column.name) for f in m.fields]) for m in rule.entity_mappings] == [
        ("Account", [("Name", "UserIdentityArn")]),
        ("IP", [("Address", "SourceIpAddress")]),
    ]
    assert [(d.key, d.column.name) for d in rule.custom_details] == [("User", "UserIdentityArn"), ("Address", "SourceIpAddress")]
    assert [c.name for c in rule.columns] == [
        *("UserIdentityArn", "SourceIpAddress"),
        *("UserIdentityArn", "SourceIpAddress"),
        *("UserIdentityArn", "SourceIpAddress", "UserIdentityArn", "Level", "UserIdentityArn"),
    ]


def test_a_template_is_cut_into_texts_and_columns_with_places() -> None:
    rule = read("full.yaml")
    display = rule.alert_details.display_name
    assert display is not None
    text = "".join(f"<{part.name}>" if isinstance(part, Column) else part for part in display.parts)
    assert text == "Sign-in of <UserIdentityArn> from <SourceIpAddress>"
    line = next(n for n, line in enumerate(FULL.split("\n"), 1) if "alertDisplayNameFormat" in line)
    assert display.columns[0].span.begin == (line, FULL.split("\n")[line - 1].index("UserIdentityArn") + 1)


def test_the_galleries_quotes_around_a_description_are_no_part_of_it() -> None:
    assert read("full.yaml").description == "Someone signed in to the console without MFA.\nThe account had not done so before."
    assert read("hunting.yaml").description == "User agents seen once."


def test_an_nrt_rule_has_a_five_minute_window() -> None:
    rule = read("nrt.yaml")
    assert (rule.kind, rule.query_frequency, rule.query_period) == (RuleKind.NRT, 5 * MINUTE, 5 * MINUTE)
    assert rule.is_scheduled


def test_a_schedule_in_an_nrt_rule_is_reported_and_ignored() -> None:
    result = edited("kind: NRT\n", "kind: nrt\nqueryPeriod: 1d\n", NRT)
    assert codes(result) == ["RC116"]
    assert result.rule is not None
    assert result.rule.query_period == 5 * MINUTE


def test_the_kind_is_decided_by_keys() -> None:
    assert read("hunting.yaml").kind is RuleKind.HUNTING
    assert read("hunting.yaml").query_period is None
    without_kind = edited("kind: Scheduled\n", "")
    assert without_kind.rule is not None
    assert without_kind.rule.kind is RuleKind.SCHEDULED


def test_an_unknown_kind_is_refused_with_the_nearest_one() -> None:
    result = edited("kind: Scheduled", "kind: Schedule")
    assert (codes(result), result.rule) == (["RC115"], None)
    assert "`Scheduled`" in result.diagnostics[0].hint


def test_an_exploration_query_is_a_query_with_a_warning() -> None:
    result = load(DATA / "exploration.yaml")
    assert codes(result) == ["RC117"]
    assert result.rule is not None
    assert (result.rule.kind, result.rule.name, result.rule.tactics) == (
        RuleKind.QUERY,
        "Hosts that talk to an address",
        ("Exfiltration",),
    )


def test_a_kql_file_is_a_query_whose_places_are_its_own() -> None:
    rule = read("bare.kql")
    assert (rule.kind, rule.name, rule.query_frequency) == (RuleKind.QUERY, "bare", None)
    assert rule.query.locate(rule.query.text.index("where")) == (2, 3)
    assert codes(load_kql(" \n")) == ["RC111"]


def test_crlf_and_a_byte_order_mark_change_nothing() -> None:
    plain = load_text(FULL, "x.yaml")
    windows = load_text(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode(), "x.yaml")
    assert windows.rule == plain.rule
    assert windows.rule is not None
    assert plain.rule is not None
    assert windows.rule.places == plain.rule.places


def test_the_query_is_given_even_when_the_rule_has_errors() -> None:
    result = edited("queryPeriod: 14d", "queryPeriod: never")
    assert (result.rule, codes(result)) == (None, ["RC130"])
    assert result.query is not None
    assert result.query.text.startswith("let known")


@pytest.mark.parametrize("path", ["no/such/file.yaml", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_a_finding(path: str) -> None:
    result: LoadResult = load(Path(path))
    assert codes(result) == ["RC102"]
