"""Statistics of series: sums and products of arrays of numbers, fits, filters. An item that is no number leaves most without an answer.

Source: Learn, "Time series analysis"; recorded answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call
from rulec.scalars import ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.functions.dynamic import items
from rulec_backends.sql.functions.series import is_list, numbers, positions
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

_REAL, _DYNAMIC, _LONG = ScalarType.REAL, ScalarType.DYNAMIC, ScalarType.LONG


def whole_series(row: Row, tree: Tree) -> Tree:
    """An array's items as doubles; null when one of them is no number."""
    xs = row.once(numbers(row, tree))
    missing = row.d.list_filter(row, xs, t.is_null)
    return row.once(t.when(t.eq(row.d.list_length(missing), t.num(0)), xs))


def _zero(row: Row) -> Tree:
    return row.d.literal(0.0, _REAL)


def _total(row: Row, xs: Tree) -> Tree:
    return row.d.list_fold(row, xs, _zero(row), t.add)


def _product(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """What is no number is passed over; null without any number."""
    xs = row.once(row.d.list_filter(row, numbers(row, trees[0]), t.is_not_null))
    product = row.d.list_fold(row, xs, row.d.literal(1.0, _REAL), t.mul)
    return t.when(t.gt(row.d.list_length(xs), t.num(0)), product)


def _dot(row: Row, a: Tree, b: Tree) -> Tree:
    def step(acc: Tree, i: Tree) -> Tree:
        return t.add(acc, t.mul(row.d.list_item(a, i), row.d.list_item(b, i)))

    # the positions as doubles: a fold's items and its result have one type
    return row.d.list_fold_positions(row, a, _zero(row), step)


def _same_length(row: Row, a: Tree, b: Tree) -> Tree:
    return t.eq(row.d.list_length(a), row.d.list_length(b))


def _two(row: Row, call: Call, trees: Sequence[Tree]) -> tuple[Tree, Tree]:
    """Two series of numbers; a scalar is a constant series of the other's length."""
    a, b = (whole_series(row, x) if is_list(e) else row.d.real(x) for e, x in zip(call.arguments[:2], trees[:2], strict=True))
    if not is_list(call.arguments[0]):
        return row.once(row.d.list_map(row, b, lambda _: a)), b
    if not is_list(call.arguments[1]):
        return a, row.once(row.d.list_map(row, a, lambda _: b))
    return a, b


def _dot_product(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    a, b = _two(row, call, trees)
    return t.when(_same_length(row, a, b), _dot(row, a, b))


def _magnitude(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    xs = whole_series(row, trees[0])
    return t.call("sqrt", row.d.list_fold(row, xs, _zero(row), lambda a, x: t.add(a, t.mul(x, x))))


def _cosine(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """The magnitudes may be given."""
    a, b = (whole_series(row, x) for x in trees[:2])
    given = [t.coalesce(row.d.real(x), t.call("sqrt", _dot(row, s, s))) for x, s in zip(trees[2:], (a, b), strict=False)]
    sizes = given + [t.call("sqrt", _dot(row, s, s)) for s in (a, b)[len(given) :]]
    known = t.and_(_same_length(row, a, b), t.gt(row.d.list_length(a), t.num(0)))
    return t.when(known, t.binary("/", _dot(row, a, b), t.mul(*sizes)))


def _pearson(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    a, b = (whole_series(row, x) for x in trees)
    n = row.d.real(row.d.list_length(a))
    mean_a, mean_b = (row.once(t.binary("/", _total(row, x), n)) for x in (a, b))
    da = row.once(row.d.list_map(row, a, lambda x: t.sub(x, mean_a)))
    db = row.once(row.d.list_map(row, b, lambda x: t.sub(x, mean_b)))
    known = t.and_(_same_length(row, a, b), t.gt(row.d.list_length(a), t.num(0)))
    sizes = t.mul(t.call("sqrt", _dot(row, da, da)), t.call("sqrt", _dot(row, db, db)))
    return t.when(known, t.binary("/", _dot(row, da, db), sizes))


def _stats(row: Row, call: Call, trees: Sequence[Tree]) -> list[tuple[str, Tree, ScalarType]]:
    """min, min_idx, max, max_idx, avg, stdev, variance, sum and len; all but the length null when an item is no number."""
    if len(trees) > 1 and row.constant(call.arguments[1], "whether `series_stats_dynamic` passes over infinities") is not False:
        raise Refusal("`series_stats_dynamic` that passes over infinities is not supported")
    xs = row.once(row.d.list_filter(row, numbers(row, trees[0]), t.is_not_null))
    size = row.once(row.d.list_length(xs))
    complete = row.once(t.and_(t.gt(size, t.num(0)), t.eq(size, row.d.list_length(items(row, trees[0])))))

    def stat(name: str) -> Tree:
        return t.when(complete, row.d.list_stat(xs, name))

    def place(value: Tree) -> Tree:
        return t.when(complete, row.d.number_position(xs, value))

    low, high = row.once(stat("min")), row.once(stat("max"))
    single = t.when(t.eq(size, t.num(1)), _zero(row))
    variance = row.once(t.when(complete, t.coalesce(single, row.d.list_stat(xs, "var_samp"))))
    return [
        ("min", low, _REAL),
        ("min_idx", place(low), _LONG),
        ("max", high, _REAL),
        ("max_idx", place(high), _LONG),
        ("avg", row.once(stat("avg")), _REAL),
        ("stdev", row.once(t.call("sqrt", variance)), _REAL),
        ("variance", variance, _REAL),
        ("sum", row.once(stat("sum")), _REAL),
        ("len", size, _LONG),
    ]


def _bag(row: Row, parts: Sequence[tuple[str, Tree, ScalarType]]) -> Tree:
    return row.d.json_object([(t.text(name), row.d.json_of(row, tree, kind)) for name, tree, kind in parts])


def _stats_dynamic(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    parts = _stats(row, call, trees)
    return t.when(t.is_not_null(parts[-1][1]), _bag(row, parts))


def _fit(row: Row, trees: Sequence[Tree]) -> tuple[list[tuple[str, Tree, ScalarType]], Tree]:
    """Least squares over the positions 0, 1, …; the parts, and the line. Null when an item is no number, or there is none."""
    given = whole_series(row, trees[0])
    ys = row.once(t.when(t.gt(row.d.list_length(given), t.num(0)), given))
    one, zero = row.d.literal(1.0, _REAL), _zero(row)
    n = row.once(row.d.real(row.d.list_length(ys)))
    mean_x = row.once(t.binary("/", nodes.Paren(t.sub(n, one)), row.d.literal(2.0, _REAL)))
    mean_y = row.once(t.binary("/", _total(row, ys), n))
    spots = row.once(row.d.list_map(row, positions(row, ys), lambda i: t.sub(t.sub(row.d.real(i), one), mean_x)))
    dy = row.once(row.d.list_map(row, ys, lambda y: t.sub(y, mean_y)))
    sxx, sxy, syy = row.once(_dot(row, spots, spots)), row.once(_dot(row, spots, dy)), row.once(_dot(row, dy, dy))
    # one item alone has no slope
    slope = row.once(t.when(t.gt(sxx, t.num(0)), t.binary("/", sxy, sxx), t.mul(n, zero)))
    start = row.once(t.sub(mean_y, t.mul(slope, mean_x)))
    line = row.once(row.d.list_map(row, positions(row, ys), lambda i: t.add(start, t.mul(slope, t.sub(row.d.real(i), one)))))
    rest = row.once(t.sub(syy, t.mul(slope, sxy)))
    square = t.sub(one, t.binary("/", rest, t.nullif(syy, zero)))
    less = t.call("greatest", t.sub(n, one), one)
    parts = [
        ("rsquare", row.once(t.when(t.is_not_null(n), t.coalesce(square, zero))), _REAL),
        ("slope", slope, _REAL),
        ("variance", row.once(t.binary("/", syy, less)), _REAL),
        ("rvariance", row.once(t.binary("/", rest, less)), _REAL),
        ("interception", start, _REAL),
    ]
    return parts, line


def _fit_line_dynamic(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    parts, line = _fit(row, trees)
    pairs = [(t.text(name), row.d.json_of(row, tree, kind)) for name, tree, kind in parts]
    pairs.append((t.text("line_fit"), row.d.json_array(row.d.list_map(row, line, lambda v: row.d.json_of(row, v, _REAL)))))
    return t.when(t.is_not_null(line), row.d.json_object(pairs))


def _first_part(parts: Callable[[Row, Call, Sequence[Tree]], Sequence[tuple[str, Tree, ScalarType]]]) -> FunctionRow:
    """A function of several columns inside an expression: its first one."""
    return lambda row, call, trees: parts(row, call, trees)[0][1]


def _iir(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """y[i] = (sum b[k] x[i-k] - sum a[k] y[i-k]) / a[0], with constant coefficients."""
    b, a = (row.constant(e, "the coefficients of `series_iir`") for e in call.arguments[1:3])
    if not (isinstance(a, list) and isinstance(b, list) and a and all(isinstance(v, (int, float)) for v in (*a, *b))):
        raise Refusal("the coefficients of `series_iir` must be arrays of numbers")
    coefficients_a = [float(v) for v in a if isinstance(v, (int, float))]
    coefficients_b = [float(v) for v in b if isinstance(v, (int, float))]
    xs = whole_series(row, trees[0])

    def step(ys: Tree, i: Tree) -> Tree:
        parts: list[Tree] = []
        for k, c in enumerate(coefficients_b):
            parts.append(_term(row, xs, t.sub(i, t.num(k)) if k else i, c))
        for k, c in enumerate(coefficients_a[1:], start=1):
            parts.append(_term(row, ys, t.sub(i, t.num(k)), -c))
        value = parts[0]
        for part in parts[1:]:
            value = t.add(value, part)
        if coefficients_a[0] != 1.0:
            value = t.binary("/", nodes.Paren(value), row.d.literal(coefficients_a[0], _REAL))
        return row.d.list_append(ys, value)

    made = row.d.list_fold(row, positions(row, xs), row.d.array([], "DOUBLE"), step)
    return row.d.json_array(row.d.list_map(row, made, lambda v: row.d.json_of(row, v, _REAL)))


def _term(row: Row, xs: Tree, place: Tree, factor: float) -> Tree:
    item = t.coalesce(t.when(t.gt(place, t.num(0)), row.d.list_item(xs, place)), _zero(row))
    return item if factor == 1.0 else t.mul(row.d.literal(factor, _REAL), item)


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "series_product": _product,
        "series_dot_product": _dot_product,
        "series_magnitude": _magnitude,
        "series_cosine_similarity": _cosine,
        "series_pearson_correlation": _pearson,
        "series_stats_dynamic": _stats_dynamic,
        "series_stats": _first_part(_stats),
        "series_fit_line_dynamic": _fit_line_dynamic,
        "series_fit_line": _first_part(lambda row, call, trees: _fit(row, trees)[0]),
        "series_iir": _iir,
    }
)
