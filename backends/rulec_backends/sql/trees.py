"""Constructors of SQL trees: one short word a form, parentheses by precedence, no parsing.

Function calls print the name as it is: a target's own spelling is never transpiled behind our back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final, TypeAlias, TypeGuard

from rulec_backends.sql import nodes
from rulec_backends.sql.nodes import Binary, Boolean, Case, DataType, Identifier, Op

Tree: TypeAlias = nodes.Node

_COMPARISONS: Final[tuple[Op, ...]] = ("=", "<>", "<", "<=", ">", ">=", "IS NOT DISTINCT FROM", "IS DISTINCT FROM")
#: How tightly an operator binds.
LEVELS: Final[Mapping[Op, int]] = MappingProxyType(
    {
        "OR": 1,
        "AND": 2,
        **dict.fromkeys(_COMPARISONS, 4),
        **dict.fromkeys(("||", "&", "|", ">>"), 5),
        **dict.fromkeys(("+", "-"), 6),
        **dict.fromkeys(("*", "/", "//", "%"), 7),
    }
)
#: The same of other forms; what is not listed is closed.
_FORMS: Final[Mapping[type[Tree], int]] = MappingProxyType(
    {nodes.Not: 3, nodes.IsNull: 4, nodes.In: 4, nodes.InRows: 4, nodes.Between: 4, nodes.Neg: 8}
)
_CLOSED: Final = 10
_NULL: Final = nodes.Null()
_TRUE: Final = Boolean(True)
_FALSE: Final = Boolean(False)
STAR: Final = nodes.Star()


def name(text: str, quoted: bool = False) -> Identifier:
    return Identifier(text, quoted)


def col(text: str, quoted: bool = False) -> Tree:
    """An unqualified column."""
    return nodes.Column(text, quoted)


def text(value: str) -> Tree:
    return nodes.Text(value)


def lowered(value: str) -> str:
    """lower() of a constant as the engines do it: one code point to one."""
    return "".join(low if len(low := c.lower()) == 1 else ("i" if c == "İ" else c) for c in value)


def num(value: int) -> Tree:
    """An integer."""
    return nodes.Neg(nodes.Number(str(-value))) if value < 0 else nodes.Number(str(value))


def null() -> Tree:
    return _NULL


def true() -> Tree:
    return _TRUE


def false() -> Tree:
    return _FALSE


def truth(value: bool) -> Tree:
    return _TRUE if value else _FALSE


def call(function: str, *arguments: Tree) -> Tree:
    return nodes.Call(function, arguments)


def array(items: Iterable[Tree]) -> Tree:
    """A list of the items, as it is written."""
    return nodes.Array(tuple(items))


def _operand(tree: Tree, at_least: int) -> Tree:
    level = LEVELS[tree.op] if isinstance(tree, Binary) else _FORMS.get(type(tree), _CLOSED)
    return nodes.Paren(tree) if level < at_least else tree


def binary(op: Op, left: Tree, right: Tree) -> Tree:
    """A left-associative infix form; comparisons do not chain, so both of their sides bind tighter."""
    level = LEVELS[op]
    same_op = level == 5 and isinstance(left, Binary) and left.op == op
    first = _operand(left, level + 1 if level in (4, 5) and not same_op else level)
    return Binary(op, first, _operand(right, level + 1))


def eq(left: Tree, right: Tree) -> Tree:
    return binary("=", left, right)


def ne(left: Tree, right: Tree) -> Tree:
    return binary("<>", left, right)


def lt(left: Tree, right: Tree) -> Tree:
    return binary("<", left, right)


def le(left: Tree, right: Tree) -> Tree:
    return binary("<=", left, right)


def gt(left: Tree, right: Tree) -> Tree:
    return binary(">", left, right)


def ge(left: Tree, right: Tree) -> Tree:
    return binary(">=", left, right)


def integer(tree: Tree) -> int | None:
    """The value of an integer literal."""
    if isinstance(tree, nodes.Neg):
        inner = integer(tree.operand)
        return None if inner is None else -inner
    if isinstance(tree, nodes.Number) and tree.value.isdigit():
        return int(tree.value)
    return None


def _folded(kind: str, left: Tree, right: Tree) -> Tree | None:
    """Literal operands are computed here: the engines would do it in 32 bits, and fail."""
    a, b = integer(left), integer(right)
    if a is None or b is None:
        return None
    result = {"+": a + b, "-": a - b, "*": a * b}[kind]
    return num(result) if abs(result) < 2**63 else None


def add(left: Tree, right: Tree) -> Tree:
    folded = _folded("+", left, right)
    if folded is not None:
        return folded
    if isinstance(right, nodes.Neg):
        return binary("-", left, right.operand)
    return binary("+", left, right)


def sub(left: Tree, right: Tree) -> Tree:
    folded = _folded("-", left, right)
    if folded is not None:
        return folded
    if isinstance(right, nodes.Neg):
        return binary("+", left, right.operand)
    return binary("-", left, right)


def mul(left: Tree, right: Tree) -> Tree:
    folded = _folded("*", left, right)
    return folded if folded is not None else binary("*", left, right)


def neg(tree: Tree) -> Tree:
    return nodes.Neg(_operand(tree, 9))


def same(left: Tree, right: Tree) -> Tree:
    """IS NOT DISTINCT FROM."""
    return binary("IS NOT DISTINCT FROM", left, right)


def distinct(left: Tree, right: Tree) -> Tree:
    """IS DISTINCT FROM."""
    return binary("IS DISTINCT FROM", left, right)


def is_null(tree: Tree) -> Tree:
    return nodes.IsNull(_operand(tree, 5))


def is_not_null(tree: Tree) -> Tree:
    return nodes.IsNull(_operand(tree, 5), negated=True)


def not_(tree: Tree) -> Tree:
    if isinstance(tree, Boolean):
        return truth(not tree.value)
    if isinstance(tree, Binary) and tree.op == "=":
        return Binary("<>", tree.left, tree.right)
    return nodes.Not(_operand(tree, 4))


def _chain(op: Op, trees: Iterable[Tree], empty: bool) -> Tree:
    parts = list(trees)
    if not parts:
        return truth(empty)
    result, level = parts[0], LEVELS[op]
    for part in parts[1:]:
        same_op = isinstance(part, Binary) and part.op == op
        result = Binary(op, _operand(result, level), _operand(part, level + (not same_op)))
    return result


def and_(*trees: Tree) -> Tree:
    return _chain("AND", [t for t in trees if not is_true(t)], True)


def or_(*trees: Tree) -> Tree:
    return _chain("OR", [t for t in trees if not (isinstance(t, Boolean) and not t.value)], False)


def between(tree: Tree, low: Tree, high: Tree) -> Tree:
    return nodes.Between(_operand(tree, 5), _operand(low, 5), _operand(high, 5))


def among(tree: Tree, items: Sequence[Tree]) -> Tree:
    """`tree IN (items)`."""
    return nodes.In(_operand(tree, 5), tuple(items))


def among_rows(tree: Tree, query: nodes.Select) -> Tree:
    """`tree IN (SELECT …)`."""
    return nodes.InRows(_operand(tree, 5), query)


def concat(*trees: Tree) -> Tree:
    """`a || b`; a null part makes the whole null."""
    return _chain("||", trees, True) if trees else text("")


def coalesce(*trees: Tree) -> Tree:
    return call("coalesce", *trees)


def nullif(tree: Tree, other: Tree) -> Tree:
    return call("nullif", tree, other)


def case(branches: Iterable[tuple[Tree, Tree]], default: Tree | None = None, subject: Tree | None = None) -> Tree:
    """CASE; without a default, null."""
    return Case(tuple([nodes.When(condition, value) for condition, value in branches]), subject, default)


def when(condition: Tree, value: Tree, default: Tree | None = None) -> Tree:
    return case([(condition, value)], default)


def only_branch(tree: Tree) -> tuple[Tree, Tree] | None:
    """The condition and value of a CASE with one branch and no ELSE."""
    if isinstance(tree, Case) and tree.subject is None and len(tree.branches) == 1 and tree.default is None:
        return tree.branches[0].condition, tree.branches[0].value
    return None


def made_list(tree: Tree) -> Tree | None:
    """The tree that made a dynamic array of a list: itself, or the only branch."""
    branch = only_branch(tree)
    made = branch[1] if branch is not None else tree
    return made if made.facts.made_list is not None else None


def of_branch(base: Tree, condition: Tree, value: Tree, text: Tree | None) -> Tree:
    """What is read of a value of one branch. Where the base says that its texts are '' without the branch, its text is kept in `blank`."""
    made = when(condition, value)
    return nodes.known(made, nodes.Facts(blank=text)) if base.facts.blank_text and text is not None else made


def lam(parameters: Sequence[str], body: Tree) -> Tree:
    return nodes.Lambda(tuple(parameters), body)


def filtered(aggregate: Tree, condition: Tree) -> Tree:
    return nodes.Filter(aggregate, condition)


def ordered(tree: Tree, descending: bool, nulls_first: bool) -> nodes.Ordered:
    return nodes.Ordered(tree, descending, nulls_first)


def is_bare(tree: Tree) -> bool:
    """Whether a tree is a constant without a cast: ORDER BY does not take it as a value."""
    return isinstance(tree.operand if isinstance(tree, nodes.Neg) else tree, (nodes.Literal, Boolean, nodes.Null))


def with_order(tree: Tree, keys: Sequence[nodes.Ordered]) -> Tree:
    """`tree ORDER BY keys`, for an aggregate's argument. Constants order nothing, and DuckDB does not take them."""
    varying = tuple([key for key in keys if not is_bare(key.key)])
    return nodes.Arranged(tree, varying) if varying else tree


