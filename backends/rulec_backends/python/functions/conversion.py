"""Casts and questions about types."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from rulec.backend import Unsupported
from rulec.ir.exprs import Call, Column, Literal, Path
from rulec.scalars import ScalarType
from rulec_backends.python.code import NONE, OR, Code, call, choice, is_not_none, literal
from rulec_backends.python.functions.rows import runtime, runtime_json
from rulec_backends.python.lower import Lower, ValueRow

T = ScalarType

#: Run-time function of a cast by the type that it starts from; None: nothing to do; absent: always null.
_CASTS: Final[dict[ScalarType, dict[ScalarType, str | None]]] = {
    T.INT: {
        T.BOOL: "as_integer",
        T.INT: None,
        T.LONG: "long_to_int",
        T.REAL: "real_to_int",
        T.DECIMAL: "decimal_to_int",
        T.STRING: "text_to_int",
        T.DATETIME: "long_to_int",
        T.TIMESPAN: "long_to_int",
        T.DYNAMIC: "dynamic_to_int",
    },
    T.LONG: {
        T.BOOL: "as_integer",
        T.INT: None,
        T.LONG: None,
        T.REAL: "real_to_long",
        T.DECIMAL: "decimal_to_long",
        T.STRING: "text_to_long",
        T.DATETIME: None,
        T.TIMESPAN: None,
        T.DYNAMIC: "dynamic_to_long",
    },
    T.REAL: {
        T.BOOL: "as_real",
        T.INT: "as_real",
        T.LONG: "as_real",
        T.REAL: None,
        T.DECIMAL: "as_real",
        T.STRING: "text_to_real",
        T.DATETIME: "as_real",
        T.TIMESPAN: "as_real",
        T.DYNAMIC: "dynamic_to_real",
    },
    T.DECIMAL: {
        T.BOOL: "long_to_decimal",
        T.INT: "long_to_decimal",
        T.LONG: "long_to_decimal",
        T.REAL: "real_to_decimal",
        T.DECIMAL: None,
        T.STRING: "text_to_decimal",
        T.DATETIME: "long_to_decimal",
        T.TIMESPAN: "long_to_decimal",
        T.DYNAMIC: "dynamic_to_decimal",
    },
    T.BOOL: {
        T.BOOL: None,
        T.INT: "number_to_bool",
        T.LONG: "number_to_bool",
        T.REAL: "number_to_bool",
        T.DECIMAL: "number_to_bool",
        T.STRING: "text_to_bool",
        T.DYNAMIC: "dynamic_to_bool",
    },
    T.DATETIME: {
        T.DATETIME: None,
        T.INT: "ticks_to_datetime",
        T.LONG: "ticks_to_datetime",
        T.REAL: "real_to_datetime",
        T.DECIMAL: "real_to_datetime",
        T.STRING: "text_to_datetime",
        T.DYNAMIC: "dynamic_to_datetime",
    },
    T.TIMESPAN: {
        T.TIMESPAN: None,
        T.INT: None,
        T.LONG: None,
        T.REAL: "real_to_long",
        T.DECIMAL: "decimal_to_long",
        T.STRING: "text_to_timespan",
        T.DYNAMIC: "dynamic_to_timespan",
    },
    T.GUID: {T.GUID: None, T.STRING: "text_to_guid", T.DYNAMIC: "dynamic_to_guid"},
}


def cast(target: ScalarType) -> ValueRow:
    """The conversion to a type, by the type that it starts from."""

    def row(lower: Lower, expr: Call) -> Code:
        operand = expr.arguments[0]
        function = _CASTS[target].get(operand.type, "")
        if function is None:
            return lower.value(operand)
        if not function:
            return NONE
        if function in ("as_real", "as_integer") and not operand.nullable:
            return call("float" if function == "as_real" else "int", lower.value(operand))
        return lower.module.call(function, lower.value(operand))

    return row


def _tostring(lower: Lower, expr: Call) -> Code:
    operand = expr.arguments[0]
    match operand:
        case Path(base=Call(function="split", arguments=(_, Literal(value=str(delimiter)))) as base, steps=(int(step),)) if delimiter:
            return _part(lower, lower.value(base), step)
        case Path(
            base=Call(function="split", arguments=(text, Literal(value=str(delimiter)) as by, Literal(value=int(step)))) as base,
            steps=(0 | -1,),
        ) if delimiter and step >= 0:
            return _part(lower, lower.value(replace(base, arguments=(text, by))), step)
    return lower.text(operand)


def _part(lower: Lower, parts: Code, at: int) -> Code:
    """One of the parts of a text; the first and the last are always there."""
    return Code(f"{parts.at(9)}[{at}]", 9) if at in (0, -1) else lower.module.call("part", parts, literal(at))


def _to_dynamic(lower: Lower, expr: Call) -> Code:
    return lower.json(expr.arguments[0])


def _parse_json(lower: Lower, expr: Call) -> Code:
    operand = expr.arguments[0]
    if isinstance(operand, Column) and operand.type is T.STRING:
        cell = lower.row.columns[operand.name]
        if cell.code is None and cell.raw is not None:
            return lower.module.call("json_cell", cell.raw)
    if operand.type is T.STRING:
        return lower.module.call("parse_json", lower.value(operand))
    return lower.json(operand)


def _gettype(lower: Lower, expr: Call) -> Code:
    operand = expr.arguments[0]
    if operand.type is T.DYNAMIC:
        return lower.module.call("dynamic_type", lower.value(operand))
    return literal(operand.type.value)


def _coalesce(lower: Lower, expr: Call) -> Code:
    arguments = lower.arguments(expr)
    if expr.type is T.STRING:
        return Code(" or ".join(a.at(OR) for a in arguments), OR)
    if len(arguments) == 2 and arguments[0].simple:
        return choice(is_not_none(arguments[0]), arguments[0], arguments[1])
    return lower.module.call("coalesce", *arguments)


def _tohex(lower: Lower, expr: Call) -> Code:
    return lower.module.call("tohex", *lower.arguments(expr))


def _new_guid(lower: Lower, expr: Call) -> Code:
    lower.module.use("uuid")
    return Code("str(uuid.uuid4())", 9)


VALUES: Final[dict[str, ValueRow | Unsupported]] = {
    "toint": cast(T.INT),
    "tolong": cast(T.LONG),
    "todouble": cast(T.REAL),
    "toreal": cast(T.REAL),
    "todecimal": cast(T.DECIMAL),
    "tobool": cast(T.BOOL),
    "todatetime": cast(T.DATETIME),
    "totimespan": cast(T.TIMESPAN),
    "toguid": cast(T.GUID),
    "tostring": _tostring,
    "todynamic": _to_dynamic,
    "parse_json": _parse_json,
    "parse_xml": runtime("parse_xml"),
    "dynamic_to_json": runtime_json("dynamic_to_json"),
    "gettype": _gettype,
    "coalesce": _coalesce,
    "tohex": _tohex,
    "new_guid": _new_guid,
    "estimate_data_size": Unsupported("measures the engine's own storage"),
    "assert": Unsupported("stops the query with an error"),
}
