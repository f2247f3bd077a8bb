"""Which times of a query may be finer than a microsecond, so that a double of epoch seconds does not hold them.

Such times travel as decimal text. Names tell columns apart: a name is fine when any relation of the query may put a fine time under it.
"""

from __future__ import annotations

from collections.abc import Sequence

from rulec.ir.exprs import Call, Case, Column, Expr, Literal, Parameter, ToScalar, Window
from rulec.ir.rels import Extend, Filter, Join, Project, Range, Rel, Scan, Serialize, Sort, Summarize, Take, Union, Values
from rulec.ir.walk import inputs, operands
from rulec.scalars import ScalarType
from rulec_backends.splunk.stage import Context

TIMES = (ScalarType.DATETIME, ScalarType.TIMESPAN)
#: Calls whose time has whole microseconds, whatever they are given.
_COARSE = ("startof", "unixtime_", "make_", "datetime_diff")
#: Relations that bring no time of their own.
_PASSING = (Filter, Serialize, Sort, Take, Scan, Range, Union)


def note_fine_times(ctx: Context, rels: Sequence[Rel], makes: bool) -> None:
    """Sets the context's flag and the names of its fine columns; `makes`: an expression makes a fine time of something else."""
    if not makes and not any(not isinstance(rel, Join) and _new_names(rel) for rel in rels):
        return
    ctx.fine_times = True
    found: set[str] = set()
    while True:
        before = len(found)
        for rel in rels:
            found |= _fine_names(rel, found)
        if len(found) == before:
            break
    ctx.fine_columns = frozenset(found)


def makes_fine(e: Expr) -> bool:
    """Whether a time or span is made finer than a microsecond here."""
    match e:
        case Literal(value=int() as ticks):
            return ticks % 10 != 0
        case Call(function="todatetime" | "totimespan", arguments=(only,)):
            return only.type not in TIMES
        case Call(function="/" | "*", type=ScalarType.TIMESPAN, arguments=arguments):
            return e.function == "/" or any(a.type is ScalarType.REAL for a in arguments)
        case Call(function="datetime_add", arguments=(Literal(value=str() as unit), *_)) if unit.lower() == "nanosecond":
            return True
        case Call(function=name, arguments=arguments):
            odd = name == "unixtime_nanoseconds_todatetime" or any(a.type is ScalarType.REAL for a in arguments)
            return name.startswith("endof") or (odd and name.startswith(("unixtime_", "make_")))
        case _:
            return False


def _new_names(rel: Rel) -> set[str]:
    """Time columns that a relation makes in a way of its own."""
    if isinstance(rel, (Extend, Project, Values, Summarize, *_PASSING)):
        return set()
    given = {c.name for i in inputs(rel) for c in i.columns}
    return {c.name for c in rel.columns if c.type in TIMES and c.name not in given}


def _fine_names(rel: Rel, known: set[str]) -> set[str]:
    """The columns of a relation that may hold fine times."""
    match rel:
        case Extend(assignments=assignments) | Project(assignments=assignments):
            return {a.name for a in assignments if a.value.type in TIMES and fine(a.value, known)}
        case Values(columns=columns, rows=rows):
            return {c.name for i, c in enumerate(columns) if c.type in TIMES and any(fine(row[i], known) for row in rows)}
        case Summarize(keys=keys, aggregates=aggregates):
            names = {k.name for k in keys if k.value.type in TIMES and fine(k.value, known)}
            for item in aggregates:
                a = item.aggregate
                if a.function in ("avg", "stdev") or any(x.type in TIMES and fine(x, known) for x in a.arguments):
                    names |= {c.name for c in item.columns if c.type in TIMES}
            return names
        case Join():
            return _new_names(rel) if known else set()
        case _:
            return _new_names(rel)


def fine(e: Expr, known: set[str]) -> bool:
    """Whether a time or span may be finer than a microsecond."""
    match e:
        case Column(name=name):
            return name in known
        case Parameter():
            return False
        case ToScalar(relation=inner):
            return inner.columns[0].name in known
        case Call(function="bin", arguments=(_, Literal(value=int() as size))) if size % 10_000_000 == 0:
            return False
        case Call(function=name) if name.startswith(_COARSE):
            return makes_fine(e)
        case Literal() | Call() | Case() | Window():
            return makes_fine(e) or any(o.type in TIMES and fine(o, known) for o in operands(e))
        case _:
            return any(o.type in TIMES and fine(o, known) for o in operands(e)) or not operands(e)
