"""Trees to Trino's text, where sqlglot's own Trino generator would change a meaning or a type.

Integer numerals are 32 bits wide in Trino; KQL's are 64. A numeral whose type becomes a column's, a branch's or a list's is written
`BIGINT '5'`, one beside a column or inside a call stays `5`.
"""

from __future__ import annotations

from typing import ClassVar, Final

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.generators.trino import TrinoGenerator

from rulec_backends.athena.words import ALLOWED, SPELLED
from rulec_backends.sql.text import Writer

_COMPARING: Final = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between, exp.NullSafeEQ, exp.NullSafeNEQ)
_ARITHMETIC: Final = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod)
#: Functions that take an INTEGER, or read the numeral only, from an argument on.
_PLAIN: Final = {
    **dict.fromkeys(("substr", "lpad", "rpad", "round", "element_at", "slice", "lag", "lead", "to_base", "bit_count", "date_add"), 1),
    **dict.fromkeys(("bitwise_left_shift", "bitwise_right_shift", "bitwise_right_shift_arithmetic"), 1),
    **dict.fromkeys(("regexp_extract", "regexp_extract_all"), 2),
    "chr": 0,
}


class AthenaGenerator(TrinoGenerator):
    """Prints checked trees. `parameters` are the names of the run's parameters that were printed."""

    def __init__(self) -> None:
        super().__init__(dialect=Trino(), normalize_functions=False, comments=False)
        self.parameters: set[str] = set()

    def anonymous_sql(self, expression: exp.Anonymous) -> str:
        name = SPELLED.get(expression.this, expression.this)
        if name == "json_query":
            text, path = (self.sql(e) for e in expression.expressions)
            return f"json_query({text}, {path} WITH ARRAY WRAPPER)"
        return f"{name}({', '.join(self.sql(e) for e in expression.expressions)})"

    def cast_sql(self, expression: exp.Cast, safe_prefix: str | None = None) -> str:
        if expression.meta.get("typed"):
            return f"{self.sql(expression, 'to')} {self.sql(expression, 'this')}"
        return str(super().cast_sql(expression, safe_prefix))

    def bracket_sql(self, expression: exp.Bracket) -> str:
        """A field of a record or a group of a match, from 0 in the tree."""
        return f"{self.sql(expression, 'this')}[{int(expression.expressions[0].this) + 1}]"

    def div_sql(self, expression: exp.Div) -> str:
        return str(self.binary(expression, "/"))

    def intdiv_sql(self, expression: exp.IntDiv) -> str:
        return str(self.binary(expression, "/"))

    def placeholder_sql(self, expression: exp.Placeholder) -> str:
        self.parameters.add(str(expression.this))
        return f"(SELECT {expression.this} FROM run)"

    def literal_sql(self, expression: exp.Literal) -> str:
        text = str(expression.this)
        if expression.is_string:
            return "'" + text.replace("'", "''") + "'"
        if text.isdecimal() and is_typed(expression):
            return f"BIGINT '{text}'"
        return text

    def neg_sql(self, expression: exp.Neg) -> str:
        inner = expression.this
        if isinstance(inner, exp.Literal) and not inner.is_string and inner.this.isdecimal() and is_typed(expression):
            return f"BIGINT '-{inner.this}'"
        return f"-{self.sql(expression, 'this')}"


class AthenaWriter(Writer):
    """Writes what `AthenaGenerator` prints."""

    intdiv: ClassVar[str] = "/"
    array: ClassVar[str] = "ARRAY"

    def __init__(self) -> None:
        generator = AthenaGenerator()
        super().__init__(generator, ALLOWED)
        #: The names of the run's parameters that were written.
        self.parameters = generator.parameters

    def called(self, function: str, arguments: str) -> str:
        tail = " WITH ARRAY WRAPPER" if function == "json_query" else ""
        return f"{SPELLED.get(function, function)}({arguments}{tail})"

    def number(self, text: str, typed: bool) -> str:
        return f"BIGINT '{text}'" if typed and text.lstrip("-").isdecimal() else text

    def first_untyped(self, function: str) -> int:
        return _PLAIN.get(function, 99)

    def lambda_text(self, names: list[str], body: str) -> str:
        return f"{names[0]} -> {body}" if len(names) == 1 else f"({', '.join(names)}) -> {body}"


def is_typed(node: exp.Expression) -> bool:
    """Whether the type of the numeral becomes the type of something that is kept."""
    parent = node.parent
    if parent is None:
        return True
    if isinstance(parent, (exp.Paren, exp.Neg)):
        return is_typed(parent) if isinstance(parent, exp.Paren) or isinstance(node, exp.Paren) else False
    if isinstance(parent, exp.If):
        return node.arg_key == "true"
    if isinstance(parent, _COMPARING):
        return False
    if isinstance(parent, _ARITHMETIC):
        other = parent.expression if node.arg_key == "this" else parent.this
        return _is_numeral(other)
    if isinstance(parent, exp.Anonymous):
        return int(node.index or 0) < _PLAIN.get(parent.this, 99)
    return isinstance(parent, (exp.Case, exp.Array, exp.Lambda, exp.Tuple, exp.Ordered, exp.Filter, exp.Window))


def _is_numeral(node: exp.Expression) -> bool:
    if isinstance(node, (exp.Paren, exp.Neg)):
        return _is_numeral(node.this)
    return isinstance(node, exp.Literal) and not node.is_string
