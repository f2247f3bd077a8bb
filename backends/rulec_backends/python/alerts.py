"""The alert part of a module: trigger, title, entities, details, grouping, and the command line."""

from __future__ import annotations

import re

from rulec.alert import AlertSpec
from rulec.backend import Unit
from rulec_backends.python.code import Block, literal
from rulec_backends.python.emit import Module

_OPERATORS = {"gt": ">", "lt": "<", "eq": "==", "ne": "!="}
_PLACE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def alert_constants(unit: Unit) -> list[str]:
    """The rule's facts as module constants."""
    alert = unit.alert
    if alert is None:
        return []
    facts: list[tuple[str, object]] = [
        ("RULE_ID", alert.id),
        ("RULE_NAME", alert.name),
        ("RULE_VERSION", alert.version),
        ("SEVERITY", alert.severity),
        ("TACTICS", list(alert.tactics)),
        ("TECHNIQUES", list(alert.techniques)),
        ("FREQUENCY", alert.frequency),
        ("PERIOD", alert.period),
        ("SUPPRESSION", alert.suppression),
        ("CREATE_INCIDENT", alert.create_incident),
    ]
    return [f"{constant} = {literal(value).text}" for constant, value in facts]


def alert_blocks(unit: Unit, module: Module) -> list[Block]:
    """The functions of the alert part."""
    alert = unit.alert
    assert alert is not None
    return [
        _triggered(alert),
        _text_function("title", alert.overrides.title, alert.name, "The alert's title.", module),
        _text_function("description", alert.overrides.description, alert.description, "The alert's description.", module),
        _column_function("severity", alert.overrides.severity_column, "SEVERITY", "The alert's severity."),
        _tactics(alert),
        _entities(alert, module),
        _custom_details(alert),
        _alert(),
        _alerts(alert),
    ]


def _triggered(alert: AlertSpec) -> Block:
    block = Block("def triggered(rows):")
    block.add('"""Whether the number of rows raises an alert."""')
    block.add(f"return len(rows) {_OPERATORS[alert.trigger_operator]} {alert.trigger_threshold}")
    return block


def _text_function(function: str, template: str, default: str, doc: str, module: Module) -> Block:
    """A text with `{{column}}` places, or a constant."""
    block = Block(f"def {function}(row):")
    block.add(f'"""{doc}"""')
    if not template:
        block.add(f"return {literal(default).text}")
        return block
    parts: list[str] = []
    end = 0
    for place in _PLACE.finditer(template):
        if place.start() > end:
            parts.append(literal(template[end : place.start()]).text)
        parts.append(f"{module.use('shown')}(row.get({literal(place[1]).text}))")
        end = place.end()
    if end < len(template) or not parts:
        parts.append(literal(template[end:]).text)
    block.add(f"return {' + '.join(parts)}")
    return block


def _column_function(function: str, column: str, default: str, doc: str) -> Block:
    block = Block(f"def {function}(row):")
    block.add(f'"""{doc}"""')
    block.add(f"return row.get({literal(column).text}) or {default}" if column else f"return {default}")
    return block


def _tactics(alert: AlertSpec) -> Block:
    block = Block("def tactics(row):")
    block.add('"""The alert\'s tactics."""')
    column = alert.overrides.tactics_column
    if not column:
        block.add("return list(TACTICS)")
        return block
    block.add(f"value = row.get({literal(column).text})")
    block.open("if isinstance(value, list):").add("return [str(tactic) for tactic in value] or list(TACTICS)")
    block.add('return [tactic.strip() for tactic in str(value or "").split(",") if tactic.strip()] or list(TACTICS)')
    return block


def _entities(alert: AlertSpec, module: Module) -> Block:
    block = Block("def entities(row):")
    block.add('"""The entities that a row names; identifiers without a value are left out."""')
    if not alert.entities:
        block.add("return []")
        return block
    block.add("found = [")
    lines = []
    for entity in alert.entities:
        fields = ", ".join(f"{literal(i).text}: {module.use('shown')}(row.get({literal(c).text}))" for i, c in entity.fields)
        lines.append(f'{{"type": {literal(entity.type).text}, {fields}}},')
    inner = Block("", [])
    inner.lines.extend(lines)
    block.lines.append(inner)
    block.add("]")
    block.add('kept = [{key: value for key, value in entity.items() if value != ""} for entity in found]')
    block.add("return [entity for entity in kept if len(entity) > 1]")
    return block


def _custom_details(alert: AlertSpec) -> Block:
    block = Block("def custom_details(row):")
    block.add('"""The details that the rule adds to its alert."""')
    inner = ", ".join(f"{literal(n).text}: row.get({literal(c).text})" for n, c in alert.custom_details)
    block.add(f"return {{{inner}}}")
    return block


def _alerts(alert: AlertSpec) -> Block:
    block = Block("def alerts(rows, start=None, end=None):")
    kind = "one alert a row, at most 150" if alert.per_result else "one alert for all rows"
    block.add(f'"""The alerts that the rows raise: {kind}."""')
    block.open("if not triggered(rows):").add("return []")
    block.add("groups = [[row] for row in rows[:150]]" if alert.per_result else "groups = [rows]")
    block.add("return [alert(group, start, end) for group in groups]")
    return block


def _alert() -> Block:
    block = Block("def alert(rows, start=None, end=None):")
    block.add('"""One alert over some rows; its texts come from the first row, its entities from all."""')
    block.add("first = rows[0] if rows else {}")
    block.add("found = []")
    loop = block.open("for row in rows:").open("for entity in entities(row):")
    loop.open("if entity not in found:").add("found.append(entity)")
    block.add("details = {}")
    inner = block.open("for row in rows:").open("for key, value in custom_details(row).items():")
    inner.open('if value is not None and value != "" and value not in details.setdefault(key, []):').add("details[key].append(value)")
    block.add("return {")
    fields = Block("", [])
    fields.lines.extend(
        [
            '"rule": RULE_ID,',
            '"name": RULE_NAME,',
            '"severity": severity(first),',
            '"title": title(first),',
            '"description": description(first),',
            '"tactics": tactics(first),',
            '"techniques": list(TECHNIQUES),',
            '"entities": found,',
            '"custom_details": details,',
            '"window": {"start": start, "end": end},',
            '"rows": rows,',
        ]
    )
    block.lines.append(fields)
    block.add("}")
    return block


def main_block(unit: Unit, module: Module) -> Block:
    """`python module.py TABLE=FILE … [--start --end --now]`: JSON lines in, JSON lines out."""
    for function in ("read_tables", "command_line"):
        module.use(function)
    block = Block("def main(arguments):")
    block.add('"""Reads JSON lines (`TABLE=FILE …`, `--start`, `--end`, `--now`), prints JSON lines."""')
    block.add("files, options = command_line(arguments)")
    if unit.alert is not None and unit.alert.period is not None:
        block.add(f"start, end, now = map({module.use('datetime_text')}, window(**options))")
        block.add("rows = detect(read_tables(files), start, end, now)")
        block.open("for found in alerts(rows, start, end):").add("print(json.dumps(found, ensure_ascii=False))")
        block.add("return 0")
        return block
    block.add("rows = detect(read_tables(files), **options)")
    if unit.alert is None:
        block.open("for row in rows:").add("print(json.dumps(row, ensure_ascii=False))")
    else:
        block.open('for found in alerts(rows, options.get("start"), options.get("end")):').add(
            "print(json.dumps(found, ensure_ascii=False))"
        )
    block.add("return 0")
    return block
