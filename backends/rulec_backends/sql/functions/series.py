"""Series functions: element by element over arrays, null in, null out.

Whole numbers stay whole where the function keeps them so, as in Kusto's own arrays.
Source: Learn, "Time series analysis"; recorded answers (kql.md 9.11).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.functions.dynamic import bind_all, items, json_value
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

_REAL, _DYNAMIC, _LONG, _BOOL = ScalarType.REAL, ScalarType.DYNAMIC, ScalarType.LONG, ScalarType.BOOL


def numbers(row: Row, tree: Tree) -> Tree:
    """An array's items as doubles, null for what is no number."""
    return row.d.list_map(row, items(row, tree), row.d.json_real)


def positions(row: Row, xs: Tree) -> Tree:
    return row.d.sequence(t.num(1), row.d.list_length(xs), t.num(1))


def is_list(expr: Expr) -> bool:
    return expr.type is _DYNAMIC


def _long(row: Row, item: Tree) -> Tree:
    """A JSON value that is known to be a whole number, wide enough for a product."""
    return row.d.wide(t.try_cast(row.d.json_text(item), "BIGINT"))


def _each(body: Callable[[Row, Tree], Tree], kind: ScalarType = _REAL) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        made = row.d.list_map(row, numbers(row, trees[0]), lambda x: row.d.json_of(row, body(row, x), kind))
        return row.d.json_array(made)

    return row_


