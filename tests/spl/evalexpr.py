"""Evaluates eval expressions on a row.

Source: Search Reference, eval (operators, rounding, typing) and "Comparison and Conditional functions"; nulls are three-valued.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.spl.errors import Refused, SplError
from tests.spl.evalparse import Binary, Call, Expr, Lit, Ref, Unary
from tests.spl.values import Field, FieldText, Num, Row, Single, Value, as_list, integer_digits, numeric, read, store, text_of


@dataclass(slots=True)
class Scope:
    """What expressions see besides the row: the search's start time (epoch seconds), and the search-match test."""

    now: float
    search_match: Callable[[str, Row], bool]
    lookups: Mapping[str, list[Row]] = field(default_factory=dict)


#: Function name -> implementation on evaluated arguments.
Plain = Callable[..., Value]
#: Function name -> implementation on unevaluated arguments.
Lazy = Callable[[tuple[Expr, ...], Mapping[str, Field], Scope], Value]

PLAIN: dict[str, Plain] = {}
LAZY: dict[str, Lazy] = {}


def evaluate(expr: Expr, row: Mapping[str, Field], scope: Scope) -> Value:
    """The value of an expression on a row.

    Raises:
        SplError: Splunk would refuse the search.
        Refused: an unknown function.
    """
    match expr:
        case Lit(value):
            return value
        case Ref(name):
            return read(row.get(name))
        case Unary("NOT", operand):
            value = truth(evaluate(operand, row, scope))
            return None if value is None else not value
        case Unary(_, operand):
            return arithmetic("-", Num(0.0), single(evaluate(operand, row, scope)))
        case Binary("AND" | "OR" | "XOR" as op, left, right):
            return _logic(op, left, right, row, scope)
        case Binary(op, left, right):
            a, b = evaluate(left, row, scope), evaluate(right, row, scope)
            if op in _ORDER:
                return compare(op, a, b)
            return arithmetic(op, single(a), single(b))
        case Call(name, arguments):
            if name in LAZY:
                return LAZY[name](arguments, row, scope)
            if name not in PLAIN:
                raise Refused(f"eval function {name}")
            return PLAIN[name](*(evaluate(a, row, scope) for a in arguments))
    raise Refused("expression")


def truth(value: Value) -> bool | None:
    """A predicate's value. Where a Boolean is required, anything else fails the search ("Fields cannot be Boolean" and its converse)."""
    if value is None or isinstance(value, bool):
        return value
    raise SplError("the expression is not a Boolean")


def single(value: Value) -> Single:
    """A scalar operand; what operators do with a multivalue is not documented."""
    if isinstance(value, list):
        raise Refused("a multivalue as an operand")
    return value


def _logic(op: str, left: Expr, right: Expr, row: Mapping[str, Field], scope: Scope) -> Value:
    a = truth(evaluate(left, row, scope))
    if (op == "AND" and a is False) or (op == "OR" and a is True):
        return a
    b = truth(evaluate(right, row, scope))
    if op == "AND":
        return False if b is False else (None if a is None or b is None else True)
    if op == "OR":
        return True if b is True else (None if a is None or b is None else False)
    return None if a is None or b is None else a != b


