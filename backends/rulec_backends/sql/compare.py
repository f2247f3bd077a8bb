"""`==`, `!=`, `<`, `in`, `between` and their three-valued forms.

KQL: null == value is false, null == null is null; NaN equals nothing. A target's own `=` gives null for both, so the
form depends on which operands can be null. Where only truth counts (`Row.predicate`) the plain form is enough.
Source: recorded answers; Learn, "Null values".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from rulec.ir.exprs import Call, Column, Convert, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.sql import trees as t
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.ranges import bound, finite, nullable
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row

_DYNAMIC: Final = ScalarType.DYNAMIC


def stripped(tree: Tree) -> Tree:
    """`x` of `coalesce(x, '')`: enough where null and '' give the same truth."""
    from rulec_backends.sql.expressions import is_coalesced

    return tree.expressions[0] if is_coalesced(tree) else tree


def is_nonempty(expr: Expr) -> bool:
    return isinstance(expr, Literal) and isinstance(expr.value, str) and expr.value != ""


def operands(row: Row, call: Call, trees: Sequence[Tree]) -> tuple[Tree, Tree]:
    """Both sides in one carrier: a dynamic side is compared as the other side's type."""
    (a, b), (x, y) = call.arguments[:2], trees[:2]
    if (a.type is _DYNAMIC) == (b.type is _DYNAMIC):
        return x, y
    if a.type is _DYNAMIC:
        return _beside(row, call, x, y, b)
    y, x = _beside(row, call, y, x, a)
    return x, y


def _beside(row: Row, call: Call, dynamic: Tree, other: Tree, expr: Expr) -> tuple[Tree, Tree]:
    """A dynamic value and what it is compared with."""
    if not expr.type.is_numeric or expr.type is ScalarType.DECIMAL:
        return _of_type(row, dynamic, expr.type), other
    if call.function in _ORDER:
        # numbers in texts have an order, too
        return row.d.json_as(row, dynamic, ScalarType.REAL), row.d.real(other) if expr.type.is_integer else other
    number, widened = _number(row, dynamic, [expr])
    return number, widened(other)


def _of_type(row: Row, dynamic: Tree, kind: ScalarType) -> Tree:
    """A dynamic value of the type; only a bool equals a bool."""
    if kind is not ScalarType.BOOL:
        return row.d.json_as(row, dynamic, kind)
    dynamic = row.once(dynamic)
    return t.when(t.eq(row.d.json_kind(dynamic), t.text("bool")), row.d.json_as(row, t.again(dynamic), kind))


def _number(row: Row, dynamic: Tree, others: Sequence[Expr]) -> tuple[Tree, Callable[[Tree], Tree]]:
    """A dynamic value as a number that equals what it equals, and the form of the others. Only numbers equal numbers.

    Reals do, but beside integers that reals cannot tell apart: there what is no integer stands as one beyond all of them."""
    if all(e.type is ScalarType.REAL for e in others):
        return row.d.json_real(dynamic), lambda other: other
    if all((known := bound(row.level, e)) is not None and known < 2**53 for e in others if e.type.is_integer):
        return row.d.json_real(dynamic), row.d.real
    dynamic = row.once(dynamic)
    whole = row.once(row.d.json_as(row, dynamic, ScalarType.LONG))
    is_whole = t.eq(row.d.real(t.again(whole)), row.d.json_real(t.again(dynamic)))
    beyond = t.mul(row.d.wide(t.num(2**62)), t.num(4))
    return t.case([(is_whole, row.d.wide(whole)), (t.is_not_null(t.again(dynamic)), beyond)]), row.d.wide


def _maybe_null(row: Row, expr: Expr, other: Expr) -> bool:
    return (nullable(row.level, expr) and expr.type is not ScalarType.STRING) or (expr.type is _DYNAMIC and other.type is not _DYNAMIC)


def _nan_possible(row: Row, expr: Expr) -> bool:
    return expr.type is ScalarType.REAL and row.d.nan_is_greatest and not finite(row.level, expr)