def window(function: Tree, partition: Sequence[Tree], order: Sequence[nodes.Ordered], rows: tuple[str, str] | None = None) -> Tree:
    """`function OVER (…)`; `rows` are the frame's ends such as `("UNBOUNDED PRECEDING", "CURRENT ROW")`."""
    return nodes.Window(function, tuple(partition), tuple(order), rows)


def table(label: Identifier, other: str | None = None) -> nodes.Table:
    return nodes.Table(label, alias=other)


def field(tree: Tree, member: Identifier) -> Tree:
    """`tree.member` of a struct."""
    return nodes.Dot(tree, member)


def is_text(tree: Tree) -> TypeGuard[nodes.Text]:
    return isinstance(tree, nodes.Text)


def is_true(tree: Tree) -> bool:
    """Whether the tree is the constant."""
    return isinstance(tree, Boolean) and tree.value


def is_call(tree: Tree, function: str) -> TypeGuard[nodes.Call]:
    """Whether the tree is a call of the function."""
    return isinstance(tree, nodes.Call) and tree.function == function


def is_coalesced(tree: Tree) -> TypeGuard[nodes.Call]:
    """Whether the tree is `coalesce(x, '')`."""
    return is_call(tree, "coalesce") and len(tree.arguments) == 2 and is_text(tree.arguments[1])


