"""Trees to Trino's text.

Integer numerals are 32 bits wide in Trino; KQL's are 64. A numeral whose type becomes a column's, a branch's or a list's is written
`BIGINT '5'`, one beside a column or inside a call stays `5`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final

from rulec_backends.athena.words import ALLOWED, SPELLED
from rulec_backends.sql.text import Writer

#: Functions that take an INTEGER, or read the numeral only, from an argument on.
_PLAIN: Final = {
    **dict.fromkeys(("substr", "lpad", "rpad", "round", "element_at", "slice", "lag", "lead", "to_base", "bit_count", "date_add"), 1),
    **dict.fromkeys(("bitwise_left_shift", "bitwise_right_shift", "bitwise_right_shift_arithmetic"), 1),
    **dict.fromkeys(("regexp_extract", "regexp_extract_all"), 2),
    "chr": 0,
}


class AthenaWriter(Writer):
    """Writes one query. `parameters` are the names of the run's parameters that were written."""

    intdiv: ClassVar[str] = "/"
    array: ClassVar[str] = "ARRAY"
    struct: ClassVar[str] = "ROW"
    types: ClassVar[Mapping[str, str]] = MappingProxyType({"INT": "INTEGER"})

    def __init__(self) -> None:
        super().__init__(ALLOWED)
        self.parameters: set[str] = set()

    def called(self, function: str, arguments: str) -> str:
        tail = " WITH ARRAY WRAPPER" if function == "json_query" else ""
        return f"{SPELLED.get(function, function)}({arguments}{tail})"

    def number(self, text: str, typed: bool) -> str:
        return f"BIGINT '{text}'" if typed and text.lstrip("-").isdecimal() else text

    def first_untyped(self, function: str) -> int:
        return _PLAIN.get(function, 99)

    def lambda_text(self, names: Sequence[str], body: str) -> str:
        return f"{names[0]} -> {body}" if len(names) == 1 else f"({', '.join(names)}) -> {body}"

    def list_type(self, item: str) -> str:
        return f"ARRAY({item})"

    def parameter(self, name: str) -> str:
        self.parameters.add(name)
        return f"(SELECT {name} FROM run)"