def _both_may_be_nan(row: Row, call: Call, null_safe: bool = False) -> bool:
    """Whether the engine's own test would take two NaN as equal; IS [NOT] DISTINCT FROM does so everywhere."""
    a, b = call.arguments[:2]
    if null_safe:
        return all(e.type is ScalarType.REAL and not finite(row.level, e) for e in (a, b))
    return _nan_possible(row, a) and _nan_possible(row, b)


def _beside_dynamic(row: Row, call: Call, trees: Sequence[Tree]) -> Tree | None:
    """`==` of a dynamic and another side that both may be null: a dynamic value of another type is no null."""
    (a, b), (x, y) = call.arguments[:2], trees[:2]
    if (a.type is _DYNAMIC) == (b.type is _DYNAMIC) or not (_maybe_null(row, a, b) and _maybe_null(row, b, a)):
        return None
    x, y = row.once(x), row.once(y)
    test = t.coalesce(t.eq(*operands(row, call, (t.again(x), t.again(y)))), t.false())
    return t.when(t.or_(t.is_not_null(x), t.is_not_null(y)), test)


def equal(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """`==` in its three-valued form."""
    beside = _beside_dynamic(row, call, trees)
    if beside is not None:
        return beside
    x, y = operands(row, call, trees)
    a, b = call.arguments[:2]
    null_a, null_b = _maybe_null(row, a, b), _maybe_null(row, b, a)
    nan = _both_may_be_nan(row, call, null_a and null_b)
    if null_a and null_b:
        x, y = row.once(x), row.once(y)
        test = t.and_(t.same(t.again(x), t.again(y)), t.not_(row.d.is_nan(t.again(x)))) if nan else t.same(t.again(x), t.again(y))
        return t.when(t.or_(t.is_not_null(x), t.is_not_null(y)), t.coalesce(test, t.false()) if nan else test)
    if nan:
        x = row.once(x)
    plain = t.and_(t.eq(x, y), t.not_(row.d.is_nan(t.again(x)))) if nan else t.eq(x, y)
    return t.coalesce(plain, t.false()) if null_a or null_b else plain


def unequal(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """`!=` in its three-valued form: null differs from every value."""
    beside = _beside_dynamic(row, call, trees)
    if beside is not None:
        return t.not_(beside)
    x, y = operands(row, call, trees)
    a, b = call.arguments[:2]
    null_a, null_b = _maybe_null(row, a, b), _maybe_null(row, b, a)
    nan = _both_may_be_nan(row, call, null_a and null_b)
    if nan:
        x, y = row.once(x), row.once(y)
    nans = [row.d.is_nan(t.again(x))] if nan else []
    if null_a and null_b:
        x, y = row.once(x), row.once(y)
        differs = t.distinct(t.again(x), t.again(y))
        return t.when(t.or_(t.is_not_null(x), t.is_not_null(y)), t.or_(differs, *nans) if nan else differs)
    if null_a or null_b:
        return t.or_(t.distinct(x, y), *nans)
    return t.or_(t.ne(x, y), *nans)


def _equal_true(row: Row, call: Call) -> Tree:
    a, b = call.arguments[:2]
    x, y = operands(row, call, [row.lower(a), row.lower(b)])
    if is_nonempty(b):
        x = stripped(x)
    if is_nonempty(a):
        y = stripped(y)
    if _both_may_be_nan(row, call):
        x = row.once(x)
        return t.and_(t.eq(x, y), t.not_(row.d.is_nan(t.again(x))))
    return t.eq(x, y)


def _unequal_true(row: Row, call: Call) -> Tree:
    a, b = call.arguments[:2]
    alike = (a.type is _DYNAMIC) == (b.type is _DYNAMIC)
    if alike and _maybe_null(row, a, b) and _maybe_null(row, b, a) and not _both_may_be_nan(row, call, null_safe=True):
        # null != null is null, not true, and IS DISTINCT FROM says false: the same where only truth counts
        x, y = operands(row, call, [row.lower(a), row.lower(b)])
        return t.distinct(x, y)
    return unequal(row, call, [row.lower(a), row.lower(b)])


_ORDER: Final[dict[str, tuple[Callable[[Tree, Tree], Tree], int]]] = {"<": (t.lt, 1), "<=": (t.le, 1), ">": (t.gt, 0), ">=": (t.ge, 0)}


def ordering(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """`<`, `<=`, `>`, `>=`: null in, null out; never true for NaN, which DuckDB takes for the greatest number."""
    x, y = operands(row, call, trees)
    compare, greater_side = _ORDER[call.function]
    if call.arguments[0].type is ScalarType.BOOL:
        x, y = t.cast(x, "BIGINT"), t.cast(y, "BIGINT")
    if _nan_possible(row, call.arguments[greater_side]):
        other = call.arguments[1 - greater_side]
        x, y = (row.once(x), y) if greater_side == 0 else (x, row.once(y))
        number = t.not_(row.d.is_nan(t.again((x, y)[greater_side])))
        if _maybe_null(row, other, call.arguments[greater_side]):
            # null against NaN is null, not false
            x, y = (x, row.once(y)) if greater_side == 0 else (row.once(x), y)
            number = t.or_(number, t.is_null(t.again((x, y)[1 - greater_side])))
        return t.and_(compare(x, y), number)
    return compare(x, y)


def between(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """`between`/`!between`: both ends included."""
    x, low, high = trees
    if call.arguments[0].type is ScalarType.DATETIME and call.arguments[2].type is ScalarType.TIMESPAN:
        low = row.once(low)
        high = row.d.dates.add(row, t.again(low), high, call.arguments[2])
    nan = any(_nan_possible(row, a) for a in call.arguments)
    if nan:
        x = row.once(x)
        test = t.and_(t.between(x, low, high), t.not_(row.d.is_nan(t.again(x))))
        if _nan_possible(row, call.arguments[2]):
            high = row.once(high)
            test = t.and_(test, t.not_(row.d.is_nan(t.again(high))))
    else:
        test = t.between(x, low, high)
    return t.not_(test) if call.function.startswith("!") else test


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
            real = row.d.json_real(t.again(item))
            whole = t.when(t.eq(t.call("floor", real), t.again(real)), t.try_cast(t.again(real), "BIGINT"))
            return row.d.json_case(item, [("long", row.d.json_as(row, t.again(item), ScalarType.LONG)), ("double", whole)])
        case ScalarType.REAL:
            return row.d.json_real(item)
        case ScalarType.BOOL:
            return row.d.json_case(item, [("bool", row.d.json_as(row, t.again(item), kind))])
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
    nulls = row.d.list_length(row.d.list_filter(row, t.again(items), lambda e: t.is_null(e)))
    return t.when(t.or_(t.is_not_null(t.again(x)), t.eq(t.coalesce(nulls, t.num(0)), t.num(0))), test)


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
                x, shaped = _number(row, x, items)
            else:
                x = _of_type(row, x, kind)
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
        return t.when(t.is_not_null(t.again(operand_tree)), t.false()) if had_null and nullable(row.level, operand) else t.false()
    if rejecting and all(is_nonempty(i) for i in kept):
        x = stripped(x)
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
    known = t.is_not_null(t.again(operand_tree))
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


def _member_true(row: Row, call: Call) -> Tree:
    return _member(row, call, call.function.endswith("~"), rejecting=True)


def _matched_true(row: Row, call: Call) -> Tree:
    """A positive string operator: an empty operand never matches a needle that is not empty."""
    result = row.call(call)
    if all(is_nonempty(a) for a in call.arguments[1:]) and isinstance(call.arguments[0], Column):
        own = row.level.columns[call.arguments[0].name].tree
        bare = stripped(own)
        if bare is not own:
            return result.transform(lambda n: bare.copy() if n == own else n, copy=False)
    return result


#: Operators whose truth-only form differs from their three-valued one.
REJECTING: Final = MappingProxyType(
    {
        "==": _equal_true,
        "!=": _unequal_true,
        "in": _member_true,
        "in~": _member_true,
        **dict.fromkeys(
            (
                "=~",
                "has",
                "has_cs",
                "hasprefix",
                "hasprefix_cs",
                "hassuffix",
                "hassuffix_cs",
                "contains",
                "contains_cs",
                "startswith",
                "startswith_cs",
                "endswith",
                "endswith_cs",
                "has_any",
                "has_all",
            ),
            _matched_true,
        ),
    }
)
