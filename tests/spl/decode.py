"""Reads the rows of a search back as KQL values, by the columns' types.

The representation is the one that `rulec_backends.splunk` documents; this file is the tests' own reading of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.spl.values import Field, Row

_TICKS = 10_000_000
_EPOCH = 621_355_968_000_000_000
_SPECIAL = {"NaN": "nan", "inf": "inf", "-inf": "-inf"}


def value(stored: Field | None, type_: str) -> Any:
    """One field as a carrier: ticks for times, JSON values for dynamic, None for null; a missing string is no value that the target
    may give.
    """
    if stored is None:
        return None
    if isinstance(stored, list):
        raise ValueError(f"a multivalue {stored!r} in a column of type {type_}")
    match type_:
        case "string" | "guid":
            return stored
        case "bool":
            return {"true": True, "false": False}[stored]
        case "int" | "long":
            number = Decimal(stored)
            if number != number.to_integral_value():
                raise ValueError(f"{stored} is no integer")
            return int(number)
        case "real":
            return float(_SPECIAL.get(stored, stored))
        case "decimal":
            return Decimal(stored)
        case "datetime":
            return int((Decimal(stored) * _TICKS).to_integral_value()) + _EPOCH
        case "timespan":
            return int((Decimal(stored) * _TICKS).to_integral_value())
        case "dynamic":
            return json.loads(stored)
    raise ValueError(type_)


def row(fields: Row | Mapping[str, Field], columns: Sequence[tuple[str, str]]) -> list[Any]:
    """The values of the columns, in their order."""
    return [value(fields.get(name), type_) for name, type_ in columns]


def decode(rows: Sequence[Row], columns: Sequence[tuple[str, str]]) -> list[list[Any]]:
    """All rows."""
    return [row(r, columns) for r in rows]
