"""The values of literal tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias

from rulec.scalars import LONG_MAX, LONG_MIN, ScalarType
from rulec.syntax.moments import parse_datetime, parse_timespan
from rulec.syntax.tokens import BOOL, DATETIME, DECIMAL, GUID, INT, LONG, REAL, TIMESPAN

Scalar: TypeAlias = bool | int | float | Decimal | str

INT_MIN: Final = -(2**31)
INT_MAX: Final = 2**31 - 1

_SIMPLE_ESCAPES: Final = {
    "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip
_ESCAPE: Final = re.compile(r"\\(?:([uUx])([0-9a-fA-F]+)|([0-7]{1,3})|(.))")
_HEX_DIGITS: Final = {"u": 4, "U": 8, "x": 2}
_LITERAL: Final = re.compile(r"[a-z0-9]+\(([^)]*)\)?")
_GUID: Final = re.compile(r"([{(]?)([0-9a-fA-F]{8})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{12})([})]?)")
_REAL: Final = re.compile(r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|nan|inf|infinity)", re.ASCII | re.IGNORECASE)


def string_value(text: str) -> str:
    """The value of a string token of any form: '…', "…", @'…', h'…', ```…```, ~~~…~~~."""
    body = text[1:] if text[0] in "hH" else text
    if body[0] == "@":
        body = body[1:]
        if body[0] not in "`~":
            return body[1:-1].replace(body[0] * 2, body[0])
    if body[0] in "`~":
        return body[3:-3]
    inner = body[1:-1]
    return inner if "\\" not in inner else _unescaped(inner)


def _unescaped(text: str) -> str:
    parts, at = [], 0
    while (slash := text.find("\\", at)) >= 0:
        parts.append(text[at:slash])
        match = _ESCAPE.match(text, slash)
        if match is None:  # a string without its end, reported by the lexer
            return text
        kind, digits, octal, simple = match.groups()
        if kind:
            width = _HEX_DIGITS[kind]
            parts.append(_code_point(int(digits[:width], 16)))
            at = slash + 2 + width
        elif octal:
            octal = octal if octal[0] <= "3" else octal[:2]
            parts.append(chr(int(octal, 8)))
            at = slash + 1 + len(octal)
        else:
            parts.append(_SIMPLE_ESCAPES.get(simple, simple))
            at = slash + 2
    joined = "".join(parts) + text[at:]
    # \\ud83d\\ude00 is one character: KQL strings are UTF-16, ours are code points.
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if "\\u" in text else joined


def _code_point(number: int) -> str:
    return chr(number) if number <= 0x10FFFF else "\ufffd"


def _bool(text: str) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(text.lower())


def _integer(low: int, high: int) -> Callable[[str], int | None]:
    def value(text: str) -> int | None:
        if text in ("min", "max"):
            return low if text == "min" else high
        if not re.fullmatch(r"[+-]?(?:\d+|0[xX][0-9a-fA-F]+)", text, re.ASCII):
            return None
        try:
            number = int(text, 16 if "x" in text or "X" in text else 10)
        except ValueError:  # more digits than Python converts
            return None
        return number if low <= number <= high else None

    return value


def _real(text: str) -> float | None:
    if text in ("min", "max"):
        return -1.7976931348623157e308 if text == "min" else 1.7976931348623157e308
    return float(text) if _REAL.fullmatch(text) else None


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _guid(text: str) -> str | None:
    match = _GUID.fullmatch(text)
    return "-".join(match.groups()[1:6]).lower() if match else None


_TYPES: Final[dict[str, tuple[ScalarType, Callable[[str], Scalar | None]]]] = {
    BOOL: (ScalarType.BOOL, _bool),
    INT: (ScalarType.INT, _integer(INT_MIN, INT_MAX)),
    LONG: (ScalarType.LONG, _integer(LONG_MIN, LONG_MAX)),
    REAL: (ScalarType.REAL, _real),
    DECIMAL: (ScalarType.DECIMAL, _decimal),
    DATETIME: (ScalarType.DATETIME, parse_datetime),
    TIMESPAN: (ScalarType.TIMESPAN, parse_timespan),
    GUID: (ScalarType.GUID, _guid),
}


def literal_type(kind: str) -> ScalarType:
    """The type of a literal token that is no string."""
    return _TYPES[kind][0]


def literal_value(kind: str, text: str) -> Scalar | None:
    """The value of a literal token that is no string, such as `5`, `1d`, `int(null)` or `datetime(2020-01-01)`; None for a typed null.

    Raises:
        ValueError: The text is not of the type.
    """
    match = _LITERAL.fullmatch(text)
    if match is not None:
        text = match[1].strip()
        if text == "null":
            return None
        if len(text) >= 2 and text[0] in "'\"" and text[-1] == text[0]:
            text = text[1:-1]
    value = _TYPES[kind][1](text)
    if value is None:
        raise ValueError(text)
    return value
