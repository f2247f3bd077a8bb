"""Random values that a search would draw more than once: SPL has no variable, so an expression that stands twice is computed twice."""

from __future__ import annotations

from collections import Counter

from rulec import catalogue
from rulec.ir.exprs import Call, Convert, Expr
from rulec.ir.rels import Query, Rel, Sample, Shared
from rulec.ir.walk import all_expressions, expressions, operands, own_expressions, read_by, relations
from rulec_backends.splunk.stage import Context

#: What is written with each operand once, where nothing is null.
_ONCE = frozenset({"+", "-", "*", "/", "<", "<=", ">", ">="})


def refuse_repeated_draws(ctx: Context, query: Query) -> None:
    """Refuses random values inside expressions that may read them twice, and of `materialize` with several uses."""
    uses: Counter[int] = Counter()
    for rel in relations(query.relation):
        uses.update(below.key for below in read_by(rel) if isinstance(below, Shared))
        for value in own_expressions(rel):
            _look_inside(ctx, value)
    for rel in relations(query.relation):
        if isinstance(rel, Shared) and rel.once and uses[rel.key] > 1 and _is_random(rel.relation):
            ctx.refuse(rel.span, "`materialize` of random rows that are read more than once: a search computes them anew", code="RC402")


def _look_inside(ctx: Context, value: Expr) -> None:
    while not draws(value) and any(map(draws, expressions(value))):
        simple = isinstance(value, Convert) or (isinstance(value, Call) and value.function in _ONCE)
        parts = [part for part in operands(value) if any(map(draws, expressions(part)))]
        if not simple or value.nullable or len(parts) > 1:
            ctx.refuse(value.span, "a random value inside an expression that reads it twice", "`extend` it first", "RC402")
            return
        value = parts[0]


def draws(value: Expr) -> bool:
    """Whether a call gives another value each time."""
    return isinstance(value, Call) and not catalogue.is_deterministic(value.function)


def _is_random(rel: Rel) -> bool:
    return any(isinstance(below, Sample) for below in relations(rel)) or any(map(draws, all_expressions(rel)))
