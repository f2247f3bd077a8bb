"""What the Search Reference says of functions and commands, as inputs and results; the section stands before each group."""

import json
import re

import pytest

from tests.spl.engine import Given, run
from tests.spl.errors import Refused, SplError
from tests.spl.refusals import REFUSED

#: Section, expression, stored result (None: no field).
EXPRESSIONS: list[tuple[str, str, object]] = [
    ("Conversion functions, printf", 'printf("%c,%c",65,"Foo")', "A,F"),
    ("Conversion functions, printf", 'printf("%d,%i,%d",-2,+4,30)', "-2,4,30"),
    ("Conversion functions, printf", 'printf("%x,%X,%p",10,10,10)', "a,A,A"),
    ("Conversion functions, printf", 'printf("%04d",1)', "0001"),
    ("Conversion functions, printf", 'printf("%-4d|",1)', "1   |"),
    ("Conversion functions, printf", 'printf("%.*f",1,1.23)', "1.2"),
    ("Conversion functions, printf", 'printf("%.0d",0)', ""),
    ("Conversion functions, toarray", 'toarray("[\\"carrots\\", 1, \\"potatoes\\", 1.75]")', '["carrots",1,"potatoes",1.75]'),
    ("Conversion functions, toarray", 'if(isnull(toarray("somefield")),"True","False")', "True"),
    ("Conversion functions, tobool", 'if(tobool("True"),"yes","no")', "yes"),
    ("Conversion functions, tobool", 'if(isnull(tobool("t")),"null","value")', "null"),
    ("Conversion functions, todouble", "todouble(5)", "5.0"),
    ("Conversion functions, todouble", 'todouble("16.00")', "16.00"),
    ("Conversion functions, todouble", 'todouble("number")', None),
    ("Conversion functions, toint", 'toint("0A4",16)', "164"),
    ("Conversion functions, tomv", 'tomv(mvappend("a","b"))', ["a", "b"]),
    (
        "Conversion functions, tostring",
        'tostring(1==1) + " " + tostring(15,"hex") + " " + tostring(12345.6789,"commas")',
        "True 0xF 12,345.68",
    ),
    ("Conversion functions, ipmask", 'ipmask("0.255.0.224","10.20.30.120")', "0.20.0.96"),
    ("Multivalue eval functions, mv_to_json_array", 'mv_to_json_array(mvappend("\\"a\\"","b","1"),true())', '["a",null,1]'),
    ("Multivalue eval functions, split", 'split("1a2b3c4def567890","def")', ["1a2b3c4", "567890"]),
    ("Multivalue eval functions, mvjoin", 'mvjoin(mvrange(1,6)," OR ")', "1 OR 2 OR 3 OR 4 OR 5"),
    ("Multivalue eval functions, mvreverse", 'mvreverse(mvappend("1","2","3"))', ["3", "2", "1"]),
    ("Informational functions, isobject", 'if(isobject("{cities: \\"3\\"}"),"is object","is not object")', "is not object"),
    ("Informational functions, isdouble", 'if(isdouble(1000000),"True","False")', "False"),
    ("Bitwise functions, bit_shift_left", "bit_shift_left(3,52)", "4503599627370496"),
    ("Bitwise functions, bit_shift_left", "bit_shift_left(1,53)", "0"),
    ("Bitwise functions, example 5", "bit_and(pow(2,53),1)", None),
    ("Bitwise functions, example 10", 'bit_and(bit_shift_right(tonumber("0xa3b7514f19ce7",16),8),tonumber("0xFFFFFFFF",16))', "1964306844"),
    ("Date and Time functions, strftime", 'strftime(1660485615,"%Y-%m-%d %V")', "2022-08-14 33"),
    ("Date and Time functions, strptime", 'strptime("Mon Aug 13 00:00:01 2018","%a %B %d %H:%M:%S.%N %Y")', "1534118401.000000"),
    ("Date and Time functions, strptime", 'strptime("Mon July 23 2022 17:19:01.89","%a %B %d %Y %H:%M:%S.%N")', "1658596741.890000"),
    ("Mathematical functions, sigfig", "sigfig(123.0 + 4.567)", "127.6"),
    ("eval, example 9", 'tostring(1000000.1278,"commas")', "1,000,000.13"),
    ("eval, example 10", "pow(2,53)+1", "9007199254740992"),
    ("Text functions, lower", 'lower(mvappend("A","B"))', ["a", "b"]),
    ("JSON functions, json_append", 'json_append(json_object("a",1),"a",2)', '{"a":[1,2]}'),
    ("JSON functions, json_append", 'json_append(json_object("a",1),"b",2)', '{"a":1}'),
    ("JSON functions, json_extend", 'json_extend(json_array("a"),"",json_array("b",json_object("c",1)))', '["a","b",{"c":1}]'),
    ("JSON functions, json_extract, example 1", 'json_extract("{\\"a\\":[1]}","{}")', '{"a":[1]}'),
    ("JSON functions, json_extract, example 8", 'json_extract("[1,{\\"b\\":[{\\"c\\":8981}]}]","{1}.b{0}.c")', "8981"),
    ("JSON functions, json_set", 'json_set(json_object(),"a.b.c","/x")', '{"a":{"b":{"c":"/x"}}}'),
    ("JSON functions, json_set_exact", 'json_set_exact(json_object(),"a.b.c","/x")', '{"a.b.c":"/x"}'),
]