def _abs(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    def entry(x: Tree) -> Tree:
        whole = row.d.json_of(row, t.call("abs", _long(row, x)), _LONG)
        return row.d.json_case(x, [("long", whole), ("double", row.d.json_of(row, t.call("abs", row.d.json_number(x)), _REAL))])

    return row.d.json_array(row.d.list_map(row, items(row, trees[0]), entry))


@dataclass(frozen=True, slots=True)
class _Side:
    """A series, or a number that stands for a constant series."""

    row: Row
    tree: Tree
    kind: ScalarType

    @property
    def listed(self) -> bool:
        return self.kind is _DYNAMIC

    def item(self, place: Tree) -> Tree:
        return self.row.d.list_item(self.tree, place) if self.listed else self.tree

    def real(self, item: Tree) -> Tree:
        if self.listed:
            return self.row.d.json_real(item)
        return item if self.kind is _REAL else self.row.d.real(item)

    def whole(self, item: Tree) -> Tree:
        """Whether the item is a whole number."""
        return t.eq(self.row.d.json_kind(item), t.text("long")) if self.listed else t.truth(self.kind.is_integer)

    def long(self, item: Tree) -> Tree:
        return _long(self.row, item) if self.listed else self.row.d.wide(item)


def _pairs(body: Callable[[Row, Tree, Tree], Tree], kind: ScalarType, keeps_whole: bool = False) -> FunctionRow:
    """Two series side by side."""

    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        sides = [
            _Side(row, row.once(items(row, x)) if is_list(a) else x, a.type) for a, x in zip(call.arguments[:2], trees[:2], strict=True)
        ]
        lengths = [row.d.list_length(side.tree) for side in sides if side.listed]
        if not lengths:
            raise Refusal(f"`{call.function}` needs an array")
        known = t.and_(*(t.is_not_null(side.tree) for side in sides if side.listed)) if len(lengths) > 1 else t.true()
        count = lengths[0] if len(lengths) == 1 else t.call("greatest", *lengths)

        def result(values: list[Tree]) -> Tree:
            real = row.d.json_of(row, body(row, *(s.real(v) for s, v in zip(sides, values, strict=True))), kind)
            if not keeps_whole or _REAL in (s.kind for s in sides):
                return real
            whole = t.and_(*(s.whole(v) for s, v in zip(sides, values, strict=True)))
            wide = body(row, *(s.long(v) for s, v in zip(sides, values, strict=True)))
            return t.when(whole, row.d.json_of(row, wide, _LONG), real)

        made = row.d.list_map(row, row.d.sequence(t.num(1), count, t.num(1)), lambda i: bind_all(row, [s.item(i) for s in sides], result))
        return row.d.json_array(made if isinstance(known, nodes.Boolean) else t.when(known, made))

    return row_


def _word(name: str) -> Callable[[Row, Tree], Tree]:
    return lambda row, x: t.call(name, x)


def _guarded(name: str) -> Callable[[Row, Tree], Tree]:
    """acos and asin outside -1..1 are NaN."""

    def body(row: Row, x: Tree) -> Tree:
        return t.case([(t.between(x, t.num(-1), t.num(1)), t.call(name, x)), (t.is_not_null(x), row.d.nan())])

    return body


def _compare(test: Callable[[Tree, Tree], Tree]) -> FunctionRow:
    return _pairs(lambda row, a, b: test(a, b), _BOOL)


def _sign(row: Row, x: Tree) -> Tree:
    """-1, 0 or 1; 0 of NaN, which DuckDB takes for the greatest number."""
    greater = t.and_(t.gt(x, t.num(0)), t.not_(row.d.is_nan(x)))
    return t.case([(greater, t.num(1)), (t.lt(x, t.num(0)), t.num(-1)), (t.is_not_null(x), t.num(0))])


def _log(row: Row, x: Tree) -> Tree:
    return t.case([(t.gt(x, t.num(0)), t.call("ln", x)), (t.is_not_null(x), row.d.nan())])


# --- filling -------------------------------------------------------------------------------------------------------


def _present(row: Row, call: Call, trees: Sequence[Tree], marker: int) -> Tree:
    """The items, with null for what is to be filled: no number, or the missing-value placeholder."""
    given = call.arguments[marker] if len(trees) > marker else None
    missing = row.d.real(trees[marker]) if given is not None and not (isinstance(given, Literal) and given.value is None) else None

    def kept(x: Tree) -> Tree:
        number = row.d.json_real(x)
        return t.when(t.is_not_null(number) if missing is None else t.distinct(number, missing), x)

    kept_items = row.d.list_map(row, items(row, trees[0]), kept)
    if missing is not None:
        # null differs from the placeholder too
        kept_items = row.d.list_map(row, kept_items, lambda x: t.when(t.is_not_null(row.d.json_real(x)), x))
    return row.once(kept_items)


def _places(row: Row, xs: Tree) -> Tree:
    """The positions of the items that are there."""
    return row.once(row.d.list_filter(row, positions(row, xs), lambda i: t.is_not_null(row.d.list_item(xs, i))))


def _near(row: Row, places: Tree, i: Tree, before: bool) -> Tree:
    """The last of the places up to i, or the first from i on."""
    found = row.d.list_filter(row, places, lambda j: t.le(j, i) if before else t.ge(j, i))
    return row.d.list_item(found, t.num(-1 if before else 1))


def _fill_side(forward: bool) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        given = row.once(items(row, trees[0]))
        xs = _present(row, call, trees, 1)
        places = _places(row, xs)

        def pick(i: Tree) -> Tree:
            filled = row.bind(_near(row, places, i, forward), lambda place: row.d.list_item(xs, place))
            return t.coalesce(filled, row.d.list_item(given, i))

        return row.d.json_array(row.d.list_map(row, positions(row, xs), pick))

    return row_


def _fill_const(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    xs = _present(row, call, trees, 2)
    if len(trees) == 1:
        return row.d.json_array(xs)
    fill = json_value(row, call.arguments[1], trees[1])
    return row.d.json_array(row.d.list_map(row, xs, lambda x: t.coalesce(x, fill)))


def _fill_linear(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Between two values along the line, at the edges the nearest value; without any value the constant.

    Whole numbers stay whole: what lies between them is cut."""
    edges = row.constant(call.arguments[2], "whether `series_fill_linear` fills the edges") if len(trees) > 2 else True
    constant = json_value(row, call.arguments[3], trees[3]) if len(trees) > 3 else row.d.json_of(row, t.num(0), _LONG)
    xs = _present(row, call, trees, 1)
    places = _places(row, xs)
    wholes = row.d.list_filter(row, xs, lambda x: t.eq(row.d.json_kind(x), t.text("long")))
    whole = row.once(t.eq(row.d.list_length(wholes), row.d.list_length(places)))

    def number(place: Tree) -> Tree:
        return row.d.json_real(row.d.list_item(xs, place))

    def between(p: Tree, n: Tree, i: Tree) -> Tree:
        way = t.mul(nodes.Paren(t.sub(number(n), number(p))), row.d.real(t.sub(i, p)))
        line = t.add(number(p), t.binary("/", way, row.d.real(t.sub(n, p))))
        cut = t.when(whole, t.cast(t.call("trunc", line), "BIGINT"))
        outside = [(t.is_null(p), n), (t.or_(t.is_null(n), t.eq(p, i)), p)]
        branches = [(test, row.d.list_item(xs, place) if edges else _edge(row, xs, place, i)) for test, place in outside]
        middle = t.coalesce(row.d.json_of(row, cut, _LONG), row.d.json_of(row, line, _REAL))
        return t.case(branches, middle)

    def pick(i: Tree) -> Tree:
        return bind_all(row, [_near(row, places, i, True), _near(row, places, i, False)], lambda ends: between(ends[0], ends[1], i))

    filled = row.d.list_map(row, positions(row, xs), pick)
    empty = t.eq(row.d.list_length(places), t.num(0))
    return row.d.json_array(t.when(empty, row.d.list_map(row, xs, lambda x: constant), filled))


def _edge(row: Row, xs: Tree, place: Tree, i: Tree) -> Tree:
    """The item itself; nothing beyond the first and last one."""
    return t.when(t.eq(place, i), row.d.list_item(xs, place))


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "series_add": _pairs(lambda row, a, b: t.add(a, b), _REAL, keeps_whole=True),
        "series_subtract": _pairs(lambda row, a, b: t.sub(a, b), _REAL, keeps_whole=True),
        "series_multiply": _pairs(lambda row, a, b: t.mul(a, b), _REAL, keeps_whole=True),
        "series_divide": _pairs(lambda row, a, b: t.binary("/", a, b), _REAL),
        "series_pow": _pairs(lambda row, a, b: t.call("pow", a, b), _REAL),
        "series_equals": _compare(t.eq),
        "series_not_equals": _compare(t.ne),
        "series_less": _compare(t.lt),
        "series_less_equals": _compare(t.le),
        "series_greater": _compare(t.gt),
        "series_greater_equals": _compare(t.ge),
        "series_abs": _abs,
        "series_sign": _each(_sign, _LONG),
        "series_exp": _each(_word("exp")),
        "series_log": _each(_log),
        "series_sin": _each(_word("sin")),
        "series_cos": _each(_word("cos")),
        "series_tan": _each(_word("tan")),
        "series_asin": _each(_guarded("asin")),
        "series_acos": _each(_guarded("acos")),
        "series_atan": _each(_word("atan")),
        "series_floor": _each(_word("floor")),
        "series_ceiling": _each(lambda row, x: row.d.ceiling(x)),
        "series_fill_forward": _fill_side(True),
        "series_fill_backward": _fill_side(False),
        "series_fill_const": _fill_const,
        "series_fill_linear": _fill_linear,
    }
)
