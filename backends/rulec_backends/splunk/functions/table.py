"""All rows together: every scalar function of the catalogue is lowered or has a reason."""

from __future__ import annotations

from rulec.ir.exprs import Call
from rulec_backends.splunk import compare
from rulec_backends.splunk.functions import (
    arrays,
    bags,
    bins,
    bits,
    conversions,
    dates,
    encodings,
    geo,
    network,
    network6,
    numbers,
    places,
    positions,
    records,
    series,
    sorting,
    strings,
    text_tests,
    texts,
    xml,
)
from rulec_backends.splunk.functions.rows import Predicate, Row, opposite
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import Node

_EQUAL = Predicate(compare.equal, compare.unequal)
_ORDERED = Predicate(compare.ordered, compare.not_ordered)
_IN = Predicate(compare.member, compare.not_member)
_BETWEEN = Predicate(compare.between, compare.not_between)

PREDICATES: dict[str, Predicate] = {
    "==": _EQUAL,
    "!=": opposite(_EQUAL),
    **dict.fromkeys(("<", "<=", ">", ">="), _ORDERED),
    "in": _IN,
    "!in": opposite(_IN),
    "between": _BETWEEN,
    "!between": opposite(_BETWEEN),
    **text_tests.PREDICATES,
    **conversions.PREDICATES,
    **arrays.PREDICATES,
    **bags.PREDICATES,
    **network.PREDICATES,
    **network6.PREDICATES,
}


def _predicate(b: Builder, e: Call) -> Node:
    raise AssertionError("a predicate is lowered by truth and falsity")


#: Operators of logic, which `truth` and `falsity` know.
LOGIC = ("and", "or", "not")
FUNCTIONS: dict[str, Row] = {
    **dict.fromkeys((*PREDICATES, *LOGIC), _predicate),
    **texts.FUNCTIONS,
    **strings.FUNCTIONS,
    **numbers.FUNCTIONS,
    **bins.FUNCTIONS,
    **dates.FUNCTIONS,
    **conversions.FUNCTIONS,
    **arrays.FUNCTIONS,
    **sorting.FUNCTIONS,
    **bags.FUNCTIONS,
    **bits.FUNCTIONS,
    **encodings.FUNCTIONS,
    **series.FUNCTIONS,
    **geo.FUNCTIONS,
    **network.FUNCTIONS,
    **network6.FUNCTIONS,
    **places.FUNCTIONS,
    **positions.FUNCTIONS,
    **records.FUNCTIONS,
    **xml.FUNCTIONS,
}