XML = '<v a="2"><p><d n="es">Precios</d><d n="fr">Prix</d></p></v>'
SIX = [{"_time": str(1000 + n * 10), "n": str(n), "e": "open" if n % 2 else "close"} for n in range(1, 7)]
#: Section, search, events, fields, rows.
SEARCHES: list[tuple[str, str, list[Given], list[str], list[list[object]]]] = [
    (
        "foreach, example 1",
        "| eval total=0 | foreach www* [eval total=total + <<FIELD>>]",
        [{"www1": "1000", "www2": "500"}, {"www1": "800"}],
        ["total"],
        [["1500"], ["800"]],
    ),
    (
        "foreach, Usage, wildcards",
        "| makeresults | eval mv1=mvappend(1,2), mv*=mvappend(100,300), t=0 | foreach mode=multivalue mv* [eval t=t+<<ITEM>>]",
        [],
        ["t"],
        [["400"]],
    ),
    (
        "foreach, example 7",
        '| makeresults | eval mvfield=mvappend("1","2","3"), total=0 | foreach mode=auto_collections [eval total=total+<<ITEM>>]',
        [],
        ["total"],
        [["6"]],
    ),
    (
        "foreach, example 12",
        '| makeresults | eval e=mvappend("Al","Cl"), a=json_array(), i=json_object("Al",4125,"Cl",2538)'
        ' | foreach mode=multivalue e [eval a=json_append(a,"",json_extract(i,<<ITEM>>))]',
        [],
        ["a"],
        [["[4125,2538]"]],
    ),
    (
        "foreach, example 14",
        '| makeresults | eval g=json_array(1,3), w=json_array(), s=4 | foreach mode=json_array g [eval w=json_append(w,"",<<ITEM>>/s)]',
        [],
        ["w"],
        [["[0.25,0.75]"]],
    ),
    (
        "streamstats, Escaping string values",
        '| makeresults count=3 | streamstats count | eval test=if(count==2,"yes","no")'
        ' | streamstats count as t reset_after="("match(test,\\"yes\\")")"',
        [],
        ["t"],
        [["1"], ["2"], ["1"]],
    ),
    (
        "streamstats, time_window",
        "| streamstats time_window=15s count",
        SIX[:3],
        ["count"],
        [["1"], ["2"], ["2"]],
    ),
    (
        "streamstats, extended example 4",
        "| streamstats sum(*) as accu_*",
        [{"a": "1", "b": "2"}, {"a": "3"}],
        ["accu_a", "accu_b"],
        [["1", "2"], ["4", "2"]],
    ),
    ("stats, dedup_splitvals", "| stats count by m dedup_splitvals=t", [{"m": ["a", "b", "a"]}], ["m", "count"], [["a", "1"], ["b", "1"]]),
    ("chart, eval expressions", "| chart eval(avg(s)/max(d)) AS r BY h", [{"s": "4", "d": "2", "h": "x"}], ["h", "r"], [["x", "2"]]),
    (
        "chart, limit: the sum of a series' cells decides",
        "| chart avg(v) over x by s limit=1 useother=f",
        [{"x": "1", "s": "a", "v": "6"}, {"x": "1", "s": "b", "v": "4"}, {"x": "2", "s": "b", "v": "4"}],
        ["x", "a", "b"],
        [["1", None, "4"], ["2", None, "4"]],
    ),
    (
        "chart, example 6",
        "| chart count BY d span=3 h span=12",
        [{"d": "1", "h": "13"}, {"d": "2", "h": "1"}, {"d": "4", "h": "1"}],
        ["d", "0-12", "12-24"],
        [["0-3", "1", "1"], ["3-6", "1", "0"]],
    ),
    ("chart, extended example 3", "| chart count BY d span=log2", [{"d": "0"}, {"d": "5"}], ["d"], [["0"], ["4-8"]]),
    ("bin, end", "| bin amount end=1000", [{"amount": "7"}, {"amount": "12"}], ["amount"], [["0-10"], ["10-20"]]),
    ("bin, aligntime", "| bin _time span=12h aligntime=@d+3h", [{"_time": "1500000000"}], ["_time"], [["1499958000"]]),
    (
        "transaction, startswith and endswith",
        '| transaction startswith=eval(e="open") endswith=eval(e="close")',
        SIX[3::-1],
        ["_time", "duration", "eventcount", "n"],
        [["1030", "10", "2", ["3", "4"]], ["1010", "10", "2", ["1", "2"]]],
    ),
    (
        "transaction, extended example 7",
        "| transaction maxspan=10s | table n closed_txn duration",
        SIX[4::-1],
        ["n", "closed_txn", "duration"],
        [[["4", "5"], "1", "10"], [["2", "3"], "1", "10"], ["1", "0", "0"]],
    ),
    ("transaction, extended example 7", "| transaction maxspan=10s", SIX, ["eventcount", "closed_txn", "duration"], [["6", "0", "50"]]),
    (
        "contingency, example 1",
        "| contingency m d",
        [{"m": "a", "d": "x"}, {"m": "b", "d": "x"}, {"m": "b", "d": ""}],
        ["m", "x", "EMPTY_STR", "TOTAL"],
        [["b", "1", "1", "2"], ["a", "1", "0", "1"], ["TOTAL", "2", "1", "3"]],
    ),
    (
        "selfjoin, basic example",
        "| selfjoin j",
        [{"j": "x", "b": "1", "c": "1"}, {"j": "x", "b": "2"}, {"j": "x", "b": "3", "c": "3"}, {"j": "y"}],
        ["b", "c"],
        [["2", "1"], ["3", "3"]],
    ),
    (
        "top, Lexicographic order",
        "| top limit=1 l by u",
        [{"u": "k", "l": "Atlanta"}, {"u": "k", "l": "Orlando"}],
        ["u", "l", "count", "percent"],
        [["k", "Orlando", "1", "50.000000"]],
    ),
    ("head, limits and an expression", "| head limit=2 (n<5)", SIX, ["n"], [["1"], ["2"]]),
    ("head, limits and an expression", "| head 3 (0==1)", SIX, ["n"], []),
    (
        "makeresults, example 6",
        '| makeresults format=json data="[{\\"name\\":\\"Vero\\",\\"age\\":22}]"',
        [],
        ["_raw", "age", "name"],
        [['{"name":"Vero","age":22}', "22", "Vero"]],
    ),
    ("makeresults, example 7", '| makeresults format=csv data="name, age\nLinus,29"', [], ["name", "age"], [["Linus", "29"]]),
    (
        "union, Interleaving results",
        "| union [search h=a*] [search h=b*]",
        [{"_time": "4", "h": "a1"}, {"_time": "1", "h": "a2"}, {"_time": "3", "h": "b1"}, {"_time": "2", "h": "b2"}],
        ["h"],
        [["a1"], ["b1"], ["b2"], ["a2"]],
    ),
    (
        "timechart, extended example 3",
        "| timechart span=1w@w1 count",
        [{"_time": "2018-04-01 10:00:00"}, {"_time": "2018-04-02 00:00:00"}],
        ["_time", "count"],
        [["1522022400", "1"], ["1522627200", "1"]],
    ),
    (
        "timechart, extended example 5",
        '| timechart span=30m per_hour(eval(m="GET")) AS Views',
        [{"_time": "0", "m": "GET"}, {"_time": "60", "m": "GET"}, {"_time": "90", "m": "POST"}],
        ["Views"],
        [["4.000000"]],
    ),
    (
        "timechart, Prepending VALUE",
        "| timechart span=1m count by index",
        [{"_time": "60", "index": "_audit"}, {"_time": "61", "index": "main"}],
        ["VALUE_audit", "main"],
        [["1", "1"]],
    ),
    (
        "timechart, example 2",
        "| timechart span=1m eval(round(avg(c),2)) BY p",
        [{"_time": "60", "c": "1", "p": "a"}, {"_time": "61", "c": "1.255", "p": "a"}],
        ["a"],
        [["1.13"]],
    ),
    ("xpath, note", '| xpath "//b"', [{"_raw": '<?xml version="1.0"?><a><b>x</b></a>'}], ["xpath"], [[None]]),
    ("sort, Usage", "| sort ip", [{"ip": "10.0.0.1"}, {"ip": "9.0.0.2"}], ["ip"], [["9.0.0.2"], ["10.0.0.1"]]),
    ("transaction, maxevents", "| transaction maxevents=2 mvlist=t", SIX[3::-1], ["e"], [[["open", "close"]], [["open", "close"]]]),
    (
        "fieldsummary, example 1",
        "| fieldsummary",
        [{"action": "purchase"}, {"action": "purchase"}, {"action": "view"}],
        ["field", "count", "distinct_count", "is_exact", "max", "numeric_count", "values"],
        [["action", "3", "2", "1", None, "0", '[{"value":"purchase","count":2},{"value":"view","count":1}]']],
    ),
    (
        "xyseries, format",
        '| xyseries format="$VAL$-$AGG$" x s a b',
        [{"x": "1", "s": "u", "a": "5", "b": "6"}],
        ["u-a", "u-b"],
        [["5", "6"]],
    ),
    ("mvcombine, delim", '| mvcombine delim="," host | nomv host', [{"host": "a"}, {"host": "b"}], ["host"], [["a,b"]]),
    ("tojson, none", "| tojson", [{"a": "1", "b": "true", "c": "[1]"}], ["_raw"], [['{"a":1,"b":"true","c":"[1]"}']]),
    ("tojson, auto", "| tojson auto(*)", [{"a": "1", "b": "true", "c": "[1]"}], ["_raw"], [['{"a":1,"b":true,"c":[1]}']]),
    ("tojson, fill_null", "| tojson num(a) bool(b) fill_null=t", [{"a": "x", "b": "No"}], ["_raw"], [['{"a":null,"b":false}']]),
    ("convert, auto", "| convert auto(*)", [{"a": "1,000", "b": "1"}, {"a": "2", "b": "x"}], ["a", "b"], [["1000", "1"], ["2", "x"]]),
    ("convert, num", "| convert num(b)", [{"b": "01:00:00"}, {"b": "x"}], ["b"], [["3600"], [None]]),
    ("convert, mstime", "| convert mstime(a) as b", [{"a": "1522196823.790"}], ["b"], [["1522196823.790"]]),
    ("spath, extended example 2", "| spath output=o path=v.p.d{2}{@n}", [{"_raw": XML}], ["o"], [["fr"]]),
    ("Text functions, spath", '| eval o=spath(_raw,"v.p.d")', [{"_raw": XML}], ["o"], [[["Precios", "Prix"]]]),
    ("Multivalue eval functions, mvfilter", '| eval o=mvfilter(!match(m,"a"))', [{"m": ["a", "b"]}], ["o"], [["b"]]),
    ("multikv", "| multikv", [{"_raw": "Name Age\nJosh 42\nFrancine 35"}], ["Name", "Age"], [["Josh", "42"], ["Francine", "35"]]),
    ("extract", "| extract", [{"_raw": 'a=1, b="x y"'}], ["a", "b"], [["1", "x y"]]),
    ("extract", '| extract pairdelim="|;", kvdelim="=:"', [{"_raw": "a=1|b:2;c=3"}], ["a", "b", "c"], [["1", "2", "3"]]),
    (
        "join, aliases",
        "| join left=L right=R where L.a=R.c [| makeresults | eval c=1, b=2]",
        [{"a": "1"}],
        ["L.a", "R.b"],
        [["1", "2"]],
    ),
]


