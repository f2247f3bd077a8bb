"""Looks through a query for constants that Splunk's doubles do not hold, and for the names in use."""

from __future__ import annotations

import math

from rulec.ir.exprs import Call, Literal
from rulec.ir.rels import Query
from rulec.ir.walk import all_expressions, relations
from rulec.scalars import ScalarType
from rulec_backends.splunk.literals import EXACT
from rulec_backends.splunk.stage import Context


def survey(ctx: Context, query: Query) -> None:
    """Sets the context's flags and the names that helpers must avoid."""
    names: set[str] = {c.name for c in query.columns}
    for rel in relations(query.relation):
        names |= {c.name for c in rel.columns}
    for e in all_expressions(query.relation):
        if isinstance(e, Literal):
            _literal(ctx, e)
        elif isinstance(e, Call) and e.function.startswith("endof"):
            ctx.fine_times = True
    ctx.taken = frozenset(names)


def _literal(ctx: Context, e: Literal) -> None:
    match e.value:
        case float() as x if e.type is ScalarType.REAL:
            ctx.nan = ctx.nan or math.isnan(x)
        case bool():
            pass
        case int() as n if e.type.is_integer:
            ctx.big_integers = ctx.big_integers or abs(n) > EXACT
        case int() as ticks if e.type in (ScalarType.DATETIME, ScalarType.TIMESPAN):
            ctx.fine_times = ctx.fine_times or ticks % 10 != 0
        case _:
            pass


