"""Operators over typed operands: which types go together, what the result is, when it can be null."""

from __future__ import annotations

from typing import Final, assert_never

from rulec import catalogue
from rulec.bind import mixed
from rulec.bind.coerce import coerce
from rulec.bind.scope import Context
from rulec.catalogue.signatures import Function, Nulls
from rulec.ir.exprs import Call, Column, Expr, Literal
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes

#: How the messages call an operator that has another name in the catalogue.
_WRITTEN: Final = {"neg": "-"}

#: Operators whose operands are texts.
TEXT_OPERATORS: Final = frozenset(
    {"=~", "!~", "matches regex"}
    | {
        f"{no}{op}{cs}"
        for no in ("", "!")
        for op in ("has", "hasprefix", "hassuffix", "contains", "startswith", "endswith")
        for cs in ("", "_cs")
    }
)


def nullable_result(nulls: Nulls, arguments: tuple[Expr, ...], result: ScalarType) -> bool:
    """Whether a call can be null: as its catalogue row says, and never for a string."""
    if result is ScalarType.STRING:
        return False
    match nulls:
        case Nulls.NEVER:
            return False
        case Nulls.PROPAGATE:
            return any(a.nullable for a in arguments)
        case Nulls.POSSIBLE:
            return True
        case _:
            assert_never(nulls)


def overload(name: str, types: tuple[ScalarType, ...]) -> catalogue.Resolution | catalogue.Mismatch | None:
    """The overload of a scalar function or operator; None when there is no such function."""
    function = catalogue.lookup(name)
    return None if function is None else overload_of(function, types)


#: Overloads that were asked for; queries repeat themselves. The catalogue keeps its functions, so their ids stay theirs.
_OVERLOADS: dict[tuple[int, tuple[ScalarType, ...]], catalogue.Resolution | catalogue.Mismatch] = {}


def overload_of(function: Function, types: tuple[ScalarType, ...]) -> catalogue.Resolution | catalogue.Mismatch:
    """The overload of one of the catalogue's functions."""
    key = (id(function), types)
    found = _OVERLOADS.get(key)
    if found is None:
        found = _OVERLOADS[key] = catalogue.resolve(function, types)
    return found


def require_values(operands: tuple[Expr, ...], context: Context) -> None:
    """Refuses what gives several columns where one value is read, as Microsoft's analyzer does for operators."""
    for operand in operands:
        function = catalogue.lookup(operand.function) if isinstance(operand, Call) else None
        if function is not None and function.columns:
            message = f"`{function.name}` gives {len(function.columns)} columns, an expression reads one"
            raise context.state.refuse(operand.span, "RC302", message, f"`| extend x = {function.name}(…)` keeps the first")


def operator_call(op: str, operands: tuple[Expr, ...], op_span: Span, span: Span, context: Context) -> Expr:
    """An operator applied to operands, which are converted to the types that it wants.

    Raises:
        Refused: The operator has no meaning for the types.
    """
    require_values(operands, context)
    if op == "/" and operands[0].type is ScalarType.DATETIME and operands[1].type is not ScalarType.DYNAMIC:
        return _moment_divided(operands[0], operands[1], op_span, span, context)
    if op in TEXT_OPERATORS:
        operands = tuple(mixed.as_text(o, op, context) for o in operands)
    resolution = overload(op, tuple(o.type for o in operands))
    if resolution is None or isinstance(resolution, catalogue.Mismatch):
        kinds = " and ".join(o.type.value for o in operands)
        guessed = next((o.name for o in operands if isinstance(o, Column) and o.name in context.state.guesses), None)
        if guessed is not None:
            hint = "`--schema FILE` gives the types of the table's columns"
            message = f"`{_WRITTEN.get(op, op)}` is not defined for {kinds}: no schema says that `{guessed}` is anything but a string"
            raise context.state.refuse(op_span, "RC302", message, hint)
        hint = "`strcat(…)` joins strings" if op == "+" and all(o.type is ScalarType.STRING for o in operands) else ""
        raise context.state.refuse(op_span, "RC302", f"`{_WRITTEN.get(op, op)}` is not defined for {kinds}", hint)
    operands = mixed.patterns_of_today(op, operands, context)
    values = tuple(o if p is None else coerce(o, p) for o, p in zip(operands, resolution.parameters, strict=True))
    return Call(op, values, resolution.result, _nullable(op, resolution.nulls, values, resolution.result), span)


def _moment_divided(left: Expr, right: Expr, op_span: Span, span: Span, context: Context) -> Expr:
    """A datetime divided is its time since the first day: by a time or moment a number, by a number a moment.

    Source: Microsoft's analyzer (types).
    """
    first_day = Literal(0, ScalarType.DATETIME, span)
    if right.type is ScalarType.DATETIME:
        right = operator_call("-", (right, first_day), op_span, span, context)
    since = operator_call("-", (left, first_day), op_span, span, context)
    result = operator_call("/", (since, right), op_span, span, context)
    return result if right.type is ScalarType.TIMESPAN else operator_call("+", (first_day, result), op_span, span, context)


def _nullable(op: str, nulls: Nulls, values: tuple[Expr, ...], result: ScalarType) -> bool:
    """As the row says, but an integer divided by a constant that is not zero is null only where it is null itself."""
    if op in ("/", "%") and result.is_integer and isinstance(values[1], Literal) and values[1].value:
        return values[0].nullable
    return nullable_result(nulls, values, result)


def comparison(node: nodes.Binary, left: Expr, right: Expr, context: Context) -> Expr:
    """`==`, `!=`, `=~`, `!~`.

    Null of one side is a plain false (true for `!=`); only null against null is null.
    Source: Learn, "Null values"; recorded answers.
    """
    if node.op in ("==", "!="):
        left, right = mixed.aligned(left, right, context)
        _want_one_type(node, left, right, context)
    call = operator_call(node.op, (left, right), node.op_span, node.span, context)
    assert isinstance(call, Call)
    first, second = call.arguments
    return Call(call.function, call.arguments, call.type, first.nullable and second.nullable, node.span)


def _want_one_type(node: nodes.Binary, left: Expr, right: Expr, context: Context) -> None:
    """Refuses what has no common type; the engine wants explicit conversions, though Microsoft's analyzer lets it pass."""
    if isinstance(overload(node.op, (left.type, right.type)), catalogue.Mismatch):
        hint = "convert one side: `tostring(…)`, `tolong(…)` or the like"
        if left.type is right.type is ScalarType.DYNAMIC:
            hint = "`tostring(…)` on both sides compares their texts"
        message = f"`{node.op}` is not defined for {left.type.value} and {right.type.value}: it compares values of one type"
        raise context.state.refuse(node.op_span, "RC302", message, hint)


def logical(node: nodes.Binary, left: Expr, right: Expr, context: Context) -> Expr:
    """`and`, `or`: one call over all operands of a chain."""
    operands: list[Expr] = []
    for side, operand in ((node.left, left), (node.right, right)):
        if operand.type is ScalarType.DYNAMIC:
            operand = coerce(operand, ScalarType.BOOL)
        if operand.type is not ScalarType.BOOL:
            raise context.state.refuse(side.span, "RC302", f"`{node.op}` expects bool, found {operand.type.value}")
        if isinstance(operand, Call) and operand.function == node.op and operand is left:
            operands.extend(operand.arguments)
        else:
            operands.append(operand)
    return Call(node.op, tuple(operands), ScalarType.BOOL, left.nullable or right.nullable, node.span)
