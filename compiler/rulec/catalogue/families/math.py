"""Numbers: arithmetic functions, rounding, bits, distributions, units.

Source: Learn, "Mathematical functions", "Rounding functions", "Binary functions"; recorded answers for domains.
"""

from __future__ import annotations

from typing import Final

from rulec.catalogue.notation import Row, row
from rulec.catalogue.signatures import ResultName

_FIRST = ResultName.FIRST_ARGUMENT
_TOTAL = row("as_real -> real", naming=_FIRST)
# Outside its domain the function gives null or NaN, by function: log(-1) is null, sqrt(-1) is NaN.
_PARTIAL = row("as_real -> real?", naming=_FIRST)
_BITS = row("long, long -> long", naming=_FIRST)
_SHIFT = row("long, long -> long?", naming=_FIRST)
_DISTRIBUTION = row("as_real, as_real, as_real -> real?")
_UNITS = row("real, string, string -> real?")
# A null or negative bin size gives null.
_BIN = row(
    "long, long -> long?",
    "real, real -> real?",
    "decimal, decimal -> decimal?",
    "timespan, timespan -> timespan?",
    "datetime, timespan -> datetime?",
    naming=_FIRST,
)

MATH: Final[dict[str, Row]] = {
    "abs": row("long -> long", "real|decimal -> first", "timespan -> timespan?", naming=_FIRST),
    "acos": _PARTIAL,
    "asin": _PARTIAL,
    "atan": _TOTAL,
    "atan2": row("as_real, as_real -> real", naming=_FIRST),
    "beta_cdf": _DISTRIBUTION,
    "beta_inv": _DISTRIBUTION,
    "beta_pdf": _DISTRIBUTION,
    "bin": _BIN,
    "bin_at": row(
        "long, long, long -> long?",
        "real, real, real -> real?",
        "decimal, decimal, decimal -> decimal?",
        "timespan, timespan, timespan -> timespan?",
        "datetime, timespan, datetime -> datetime?",
        naming=_FIRST,
    ),
    "bin_auto": row("summable -> promoted?", naming=_FIRST, unsupported="needs `set query_bin_auto_size`"),
    "binary_and": _BITS,
    "binary_not": row("long -> long", naming=_FIRST),
    "binary_or": _BITS,
    "binary_shift_left": _SHIFT,
    "binary_shift_right": _SHIFT,
    "binary_xor": _BITS,
    "bitset_count_ones": row("long -> long", naming=_FIRST),
    "ceiling": row("number -> first", naming=_FIRST),
    "convert_angle": _UNITS,
    "convert_energy": _UNITS,
    "convert_force": _UNITS,
    "convert_length": _UNITS,
    "convert_mass": _UNITS,
    "convert_speed": _UNITS,
    "convert_temperature": _UNITS,
    "convert_volume": _UNITS,
    "cos": _TOTAL,
    "cot": row("as_real -> real?"),
    "degrees": row("as_real -> real"),
    "erf": _TOTAL,
    "erfc": _TOTAL,
    "exp": _TOTAL,
    "exp10": _TOTAL,
    "exp2": _TOTAL,
    "format_bytes": row("number, number!?, string!? -> string", naming=_FIRST),
    "gamma": _PARTIAL,
    "isfinite": row("real -> bool"),
    "isinf": row("real -> bool"),
    "isnan": row("real -> bool"),
    "log": _PARTIAL,
    "log10": _PARTIAL,
    "log2": _PARTIAL,
    "loggamma": _PARTIAL,
    # Nulls are passed over: null only when all arguments are.
    "max_of": row("widest_orderable{2,64} -> first"),
    "min_of": row("widest_orderable{2,64} -> first"),
    "pi": row("-> real!"),
    "pow": row("as_real, as_real -> real?", naming=_FIRST),
    "radians": row("as_real -> real"),
    "rand": row("-> real!", "long -> real?", naming=_FIRST, deterministic=False),
    "round": row("number -> first", "number, long! -> first?", naming=_FIRST),
    "sign": row("as_real -> real?"),
    "sin": _TOTAL,
    "sqrt": _PARTIAL,
    "tan": _TOTAL,
    "welch_test": row("as_real, as_real, as_real, as_real, as_real, as_real -> real?"),
}
