"""Trees to text: every form, and every function checked against the engine's list, in one walk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeAlias

from rulec_backends.sql import nodes
from rulec_backends.sql.nodes import DataType
from rulec_backends.sql.trees import Tree

#: A form: the writer, the node, and whether a numeral here gives its type to something that is kept.
Form: TypeAlias = "Callable[[Writer, Any, bool], str]"

_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "//", "%"})


class UncheckedTree(Exception):
    """A tree that would not print as it was built: a bug of a lowering."""


class Writer:
    """Writes trees in one engine's words; the class variables and the short methods are what engines differ in."""

    intdiv: ClassVar[str] = "//"
    array: ClassVar[str] = ""
    struct: ClassVar[str] = "STRUCT"
    #: The engine's names of types.
    types: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def __init__(self, allowed: frozenset[str]) -> None:
        self.allowed = allowed
        #: By identity: most types are shared, and hashing one costs more than writing it.
        self._types: dict[int, tuple[DataType, str]] = {}

    def say(self, node: Tree, typed: bool = True) -> str:
        """The text of a tree."""
        return FORMS[type(node)](self, node, typed)

    def all(self, trees: Iterable[Tree], typed: bool = True) -> str:
        return ", ".join([self.say(n, typed) for n in trees])

    def type_text(self, kind: DataType) -> str:
        known = self._types.get(id(kind))
        if known is None:
            known = self._types[id(kind)] = kind, self._type_text(kind)
        return known[1]

    def _type_text(self, kind: DataType) -> str:
        parts = [self.type_text(p) for p in kind.parts]
        if kind.name == "ARRAY":
            return self.list_type(parts[0])
        if kind.name == "STRUCT":
            return f"{self.struct}({', '.join(f'{_name(n)} {p}' for n, p in zip(kind.labels, parts, strict=True))})"
        inside = [*kind.numbers, *parts]
        word = self.types.get(kind.name, kind.name)
        return f"{word}({', '.join(inside)})" if inside else word

    def list_type(self, item: str) -> str:
        return f"{item}[]"

    def called(self, function: str, arguments: str) -> str:
        """The call of a function, in the engine's spelling."""
        return f"{function}({arguments})"

    def number(self, text: str, typed: bool) -> str:
        """A numeral; `text` may have a sign."""
        return text

    def first_untyped(self, function: str) -> int:
        """The place from which on the function reads the numeral only."""
        return 0

    def lambda_text(self, names: Sequence[str], body: str) -> str:
        return f"LAMBDA {', '.join(names)} : {body}"

    def parameter(self, name: str) -> str:
        """A parameter of the run."""
        return f"${name}"


def _quoted(name: str, quoted: bool) -> str:
    return '"' + name.replace('"', '""') + '"' if quoted else name


def _name(label: nodes.Identifier) -> str:
    return _quoted(label.name, label.quoted)


def _column(w: Writer, node: nodes.Column, typed: bool) -> str:
    name = _quoted(node.name, True) if node.quoted else node.name
    return name if node.table is None else f"{node.table}.{name}"


def _neg(w: Writer, node: nodes.Neg, typed: bool) -> str:
    inner = node.operand
    if type(inner) is nodes.Number:
        return w.number(f"-{inner.value}", typed)
    text = w.say(inner, typed)
    return f"- {text}" if text.startswith("-") else f"-{text}"


def _call(w: Writer, node: nodes.Call, typed: bool) -> str:
    if node.function not in w.allowed:
        raise UncheckedTree(f"the function {node.function} is not in the dialect's list")
    last = w.first_untyped(node.function)
    return w.called(node.function, ", ".join([w.say(a, i < last) for i, a in enumerate(node.arguments)]))


def _binary(w: Writer, node: nodes.Binary, typed: bool) -> str:
    left, right, op = node.left, node.right, node.op
    if op not in _ARITHMETIC:
        return f"{w.say(left, False)} {op} {w.say(right, False)}"
    return f"{w.say(left, _is_numeral(right))} {w.intdiv if op == '//' else op} {w.say(right, _is_numeral(left))}"


def _is_numeral(node: Tree) -> bool:
    while isinstance(node, (nodes.Paren, nodes.Neg)):
        node = node.operand
    return type(node) is nodes.Number


def _cast(word: str) -> Form:
    def form(w: Writer, node: nodes.Cast, typed: bool) -> str:
        return f"{word}({w.say(node.operand, False)} AS {w.type_text(node.to)})"

    return form


def _case(w: Writer, node: nodes.Case, typed: bool) -> str:
    parts = ["CASE"] if node.subject is None else [f"CASE {w.say(node.subject)}"]
    parts += [f"WHEN {w.say(b.condition, False)} THEN {w.say(b.value)}" for b in node.branches]
    if node.default is not None:
        parts.append(f"ELSE {w.say(node.default)}")
    return " ".join([*parts, "END"])


def _between(w: Writer, node: nodes.Between, typed: bool) -> str:
    return f"{w.say(node.operand, False)} BETWEEN {w.say(node.low, False)} AND {w.say(node.high, False)}"


def _lambda(w: Writer, node: nodes.Lambda, typed: bool) -> str:
    return w.lambda_text(node.parameters, w.say(node.body))


def _ordered(w: Writer, node: nodes.Ordered, typed: bool) -> str:
    return w.say(node.key) + (" DESC" if node.descending else "") + (" NULLS FIRST" if node.nulls_first else "")


