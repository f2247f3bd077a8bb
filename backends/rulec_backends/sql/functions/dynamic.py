"""Arrays and bags, on the dialect's lists of JSON.

Source: Learn, "Dynamic/array functions"; recorded answers (kql.md section 5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call, Expr, Literal, Path
from rulec.scalars import ScalarType
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

_STRING, _DYNAMIC, _LONG = ScalarType.STRING, ScalarType.DYNAMIC, ScalarType.LONG


def items(row: Row, tree: Tree) -> Tree:
    return row.d.json_items(row, tree)


def json_value(row: Row, expr: Expr, tree: Tree) -> Tree:
    """Any argument as a dynamic value."""
    if isinstance(expr, Literal) and expr.value is None and expr.type is not _STRING:
        return t.cast(t.null(), row.d.sql_type(_DYNAMIC))
    return row.d.json_of(row, tree, expr.type)


def _array_length(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return row.d.json_length(row, trees[0])


def _pack_array(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    values = [json_value(row, a, x) for a, x in zip(call.arguments, trees, strict=True)]
    return row.d.json_array(row.d.array(values, row.d.sql_type(_DYNAMIC)))


def bind_all(row: Row, trees: Sequence[Tree], body: Callable[[list[Tree]], Tree]) -> Tree:
    """`body` of the trees, each evaluated once; see `Row.bind`."""
    if not trees:
        return body([])
    return row.bind(trees[0], lambda first: bind_all(row, trees[1:], lambda rest: body([first, *rest])))


def is_known_array(expr: Expr) -> bool:
    """Whether the value is certainly an array."""
    return (isinstance(expr, Literal) and isinstance(expr.value, list)) or (isinstance(expr, Call) and expr.function == "pack_array")


def _array_concat(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Arguments that are no arrays are passed over; null when none is one."""
    empty = row.d.array([], row.d.sql_type(_DYNAMIC))
    if any(is_known_array(a) for a in call.arguments):
        lists = [
            items(row, x) if is_known_array(a) else t.coalesce(items(row, x), empty) for a, x in zip(call.arguments, trees, strict=True)
        ]
        return row.d.json_array(row.d.list_concat(lists))

    def joined(lists: list[Tree]) -> Tree:
        present = t.or_(*(t.is_not_null(x) for x in lists))
        return t.when(present, row.d.list_concat([t.coalesce(x, empty) for x in lists]))

    return row.d.json_array(bind_all(row, [items(row, x) for x in trees], joined))


def given(expr: Expr, tree: Tree) -> list[Tree]:
    """The test that a number is not null; none for a constant."""
    return [] if isinstance(expr, Literal) and expr.value is not None else [t.is_not_null(tree)]


