"""Conversions between KQL's types. Text that does not convert gives null."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from rulec_backends.python.runtime.arithmetic import long_to_int, real_to_decimal, real_to_int, real_to_long, text_to_decimal, wrap
from rulec_backends.python.runtime.moments import datetime_text, text_to_datetime, text_to_timespan, timespan_text

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

LONG_LIMIT = 0x8000000000000000
INTEGER_TEXT = re.compile(r"\s*([+-]?[0-9]+)\s*\Z")
HEX_TEXT = re.compile(r"\s*0[xX]([0-9a-fA-F]{1,16})\s*\Z")
REAL_TEXT = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*\Z")
REAL_NAMES = {"NaN": math.nan, "nan": math.nan, "inf": math.inf, "Inf": math.inf, "Infinity": math.inf, "infinity": math.inf}
GUID_TEXT = re.compile(r"\s*[{(]?([0-9a-fA-F]{8})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{12})[)}]?\s*\Z")


def text_to_long(text: str) -> int | None:
    """`tolong` of text: a decimal integer with sign and blanks, or `0x` and hexadecimal digits."""
    if text.isdecimal() and len(text) < 19 and text.isascii():
        return int(text)
    if (match := INTEGER_TEXT.match(text)) is not None:
        # Python reads no text of more than 4300 digits.
        value = int(match[1]) if len(match[1]) < 4000 else LONG_LIMIT
        return value if -LONG_LIMIT <= value < LONG_LIMIT else None
    match = HEX_TEXT.match(text)
    return wrap(int(match[1], 16)) if match is not None else None


def text_to_int(text: str) -> int | None:
    """`toint` of text."""
    value = text_to_long(text)
    if value is None or -0x80000000 <= value <= 0x7FFFFFFF:
        return value
    return long_to_int(value) if HEX_TEXT.match(text) and value <= 0xFFFFFFFF else None


def text_to_real(text: str) -> float | None:
    """`todouble` of text: decimal digits, exponent, or a name of NaN or an infinity."""
    if REAL_TEXT.match(text):
        return float(text)
    word = text.strip()
    if word[:1] in ("+", "-"):
        value = REAL_NAMES.get(word[1:])
        return None if value is None else -value if word[0] == "-" else value
    return REAL_NAMES.get(word)


def text_to_bool(text: str) -> bool | None:
    """`tobool` of text: true or false in any case, or an integer."""
    word = text.lower()
    if word == "true":
        return True
    if word == "false":
        return False
    if not text or text != text.strip():
        return None
    value = text_to_long(text)
    return None if value is None else value != 0


def text_to_guid(text: str) -> str | None:
    """`toguid` of text: 32 hexadecimal digits, hyphens and braces optional; in lower case."""
    match = GUID_TEXT.match(text)
    return "-".join(match.groups()).lower() if match else None


def number_to_bool(value: float | Decimal | None) -> bool | None:
    """False for zero, true for other numbers."""
    return None if value is None else value != 0


def real_text(value: float | None) -> str:
    """A real as KQL prints it: always with a point or an exponent."""
    if value is None:
        return ""
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    text = repr(value)
    if len(text) > 16:
        text = longest_text(value, text)
    if "e" in text:
        mantissa, exponent = text.split("e")
        if -5 <= int(exponent) <= 14:
            return format(Decimal(text), "f") + ("" if "." in format(Decimal(text), "f") else ".0")
        return f"{mantissa}e{exponent}"
    return exponent_text(text) if abs(value) >= 1e15 else text


def longest_text(value: float, text: str) -> str:
    """Where several shortest decimals read back as the value, the engine prints the greatest of them and not the nearest."""
    sign, size = ("-", -value) if value < 0 else ("", value)
    digits = Decimal(text.lstrip("-").removesuffix(".0"))
    unit = Decimal((0, (1,), digits.as_tuple().exponent))  # type: ignore[arg-type]
    limit = Fraction(size) + Fraction(math.ulp(size)) / 2
    greater = digits
    while Fraction(greater + unit) < limit:
        greater += unit
    return text if greater == digits else sign + (repr(float(greater)) if float(greater) != size else plain_text(greater, text))


def plain_text(digits: Decimal, like: str) -> str:
    """Decimal digits in the form, plain or with exponent, of another text."""
    if "e" not in like:
        return format(digits, "f")
    mantissa, exponent = f"{digits:e}".lower().split("e")
    return f"{mantissa}e{int(exponent):+03d}"


def exponent_text(text: str) -> str:
    """`1500000000000000.0` as `1.5e+15`."""
    mantissa, exponent = f"{Decimal(text).normalize():e}".split("e")
    return f"{mantissa}e+{int(exponent):02d}"


def decimal_text(value: Decimal | None) -> str:
    """A decimal without exponent and without trailing zeros."""
    if value is None:
        return ""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def integer_text(value: int | None) -> str:
    """An integer's digits; '' of null."""
    return "" if value is None else str(value)


def bool_text(value: bool | None) -> str:
    """`True` or `False`; '' of null."""
    return "" if value is None else "True" if value else "False"


def dynamic_text(value: Json) -> str:
    """`tostring` of a dynamic value: a string itself, other values as compact JSON, '' of null."""
    if value.__class__ is str:
        return value
    return "" if value is None else json_text(value)


def json_text(value: Json) -> str:
    """Compact JSON in source order."""
    if value.__class__ is float:
        return json_real(value)
    if isinstance(value, (dict, list)):
        return json_nested(value)
    return json.dumps(value, ensure_ascii=False)