def _window(w: Writer, node: nodes.Window, typed: bool) -> str:
    parts = [f"PARTITION BY {w.all(node.partition)}"] if node.partition else []
    if node.order:
        parts.append(f"ORDER BY {w.all(node.order)}")
    if node.rows is not None:
        parts.append(f"ROWS BETWEEN {node.rows[0]} AND {node.rows[1]}")
    return f"{w.say(node.function)} OVER ({' '.join(parts)})"


def _table(w: Writer, node: nodes.Table, typed: bool) -> str:
    name = _name(node.name) if node.database is None else f"{_name(node.database)}.{_name(node.name)}"
    return name if node.alias is None else f"{name} AS {node.alias}"


def _columns(columns: Iterable[nodes.Identifier]) -> str:
    return ", ".join([_name(c) for c in columns])


def _unnest(w: Writer, node: nodes.Unnest, typed: bool) -> str:
    number = " WITH ORDINALITY" if node.numbered else ""
    return f"UNNEST({w.all(node.lists, False)}){number} AS {node.alias}({_columns(node.columns)})"


def _join(w: Writer, node: nodes.Join, typed: bool) -> str:
    text = f"{node.side} JOIN {w.say(node.source)}".lstrip()
    return text if node.condition is None else f"{text} ON {w.say(node.condition, False)}"


def _select(w: Writer, node: nodes.Select, typed: bool) -> str:
    parts = [f"SELECT {w.all(node.items, False)}"]
    if node.source is not None:
        parts.append(f"FROM {w.say(node.source)}")
    if node.where is not None:
        parts.append(f"WHERE {w.say(node.where, False)}")
    if node.order:
        parts.append(f"ORDER BY {w.all(node.order)}")
    if node.limit is not None:
        parts.append(f"LIMIT {node.limit}")
    return " ".join(parts)


#: Every class of nodes.
FORMS: Final[Mapping[type[Tree], Form]] = MappingProxyType(
    {
        nodes.Identifier: lambda w, node, typed: _name(node),
        nodes.Column: _column,
        nodes.Text: lambda w, node, typed: "'" + node.value.replace("'", "''") + "'",
        nodes.Number: lambda w, node, typed: w.number(node.value, typed),
        nodes.Null: lambda w, node, typed: "NULL",
        nodes.Boolean: lambda w, node, typed: "TRUE" if node.value else "FALSE",
        nodes.Star: lambda w, node, typed: "*",
        nodes.Var: lambda w, node, typed: node.name,
        nodes.Placeholder: lambda w, node, typed: w.parameter(node.name),
        nodes.Interval: lambda w, node, typed: f"INTERVAL '{node.amount}' {node.unit}",
        nodes.Paren: lambda w, node, typed: f"({w.say(node.operand, typed)})",
        nodes.Neg: _neg,
        nodes.Not: lambda w, node, typed: f"NOT {w.say(node.operand, False)}",
        nodes.Try: lambda w, node, typed: f"TRY({w.say(node.operand, False)})",
        nodes.IsNull: lambda w, node, typed: f"{w.say(node.operand, False)} IS {'NOT ' if node.negated else ''}NULL",
        nodes.Cast: _cast("CAST"),
        nodes.TryCast: _cast("TRY_CAST"),
        nodes.Typed: lambda w, node, typed: f"{w.type_text(node.to)} {w.say(node.operand, False)}",
        nodes.Dot: lambda w, node, typed: f"{w.say(node.operand, False)}.{_name(node.member)}",
        nodes.Index: lambda w, node, typed: f"{w.say(node.operand, False)}[{node.place + 1}]",
        nodes.Binary: _binary,
        nodes.Between: _between,
        nodes.In: lambda w, node, typed: f"{w.say(node.operand, False)} IN ({w.all(node.items, False)})",
        nodes.InRows: lambda w, node, typed: f"{w.say(node.operand, False)} IN ({w.say(node.query)})",
        nodes.Call: _call,
        nodes.Setting: lambda w, node, typed: f"{node.name} := {w.say(node.value, False)}",
        nodes.When: lambda w, node, typed: f"WHEN {w.say(node.condition, False)} THEN {w.say(node.value)}",
        nodes.Case: _case,
        nodes.Array: lambda w, node, typed: f"{w.array}[{w.all(node.items)}]",
        nodes.Tuple: lambda w, node, typed: f"({w.all(node.items)})",
        nodes.Lambda: _lambda,
        nodes.Distinct: lambda w, node, typed: f"DISTINCT {w.say(node.operand, False)}",
        nodes.Filter: lambda w, node, typed: f"{w.say(node.aggregate)} FILTER(WHERE {w.say(node.condition, False)})",
        nodes.Ordered: _ordered,
        nodes.Arranged: lambda w, node, typed: f"{w.say(node.value, False)} ORDER BY {w.all(node.keys)}",
        nodes.Window: _window,
        nodes.Table: _table,
        nodes.Unnest: _unnest,
        nodes.Values: lambda w, node, typed: f"(VALUES {w.all(node.rows)}) AS {node.alias}({_columns(node.columns)})",
        nodes.Join: _join,
        nodes.Select: _select,
        nodes.Subquery: lambda w, node, typed: f"({w.say(node.query)})",
        nodes.Exists: lambda w, node, typed: f"EXISTS({w.say(node.query)})",
    }
)
