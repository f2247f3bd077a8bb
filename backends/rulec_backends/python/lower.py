"""Expressions: IR -> Python, as a value (None is null) or as a condition.

A condition has four readings, so that three-valued logic needs no None tests beyond those that matter: TRUE (truthy
exactly when the KQL value is true), FALSE, and their contraries UNTRUE and UNFALSE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias, assert_never

from rulec import catalogue
from rulec.backend import Unsupported
from rulec.ir.exprs import Call, Case, Column, Convert, Expr, InRelation, Literal, Parameter, Path, StepColumn, ToScalar, Value, Window
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec_backends.python.code import (
    CALL,
    FALSE,
    NONE,
    NOT,
    TRUE,
    Code,
    all_of,
    any_of,
    call,
    choice,
    compare,
    is_none,
    is_not_none,
    literal,
    method,
    negated,
    none_if,
)
from rulec_backends.python.emit import Module, Place, Row, missing_value
from rulec_backends.python.reads import walk

if TYPE_CHECKING:
    pass

T = ScalarType


class Reading(Enum):
    """What makes a condition truthy."""

    TRUE = "true"
    FALSE = "false"
    UNTRUE = "false or null"
    UNFALSE = "true or null"

    @property
    def inverted(self) -> Reading:
        """The reading of `p` that is this reading of `not p`."""
        return _INVERTED[self]


_INVERTED = {Reading.TRUE: Reading.FALSE, Reading.FALSE: Reading.TRUE, Reading.UNTRUE: Reading.UNFALSE, Reading.UNFALSE: Reading.UNTRUE}

#: How a function of the catalogue becomes a value.
ValueRow: TypeAlias = "Callable[[Lower, Call], Code]"
#: How a function of the catalogue becomes a condition.
ConditionRow: TypeAlias = "Callable[[Lower, Call, Reading], Code]"

#: Functions that are worth a local when several expressions of a row call them with the same arguments.
SHARED_CALLS = frozenset(
    {"parse_json", "parse_xml", "parse_url", "parse_urlquery", "parse_path", "parse_csv", "extract_all", "split"}
    | {f"series_{name}" for name in ("fit_line_dynamic", "stats_dynamic")}
)
#: `a <= x < b`, made of two comparisons; no function of KQL has this name.
HALF_OPEN = "<= <"

VALUES: dict[str, ValueRow | Unsupported] = {}
CONDITIONS: dict[str, ConditionRow] = {}
#: Of functions that are refused: the value, in a tuple, that some constants certainly give; None where they give another.
KNOWN: dict[str, Callable[..., tuple[Value] | None]] = {}

_CONVERSIONS: dict[tuple[ScalarType, ScalarType], str] = {
    (T.BOOL, T.REAL): "as_real",
    (T.INT, T.REAL): "as_real",
    (T.LONG, T.REAL): "as_real",
    (T.DECIMAL, T.REAL): "as_real",
    (T.INT, T.DECIMAL): "long_to_decimal",
    (T.LONG, T.DECIMAL): "long_to_decimal",
    (T.REAL, T.DECIMAL): "real_to_decimal",
}
_JSON = {T.DATETIME: "datetime_json", T.TIMESPAN: "timespan_json", T.DECIMAL: "decimal_json"}
_TEXT = {
    T.BOOL: "bool_text",
    T.INT: "integer_text",
    T.LONG: "integer_text",
    T.REAL: "real_text",
    T.DECIMAL: "decimal_text",
    T.DATETIME: "datetime_text",
    T.TIMESPAN: "timespan_text",
    T.DYNAMIC: "dynamic_text",
}


class Lower:
    """Lowers the expressions of one stage for the row at hand."""

    def __init__(self, row: Row, steps: Callable[[StepColumn], Code] | None = None) -> None:
        self.row = row
        self.steps = steps

    @property
    def module(self) -> Module:
        return self.row.place.module

    # values ------------------------------------------------------------------------------------------------------

    def value(self, expr: Expr) -> Code:
        """The expression's value; None is null."""
        match expr:
            case Column(name=column):
                return self.row.read(column)
            case Literal(value=value, type=type_):
                if type_ is T.DECIMAL and value is not None:
                    self.module.use("Decimal")
                return literal(value)
            case Parameter(name=parameter):
                return self.row.place.function.need(parameter)
            case Convert(operand=operand, type=type_):
                return self.converted(operand, type_)
            case Call():
                return self.call(expr)
            case Case():
                return self.case(expr)
            case Path():
                return self.path(expr)
            case InRelation():
                return self.condition_value(expr)
            case ToScalar():
                return self.to_scalar(expr)
            case StepColumn():
                assert self.steps is not None
                return self.steps(expr)
            case Window():
                return self.refuse(expr.span, f"`{expr.function}` cannot be computed here")
        assert_never(expr)

    def call(self, expr: Call) -> Code:
        """A catalogue function's value."""
        if is_run_constant(expr):
            return self.run_constant(expr)
        if is_random(expr):
            return self.drawn(expr)
        return self.row_value(expr)

    def drawn(self, expr: Call) -> Code:
        """A random value: one for each row, however often the code around it asks."""
        if id(expr) not in self.row.drawn:
            self.row.drawn[id(expr)] = expr, self.row.place.assign(expr.function, self.row_value(expr))
        return self.row.drawn[id(expr)][1]

    def run_constant(self, expr: Call) -> Code:
        """A value that is the same for all rows, such as `ago(1d)`: computed before the loops."""
        function = self.row.place.function
        before = Lower(Row(Place(function, function.prologue), {}))
        code = before.row_value(expr)
        return function.once("moment" if expr.type is T.DATETIME else "constant", code)

    def row_value(self, expr: Call) -> Code:
        """A catalogue function's value for the row at hand."""
        row = VALUES.get(expr.function)
        match row:
            case None:
                if expr.function in CONDITIONS:
                    return self.condition_value(expr)
                known = catalogue.lookup(expr.function)
                reason = known.unsupported if known is not None else ""
                return self.refuse(expr.span, f"`{expr.function}` {reason or 'is not supported'}", "RC401")
            case Unsupported(reason=reason, hint=hint):
                values = [a.value for a in expr.arguments if isinstance(a, Literal)]
                certain = KNOWN.get(expr.function) if len(values) == len(expr.arguments) else None
                if certain is not None and (found := certain(*values)) is not None:
                    return literal(found[0])
                return self.module.refuse(expr.span, "RC401", f"`{expr.function}` {reason}", hint)
        shared = self.module.call_uses.get(expr, 0) if expr.function in SHARED_CALLS and hashable(expr) else 0
        if shared < 2:
            return row(self, expr)
        return self.shared_parse(expr, row)

    def shared_parse(self, expr: Call, row: ValueRow) -> Code:
        """A value that several expressions of the row use: computed once, kept in a local beside its column."""
        columns = [a for a in expr.arguments if not isinstance(a, Literal)]
        column = columns[0] if len(columns) == 1 and isinstance(columns[0], Column) else None  # of several, one may be written over
        derived = self.row.columns[column.name].derived if column is not None else {}
        if expr.function == "parse_json" and "parse_json" in derived:
            return derived["parse_json"]
        code = row(self, expr)
        if column is None:
            return code
        key = "parse_json" if expr.function == "parse_json" else code.text
        if key not in derived:
            wish = f"{column.name}_json" if expr.function == "parse_json" else f"{column.name}_{expr.function.rpartition('_')[2]}"
            derived[key] = self.row.place.assign(wish, code)
        return derived[key]

    def simple(self, expr: Expr) -> Code:
        """The value as something that may be repeated; may write a statement."""
        return self.row.place.assign("value", self.value(expr))

    def arguments(self, expr: Call) -> list[Code]:
        """The values of a call's arguments."""
        return [self.value(a) for a in expr.arguments]

    def json(self, expr: Expr) -> Code:
        """The value as it stands inside a dynamic value."""
        function = _JSON.get(expr.type)
        code = self.value(expr)
        return self.module.call(function, code) if function else code

    def text(self, expr: Expr) -> Code:
        """`tostring` of the value."""
        if isinstance(expr, Literal) and expr.value is None and expr.type is not T.DYNAMIC:
            return literal("")
        code = self.value(expr)
        match expr.type:
            case T.STRING:
                return code
            case T.GUID:
                return Code(f'{code.at(4)} or ""', 2) if expr.nullable else code
            case T.INT | T.LONG if not expr.nullable:
                return call("str", code)
            case T.DYNAMIC if code.text.startswith("member(") and isinstance(expr, Path):
                return self.module.call("member_text", code.text[len("member(") : -1])
        return self.module.call(_TEXT[expr.type], code)

    def folded(self, value: Code, constants: Iterable[str], *, part: bool = False) -> Code:
        """The text folded, to be compared with folded constants, or (`part`) to contain one: by `lower` where that gives the same.

        Of all characters only U+212A (a k) and U+0130 (an i with a dot above it) have a lower case with an ASCII letter."""
        exact = all(c.isascii() and "k" not in c and not (part and c.endswith("i")) for c in constants)
        return method(value, "lower") if exact else self.module.call("fold", value)

    def minute(self, expr: Expr) -> tuple[Code, Code] | None:
        """A moment of the input that nobody has asked the ticks of, as text or None; and its text up to the minute."""
        cell = self.row.columns[expr.name] if isinstance(expr, Column) else None
        if cell is None or not cell.stampable or not isinstance(expr, Column):
            return None
        stamp = cell.read_stamp(expr.name, self.row.place)
        return stamp, Code(f"{stamp.text}[:16]", CALL)

    def converted(self, operand: Expr, type_: ScalarType) -> Code:
        """Implicit widening."""
        code = self.value(operand)
        function = _CONVERSIONS.get((operand.type, type_))
        if function is None:
            return code
        if function == "as_real":
            if not operand.nullable:
                return call("float", code)
            if code.simple:
                return none_if([code], call("float", code))
        return self.module.call(function, code)

    def case(self, expr: Case) -> Code:
        """Branches as conditional expressions."""
        result = self.value(expr.default)
        for condition, value in reversed(expr.branches):
            result = choice(self.condition(condition, Reading.TRUE), self.value(value), result)
        return result

    def path(self, expr: Path) -> Code:
        """A part of a dynamic value."""
        steps = [literal(s) if isinstance(s, (str, int)) else self.value(s) for s in expr.steps]
        function = "member" if len(steps) == 1 and isinstance(expr.steps[0], str) else "path"
        return self.module.call(function, self.value(expr.base), *steps)

    def to_scalar(self, expr: ToScalar) -> Code:
        """A value that is computed once, before the rows."""
        from rulec_backends.python.relations import scalar_of

        return scalar_of(expr, self.row.place)

    # conditions --------------------------------------------------------------------------------------------------

    def condition(self, expr: Expr, reading: Reading) -> Code:
        """The expression as a condition."""
        match expr:
            case Literal(value=value):
                wanted = {Reading.TRUE: (True,), Reading.FALSE: (False,), Reading.UNTRUE: (False, None), Reading.UNFALSE: (True, None)}
                return TRUE if value in wanted[reading] else FALSE
            case Call(function=function) if function in CONDITIONS:
                return CONDITIONS[function](self, expr, reading)
            case InRelation():
                return self.in_relation(expr, reading)
            case Case(default=Literal(value=bool() | None)) if all(isinstance(v, Literal) for _, v in expr.branches):
                return self.constant_case(expr, reading)
        return as_condition(self.value(expr), expr.nullable, reading)

    def constant_case(self, expr: Case, reading: Reading) -> Code:
        """`iff(p, true, false)` as a condition."""
        result = self.condition(expr.default, reading)
        for test, value in reversed(expr.branches):
            then = self.condition(value, reading)
            if then == TRUE:
                result = any_of([self.condition(test, Reading.TRUE), result])
            else:
                result = all_of([self.condition(test, Reading.UNTRUE), result])
        return result

    def condition_value(self, expr: Call | InRelation) -> Code:
        """A condition as a value: True, False or None."""
        truth = self.condition(expr, Reading.TRUE)
        if truth.level in (2, 3):
            truth = call("bool", truth) if not _yields_bool(truth) else truth
        if not expr.nullable:
            return truth
        certain = self.condition(expr, Reading.FALSE)
        return choice(truth, TRUE, choice(certain, FALSE, NONE))

    def in_relation(self, expr: InRelation, reading: Reading) -> Code:
        """`x in (table)`: the table's first column is a set that is made once."""
        from rulec_backends.python.relations import values_of

        negative = expr.op.startswith("!")
        if negative:
            reading = reading.inverted
        op = expr.op.lstrip("!")
        if op in ("has_any", "has_all"):
            terms = values_of(expr.relation, self.row.place, "tuple")
            return as_condition(self.module.call(f"{op}", self.value(expr.operand), terms), False, reading)
        if op == "in~":
            found = values_of(expr.relation, self.row.place, "folded")
            return as_condition(compare("in", self.module.call("fold", self.value(expr.operand)), found), False, reading)
        first = expr.relation.columns[0]
        kind = "json" if T.DYNAMIC in (first.type, expr.operand.type) else "set"
        found = values_of(expr.relation, self.row.place, kind)
        value = self.value(expr.operand) if kind == "set" else self.module.call("identity", self.json(expr.operand))
        return membership(value, found, expr.operand.nullable and kind == "set", first.nullable, reading)

    # refusals ----------------------------------------------------------------------------------------------------

    def refuse(self, span: Span, message: str, code: str = "RC402", hint: str = "") -> Code:
        """Records a refusal."""
        return self.module.refuse(span, code, message, hint)


