"""Athena's side of the shared lowering (engine version 3, which is Trino).

Carriers: string VARCHAR never NULL; bool BOOLEAN; int, long and timespan (ticks) BIGINT; real DOUBLE; decimal DECIMAL(38,16); datetime
TIMESTAMP(7) in UTC; guid lower-case VARCHAR; dynamic JSON, where KQL's null is SQL NULL and never JSON null at the top.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

from rulec.backend import TargetOptions
from rulec.ir.exprs import Expr, Value
from rulec.ir.rels import External, Scan
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec_backends.athena import scan as scans
from rulec_backends.athena import texts, times
from rulec_backends.athena.datetimes import STAMP, Stamps, exact, stamp
from rulec_backends.athena.values import AthenaValues
from rulec_backends.athena.words import ALLOWED, RESERVED, real, typed
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import Row
from rulec_backends.sql.levels import Level
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.ranges import finite
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
    ScalarType.DATETIME: STAMP,
    ScalarType.TIMESPAN: "BIGINT",
    ScalarType.DYNAMIC: "JSON",
}
_WIDE: Final = "DECIMAL(38,0)"
_MODULUS: Final = "18446744073709551616"
#: 1.5 times the modulus: makes a remainder positive, and centres it.
_SHIFT: Final = "27670116110564327424"


class Athena(AthenaValues):
    """The dialect."""

    name: ClassVar[str] = "athena"
    title: ClassVar[str] = "Athena"
    reserved: ClassVar[frozenset[str]] = RESERVED
    allowed: ClassVar[frozenset[str]] = ALLOWED
    empty_after_match: ClassVar[bool] = True
    nan_is_greatest: ClassVar[bool] = False
    #: Trino fails at about 110.
    deepest: ClassVar[int | None] = 90

    def __init__(self) -> None:
        from rulec_backends.athena import tables

        self.dates = Stamps()
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
                return t.cast(typed("DECIMAL", format(Decimal(str(value)), "f")), SQL_TYPES[kind])
            case ScalarType.DYNAMIC:
                return _json(value)
            case ScalarType.DATETIME:
                assert isinstance(value, int)
                return stamp(value)
            case _:
                assert isinstance(value, int)
                return typed("BIGINT", str(value)) if value == -(2**63) else t.num(value)

    @staticmethod
    def _real(value: float) -> Tree:
        if math.isnan(value):
            return t.call("nan")
        if math.isinf(value):
            return t.call("infinity") if value > 0 else t.neg(t.call("infinity"))
        return real(value)

    def parameter(self, options: TargetOptions, name: str) -> Tree:
        known = {"now": options.now, "window_start": options.start, "window_end": options.end}[name]
        return stamp(known) if known is not None else nodes.Placeholder(name)

    def widen(self, tree: Tree, source: ScalarType, target: ScalarType) -> Tree:
        return tree if SQL_TYPES[source] == SQL_TYPES[target] else t.cast(tree, SQL_TYPES[target])

    def is_nan(self, tree: Tree) -> Tree:
        return t.call("is_nan", tree)

    def nan(self) -> Tree:
        return t.call("nan")

    def real(self, tree: Tree) -> Tree:
        return t.cast(tree, "DOUBLE")

    def wide(self, tree: Tree) -> Tree:
        return t.cast(tree, _WIDE)

    def wide_for_sum(self, tree: Tree) -> Tree:
        return t.cast(tree, _WIDE)

    def wrapped(self, tree: Tree) -> Tree:
        low = t.add(t.binary("%", tree, typed("DECIMAL", _MODULUS)), typed("DECIMAL", _SHIFT))
        return t.cast(t.sub(t.binary("%", low, typed("DECIMAL", _MODULUS)), typed("DECIMAL", str(2**63))), "BIGINT")

    def int_div(self, left: Tree, right: Tree) -> Tree:
        if isinstance(left, nodes.Cast) and left.to == t.sql_type(_WIDE):
            # decimal division rounds; only the smallest integer by -1 leaves 64 bits
            plain = left.operand
            by_one = t.neg(left)
            return t.when(t.eq(right, t.num(-1)), by_one, t.cast(t.binary("//", plain, right), _WIDE))
        return t.binary("//", left, right)

    def lower_text(self, tree: Tree) -> Tree:
        return t.text(t.lowered(tree.value)) if t.is_text(tree) else t.call("lower", tree)

    def average(self, tree: Tree) -> Tree:
        return t.call("avg", t.cast(tree, "DOUBLE"))

    def mean_of_ticks(self, g: Group, ticks: Tree) -> Tree:
        return t.cast(g.over(t.call("avg", t.cast(ticks, _WIDE))), "BIGINT")

    def pack(self, trees: Sequence[Tree]) -> Tree:
        return t.call("row", *trees)

    def unpack(self, tree: Tree, index: int, kind: ScalarType) -> Tree:
        return nodes.Index(tree, index)

    def percentile(self, g: Group, share: float) -> Tree:
        kind, value = g.kind(), g.value()
        if kind is ScalarType.DYNAMIC:
            raise Refusal("`percentile` of a dynamic value is not supported", "convert it with tolong() or todouble()")
        if not 0 <= share <= 100:
            raise Refusal("the percentile must be between 0 and 100")
        present = [t.is_not_null(value)]
        if kind is ScalarType.REAL and not finite(g.row.level, g.arguments[0]):
            # NaN stands before the numbers; array_sort() would put it behind them
            keys = [t.ordered(self.is_nan(value), True, False), t.ordered(value, False, False)]
            items = g.over(t.call("array_agg", t.with_order(value, keys)), *present)
        else:
            items = t.call("array_sort", g.over(t.call("array_agg", value), *present))
        count = g.over(t.call("count", value))
        # the nearest rank: the value number ceiling(p * n / 100)
        rank = t.binary("/", t.mul(real(share), count), real(100.0))
        rank = t.call("ceiling", rank if share.is_integer() else t.sub(rank, real(1e-9)))
        return t.call("element_at", items, t.cast(t.call("greatest", rank, real(1.0)), "BIGINT"))

    def list_place(self, items: Tree, place: Tree) -> Tree:
        return t.call("element_at", items, place)

    def json_encoded(self, tree: Tree) -> Tree:
        return t.call("json_format", t.cast(tree, "JSON"))

    def json_decoded(self, tree: Tree) -> Tree:
        return t.call("json_extract", tree, t.text("$"))

    # --- relations ------------------------------------------------------------------------------------------------

    def scan(self, pipeline: Pipeline, scan: Scan) -> Level:
        return scans.scan(pipeline, scan)

    def constant_rows(self, pipeline: Pipeline, level: Level) -> Level:
        """In a long pipeline Trino would copy every expression into the constant rows, and never end; an UNNEST stops it."""
        if not pipeline.inline or level.frozen or level.where:
            return level
        once = nodes.Unnest((t.array([t.num(1)]),), pipeline.fresh("once"), (t.name(pipeline.fresh("one")),))
        if level.source is None:
            return replace(level, source=once)
        return pipeline.closed(replace(level, joins=[nodes.Join(once, side="CROSS")]), word="base")

    def kept(self, tree: Tree, column: Tree) -> Tree:
        """Text that is JSON stays known as such, and an array of texts."""
        known = t.stripped(tree).facts
        return nodes.known(column, nodes.Facts(json=known.json, texts=known.texts)) if known.json or known.texts else column

    def condensed(self, pipeline: Pipeline, level: Level, select: Mapping[str, Tree]) -> tuple[Level, dict[str, Tree]]:
        return texts.gathered(pipeline, level, select, self.json_text)

    def raw_bound(self, options: TargetOptions, op: str, raw: Tree, bound: Expr) -> Tree | None:
        return times.bound(options, op, raw, bound)

    def raw_extreme(self, options: TargetOptions, raw: Tree, aggregate: Callable[[Tree], Tree]) -> Tree | None:
        return times.extreme(options, raw, aggregate)

    def external(self, pipeline: Pipeline, external: External) -> Level:
        return scans.external(pipeline, external)

    def unnest(self, pipeline: Pipeline, level: Level, lists: Sequence[tuple[str, Tree]], ordinal: str) -> Level:
        """CROSS JOIN UNNEST of the lists in parallel; the shorter ones are padded with null."""
        hidden = {f"{label}s": tree for label, tree in lists}
        level = pipeline.closed(level, hidden)
        columns = (*(t.name(label) for label, _ in lists), t.name(f"{ordinal}_1"))
        unnested = nodes.Unnest(tuple([t.col(label) for label in hidden]), pipeline.fresh("u"), columns, numbered=True)
        joined = replace(level, joins=[nodes.Join(unnested, side="CROSS")], word="expanded")
        extra: dict[str, Tree] = {label: t.col(label) for label, _ in lists}
        extra[ordinal] = t.sub(t.col(f"{ordinal}_1"), t.num(1))
        return pipeline.closed(joined, extra, word="expanded")

    def join_equal(self, left: Tree, right: Tree, kind: ScalarType, both_nullable: bool) -> Tree:
        """IS NOT DISTINCT FROM would be a cross join."""
        if kind is ScalarType.REAL:
            # as text, NaN equals NaN; adding zero makes -0 and 0 one
            def text(x: Tree) -> Tree:
                return t.coalesce(t.cast(t.add(x, real(0.0)), "VARCHAR"), t.text(""))

            return t.eq(text(left), text(right))
        if not both_nullable:
            return t.eq(left, right)
        other = self._stand_in(kind)
        same = t.eq(t.coalesce(left, other), t.coalesce(right, other))
        return t.and_(same, t.eq(nodes.Paren(t.is_null(left)), nodes.Paren(t.is_null(right))))

    def _stand_in(self, kind: ScalarType) -> Tree:
        match kind:
            case ScalarType.BOOL:
                return t.false()
            case ScalarType.STRING | ScalarType.GUID:
                return t.text("")
            case ScalarType.DATETIME:
                return stamp(0)
            case ScalarType.DYNAMIC:
                return typed("JSON", "null")
            case _:
                return t.num(0)

    def range_items(self, row: Row, start: Tree, stop: Tree, step: Tree, kind: ScalarType) -> Tree:
        """Datetimes run as ticks."""
        if kind is ScalarType.DATETIME:
            return self.sequence(row.once(self.dates.to_ticks(start)), row.once(self.dates.to_ticks(stop)), row.once(step))
        if kind in (ScalarType.REAL, ScalarType.DECIMAL):
            start, step = row.once(start), row.once(step)
            count = t.call("floor", t.binary("/", t.sub(stop, start), step))
            numbers = self.sequence(t.num(0), row.once(t.try_cast(count, "BIGINT")), t.num(1))
            return self.list_map(row, numbers, lambda i: t.add(start, t.mul(self.real(i), step)))
        return self.sequence(row.once(start), row.once(stop), row.once(step))

    def range_value(self, item: Tree, kind: ScalarType) -> Tree:
        return exact(item) if kind is ScalarType.DATETIME else item

    def output(self, row: Row, tree: Tree, kind: ScalarType, options: TargetOptions) -> Tree:
        """What Athena can return: timestamps have milliseconds (the ticks below are cut), dynamic values are JSON text, timespans text.

        With the setting `times=ticks` times leave as 100 ns ticks, with `times=text` as ISO text of seven digits."""
        form = options.settings.get("times", "")
        match kind:
            case ScalarType.DATETIME:
                if form == "ticks":
                    return self.dates.to_ticks(tree)
                if form == "text":
                    return self.dates.to_text(row, tree)
                return t.cast(t.call("date_trunc", t.text("millisecond"), tree), "TIMESTAMP(3)")
            case ScalarType.TIMESPAN if form != "ticks":
                from rulec_backends.sql.functions.timespans import span_text

                return span_text(row, tree)
            case ScalarType.DYNAMIC:
                return t.call("json_format", tree)
            case _:
                return tree


def _json(value: Value) -> Tree:
    """A constant: json_extract() keeps the order of keys, a JSON literal would sort them."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return t.call("json_extract", t.text(text), t.text("$")) if "{" in text else typed("JSON", text)
