"""Text, patterns and numbers on Athena."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rulec.ir.exprs import Expr, Literal
from rulec.records import replace
from rulec_backends.athena.classes import without_properties
from rulec_backends.athena.jsons import AthenaJson
from rulec_backends.athena.lists import lam
from rulec_backends.athena.words import real
from rulec_backends.sql import nodes, regex
from rulec_backends.sql import trees as t
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.primitives import MOST_DAYS, SPAN_UNITS
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row

#: Letters and digits: what a term is made of.
TERM: Final = r"\p{L}\p{N}"
HEAD: Final = rf"(?<![{TERM}])"
TAIL: Final = rf"(?![{TERM}])"
#: Letters that lower() maps to an ASCII letter besides its own capital.
_FOLDED_TO: Final = {"i": r"\x{130}", "k": r"\x{212A}"}
_QUOTED: Final = r"([^\p{L}\p{N}\s])"
#: 17 digits of a number from 1e-5 to 1e15.
_DIGITS: Final = "DECIMAL(38,22)"


def is_term_char(char: str) -> bool:
    return unicodedata.category(char)[0] in "LN"


def joni(pattern: str) -> str:
    """One of the compiler's own patterns: the end of the text is `\\z` in Joni."""
    return pattern[:-1] + r"\z" if pattern.endswith("$") and not pattern.endswith(r"\$") else pattern


def _is_lower_ascii(word: str) -> bool:
    """Whether `any_case` can say the word. (No lowered text has a capital: `tolower(x) has_cs "A"` is false.)"""
    return word.isascii() and word == word.lower()


def any_case(word: str) -> str:
    """A lower-case ASCII word as a pattern that matches what lower() maps to it."""
    return "".join(f"[{c}{c.upper()}{_FOLDED_TO.get(c, '')}]" if c.isalpha() else regex.quoted(c) for c in word)


def unlowered(x: Tree) -> Tree | None:
    """The operand of lower()."""
    return x.arguments[0] if t.is_call(x, "lower") else None


def _greatest_digits(d: Tree, x: Tree) -> Tree:
    """Where several decimals of the shortest length read back as the number, KQL prints the one farthest from zero."""
    short = _cut(t.cast(d, "VARCHAR"))
    places = t.sub(t.call("length", short), t.call("strpos", short, t.text(".")))
    unit = t.cast(t.concat(t.text("0."), t.call("lpad", t.text("1"), places, t.text("0"))), _DIGITS)
    sign = t.when(t.lt(x, real(0.0)), t.num(-1), t.num(1))

    def candidate(k: Tree) -> Tree:
        return t.cast(t.cast(t.add(d, t.mul(nodes.Paren(t.mul(k, sign)), unit)), _DIGITS), "VARCHAR")

    tried = t.call("transform", t.call("sequence", t.num(12), t.num(0), t.num(-1)), lam("k", candidate))
    same = t.call("filter", tried, lam("s", lambda s: t.eq(t.cast(s, "DOUBLE"), x)))
    return t.when(t.lt(t.call("length", short), t.num(17)), short, _cut(t.call("element_at", same, t.num(1))))


def _cut(text: Tree) -> Tree:
    """Without the zeros at the end, but for one behind the point."""
    return t.call("regexp_replace", text, t.text(r"(\.[0-9]+?)0*\z"), t.text("$1"))


#: Base64 with its padding.
BASE64: Final = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\z"


