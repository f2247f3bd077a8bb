"""What a SQL target has to say for itself: carriers, JSON, lists, times, and its tables of rows.

The shared code knows KQL; a `Dialect` knows one engine. Everything else that differs is a row of a table.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from rulec.backend import TargetOptions, Unsupported
from rulec.ir.exprs import Expr, Value
from rulec.ir.rels import External, Scan
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.levels import Level, OrderKey
from rulec_backends.sql.primitives import Primitives
from rulec_backends.sql.summary import summary
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.aggregates import AggregateRow
    from rulec_backends.sql.expressions import FunctionRow, Row
    from rulec_backends.sql.pipeline import Pipeline
    from rulec_backends.sql.plugins import PluginRow

Steps = Sequence["str | int | tuple[Tree, ScalarType]"]


class Datetimes(ABC):
    """The algebra of datetimes on a target's carrier. Spans are ticks in a 64-bit integer on every target."""

    @abstractmethod
    def literal(self, ticks: int) -> Tree: ...

    @abstractmethod
    def to_ticks(self, value: Tree) -> Tree: ...

    @abstractmethod
    def from_exact_ticks(self, ticks: Tree) -> Tree:
        """Ticks that are certainly a time."""

    @abstractmethod
    def from_wide_ticks(self, row: Row, ticks: Tree) -> Tree:
        """Like `from_ticks`, of a wide integer."""

    @abstractmethod
    def from_ticks(self, row: Row, ticks: Tree) -> Tree:
        """Null outside 0001..9999."""

    @abstractmethod
    def add(self, row: Row, value: Tree, span: Tree, span_expr: Expr, negative: bool = False) -> Tree:
        """value + span (or - span); null when the result is outside 0001..9999."""

    @abstractmethod
    def difference(self, left: Tree, right: Tree) -> Tree:
        """left - right in ticks."""

    @abstractmethod
    def part(self, unit: str, value: Tree) -> Tree:
        """year, quarter, month, day, hour, minute, second, day_of_week (0 is Sunday), day_of_year, iso_week as a BIGINT."""

    @abstractmethod
    def trunc(self, row: Row, unit: str, value: Tree) -> Tree:
        """The start of the year, quarter, month, week (Sunday), day, hour, minute, second …"""

    @abstractmethod
    def shift(self, row: Row, unit: str, count: Tree, value: Tree) -> Tree:
        """value + count months, quarters or years, clamped to the month's end."""

    @abstractmethod
    def make(self, row: Row, parts: Sequence[Tree]) -> Tree:
        """From year, month, day, hour, minute (integers) and second (real); null when there is no such time."""

    @abstractmethod
    def to_text(self, row: Row, value: Tree) -> Tree:
        """`2024-01-02T03:04:05.1234567Z`; null of null."""

    @abstractmethod
    def from_text(self, row: Row, value: Tree) -> Tree:
        """Null when the text is no time."""


