"""What a target has no words for but the query's text decides is computed; all else stays refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulec.api import Request, compile_query
from rulec.errors import CompileError
from tests.conformance.engines import Runner, _duckdb, _python

POLYGON = 'dynamic({"type":"Polygon","coordinates":[[[0,0],[10,0],[10,5],[0,5],[0,0]]]})'
EVENTS = "let Events = Syslog | project n = strlen(HostName);"


@pytest.fixture(scope="module")
def reference() -> Runner:
    return _python()


@pytest.fixture(scope="module")
def computing() -> Runner:
    return _duckdb(compute=True)


@pytest.mark.parametrize(
    "kql",
    [
        'print a = geo_point_to_s2cell(-80.195829, 25.802215, 8), b = convert_length(1.2, "Foot", "Meter"), c = hash_xxhash64("a")',
        f"let p = {POLYGON}; datatable(n:long)[1, 2] | extend a = tolong(geo_polygon_area(p) / 1e9) + n, b = geo_point_in_polygon(5, 1, p)",
        f"print p = {POLYGON}, n = 5 | extend y = geo_polygon_area(p) + n | where y > 0 | project z = y * 2, q = treepath(p)",
        "print a = geo_point_in_polygon(real(null), 1.0, dynamic(null)), b = gzip_decompress_from_base64_string('')",
        "datatable(s:string)['a', 'é', ''] | sort by s desc | extend a = hash_xxhash64(s), n = row_number()",
        "print p = 1 | union (print p = 2) | extend a = erf(toreal(p))",
        'datatable(k:string, n:long)["a", 1, "É", 2, "", 3, "a", 4] | where isnotempty(k) | evaluate pivot(k, sum(n))',
        "range i from 1 to 3 step 1 | where erf(toreal(i)) < 0",
        "print t = datetime(2024-02-29 01:02:03.1234567), s = time(-1.02:03:04.0000001), d = decimal(1.50), r = real(+inf), h = erf(1)",
    ],
)
def test_what_the_text_decides_is_computed(kql: str, reference: Runner, computing: Runner) -> None:
    with pytest.raises(CompileError):
        compile_query(kql, "duckdb", request=Request(compute=False))
    assert computing(kql) == reference(kql)


def test_values_of_the_documentation(computing: Runner) -> None:
    kql = 'print a = geo_point_to_s2cell(-80.195829, 25.802215, 8), b = hash_xxhash64("World")'
    assert computing(kql)[1] == [["88d9b", 1846988464401551951]]


def test_the_working_directory_has_no_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    assert compile_query('print a = hash_xxhash64("a")', "duckdb").text
    assert not (tmp_path / "ran").exists()


def test_a_computed_part_is_told() -> None:
    (warning,) = compile_query('print a = hash_xxhash64("a")', "duckdb").warnings
    assert (warning.code, warning.begin.column) == ("RC508", 11)


def test_only_the_constant_part_is_computed() -> None:
    text = compile_query(f"{EVENTS} Events | where n in ((range i from 1 to 3 step 1 | project tolong(erf(toreal(i)))))", "duckdb").text
    assert "FROM Syslog" in text and "erf(" not in "".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))


@pytest.mark.parametrize(
    "kql",
    [
        f"{EVENTS} Events | extend a = erf(toreal(n))",
        f"{EVENTS} Events | join kind=inner (print n = 1) on n | extend a = erf(toreal(n))",
        "print a = hash_xxhash64(tostring(now()))",
        "print a = hash_xxhash64(tostring(rand()))",
        "print geo_geohash_neighbors('bpbpbpb'), rand()",
        'datatable(k:string)["a", ""] | evaluate pivot(k)',
        "range i from 1 to 2000 step 1 | extend a = erf(toreal(i))",
        "print " + ", ".join([r'hash_xxhash64(extract(@"(a+)+$", 0, strcat(strrep("a", 40), "b")))'] * 20),
    ],
    ids=["table", "joined", "now", "random", "refused by the reference", "no name", "too many", "too long"],
)
def test_the_rest_stays_refused(kql: str) -> None:
    with pytest.raises(CompileError) as error:
        compile_query(kql, "duckdb")
    assert {d.code for d in error.value.diagnostics} <= {"RC401", "RC402"}
