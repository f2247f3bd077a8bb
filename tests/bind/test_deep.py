"""Long texts cost no stack, and texts that grow without bound are refused."""

from __future__ import annotations

import time

import pytest

from rulec.ir.show import show
from tests.bind.bound import bound, errors, names

LONG = {
    "and": "print x = 1 | where " + " and ".join(f"x != {i}" for i in range(3000)),
    "or of and": "print x = 1 | where " + " or ".join(f"x == {i} and x != {i + 1}" for i in range(1500)),
    "plus": "print x = 1 | extend y = " + " + ".join(["x"] * 2000),
    "in": "print x = 'a' | where x in (" + ",".join(f"'{i}'" for i in range(5000)) + ")",
    "case": "print x = 1 | extend y = case(" + ",".join(f"x == {i}, {i}" for i in range(1500)) + ", 0)",
    "path": "print d = dynamic({}) | extend x = d" + ".a" * 1500,
    "where": "print x = 1 " + " ".join(f"| where x != {i}" for i in range(1000)),
    "extend": "print x = 1 " + " ".join(f"| extend y{i} = x" for i in range(1000)),
    "union": "print x = 1 " + "| union (print x = 2) " * 300,
    "lets": ";".join(["let a0 = print x = 1", *(f"let a{i} = a{i - 1} | where x > 0" for i in range(1, 600)), "a599"]),
    "scalar lets": ";".join(["let a0 = 1", *(f"let a{i} = a{i - 1} + 1" for i in range(1, 600)), "print a599"]),
}


@pytest.mark.parametrize("kind", LONG)
def test_long_texts_bind_verify_and_show(kind: str) -> None:
    query = bound(LONG[kind])
    assert names(query) and show(query)


def test_names_that_double_are_refused() -> None:
    doubling = ";".join(["let a0 = toscalar(print 1)", *(f"let a{i} = a{i - 1} + a{i - 1}" for i in range(1, 30)), "print a29"])
    assert [f.code for f in errors(doubling)] == ["RC309"]


def doubled(first: str, body: str, levels: int, last: str) -> str:
    """Functions of which each calls the one before it twice."""
    return ";".join([f"let f0 = {first}", *(f"let f{n} = {body.replace('?', f'f{n - 1}')}" for n in range(1, levels)), last])


LONG_SUM = "+".join(["x"] * 3000)
GROWING = {
    "scalars": doubled("(x:long) { x }", "(x:long) { ?(x) + ?(x) }", 24, "print f23(1)"),
    "deeper than calls go": doubled("(x:long) { x }", "(x:long) { ?(x) + ?(x) }", 60, "print f59(1)"),
    "tables": doubled("view() { print x = 1 }", "view() { union ?(), ?() }", 24, "f23()"),
    "subqueries": doubled("() { toscalar(print 1) }", "() { toscalar(print ?() + ?()) }", 24, "print f23()"),
    "arguments": doubled("(x:long) { x }", "(x:long) { ?(x + x) }", 30, "print z = 1 | extend y = f29(z)"),
    "long bodies": f"let f = (x:long) {{ {LONG_SUM} }}; print z = 1 | extend y = " + " + ".join(["f(z)"] * 1000),
    "long tables": f"let f = () {{ print x = 1 | extend y = {LONG_SUM} }}; union " + ", ".join(["f()"] * 1000),
    "long arguments": f"let f = (x:long) {{ 1 }}; let g = (x:long) {{ f({LONG_SUM}) }}; print z = 1 | extend y = "
    + "+".join(["g(z)"] * 1000),
}


@pytest.mark.parametrize("kind", GROWING)
def test_calls_that_grow_are_refused_in_time(kind: str) -> None:
    started = time.process_time()
    assert [f.code for f in errors(GROWING[kind])] == ["RC309"]
    assert time.process_time() - started < 10


def test_functions_inside_functions_have_a_limit() -> None:
    nested = ";".join(["let f0 = (x:long) { x }", *(f"let f{i} = (x:long) {{ f{i - 1}(x) }}" for i in range(1, 60)), "print f59(1)"])
    assert [f.code for f in errors(nested)] == ["RC309"]
