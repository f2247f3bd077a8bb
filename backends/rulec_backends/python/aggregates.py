"""Aggregates: what each keeps for a group, what a row adds, and what the group gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from rulec.backend import Unsupported
from rulec.ir.exprs import Aggregate, Call, Column, Convert, Expr, Literal
from rulec.ir.rels import ColumnDef
from rulec.scalars import ScalarType
from rulec_backends.python.code import NONE, OR, Code, call, is_not_none, literal
from rulec_backends.python.emit import Cell, Module, Place, Row, missing_value
from rulec_backends.python.lower import Lower, Reading
from rulec_backends.python.names import Names, snake
from rulec_backends.python.reads import walk

T = ScalarType
_WHOLE: Final = (T.INT, T.LONG, T.TIMESPAN, T.DATETIME)


@dataclass(slots=True)
class Slots:
    """What a group keeps: attribute names with their first values, shared by aggregates that need the same.

    `stamped`: the code of results that are moments as text; None when the reader of the groups wants ticks."""

    names: Names = field(default_factory=lambda: Names(()))
    first: dict[str, str] = field(default_factory=dict)
    shared: dict[object, str] = field(default_factory=dict)
    stamped: set[str] | None = None


@dataclass(slots=True)
class Gather:
    """One aggregate of a summarize while it is written: where a row is added, and the slots of the group."""

    aggregate: Aggregate
    columns: tuple[ColumnDef, ...]
    row: Row
    slots: Slots
    group: str
    keyed: bool

    @property
    def module(self) -> Module:
        return self.row.place.module

    @property
    def arguments(self) -> tuple[Expr, ...]:
        return self.aggregate.arguments

    @property
    def wish(self) -> str:
        return snake(self.columns[0].name) if self.columns else "value"

    def slot(self, wish: str, first: str) -> str:
        """A new attribute of the group, as code."""
        attribute = self.slots.names.fresh(wish)
        self.slots.first[attribute] = first
        return f"{self.group}.{attribute}"

    def moment(self, expr: Expr) -> Cell | None:
        """The cell of a datetime column that may be kept as text."""
        if not isinstance(expr, Column) or self.slots.stamped is None or not self.row.columns[expr.name].stampable:
            return None
        return self.row.columns[expr.name]

    def stamp(self, expr: Expr) -> Code | None:
        """The moment of a datetime column as text, if it may be kept so."""
        cell = self.moment(expr)
        return cell.read_stamp(expr.name, self.row.place) if cell is not None and isinstance(expr, Column) else None

    def mark(self, code: str) -> None:
        """Says that a result is a moment as text."""
        if self.slots.stamped is not None:
            self.slots.stamped.add(code)

    def add(self, statement: str, place: Place | None = None) -> None:
        (place or self.row.place).add(statement)


Rule: TypeAlias = "Callable[[Gather], list[Code]]"


def value_of(gather: Gather, index: int = 0) -> tuple[Code, Place]:
    """An argument's value, and the place where it is not null."""
    expr = gather.arguments[index]
    code = Lower(gather.row).value(expr)
    place = gather.row.place
    if expr.nullable:
        code = place.assign("value", code)
        return code, place.inside(f"if {is_not_none(code).text}:")
    return code, place


def _count(gather: Gather) -> list[Code]:
    slot = gather.slot(gather.wish, "0")
    gather.add(f"{slot} += 1")
    return [Code(slot, 9)]


def refused(gather: Gather, wanted: str) -> list[Code]:
    """An argument type for which the engine's answer is not known."""
    found = gather.arguments[0].type.value
    gather.module.refuse(gather.aggregate.span, "RC401", f"`{gather.aggregate.function}` expects {wanted}, found {found}")
    return [NONE for _ in gather.columns]


def _sum(gather: Gather) -> list[Code]:
    type_ = gather.arguments[0].type
    if type_ is T.DATETIME:
        return refused(gather, "numbers or timespans")
    first = {T.REAL: "0.0", T.DECIMAL: "Decimal(0)"}.get(type_, "0")
    if type_ is T.DECIMAL:
        gather.module.use("Decimal")
    slot = gather.slot(gather.wish, first)
    code, place = value_of(gather)
    if type_ is T.DECIMAL:
        gather.add(f"{slot} = {gather.module.call('add_decimal', slot, code).text}", place)
    else:
        gather.add(f"{slot} += {code.text}", place)
    if type_ in _WHOLE:
        return [gather.module.call("wrap", slot)]
    return [Code(slot, 9)]


