"""The syntax tree of a KQL text: what was written, before names and types are known.

Every node has a span; spans are no part of equality. Operators are named after KQL's own words.
"""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal
from typing import TypeAlias

from rulec.records import record
from rulec.scalars import ScalarType
from rulec.source import Span

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def _span() -> Span:
    place: Span = field(compare=False, repr=False)
    return place


# --- expressions ---------------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Name:
    """An identifier; `quoted` for `['…']` and `["…"]`.

    A name with `*` in it is a pattern (`is_pattern`), legal only where KQL allows wildcards.
    """

    text: str
    span: Span = _span()
    quoted: bool = False

    @property
    def is_pattern(self) -> bool:
        return "*" in self.text and not self.quoted


@record(frozen=True, slots=True)
class Literal:
    """A literal, its value already decoded as `ScalarType` says; `None` for a typed null such as `int(null)`.

    A bare `null` has no type of its own outside dynamic and datatable rows; it is `Literal(None, DYNAMIC)`.
    A `dynamic(...)` literal's value is a JSON value; datetimes, timespans and guids inside it are strings in KQL's text form.
    A plain integer literal is LONG; `1.5` REAL; `int(5)` INT.
    """

    value: bool | int | float | Decimal | str | list[Json] | dict[str, Json] | None
    type: ScalarType
    span: Span = _span()


@record(frozen=True, slots=True)
class Star:
    """`*` as an argument (`count(*)` is not KQL, but `arg_max(x, *)` is) or left of an operator (`* has "x"`)."""

    span: Span = _span()


@record(frozen=True, slots=True)
class Member:
    """`base.name`; also `database("d").T` and `cluster("c").database("d").T`, where `base` is a `Call`, and `T.x` of a path."""

    base: Expr
    name: Name | Call
    span: Span = _span()


@record(frozen=True, slots=True)
class Element:
    """`base[index]`."""

    base: Expr
    index: Expr
    span: Span = _span()


@record(frozen=True, slots=True)
class Argument:
    """One call argument; `name` for `f(name=value)` of user functions and plugins. `hint.x = y` arguments keep their dotted name."""

    value: Expr
    name: Name | None
    span: Span = _span()