def json_nested(value: Json) -> str:
    """Compact JSON of a bag or array; reals are printed as KQL prints them."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{json_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(json_text(v) for v in value) + "]"
    return json_text(value)


def json_real(value: float) -> str:
    """A real inside JSON; NaN and infinities are strings there."""
    if value != value or math.isinf(value):
        return f'"{"NaN" if value != value else "Infinity" if value > 0 else "-Infinity"}"'
    return real_text(value)


def sorted_json_text(value: Json) -> str:
    """Compact JSON with sorted keys."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{sorted_json_text(value[k])}" for k in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(sorted_json_text(v) for v in value) + "]"
    return json_text(value)


def parse_json(text: str) -> Json:
    """A JSON text's value; text that is not JSON is itself, '' is null."""
    try:
        value, end = JSON_SCAN(text, 0)
        if end == len(text):
            return value  # type: ignore[no-any-return]
    except (StopIteration, ValueError, RecursionError):
        pass
    return parse_spaced_json(text)


def parse_spaced_json(text: str) -> Json:
    """A JSON text with blanks around it, or text that is not JSON."""
    try:
        return JSON_DECODER.decode(text)  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return text or None


def no_constant(name: str) -> Json:
    """NaN and Infinity are not JSON."""
    raise ValueError(name)


def json_integer(digits: str) -> int | float:
    """A JSON integer; beyond 64 bits it is a real."""
    if len(digits) > 20:
        return float(digits)
    value = int(digits)
    return value if -0x8000000000000000 <= value <= 0x7FFFFFFFFFFFFFFF else float(digits)


JSON_DECODER = json.JSONDecoder(parse_constant=no_constant, parse_int=json_integer)
JSON_SCAN = JSON_DECODER.scan_once  # type: ignore[attr-defined]


def member(value: Json, key: str) -> Json:
    """A bag's value of a key; null where it is missing."""
    return value.get(key) if value.__class__ is dict else None


def member_text(value: Json, key: str) -> str:
    """`tostring` of a bag's value of a key; '' where it is missing."""
    found = value.get(key) if value.__class__ is dict else None
    if found.__class__ is str:
        return found
    return "" if found is None else json_text(found)


def path(value: Json, *steps: str | int | None) -> Json:
    """The part of a dynamic value at keys and indexes; null where it is missing."""
    for step in steps:
        if value.__class__ is dict:
            value = value.get(step)  # type: ignore[arg-type]
        elif value.__class__ is list and step.__class__ is int and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def dynamic_to_long(value: Json) -> int | None:
    """`tolong` of a dynamic value: by the rules of its own type; null of a bag or array."""
    match value:
        case bool():
            return int(value)
        case int():
            return value
        case float():
            return real_to_long(value)
        case str():
            return text_to_long(value)
    return None


def dynamic_to_int(value: Json) -> int | None:
    """`toint` of a dynamic value."""
    if value is None or (value.__class__ is int and -0x80000000 <= value <= 0x7FFFFFFF):
        return value
    match value:
        case bool():
            return int(value)
        case int():
            return long_to_int(value)
        case float():
            return real_to_int(value)
        case str():
            return text_to_int(value)
    return None


def dynamic_to_real(value: Json) -> float | None:
    """`todouble` of a dynamic value."""
    match value:
        case bool() | int() | float():
            return float(value)
        case str():
            return text_to_real(value)
    return None


def dynamic_to_decimal(value: Json) -> Decimal | None:
    """`todecimal` of a dynamic value."""
    match value:
        case bool() | int():
            return Decimal(int(value))
        case float():
            return real_to_decimal(value)
        case str():
            return text_to_decimal(value)
    return None


def dynamic_to_bool(value: Json) -> bool | None:
    """`tobool` of a dynamic value."""
    match value:
        case bool():
            return value
        case int() | float():
            return value != 0
        case str():
            return text_to_bool(value)
    return None


def dynamic_to_datetime(value: Json) -> int | None:
    """`todatetime` of a dynamic value."""
    match value:
        case str():
            return text_to_datetime(value)
        case bool():
            return None
        case int() | float():
            return ticks_to_datetime(real_to_long(value) if isinstance(value, float) else value)
    return None


def dynamic_to_timespan(value: Json) -> int | None:
    """`totimespan` of a dynamic value."""
    match value:
        case str():
            return text_to_timespan(value)
        case bool():
            return None
        case int():
            return value
    return None


def dynamic_to_guid(value: Json) -> str | None:
    """`toguid` of a dynamic value."""
    return text_to_guid(value) if isinstance(value, str) else None


def ticks_to_datetime(ticks: int | None) -> int | None:
    """A count of ticks since year 1 as datetime; null outside the years 1 to 9999."""
    return ticks if ticks is not None and 0 <= ticks <= 3_155_378_975_999_999_999 else None


def datetime_json(value: int | None) -> Json:
    """A datetime inside a dynamic value: ISO text."""
    return None if value is None else datetime_text(value)


def timespan_json(value: int | None) -> Json:
    """A timespan inside a dynamic value: KQL text."""
    return None if value is None else timespan_text(value)


def decimal_json(value: Decimal | None) -> Json:
    """A decimal inside a dynamic value: its text."""
    return None if value is None else decimal_text(value)


def as_integer(value: bool | None) -> int | None:
    """A bool as 0 or 1."""
    return None if value is None else int(value)


def real_to_datetime(value: float | Decimal | None) -> int | None:
    """A count of ticks since year 1, as real, as datetime."""
    return None if value is None else ticks_to_datetime(real_to_long(float(value)))


def dynamic_to_json(value: Json) -> str:
    """JSON text with sorted keys; of a string the quoted string."""
    return sorted_json_text(value)


def tohex(value: int | None, width: int | None = None) -> str:
    """Hexadecimal digits, of a negative number those of its two's complement, filled to a width."""
    return "" if value is None else format(value & 0xFFFFFFFFFFFFFFFF, "x").zfill(min(width or 0, 1024))