def stripped(tree: Tree) -> Tree:
    """`x` of `coalesce(x, '')`: enough where null and '' give the same truth."""
    return tree.arguments[0] if is_coalesced(tree) else tree


_SIMPLE: Final = (nodes.Column, nodes.Literal, nodes.Null, Boolean, nodes.Placeholder, Identifier)


def is_simple(tree: Tree) -> bool:
    """Whether the tree costs nothing to say twice: a column, a literal, a parameter or a signed number."""
    match tree:
        case nodes.Neg() | nodes.Paren():
            return is_simple(tree.operand)
        case nodes.Cast():
            return isinstance(tree.operand, nodes.Literal)
        case nodes.Dot():
            return isinstance(tree.operand, nodes.Var) or is_simple(tree.operand)
        case _:
            return isinstance(tree, _SIMPLE)


def is_cheap(tree: Tree) -> bool:
    """Whether the tree is simple, or one reading of a JSON value: said again rather than computed by a level of its own."""
    if isinstance(tree, nodes.TryCast):
        return is_simple(tree.operand)
    return is_simple(tree) or (is_call(tree, "json_extract_string") and all(is_simple(a) for a in tree.arguments))


@cache
def sql_type(word: str) -> DataType:
    """A data type from its name; `T[]` is a list of T, `MAP(K,V)` a map, `DECIMAL(p,s)` has its numbers."""
    if word.endswith("[]"):
        return list_type(sql_type(word[:-2]))
    base, _, rest = word.partition("(")
    parts = tuple([part.strip() for part in rest.rstrip(")").split(",")]) if rest else ()
    return DataType(base, parts=tuple([sql_type(p) for p in parts])) if base == "MAP" else DataType(base, parts)


def list_type(item: DataType) -> DataType:
    return DataType("ARRAY", parts=(item,))


def struct_type(members: Iterable[tuple[Identifier, DataType]]) -> DataType:
    """A record of named members."""
    labels, kinds = zip(*members, strict=True)
    return DataType("STRUCT", parts=kinds, labels=labels)


def cast(tree: Tree, word: str) -> Tree:
    return nodes.Cast(tree, sql_type(word))


def try_cast(tree: Tree, word: str) -> Tree:
    return nodes.TryCast(tree, sql_type(word))