class AthenaValues(AthenaJson):
    """The value part of the dialect."""

    # --- patterns -------------------------------------------------------------------------------------------------

    def matches(self, tree: Tree, pattern: str) -> Tree:
        return t.call("regexp_like", tree, t.text(joni(pattern)))

    def regex(self, pattern: str) -> regex.Regex:
        found = regex.translate(pattern, regex.JONI)
        return replace(found, text=without_properties(found.text))

    def regex_quote(self, text: str) -> str:
        return regex.quoted(text)

    def regex_test(self, tree: Tree, pattern: str) -> Tree:
        return t.call("regexp_like", tree, t.text(joni(pattern)))

    def regex_group(self, tree: Tree, pattern: str, group: int) -> Tree:
        """The first match's group, '' when there is none."""
        return t.coalesce(t.call("regexp_extract", tree, t.text(joni(pattern)), t.num(group)), t.text(""))

    regex_end = r"\z"

    def regex_all(self, row: Row, tree: Tree, pattern: str, group: int) -> Tree:
        """Every match's group as a list of text, '' where the group took no part."""
        found = t.call("regexp_extract_all", tree, t.text(pattern), t.num(group))
        return found if group == 0 else t.call("transform", found, lam("e", lambda e: t.coalesce(e, t.text(""))))

    def regex_replace(self, tree: Tree, pattern: str, parts: Sequence[str | int]) -> Tree:
        rewrite = "".join(f"${p}" if isinstance(p, int) else p.replace("\\", "\\\\").replace("$", "\\$") for p in parts)
        return t.call("regexp_replace", tree, t.text(pattern), t.text(rewrite))

    def regex_escape(self, tree: Tree) -> Tree:
        return t.call("regexp_replace", tree, t.text(r"([\\.+*?()|\[\]{}^$#&~-])"), t.text(r"\\$1"))

    def has(self, row: Row, x: Tree, y: Tree, left: bool, right: bool) -> Tree:
        """y as a term of x; both are lowered already where case does not count."""
        if t.is_text(y):
            return self._found(x, [str(y.value)], left, right) if y.value else t.true()
        return t.call("regexp_like", x, self._guarded(row.once(y), left, right))

    def _guarded(self, y: Tree, left: bool = True, right: bool = True) -> Tree:
        quoted = t.call("regexp_replace", y, t.text(_QUOTED), t.text(r"\\$1"))
        head = t.when(self.matches(y, f"^[{TERM}]"), t.text(HEAD), t.text(""))
        tail = t.when(self.matches(y, f"[{TERM}]$"), t.text(TAIL), t.text(""))
        return t.concat(*([head] if left else []), quoted, *([tail] if right else []))

    def _found(self, x: Tree, needles: Sequence[str], left: bool, right: bool) -> Tree:
        """One expression for all needles. Without lower(), which costs more than the search, where the letters are ASCII."""
        inner = unlowered(x)
        bare = inner is not None and all(map(_is_lower_ascii, needles))
        words = [any_case(n) if bare else regex.quoted(n) for n in needles]
        ends = [(left and is_term_char(n[0]), right and is_term_char(n[-1])) for n in needles]
        if len(set(ends)) == 1:
            body = words[0] if len(words) == 1 else f"(?:{'|'.join(words)})"
            pattern = f"{HEAD if ends[0][0] else ''}{body}{TAIL if ends[0][1] else ''}"
        else:
            pattern = "|".join(f"{HEAD if a else ''}{w}{TAIL if b else ''}" for w, (a, b) in zip(words, ends, strict=True))
        return t.call("regexp_like", inner if bare and inner is not None else x, t.text(pattern))

    def has_any_of(self, row: Row, x: Tree, needles: Sequence[str]) -> Tree:
        if any(n == "" for n in needles):
            return t.true()
        return self._found(x, [t.lowered(n) for n in needles], True, True) if needles else t.false()

    def has_listed(self, row: Row, x: Tree, array: Tree, every: bool) -> Tree:
        items, x = self.json_items(row, array), row.once(x)
        found = row.function(1, lambda e: self.has_item(row, x, e))
        return t.coalesce(t.call("all_match" if every else "any_match", items, found), t.false())

    def has_item(self, row: Row, x: Tree, item: Tree) -> Tree:
        word = self.lower_text(self.json_text(item))
        return self.let_in(row, word, lambda w: t.call("regexp_like", x, self._guarded(w)))

    # --- text -----------------------------------------------------------------------------------------------------

    def contains(self, x: Tree, y: Tree) -> Tree:
        return t.gt(t.call("strpos", x, y), t.num(0))

    def ends_with(self, x: Tree, y: Tree) -> Tree:
        if t.is_text(y):
            inner, word = unlowered(x), str(y.value)
            bare = inner is not None and _is_lower_ascii(word)
            pattern = (any_case(word) if bare else regex.quoted(word)) + r"\z"
            return t.call("regexp_like", inner if bare and inner is not None else x, t.text(pattern))
        return t.call("starts_with", t.call("reverse", x), t.call("reverse", y))

    def trimmed(self, tree: Tree) -> Tree:
        return t.call("trim", tree)

    def not_negative(self, tree: Tree, expr: Expr) -> Tree:
        if isinstance(expr, Literal) and isinstance(expr.value, int):
            return t.num(max(expr.value, 0))
        # null: to the end
        return t.coalesce(t.call("greatest", tree, t.num(0)), t.num(2**31))

    def repeat(self, tree: Tree, count: Tree) -> Tree:
        """By rpad(): repeat() makes lists."""
        size = t.mul(t.call("length", tree), count)
        return t.when(t.ne(tree, t.text("")), t.call("rpad", t.text(""), size, tree), t.text(""))

    def repeat_with(self, row: Row, tree: Tree, count: Tree, delimiter: Tree) -> Tree:
        tree = row.once(tree)
        items = self.list_map(row, self.sequence(t.num(1), row.once(count), t.num(1)), lambda i: tree)
        return t.coalesce(t.call("array_join", items, delimiter), t.text(""))

    def split(self, row: Row, s: Tree, d: Tree) -> Tree:
        """An empty delimiter leaves the text whole."""
        if t.is_text(d):
            return t.call("split", s, d) if d.value else t.array([s])
        s, d = row.once(s), row.once(d)
        return t.when(t.eq(d, t.text("")), t.array([s]), t.call("split", s, d))

    def base64_digits(self, row: Row, tree: Tree) -> Tree:
        """Trino takes text without its padding."""
        return row.bind(tree, lambda s: t.when(t.call("regexp_like", s, t.text(BASE64)), t.call("to_hex", t.call("from_base64", s))))

    def base64_of_digits(self, digits: Tree) -> Tree:
        return t.call("to_base64", t.call("from_hex", digits))

    def hex_digits(self, tree: Tree, width: int) -> Tree:
        return t.call("lpad", t.call("to_base", tree, t.num(16)), t.num(width), t.text("0"))

    # --- numbers --------------------------------------------------------------------------------------------------

    def hex_long(self, tree: Tree) -> Tree:
        """`0x…` as the bits of a 64-bit integer."""
        digits = t.call("lpad", t.call("substr", tree, t.num(3)), t.num(16), t.text("0"))
        return t.call("from_big_endian_64", t.call("from_hex", digits))

    def real_literal_text(self, tree: Tree) -> Tree:
        return t.try_cast(tree, "DOUBLE")

    def special_real(self, tree: Tree) -> Tree:
        """`inf` and its spellings, `nan`."""
        sign = t.when(t.call("starts_with", tree, t.text("-")), t.neg(t.call("infinity")), t.call("infinity"))
        return t.when(t.eq(t.call("lower", tree), t.text("nan")), t.call("nan"), sign)

    def low_32(self, row: Row, tree: Tree) -> Tree:
        return t.call("bitwise_right_shift_arithmetic", t.call("bitwise_left_shift", tree, t.num(32)), t.num(32))

    def extreme_of(self, greatest: bool, trees: Sequence[Tree]) -> Tree:
        """greatest() and least() of Trino are null with a null."""
        present = t.call("filter", t.array(list(trees)), lam("v", t.is_not_null))
        return t.call("array_max" if greatest else "array_min", present)

    def decimal_divide(self, x: Tree, y: Tree) -> Tree:
        raise Refusal("division of decimals is not exact on Athena", "convert them with todouble()")

    def real_text(self, row: Row, tree: Tree) -> Tree:
        """As KQL prints it: a decimal point always, `NaN`, `inf`, no exponent up to 1e15."""

        def written(x: Tree) -> Tree:
            infinite = t.when(t.gt(x, t.num(0)), t.text("inf"), t.text("-inf"))
            return t.case([(t.call("is_nan", x), t.text("NaN")), (t.call("is_infinite", x), infinite)], self.plain_real(x))

        return row.bind(tree, written)

    def plain_real(self, x: Tree) -> Tree:
        """Digits of a finite number, null of null: plain from 1e-5 to 1e15, else `1.5e-07`, `1e+15`."""
        size = t.call("abs", x)
        plain = t.and_(t.ge(size, real(1e-5)), t.lt(size, real(1e15)))
        zero = t.eq(x, real(0.0))

        def exponent(m: Tree) -> Tree:
            sign, digits = (nodes.Index(m, i) for i in (0, 1))
            two = t.when(t.lt(t.call("length", digits), t.num(2)), t.text("0"), t.text(""))
            return t.concat(t.text("e"), t.when(t.eq(sign, t.text("-")), t.text("-"), t.text("+")), two, digits)

        written = t.call("regexp_replace", t.cast(x, "VARCHAR"), t.text(r"(?:\.0)?E(-?)([0-9]+)\z"), lam("m", exponent))
        exact = t.cast(t.cast(x, "VARCHAR"), _DIGITS)
        zeros = t.call("format", t.text("%s"), x)
        return t.case([(plain, self.let("d", exact, lambda d: _greatest_digits(d, x))), (zero, zeros)], written)

    def decimal_text(self, row: Row, tree: Tree) -> Tree:
        # the carrier always has its sixteen decimals
        return t.call("regexp_replace", t.cast(tree, "VARCHAR"), t.text(r"\.?0+\z"), t.text(""))

    def ceiling(self, tree: Tree) -> Tree:
        return t.call("ceiling", tree)

    def plain_number(self, row: Row, tree: Tree) -> Tree:
        """A rounded number without the zeros behind the point."""
        return t.call("regexp_replace", t.cast(t.cast(tree, "DECIMAL(38,6)"), "VARCHAR"), t.text(r"\.?0+\z"), t.text(""))

    def url_encoded(self, row: Row, tree: Tree, plus: bool) -> Tree:
        """Trino writes upper-case digits, and knows other unreserved characters."""
        small = lam("m", lambda m: t.concat(t.text("%"), t.call("lower", nodes.Index(m, 0))))
        text = t.call("regexp_replace", t.call("url_encode", tree), t.text("%([0-9A-F]{2})"), small)
        for code, char in (("%21", "!"), ("%28", "("), ("%29", ")"), *((("+", "%20"),) if not plus else ())):
            text = t.call("replace", text, t.text(code), t.text(char))
        return text

    def guid_of_text(self, row: Row, tree: Tree) -> Tree:
        def read(s: Tree) -> Tree:
            shape = r"^\s*\{?[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\}?\s*$"
            bare = t.call("regexp_replace", s, t.text(r"[^0-9a-fA-F]"), t.text(""))
            parts = t.call("regexp_replace", bare, t.text("^(.{8})(.{4})(.{4})(.{4})(.{12})"), t.text("$1-$2-$3-$4-$5"))
            return t.when(self.matches(s, shape), t.call("lower", parts))

        return row.bind(tree, read)

    def span_of_text(self, row: Row, tree: Tree) -> Tree:
        """`[-][d.]hh:mm[:ss[.fffffff]]`, or a number with a unit such as `1.5h`."""
        return row.bind(tree, self._span)

    def _span(self, s: Tree) -> Tree:
        clock = r"^\s*(-?)(?:(0*[0-9]{1,8})\.)?([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{1,7}))?)?\s*\z"

        def group(pattern: str, number: int) -> Tree:
            return t.call("regexp_extract", s, t.text(pattern), t.num(number))

        def part(number: int) -> Tree:
            return t.coalesce(t.try_cast(group(clock, number), "BIGINT"), t.num(0))

        fraction = t.coalesce(t.try_cast(t.call("rpad", group(clock, 6), t.num(7), t.text("0")), "BIGINT"), t.num(0))
        size = fraction
        for number, unit in ((2, "d"), (3, "h"), (4, "m"), (5, "s")):
            size = t.add(t.mul(part(number), t.num(SPAN_UNITS[unit])), size)
        fits = t.and_(t.lt(part(2), t.num(MOST_DAYS)), t.lt(part(3), t.num(24)), t.lt(part(4), t.num(60)), t.lt(part(5), t.num(60)))
        signed = t.when(self.matches(s, r"^\s*-"), t.neg(nodes.Paren(size)), size)
        unit_text = r"^\s*(-?[0-9]+(?:\.[0-9]+)?)\s*(d|h|m|s|ms|microsecond|tick)\s*\z"
        scale = t.case([(t.text(k), real(float(v))) for k, v in SPAN_UNITS.items()], subject=group(unit_text, 2))
        rounded = t.call("round", t.mul(t.try_cast(group(unit_text, 1), "DOUBLE"), scale))
        days = t.try_cast(s, "BIGINT")
        whole = t.and_(self.matches(s, r"^\s*-?[0-9]+\s*$"), t.between(days, t.num(-MOST_DAYS), t.num(MOST_DAYS)))
        return t.case(
            [
                (t.and_(self.matches(s, clock), fits), signed),
                (self.matches(s, unit_text), t.try_cast(rounded, "BIGINT")),
                (whole, t.mul(days, t.num(SPAN_UNITS["d"]))),
            ]
        )