def is_run_constant(expr: Call) -> bool:
    """Whether a call reads the run's time and nothing of a row."""
    nodes = list(walk(expr))
    if not all(isinstance(n, (Call, Literal, Parameter, Convert)) for n in nodes):
        return False
    return any(isinstance(n, Parameter) for n in nodes) and not any(map(is_random, nodes))


def is_random(expr: Expr) -> bool:
    """Whether a call gives another value each time."""
    return isinstance(expr, Call) and not catalogue.is_deterministic(expr.function)


def hashable(expr: Expr) -> bool:
    """Whether an expression may be a key; a literal array or bag makes an expression unhashable."""
    try:
        hash(expr)
    except TypeError:
        return False
    return True


def _yields_bool(code: Code) -> bool:
    """Whether an and/or chain gives a bool and not one of its operands' other values."""
    import re

    parts = re.split(r" and | or ", code.text)
    return all(re.search(r" (==|!=|<=?|>=?|in|is|not in|is not) |^not |^(True|False)$", p) for p in parts)


def as_condition(code: Code, nullable: bool, reading: Reading) -> Code:
    """A boolean value as a condition."""
    match reading:
        case Reading.TRUE:
            return code
        case Reading.FALSE:
            return (
                compare("is", code, FALSE)
                if nullable and code.level > NOT
                else negated(code)
                if not nullable
                else compare("is", code, FALSE)
            )
        case Reading.UNTRUE:
            return negated(code)
        case Reading.UNFALSE:
            return compare("is not", code, FALSE) if nullable else code
    assert_never(reading)


