"""Trees to text: the forms that make up nearly all of a query, written and checked in one walk; the rest is sqlglot's generator's.

sqlglot silently drops arguments that a node does not have, and passes any function's name: every node's arguments and every function are
checked before they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final, TypeAlias

from sqlglot import exp
from sqlglot.generator import Generator

from rulec_backends.sql import trees as t
from rulec_backends.sql.trees import Tree

#: A form: the writer, the node, and whether a numeral here gives its type to something that is kept.
Form: TypeAlias = "Callable[[Writer, Tree, bool], str]"

INFIX: Final[Mapping[type[exp.Expression], str]] = MappingProxyType(
    {
        exp.Or: "OR",
        exp.And: "AND",
        exp.EQ: "=",
        exp.NEQ: "<>",
        exp.LT: "<",
        exp.LTE: "<=",
        exp.GT: ">",
        exp.GTE: ">=",
        exp.NullSafeEQ: "IS NOT DISTINCT FROM",
        exp.NullSafeNEQ: "IS DISTINCT FROM",
        exp.Is: "IS",
        exp.DPipe: "||",
        exp.Add: "+",
        exp.Sub: "-",
        exp.Mul: "*",
        exp.Div: "/",
        exp.Mod: "%",
    }
)
ARITHMETIC: Final[frozenset[type[exp.Expression]]] = frozenset({exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod})


class UncheckedTree(Exception):
    """A tree that would not print as it was built: a bug of a lowering."""


def check(tree: Tree, allowed: frozenset[str]) -> None:
    """Raises `UncheckedTree` when the tree holds an argument its node has not, or a function outside the dialect's list."""
    for node in t.nodes(tree):
        check_arguments(node)
        if type(node) is exp.Anonymous and node.this not in allowed:
            raise UncheckedTree(f"the function {node.this} is not in the dialect's list")


def check_arguments(node: Tree) -> None:
    """Raises `UncheckedTree` when the node has an argument that its kind has not."""
    known = type(node).arg_types
    for key, value in node.args.items():
        if key not in known and value:
            raise UncheckedTree(f"{type(node).__name__} has no argument {key}")


class Writer:
    """Writes trees in one engine's words. `intdiv` and the methods are what engines differ in."""

    intdiv: ClassVar[str] = "//"
    array: ClassVar[str] = ""

    def __init__(self, generator: Generator, allowed: frozenset[str]) -> None:
        self.generator = generator
        self.allowed = allowed
        #: By identity: types are shared nodes, and hashing one costs more than writing it.
        self._types: dict[int, tuple[exp.DataType, str]] = {}

    def say(self, node: Tree, typed: bool = True) -> str:
        """The text of a tree."""
        form = FORMS.get(type(node))
        if form is None:
            check(node, self.allowed)
            return str(self.generator.sql(node)).strip()
        if len(node.args) > 2:
            check_arguments(node)
        return form(self, node, typed)

    def all(self, nodes: list[Tree], typed: bool = True) -> str:
        return ", ".join([self.say(n, typed) for n in nodes])

    def type_text(self, kind: exp.DataType) -> str:
        known = self._types.get(id(kind))
        if known is None:
            known = self._types[id(kind)] = kind, str(self.generator.sql(kind))
        return known[1]

    def called(self, function: str, arguments: str) -> str:
        """The call of a function, in the engine's spelling."""
        return f"{function}({arguments})"

    def number(self, text: str, typed: bool) -> str:
        """A numeral; `text` may have a sign."""
        return text

    def first_untyped(self, function: str) -> int:
        """The place from which on the function reads the numeral only."""
        return 0

    def lambda_text(self, names: list[str], body: str) -> str:
        return f"LAMBDA {', '.join(names)} : {body}"


def _identifier(w: Writer, node: Tree, typed: bool) -> str:
    name: str = node.args["this"]
    return '"' + name.replace('"', '""') + '"' if node.args.get("quoted") else name


def _column(w: Writer, node: Tree, typed: bool) -> str:
    name = _identifier(w, node.args["this"], False)
    table = node.args.get("table")
    if len(node.args) > 1 and any(node.args.get(a) for a in ("db", "catalog", "join_mark", "fields")):
        raise UncheckedTree("a column of a database")
    return f"{_identifier(w, table, False)}.{name}" if table is not None else name


def _table(w: Writer, node: Tree, typed: bool) -> str:
    if any(value for key, value in node.args.items() if key not in ("this", "db", "alias")):
        raise UncheckedTree("a table with more than its database and an alias")
    database, alias = node.args.get("db"), node.args.get("alias")
    name = w.say(node.args["this"]) if database is None else f"{w.say(database)}.{w.say(node.args['this'])}"
    return name if alias is None else f"{name} AS {w.say(alias.args['this'])}"


