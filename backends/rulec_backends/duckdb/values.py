"""DuckDB's words for single values: text, numbers, patterns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rulec.ir.exprs import Expr, Literal
from rulec_backends.duckdb.jsons import DuckJson
from rulec_backends.sql import nodes, regex
from rulec_backends.sql import trees as t
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.primitives import MOST_DAYS, SPAN_UNITS
from rulec_backends.sql.regex import Regex
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row

#: Letters and digits: what a term is made of.
TERM: Final = r"\p{L}\p{N}"


#: What a needle's quoting escapes: ASCII punctuation; RE2 takes no backslash before other characters.
_PUNCTUATION: Final = r"([!-/:-@\[-`{-~])"


class DuckValues(DuckJson):
    """The value half of the DuckDB dialect."""

    # --- patterns -------------------------------------------------------------------------------------------------

    def matches(self, tree: Tree, pattern: str) -> Tree:
        """One of the compiler's own patterns, in RE2."""
        return t.call("regexp_matches", tree, t.text(pattern))

    def regex(self, pattern: str) -> Regex:
        return regex.translate(pattern, regex.RE2)

    ascii_boundary = True

    def regex_bounded(self, found: Regex) -> str:
        return regex.bounded(found.text, regex.RE2) if found.ascii_boundary else found.text

    def regex_quote(self, text: str) -> str:
        return regex.quoted(text)

    def regex_test(self, tree: Tree, pattern: str) -> Tree:
        return t.call("regexp_matches", tree, t.text(pattern))

    def regex_group(self, tree: Tree, pattern: str, group: int) -> Tree:
        """The first match's group, '' when there is none. Numbers reach 9, names have no limit."""
        if group <= 9:
            return t.call("regexp_extract", tree, t.text(pattern), *([t.num(group)] if group else []))
        names = t.array([t.text(f"g{i}") for i in range(1, group + 1)])
        return t.call("struct_extract", t.call("regexp_extract", tree, t.text(pattern), names), t.text(f"g{group}"))

    regex_end = "$"

    def regex_all(self, row: Row, tree: Tree, pattern: str, group: int) -> Tree:
        """Every match's group as a list of text, '' where the group took no part."""
        if group > 9:
            pattern, group = regex.only_group(pattern, group), 1
        found = t.call("regexp_extract_all", tree, t.text(pattern), t.num(group))
        return found if group == 0 else self.list_map(row, found, lambda e: t.coalesce(e, t.text("")))

    def regex_replace(self, tree: Tree, pattern: str, parts: Sequence[str | int]) -> Tree:
        rewrite = "".join(f"\\{p}" if isinstance(p, int) else p.replace("\\", "\\\\") for p in parts)
        return t.call("regexp_replace", tree, t.text(pattern), t.text(rewrite), t.text("g"))

    def regex_escape(self, tree: Tree) -> Tree:
        return t.call("regexp_replace", tree, t.text(r"([\\.+*?()|\[\]{}^$#&~-])"), t.text(r"\\\1"), t.text("g"))

    def has(self, row: Row, x: Tree, y: Tree, left: bool, right: bool) -> Tree:
        """y as a term of x; both are lowered already where case does not count."""
        if t.is_text(y):
            return self.matches(x, self._term(str(y.value), left, right)) if y.value else t.true()
        y = row.once(y)
        quoted = t.call("regexp_replace", y, t.text(_PUNCTUATION), t.text(r"\\\1"), t.text("g"))
        head = t.when(self.matches(y, f"^[{TERM}]"), t.text(f"(?:^|[^{TERM}])"), t.text(""))
        tail = t.when(self.matches(y, f"[{TERM}]$"), t.text(f"(?:[^{TERM}]|$)"), t.text(""))
        pattern = t.concat(*([head] if left else []), quoted, *([tail] if right else []))
        return t.call("regexp_matches", x, pattern)

    @staticmethod
    def _term(needle: str, left: bool, right: bool) -> str:
        head = f"(?:^|[^{TERM}])" if left and is_term_char(needle[0]) else ""
        tail = f"(?:[^{TERM}]|$)" if right and is_term_char(needle[-1]) else ""
        return f"{head}{regex.quoted(needle)}{tail}"

    def has_any_of(self, row: Row, x: Tree, needles: Sequence[str]) -> Tree:
        if any(n == "" for n in needles):
            return t.true()
        words = [t.lowered(n) for n in needles]
        plain = [w for w in words if is_term_char(w[0]) and is_term_char(w[-1])]
        others = [w for w in words if w not in plain]
        alternatives = []
        if plain:
            choice = "|".join(regex.quoted(w) for w in plain)
            alternatives.append(f"(?:^|[^{TERM}])(?:{choice})(?:[^{TERM}]|$)" if len(plain) > 1 else self._term(plain[0], True, True))
        alternatives += [self._term(w, True, True) for w in others]
        return self.matches(x, "|".join(alternatives)) if alternatives else t.false()

    def has_listed(self, row: Row, x: Tree, array: Tree, every: bool) -> Tree:
        items = row.d.json_items(row, array)
        x = row.once(x)

        def quoted(e: Tree) -> Tree:
            word = self.lower_text(self.json_text(e))
            return row.bind(word, lambda w: self._guarded(w))

        patterns = self.list_map(row, items, quoted)
        hits = self.list_filter(row, row.once(patterns), lambda p: t.call("regexp_matches", x, p))
        count = self.list_length(hits)
        return t.coalesce(t.eq(count, self.list_length(row.once(patterns))) if every else t.gt(count, t.num(0)), t.false())

    def has_item(self, row: Row, x: Tree, item: Tree) -> Tree:
        word = self.lower_text(self.json_text(item))
        return row.bind(word, lambda w: t.call("regexp_matches", x, self._guarded(w)))

    def _guarded(self, y: Tree) -> Tree:
        quoted = t.call("regexp_replace", y, t.text(_PUNCTUATION), t.text(r"\\\1"), t.text("g"))
        head = t.when(self.matches(y, f"^[{TERM}]"), t.text(f"(?:^|[^{TERM}])"), t.text(""))
        tail = t.when(self.matches(y, f"[{TERM}]$"), t.text(f"(?:[^{TERM}]|$)"), t.text(""))
        return t.concat(head, quoted, tail)

    # --- text -----------------------------------------------------------------------------------------------------

    def contains(self, x: Tree, y: Tree) -> Tree:
        return t.call("contains", x, y)

    def ends_with(self, x: Tree, y: Tree) -> Tree:
        return t.call("ends_with", x, y)

    def trimmed(self, tree: Tree) -> Tree:
        # DuckDB's casts pass over blanks themselves
        return tree

    def not_negative(self, tree: Tree, expr: Expr) -> Tree:
        if isinstance(expr, Literal) and isinstance(expr.value, int):
            return t.num(min(max(expr.value, 0), 2**31 - 1))
        # null: to the end
        return t.call("least", t.call("greatest", t.coalesce(tree, t.num(2**31 - 1)), t.num(0)), t.num(2**31 - 1))

    def repeat(self, tree: Tree, count: Tree) -> Tree:
        return t.call("repeat", tree, count)

    def repeat_with(self, row: Row, tree: Tree, count: Tree, delimiter: Tree) -> Tree:
        tree = row.once(tree)
        items = t.call("list_transform", t.call("range", count), row.function(1, lambda i: tree))
        return t.coalesce(self.list_join(items, delimiter), t.text(""))

    def split(self, row: Row, s: Tree, d: Tree) -> Tree:
        """An empty delimiter leaves the text whole."""
        if t.is_text(d):
            return t.call("string_split", s, d) if d.value else t.array([s])
        s, d = row.once(s), row.once(d)
        return t.when(t.eq(d, t.text("")), t.array([s]), t.call("string_split", s, d))

    def json_strings(self, row: Row, items: Tree) -> Tree:
        """A list of text as a dynamic array."""
        return nodes.known(t.call("to_json", items), nodes.Facts(strings=items))

    def base64_digits(self, row: Row, tree: Tree) -> Tree:
        return nodes.Try(t.call("hex", t.call("from_base64", tree)))

    def base64_of_digits(self, digits: Tree) -> Tree:
        return t.call("to_base64", t.call("unhex", digits))

    def hex_digits(self, tree: Tree, width: int) -> Tree:
        return t.call("lpad", t.call("lower", t.call("hex", t.cast(tree, "BIGINT"))), t.num(width), t.text("0"))

    # --- numbers --------------------------------------------------------------------------------------------------

    def hex_long(self, tree: Tree) -> Tree:
        """`0x…` as the bits of a 64-bit integer."""
        digits = t.call("lpad", t.call("regexp_extract", tree, t.text("[xX]([0-9a-fA-F]+)"), t.num(1)), t.num(16), t.text("0"))
        return t.cast(t.cast(nodes.Try(t.call("unhex", digits)), "BIT"), "BIGINT")

    def real_literal_text(self, tree: Tree) -> Tree:
        return t.try_cast(tree, "DOUBLE")

    def special_real(self, tree: Tree) -> Tree:
        return t.try_cast(tree, "DOUBLE")

    def low_32(self, row: Row, tree: Tree) -> Tree:
        # two's complement: flip the sign bit of the low half, then subtract its weight
        return t.sub(t.call("xor", t.binary("&", tree, t.num(2**32 - 1)), t.cast(t.num(2**31), "BIGINT")), t.num(2**31))

    def extreme_of(self, greatest: bool, trees: Sequence[Tree]) -> Tree:
        # greatest() and least() pass over nulls
        return t.call("greatest" if greatest else "least", *trees)

    def ceiling(self, tree: Tree) -> Tree:
        return t.call("ceil", tree)

    def plain_number(self, row: Row, tree: Tree) -> Tree:
        return t.call("regexp_replace", t.cast(tree, "VARCHAR"), t.text(r"\.0$"), t.text(""))

    def url_encoded(self, row: Row, tree: Tree, plus: bool) -> Tree:
        """DuckDB writes upper-case digits, and knows other unreserved characters."""
        parts = t.call("string_split", t.call("url_encode", tree), t.text("%"))

        def lowered(p: Tree, i: Tree) -> Tree:
            low = t.concat(t.call("lower", t.call("left", p, t.num(2))), t.call("substr", p, t.num(3)))
            return t.when(t.eq(i, t.num(1)), p, low)

        text = t.call("array_to_string", t.call("list_transform", parts, row.function(2, lowered)), t.text("%"))
        for code, char in (("%21", "!"), ("%2a", "*"), ("%28", "("), ("%29", ")"), *((("%20", "+"),) if plus else ())):
            text = t.call("replace", text, t.text(code), t.text(char))
        return t.call("replace", text, t.text("~"), t.text("%7e"))

    def decimal_divide(self, x: Tree, y: Tree) -> Tree:
        raise Refusal("division of decimals is not exact on DuckDB", "convert them with todouble()")

    def real_text(self, row: Row, tree: Tree) -> Tree:
        """As KQL prints it: a decimal point always, `NaN`, `inf`; an exponent from 1e15 and below 1e-5.

        Up to 15 digits one decimal of a length reads back as the number. Of several longer ones DuckDB writes the nearest, KQL the
        one farthest from zero: they differ in the last digit only, else there would be a shorter one."""

        def written(x: Tree) -> Tree:
            text = t.cast(x, "VARCHAR")

            def ending(k: Tree) -> Tree:
                return t.call("regexp_replace", text, t.text(r"[0-9](e.*)?$"), t.concat(t.cast(k, "VARCHAR"), t.text(r"\1")))

            tried = t.call("list_transform", t.call("generate_series", t.num(9), t.num(0), t.num(-1)), row.function(1, ending))
            same = t.call("list_filter", tried, row.function(1, lambda s: t.eq(t.cast(s, "DOUBLE"), x)))
            short = t.or_(t.lt(t.call("length", text), t.num(17)), t.call("ends_with", text, t.text(".0")))
            digits = t.when(short, text, t.call("list_extract", same, t.num(1)))
            for found, said in _EXPONENTS:
                digits = t.call("regexp_replace", digits, t.text(found), t.text(said))
            return t.when(t.call("isnan", x), t.text("NaN"), digits)

        return row.bind(tree, written)

    def decimal_text(self, row: Row, tree: Tree) -> Tree:
        # the carrier always has its sixteen decimals
        return t.call("regexp_replace", t.cast(tree, "VARCHAR"), t.text(r"\.?0+$"), t.text(""))

    def guid_of_text(self, row: Row, tree: Tree) -> Tree:
        def read(s: Tree) -> Tree:
            shaped = self.matches(s, r"^\s*\{?[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\}?\s*$")
            bare = t.call("regexp_replace", s, t.text(r"[^0-9a-fA-F]"), t.text(""), t.text("g"))
            return t.when(shaped, t.cast(t.try_cast(bare, "UUID"), "VARCHAR"))

        return row.bind(tree, read)

    def span_of_text(self, row: Row, tree: Tree) -> Tree:
        """`[-][d.]hh:mm[:ss[.fffffff]]`, or a number with a unit such as `1.5h`."""

        def read(s: Tree) -> Tree:
            clock = r"^\s*(-?)(?:(0*\d{1,8})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?\s*$"

            def part(group: int) -> Tree:
                found = t.try_cast(t.call("regexp_extract", s, t.text(clock), t.num(group)), "BIGINT")
                return t.coalesce(found, t.num(0))

            fraction = t.call("rpad", t.call("regexp_extract", s, t.text(clock), t.num(6)), t.num(7), t.text("0"))
            size = t.add(
                t.add(
                    t.add(t.mul(part(2), t.num(864_000_000_000)), t.mul(part(3), t.num(36_000_000_000))),
                    t.add(t.mul(part(4), t.num(600_000_000)), t.mul(part(5), t.num(10_000_000))),
                ),
                t.coalesce(t.try_cast(fraction, "BIGINT"), t.num(0)),
            )
            fits = t.and_(t.lt(part(2), t.num(MOST_DAYS)), t.lt(part(3), t.num(24)), t.lt(part(4), t.num(60)), t.lt(part(5), t.num(60)))
            signed = t.when(self.matches(s, r"^\s*-"), t.neg(nodes.Paren(size)), size)
            unit = r"^\s*(-?\d+(?:\.\d+)?)\s*(d|h|m|s|ms|microsecond|tick)\s*$"
            number = t.try_cast(t.call("regexp_extract", s, t.text(unit), t.num(1)), "DOUBLE")
            unit_word = t.call("regexp_extract", s, t.text(unit), t.num(2))
            scale = t.case([(t.text(k), t.num(v)) for k, v in SPAN_UNITS.items()], subject=unit_word)
            days = t.try_cast(s, "BIGINT")
            whole = t.and_(self.matches(s, r"^\s*-?\d+\s*$"), t.between(days, t.num(-MOST_DAYS), t.num(MOST_DAYS)))
            return t.case(
                [
                    (t.and_(self.matches(s, clock), fits), signed),
                    (self.matches(s, unit), t.try_cast(t.call("round", t.mul(number, scale)), "BIGINT")),
                    (whole, t.mul(days, t.num(864_000_000_000))),
                ]
            )

        return row.bind(tree, read)

    def json_number(self, tree: Tree) -> Tree:
        """A value that is known to be a JSON number, as a double."""
        return t.try_cast(tree, "DOUBLE")

    def json_real(self, tree: Tree) -> Tree:
        """A JSON number as a double; null of anything else."""
        return t.when(
            t.among(t.call("json_type", tree), [t.text("UBIGINT"), t.text("BIGINT"), t.text("DOUBLE")]), t.try_cast(tree, "DOUBLE")
        )

    def json_length(self, row: Row, tree: Tree) -> Tree:
        """An array's length; null when it is no array."""
        strings = tree.facts.strings
        return t.call("len", strings if strings is not None else row.d.json_items(row, tree))


#: KQL has plain digits from 1e-5 to 1e15, DuckDB from 1e-4 to 1e16.
_EXPONENTS: Final = (
    (r"^(-?)([0-9])\.?([0-9]*)e-05$", r"\10.0000\2\3"),
    (r"^(-?[0-9])([0-9]{15})\.([0-9]+)$", r"\1.\2\3e+15"),
    (r"\.?0+e", "e"),
)


def is_term_char(char: str) -> bool:
    """Letters and digits as the engines' `\\p{L}` and `\\p{N}` see them."""
    import unicodedata

    return unicodedata.category(char)[0] in "LN"
