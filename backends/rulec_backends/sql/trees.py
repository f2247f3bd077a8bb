"""Constructors of sqlglot trees: one short word a form, parentheses by precedence, no parsing.

Every function gives a new node; a node that is used twice must be copied (`again`). Function calls are
`exp.Anonymous`, which prints the name as it is: a target's own spelling is never transpiled behind our back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final, TypeAlias

from sqlglot import exp

Tree: TypeAlias = exp.Expression

#: How tightly a node binds; what is not listed is a closed form.
PRECEDENCE: Final[dict[type[exp.Expression], int]] = {
    exp.Or: 1,
    exp.And: 2,
    exp.Not: 3,
    exp.EQ: 4,
    exp.NEQ: 4,
    exp.LT: 4,
    exp.LTE: 4,
    exp.GT: 4,
    exp.GTE: 4,
    exp.Is: 4,
    exp.In: 4,
    exp.Between: 4,
    exp.Like: 4,
    exp.NullSafeEQ: 4,
    exp.NullSafeNEQ: 4,
    exp.DPipe: 5,
    exp.BitwiseAnd: 5,
    exp.BitwiseOr: 5,
    exp.BitwiseXor: 5,
    exp.BitwiseLeftShift: 5,
    exp.BitwiseRightShift: 5,
    exp.Add: 6,
    exp.Sub: 6,
    exp.Mul: 7,
    exp.Div: 7,
    exp.IntDiv: 7,
    exp.Mod: 7,
    exp.Neg: 8,
}
CLOSED: Final = 10


def again(tree: Tree) -> Tree:
    """The same tree once more."""
    if type(tree) is exp.Column and len(tree.args) == 1 and not tree._meta:
        identifier = tree.args["this"]
        return exp.Column(this=exp.Identifier(this=identifier.args["this"], quoted=identifier.args.get("quoted", False)))
    if type(tree) is exp.DataType:  # one node for all uses
        return tree
    new = type(tree)(**{key: _again(value) for key, value in tree.args.items()})
    if tree.meta:
        new.meta.update(tree.meta)
    return new


def _again(value: object) -> object:
    if type(value) is list:
        return [_again(item) for item in value]
    return again(value) if isinstance(value, exp.Expression) else value


#: What has no parts that anybody looks for.
_LEAVES: Final = frozenset({exp.Column, exp.Literal, exp.Identifier, exp.DataType, exp.Null, exp.Boolean})


def nodes(tree: Tree, closed_selects: bool = False) -> Iterator[Tree]:
    """The tree and all its parts but identifiers and the parts of types, in no particular order; with `closed_selects` without the
    inside of subqueries."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        kind = type(node)
        if kind in _LEAVES or (closed_selects and kind is exp.Select):
            continue
        for value in node.args.values():
            if type(value) is list:
                stack += [v for v in value if isinstance(v, exp.Expression)]
            elif isinstance(value, exp.Expression):
                stack.append(value)


def name(text: str, quoted: bool = False) -> exp.Identifier:
    return exp.Identifier(this=text, quoted=quoted)


def col(text: str, quoted: bool = False) -> Tree:
    """An unqualified column."""
    return exp.Column(this=exp.Identifier(this=text, quoted=quoted))


def text(value: str) -> Tree:
    return exp.Literal(this=value, is_string=True)


def lowered(value: str) -> str:
    """lower() of a constant as the engines do it: one code point to one."""
    return "".join(low if len(low := c.lower()) == 1 else ("i" if c == "İ" else c) for c in value)


def num(value: int) -> Tree:
    """An integer."""
    literal = exp.Literal(this=str(abs(value)), is_string=False)
    return exp.Neg(this=literal) if value < 0 else literal


def null() -> Tree:
    return exp.Null()


def true() -> Tree:
    return exp.Boolean(this=True)


def false() -> Tree:
    return exp.Boolean(this=False)


def truth(value: bool) -> Tree:
    return exp.Boolean(this=value)


def call(function: str, *arguments: Tree) -> Tree:
    return exp.Anonymous(this=function, expressions=list(arguments))


def _operand(tree: Tree, at_least: int) -> Tree:
    return exp.Paren(this=tree) if PRECEDENCE.get(type(tree), CLOSED) < at_least else tree


def binary(kind: type[exp.Expression], left: Tree, right: Tree) -> Tree:
    """A left-associative infix form; comparisons do not chain, so both of their sides bind tighter."""
    level = PRECEDENCE[kind]
    same_kind = type(left) is kind and level == 5
    first = _operand(left, level + 1 if level in (4, 5) and not same_kind else level)
    second = _operand(right, level + 1)
    if kind is exp.Div:
        # typed: division as the engine does it; sqlglot would otherwise put in a cast
        return exp.Div(this=first, expression=second, typed=True)
    return kind(this=first, expression=second)


def eq(left: Tree, right: Tree) -> Tree:
    return binary(exp.EQ, left, right)


def ne(left: Tree, right: Tree) -> Tree:
    return binary(exp.NEQ, left, right)


def lt(left: Tree, right: Tree) -> Tree:
    return binary(exp.LT, left, right)


