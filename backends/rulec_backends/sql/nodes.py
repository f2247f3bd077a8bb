"""SQL as a tree of small immutable nodes: a part may stand in any number of trees.

`PARTS` of a class names the fields that hold nodes, or tuples of them, in the order of the text; `walk` and `changed` go by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias, TypeVar
from typing import Literal as OneOf

from rulec.records import record, replace

if TYPE_CHECKING:
    from rulec_backends.sql.summary import Summary

#: What stands between two operands. `//` is the integers' division in every engine's own word.
Op: TypeAlias = OneOf[
    "OR",
    "AND",
    "=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "IS NOT DISTINCT FROM",
    "IS DISTINCT FROM",
    "||",
    "&",
    "|",
    ">>",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
]


@record(frozen=True, slots=True)
class Facts:
    """What a lowering knows of a tree's value, for those that read the value: shorter ways to parts of it.

    Trees: `text` is the JSON text that was parsed, `string` the text that a dynamic string was made of, `items` and `strings` the list
    that an array was made of, `pairs` a bag's values by key, `scalar` a dynamic scalar's text, `blank` the text of a branch with '' for
    the other, `ticks` a time in ticks, `of_ticks` the ticks that a time was made of. `stored` is a struct of the store with its type,
    `stored_column` a table and its column."""

    text: Node | None = None
    string: Node | None = None
    items: Node | None = None
    strings: Node | None = None
    pairs: Mapping[str, Node] | None = None
    scalar: Node | None = None
    blank: Node | None = None
    ticks: int | None = None
    of_ticks: Node | None = None
    stored: object = None
    stored_column: tuple[str, str] | None = None
    #: Text that is JSON.
    json: bool = False
    #: An array of texts, and one that becomes such when it is expanded.
    texts: bool = False
    of_texts: bool = False
    #: A list whose texts are '' where the branch is not taken.
    blank_text: bool = False
    #: A step into a dynamic value, and the text of one.
    path: bool = False
    text_of: bool = False
    #: A parameter of the run.
    run_time: bool = False

    @property
    def made_list(self) -> Node | None:
        """The list that an array was made of."""
        return self.strings if self.strings is not None else self.items


NOTHING: Final = Facts()


class _Summed:
    """A place for what `summary` finds of a node."""

    __slots__ = ("seen",)
    seen: Summary


@record(frozen=True, slots=True)
class Node(_Summed):
    """Part of a query. Facts do not count in comparisons."""

    PARTS: ClassVar[tuple[str, ...]] = ()
    facts: Facts = field(default=NOTHING, kw_only=True, compare=False, repr=False)


N = TypeVar("N", bound=Node)

# --- names and constants ----------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Identifier(Node):
    """A name."""

    name: str
    quoted: bool = False


@record(frozen=True, slots=True)
class Column(Node):
    """A column, of a named table or of the only one."""

    name: str
    quoted: bool = False
    table: str | None = None


@record(frozen=True, slots=True)
class Literal(Node):
    """A constant as it is written, without quotes."""

    value: str


@record(frozen=True, slots=True)
class Text(Literal):
    """`'text'`"""


@record(frozen=True, slots=True)
class Number(Literal):
    """A numeral without a sign."""


@record(frozen=True, slots=True)
class Null(Node):
    """`NULL`"""


@record(frozen=True, slots=True)
class Boolean(Node):
    """`TRUE`, `FALSE`"""

    value: bool


@record(frozen=True, slots=True)
class Star(Node):
    """`*`, of count."""


@record(frozen=True, slots=True)
class Var(Node):
    """A parameter of a lambda."""

    name: str


@record(frozen=True, slots=True)
class Placeholder(Node):
    """A parameter of the run."""

    name: str


@record(frozen=True, slots=True)
class Interval(Node):
    """`INTERVAL '3' DAY`"""

    amount: str
    unit: str


# --- types ------------------------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class DataType:
    """A type: a name with numbers such as DECIMAL's, or `ARRAY`, `MAP`, `STRUCT` with their parts; a struct has labels."""

    name: str
    numbers: tuple[str, ...] = ()
    parts: tuple[DataType, ...] = ()
    labels: tuple[Identifier, ...] = ()


