"""What the operands of a function must be for it to give a value: one row a function, several answers where there are some."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import quote

from rulec.ir.exprs import Call, Column, Expr, Literal
from rulec.scalars import TICKS_PER_DAY, TICKS_PER_SECOND, ScalarType
from tests.parity import documents, regexes
from tests.parity.store import Patch
from tests.parity.values import HOUR, container, different, json_text, of_text, text_of

if TYPE_CHECKING:
    from tests.parity.solver import Frame, Solver

Inverse: TypeAlias = "Callable[[Solver, Frame, Call, Any], Iterable[Patch]]"
T = ScalarType


def _wants(solver: Solver, frame: Frame, expr: Expr, values: Iterable[Any]) -> Iterator[Patch]:
    if not isinstance(expr, Literal):
        for value in values:
            yield from islice(solver.want_expr(frame, expr, value), 8)


def _same(at: int = 0) -> Inverse:
    """The operand has the value itself."""

    def inverse(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
        yield from _wants(solver, frame, call.arguments[at], (value,))

    return inverse


def _any_operand(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    for argument in call.arguments:
        yield from _wants(solver, frame, argument, (value,))


def _text(change: Callable[[str], Iterable[Any]], at: int = 0) -> Inverse:
    """The operand is a text made of the wanted text."""

    def inverse(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
        if isinstance(value, str):
            yield from _wants(solver, frame, call.arguments[at], change(value))

    return inverse


def shifted(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    """For what has no inverse: other values of its operands, times hour by hour and day by day."""
    for argument in call.arguments:
        present = frame.value(argument)
        if isinstance(argument, Literal):
            continue
        if argument.type is T.DATETIME and isinstance(present, int):
            hours = (present + sign * k * HOUR for k in range(1, 24) for sign in (-1, 1))
            days = (present - k * TICKS_PER_DAY for k in range(1, 8))
            yield from _wants(solver, frame, argument, (*days, *islice(hours, 24)))
        else:
            yield from _wants(solver, frame, argument, islice(different(present, argument.type), 3))


# --- conversions ---------------------------------------------------------------------------------------------------


def _tostring(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    operand = call.arguments[0]
    if operand.type is T.DYNAMIC:
        document = container(value)
        yield from _wants(solver, frame, operand, (value,) if document is None else (document, value))
        return
    try:
        wanted = None if value in ("", None) else of_text(value, operand.type)
    except (ValueError, AttributeError):
        return
    yield from _wants(solver, frame, operand, (wanted,))


def _conversion(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    operand = call.arguments[0]
    if operand.type is T.STRING:
        wanted: Any = "" if value is None else text_of(value, call.type)
        yield from _wants(solver, frame, operand, (wanted,))
    elif operand.type is T.DYNAMIC:
        text = None if value is None else text_of(value, call.type)
        plain = call.type in (T.LONG, T.INT, T.REAL, T.BOOL)
        yield from _wants(solver, frame, operand, (value, text) if plain else (text,))
    else:
        yield from _wants(solver, frame, operand, (value,))


def _parse_json(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    operand = call.arguments[0]
    if operand.type is T.DYNAMIC:
        yield from _wants(solver, frame, operand, (value, None if value is None else json_text(value)))
    else:
        bare = isinstance(value, str) and container(value) is None
        yield from _wants(solver, frame, operand, ("" if value is None else value if bare else json_text(value),))


# --- texts ---------------------------------------------------------------------------------------------------------


def _cases(text: str) -> Iterable[str]:
    return dict.fromkeys((text, text.lower(), text.upper(), text.capitalize()))


def _strcat(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    """One operand takes what the others leave; else the constants cut the text into the operands' parts."""
    if not isinstance(value, str):
        return
    texts = [text_of(v, a.type) if (v := frame.value(a)) is not None else "" for a in call.arguments]
    for at, argument in enumerate(call.arguments):
        before, after = "".join(texts[:at]), "".join(texts[at + 1 :])
        if len(before) + len(after) <= len(value) and value.startswith(before) and value.endswith(after):
            yield from _wants(solver, frame, argument, (value[len(before) : len(value) - len(after)],))
    free = [a for a in call.arguments if not isinstance(a, Literal)]
    pattern = "".join(re.escape(t) if isinstance(a, Literal) else "(.*)" for t, a in zip(texts, call.arguments, strict=True))
    found = re.fullmatch(pattern, value, re.DOTALL)
    if found is not None and len(free) > 1:
        yield from solver.all_of(frame, list(zip(free, found.groups(), strict=True)))