def _array_slice(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Ends included; negative indexes count from the end."""

    def sliced(xs: Tree) -> Tree:
        size = row.d.list_length(xs)
        start = _from_end(row, call.arguments[1], trees[1], size)
        stop = _from_end(row, call.arguments[2], trees[2], size)
        ends = [test for a, x in zip(call.arguments[1:], trees[1:], strict=True) for test in given(a, x)]
        part = row.d.list_slice(
            xs, t.call("greatest", t.add(start, t.num(1)), t.num(1)), t.call("greatest", t.add(stop, t.num(1)), t.num(0))
        )
        return t.when(t.and_(*ends), part) if ends else part

    return row.d.json_array(row.bind(items(row, trees[0]), sliced))


def _from_end(row: Row, expr: Expr, tree: Tree, size: Tree) -> Tree:
    if isinstance(expr, Literal) and isinstance(expr.value, int):
        return t.num(expr.value) if expr.value >= 0 else t.add(size, t.num(expr.value))
    return row.bind(within_reach(row, tree), lambda n: t.when(t.lt(n, t.num(0)), t.add(size, n), n))


#: More than any list has, and far from the ends of the integers.
_REACH: Final = 2**30


def within_reach(row: Row, tree: Tree) -> Tree:
    """An index that arithmetic cannot carry out of range; what is beyond any list stays beyond it."""
    if t.integer(tree) is not None:
        return tree
    return row.bind(
        tree,
        lambda n: t.case([(t.gt(n, t.num(_REACH)), t.num(_REACH)), (t.lt(n, t.num(-_REACH)), t.num(-_REACH))], n),
    )


def _rotate(left: bool) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        def rotated(xs: Tree) -> Tree:
            size = row.d.list_length(xs)
            count = trees[1] if left else t.neg(trees[1])
            shift = row.bind(
                row.d.modulo(row.d.modulo(count, t.nullif(size, t.num(0))), t.nullif(size, t.num(0))),
                lambda n: t.when(t.lt(n, t.num(0)), t.add(n, size), n),
            )

            def cut(n: Tree) -> Tree:
                tail = row.d.list_slice(xs, t.add(n, t.num(1)), size)
                head = row.d.list_slice(xs, t.num(1), n)
                known = t.and_(t.is_not_null(xs), *given(call.arguments[1], trees[1]))
                return t.when(known, t.when(t.is_not_null(n), row.d.list_concat([tail, head]), xs))

            return row.bind(shift, cut)

        return row.d.json_array(row.bind(items(row, trees[0]), rotated))

    return row_


def _shift(left: bool) -> FunctionRow:
    """Shifts by the count, filling with null or the given value."""

    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        fill = json_value(row, call.arguments[2], trees[2]) if len(trees) > 2 else t.cast(t.null(), row.d.sql_type(_DYNAMIC))
        count = trees[1] if left else t.neg(trees[1])

        def shifted(xs: Tree) -> Tree:
            size = row.d.list_length(xs)
            positions = row.d.sequence(t.num(1), size, t.num(1))

            def pick(i: Tree) -> Tree:
                place = t.add(i, count)
                inside = t.between(place, t.num(1), size)
                return t.when(inside, row.d.list_item(xs, place), fill)

            made, known = row.d.list_map(row, positions, pick), given(call.arguments[1], trees[1])
            return t.when(t.and_(*known), made) if known else made

        return row.d.json_array(row.bind(items(row, trees[0]), shifted))

    return row_


def _array_reverse(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return row.d.json_array(t.call(row.d.word_list_reverse, items(row, trees[0])))


def _array_split(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Cuts before each index."""
    places = call.arguments[1]
    if isinstance(places, Literal) and isinstance(places.value, int):
        cuts: list[int] = [places.value]
    elif isinstance(places, Literal) and isinstance(places.value, list) and all(isinstance(v, int) for v in places.value):
        cuts = [v for v in places.value if isinstance(v, int)]
    else:
        raise Refusal("the indexes of `array_split` must be constants")

    if all(c >= 0 for c in cuts):
        # a cut before another one cuts nothing off
        cuts = list(accumulate(cuts, max))

    def pieces(xs: Tree) -> Tree:
        size = row.d.list_length(xs)
        starts: list[Tree] = [
            t.num(0),
            *(t.num(c) if c >= 0 else t.call("greatest", t.add(size, t.num(c)), t.num(0)) for c in cuts),
        ]
        stops = [*starts[1:], size]
        made = [row.d.json_array(row.d.list_slice(xs, t.add(a, t.num(1)), b)) for a, b in zip(starts, stops, strict=True)]
        whole = row.d.json_array(row.d.array(made, row.d.sql_type(_DYNAMIC)))
        return t.when(t.is_not_null(xs), whole)

    return row.bind(items(row, trees[0]), pieces)


def _array_index_of(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """array_index_of(array, value[, start[, length[, occurrence]]]): -1 when absent; null when there is no array."""
    if len(trees) == 2:
        return _position(row, call, trees)
    is_real = call.arguments[1].type is ScalarType.REAL
    listed = items(row, trees[0])
    xs = row.once(row.d.list_map(row, listed, row.d.json_real) if is_real else listed)
    wanted = trees[1] if is_real else json_value(row, call.arguments[1], trees[1])
    size = row.once(row.d.list_length(xs))
    start = row.once(t.call("greatest", _from_end(row, call.arguments[2], trees[2], size), t.num(0)))
    stop = size
    if len(trees) > 3:
        length = row.once(within_reach(row, trees[3]))
        stop = t.when(t.lt(length, t.num(0)), stop, t.call("least", size, t.add(start, length)))
    places = row.d.sequence(row.once(t.add(start, t.num(1))), row.once(stop), t.num(1))
    found = row.d.list_filter(row, places, lambda i: t.same(row.d.list_item(xs, i), wanted))
    place = row.d.list_item(found, trees[4] if len(trees) > 4 else t.num(1))
    known = [t.is_not_null(xs), *(test for a, x in zip(call.arguments[2:], trees[2:], strict=True) for test in given(a, x))]
    return t.when(t.and_(*known), t.coalesce(t.sub(place, t.num(1)), t.num(-1)))


def _position(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """A real is found by its number: 15.0 is 15."""
    found = items(row, trees[0])
    if call.arguments[1].type is ScalarType.REAL:
        return row.d.number_position(row.once(row.d.list_map(row, found, row.d.json_real)), trees[1])
    return row.d.list_position(found, json_value(row, call.arguments[1], trees[1]))


def _set_has_element(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return t.ge(_position(row, call, trees), t.num(0))


def _zip(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Items at the same place, padded with null; a value that is no array is an array of itself, null an empty one."""
    empty = row.d.array([], row.d.sql_type(_DYNAMIC))

    def listed(expr: Expr, tree: Tree) -> Tree:
        if is_known_array(expr):
            return items(row, tree)
        tree = row.once(tree)
        alone = t.when(t.is_null(tree), empty, row.d.array([tree], row.d.sql_type(_DYNAMIC)))
        return t.coalesce(items(row, tree), alone)

    lists = [row.once(listed(a, x)) for a, x in zip(call.arguments, trees, strict=True)]
    longest = t.call("greatest", *(row.d.list_length(x) for x in lists))
    positions = row.d.sequence(t.num(1), longest, t.num(1))

    def entry(i: Tree) -> Tree:
        return row.d.json_array(row.d.array([row.d.list_item(x, i) for x in lists], row.d.sql_type(_DYNAMIC)))

    return row.d.json_array(row.d.list_map(row, positions, entry))


def _array_iff(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    conditions = row.once(items(row, trees[0]))

    def side(expr: Expr, tree: Tree) -> tuple[Tree, bool | None]:
        """A value and whether it is an array, None when that is known at run time only."""
        if expr.type is not _DYNAMIC:
            return json_value(row, expr, tree), False
        return (row.once(items(row, tree)), True) if is_known_array(expr) else (row.once(tree), None)

    sides = [side(a, x) for a, x in zip(call.arguments[1:3], trees[1:3], strict=True)]

    def chosen_item(x: Tree, is_list: bool | None, i: Tree) -> Tree:
        if is_list is False:
            return x
        if is_list:
            return row.d.list_item(x, i)
        item = row.d.list_item(items(row, x), i)
        return t.when(t.eq(row.d.json_kind(x), t.text("array")), item, x)

    def pick(i: Tree) -> Tree:
        condition = row.d.list_item(conditions, i)
        values = [chosen_item(x, is_list, i) for x, is_list in sides]

        def chosen(c: Tree) -> Tree:
            # only numbers and bools are conditions
            truth = row.d.json_to(row, c, ScalarType.BOOL)
            return t.when(t.ne(row.d.json_kind(c), t.text("string")), t.case([(truth, values[0]), (t.not_(truth), values[1])]))

        return row.bind(condition, chosen)

    positions = row.d.sequence(t.num(1), row.d.list_length(conditions), t.num(1))
    return row.d.json_array(row.d.list_map(row, positions, pick))


def _strcat_array(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    texts = row.d.list_map(row, items(row, trees[0]), row.d.json_string)
    return t.coalesce(row.d.list_join(texts, trees[1]), t.text(""))


def _split(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """At least one element; with an index a one-element array, or null outside."""
    s, d = trees[0], trees[1]
    made = row.d.split(row, s, d)
    if len(trees) == 2:
        return row.d.json_strings(row, made)
    place = t.integer(trees[2])
    if place == 0:
        return row.d.json_strings(row, row.d.array([row.d.list_item(made, t.num(1))], "VARCHAR"))
    made = row.once(made)
    index = t.add(trees[2], t.num(1))
    item = row.d.list_item(made, index)
    inside = t.between(index, t.num(1), row.d.list_length(made))
    return t.when(inside, row.d.json_strings(row, row.d.array([item], "VARCHAR")))


def split_item(row: Row, path: Path) -> Tree | None:
    """The element that `split(text, delimiter, index)[0]` reads, as a dynamic string; None for other paths."""
    base, first = path.base, path.steps[0]
    if not (isinstance(base, Call) and base.function == "split" and len(base.arguments) == 3):
        return None
    index, step = base.arguments[2], first.value if isinstance(first, Literal) else first
    if step != 0 or isinstance(step, bool) or not (isinstance(index, Literal) and isinstance(index.value, int) and index.value >= 0):
        return None
    made = row.d.split(row, row.lower(base.arguments[0]), row.lower(base.arguments[1]))
    return row.d.json_text_value(row.d.list_item(made, t.num(index.value + 1)))


def _capped(row: Row, call: Call, trees: Sequence[Tree], step: Tree) -> Tree:
    """The stop, such that there are at most 2^20 values: the engine gives no more."""
    start, stop, width = t.integer(trees[0]), t.integer(trees[1]), t.integer(step)
    if start is not None and stop is not None and width is not None:
        furthest = start + width * (2**20 - 1)
        return t.num(min(stop, furthest) if width > 0 else max(stop, furthest))
    if width is None or not all(a.type.is_integer for a in call.arguments[:2]):
        return trees[1]
    # the difference as a real: of longs it may leave 64 bits
    first, end, length = row.once(trees[0]), row.once(trees[1]), abs(width) * (2**20 - 1)
    span = t.sub(row.d.real(end), row.d.real(first)) if width > 0 else t.sub(row.d.real(first), row.d.real(end))
    furthest_tree = t.add(first, t.num(length)) if width > 0 else t.sub(first, t.num(length))
    return t.when(t.gt(span, row.d.literal(float(length), ScalarType.REAL)), furthest_tree, end)


def _range(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """The array start, start+step, … up to stop."""
    kind = call.arguments[0].type
    kinds = {a.type for a in call.arguments}
    if ScalarType.DECIMAL in kinds:
        raise Refusal("`range` of decimals is not supported", "convert them with todouble()")
    if ScalarType.REAL in kinds:
        kind = ScalarType.REAL
        trees = [x if a.type is kind else row.d.real(x) for a, x in zip(call.arguments, trees, strict=True)]
    default = {ScalarType.REAL: row.d.literal(1.0, ScalarType.REAL), ScalarType.DATETIME: t.num(36_000_000_000)}
    default[ScalarType.TIMESPAN] = default[ScalarType.DATETIME]
    step = trees[2] if len(trees) > 2 else default.get(kind, t.num(1))
    if len(trees) > 2 and not t.integer(step):
        # a step of zero: null
        step = t.nullif(step, t.num(0))
    found = row.d.range_items(row, trees[0], _capped(row, call, trees, step), step, kind)
    return row.d.json_array(row.d.list_map(row, found, lambda x: row.d.json_of(row, row.d.range_value(x, kind), kind)))


def _repeat(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Null for a count that is none: below 0, or more than arrays have."""
    value = row.once(json_value(row, call.arguments[0], trees[0]))
    count = row.once(trees[1])
    positions = row.d.sequence(t.num(1), count, t.num(1))
    made = row.d.list_map(row, positions, lambda i: value)
    return row.d.json_array(t.when(t.between(count, t.num(0), t.num(2**20)), made))


def _sort(descending: bool) -> FunctionRow:
    def row_(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
        nulls_last: object = True
        if len(trees) > 1:
            if call.arguments[1].type is not ScalarType.BOOL:
                raise Refusal("sorting several arrays together is not supported")
            nulls_last = row.constant(call.arguments[1], "the place of nulls")
        return row.d.json_array(row.d.list_sort(row, items(row, trees[0]), descending, bool(nulls_last)))

    return row_


def _array_sum(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """What is no number is passed over; null without any number."""

    def total(xs: Tree) -> Tree:
        folded = row.d.list_fold(row, xs, row.d.literal(0.0, ScalarType.REAL), t.add)
        return t.when(t.gt(row.d.list_length(xs), t.num(0)), folded)

    numbers = row.d.list_map(row, items(row, trees[0]), row.d.json_real)
    return row.bind(row.d.list_filter(row, numbers, t.is_not_null), total)


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "array_length": _array_length,
        "pack_array": _pack_array,
        "array_concat": _array_concat,
        "array_slice": _array_slice,
        "array_rotate_left": _rotate(True),
        "array_rotate_right": _rotate(False),
        "array_shift_left": _shift(True),
        "array_shift_right": _shift(False),
        "array_reverse": _array_reverse,
        "array_split": _array_split,
        "array_index_of": _array_index_of,
        "array_iff": _array_iff,
        "array_sort_asc": _sort(False),
        "array_sort_desc": _sort(True),
        "set_has_element": _set_has_element,
        "series_sum": _array_sum,
        "zip": _zip,
        "strcat_array": _strcat_array,
        "split": _split,
        "range": _range,
        "repeat": _repeat,
    }
)