# --- expressions ------------------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Unary(Node):
    """What stands around one operand."""

    PARTS: ClassVar = ("operand",)
    operand: Node


@record(frozen=True, slots=True)
class Paren(Unary):
    """`(x)`"""


@record(frozen=True, slots=True)
class Neg(Unary):
    """`-x`"""


@record(frozen=True, slots=True)
class Not(Unary):
    """`NOT x`"""


@record(frozen=True, slots=True)
class Try(Unary):
    """`TRY(x)`: null for an error."""


@record(frozen=True, slots=True)
class IsNull(Unary):
    """`x IS NULL`, `x IS NOT NULL`"""

    negated: bool = False


@record(frozen=True, slots=True)
class Cast(Unary):
    """`CAST(x AS type)`"""

    to: DataType


@record(frozen=True, slots=True)
class TryCast(Cast):
    """`TRY_CAST(x AS type)`"""


@record(frozen=True, slots=True)
class Typed(Cast):
    """`type 'text'`"""


@record(frozen=True, slots=True)
class Dot(Unary):
    """`x.member` of a struct."""

    member: Identifier


@record(frozen=True, slots=True)
class Index(Unary):
    """A member of a record or a group of a match, from 0."""

    place: int


@record(frozen=True, slots=True)
class Binary(Node):
    """`left op right`"""

    PARTS: ClassVar = ("left", "right")
    op: Op
    left: Node
    right: Node


@record(frozen=True, slots=True)
class Between(Node):
    """`x BETWEEN low AND high`"""

    PARTS: ClassVar = ("operand", "low", "high")
    operand: Node
    low: Node
    high: Node


@record(frozen=True, slots=True)
class In(Node):
    """`x IN (items)`"""

    PARTS: ClassVar = ("operand", "items")
    operand: Node
    items: tuple[Node, ...]


@record(frozen=True, slots=True)
class InRows(Node):
    """`x IN (SELECT …)`"""

    PARTS: ClassVar = ("operand", "query")
    operand: Node
    query: Select


@record(frozen=True, slots=True)
class Call(Node):
    """`function(arguments)`; the writer knows which functions there are."""

    PARTS: ClassVar = ("arguments",)
    function: str
    arguments: tuple[Node, ...]


@record(frozen=True, slots=True)
class Setting(Node):
    """`name := value` among a call's arguments."""

    PARTS: ClassVar = ("value",)
    name: str
    value: Node


@record(frozen=True, slots=True)
class When(Node):
    """`WHEN condition THEN value`"""

    PARTS: ClassVar = ("condition", "value")
    condition: Node
    value: Node


@record(frozen=True, slots=True)
class Case(Node):
    """`CASE … END`, of a subject or of conditions."""

    PARTS: ClassVar = ("subject", "branches", "default")
    branches: tuple[When, ...]
    subject: Node | None = None
    default: Node | None = None


@record(frozen=True, slots=True)
class Array(Node):
    """A list of items."""

    PARTS: ClassVar = ("items",)
    items: tuple[Node, ...]


@record(frozen=True, slots=True)
class Tuple(Node):
    """`(a, b)`, a row of values."""

    PARTS: ClassVar = ("items",)
    items: tuple[Node, ...]


@record(frozen=True, slots=True)
class Lambda(Node):
    """A function of a list function."""

    PARTS: ClassVar = ("body",)
    parameters: tuple[str, ...]
    body: Node


# --- aggregates and windows -------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Distinct(Unary):
    """`DISTINCT x`, of an aggregate."""


@record(frozen=True, slots=True)
class Filter(Node):
    """`aggregate FILTER(WHERE condition)`"""

    PARTS: ClassVar = ("aggregate", "condition")
    aggregate: Node
    condition: Node


