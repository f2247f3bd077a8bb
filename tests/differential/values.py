"""Literals to make queries of: ordinary values, and those at which implementations differ."""

from __future__ import annotations

from typing import Final

from rulec.scalars import ScalarType

_T = ScalarType

#: Characters that case mapping, normal forms and lengths in other units than code points trip over.
UNICODE: Final = (
    '"é"',
    '"É"',
    '"e\\u0301"',
    '"straße"',
    '"STRASSE"',
    '"İ"',
    '"ı"',
    '"\\u212a"',
    '"😀 ok"',
    '"ﬁ"',
    '"Σς"',
    '"１２"',
    '"ПриветМир"',
)
WORDS: Final = (
    '""',
    '" "',
    '"a"',
    '"A"',
    '"Alpha"',
    '"ALPHA beta"',
    '"a_b"',
    '"a-b.c"',
    '"alpha,beta,,"',
    '"a\\tb"',
    '"x\\ny"',
    '"O\'Brien"',
)
NUMBER_TEXTS: Final = (
    '"1"',
    '"-7"',
    '"0x1F"',
    '" 45 "',
    '"3.14"',
    '"1e3"',
    '"9223372036854775807"',
    '"99999999999"',
    '"NaN"',
    '"+5"',
    '"5abc"',
)
TIME_TEXTS: Final = (
    '"2020-02-29"',
    '"2021-02-29"',
    '"2020-01-01T12:30:00.1234567Z"',
    '"1.02:03:04.5"',
    '"1d"',
    '"-01:00:00"',
    '"true"',
    '"FALSE"',
)
JSON_TEXTS: Final = (
    '"{\\"a\\":1,\\"b\\":[1,2,{\\"c\\":\\"x\\"}]}"',
    '"[1,null,\\"a\\",true]"',
    '"null"',
    '"1.5"',
    '"\\"q\\""',
    '"{bad"',
    '"{\\"a\\":\\"é\\",\\"A\\":null}"',
)
TEXTS: Final = WORDS + UNICODE

LITERALS: Final[dict[ScalarType, tuple[str, ...]]] = {
    _T.BOOL: ("true", "false", "bool(null)"),
    _T.INT: ("int(0)", "int(1)", "int(-1)", "int(7)", "int(-7)", "int(2147483647)", "int(-2147483648)", "int(null)"),
    _T.LONG: (
        "0",
        "1",
        "-1",
        "2",
        "7",
        "-7",
        "100",
        "2147483648",
        "9007199254740993",
        "9223372036854775807",
        "long(-9223372036854775808)",
        "long(null)",
    ),
    _T.REAL: (
        "0.0",
        "1.0",
        "-1.5",
        "2.5",
        "0.1",
        "-0.5",
        "3.5",
        "1e300",
        "-1e300",
        "1e-7",
        "9007199254740993.0",
        "1e19",
        "real(nan)",
        "real(+inf)",
        "real(-inf)",
        "real(null)",
    ),
    _T.DECIMAL: ("decimal(0)", "decimal(1.5)", "decimal(-2.25)", "decimal(100)", "decimal(0.1)", "decimal(null)"),
    _T.STRING: TEXTS,
    _T.DATETIME: (
        "datetime(2020-02-29)",
        "datetime(2021-01-01 12:30:45.1234567)",
        "datetime(1969-12-31 23:59:59.9999999)",
        "datetime(1970-01-01)",
        "datetime(2016-12-31 23:00:00)",
        "datetime(0001-01-01)",
        "datetime(9999-12-31 23:59:59.9999999)",
        "datetime(null)",
    ),
    _T.TIMESPAN: (
        "0s",
        "1tick",
        "1s",
        "-90m",
        "1h",
        "1d",
        "-1d",
        "time(1.02:03:04.5000000)",
        "time(100.00:00:00.0000001)",
        "timespan(null)",
    ),
    _T.GUID: (
        "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)",
        "guid(00000000-0000-0000-0000-000000000000)",
        "guid(null)",
    ),
    _T.DYNAMIC: (
        "dynamic(null)",
        "dynamic([])",
        "dynamic({})",
        "dynamic([1,2,3])",
        "dynamic([3,1,null,2,1])",
        "dynamic([1.5,-2.5,0])",
        'dynamic(["b","A","a","","é"])',
        'dynamic({"a":1,"b":{"c":"x"}})',
        'dynamic({"b":[1,2],"A":null,"a":true})',
        'dynamic("text")',
        'dynamic("7")',
        "dynamic(1)",
        "dynamic(-2.5)",
        "dynamic(true)",
        'dynamic([1,"a",null,true,{"k":1}])',
        "dynamic([[1,2],[3]])",
    ),
}
#: Values of which sums and products are exact on every engine: for aggregates, whose order of adding is open.
TAME: Final[dict[ScalarType, tuple[str, ...]]] = {
    **LITERALS,
    _T.REAL: ("0.0", "1.5", "-2.25", "10.0", "0.5", "real(null)", "4.0"),
    _T.LONG: ("0", "1", "-1", "2", "7", "-7", "100", "5", "long(null)"),
    _T.TIMESPAN: ("0s", "1s", "-90m", "1h", "1d", "timespan(null)"),
}
#: What a shrunk query is made of: the plainest values of a type.
PLAIN: Final[dict[ScalarType, tuple[str, ...]]] = {
    _T.BOOL: ("true", "bool(null)"),
    _T.INT: ("int(1)", "int(null)"),
    _T.LONG: ("1", "long(null)"),
    _T.REAL: ("1.5", "real(null)"),
    _T.DECIMAL: ("decimal(1.5)", "decimal(null)"),
    _T.STRING: ('"a"', '""'),
    _T.DATETIME: ("datetime(2020-02-29)", "datetime(null)"),
    _T.TIMESPAN: ("1h", "timespan(null)"),
    _T.GUID: ("guid(74be27de-1e4e-49d9-b579-fe0b331d3642)", "guid(null)"),
    _T.DYNAMIC: ("dynamic(1)", "dynamic([1])", "dynamic(null)"),
}
