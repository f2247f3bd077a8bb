"""Arithmetic and mathematics."""

from __future__ import annotations

from typing import Final

from rulec.backend import Unsupported
from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.python.code import ADD, MULTIPLY, UNARY, Code, binary, call, literal, none_if
from rulec_backends.python.functions.rows import by_type, math_function, reals, runtime
from rulec_backends.python.lower import Lower, ValueRow
from rulec_backends.python.runtime.measures import UNITS, is_unpublished

T = ScalarType
_WHOLE: Final = (T.INT, T.LONG, T.TIMESPAN)
_MINUTE: Final = 600_000_000


def _suffix(type_: ScalarType) -> str:
    return {T.REAL: "_real", T.DECIMAL: "_decimal"}.get(type_, "")


def _arithmetic(operator: str, function: str, level: int) -> ValueRow:
    """`+`, `-`, `*` on one numeric type: in place when nothing can be null, else a null-aware call."""

    def row(lower: Lower, expr: Call) -> Code:
        left, right = expr.arguments
        a, b = lower.value(left), lower.value(right)
        missing = [code for code, side in ((a, left), (b, right)) if side.nullable]
        if expr.type is T.DECIMAL or not all(m.simple for m in missing):
            return lower.module.call(function + _suffix(expr.type), a, b)
        result = binary(operator, a, b, level)
        if expr.type is not T.REAL:
            result = lower.module.call("wrap", result)
        return none_if(missing, result)

    return row


def _converted(kind: str) -> ValueRow:
    """A measure in another unit."""

    def row(lower: Lower, expr: Call) -> Code:
        for unit in expr.arguments[1:]:
            if isinstance(unit, Literal) and isinstance(unit.value, str) and is_unpublished(unit.value, kind):
                lower.refuse(unit.span, f"`{expr.function}` has a factor for `{unit.value}` that is not published", "RC401")
        return reals("convert_unit", repr(kind))(lower, expr)

    return row


_ADD, _SUBTRACT, _MULTIPLY = _arithmetic("+", "add", ADD), _arithmetic("-", "subtract", ADD), _arithmetic("*", "multiply", MULTIPLY)


def _plus(lower: Lower, expr: Call) -> Code:
    left, right = expr.arguments
    if expr.type is not T.DATETIME:
        return _ADD(lower, expr)
    moment, span = (left, right) if left.type is T.DATETIME else (right, left)
    return lower.module.call("add_ticks", lower.value(moment), lower.value(span))


def _minus(lower: Lower, expr: Call) -> Code:
    if expr.type is T.DATETIME:
        return lower.module.call("subtract_ticks", *lower.arguments(expr))
    left, right = expr.arguments
    if left.type is T.DATETIME and not expr.nullable:
        return binary("-", lower.value(left), lower.value(right), ADD)
    if left.type is T.DATETIME:
        return lower.module.call("subtract", *lower.arguments(expr))
    return _SUBTRACT(lower, expr)


def _times(lower: Lower, expr: Call) -> Code:
    if expr.type is not T.TIMESPAN:
        return _MULTIPLY(lower, expr)
    left, right = expr.arguments
    span, factor = (left, right) if left.type is T.TIMESPAN else (right, left)
    function = "multiply" if factor.type.is_integer else "scale_ticks"
    return lower.module.call(function, lower.value(span), _real_if_decimal(lower, factor))


def _real_if_decimal(lower: Lower, factor: Expr) -> Code:
    return lower.converted(factor, T.REAL) if factor.type is T.DECIMAL else lower.value(factor)


def _divided(lower: Lower, expr: Call) -> Code:
    left, right = expr.arguments
    if left.type is T.TIMESPAN and right.type is not T.TIMESPAN:
        function = "divide" if right.type.is_integer else "divide_ticks"
        return lower.module.call(function, lower.value(left), _real_if_decimal(lower, right))
    if expr.type is T.REAL:
        if isinstance(right, Literal) and right.value and not left.nullable:
            return binary("/", lower.value(left), lower.value(right), MULTIPLY)
        return lower.module.call("divide_real", *lower.arguments(expr))
    return lower.module.call("divide" + _suffix(expr.type), *lower.arguments(expr))


def _modulo(lower: Lower, expr: Call) -> Code:
    left, right = expr.arguments
    if expr.type in _WHOLE and isinstance(right, Literal) and isinstance(right.value, int) and right.value > 0 and not left.nullable:
        return binary("%", lower.value(left), lower.value(right), MULTIPLY)
    return lower.module.call("modulo" + _suffix(expr.type), *lower.arguments(expr))


def _negative(lower: Lower, expr: Call) -> Code:
    operand = expr.arguments[0]
    if expr.type in (T.REAL, T.DECIMAL):
        if operand.nullable:
            return lower.module.call("negate_real", lower.value(operand))
        return Code(f"-{lower.value(operand).at(UNARY)}", UNARY)
    return lower.module.call("negate", lower.value(operand))


