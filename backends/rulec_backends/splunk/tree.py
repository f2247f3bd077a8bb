"""The SPL that the backend writes: eval expressions, search expressions and commands as small frozen nodes. Nothing here is text yet."""

from __future__ import annotations

from typing import TypeAlias

from rulec.records import record


@record(frozen=True, slots=True)
class Field:
    """A field in an eval expression."""

    name: str


@record(frozen=True, slots=True)
class Text:
    """A string."""

    value: str


@record(frozen=True, slots=True)
class Number:
    """A number as written."""

    text: str


@record(frozen=True, slots=True)
class Fn:
    """A function call."""

    name: str
    arguments: tuple[Node, ...]


@record(frozen=True, slots=True)
class Op:
    """A binary operator: `OR AND = != < <= > >= + - . * / %`."""

    op: str
    left: Node
    right: Node


@record(frozen=True, slots=True)
class Not:
    operand: Node


#: An eval expression.
Node: TypeAlias = Field | Text | Number | Fn | Op | Not


@record(frozen=True, slots=True)
class Equals:
    """`field=value` of a search; several values are `IN`."""

    field: str
    values: tuple[str, ...]


@record(frozen=True, slots=True)
class Like:
    """`field=*word*` of a search: patterns of letters, digits and `*`; several are alternatives."""

    field: str
    patterns: tuple[str, ...]


@record(frozen=True, slots=True)
class Base:
    """A search text that configuration gives (`index=aws sourcetype=aws:cloudtrail`), used as it is."""

    text: str


@record(frozen=True, slots=True)
class AnyOf:
    parts: tuple[SearchNode, ...]


#: A search expression; a command's parts are all required.
SearchNode: TypeAlias = Equals | Like | Base | AnyOf


@record(frozen=True, slots=True)
class Search:
    parts: tuple[SearchNode, ...]


@record(frozen=True, slots=True)
class MakeResults:
    count: int = 1


@record(frozen=True, slots=True)
class MakeRows:
    """`makeresults format=json`: constant rows, all values are texts."""

    rows: tuple[tuple[tuple[str, str], ...], ...]


@record(frozen=True, slots=True)
class InputLookup:
    name: str


@record(frozen=True, slots=True)
class Eval:
    """Assignments, one after the other."""

    assignments: tuple[tuple[str, Node], ...]


@record(frozen=True, slots=True)
class Foreach:
    """`foreach mode=multivalue`: the assignments once for each value of a field."""

    field: str
    assignments: tuple[tuple[str, Node], ...]


@record(frozen=True, slots=True)
class FillNull:
    """`fillnull` with a value, of these fields."""

    value: str
    names: tuple[str, ...]


@record(frozen=True, slots=True)
class Where:
    predicate: Node


@record(frozen=True, slots=True)
class Fields:
    """`fields` that keeps these, or with `remove` drops them."""

    names: tuple[str, ...]
    remove: bool = False


@record(frozen=True, slots=True)
class Table:
    names: tuple[str, ...]


@record(frozen=True, slots=True)
class Rename:
    pairs: tuple[tuple[str, str], ...]


@record(frozen=True, slots=True)
class Aggregation:
    """`function(argument) AS name`; a plain `count` has no argument. A `Field` argument is printed bare, anything else inside `eval()`."""

    function: str
    argument: Node | None
    name: str


@record(frozen=True, slots=True)
class Stats:
    """`stats`, `eventstats` or `streamstats`; `options` are streamstats' (`current=f window=1`)."""

    command: str
    aggregations: tuple[Aggregation, ...]
    by: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    reset_before: Node | None = None
    reset_after: Node | None = None


@record(frozen=True, slots=True)
class SortKey:
    """A key of `sort`: `kind` num or str, so that types are not guessed."""

    name: str
    kind: str
    descending: bool


@record(frozen=True, slots=True)
class Sort:
    """`sort 0`: all rows."""

    keys: tuple[SortKey, ...]


@record(frozen=True, slots=True)
class Head:
    count: int


@record(frozen=True, slots=True)
class Dedup:
    names: tuple[str, ...]


