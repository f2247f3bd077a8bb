"""Structure and cross-field checks: an edit of the sample rule, the code it gets, and the text the finding points to."""

from __future__ import annotations

import pytest

from rulec.errors import Severity
from rulec.rule.checks import check_columns
from rulec.rule.load import load, load_text
from rulec.scalars import ScalarType
from tests.rule.cases import DATA, FULL, codes, edited, text_under

MANY_MAPPINGS = "entityMappings:\n" + "  - entityType: URL\n    fieldMappings: [{identifier: Url, columnName: U}]\n" * 11

#: claim -> (old, new, code, text under the finding or None, word of the message or hint)
ERRORS = {
    "query_missing": ("query: |\n", "other: |\n", "RC120", None, "`query` is missing"),
    "schedule_missing": ("triggerThreshold: 3\n", "", "RC120", None, "`triggerThreshold` is missing"),
    "query_empty": ("query: |\n", "query: ''\nother: |\n", "RC125", "''", "`query` is empty"),
    "query_too_long": ("  AWSCloudTrail\n", "  AWSCloudTrail\n" + "  // " + "x" * 10_000 + "\n", "RC124", None, "at most 10000"),
    "name_too_long": ("name: Console sign-in", f"name: {'x' * 300}", "RC124", None, "at most 256"),
    "severity_unknown": ("severity: High", "severity: Critical", "RC123", "Critical", "one of Informational"),
    "severity_is_a_list": ("severity: High", "severity: [High]", "RC122", "[High]", "is a list, expected text"),
    "operator_unknown": ("triggerOperator: gt", "triggerOperator: ge", "RC123", "ge", "GreaterThan"),
    "threshold_negative": ("triggerThreshold: 3", "triggerThreshold: -1", "RC124", "-1", "at least 0"),
    "threshold_large": ("triggerThreshold: 3", "triggerThreshold: 10001", "RC124", "10001", "at most 10000"),
    "threshold_text": ("triggerThreshold: 3", "triggerThreshold: three", "RC122", "three", "a whole number"),
    "timespan_unknown": ("queryFrequency: 1h", "queryFrequency: 1 hour", "RC130", "1 hour", "5m, 1h, 14d"),
    "period_shorter_than_frequency": ("queryPeriod: 14d", "queryPeriod: 30m", "RC133", "30m", "seen by neither"),
    "suppression_without_duration": ("suppressionDuration: 05:00:00\n", "", "RC120", "true", "`suppressionDuration` is missing"),
    "eleven_mappings": ("entityMappings:\n", MANY_MAPPINGS + "tags2:\n", "RC124", None, "at most 10"),
    "four_fields": (
        "      - identifier: Address\n        columnName: SourceIpAddress\n",
        "      - {identifier: Address, columnName: A}\n" * 4,
        "RC124",
        None,
        "at most 3",
    ),
    "column_missing": ("        columnName: SourceIpAddress\n", "", "RC120", None, "`columnName` is missing in"),
    "detail_key_with_space": ("  User: UserIdentityArn", "  My User: UserIdentityArn", "RC125", "My User", "a letter, then letters"),
    "detail_key_long": ("  User: UserIdentityArn", f"  {'U' * 21}: UserIdentityArn", "RC124", "U" * 21, "at most 20"),
    "details_many": (
        "  User: UserIdentityArn\n",
        "  User: UserIdentityArn\n" + "".join(f"  K{n}: C\n" for n in range(19)),
        "RC124",
        None,
        "at most 20",
    ),
    "grouping_kind_unknown": ("aggregationKind: AlertPerResult", "aggregationKind: AlertPerRow", "RC123", "AlertPerRow", "AlertPerResult"),
}
WARNINGS = {
    "id_no_guid": ("id: f6928301-", "id: f692830-", "RC125", None, "a GUID"),
    "name_missing": ("name: Console sign-in without MFA by an unusual user\n", "", "RC120", None, "`name` is missing"),
    "property_unknown": ("tags:\n", "tag:\n", "RC121", "tag", "`tags`"),
    "severity_case": ("severity: High", "severity: high", "RC123", "high", "Sentinel spells it `High`"),
    "tactic_spaces": ("  - InitialAccess", "  - Initial Access", "RC123", "Initial Access", "`InitialAccess`"),
    "tactic_unknown": ("  - Persistence", "  - Persistance", "RC123", "Persistance", "`Persistence`"),
    "technique_form": ("  - T1078.004", "  - T1078.4", "RC125", "T1078.4", "T1078.004"),
    "technique_unknown": ("  - T1078.004", "  - T9999", "RC140", "T9999", "no technique"),
    "technique_retired": ("  - T1078.004", "  - T1089", "RC140", "T1089", "T1562.001"),
    "technique_without_tactic": ("  - T1078.004", "  - T1110", "RC141", "T1110", "CredentialAccess"),
    "timespan_iso": ("queryPeriod: 14d", "queryPeriod: P14D", "RC131", "P14D", "14d"),
    "period_long": ("queryPeriod: 14d", "queryPeriod: 30d", "RC132", "30d", "5m to 14d"),
    "suppression_long": ("suppressionDuration: 05:00:00", "suppressionDuration: 25h", "RC132", "25h", "5m to 1d"),
    "lookback_long": ("lookbackDuration: 5h", "lookbackDuration: 8d", "RC132", "8d", "5m to 7d"),
    "frequency_for_long_period": ("queryFrequency: 1h", "queryFrequency: 30m", "RC134", "30m", "at least 1h"),
    "entity_unknown": ("entityType: IP", "entityType: NetworkConnection", "RC150", "NetworkConnection", "one of"),
    "entity_case": ("entityType: IP", "entityType: Ip", "RC150", "Ip", "`IP`"),
    "identifier_unknown": ("identifier: Name", "identifier: SID\n        columnName: X\n      - identifier: Name", "RC151", "SID", "`Sid`"),
    "identifier_twice": (
        "      - identifier: Address\n",
        "      - {identifier: Address, columnName: A}\n      - identifier: Address\n",
        "RC151",
        "Address",
        "more than once",
    ),
    "hash_without_algorithm": (
        "entityType: IP\n    fieldMappings:\n      - identifier: Address",
        "entityType: FileHash\n    fieldMappings:\n      - identifier: Value",
        "RC152",
        "FileHash",
        "map Algorithm and Value",
    ),
    "legacy_column": ('Level = "Low"', 'Level = "Low", IPCustomEntity = 1', "RC153", "IPCustomEntity", "as IP"),
    "placeholder_malformed": ("of {{UserIdentityArn}}", "of {{{UserIdentityArn}}", "RC155", "{", "part of no placeholder"),
    "placeholder_unclosed": ("of {{UserIdentityArn}}", "of {{UserIdentityArn}", "RC155", "{{", "part of no placeholder"),
    "placeholder_no_name": ("of {{UserIdentityArn}}", "of {{the user}}", "RC155", "the user", "names no column"),
    "four_placeholders": ("Sign-in of {{UserIdentityArn}}", "Of {{A}} {{B}} {{C}}", "RC156", " SourceIpAddress ", "at most 3"),
    "dynamic_property_unknown": ("alertProperty: AlertLink", "alertProperty: AlertLinks", "RC123", "AlertLinks", "`AlertLink`"),
    "grouped_by_unmapped": ("      - Account\n    groupByAlertDetails", "      - Host\n    groupByAlertDetails", "RC158", None, "`Host`"),
    "threshold_quoted": ("triggerThreshold: 3", "triggerThreshold: '3'", "RC114", "'3'", "remove the quotes"),
    "column_with_dash": ("        columnName: SourceIpAddress", "        columnName: Source-Ip", "RC125", "Source-Ip", "a column's name"),
}


