"""`join` and `lookup`."""

from __future__ import annotations

from typing import Final

from rulec.bind import relations, unions
from rulec.bind.coerce import coerce, wider
from rulec.bind.naming import Names
from rulec.bind.scope import Context, Table, column, definition
from rulec.bind.state import Refused, nearest
from rulec.ir.exprs import Expr
from rulec.ir.rels import ColumnDef, Join, OutputColumn
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes

KINDS: Final = {
    "innerunique": "innerunique",
    "inner": "inner",
    "leftouter": "leftouter",
    "rightouter": "rightouter",
    "fullouter": "fullouter",
    "leftsemi": "leftsemi",
    "rightsemi": "rightsemi",
    "leftanti": "leftanti",
    "leftantisemi": "leftanti",
    "anti": "leftanti",
    "rightanti": "rightanti",
    "rightantisemi": "rightanti",
}
_LEFT_ONLY: Final = frozenset({"leftsemi", "leftanti"})
_RIGHT_ONLY: Final = frozenset({"rightsemi", "rightanti"})
_PADS_LEFT: Final = frozenset({"rightouter", "fullouter"})
_PADS_RIGHT: Final = frozenset({"leftouter", "fullouter"})


def bind_join(node: nodes.Join, table: Table, context: Context) -> Table:
    """`join`: all columns of the left, then those of the right, numbered where a name is taken."""
    kind = _kind(node.properties, "innerunique", KINDS, node.span, context)
    right, keys, _ = _sides(node, "join", table, context)
    if kind in _LEFT_ONLY:
        outputs = [OutputColumn(c, "left", c.name) for c in table.columns]
    elif kind in _RIGHT_ONLY:
        outputs = [OutputColumn(c, "right", c.name) for c in right.columns]
    else:
        outputs = _both(table, right, kind, frozenset())
    return _joined(node.span, table, right, kind, keys, outputs)


def bind_lookup(node: nodes.Lookup, table: Table, context: Context) -> Table:
    """`lookup`: a left outer join, or an inner one, without the right keys."""
    kinds = {"leftouter": "leftouter", "inner": "inner"}
    kind = _kind(node.properties, "leftouter", kinds, node.span, context)
    right, keys, right_names = _sides(node, "lookup", table, context)
    return _joined(node.span, table, right, kind, keys, _both(table, right, kind, right_names))


def _kind(properties: tuple[nodes.Property, ...], default: str, kinds: dict[str, str], span: Span, context: Context) -> str:
    for written in properties:
        if written.name.lower() == "kind":
            text = written.value.text if isinstance(written.value, nodes.Name) else str(getattr(written.value, "value", ""))
            if text.lower() not in kinds:
                raise context.state.refuse(
                    written.span, "RC302", f"no kind of this operator is named `{text}`", f"kinds: {', '.join(kinds)}"
                )
            return kinds[text.lower()]
    return default


def _sides(
    node: nodes.Join | nodes.Lookup, operator: str, table: Table, context: Context
) -> tuple[Table, tuple[tuple[Expr, Expr], ...], frozenset[str]]:
    """The right table, the pairs of keys, and the names of the right keys."""
    right = relations.bind_table(node.right, context.alone())
    if not node.conditions:
        raise context.state.refuse(node.span, "RC303", f"`{operator}` has no condition", "`on name` or `on $left.a == $right.b`")
    pairs: list[tuple[Expr, Expr]] = []
    names: set[str] = set()
    failed = False
    for condition in _conjuncts(node.conditions):
        try:
            left_key, right_key = _condition(condition, table, right, context)
            guessed = (left_key.name in table.guessed, right_key.name in right.guessed)
            pairs.append(_one_type(left_key, right_key, guessed, condition, context))
            names.add(right_key.name)
        except Refused:
            failed = True
    if failed:
        raise Refused
    return right, tuple(pairs), frozenset(names)


def _conjuncts(conditions: tuple[nodes.Expr, ...]) -> list[nodes.Expr]:
    found: list[nodes.Expr] = []
    stack = list(reversed(conditions))
    while stack:
        condition = stack.pop()
        if isinstance(condition, nodes.Binary) and condition.op == "and":
            stack.extend((condition.right, condition.left))
        else:
            found.append(condition)
    return found


