"""Commands that the backend does not print, as the Search Reference describes them."""

import pytest

from tests.spl.engine import Given, run

XML = '<a><b k="1">x</b><b k="2">y</b></a>'
SPANS = [{"_time": "1", "d": "5"}, {"_time": "3", "d": "1"}, {"_time": "9", "d": "1"}]
ROWS = [{"a": "1"}, {"a": "2"}, {"a": "3"}, {"a": "4"}]


@pytest.mark.parametrize(
    ("spl", "events", "field", "values"),
    [
        ("| spath path=a.b", [{"_raw": XML}], "a.b", [["x", "y"]]),
        ("| spath path=a.b{2} output=o", [{"_raw": XML}], "o", ["y"]),
        ("| spath path=a.b{@k} output=o", [{"_raw": XML}], "o", [["1", "2"]]),
        ("| spath", [{"_raw": XML}], "a.b{@k}", [["1", "2"]]),
        ('| xpath outfield=o "//b/@k"', [{"_raw": XML}], "o", [["1", "2"]]),
        ('| xpath field=f default=none "//c"', [{"f": XML}], "xpath", ["none"]),
        ("| xmlkv", [{"_raw": "<p><name>n</name></p>"}], "name", ["n"]),
        ("| xmlunescape", [{"_raw": "&lt;a&gt;"}], "_raw", ["<a>"]),
        ('| fieldformat a=tostring(a,"commas") | head 1', [{"a": "1234"}], "a", ["1,234"]),
        ("| stats count AS c | gauge c 0 10", ROWS, "y2", ["10"]),
        (
            "| concurrency duration=d",
            [{"_time": "1", "d": "5"}, {"_time": "3", "d": "1"}, {"_time": "9", "d": "1"}],
            "concurrency",
            ["1", "2", "1"],
        ),
        ("| timechart span=1h per_minute(v) AS p", [{"_time": "10", "v": "120"}], "p", ["2.000000"]),
        ('| eval r=split("1,2,3",",") | eval o=mvmap(mvindex(r,1,2), r*10)', [{}], "o", [["20", "30"]]),
    ],
)
def test_a_command_gives_its_documented_result(spl: str, events: list[Given], field: str, values: list[object]) -> None:
    assert [row.get(field) for row in run(spl, events)] == values
