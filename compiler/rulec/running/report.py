"""Alerts and rows on standard output."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rulec.running.alerts import Results

#: Rows shown of an alert, and the widest cell, in text form; --json has them all.
_ROWS: Final = 10
_CELL: Final = 60


def print_alerts(alerts: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Alerts as JSON lines, or as text."""
    for alert in alerts:
        print(json.dumps(alert, ensure_ascii=False) if as_json else "\n".join(_alert(alert)))


def print_rows(results: Results, as_json: bool) -> None:
    """The rows of a bare query as JSON lines, or as a table."""
    rows = results.named
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
    else:
        print("\n".join(_table([c.name for c in results.columns], rows)))


def _alert(alert: Mapping[str, Any]) -> Iterator[str]:
    yield f"[{alert['severity'] or 'no severity'}] {alert['title']}"
    if alert["description"]:
        yield f"  {alert['description'].splitlines()[0]}"
    yield f"  rule: {alert['name']} ({alert['rule']})"
    if alert["tactics"] or alert["techniques"]:
        yield f"  ATT&CK: {', '.join((*alert['tactics'], *alert['techniques']))}"
    for entity in alert["entities"]:
        yield f"  {entity['type']}: " + ", ".join(f"{k}={v}" for k, v in entity.items() if k != "type")
    for key, values in alert["custom_details"].items():
        yield f"  {key}: {', '.join(_cell(v) for v in values)}"
    rows = alert["rows"]
    yield f"  {len(rows)} {'row' if len(rows) == 1 else 'rows'}"
    if rows:
        yield from (f"    {line}" for line in _table(list(rows[0]), rows[:_ROWS]))
    if len(rows) > _ROWS:
        yield f"    … and {len(rows) - _ROWS} more (--json has them all)"


def _table(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    cells = [[_cell(row[name]) for name in names] for row in rows]
    widths = [max([len(name), *(len(line[i]) for line in cells)]) for i, name in enumerate(names)]
    for line in [list(names), *cells]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    text = text.replace("\n", " ")
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"
