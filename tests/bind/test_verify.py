"""The verifier finds each kind of broken invariant; the printer shows what it is given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rulec.ir.exprs import Call, Column, Convert, Literal, Window
from rulec.ir.rels import Assignment, ColumnDef, Extend, Filter, Given, Join, OutputColumn, Project, Query, Rel, Scan, Union, Values
from rulec.ir.show import show
from rulec.ir.verify import InternalError, verify
from rulec.scalars import ScalarType as T
from rulec.source import Source, Span
from tests.bind.bound import bound

S = Span(0, 0, Source.of_text(""))
SCAN = Scan("T", (ColumnDef("a", T.LONG, True), ColumnDef("s", T.STRING, False)), S)
A, TEXT = Column("a", T.LONG, True, S), Column("s", T.STRING, False, S)
ONE = Literal(1, T.LONG, S)
BROKEN: dict[str, Rel] = {
    "is not a column of the input": Filter(SCAN, Call("==", (Column("b", T.LONG, True, S), ONE), T.BOOL, False, S), S),
    "Column(name='a'": Filter(SCAN, Call("==", (Column("a", T.LONG, False, S), ONE), T.BOOL, False, S), S),
    "expected bool": Filter(SCAN, A, S),
    "not unique": Project(SCAN, (Assignment("x", A), Assignment("x", A)), S),
    "is nullable": Scan("T", (ColumnDef("s", T.STRING, True),), S),
    "a string is nullable": Filter(SCAN, Call("isempty", (Call("tostring", (A,), T.STRING, True, S),), T.BOOL, False, S), S),
    "compares long with string": Filter(SCAN, Call("==", (A, TEXT), T.BOOL, False, S), S),
    "and of ['long']": Filter(SCAN, Call("and", (A,), T.BOOL, False, S), S),
    "no widening": Project(SCAN, (Assignment("x", Convert(A, T.INT, S)),), S),
    "no fixed order": Extend(SCAN, (Assignment("x", Window("prev", (A,), T.LONG, True, S)),), S),
    "the enclosing operator has None": Given((ColumnDef("a", T.LONG, True),), S),
    "keys are long and string": Join(SCAN, SCAN, "inner", ((A, TEXT),), (OutputColumn(ColumnDef("a", T.LONG, True), "left", "a"),), S),
    "output ColumnDef": Join(SCAN, SCAN, "inner", ((A, A),), (OutputColumn(ColumnDef("a", T.LONG, False), "left", "a"),), S),
    "an input has columns": Union((SCAN, SCAN), (ColumnDef("a", T.LONG, True),), S),
    "carried as str": Values((ColumnDef("x", T.LONG, False),), ((Literal("1", T.LONG, S),),), S),
    "a row has 0 cells": Values((ColumnDef("x", T.LONG, False),), ((),), S),
}


@pytest.mark.parametrize("message", BROKEN)
def test_a_broken_invariant_is_found(message: str) -> None:
    with pytest.raises(InternalError) as raised:
        verify(Query(BROKEN[message], False))
    assert message in str(raised.value)


def test_a_whole_query_is_checked_inside_subqueries_too() -> None:
    query = bound("print x = toscalar(datatable(a:long)[1] | where a > 0 | project a)")
    verify(query)
    inner = query.relation.rows[0][0].relation  # type: ignore[union-attr]
    broken = replace(inner, assignments=(Assignment("a", Column("nope", T.LONG, False, S)),))
    cell = replace(query.relation.rows[0][0], relation=broken)  # type: ignore[union-attr,arg-type]
    with pytest.raises(InternalError):
        verify(Query(replace(query.relation, rows=((cell,),)), False))  # type: ignore[arg-type]


def test_show_prints_one_line_a_relation() -> None:
    kql = "datatable(k:long, s:string)[1, 'a', 2, 'b'] | where k > 1 and s has 'x' | summarize n = count(), sum(k) by s | top 3 by n"
    assert show(bound(kql)) == (
        "query ordered: s: string, n: long, sum_k: long\n"
        "  take 3\n"
        "    sort n desc nulls last\n"
        "      summarize n = count(), sum_k = sum(k) by s\n"
        '        filter ((k > 1) and (s has "x"))\n'
        '          values (k: long, s: string) (1, "a"), (2, "b")\n'
    )