@record(frozen=True, slots=True)
class Ordered(Node):
    """A key of ORDER BY; nulls come last unless it says first."""

    PARTS: ClassVar = ("key",)
    key: Node
    descending: bool
    nulls_first: bool


@record(frozen=True, slots=True)
class Arranged(Node):
    """`x ORDER BY keys`, an aggregate's argument."""

    PARTS: ClassVar = ("value", "keys")
    value: Node
    keys: tuple[Ordered, ...]


@record(frozen=True, slots=True)
class Window(Node):
    """`function OVER (…)`; `rows` are the frame's ends."""

    PARTS: ClassVar = ("function", "partition", "order")
    function: Node
    partition: tuple[Node, ...] = ()
    order: tuple[Ordered, ...] = ()
    rows: tuple[str, str] | None = None


# --- relations --------------------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Table(Node):
    """A table of a database."""

    name: Identifier
    database: Identifier | None = None
    alias: str | None = None


@record(frozen=True, slots=True)
class Unnest(Node):
    """`UNNEST(lists) AS alias(columns)`, with the item's number as the last column."""

    PARTS: ClassVar = ("lists",)
    lists: tuple[Node, ...]
    alias: str
    columns: tuple[Identifier, ...]
    numbered: bool = False


@record(frozen=True, slots=True)
class Values(Node):
    """`(VALUES rows) AS alias(columns)`"""

    PARTS: ClassVar = ("rows",)
    rows: tuple[Tuple, ...]
    alias: str
    columns: tuple[Identifier, ...]


@record(frozen=True, slots=True)
class Join(Node):
    """`side JOIN source ON condition`; the side `CROSS` has no condition."""

    PARTS: ClassVar = ("source", "condition")
    source: Node
    condition: Node | None = None
    side: str = ""


@record(frozen=True, slots=True)
class Select(Node):
    """A query inside an expression."""

    PARTS: ClassVar = ("items", "source", "where", "order")
    items: tuple[Node, ...]
    source: Node | None
    where: Node | None = None
    order: tuple[Ordered, ...] = ()
    limit: int | None = None


@record(frozen=True, slots=True)
class Subquery(Node):
    """`(SELECT …)`"""

    PARTS: ClassVar = ("query",)
    query: Select


@record(frozen=True, slots=True)
class Exists(Node):
    """`EXISTS(SELECT …)`"""

    PARTS: ClassVar = ("query",)
    query: Select


# --- all parts, and other parts ---------------------------------------------------------------------------------------


def parts(node: Node) -> list[Node]:
    """The nodes right below."""
    found: list[Node] = []
    for name in node.PARTS:
        value = getattr(node, name)
        if type(value) is tuple:
            found += value
        elif value is not None:
            found.append(value)
    return found


def walk(tree: Node, closed_selects: bool = False) -> Iterator[Node]:
    """The tree and all its parts, the last part first; with `closed_selects` without the inside of subqueries."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        if not (closed_selects and type(node) is Select):
            stack += parts(node)


def has(tree: Node, *kinds: type[Node]) -> bool:
    """Whether the tree or a part of it is of the kinds."""
    return any(type(node) in kinds for node in walk(tree))


def changed(tree: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with `change` of each node in its place, from the top; what it changed is not entered."""
    new = change(tree)
    if new is not tree:
        return new
    found: dict[str, Any] = {}
    for name in type(tree).PARTS:
        value: Node | tuple[Node, ...] | None = getattr(tree, name)
        if type(value) is tuple:
            parts = tuple([changed(part, change) for part in value])
            if any(a is not b for a, b in zip(parts, value, strict=True)):
                found[name] = parts
        elif isinstance(value, Node):
            part = changed(value, change)
            if part is not value:
                found[name] = part
    return replace(tree, **found) if found else tree


def known(tree: N, facts: Facts) -> N:
    """The tree with facts added."""
    old = tree.facts
    if old is not NOTHING:
        added = {name: value for name in Facts.__slots__ if (value := getattr(facts, name)) is not getattr(NOTHING, name)}
        facts = replace(old, **added)
    return replace(tree, facts=facts)
