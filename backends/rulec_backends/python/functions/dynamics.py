"""Functions of arrays, bags and sets."""

from __future__ import annotations

from typing import Final

from rulec.backend import Unsupported
from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.python.code import Code, call, literal, name
from rulec_backends.python.functions.rows import runtime, runtime_json
from rulec_backends.python.lower import Lower, ValueRow

T = ScalarType
_RANGE: Final = {T.DATETIME: "datetime_json", T.TIMESPAN: "timespan_json"}
_STEP: Final = {T.DATETIME: 36_000_000_000, T.TIMESPAN: 36_000_000_000}


def _pack_array(lower: Lower, expr: Call) -> Code:
    if len(expr.arguments) == 1 and isinstance(expr.arguments[0], Call) and expr.arguments[0].function == "pack_all":
        return lower.value(expr.arguments[0])
    return Code(f"[{', '.join(lower.json(a).text for a in expr.arguments)}]")


def _pairs(lower: Lower, pairs: tuple[Expr, ...]) -> Code:
    """A bag of names and values: a display when the names are distinct constants."""
    names = pairs[::2]
    known = [n.value for n in names if isinstance(n, Literal) and isinstance(n.value, str)]
    if len(known) == len(names) and len(set(known)) == len(known):
        inner = ", ".join(f"{literal(n).text}: {lower.json(v).text}" for n, v in zip(known, pairs[1::2], strict=True))
        return Code(f"{{{inner}}}")
    return lower.module.call("bag_pack", *(lower.json(p) for p in pairs))


def _bag_pack(lower: Lower, expr: Call) -> Code:
    return _pairs(lower, expr.arguments)


def _pack_all(lower: Lower, expr: Call) -> Code:
    return lower.module.call("pack_filled", _pairs(lower, expr.arguments[1:]))


def _array_sort(descending: bool) -> ValueRow:
    def row(lower: Lower, expr: Call) -> Code:
        arguments = list(expr.arguments)
        last = arguments[-1]
        nulls_last = None
        if len(arguments) > 1 and last.type is T.BOOL:
            nulls_last = lower.value(arguments.pop())
        arrays = Code(f"[{', '.join(lower.json(a).text for a in arguments)}]")
        sorted_ = lower.module.call("array_sort", literal(descending), arrays, *([nulls_last] if nulls_last else []))
        return sorted_ if len(arguments) > 1 else Code(f"{sorted_.text}[0]", 9)

    return row


def _rotate_right(lower: Lower, expr: Call) -> Code:
    array, count = lower.arguments(expr)
    return lower.module.call("array_rotate_left", array, lower.module.call("negate", count))


def _shift_right(lower: Lower, expr: Call) -> Code:
    array, count, *fill = expr.arguments
    values = [lower.value(array), lower.module.call("negate", lower.value(count)), *(lower.json(f) for f in fill)]
    return lower.module.call("array_shift_left", *values)


def _range(lower: Lower, expr: Call) -> Code:
    start, stop, *step = expr.arguments
    real = any(a.type in (T.REAL, T.DECIMAL) for a in expr.arguments)
    by = lower.value(step[0]) if step else literal(_STEP.get(start.type, 1))
    values = [lower.value(start), lower.value(stop), by]
    if real:
        values = [
            a if a.constant else lower.converted(e, T.REAL)
            for a, e in zip(values, (start, stop, *step, *([] if step else [start])), strict=True)
        ]
    if start.type in _RANGE:
        values.append(name(lower.module.use(_RANGE[start.type])))
    return lower.module.call("array_range", *values)


def _array_length(lower: Lower, expr: Call) -> Code:
    operand = expr.arguments[0]
    if isinstance(operand, Call) and operand.function == "split" and len(operand.arguments) == 2:
        return call("len", lower.value(operand))
    return lower.module.call("array_length", lower.value(operand))


VALUES: Final[dict[str, ValueRow | Unsupported]] = {
    "array_concat": runtime("array_concat"),
    "array_iff": runtime_json("array_iff"),
    "array_index_of": runtime_json("array_index_of"),
    "array_length": _array_length,
    "array_reverse": runtime("array_reverse"),
    "array_rotate_left": runtime("array_rotate_left"),
    "array_rotate_right": _rotate_right,
    "array_shift_left": runtime_json("array_shift_left"),
    "array_shift_right": _shift_right,
    "array_slice": runtime("array_slice"),
    "array_sort_asc": _array_sort(False),
    "array_sort_desc": _array_sort(True),
    "array_split": runtime("array_split"),
    "bag_has_key": runtime("bag_has_key"),
    "bag_keys": runtime("bag_keys"),
    "bag_merge": runtime("bag_merge"),
    "bag_pack": _bag_pack,
    "bag_pack_columns": _bag_pack,
    "bag_remove_keys": runtime("bag_remove_keys"),
    "bag_set_key": runtime_json("bag_set_key"),
    "bag_zip": runtime("bag_zip"),
    "jaccard_index": runtime("jaccard_index"),
    "pack_all": _pack_all,
    "pack_array": _pack_array,
    "range": _range,
    "repeat": runtime_json("repeat"),
    "set_difference": runtime("set_difference"),
    "set_equals": runtime("set_equals"),
    "set_has_element": runtime_json("set_has_element"),
    "set_intersect": runtime("set_intersect"),
    "set_union": runtime("set_union"),
    "treepath": runtime("treepath"),
    "zip": runtime("zipped"),
}
