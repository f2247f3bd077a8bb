"""Sketches, which the binder keeps inside the query."""

from __future__ import annotations

from typing import Final

from rulec.ir.exprs import Call
from rulec.scalars import ScalarType
from rulec_backends.python.aggregates import Gather, Rule, collected, key_of, refused, value_of
from rulec_backends.python.code import OR, Code
from rulec_backends.python.functions.rows import reals, runtime
from rulec_backends.python.lower import Lower, ValueRow

T = ScalarType


def _percentiles(lower: Lower, expr: Call) -> Code:
    digest, first, *others = expr.arguments
    if first.type is T.DYNAMIC:
        percents = lower.module.call("numbers_of", lower.value(first))
    else:
        percents = Code(f"[{', '.join(lower.value(p).text for p in (first, *others))}]")
    return lower.module.call("percentiles_tdigest", lower.value(digest), percents)


def _hll(gather: Gather) -> list[Code]:
    slot = gather.slot(f"{gather.wish}_values", "set()")
    code, place = value_of(gather)
    gather.add(f"{slot}.add({key_of(gather, code).text})", place)
    return [Code(f"{slot} or None", OR)]


def _hll_merge(gather: Gather) -> list[Code]:
    slot = gather.slot(f"{gather.wish}_values", "set()")
    code, place = value_of(gather)
    gather.add(f"{slot}.update({code.text})", place)
    return [Code(f"{slot} or None", OR)]


def _tdigest(gather: Gather) -> list[Code]:
    type_ = gather.arguments[0].type
    if type_ is T.DECIMAL:
        return refused(gather, "numbers other than decimals, or datetimes or timespans")
    weighted = len(gather.arguments) > 1
    slot = collected(gather, 2 if weighted else 1)
    shown = {T.DATETIME: "datetime_json", T.TIMESPAN: "timespan_json"}.get(type_)
    pairs = slot if weighted else f"[(v, 1) for v in {slot}]"
    return [Code(f"({gather.module.use(shown) if shown else None}, {pairs}) if {slot} else None", 1)]


def _merge_tdigest(gather: Gather) -> list[Code]:
    return [gather.module.call("merge_tdigest", f"*{collected(gather)}")]


VALUES: Final[dict[str, ValueRow]] = {
    **{name: runtime(name) for name in ("dcount_hll", "hll_merge", "merge_tdigest")},
    **{name: reals(name) for name in ("percentile_tdigest", "percentrank_tdigest", "rank_tdigest")},
    "percentiles_array_tdigest": _percentiles,
}

AGGREGATES: Final[dict[str, Rule]] = {"hll": _hll, "hll_merge": _hll_merge, "tdigest": _tdigest, "merge_tdigest": _merge_tdigest}
