"""Looks through a query for constants that Splunk's doubles do not hold, and for the names in use."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rulec.ir.exprs import Call, Json, Literal
from rulec.ir.rels import Query, Sample, Summarize
from rulec.ir.walk import expressions, own_expressions, relations
from rulec.scalars import MAX_DATETIME_TICKS, TICKS_PER_DAY, ScalarType
from rulec_backends.splunk.draws import draws, refuse_repeated_draws
from rulec_backends.splunk.fineness import TIMES, makes_fine, note_fine_times
from rulec_backends.splunk.literals import EXACT
from rulec_backends.splunk.stage import Context


def survey(ctx: Context, query: Query) -> None:
    """Sets the context's flags and the names that helpers must avoid; refuses what only the whole query shows."""
    names: set[str] = {c.name for c in query.columns}
    random = False
    rels = list(relations(query.relation))
    fine = False
    for rel in rels:
        names.update(c.name for c in rel.columns)
        random = random or isinstance(rel, Sample)
        if isinstance(rel, Summarize):
            ctx.odd_reals = ctx.odd_reals or any(a.aggregate.function == "avg" for a in rel.aggregates)
        for value in own_expressions(rel):
            for e in expressions(value):
                if isinstance(e, Literal):
                    _literal(ctx, e)
                elif isinstance(e, Call):
                    ctx.odd_reals = ctx.odd_reals or _may_be_odd(e)
                    random = random or draws(e)
                fine = fine or (e.type in TIMES and makes_fine(e))
    ctx.taken = frozenset(names)
    note_fine_times(ctx, rels, fine)
    if random:
        refuse_repeated_draws(ctx, query)


#: Functions of reals that give NaN or infinity for some.
_ODD = frozenset({"exp", "exp2", "exp10", "log", "log2", "log10", "sqrt", "pow", "asin", "acos", "cot"})


def _may_be_odd(e: Call) -> bool:
    match e:
        case Call(function="/" | "%", type=ScalarType.REAL, arguments=(_, Literal(value=int() | float() as divisor))):
            return not divisor
        case Call(function="todouble", arguments=(only,)):
            return only.type in (ScalarType.STRING, ScalarType.DYNAMIC)
        case _:
            return e.function in _ODD or (e.function in ("/", "%") and e.type is ScalarType.REAL)


#: Ten years.
_YEAR = 3_653 * TICKS_PER_DAY


def _integers(value: Json) -> Iterator[int]:
    match value:
        case bool():
            return
        case int():
            yield value
        case list():
            for item in value:
                yield from _integers(item)
        case dict():
            for item in value.values():
                yield from _integers(item)


def _literal(ctx: Context, e: Literal) -> None:
    match e.value:
        case float() as x if e.type is ScalarType.REAL:
            ctx.nan = ctx.nan or math.isnan(x)
            ctx.odd_reals = ctx.odd_reals or not math.isfinite(x)
        case bool():
            pass
        case int() as n if e.type.is_integer or e.type is ScalarType.DYNAMIC:
            ctx.big_integers = ctx.big_integers or abs(n) > EXACT
        case int() as ticks if e.type in (ScalarType.DATETIME, ScalarType.TIMESPAN):
            if e.type is ScalarType.DATETIME:
                ctx.far_times = ctx.far_times or not _YEAR <= ticks <= MAX_DATETIME_TICKS - _YEAR
        case list() | dict() as value:
            ctx.big_integers = ctx.big_integers or any(abs(n) > EXACT for n in _integers(value))
        case _:
            pass
