"""Aggregates: their overloads, names, empty values and `…if` forms.

A `…if` form is its plain form with a condition at `condition`. The old names with another meaning keep their rows:
`makelist`/`makeset` stop at 128 elements, `any`, `argmax` and `cnt` name their columns otherwise.

Source: Learn, "Aggregation functions"; Microsoft's analyzer for names; recorded answers for empty values.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rulec.catalogue.signatures import Empty, ResultName

_BOTH = ResultName.FUNCTION_AND_ARGUMENT
_FIRST = ResultName.FIRST_ARGUMENT
_SEVERAL = ResultName.SEVERAL
_OLD_LIMIT: Final = 128


class AggregateRow(NamedTuple):
    """An aggregate as the table below writes it; `prefix` is the start of its unnamed column."""

    signatures: tuple[str, ...]
    prefix: str = ""
    naming: ResultName = _BOTH
    base: str = ""
    condition: int | None = None
    empty: Empty = Empty.NULL
    several: bool = False
    limit: int | None = None
    approximate: bool = False
    unsupported: str = ""


_A = AggregateRow
_AVG = ("number -> real?", "decimal -> decimal?", "timespan -> timespan?", "datetime -> datetime?")
_AVGIF = tuple(text.replace(" ->", ", bool ->") for text in _AVG)

AGGREGATES: Final[dict[str, AggregateRow]] = {
    "any": _A(("any+ -> first?",), "any", several=True, base="take_any"),
    "anyif": _A(("any, bool -> first?",), "anyif", base="take_any", condition=1),
    "arg_max": _A(("orderable, any* -> first?",), "max", naming=_SEVERAL, several=True),
    "arg_min": _A(("orderable, any* -> first?",), "min", naming=_SEVERAL, several=True),
    "argmax": _A(("orderable, any* -> first?",), "max", base="arg_max", several=True),
    "argmin": _A(("orderable, any* -> first?",), "min", base="arg_min", several=True),
    "avg": _A(_AVG, "avg", empty=Empty.NAN),
    "avgif": _A(_AVGIF, "avgif", base="avg", condition=1, empty=Empty.NAN),
    "binary_all_and": _A(("summable -> first?",), naming=_FIRST),
    "binary_all_or": _A(("summable -> first?",), naming=_FIRST),
    "binary_all_xor": _A(("summable -> first?",), naming=_FIRST),
    "buildschema": _A(("dynamic -> dynamic?",), "schema"),
    "cnt": _A(("-> long!",), "cnt", base="count", empty=Empty.ZERO),
    # An argument is read only for its name: nulls are counted.
    "count": _A(("any? -> long!",), "count", empty=Empty.ZERO),
    "count_distinct": _A(("scalar -> long!",), "count_distinct", empty=Empty.ZERO),
    "count_distinctif": _A(("scalar, bool -> long!",), "count_distinctif", base="count_distinct", condition=1, empty=Empty.ZERO),
    "countif": _A(("bool -> long!",), "countif", base="count", condition=0, empty=Empty.ZERO),
    "covariance": _A(("summable, summable -> real?",), "covariance", empty=Empty.ZERO),
    "covarianceif": _A(("summable, summable, bool -> real?",), "covarianceif", base="covariance", condition=2, empty=Empty.ZERO),
    "covariancep": _A(("summable, summable -> real?",), "covariancep", empty=Empty.ZERO),
    "covariancepif": _A(("summable, summable, bool -> real?",), "covariancepif", base="covariancep", condition=2, empty=Empty.ZERO),
    "dcount": _A(("any, long!? -> long!",), "dcount", empty=Empty.ZERO, approximate=True),
    "dcountif": _A(("any, bool, long!? -> long!",), "dcountif", base="dcount", condition=1, empty=Empty.ZERO, approximate=True),
    "hll": _A(("any, long? -> dynamic?",), "hll"),
    "hll_if": _A(("any, bool, long? -> dynamic?",), "hll_if", base="hll", condition=1),
    "hll_merge": _A(("dynamic -> dynamic?",), "hll_merge"),
    "make_bag": _A(("dynamic, long!? -> dynamic?",), "bag", empty=Empty.BAG),
    "make_bag_if": _A(("dynamic, bool, long!? -> dynamic?",), "bag", base="make_bag", condition=1, empty=Empty.BAG),
    "make_dictionary": _A(("dynamic, long!? -> dynamic?",), "dictionary", base="make_bag", empty=Empty.BAG, limit=_OLD_LIMIT),
    "make_list": _A(("any, long!? -> dynamic!",), "list", empty=Empty.LIST),
    "make_list_if": _A(("any, bool, long!? -> dynamic!",), "list", base="make_list", condition=1, empty=Empty.LIST),
    "make_list_with_nulls": _A(("any -> dynamic!",), "list", empty=Empty.LIST),
    "make_set": _A(("any, long!? -> dynamic!",), "set", empty=Empty.LIST),
    "make_set_if": _A(("any, bool, long!? -> dynamic!",), "set", base="make_set", condition=1, empty=Empty.LIST),
    "makelist": _A(("any, long!? -> dynamic!",), "list", base="make_list", empty=Empty.LIST, limit=_OLD_LIMIT),
    "makeset": _A(("any, long!? -> dynamic!",), "set", base="make_set", empty=Empty.LIST, limit=_OLD_LIMIT),
    "max": _A(("orderable -> first?",), "max"),
    "maxif": _A(("orderable, bool -> first?",), "maxif", base="max", condition=1),
    "merge_tdigest": _A(("dynamic -> dynamic?",), "merge_tdigests"),
    "min": _A(("orderable -> first?",), "min"),
    "minif": _A(("orderable, bool -> first?",), "minif", base="min", condition=1),
    "passthrough": _A(("any -> first?",), naming=_FIRST, unsupported="is no documented aggregate"),
    "percentile": _A(("any, number! -> value?",), "percentile", naming=_SEVERAL, approximate=True),
    "percentiles": _A(("any, number!+ -> value?",), "percentile", naming=_SEVERAL, several=True, approximate=True),
    "percentiles_array": _A(("any, dynamic! -> dynamic?", "any, number!+ -> dynamic?"), "percentiles", approximate=True),
    "percentilesw": _A(("any, long, number!+ -> value?",), "percentile", naming=_SEVERAL, several=True, approximate=True),
    "percentilesw_array": _A(("any, long, dynamic! -> dynamic?", "any, long, number!+ -> dynamic?"), "percentiles", approximate=True),
    "percentilew": _A(("any, long, number! -> value?",), "percentile", naming=_SEVERAL, approximate=True),
    "stdev": _A(("summable -> real?",), "stdev", empty=Empty.ZERO),
    "stdevif": _A(("summable, bool -> real?",), "stdevif", base="stdev", condition=1, empty=Empty.ZERO),
    "stdevp": _A(("summable -> real?",), "stdevp", empty=Empty.ZERO),
    # Of nothing, or of nulls alone, the sum is 0.
    "sum": _A(("number -> promoted!", "datetime|timespan -> first?"), "sum", empty=Empty.ZERO),
    "sumif": _A(("number, bool -> promoted!", "datetime|timespan, bool -> first?"), "sumif", base="sum", condition=1, empty=Empty.ZERO),
    "take_any": _A(("any+ -> first?",), naming=_FIRST, several=True),
    "take_anyif": _A(("any, bool -> first?",), naming=_FIRST, base="take_any", condition=1),
    "tdigest": _A(("summable, long? -> dynamic?",), "tdigest"),
    "variance": _A(("summable -> real?",), "variance", empty=Empty.ZERO),
    "varianceif": _A(("summable, bool -> real?",), "varianceif", base="variance", condition=1, empty=Empty.ZERO),
    "variancep": _A(("summable -> real?",), "variancep", empty=Empty.ZERO),
    "variancepif": _A(("summable, bool -> real?",), "variancepif", base="variancep", condition=1, empty=Empty.ZERO),
}
