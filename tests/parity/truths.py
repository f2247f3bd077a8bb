"""How a condition is made true or not: patches for the comparison, text, set and null predicates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Network
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from tests.parity import regexes
from tests.parity.store import Patch
from tests.parity.values import container, different, json_text, plain, steps, with_text

if TYPE_CHECKING:
    from tests.parity.solver import Frame, Solver

Make: TypeAlias = "Callable[[Solver, Frame, Call, bool], Iterable[Patch]]"
_FRESH: Final = "zz9"


def truth_of(function: str) -> tuple[Make, bool] | None:
    """How a predicate is made true, and whether the function is its negation."""
    if function in TRUTHS:
        return TRUTHS[function], False
    positive = {"!=": "==", "!~": "=~", "isnotempty": "isempty", "isnotnull": "isnull"}.get(function, function.removeprefix("!"))
    return (TRUTHS[positive], True) if positive in TRUTHS else None


def _wants(solver: Solver, frame: Frame, expr: Expr, values: Iterable[Any]) -> Iterator[Patch]:
    if not isinstance(expr, Literal):
        for value in values:
            yield from islice(solver.want_expr(frame, expr, value), 6)


# --- logic ---------------------------------------------------------------------------------------------------------


def _and(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
    if not truth:
        for part in call.arguments:
            yield from islice(solver.make_expr(frame, part, False), 6)
        return
    failing = [a for a in call.arguments if frame.value(a) is not True]

    def need(part: Expr) -> Callable[[Frame], Iterator[Patch]]:
        return lambda f: iter(({},)) if f.value(part) is True else solver.make_expr(f, part, True)

    yield from solver.in_turn(frame, [need(p) for p in (*failing, *call.arguments)])
    for part in failing:
        yield from islice(solver.make_expr(frame, part, True), 6)


def _or(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
    if truth:
        for part in call.arguments:
            yield from islice(solver.make_expr(frame, part, True), 6)
        return

    def need(part: Expr) -> Callable[[Frame], Iterator[Patch]]:
        return lambda f: iter(({},)) if f.value(part) is False else solver.make_expr(f, part, False)

    yield from solver.in_turn(frame, [need(p) for p in (*call.arguments, *call.arguments)])


def _not(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
    yield from solver.make_expr(frame, call.arguments[0], not truth)


def _is_empty(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
    operand = call.arguments[0]
    if truth:
        yield from _wants(solver, frame, operand, ("", None) if operand.type is ScalarType.STRING else (None, "", []))
    else:
        if operand.type is ScalarType.DYNAMIC:
            yield from _wants(solver, frame, operand, (["item"], {"Name": "item"}))
        yield from _wants(solver, frame, operand, (plain(operand.type), "10.1.2.3", "2026-05-31T10:00:00Z", "7", "a@b.example"))


# --- order and equality --------------------------------------------------------------------------------------------


def _equal(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
    left, right = call.arguments
    if truth:
        if frame.value(left) is None and frame.value(right) is None:
            yield from _both(solver, frame, call, plain(left.type))
        yield from _wants(solver, frame, left, (frame.value(right),))
        yield from _wants(solver, frame, right, (frame.value(left),))
        yield from _both(solver, frame, call, plain(left.type))
        return
    yield from _wants(solver, frame, left, different(frame.value(right), left.type))
    yield from _wants(solver, frame, right, different(frame.value(left), right.type))


def _both(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    left, right = call.arguments
    if not isinstance(left, Literal) and not isinstance(right, Literal):
        yield from solver.all_of(frame, ((left, value), (right, value)))


def _ordered(less: bool, equal: bool) -> Make:
    def make(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
        left, right = call.arguments
        sign = -1 if less == truth else 1
        apart = ((0,) if equal == truth else ()) + tuple(steps(left.type))
        low, high = frame.value(left), frame.value(right)
        if high is None:
            yield from _wants(solver, frame, right, (plain(right.type),))
        else:
            yield from _wants(solver, frame, left, (high + sign * s for s in apart))
        if low is None:
            yield from _wants(solver, frame, left, (plain(left.type),))
        else:
            yield from _wants(solver, frame, right, (low - sign * s for s in apart))

    return make


def _between(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
    operand, low, high = call.arguments
    bottom, top = frame.value(low), frame.value(high)
    if bottom is None or top is None:
        return
    if operand.type is ScalarType.DATETIME and high.type is ScalarType.TIMESPAN:
        top += bottom
    step = steps(operand.type)[0]
    middle = (bottom + top) // 2 if isinstance(bottom, int) else (bottom + top) / 2
    yield from _wants(solver, frame, operand, (middle, bottom, top) if truth else (bottom - step, top + step))
    present = frame.value(operand)
    if truth and present is not None:
        yield from _wants(solver, frame, low, (present, present - step))
        yield from _wants(solver, frame, high, (present, present + step))


# --- sets ----------------------------------------------------------------------------------------------------------


def items_of(frame: Frame, arguments: Iterable[Expr]) -> list[Any]:
    """The items of a list predicate: its arguments, the elements of an array."""
    found: list[Any] = []
    for argument in arguments:
        value = frame.value(argument)
        found.extend(value if isinstance(value, list) else [value])
    return found


def _in(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
    operand, *rest = call.arguments
    items = items_of(frame, rest)
    present = frame.value(operand)
    if truth:
        yield from _wants(solver, frame, operand, items[:12])
        for argument in rest:
            yield from _wants(solver, frame, argument, ([present], present) if argument.type is ScalarType.DYNAMIC else (present,))
    else:
        values = (v for v in different(present, operand.type, 3) if v not in items)
        yield from _wants(solver, frame, operand, values)


# --- texts ---------------------------------------------------------------------------------------------------------


def _holding(operation: str, present: str, needle: str) -> list[Any]:
    """Texts for which the operation holds; `present` is kept where it can be."""
    document = container(present)
    inside = [json_text(v) for v in with_text(document, needle)] if document is not None else []
    match operation:
        case "startswith" | "hasprefix":
            return [needle, f"{needle}{present}", f"{needle} {present}", *inside]
        case "endswith" | "hassuffix":
            return [f"x{needle}" if needle[:1] in (".", "/", "\\") else needle, f"{present}{needle}", f"{present} {needle}", *inside]
        case _:
            return [*inside, needle, f"{present} {needle}", f"{needle} {present}", f"{present},{needle}", f"{present}{needle}"]


def _lacking(present: str, needle: str) -> list[str]:
    return [re.sub(re.escape(needle), _FRESH, present, flags=re.IGNORECASE) if needle else present, _FRESH, ""]


def _text_test(operation: str) -> Make:
    def make(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
        operand, pattern = call.arguments
        needle, present = _as_text(frame.value(pattern)), _as_text(frame.value(operand))
        values = _holding(operation, present, needle) if truth else _lacking(present, needle)
        yield from _wants(solver, frame, operand, values)
        yield from _wants(solver, frame, pattern, (present, *re.findall(r"\w+", present)[:3]) if truth else (_FRESH,))

    return make


def _list_test(every: bool) -> Make:
    def make(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
        operand, *rest = call.arguments
        present, needles = _as_text(frame.value(operand)), [_as_text(v) for v in items_of(frame, rest)]
        if not truth:
            found = present
            for needle in needles:
                found = _lacking(found, needle)[0]
            yield from _wants(solver, frame, operand, (found, _FRESH, ""))
            return
        for needle in [" ".join(needles)] if every else needles[:10]:
            yield from _wants(solver, frame, operand, _holding("has", present, needle)[:4])
        for argument in rest:
            yield from _wants(solver, frame, argument, ([present], present) if argument.type is ScalarType.DYNAMIC else (present,))

    return make


def _matches(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
    operand, pattern = call.arguments
    present, regex = _as_text(frame.value(operand)), frame.value(pattern)
    if not isinstance(regex, str):
        return
    if truth:
        texts = list(regexes.samples(regex))
        yield from _wants(solver, frame, operand, texts)
        yield from _wants(solver, frame, operand, (f"{present} {t}" for t in texts[:2]))
        yield from _wants(solver, frame, operand, (f"{t} {present}" for t in texts[:2]))
        yield from _wants(solver, frame, pattern, (re.escape(present),))
    else:
        yield from _wants(solver, frame, operand, (_FRESH, "", "_", f"{present}~", f"~{present}"))


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json_text(value)


# --- addresses -----------------------------------------------------------------------------------------------------


def _private(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
    yield from _wants(solver, frame, call.arguments[0], ("10.1.2.3", "192.168.1.2") if truth else ("8.8.8.8", "52.1.2.3"))


def _in_range(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
    operand, *ranges = call.arguments
    if not truth:
        yield from _wants(solver, frame, operand, ("8.8.8.8", "1.2.3.4", "203.0.113.9"))
        return
    for network in items_of(frame, ranges)[:6]:
        try:
            found = IPv4Network(str(network), strict=False)
        except ValueError:
            continue
        yield from _wants(solver, frame, operand, (str(found[min(1, found.num_addresses - 1)]),))
    for argument in ranges:
        yield from _wants(solver, frame, argument, (frame.value(operand),))


def _same_address(solver: Solver, frame: Frame, call: Call, truth: bool) -> Iterator[Patch]:
    left, right = call.arguments[:2]
    for mine, other in ((left, right), (right, left)):
        wanted = str(frame.value(other)).split("/")[0]
        yield from _wants(solver, frame, mine, (wanted,) if truth else ("8.8.8.8", "203.0.113.9"))


TRUTHS: Final[dict[str, Make]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "isempty": _is_empty,
    "isnull": _is_empty,
    "==": _equal,
    "=~": _equal,
    "<": _ordered(less=True, equal=False),
    "<=": _ordered(less=True, equal=True),
    ">": _ordered(less=False, equal=False),
    ">=": _ordered(less=False, equal=True),
    "between": _between,
    "in": _in,
    "in~": _in,
    "has": _text_test("has"),
    "has_cs": _text_test("has"),
    "contains": _text_test("contains"),
    "contains_cs": _text_test("contains"),
    "startswith": _text_test("startswith"),
    "startswith_cs": _text_test("startswith"),
    "hasprefix": _text_test("hasprefix"),
    "hasprefix_cs": _text_test("hasprefix"),
    "endswith": _text_test("endswith"),
    "endswith_cs": _text_test("endswith"),
    "hassuffix": _text_test("hassuffix"),
    "hassuffix_cs": _text_test("hassuffix"),
    "has_any": _list_test(every=False),
    "has_all": _list_test(every=True),
    "matches regex": _matches,
    "ipv4_is_private": _private,
    "ipv4_is_in_range": _in_range,
    "ipv4_is_in_any_range": _in_range,
    "ipv4_is_match": _same_address,
}
