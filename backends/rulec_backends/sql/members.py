"""`in` and its kin over items: constants, values of the row, or the items of a dynamic array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from rulec.ir.exprs import Call, Convert, Expr, Literal
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec_backends.sql import compare
from rulec_backends.sql import trees as t
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.ranges import nullable
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row

_DYNAMIC: Final = ScalarType.DYNAMIC


#: What a value of a dynamic array is in the text; only values of one kind equal each other.
_KIND_OF: Final[dict[type, ScalarType]] = {
    str: ScalarType.STRING,
    bool: ScalarType.BOOL,
    int: ScalarType.LONG,
    float: ScalarType.REAL,
    type(None): ScalarType.LONG,
}


def _items(call: Call) -> tuple[Expr, ...] | None:
    """The tested items; None when the only one is a dynamic array whose items are to be compared as JSON."""
    operand, items = call.arguments[0].type, call.arguments[1:]
    if len(items) != 1 or items[0].type is not _DYNAMIC:
        return items
    only = items[0]
    if not (isinstance(only, Literal) and isinstance(only.value, list)) or any(type(v) not in _KIND_OF for v in only.value):
        return None
    if operand is _DYNAMIC and None in only.value:
        return None
    if operand not in (_DYNAMIC, ScalarType.STRING, ScalarType.BOOL) and not operand.is_numeric:
        return None
    made = [Literal(v, operand if v is None else _KIND_OF[type(v)], only.span) for v in only.value]
    if operand is _DYNAMIC:
        return tuple(made)
    return tuple(i for i in made if _family(i.type) is _family(operand) and not (i.value is None and operand is ScalarType.STRING))


def _family(kind: ScalarType) -> ScalarType:
    return ScalarType.REAL if kind.is_numeric else kind


def _item_as(row: Row, item: Tree, kind: ScalarType) -> Tree:
    """A JSON value as what equals a value of the type; null when none does."""
    match kind:
        case ScalarType.INT | ScalarType.LONG:
            real = row.d.json_real(item)
            whole = t.when(t.eq(t.call("floor", real), real), t.try_cast(real, "BIGINT"))
            return row.d.json_case(item, [("long", row.d.json_as(row, item, ScalarType.LONG)), ("double", whole)])
        case ScalarType.REAL:
            return row.d.json_real(item)
        case ScalarType.BOOL:
            return row.d.json_case(item, [("bool", row.d.json_as(row, item, kind))])
        case _:
            return row.d.json_as(row, item, kind)


def _list_member(row: Row, call: Call, folded: bool) -> Tree:
    """`x in (dynamic array)` when the array is not a constant."""
    operand, array = call.arguments[0], call.arguments[1]
    x = row.lower(operand)
    items = row.d.json_items(row, row.lower(array))
    null_x = nullable(row.level, operand) and operand.type is not ScalarType.STRING
    if null_x:
        x, items = row.once(x), row.once(items)
    values = row.d.list_map(row, items, lambda e: _item_as(row, e, operand.type))
    if folded:
        x, values = row.d.lower_text(x), row.d.list_map(row, values, row.d.lower_text)
    test = t.coalesce(row.d.list_contains(values, x), t.false())
    if not null_x:
        return test
    # null == null is null: the answer of a null operand, where an item is null
    nulls = row.d.list_length(row.d.list_filter(row, items, lambda e: t.is_null(e)))
    return t.when(t.or_(t.is_not_null(x), t.eq(t.coalesce(nulls, t.num(0)), t.num(0))), test)


def _mixed_member(row: Row, call: Call, items: Sequence[Expr], folded: bool, rejecting: bool) -> Tree:
    """A dynamic value among items of several kinds: a test for each kind."""
    families = dict.fromkeys(_family(i.type) for i in items)
    groups = [tuple(i for i in items if _family(i.type) is family) for family in families]
    return t.or_(*(_member(row, replace(call, arguments=(call.arguments[0], *group)), folded, rejecting) for group in groups))


def _member(row: Row, call: Call, folded: bool, rejecting: bool) -> Tree:
    operand = call.arguments[0]
    items = _items(call)
    if items is None:
        return _list_member(row, call, folded)
    x = row.lower(operand)
    operand_tree = x
    shaped: Callable[[Tree], Tree] = lambda item: item  # noqa: E731
    if operand.type is _DYNAMIC:
        kinds = {i.type for i in items}
        if len({_family(kind) for kind in kinds}) > 1:
            return _mixed_member(row, call, items, folded, rejecting)
        if ScalarType.DECIMAL in kinds and len(kinds) > 1:
            raise Refusal("`in` over a dynamic value needs items of one type", "convert the value with tostring() or tolong()")
        for kind in dict.fromkeys(_family(k) if k is not ScalarType.DECIMAL else k for k in kinds):
            if kind.is_numeric and kind is not ScalarType.DECIMAL:
                x, shaped = compare.number(row, x, items)
            elif all(map(compare.is_plain, items)) and not compare.is_bool_text(items):
                x = row.d.plain_json(x) or compare.of_type(row, x, kind)
            else:
                x = compare.of_type(row, x, kind)
    else:
        items = tuple(_same_type(i, operand.type) for i in items)
    kept = [i for i in items if not (isinstance(i, Literal) and i.value is None)]
    had_null = len(kept) < len(items)
    nullable_operand = (nullable(row.level, operand) and operand.type is not ScalarType.STRING) or operand.type is _DYNAMIC
    nullable_items = [i for i in kept if nullable(row.level, i) and i.type is not ScalarType.STRING]
    null_meets_null = not rejecting and nullable_operand and (had_null or bool(nullable_items))
    if null_meets_null and operand.type is _DYNAMIC:
        operand_tree = row.once(operand_tree)
    elif null_meets_null:
        operand_tree = x = row.once(x)
    if not kept:
        return t.when(t.is_not_null(operand_tree), t.false()) if had_null and nullable(row.level, operand) else t.false()
    if rejecting:
        x = compare.shortened(row, x, kept)
        x = t.stripped(x) if all(compare.is_nonempty(i) for i in kept) else x
    trees = [shaped(row.lower(i)) for i in kept]
    if folded:
        x = row.d.lower_text(x)
        trees = [row.d.lower_text(y) for y in trees]
    test = t.eq(x, trees[0]) if len(trees) == 1 else t.among(x, trees)
    if rejecting:
        return test
    test = t.coalesce(test, t.false()) if nullable_operand or nullable_items else test
    if not null_meets_null:
        return test
    # null == null is null: the answer of a null operand, where an item is null too
    others = [] if had_null else [t.is_not_null(row.lower(i)) for i in nullable_items]
    known = t.is_not_null(operand_tree)
    return t.when(t.or_(known, t.and_(*others)) if others else known, test)


def _same_type(item: Expr, wanted: ScalarType) -> Expr:
    numbers = {ScalarType.INT: 0, ScalarType.LONG: 1, ScalarType.REAL: 2}
    if item.type in numbers and wanted in numbers and numbers[item.type] < numbers[wanted]:
        return Convert(item, wanted, item.span)
    return item


def member(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """`in`, `!in`, `in~`, `!in~` over items."""
    del trees
    negated, folded = call.function.startswith("!"), call.function.endswith("~")
    test = _member(row, call, folded, rejecting=False)
    return t.not_(test) if negated else test


def member_true(row: Row, call: Call) -> Tree:
    return _member(row, call, call.function.endswith("~"), rejecting=True)