def _split(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    delimiter = frame.value(call.arguments[1])
    if not isinstance(delimiter, str):
        return
    index = frame.value(call.arguments[2]) if len(call.arguments) > 2 else None
    if not isinstance(value, list):
        value = [value]
    if isinstance(index, int):
        present = frame.value(call.arguments[0]).split(delimiter) if delimiter else []
        value = [*present[:index], *["part"] * (index - len(present)), *value[:1], *present[index + 1 :]]
    parts = ["part" if v is None else v if isinstance(v, str) else json_text(v) for v in value]
    yield from _wants(solver, frame, call.arguments[0], (delimiter.join(parts),))


def _substring(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    text, start = frame.value(call.arguments[0]), frame.value(call.arguments[1])
    if not isinstance(value, str) or not isinstance(start, int):
        return
    if start < 0:
        start = max(len(text) + start, 0)
    head = text[:start].ljust(start, "x")
    yield from _wants(solver, frame, call.arguments[0], (head + value, head + value + text[start + len(value) :]))


def _strlen(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    text = frame.value(call.arguments[0])
    if isinstance(value, int) and 0 <= value < 100_000:
        yield from _wants(solver, frame, call.arguments[0], (text[:value].ljust(value, "x"),))


def _countof(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    needle = frame.value(call.arguments[1])
    if isinstance(value, int) and 0 <= value < 1000 and isinstance(needle, str):
        is_regex = len(call.arguments) > 2 and frame.value(call.arguments[2]) == "regex"
        texts = list(regexes.samples(needle))[:2] if is_regex else [needle]
        yield from _wants(solver, frame, call.arguments[0], (" ".join([t] * value) for t in texts))


def _strcat_array(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    delimiter = frame.value(call.arguments[1])
    if isinstance(value, str) and delimiter:
        yield from _wants(solver, frame, call.arguments[0], ([value], value.split(delimiter)))


def _base64(text: str) -> Iterable[str]:
    return (base64.b64encode(text.encode()).decode(),)


def _unbase64(text: str) -> Iterable[str]:
    try:
        return (base64.b64decode(text, validate=True).decode(),)
    except ValueError:
        return ()


# --- numbers and times ---------------------------------------------------------------------------------------------


def _plus(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    left, right = call.arguments
    a, b = frame.value(left), frame.value(right)
    if value is None:
        yield from _any_operand(solver, frame, call, None)
        return
    yield from _wants(solver, frame, left, (value - (b or 0),))
    yield from _wants(solver, frame, right, (value - (a or 0),))


def _minus(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    left, right = call.arguments
    a, b = frame.value(left), frame.value(right)
    if value is None:
        yield from _any_operand(solver, frame, call, None)
        return
    if b is not None:
        yield from _wants(solver, frame, left, (value + b,))
    if a is not None:
        yield from _wants(solver, frame, right, (a - value,))


def _times(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    for mine, other in (call.arguments, call.arguments[::-1]):
        factor = frame.value(other)
        if value is not None and factor:
            exact = value / factor
            yield from _wants(solver, frame, mine, (exact,) if mine.type is T.REAL else (math.floor(exact), math.ceil(exact)))


def _divided(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    left, right = call.arguments
    a, b = frame.value(left), frame.value(right)
    if value is None:
        yield from _any_operand(solver, frame, call, None)
        return
    if b:
        yield from _wants(solver, frame, left, (value * b, value * b + (1 if isinstance(b, int) else 0)))
    if a and value:
        yield from _wants(solver, frame, right, (a / value,))


def _negated(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    yield from _wants(solver, frame, call.arguments[0], (None if value is None else -value,))


_UNITS: Final = {
    "second": TICKS_PER_SECOND, "minute": 60 * TICKS_PER_SECOND, "hour": HOUR, "day": TICKS_PER_DAY, "week": 7 * TICKS_PER_DAY,
    "month": 31 * TICKS_PER_DAY, "year": 366 * TICKS_PER_DAY, "millisecond": TICKS_PER_SECOND // 1000,
}  # fmt: skip


def _datetime_diff(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    unit = _UNITS.get(str(frame.value(call.arguments[0])).lower())
    left, right = call.arguments[1:]
    a, b = frame.value(left), frame.value(right)
    if unit is None or value is None:
        return
    if b is not None:
        yield from _wants(solver, frame, left, (b + value * unit,))
    if a is not None:
        yield from _wants(solver, frame, right, (a - value * unit,))


def _of_unix(unit: int) -> Inverse:
    from rulec.scalars import UNIX_EPOCH_TICKS

    def inverse(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
        if value is not None:
            yield from _wants(solver, frame, call.arguments[0], ((value - UNIX_EPOCH_TICKS) // unit,))

    return inverse


# --- arrays and bags -----------------------------------------------------------------------------------------------


def _array_length(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    operand = call.arguments[0]
    if not isinstance(value, int) or not 0 <= value <= 5000:
        return
    number = frame.number(operand) if isinstance(operand, Column) else None
    want_length = getattr(solver.store.kinds[number], "want_length", None) if number is not None else None
    if want_length is not None:
        yield from want_length(solver, value)
    present = frame.value(operand) if isinstance(frame.value(operand), list) else []
    yield from _wants(solver, frame, operand, ([*present, *(f"item{i}" for i in range(len(present), value))][:value],))


def _pack_array(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    if isinstance(value, list) and len(value) == len(call.arguments):
        wishes = [(a, v) for a, v in zip(call.arguments, value, strict=True) if frame.value(a) != v]
        yield from solver.all_of(frame, wishes)


def _bag_pack(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    if isinstance(value, dict):
        names = [frame.value(k) for k in call.arguments[::2]]
        wishes = [(a, value[n]) for n, a in zip(names, call.arguments[1::2], strict=True) if n in value and frame.value(a) != value[n]]
        yield from solver.all_of(frame, wishes)


def _with_arrays(other: Any) -> Inverse:
    """The first operand is the array, the others are arrays too: a null would make all of it null."""

    def inverse(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
        first, *rest = call.arguments
        yield from _wants(solver, frame, first, (value,))
        missing = [(a, other) for a in rest if not isinstance(frame.value(a), list)]
        yield from solver.all_of(frame, [(first, value), *missing])
        for argument in rest:
            yield from _wants(solver, frame, argument, (value,))

    return inverse


def _array_slice(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    array, start = frame.value(call.arguments[0]), frame.value(call.arguments[1])
    if isinstance(value, list) and isinstance(start, int):
        items = list(array) if isinstance(array, list) else []
        start = max(len(items) + start, 0) if start < 0 else start
        items += [f"item{i}" for i in range(len(items), start)]
        yield from _wants(solver, frame, call.arguments[0], ([*items[:start], *value, *items[start + len(value) :]],))


_itself = _same()
_calendar = dict.fromkeys(
    (
        "bin",
        "startofday",
        "startofhour",
        "startofweek",
        "startofmonth",
        "startofyear",
        "endofday",
        "round",
        "abs",
        "ceiling",
        "floor",
        "bin_at",
    ),
    _itself,
)
_passing = dict.fromkeys(
    ("trim_start", "trim_end", "trim"), _same(1)
) | dict.fromkeys(
    ("replace_regex", "replace_string", "replace_strings", "url_decode", "array_sort_asc", "array_sort_desc",
     "dynamic_to_json", "bag_merge", "array_reverse", "parse_ipv6"), _itself
)  # fmt: skip
_conversions = dict.fromkeys(("toint", "tolong", "todouble", "todecimal", "tobool", "toguid", "todatetime", "totimespan"), _conversion)

INVERSES: Final[dict[str, Inverse]] = {
    **_calendar,
    **_passing,
    **_conversions,
    "tostring": _tostring,
    "parse_json": _parse_json,
    "tolower": _text(_cases),
    "toupper": _text(_cases),
    "reverse": _text(lambda t: (t[::-1],)),
    "translate": _same(2),
    "base64_decode_tostring": _text(_base64),
    "base64_encode_tostring": _text(_unbase64),
    "url_encode": _same(),
    "url_encode_component": _same(),
    "url_decode": _text(lambda t: (t, quote(t))),
    "strcat": _strcat,
    "strcat_array": _strcat_array,
    "split": _split,
    "substring": _substring,
    "strlen": _strlen,
    "string_size": _strlen,
    "countof": _countof,
    "extract": documents.extract,
    "extract_all": documents.extract_all,
    "extract_json": documents.extract_json,
    "parse_url": documents.parse_url,
    "parse_xml": documents.parse_xml,
    "coalesce": _any_operand,
    "max_of": _any_operand,
    "min_of": _any_operand,
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _divided,
    "neg": _negated,
    "datetime_diff": _datetime_diff,
    "unixtime_seconds_todatetime": _of_unix(TICKS_PER_SECOND),
    "unixtime_milliseconds_todatetime": _of_unix(TICKS_PER_SECOND // 1000),
    "array_slice": _array_slice,
    "array_concat": _with_arrays([]),
    "set_union": _with_arrays([]),
    "set_difference": _with_arrays(["other"]),
    "set_intersect": _with_arrays([]),
    "array_length": _array_length,
    "pack_array": _pack_array,
    "bag_pack": _bag_pack,
}
