"""Functions of numeric arrays."""

from __future__ import annotations

from typing import Final

from rulec.backend import Unsupported
from rulec.ir.exprs import Call, Literal
from rulec.scalars import ScalarType
from rulec_backends.python.code import Code, literal
from rulec_backends.python.functions.rows import reals, runtime
from rulec_backends.python.lower import Lower, ValueRow

T = ScalarType
_ALGORITHM: Final = Unsupported("is an algorithm of the engine whose steps are not published")

#: Element functions as Python code.
_EACH: Final = {
    "abs": "abs",
    "acos": "math.acos",
    "asin": "math.asin",
    "atan": "math.atan",
    "ceiling": "lambda x: float(math.ceil(x))",
    "cos": "math.cos",
    "exp": "math.exp",
    "floor": "lambda x: float(math.floor(x))",
    "log": "math.log",
    "sign": "lambda x: (x > 0) - (x < 0)",
    "sin": "math.sin",
    "tan": "math.tan",
}
#: Functions of two elements as Python code; a name in angle brackets is a run-time function.
_PAIR: Final = {
    "add": "lambda x, y: x + y",
    "divide": "<series_quotient>",
    "equals": "lambda x, y: x == y",
    "greater": "lambda x, y: x > y",
    "greater_equals": "lambda x, y: x >= y",
    "less": "lambda x, y: x < y",
    "less_equals": "lambda x, y: x <= y",
    "multiply": "lambda x, y: x * y",
    "not_equals": "lambda x, y: x != y",
    "pow": "<series_power>",
    "subtract": "lambda x, y: x - y",
}


def _each(function: str) -> ValueRow:
    def row(lower: Lower, expr: Call) -> Code:
        if "math." in function:
            lower.module.use("math")
        return lower.module.call("series_each", function, *lower.arguments(expr))

    return row


def _pair(function: str) -> ValueRow:
    def row(lower: Lower, expr: Call) -> Code:
        code = lower.module.use(function[1:-1]) if function.startswith("<") else function
        return lower.module.call("series_pair", code, *lower.arguments(expr))

    return row


def _first_part(function: str, part: str) -> ValueRow:
    """A function of several columns inside an expression: its first one."""

    def row(lower: Lower, expr: Call) -> Code:
        whole = lower.module.call(function, *lower.arguments(expr))
        return lower.module.call("dynamic_to_real", lower.module.call("member", whole, literal(part)))

    return row


def _seasonal(lower: Lower, expr: Call) -> Code:
    series, *rest = expr.arguments
    period = rest[0].value if rest and isinstance(rest[0], Literal) else None
    if not isinstance(period, int) or period <= 0 or len(rest) > 1:
        return lower.refuse(
            expr.span, "`series_seasonal` finds the period by an algorithm that is not published", "RC401", "a given period is exact"
        )
    return lower.module.call("series_seasonal", lower.value(series), literal(period))


VALUES: Final[dict[str, ValueRow | Unsupported]] = {
    **{f"series_{name}": _each(code) for name, code in _EACH.items()},
    **{f"series_{name}": _pair(code) for name, code in _PAIR.items()},
    "series_sum": runtime("series_sum"),
    "series_product": runtime("series_product"),
    "series_magnitude": runtime("series_magnitude"),
    "series_dot_product": runtime("series_dot_product"),
    "series_cosine_similarity": runtime("series_cosine_similarity"),
    "series_pearson_correlation": runtime("series_pearson_correlation"),
    "series_fill_forward": reals("series_fill_forward"),
    "series_fill_backward": reals("series_fill_backward"),
    "series_fill_const": reals("series_fill_const"),
    "series_fill_linear": reals("series_fill_linear"),
    "series_stats_dynamic": runtime("series_stats_dynamic"),
    "series_fit_line_dynamic": runtime("series_fit_line_dynamic"),
    "series_stats": _first_part("series_stats_dynamic", "min"),
    "series_fit_line": _first_part("series_fit_line_dynamic", "rsquare"),
    "series_fir": runtime("series_fir"),
    "series_iir": runtime("series_iir"),
    "series_seasonal": _seasonal,
    **{
        f"series_{name}": _ALGORITHM
        for name in (
            "decompose",
            "decompose_anomalies",
            "decompose_forecast",
            "fft",
            "ifft",
            "fit_2lines",
            "fit_2lines_dynamic",
            "fit_poly",
            "outliers",
            "periods_detect",
            "periods_validate",
        )
    },
}
