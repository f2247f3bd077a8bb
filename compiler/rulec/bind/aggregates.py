"""Aggregate calls: their arguments over the input's rows, their condition, and the columns they give."""

from __future__ import annotations

from typing import Final, NamedTuple

from rulec import catalogue
from rulec.bind import calls, exprs
from rulec.bind.coerce import coerce, constant
from rulec.bind.naming import written_name
from rulec.bind.scope import Context, column, definition
from rulec.catalogue.signatures import AggregateFunction, Empty
from rulec.ir.exprs import Aggregate, Expr, Literal
from rulec.ir.rels import ColumnDef
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec.syntax import nodes

_SPREAD: Final = frozenset({"stdev", "stdevp", "variance", "variancep", "covariance", "covariancep"})
#: Aggregates of times whose result, or its unit, nothing says. The analyzer takes them.
_OF_NUMBERS: Final = {ScalarType.DATETIME: _SPREAD | {"sum"}, ScalarType.TIMESPAN: _SPREAD}


class Result(NamedTuple):
    """One column of an aggregate: the name that it suggests, its type, whether it can be null."""

    name: str
    type: ScalarType
    nullable: bool


class Bound(NamedTuple):
    """An aggregate and the columns that it gives."""

    aggregate: Aggregate
    results: tuple[Result, ...]


def collect(node: nodes.Call, function: AggregateFunction, context: Context) -> Expr:
    """An aggregate inside a larger expression: it is computed under a hidden name, which the expression reads."""
    collected = context.collected
    assert collected is not None
    bound = bind_aggregate(node, function, context)
    results = [result for one in bound for result in one.results]
    if len(results) > 1:
        message = f"`{node.name.text}` gives {len(results)} columns here, an expression reads one"
        raise context.state.refuse(node.span, "RC302", message)
    result = results[0]
    made = column_of(result, collected.names.derived(result.name or function.name))
    collected.found.append(((made,), bound[0].aggregate))
    return column(made, node.span)


def bind_aggregate(node: nodes.Call, function: AggregateFunction, context: Context) -> list[Bound]:
    """The aggregates that a call means: several of `percentiles`, one of all others.

    Args:
        context: The context of `summarize`, its `row` the input's columns.

    Raises:
        Refused: The arguments do not fit.
    """
    inner = replace(context, collected=None)
    arguments = _arguments(node, function, inner, context)
    values = tuple(v for _, v in arguments)
    resolution = calls.resolve(function, values, node, inner)
    values = calls.require_constants(function, values, node, inner)
    values = tuple(v if p is None else coerce(v, p) for v, p in zip(values, resolution.parameters, strict=True))
    name = function.base or function.name
    if values and name in _OF_NUMBERS.get(values[0].type, ()):
        message = f"no page says what `{node.name.text}` of a {values[0].type.value} is"
        raise context.state.refuse(node.span, "RC307", message, "subtract a datetime and divide by a timespan: that is a number")
    condition = None if function.condition is None else values[function.condition]
    plain = tuple(v for at, v in enumerate(values) if at != function.condition)
    if function.limit is not None and len(plain) == 1:
        plain = (*plain, Literal(function.limit, ScalarType.LONG, node.span))
    if function.name.startswith("percentile") and not function.name.endswith("_array"):
        plain = (calls.coerce_value(plain[0], resolution.result), *plain[1:])
        return _percentiles(function, plain, condition, node, context)
    if name == "count":
        plain = ()
    names = [n for at, (n, _) in enumerate(arguments) if at != function.condition]
    results = _results(function, plain, names, resolution.result, condition, context, node)
    return [Bound(Aggregate(name, plain, condition, node.span), results)]