def _rand(lower: Lower, expr: Call) -> Code:
    lower.module.use("random")
    if not expr.arguments:
        return call("random.random")
    return lower.module.call("random_below", lower.value(expr.arguments[0]))


_BIN: Final = {
    T.INT: "bin_long",
    T.LONG: "bin_long",
    T.TIMESPAN: "bin_long",
    T.DATETIME: "bin_long",
    T.REAL: "bin_real",
    T.DECIMAL: "bin_decimal",
}


def _bin(lower: Lower, expr: Call) -> Code:
    value, size = expr.arguments
    if value.type is T.TIMESPAN and size.type is not T.TIMESPAN:
        return lower.refuse(expr.span, "`bin` of a timespan takes a timespan", "RC401")
    if (
        value.type not in (T.REAL, T.DECIMAL)
        and isinstance(size, Literal)
        and isinstance(size.value, int)
        and size.value > 0
        and not value.nullable
    ):
        code = lower.value(value)
        if code.simple:
            floored = Code(f"{code.text} - {code.text} % {literal(size.value).text}", ADD)
            return lower.module.call("wrap", floored) if value.type.is_integer else floored
    if value.type is T.DATETIME and isinstance(size, Literal) and isinstance(size.value, int) and size.value % _MINUTE == 0:
        minute = lower.minute(value)
        if minute is not None:
            stamp, text = minute
            bins = lower.row.place.function.once("bins", lower.module.call("minute_bins", lower.value(size)))
            return none_if([stamp], call(bins.text, text))
    return lower.module.call(_BIN[value.type], *lower.arguments(expr))


def _extreme(function: str) -> ValueRow:
    def row(lower: Lower, expr: Call) -> Code:
        if expr.type is T.STRING:
            return call(function[:3], *lower.arguments(expr))
        return lower.module.call(function, *lower.arguments(expr))

    return row


def _abs(lower: Lower, expr: Call) -> Code:
    operand = expr.arguments[0]
    if operand.type in (T.REAL, T.DECIMAL):
        code = lower.value(operand)
        if operand.nullable:
            code = lower.row.place.assign("value", code)
        return none_if([code] if operand.nullable else [], call("abs", code))
    return lower.module.call("abs_long", lower.value(operand))


def _ceiling(lower: Lower, expr: Call) -> Code:
    operand = expr.arguments[0]
    if operand.type.is_integer:
        return lower.value(operand)
    return lower.module.call("ceiling_decimal" if operand.type is T.DECIMAL else "ceiling_real", lower.value(operand))


VALUES: Final[dict[str, ValueRow | Unsupported]] = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _divided,
    "%": _modulo,
    "neg": _negative,
    "abs": _abs,
    "bin": _bin,
    "bin_at": by_type(
        {
            T.INT: "bin_at_long",
            T.LONG: "bin_at_long",
            T.TIMESPAN: "bin_at_long",
            T.DATETIME: "bin_at_datetime",
            T.REAL: "bin_at_real",
            T.DECIMAL: "bin_at_decimal",
        }
    ),
    "ceiling": _ceiling,
    "round": by_type({T.INT: "round_long", T.LONG: "round_long", T.REAL: "round_real", T.DECIMAL: "round_decimal"}),
    "sign": reals("sign"),
    "max_of": _extreme("max_of"),
    "min_of": _extreme("min_of"),
    "acos": math_function("acos"),
    "asin": math_function("asin"),
    "atan": math_function("atan"),
    "cos": math_function("cos"),
    "sin": math_function("sin"),
    "tan": math_function("tan"),
    "sqrt": math_function("sqrt"),
    "exp": math_function("exp"),
    "degrees": math_function("degrees"),
    "radians": math_function("radians"),
    "erf": math_function("erf"),
    "erfc": math_function("erfc"),
    "atan2": reals("atan2"),
    "cot": reals("cot"),
    "exp2": reals("exp2"),
    "exp10": reals("exp10"),
    "gamma": reals("gamma"),
    "loggamma": reals("loggamma"),
    "log": reals("log"),
    "log2": reals("log2"),
    "log10": reals("log10"),
    "pow": reals("power"),
    "pi": lambda lower, expr: Code(f"{lower.module.use('math')}.pi"),
    "rand": _rand,
    "binary_and": runtime("binary_and"),
    "binary_or": runtime("binary_or"),
    "binary_xor": runtime("binary_xor"),
    "binary_not": runtime("binary_not"),
    "binary_shift_left": runtime("binary_shift_left"),
    "binary_shift_right": runtime("binary_shift_right"),
    "bitset_count_ones": runtime("bitset_count_ones"),
    "beta_cdf": reals("beta_cdf"),
    "beta_inv": reals("beta_inv"),
    "beta_pdf": reals("beta_pdf"),
    "welch_test": reals("welch_test"),
    "format_bytes": runtime("format_bytes"),
    **{f"convert_{kind}": _converted(kind) for kind in UNITS},
}