@pytest.mark.parametrize("claim", ERRORS)
def test_what_sentinel_refuses_is_an_error(claim: str) -> None:
    old, new, code, place, word = ERRORS[claim]
    result = edited(old, new)
    assert result.rule is None
    found = [d for d in result.diagnostics if d.code == code and d.severity is Severity.ERROR]
    assert found, result.diagnostics
    assert any(word in f"{d.message} {d.hint}" for d in found), found
    if place is not None:
        assert place in [text_under(d, FULL.replace(old, new)) for d in found]


@pytest.mark.parametrize("claim", WARNINGS)
def test_a_blemish_that_sentinel_holds_is_a_warning(claim: str) -> None:
    old, new, code, place, word = WARNINGS[claim]
    result = edited(old, new)
    assert result.rule is not None, result.diagnostics
    assert codes(result) == [code]
    assert word in f"{result.diagnostics[0].message} {result.diagnostics[0].hint}"
    if place is not None:
        assert text_under(result.diagnostics[0], FULL.replace(old, new)) == place


@pytest.mark.parametrize("claim", WARNINGS)
def test_what_microsofts_validators_fail_is_an_error_under_that_profile(claim: str) -> None:
    old, new, code, _, _ = WARNINGS[claim]
    passes_there = code in ("RC121", "RC140", "RC155", "RC158")
    assert (edited(old, new, profile="microsoft").rule is not None) == passes_there


@pytest.mark.parametrize("spelling", ["GreaterThan", "gt"])
def test_both_spellings_of_an_operator_mean_the_same(spelling: str) -> None:
    result = edited("triggerOperator: gt", f"triggerOperator: {spelling}")
    assert result.diagnostics == ()
    assert result.rule is not None
    assert result.rule.trigger_operator.long_form == "GreaterThan"


def test_a_misspelled_tactic_is_corrected_where_only_case_and_spaces_differ() -> None:
    result = edited("  - InitialAccess", "  - Initial access")
    assert result.rule is not None
    assert result.rule.tactics == ("InitialAccess", "Persistence")


COLUMNS = {"UserIdentityArn": ScalarType.STRING, "SourceIpAddress": ScalarType.STRING, "Level": ScalarType.STRING}


def test_columns_that_the_query_has_give_no_finding() -> None:
    rule = load(DATA / "full.yaml").rule
    assert rule is not None
    assert check_columns(rule, COLUMNS) == ()


def test_each_place_that_names_a_missing_column_is_reported() -> None:
    rule = load(DATA / "full.yaml").rule
    assert rule is not None
    found = check_columns(rule, {"UserIdentityARN": ScalarType.STRING, "SourceIpAddress": ScalarType.STRING, "Level": ScalarType.LONG})
    assert [d.code for d in found] == ["RC157"] * 6
    assert {text_under(d, FULL) for d in found} == {"UserIdentityArn", "Level"}
    assert found[0].hint == "the query's result has `UserIdentityARN`"
    assert all(d.severity is Severity.WARNING for d in found)


def test_a_query_that_is_run_by_hand_may_be_long() -> None:
    text = "id: 2a03ffda-b3ca-4cd8-856b-0e1c2ecae4b4\nname: x\nquery: |\n  T\n" + "  // a comment of some length\n" * 1000
    assert load_text(text).rule is not None
    assert load_text(text + "kind: NRT\n").rule is None
