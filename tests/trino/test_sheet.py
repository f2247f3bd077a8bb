"""What the backend relies on, checked row by row on a real server; see `sheet.yaml`."""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.trino.client import Client, Failed

pytestmark = pytest.mark.trino

ROWS: Final[list[dict[str, Any]]] = yaml.safe_load((Path(__file__).parent / "sheet.yaml").read_text("utf-8"))


def _answers(client: Client, row: dict[str, Any]) -> list[Any]:
    """The expression's value for each case; the values pass a table so that nothing is computed while planning."""
    if "over" not in row:
        return [_json(client.value(row["sql"]))]
    names = ", ".join(row["names"])
    cases = ", ".join(f"({place}, {case})" for place, case in enumerate(row["over"]))
    rows = client.rows(f"SELECT {row['sql']} FROM (VALUES {cases}) AS given (case_number, {names}) ORDER BY case_number")
    return [_json(value) for (value,) in rows]


def _json(value: Any) -> Any:
    match value:
        case float() if math.isnan(value):
            return "NaN"
        case float() if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        case Decimal():
            return str(value)
        case _:
            return value


@pytest.mark.parametrize("row", ROWS, ids=[r["row"] for r in ROWS])
def test_trino_says_what_the_sheet_says(client: Client, row: dict[str, Any]) -> None:
    if "fails" in row:
        with pytest.raises(Failed, match=row["fails"]):
            _answers(client, row)
    else:
        assert _answers(client, row) == row["gives"]
