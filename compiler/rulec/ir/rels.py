"""Relations: what each stage of a query gives.

Each node knows its output columns, in order. All right sides of one `Extend`/`Project` read the input row (KQL evaluates
them simultaneously). Every node has the span of the KQL operator it came from; the outputs print it as a comment.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any, NamedTuple, TypeAlias

from rulec.ir.exprs import Aggregate, Expr
from rulec.records import record
from rulec.scalars import ScalarType
from rulec.source import Span


def _span() -> Any:
    return field(compare=False, repr=False)


class ColumnDef(NamedTuple):
    """An output column. A string column is never nullable."""

    name: str
    type: ScalarType
    nullable: bool


class Assignment(NamedTuple):
    """`name = value`."""

    name: str
    value: Expr

    @property
    def column(self) -> ColumnDef:
        return ColumnDef(self.name, self.value.type, self.value.nullable)


class _Relation:
    """What is found of a relation once: its columns, where they are worked out, and whether its expressions hold relations
    (`walk.holds_relations`). Every pass asks for it."""

    __slots__ = ("_columns", "_holds")
    _columns: tuple[ColumnDef, ...]
    _holds: bool


class _PassesOn(_Relation):
    """A relation that has its input's columns, changed or added to."""

    __slots__ = ()

    @property
    def columns(self) -> tuple[ColumnDef, ...]:
        try:
            return self._columns
        except AttributeError:
            return columns_through(self)  # type: ignore[arg-type]