def test_sum_refuses_a_quoted_string() -> None:
    """Mathematical functions, sum, example 2."""
    with pytest.raises(SplError):
        run('| makeresults | eval c=sum(1, 2, "3")')
    assert run('| makeresults | eval a="1", c=sum(a, 2, 3)')[0]["c"] == "6"


def test_lookup_function_gives_an_object() -> None:
    """Comparison and Conditional functions, lookup, examples 1 and 2."""
    table = [{"t": "ok", "s": "200", "d": "OK"}, {"t": "ok", "s": "201", "d": "Created"}]
    many = '| makeresults | eval o=lookup("t.csv", json_object("t","ok"), json_array("d"))'
    one = '| makeresults | eval o=lookup("t.csv", json_object("t","ok","s","200"), json_array("d"))'
    assert run(many, lookups={"t.csv": table})[0]["o"] == '{"d":["OK","Created"]}'
    assert run(one, lookups={"t.csv": table})[0]["o"] == '{"d":"OK"}'


def test_names_on_the_left_of_eval() -> None:
    """eval, example 3 and "Dynamic field name creation"."""
    row = run('| makeresults | eval low-user="a", p="q", v_{p}=1, {p}=2')[0]
    assert (row["low-user"], row["v_q"], row["q"]) == ("a", "1", "2")


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_refused_command_says_why(name: str) -> None:
    with pytest.raises(Refused, match=re.escape(REFUSED[name])):
        run(f"| makeresults | {name} x")


@pytest.mark.parametrize(("section", "expression", "result"), EXPRESSIONS, ids=[e[1] for e in EXPRESSIONS])
def test_an_expression_has_its_documented_value(section: str, expression: str, result: object) -> None:
    assert run(f"| makeresults | eval x={expression}")[0].get("x") == result


@pytest.mark.parametrize(("section", "spl", "events", "fields", "rows"), SEARCHES, ids=[f"{s[0]}: {s[1][:40]}" for s in SEARCHES])
def test_a_search_has_its_documented_rows(section: str, spl: str, events: list[Given], fields: list[str], rows: list[list[object]]) -> None:
    found = [[r.get(f) for f in fields] for r in run(spl, events)]
    assert json.dumps(found) == json.dumps(rows)