class Dialect(Primitives, ABC):
    """One SQL engine."""

    name: ClassVar[str]
    title: ClassVar[str]
    reserved: ClassVar[frozenset[str]]
    #: Whether NaN compares as the greatest number instead of unequal to all.
    nan_is_greatest: ClassVar[bool]
    #: Whether a pattern matches no text right after a match.
    empty_after_match: ClassVar[bool] = False
    #: The longest chain of CTEs that the engine plans; None without a limit.
    deepest: ClassVar[int | None] = None
    dates: Datetimes
    functions: Mapping[str, FunctionRow | Unsupported]
    aggregates: Mapping[str, AggregateRow | Unsupported]
    plugins: Mapping[str, PluginRow | Unsupported]
    #: Functions that may be printed.
    allowed: ClassVar[frozenset[str]]

    # --- names, values, types -------------------------------------------------------------------------------------

    def needs_quotes(self, label: str) -> bool:
        return not (label.isascii() and label.isidentifier()) or label.casefold() in self.reserved

    @abstractmethod
    def sql_type(self, kind: ScalarType) -> str:
        """The carrier's type name."""

    @abstractmethod
    def literal(self, value: Value, kind: ScalarType) -> Tree: ...

    @abstractmethod
    def parameter(self, options: TargetOptions, name: str) -> Tree: ...

    @abstractmethod
    def widen(self, tree: Tree, source: ScalarType, target: ScalarType) -> Tree: ...

    @abstractmethod
    def is_nan(self, tree: Tree) -> Tree: ...

    @abstractmethod
    def nan(self) -> Tree: ...

    @abstractmethod
    def real(self, tree: Tree) -> Tree:
        """A number as a double."""

    @abstractmethod
    def wrapped(self, tree: Tree) -> Tree:
        """A wide integer (its operands were made wide by `wide`) as a 64-bit integer, modulo 2^64."""

    @abstractmethod
    def wide(self, tree: Tree) -> Tree:
        """An integer as one wide enough for a sum or product of two 64-bit integers."""

    @abstractmethod
    def int_div(self, left: Tree, right: Tree) -> Tree:
        """Truncating division of integers; the divisor is not zero."""

    @abstractmethod
    def lower_text(self, tree: Tree) -> Tree: ...

    def modulo(self, left: Tree, right: Tree) -> Tree:
        return t.binary("%", left, right)

    # --- trees used more than once --------------------------------------------------------------------------------

    def lambda_parameter(self, name: str) -> Tree:
        return nodes.Var(name)

    def hoistable(self, tree: Tree) -> bool:
        """Whether the tree reads no parameter of an enclosing list function."""
        return not summary(tree).free

    @abstractmethod
    def let(self, name: str, tree: Tree, body: Callable[[Tree], Tree]) -> Tree:
        """body(name) with the name bound to the tree, as one expression."""

    def let_in(self, row: Row, tree: Tree, body: Callable[[Tree], Tree]) -> Tree:
        """`let` with a fresh name, also around aggregates, which no inner level can compute."""
        return self.let(row.pipeline.fresh("x"), tree, body)

    @abstractmethod
    def pack(self, trees: Sequence[Tree]) -> Tree:
        """Several values as one anonymous record."""

    @abstractmethod
    def unpack(self, tree: Tree, index: int, kind: ScalarType) -> Tree:
        """The record's value number `index`, from 0."""

    # --- lists ----------------------------------------------------------------------------------------------------

    def array(self, items: Sequence[Tree], kind: str) -> Tree:
        """A list of the items; `kind` is the element's SQL type (an empty list needs it)."""
        made = t.array(list(items))
        return made if items else t.cast(made, f"{kind}[]")

    @abstractmethod
    def list_map(self, row: Row, items: Tree, body: Callable[[Tree], Tree]) -> Tree: ...

    @abstractmethod
    def list_filter(self, row: Row, items: Tree, body: Callable[[Tree], Tree]) -> Tree: ...

    @abstractmethod
    def list_fold(self, row: Row, items: Tree, start: Tree, body: Callable[[Tree, Tree], Tree]) -> Tree:
        """body(accumulator, item) over the items."""

    @abstractmethod
    def list_contains(self, items: Tree, item: Tree) -> Tree:
        """Null when the item is null."""

    def number_position(self, items: Tree, item: Tree) -> Tree:
        """The place of an integer in a list of integers: from 0, -1 when absent."""
        return self.list_position(items, item)

    @abstractmethod
    def list_item(self, items: Tree, index: Tree) -> Tree:
        """Item number `index` from 1, or from the end when negative; null outside."""

    @abstractmethod
    def list_length(self, items: Tree) -> Tree: ...

    @abstractmethod
    def list_join(self, items: Tree, separator: Tree) -> Tree: ...

    @abstractmethod
    def list_concat(self, lists: Sequence[Tree]) -> Tree: ...

    @abstractmethod
    def sequence(self, start: Tree, stop: Tree, step: Tree) -> Tree:
        """start, start+step, … up to stop, included; the empty list when stop is before start. Integers; step is not zero."""

    # --- JSON -----------------------------------------------------------------------------------------------------

    @abstractmethod
    def json_parse(self, row: Row, tree: Tree) -> Tree:
        """KQL's parse_json of a string: the value, null for '' and `null`, and the text itself as a JSON string when it is not JSON."""

    @abstractmethod
    def json_path(self, row: Row, base: Tree, steps: Steps) -> Tree:
        """The dynamic value at the path, SQL NULL when it is missing or JSON null."""

    @abstractmethod
    def json_string(self, tree: Tree) -> Tree:
        """tostring of a dynamic value: a string unquoted, others as JSON text, null as ''."""

    @abstractmethod
    def json_as(self, row: Row, tree: Tree, kind: ScalarType) -> Tree:
        """A dynamic value for comparison with a value of the type: null when it has another type."""

    @abstractmethod
    def json_to(self, row: Row, tree: Tree, kind: ScalarType) -> Tree:
        """KQL's conversion function (`tolong` …) of a dynamic value."""

    @abstractmethod
    def json_of(self, row: Row, tree: Tree, kind: ScalarType) -> Tree:
        """A value as a dynamic one; null is SQL NULL."""

    @abstractmethod
    def json_kind(self, tree: Tree) -> Tree:
        """`array`, `object`, `string`, `long`, `double`, `bool`; null of null."""

    def json_case(self, tree: Tree, branches: Sequence[tuple[str, Tree]]) -> Tree:
        """The value of the branch of the dynamic value's kind (`json_kind`); null of other kinds."""
        return t.case([(t.text(kind), value) for kind, value in branches], subject=self.json_kind(tree))

    @abstractmethod
    def json_items(self, row: Row, tree: Tree) -> Tree:
        """An array's items as a list of JSON; null when it is no array. JSON null is SQL NULL."""

    @abstractmethod
    def json_array(self, items: Tree) -> Tree:
        """A list of JSON as a dynamic array."""

    @abstractmethod
    def json_object(self, pairs: Sequence[tuple[Tree, Tree]]) -> Tree:
        """A bag of keys (text) and JSON values, in order."""

    @abstractmethod
    def json_keys(self, tree: Tree) -> Tree:
        """A bag's keys as a list of text; null when it is no bag."""

    @abstractmethod
    def json_get(self, tree: Tree, key: Tree) -> Tree:
        """A bag's value of a key given at run time; SQL NULL when missing or JSON null."""

    @abstractmethod
    def expandable(self, row: Row, tree: Tree, bag_kind: str) -> Tree:
        """The list of JSON that mv-expand makes of a dynamic value, never null."""

    # --- relations ------------------------------------------------------------------------------------------------

    @abstractmethod
    def scan(self, pipeline: Pipeline, scan: Scan) -> Level: ...

    def constant_rows(self, pipeline: Pipeline, level: Level) -> Level:
        """The level of `datatable` or `print`, as the engine plans it best."""
        return level

    def kept(self, tree: Tree, column: Tree) -> Tree:
        """The column that a closed level has for a tree; a dialect marks what it knows of the value."""
        return column

    def condensed(self, pipeline: Pipeline, level: Level, select: Mapping[str, Tree]) -> tuple[Level, dict[str, Tree]]:
        """A SELECT in a shorter form, just before it is printed."""
        del pipeline
        return level, dict(select)

    def raw_bound(self, options: TargetOptions, op: str, raw: Tree, bound: Expr) -> Tree | None:
        """`stored column op bound` in the engine's own time type, when it says exactly the same; None when it does not.

        Only such a comparison can use what the store knows of the column (partitions, statistics)."""
        return None

    def raw_extreme(self, options: TargetOptions, raw: Tree, aggregate: Callable[[Tree], Tree]) -> Tree | None:
        """`aggregate`, which is min or max, of a stored time as a datetime, without reading the time of every row; None when it must."""
        return None

    @abstractmethod
    def external(self, pipeline: Pipeline, external: External) -> Level: ...

    @abstractmethod
    def unnest(self, pipeline: Pipeline, level: Level, lists: Sequence[tuple[str, Tree]], ordinal: str) -> Level:
        """The level crossed with its lists' items in parallel: hidden columns of the given names and the item's number from 0.

        The result is over a new source."""

    @abstractmethod
    def join_equal(self, left: Tree, right: Tree, kind: ScalarType, both_nullable: bool) -> Tree:
        """Equality as a join key: null matches null, NaN matches NaN, and the join still hashes."""

    def order_keys(self, row: Row, tree: Tree, kind: ScalarType, descending: bool, nulls_first: bool, finite: bool) -> list[OrderKey]:
        """The sort keys of one KQL key. NaN stands between null and the numbers."""
        if kind is ScalarType.REAL and not finite:
            tree = row.once(tree)
            bare = t.when(t.not_(self.is_nan(tree)), tree)
            return [
                OrderKey(bare, descending, nulls_first),
                OrderKey(t.is_null(tree), nulls_first, nulls_first),
            ]
        return [OrderKey(tree, descending, nulls_first)]

    @abstractmethod
    def output(self, row: Row, tree: Tree, kind: ScalarType, options: TargetOptions) -> Tree:
        """A carrier as it leaves the query."""

    @abstractmethod
    def range_items(self, row: Row, start: Tree, stop: Tree, step: Tree, kind: ScalarType) -> Tree:
        """The list that `range` runs over; its items become values by `range_value`."""

    @abstractmethod
    def range_value(self, item: Tree, kind: ScalarType) -> Tree: ...