_ORDER: dict[str, Callable[[float | str, float | str], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,  # type: ignore[operator]
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
    ">": lambda a, b: a > b,  # type: ignore[operator]
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
}


def compare(op: str, a: Value, b: Value) -> Value:
    """A comparison: numeric when both sides look numeric, else by text; null with a null. A multivalue equals what one of its values
    equals.
    """
    if a is None or b is None:
        return None
    if isinstance(a, list) or isinstance(b, list):
        if op != "=":
            raise Refused("ordering of multivalues")
        return any(compare("=", x, y) is True for x in as_list(a) for y in as_list(b))
    if isinstance(a, bool) or isinstance(b, bool):
        if isinstance(a, bool) and isinstance(b, bool) and op in ("=", "!="):
            return (a == b) == (op == "=")
        raise SplError("a Boolean compared with another type")
    x, y = numeric(a), numeric(b)
    if x is not None and y is not None:
        return _ORDER[op](x.value, y.value)
    return _ORDER[op](text_of(a), text_of(b))


def arithmetic(op: str, a: Single, b: Single) -> Value:
    """`+ - * / % .`; `.` reads numbers as text, `+` adds numbers or joins two strings (eval, "Operators")."""
    if isinstance(a, bool) or isinstance(b, bool):
        raise SplError(f"operator {op} on a Boolean")
    if a is None or b is None:
        return None
    if op == ".":
        return text_of(a) + text_of(b)
    if isinstance(a, str) and isinstance(b, str):
        if op == "+":
            return str(a) + str(b)
        return _text_operand(op, a, b)
    if isinstance(a, Num) and isinstance(b, Num):
        return _number_op(op, a, b)
    return _text_operand(op, a, b)


def _text_operand(op: str, a: Single, b: Single) -> Value:
    """A text in arithmetic: a literal fails the type check, a field's text gives null."""
    for side in (a, b):
        if isinstance(side, str) and not isinstance(side, FieldText):
            raise SplError(f"operator {op} on a string")
    return None


def _number_op(op: str, a: Num, b: Num) -> Value:
    x, y = a.value, b.value
    try:
        match op:
            case "+":
                return Num(x + y, _least(a.places, b.places))
            case "-":
                return Num(x - y, _least(a.places, b.places))
            case "*":
                return _scaled(x * y, a, b)
            case "/":
                return None if y == 0 else _scaled(x / y, a, b)
            case "%":
                return None if y == 0 else Num(math.fmod(x, y) if math.isfinite(x) else math.nan)
    except OverflowError:
        return Num(math.inf)
    raise Refused(f"operator {op}")


def _least(a: int | None, b: int | None) -> int | None:
    known = [p for p in (a, b) if p is not None]
    return min(known) if known else None


def significant(number: Num) -> int | None:
    """Significant digits of a number; None when exact."""
    return None if number.places is None else number.places + integer_digits(number.value)


def _scaled(value: float, a: Num, b: Num) -> Num:
    """A product or quotient has the fewest significant digits of its operands (sigfig; eval "Rounding": 8.250*0.2 is 2)."""
    digits = _least(significant(a), significant(b))
    return Num(value, None if digits is None else digits - integer_digits(value))


def assign(row: Row, name: str, value: Value) -> None:
    """Stores an expression's value; null removes the field.

    Raises:
        SplError: the value is Boolean ("The result of an eval expression cannot be a Boolean").
    """
    if isinstance(value, bool):
        raise SplError("the result of an eval expression cannot be Boolean")
    stored = store(value)
    if stored is None:
        row.pop(name, None)
    else:
        row[name] = stored


def _lazy_if(arguments: tuple[Expr, ...], row: Mapping[str, Field], scope: Scope) -> Value:
    condition, yes, no = arguments
    return evaluate(yes if truth(evaluate(condition, row, scope)) else no, row, scope)


def _lazy_case(arguments: tuple[Expr, ...], row: Mapping[str, Field], scope: Scope) -> Value:
    """The value of the first true condition, null if none (case)."""
    if len(arguments) % 2:
        raise SplError("case needs pairs of arguments")
    for i in range(0, len(arguments), 2):
        if truth(evaluate(arguments[i], row, scope)):
            return evaluate(arguments[i + 1], row, scope)
    return None


def _lazy_validate(arguments: tuple[Expr, ...], row: Mapping[str, Field], scope: Scope) -> Value:
    """The value of the first false condition, null if all are true (validate)."""
    for i in range(0, len(arguments), 2):
        if truth(evaluate(arguments[i], row, scope)) is False:
            return evaluate(arguments[i + 1], row, scope)
    return None


def _lazy_coalesce(arguments: tuple[Expr, ...], row: Mapping[str, Field], scope: Scope) -> Value:
    for argument in arguments:
        value = evaluate(argument, row, scope)
        if value is not None:
            return value
    return None


def _lazy_now(arguments: tuple[Expr, ...], row: Mapping[str, Field], scope: Scope) -> Value:
    return Num(float(math.floor(scope.now)))


def _lazy_time(arguments: tuple[Expr, ...], row: Mapping[str, Field], scope: Scope) -> Value:
    return Num(scope.now, 6)


def _lazy_searchmatch(arguments: tuple[Expr, ...], row: Mapping[str, Field], scope: Scope) -> Value:
    """searchmatch: whether the event matches the search string, on the event's fields."""
    text = evaluate(arguments[0], row, scope)
    if not isinstance(text, str):
        raise SplError("searchmatch needs a string")
    return scope.search_match(text, dict(row))


LAZY.update(
    {
        "if": _lazy_if,
        "case": _lazy_case,
        "validate": _lazy_validate,
        "coalesce": _lazy_coalesce,
        "ifnull": _lazy_coalesce,
        "now": _lazy_now,
        "time": _lazy_time,
        "searchmatch": _lazy_searchmatch,
    }
)