def _arguments(node: nodes.Call, function: AggregateFunction, inner: Context, outer: Context) -> list[tuple[str, Expr]]:
    """The arguments with the names of the columns that they suggest; `*` is every column that is no key."""
    written = list(calls.positional(node, inner))
    star = isinstance(written[-1], nodes.Star) if written else False
    if not star:
        bound = exprs.bind_all(tuple(written), inner)
        return list(zip([written_name(w) for w in written], bound, strict=True))
    if not function.several or (len(written) > 1 and function.name.startswith(("take", "any"))):
        raise inner.state.refuse(written[-1].span, "RC302", f"`{node.name.text}` takes no `*`")
    if not inner.state.are_tables(outer.open):
        raise inner.state.refuse(written[-1].span, "RC302", "`*` stands for columns that depend on the data here")
    given = written[:-1]
    bound = exprs.bind_all(tuple(given), inner)
    named = list(zip([written_name(w) for w in given], bound, strict=True))
    skip = set(outer.keys) | {w.text for w in given if isinstance(w, nodes.Name)}
    return named + [(c.name, column(c, written[-1].span)) for c in outer.row.values() if c.name not in skip]


def _percentiles(
    function: AggregateFunction, plain: tuple[Expr, ...], condition: Expr | None, node: nodes.Call, context: Context
) -> list[Bound]:
    """`percentiles(x, 5, 95)` is two `percentile` aggregates; columns are percentile_x_5 and so on, a point as `_`."""
    weighted = function.name in ("percentilew", "percentilesw")
    fixed = plain[: 2 if weighted else 1]
    argument = written_name(node.arguments[0].value)
    found = []
    for rank in plain[len(fixed) :]:
        known = constant(rank)
        text = "" if known is None else _rank_text(known)
        nullable = _nullable(Empty.NULL, fixed, condition, context)
        result = Result(f"percentile_{argument}_{text}", fixed[0].type, nullable and fixed[0].type is not ScalarType.STRING)
        name = "percentilew" if weighted else "percentile"
        found.append(Bound(Aggregate(name, (*fixed, rank), condition, node.span), (result,)))
    return found


def _rank_text(rank: Literal) -> str:
    text = repr(rank.value) if isinstance(rank.value, float) else str(rank.value)
    return text.removesuffix(".0").replace(".", "_")


def _results(
    function: AggregateFunction,
    plain: tuple[Expr, ...],
    names: list[str],
    kind: ScalarType,
    condition: Expr | None,
    context: Context,
    node: nodes.Call,
) -> tuple[Result, ...]:
    if not function.several:
        return (Result(written_name(node), kind, _nullable(function.empty_of(kind), plain, condition, context)),)
    results = []
    prefix = function.name_prefix
    for at, (name, value) in enumerate(zip(names, plain, strict=True)):
        chosen = _several_name(function.name, prefix, name, names[0], at)
        # The value that comes with the greatest can be null only where the column can.
        results.append(Result(chosen, value.type, _nullable(function.empty_of(value.type), plain, condition, context) or value.nullable))
    return tuple(results)


def _several_name(function: str, prefix: str, name: str, first: str, at: int) -> str:
    """Source: Microsoft's analyzer."""
    match function:
        case "arg_max" | "arg_min":
            stem = function[-3:]
            return name or (f"{stem}_" if at == 0 else f"{stem}_{first}_arg{at}")
        case "argmax" | "argmin":
            return f"{prefix}_{name}" if at == 0 else f"{prefix}_{first}_{name}"
        case "take_any":
            return name or f"any_arg{at}"
        case _:
            return f"{prefix}_{name}"


def _nullable(empty: Empty, values: tuple[Expr, ...], condition: Expr | None, context: Context) -> bool:
    """Null of no row, where the aggregate has no other value of nothing: not in a group, which has a row, of values never null."""
    if empty is not Empty.NULL:
        return False
    return not context.grouped or condition is not None or any(v.nullable for v in values)


def is_aggregate(node: nodes.Expr, context: Context) -> AggregateFunction | None:
    """The aggregate that an expression calls directly."""
    if isinstance(node, nodes.Call) and context.scope.find(node.name.text) is None:
        return catalogue.aggregate(node.name.text)
    return None


def column_of(result: Result, name: str) -> ColumnDef:
    """The output column of a result under a name."""
    return definition(name, result.type, result.nullable)