def _literal(w: Writer, node: Tree, typed: bool) -> str:
    text: str = node.args["this"]
    return "'" + text.replace("'", "''") + "'" if node.args.get("is_string") else w.number(text, typed)


def _neg(w: Writer, node: Tree, typed: bool) -> str:
    inner = node.args["this"]
    if type(inner) is exp.Literal:
        return w.number(f"-{inner.args['this']}", typed)
    text = w.say(inner, typed)
    return f"- {text}" if text.startswith("-") else f"-{text}"


def _anonymous(w: Writer, node: Tree, typed: bool) -> str:
    function: str = node.args["this"]
    if function not in w.allowed:
        raise UncheckedTree(f"the function {function} is not in the dialect's list")
    last = w.first_untyped(function)
    parts = [w.say(a, i < last) for i, a in enumerate(node.args.get("expressions") or ())]
    return w.called(function, ", ".join(parts))


def _infix(word: str, arithmetic: bool) -> Form:
    def form(w: Writer, node: Tree, typed: bool) -> str:
        left, right = node.args["this"], node.args["expression"]
        if not arithmetic:
            return f"{w.say(left, False)} {word} {w.say(right, False)}"
        return f"{w.say(left, _is_numeral(right))} {word} {w.say(right, _is_numeral(left))}"

    return form


def _is_numeral(node: Tree) -> bool:
    while type(node) in (exp.Paren, exp.Neg):
        node = node.args["this"]
    return type(node) is exp.Literal and not node.args.get("is_string")


def _intdiv(w: Writer, node: Tree, typed: bool) -> str:
    left, right = node.args["this"], node.args["expression"]
    return f"{w.say(left, _is_numeral(right))} {w.intdiv} {w.say(right, _is_numeral(left))}"


def _cast(word: str) -> Form:
    def form(w: Writer, node: Tree, typed: bool) -> str:
        kind = w.type_text(node.args["to"])
        if node.meta.get("typed"):
            return f"{kind} {w.say(node.args['this'], False)}"
        return f"{word}({w.say(node.args['this'], False)} AS {kind})"

    return form


def _case(w: Writer, node: Tree, typed: bool) -> str:
    subject, default = node.args.get("this"), node.args.get("default")
    parts = ["CASE"] if subject is None else [f"CASE {w.say(subject)}"]
    parts += [f"WHEN {w.say(i.args['this'], False)} THEN {w.say(i.args['true'])}" for i in node.args["ifs"]]
    if default is not None:
        parts.append(f"ELSE {w.say(default)}")
    return " ".join([*parts, "END"])


def _in(w: Writer, node: Tree, typed: bool) -> str:
    operand = w.say(node.args["this"], False)
    query = node.args.get("query")
    return f"{operand} IN {w.say(query)}" if query is not None else f"{operand} IN ({w.all(node.args['expressions'], False)})"


def _between(w: Writer, node: Tree, typed: bool) -> str:
    operand, low, high = (w.say(node.args[a], False) for a in ("this", "low", "high"))
    return f"{operand} BETWEEN {low} AND {high}"


def _lambda(w: Writer, node: Tree, typed: bool) -> str:
    return w.lambda_text([_identifier(w, p, False) for p in node.args["expressions"]], w.say(node.args["this"]))


FORMS: Final[Mapping[type[exp.Expression], Form]] = MappingProxyType(
    {
        **{kind: _infix(word, kind in ARITHMETIC) for kind, word in INFIX.items()},
        exp.IntDiv: _intdiv,
        exp.Identifier: _identifier,
        exp.Column: _column,
        exp.Table: _table,
        exp.Literal: _literal,
        exp.Neg: _neg,
        exp.Anonymous: _anonymous,
        exp.Cast: _cast("CAST"),
        exp.TryCast: _cast("TRY_CAST"),
        exp.Case: _case,
        exp.In: _in,
        exp.Between: _between,
        exp.Lambda: _lambda,
        exp.Null: lambda w, node, typed: "NULL",
        exp.Boolean: lambda w, node, typed: "TRUE" if node.args["this"] else "FALSE",
        exp.Star: lambda w, node, typed: "*",
        exp.Var: lambda w, node, typed: str(node.args["this"]),
        exp.Not: lambda w, node, typed: f"NOT {w.say(node.args['this'], False)}",
        exp.Paren: lambda w, node, typed: f"({w.say(node.args['this'], typed)})",
        exp.Tuple: lambda w, node, typed: f"({w.all(node.args['expressions'])})",
        exp.Array: lambda w, node, typed: f"{w.array}[{w.all(node.args.get('expressions') or [])}]",
        exp.Try: lambda w, node, typed: f"TRY({w.say(node.args['this'], False)})",
        exp.Dot: lambda w, node, typed: f"{w.say(node.args['this'], False)}.{w.say(node.args['expression'], False)}",
    }
)