@record(frozen=True, slots=True)
class Reverse:
    pass


@record(frozen=True, slots=True)
class AutoRegress:
    """The value `back` rows before."""

    field: str
    name: str
    back: int


@record(frozen=True, slots=True)
class MvExpand:
    field: str
    limit: int = 0


@record(frozen=True, slots=True)
class Rex:
    """`rex field=… max_match=… "pattern"`."""

    field: str
    pattern: str
    max_match: int = 1


@record(frozen=True, slots=True)
class AddInfo:
    pass


@record(frozen=True, slots=True)
class Join:
    """`join type=… max=… keys [ … ]`; `max` 0 keeps every match."""

    kind: str
    limit: int
    keys: tuple[str, ...]
    search: Pipeline


@record(frozen=True, slots=True)
class Append:
    search: Pipeline


@record(frozen=True, slots=True)
class AppendCols:
    search: Pipeline


@record(frozen=True, slots=True)
class MultiSearch:
    searches: tuple[Pipeline, ...]


@record(frozen=True, slots=True)
class Comment:
    """A line that says where the commands after it come from."""

    text: str


Command: TypeAlias = (
    Search
    | MakeResults
    | MakeRows
    | InputLookup
    | Eval
    | Foreach
    | FillNull
    | Where
    | Fields
    | Table
    | Rename
    | Stats
    | Sort
    | Head
    | Dedup
    | Reverse
    | AutoRegress
    | MvExpand
    | Rex
    | AddInfo
    | Join
    | Append
    | AppendCols
    | MultiSearch
    | Comment
)


@record(frozen=True, slots=True)
class Pipeline:
    """Commands in order; the first gives rows."""

    commands: tuple[Command, ...]


#: Commands that run row by row on the indexers: what `multisearch` accepts.
STREAMING = (Search, Eval, FillNull, Where, Fields, Rename, MvExpand, Rex, AddInfo, Comment)


def streaming(pipeline: Pipeline) -> bool:
    """Whether a search may be a leg of `multisearch`: it reads an index and only streams."""
    return isinstance(_first(pipeline), Search) and all(isinstance(c, STREAMING) and not isinstance(c, AddInfo) for c in pipeline.commands)


def _first(pipeline: Pipeline) -> Command | None:
    return next((c for c in pipeline.commands if not isinstance(c, Comment)), None)


# --- short forms for building expressions ---------------------------------------------------------------------------

NULL = Fn("null", ())
TRUE = Fn("true", ())


def fn(name: str, *arguments: Node) -> Fn:
    return Fn(name, arguments)


def number(value: int) -> Number:
    return Number(str(value))


def op(left: Node, operator: str, right: Node) -> Op:
    return Op(operator, left, right)


def all_of(*parts: Node) -> Node:
    """A conjunction; of nothing, true."""
    found = parts[0] if parts else TRUE
    for part in parts[1:]:
        found = Op("AND", found, part)
    return found


def any_of(*parts: Node) -> Node:
    """A disjunction; of nothing, false."""
    found = parts[0] if parts else Fn("false", ())
    for part in parts[1:]:
        found = Op("OR", found, part)
    return found


#: Parts of a concatenation that stand in one chain: a tree as deep as a wide table has columns ends Python's stack.
_CHAIN = 60


def joined(*parts: Node) -> Node:
    """A concatenation. An empty text only makes a text of what stands alone beside it."""
    full = tuple(p for p in parts if p != Text(""))
    parts = full if len(full) > 1 else parts
    if len(parts) > _CHAIN:
        return joined(*(joined(*parts[i : i + _CHAIN]) for i in range(0, len(parts), _CHAIN)))
    found = parts[0] if parts else Text("")
    for part in parts[1:]:
        found = Op(".", found, part)
    return found


def plus(*parts: Node) -> Node:
    found = parts[0]
    for part in parts[1:]:
        found = Op("+", found, part)
    return found


def is_atom(node: Node) -> bool:
    """Whether an expression may be written twice."""
    return isinstance(node, Field | Text | Number)