def le(left: Tree, right: Tree) -> Tree:
    return binary(exp.LTE, left, right)


def gt(left: Tree, right: Tree) -> Tree:
    return binary(exp.GT, left, right)


def ge(left: Tree, right: Tree) -> Tree:
    return binary(exp.GTE, left, right)


def integer(tree: Tree) -> int | None:
    """The value of an integer literal."""
    if isinstance(tree, exp.Neg):
        inner = integer(tree.this)
        return None if inner is None else -inner
    if isinstance(tree, exp.Literal) and not tree.is_string and tree.this.isdigit():
        return int(tree.this)
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
    if isinstance(right, exp.Neg):
        return binary(exp.Sub, left, right.this)
    return binary(exp.Add, left, right)


def sub(left: Tree, right: Tree) -> Tree:
    folded = _folded("-", left, right)
    if folded is not None:
        return folded
    if isinstance(right, exp.Neg):
        return binary(exp.Add, left, right.this)
    return binary(exp.Sub, left, right)


def mul(left: Tree, right: Tree) -> Tree:
    folded = _folded("*", left, right)
    return folded if folded is not None else binary(exp.Mul, left, right)


def neg(tree: Tree) -> Tree:
    return exp.Neg(this=_operand(tree, 9))


def same(left: Tree, right: Tree) -> Tree:
    """IS NOT DISTINCT FROM."""
    return binary(exp.NullSafeEQ, left, right)


def distinct(left: Tree, right: Tree) -> Tree:
    """IS DISTINCT FROM."""
    return binary(exp.NullSafeNEQ, left, right)


def is_null(tree: Tree) -> Tree:
    return exp.Is(this=_operand(tree, 5), expression=exp.Null())


def is_not_null(tree: Tree) -> Tree:
    return exp.Is(this=_operand(tree, 5), expression=exp.Not(this=exp.Null()))


def not_(tree: Tree) -> Tree:
    if isinstance(tree, exp.Boolean):
        return exp.Boolean(this=not tree.this)
    if isinstance(tree, exp.EQ):
        return exp.NEQ(this=tree.this, expression=tree.expression)
    return exp.Not(this=_operand(tree, 4))


def _chain(kind: type[exp.Expression], trees: Iterable[Tree], empty: bool) -> Tree:
    parts = list(trees)
    if not parts:
        return exp.Boolean(this=empty)
    result, level = parts[0], PRECEDENCE[kind]
    for part in parts[1:]:
        result = kind(this=_operand(result, level), expression=_operand(part, level + (type(part) is not kind)))
    return result


def and_(*trees: Tree) -> Tree:
    kept = [t for t in trees if not (isinstance(t, exp.Boolean) and t.this)]
    return _chain(exp.And, kept, True)


def or_(*trees: Tree) -> Tree:
    kept = [t for t in trees if not (isinstance(t, exp.Boolean) and not t.this)]
    return _chain(exp.Or, kept, False)


def between(tree: Tree, low: Tree, high: Tree) -> Tree:
    return exp.Between(this=_operand(tree, 5), low=_operand(low, 5), high=_operand(high, 5))


def among(tree: Tree, items: Sequence[Tree]) -> Tree:
    """`tree IN (items)`."""
    return exp.In(this=_operand(tree, 5), expressions=list(items))


def among_rows(tree: Tree, query: Tree) -> Tree:
    """`tree IN (SELECT …)`."""
    return exp.In(this=_operand(tree, 5), query=exp.Subquery(this=query))


def concat(*trees: Tree) -> Tree:
    """`a || b`; a null part makes the whole null."""
    return _chain(exp.DPipe, trees, True) if trees else text("")


def coalesce(*trees: Tree) -> Tree:
    return call("coalesce", *trees)


def nullif(tree: Tree, other: Tree) -> Tree:
    return call("nullif", tree, other)


def case(branches: Iterable[tuple[Tree, Tree]], default: Tree | None = None) -> Tree:
    """CASE; without a default, null."""
    ifs = [exp.If(this=condition, true=value) for condition, value in branches]
    return exp.Case(ifs=ifs, default=default) if default is not None else exp.Case(ifs=ifs)


def when(condition: Tree, value: Tree, default: Tree | None = None) -> Tree:
    return case([(condition, value)], default)


def only_branch(tree: Tree) -> tuple[Tree, Tree] | None:
    """The condition and value of a CASE with one branch and no ELSE."""
    if isinstance(tree, exp.Case) and tree.this is None and len(tree.args["ifs"]) == 1 and tree.args.get("default") is None:
        branch = tree.args["ifs"][0]
        return branch.this, branch.args["true"]
    return None


def made_list(tree: Tree) -> Tree | None:
    """The tree that made a dynamic array of a list: itself, or the only branch."""
    branch = only_branch(tree)
    made = branch[1] if branch is not None else tree
    return made if made.meta and ("items" in made.meta or "strings" in made.meta) else None


