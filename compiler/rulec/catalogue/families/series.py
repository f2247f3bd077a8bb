"""Series: functions over whole numeric arrays; null elements stay null, null arrays give null.

Source: Learn, "Series functions"; Microsoft's analyzer for the columns of those with several results.
"""

from __future__ import annotations

from typing import Final

from rulec.catalogue.notation import Row, row
from rulec.catalogue.signatures import ResultName
from rulec.scalars import ScalarType

_FIRST = ResultName.FIRST_ARGUMENT
_SEVERAL = ResultName.SEVERAL
_REAL, _LONG, _DYNAMIC = ScalarType.REAL, ScalarType.LONG, ScalarType.DYNAMIC
_EACH = row("dynamic -> dynamic?")
_TOTAL = row("dynamic -> real?")
# A number beside an array stands for an array of it.
_PAIR = row("dynamic, number|dynamic -> dynamic?", "number, dynamic -> dynamic?")
_FILL = row("dynamic, number? -> dynamic?", naming=_FIRST)
_FOURIER = row("dynamic, dynamic? -> dynamic?", naming=_SEVERAL, columns=(("real", _DYNAMIC), ("imag", _DYNAMIC)))
_LINE = (
    ("rsquare", _REAL),
    ("slope", _REAL),
    ("variance", _REAL),
    ("rvariance", _REAL),
    ("interception", _REAL),
    ("line_fit", _DYNAMIC),
)
_TWO_LINES = (
    ("rsquare", _REAL),
    ("split_idx", _LONG),
    ("variance", _REAL),
    ("rvariance", _REAL),
    ("line_fit", _DYNAMIC),
    *((f"{side}_{fact}", _REAL) for side in ("right", "left") for fact in ("rsquare", "slope", "interception", "variance", "rvariance")),
)
_POLYNOMIAL = (("rsquare", _REAL), ("coefficients", _DYNAMIC), ("variance", _REAL), ("rvariance", _REAL), ("poly_fit", _DYNAMIC))
_PERIODS = (("periods", _DYNAMIC), ("scores", _DYNAMIC))
_STATS = (
    ("min", _REAL),
    ("min_idx", _LONG),
    ("max", _REAL),
    ("max_idx", _LONG),
    ("avg", _REAL),
    ("stdev", _REAL),
    ("variance", _REAL),
)

SERIES: Final[dict[str, Row]] = {
    "series_abs": _EACH,
    "series_acos": _EACH,
    "series_add": _PAIR,
    "series_asin": _EACH,
    "series_atan": _EACH,
    "series_ceiling": _EACH,
    "series_cos": _EACH,
    "series_cosine_similarity": row("dynamic, dynamic, real?, real? -> real?"),
    "series_decompose": row(
        "dynamic, long?, string?, long?, number? -> dynamic?",
        naming=_SEVERAL,
        columns=(("baseline", _DYNAMIC), ("seasonal", _DYNAMIC), ("trend", _DYNAMIC), ("residual", _DYNAMIC)),
    ),
    "series_decompose_anomalies": row(
        "dynamic, number?, long?, string?, long?, string?, number? -> dynamic?",
        naming=_SEVERAL,
        columns=(("ad_flag", _DYNAMIC), ("ad_score", _DYNAMIC), ("baseline", _DYNAMIC)),
    ),
    "series_decompose_forecast": row(
        "dynamic, long, long?, string?, number? -> dynamic?",
        naming=_SEVERAL,
        columns=(("baseline", _DYNAMIC), ("seasonal", _DYNAMIC), ("trend", _DYNAMIC), ("residual", _DYNAMIC)),
    ),
    "series_divide": _PAIR,
    "series_dot_product": row("dynamic, number|dynamic -> real?", "number, dynamic -> real?"),
    "series_equals": _PAIR,
    "series_exp": _EACH,
    "series_fft": _FOURIER,
    "series_fill_backward": _FILL,
    "series_fill_const": row("dynamic, number?, number? -> dynamic?", naming=_FIRST),
    "series_fill_forward": _FILL,
    "series_fill_linear": row("dynamic, number?, bool?, number? -> dynamic?", naming=_FIRST),
    "series_fir": row("dynamic, dynamic, bool?, bool? -> dynamic?", naming=_FIRST),
    "series_fit_2lines": row("dynamic -> real?", naming=_SEVERAL, columns=_TWO_LINES),
    "series_fit_2lines_dynamic": _EACH,
    "series_fit_line": row("dynamic -> real?", naming=_SEVERAL, columns=_LINE),
    "series_fit_line_dynamic": _EACH,
    "series_fit_poly": row("dynamic, dynamic?, int? -> real?", naming=_SEVERAL, columns=_POLYNOMIAL),
    "series_floor": _EACH,
    "series_greater": _PAIR,
    "series_greater_equals": _PAIR,
    "series_ifft": _FOURIER,
    "series_iir": row("dynamic, dynamic, dynamic -> dynamic?", naming=_FIRST),
    "series_less": _PAIR,
    "series_less_equals": _PAIR,
    "series_log": _EACH,
    "series_magnitude": _TOTAL,
    "series_multiply": _PAIR,
    "series_not_equals": _PAIR,
    "series_outliers": row("dynamic, string?, number? -> dynamic?", "dynamic, string, real, real, real?, long? -> dynamic?", naming=_FIRST),
    "series_pearson_correlation": row("dynamic, dynamic -> real?"),
    "series_periods_detect": row("dynamic, number, number, long -> dynamic?", naming=_SEVERAL, columns=_PERIODS),
    "series_periods_validate": row("dynamic, number{1,16} -> dynamic?", naming=_SEVERAL, columns=_PERIODS),
    "series_pow": _PAIR,
    "series_product": _TOTAL,
    "series_seasonal": row("dynamic, long?, long? -> dynamic?"),
    "series_sign": _EACH,
    "series_sin": _EACH,
    "series_stats": row("dynamic, bool!? -> real?", naming=_SEVERAL, columns=_STATS),
    "series_stats_dynamic": row("dynamic, bool!? -> dynamic?"),
    "series_subtract": _PAIR,
    "series_sum": _TOTAL,
    "series_tan": _EACH,
}
