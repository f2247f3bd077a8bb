"""No value makes a generated program fail; what the engine cannot mean is refused at compile time."""

from __future__ import annotations

from typing import Any

import pytest

from rulec.errors import CompileError
from tests.python_target.programs import rows_of, value_of

VALUES: list[tuple[str, Any]] = [
    ("bin_at(decimal(7.5), decimal(2), decimal(1))", "7"),
    ("bin_at(decimal(-0.5), decimal(2), decimal(1))", "-1"),
    ("decimal(1e30) % decimal(0.0000001)", None),
    ("datetime_utc_to_local(datetime(9999-12-31 23:00), 'Asia/Kolkata')", None),
    ("datetime_utc_to_local(datetime(0001-01-01 01:00), 'America/New_York')", None),
]


@pytest.mark.parametrize(("expression", "expected"), VALUES, ids=[v[0] for v in VALUES])
def test_value(expression: str, expected: Any) -> None:
    assert value_of(expression) == expected


def test_a_long_call_is_broken_without_a_second_comma() -> None:
    texts = ", ".join(f'tostring({n} + strlen("é"))' for n in range(20))
    assert value_of(f'strcat_delim("É", {texts})') == "É".join(str(n + 1) for n in range(20))


REFUSED = [
    "summarize percentiles_array(v, dynamic('x'))",
    "summarize percentiles_array(v, dynamic(1))",
    "summarize percentiles_array(v, dynamic([true]))",
    "summarize percentilesw_array(v, v, dynamic({'a': 1}))",
    "summarize percentiles_array(v, 50, v)",
    "serialize | extend x = row_number(v, false)",
    "serialize | extend x = row_number(long(null))",
    "serialize | extend x = prev(v, long(null))",
    "serialize | extend x = next(v, 1, 'a')",
    "serialize | extend x = next(v, 1, 1.5)",
    "serialize | extend x = row_window_session(t, timespan(null), 1h)",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_no_value_can_mean_is_refused(text: str) -> None:
    with pytest.raises(CompileError, match=r"RC302|RC402"):
        rows_of(f"datatable(v:long, t:datetime)[1, datetime(2020-01-01)] | {text}")


def test_the_default_of_prev_takes_the_type_of_the_column() -> None:
    rows = rows_of(
        "datatable(r:real, m:decimal, d:dynamic)[1, 2, 3] | serialize | extend a = prev(r, 1, 7), b = prev(m, 1, 7), c = prev(d, 1, 7)"
    )
    assert [(r["a"], r["b"], r["c"]) for r in rows] == [(7.0, "7", 7)]
    assert isinstance(rows[0]["a"], float)


def test_running_sums_wrap_and_keep_their_type() -> None:
    table = "datatable(v:long, m:decimal)[9223372036854775807, 1, long(null), 2, 2, 3]"
    rows = rows_of(f"{table} | serialize | extend a = row_cumsum(v), b = row_cumsum(m)")
    assert [(r["a"], r["b"]) for r in rows] == [(2**63 - 1, "1"), (2**63 - 1, "3"), (-(2**63) + 1, "6")]