def guarded(missing: list[Code], positive: Code, negative: Code, reading: Reading) -> Code:
    """A test that is null when one of `missing` is None: `positive` when true, `negative` when false."""
    match reading:
        case Reading.TRUE:
            return all_of([*map(is_not_none, missing), positive])
        case Reading.FALSE:
            return all_of([*map(is_not_none, missing), negative])
        case Reading.UNTRUE:
            return any_of([*map(is_none, missing), negative])
        case Reading.UNFALSE:
            return any_of([*map(is_none, missing), positive])
    assert_never(reading)


def membership(value: Code, found: Code, nullable: bool, null_inside: bool, reading: Reading) -> Code:
    """`value in found`; null when both the value and an element are null."""
    inside, outside = compare("in", value, found), compare("not in", value, found)
    both = nullable and null_inside
    match reading:
        case Reading.TRUE:
            return all_of([is_not_none(value), inside]) if both else inside
        case Reading.FALSE:
            return outside
        case Reading.UNTRUE:
            return any_of([is_none(value), outside]) if both else outside
        case Reading.UNFALSE:
            return inside
    assert_never(reading)


def missing_of(type_: ScalarType) -> Code:
    """'' or None."""
    return missing_value(type_)


__all__ = [
    "CALL",
    "CONDITIONS",
    "HALF_OPEN",
    "SHARED_CALLS",
    "VALUES",
    "ConditionRow",
    "Lower",
    "Reading",
    "ValueRow",
    "as_condition",
    "guarded",
    "membership",
    "missing_of",
]
