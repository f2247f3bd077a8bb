"""Trino's words for single values: text, numbers, patterns (JONI)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.athena.jsons import TrinoJson
from rulec_backends.sql import regex
from rulec_backends.sql import trees as t
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row

_TERM: Final = r"\p{L}\p{N}"
_REAL: Final = ScalarType.REAL


def is_term_char(char: str) -> bool:
    """Letters and digits as the engine's `\\p{L}` and `\\p{N}` see them."""
    import unicodedata

    return unicodedata.category(char)[0] in "LN"


class TrinoValues(TrinoJson):
    """The value half of the Trino dialect."""

    regex_end = r"\z"

    # --- patterns -------------------------------------------------------------------------------------------------

    def matches(self, tree: Tree, pattern: str) -> Tree:
        """One of the compiler's own patterns; `$` would also match before a last newline."""
        return t.call("regexp_like", tree, t.text(pattern[:-1] + r"\z" if pattern.endswith("$") else pattern))

    def regex(self, pattern: str) -> regex.Regex:
        return regex.translate(pattern, regex.JONI)

    def regex_quote(self, text: str) -> str:
        return regex.quoted(text)

    def regex_test(self, tree: Tree, pattern: str) -> Tree:
        return t.call("regexp_like", tree, t.text(_ended(pattern)))

    def regex_group(self, tree: Tree, pattern: str, group: int) -> Tree:
        return t.coalesce(t.call("regexp_extract", tree, t.text(_ended(pattern)), t.num(group)), t.text(""))

    def regex_all(self, row: Row, tree: Tree, pattern: str, group: int) -> Tree:
        found = t.call("regexp_extract_all", tree, t.text(pattern), t.num(group))
        return found if group == 0 else self.list_map(row, found, lambda e: t.coalesce(e, t.text("")))

    def regex_replace(self, tree: Tree, pattern: str, parts: Sequence[str | int]) -> Tree:
        rewrite = "".join(f"${p}" if isinstance(p, int) else p.replace("\\", "\\\\").replace("$", "\\$") for p in parts)
        return t.call("regexp_replace", tree, t.text(pattern), t.text(rewrite))

    def regex_escape(self, tree: Tree) -> Tree:
        return t.call("regexp_replace", tree, t.text(r"([\\.+*?()\[\]{}|^$#&~-])"), t.text(r"\\$1"))

    def has(self, row: Row, x: Tree, y: Tree, left: bool, right: bool) -> Tree:
        """y as a term of x; both are lowered already where case does not count."""
        if not t.is_text(y):
            raise Refusal("`has` with a needle that is no constant is not supported on Athena")
        return self.matches(x, self._term(str(y.this), left, right)) if y.this else t.true()

    @staticmethod
    def _term(needle: str, left: bool, right: bool) -> str:
        head = f"(?<![{_TERM}])" if left and is_term_char(needle[0]) else ""
        tail = f"(?![{_TERM}])" if right and is_term_char(needle[-1]) else ""
        return f"{head}{regex.quoted(needle)}{tail}"

    def has_any_of(self, row: Row, x: Tree, needles: Sequence[str]) -> Tree:
        from rulec_backends.athena.dialect import lowered

        if any(n == "" for n in needles):
            return t.true()
        words = [lowered(n) for n in needles]
        plain = [w for w in words if is_term_char(w[0]) and is_term_char(w[-1])]
        others = [self._term(w, True, True) for w in words if w not in plain]
        choice = "|".join(regex.quoted(w) for w in plain)
        joined = [f"(?<![{_TERM}])(?:{choice})(?![{_TERM}])"] if plain else []
        return self.matches(x, "|".join(joined + others)) if words else t.false()

    def has_listed(self, row: Row, x: Tree, array: Tree, every: bool) -> Tree:
        raise Refusal("`has_any` over an array that is no constant is not supported on Athena")

    # --- text -----------------------------------------------------------------------------------------------------

    def contains(self, x: Tree, y: Tree) -> Tree:
        return t.gt(t.call("strpos", x, y), t.num(0))

    def ends_with(self, x: Tree, y: Tree) -> Tree:
        size: Tree = t.num(len(y.this)) if t.is_text(y) else t.call("length", t.again(y))
        start = t.add(t.call("greatest", t.sub(t.call("length", t.again(x)), size), t.num(0)), t.num(1))
        return t.eq(t.call("substr", x, start), y)

    def trimmed(self, tree: Tree) -> Tree:
        return t.call("trim", tree)

    def not_negative(self, tree: Tree, expr: Expr) -> Tree:
        if isinstance(expr, Literal) and isinstance(expr.value, int):
            return t.num(max(expr.value, 0))
        return t.call("greatest", tree, t.num(0))

    def indexof_from(self, row: Row, s: Tree, needle: Tree, call: Call, trees: Sequence[Tree]) -> Tree:
        raise Refusal("`indexof` with a start is not supported on Athena")

    def repeat(self, tree: Tree, count: Tree) -> Tree:
        raise Refusal("`strrep` is not supported on Athena")

    def repeat_with(self, row: Row, tree: Tree, count: Tree, delimiter: Tree) -> Tree:
        raise Refusal("`strrep` is not supported on Athena")

    def split(self, row: Row, s: Tree, d: Tree) -> Tree:
        if not t.is_text(d):
            raise Refusal("`split` with a delimiter that is no constant is not supported on Athena")
        return t.call("split", s, d) if d.this else exp.Array(expressions=[s])

    def constant_text(self, value: object) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)

    # --- numbers --------------------------------------------------------------------------------------------------

    def hex_long(self, tree: Tree) -> Tree:
        digits = t.call("lpad", t.call("substr", tree, t.num(3)), t.num(16), t.text("0"))
        return t.call("from_big_endian_64", t.call("from_hex", digits))

    def real_literal_text(self, tree: Tree) -> Tree:
        return t.try_cast(tree, "DOUBLE")

    def special_real(self, tree: Tree) -> Tree:
        sign = t.when(t.call("starts_with", t.again(tree), t.text("-")), t.neg(t.call("infinity")), t.call("infinity"))
        return t.when(t.eq(t.call("lower", tree), t.text("nan")), t.call("nan"), sign)

    def low_32(self, row: Row, tree: Tree) -> Tree:
        return t.call("bitwise_right_shift_arithmetic", t.call("bitwise_left_shift", tree, t.num(32)), t.num(32))

    def extreme_of(self, greatest: bool, trees: Sequence[Tree]) -> Tree:
        items = exp.Array(expressions=list(trees))
        kept = t.call("filter", items, t.lam(["x"], t.is_not_null(exp.Var(this="x"))))
        return t.call("array_max" if greatest else "array_min", kept)

    def decimal_divide(self, x: Tree, y: Tree) -> Tree:
        raise Refusal("decimals are not supported on Athena", "use real numbers")

    def decimal_text(self, row: Row, tree: Tree) -> Tree:
        raise Refusal("decimals are not supported on Athena", "use real numbers")

    def real_text(self, row: Row, tree: Tree) -> Tree:
        def written(x: Tree) -> Tree:
            size = t.call("abs", t.again(x))
            digits = t.cast(t.cast(t.cast(t.again(x), "VARCHAR"), "DECIMAL(38,10)"), "VARCHAR")
            plain = t.call("regexp_replace", digits, t.text(r"(\.[0-9]+?)0*\z"), t.text("$1"))
            large = t.and_(t.ge(size, self.literal(1e7, _REAL)), t.lt(t.again(size), self.literal(1e15, _REAL)))
            infinite = t.when(t.gt(t.again(x), t.num(0)), t.text("inf"), t.text("-inf"))
            return t.case(
                [(t.call("is_nan", t.again(x)), t.text("NaN")), (t.call("is_infinite", t.again(x)), infinite), (large, plain)],
                t.call("format", t.text("%s"), x),
            )

        return row.bind(tree, lambda x: t.when(t.is_not_null(t.again(x)), written(x)))

    def guid_of_text(self, row: Row, tree: Tree) -> Tree:
        return t.cast(t.try_cast(tree, "UUID"), "VARCHAR")

    def span_of_text(self, row: Row, tree: Tree) -> Tree:
        raise Refusal("`totimespan` of text is not supported on Athena")

    def bag_merge(self, row: Row, items: Tree) -> Tree:
        raise Refusal("merging bags is not supported on Athena")

    def bag_select(self, row: Row, bag: Tree, keep: object) -> Tree:
        raise Refusal("taking keys out of a bag is not supported on Athena")

    def bag_replace(self, row: Row, bag: Tree, key: Tree, single: Tree) -> Tree:
        raise Refusal("setting a bag's key is not supported on Athena")


def _ended(pattern: str) -> str:
    """A pattern of `parse`: its last `$` is the end of the text."""
    return pattern[:-1] + r"\z" if pattern.endswith("$") and not pattern.endswith(r"\$") else pattern