def _avg(gather: Gather) -> list[Code]:
    type_ = gather.arguments[0].type
    total = gather.slot(f"{gather.wish}_total", "Decimal(0)" if type_ is T.DECIMAL else "0")
    count = gather.slot(f"{gather.wish}_count", "0")
    code, place = value_of(gather)
    if type_ is T.DECIMAL:
        gather.module.use("Decimal")
        gather.add(f"{total} = {gather.module.call('add_decimal', total, code).text}", place)
    else:
        gather.add(f"{total} += {code.text}", place)
    gather.add(f"{count} += 1", place)
    if type_ is T.DECIMAL:
        return [gather.module.call("divide_decimal", total, call("Decimal", count))]
    return [gather.module.call("mean_ticks" if type_ in (T.DATETIME, T.TIMESPAN) else "mean", total, count)]


def _extreme(operator: str, function: str) -> Rule:
    def rule(gather: Gather) -> list[Code]:
        slot = gather.slot(gather.wish, "None")
        type_ = gather.arguments[0].type
        stamp = gather.stamp(gather.arguments[0])
        if stamp is not None:
            beats = f"({slot} is None or {stamp.text} {operator} {slot})"
            gather.add(f"{slot} = {stamp.text}", gather.row.place.inside(f"if {stamp.text} is not None and {beats}:"))
            gather.mark(slot)
            return [Code(slot, 9)]
        code, place = value_of(gather)
        code = place.assign("value", code)
        beats = gather.module.call(function, code, slot).text if type_ is T.REAL else f"{code.text} {operator} {slot}"
        inner = place.inside(f"if {slot} is None or {beats}:")
        gather.add(f"{slot} = {code.text}", inner)
        return [Code(f'{slot} or ""', OR) if type_ is T.STRING else Code(slot, 9)]

    return rule


def _distinct_count(gather: Gather) -> list[Code]:
    slot = gather.slot(f"{gather.wish}_values", "set()")
    code, place = value_of(gather)
    gather.add(f"{slot}.add({key_of(gather, code).text})", place)
    return [call("len", slot)]


def key_of(gather: Gather, code: Code) -> Code:
    type_ = gather.arguments[0].type
    if type_ is T.DYNAMIC:
        return gather.module.call("identity", code)
    return gather.module.call("real_key", code) if type_ is T.REAL else code


def _limited(gather: Gather, code: Code, index: int = 1) -> Code:
    """The first elements only, when the aggregate has a size."""
    if len(gather.arguments) <= index:
        return code
    limit = gather.arguments[index]
    if isinstance(limit, Literal) and isinstance(limit.value, int):
        return Code(f"{code.at(9)}[:{max(0, limit.value)}]", 9)
    gather.module.refuse(limit.span, "RC402", "the size of the list must be a constant")
    return code


def _json_of(gather: Gather, code: Code) -> Code:
    """An element as it stands in a dynamic array."""
    function = {T.DATETIME: "datetime_json", T.TIMESPAN: "timespan_json", T.DECIMAL: "decimal_json"}.get(gather.arguments[0].type)
    return gather.module.call(function, code) if function else code


def _make_list(gather: Gather) -> list[Code]:
    slot = gather.slot(gather.wish, "[]")
    if gather.arguments[0].type is T.DYNAMIC:
        code = Lower(gather.row).value(gather.arguments[0])
        gather.add(f"{slot}.append({code.text})")
        return [_limited(gather, gather.module.call("flattened", slot))]
    code, place = value_of(gather)
    gather.add(f"{slot}.append({_json_of(gather, code).text})", place)
    return [_limited(gather, Code(slot, 9))]


def _make_list_with_nulls(gather: Gather) -> list[Code]:
    slot = gather.slot(gather.wish, "[]")
    code = Lower(gather.row).json(gather.arguments[0])
    gather.add(f"{slot}.append({code.text})")
    return [gather.module.call("flattened", slot) if gather.arguments[0].type is T.DYNAMIC else Code(slot, 9)]


def _make_set(gather: Gather) -> list[Code]:
    if gather.arguments[0].type is T.DYNAMIC:
        slot = gather.slot(gather.wish, "[]")
        code, place = value_of(gather)
        gather.add(f"{slot}.append({code.text})", place)
        return [_limited(gather, gather.module.call("set_of", gather.module.call("flattened", slot)))]
    slot = gather.slot(gather.wish, "{}")
    code, place = value_of(gather)
    if gather.arguments[0].type is T.REAL:
        code = gather.module.call("real_key", code)
    gather.add(f"{slot}[{_json_of(gather, code).text}] = None", place)
    return [_limited(gather, call("list", slot))]


