"""Athena's limits: size of the text, depth of a plan, reserved words, parameters, types of result columns, and values that make Trino
fail."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from rulec.api import Request, compile_query, read_rule
from rulec.backend import TargetOptions
from rulec.driver.settings import Job
from rulec.driver.times import show_time
from rulec.errors import CompileError
from rulec.map_choice import MapChoice
from rulec.running.times import window_of
from rulec_backends.athena.words import RESERVED
from tests.conformance.engines import NOW
from tests.rules.samples import Sample
from tests.trino import tables
from tests.trino.client import Answer, Client
from tests.trino.running import compiled_rule
from tests.trino.test_rules import CLOUDTRAIL

pytestmark = pytest.mark.trino

_ROWS: Final = 'datatable(x:long, s:string)[1, "a", 2, "b"]'
#: Rows that the text does not hold: what reads none of these is computed where it is refused.
_STORED: Final = "AWSCloudTrail | project x = strlen(EventName), s = EventName"


def sql(kql: str, **settings: str) -> str:
    request = Request(options=TargetOptions(settings=settings))
    return compile_query(kql, "athena", now=NOW, request=request).artifacts[0].text


def refusal(kql: str) -> tuple[str, str]:
    with pytest.raises(CompileError) as caught:
        sql(kql)
    first = caught.value.diagnostics[0]
    return first.code, first.message


# --- size and depth ------------------------------------------------------------------------------------------------


def test_a_text_beyond_the_limit_is_refused_with_its_size() -> None:
    values = ", ".join(f'"{"v" * 60}{i}"' for i in range(5000))
    code, message = refusal(f"{_STORED} | where s in ({values})")
    assert code == "RC403"
    size = int(re.findall(r"([\d,]+) bytes", message)[0].replace(",", ""))
    assert size > 262_144
    assert "262,144" in message


STAGES: Final = {
    "one column": "".join(f" | extend x = x + {i}" for i in range(200)),
    "new columns": " | extend a0 = x" + "".join(f" | extend a{i} = a{i - 1} + 1" for i in range(1, 200)),
    "filters": "".join(f" | where x != {i + 5}" for i in range(200)),
    "mixed": "".join(
        f' | where x < {i + 5} | extend y = x * 2, z = strcat(s, "q") | project x = y - x, s, z | extend x = x + 1' for i in range(50)
    ),
    "cases": "".join(f' | extend s = iff(s == "a{i}", "b", s)' for i in range(200)),
    "paths": ' | extend d = parse_json("{}")' + " | extend d = d.a" * 200,
    "texts": ' | extend s = tolower(s) | where s has "a" or x > 0' * 100,
}


@pytest.mark.parametrize("stages", STAGES.values(), ids=STAGES)
def test_two_hundred_row_wise_stages_run(stages: str, client: Client) -> None:
    assert len(client.rows(sql(_ROWS + stages))) == 2


@pytest.mark.parametrize(
    "kql",
    [
        _STORED + " | summarize x = sum(x) by s" * 200,
        f"let a0 = {_STORED};"
        + "".join(f"let a{i} = a{i - 1} | join kind=inner (a{i - 1}) on x | project x, s;" for i in range(1, 14))
        + "a13 | count",
    ],
    ids=["summaries", "joins of themselves"],
)
def test_what_trino_cannot_plan_is_refused(kql: str) -> None:
    assert refusal(kql)[0] == "RC403"


# --- names ---------------------------------------------------------------------------------------------------------


def test_reserved_words_and_odd_names_are_columns(client: Client) -> None:
    names = sorted(RESERVED)
    columns = ", ".join(f"['{name}']:long" for name in names)
    values = ", ".join(str(i) for i in range(len(names)))
    kql = f"datatable({columns}, ['two words']:string, ['ä\"q']:string, _x:long)[{values}, 'a', 'b', 1]"
    answer = client.run(sql(f"{kql} | where ['two words'] == 'a' | extend ['order'] = ['order'] + 1 | summarize take_any(*) by ['group']"))
    assert set(names) <= {n.lower() for n in answer.names}
    assert "two words" in answer.names
    assert 'ä"q' in answer.names


# --- parameters ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cloudtrail(client: Client) -> str:
    events = [e for s in CLOUDTRAIL for e in s.given["AWSCloudTrail"]]
    return tables.create_cloudtrail(client, "limits_cloudtrail", events, "projection", "PARQUET")


@pytest.mark.parametrize("sample", CLOUDTRAIL, ids=lambda s: s.name)
def test_parameters_give_the_rows_of_literals(sample: Sample, client: Client, cloudtrail: str) -> None:
    rule, _ = read_rule(sample.path)
    job = Job(now=sample.now, end=sample.now)
    moments = window_of(rule, job, {})
    _, literal = compiled_rule(rule, job, MapChoice(), moments)
    _, open_ = compiled_rule(rule, Job(), MapChoice(), type(moments)(None, None, None))  # type: ignore[arg-type]
    physical = tables.cloudtrail_map("projection").physical
    texts = [x.text.replace(f"FROM {physical}\n", f"FROM {cloudtrail}\n") for x in (literal, open_)]
    names = [n for n in ("window_start", "window_end", "now") if f" AS {n}" in texts[1]]
    assert texts[1].count("CAST(? AS TIMESTAMP(3))") == len(names)
    values = {"window_start": moments.start, "window_end": moments.end, "now": moments.now}
    given = [show_time(values[n])[:19].replace("T", " ") for n in names]
    wanted, got = client.run(texts[0]), client.run(texts[1], given)
    assert sorted(map(_unordered, got.rows)) == sorted(map(_unordered, wanted.rows))
    assert len(wanted.rows) >= sample.rows
    assert got.statistics.rows <= wanted.statistics.rows * 1.01


def _unordered(row: list[Any]) -> str:
    """A row's text in which the order inside arrays does not count."""
    return repr([sorted(c) if isinstance(c, str) and c.startswith("[") else c for c in row])


# --- result columns ------------------------------------------------------------------------------------------------

#: The types that Athena returns and that this backend gives.
RETURNED: Final = re.compile(r"^(varchar(\(\d+\))?|bigint|boolean|double|decimal\(38, ?16\)|timestamp(\(3\))?)$")


def test_result_columns_have_types_that_athena_returns(client: Client) -> None:
    kql = """print s = "a", l = 1, i = int(1), r = 1.5, b = true, d = datetime(2024-01-01 00:00:00.1234567), t = 1h,
        g = toguid("74be27de-1e4e-49d9-b579-fe0b331d3642"),
        j = dynamic({"a": [1]}), m = todecimal("1.5"), n = long(null), k = dynamic(null), e = datetime(null)"""
    answer: Answer = client.run(sql(kql))
    assert [t for t in answer.types if not RETURNED.match(t)] == []
    row = dict(zip(answer.names, answer.rows[0], strict=True))
    assert str(row["d"]).startswith("2024-01-01 00:00:00.123")
    assert row["j"] == '{"a":[1]}'
    assert row["t"] == "01:00:00"


def test_ticks_below_a_millisecond_are_cut_not_rounded(client: Client) -> None:
    value = client.rows(sql("print d = datetime(2024-12-31 23:59:59.9999999)"))[0][0]
    assert str(value).startswith("2024-12-31 23:59:59.999")
    assert client.rows(sql("print d = datetime(2024-12-31 23:59:59.9999999)", times="text")) == [["2024-12-31T23:59:59.9999999Z"]]
