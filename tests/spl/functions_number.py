"""Mathematical, trigonometric, statistical, conversion and informational functions.

Source: Search Reference, pages of the same names.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal

from tests.spl.errors import Refused, SplError
from tests.spl.evalexpr import LAZY, PLAIN, Lazy, Plain, Scope, evaluate, significant, single
from tests.spl.evalparse import Expr, Lit
from tests.spl.functions_bits import BITS
from tests.spl.values import Field, FieldText, Num, Single, Value, as_list, integer_digits, number_text, numeric, text_of


def _num(value: Value) -> Num | None:
    one = single(value)
    if one is None or isinstance(one, Num):
        return one
    if isinstance(one, FieldText):
        return None
    raise SplError("a number is needed")


def _unary(function: Callable[[float], float], rounding: bool = True) -> Callable[[Value], Value]:
    """A function whose result has the significant digits of its operand (atan(0.50) is 0.46)."""

    def call(value: Value) -> Value:
        number = _num(value)
        if number is None:
            return None
        try:
            found = function(number.value)
        except OverflowError:
            found = math.inf
        except ValueError:
            return None
        digits = significant(number) if rounding and not math.isinf(found) else None
        return Num(found, None if digits is None else digits - integer_digits(found))

    return call


#: Enough for any double with any number of decimals.
_DIGITS = Context(prec=400)


def _floor(value: Value) -> Value:
    number = _num(value)
    return number if number is None or not math.isfinite(number.value) else Num(float(math.floor(number.value)))


def _ceiling(value: Value) -> Value:
    number = _num(value)
    return number if number is None or not math.isfinite(number.value) else Num(float(math.ceil(number.value)))


def _abs(value: Value) -> Value:
    number = _num(value)
    return None if number is None else Num(abs(number.value), number.places)


def _round(value: Value, places: Value = None) -> Value:
    """round: halves away from zero, to `places` decimals, which are printed."""
    number, digits = _num(value), _num(places)
    if number is None:
        return None
    size = 0 if digits is None else int(digits.value)
    if size < 0:
        raise SplError("round with a negative precision")
    if math.isnan(number.value) or math.isinf(number.value):
        return number
    rounded = Decimal(repr(number.value)).quantize(Decimal(1).scaleb(-size), ROUND_HALF_UP, _DIGITS)
    return Num(float(rounded), size or None)


def _exact(value: Value) -> Value:
    number = _num(value)
    return None if number is None else Num(number.value)


def _sigfig(value: Value) -> Value:
    """sigfig: rounds to the significant digits of the calculation; 1.00*1111 gives 1110."""
    number = _num(value)
    if number is None:
        return None
    digits = significant(number)
    if digits is None or number.value == 0:
        return number
    exponent = integer_digits(number.value) - digits
    rounded = Decimal(repr(number.value)).quantize(Decimal(1).scaleb(exponent), rounding=ROUND_HALF_UP)
    return Num(float(rounded), max(-exponent, 0))


def _pow(base: Value, exponent: Value) -> Value:
    a, b = _num(base), _num(exponent)
    if a is None or b is None:
        return None
    try:
        found = math.pow(a.value, b.value)
    except OverflowError:
        found = math.inf
    except ValueError:
        return None
    digits = significant(a) if not math.isinf(found) else None
    return Num(found, None if digits is None else digits - integer_digits(found))


def _log(value: Value, base: Value = None) -> Value:
    """log: base 10 by default; null for values that have no logarithm."""
    x = _num(value)
    b = Num(10.0) if base is None else _num(base)
    if x is None or b is None or x.value <= 0 or b.value <= 0 or b.value == 1:
        return None
    found = math.log10(x.value) if b.value == 10 else math.log2(x.value) if b.value == 2 else math.log(x.value) / math.log(b.value)
    digits = significant(x)
    return Num(found, None if digits is None else digits - integer_digits(found))


def _two(function: Callable[[float, float], float]) -> Callable[[Value, Value], Value]:
    def call(a: Value, b: Value) -> Value:
        x, y = _num(a), _num(b)
        if x is None or y is None:
            return None
        found = function(x.value, y.value)
        known = [d for d in (significant(x), significant(y)) if d is not None]
        return Num(found, min(known) - integer_digits(found) if known else None)

    return call


def _flat(values: tuple[Value, ...]) -> list[Single]:
    return [v for value in values for v in as_list(value) if v is not None]


def _numbers(values: tuple[Value, ...]) -> list[float]:
    return [n.value for n in (numeric(v) for v in _flat(values)) if n is not None]


def _sum(*values: Value) -> Value:
    """sum: adds the numeric values, multivalues included; text is ignored."""
    found = _numbers(values)
    return Num(sum(found)) if found else None


def _avg(*values: Value) -> Value:
    found = _numbers(values)
    return Num(sum(found) / len(found)) if found else None


def _rank(value: Single) -> tuple[int, float, str]:
    """Strings are greater than numbers (max, min)."""
    if isinstance(value, Num):
        return 0, value.value, ""
    return 1, 0.0, text_of(value)


def _max(*values: Value) -> Value:
    found = _flat(values)
    return max(found, key=_rank) if found else None


def _min(*values: Value) -> Value:
    found = _flat(values)
    return min(found, key=_rank) if found else None


def _tonumber(arguments: tuple[Expr, ...], row: Mapping[str, Field], scope: Scope) -> Value:
    """tonumber: null for a field that is not a number; a literal that is not a number fails the search."""
    value = single(evaluate(arguments[0], row, scope))
    base = _num(evaluate(arguments[1], row, scope)) if len(arguments) > 1 else None
    if value is None:
        return None
    if isinstance(value, bool):
        raise SplError("tonumber of a Boolean")
    if base is None or base.value == 10:
        found = value if isinstance(value, Num) else numeric(value)
    else:
        found = _in_base(text_of(value), int(base.value))
    if found is None and isinstance(arguments[0], Lit):
        raise SplError("tonumber of a literal that is not a number")
    return None if found is None else Num(found.value, found.places)


def _in_base(text: str, base: int) -> Num | None:
    if not 2 <= base <= 36:
        raise SplError("base of tonumber")
    body = text.removeprefix("0x") if base == 16 else text
    if not body.isalnum() and not (body[:1] == "-" and body[1:].isalnum()):
        return None
    try:
        return Num(float(int(body, base)))
    except ValueError:
        return None


def _tostring(value: Value, form: Value = None) -> Value:
    """tostring: with "hex", "binary", "commas", "duration" of a number."""
    one = single(value)
    if one is None:
        raise Refused("tostring of a null: the documents disagree")
    if form is None:
        return text_of(one)
    if not isinstance(one, Num):
        raise SplError("tostring with a format needs a number")
    match text_of(single(form)):
        case "hex":
            return _whole(one, lambda n: f"0x{n:X}")
        case "binary":
            return _whole(one, lambda n: f"{n:b}")
        case "commas":
            plain = number_text(Num(one.value)) if one.value == int(one.value) else f"{one.value:.2f}"
            head, dot, tail = plain.partition(".")
            return f"{int(head):,}{dot}{tail}"
        case "duration":
            return duration(one.value)
    raise Refused("format of tostring")


def _whole(number: Num, form: Callable[[int], str]) -> Value:
    if not 0 <= number.value <= BITS:
        return None
    return form(int(number.value))


def duration(seconds: float) -> str:
    """HH:MM:SS, with `days+` before from one day on."""
    whole = int(seconds)
    days, rest = divmod(whole, 86400)
    text = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"
    if seconds != whole:
        text += f"{seconds - whole:.6f}"[1:]
    return f"{days}+{text}" if days else text


def _toint(value: Value, base: Value = None) -> Value:
    """toint (9.4): the floor of a number or numeric text, null of other values."""
    one = single(value)
    if isinstance(one, bool):
        return None
    number = None if one is None else (_in_base(text_of(one), int(_need(base).value)) if base is not None else numeric(one))
    return None if number is None else Num(float(math.floor(number.value)))


def _need(value: Value) -> Num:
    number = _num(value)
    if number is None:
        raise SplError("a number is needed")
    return number


def _todouble(value: Value, base: Value = None) -> Value:
    """todouble (9.4): a number or numeric text; a whole number gets a decimal (todouble(5) is 5.0)."""
    one = single(value)
    if one is None or isinstance(one, bool):
        return None
    based = isinstance(one, str) and base is not None
    number = _in_base(text_of(one), int(_need(base).value)) if based else numeric(one)
    if number is None:
        return None
    return Num(number.value, number.places or (1 if number.value == math.floor(number.value) else None))


def _tobool(value: Value) -> Value:
    """tobool (9.4): of the texts true, True, false, False and of numbers, null of other values."""
    one = single(value)
    if one is None or isinstance(one, bool):
        return one
    number = numeric(one)
    if number is not None:
        return number.value != 0
    return {"true": True, "True": True, "false": False, "False": False}.get(text_of(one))


def _typeof(value: Value) -> Value:
    """typeof: Number, String, Bool or Invalid."""
    match value:
        case None:
            return "Invalid"
        case bool():
            return "Bool"
        case Num():
            return "Number"
        case list():
            raise Refused("typeof of a multivalue")
        case _:
            return "String"


def _isnum(value: Value) -> Value:
    return isinstance(value, Num)


def _isint(value: Value) -> Value:
    return isinstance(value, Num) and value.value == math.floor(value.value)


def _isdouble(value: Value) -> Value:
    return isinstance(value, Num) and value.value != math.floor(value.value)


def _isstr(value: Value) -> Value:
    return isinstance(value, str)


_TRIG: dict[str, Callable[[float], float]] = {
    "acos": math.acos,
    "acosh": math.acosh,
    "asin": math.asin,
    "asinh": math.asinh,
    "atan": math.atan,
    "atanh": math.atanh,
    "cos": math.cos,
    "cosh": math.cosh,
    "sin": math.sin,
    "sinh": math.sinh,
    "tan": math.tan,
    "tanh": math.tanh,
    "exp": math.exp,
    "ln": math.log,
    "sqrt": math.sqrt,
}

PLAIN.update({name: _unary(function) for name, function in _TRIG.items()})
#: What `random()` gives is not documented but its range.
_RANDOM = random.Random(0)
PLAIN.update(
    {
        "floor": _floor,
        "ceiling": _ceiling,
        "ceil": _ceiling,
        "abs": _abs,
        "round": _round,
        "exact": _exact,
        "sigfig": _sigfig,
        "pow": _pow,
        "log": _log,
        "pi": lambda: Num(math.pi),
        "random": lambda: Num(float(_RANDOM.randrange(2**31))),
        "atan2": _two(math.atan2),
        "hypot": _two(math.hypot),
        "max": _max,
        "min": _min,
        "tostring": _tostring,
        "toint": _toint,
        "todouble": _todouble,
        "tobool": _tobool,
        "typeof": _typeof,
        "isnum": _isnum,
        "isint": _isint,
        "isdouble": _isdouble,
        "isstr": _isstr,
        "isbool": lambda v: isinstance(v, bool),
        "isnull": lambda v: v is None,
        "isnotnull": lambda v: v is not None,
        "ismv": lambda v: isinstance(v, list),
    }
)


def _no_literal_text(function: Plain) -> Lazy:
    """sum and avg refuse a quoted string as an argument (sum, example 2)."""

    def call(arguments: tuple[Expr, ...], row: Mapping[str, Field], scope: Scope) -> Value:
        if any(isinstance(a, Lit) and isinstance(a.value, str) for a in arguments):
            raise SplError("a quoted string where a number is needed")
        return function(*(evaluate(a, row, scope) for a in arguments))

    return call


LAZY.update({"tonumber": _tonumber, "sum": _no_literal_text(_sum), "avg": _no_literal_text(_avg)})
