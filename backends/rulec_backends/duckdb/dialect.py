"""DuckDB's side of the shared lowering.

Carriers: string VARCHAR never NULL; bool BOOLEAN; int, long BIGINT; real DOUBLE; decimal DECIMAL(38, 16); datetime and timespan BIGINT
ticks; guid lower-case VARCHAR; dynamic JSON, where KQL's null is SQL NULL and never JSON null at the top.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Final

from rulec.backend import TargetOptions
from rulec.ir.exprs import Expr, Literal, Parameter, Value
from rulec.ir.rels import External, Scan
from rulec.records import replace
from rulec.scalars import MAX_DATETIME_TICKS, ScalarType
from rulec_backends.duckdb import scan as scans
from rulec_backends.duckdb.datetimes import Ticks, datetime_text, int_div, ticks_of
from rulec_backends.duckdb.values import DuckValues
from rulec_backends.duckdb.words import ALLOWED, RESERVED
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.levels import Level
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.tables import PLUGINS
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
_MODULUS: Final = 2**64
#: 1.5 times the modulus: makes a sum's remainder positive, and centres it.
_SHIFT: Final = 27670116110564327424


class DuckDb(DuckValues):
    """DuckDB 1.3 and later (`lambda x: …`)."""

    name: ClassVar[str] = "duckdb"
    title: ClassVar[str] = "DuckDB"
    reserved: ClassVar[frozenset[str]] = RESERVED
    allowed: ClassVar[frozenset[str]] = ALLOWED
    nan_is_greatest: ClassVar[bool] = True

    def __init__(self) -> None:
        from rulec_backends.duckdb import tables

        self.dates = Ticks()
        self.functions = tables.FUNCTIONS
        self.aggregates = tables.AGGREGATES
        self.plugins = PLUGINS

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
                return t.cast(t.text(format(Decimal(str(value)), "f")), SQL_TYPES[kind])
            case ScalarType.DYNAMIC:
                return t.cast(t.text(json_text(value)), "JSON")
            case _:
                assert isinstance(value, int)
                return self._long(value)

    @staticmethod
    def _long(value: int) -> Tree:
        # the minima have no literal: their absolute values are out of range
        return t.cast(t.text(str(value)), "BIGINT") if value in (-(2**63), -(2**31)) else t.num(value)

    @staticmethod
    def _real(value: float) -> Tree:
        if math.isnan(value) or math.isinf(value):
            return t.cast(t.text(str(value)), "DOUBLE")
        word = repr(abs(value))
        literal = nodes.Number(word if "e" in word else f"{word}e0")
        return nodes.Neg(literal) if math.copysign(1, value) < 0 else literal

    def parameter(self, options: TargetOptions, name: str) -> Tree:
        known = {"now": options.now, "window_start": options.start, "window_end": options.end}[name]
        if known is not None:
            return t.num(known)
        return nodes.known(ticks_of(t.cast(nodes.Placeholder(name), "TIMESTAMP")), nodes.Facts(run_time=True))

    def raw_bound(self, options: TargetOptions, op: str, raw: Tree, bound: Expr) -> Tree | None:
        """A cast of text to TIMESTAMP cuts to microseconds: `>=` and `<` stay exact for bounds that are whole microseconds."""
        if op not in (">=", "<"):
            return None
        known: int | None = None
        match bound:
            case Parameter(name=name):
                known = {"now": options.now, "window_start": options.start, "window_end": options.end}[name]
                if known is None:
                    side = t.cast(nodes.Placeholder(name), "TIMESTAMP")
                    return t.ge(raw, side) if op == ">=" else t.lt(raw, side)
            case Literal(value=int()):
                known = bound.value if isinstance(bound.value, int) else None
        if known is None or known % 10:
            return None
        side = t.cast(t.text(datetime_text(known)), "TIMESTAMP")
        return t.ge(raw, side) if op == ">=" else t.lt(raw, side)

    def null_outside(self, row: Row, ticks: Tree, below: bool) -> Tree:
        """greatest() and least() pass over nulls: a null time ends at the edge, and is null again."""
        del row
        guard, edge = ("greatest", -1) if below else ("least", MAX_DATETIME_TICKS + 1)
        return t.nullif(t.call(guard, ticks, t.num(edge)), t.num(edge))

    def widen(self, tree: Tree, source: ScalarType, target: ScalarType) -> Tree:
        if SQL_TYPES[source] == SQL_TYPES[target]:
            return tree
        return t.cast(tree, SQL_TYPES[target])

    def is_nan(self, tree: Tree) -> Tree:
        return t.call("isnan", tree)

    def nan(self) -> Tree:
        return t.cast(t.text("nan"), "DOUBLE")

    def real(self, tree: Tree) -> Tree:
        return t.cast(tree, "DOUBLE")

    def wide(self, tree: Tree) -> Tree:
        return t.cast(tree, "INT128")

    def wide_for_sum(self, tree: Tree) -> Tree:
        # sum(BIGINT) is a HUGEINT already
        return tree

    def wrapped(self, tree: Tree) -> Tree:
        low = t.binary("%", tree, t.num(_MODULUS))
        centred = t.binary("%", nodes.Paren(t.add(low, t.num(_SHIFT))), t.num(_MODULUS))
        return t.cast(t.sub(centred, t.num(2**63)), "BIGINT")

    def int_div(self, left: Tree, right: Tree) -> Tree:
        a, b = t.integer(left), t.integer(right)
        if a is not None and b:
            return t.num(abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1))
        return int_div(left, right)

    def lower_text(self, tree: Tree) -> Tree:
        if t.is_text(tree):
            return t.text(t.lowered(tree.value))
        return t.call("lower", tree)

    def average(self, tree: Tree) -> Tree:
        return t.call("avg", tree)

    def mean_of_ticks(self, g: Group, ticks: Tree) -> Tree:
        # (2 * sum + count) / (2 * count), rounded down: integer division cuts towards zero
        count = t.mul(g.over(t.call("count", ticks)), t.num(2))
        total = t.add(t.mul(g.over(t.call("sum", ticks)), t.num(2)), g.over(t.call("count", ticks)))
        rest = t.binary("%", t.add(t.binary("%", total, count), count), count)
        return t.cast(int_div(t.sub(total, rest), count), "BIGINT")

    def first(self, tree: Tree) -> Tree:
        return t.call("first", tree)

    def let(self, name: str, tree: Tree, body: Callable[[Tree], Tree]) -> Tree:
        function = t.lam([name], body(self.lambda_parameter(name)))
        return t.call("list_extract", t.call("list_transform", t.array([tree]), function), t.num(1))

    def pack(self, trees: Sequence[Tree]) -> Tree:
        return t.call("row", *trees)

    def unpack(self, tree: Tree, index: int, kind: ScalarType) -> Tree:
        return t.call("struct_extract", tree, t.num(index + 1))

    def percentile(self, g: Group, share: float) -> Tree:
        kind, value = g.kind(), g.value()
        if kind is ScalarType.DYNAMIC:
            raise Refusal("`percentile` of a dynamic value is not supported", "convert it with tolong() or todouble()")
        if not 0 <= share <= 100:
            raise Refusal("the percentile must be between 0 and 100")
        # quantile_disc is the nearest rank: the value number ceiling(p * n)
        return g.over(t.call("quantile_disc", value, self._real(not_above(share))))

    def list_place(self, items: Tree, place: Tree) -> Tree:
        return t.call("list_extract", items, place)

    def json_encoded(self, tree: Tree) -> Tree:
        return t.cast(t.call("to_json", tree), "VARCHAR")

    def json_decoded(self, tree: Tree) -> Tree:
        return t.cast(tree, "JSON")

    # --- relations ------------------------------------------------------------------------------------------------

    def scan(self, pipeline: Pipeline, scan: Scan) -> Level:
        return scans.scan(pipeline, scan)

    def external(self, pipeline: Pipeline, external: External) -> Level:
        return scans.external(pipeline, external)

    def unnest(self, pipeline: Pipeline, level: Level, lists: Sequence[tuple[str, Tree]], ordinal: str) -> Level:
        """unnest() in the SELECT list runs several lists in parallel and pads the shorter ones with null."""
        if not all(t.is_simple(tree) for _, tree in lists):
            hidden = {f"{label}s": tree for label, tree in lists}
            level = pipeline.closed(level, hidden)
            lists = [(label, t.col(f"{label}s")) for label, _ in lists]
        lengths = [t.call("len", tree) for _, tree in lists]
        longest = lengths[0] if len(lengths) == 1 else t.call("greatest", *lengths)
        extra = {label: t.call("unnest", tree) for label, tree in lists}
        extra[ordinal] = t.call("unnest", t.call("range", longest))
        level = replace(pipeline.opened(level), frozen=True)
        result = pipeline.closed(level, extra, word="expanded")
        # without its unnest() the level would have fewer rows
        pipeline.ctes[-1].keep = frozenset({ordinal})
        return result

    def join_equal(self, left: Tree, right: Tree, kind: ScalarType, both_nullable: bool) -> Tree:
        # DuckDB hashes IS NOT DISTINCT FROM, and its NaN equals NaN
        return t.same(left, right) if both_nullable else t.eq(left, right)

    def range_items(self, row: Row, start: Tree, stop: Tree, step: Tree, kind: ScalarType) -> Tree:
        if kind in (ScalarType.REAL, ScalarType.DECIMAL):
            start, step = row.once(start), row.once(step)
            count = t.call("floor", t.binary("/", t.sub(stop, start), t.nullif(step, t.cast(t.num(0), "DOUBLE"))))
            items = t.call("generate_series", t.num(0), t.cast(count, "BIGINT"))
            return t.call("list_transform", items, row.function(1, lambda i: t.add(start, t.mul(i, step))))
        return self.sequence(start, stop, step)

    def range_value(self, item: Tree, kind: ScalarType) -> Tree:
        return item

    def output(self, row: Row, tree: Tree, kind: ScalarType, options: TargetOptions) -> Tree:
        if options.settings.get("times") == "ticks":
            return tree
        if kind is ScalarType.DATETIME:
            return self.dates.to_text(row, tree)
        if kind is ScalarType.TIMESPAN:
            from rulec_backends.sql.functions.timespans import span_text

            return span_text(row, tree)
        return tree


def not_above(share: float) -> float:
    """A percentage as a fraction that is not above it: of 100 values, 0.55 is a little more than 55."""
    fraction = share / 100
    return math.nextafter(fraction, 0) if Fraction(fraction) * 100 > Fraction(repr(share)) else fraction


def json_text(value: Value) -> str:
    """A constant as JSON text, key order kept."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