@record(frozen=True, slots=True)
class Call:
    """`name(arguments)`. Built-in, user-defined and plugin calls look alike here; `toscalar`, `materialize`, `iff`, … too.

    `typeof(long)` is a call whose argument is the type's `Name`; `typeof(a: long, b: string)` names its arguments.
    """

    name: Name
    arguments: tuple[Argument, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Unary:
    """`-x` or `+x`."""

    op: str
    operand: Expr
    span: Span = _span()


@record(frozen=True, slots=True)
class Binary:
    """A binary operator in KQL's spelling.

    `and or == != < <= > >= + - * / % =~ !~ has !has has_cs contains startswith … matches regex :`; `<>` is kept as `!=`.
    """

    op: str
    left: Expr
    right: Expr
    span: Span = _span()
    op_span: Span = _span()


@record(frozen=True, slots=True)
class Between:
    """`operand between (low .. high)`; `op` is `between` or `!between`."""

    op: str
    operand: Expr
    low: Expr
    high: Expr
    span: Span = _span()


@record(frozen=True, slots=True)
class ListTest:
    """`operand op (items)` with `in !in in~ !in~ has_any has_all`; an item may be a tabular `Pipeline`."""

    op: str
    operand: Expr
    items: tuple[Expr, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Named:
    """`name = value` or `(a, b) = value` in project, extend, summarize, print, …; `names` is empty for a bare value."""

    names: tuple[Name, ...]
    value: Expr
    span: Span = _span()


@record(frozen=True, slots=True)
class ColumnDeclaration:
    """`name: type`; `type` is None where KQL lets it out (`declare pattern`, `parse` captures default to string before they get here)."""

    name: Name
    type: ScalarType | None
    span: Span = _span()


@record(frozen=True, slots=True)
class DataTable:
    """`datatable(columns)[values]`: row-major values, their number a multiple of the columns' (the parser checks)."""

    columns: tuple[ColumnDeclaration, ...]
    values: tuple[Expr, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class ExternalData:
    """`externaldata(columns)[uris] with (properties)`; also `inline_external_table`/`external_table`-like literal sources."""

    columns: tuple[ColumnDeclaration, ...]
    uris: tuple[Expr, ...]
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Property:
    """`name = value` after an operator's name or in a `with (...)`.

    `kind=inner`, `hint.strategy=shuffle`, `isfuzzy=true`, `withsource=T`; a list of columns is one property a column.
    """

    name: str
    value: Expr
    span: Span = _span()


@record(frozen=True, slots=True)
class Pipeline:
    """`source | operator | operator`.

    `source` is an expression or an operator that starts a pipeline (`print`, `range`, `union`, `search`, `find`).
    """

    source: Expr | SourceOperator
    operators: tuple[Operator, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class ContextualDataTable:
    """The rows that the context gives: the empty source of a pipeline inside `mv-apply … on (…)`,
    `partition by … (…)`, `fork (…)`, `facet … with (…)`.

    A query that starts with an operator which needs rows has it too.
    """

    span: Span = _span()


@record(frozen=True, slots=True)
class Foreign:
    """An expression that rulec reads but never compiles; `what` says which, in KQL's words (`datascope`, `entity_group`, …)."""

    what: str
    span: Span = _span()


Expr: TypeAlias = (
    Name
    | Literal
    | Star
    | Member
    | Element
    | Call
    | Unary
    | Binary
    | Between
    | ListTest
    | DataTable
    | ExternalData
    | Pipeline
    | ContextualDataTable
    | Foreign
)

# --- operators -----------------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Where:
    """`where predicate` (also `filter`)."""

    predicate: Expr
    span: Span = _span()


@record(frozen=True, slots=True)
class Extend:
    columns: tuple[Named, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Project:
    columns: tuple[Named, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class ProjectAway:
    """`project-away` (names may be patterns)."""

    names: tuple[Name, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class ProjectKeep:
    names: tuple[Name, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class ProjectRename:
    columns: tuple[Named, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class ReorderColumn:
    """One term of `project-reorder`; `order` is '' , 'asc', 'desc', 'granny-asc' or 'granny-desc'."""

    name: Name
    order: str
    span: Span = _span()


@record(frozen=True, slots=True)
class ProjectReorder:
    columns: tuple[ReorderColumn, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class ProjectByNames:
    """`project-by-names expr, …`: names given by constant expressions."""

    names: tuple[Expr, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Summarize:
    aggregates: tuple[Named, ...]
    keys: tuple[Named, ...]
    properties: tuple[Property, ...]
    span: Span = _span()
    #: `summarize … by` was written; `summarize count() by` with no key is an error.


@record(frozen=True, slots=True)
class Distinct:
    """`distinct a, b` or `distinct *` (a `Star` value)."""

    columns: tuple[Named, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Count:
    """`count [as name]`."""

    span: Span = _span()
    as_name: Name | None = None


@record(frozen=True, slots=True)
class Ordering:
    """One sort key; `descending` and `nulls_first` are None when not written."""

    value: Named
    descending: bool | None
    nulls_first: bool | None
    span: Span = _span()


@record(frozen=True, slots=True)
class Sort:
    """`sort by` / `order by`."""

    keys: tuple[Ordering, ...]
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Top:
    count: Expr
    keys: tuple[Ordering, ...]
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Take:
    """`take n` / `limit n`."""

    count: Expr
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Sample:
    count: Expr
    span: Span = _span()


@record(frozen=True, slots=True)
class SampleDistinct:
    count: Expr
    column: Expr
    span: Span = _span()


@record(frozen=True, slots=True)
class TopHitters:
    count: Expr
    of: Expr
    by: Expr | None
    span: Span = _span()


@record(frozen=True, slots=True)
class TopNestedClause:
    """`top-nested [count] of of [with others = others] by by [asc|desc]`; `of` and `by` may be named."""

    count: Expr | None
    of: Named
    others: Expr | None
    by: Named
    descending: bool
    span: Span = _span()


@record(frozen=True, slots=True)
class TopNested:
    clauses: tuple[TopNestedClause, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Join:
    """`join [kind=…] right on conditions`. A condition is a bare `Name` (same name on both sides) or `$left.a == $right.b`
    (a `Binary` over `Member(Name("$left"), …)`). Properties hold `kind` and hints, `withsource` is no property of join."""

    right: Expr
    conditions: tuple[Expr, ...]
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Lookup:
    right: Expr
    conditions: tuple[Expr, ...]
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Union:
    """`union [kind=…] [withsource=…] [isfuzzy=…] tables`; a table may be a pattern `Name`. Used as a source and as an operator."""

    tables: tuple[Expr, ...]
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class MvExpandColumn:
    """`[name =] value [to typeof(type)]`."""

    value: Named
    type: ScalarType | None
    span: Span = _span()


@record(frozen=True, slots=True)
class MvExpand:
    """`mv-expand` and the old `mvexpand` (`legacy`, whose default limit is 128). Properties: `kind`, `bagexpansion`, `with_itemindex`."""

    columns: tuple[MvExpandColumn, ...]
    limit: Expr | None
    properties: tuple[Property, ...]
    legacy: bool
    span: Span = _span()


@record(frozen=True, slots=True)
class MvApply:
    columns: tuple[MvExpandColumn, ...]
    limit: Expr | None
    properties: tuple[Property, ...]
    body: Pipeline
    span: Span = _span()


@record(frozen=True, slots=True)
class ParsePattern:
    """The pieces of a `parse` pattern in order: `Star`, a string `Literal`, or a `ColumnDeclaration` (its type, if left out, is STRING)."""

    pieces: tuple[Star | Literal | ColumnDeclaration, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Parse:
    """`parse` and `parse-where` (`where`). `kind` is `simple`, `regex` or `relaxed`; `flags` are the regex flags as written."""

    value: Expr
    pattern: ParsePattern
    kind: str
    flags: str
    where: bool
    span: Span = _span()


@record(frozen=True, slots=True)
class ParseKv:
    value: Expr
    keys: tuple[ColumnDeclaration, ...]
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class SeriesAggregate:
    """`[name =] aggregate [default = value]` of make-series."""

    value: Named
    default: Expr | None
    span: Span = _span()


@record(frozen=True, slots=True)
class MakeSeries:
    """`make-series … on axis from a to b step s by …`; also the old `in range(a, b, s)` form (`inclusive_range`, end included)."""

    aggregates: tuple[SeriesAggregate, ...]
    axis: Named
    start: Expr | None
    stop: Expr | None
    step: Expr
    keys: tuple[Named, ...]
    properties: tuple[Property, ...]
    inclusive_range: bool
    span: Span = _span()


@record(frozen=True, slots=True)
class Partition:
    """`partition [hints] by column (subquery)`; `body` starts from the context or, in the old form `{…}`, from a table of its own."""

    column: Expr
    body: Pipeline
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Serialize:
    columns: tuple[Named, ...]
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class ScanStep:
    """`step name [optional] [output=all|last|none]: condition [=> assignments]`."""

    name: Name
    optional: bool
    output: str
    condition: Expr
    assignments: tuple[Named, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class ScanDeclaration:
    name: Name
    type: ScalarType
    default: Expr | None
    span: Span = _span()


@record(frozen=True, slots=True)
class Scan:
    """`scan [with_match_id=id] [order by …] [partition by …] declare (…) with (steps)`."""

    declarations: tuple[ScanDeclaration, ...]
    steps: tuple[ScanStep, ...]
    order: tuple[Ordering, ...]
    partition: tuple[Expr, ...]
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Evaluate:
    """`evaluate [hints] plugin(arguments) [: (schema)]`; `schema` is None when not written; `schema_star` for `(*, a: long)`."""

    plugin: Call
    schema: tuple[ColumnDeclaration, ...] | None
    schema_star: bool
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Invoke:
    function: Call
    span: Span = _span()


@record(frozen=True, slots=True)
class As:
    name: Name
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class GetSchema:
    """`getschema [kind=csl]`."""

    span: Span = _span()
    properties: tuple[Property, ...] = ()


@record(frozen=True, slots=True)
class Render:
    chart: str
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Consume:
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Reduce:
    value: Expr
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class ForkLeg:
    name: Name | None
    body: Pipeline
    span: Span = _span()


@record(frozen=True, slots=True)
class Fork:
    legs: tuple[ForkLeg, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Facet:
    names: tuple[Name, ...]
    body: Pipeline | None
    span: Span = _span()


@record(frozen=True, slots=True)
class GraphNodes:
    """`table on key`: a table of node properties."""

    table: Expr
    key: Name
    span: Span = _span()


@record(frozen=True, slots=True)
class MakeGraph:
    """`make-graph source --> target [with nodes on key, …|with_node_id=name] [partitioned-by column (body)]`."""

    source: Name
    target: Name
    directed: bool
    node_id: Name | None
    tables: tuple[GraphNodes, ...]
    partition: Expr | None
    body: Pipeline | None
    span: Span = _span()


@record(frozen=True, slots=True)
class PatternNode:
    """`(name)` or `()`."""

    name: Name | None
    span: Span = _span()


@record(frozen=True, slots=True)
class PatternEdge:
    """`-[name]->`, `-->` and the like: `direction` is right, left or any. `least` and `most` are those of `*least..most`."""

    name: Name | None
    direction: str
    least: Expr | None
    most: Expr | None
    span: Span = _span()


@record(frozen=True, slots=True)
class GraphMatch:
    """`graph-match` and `graph-shortest-paths` (`shortest`): sequences of nodes and edges, a condition, the columns."""

    shortest: bool
    properties: tuple[Property, ...]
    sequences: tuple[Sequence, ...]
    predicate: Expr | None
    columns: tuple[Named, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Sequence:
    """Nodes and edges as they were written, without a comma between them."""

    parts: tuple[PatternNode | PatternEdge, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class GraphTable:
    """One output of `graph-to-table`: `kind` is nodes or edges; `name` the one after `as`."""

    kind: str
    name: Name | None
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class GraphToTable:
    outputs: tuple[GraphTable, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class MarkComponents:
    """`graph-mark-components [kind=weak|strong] [with_component_id=name]`."""

    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class GraphWhere:
    """`graph-where-nodes` and `graph-where-edges`, which no page documents: parsed for their text, refused later."""

    operator: str
    span: Span = _span()


@record(frozen=True, slots=True)
class Unknown:
    """Other documented operators that rulec reads but never compiles (`macro-expand`, `assert-schema`, `execute-and-cache`, …)."""

    operator: str
    span: Span = _span()


@record(frozen=True, slots=True)
class Print:
    columns: tuple[Named, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Range:
    """`range name from start to stop step step`."""

    name: Name
    start: Expr
    stop: Expr
    step: Expr
    span: Span = _span()


@record(frozen=True, slots=True)
class Search:
    """`search [kind=…] [in (tables)] predicate`; as an operator `tables` is empty. Bare strings in the predicate are term searches."""

    tables: tuple[Expr, ...]
    predicate: Expr
    properties: tuple[Property, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Find:
    """`find [withsource=…] [in (tables)] where predicate [project …|project-smart|project-away …]`."""

    tables: tuple[Expr, ...]
    predicate: Expr
    projection: str
    columns: tuple[Named | ColumnDeclaration, ...]
    properties: tuple[Property, ...]
    span: Span = _span()


GraphOperator: TypeAlias = MakeGraph | GraphMatch | GraphToTable | MarkComponents | GraphWhere

SourceOperator: TypeAlias = Print | Range | Union | Search | Find

Operator: TypeAlias = (
    Where
    | Extend
    | Project
    | ProjectAway
    | ProjectKeep
    | ProjectRename
    | ProjectReorder
    | ProjectByNames
    | Summarize
    | Distinct
    | Count
    | Sort
    | Top
    | Take
    | Sample
    | SampleDistinct
    | TopHitters
    | TopNested
    | Join
    | Lookup
    | Union
    | Search
    | MvExpand
    | MvApply
    | Parse
    | ParseKv
    | MakeSeries
    | Partition
    | Serialize
    | Scan
    | Evaluate
    | Invoke
    | As
    | GetSchema
    | Render
    | Consume
    | Reduce
    | Fork
    | Facet
    | GraphOperator
    | Unknown
)

# --- statements ----------------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Parameter:
    """A function parameter: scalar (`type`), or tabular (`columns`; `any_columns` for `(*)`), with an optional default."""

    name: Name
    type: ScalarType | None
    columns: tuple[ColumnDeclaration, ...]
    any_columns: bool
    default: Expr | None
    span: Span = _span()

    @property
    def is_tabular(self) -> bool:
        return self.type is None


@record(frozen=True, slots=True)
class Function:
    """`(parameters) { body }`, and `view () { … }`, which wildcards of table names mean too."""

    parameters: tuple[Parameter, ...]
    body: Program
    span: Span = _span()
    view: bool = False


@record(frozen=True, slots=True)
class Let:
    name: Name
    value: Expr | Function
    span: Span = _span()


@record(frozen=True, slots=True)
class SetOption:
    """`set name [= value]`."""

    name: str
    value: Expr | None
    span: Span = _span()


@record(frozen=True, slots=True)
class QueryParameters:
    """`declare query_parameters(…)`."""

    parameters: tuple[Parameter, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class PatternCase:
    """`(values).[path] = { body }` of a pattern; `path` is a literal, or None where there is none."""

    values: tuple[Expr, ...]
    path: Expr | None
    body: Program
    span: Span = _span()


@record(frozen=True, slots=True)
class DeclarePattern:
    """`declare pattern name = (parameters)[path] { cases }`, or only its name."""

    name: Name
    cases: tuple[PatternCase, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Restrict:
    """`restrict access to (…)`."""

    targets: tuple[Expr, ...]
    span: Span = _span()


@record(frozen=True, slots=True)
class Alias:
    """`alias database name = …`."""

    name: Name
    value: Expr
    span: Span = _span()


@record(frozen=True, slots=True)
class ExpressionStatement:
    """The query itself; a function's body may be a scalar expression."""

    value: Expr
    span: Span = _span()


Statement: TypeAlias = Let | SetOption | QueryParameters | DeclarePattern | Restrict | Alias | ExpressionStatement


@record(frozen=True, slots=True)
class Program:
    """A whole KQL text. A query has exactly one `ExpressionStatement`, the last that is one is the result."""

    statements: tuple[Statement, ...]
    span: Span = _span()
