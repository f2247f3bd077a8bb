"""A rule's stanza: a saved search, and an Enterprise Security correlation search.

Source: savedsearches.conf.spec (9.0); Enterprise Security's correlation search settings; AppInspect.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from rulec.alert import AlertSpec
from rulec.backend import Unit
from rulec_backends.splunk import conf, schedule
from rulec_backends.splunk.printer import command_text
from rulec_backends.splunk.quoting import FULL_WIDTH_DOLLAR, token_text
from rulec_backends.splunk.tree import Eval, Field

#: Enterprise Security's limit for a label, with the security domain before it.
_LABEL = 99
_DOMAIN = "threat"
#: Sentinel entity -> kind of risk object.
_RISK_OBJECTS = {"account": "user", "host": "system", "azureresource": "other", "cloudapplication": "other", "mailbox": "user"}
#: Sentinel entity -> kind of threat object.
_THREAT_OBJECTS = {
    "ip": "ip_address",
    "url": "url",
    "dns": "domain",
    "file": "file_name",
    "filehash": "file_hash",
    "process": "process",
    "registrykey": "registry_path",
}
_SCORES = {"informational": 10, "low": 25, "medium": 50, "high": 75}


def plain(alert: AlertSpec | None, name: str, search: str) -> list[tuple[str, str]]:
    """The settings of a saved search."""
    if alert is None:
        return [("search", search)]
    found = [("search", search), ("description", " ".join(alert.description.split())), ("disabled", "0")]
    found += _scheduled(alert)
    return found


def _scheduled(alert: AlertSpec) -> Iterator[tuple[str, str]]:
    if alert.frequency is None or alert.period is None:
        return
    earliest, latest = schedule.time_range(alert.period)
    yield "enableSched", "1"
    yield "cron_schedule", schedule.cron(alert.frequency).text
    yield "dispatch.earliest_time", earliest
    yield "dispatch.latest_time", latest
    yield "allow_skew", "100%"
    yield "realtime_schedule", "0"
    yield "counttype", "number of events"
    yield "relation", schedule.RELATIONS[alert.trigger_operator]
    yield "quantity", str(alert.trigger_threshold)
    yield "alert.track", "1"
    yield "alert.severity", str(schedule.severity(alert))
    yield "alert.digest_mode", "0" if alert.per_result else "1"
    if alert.suppression:
        yield "alert.suppress", "1"
        yield "alert.suppress.period", f"{schedule.seconds(alert.suppression)}s"
        if alert.per_result:
            yield "alert.suppress.fields", ",".join(_entity_columns(alert)) or "_time"


def _entity_columns(alert: AlertSpec) -> list[str]:
    return list(dict.fromkeys(column for entity in alert.entities for _, column in entity.fields))


def _title(alert: AlertSpec) -> str:
    return " ".join((alert.overrides.title or alert.name).split())


def _description(alert: AlertSpec) -> str:
    return alert.overrides.description or " ".join(alert.description.split())


def changes_dollars(alert: AlertSpec) -> bool:
    """Whether a text with tokens has dollar signs of its own, which `token_text` replaces."""
    return any(FULL_WIDTH_DOLLAR in token_text(text) and FULL_WIDTH_DOLLAR not in text for text in (_title(alert), _description(alert)))


def correlation(alert: AlertSpec) -> Iterator[tuple[str, str]]:
    """The settings that make a saved search a correlation search with a notable and a risk event."""
    yield "action.correlationsearch.enabled", "1"
    yield "action.correlationsearch.label", f"{_DOMAIN.title()} - {' '.join(alert.name.split())}"[:_LABEL]
    annotations = {"mitre_attack": list(alert.techniques)} if alert.techniques else {}
    yield "action.correlationsearch.annotations", json.dumps(annotations)
    yield "action.correlationsearch.metadata", json.dumps({"detection_id": alert.id, "detection_version": alert.version})
    if alert.create_incident:
        yield "action.notable", "1"
        yield "action.notable.param.rule_title", token_text(_title(alert))
        yield "action.notable.param.rule_description", token_text(_description(alert))
        yield "action.notable.param.security_domain", _DOMAIN
        yield "action.notable.param.severity", alert.severity.lower()
        yield "action.notable.param.nes_fields", ",".join([*_entity_columns(alert), *(key for key, _ in alert.custom_details)])
    objects = _risk(alert)
    if objects:
        yield "action.risk", "1"
        yield "action.risk.param._risk", json.dumps(objects)
        yield "action.risk.param._risk_message", token_text(_title(alert))
        yield "action.risk.param._risk_score", "0"
        yield "action.risk.param.verbose", "0"


def _risk(alert: AlertSpec) -> list[dict[str, str | int]]:
    found: list[dict[str, str | int]] = []
    score = _SCORES.get(alert.severity.lower(), 25)
    for entity in alert.entities:
        if not entity.fields:
            continue
        column, kind = entity.fields[0][1], entity.type.lower()
        if kind in _THREAT_OBJECTS:
            found.append({"threat_object_field": column, "threat_object_type": _THREAT_OBJECTS[kind]})
        else:
            found.append({"risk_object_field": column, "risk_object_type": _RISK_OBJECTS.get(kind, "other"), "risk_score": score})
    return found


def stanza_of(unit: Unit, search: str, security: bool) -> str:
    """The rule's stanza."""
    name = unit.alert.name if unit.alert is not None else unit.stem
    if security and unit.alert is not None and unit.alert.custom_details:
        search += "\n| " + command_text(Eval(tuple((key, Field(column)) for key, column in unit.alert.custom_details)))
    settings = plain(unit.alert, name, search)
    if security and unit.alert is not None:
        settings += correlation(unit.alert)
    return conf.stanza(name, settings)