def _condition(node: nodes.Expr, left: Table, right: Table, context: Context) -> tuple[ColumnDef, ColumnDef]:
    """The two columns of one condition.

    Raises:
        Refused: It is neither a common name nor an equality of a left and a right column.
    """
    if isinstance(node, nodes.Name):
        return _side_column(node, left, "left", context), _side_column(node, right, "right", context)
    if isinstance(node, nodes.Binary) and node.op == "==":
        sides = {_side(node.left): node.left, _side(node.right): node.right}
        first, second = sides.get("$left"), sides.get("$right")
        if isinstance(first, nodes.Member) and isinstance(second, nodes.Member):
            assert isinstance(first.name, nodes.Name) and isinstance(second.name, nodes.Name)
            return _side_column(first.name, left, "left", context), _side_column(second.name, right, "right", context)
    hint = "`extend` makes a column of an expression before the join"
    raise context.state.refuse(node.span, "RC302", "a condition is a common column or `$left.a == $right.b`", hint)


def _side(node: nodes.Expr) -> str:
    if isinstance(node, nodes.Member) and isinstance(node.base, nodes.Name) and isinstance(node.name, nodes.Name):
        return node.base.text
    return ""


def _side_column(name: nodes.Name, table: Table, side: str, context: Context) -> ColumnDef:
    found = table.index.get(name.text)
    if found is not None:
        if name.text in context.state.poisoned:
            raise Refused
        return found
    if name.text in context.state.poisoned:
        raise Refused
    kind = None if table.open is None else context.state.ask(table.open, name.text)
    if kind is not None:
        return definition(name.text, kind, True)
    raise context.state.refuse(name.span, "RC301", f"the {side} table has no column `{name.text}`", nearest(name.text, table.index))


def _one_type(left: ColumnDef, right: ColumnDef, guessed: tuple[bool, bool], node: nodes.Expr, context: Context) -> tuple[Expr, Expr]:
    """The keys in one type: only int and long go together. A guessed type gives way to the other side's, or to text.

    Source: Learn, "join operator"; Microsoft's analyzer.
    """
    values: tuple[Expr, Expr] = (column(left, node.span), column(right, node.span))
    if any(guessed):
        known = ScalarType.STRING if all(guessed) else right.type if guessed[0] else left.type
        if known is not ScalarType.DYNAMIC:
            return coerce(values[0], known), coerce(values[1], known)
    if ScalarType.DYNAMIC in (left.type, right.type):
        raise context.state.refuse(node.span, "RC302", "a join key must not be dynamic", "`extend` with `tostring(…)` converts it")
    common = wider(left.type, right.type)
    if common is None or (left.type is not right.type and not (left.type.is_integer and right.type.is_integer)):
        message = f"the keys have different types: {left.type.value} and {right.type.value}"
        raise context.state.refuse(node.span, "RC302", message, "`extend` with a conversion makes them equal")
    return coerce(values[0], common), coerce(values[1], common)


def _both(left: Table, right: Table, kind: str, leave_out: frozenset[str]) -> list[OutputColumn]:
    names = Names(c.name for c in left.columns)
    outputs = [OutputColumn(_padded(c, c.name, kind in _PADS_LEFT), "left", c.name) for c in left.columns]
    for c in right.columns:
        if c.name not in leave_out:
            outputs.append(OutputColumn(_padded(c, names.derived(c.name), kind in _PADS_RIGHT), "right", c.name))
    return outputs


def _padded(column_: ColumnDef, name: str, pads: bool) -> ColumnDef:
    """The column after unmatched rows were filled up with nulls, and with '' for strings."""
    return definition(name, column_.type, column_.nullable or pads)


def _joined(span: Span, left: Table, right: Table, kind: str, keys: tuple[tuple[Expr, Expr], ...], outputs: list[OutputColumn]) -> Table:
    rel = Join(left.rel, right.rel, kind, keys, tuple(outputs), span)
    columns = tuple(o.column for o in outputs)
    seen = left.open if kind in _LEFT_ONLY else right.open if kind in _RIGHT_ONLY else unions.both_open(left, right)
    guessed = frozenset(o.column.name for o in outputs if o.source in (left if o.side == "left" else right).guessed)
    return Table(rel, columns, {c.name: c for c in columns}, open=seen, guessed=guessed)