def _make_bag(gather: Gather) -> list[Code]:
    slot = gather.slot(gather.wish, "[]")
    code = Lower(gather.row).value(gather.arguments[0])
    gather.add(f"{slot}.append({code.text})")
    limit = gather.arguments[1] if len(gather.arguments) > 1 else None
    size = limit.value if isinstance(limit, Literal) and isinstance(limit.value, int) else 1_048_576
    return [gather.module.call("make_bag", slot, literal(size))]


def collected(gather: Gather, count: int = 1, real: bool = False) -> str:
    """A slot with the list of the (non-null) values, shared by aggregates of the same values."""
    key = ("collected", gather.arguments[:count], gather.aggregate.condition, real)
    try:
        if key in gather.slots.shared:
            return gather.slots.shared[key]
        hash(key)
    except TypeError:
        key = (id(gather), count, None, real)  # type: ignore[assignment]
    slot = gather.slot(f"{gather.wish}_values", "[]")
    gather.slots.shared[key] = slot
    place, codes = gather.row.place, []
    for index in range(count):
        expr = gather.arguments[index]
        code = Lower(gather.row).value(expr)
        if expr.nullable:
            code = place.assign("value", code)
        codes.append((code, expr))
    tests = [is_not_none(code).text for code, expr in codes if expr.nullable]
    inner = place.inside(f"if {' and '.join(tests)}:") if tests else place
    texts = [f"float({c.text})" if real and e.type is not T.REAL else c.text for c, e in codes]
    gather.add(f"{slot}.append({texts[0] if count == 1 else '(' + ', '.join(texts) + ')'})", inner)
    return slot


def _spread(function: str, sample: bool) -> Rule:
    def rule(gather: Gather) -> list[Code]:
        return [gather.module.call(function, collected(gather, 1, True), literal(sample))]

    return rule


def _covariance(sample: bool) -> Rule:
    def rule(gather: Gather) -> list[Code]:
        return [gather.module.call("covariance", collected(gather, 2, True), literal(sample))]

    return rule


def _percent(gather: Gather, index: int) -> Code:
    expr = gather.arguments[index]
    if any(isinstance(node, Column) for node in walk(expr)):
        return gather.module.refuse(expr.span, "RC402", f"the percents of `{gather.aggregate.function}` must be constants")
    return Lower(gather.row).value(expr if expr.type is T.REAL or isinstance(expr, Literal) else Convert(expr, T.REAL, expr.span))


def _percentile(gather: Gather) -> list[Code]:
    return _ranked(gather, "percentile", 1)


def _percentile_weighted(gather: Gather) -> list[Code]:
    return _ranked(gather, "percentile_weighted", 2)


def _ranked(gather: Gather, function: str, count: int) -> list[Code]:
    if gather.arguments[0].type is T.DYNAMIC:
        return refused(gather, "values that have an order")
    found = gather.module.call(function, collected(gather, count), _percent(gather, count))
    return [Code(f'{found.text} or ""', OR) if gather.arguments[0].type is T.STRING else found]


def _percentiles_array(weighted: bool) -> Rule:
    def rule(gather: Gather) -> list[Code]:
        first = 2 if weighted else 1
        if gather.arguments[0].type is T.DYNAMIC:
            return refused(gather, "values that have an order")
        slot = collected(gather, first)
        rest = gather.arguments[first:]
        if len(rest) == 1 and rest[0].type is T.DYNAMIC:
            if isinstance(rest[0], Literal) and not isinstance(rest[0].value, (list, tuple)):
                gather.module.refuse(rest[0].span, "RC302", f"`{gather.aggregate.function}` expects an array of numbers")
            percents = gather.module.call("numbers_of", Lower(gather.row).value(rest[0]))
        else:
            percents = Code(f"[{', '.join(_percent(gather, i).text for i in range(first, len(gather.arguments)))}]")
        function = gather.module.use("percentile_weighted" if weighted else "percentile")
        each = _json_of(gather, Code(f"{function}({slot}, p)", 9))
        return [Code(f"[{each.text} for p in {percents.text}]")]

    return rule


def _arg_extreme(operator: str, function: str) -> Rule:
    def rule(gather: Gather) -> list[Code]:
        slot = gather.slot(f"{gather.wish}_row", "None")
        by, *others = gather.arguments
        place = gather.row.place
        stamp = gather.stamp(by)
        code = stamp or place.assign("value", Lower(gather.row).value(by))
        beats = f"{code.text} {operator} {slot}[0]"
        if by.type is T.REAL:
            beats = gather.module.call(function, code, f"{slot}[0]").text
        elif by.nullable:
            beats = f"({code.text} is not None and ({slot}[0] is None or {beats}))"
        inner = place.inside(f"if {slot} is None or {beats}:")
        lower = Lower(gather.row.scoped(inner))
        moments = [gather.moment(o) for o in others]
        parts = [code.text, *(_kept(o, m, lower) for o, m in zip(others, moments, strict=True))]
        gather.add(f"{slot} = ({', '.join(parts)}{',' if len(parts) == 1 else ''})", inner)
        results = _row_slots(gather, slot)
        for result, moment in zip(results, [stamp, *moments], strict=True):
            if moment is not None:
                gather.mark(result.text)
        return results

    return rule


