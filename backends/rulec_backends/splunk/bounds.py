"""How many rows a relation can have, as far as its form tells; what a subsearch may drop without a word.

Source: limits.conf, [subsearch], [join], [searchresults].
"""

from __future__ import annotations

from rulec.ir.exprs import Literal
from rulec.ir.rels import Extend, Filter, Project, Range, Rel, Sample, Scan, Serialize, Shared, Sort, Summarize, Take, Union, Values
from rulec.ir.walk import relations
from rulec.source import Span
from rulec_backends.splunk.stage import Context

#: Rows that a subsearch of join, append or appendcols may give.
SUBSEARCH_ROWS = 50_000


def most_rows(rel: Rel) -> int | None:
    """An upper bound, None when there is none."""
    match rel:
        case Values(rows=rows):
            return len(rows)
        case Take(input=inner, count=Literal(value=int() as n)) | Sample(input=inner, count=Literal(value=int() as n)):
            below = most_rows(inner)
            return n if below is None else min(n, below)
        case (
            Filter(input=inner)
            | Extend(input=inner)
            | Project(input=inner)
            | Sort(input=inner)
            | Serialize(input=inner)
            | Shared(relation=inner)
        ):
            return most_rows(inner)
        case Summarize(input=inner, keys=keys):
            return most_rows(inner) if keys else 1
        case Union(inputs=inputs):
            sizes = [most_rows(i) for i in inputs]
            return None if any(s is None for s in sizes) else sum(s or 0 for s in sizes)
        case Range(start=Literal(value=int() as a), stop=Literal(value=int() as z), step=Literal(value=int() as s)) if s:
            return max((z - a) // s + 1, 0)
        case _:
            return None


def fits(rel: Rel) -> bool:
    """Whether a subsearch certainly gives all rows."""
    size = most_rows(rel)
    return size is not None and size <= SUBSEARCH_ROWS


def reads_index(rel: Rel) -> bool:
    """Whether a relation reads a table, so that it takes time."""
    return any(isinstance(one, Scan) for one in relations(rel))


def check(ctx: Context, rel: Rel, span: Span, expanded: bool = False) -> None:
    """Warns when a subsearch could drop rows, by their number or by its time; `expanded`: a row for each element of its array."""
    if not fits(rel) or (expanded and reads_index(rel)):
        ctx.warn(
            span,
            f"a subsearch gives at most {SUBSEARCH_ROWS:,} rows and runs at most 60 seconds; rows beyond are dropped without a word",
            "raise `[join] subsearch_maxout` and `subsearch_maxtime` in limits.conf, or filter more",
        )
    elif reads_index(rel):
        ctx.warn(
            span,
            "a subsearch runs at most 60 seconds; what it has not read by then is missing without a word",
            "raise `[subsearch] maxtime` and `[join] subsearch_maxtime` in limits.conf, or filter more",
        )
