"""Values of eval expressions and how a field's text is read and written.

A stored field is text or a list of texts (multivalue); a missing field is null. An expression's value is None (null), bool, `Num`, str,
`Js` (JSON
text made by a JSON function) or a list (multivalue).
Source: Search Reference, "Evaluation functions" (typeof, isnum, sigfig, exact) and eval, "Usage": a field whose text looks like a number
is a
number, a quoted literal is always a string (isnum example with "NaN").
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TypeAlias

from tests.spl.errors import Refused

Field: TypeAlias = "str | list[str]"
Row: TypeAlias = "dict[str, Field]"

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.(\d*))?|\.(\d+))(?:[eE][+-]?\d+)?\Z")
_SPECIAL = {"nan": math.nan, "inf": math.inf, "+inf": math.inf, "-inf": -math.inf, "infinity": math.inf, "-infinity": -math.inf}


@dataclass(frozen=True, slots=True)
class Num:
    """A double. `places` is the decimals its operands warrant (None: exact); `text` is how the field wrote it."""

    value: float
    places: int | None = None
    text: str | None = None


class Js(str):
    """JSON text that a JSON function made."""


class FieldText(str):
    """Text read from a field (not a literal): it may count as JSON where a function looks inside."""


Single: TypeAlias = "bool | Num | str | None"
Value: TypeAlias = "bool | Num | str | list[Single] | None"

NULL: Value = None


def parse_number(text: str) -> Num | None:
    """The number that text looks like. Not documented: blanks around digits, hexadecimal; both count as text here."""
    match = _NUMBER.match(text)
    if match is None:
        special = _SPECIAL.get(text.lower())
        return None if special is None else Num(special, None, text)
    decimals = match.group(1) or match.group(2)
    if "e" in text or "E" in text:
        return Num(float(text), None, text)
    return Num(float(text), len(decimals) if decimals else None, text)


@lru_cache(maxsize=65536)
def read_text(text: str) -> Single:
    """A field's text as an expression sees it."""
    number = parse_number(text)
    return number if number is not None else FieldText(text)


def read(stored: Field | None) -> Value:
    """A stored field as an expression sees it."""
    if stored is None:
        return None
    if isinstance(stored, list):
        if not stored:
            return None
        return read_text(stored[0]) if len(stored) == 1 else [read_text(v) for v in stored]
    return read_text(stored)


def integer_digits(value: float) -> int:
    """Digits before the decimal point; zero or negative for 0.0x."""
    if value == 0 or math.isinf(value) or math.isnan(value):
        return 1
    return math.floor(math.log10(abs(value))) + 1


def number_text(number: Num) -> str:
    """A number's text. Up to 17 significant digits (aggregate functions, sigfig); integers without a point."""
    if number.text is not None:
        return number.text
    value, places = number.value, number.places
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if places is not None:
        return round_text(value, max(places, 0))
    if value == int(value) and abs(value) < 1e17:
        return str(int(value))
    return repr(value)


def round_text(value: float, places: int) -> str:
    """Decimal rounding, halves away from zero (round: 2.555 with 2 is 2.56)."""
    scaled = Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{scaled:f}" if scaled != 0 else f"{abs(scaled):f}"


def text_of(value: Single) -> str:
    """A single value's text. A Boolean has none outside tostring."""
    match value:
        case None:
            raise Refused("text of a null")
        case bool():
            return "True" if value else "False"
        case Num():
            return number_text(value)
        case _:
            return str(value)


def store(value: Value) -> Field | None:
    """What an assignment keeps: text, or a list of texts. A list of one value is a single value."""
    if value is None:
        return None
    if isinstance(value, list):
        texts = [text_of(v) for v in value if v is not None]
        if not texts:
            return None
        return texts if len(texts) > 1 else texts[0]
    return text_of(value)


def as_list(value: Value) -> list[Single]:
    """The values of a multivalue; a single value is a list of one, null is empty."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def from_list(values: Iterable[Single]) -> Value:
    """A multivalue of these; empty is null, one value is single."""
    items = list(values)
    if not items:
        return None
    return items if len(items) > 1 else items[0]


def field_texts(stored: Field | None) -> list[str]:
    """A stored field's texts."""
    if stored is None:
        return []
    return list(stored) if isinstance(stored, list) else [stored]


class Delimited(list[str]):
    """A multivalue whose single-value form has a delimiter of its own (mvcombine, stats `delim`); others are joined by newlines."""

    def __init__(self, texts: Iterable[str], delimiter: str) -> None:
        super().__init__(texts)
        self.delimiter = delimiter


def pack(texts: list[str]) -> Field | None:
    """A stored field of these texts."""
    if not texts:
        return None
    return texts if len(texts) > 1 else texts[0]


def numeric(value: Single) -> Num | None:
    """The number a value is or looks like (a literal's text counts)."""
    if isinstance(value, Num):
        return value
    if isinstance(value, str):
        return parse_number(value)
    return None
