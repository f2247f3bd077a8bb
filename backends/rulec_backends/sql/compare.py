"""`==`, `!=`, `<`, `in`, `between` and their three-valued forms.

KQL: null == value is false, null == null is null; NaN equals nothing. A target's own `=` gives null for both, so the
form depends on which operands can be null. Where only truth counts (`Row.predicate`) the plain form is enough.
Source: recorded answers; Learn, "Null values".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.sql import trees as t
from rulec_backends.sql.ranges import bound, finite, nullable
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row

_DYNAMIC: Final = ScalarType.DYNAMIC


def is_nonempty(expr: Expr) -> bool:
    return isinstance(expr, Literal) and isinstance(expr.value, str) and expr.value != ""


def is_plain(expr: Expr) -> bool:
    """Whether a text is neither the text of a number nor that of an array or bag."""
    return is_nonempty(expr) and isinstance(expr, Literal) and str(expr.value)[0] not in "-0123456789[{"


def is_bool_text(exprs: Sequence[Expr]) -> bool:
    return any(isinstance(e, Literal) and e.value in ("true", "false") for e in exprs)


def shortened(row: Row, tree: Tree, others: Sequence[Expr]) -> Tree:
    """A text, in a shorter form where it is compared with such texts only."""
    return (row.d.plain_text(tree) if all(is_plain(o) for o in others) else None) or tree


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
    if is_plain(expr) and not is_bool_text([expr]):
        return row.d.plain_json(dynamic) or of_type(row, dynamic, expr.type), other
    if not expr.type.is_numeric or expr.type is ScalarType.DECIMAL:
        return of_type(row, dynamic, expr.type), other
    if call.function in _ORDER:
        # numbers in texts have an order, too
        return row.d.json_as(row, dynamic, ScalarType.REAL), row.d.real(other) if expr.type.is_integer else other
    compared, widened = number(row, dynamic, [expr])
    return compared, widened(other)


def of_type(row: Row, dynamic: Tree, kind: ScalarType) -> Tree:
    """A dynamic value of the type; only a bool equals a bool."""
    if kind is not ScalarType.BOOL:
        return row.d.json_as(row, dynamic, kind)
    dynamic = row.once(dynamic)
    return t.when(t.eq(row.d.json_kind(dynamic), t.text("bool")), row.d.json_as(row, dynamic, kind))


def number(row: Row, dynamic: Tree, others: Sequence[Expr]) -> tuple[Tree, Callable[[Tree], Tree]]:
    """A dynamic value as a number that equals what it equals, and the form of the others. Only numbers equal numbers.

    Reals do, but beside integers that reals cannot tell apart: there what is no integer stands as one beyond all of them."""
    if all(e.type is ScalarType.REAL for e in others):
        return row.d.json_real(dynamic), lambda other: other
    if all((known := bound(row.level, e)) is not None and known < 2**53 for e in others if e.type.is_integer):
        return row.d.json_real(dynamic), row.d.real
    dynamic = row.once(dynamic)
    whole = row.once(row.d.json_as(row, dynamic, ScalarType.LONG))
    is_whole = t.eq(row.d.real(whole), row.d.json_real(dynamic))
    beyond = t.mul(row.d.wide(t.num(2**62)), t.num(4))
    return t.case([(is_whole, row.d.wide(whole)), (t.is_not_null(dynamic), beyond)]), row.d.wide


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
    test = t.coalesce(t.eq(*operands(row, call, (x, y))), t.false())
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
        test = t.and_(t.same(x, y), t.not_(row.d.is_nan(x))) if nan else t.same(x, y)
        return t.when(t.or_(t.is_not_null(x), t.is_not_null(y)), t.coalesce(test, t.false()) if nan else test)
    if nan:
        x = row.once(x)
    plain = t.and_(t.eq(x, y), t.not_(row.d.is_nan(x))) if nan else t.eq(x, y)
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
    nans = [row.d.is_nan(x)] if nan else []
    if null_a and null_b:
        x, y = row.once(x), row.once(y)
        differs = t.distinct(x, y)
        return t.when(t.or_(t.is_not_null(x), t.is_not_null(y)), t.or_(differs, *nans) if nan else differs)
    if null_a or null_b:
        return t.or_(t.distinct(x, y), *nans)
    return t.or_(t.ne(x, y), *nans)


def equal_true(row: Row, call: Call) -> Tree:
    a, b = call.arguments[:2]
    x, y = operands(row, call, [row.lower(a), row.lower(b)])
    x, y = shortened(row, x, [b]), shortened(row, y, [a])
    if is_nonempty(b):
        x = t.stripped(x)
    if is_nonempty(a):
        y = t.stripped(y)
    if _both_may_be_nan(row, call):
        x = row.once(x)
        return t.and_(t.eq(x, y), t.not_(row.d.is_nan(x)))
    return t.eq(x, y)


def unequal_true(row: Row, call: Call) -> Tree:
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
        number = t.not_(row.d.is_nan((x, y)[greater_side]))
        if _maybe_null(row, other, call.arguments[greater_side]):
            # null against NaN is null, not false
            x, y = (x, row.once(y)) if greater_side == 0 else (row.once(x), y)
            number = t.or_(number, t.is_null((x, y)[1 - greater_side]))
        return t.and_(compare(x, y), number)
    return compare(x, y)


def between(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """`between`/`!between`: both ends included."""
    x, low, high = trees
    if call.arguments[0].type is ScalarType.DATETIME and call.arguments[2].type is ScalarType.TIMESPAN:
        low = row.once(low)
        high = row.d.dates.add(row, low, high, call.arguments[2])
    nan = any(_nan_possible(row, a) for a in call.arguments)
    if nan:
        x = row.once(x)
        test = t.and_(t.between(x, low, high), t.not_(row.d.is_nan(x)))
        if _nan_possible(row, call.arguments[2]):
            high = row.once(high)
            test = t.and_(test, t.not_(row.d.is_nan(high)))
    else:
        test = t.between(x, low, high)
    return t.not_(test) if call.function.startswith("!") else test
