"""Trino's side of the shared lowering, as Athena engine v3 has it.

Carriers: string VARCHAR never NULL; bool BOOLEAN; int, long BIGINT; real DOUBLE; datetime and timespan BIGINT ticks; guid lower-case VARCHAR;
dynamic JSON, where KQL's null is SQL NULL. Source: the target's reference sheet; statements marked there as run on Trino 476.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from sqlglot import exp

from rulec.backend import TargetOptions
from rulec.ir.exprs import Expr, Literal, Value
from rulec.ir.rels import External, Scan
from rulec.scalars import MAX_DATETIME_TICKS, ScalarType
from rulec_backends.athena import scan as scans
from rulec_backends.athena.datetimes import TrinoTicks, millis_of, utc
from rulec_backends.athena.values import TrinoValues
from rulec_backends.athena.words import ALLOWED, RESERVED
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.levels import Level
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.aggregates import Group

SQL_TYPES: Final = {
    ScalarType.STRING: "VARCHAR",
    ScalarType.GUID: "VARCHAR",
    ScalarType.BOOL: "BOOLEAN",
    ScalarType.INT: "BIGINT",
    ScalarType.LONG: "BIGINT",
    ScalarType.REAL: "DOUBLE",
    ScalarType.DECIMAL: "DECIMAL(38,16)",
    ScalarType.DATETIME: "BIGINT",
    ScalarType.TIMESPAN: "BIGINT",
    ScalarType.DYNAMIC: "JSON",
}
_MODULUS: Final = "18446744073709551616"
_SHIFT: Final = "27670116110564327424"
_HALF: Final = "9223372036854775808"


def wide_number(digits: str) -> Tree:
    return t.cast(t.text(digits), "DECIMAL(38,0)")


class Trino(TrinoValues):
    """Trino as of Athena engine v3."""

    name: ClassVar[str] = "athena"
    title: ClassVar[str] = "Athena"
    reserved: ClassVar[frozenset[str]] = RESERVED
    allowed: ClassVar[frozenset[str]] = ALLOWED
    nan_is_greatest: ClassVar[bool] = False

    def __init__(self) -> None:
        from rulec_backends.athena import tables

        self.dates = TrinoTicks()
        self.functions = tables.FUNCTIONS
        self.aggregates = tables.AGGREGATES
        self.plugins = tables.PLUGINS

    # --- values ---------------------------------------------------------------------------------------------------

    def sql_type(self, kind: ScalarType) -> str:
        return SQL_TYPES[kind]

    def literal(self, value: Value, kind: ScalarType) -> Tree:
        if value is None:
            return t.text("") if kind is ScalarType.STRING else t.cast(t.null(), SQL_TYPES[kind])
        match kind:
            case ScalarType.STRING | ScalarType.GUID:
                return t.text(str(value))
            case ScalarType.BOOL:
                return t.truth(bool(value))
            case ScalarType.REAL:
                return self._real(float(value))  # type: ignore[arg-type]
            case ScalarType.DECIMAL:
                raise Refusal("decimals are not supported on Athena", "use real numbers")
            case ScalarType.DYNAMIC:
                text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
                return t.call("json_extract", t.text(text), t.text("$"))
            case _:
                assert isinstance(value, int)
                return self._long(value)

    @staticmethod
    def _long(value: int) -> Tree:
        # the minimum has no literal: its absolute value is out of range
        return t.cast(t.text(str(value)), "BIGINT") if value == -(2**63) else t.num(value)

    def _real(self, value: float) -> Tree:
        if math.isnan(value):
            return self.nan()
        if math.isinf(value):
            return t.call("infinity") if value > 0 else t.neg(t.call("infinity"))
        word = repr(abs(value)).upper()
        literal = exp.Literal(this=word if "E" in word else f"{word}E0", is_string=False)
        return exp.Neg(this=literal) if math.copysign(1, value) < 0 else literal

    def parameter(self, options: TargetOptions, name: str) -> Tree:
        """`now` is one value for the whole query; the window is the rule's period before it, see `window`."""
        known = {"now": options.now, "window_start": options.start, "window_end": options.end}[name]
        if known is not None:
            return t.num(known)
        value = millis_of(utc(exp.Var(this="current_timestamp"), 3))
        if name == "window_start":
            period = int(options.settings.get("period_ticks", "0"))
            value = t.sub(value, t.num(period))
        value.meta["run_time"] = True
        return value

    def hoistable(self, tree: Tree) -> bool:
        bound = {i.name for node in tree.find_all(exp.Lambda) for i in node.expressions} | {"current_timestamp"}
        return all(node.name in bound for node in tree.find_all(exp.Var))

    def null_outside(self, row: Row, ticks: Tree, below: bool) -> Tree:
        """greatest() and least() of a null are null."""
        del row
        guard, edge = ("greatest", -1) if below else ("least", MAX_DATETIME_TICKS + 1)
        return t.nullif(t.call(guard, ticks, t.num(edge)), t.num(edge))

    def widen(self, tree: Tree, source: ScalarType, target: ScalarType) -> Tree:
        if SQL_TYPES[source] == SQL_TYPES[target]:
            return tree
        if target is ScalarType.DECIMAL:
            raise Refusal("decimals are not supported on Athena", "use real numbers")
        return t.cast(tree, SQL_TYPES[target])

    def is_nan(self, tree: Tree) -> Tree:
        return t.call("is_nan", tree)

    def nan(self) -> Tree:
        return t.call("nan")

    def real(self, tree: Tree) -> Tree:
        return t.cast(tree, "DOUBLE")

    def wide(self, tree: Tree) -> Tree:
        return t.cast(tree, "DECIMAL(38,0)")

    def wide_for_sum(self, tree: Tree) -> Tree:
        return self.wide(tree)

    def wrapped(self, tree: Tree) -> Tree:
        low = t.binary(exp.Mod, tree, wide_number(_MODULUS))
        centred = t.binary(exp.Mod, exp.Paren(this=t.add(low, wide_number(_SHIFT))), wide_number(_MODULUS))
        return t.cast(t.sub(centred, wide_number(_HALF)), "BIGINT")

    def int_div(self, left: Tree, right: Tree) -> Tree:
        a, b = t.integer(left), t.integer(right)
        if a is not None and b:
            return t.num(abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1))
        return t.binary(exp.Div, left, right)

    def lower_text(self, tree: Tree) -> Tree:
        return t.text(lowered(tree.this)) if t.is_text(tree) else t.call("lower", tree)

    def average(self, tree: Tree) -> Tree:
        return t.call("avg", self.real(tree))

    def first(self, tree: Tree) -> Tree:
        """The first value in the given order; without an order any."""
        if isinstance(tree, exp.Order):
            return t.call("element_at", t.call("array_agg", tree), t.num(1))
        return t.call("arbitrary", tree)

    def let(self, name: str, tree: Tree, body: Callable[[Tree], Tree]) -> Tree:
        function = t.lam([name], body(self.lambda_parameter(name)))
        return t.call("element_at", t.call("transform", exp.Array(expressions=[tree]), function), t.num(1))

    def pack(self, trees: Sequence[Tree]) -> Tree:
        return t.call("row", *trees)

    def unpack(self, tree: Tree, index: int, kind: ScalarType) -> Tree:
        return exp.Bracket(this=tree, expressions=[t.num(index + 1)], offset=1)

    def percentile(self, g: Group, share: float) -> Tree:
        value = g.value()
        if not 0 <= share <= 100:
            raise Refusal("the percentile must be between 0 and 100")
        kept = [t.is_not_null(t.again(value))] if g.nullable() else []
        values = t.call("array_sort", g.over(t.call("array_agg", value), *kept))
        count = g.over(t.call("count", t.again(value)))
        rank = t.cast(t.call("greatest", self._real(1.0), t.call("ceiling", t.mul(self._real(share / 100), count))), "BIGINT")
        return t.call("element_at", values, rank)

    # --- relations ------------------------------------------------------------------------------------------------

    def scan(self, pipeline: Pipeline, scan: Scan) -> Level:
        return scans.scan(pipeline, scan)

    def external(self, pipeline: Pipeline, external: External) -> Level:
        return scans.external(pipeline, external)

    def unnest(self, pipeline: Pipeline, level: Level, lists: Sequence[tuple[str, Tree]], ordinal: str) -> Level:
        """CROSS JOIN UNNEST pads the shorter lists with null."""
        hidden = {f"{label}s": tree for label, tree in lists}
        level = pipeline.closed(level, hidden)
        columns = [t.name(label) for label, _ in lists]
        place = pipeline.fresh("_place")
        unnest = exp.Unnest(
            expressions=[t.col(label) for label in hidden],
            offset=t.name(place),
            alias=exp.TableAlias(this=t.name("u"), columns=columns),
        )
        level = replace(level, joins=[exp.Join(this=unnest, kind="CROSS")], frozen=True)
        extra = {label: t.col(label) for label, _ in lists}
        extra[ordinal] = t.sub(t.col(place), t.num(1))
        return pipeline.closed(level, extra, word="expanded")

    def join_equal(self, left: Tree, right: Tree, kind: ScalarType, both_nullable: bool) -> Tree:
        """As a pair of equalities, which hashes; IS NOT DISTINCT FROM would not."""
        zero = self.literal("" if kind in (ScalarType.STRING, ScalarType.GUID) else False if kind is ScalarType.BOOL else 0, kind)
        if kind is ScalarType.REAL:
            nan_left, nan_right = (t.coalesce(self.is_nan(t.again(x)), t.false()) for x in (left, right))
            bare = [t.coalesce(t.when(t.not_(self.is_nan(t.again(x))), t.again(x)), t.again(zero)) for x in (left, right)]
            tests = [t.eq(*bare), t.eq(nan_left, nan_right)]
            return t.and_(*tests, *([t.eq(exp.Paren(this=t.is_null(left)), exp.Paren(this=t.is_null(right)))] if both_nullable else []))
        if not both_nullable:
            return t.eq(left, right)
        return t.and_(
            t.eq(t.coalesce(t.again(left), zero), t.coalesce(t.again(right), t.again(zero))),
            t.eq(exp.Paren(this=t.is_null(left)), exp.Paren(this=t.is_null(right))),
        )

    def range_items(self, row: Row, start: Tree, stop: Tree, step: Tree, kind: ScalarType) -> Tree:
        if kind in (ScalarType.REAL, ScalarType.DECIMAL):
            raise Refusal("a range of reals is not supported on Athena")
        return self.sequence(start, stop, step)

    def range_value(self, item: Tree, kind: ScalarType) -> Tree:
        return item

    def round_to(self, row: Row, x: Tree, expr: Expr, digits: Tree) -> Tree:
        if isinstance(expr, Literal) and isinstance(expr.value, int):
            return t.call("round", x, t.num(expr.value))
        return t.call("round", x, t.cast(digits, "INT"))

    def output(self, row: Row, tree: Tree, kind: ScalarType, options: TargetOptions) -> Tree:
        """Times as ISO text: result columns of TIMESTAMP(7) cannot leave Athena. JSON as text."""
        if kind is ScalarType.DYNAMIC:
            return t.call("json_format", tree)
        if options.settings.get("times") == "ticks":
            return tree
        if kind is ScalarType.DATETIME:
            return self.dates.to_text(row, tree)
        if kind is ScalarType.TIMESPAN:
            from rulec_backends.sql.functions.timespans import span_text

            return span_text(row, tree)
        return tree


def lowered(value: str) -> str:
    """lower() as Trino does it: one code point to one."""
    return "".join(low if len(low := c.lower()) == 1 else ("i" if c == "İ" else c) for c in value)
