"""Calls over constants that a target has no words for become their values; all else stays."""

from __future__ import annotations

import pytest

from rulec.errors import CompileError
from tests.conformance.engines import _compile, _duckdb, _python

POLYGON = 'dynamic({"type":"Polygon","coordinates":[[[0,0],[10,0],[10,5],[0,5],[0,0]]]})'


@pytest.mark.parametrize(
    "kql",
    [
        'print a = geo_point_to_s2cell(-80.195829, 25.802215, 8), b = convert_length(1.2, "foot", "meter"), c = hash_xxhash64("a")',
        f"let p = {POLYGON}; datatable(n:long)[1, 2] | extend a = tolong(geo_polygon_area(p) / 1e9) + n, b = geo_point_in_polygon(5, 1, p)",
        f"print p = {POLYGON}, n = 5 | extend y = geo_polygon_area(p) + n | where y > 0 | project z = y * 2, q = treepath(p)",
        "print a = geo_point_in_polygon(real(null), 1.0, dynamic(null)), b = gzip_decompress_from_base64_string('')",
    ],
)
def test_constants_are_computed(kql: str) -> None:
    assert _duckdb()(kql) == _python()(kql)


@pytest.mark.parametrize(
    "kql",
    [
        'datatable(x:real)[1.0, 2.0] | extend a = convert_length(x, "foot", "meter")',
        "datatable(s:string)['a', 'b'] | extend a = hash_xxhash64(s)",
        "print p = 1 | union (print p = 2) | extend a = erf(toreal(p))",
    ],
)
def test_what_depends_on_rows_is_refused(kql: str) -> None:
    with pytest.raises(CompileError):
        _compile(kql, "duckdb")


def test_no_pattern_runs_in_the_compiler() -> None:
    with pytest.raises(CompileError):
        _compile(r"""print a = hash_xxhash64(extract(@"(a+)+$", 0, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"))""", "duckdb")


def test_what_the_reference_refuses_stays_refused() -> None:
    with pytest.raises(CompileError):
        _compile("print a = geo_geohash_neighbors('bpbpbpb')", "duckdb")