def _kept(expr: Expr, moment: Cell | None, lower: Lower) -> str:
    """A value of a kept row; a moment as the input has it."""
    if moment is None:
        return lower.value(expr).text
    assert moment.moment is not None
    return (moment.stamp or moment.moment).text


def _row_slots(gather: Gather, slot: str) -> list[Code]:
    """The columns of a kept row; without keys there may be none."""
    if gather.keyed and gather.aggregate.condition is None:
        return [Code(f"{slot}[{i}]", 9) for i in range(len(gather.columns))]
    missing = [missing_value(c.type).text for c in gather.columns]
    return [Code(f"{slot}[{i}] if {slot} else {m}", 1) for i, m in enumerate(missing)]


def _take_any(gather: Gather) -> list[Code]:
    if len(gather.arguments) == 1:
        slot = gather.slot(gather.wish, "None")
        code = Lower(gather.row).value(gather.arguments[0])
        inner = gather.row.place.inside(f"if {slot} is None:")
        gather.add(f"{slot} = {code.text}", inner)
        return [Code(f'{slot} or ""', OR) if gather.arguments[0].type is T.STRING else Code(slot, 9)]
    slot = gather.slot(f"{gather.wish}_row", "None")
    inner = gather.row.place.inside(f"if {slot} is None:")
    lower = Lower(gather.row.scoped(inner))
    gather.add(f"{slot} = ({', '.join(lower.value(a).text for a in gather.arguments)})", inner)
    return _row_slots(gather, slot)


def _bits(kind: str) -> Rule:
    def rule(gather: Gather) -> list[Code]:
        if not gather.arguments[0].type.is_integer:
            return refused(gather, "integers")
        return [gather.module.call("all_bits", collected(gather), literal(kind))]

    return rule


def _buildschema(gather: Gather) -> list[Code]:
    return [gather.module.call("buildschema", collected(gather))]


AGGREGATES: Final[dict[str, Rule | Unsupported]] = {
    "count": _count,
    "sum": _sum,
    "avg": _avg,
    "min": _extreme("<", "less"),
    "max": _extreme(">", "greater"),
    "dcount": _distinct_count,
    "count_distinct": _distinct_count,
    "make_list": _make_list,
    "make_list_with_nulls": _make_list_with_nulls,
    "make_set": _make_set,
    "make_bag": _make_bag,
    "stdev": _spread("stdev", True),
    "stdevp": _spread("stdev", False),
    "variance": _spread("variance", True),
    "variancep": _spread("variance", False),
    "covariance": _covariance(True),
    "covariancep": _covariance(False),
    "percentile": _percentile,
    "percentilew": _percentile_weighted,
    "percentiles_array": _percentiles_array(False),
    "percentilesw_array": _percentiles_array(True),
    "arg_max": _arg_extreme(">", "greater"),
    "arg_min": _arg_extreme("<", "less"),
    "take_any": _take_any,
    "binary_all_and": _bits("and"),
    "binary_all_or": _bits("or"),
    "binary_all_xor": _bits("xor"),
    "buildschema": _buildschema,
}


def gather_row(aggregate: Aggregate, columns: tuple[ColumnDef, ...], row: Row, slots: Slots, group: str, keyed: bool) -> list[Code]:
    """Writes what a row adds to the group; returns the code of the result columns."""
    rule = AGGREGATES.get(aggregate.function)
    if rule is None or isinstance(rule, Unsupported):
        reason = rule.reason if isinstance(rule, Unsupported) else "is not supported"
        row.place.module.refuse(aggregate.span, "RC401", f"`{aggregate.function}` {reason}")
        return [NONE for _ in columns]
    place = row.place
    if aggregate.condition is not None:
        place = place.inside(f"if {Lower(row).condition(aggregate.condition, Reading.TRUE).text}:")
        row = row.scoped(place)
    return rule(Gather(aggregate, columns, row, slots, group, keyed))


def is_plain_count(aggregate: Aggregate) -> bool:
    """`count()` without a condition."""
    return aggregate.function == "count" and aggregate.condition is None


__all__ = ["AGGREGATES", "Call", "Gather", "Slots", "gather_row", "is_plain_count"]