def of_branch(base: Tree, condition: Tree, value: Tree, text: str) -> Tree:
    """What is read of a value of one branch. Where the base says that its texts are '' without the branch, the text is kept in `blank`."""
    made = when(condition, value)
    if base.meta.get("blank_text") and text in value.meta:
        made.meta["blank"] = value.meta[text]
    return made


def lam(parameters: Sequence[str], body: Tree) -> Tree:
    return exp.Lambda(this=body, expressions=[exp.Identifier(this=p, quoted=False) for p in parameters])


def filtered(aggregate: Tree, condition: Tree) -> Tree:
    return exp.Filter(this=aggregate, expression=exp.Where(this=condition))


def ordered(tree: Tree, descending: bool, nulls_first: bool) -> Tree:
    return exp.Ordered(this=tree, desc=descending or None, nulls_first=nulls_first)


def is_bare(tree: Tree) -> bool:
    """Whether a tree is a constant without a cast: ORDER BY does not take it as a value."""
    return isinstance(tree.this if isinstance(tree, exp.Neg) else tree, (exp.Literal, exp.Boolean, exp.Null))


def with_order(tree: Tree, keys: Sequence[Tree]) -> Tree:
    """`tree ORDER BY keys`, for an aggregate's argument. Constants order nothing, and DuckDB does not take them."""
    varying = [key for key in keys if not is_bare(key.this)]
    return exp.Order(this=tree, expressions=varying) if varying else tree


def window(function: Tree, partition: Sequence[Tree], order: Sequence[Tree], rows: tuple[str, str] | None = None) -> Tree:
    """`function OVER (…)`; `rows` are the frame's ends such as `("UNBOUNDED PRECEDING", "CURRENT ROW")`."""
    spec = None
    if rows is not None:
        start, _, start_side = rows[0].partition(" ")
        end, _, end_side = rows[1].partition(" ")
        current = ("CURRENT ROW", None)
        begin = current if rows[0] == "CURRENT ROW" else (start, start_side)
        finish = current if rows[1] == "CURRENT ROW" else (end, end_side)
        spec = exp.WindowSpec(kind="ROWS", start=begin[0], start_side=begin[1], end=finish[0], end_side=finish[1])
    return exp.Window(
        this=function,
        partition_by=list(partition),
        order=exp.Order(expressions=list(order)) if order else None,
        spec=spec,
        over="OVER",
    )


def alias(tree: Tree, label: exp.Identifier) -> Tree:
    return exp.Alias(this=tree, alias=label)


def table(label: exp.Identifier, other: str | None = None) -> Tree:
    return exp.Table(this=label, alias=exp.TableAlias(this=name(other)) if other else None)


def field(tree: Tree, member: exp.Identifier) -> Tree:
    """`tree.member` of a struct."""
    return exp.Dot(this=tree, expression=member)


def is_text(tree: Tree) -> bool:
    return isinstance(tree, exp.Literal) and bool(tree.is_string)


def is_simple(tree: Tree) -> bool:
    """Whether the tree costs nothing to say twice: a column, a literal, a parameter or a signed number."""
    if isinstance(tree, (exp.Neg, exp.Paren)):
        return is_simple(tree.this)
    if isinstance(tree, exp.Cast):
        return isinstance(tree.this, exp.Literal)
    if isinstance(tree, exp.Dot):
        return isinstance(tree.this, exp.Var) or is_simple(tree.this)
    return isinstance(tree, (exp.Column, exp.Literal, exp.Null, exp.Boolean, exp.Placeholder, exp.Identifier))


def is_cheap(tree: Tree) -> bool:
    """Whether the tree is simple, or one reading of a JSON value: said again rather than computed by a level of its own."""
    if isinstance(tree, exp.TryCast):
        return is_simple(tree.this)
    reading = isinstance(tree, exp.Anonymous) and tree.this == "json_extract_string"
    return is_simple(tree) or (reading and all(is_simple(a) for a in tree.expressions))


_TYPES: Final = exp.DataType.Type


@cache
def _type_word(word: str) -> exp.DType:
    return _TYPES[word]


@cache
def sql_type(word: str) -> exp.DataType:
    """A data type from its name, one node for all uses; `T[]` is a list of T, `MAP(K,V)` a map, `DECIMAL(p,s)` has its numbers."""
    if word.endswith("[]"):
        return exp.DataType(this=_TYPES.ARRAY, expressions=[sql_type(word[:-2])], nested=True)
    if word.startswith("MAP("):
        key, _, value = word[4:-1].partition(",")
        return exp.DataType(this=_TYPES.MAP, expressions=[sql_type(key), sql_type(value)], nested=True)
    base, _, rest = word.partition("(")
    if not rest:
        return exp.DataType(this=_type_word(base), nested=False)
    numbers = [exp.DataTypeParam(this=exp.Literal(this=n.strip(), is_string=False)) for n in rest.rstrip(")").split(",")]
    return exp.DataType(this=_type_word(base), expressions=numbers, nested=False)


def cast(tree: Tree, word: str) -> Tree:
    return exp.Cast(this=tree, to=sql_type(word))


def try_cast(tree: Tree, word: str) -> Tree:
    return exp.TryCast(this=tree, to=sql_type(word), safe=True)
