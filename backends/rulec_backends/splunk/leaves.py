"""Relations that read no index: datatable, print, range, watchlists.

Source: Search Reference, makeresults (JSON data, at most 29,999 characters), inputlookup.
"""

from __future__ import annotations

from rulec.backend import external_name, no_external
from rulec.ir.exprs import Call, Column, Literal
from rulec.ir.rels import External, Range, Values
from rulec.scalars import ScalarType
from rulec_backends.splunk import literals
from rulec_backends.splunk.conditions import hoisted
from rulec_backends.splunk.functions.numbers import TIMES, numeric, rounded
from rulec_backends.splunk.printer import command_text
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import (
    Aggregation,
    Field,
    InputLookup,
    MakeResults,
    MakeRows,
    MvExpand,
    Number,
    Stats,
    Text,
    Where,
    fn,
    number,
    op,
)

_DATA = 29_000
#: What makes a value of a lookup's text.
_FROM_TEXT = {
    ScalarType.BOOL: "tobool", ScalarType.DATETIME: "todatetime", ScalarType.INT: "toint", ScalarType.LONG: "tolong",
    ScalarType.REAL: "todouble", ScalarType.TIMESPAN: "totimespan",
}  # fmt: skip
_EMPTY_ROW = (("_row", "1"),)


def values(b: Builder, rel: Values) -> None:
    """Constant rows. All values are texts, so that none loses digits; a null is left out."""
    if not rel.rows:
        b.emit(MakeResults())
        b.emit(Where(fn("false")))
        return
    if len(rel.rows) == 1:
        b.emit(MakeResults())
        cells = [(c.name, b.value(hoisted(b, cell))) for c, cell in zip(rel.columns, rel.rows[0], strict=True)]
        for name, node in cells:
            b.assign(name, node)
        b.forget()
        return
    rows: list[tuple[tuple[str, str], ...]] = []
    for row in rel.rows:
        found: list[tuple[str, str]] = []
        for column, cell in zip(rel.columns, row, strict=True):
            if not isinstance(cell, Literal):
                b.ctx.refuse(cell.span, "a cell of a table with several rows that is no constant", code="RC402")
                return
            text = literals.stored_text(cell.value, cell.type)
            if text is not None:
                found.append((column.name, text))
        rows.append(tuple(found) or _EMPTY_ROW)
    made = MakeRows(tuple(rows))
    if len(command_text(made)) > _DATA:
        b.ctx.refuse(rel.span, "a constant table longer than the 29,999 characters of `makeresults`", "put it into a lookup", "RC402")
    b.emit(made)


def range_(b: Builder, rel: Range) -> None:
    """Numbered rows."""
    start, stop, step = rel.start, rel.stop, rel.step
    ends = (start, stop, step)
    if not all(isinstance(e, Literal) and isinstance(e.value, int | float) for e in ends) or start.type is ScalarType.REAL:
        _computed_range(b, rel)
        return
    first, last, size = (e.value for e in ends if isinstance(e, Literal))
    assert isinstance(first, int) and isinstance(last, int) and isinstance(size, int)
    count = max((last - first) // size + 1, 0) if size else 0
    if count > 50_000:
        b.ctx.refuse(rel.span, "`range` of more than 50,000 rows", code="RC402")
    if count == 0:
        b.emit(MakeResults())
        b.emit(Where(fn("false")))
        return
    b.emit(MakeResults(count))
    index = b.ctx.fresh("n")
    b.emit(Stats("streamstats", (Aggregation("count", None, index),)))
    offset = op(op(Field(index), "-", number(1)), "*", b.value(step))
    b.assign(rel.name, op(b.value(start), "+", offset))


def _computed_range(b: Builder, rel: Range) -> None:
    """The same of bounds that the search computes: one row is expanded by the numbers of the steps."""
    b.emit(MakeResults())
    start, stop, step = (b.atom(numeric(b, hoisted(b, e))) for e in (rel.start, rel.stop, rel.step))
    if rel.start.type is ScalarType.DECIMAL or (rel.start.type is ScalarType.DATETIME and b.fine(start)):
        b.ctx.refuse(rel.span, "`range` of decimals, or of times finer than a microsecond: Splunk's numbers are doubles", code="RC402")
    steps = fn("floor", fn("exact", op(op(stop, "-", start), "/", step)))
    index = b.temp(fn("mvrange", number(0), op(steps, "+", number(2))), "n")
    b.emit(MvExpand(index.name))
    value = op(start, "+", op(index, "*", step))
    b.assign(
        rel.name,
        rounded(value, rel.start.type.is_integer, 6 if rel.start.type is ScalarType.DATETIME else 7)
        if rel.start.type in TIMES
        else fn("exact", value),
    )
    last = Field(rel.name)
    upward, downward = op(last, "<=", stop), op(last, ">=", stop)
    if isinstance(step, Number):
        b.emit(Where(downward if step.text.startswith("-") else upward))
    else:
        b.emit(Where(fn("if", op(step, ">", number(0)), upward, downward)))


def external(b: Builder, rel: External) -> None:
    """A watchlist or external data: a lookup table that configuration names."""
    name = b.ctx.options.externals.get(rel.key)
    if name is None:
        name = f"{external_name(rel.key)}.csv"
        message, hint = no_external(rel.kind, rel.key, name)
        b.ctx.warn(rel.span, message, hint, "RC509")
    b.emit(InputLookup(name))
    for column in rel.columns:
        if column.type is ScalarType.STRING:
            b.assign(column.name, fn("coalesce", Field(column.name), Text("")))
        elif column.type in _FROM_TEXT:
            text = Column(column.name, ScalarType.STRING, False, rel.span)
            b.assign(column.name, b.value(Call(_FROM_TEXT[column.type], (text,), column.type, True, rel.span)))