@record(frozen=True, slots=True)
class Scan(_Relation):
    """All rows of a table. `columns` are those of the schema (after pruning: those that are read)."""

    table: str
    columns: tuple[ColumnDef, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Values(_Relation):
    """Constant rows (`datatable`, `print`, `getschema`); a row's cells are literals or, for `print`, expressions without columns."""

    columns: tuple[ColumnDef, ...]
    rows: tuple[tuple[Expr, ...], ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class External(_Relation):
    """Rows of a file given by configuration: a watchlist or `externaldata` (`kind`), found by `key` (alias or URI)."""

    kind: str
    key: str
    format: str
    properties: tuple[tuple[str, str], ...]
    columns: tuple[ColumnDef, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Range(_Relation):
    """`range name from start to stop step step`, ends included."""

    name: str
    start: Expr
    stop: Expr
    step: Expr
    span: Span = _span()

    @property
    def columns(self) -> tuple[ColumnDef, ...]:
        return (ColumnDef(self.name, self.start.type, False),)


@record(frozen=True, slots=True)
class Given(_Relation):
    """The rows that the enclosing `MvApply` or `Partition` hands to its body."""

    columns: tuple[ColumnDef, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Shared(_PassesOn):
    """A relation with a name (`let T = …`, `as T`, `materialize`), possibly used more than once. Equal `key`s are the same relation.

    `once` for `materialize`: it must be computed once only, which matters when it is not deterministic."""

    key: int
    name: str
    relation: Rel
    once: bool
    span: Span = _span()


@record(frozen=True, slots=True)
class Filter(_PassesOn):
    """The rows where the predicate is true (not false, not null)."""

    input: Rel
    predicate: Expr
    span: Span = _span()


@record(frozen=True, slots=True)
class Extend(_PassesOn):
    """Adds columns at the end or replaces them in place; the others pass through."""

    input: Rel
    assignments: tuple[Assignment, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Project(_Relation):
    """Exactly these columns, in this order."""

    input: Rel
    assignments: tuple[Assignment, ...]
    span: Span = _span()

    @property
    def columns(self) -> tuple[ColumnDef, ...]:
        try:
            return self._columns
        except AttributeError:
            columns = tuple([a.column for a in self.assignments])
            object.__setattr__(self, "_columns", columns)
            return columns


@record(frozen=True, slots=True)
class AggregateColumns:
    """One aggregate and the names and types of the columns it gives (`arg_max` gives several)."""

    columns: tuple[ColumnDef, ...]
    aggregate: Aggregate


@record(frozen=True, slots=True)
class Summarize(_Relation):
    """Groups by the keys (null and NaN are keys like others) and aggregates. Without keys: one row, also of no input rows. Without
    aggregates: distinct."""

    input: Rel
    keys: tuple[Assignment, ...]
    aggregates: tuple[AggregateColumns, ...]
    span: Span = _span()

    @property
    def columns(self) -> tuple[ColumnDef, ...]:
        return tuple(k.column for k in self.keys) + tuple(c for a in self.aggregates for c in a.columns)


class SortKey(NamedTuple):
    """One key of a sort. Strings order by code point; NaN sorts as a null does."""

    value: Expr
    descending: bool
    nulls_first: bool


@record(frozen=True, slots=True)
class Sort(_PassesOn):
    """Orders the rows; `row_number`, `prev` and the like above it see this order."""

    input: Rel
    keys: tuple[SortKey, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Take(_PassesOn):
    """The first `count` rows, any when the input has no order. `top` is a `Sort` below a `Take`."""

    input: Rel
    count: Expr
    span: Span = _span()


@record(frozen=True, slots=True)
class Sample(_PassesOn):
    """`sample n` (any n rows)."""

    input: Rel
    count: Expr
    span: Span = _span()


@record(frozen=True, slots=True)
class Serialize(_PassesOn):
    """Fixes the present order of the rows."""

    input: Rel
    span: Span = _span()


class OutputColumn(NamedTuple):
    """A column of a two-sided node: `column` is its output name and type, `side` is `left`/`right`
    (join) or `row`/`body` (mv-apply), `source` the column's name there."""

    column: ColumnDef
    side: str
    source: str


@record(frozen=True, slots=True)
class Join(_Relation):
    """`kind`: innerunique, inner, leftouter, rightouter, fullouter, leftsemi, rightsemi, leftanti, rightanti.

    `keys` are pairs of a left and a right expression of one type; null matches null and NaN matches NaN. `lookup` is a leftouter or
    inner join
    whose outputs leave the right keys out. Unmatched sides are null, and '' for strings."""

    left: Rel
    right: Rel
    kind: str
    keys: tuple[tuple[Expr, Expr], ...]
    outputs: tuple[OutputColumn, ...]
    span: Span = _span()

    @property
    def columns(self) -> tuple[ColumnDef, ...]:
        return tuple(o.column for o in self.outputs)


@record(frozen=True, slots=True)
class Union(_Relation):
    """All rows of all inputs, which have the same columns in the same order (the binder pads and renames)."""

    inputs: tuple[Rel, ...]
    columns: tuple[ColumnDef, ...]
    span: Span = _span()


class ExpandedColumn(NamedTuple):
    """One expanded array: output column, the dynamic value, and whether elements that do not convert to the column's type become
    null (`to typeof`)."""

    column: ColumnDef
    value: Expr


@record(frozen=True, slots=True)
class MvExpand(_PassesOn):
    """One row an element; several columns expand in parallel, padded with null. `[]` gives no row, null one row with null, a bag
    one row a key
    (`bag_kind` `bag`: a one-key bag, `array`: `[key, value]`), any other scalar itself. `index` is the 0-based element's column.
    A value named like an input column replaces it in place, others are appended; the index comes last. `limit` is rows per input row."""

    input: Rel
    expanded: tuple[ExpandedColumn, ...]
    index: str | None
    bag_kind: str
    limit: Expr | None
    span: Span = _span()


@record(frozen=True, slots=True)
class MvApply(_Relation):
    """Expands like `MvExpand`, then runs `body` (whose leaf is `Given`) over the rows of each input row. `outputs` take columns
    from the input row (`row`, repeated) or from the body's rows (`body`). A body without rows drops the input row."""

    expand: MvExpand
    body: Rel
    outputs: tuple[OutputColumn, ...]
    span: Span = _span()

    @property
    def columns(self) -> tuple[ColumnDef, ...]:
        return tuple(o.column for o in self.outputs)


@record(frozen=True, slots=True)
class Partition(_PassesOn):
    """Runs `body` (whose leaf is `Given`) once for each distinct value of `key`, and unites the results."""

    input: Rel
    key: Expr
    body: Rel
    span: Span = _span()


class ParsePiece(NamedTuple):
    """A piece of a parse pattern: exactly one of `text` (constant, or a regular expression for kind regex), `column` (a capture),
    or neither (`*`)."""

    text: str | None
    column: ColumnDef | None


@record(frozen=True, slots=True)
class Parse(_PassesOn):
    """`parse`/`parse-where` (`where` drops the rows that do not match). `kind`: simple, regex, relaxed. Captures replace or append
    columns as `Extend` does."""

    input: Rel
    value: Expr
    pieces: tuple[ParsePiece, ...]
    kind: str
    flags: str
    where: bool
    span: Span = _span()


@record(frozen=True, slots=True)
class ParseKv(_PassesOn):
    """`parse-kv`: `keys` become columns; options as given: pair_delimiter, kv_delimiter, quote, escape, greedy."""

    input: Rel
    value: Expr
    keys: tuple[ColumnDef, ...]
    options: tuple[tuple[str, str | bool | tuple[str, ...]], ...]
    span: Span = _span()


class SeriesColumn(NamedTuple):
    """One aggregate of make-series: its output column (a dynamic array), the aggregate, its plain result type, and the value of
    empty bins."""

    column: ColumnDef
    aggregate: Aggregate
    result: ScalarType
    default: Expr


@record(frozen=True, slots=True)
class MakeSeries(_Relation):
    """Arrays over an axis: points start, start+step, … below stop (`inclusive`: up to stop). Without start/stop: the data's own bins."""

    input: Rel
    aggregates: tuple[SeriesColumn, ...]
    axis: Assignment
    start: Expr | None
    stop: Expr | None
    step: Expr
    keys: tuple[Assignment, ...]
    inclusive: bool
    span: Span = _span()

    @property
    def columns(self) -> tuple[ColumnDef, ...]:
        axis = ColumnDef(self.axis.name, ScalarType.DYNAMIC, True)
        return tuple(k.column for k in self.keys) + tuple(a.column for a in self.aggregates) + (axis,)


@record(frozen=True, slots=True)
class NestedLevel:
    """One level of top-nested: how many (None: all), the key, the aggregate's output column and ordering aggregate, and the text of
    the others' row."""

    count: Expr | None
    key: Assignment
    column: ColumnDef
    aggregate: Aggregate
    descending: bool
    others: Expr | None


@record(frozen=True, slots=True)
class TopNested(_Relation):
    input: Rel
    levels: tuple[NestedLevel, ...]
    span: Span = _span()

    @property
    def columns(self) -> tuple[ColumnDef, ...]:
        return tuple(c for level in self.levels for c in (level.key.column, level.column))


class ScanStepDef(NamedTuple):
    """One step of `scan`; `output` is all, last or none."""

    name: str
    optional: bool
    output: str
    condition: Expr
    assignments: tuple[Assignment, ...]


@record(frozen=True, slots=True)
class ScanOperator(_PassesOn):
    """The `scan` operator over ordered rows: `declared` columns with their defaults, state read through `StepColumn`."""

    input: Rel
    partition: tuple[Expr, ...]
    match_id: str | None
    declared: tuple[Assignment, ...]
    steps: tuple[ScanStepDef, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Plugin(_Relation):
    """`evaluate name(…)`, and `reduce`, `sample-distinct`-like operators of the catalogue's plugin part. `arguments` in the
    plugin's order; tabular arguments in `inputs`.

    `open`: the columns depend on the data; `columns` are those known at compile time."""

    name: str
    inputs: tuple[Rel, ...]
    arguments: tuple[Expr, ...]
    columns: tuple[ColumnDef, ...]
    open: bool
    span: Span = _span()


Rel: TypeAlias = (
    Scan
    | Values
    | External
    | Range
    | Given
    | Shared
    | Filter
    | Extend
    | Project
    | Summarize
    | Sort
    | Take
    | Sample
    | Serialize
    | Join
    | Union
    | MvExpand
    | MvApply
    | Partition
    | Parse
    | ParseKv
    | MakeSeries
    | TopNested
    | ScanOperator
    | Plugin
)


def columns_through(rel: Rel) -> tuple[ColumnDef, ...]:
    """The columns of a relation that has those of its input, changed or added to; a long pipeline costs no stack.

    Each relation on the way keeps its own: asked one by one they would cost the square of the pipeline's length.
    """
    passed: list[Rel] = []
    leaf = rel
    while (below := _passes_on(leaf)) is not None:
        passed.append(leaf)
        leaf = below
        if isinstance(leaf, _PassesOn) and hasattr(leaf, "_columns"):
            break
    columns = leaf.columns
    for node in reversed(passed):
        added = adds(node)
        if added:
            new = {c.name: c for c in added}
            columns = tuple(new.pop(c.name, c) for c in columns) + tuple(new.values())
        if isinstance(node, _PassesOn):
            object.__setattr__(node, "_columns", columns)
    return columns


def _passes_on(rel: Rel) -> Rel | None:
    """The relation whose columns this one passes on."""
    match rel:
        case Filter() | Extend() | Sort() | Take() | Sample() | Serialize() | MvExpand() | Parse() | ParseKv() | ScanOperator():
            return rel.input
        case Shared():
            return rel.relation
        case Partition():
            return rel.body
        case _:
            return None


def adds(rel: Rel) -> tuple[ColumnDef, ...]:
    """The columns that replace those of their name or come behind the others."""
    match rel:
        case Extend(assignments=assignments):
            return tuple(a.column for a in assignments)
        case MvExpand(expanded=expanded, index=index):
            return (*(e.column for e in expanded), *((ColumnDef(index, ScalarType.LONG, False),) if index else ()))
        case Parse(pieces=pieces):
            return tuple(p.column for p in pieces if p.column)
        case ParseKv(keys=keys):
            return keys
        case ScanOperator():
            match_id = (ColumnDef(rel.match_id, ScalarType.LONG, False),) if rel.match_id else ()
            return (*(a.column for a in rel.declared), *match_id)
        case _:
            return ()


@record(frozen=True, slots=True)
class Query:
    """A bound query. `ordered`: the result's row order is part of its meaning."""

    relation: Rel
    ordered: bool

    @property
    def columns(self) -> tuple[ColumnDef, ...]:
        return self.relation.columns
