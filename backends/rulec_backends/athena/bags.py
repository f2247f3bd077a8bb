"""Property bags on Athena: JSON objects made of rows or of text, as the casts of maps sort keys and fail on equal ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from rulec_backends.athena.lists import AthenaLists, json_null, lam
from rulec_backends.athena.words import typed
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row

JSON: Final = "JSON"


class AthenaBags(AthenaLists):
    """The bag part of the dialect."""

    def json_object(self, pairs: Sequence[tuple[Tree, Tree]]) -> Tree:
        """By a named row, which keeps the order and the case of constant keys; else by its text."""
        if not pairs:
            return typed(JSON, "{}")
        known = {k.value: v for k, v in pairs if t.is_text(k) and k.value}
        if len(known) == len(pairs):
            kind = t.struct_type((t.name(k, quoted=True), t.sql_type(JSON)) for k in known)
            made = t.cast(nodes.Cast(t.call("row", *known.values()), kind), JSON)
            return nodes.known(made, nodes.Facts(pairs=known))
        parts: list[Tree] = []
        for key, value in pairs:
            parts += [t.text("," if parts else "{"), _entry(key, value)]
        return t.call("json_extract", t.concat(*parts, t.text("}")), t.text("$"))

    def json_keys(self, tree: Tree) -> Tree:
        """In the bag's order, which map_keys() does not keep."""
        listed = t.call("json_query", t.call("json_format", tree), t.text("lax $.keyvalue().name"))
        keys = t.cast(t.call("json_parse", t.coalesce(listed, t.text("[]"))), "VARCHAR[]")
        return t.when(t.call("starts_with", t.call("json_format", tree), t.text("{")), keys)

    def json_get(self, tree: Tree, key: Tree) -> Tree:
        """An array has no key, though a path would find one."""
        return t.when(t.is_null(t.call("json_array_length", tree)), _member(tree, key))

    def expandable(self, row: Row, tree: Tree, bag_kind: str) -> Tree:
        made, branch = t.made_list(tree), t.only_branch(tree)
        if made is not None:
            items = self.json_items(row, made)
            items = t.when(branch[0], items) if branch is not None else items
            return t.coalesce(items, t.array([t.cast(t.null(), JSON)]))

        def pair(x: Tree, key: Tree) -> Tree:
            value = _member(x, key)
            if bag_kind == "array":
                return t.cast(t.array([t.cast(key, JSON), value]), JSON)
            return t.call("json_extract", t.concat(t.text("{"), _entry(key, value), t.text("}")), t.text("$"))

        def cases(x: Tree) -> Tree:
            items = self.json_items(row, x)
            bag = t.call("transform", self.json_keys(x), row.function(1, lambda k: pair(x, k)))
            return t.coalesce(items, bag, t.array([x]))

        return cases(row.once(tree))

    def bag_merge(self, row: Row, items: Tree) -> Tree:
        """A list of bags as one; the first value of a key wins, other values are passed over."""

        def merged(bags: Tree) -> Tree:
            keys = t.call("array_distinct", t.call("flatten", t.call("transform", bags, row.function(1, self.json_keys))))

            def value(k: Tree) -> Tree:
                holds = lambda b: t.call("contains", self.json_keys(b), k)  # noqa: E731
                first = t.call("element_at", t.call("filter", bags, row.function(1, holds)), t.num(1))
                return _member(first, k)

            return self._bag(row, keys, value)

        def only(bags: Tree) -> Tree:
            return t.call("filter", bags, row.function(1, lambda b: t.call("starts_with", t.call("json_format", b), t.text("{"))))

        return self.let_in(row, only(items), merged)

    def bag_of_pairs(self, row: Row, pairs: Tree, separator: str) -> Tree:
        """A list of texts `key=value` as a bag of strings; the first value of a key wins."""

        def key(p: Tree) -> Tree:
            return decoded(t.call("element_at", t.call("split", p, t.text(separator)), t.num(1)))

        def built(ps: Tree) -> Tree:
            keys = t.call("array_distinct", t.call("transform", ps, row.function(1, key)))

            def value(k: Tree) -> Tree:
                same = t.call("filter", ps, row.function(1, lambda p: t.eq(key(p), k)))
                first = t.call("element_at", same, t.num(1))
                place = t.call("strpos", first, t.text(separator))
                rest = t.when(t.gt(place, t.num(0)), t.call("substr", first, t.add(place, t.num(1))), t.text(""))
                return t.cast(decoded(rest), JSON)

            return self._bag(row, keys, value)

        return self.let_in(row, pairs, built)

    def bag_zipped(self, row: Row, keys: Tree, values: Tree) -> Tree:
        """Keys that are no strings are passed over; missing values are null."""
        words = t.call("filter", keys, lam("k", lambda k: t.call("starts_with", t.call("json_format", k), t.text('"'))))
        names = t.call("array_distinct", t.call("transform", words, lam("k", lambda k: t.call("json_extract_scalar", k, t.text("$")))))

        def value(n: Tree) -> Tree:
            place = t.call("array_position", keys, t.cast(n, JSON))
            return t.call("element_at", values, t.nullif(place, t.num(0)))

        return t.when(t.is_not_null(keys), self._bag(row, names, value))

    def bag_select(self, row: Row, bag: Tree, keep: Callable[[Tree], Tree]) -> Tree:
        bag = row.once(bag)
        keys = t.call("filter", self.json_keys(bag), row.function(1, keep))
        return self._bag(row, keys, lambda k: _member(bag, k))

    def bag_replace(self, row: Row, bag: Tree, key: Tree, single: Tree) -> Tree:
        """The bag with the single key's value in place, or appended."""
        pair = row.once(single)
        keys = t.call("array_distinct", t.call("concat", self.json_keys(bag), t.array([key])))

        def value(k: Tree) -> Tree:
            own = _member(pair, k)
            return t.when(t.eq(k, key), own, _member(bag, k))

        return self._bag(row, keys, value)

    def _bag(self, row: Row, keys: Tree, value: Callable[[Tree], Tree]) -> Tree:
        entries = t.call("transform", keys, row.function(1, lambda k: _entry(k, value(k))))
        text = t.concat(t.text("{"), t.call("array_join", entries, t.text(",")), t.text("}"))
        return t.call("json_extract", text, t.text("$"))


def decoded(text: Tree) -> Tree:
    """A text of a query string; a percent sign without two digits stays, on which url_decode() fails."""
    return t.call("url_decode", t.call("regexp_replace", text, t.text("%(?![0-9A-Fa-f]{2})"), t.text("%25")))


def _entry(key: Tree, value: Tree) -> Tree:
    """`"key":value` as text."""
    return t.concat(t.call("json_format", t.cast(key, JSON)), t.text(":"), t.coalesce(t.call("json_format", value), t.text("null")))


def _member(bag: Tree, key: Tree) -> Tree:
    """A bag's value of a key, by a path made at run time."""
    escaped = t.call("replace", t.call("replace", key, t.text("\\"), t.text("\\\\")), t.text('"'), t.text('\\"'))
    return t.nullif(t.call("json_extract", bag, t.concat(t.text('$["'), escaped, t.text('"]'))), json_null())
