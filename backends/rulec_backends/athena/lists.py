"""Lists on Athena: ARRAY(T); a list of dynamic values is ARRAY(JSON) with SQL NULL for JSON null."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from rulec.scalars import ScalarType
from rulec_backends.athena.words import real, typed
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.dialect import Dialect
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row

#: sequence() gives no more entries.
_CHUNK: Final = 10_000
#: zip() takes no more lists.
_ZIPPED: Final = 5


def lam(name: str, body: Callable[[Tree], Tree]) -> Tree:
    """A lambda whose body reads nothing but its parameter and columns: the name may shadow another."""
    return t.lam([name], body(nodes.Var(name)))


def json_null() -> Tree:
    return typed("JSON", "null")


def _rank(value: Tree) -> Tree:
    """The place of a JSON value's kind in an order: numbers, strings, false, true, arrays, bags."""
    return t.call("strpos", t.text('"ft[{'), t.call("substr", t.call("json_format", value), t.num(1), t.num(1)))


class AthenaLists(Dialect):
    """The list part of the dialect."""

    def list_map(self, row: Row, items: Tree, body: Callable[[Tree], Tree]) -> Tree:
        return t.call("transform", items, row.function(1, body))

    def list_filter(self, row: Row, items: Tree, body: Callable[[Tree], Tree]) -> Tree:
        return t.call("filter", items, row.function(1, body))

    def list_fold(self, row: Row, items: Tree, start: Tree, body: Callable[[Tree, Tree], Tree]) -> Tree:
        return t.call("reduce", items, start, row.function(2, body), row.function(1, lambda a: a))

    def list_fold_positions(self, row: Row, items: Tree, start: Tree, body: Callable[[Tree, Tree], Tree]) -> Tree:
        """body(accumulator, position) over the positions of the list, from 1."""
        return self.list_fold(row, self.sequence(t.num(1), t.call("cardinality", items), t.num(1)), start, body)

    def list_zip(self, row: Row, lists: Sequence[Tree], body: Callable[[Sequence[Tree]], Tree]) -> Tree:
        """zip() takes five lists: longer ones are zips of zips."""
        parts = [lists[i : i + _ZIPPED] for i in range(0, len(lists), _ZIPPED)]
        if len(parts) > _ZIPPED:
            raise Refusal(f"more than {_ZIPPED**2} groups of a regular expression side by side")
        zips = [t.call("zip", *part) if len(part) > 1 else part[0] for part in parts]

        def items(r: Tree) -> list[Tree]:
            if len(parts) == 1:
                return [self.unpack(r, i, ScalarType.STRING) for i in range(len(lists))]
            found: list[Tree] = []
            for at, part in enumerate(parts):
                inner = self.unpack(r, at, ScalarType.STRING)
                found += [self.unpack(inner, i, ScalarType.STRING) for i in range(len(part))] if len(part) > 1 else [inner]
            return found

        return self.list_map(row, zips[0] if len(parts) == 1 else t.call("zip", *zips), lambda r: body(items(r)))

    def list_append(self, items: Tree, item: Tree) -> Tree:
        return t.call("concat", items, t.array([item]))

    def list_stat(self, items: Tree, name: str) -> Tree:
        """min, max, sum, avg or var_samp of a list of doubles without nulls; null of an empty one."""
        if name in ("min", "max"):
            return t.call(f"array_{name}", items)
        size = t.call("cardinality", items)
        total = self._total(items, lambda v: v)
        if name == "sum":
            return t.when(t.gt(size, t.num(0)), total)
        mean = t.binary("/", total, t.cast(t.nullif(size, t.num(0)), "DOUBLE"))
        if name == "avg":
            return mean
        squares = self._total(items, lambda v: t.call("pow", t.sub(v, nodes.Paren(mean)), t.num(2)))
        return t.binary("/", squares, t.cast(t.nullif(t.sub(size, t.num(1)), t.num(0)), "DOUBLE"))

    @staticmethod
    def _total(items: Tree, term: Callable[[Tree], Tree]) -> Tree:
        add = t.lam(["s", "v"], t.add(nodes.Var("s"), term(nodes.Var("v"))))
        return t.call("reduce", items, real(0.0), add, lam("s", lambda s: s))

    def list_contains(self, items: Tree, item: Tree) -> Tree:
        return t.call("contains", items, item)

    def list_item(self, items: Tree, index: Tree) -> Tree:
        if t.integer(index) is not None:
            return t.call("element_at", items, index)
        if nodes.has(index, nodes.Lambda):
            # nullif() says its argument twice, and Trino cannot do that with a lambda
            return self.let("i", index, lambda i: self.list_item(items, i))
        # position 0 is an error; nullif() over a lambda's parameter that holds a null is an internal one
        if isinstance(index, nodes.Var):
            return t.when(t.ne(index, t.num(0)), t.call("element_at", items, index))
        return t.call("element_at", items, t.nullif(index, t.num(0)))

    def list_length(self, items: Tree) -> Tree:
        return t.call("cardinality", items)

    def list_join(self, items: Tree, separator: Tree) -> Tree:
        return t.call("array_join", items, separator, t.text(""))

    def list_concat(self, lists: Sequence[Tree]) -> Tree:
        return t.call("concat", *lists) if len(lists) > 1 else lists[0]

    def list_head(self, items: Tree, count: Tree) -> Tree:
        return t.call("slice", items, t.num(1), count)

    def list_flatten(self, lists: Tree) -> Tree:
        return t.call("flatten", lists)

    def list_aggregate(self, tree: Tree) -> Tree:
        return t.call("array_agg", tree)

    def list_distinct(self, row: Row, items: Tree) -> Tree:
        """First occurrences, in order."""
        return t.call("array_distinct", items)

    def list_spread(self, row: Row, tree: Tree) -> Tree:
        """A dynamic value as the list make_list adds: an array's items, any other value itself."""
        return row.bind(tree, lambda x: t.coalesce(self.json_items(row, x), t.array([x])))

    def list_slice(self, items: Tree, start: Tree, stop: Tree) -> Tree:
        """From a position of at least 1; a stop before it gives the empty list."""
        return t.call("slice", items, start, t.call("greatest", t.add(t.sub(stop, start), t.num(1)), t.num(0)))

    def list_position(self, items: Tree, item: Tree) -> Tree:
        """From 0; -1 when absent, null without a list. Of JSON values, where null finds null."""
        known = t.call("transform", items, lam("e", lambda e: t.coalesce(e, json_null())))
        return t.sub(t.call("array_position", known, t.coalesce(item, json_null())), t.num(1))

    def number_position(self, items: Tree, item: Tree) -> Tree:
        """Like `list_position`, of integers."""
        return t.sub(t.call("array_position", items, item), t.num(1))

    word_list_reverse = "reverse"

    def list_sort(self, row: Row, items: Tree, descending: bool, nulls_last: bool) -> Tree:
        """Numbers by value, then strings by code point, then others."""
        nulls = 1 if nulls_last else -1
        greater = -1 if descending else 1

        def order(x: Tree, y: Tree) -> Tree:
            numbers = (self.json_real(x), self.json_real(y))
            texts = (self.json_text(x), self.json_text(y))
            a, b = (_rank(v) for v in (x, y))
            compared = t.case(
                [
                    (t.and_(t.is_null(x), t.is_null(y)), t.num(0)),
                    (t.is_null(x), t.num(nulls)),
                    (t.is_null(y), t.num(-nulls)),
                    (t.gt(a, b), t.num(greater)),
                    (t.lt(a, b), t.num(-greater)),
                    (t.lt(*numbers), t.num(-greater)),
                    (t.gt(*(n for n in numbers)), t.num(greater)),
                    (t.lt(*texts), t.num(-greater)),
                    (t.gt(*(s for s in texts)), t.num(greater)),
                ],
                t.num(0),
            )
            return t.cast(compared, "INT")

        return t.call("array_sort", items, row.function(2, order))

    def sequence(self, start: Tree, stop: Tree, step: Tree) -> Tree:
        """In pieces: one sequence() has at most 10,000 entries, and none for the wrong direction."""
        known = t.integer(step)
        reach = t.sub(stop, start)
        if known:
            forward = t.ge(stop, start) if known > 0 else t.le(stop, start)
            span = reach if known == 1 else t.binary("//", reach, t.num(known))
        else:
            forward = t.ge(t.mul(t.call("sign", reach), t.call("sign", step)), t.num(0))
            span = t.binary("//", reach, t.nullif(step, t.num(0)))
        count = t.integer(span)
        if count is not None and 0 <= count < _CHUNK:
            return t.call("sequence", start, stop, step)

        def piece(k: Tree) -> Tree:
            begin = t.mul(k, t.num(_CHUNK))
            last = t.call("least", span, t.add(t.mul(k, t.num(_CHUNK)), t.num(_CHUNK - 1)))
            ends = [x if known == 1 else t.mul(x, step) for x in (begin, last)]
            return t.call("sequence", *(t.add(start, x) for x in ends), step)

        chunks = t.call("sequence", t.num(0), t.binary("//", span, t.num(_CHUNK)))
        pieces = t.call("flatten", t.call("transform", chunks, lam("k", piece)))
        return t.case([(forward, pieces), (t.not_(forward), t.cast(t.array([]), "BIGINT[]"))])

    def let(self, name: str, tree: Tree, body: Callable[[Tree], Tree]) -> Tree:
        function = t.lam([name], body(self.lambda_parameter(name)))
        return t.call("element_at", t.call("transform", t.array([tree]), function), t.num(1))
