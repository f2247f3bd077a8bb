"""The words a dialect has for single values, lists and patterns. What a dialect does not define is refused where it is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, NoReturn

from rulec.ir.exprs import Expr, Literal
from rulec.scalars import LONG_MAX, TICKS_PER_DAY
from rulec_backends.sql import trees as t
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.regex import Regex
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.aggregates import Group
    from rulec_backends.sql.expressions import Row


#: Ticks of the units that a text of a timespan may have.
SPAN_UNITS: Final = {
    "d": 864_000_000_000,
    "h": 36_000_000_000,
    "m": 600_000_000,
    "s": 10_000_000,
    "ms": 10_000,
    "microsecond": 10,
    "tick": 1,
}
#: Whole days that a timespan can have, either way.
MOST_DAYS: Final = LONG_MAX // TICKS_PER_DAY


class Primitives:
    """See `rulec_backends.sql.dialect.Dialect`."""

    title: ClassVar[str]
    #: The end of the text in a pattern, never before a last newline.
    regex_end: ClassVar[str]
    word_list_reverse: ClassVar[str]

    def unsaid(self, what: str) -> NoReturn:
        raise Refusal(f"{what} is not supported on {self.title}")

    # --- text and patterns ----------------------------------------------------------------------------------------

    def matches(self, tree: Tree, pattern: str) -> Tree:
        """Whether one of the compiler's own patterns occurs."""
        self.unsaid("this test of a text")

    def regex(self, pattern: str) -> Regex:
        """KQL's pattern in the engine's flavour."""
        self.unsaid("a regular expression")

    #: Whether the engine's `\b` knows ASCII words only.
    ascii_boundary: ClassVar[bool] = False

    def regex_bounded(self, found: Regex) -> str:
        """The pattern for a mere test, with word boundaries as exact as they can be."""
        return found.text

    def regex_quote(self, text: str) -> str:
        """A pattern that matches the text itself."""
        self.unsaid("a regular expression")

    def regex_test(self, tree: Tree, pattern: str) -> Tree:
        """Whether a pattern of the engine's flavour occurs."""
        self.unsaid("a regular expression")

    def regex_group(self, tree: Tree, pattern: str, group: int) -> Tree:
        """The first match's group, '' when there is none."""
        self.unsaid("a regular expression's group")

    def regex_all(self, row: Row, tree: Tree, pattern: str, group: int) -> Tree:
        """Every match's group as a list of text, '' where it took no part."""
        self.unsaid("finding every match of a regular expression")

    def regex_replace(self, tree: Tree, pattern: str, parts: Sequence[str | int]) -> Tree:
        """All matches replaced by the parts: text, or a group's number."""
        self.unsaid("replacing by a regular expression")

    def regex_escape(self, tree: Tree) -> Tree:
        """regex_quote() of a value."""
        self.unsaid("`regex_quote`")

    def has(self, row: Row, x: Tree, y: Tree, left: bool, right: bool) -> Tree:
        """y as a term of x; both are lowered already where case does not count."""
        self.unsaid("`has`")

    def has_any_of(self, row: Row, x: Tree, needles: Sequence[str]) -> Tree:
        """has_any() of a lowered text with constant needles."""
        self.unsaid("`has_any`")

    def has_listed(self, row: Row, x: Tree, array: Tree, every: bool) -> Tree:
        """has_any() or has_all() of a lowered text with a dynamic array of needles."""
        self.unsaid("`has_any` over an array that is no constant")

    def has_item(self, row: Row, x: Tree, item: Tree) -> Tree:
        """Whether a lowered text has an array's item as a term; inside list functions."""
        self.unsaid("`has_any_index` over an array that is no constant")

    def contains(self, x: Tree, y: Tree) -> Tree:
        self.unsaid("`contains`")

    def ends_with(self, x: Tree, y: Tree) -> Tree:
        self.unsaid("`endswith`")

    def trimmed(self, tree: Tree) -> Tree:
        """Text without blanks at its ends, or any that the engine's casts read alike."""
        self.unsaid("trimming")

    def not_negative(self, tree: Tree, expr: Expr) -> Tree:
        self.unsaid("a length")

    def repeat(self, tree: Tree, count: Tree) -> Tree:
        self.unsaid("`strrep`")

    def repeat_with(self, row: Row, tree: Tree, count: Tree, delimiter: Tree) -> Tree:
        self.unsaid("`strrep` with a delimiter")

    def split(self, row: Row, s: Tree, d: Tree) -> Tree:
        """A list of text; an empty delimiter leaves the text whole."""
        self.unsaid("`split`")

    def constant_text(self, value: object) -> str:
        """A constant of an array as a needle."""
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)

    def url_encoded(self, row: Row, tree: Tree, plus: bool) -> Tree:
        """Percent-encoding with lower-case digits; `plus`: a blank is `+`."""
        self.unsaid("`url_encode`")

    def list_place(self, items: Tree, place: Tree) -> Tree:
        """Item number `place`, which is at least 1; null beyond the last, and of null."""
        self.unsaid("an item of a list")

    def json_encoded(self, tree: Tree) -> Tree:
        """A text as the JSON text of a string."""
        self.unsaid("JSON text")

    def json_decoded(self, tree: Tree) -> Tree:
        """JSON text that is certainly valid, and not `null`, as a dynamic value."""
        self.unsaid("JSON text")

    def base64_digits(self, row: Row, tree: Tree) -> Tree:
        """The bytes of a base64 text as upper-case hexadecimal digits; null when it is none."""
        self.unsaid("base64")

    def base64_of_digits(self, digits: Tree) -> Tree:
        """Hexadecimal digits as base64 of their bytes."""
        self.unsaid("base64")

    def hex_digits(self, tree: Tree, width: int) -> Tree:
        """A number that is not negative as lower-case hexadecimal digits."""
        self.unsaid("a number in hexadecimal digits")

    # --- numbers --------------------------------------------------------------------------------------------------

    def wide_for_sum(self, tree: Tree) -> Tree:
        """An integer as sum() can add it without overflow."""
        self.unsaid("`sum`")

    def null_outside(self, row: Row, ticks: Tree, below: bool) -> Tree:
        """Ticks, null when they are below 0 (or above the last tick)."""
        self.unsaid("arithmetic of times")

    def hex_long(self, tree: Tree) -> Tree:
        """`0x…` as the bits of a 64-bit integer."""
        self.unsaid("a hexadecimal number")

    def real_literal_text(self, tree: Tree) -> Tree:
        """Text of decimal digits as a double."""
        self.unsaid("`todouble` of a text")

    def special_real(self, tree: Tree) -> Tree:
        """`inf`, `NaN` and their kin as a double."""
        self.unsaid("`todouble` of a text")

    def low_32(self, row: Row, tree: Tree) -> Tree:
        """The low 32 bits, with their sign."""
        self.unsaid("`toint` of a long")

    def round_to(self, row: Row, x: Tree, expr: Expr, digits: Tree) -> Tree:
        """`expr` is what `digits` says."""
        if isinstance(expr, Literal) and isinstance(expr.value, int):
            return t.call("round", x, t.num(expr.value))
        return t.call("round", x, t.try_cast(digits, "INT"))

    def ceiling(self, tree: Tree) -> Tree:
        self.unsaid("`ceiling`")

    def extreme_of(self, greatest: bool, trees: Sequence[Tree]) -> Tree:
        """The greatest or least of the values, nulls passed over."""
        self.unsaid("`max_of`")

    def plain_number(self, row: Row, tree: Tree) -> Tree:
        """A rounded real as text, without a fraction when it is whole."""
        self.unsaid("`format_bytes` with digits")

    def decimal_divide(self, x: Tree, y: Tree) -> Tree:
        self.unsaid("division of decimals")

    def decimal_text(self, row: Row, tree: Tree) -> Tree:
        self.unsaid("`tostring` of a decimal")

    def real_text(self, row: Row, tree: Tree) -> Tree:
        """tostring() of a real; null of null."""
        self.unsaid("`tostring` of a real")

    def guid_of_text(self, row: Row, tree: Tree) -> Tree:
        self.unsaid("`toguid`")

    def span_of_text(self, row: Row, tree: Tree) -> Tree:
        self.unsaid("`totimespan` of a text")

    # --- aggregates -----------------------------------------------------------------------------------------------

    def average(self, tree: Tree) -> Tree:
        self.unsaid("`avg`")

    def mean_of_ticks(self, g: Group, ticks: Tree) -> Tree:
        """The average of integers as an integer, rounded; exact, unlike that of reals."""
        self.unsaid("`avg` of times")

    def first(self, tree: Tree) -> Tree:
        """The aggregate of the first value in the argument's order; any value without an order."""
        self.unsaid("`take_any`")

    def percentile(self, g: Group, share: float) -> Tree:
        self.unsaid("`percentile`")

    def list_aggregate(self, tree: Tree) -> Tree:
        """All values as a list; null of no row."""
        self.unsaid("`make_list`")

    # --- lists ----------------------------------------------------------------------------------------------------

    def list_append(self, items: Tree, item: Tree) -> Tree:
        self.unsaid("appending to an array")

    def list_distinct(self, row: Row, items: Tree) -> Tree:
        """First occurrences, in order."""
        self.unsaid("distinct items of an array")

    def list_flatten(self, lists: Tree) -> Tree:
        self.unsaid("flattening an array")

    def list_fold_positions(self, row: Row, items: Tree, start: Tree, body: Callable[[Tree, Tree], Tree]) -> Tree:
        """body(accumulator, position) over the positions of the list, from 1."""
        self.unsaid("a sum over two arrays")

    def list_head(self, items: Tree, count: Tree) -> Tree:
        self.unsaid("the head of an array")

    def list_position(self, items: Tree, item: Tree) -> Tree:
        """From 0; -1 when absent, null without a list."""
        self.unsaid("`array_index_of`")

    def list_slice(self, items: Tree, start: Tree, stop: Tree) -> Tree:
        """Items number start to stop, from 1, both included."""
        self.unsaid("`array_slice`")

    def list_sort(self, row: Row, items: Tree, descending: bool, nulls_last: bool) -> Tree:
        """Numbers by value, then strings by code point."""
        self.unsaid("sorting an array")

    def list_spread(self, row: Row, tree: Tree) -> Tree:
        """A dynamic value as the list that make_list adds: an array's items, any other value itself."""
        self.unsaid("`make_list` of a dynamic value")

    def list_stat(self, items: Tree, name: str) -> Tree:
        """min, max, sum, avg or var_samp of a list of numbers."""
        self.unsaid("statistics of an array")

    # --- JSON -----------------------------------------------------------------------------------------------------

    def json_text(self, tree: Tree) -> Tree:
        """Like `json_string`, null for null."""
        self.unsaid("the text of a dynamic value")

    def plain_json(self, tree: Tree) -> Tree | None:
        """A dynamic scalar's text, right for texts and bools, something else that is no text for other values; None: no shorter form."""
        return None

    def plain_text(self, tree: Tree) -> Tree | None:
        """`plain_json` of the value whose tostring() a tree is; None when it is none."""
        return None

    def json_is_empty(self, tree: Tree, negated: bool) -> Tree:
        """isempty() of a dynamic value: null or the empty text."""
        self.unsaid("`isempty` of a dynamic value")

    def list_zip(self, row: Row, lists: Sequence[Tree], body: Callable[[Sequence[Tree]], Tree]) -> Tree:
        """body(items) over lists of one length, side by side."""
        self.unsaid("lists side by side")

    def json_real(self, tree: Tree) -> Tree:
        """A JSON number as a double; null of anything else."""
        self.unsaid("the number of a dynamic value")

    def json_number(self, tree: Tree) -> Tree:
        """A value that is known to be a JSON number, as a double."""
        return self.json_real(tree)

    def json_text_value(self, text: Tree) -> Tree:
        """A text as a dynamic string."""
        self.unsaid("a text among dynamic values")

    def json_length(self, row: Row, tree: Tree) -> Tree:
        """An array's length; null when it is no array."""
        self.unsaid("`array_length`")

    def json_strings(self, row: Row, items: Tree) -> Tree:
        """A list of text as a dynamic array."""
        self.unsaid("an array of strings")

    def bag_merge(self, row: Row, items: Tree) -> Tree:
        """A list of bags as one; the first value of a key wins."""
        self.unsaid("merging bags")

    def bag_select(self, row: Row, bag: Tree, keep: Callable[[Tree], Tree]) -> Tree:
        """The bag with the keys for which `keep` is true."""
        self.unsaid("taking keys out of a bag")

    def bag_replace(self, row: Row, bag: Tree, key: Tree, single: Tree) -> Tree:
        """The bag with the value of the one-key bag `single` in place, or appended."""
        self.unsaid("setting a bag's key")

    def bag_of_pairs(self, row: Row, pairs: Tree, separator: str) -> Tree:
        """A list of texts `key=value` as a bag of strings; the first value of a key wins."""
        self.unsaid("a bag of a query string")

    def bag_zipped(self, row: Row, keys: Tree, values: Tree) -> Tree:
        """A bag of a list of JSON keys and a list of JSON values; keys that are no strings are passed over."""
        self.unsaid("`bag_zip`")
